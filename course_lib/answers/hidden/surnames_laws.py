"""Laws of the functions of `surnames`, and the numbers they are tried with.

Every function here either returns or raises `Wrong` (or passes on a `SubjectError`). Letters in
shapes: B batch, T letters, V characters, H hidden, K classes; all sizes differ, and so does 3H.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_lib.answers.asking import agrees, normal
from course_lib.lab.check import close
from course_lib.lab.subject import Subject

B, T, V, H, K = 4, 7, 6, 5, 3
LENGTHS = torch.tensor([5, 2, 6, 3])
EXTREMES = torch.tensor([T, 1, T, 1])
AGREE = 1e-6  # how close a name alone and the same name in a padded batch have to be

Cell = tuple[Tensor, Tensor, Tensor]


def vanilla_cell(seed: int) -> Cell:
    """Draw U (H, V), W (H, H) and b (H,), small enough that tanh is not flat."""
    return (
        normal(H, V, seed=seed) / 2,
        normal(H, H, seed=seed + 1) / 2,
        normal(H, seed=seed + 2),
    )


def gru_cell(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw W_ih (3H, V), W_hh (3H, H), b_ih (3H,) and b_hh (3H,)."""
    return (
        normal(3 * H, V, seed=seed) / 2,
        normal(3 * H, H, seed=seed + 1) / 2,
        normal(3 * H, seed=seed + 2),
        normal(3 * H, seed=seed + 3),
    )


def padded(seed: int, lengths: Tensor = LENGTHS) -> Tensor:
    """Draw names (B, T, V) with rows of 0 behind each length."""
    return normal(B, T, V, seed=seed) * real(lengths)[:, :, None]


def real(lengths: Tensor, steps: int = T) -> Tensor:
    """Where a letter is real, (B, T) bool."""
    return torch.tensor([[step < length for step in range(steps)] for length in lengths.tolist()])


def loud(x: Tensor, lengths: Tensor, seed: int) -> Tensor:
    """The same names with other numbers in the padded rows."""
    return torch.where(real(lengths, x.shape[1])[:, :, None], x, normal(*x.shape, seed=seed))


def wrong_total(log_p: Tensor) -> str:
    """Law: probabilities sum to 1 in each row of (B, K); else what those of the first sum to."""
    totals = torch.exp(log_p).sum(dim=-1)
    return "" if close(totals, torch.ones_like(totals)) else f"{totals[0].item():.3g}"


def name_alone(
    subject: Subject,
    batched: tuple[Any, ...],
    shared: tuple[Any, ...] = (),
    *,
    whole: Tensor,
    letters: str,
) -> None:
    """Law: the result of a name does not depend on the batch it is in.

    Args:
        subject: The function.
        batched: Its first arguments, which lead with the batch dimension.
        shared: The arguments after these, the same for every name.
        whole: What the function returned for the whole batch, right or wrong, (B, ...).
        letters: Its shape in letters.
    """
    for item in (0, len(whole) - 1):
        agrees(
            subject,
            *(arg[item : item + 1] for arg in batched),
            *shared,
            expected=whole[item : item + 1],
            letters=letters,
            fault="depends_on_batch",
            sentence="A batch of one gets another result than the same name among others: no "
            "operation may mix the names of a batch.",
        )


def same_in_float32(subject: Subject, *args: Tensor, right: Tensor, letters: str) -> None:
    """Law: float32 numbers give the float64 result, rounded."""
    agrees(
        subject,
        *(arg.float() if arg.is_floating_point() else arg for arg in args),
        expected=right.float(),
        letters=letters,
        fault="wrong_in_float32",
        sentence="With float32 numbers the result is another one.",
    )
