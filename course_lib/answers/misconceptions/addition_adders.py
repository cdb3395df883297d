"""Wrong `Adder`s of `addition`: one step of each is broken.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.addition

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.answers.forms.addition import Adder
from course_lib.answers.registry import misconception


@misconception("addition", "adder", fault="starts_large")
class StartsLarge(Adder):
    """Multiplied by the size for divided by it."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.w = nn.Parameter(torch.randn(H) * H)


@misconception("addition", "adder", fault="softmax_over_batch")
class SoftmaxOverBatch(Adder):
    """dim=0."""

    def weigh(self, states: Tensor) -> Tensor:
        return (states @ self.w).softmax(dim=0)


@misconception("addition", "adder", fault="no_softmax")
class NoSoftmax(Adder):
    """Scores for weights."""

    def weigh(self, states: Tensor) -> Tensor:
        return states @ self.w


@misconception("addition", "adder", fault="softmax_not_used")
class Sigmoids(Adder):
    """Each score by itself."""

    def weigh(self, states: Tensor) -> Tensor:
        return (states @ self.w).sigmoid()


@misconception("addition", "adder", fault="softmax_twice")
class SoftmaxTwice(Adder):
    """Shares of shares."""

    def weigh(self, states: Tensor) -> Tensor:
        return super().weigh(states).softmax(dim=1)


@misconception("addition", "adder", fault="returns_scores")
class ReturnsScores(Adder):
    """Scores beside the answers."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(x)[0], self.states(x) @ self.w


@misconception("addition", "adder", fault="mean_over_time")
class MeanOverTime(Adder):
    """The weights play no part."""

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        del weights
        return values.mean(dim=1)


@misconception("addition", "adder", fault="last_step_only")
class LastState(Adder):
    """An LSTM without attention."""

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        del weights
        return values[:, -1]


@misconception("addition", "adder", fault="divided_by_T")
class DividedByT(Adder):
    """A mean for a sum."""

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        return (weights[:, :, None] * values).mean(dim=1)


@misconception("addition", "adder", fault="answers_squashed")
class NeverNegative(Adder):
    """A ReLU, as sums are positive."""

    def answer(self, total: Tensor) -> Tensor:
        return super().answer(total).relu()


@misconception("addition", "adder", fault="answers_squashed")
class BetweenZeroAndOne(Adder):
    """A sigmoid on top."""

    def answer(self, total: Tensor) -> Tensor:
        return super().answer(total).sigmoid()


@misconception("addition", "adder", fault="cells_for_states")
class CellStates(Adder):
    """Sums the cell states, collected step by step."""

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        del values
        return super().total(weights, self.cells)

    def states(self, x: Tensor) -> Tensor:
        state, states, cells = None, [], []
        for step in range(x.shape[1]):
            out, state = self.lstm(x[:, step : step + 1, None], state)
            states.append(out[:, 0])
            cells.append(state[1][0])
        self.cells = torch.stack(cells, dim=1)
        return torch.stack(states, dim=1)


@misconception("addition", "adder", fault="no_batch_first")
class NoBatchFirst(Adder):
    """nn.LSTM's default order."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.lstm = nn.LSTM(1, H)


@misconception("addition", "adder", fault="w_not_a_parameter")
class PlainVector(Adder):
    """A tensor that no optimiser sees."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        del self.w
        self.w = torch.randn(H)  # type: ignore[assignment]  # the fault: no parameter


@misconception("addition", "adder", fault="w_not_a_parameter")
class BufferVector(Adder):
    """A buffer that no optimiser sees."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        del self.w
        self.register_buffer("w", torch.randn(H))


@misconception("addition", "adder", fault="w_of_wrong_shape")
class ColumnVector(Adder):
    """(H, 1)."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.w = nn.Parameter(torch.randn(H, 1))

    def weigh(self, states: Tensor) -> Tensor:
        return (states @ self.w).squeeze(2).softmax(dim=1)


@misconception("addition", "adder", fault="no_lstm")
class OtherName(Adder):
    """`rnn` for `lstm`."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.rnn = self.lstm
        del self.lstm

    def states(self, x: Tensor) -> Tensor:
        return self.rnn(x.unsqueeze(2))[0]


@misconception("addition", "adder", fault="bidirectional")
class Bidirectional(Adder):
    """Both directions."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.lstm = nn.LSTM(1, H, batch_first=True, bidirectional=True)


@misconception("addition", "adder", fault="several_layers")
class TwoLayers(Adder):
    """A second layer."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.lstm = nn.LSTM(1, H, num_layers=2, batch_first=True)


@misconception("addition", "adder", fault="wrong_parameters")
class HalfAsWide(Adder):
    """Half of H."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.lstm = nn.LSTM(1, H // 2, batch_first=True)


@misconception("addition", "adder", fault="no_readout")
class SumOfContext(Adder):
    """No layer on top."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        del self.readout

    def answer(self, total: Tensor) -> Tensor:
        return total.sum(dim=1)


@misconception("addition", "adder", fault="readout_of_inputs")
class SumOfInputs(Adder):
    """The weights sum the inputs."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.readout = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        weights = self.weigh(self.states(x))
        return self.answer(self.total(weights, x.unsqueeze(2))), weights


@misconception("addition", "adder", fault="readout_turned")
class ReadoutTurned(Adder):
    """nn.Linear(1, H)."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.readout = nn.Linear(1, H)


@misconception("addition", "adder", fault="frozen")
class FrozenLSTM(Adder):
    """The LSTM is never trained."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.lstm.requires_grad_(False)


@misconception("addition", "adder", fault="extra_parameters")
class ScoreBias(Adder):
    """A bias in the scores, which a softmax does not notice."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.bias = nn.Parameter(torch.zeros(1))


@misconception("addition", "adder", fault="answers_not_squeezed")
class AnswersInAColumn(Adder):
    """(B, 1)."""

    def answer(self, total: Tensor) -> Tensor:
        return self.readout(total)


@misconception("addition", "adder", fault="squeezed")
class SqueezedAway(Adder):
    """A batch of one loses its batch dimension."""

    def answer(self, total: Tensor) -> Tensor:
        return self.readout(total).squeeze()


@misconception("addition", "adder", fault="outputs_swapped")
class Swapped(Adder):
    """Weights first."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        answers, weights = super().forward(x)
        return weights, answers


@misconception("addition", "adder", fault="not_a_pair")
class AnswersOnly(Adder):
    """No map."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(x)[0]


@misconception("addition", "adder", fault="not_normalised")
class WeightsHalved(Adder):
    """Rows sum to one half."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        answers, weights = super().forward(x)
        return answers, weights / 2


@misconception("addition", "adder", fault="random_in_eval")
class RandomStart(Adder):
    """The LSTM starts from noise."""

    def states(self, x: Tensor) -> Tensor:
        start = torch.randn(2, 1, len(x), self.lstm.hidden_size, dtype=x.dtype)
        return self.lstm(x.unsqueeze(2), (start[0], start[1]))[0]


@misconception("addition", "adder", fault="depends_on_batch")
class CentredOverBatch(Adder):
    """Contexts minus the batch's mean."""

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        total = super().total(weights, values)
        return total - total.mean(dim=0)


@misconception("addition", "adder", fault="wrong_value")
class ScoresDoubled(Adder):
    """A temperature of one half."""

    def weigh(self, states: Tensor) -> Tensor:
        return (2 * (states @ self.w)).softmax(dim=1)


@misconception("addition", "adder", fault="wrong_dtype")
class Float64Forced(Adder):
    """Answers in float64, whatever comes in."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        answers, weights = super().forward(x)
        return answers.double(), weights.double()


@misconception("addition", "adder", fault="wrong_in_float32")
class HalfPrecision(Adder):
    """Float32 goes through bfloat16."""

    def answer(self, total: Tensor) -> Tensor:
        answers = super().answer(total)
        return answers.bfloat16().float() if answers.dtype is torch.float32 else answers


@misconception("addition", "adder", fault="overflow")
class Overflow(Adder):
    """Exponentials of large scores."""

    def weigh(self, states: Tensor) -> Tensor:
        powers = (states @ self.w).exp()
        return powers / powers.sum(dim=1, keepdim=True)


@misconception("addition", "adder", fault="input_changed")
class InputCentred(Adder):
    """The caller's x changes."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        result = super().forward(x.clone())
        x -= x.mean()
        return result


@misconception("addition", "adder", fault="detached")
class WeightsDetached(Adder):
    """No gradient reaches w."""

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        return super().total(weights.detach(), values)


@misconception("addition", "adder", fault="detached_in_part")
class ValuesDetached(Adder):
    """The LSTM learns through the weights only."""

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        return super().total(weights, values.detach())
