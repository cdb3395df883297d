"""Right networks of `vowels` in other forms: each writes one step of a right one differently.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.vowels

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_lib.answers.calibration.vowels import SIZES
from course_lib.answers.forms.vowels import Classifier, Masked, Reader
from course_lib.answers.misconceptions.vowels_trained import right_model
from course_lib.answers.registry import equivalent, trained
from course_lib.lab.layers import four_layers


@equivalent("vowels", "attention_classifier")
class InSteps(Classifier):
    """The plain form."""


@equivalent("vowels", "attention_classifier")
class InOneForward(nn.Module):
    """All in one forward, the last state from h_n, W from N(0, 1)."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.empty(T, H))
        nn.init.xavier_uniform_(self.W)
        self.classifier = four_layers(H + H, K)
        self.lstm = nn.LSTM(input_size=D, hidden_size=H, num_layers=1, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        """Map (B, T, D) to logits (B, K)."""
        states, (h_n, _) = self.lstm(x)
        weights = F.softmax(torch.einsum("bth,th->bt", states, self.W), dim=1)
        context = torch.bmm(weights[:, None], states)[:, 0]
        return self.classifier(torch.hstack([context, h_n[-1]]))


@equivalent("vowels", "attention_classifier")
class SizesKept(Classifier):
    """Keeps its sizes, a buffer and a module without parameters."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D=D, H=H, K=K, T=T)
        self.sizes = {"D": D, "H": H, "K": K, "T": T}
        self.register_buffer("steps", torch.arange(T))
        self.softmax = nn.Softmax(dim=1)

    def weigh(self, states: Tensor) -> Tensor:
        return self.softmax((states * self.W).sum(-1))


@equivalent("vowels", "attention_classifier")
class TimeFirstInside(Classifier):
    """An LSTM that takes (T, B, D), and is given that."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.lstm = nn.LSTM(D, H)

    def states(self, x: Tensor) -> Tensor:
        return super().states(x.transpose(0, 1)).transpose(0, 1)


@equivalent("vowels", "attention_reader")
class StepsReused(Reader):
    """The plain form."""


@equivalent("vowels", "attention_reader")
class WithoutGradient(InOneForward):
    """Recomputes the weights; a picture needs no gradient."""

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        states = self.lstm(x)[0]
        return torch.einsum("bth,th->bt", states, self.W).softmax(dim=1)


@equivalent("vowels", "attention_reader")
class RunsTheWholeNetwork(Classifier):
    """Catches the weights on their way through the classifier's own forward."""

    def context(self, weights: Tensor, states: Tensor) -> Tensor:
        self.seen = weights
        return super().context(weights, states)

    def forward(self, x: Tensor) -> Tensor:
        super().forward(x)
        return self.seen


@equivalent("vowels", "masked_classifier")
class MaskedInSteps(Masked):
    """The plain form."""


@equivalent("vowels", "masked_classifier")
class Packed(Masked):
    """The LSTM never sees the padding, and h_n is the true last state."""

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        states, (self.h_n, _) = self.lstm(packed)
        padded, _ = pad_packed_sequence(states, batch_first=True, total_length=x.shape[1])
        return padded

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        del states, lengths
        return self.h_n[0]


@equivalent("vowels", "masked_classifier")
class BilinearBuiltIn(Masked):
    """The bilinear form of torch, and gather."""

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        index = (lengths - 1).view(-1, 1, 1).expand(-1, 1, states.shape[2])
        return states.gather(1, index).squeeze(1)

    def score(self, states: Tensor, last: Tensor) -> Tensor:
        repeated = last.unsqueeze(1).expand_as(states).contiguous()
        return F.bilinear(states, repeated, self.W.unsqueeze(0)).squeeze(2)


@equivalent("vowels", "masked_classifier")
class ReturnsList(Masked):
    """A list of two is as good as a tuple."""

    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        return list(super().forward(x, lengths))


@equivalent("vowels", "masked_classifier")
class OneByOne(Masked):
    """Each utterance by itself, cut to its length."""

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        features, rows = [], []
        for frames, n in zip(x, lengths.tolist(), strict=True):
            states = self.lstm(frames[:n])[0]
            shares = (states @ self.W @ states[-1]).softmax(dim=0)
            features.append(torch.cat([shares @ states, states[-1]]))
            rows.append(F.pad(shares, (0, x.shape[1] - n)))
        return self.classifier(torch.stack(features)), torch.stack(rows)


@trained("vowels", "trained")
def trained_by_the_recipe() -> nn.Module:
    """Left in evaluation mode."""
    return right_model()


@trained("vowels", "trained")
def left_in_training_mode() -> nn.Module:
    """Checks choose the mode themselves."""
    return right_model().train()


@trained("vowels", "trained")
def packed_form() -> nn.Module:
    """A trained state dict in a network that packs."""
    model = Packed(*SIZES)
    model.load_state_dict(right_model().state_dict())
    return model
