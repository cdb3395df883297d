"""Right functions of `imdb` in other forms.

Letters in shapes: B batch, Q queries, T keys or words, D width, E width of values, N heads.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.answers.forms import imdb as form
from course_lib.answers.registry import equivalent

# --- attention ----------------------------------------------------------------------------------


@equivalent("imdb", "attention")
def plain(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The form taught."""
    return form.attention(q, k, v, mask)


@equivalent("imdb", "attention")
def by_einsum(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Einsum with an ellipsis, torch.where for the mask, a list for the pair."""
    scores = torch.einsum("...qd,...td->...qt", q, k) / math.sqrt(k.size(-1))
    weights = torch.softmax(torch.where(mask, scores, -math.inf), dim=-1)
    return [torch.einsum("...qt,...te->...qe", weights, v), weights]


@equivalent("imdb", "attention")
def shifted_by_hand(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Exp by hand, the largest score subtracted first; q scaled before the product."""
    scores = (q * q.shape[-1] ** -0.5) @ k.mT
    scores = scores.masked_fill(~mask, -torch.inf)
    powers = torch.exp(scores - scores.amax(dim=-1, keepdim=True))
    weights = powers / powers.sum(dim=-1, keepdim=True)
    return torch.matmul(weights, v), weights


@equivalent("imdb", "attention")
def an_added_mask(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """A mask of 0 and -inf that is added."""
    added = torch.zeros(mask.shape, dtype=q.dtype).masked_fill_(mask.logical_not(), -torch.inf)
    weights = F.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5 + added, dim=-1)
    return weights @ v, weights


@equivalent("imdb", "attention")
def by_torch(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The result from torch's own function, the weights by hand."""
    _, weights = form.attention(q, k, v, mask)
    full = mask.expand_as(weights)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=full), weights


# --- positions ----------------------------------------------------------------------------------


@equivalent("imdb", "positions")
def stacked(T: int, D: int) -> Tensor:
    """The form taught."""
    return form.positions(T, D)


@equivalent("imdb", "positions")
def by_slices(T: int, D: int) -> Tensor:
    """Every other column at a time, the frequencies by exp."""
    found = torch.zeros(T, D)
    frequencies = torch.exp(torch.arange(0, D, 2) * (-math.log(10_000) / D))
    angles = torch.arange(T, dtype=torch.float32).unsqueeze(1) * frequencies
    found[:, 0::2], found[:, 1::2] = torch.sin(angles), torch.cos(angles)
    return found


@equivalent("imdb", "positions")
def number_by_number(T: int, D: int) -> Tensor:
    """Two loops and math."""
    rows = []
    for t in range(T):
        pairs = [t / 10_000 ** (2 * i / D) for i in range(D // 2)]
        rows.append([wave(angle) for angle in pairs for wave in (math.sin, math.cos)])
    return torch.tensor(rows)


# --- masked_mean --------------------------------------------------------------------------------


@equivalent("imdb", "masked_mean")
def by_product(states: Tensor, mask: Tensor) -> Tensor:
    """The form taught."""
    return form.masked_mean(states, mask)


@equivalent("imdb", "masked_mean")
def review_by_review(states: Tensor, mask: Tensor) -> Tensor:
    """A loop and an index."""
    return torch.stack([row[real].mean(dim=0) for row, real in zip(states, mask, strict=True)])


@equivalent("imdb", "masked_mean")
def by_nanmean(states: Tensor, mask: Tensor) -> Tensor:
    """Padding becomes nan, and nanmean passes over it."""
    return states.masked_fill(~mask.unsqueeze(-1), torch.nan).nanmean(dim=1)


@equivalent("imdb", "masked_mean")
def by_bmm(states: Tensor, mask: Tensor) -> Tensor:
    """Weights that sum to 1, and a product."""
    weights = mask.to(states.dtype) / mask.sum(dim=1, keepdim=True)
    return torch.bmm(weights[:, None], states)[:, 0]


# --- accuracy -----------------------------------------------------------------------------------


@equivalent("imdb", "accuracy")
def by_signs(scores: Tensor, labels: Tensor) -> float:
    """The form taught."""
    return form.accuracy(scores, labels)


@equivalent("imdb", "accuracy")
def by_probabilities(scores: Tensor, labels: Tensor) -> float:
    """Through the sigmoid, in float64."""
    guesses = (scores.sigmoid() > 0.5).long()
    return float(guesses.eq(labels).sum()) / len(labels)


@equivalent("imdb", "accuracy")
def counted_in_python(scores: Tensor, labels: Tensor) -> float:
    """One by one."""
    pairs = zip(scores.tolist(), labels.tolist(), strict=True)
    return sum((score > 0) == bool(label) for score, label in pairs) / len(scores)


# --- erased -------------------------------------------------------------------------------------


@equivalent("imdb", "erased")
def by_scatter(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """The form taught."""
    return form.erased(ids, weights, number)


@equivalent("imdb", "erased")
def by_ranks(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """The rank of every place, by sorting twice."""
    order = weights.masked_fill(ids <= 2, -1.0).argsort(dim=1, descending=True)
    ranks = order.argsort(dim=1)
    return torch.where((ranks < number) & (ids > 2), torch.full_like(ids, 2), ids)


@equivalent("imdb", "erased")
def word_by_word(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """The largest, again and again."""
    found = ids.clone()
    for review, weight in zip(found, weights, strict=True):
        for _ in range(min(number, int((review > 2).sum()))):
            review[weight.masked_fill(review <= 2, -1.0).argmax()] = 2
    return found
