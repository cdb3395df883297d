"""Right networks of `surnames` in other forms: each writes one step of a right one differently.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes.
"""

# ruff: noqa: ARG002 - a form takes what its step is given, whether it needs it or not
# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.surnames

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_lib.answers.calibration.surnames import SIZES
from course_lib.answers.forms.surnames import Attending, Gated, Stacked, Vanilla
from course_lib.answers.misconceptions.surnames_trained import right_model
from course_lib.answers.registry import equivalent, trained

# --- rnn_classifier -------------------------------------------------------------------------------


@equivalent("surnames", "rnn_classifier")
class VanillaInSteps(Vanilla):
    """The plain form."""


@equivalent("surnames", "rnn_classifier")
class VanillaHeld(Vanilla):
    """A name that has ended keeps its state, and the last row is read."""

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        h, found = self.start(x), []
        for t, letter in enumerate(x.unbind(dim=1)):
            h = torch.where((t < lengths)[:, None], self.step(letter, h), h)
            found.append(h)
        return torch.stack(found, dim=1)

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[:, -1]


@equivalent("surnames", "rnn_classifier")
class VanillaOneByOne(Vanilla):
    """One name by a plain loop, a batch name by name."""

    def alone(self, x: Tensor) -> Any:
        h = torch.zeros_like(self.b)
        for letter in x:
            h = torch.tanh(self.U @ letter + self.W @ h + self.b)
        return F.log_softmax(self.out(h), dim=0)

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        rows = zip(x, lengths.tolist(), strict=True)
        return torch.stack([self.alone(name[:n]) for name, n in rows])


@equivalent("surnames", "rnn_classifier")
class VanillaByOneMatrix(Vanilla):
    """Letter and state side by side; a buffer and a module without parameters."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        nn.init.xavier_uniform_(self.U)
        nn.init.orthogonal_(self.W)
        self.register_buffer("calls", torch.zeros(()))
        self.last = nn.LogSoftmax(dim=-1)

    def step(self, letter: Tensor, h: Tensor) -> Tensor:
        both = torch.cat([self.U, self.W], dim=1)
        return torch.tanh(F.linear(torch.cat([letter, h], dim=1), both, self.b))

    def judge(self, feature: Tensor) -> Tensor:
        return self.last(self.out(feature))


# --- gru_classifier -------------------------------------------------------------------------------


@equivalent("surnames", "gru_classifier")
class GatedInSteps(Gated):
    """The plain form."""


@equivalent("surnames", "gru_classifier")
class GatedPacked(Gated):
    """The GRU never sees the padding, and h_n is the true last state."""

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return self.judge(self.gru(packed)[1][-1])


@equivalent("surnames", "gru_classifier")
class GatedWithoutBatch(Gated):
    """One name goes through the GRU without a batch dimension."""

    def alone(self, x: Tensor) -> Any:
        _, last = self.gru(x)  # (1, H)
        return self.judge(last[0])


@equivalent("surnames", "gru_classifier")
class GatedTimeFirstInside(Gated):
    """A GRU that takes (T, B, V), and is given that; gather picks the states."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.gru = nn.GRU(V, H)

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        return self.gru(x.transpose(0, 1))[0].transpose(0, 1)

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        index = (lengths - 1)[:, None, None].expand(-1, 1, states.shape[2])
        return states.gather(1, index).squeeze(1)


@equivalent("surnames", "gru_classifier")
class GatedByOneHot(Gated):
    """The last state by a product with a one-hot vector."""

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        chosen = F.one_hot(lengths - 1, states.shape[1]).to(states.dtype)  # (B, T)
        return (chosen[:, :, None] * states).sum(dim=1)


# --- attention_classifier ---


@equivalent("surnames", "attention_classifier")
class AttendingInSteps(Attending):
    """The plain form."""


@equivalent("surnames", "attention_classifier")
class AttendingPacked(Attending):
    """The GRU never sees the padding; context by bmm."""

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, _ = self.gru(packed)
        return pad_packed_sequence(output, batch_first=True, total_length=x.shape[1])[0]

    def context(self, weights: Tensor, states: Tensor, lengths: Tensor) -> Tensor:
        return torch.bmm(weights[:, None], states)[:, 0]


@equivalent("surnames", "attention_classifier")
class AttendingOneByOne(Attending):
    """Each name by itself, cut to its length."""

    def alone(self, x: Tensor) -> Any:
        states, _ = self.gru(x)
        weights = self.score(states)[:, 0].softmax(dim=0)
        return self.judge(weights @ states), weights

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        results = [self.alone(name[:n]) for name, n in zip(x, lengths.tolist(), strict=True)]
        weights = [F.pad(row, (0, x.shape[1] - len(row))) for _, row in results]
        return torch.stack([log_p for log_p, _ in results]), torch.stack(weights)


@equivalent("surnames", "attention_classifier")
class AttendingByABillion(Attending):
    """A score of minus a billion has weight 0, to the last digit."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -1e9).softmax(dim=1)


@equivalent("surnames", "attention_classifier")
class AttendingShifted(Attending):
    """exp by hand, the largest score subtracted first; a list for the pair."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        real = torch.where(mask, scores, torch.full_like(scores, -torch.inf))
        powers = torch.exp(real - real.amax(dim=1, keepdim=True))
        return powers / powers.sum(dim=1, keepdim=True)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Any:
        return list(super().forward(x, lengths))


# --- lstm_classifier ------------------------------------------------------------------------------


@equivalent("surnames", "lstm_classifier")
class StackedInSteps(Stacked):
    """The plain form."""


@equivalent("surnames", "lstm_classifier")
class StackedPacked(Stacked):
    """The upper layer's h_n of a packed batch."""

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.lstm(packed)
        return self.judge(h_n[-1])


@equivalent("surnames", "lstm_classifier")
class StackedWithoutBatch(Stacked):
    """One name goes through the LSTM without a batch dimension."""

    def alone(self, x: Tensor) -> Any:
        _, (h_n, _) = self.lstm(x)  # (L, H)
        return self.judge(h_n[-1])


# --- trained --------------------------------------------------------------------------------------


@trained("surnames", "trained")
def trained_by_the_recipe() -> nn.Module:
    """Left in evaluation mode."""
    return right_model()


@trained("surnames", "trained")
def left_in_training_mode() -> nn.Module:
    """Checks choose the mode themselves."""
    return right_model().train()


@trained("surnames", "trained")
def packed_form() -> nn.Module:
    """A trained state dict in a network that packs."""
    model = AttendingPacked(*SIZES)
    model.load_state_dict(right_model().state_dict())
    return model
