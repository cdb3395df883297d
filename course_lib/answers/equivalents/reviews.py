"""Right answers to the exercises of `reviews` in other forms.

Letters in shapes: B batch, T words, V vocabulary, D feature, N heads, M negatives.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.reviews

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import f1_score
from torch import Tensor, nn

from course_lib.answers.forms.reviews import Heads, padded
from course_lib.answers.misconceptions.reviews_trained import csv_of, right_guesses, right_model
from course_lib.answers.reference import reviews as oracle
from course_lib.answers.registry import equivalent, trained


@equivalent("reviews", "f1_macro")
def by_sklearn(labels: Tensor, guesses: Tensor) -> float:
    """Scikit-learn's own."""
    score = f1_score(labels, guesses, average="macro", labels=[0, 1], zero_division=0)
    return float(score)


@equivalent("reviews", "f1_macro")
def as_a_tensor(labels: Tensor, guesses: Tensor) -> Tensor:
    """A tensor without dimensions, by precision and recall."""
    scores = []
    for k in (0, 1):
        right = ((labels == k) & (guesses == k)).sum()
        precision = right / (guesses == k).sum().clamp(min=1)
        recall = right / (labels == k).sum().clamp(min=1)
        scores.append(2 * precision * recall / (precision + recall).clamp(min=1e-9))
    return torch.stack(scores).mean()


@equivalent("reviews", "keep_probability")
def by_where(counts: Tensor, t: float) -> Tensor:
    """Rare words apart."""
    shares = counts / counts.sum()
    return torch.where(shares > t, torch.sqrt(t / shares), 1.0)


@equivalent("reviews", "keep_probability")
def by_loop(counts: Tensor, t: float) -> Tensor:
    """Word by word."""
    return oracle.keep_probability(counts, t)


@equivalent("reviews", "negative_distribution")
def by_normalize(counts: Tensor) -> Tensor:
    """Shares first, then powers, then shares again."""
    return F.normalize((counts / counts.sum()).pow(0.75), p=1.0, dim=0)


@equivalent("reviews", "negative_distribution")
def by_numpy(counts: Tensor) -> Tensor:
    """Numpy's powers."""
    powers = np.power(counts.numpy(), 0.75)
    return torch.from_numpy(powers / powers.sum())


@equivalent("reviews", "skip_gram_loss")
def by_softplus(words: Tensor, neighbours: Tensor, negatives: Tensor) -> Tensor:
    """Softplus of the negative score is -log sigmoid."""
    near = F.softplus(-torch.einsum("bd,bd->b", words, neighbours))
    return (near + F.softplus(torch.einsum("bd,bmd->bm", words, negatives)).sum(-1)).mean()


@equivalent("reviews", "skip_gram_loss")
def by_cross_entropy(words: Tensor, neighbours: Tensor, negatives: Tensor) -> Tensor:
    """Binary cross-entropy of M + 1 scores, the first of which is a neighbour's."""
    every = torch.cat([neighbours[:, None], negatives], dim=1)  # (B, M + 1, D)
    scores = torch.bmm(every, words[:, :, None])[..., 0]
    wanted = torch.zeros_like(scores)
    wanted[:, 0] = 1
    losses = F.binary_cross_entropy_with_logits(scores, wanted, reduction="sum")
    return losses / len(words)


@equivalent("reviews", "nearest")
def by_sorting(vectors: Tensor, word: int, n: int) -> Tensor:
    """All words sorted, the word itself filtered out."""
    order = F.cosine_similarity(vectors, vectors[word : word + 1]).argsort(descending=True)
    return order[order != word][:n]


@equivalent("reviews", "nearest")
def by_oracle(vectors: Tensor, word: int, n: int) -> Tensor:
    """Loops, and a tensor of them."""
    return torch.tensor(oracle.nearest(vectors, word, n))


@equivalent("reviews", "collate")
def by_pad_sequence(texts: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Torch's own padding."""
    return padded(texts)


@equivalent("reviews", "collate")
def row_by_row(texts: list[list[int]]) -> list[Tensor]:
    """Zeros that are written over; a list of two."""
    ids = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.int64)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = True
    return [ids, mask]


@equivalent("reviews", "head_weights")
def by_einsum(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Einsum, and a number that is very low."""
    scores = torch.einsum("btd,nd->bnt", E, A)
    return scores.masked_fill(~mask[:, None], -1e30).softmax(-1)


@equivalent("reviews", "head_weights")
def one_by_one(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Review by review, only real words."""
    weights = E.new_zeros(len(E), len(A), E.shape[1])
    for b, real in enumerate(mask):
        weights[b, :, real] = torch.softmax(A @ E[b, real].T, dim=1)
    return weights


@equivalent("reviews", "heads_classifier")
class ByEinsum(Heads):
    """The plain form."""


@equivalent("reviews", "heads_classifier")
class HeadByHead(Heads):
    """A loop over heads, with a buffer and dropout that is never on here."""

    def __init__(self, V: int, D: int, N: int) -> None:
        super().__init__(V, D, N)
        self.register_buffer("calls", torch.zeros(()))
        self.drop = nn.Dropout(0.5)

    def read(self, weights: Tensor, E: Tensor) -> Tensor:
        heads = [(w[:, :, None] * E).sum(dim=1) for w in weights.unbind(dim=1)]
        return self.drop(torch.cat(heads, dim=1))


@trained("reviews", "trained")
def plainly() -> nn.Module:
    """The taught recipe."""
    return right_model()


class _Alone(Heads):
    def forward(self, ids: Tensor, mask: Tensor) -> Any:
        return super().forward(ids, mask)[0]


@trained("reviews", "trained")
def without_weights() -> nn.Module:
    """A model that returns its probabilities alone."""
    right = right_model()
    V, D = right.embedding.weight.shape
    model = _Alone(V, D, len(right.A))
    model.load_state_dict(right.state_dict())
    return model.eval()


@equivalent("reviews", "predictions")
def as_written() -> str:
    """The file as the tool writes it."""
    return csv_of(right_guesses())


@equivalent("reviews", "predictions")
def in_another_order() -> str:
    """Reviews from the last to the first."""
    head, *lines = csv_of(right_guesses()).splitlines()
    return "\n".join([head, *reversed(lines)])
