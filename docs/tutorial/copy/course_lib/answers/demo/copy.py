"""The demo class of the lecture `copy`; see `course_lib.answers.demo.vowels` for the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_lib.answers.demo.vowels import Answers, blank

_SOFTMAX_OVER_READERS: Answers = {
    "copy_weights": """
def copy_weights(positions, T, sharpness):
    distances = torch.arange(T) - positions[:, :, None]
    return (-sharpness * distances**2).softmax(dim=1)
""",
}

_COUNTED_FROM_ONE: Answers = {
    "copy_weights": """
def copy_weights(positions, T, sharpness):
    steps = torch.arange(1, T + 1)
    return torch.softmax(-sharpness * (steps - positions[:, :, None]) ** 2, dim=-1)
""",
}

ANSWERS: dict[str, Answers] = {
    "perfect": {},
    "softmax_over_readers": _SOFTMAX_OVER_READERS,
    "counted_from_one": _COUNTED_FROM_ONE,
}

# Who differs from the taught solution in the notebook itself; True: starts from the blank release.
TAMPER: dict[str, tuple[Callable[[Any], None], bool]] = {"blank": (blank, True)}
