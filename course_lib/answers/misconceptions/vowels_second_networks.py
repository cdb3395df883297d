"""Wrong `MaskedAttentionClassifier`s of `vowels`: one step of each is broken.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.vowels

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.answers.forms.vowels import Masked
from course_lib.answers.registry import misconception
from course_lib.lab.layers import four_layers


@misconception("vowels", "masked_classifier", fault="padding_attended")
class MaskUnused(Masked):
    """A plain softmax."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        del mask
        return scores.softmax(dim=1)


@misconception("vowels", "masked_classifier", fault="mask_inverted")
class MaskInverted(Masked):
    """-inf on real steps."""

    def mask(self, lengths: Tensor, T: int) -> Tensor:
        return ~super().mask(lengths, T)


@misconception("vowels", "masked_classifier", fault="mask_after_softmax")
class MaskAfterSoftmax(Masked):
    """Weights cut, and not normalised again."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.softmax(dim=1) * mask


@misconception("vowels", "masked_classifier", fault="mask_filled_with_zero")
class MaskFilledWithZero(Masked):
    """0 is a score like any other."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return (scores * mask).softmax(dim=1)


@misconception("vowels", "masked_classifier", fault="mask_off_by_one")
class MaskOffByOne(Masked):
    """<= for <."""

    def mask(self, lengths: Tensor, T: int) -> Tensor:
        return torch.arange(T) <= lengths.unsqueeze(1)


@misconception("vowels", "masked_classifier", fault="softmax_over_batch")
class MaskedOverBatch(Masked):
    """dim=0, nan swept away."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=0).nan_to_num()


@misconception("vowels", "masked_classifier", fault="W_transposed")
class ScoresWithTransposedW(Masked):
    """h_n W h_i."""

    def score(self, states: Tensor, last: Tensor) -> Tensor:
        return torch.einsum("bti,ji,bj->bt", states, self.W, last)


@misconception("vowels", "masked_classifier", fault="W_unused")
class ScoresWithoutW(Masked):
    """Dot products."""

    def score(self, states: Tensor, last: Tensor) -> Tensor:
        return torch.einsum("bth,bh->bt", states, last)


@misconception("vowels", "masked_classifier", fault="W_not_a_parameter")
class MaskedWithPlainW(Masked):
    """A tensor that no optimiser sees."""

    def __init__(self, D: int, H: int, K: int) -> None:
        super().__init__(D, H, K)
        del self.W
        self.W = torch.randn(H, H)  # type: ignore[assignment]  # the misconception itself


@misconception("vowels", "masked_classifier", fault="last_state_of_padding")
class LastStateOfPadding(Masked):
    """States[:, -1]."""

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        del lengths
        return states[:, -1]


@misconception("vowels", "masked_classifier", fault="last_state_of_padding")
class LastStateOfPaddedRun(Masked):
    """h_n of an LSTM that ran over the padding, for the classifier only."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        del last
        return torch.cat([context, self.h_n], dim=1)

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        _, (h_n, _) = self.lstm(x)
        self.h_n = h_n[0]
        return super().states(x, lengths)


@misconception("vowels", "masked_classifier", fault="last_state_one_late")
class LastStateOneLate(Masked):
    """states[b, length]."""

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[torch.arange(len(states)), lengths]


@misconception("vowels", "masked_classifier", fault="last_state_one_early")
class LastStateOneEarly(Masked):
    """states[b, length - 2]."""

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[torch.arange(len(states)), lengths - 2]


@misconception("vowels", "masked_classifier", fault="no_batch_first")
class MaskedNoBatchFirst(Masked):
    """nn.LSTM's default order."""

    def __init__(self, D: int, H: int, K: int) -> None:
        super().__init__(D, H, K)
        self.lstm = nn.LSTM(D, H)


@misconception("vowels", "masked_classifier", fault="context_and_last_swapped")
class MaskedSwapped(Masked):
    """The last state first."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        return torch.cat([last, context], dim=1)


@misconception("vowels", "masked_classifier", fault="context_missing")
class MaskedWithoutContext(Masked):
    """2H numbers without a context."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        del context
        return torch.cat([last, last], dim=1)


@misconception("vowels", "masked_classifier", fault="last_state_missing")
class MaskedWithoutLast(Masked):
    """A classifier of H inputs for the context."""

    def __init__(self, D: int, H: int, K: int) -> None:
        super().__init__(D, H, K)
        self.classifier = four_layers(H, K)

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        del last
        return context


@misconception("vowels", "masked_classifier", fault="mean_over_time")
class MaskedMean(Masked):
    """The weights play no part."""

    def context(self, weights: Tensor, states: Tensor) -> Tensor:
        real = (weights > 0).to(states.dtype)
        return super().context(real / real.sum(dim=1, keepdim=True), states)


@misconception("vowels", "masked_classifier", fault="outputs_swapped")
class OutputsSwapped(Masked):
    """(weights, logits)."""

    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        logits, weights = super().forward(x, lengths)
        return weights, logits


@misconception("vowels", "masked_classifier", fault="not_a_pair")
class LogitsOnly(Masked):
    """No weights."""

    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        return super().forward(x, lengths)[0]


@misconception("vowels", "masked_classifier", fault="returns_scores")
class ScoresForWeights(Masked):
    """The second output is not softmaxed."""

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        states = self.states(x, lengths)
        scores = self.score(states, self.last(states, lengths))
        return super().forward(x, lengths)[0], scores


@misconception("vowels", "masked_classifier", fault="softmax_on_logits")
class MaskedSoftmaxOnLogits(Masked):
    """Probabilities for logits."""

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        logits, weights = super().forward(x, lengths)
        return logits.softmax(dim=1), weights


@misconception("vowels", "masked_classifier", fault="padding_read")
class InputCentredOverTime(Masked):
    """x minus its mean over all rows, padded ones too: right only while the padding sums to 0."""

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        padded = torch.arange(x.shape[1]) >= lengths.unsqueeze(1)
        noise = (x * padded.unsqueeze(2)).mean(dim=1, keepdim=True)
        return super().states(x - noise, lengths)


@misconception("vowels", "masked_classifier", fault="detached")
class MaskedDetached(Masked):
    """No gradient reaches W."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return super().weigh(scores.detach(), mask)


@misconception("vowels", "masked_classifier", fault="overflow")
class MaskedOverflow(Masked):
    """Exponentials of large scores."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        powers = scores.exp() * mask
        return powers / powers.sum(dim=1, keepdim=True)


@misconception("vowels", "masked_classifier", fault="random_in_eval")
class MaskedDropoutInEval(Masked):
    """F.dropout acts by default, whatever the mode."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        return F.dropout(super().join(context, last), 0.3)


@misconception("vowels", "masked_classifier", fault="dropout_never_active")
class MaskedAlwaysEval(Masked):
    """The classifier is switched to evaluation mode for good."""

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        self.classifier.eval()
        return super().forward(x, lengths)


@misconception("vowels", "masked_classifier", fault="depends_on_batch")
class MaskedCentred(Masked):
    """Features minus the batch's mean."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        features = super().join(context, last)
        return features - features.mean(dim=0)


@misconception("vowels", "masked_classifier", fault="input_changed")
class LengthsDecreased(Masked):
    """The caller's lengths are one shorter afterwards."""

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        result = super().forward(x, lengths.clone())
        lengths -= 1
        return result


@misconception("vowels", "masked_classifier", fault="wrong_dtype")
class MaskedFloat64Forced(Masked):
    """Logits in float64."""

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        logits, weights = super().forward(x, lengths)
        return logits.double(), weights
