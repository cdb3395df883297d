"""A class without kernels: a stand-in for workers, and all that a grading leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import nbformat
from sqlalchemy import text

from course_lib.grading import gradebook, notebook, verdicts
from course_lib.grading.course import Course
from course_lib.grading.jobs import Figures, Job, Result
from course_lib.lab.verdict import Verdict


class Bench:
    """Stands in for workers: points go by whether an answer is there, and nothing runs."""

    def __init__(self) -> None:
        self.judged: list[str] = []
        self.instead: dict[str, Callable[[Job], Result | Exception]] = {}

    def results(self, jobs: Iterator[Job]) -> Iterator[tuple[str, Result | Exception]]:
        for job in jobs:
            self.judged.append(job.student)
            yield job.student, self.instead.get(job.student, judge)(job)


def judge(job: Job, points: float | None = None) -> Result:
    nb = nbformat.v4.reads(job.notebook)
    found = []
    for cell in nb.cells:
        if notebook.is_test(cell):
            most = cell.metadata.nbgrader.points
            answered = "NotImplementedError" not in job.notebook
            given = (most if answered else 0.0) if points is None else points
            found.append(Verdict(notebook.grade_id(cell), given, most))
            cell.outputs = [verdicts.to_output(found[-1])]
    nb.metadata["course"] = {"sandboxed": True}
    return Result(job.student, nbformat.writes(nb), found, 0.1, Figures(0.1, 0.1, 1.0, ""))


def rows(course: Course) -> list[Any]:
    """All that the gradebook says of submissions, without its own ids."""
    query = """
        select a.student_id, a.timestamp, c.name, g.auto_score, g.manual_score, g.extra_credit,
            g.needs_manual_grade, n.late_submission_penalty, null, null
        from submitted_assignment a join submitted_notebook n on n.assignment_id = a.id
            join grade g on g.notebook_id = n.id join base_cell c on c.id = g.cell_id
        union all
        select a.student_id, a.timestamp, c.name, null, null, null, null, null,
            m.auto_comment, m.manual_comment
        from submitted_assignment a join submitted_notebook n on n.assignment_id = a.id
            join comment m on m.notebook_id = n.id join base_cell c on c.id = m.cell_id
    """
    with gradebook.opened(course) as book:
        # SQLite has no truth values.
        found = [
            tuple(int(field) if isinstance(field, bool) else field for field in row)
            for row in book.db.execute(text(query))
        ]
        students = [("student", student.id) for student in book.students]
    return sorted([*found, *students], key=repr)


def graded_files(course: Course) -> dict[str, bytes]:
    folder = course.root / "autograded"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def state(course: Course) -> tuple[list[Any], dict[str, bytes]]:
    return rows(course), graded_files(course)
