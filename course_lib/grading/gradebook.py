"""nbgrader's gradebook: opened ready for use, and one that serves a whole class."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader import api
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import autograde
from nbgrader.preprocessors import (
    latesubmissions,
    overwritecells,
    overwritekernelspec,
    saveautogrades,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError

# nbgrader's modules that open the gradebook anew for each submission.
_OPENERS = (autograde, latesubmissions, overwritecells, overwritekernelspec, saveautogrades)


@contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """The course's gradebook, created if there is none.

    Raises:
        CourseError: If the database cannot be opened.
    """
    alembic_on_path()
    directory = course.directory()
    try:
        gradebook = Gradebook(directory.db_url, directory.course_id)
    except SQLAlchemyError as error:
        raise unusable(error) from error
    with gradebook:
        yield gradebook


@contextmanager
def shared(course: Course) -> Iterator[ClassGradebook]:
    """The gradebook of a class run: nbgrader's steps all use this one while it is open.

    Raises:
        CourseError: If the database cannot be opened.
    """
    alembic_on_path()
    directory = course.directory()
    try:
        book = ClassGradebook(directory.db_url, directory.course_id)
    except SQLAlchemyError as error:
        raise unusable(error) from error
    for module in _OPENERS:
        module.Gradebook = lambda *_args, **_kwargs: book
    try:
        yield book
    finally:
        for module in _OPENERS:
            module.Gradebook = Gradebook
        book.forget()
        Gradebook.close(book)


def require_release(course: Course, stem: str, book: ClassGradebook) -> None:
    """Return if a lecture has been released, here and in the gradebook.

    Raises:
        CourseError: If it has not.
    """
    try:
        book.find_notebook(stem, stem)
        released = course.release(stem).is_file()
    except MissingEntry:
        released = False
    if not released:
        raise CourseError(f"{stem} has not been released here: run `course release {stem}` first.")


class ClassGradebook(Gradebook):
    """A gradebook that stays open for a class and writes one transaction per submission.

    What a lecture consists of is read once; a submission's grades and comments are read together.
    nbgrader asks for each by a query of its own, commits after each, and opens the database in
    each of its steps, which costs ten times as much.
    """

    def __init__(self, db_url: str, course_id: str) -> None:
        super().__init__(db_url, course_id)
        self.db: scoped_session[Any] = scoped_session(
            sessionmaker(bind=self.engine, class_=_OneTransaction)
        )
        # A session of its own, so that what a lecture consists of outlives the transactions. It
        # must not hold one open, or nobody else could change the gradebook.
        reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reading: scoped_session[Any] = scoped_session(
            sessionmaker(bind=reading, expire_on_commit=False)
        )
        self._lecture: dict[tuple[str, ...], Any] = {}
        self._submission: dict[tuple[str, ...], dict[str, Any]] = {}

    def close(self) -> None:
        """Stay open: nbgrader's steps close what they believe is their own."""

    def commit(self) -> None:
        """Write what was changed since the last call, all or nothing."""
        session = self.db()
        session.write()
        self.forget()

    def forget(self) -> None:
        """Drop what was changed since the last commit."""
        self._submission.clear()
        self.db.remove()

    def find_notebook(self, name: str, assignment: str) -> api.Notebook:
        """A lecture's notebook; see nbgrader."""
        return self._once(super().find_notebook, name, assignment)

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> api.SourceCell:
        """A released cell; see nbgrader."""
        return self._once(super().find_source_cell, name, notebook, assignment)

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> Any:
        """A cell with points; see nbgrader."""
        return self._once(super().find_graded_cell, name, notebook, assignment)

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Any:
        """The grade of one cell; see nbgrader."""
        found = self._rows(api.Grade, notebook, assignment, student).get(grade_cell)
        return found or super().find_grade(grade_cell, notebook, assignment, student)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Any:
        """The comment on one cell; see nbgrader."""
        found = self._rows(api.Comment, notebook, assignment, student).get(solution_cell)
        return found or super().find_comment(solution_cell, notebook, assignment, student)

    def auto_scores(self, assignment: str) -> dict[str, dict[str, float | None]]:
        """The scores by checks of all submissions of a lecture: by student, by cell."""
        query = (
            self.db.query(api.SubmittedAssignment.student_id, api.BaseCell.name, api.Grade)
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .join(
                api.SubmittedNotebook,
                api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id,
            )
            .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
            .join(api.BaseCell, api.BaseCell.id == api.Grade.cell_id)
            .filter(api.Assignment.name == assignment)
            .with_entities(
                api.SubmittedAssignment.student_id, api.BaseCell.name, api.Grade.auto_score
            )
        )
        scores: dict[str, dict[str, float | None]] = {}
        for student, cell, score in query:
            scores.setdefault(student, {})[cell] = score
        self.db.remove()
        return scores

    def _once(self, find: Any, *key: str) -> Any:
        """What `find` finds, read in the reading session and kept."""
        named = (find.__name__, *key)
        if named not in self._lecture:
            writing, self.db = self.db, self._reading
            try:
                self._lecture[named] = find(*key)
            finally:
                self.db = writing
        return self._lecture[named]

    def _rows(self, kind: Any, notebook: str, assignment: str, student: str) -> dict[str, Any]:
        """A submission's grades or comments, by the name of their cell."""
        key = (kind.__name__, notebook, assignment, student)
        if key not in self._submission:
            submitted = self.find_submission_notebook(notebook, assignment, student)
            query = (
                self.db.query(api.BaseCell.name, kind)
                .join(kind, kind.cell_id == api.BaseCell.id)
                .filter(kind.notebook_id == submitted.id)
            )
            self._submission[key] = dict(query.all())
        return self._submission[key]


class _OneTransaction(Session):
    """A session whose commits only flush, until `write`."""

    def commit(self) -> None:
        self.flush()

    def write(self) -> None:
        super().commit()


def unusable(error: SQLAlchemyError) -> CourseError:
    """What a person reads when the database cannot be opened or written."""
    reason = " ".join(str(getattr(error, "orig", None) or error).split())
    kind = "be used" if isinstance(error, OperationalError) else "be read"
    return CourseError(
        f"The gradebook cannot {kind} ({reason}): mend that and run the same command again; "
        "what was graded stays graded."
    )


def alembic_on_path() -> None:
    """Nbgrader runs `alembic` by name when it makes a gradebook: let it find the environment's."""
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])
