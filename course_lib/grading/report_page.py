"""`reports/index.html`: the class on one page, which needs no network and runs no student code."""

from __future__ import annotations

import base64
import hashlib
import math
import statistics
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from course_lib.grading import gradebook, report, similarity, usage
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError
from course_lib.grading.report import FaultCount, Row
from course_lib.grading.templates import PAGES
from course_lib.grading.usage import Usage
from course_lib.lab.verdict import UNANSWERED

BINS = 10
PARTS = 6  # of the points of one question


@dataclass(frozen=True)
class Question:
    """How the class did in one question.

    Attributes:
        name: The check's, or nbgrader's grade id of a written answer.
        points: What it can give.
        mean: What it gave on average, where it has been graded.
        full: Students with all points.
        part: Students with some.
        none: Students with none, though they answered.
        blank: Students who did not answer.
        waiting: Students whose answer a person has still to grade.
        spread: The distribution: what each part of the points begins with, and how many have it.
    """

    name: str
    points: float
    mean: float
    full: int
    part: int
    none: int
    blank: int
    waiting: int
    spread: list[tuple[str, int]]


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
        """The checks in the order of the lecture, then the written answers."""
        found: dict[str, list[_Mark]] = {}
        for row, _ in self.rows:
            for verdict in row.verdicts:
                blank = verdict.fault == UNANSWERED
                mark = _Mark(verdict.points, verdict.max_points, blank)
                found.setdefault(verdict.check, []).append(mark)
        for row, _ in self.rows:
            for name, (points, most) in row.by_hand.items():
                found.setdefault(name, []).append(_Mark(points, most))
        return [_question(name, marks) for name, marks in found.items()]


@dataclass(frozen=True)
class _Mark:
    points: float | None
    most: float
    blank: bool = False


def _question(name: str, marks: list[_Mark]) -> Question:
    most = max(mark.most for mark in marks)
    given = [mark.points for mark in marks if mark.points is not None]
    blank = sum(mark.blank for mark in marks)
    full = sum(points >= most for points in given)
    part = sum(0 < points < most for points in given)
    return Question(
        name,
        most,
        statistics.mean(given) if given else 0.0,
        full,
        part,
        len(given) - full - part - blank,
        blank,
        len(marks) - len(given),
        _spread(given, most),
    )


def _spread(given: list[float], most: float) -> list[tuple[str, int]]:
    """How many have how many points: in whole points, or in so many parts as can be told apart."""
    step = max(most / PARTS, min(1.0, most)) or 1.0
    begins = [part * step for part in range(math.ceil(most / step - 1e-9))] + [most]
    counts = [0] * len(begins)
    for points in given:
        counts[len(begins) - 1 if points >= most else int(points / step)] += 1
    return [(f"{begin:.3g}", count) for begin, count in zip(begins, counts, strict=True)]


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
        _attention(rows, used, everyone, course.submitted(stem)),
        similarity.pairs(course, stem),
    )


def _attention(
    rows: list[Row], used: dict[str, Usage], everyone: list[str], handed_in: Collection[str]
) -> list[tuple[str, str]]:
    """Who needs a person's look, and why, by name."""
    there = {row.student: row for row in rows}
    found = []
    for student in sorted({*everyone, *used, *handed_in}):
        row, use = there.get(student), used.get(student)
        reasons = _in(row, use)
        if row is None and not reasons:
            waits = student in handed_in
            reasons = ["has not been graded yet" if waits else "has handed in nothing"]
        found += [(student, "; ".join(reasons))] if reasons else []
    return found


def _in(row: Row | None, used: Usage | None) -> list[str]:
    """What is noticed in a submission."""
    reasons = []
    if used is not None and used.error:
        reasons.append(f"could not be graded: {used.error}")
    if row is not None and row.stopped:
        reasons += row.stopped
    elif used is not None and used.limit:
        reasons.append(f"hit a limit: {used.limit}")
    if row is None:
        return reasons
    if row.unreadable:
        return [*reasons, row.unreadable]
    if any(verdict.points is None for verdict in row.verdicts):
        reasons.append("a check failed by itself: grade it by hand")
    if row.verdicts and all(verdict.fault == UNANSWERED for verdict in row.verdicts):
        reasons.append("has answered nothing")
    return reasons
