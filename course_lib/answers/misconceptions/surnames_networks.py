"""Wrong networks of `surnames` at their ends, each made with all the cells it can be made with.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes.
"""

# ruff: noqa: ARG002 - a form takes what its step is given, whether it needs it or not
# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.surnames

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.answers.forms.surnames import Attending, Gated, Reader, Stacked, Vanilla
from course_lib.answers.registry import misconception

LAST = {"rnn_classifier": Vanilla, "gru_classifier": Gated, "lstm_classifier": Stacked}
ALL: dict[str, type[Reader]] = {**LAST, "attention_classifier": Attending}


def fault_of(
    fault: str, bases: dict[str, Any] | None = None
) -> Callable[[type[Reader]], type[Reader]]:
    """Register a fault, written for any reader, with each of the given networks."""

    def register(faulty: type[Reader]) -> type[Reader]:
        for check, base in (LAST if bases is None else bases).items():
            made = type(f"{faulty.__name__}{base.__name__}", (faulty, base), {})
            misconception("surnames", check, fault=fault)(made)
        return faulty

    return register


class BatchWrong(Reader):
    """One name is right: the fault is in the batch alone."""

    def alone(self, x: Tensor) -> Any:
        return self.judge(self.states(x[None], torch.tensor([len(x)]))[:, -1])[0]


# --- the end: what `out` gives becomes log-probabilities ---


@fault_of("no_log_softmax", ALL)
class RawScores(Reader):
    """Nothing after `out`."""

    def judge(self, feature: Tensor) -> Tensor:
        return self.out(feature)


@fault_of("no_log", ALL)
class Probabilities(Reader):
    """softmax."""

    def judge(self, feature: Tensor) -> Tensor:
        return self.out(feature).softmax(dim=-1)


@fault_of("log_softmax_of_softmax", ALL)
class Twice(Reader):
    """softmax, then log-softmax."""

    def judge(self, feature: Tensor) -> Tensor:
        return self.out(feature).softmax(dim=-1).log_softmax(dim=-1)


@fault_of("sign_changed", ALL)
class Loss(Reader):
    """The loss, not the logarithm."""

    def judge(self, feature: Tensor) -> Tensor:
        return -self.out(feature).log_softmax(dim=-1)


@fault_of("over_batch")
class OverBatch(Reader):
    """dim=0."""

    def judge(self, feature: Tensor) -> Tensor:
        return self.out(feature).log_softmax(dim=0)


@fault_of("not_normalised", ALL)
class Halved(Reader):
    """Square roots of probabilities."""

    def judge(self, feature: Tensor) -> Tensor:
        return self.out(feature).log_softmax(dim=-1) / 2


@fault_of("wrong_in_float32", ALL)
class Coarse(Reader):
    """Half precision, where it seems enough."""

    def judge(self, feature: Tensor) -> Tensor:
        right = super().judge(feature)
        return right.bfloat16().float() if right.dtype is torch.float32 else right


@fault_of("wrong_dtype", ALL)
class Double(Reader):
    """Everything in float64."""

    def judge(self, feature: Tensor) -> Tensor:
        return super().judge(feature).double()


@fault_of("detached", ALL)
class Detached(Reader):
    """Only `out` learns."""

    def judge(self, feature: Tensor) -> Tensor:
        return super().judge(feature.detach())


@fault_of("detached_in_part", ALL)
class HalfDetached(Reader):
    """A half of the feature is a constant."""

    def judge(self, feature: Tensor) -> Tensor:
        return super().judge((feature + feature.detach()) / 2)


@fault_of("depends_on_batch", ALL)
class Centred(Reader):
    """Features minus the batch's mean."""

    def judge(self, feature: Tensor) -> Tensor:
        return super().judge(feature - feature.mean(dim=0))


@fault_of("wrong_value", ALL)
class Doubled(Reader):
    """No fault with a name."""

    def judge(self, feature: Tensor) -> Tensor:
        return super().judge(2 * feature)


@fault_of("random_start", ALL)
class RandomStart(Reader):
    """States that begin somewhere."""

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        states = super().states(x, lengths)
        return states + torch.randn_like(states[:, :1])


# --- shapes ---------------------------------------------------------------------------------------


@fault_of("dimension_left")
class KeepsBatchOfOne(Reader):
    """(1, K) for one name."""

    def alone(self, x: Tensor) -> Any:
        return self.batch(x[None], torch.tensor([len(x)]))


@fault_of("dimension_left")
class KeepsTime(BatchWrong):
    """(B, 1, K)."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return super().feature(states, lengths)[:, None]


@fault_of("every_letter_judged")
class EveryLetterJudged(Reader):
    """(B, T, K)."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states


@fault_of("every_letter_judged")
class EveryLetterOfABatchJudged(BatchWrong):
    """(B, T, K) for a batch, (K,) for one name."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states


@fault_of("not_judged")
class NotJudged(Reader):
    """(B, H)."""

    def judge(self, feature: Tensor) -> Tensor:
        return feature


@fault_of("not_judged")
class BatchNotJudged(BatchWrong):
    """(B, H) for a batch, (K,) for one name."""

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        return self.feature(self.states(x, lengths), lengths)


@fault_of("squeezed")
class Squeezed(BatchWrong):
    """A batch of one loses its batch dimension."""

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        return super().batch(x, lengths).squeeze()


@fault_of("returns_several")
class StatesToo(Reader):
    """(log-probabilities, states)."""

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Any:
        return super().forward(x, lengths), x


@fault_of("raised")
class BatchOnly(Reader):
    """One name is no batch, and is not asked for."""

    def alone(self, x: Tensor) -> Any:
        return self.batch(x, torch.tensor([len(x)]))


# --- the constructor ------------------------------------------------------------------------------


@fault_of("missing_part", ALL)
class OutUnderAnotherName(Reader):
    """`fc` for `out`: a state dict does not load."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        self.fc = self.out
        del self.out

    def judge(self, feature: Tensor) -> Tensor:
        return self.fc(feature).log_softmax(dim=-1)


@fault_of("wrong_parameters", ALL)
class OutOfTwice(Reader):
    """`out` reads 2H numbers."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        self.out = nn.Linear(2 * sizes["H"], sizes["K"])


@fault_of("transposed", ALL)
class OutTheOtherWay(Reader):
    """nn.Linear(K, H)."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        self.out = nn.Linear(sizes["K"], sizes["H"])


@fault_of("extra_parameters", ALL)
class OneLayerMore(Reader):
    """A second linear layer."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        self.more = nn.Linear(sizes["H"], sizes["H"])


@fault_of("frozen", ALL)
class Frozen(Reader):
    """`out` never learns."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        self.out.requires_grad_(False)
