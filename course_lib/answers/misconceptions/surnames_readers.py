"""Wrong networks of `surnames` that judge the wrong state, each made with several cells.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes.
"""

# ruff: noqa: ARG002 - a form takes what its step is given, whether it needs it or not
# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.surnames

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_lib.answers.forms.surnames import Reader
from course_lib.answers.misconceptions.surnames_networks import BatchWrong, fault_of


@fault_of("first_state")
class FirstState(Reader):
    """states[:, 0]."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[:, 0]


@fault_of("one_step_early")
class OneStepEarly(Reader):
    """length - 2."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[torch.arange(len(states)), lengths - 2]


@fault_of("mean_of_states")
class MeanOfStates(Reader):
    """A mean over the letters."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        rows = zip(states, lengths.tolist(), strict=True)
        return torch.stack([row[:n].mean(dim=0) for row, n in rows])


@fault_of("sum_of_states")
class SumOfStates(Reader):
    """A sum over the letters."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        rows = zip(states, lengths.tolist(), strict=True)
        return torch.stack([row[:n].sum(dim=0) for row, n in rows])


@fault_of("no_memory")
class NoMemory(Reader):
    """Every letter for itself."""

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        letters = x.split(1, dim=1)
        return torch.cat([super(NoMemory, self).states(one, lengths) for one in letters], dim=1)


@fault_of("reads_backwards")
class ReadsBackwards(Reader):
    """From the last letter to the first."""

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        return super().states(x.flip(1), lengths)


@fault_of("padding_read")
class LargestOfAllRows(Reader):
    """The largest of each number over all rows."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states.amax(dim=1)


@fault_of("input_changed")
class LengthsInPlace(Reader):
    """The caller's lengths are indices afterwards."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        lengths -= 1
        return states[torch.arange(len(states)), lengths]


@fault_of("last_row")
class LastRow(BatchWrong):
    """states[:, -1]."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[:, -1]


@fault_of("one_step_late")
class OneStepLate(BatchWrong):
    """states[b, length]."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[torch.arange(len(states)), lengths.clamp(max=states.shape[1] - 1)]


@fault_of("mean_with_padding")
class MeanWithPadding(BatchWrong):
    """A mean over all rows."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states.mean(dim=1)


@fault_of("first_length_for_all")
class FirstLengthForAll(BatchWrong):
    """One end for the batch."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[:, int(lengths[0]) - 1]


@fault_of("longest_for_all")
class LongestForAll(BatchWrong):
    """The batch is cut to its longest name, and that is all."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[:, int(lengths.max()) - 1]


@fault_of("state_erased")
class StateErased(BatchWrong):
    """The mask multiplies the states, and the last row is read."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        mask = torch.arange(states.shape[1]) < lengths[:, None]
        return (states * mask[:, :, None])[:, -1]


@fault_of("steps_of_all_names")
class StepsOfAllNames(BatchWrong):
    """states[:, lengths - 1]."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[:, lengths - 1]


@fault_of("extreme_lengths")
class AtLeastTwo(BatchWrong):
    """A guard that lifts length 1 to 2."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return super().feature(states, lengths.clamp(min=2))


@fault_of("two_ways_differ")
class AloneByLargest(Reader):
    """The batch is right: one name alone is judged by other numbers."""

    def alone(self, x: Tensor) -> Any:
        return self.judge(self.states(x[None], torch.tensor([len(x)])).amax(dim=1))[0]
