"""Wrong `Finder`s of `addition`: one step of each is broken.

Letters in shapes: B batch, T time, H hidden.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.addition

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.answers.forms.addition import Finder
from course_lib.answers.registry import misconception


@misconception("addition", "finder", fault="softmax_over_batch")
class FinderOverBatch(Finder):
    """dim=0."""

    def attend(self, x: Tensor) -> Tensor:
        return self.score(x[:, :, None])[:, :, 0].softmax(dim=0)


@misconception("addition", "finder", fault="no_softmax")
class FinderOfScores(Finder):
    """Scores for attention."""

    def attend(self, x: Tensor) -> Tensor:
        return self.score(x[:, :, None])[:, :, 0]


@misconception("addition", "finder", fault="sigmoid")
class FinderOfSigmoids(Finder):
    """Each score by itself."""

    def attend(self, x: Tensor) -> Tensor:
        return self.score(x[:, :, None])[:, :, 0].sigmoid()


@misconception("addition", "finder", fault="delimiter_included")
class DelimiterIncluded(Finder):
    """The answer is right all the same: the delimiter is 0. The map is not."""

    def gates(self, attention: Tensor) -> Tensor:
        return super().gates(attention) + attention


@misconception("addition", "finder", fault="gates_inverted")
class GatesInverted(Finder):
    """Adds what comes after."""

    def gates(self, attention: Tensor) -> Tensor:
        return attention.cumsum(dim=1)


@misconception("addition", "finder", fault="attention_for_gates")
class AttentionForGates(Finder):
    """No gates."""

    def gates(self, attention: Tensor) -> Tensor:
        return attention


@misconception("addition", "finder", fault="returns_attention")
class ReturnsAttention(Finder):
    """The attention beside the answers."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(x)[0], self.attend(x)


@misconception("addition", "finder", fault="mean_for_sum")
class MeanOfAddends(Finder):
    """Divided by the gates."""

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        return super().answer(gates, x) / gates.sum(dim=1)


@misconception("addition", "finder", fault="mean_for_sum")
class MeanOverTime(Finder):
    """Divided by T."""

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        return (gates * x).mean(dim=1)


@misconception("addition", "finder", fault="hard_gates")
class HardGates(Finder):
    """A comparison."""

    def gates(self, attention: Tensor) -> Tensor:
        steps = torch.arange(attention.shape[1])
        return (steps < attention.argmax(dim=1, keepdim=True)).to(attention.dtype)


@misconception("addition", "finder", fault="gates_summed")
class GatesSummed(Finder):
    """Counts the addends."""

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        del x
        return gates.sum(dim=1)


class _OtherActivation(Finder):
    """Another module in the middle."""

    middle: type[nn.Module] = nn.Identity

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.score = nn.Sequential(nn.Linear(1, H), self.middle(), nn.Linear(H, 1))


@misconception("addition", "finder", fault="no_activation")
class NoActivation(_OtherActivation):
    """Two linear layers are one."""


@misconception("addition", "finder", fault="relu_for_tanh")
class ReluForTanh(_OtherActivation):
    """The habit."""

    middle = nn.ReLU


@misconception("addition", "finder", fault="wrong_value")
class SigmoidForTanh(_OtherActivation):
    """An activation without a sentence of its own."""

    middle = nn.Sigmoid


@misconception("addition", "finder", fault="no_score")
class OtherName(Finder):
    """`net` for `score`."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.net = self.score
        del self.score

    def attend(self, x: Tensor) -> Tensor:
        return self.net(x[:, :, None])[:, :, 0].softmax(dim=1)


@misconception("addition", "finder", fault="no_score")
class OneLayer(Finder):
    """A score that is linear in the number."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.score = nn.Sequential(nn.Linear(1, 1))


@misconception("addition", "finder", fault="wrong_parameters")
class ReadsWholeSequence(Finder):
    """Scores from H numbers at a time."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.score = nn.Sequential(nn.Linear(H, H), nn.Tanh(), nn.Linear(H, 1))


@misconception("addition", "finder", fault="extra_parameters")
class WithReadout(Finder):
    """A linear layer on top of the sum."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.readout = nn.Linear(1, 1)

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        return self.readout(super().answer(gates, x)[:, None])[:, 0]


@misconception("addition", "finder", fault="frozen")
class FrozenScore(Finder):
    """The scores are never trained."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.score.requires_grad_(False)


@misconception("addition", "finder", fault="answers_not_squeezed")
class AnswersInAColumn(Finder):
    """(B, 1)."""

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        return (gates * x).sum(dim=1, keepdim=True)


@misconception("addition", "finder", fault="squeezed")
class SqueezedAway(Finder):
    """A batch of one loses its batch dimension."""

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        return (gates[:, None] @ x[:, :, None]).squeeze()


@misconception("addition", "finder", fault="outputs_swapped")
class GatesFirst(Finder):
    """Gates, then answers."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        answers, gates = super().forward(x)
        return gates, answers


@misconception("addition", "finder", fault="not_a_pair")
class AnswersOnly(Finder):
    """No map."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(x)[0]


@misconception("addition", "finder", fault="wrong_shape")
class GatesInAColumn(Finder):
    """(B, T, 1) for the gates."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        answers, gates = super().forward(x)
        return answers, gates[:, :, None]


@misconception("addition", "finder", fault="random_in_eval")
class NoisyScores(Finder):
    """Noise that never stops."""

    def attend(self, x: Tensor) -> Tensor:
        scores = self.score(x[:, :, None])[:, :, 0]
        return (scores + 0.1 * torch.randn_like(scores)).softmax(dim=1)


@misconception("addition", "finder", fault="depends_on_batch")
class ScoresCentred(Finder):
    """Scores minus the batch's mean."""

    def attend(self, x: Tensor) -> Tensor:
        scores = self.score(x[:, :, None])[:, :, 0]
        return (scores - scores.mean(dim=0)).softmax(dim=1)


@misconception("addition", "finder", fault="wrong_in_float32")
class HalfPrecision(Finder):
    """Float32 goes through bfloat16."""

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        answers = super().answer(gates, x)
        return answers.bfloat16().float() if answers.dtype is torch.float32 else answers


@misconception("addition", "finder", fault="overflow")
class Overflow(Finder):
    """Exponentials of large scores."""

    def attend(self, x: Tensor) -> Tensor:
        powers = self.score(x[:, :, None])[:, :, 0].exp()
        return powers / powers.sum(dim=1, keepdim=True)


@misconception("addition", "finder", fault="input_changed")
class InputGated(Finder):
    """The caller's numbers are gated afterwards."""

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        answers = super().answer(gates, x.clone())
        with torch.no_grad():
            x *= gates
        return answers


@misconception("addition", "finder", fault="detached")
class GatesDetached(Finder):
    """No gradient reaches the scores."""

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        return super().answer(gates.detach(), x)


@misconception("addition", "finder", fault="detached_in_part")
class PastDetached(Finder):
    """Each gate learns from its own step alone."""

    def gates(self, attention: Tensor) -> Tensor:
        past = (attention.cumsum(dim=1) - attention).detach()
        return 1 - past - attention
