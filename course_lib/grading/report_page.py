"""`reports/index.html`: the class on one page, which needs no network and runs no student code."""

from __future__ import annotations

import base64
import hashlib
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from course_lib.grading import gradebook, report, similarity, usage
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError
from course_lib.grading.report import FaultCount, Row
from course_lib.grading.usage import Usage
from course_lib.lab.verdict import Verdict

PAGES = Path(__file__).parent / "pages"
BINS = 10
UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Question:
    """How the class did in one check.

    Attributes:
        check: Its name.
        points: What it can give.
        mean: What it gave on average.
        full: Students with all points.
        part: Students with some.
        none: Students with none, though they answered.
        blank: Students who did not answer.
    """

    check: str
    points: float
    mean: float
    full: int
    part: int
    none: int
    blank: int

    @property
    def answers(self) -> int:
        """All students, at least 1."""
        return max(1, self.full + self.part + self.none + self.blank)


@dataclass(frozen=True)
class Lecture:
    """One lecture's part of the page; see the template."""

    stem: str
    rows: list[tuple[Row, Usage | None]]
    most: float
    faults: list[FaultCount]
    attention: list[tuple[str, str]]
    pairs: list[similarity.Pair]

    @property
    def _points(self) -> list[float]:
        return [row.auto for row, _ in self.rows]

    @property
    def median(self) -> float:
        """The middle of the points by checks."""
        return statistics.median(self._points) if self.rows else 0.0

    @property
    def to_grade(self) -> int:
        """Submissions with answers for a person."""
        return sum(row.to_grade for row, _ in self.rows)

    @property
    def unsandboxed(self) -> int:
        """Submissions whose kernel ran without the sandbox."""
        return sum(not row.sandboxed for row, _ in self.rows)

    @property
    def histogram(self) -> list[int]:
        """How many submissions have points in each of `BINS` equal parts of 0..most."""
        counts = [0] * BINS
        for points in self._points:
            counts[min(BINS - 1, int(BINS * points / self.most)) if self.most else 0] += 1
        return counts

    @property
    def bins(self) -> list[str]:
        """What each of these parts begins with."""
        return [f"{part * self.most / BINS:g}–" for part in range(BINS)]

    @property
    def questions(self) -> list[Question]:
        """The checks, in the order of the lecture."""
        found: dict[str, list[Verdict]] = {}
        for row, _ in self.rows:
            for verdict in row.verdicts:
                found.setdefault(verdict.check, []).append(verdict)
        return [_question(check, verdicts) for check, verdicts in found.items()]


def _question(check: str, verdicts: list[Verdict]) -> Question:
    blank = sum(verdict.fault == UNANSWERED for verdict in verdicts)
    full = sum(verdict.right for verdict in verdicts)
    part = sum(not v.right and (v.points or 0) > 0 for v in verdicts)
    return Question(
        check,
        max(verdict.max_points for verdict in verdicts),
        statistics.mean(verdict.points or 0.0 for verdict in verdicts),
        full,
        part,
        len(verdicts) - full - part - blank,
        blank,
    )


def write(course: Course, stems: list[str]) -> Path:
    """Write the page for these lectures.

    Raises:
        CourseError: If a lecture is not in the gradebook, or the page cannot be written.
    """
    with gradebook.opened(course) as book:
        everyone = sorted(student.id for student in book.students)
    lectures = [_lecture(course, stem, everyone) for stem in stems]
    script = (PAGES / "sort.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = (
        Environment(loader=FileSystemLoader(PAGES), autoescape=True)
        .get_template("class.html")
        .render(
            course=course.directory().course_id or course.root.name,
            students=len(everyone),
            lectures=lectures,
            least=similarity.LEAST,
            script=Markup(script),  # ours, from the file beside the template
            script_hash=f"sha256-{digest}",
        )
    )
    path = course.root / "reports" / "index.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _lecture(course: Course, stem: str, everyone: list[str]) -> Lecture:
    rows = report.rows(course, stem)
    used = usage.of_lecture(course, stem)
    return Lecture(
        stem,
        [(row, used.get(row.student)) for row in rows],
        max((row.auto_max for row in rows), default=0.0),
        [fault for fault in report.faults(rows) if fault.fault != UNANSWERED],
        _attention(rows, used, everyone),
        similarity.pairs(course, stem),
    )


def _attention(
    rows: list[Row], used: dict[str, Usage], everyone: list[str]
) -> list[tuple[str, str]]:
    """Who needs a person's look, and why, by name."""
    there = {row.student: row for row in rows}
    found = []
    for student in sorted({*everyone, *used}):
        reasons = [_not_there(student, there, used), *_in(there.get(student), used.get(student))]
        found += [(student, "; ".join(told))] if (told := [r for r in reasons if r]) else []
    return found


def _not_there(student: str, there: dict[str, Any], used: dict[str, Usage]) -> str:
    if student in there or (student in used and used[student].error):
        return ""
    return "has handed in nothing"


def _in(row: Row | None, used: Usage | None) -> list[str]:
    """What is noticed in a submission."""
    reasons = []
    if used is not None and used.error:
        reasons.append(f"could not be graded: {used.error}")
    if used is not None and used.limit:
        reasons.append(f"hit a limit: {used.limit}")
    if row is None:
        return reasons
    if row.unreadable:
        return [*reasons, row.unreadable]
    if any(verdict.fault == "our_error" for verdict in row.verdicts):
        reasons.append("a check failed by itself: grade it by hand")
    if row.verdicts and all(verdict.fault == UNANSWERED for verdict in row.verdicts):
        reasons.append("has answered nothing")
    return reasons
