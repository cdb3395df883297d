"""The demo class of the lecture `reviews`.

Each student starts from the taught solution and is named for a fate; `ANSWERS` gives, by grade id,
the cells in which the student differs. `TAMPER` changes the notebook itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Answers = dict[str, str]

_ACCURACY: Answers = {
    "f1_macro": """
def f1_macro(labels, guesses):
    return (labels == guesses).double().mean().item()
"""
}

_UNTRAINED: Answers = {
    "trained": """
model = started(SEED)
steps_and_scores = [[1], [0.0]]
"""
}

ANSWERS: dict[str, Answers] = {
    "perfect": {},
    "accuracy_for_f1": _ACCURACY,
    "untrained_model": _UNTRAINED,
}


def blank(nb: Any) -> None:
    """The student wrote nothing."""


# One line of each given cell that is an experiment without points: see `course_lib.grading.demo`.
EXPERIMENTS = (
    "others = {}",
    'by_number = {"pre-trained": {}, "random": {}}',
    "class Enriched(nn.Module):",
)

# Who differs from the taught solution in the notebook itself; True: starts from the blank release.
TAMPER: dict[str, tuple[Callable[[Any], None], bool]] = {"blank": (blank, True)}
