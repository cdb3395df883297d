"""`course grade`: a class, executed by many workers and written by one.

Reading, sanitising and saving stay in this process, the single writer of the gradebook; workers
get and return plain data. Submissions that were graded already are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.api import InvalidEntry
from sqlalchemy.exc import SQLAlchemyError

from course_lib.grading import cluster, datasets, fingerprint, gradebook, sandbox, usage
from course_lib.grading.course import Course
from course_lib.grading.desk import Desk
from course_lib.grading.errors import CourseError, WrongUse

if TYPE_CHECKING:
    from course_lib.grading.jobs import Job, Result

GRADED = "graded"
SKIPPED = "skipped"
FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one submission; no text of the notebook's, for a class may be large.

    Attributes:
        student: Whose it is.
        event: `GRADED`, `SKIPPED` (it was graded before and nothing has changed) or `FAILED`.
        points: Points from checks.
        max_points: Points that checks can give.
        faults: The faults by check.
        our_errors: What checks that failed by themselves raised, by check.
        seconds: Wall time of kernel, cells and checks.
        cell_seconds: Wall time of the student's own cells.
        cpu_seconds: CPU time of the kernel.
        memory_mb: The kernel's most memory.
        limit: The limit that stopped the kernel; empty if none did.
        error: Why it could not be graded; empty if it was.
    """

    student: str
    event: str
    points: float = 0.0
    max_points: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)
    our_errors: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cell_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    limit: str = ""
    error: str = ""


@dataclass(frozen=True)
class Workers:
    """Who executes.

    Attributes:
        count: How many processes to start here.
        scheduler: The address of a cluster to use in their place; None for none.
    """

    count: int = 1
    scheduler: str | None = None


def grade(
    course: Course,
    stem: str,
    *,
    workers: Workers,
    sandboxed: bool = True,
    students: list[str] | None = None,
    force: bool = False,
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None,
) -> list[Outcome]:
    """Grade the submissions of a lecture and write scores and autograded notebooks.

    Args:
        course: The course.
        stem: The lecture.
        workers: Who executes.
        sandboxed: Whether kernels run in the sandbox.
        students: Grade only these.
        force: Grade also what was graded before and has not changed.
        on_outcome: Called as each submission is done.

    Returns:
        One outcome per submission, in order of student.

    Raises:
        WrongUse: If one of `students` handed nothing in.
        CourseError: If there is nothing to grade, the lecture was not released, the sandbox or
            the workers cannot be had, or results cannot be written.
    """
    if workers.scheduler is None:
        datasets.require(stem)
        if sandboxed:
            sandbox.require()
    folders = _folders(course, stem, students)
    outcomes: dict[str, Outcome] = {}

    def tell(outcome: Outcome) -> None:
        outcomes[outcome.student] = outcome
        if outcome.event != SKIPPED:
            used = (outcome.seconds, outcome.cpu_seconds, outcome.memory_mb)
            found = usage.Usage(*used, outcome.limit, outcome.error)
            usage.note(course, stem, outcome.student, found)
        on_outcome(outcome)

    with gradebook.shared(course) as book:
        gradebook.require_release(course, stem, book)
        desk = Desk(course, stem, book, sandboxed=sandboxed)
        marks = {}
        for student, folder in folders.items():
            try:
                marks[student] = desk.fingerprint(folder)
            except Exception as error:
                # What cannot be read: one submission must not stop the class.
                tell(_failed(student, error))
                continue
            if not force and desk.is_graded(student, marks[student]):
                tell(Outcome(student, SKIPPED))
        todo = {student: folders[student] for student in folders if student not in outcomes}
        if todo:
            _grade(desk, todo, marks, workers, sandboxed, tell)
    return [outcomes[student] for student in sorted(outcomes)]


def _grade(
    desk: Desk,
    folders: dict[str, Path],
    marks: dict[str, str],
    workers: Workers,
    sandboxed: bool,
    tell: Callable[[Outcome], None],
) -> None:
    def jobs() -> Iterator[Job]:
        for student, folder in folders.items():
            try:
                yield desk.take(student, folder)
            except Exception as error:
                # One submission that fails for a reason of ours must not stop the class.
                tell(_failed(student, error))

    scratch = desk.course.root / ".course" / "workers"
    with cluster.crew(
        fingerprint.of_code,
        workers=min(workers.count, len(folders)),
        scheduler=workers.scheduler,
        sandboxed=sandboxed,
        scratch=scratch,
    ) as crew:
        for student, result in crew.results(jobs()):
            tell(_settled(desk, student, result, marks[student]))


def _settled(desk: Desk, student: str, result: Result | Exception, mark: str) -> Outcome:
    """Write what a worker returned.

    Raises:
        CourseError: If nothing can be written any more.
    """
    try:
        if isinstance(result, Exception):
            desk.enter(student)
            return _failed(student, result)
        desk.save(result, mark)
    except (SQLAlchemyError, InvalidEntry) as error:
        # nbgrader wraps what the database says, and entries that break a rule of its own.
        cause = error.__context__ if isinstance(error, InvalidEntry) else error
        if not isinstance(cause, SQLAlchemyError):
            return _failed(student, error)
        raise gradebook.unusable(cause) from error
    except OSError as error:
        raise CourseError(
            f"{error.filename or 'A file'} cannot be written ({error.strerror}): mend that and "
            "run the same command again; what was graded stays graded."
        ) from error
    except Exception as error:
        # As in taking it: the class must go on.
        return _failed(student, error)
    return _graded(result)


def _graded(result: Result) -> Outcome:
    verdicts = result.verdicts
    return Outcome(
        student=result.student,
        event=GRADED,
        points=sum(verdict.points or 0.0 for verdict in verdicts),
        max_points=sum(verdict.max_points for verdict in verdicts),
        faults={v.check: v.fault for v in verdicts if v.fault},
        our_errors={v.check: v.detail for v in verdicts if v.fault == "our_error"},
        seconds=round(result.seconds, 3),
        cell_seconds=round(result.figures.cell_seconds, 3),
        cpu_seconds=round(result.figures.cpu_seconds, 3),
        memory_mb=round(result.figures.memory_mb, 1),
        limit=result.figures.limit,
    )


def _failed(student: str, error: Exception) -> Outcome:
    reason = str(error) if isinstance(error, CourseError) else f"{type(error).__name__}: {error}"
    return Outcome(student, FAILED, error=reason)


def _folders(course: Course, stem: str, students: list[str] | None) -> dict[str, Path]:
    folders = course.submitted(stem)
    if unknown := sorted(set(students or []) - set(folders)):
        raise WrongUse(f"No submission of {stem} by {', '.join(unknown)} in submitted/.")
    if students:
        folders = {student: folders[student] for student in sorted(set(students))}
    if not folders:
        raise CourseError(f"No submissions: put them at submitted/<student>/{stem}/{stem}.ipynb.")
    return folders
