"""Laws of the functions of `surnames`, and the numbers they are tried with.

Every function here either returns or raises `Wrong` (or passes on a `SubjectError`). Letters in
shapes: B batch, T letters, V characters, H hidden, K classes; all sizes differ, and so does 3H.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from course_lib.answers.asking import agrees, gradients_flow, normal, one_alone, untouched
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


name_alone = partial(
    one_alone,
    sentence="A batch of one gets another result than the same name among others: no operation may "
    "mix the names of a batch.",
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


def step_laws(
    subject: Subject,
    x: Tensor,
    h: Tensor,
    cell: tuple[Tensor, ...],
    oracle: Callable[..., Tensor],
    *,
    names: tuple[str, ...],
    squashing: str,
) -> None:
    """Laws of one step of a cell: one letter, large sums, float32, inputs, gradients.

    Args:
        subject: The step, called with letters, states and the cell's parameters.
        x: Letters, (B, V).
        h: Old states, (B, H).
        cell: The parameters.
        oracle: The right step.
        names: What the exercise calls all arguments.
        squashing: The student's functions in which exp may overflow, and what to use instead.

    Raises:
        Wrong: With the law that is broken.
    """
    right, large = oracle(x, h, *cell), tuple(1000 * part for part in cell)
    agrees(
        subject, x[0], h[0], *cell, expected=right[0], letters="(H,)", fault="one_letter",
        sentence="For one letter (V,) and one state (H,) the new state is another one.",
    )  # fmt: skip
    agrees(
        subject, x, h, *large, expected=oracle(x, h, *large), letters="(B, H)", fault="overflow",
        sentence=f"Sums of some thousands give nan: exp overflows in a {squashing}.",
    )  # fmt: skip
    same_in_float32(subject, x, h, *cell, right=right, letters="(B, H)")
    untouched(subject, x, h, *cell)
    gradients_flow(subject, x, h, *cell, oracle=oracle, names=names)
