"""Wrong `Variant`s of `addition`: one step of each is broken.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.addition

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.answers.forms.addition import Adder, Variant
from course_lib.answers.registry import misconception


@misconception("addition", "variant", fault="readout_of_states")
class AlwaysStates(Variant):
    """The choice of values plays no part."""

    def __init__(self, H: int, values: str, weighing: str) -> None:
        del values
        super().__init__(H, "states", weighing)


@misconception("addition", "variant", fault="readout_starts_by_lot")
class ReadoutByLot(Variant):
    """torch's own start."""

    def __init__(self, H: int, values: str, weighing: str) -> None:
        super().__init__(H, values, weighing)
        self.readout.reset_parameters()


@misconception("addition", "variant", fault="gates_not_used")
class AlwaysSoftmax(Variant):
    """The choice of gates plays no part."""

    def weigh(self, states: Tensor) -> Tensor:
        return Adder.weigh(self, states)


@misconception("addition", "variant", fault="softmax_not_used")
class AlwaysGates(Variant):
    """The choice of softmax plays no part."""

    def weigh(self, states: Tensor) -> Tensor:
        return (states @ self.w).sigmoid()


@misconception("addition", "variant", fault="gates_normalised")
class GatesNormalised(Variant):
    """A sum of 1 by habit."""

    def weigh(self, states: Tensor) -> Tensor:
        weights = super().weigh(states)
        return weights / weights.sum(dim=1, keepdim=True)


@misconception("addition", "variant", fault="count_missing")
class CountMissing(Variant):
    """A mean stays a mean."""

    def count(self, x: Tensor) -> Tensor:
        return torch.ones_like(x[:, :1])


@misconception("addition", "variant", fault="delimiter_counted")
class DelimiterCounted(Variant):
    """One too many."""

    def count(self, x: Tensor) -> Tensor:
        return super().count(x) + 1


@misconception("addition", "variant", fault="all_steps_counted")
class AllStepsCounted(Variant):
    """T for the count."""

    def count(self, x: Tensor) -> Tensor:
        return torch.full_like(x[:, :1], x.shape[1])


@misconception("addition", "variant", fault="sum_for_count")
class AnswerForCount(Variant):
    """The sum of the addends: the answer is given away."""

    def count(self, x: Tensor) -> Tensor:
        return (x * ((x == 0).cumsum(dim=1) == 0)).sum(dim=1, keepdim=True)


class _CountsLater(Variant):
    """The count is left to the subclass."""

    def later(self, x: Tensor) -> Tensor | float:
        return self.count(x)[:, 0] if self.weighing == "mean x count" else 1.0


@misconception("addition", "variant", fault="count_after_readout")
class CountAfterReadout(_CountsLater):
    """The bias is multiplied too."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        states = self.states(x)
        weights = self.weigh(states)
        answers = self.answer(self.total(weights, self.values(x, states)))
        return answers * self.later(x), weights


@misconception("addition", "variant", fault="weights_times_count")
class WeightsTimesCount(Variant):
    """The count goes into the map."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        answers, weights = super().forward(x)
        return answers, weights * self.count(x) if self.weighing == "mean x count" else weights


@misconception("addition", "variant", fault="wrong_value")
class GatesDoubled(Variant):
    """Gates of twice the score."""

    def weigh(self, states: Tensor) -> Tensor:
        if self.weighing == "gates":
            return (2 * (states @ self.w)).sigmoid()
        return super().weigh(states)


@misconception("addition", "variant", fault="depends_on_batch")
class MeanCount(Variant):
    """The batch's mean count."""

    def count(self, x: Tensor) -> Tensor:
        return super().count(x).to(x.dtype).mean(dim=0, keepdim=True)


@misconception("addition", "variant", fault="answers_not_squeezed")
class VariantInAColumn(Variant):
    """(B, 1)."""

    def answer(self, total: Tensor) -> Tensor:
        return self.readout(total)


@misconception("addition", "variant", fault="not_a_pair")
class VariantWithoutMap(Variant):
    """Answers only."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(x)[0]


@misconception("addition", "variant", fault="random_in_eval")
class DropsWeights(Variant):
    """F.dropout acts by default, whatever the mode."""

    def weigh(self, states: Tensor) -> Tensor:
        return F.dropout(super().weigh(states), 0.2)


@misconception("addition", "variant", fault="detached")
class GatesDetached(Variant):
    """No gradient reaches w."""

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        return super().total(weights.detach(), values)
