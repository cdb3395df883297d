"""The networks of the lecture `addition` in steps, each of which a specimen can replace.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Adder(nn.Module):
    """An LSTM over numbers, and softmax attention over its states."""

    def __init__(self, H: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, H, batch_first=True)
        self.w = nn.Parameter(torch.randn(H) / H)
        self.readout = nn.Linear(H, 1)

    def states(self, x: Tensor) -> Tensor:
        """Run the LSTM over (B, T): the states, (B, T, H)."""
        return self.lstm(x.unsqueeze(2))[0]

    def weigh(self, states: Tensor) -> Tensor:
        """Give every step its weight, (B, T)."""
        return torch.einsum("bth,h->bt", states, self.w).softmax(dim=1)

    def total(self, weights: Tensor, values: Tensor) -> Tensor:
        """Sum the values (B, T, D) by their weights, (B, D)."""
        return torch.einsum("bt,btd->bd", weights, values)

    def answer(self, total: Tensor) -> Tensor:
        """Read the answers (B,) off (B, D)."""
        return self.readout(total)[:, 0]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, T) to answers (B,) and weights (B, T)."""
        states = self.states(x)
        weights = self.weigh(states)
        return self.answer(self.total(weights, states)), weights


class Variant(Adder):
    """The adder with other values or another way to weigh them."""

    def __init__(self, H: int, values: str, weighing: str) -> None:
        super().__init__(H)
        self.kind, self.weighing = values, weighing
        if values == "inputs":
            self.readout = nn.Linear(1, 1)
            nn.init.ones_(self.readout.weight)
            nn.init.zeros_(self.readout.bias)

    def weigh(self, states: Tensor) -> Tensor:
        """Give every step its weight or its gate, (B, T)."""
        if self.weighing == "gates":
            return torch.einsum("bth,h->bt", states, self.w).sigmoid()
        return super().weigh(states)

    def values(self, x: Tensor, states: Tensor) -> Tensor:
        """Choose what is summed, (B, T, D)."""
        return states if self.kind == "states" else x.unsqueeze(2)

    def count(self, x: Tensor) -> Tensor:
        """Count the addends of each row, (B, 1)."""
        return (x == 0).int().argmax(dim=1, keepdim=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, T) to answers (B,) and weights (B, T)."""
        states = self.states(x)
        weights = self.weigh(states)
        total = self.total(weights, self.values(x, states))
        if self.weighing == "mean x count":
            total = total * self.count(x)
        return self.answer(total), weights


class Finder(nn.Module):
    """Attends to the delimiter and adds what stands before it."""

    def __init__(self, H: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(1, H), nn.Tanh(), nn.Linear(H, 1))

    def attend(self, x: Tensor) -> Tensor:
        """Point at the delimiter: attention (B, T) that sums to 1 over time."""
        return self.score(x.unsqueeze(2)).squeeze(2).softmax(dim=1)

    def gates(self, attention: Tensor) -> Tensor:
        """Open what comes before, (B, T)."""
        return 1 - attention.cumsum(dim=1)

    def answer(self, gates: Tensor, x: Tensor) -> Tensor:
        """Add what is let through, (B,)."""
        return (gates * x).sum(dim=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, T) to answers (B,) and gates (B, T)."""
        gates = self.gates(self.attend(x))
        return self.answer(gates, x), gates
