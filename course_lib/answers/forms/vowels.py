"""The networks of the lecture `vowels` in steps, each of which a specimen can replace.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from course_lib.lab.layers import four_layers


class Classifier(nn.Module):
    """The first form: one weight for every step and state, padding and all."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.W = nn.Parameter(torch.randn(T, H) / H**0.5)
        self.classifier = four_layers(2 * H, K)

    def states(self, x: Tensor) -> Tensor:
        """Run the LSTM over (B, T, D): the states, (B, T, H)."""
        return self.lstm(x)[0]

    def weigh(self, states: Tensor) -> Tensor:
        """Give every step its weight, (B, T)."""
        return (states * self.W).sum(dim=2).softmax(dim=1)

    def context(self, weights: Tensor, states: Tensor) -> Tensor:
        """Sum the states by their weights, (B, H)."""
        return torch.einsum("bt,bth->bh", weights, states)

    def last(self, states: Tensor) -> Tensor:
        """Take the state of the last step, (B, H)."""
        return states[:, -1]

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        """Put what the classifier reads side by side, (B, 2H)."""
        return torch.cat([context, last], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, T, D) to logits (B, K)."""
        states = self.states(x)
        context = self.context(self.weigh(states), states)
        return self.classifier(self.join(context, self.last(states)))


class Reader(Classifier):
    """The first form, read out: its weights instead of its logits."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, T, D) to weights (B, T)."""
        return self.weigh(self.states(x))


class Masked(nn.Module):
    """The second form: bilinear scores against the true last state, and no padding."""

    def __init__(self, D: int, H: int, K: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.W = nn.Parameter(torch.randn(H, H) / H)
        self.classifier = four_layers(2 * H, K)

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Run the LSTM over (B, T, D): the states, (B, T, H)."""
        del lengths  # a specimen may need them
        return self.lstm(x)[0]

    def mask(self, lengths: Tensor, T: int) -> Tensor:
        """Say where a step is real, (B, T) bool."""
        return torch.arange(T) < lengths.unsqueeze(1)

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Take the state of the last real step, (B, H)."""
        return states[torch.arange(len(states)), lengths - 1]

    def score(self, states: Tensor, last: Tensor) -> Tensor:
        """Compare every state with the last one, (B, T)."""
        return torch.einsum("bti,ij,bj->bt", states, self.W, last)

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Give every real step its weight, (B, T)."""
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)

    def context(self, weights: Tensor, states: Tensor) -> Tensor:
        """Sum the states by their weights, (B, H)."""
        return torch.einsum("bt,bth->bh", weights, states)

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        """Put what the classifier reads side by side, (B, 2H)."""
        return torch.cat([context, last], dim=1)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, T, D) and lengths (B,) to logits (B, K) and weights (B, T)."""
        states = self.states(x, lengths)
        last = self.last(states, lengths)
        weights = self.weigh(self.score(states, last), self.mask(lengths, x.shape[1]))
        return self.classifier(self.join(self.context(weights, states), last)), weights
