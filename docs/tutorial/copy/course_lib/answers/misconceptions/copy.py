"""Wrong answers to the exercise of `copy`, each named after its fault.

Letters in shapes: B batch, L readers, T time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.registry import misconception


def _distances(positions: Tensor, T: int) -> Tensor:
    return torch.arange(T) - positions.unsqueeze(2)  # (B, L, T)


@misconception("copy", "copy_weights")
def softmax_over_readers(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """The softmax runs over L."""
    return torch.softmax(-sharpness * _distances(positions, T).square(), dim=1)


@misconception("copy", "copy_weights")
def no_softmax(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """Scores for weights."""
    return -sharpness * _distances(positions, T).square()


@misconception("copy", "copy_weights")
def far_steps_favoured(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """The minus sign is lost."""
    return torch.softmax(sharpness * _distances(positions, T).square(), dim=2)


@misconception("copy", "copy_weights")
def distance_not_squared(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """The distance itself."""
    return torch.softmax(-sharpness * _distances(positions, T).abs(), dim=2)


@misconception("copy", "copy_weights")
def counted_from_one(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """Steps 1 to T."""
    return torch.softmax(-sharpness * (_distances(positions, T) + 1).square(), dim=2)


@misconception("copy", "copy_weights", fault="underflow")
def softmax_by_hand(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """The formula as it stands: no largest score is subtracted."""
    powers = torch.exp(-sharpness * _distances(positions, T).square())
    return powers / powers.sum(dim=2, keepdim=True)


@misconception("copy", "copy_weights", fault="detached")
def hard_choice(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """The right numbers, cut off from the places."""
    return torch.softmax(-sharpness * _distances(positions.detach(), T).square(), dim=2)
