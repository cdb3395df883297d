"""The result of a check, as plain data: who only reads verdicts needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

UNANSWERED = "unanswered"  # the fault of a placeholder that still stands


@dataclass(frozen=True)
class Verdict:
    """The result of one check.

    Attributes:
        check: The check's name.
        points: Points earned; None if the check itself failed and a person must look.
        max_points: Points there are.
        sentence: Empty for a right answer, else the one sentence to read.
        fault: Empty for a right answer, else the name of the fault: a misconception's, or
            ``unanswered``, ``raised``, ``timeout``, ``died``, ``unreadable``, ``our_error``.
        detail: For ``our_error``: what the check raised. Not for students.
    """

    check: str
    points: float | None
    max_points: float
    sentence: str = ""
    fault: str = ""
    detail: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing is wrong and all points were earned; a visible check has none to earn."""
        return not self.fault and self.points == self.max_points
