"""The networks of the lecture `surnames` in steps, each of which a specimen can replace.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Reader(nn.Module):
    """A network that reads names: states, a feature vector from them, log-probabilities."""

    out: nn.Linear

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Read the letters (B, T, V): the states after each, (B, T, H)."""
        raise NotImplementedError("each network makes its states in its own way")

    def feature(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Choose what the names are judged by, (B, H): the last real states."""
        return states[torch.arange(len(states)), lengths - 1]

    def judge(self, feature: Tensor) -> Tensor:
        """Map features (B, H) to log-probabilities (B, K)."""
        return self.out(feature).log_softmax(dim=-1)

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        """Map padded names (B, T, V) and lengths (B,) to log-probabilities (B, K)."""
        return self.judge(self.feature(self.states(x, lengths), lengths))

    def alone(self, x: Tensor) -> Any:
        """Map one name (T, V) to log-probabilities (K,)."""
        return self.batch(x[None], torch.tensor([len(x)]))[0]

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Any:
        """Call the one way or the other."""
        return self.alone(x) if lengths is None else self.batch(x, lengths)


class Vanilla(Reader):
    """The vanilla RNN by hand; a name that has ended keeps its state."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__()
        self.U = nn.Parameter(torch.randn(H, V) / H**0.5)
        self.W = nn.Parameter(torch.randn(H, H) / H**0.5)
        self.b = nn.Parameter(torch.zeros(H))
        self.out = nn.Linear(H, K)

    def step(self, letter: Tensor, h: Tensor) -> Tensor:
        """Map letters (B, V) and states (B, H) to new states (B, H)."""
        return torch.tanh(letter @ self.U.T + h @ self.W.T + self.b)

    def start(self, x: Tensor) -> Tensor:
        """Make the states (B, H) before the first letter."""
        return x.new_zeros(len(x), len(self.b))

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Read the letters (B, T, V): the states after each, (B, T, H)."""
        del lengths  # a specimen may need them
        h, found = self.start(x), []
        for letter in x.unbind(dim=1):
            h = self.step(letter, h)
            found.append(h)
        return torch.stack(found, dim=1)


class Gated(Reader):
    """A GRU and its last real state."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__()
        self.gru = nn.GRU(V, H, batch_first=True)
        self.out = nn.Linear(H, K)

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Read the letters (B, T, V): the states after each, (B, T, H)."""
        del lengths
        return self.gru(x)[0]


class Attending(Gated):
    """A GRU and the weighted sum of its states."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.score = nn.Linear(H, 1)

    def mask(self, lengths: Tensor, T: int) -> Tensor:
        """Say where a letter is real, (B, T) bool."""
        return torch.arange(T) < lengths[:, None]

    def scores(self, states: Tensor) -> Tensor:
        """Score every state, (B, T)."""
        return self.score(states).squeeze(2)

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Give every real letter its weight, (B, T)."""
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)

    def context(self, weights: Tensor, states: Tensor, lengths: Tensor) -> Tensor:
        """Sum the states by their weights, (B, H)."""
        del lengths
        return torch.einsum("bt,bth->bh", weights, states)

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        """Map (B, T, V) and lengths (B,) to log-probabilities (B, K) and weights (B, T)."""
        states = self.states(x, lengths)
        weights = self.weigh(self.scores(states), self.mask(lengths, states.shape[1]))
        return self.judge(self.context(weights, states, lengths)), weights

    def alone(self, x: Tensor) -> Any:
        """Map one name (T, V) to log-probabilities (K,) and weights (T,)."""
        log_p, weights = self.batch(x[None], torch.tensor([len(x)]))
        return log_p[0], weights[0]


class Stacked(Reader):
    """An LSTM of one or more layers and the last real hidden state of the uppermost."""

    def __init__(self, V: int, H: int, K: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(V, H, num_layers=layers, batch_first=True)
        self.out = nn.Linear(H, K)

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Read the letters (B, T, V): the uppermost hidden states, (B, T, H)."""
        del lengths
        return self.lstm(x)[0]
