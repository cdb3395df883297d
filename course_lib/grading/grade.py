"""`course grade`: a class through nbgrader's own Autograde, executed by workers beside it.

Reading, sanitising and saving stay in this process, the single writer of the gradebook; workers
get and return plain data. Anything with the interface of `concurrent.futures.Executor` can be the
workers.
"""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.writers.files import FilesWriter
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde

from course_lib.grading import gradebook, sandbox
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError, WrongUse
from course_lib.grading.read import read_submission
from course_lib.grading.submission import Job, Result, run

MAX_FILE_BYTES = 20 * 2**20
EXECUTE = "GradedExecute"


@dataclass(frozen=True)
class Outcome:
    """What became of one submission.

    Attributes:
        student: Whose it is.
        result: The judged submission; None if it could not be executed.
        error: Why not; empty if it was.
    """

    student: str
    result: Result | None
    error: str = ""


def grade(
    course: Course,
    stem: str,
    *,
    workers: int = 1,
    sandboxed: bool = True,
    students: list[str] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Grade the submissions of a lecture and write scores and autograded notebooks.

    Args:
        course: The course.
        stem: The lecture.
        workers: How many submissions are executed at a time.
        sandboxed: Whether kernels run in the sandbox.
        students: Grade only these.
        on_outcome: Called as each submission is done.

    Returns:
        One outcome per submission, in order of student.

    Raises:
        WrongUse: If one of `students` handed nothing in.
        CourseError: If there is nothing to grade, the lecture was not released, or the sandbox
            cannot be had.
    """
    if sandboxed:
        sandbox.require()
    folders = _folders(course, stem, students)
    _require_release(course, stem)
    # Before any worker starts: what they inherit is loaded once.
    desk = Desk(course, stem, sandboxed)
    outcomes: dict[str, Outcome] = {}
    with pool(workers) as executor:
        futures = _submit(desk, folders, executor)
        for outcome in _collect(desk, futures):
            outcomes[outcome.student] = outcome
            if on_outcome is not None:
                on_outcome(outcome)
    return [outcomes[student] for student in sorted(outcomes)]


def pool(workers: int) -> Executor:
    """Worker processes that have torch and the checks loaded before they fork."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["course_lib.grading.submission"])
    return ProcessPoolExecutor(workers, mp_context=context)


class Desk:
    """Where submissions are sanitised and results are saved, by nbgrader's own converter."""

    def __init__(self, course: Course, stem: str, sandboxed: bool) -> None:
        self.course = course
        self.stem = stem
        directory = course.directory()
        directory.assignment_id = stem
        converter = Autograde(coursedir=directory, config=course.config)
        converter.writer = FilesWriter(parent=converter, config=course.config)
        converter.exporter = converter.exporter_class(parent=converter, config=course.config)
        self._converter = converter
        self._config = {name: dict(section) for name, section in course.config.items()}
        self._config["CourseKernelManager"] = {
            **self._config.get("CourseKernelManager", {}),
            "sandboxed": sandboxed,
        }

    def take(self, student: str, folder: Path) -> Job:
        """Read and sanitise a submission, and make its place in the gradebook."""
        converter = self._converter
        notebook = folder / f"{self.stem}.ipynb"
        nb = read_submission(notebook, self.course.release(self.stem))
        converter.notebooks = [str(notebook)]
        shutil.rmtree(self._destination(student), ignore_errors=True)
        converter.init_assignment(self.stem, student)
        self._use(converter.sanitize_preprocessors)
        text, _ = converter.exporter.from_notebook_node(nb, resources=self._resources(student))
        return Job(student, self.stem, text, _files(folder), self._config)

    def save(self, result: Result) -> None:
        """Write a result's scores and its autograded notebook."""
        converter = self._converter
        self._use([step for step in converter.autograde_preprocessors if _name(step) != EXECUTE])
        nb = nbformat.reads(result.notebook, as_version=4)
        output, resources = converter.exporter.from_notebook_node(
            nb, resources=self._resources(result.student)
        )
        converter.write_single_notebook(output, resources)
        converter.set_permissions(self.stem, result.student)

    def _use(self, preprocessors: list[Any]) -> None:
        exporter = self._converter.exporter
        exporter._preprocessors = []
        for step in preprocessors:
            exporter.register_preprocessor(step, enabled=True)

    def _destination(self, student: str) -> Path:
        return Path(self._converter._format_dest(self.stem, student))

    def _resources(self, student: str) -> ResourcesDict:
        resources = ResourcesDict()
        resources.update(
            unique_key=self.stem,
            output_files_dir=f"{self.stem}_files",
            nbgrader={
                "student": student,
                "assignment": self.stem,
                "notebook": self.stem,
                "db_url": self._converter.coursedir.db_url,
            },
        )
        return resources


def _submit(
    desk: Desk, folders: dict[str, Path], executor: Executor
) -> dict[Future[Result], str] | dict[Any, str]:
    futures: dict[Any, str] = {}
    for student, folder in folders.items():
        try:
            futures[executor.submit(run, desk.take(student, folder))] = student
        except Exception as error:
            failed: Future[Result] = Future()
            failed.set_exception(error)
            futures[failed] = student
    return futures


def _collect(desk: Desk, futures: dict[Any, str]) -> Iterator[Outcome]:
    for future in as_completed(futures):
        student = futures[future]
        try:
            result = future.result()
            desk.save(result)
        except Exception as error:
            # One submission that fails for a reason of ours must not stop the class.
            yield Outcome(student, None, f"{type(error).__name__}: {error}")
        else:
            yield Outcome(student, result)


def _folders(course: Course, stem: str, students: list[str] | None) -> dict[str, Path]:
    folders = course.submitted(stem)
    if unknown := sorted(set(students or []) - set(folders)):
        raise WrongUse(f"No submission of {stem} by {', '.join(unknown)} in submitted/.")
    if students:
        folders = {student: folders[student] for student in sorted(students)}
    if not folders:
        raise CourseError(f"No submissions: put them at submitted/<student>/{stem}/{stem}.ipynb.")
    return folders


def _require_release(course: Course, stem: str) -> None:
    message = f"{stem} has not been released here: run `course release {stem}` first."
    if not course.release(stem).is_file():
        raise CourseError(message)
    with gradebook.opened(course) as book:
        try:
            book.find_notebook(stem, stem)
        except MissingEntry:
            raise CourseError(message) from None


def _files(folder: Path) -> dict[str, bytes]:
    """The other files of a submission: no notebooks, no links, up to `MAX_FILE_BYTES` in all."""
    files: dict[str, bytes] = {}
    budget = MAX_FILE_BYTES
    for path in sorted(folder.rglob("*")):
        inside = not any(part.is_symlink() for part in (path, *path.parents))
        if path.suffix != ".ipynb" and inside and path.is_file():
            budget -= path.stat().st_size
            if budget < 0:
                break
            files[str(path.relative_to(folder))] = path.read_bytes()
    return files


def _name(step: Any) -> str:
    return step.rsplit(".", 1)[-1] if isinstance(step, str) else step.__name__
