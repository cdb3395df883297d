"""Wrong batches, wrong heads and wrong networks of `reviews`.

Letters in shapes: B batch, T words, V vocabulary, D feature, N heads.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.reviews

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.answers.forms.reviews import Heads, padded
from course_lib.answers.reference import reviews as oracle
from course_lib.answers.registry import misconception

Texts = list[list[int]]
Pair = tuple[Tensor, Tensor]


@misconception("reviews", "collate", fault="not_a_pair")
def ids_only(texts: Texts) -> Tensor:
    """No mask."""
    return padded(texts)[0]


@misconception("reviews", "collate")
def mask_not_bool(texts: Texts) -> Pair:
    """Ones and zeros."""
    ids, mask = padded(texts)
    return ids, mask.long()


@misconception("reviews", "collate")
def all_real(texts: Texts) -> Pair:
    """True everywhere."""
    ids, mask = padded(texts)
    return ids, torch.ones_like(mask)


@misconception("reviews", "collate")
def mask_inverted(texts: Texts) -> Pair:
    """True on the padding."""
    ids, mask = padded(texts)
    return ids, ~mask


@misconception("reviews", "collate")
def zeros_masked(texts: Texts) -> Pair:
    """By the ids."""
    ids, _ = padded(texts)
    return ids, ids != 0


@misconception("reviews", "collate")
def cut_off(texts: Texts) -> Pair:
    """To the shortest."""
    ids, mask = padded(texts)
    shortest = min(map(len, texts))
    return ids[:, :shortest], mask[:, :shortest]


@misconception("reviews", "collate")
def too_long(texts: Texts) -> Pair:
    """Always to 100."""
    ids, mask = padded([*texts, [0] * 100])
    return ids[:-1], mask[:-1]


@misconception("reviews", "collate")
def ids_not_whole(texts: Texts) -> Pair:
    """As fractions."""
    ids, mask = padded(texts)
    return ids.float(), mask


@misconception("reviews", "collate")
def padded_in_front(texts: Texts) -> Pair:
    """The words at the end."""
    longest = max(map(len, texts))
    ids = torch.tensor([[0] * (longest - len(text)) + text for text in texts])
    mask = [[False] * (longest - len(text)) + [True] * len(text) for text in texts]
    return ids, torch.tensor(mask)


@misconception("reviews", "collate")
def padding_not_zero(texts: Texts) -> Pair:
    """Filled up with 1, the unknown."""
    ids, mask = padded(texts)
    return ids.masked_fill(~mask, 1), mask


@misconception("reviews", "collate")
def input_changed(texts: Texts) -> Pair:
    """The caller's lists grow."""
    longest, lengths = max(map(len, texts)), torch.tensor([len(text) for text in texts])
    for text in texts:
        text.extend([0] * (longest - len(text)))
    return torch.tensor(texts), torch.arange(longest) < lengths[:, None]


def _hidden(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    return (A @ E.mT).masked_fill(~mask[:, None], -torch.inf)


@misconception("reviews", "head_weights")
def unmasked(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """The mask is not used."""
    del mask
    return (A @ E.mT).softmax(-1)


@misconception("reviews", "head_weights")
def masked_after(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Multiplied by the mask."""
    return (A @ E.mT).softmax(-1) * mask[:, None]


@misconception("reviews", "head_weights")
def zero_scores(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Scores multiplied by the mask."""
    return ((A @ E.mT) * mask[:, None]).softmax(-1)


@misconception("reviews", "head_weights")
def over_heads(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the wrong dim; padding is set to 0."""
    return (A @ E.mT).softmax(1) * mask[:, None]


@misconception("reviews", "head_weights", fault="nan")
def over_heads_masked_first(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """The same, masked first."""
    return _hidden(E, A, mask).softmax(1)


@misconception("reviews", "head_weights")
def scaled(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """As in a Transformer."""
    return (_hidden(E, A, mask) / E.shape[-1] ** 0.5).softmax(-1)


@misconception("reviews", "head_weights")
def no_softmax(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Scores."""
    del mask
    return A @ E.mT


@misconception("reviews", "head_weights")
def heads_last(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Words before heads."""
    return _hidden(E, A, mask).softmax(-1).mT


@misconception("reviews", "head_weights", fault="mask_inverted")
def padding_only(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Real words are hidden."""
    return (A @ E.mT).masked_fill(mask[:, None], -1e9).softmax(-1)


@misconception("reviews", "head_weights")
def overflow(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """By hand, without a maximum."""
    powers = (A @ E.mT).exp() * mask[:, None]
    return powers / powers.sum(-1, keepdim=True)


@misconception("reviews", "head_weights", fault="detached")
def no_gradient(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """The heads cannot learn."""
    return _hidden(E, A.detach(), mask).softmax(-1)


@misconception("reviews", "heads_classifier")
class not_a_parameter(Heads):  # noqa: N801 - named for its fault
    """A plain tensor."""

    def __init__(self, V: int, D: int, N: int) -> None:
        super().__init__(V, D, N)
        del self.A
        self.A = torch.randn(N, D)  # type: ignore[assignment]  # the fault


@misconception("reviews", "heads_classifier", fault="not_a_parameter")
class BufferForParameter(Heads):
    """A buffer."""

    def __init__(self, V: int, D: int, N: int) -> None:
        super().__init__(V, D, N)
        del self.A
        self.register_buffer("A", torch.randn(N, D))


@misconception("reviews", "heads_classifier", fault="wrong_parameters")
class OneHead(Heads):
    """The linear layer takes one head's numbers."""

    def __init__(self, V: int, D: int, N: int) -> None:
        super().__init__(V, D, N)
        self.out = nn.Linear(D, 1)


@misconception("reviews", "heads_classifier", fault="equal_heads")
class Zeros(Heads):
    """All heads start at 0."""

    def __init__(self, V: int, D: int, N: int) -> None:
        super().__init__(V, D, N)
        nn.init.zeros_(self.A)


@misconception("reviews", "heads_classifier", fault="frozen")
class FrozenWords(Heads):
    """The embedding never learns."""

    def __init__(self, V: int, D: int, N: int) -> None:
        super().__init__(V, D, N)
        self.embedding.weight.requires_grad_(False)


@misconception("reviews", "heads_classifier", fault="not_a_pair")
class ProbabilityOnly(Heads):
    """No weights."""

    def forward(self, ids: Tensor, mask: Tensor) -> Any:
        return super().forward(ids, mask)[0]


@misconception("reviews", "heads_classifier", fault="swapped")
class Swapped(Heads):
    """Weights first."""

    def forward(self, ids: Tensor, mask: Tensor) -> Any:
        p, weights = super().forward(ids, mask)
        return weights, p


@misconception("reviews", "heads_classifier", fault="dimension_left")
class Left(Heads):
    """(B, 1)."""

    def judge(self, found: Tensor) -> Tensor:
        return torch.sigmoid(self.out(found))


@misconception("reviews", "heads_classifier", fault="unmasked")
class Unmasked(Heads):
    """Padding has weight."""

    def weigh(self, E: Tensor, mask: Tensor) -> Tensor:
        return super().weigh(E, torch.ones_like(mask))


@misconception("reviews", "heads_classifier", fault="padding_read")
class MeanOfAll(Heads):
    """The mean of all places, padding and all, is added."""

    def read(self, weights: Tensor, E: Tensor) -> Tensor:
        return super().read(weights, E) + E.mean(dim=1).repeat(1, len(self.A))


@misconception("reviews", "heads_classifier", fault="depends_on_batch")
class BatchMean(Heads):
    """The mean of the batch is taken off."""

    def read(self, weights: Tensor, E: Tensor) -> Tensor:
        found = super().read(weights, E)
        return found - found.mean(dim=0)


@misconception("reviews", "heads_classifier", fault="no_sigmoid")
class Scores(Heads):
    """Scores."""

    def judge(self, found: Tensor) -> Tensor:
        return self.out(found).squeeze(1)


@misconception("reviews", "heads_classifier", fault="not_recommended")
class OtherClass(Heads):
    """Of class 0."""

    def judge(self, found: Tensor) -> Tensor:
        return 1 - super().judge(found)


@misconception("reviews", "heads_classifier", fault="sigmoid_twice")
class Twice(Heads):
    """Twice."""

    def judge(self, found: Tensor) -> Tensor:
        return super().judge(found).sigmoid()


@misconception("reviews", "heads_classifier", fault="heads_mixed")
class Mixed(Heads):
    """Number by number."""

    def read(self, weights: Tensor, E: Tensor) -> Tensor:
        return torch.einsum("bnt,btd->bdn", weights, E).flatten(1)


@misconception("reviews", "heads_classifier", fault="heads_averaged")
class Averaged(Heads):
    """All heads alike."""

    def read(self, weights: Tensor, E: Tensor) -> Tensor:
        return super().read(weights.mean(dim=1, keepdim=True).expand_as(weights), E)


@misconception("reviews", "heads_classifier", fault="detached")
class Detached(Heads):
    """The weights are taken as given: A gets no gradient."""

    def weigh(self, E: Tensor, mask: Tensor) -> Tensor:
        return super().weigh(E, mask).detach()


@misconception("reviews", "heads_classifier", fault="no_softmax")
class NoSoftmax(Heads):
    """Scores for weights."""

    def weigh(self, E: Tensor, mask: Tensor) -> Tensor:
        return torch.einsum("nd,btd->bnt", self.A, E) + 0 * mask[:, None]


@misconception("reviews", "head_weights", fault="wrong_value")
def of_the_first_review(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """All reviews get the first one's weights."""
    return oracle.head_weights(E, A, mask)[:1].expand(len(E), -1, -1)
