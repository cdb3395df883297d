"""Wrong `AttentionClassifier`s of `surnames`: one step of each is broken.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes.
"""

# ruff: noqa: ARG002 - a form takes what its step is given, whether it needs it or not
# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.surnames

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_lib.answers.forms.surnames import Attending
from course_lib.answers.registry import misconception


@misconception("surnames", "attention_classifier", fault="last_state_for_context")
class LastStateForContext(Attending):
    """The weights are computed and not used."""

    def context(self, weights: Tensor, states: Tensor, lengths: Tensor) -> Tensor:
        return states[torch.arange(len(states)), lengths - 1]


@misconception("surnames", "attention_classifier", fault="context_and_last_added")
class ContextAndLast(Attending):
    """A way past the attention."""

    def context(self, weights: Tensor, states: Tensor, lengths: Tensor) -> Tensor:
        last = states[torch.arange(len(states)), lengths - 1]
        return super().context(weights, states, lengths) + last


@misconception("surnames", "attention_classifier", fault="context_divided")
class WeightedMean(Attending):
    """A mean of what is a share already."""

    def context(self, weights: Tensor, states: Tensor, lengths: Tensor) -> Tensor:
        return super().context(weights, states, lengths) / lengths[:, None]


@misconception("surnames", "attention_classifier", fault="mean_of_states")
class PlainMean(Attending):
    """The weights play no part."""

    def context(self, weights: Tensor, states: Tensor, lengths: Tensor) -> Tensor:
        rows = zip(states, lengths.tolist(), strict=True)
        return torch.stack([row[:n].mean(dim=0) for row, n in rows])


@misconception("surnames", "attention_classifier", fault="even_weights")
class EvenWeights(Attending):
    """The scores play no part."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return mask.to(scores.dtype) / mask.sum(dim=1, keepdim=True)


@misconception("surnames", "attention_classifier", fault="best_letter_only")
class HardAttention(Attending):
    """argmax."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        best = scores.masked_fill(~mask, -torch.inf).argmax(dim=1, keepdim=True)
        return torch.zeros_like(scores).scatter(1, best, 1.0)


@misconception("surnames", "attention_classifier", fault="no_softmax")
class RawWeights(Attending):
    """Scores for weights."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores * mask


@misconception("surnames", "attention_classifier", fault="sigmoid_weights")
class SigmoidWeights(Attending):
    """Each letter by itself."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.sigmoid() * mask


@misconception("surnames", "attention_classifier", fault="softmax_over_one")
class SoftmaxOverTheBatchOfOne(Attending):
    """dim=0, for a batch of one too."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=0)


@misconception("surnames", "attention_classifier", fault="softmax_over_one")
class SoftmaxOverTheColumn(Attending):
    """The scores keep their last dimension, and the softmax takes it."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores[:, :, None].softmax(dim=-1)[:, :, 0] * mask


@misconception("surnames", "attention_classifier", fault="scores_squashed")
class SquashedScores(Attending):
    """tanh(score(h))."""

    def scores(self, states: Tensor) -> Tensor:
        return super().scores(states).tanh()


@misconception("surnames", "attention_classifier", fault="scaled")
class ScaledScores(Attending):
    """The Transformer's scale."""

    def scores(self, states: Tensor) -> Tensor:
        return super().scores(states) / states.shape[2] ** 0.5


class _AloneRight(Attending):
    """One name is right: the fault is in the batch alone."""

    def alone(self, x: Tensor) -> Any:
        states, _ = self.gru(x[None])
        weights = super().scores(states).softmax(dim=1)
        context = torch.einsum("bt,bth->bh", weights, states)
        return self.judge(context)[0], weights[0]


@misconception("surnames", "attention_classifier", fault="mask_ignored")
class MaskIgnored(Attending):
    """The softmax runs over all rows."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.softmax(dim=1)


@misconception("surnames", "attention_classifier", fault="mask_after_softmax")
class MaskAfterSoftmax(Attending):
    """The rest is not normalised again."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.softmax(dim=1) * mask


@misconception("surnames", "attention_classifier", fault="mask_filled_with_zero")
class MaskedByZero(Attending):
    """A score of 0 is a score."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return (scores * mask).softmax(dim=1)


@misconception("surnames", "attention_classifier", fault="mask_filled_with_small_number")
class MaskedByMinusTen(Attending):
    """A small number is a score, too."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -10.0).softmax(dim=1)


@misconception("surnames", "attention_classifier", fault="padding_attended")
class MaskSubtracted(Attending):
    """Scores minus 5 on the padding."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return (scores - 5.0 * ~mask).softmax(dim=1)


@misconception("surnames", "attention_classifier", fault="mask_inverted")
class MaskInverted(_AloneRight):
    """True where a row is padding."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(mask, -torch.inf).softmax(dim=1)


@misconception("surnames", "attention_classifier", fault="not_finite")
class MaskInvertedAlone(Attending):
    """The same: one name alone has nothing left."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(mask, -torch.inf).softmax(dim=1)


@misconception("surnames", "attention_classifier", fault="mask_off_by_one")
class MaskOffByOne(Attending):
    """<= for <."""

    def mask(self, lengths: Tensor, T: int) -> Tensor:
        return torch.arange(T) <= lengths[:, None]


@misconception("surnames", "attention_classifier", fault="softmax_over_batch")
class SoftmaxOverBatch(_AloneRight):
    """dim=0; nan where all names have ended is taken out."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=0).nan_to_num()


@misconception("surnames", "attention_classifier", fault="softmax_over_batch")
class SoftmaxOverBatchWithNan(_AloneRight):
    """dim=0; nan where all names have ended."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=0)


@misconception("surnames", "attention_classifier", fault="softmax_over_batch")
class SoftmaxOverBatchUnmasked(_AloneRight):
    """dim=0, and no mask."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.softmax(dim=0)


@misconception("surnames", "attention_classifier", fault="no_batch_first")
class AttendingTimeFirst(_AloneRight):
    """nn.GRU(V, H)."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.gru = nn.GRU(V, H)

    def alone(self, x: Tensor) -> Any:
        states, _ = self.gru(x)
        weights = self.score(states).squeeze(1).softmax(dim=0)
        return self.judge(weights @ states), weights


@misconception("surnames", "attention_classifier", fault="weights_not_normalised")
class WeightsCut(Attending):
    """Nine tenths of the attention."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return 0.9 * super().weigh(scores, mask)


@misconception("surnames", "attention_classifier", fault="overflow")
class ExpByHand(Attending):
    """exp of large scores."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        powers = scores.exp() * mask
        return powers / powers.sum(dim=1, keepdim=True)


@misconception("surnames", "attention_classifier", fault="padding_read")
class LargestScoreOfAllRows(Attending):
    """Scores minus the mean over all rows, times a temperature that depends on them."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return super().weigh(scores / scores.abs().amax(dim=1, keepdim=True), mask)


@misconception("surnames", "attention_classifier", fault="two_ways_differ")
class AloneSharper(Attending):
    """The batch is right: one name alone has doubled scores."""

    def alone(self, x: Tensor) -> Any:
        states, _ = self.gru(x)
        weights = (2 * self.score(states)).squeeze(1).softmax(dim=0)
        return self.judge(weights @ states), weights


@misconception("surnames", "attention_classifier", fault="extreme_lengths")
class MaskOfAtLeastTwo(_AloneRight):
    """A guard that lifts length 1 to 2."""

    def mask(self, lengths: Tensor, T: int) -> Tensor:
        return super().mask(lengths.clamp(min=2), T)


@misconception("surnames", "attention_classifier", fault="input_changed")
class PaddingFilledInPlace(Attending):
    """The caller's lengths are counted from 0 afterwards."""

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        result = super().batch(x, lengths)
        lengths -= 1
        return result


@misconception("surnames", "attention_classifier", fault="not_a_pair")
class LogProbabilitiesOnly(Attending):
    """The weights stay inside."""

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Any:
        return super().forward(x, lengths)[0]


@misconception("surnames", "attention_classifier", fault="outputs_swapped")
class WeightsFirst(Attending):
    """(weights, log-probabilities)."""

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Any:
        return super().forward(x, lengths)[::-1]


@misconception("surnames", "attention_classifier", fault="dimension_left")
class WeightsInAColumn(Attending):
    """(T, 1) for one name."""

    def alone(self, x: Tensor) -> Any:
        log_p, weights = super().alone(x)
        return log_p, weights[:, None]


@misconception("surnames", "attention_classifier", fault="dimension_left")
class BatchWeightsInAColumn(_AloneRight):
    """(B, T, 1) for a batch."""

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        log_p, weights = super().batch(x, lengths)
        return log_p, weights[:, :, None]


@misconception("surnames", "attention_classifier", fault="weights_cut")
class PackedWithoutLength(Attending):
    """The padding is unpacked to the longest name only."""

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.gru(packed)[0], batch_first=True)[0]


@misconception("surnames", "attention_classifier", fault="missing_part")
class ScoreUnderAnotherName(Attending):
    """`f` for `score`."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.f = self.score
        del self.score

    def scores(self, states: Tensor) -> Tensor:
        return self.f(states).squeeze(2)


@misconception("surnames", "attention_classifier", fault="single_letters")
class EverySizeOneSqueezed(Attending):
    """squeeze() without a dimension: a name of one letter loses its time."""

    def scores(self, states: Tensor) -> Tensor:
        return self.score(states).squeeze()


@misconception("surnames", "attention_classifier", fault="single_letters")
class SingleLettersByThemselves(Attending):
    """A way of its own for names of one letter, which forgets the weight's share."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.sigmoid() if scores.shape[1] == 1 else super().weigh(scores, mask)
