"""Wrong scaled dot-product attentions of `imdb`.

Letters in shapes: B batch, Q queries, T keys or words, D width, E width of values, N heads.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_lib.answers.forms import imdb as form
from course_lib.answers.registry import misconception


def _masked(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)


def _scores(q: Tensor, k: Tensor) -> Tensor:
    return q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5


@misconception("imdb", "attention")
def no_scale(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The plain products."""
    weights = _masked(q @ k.transpose(-2, -1), mask)
    return weights @ v, weights


@misconception("imdb", "attention", fault="scaled_by_D")
def scaled_by_width(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Divided by D."""
    weights = _masked(q @ k.transpose(-2, -1) / q.shape[-1], mask)
    return weights @ v, weights


@misconception("imdb", "attention", fault="scaled_by_T")
def scaled_by_number_of_keys(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The wrong dimension's root."""
    weights = _masked(q @ k.transpose(-2, -1) / k.shape[-2] ** 0.5, mask)
    return weights @ v, weights


@misconception("imdb", "attention")
def multiplied(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Times the root."""
    weights = _masked(q @ k.transpose(-2, -1) * q.shape[-1] ** 0.5, mask)
    return weights @ v, weights


@misconception("imdb", "attention")
def mask_ignored(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """No mask."""
    del mask
    weights = _scores(q, k).softmax(dim=-1)
    return weights @ v, weights


@misconception("imdb", "attention")
def mask_inverted(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """masked_fill(mask, -inf)."""
    weights = _masked(_scores(q, k), ~mask)
    return weights @ v, weights


@misconception("imdb", "attention")
def mask_after_softmax(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Set to 0 afterwards."""
    weights = _scores(q, k).softmax(dim=-1) * mask
    return weights @ v, weights


@misconception("imdb", "attention")
def masked_with_zero(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Scores times the mask."""
    weights = (_scores(q, k) * mask).softmax(dim=-1)
    return weights @ v, weights


@misconception("imdb", "attention")
def softmax_over_queries(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """dim=-2, the nan of padding removed."""
    weights = _scores(q, k).masked_fill(~mask, -torch.inf).softmax(dim=-2).nan_to_num()
    return weights @ v, weights


@misconception("imdb", "attention", fault="softmax_over_queries")
def nan_over_queries(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """dim=-2, which is nan for padding."""
    weights = _scores(q, k).masked_fill(~mask, -torch.inf).softmax(dim=-2)
    return weights @ v, weights


@misconception("imdb", "attention", fault="scores_returned")
def masked_scores_returned(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The masked scores in place of the weights."""
    return form.attention(q, k, v, mask)[0], _scores(q, k).masked_fill(~mask, -1e9)


@misconception("imdb", "attention")
def scores_returned(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The scores in place of the weights."""
    return form.attention(q, k, v, mask)[0], _scores(q, k)


@misconception("imdb", "attention")
def not_a_pair(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The result alone."""
    return form.attention(q, k, v, mask)[0]


@misconception("imdb", "attention")
def outputs_swapped(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The weights first."""
    return form.attention(q, k, v, mask)[::-1]


@misconception("imdb", "attention", fault="padding_attended")
def masked_a_little(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """A penalty of 10."""
    weights = (_scores(q, k) - 10.0 * ~mask).softmax(dim=-1)
    return weights @ v, weights


@misconception("imdb", "attention", fault="not_normalised")
def weights_dropped(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """A sigmoid for the softmax."""
    weights = _scores(q, k).sigmoid() * mask
    return weights @ v, weights


@misconception("imdb", "attention", fault="padding_read")
def values_centred(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Values minus their mean, padding and all."""
    return form.attention(q, k, v - v.mean(dim=-2, keepdim=True), mask)


@misconception("imdb", "attention", fault="depends_on_batch")
def queries_centred(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Queries minus the batch's mean."""
    return form.attention(q - q.mean(dim=0), k, v, mask)


@misconception("imdb", "attention", fault="wrong_value")
def scaled_by_chance(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """No fault with a name."""
    return form.attention(0.9 * q, k, v, mask)


@misconception("imdb", "attention", fault="overflow")
def exp_by_hand(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The definition to the letter."""
    powers = _scores(q, k).exp() * mask
    weights = powers / powers.sum(dim=-1, keepdim=True)
    return weights @ v, weights


@misconception("imdb", "attention", fault="four_dimensions")
def width_from_the_front(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """q.shape[2], which is the width in three dimensions only."""
    weights = _masked(q @ k.transpose(-2, -1) / q.shape[2] ** 0.5, mask)
    return weights @ v, weights


@misconception("imdb", "attention", fault="raised")
def transposed_from_the_front(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """k.transpose(1, 2)."""
    weights = _masked(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, mask)
    return weights @ v, weights


@misconception("imdb", "attention", fault="input_changed")
def mask_in_place(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The caller's mask is turned round."""
    weights = _scores(q, k).masked_fill(mask.logical_not_(), -torch.inf).softmax(dim=-1)
    return weights @ v, weights


@misconception("imdb", "attention", fault="detached")
def weights_detached(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """The weights are constants."""
    weights = _masked(_scores(q, k), mask).detach()
    return weights @ v, weights


@misconception("imdb", "attention", fault="wrong_in_float32")
def coarse_in_float32(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Half precision where it seems enough."""
    if q.dtype is torch.float64:
        return form.attention(q, k, v, mask)
    return tuple(
        part.float() for part in form.attention(q.bfloat16(), k.bfloat16(), v.bfloat16(), mask)
    )


@misconception("imdb", "attention", fault="detached_in_part")
def keys_half_detached(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Any:
    """Half of what the keys give is a constant."""
    return form.attention(q, 0.5 * k + 0.5 * k.detach(), v, mask)
