"""How often a training check fails a right answer, and passes one that is half right.

Shares come with their exact 95 % interval (C. J. Clopper and E. S. Pearson, 1934, Biometrika 26).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import binomtest

from course_lib.answers.calibrate import CONFIDENCE, Calibration, threshold_of


@dataclass(frozen=True)
class Share:
    """How many of how many.

    Attributes:
        count: How many.
        of: Of how many.
    """

    count: int
    of: int

    @property
    def share(self) -> float:
        """The share, 0..1; nan of none."""
        return self.count / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The limits of the true share with 95 % confidence, 0..1."""
        if not self.of:
            return 0.0, 1.0
        found = binomtest(self.count, self.of).proportion_ci(CONFIDENCE, method="exact")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        if not self.of:
            return "not asked"
        low, high = self.interval
        percent = f"{self.share:.1%} ({low:.1%} to {high:.1%})".replace("%", " %")
        return f"{self.count} of {self.of}: {percent}"


@dataclass(frozen=True)
class Row:
    """One population.

    Attributes:
        name: Its name.
        right: Whether it is right.
        scores: The lowest and the highest.
        reaching: Scores at the threshold or above.
        passing: Those that the whole check passes, of those it was asked about.
        faults: What the check finds wrong in those that reach the threshold.
    """

    name: str
    right: bool
    scores: tuple[float, float]
    reaching: Share
    passing: Share
    faults: tuple[str, ...]


def rows(found: Calibration) -> list[Row]:
    """All populations, right ones first."""
    return [
        _row(found, name, scores, right=group is found.right)
        for group in (found.right, found.half_right)
        for name, scores in group.items()
    ]


def _row(found: Calibration, name: str, scores: list[float], *, right: bool) -> Row:
    laws = found.laws.get(name, [None] * len(scores))
    reaching = [score >= found.threshold for score in scores]
    judged = [(high, law) for high, law in zip(reaching, laws, strict=True) if law is not None]
    return Row(
        name=name,
        right=right,
        scores=(min(scores), max(scores)),
        reaching=_share(reaching),
        passing=_share(high and not law for high, law in judged),
        faults=tuple(sorted({law for high, law in judged if high and law})),
    )


def false_fails(found: Calibration) -> Share:
    """Right trainings whose score is below the threshold."""
    return _share(score < found.threshold for form in found.right.values() for score in form)


def false_fails_left_out(found: Calibration) -> Share:
    """Right trainings below the threshold that all the others give.

    The threshold lies below every score that it was made from; this is the honest count.
    """
    scores = [score for form in found.right.values() for score in form]
    return _share(
        score < threshold_of(scores[:place] + scores[place + 1 :])
        for place, score in enumerate(scores)
    )


def false_fails_of_the_check(found: Calibration) -> Share:
    """Right trainings that the whole check fails, of those it was asked about."""
    asked = [row.passing for row in rows(found) if row.right]
    return Share(sum(s.of - s.count for s in asked), sum(s.of for s in asked))


def _share(hits: Iterable[bool]) -> Share:
    found = [bool(hit) for hit in hits]
    return Share(sum(found), len(found))
