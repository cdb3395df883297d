"""Right networks of `addition` in other forms: each writes one step of a right one differently.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.addition

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.answers.calibration import addition as calibration
from course_lib.answers.forms.addition import Adder, Finder, Variant
from course_lib.answers.misconceptions.addition_trained import right_model
from course_lib.answers.registry import equivalent, trained


@equivalent("addition", "adder")
class AdderInSteps(Adder):
    """The plain form."""


@equivalent("addition", "adder")
class AdderInOneForward(nn.Module):
    """All in one forward; w from N(0, 1)."""

    def __init__(self, H: int) -> None:
        super().__init__()
        self.readout = nn.Linear(in_features=H, out_features=1)
        self.w = nn.Parameter(torch.empty(H))
        nn.init.normal_(self.w)
        self.lstm = nn.LSTM(input_size=1, hidden_size=H, num_layers=1, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        """Map (B, T) to answers (B,) and weights (B, T)."""
        states = self.lstm(x.view(*x.shape, 1))[0]
        weights = F.softmax(torch.einsum("bth,h->bt", states, self.w), dim=1)
        context = torch.bmm(weights[:, None], states)[:, 0]
        return self.readout(context).flatten(), weights


@equivalent("addition", "adder")
class AdderTimeFirst(Adder):
    """An LSTM that takes (T, B, 1), and is given that."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.lstm = nn.LSTM(1, H)

    def states(self, x: Tensor) -> Tensor:
        return self.lstm(x.T[:, :, None])[0].transpose(0, 1)


@equivalent("addition", "adder")
class AdderReadsFirst(Adder):
    """Reads every state, then takes the mean: the weights share a sum of 1."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        states = self.states(x)
        weights = self.weigh(states)
        return (weights * self.readout(states).squeeze(2)).sum(dim=1), weights


@equivalent("addition", "adder")
class AdderReturnsList(Adder):
    """A list of two is as good as a tuple."""

    def forward(self, x: Tensor) -> Any:
        return list(super().forward(x))


@equivalent("addition", "variant")
class VariantInSteps(Variant):
    """The plain form."""


@equivalent("addition", "variant")
class VariantOfTables(nn.Module):
    """Choices as tables of functions; the addends counted by a product."""

    def __init__(self, H: int, values: str, weighing: str) -> None:
        super().__init__()
        self.choice = (values, weighing)
        self.lstm = nn.LSTM(1, H, batch_first=True)
        self.w = nn.Parameter(torch.zeros(H))
        self.readout = nn.Linear({"states": H, "inputs": 1}[values], 1)
        if values == "inputs":
            self.readout.load_state_dict({"weight": torch.ones(1, 1), "bias": torch.zeros(1)})

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, T) to answers (B,) and weights (B, T)."""
        values, weighing = self.choice
        inputs = x.unsqueeze(-1)
        states = self.lstm(inputs)[0]
        scores = states @ self.w
        weights = scores.sigmoid() if weighing == "gates" else scores.softmax(dim=-1)
        summed = torch.einsum("bt,btd->bd", weights, states if values == "states" else inputs)
        count = (x != 0).int().cumprod(dim=1).sum(dim=1)
        factor = count if weighing == "mean x count" else torch.ones(len(x), dtype=x.dtype)
        return self.readout(factor[:, None] * summed).squeeze(-1), weights


@equivalent("addition", "variant")
class CountsInTheWeights(Variant):
    """The count multiplies a copy of the weights."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        states = self.states(x)
        weights = self.weigh(states)
        used = weights * self.count(x) if self.weighing == "mean x count" else weights
        return self.answer(self.total(used, self.values(x, states))), weights


@equivalent("addition", "finder")
class FinderInSteps(Finder):
    """The plain form."""


@equivalent("addition", "finder")
class FinderInOneForward(nn.Module):
    """All in one forward, the sum as a product of rows and columns."""

    def __init__(self, H: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(1, H), nn.Tanh(), nn.Linear(H, 1), nn.Flatten())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, T) to answers (B,) and gates (B, T)."""
        gates = 1 - torch.cumsum(F.softmax(self.score(x.unsqueeze(2)), dim=1), dim=1)
        return torch.einsum("bt,bt->b", gates, x), gates


@equivalent("addition", "finder")
class FinderLooksAhead(Finder):
    """Gates by what is still to come."""

    def gates(self, attention: Tensor) -> Tensor:
        return attention.flip(1).cumsum(dim=1).flip(1) - attention


@equivalent("addition", "finder")
class FinderWithBuffer(Finder):
    """Gates by a triangle that is kept as a buffer."""

    def __init__(self, H: int) -> None:
        super().__init__(H)
        self.register_buffer("steps", torch.arange(100))

    def gates(self, attention: Tensor) -> Tensor:
        steps = self.get_buffer("steps")[: attention.shape[1]]
        past = (steps[:, None] <= steps).to(attention.dtype)  # (T, T)
        return 1 - attention @ past


@trained("addition", "finder_trained")
def trained_by_the_recipe() -> nn.Module:
    """Left in evaluation mode."""
    return right_model()


@trained("addition", "finder_trained")
def left_in_training_mode() -> nn.Module:
    """Checks choose the mode themselves."""
    return right_model().train()


@trained("addition", "finder_trained")
def in_one_forward() -> nn.Module:
    """A trained state dict in another form."""
    model = FinderInOneForward(calibration.H)
    model.load_state_dict(right_model().state_dict())
    return model
