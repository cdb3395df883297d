"""The classifier of the lecture `reviews` in steps, each of which a specimen can replace.

Letters in shapes: B batch, T words, V vocabulary, D feature, N heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


def padded(texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Reviews as ids (B, T), filled up with 0, and mask (B, T)."""
    rows = [torch.tensor(text) for text in texts]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    lengths = torch.tensor([len(text) for text in texts])
    return ids, torch.arange(ids.shape[1]) < lengths[:, None]


class Heads(nn.Module):
    """Heads that look for words, and a probability from what they found."""

    def __init__(self, V: int, D: int, N: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.A = nn.Parameter(torch.randn(N, D) / D**0.5)
        self.out = nn.Linear(N * D, 1)

    def weigh(self, E: Tensor, mask: Tensor) -> Tensor:
        """Give each word of (B, T, D) its weight by head, (B, N, T)."""
        scores = torch.einsum("nd,btd->bnt", self.A, E)
        return scores.masked_fill(~mask[:, None], -torch.inf).softmax(dim=2)

    def read(self, weights: Tensor, E: Tensor) -> Tensor:
        """Sum the words by their weights, head after head, (B, N D)."""
        return torch.einsum("bnt,btd->bnd", weights, E).flatten(1)

    def judge(self, found: Tensor) -> Tensor:
        """Map (B, N D) to probabilities (B,)."""
        return torch.sigmoid(self.out(found).squeeze(1))

    def forward(self, ids: Tensor, mask: Tensor) -> Any:
        """Map ids (B, T) and mask (B, T) to probabilities (B,) and weights (B, N, T)."""
        E = self.embedding(ids)
        weights = self.weigh(E, mask)
        return self.judge(self.read(weights, E)), weights
