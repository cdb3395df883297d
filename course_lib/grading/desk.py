"""The desk where submissions are sanitised and results are saved, by nbgrader's own steps.

The autograded notebook is the commit point of a submission: it is written last and at once, after
its scores, and it carries the hash of all that its grading depended on. A run that is stopped at
any moment leaves submissions that are done and submissions that are not, and the next run does
the rest.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader import utils
from traitlets.utils.importstring import import_item

from course_lib.grading import fingerprint, verdicts
from course_lib.grading.course import Course
from course_lib.grading.files import beside, merged
from course_lib.grading.gradebook import ClassGradebook
from course_lib.grading.jobs import Job, Result
from course_lib.grading.read import read_submission
from course_lib.grading.register import Folders, Register

# Workers execute; and what follows cannot spoil the metadata that sanitising has just checked.
_NOT_WHEN_SAVING = ("GradedExecute", "CheckCellMetadata")


class Desk:
    """Reads, sanitises and saves the submissions of one lecture.

    Args:
        course: The course.
        stem: The lecture.
        sandboxed: Whether kernels run in the sandbox.
        book: The open gradebook, which nbgrader's steps share; see `gradebook.shared`.
    """

    def __init__(self, course: Course, stem: str, book: ClassGradebook, *, sandboxed: bool) -> None:
        self.course = course
        self.stem = stem
        self._book = book
        directory = Folders(config=course.config)
        directory.assignment_id = stem
        self._converter = Register(coursedir=directory, config=course.config)
        self._ignore = list(directory.ignore)
        self._sanitise = self._steps(self._converter.sanitize_preprocessors)
        self._record = self._steps(self._converter.autograde_preprocessors, _NOT_WHEN_SAVING)
        self._config = {name: dict(section) for name, section in course.config.items()}
        self._config.setdefault("CourseKernelManager", {})["sandboxed"] = sandboxed
        self._masters = self._master_files()
        self._lecture = fingerprint.of_lecture(
            course,
            stem,
            masters=self._masters,
            sandboxed=sandboxed,
            due=book.find_assignment(stem).duedate,
        )
        self._submitted = course.submitted(stem)
        self._scores = book.auto_scores(stem)

    def fingerprint(self, folder: Path) -> str:
        """The hash of all that the grading of a submission depends on."""
        return fingerprint.of_submission(self._lecture, self._notebook(folder), beside(folder))

    def is_graded(self, student: str, mark: str) -> bool:
        """Whether a submission was graded with this hash, and the gradebook says the same."""
        path = self._graded(student)
        try:
            nb = nbformat.v4.reads(path.read_text(encoding="utf-8"))
            if nb.metadata.course.fingerprint != mark:
                return False
            return _scores(nb) == self._scores.get(student)
        except (OSError, ValueError, AttributeError, KeyError):
            # Not there, not by this command, or not whole: to be graded again.
            return False

    def take(self, student: str, folder: Path) -> Job:
        """Read and sanitise a submission; nothing is written."""
        nb = read_submission(self._notebook(folder), self.course.release(self.stem))
        nb = _through(self._sanitise, nb, self._resources(student))
        files = merged(beside(folder).read(), self._masters)
        return Job(student, self.stem, nbformat.writes(nb), files, self._config)

    def save(self, result: Result, mark: str) -> None:
        """Write a result's scores, then its autograded notebook.

        Args:
            result: The judged submission.
            mark: The hash that `fingerprint` gave for it.

        Raises:
            OSError: If a file cannot be written.
            sqlalchemy.exc.SQLAlchemyError: If the gradebook cannot.
        """
        nb = nbformat.v4.reads(result.notebook)
        nb.metadata.setdefault("course", NotebookNode())["fingerprint"] = mark
        try:
            self._clear(result.student)
            self._register(result.student)
            nb = _through(self._record, nb, self._resources(result.student))
            self._converter.set_permissions(self.stem, result.student)
            self._book.commit()
        finally:
            self._book.forget()
        self._write(self._graded(result.student), nbformat.writes(nb) + "\n")

    def enter(self, student: str) -> None:
        """Make a submission's place in the gradebook, for one that could not be graded."""
        try:
            self._register(student)
            self._book.commit()
        finally:
            self._book.forget()

    def _register(self, student: str) -> None:
        folder = self._submitted[student]
        self._converter.notebooks = [str(self._notebook(folder))]
        self._converter.init_assignment(self.stem, student)
        if self._converter.coursedir.get_existing_timestamp(str(folder)) is None:
            # nbgrader leaves the time of an earlier grading, and its penalty.
            self._book.find_submission(self.stem, student).timestamp = None
        for name, content in merged(beside(folder).read(), self._masters).items():
            if name not in self._masters and not self._is_ignored(name):
                copied = self._graded(student).parent / name
                copied.parent.mkdir(parents=True, exist_ok=True)
                copied.write_bytes(content)

    def _is_ignored(self, name: str) -> bool:
        parts = Path(name).parts
        return any(fnmatch(part, pattern) for part in parts for pattern in self._ignore)

    def _clear(self, student: str) -> None:
        """Remove an earlier grading, the notebook first: without it nothing counts as graded."""
        graded = self._graded(student)
        graded.unlink(missing_ok=True)
        if graded.parent.exists():
            shutil.rmtree(graded.parent)

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the folder: within it a student's own files may have any name.
        aside = path.parent.with_name(f".{path.stem}.part")
        aside.unlink(missing_ok=True)
        aside.write_text(text, encoding="utf-8")
        aside.chmod(int(str(self._converter.permissions), 8))
        aside.replace(path)

    def _steps(self, steps: Sequence[Any], without: Sequence[str] = ()) -> list[Any]:
        """Nbgrader's preprocessors as configured, made once for the class."""
        # Left out before it is imported: to execute takes torch, and this process needs none.
        kept = [step for step in steps if _name(step) not in without]
        kinds = [import_item(step) if isinstance(step, str) else step for step in kept]
        return [kind(parent=self._converter, enabled=True) for kind in kinds]

    def _master_files(self) -> dict[str, bytes]:
        """The instructor's files beside the source notebook, which go before a student's own."""
        source = self.course.source(self.stem).parent
        found = utils.find_all_files(str(source), [*self._ignore, "*.ipynb"])
        return {os.path.relpath(path, source): Path(path).read_bytes() for path in sorted(found)}

    def _notebook(self, folder: Path) -> Path:
        return folder / f"{self.stem}.ipynb"

    def _graded(self, student: str) -> Path:
        return Path(self._converter._format_dest(self.stem, student)) / f"{self.stem}.ipynb"

    def _resources(self, student: str) -> ResourcesDict:
        resources = ResourcesDict()
        resources["nbgrader"] = {
            "student": student,
            "assignment": self.stem,
            "notebook": self.stem,
            "db_url": self._converter.coursedir.db_url,
        }
        return resources


def _through(steps: list[Any], nb: NotebookNode, resources: ResourcesDict) -> NotebookNode:
    for step in steps:
        nb, resources = step(nb, resources)
    return nb


def _name(step: str | type) -> str:
    return step.rpartition(".")[2] if isinstance(step, str) else step.__name__


def _scores(nb: NotebookNode) -> dict[str, float | None]:
    """The scores by checks that saving a notebook gives, by cell."""
    scores: dict[str, float | None] = {}
    for cell in nb.cells:
        if utils.is_grade(cell):
            verdict = verdicts.from_cell(cell)
            broken = verdict is not None and verdict.points is None
            score = None if broken else utils.determine_grade(cell)[0]
            scores[cell.metadata.nbgrader.grade_id] = score
    return scores
