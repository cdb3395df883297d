"""Wrong networks of `vowels` that are seen less often: one step of each is broken.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.vowels

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.answers.forms.vowels import Classifier, Masked, Reader
from course_lib.answers.registry import misconception
from course_lib.lab.layers import four_layers


@misconception("vowels", "attention_classifier", fault="W_of_wrong_shape")
class VectorW(Classifier):
    """One weight a hidden unit."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.W = nn.Parameter(torch.randn(H))


@misconception("vowels", "attention_classifier", fault="no_lstm")
class LSTMUnderAnotherName(Classifier):
    """`rnn` for `lstm`: a state dict does not load."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.rnn = self.lstm
        del self.lstm

    def states(self, x: Tensor) -> Tensor:
        return self.rnn(x)[0]


@misconception("vowels", "attention_classifier", fault="several_layers")
class TwoLayers(Classifier):
    """Two LSTMs on top of each other."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.lstm = nn.LSTM(D, H, num_layers=2, batch_first=True)


@misconception("vowels", "attention_classifier", fault="wrong_parameters")
class GRUForLSTM(Classifier):
    """Three gates for four."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.lstm = nn.GRU(D, H, batch_first=True)  # type: ignore[assignment]  # the fault: another layer


@misconception("vowels", "attention_classifier", fault="classifier_inputs")
class ThreeParts(Classifier):
    """First state, context and last state."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.classifier = four_layers(3 * H, K)


@misconception("vowels", "attention_classifier", fault="classifier_inputs")
class PartsAdded(Classifier):
    """Context plus last state, H numbers."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.classifier = four_layers(H, K)

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        return context + last


@misconception("vowels", "attention_classifier", fault="not_classified")
class NotClassified(Classifier):
    """Returns the features."""

    def forward(self, x: Tensor) -> Tensor:
        states = self.states(x)
        return self.join(self.context(self.weigh(states), states), self.last(states))


@misconception("vowels", "attention_classifier", fault="returns_weights")
class ReturnsWeights(Classifier):
    """The reader's answer."""

    def forward(self, x: Tensor) -> Tensor:
        return self.weigh(self.states(x))


@misconception("vowels", "attention_classifier", fault="wrong_value")
class ReversedInput(Classifier):
    """Reads backwards: no sentence of its own."""

    def states(self, x: Tensor) -> Tensor:
        return super().states(x.flip(1))


@misconception("vowels", "attention_reader", fault="uniform_weights")
class UniformWeights(Reader):
    """1 / T."""

    def weigh(self, states: Tensor) -> Tensor:
        return torch.full_like(states[:, :, 0], 1 / states.shape[1])


@misconception("vowels", "masked_classifier", fault="first_state_for_last")
class MaskedFirstState(Masked):
    """states[:, 0]."""

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        del lengths
        return states[:, 0]


@misconception("vowels", "masked_classifier", fault="cell_for_last_state")
class MaskedCell(Masked):
    """Cell by cell, and the wrong one of (h, c) kept as last state."""

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        self.cells = torch.stack(
            [self.lstm(row[None, :n])[1][1][0, 0] for row, n in zip(x, lengths, strict=True)]
        )
        return super().forward(x, lengths)

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        del states, lengths
        return self.cells


@misconception("vowels", "masked_classifier", fault="extreme_lengths")
class NoShortUtterance(Masked):
    """A guard that lifts length 1 to 2."""

    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        return super().forward(x, lengths.clamp(min=2, max=x.shape[1]))


@misconception("vowels", "attention_classifier", fault="starts_large")
class StartsLarge(Classifier):
    """Multiplied by the size for divided by it."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.W = nn.Parameter(torch.randn(T, H) * H)


@misconception("vowels", "masked_classifier", fault="starts_large")
class MaskedStartsLarge(Masked):
    """Multiplied by the size for divided by it."""

    def __init__(self, D: int, H: int, K: int) -> None:
        super().__init__(D, H, K)
        self.W = nn.Parameter(torch.randn(H, H) * H)
