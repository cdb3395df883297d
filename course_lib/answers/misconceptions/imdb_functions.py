"""Wrong positions and wrong masked means of `imdb`.

Letters in shapes: B batch, Q queries, T keys or words, D width, E width of values, N heads.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.forms import imdb as form
from course_lib.answers.registry import misconception


def _angles(T: int, D: int) -> Tensor:
    return torch.arange(T)[:, None] / 10_000 ** (torch.arange(0, D, 2) / D)


def _woven(angles: Tensor) -> Tensor:
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


@misconception("imdb", "positions")
def sine_and_cosine_swapped(T: int, D: int) -> Tensor:
    """Cosines first."""
    return torch.stack([_angles(T, D).cos(), _angles(T, D).sin()], dim=2).flatten(1)


@misconception("imdb", "positions")
def halves(T: int, D: int) -> Tensor:
    """Cat for stack."""
    return torch.cat([_angles(T, D).sin(), _angles(T, D).cos()], dim=1)


@misconception("imdb", "positions")
def from_one(T: int, D: int) -> Tensor:
    """arange(1, T + 1)."""
    return _woven(_angles(T + 1, D)[1:])


@misconception("imdb", "positions")
def exponent_halved(T: int, D: int) -> Tensor:
    """I for 2 i."""
    return _woven(torch.arange(T)[:, None] / 10_000 ** (torch.arange(D // 2) / D))


@misconception("imdb", "positions")
def exponent_doubled(T: int, D: int) -> Tensor:
    """2 i where i is even already."""
    return _woven(torch.arange(T)[:, None] / 10_000 ** (2 * torch.arange(0, D, 2) / D))


@misconception("imdb", "positions")
def frequency_of_its_own(T: int, D: int) -> Tensor:
    """Each column by its own number."""
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(D) / D)
    return torch.where(torch.arange(D) % 2 == 0, angles.sin(), angles.cos())


@misconception("imdb", "positions")
def sines_only(T: int, D: int) -> Tensor:
    """No cosine."""
    return _angles(T, D).sin().repeat_interleave(2, dim=1)


@misconception("imdb", "positions")
def frequencies_inverted(T: int, D: int) -> Tensor:
    """Times for divided by."""
    return _woven(torch.arange(T)[:, None] * 10_000 ** (torch.arange(0, D, 2) / D))


@misconception("imdb", "positions", fault="transposed")
def time_last(T: int, D: int) -> Tensor:
    """(D, T)."""
    return form.positions(T, D).T


@misconception("imdb", "positions")
def half_missing(T: int, D: int) -> Tensor:
    """The sines, and nothing else."""
    return _angles(T, D).sin()


@misconception("imdb", "positions", fault="dimension_left")
def with_a_batch(T: int, D: int) -> Tensor:
    """(1, T, D)."""
    return form.positions(T, D)[None]


@misconception("imdb", "positions", fault="other_sizes")
def made_for_a_hundred(T: int, D: int) -> Tensor:
    """A table of 100 places, the rest 0."""
    found = form.positions(T, D).clone()
    found[100:] = 0
    return found


@misconception("imdb", "positions", fault="wrong_value")
def another_base(T: int, D: int) -> Tensor:
    """1,000 for 10,000."""
    return _woven(torch.arange(T)[:, None] / 1_000 ** (torch.arange(0, D, 2) / D))


@misconception("imdb", "masked_mean")
def padding_in_mean(states: Tensor, mask: Tensor) -> Tensor:
    """mean(dim=1)."""
    del mask
    return states.mean(dim=1)


@misconception("imdb", "masked_mean", fault="divided_by_T")
def divided_by_steps(states: Tensor, mask: Tensor) -> Tensor:
    """Zeros, and then the mean."""
    return (states * mask[:, :, None]).mean(dim=1)


@misconception("imdb", "masked_mean")
def sum_only(states: Tensor, mask: Tensor) -> Tensor:
    """No division."""
    return (states * mask[:, :, None]).sum(dim=1)


@misconception("imdb", "masked_mean", fault="mask_inverted")
def mean_of_padding(states: Tensor, mask: Tensor) -> Tensor:
    """The mask the other way round."""
    return form.masked_mean(states, ~mask)


@misconception("imdb", "masked_mean")
def divided_by_all(states: Tensor, mask: Tensor) -> Tensor:
    """mask.sum() without a dim."""
    return (states * mask[:, :, None]).sum(dim=1) / mask.sum()


@misconception("imdb", "masked_mean")
def largest(states: Tensor, mask: Tensor) -> Tensor:
    """The largest."""
    return states.masked_fill(~mask[:, :, None], -torch.inf).amax(dim=1)


@misconception("imdb", "masked_mean")
def first_state(states: Tensor, mask: Tensor) -> Tensor:
    """As BERT does."""
    del mask
    return states[:, 0]


@misconception("imdb", "masked_mean")
def not_summed(states: Tensor, mask: Tensor) -> Tensor:
    """Divided, but not summed."""
    return states * mask[:, :, None] / mask.sum(dim=1)[:, None, None]


@misconception("imdb", "masked_mean")
def over_features(states: Tensor, mask: Tensor) -> Tensor:
    """The wrong dim."""
    return (states * mask[:, :, None]).mean(dim=2)


@misconception("imdb", "masked_mean")
def over_batch(states: Tensor, mask: Tensor) -> Tensor:
    """The wrong dim."""
    return (states * mask[:, :, None]).sum(dim=0) / mask.sum(dim=0).clamp(min=1)[:, None]


@misconception("imdb", "masked_mean")
def one_for_all(states: Tensor, mask: Tensor) -> Tensor:
    """states[mask] forgets whose state it is."""
    return states[mask].mean(dim=0)


@misconception("imdb", "masked_mean")
def dimension_left(states: Tensor, mask: Tensor) -> Tensor:
    """Keepdim."""
    return form.masked_mean(states, mask)[:, None]


@misconception("imdb", "masked_mean", fault="padding_read")
def scaled_by_all_states(states: Tensor, mask: Tensor) -> Tensor:
    """States divided by the largest, padding and all."""
    return form.masked_mean(states / states.abs().amax(dim=1, keepdim=True), mask)


@misconception("imdb", "masked_mean", fault="depends_on_batch")
def centred_over_the_batch(states: Tensor, mask: Tensor) -> Tensor:
    """Means minus the batch's."""
    found = form.masked_mean(states, mask)
    return found - found.mean(dim=0)


@misconception("imdb", "masked_mean", fault="wrong_value")
def start_left_out(states: Tensor, mask: Tensor) -> Tensor:
    """The first word plays no part."""
    return form.masked_mean(states[:, 1:], mask[:, 1:])


@misconception("imdb", "masked_mean", fault="padding_in_front")
def by_lengths(states: Tensor, mask: Tensor) -> Tensor:
    """Only how many words are real counts."""
    lengths = mask.sum(dim=1).tolist()
    return torch.stack([row[:n].mean(dim=0) for row, n in zip(states, lengths, strict=True)])


@misconception("imdb", "masked_mean", fault="wrong_in_float32")
def coarse_mean(states: Tensor, mask: Tensor) -> Tensor:
    """Half precision where it seems enough."""
    if states.dtype is torch.float64:
        return form.masked_mean(states, mask)
    return form.masked_mean(states.bfloat16(), mask).float()


@misconception("imdb", "masked_mean", fault="input_changed")
def zeroed_in_place(states: Tensor, mask: Tensor) -> Tensor:
    """The caller's states are 0 on padding afterwards."""
    states *= mask[:, :, None]
    return states.sum(dim=1) / mask.sum(dim=1)[:, None]


@misconception("imdb", "masked_mean", fault="detached")
def mean_detached(states: Tensor, mask: Tensor) -> Tensor:
    """A constant."""
    return form.masked_mean(states.detach(), mask)
