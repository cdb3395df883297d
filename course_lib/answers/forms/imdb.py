"""The parts of the lecture `imdb` in steps, each of which a specimen can replace.

Letters in shapes: B batch, T words, D width, N heads, F hidden width of the feed-forward part,
L layers, V words of the vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of values (..., Q, E) and weights (..., Q, T)."""
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)
    return weights @ v, weights


def positions(T: int, D: int) -> Tensor:
    """Sines and cosines in turn, (T, D) float32."""
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(0, D, 2) / D)
    return torch.stack([angles.sin(), angles.cos()], dim=2).reshape(T, D)


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """The mean of the real states, (B, D)."""
    real = mask[:, :, None].to(states.dtype)
    return (states * real).sum(dim=1) / real.sum(dim=1)


class Heads(nn.Module):
    """Multi-head attention."""

    def __init__(self, D: int, N: int) -> None:
        super().__init__()
        self.N = N
        self.in_proj_weight = nn.Parameter(torch.empty(3 * D, D))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * D))
        self.out_proj = nn.Linear(D, D)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (B, T, D) to queries, keys and values, each (B, T, D)."""
        return F.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)

    def split(self, x: Tensor) -> Tensor:
        """Cut (B, T, D) into heads, (B, N, T, D / N)."""
        return x.unflatten(-1, (self.N, -1)).transpose(1, 2)

    def join(self, x: Tensor) -> Tensor:
        """Put heads (B, N, T, D / N) side by side, (B, T, D)."""
        return x.transpose(1, 2).flatten(2)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Attention of all heads under a mask (B, T)."""
        return attention(q, k, v, mask[:, None, None, :])

    def finish(self, x: Tensor) -> Tensor:
        """Mix the heads, (B, T, D)."""
        return self.out_proj(x)

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        """Map (B, T, D) and (B, T) to (B, T, D) and (B, N, T, T)."""
        q, k, v = map(self.split, self.project(x))
        mixed, weights = self.attend(q, k, v, mask)
        return self.finish(self.join(mixed)), weights


class Layer(nn.Module):
    """A pre-norm encoder layer."""

    def __init__(self, D: int, N: int, F: int) -> None:
        super().__init__()
        self.self_attn = Heads(D, N)
        self.linear1 = nn.Linear(D, F)
        self.linear2 = nn.Linear(F, D)
        self.norm1 = nn.LayerNorm(D)
        self.norm2 = nn.LayerNorm(D)

    def squash(self, x: Tensor) -> Tensor:
        """Make the feed-forward part non-linear."""
        return x.relu()

    def feed(self, x: Tensor) -> Tensor:
        """Each word by itself, (B, T, D)."""
        return self.linear2(self.squash(self.linear1(x)))

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        """Map (B, T, D) and (B, T) to (B, T, D) and (B, N, T, T)."""
        seen, weights = self.self_attn(self.norm1(x), mask)
        x = x + seen
        return x + self.feed(self.norm2(x)), weights


class Encoder(nn.Module):
    """The classifier, with torch's layers."""

    settings: dict[str, Any] = {"dropout": 0.0, "batch_first": True, "norm_first": True}  # noqa: RUF012 - read only

    def __init__(self, V: int, D: int, N: int, F: int, L: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(D, N, F, **self.settings) for _ in range(L)
        )
        self.norm = nn.LayerNorm(D)
        self.out = nn.Linear(D, 1)

    def mask(self, ids: Tensor) -> Tensor:
        """Say which words are real, (B, T) bool."""
        return ids != 0

    def embed(self, ids: Tensor) -> Tensor:
        """Map (B, T) to (B, T, D)."""
        x = self.embedding(ids)
        return x + positions(x.shape[1], x.shape[2])

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        """Pass all layers, (B, T, D)."""
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~mask)
        return self.norm(x)

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """Make one vector of a review's states, (B, D)."""
        return masked_mean(states, mask)

    def judge(self, state: Tensor) -> Any:
        """Map (B, D) to scores (B,)."""
        return self.out(state).squeeze(1)

    def forward(self, ids: Tensor) -> Any:
        """Map (B, T) to scores (B,)."""
        mask = self.mask(ids)
        return self.judge(self.pool(self.encode(self.embed(ids), mask), mask))


def accuracy(scores: Tensor, labels: Tensor) -> float:
    """The share of right signs."""
    return ((scores > 0) == (labels == 1)).double().mean().item()


def erased(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """The most attended known words made unknown, (B, T)."""
    ranks = weights.masked_fill(ids <= 2, -torch.inf).argsort(dim=1, descending=True)
    chosen = torch.zeros_like(ids, dtype=torch.bool).scatter(1, ranks[:, :number], True)
    return ids.masked_fill(chosen & (ids > 2), 2)
