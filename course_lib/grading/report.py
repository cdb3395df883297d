"""`course report`: what the class did, from gradebook and verdicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.api import MissingEntry

from course_lib.grading import gradebook, late, outputs, verdicts
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError
from course_lib.grading.read import why_unreadable
from course_lib.lab.verdict import Verdict

_LONGEST = 200  # characters of a sentence


@dataclass(frozen=True)
class Row:
    """One submission of one lecture.

    Attributes:
        student: Whose it is.
        auto: Points from checks.
        auto_max: Points that checks can give.
        manual: Points a person gave.
        manual_max: Points a person can give.
        to_grade: Whether a person still has to look.
        penalty: Points taken off for being late.
        verdicts: One per graded cell.
        sandboxed: Whether the kernel ran in the sandbox.
        unreadable: What stood in the way of reading it; empty if nothing did.
        stopped: The sentences that say what the grader stopped: a cell, or the kernel.
        by_hand: The answers that a person grades, by name: points, or None as long as they wait,
            and the most there are.
    """

    student: str
    auto: float
    auto_max: float
    manual: float
    manual_max: float
    to_grade: bool
    penalty: float
    verdicts: list[Verdict]
    sandboxed: bool
    unreadable: str = ""
    stopped: list[str] = field(default_factory=list)
    by_hand: dict[str, tuple[float | None, float]] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """All points, less the penalty."""
        return late.total(self.auto + self.manual, self.penalty)


@dataclass(frozen=True)
class FaultCount:
    """How often the class met one fault of one check, and the sentence it read."""

    check: str
    fault: str
    count: int
    sentence: str


def rows(course: Course, stem: str) -> list[Row]:
    """All submissions of a lecture in the gradebook, by student.

    Raises:
        CourseError: If the lecture is not in the gradebook.
    """
    with gradebook.opened(course) as book:
        try:
            submissions = book.find_assignment(stem).submissions
        except MissingEntry:
            raise CourseError(
                f"{stem} is not in the gradebook: release and grade it first."
            ) from None
        return sorted((_row(course, stem, s) for s in submissions), key=lambda row: row.student)


def faults(table: list[Row]) -> list[FaultCount]:
    """The class's faults, the most frequent first."""
    lost = [v for row in table for v in row.verdicts if v.fault]
    counts = Counter((v.check, v.fault) for v in lost)
    sentences = {(v.check, v.fault): v.sentence for v in reversed(lost)}
    return [
        FaultCount(check, fault, count, sentences[check, fault])
        for (check, fault), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _row(course: Course, stem: str, submission: object) -> Row:
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]  # type: ignore[attr-defined]  # nbgrader's models carry no types
    by_check = [grade for grade in grades if grade.cell.cell_type == "code"]
    by_hand = [grade for grade in grades if grade.cell.cell_type != "code"]
    student = submission.student.id  # type: ignore[attr-defined]  # as above
    judged = _judged(course, stem, student)
    return Row(
        student=student,
        auto=sum(grade.score for grade in by_check),
        auto_max=sum(grade.max_score for grade in by_check),
        manual=sum(grade.score for grade in by_hand),
        manual_max=sum(grade.max_score for grade in by_hand),
        to_grade=any(grade.needs_manual_grade for grade in grades),
        penalty=submission.late_submission_penalty or 0.0,  # type: ignore[attr-defined]  # as above
        verdicts=[
            _as_graded(name, verdict, by_check)
            for name, verdict in verdicts.of_notebook(judged).items()
        ],
        sandboxed=bool(judged.metadata.get("course", {}).get("sandboxed", True)),
        unreadable=why_unreadable(judged),
        stopped=_stopped(judged),
        by_hand={
            grade.cell.name: (None if grade.needs_manual_grade else grade.score, grade.max_score)
            for grade in by_hand
        },
    )


def _as_graded(name: str, verdict: Verdict, grades: list[Any]) -> Verdict:
    """A check's verdict with the points that count: a person may have given others."""
    for grade in grades:
        if grade.cell.name == name:
            return replace(verdict, points=None if grade.needs_manual_grade else grade.score)
    return verdict


def _judged(course: Course, stem: str, student: str) -> NotebookNode:
    """The graded notebook; an empty one if there is none."""
    path = course.root / "autograded" / student / stem / f"{stem}.ipynb"
    return nbformat.read(path, as_version=4) if path.is_file() else new_notebook()


def _stopped(nb: NotebookNode) -> list[str]:
    """What was stopped, each once; the text may be a student's, who can use our names."""
    told = [
        outputs.cut(str(output.get("evalue", "")), _LONGEST)
        for cell in nb.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error" and output.get("ename") in outputs.STOPPED
    ]
    return list(dict.fromkeys(told))
