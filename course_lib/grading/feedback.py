"""`course feedback`: nbgrader's feedback pages, one per submission."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from course_lib.grading.course import Course, find
from course_lib.grading.errors import CourseError

_WORTH = 4  # pages that take about as long as starting another process for them


class _Share(GenerateFeedback):
    """Every n-th submission of a lecture.

    Args:
        first: The number of the first, from 0.
        step: n.
    """

    assignments: dict[str, list[str]]

    def __init__(self, first: int, step: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.force = True
        self._first, self._step = first, step

    def init_notebooks(self) -> None:
        """Find the submissions and keep the share."""
        super().init_notebooks()
        kept = sorted(self.assignments)[self._first :: self._step]
        self.assignments = {name: self.assignments[name] for name in kept}


def feedback(course: Course, stem: str) -> list[Path]:
    """Write `feedback/<student>/<stem>/<stem>.html` for every graded submission.

    Returns:
        The pages, sorted.

    Raises:
        CourseError: If nothing was graded yet, or a page could not be written; all others are.
    """
    graded = {path.parts[-3] for path in _there(course, "autograded", f"{stem}.ipynb")}
    if not graded:
        raise CourseError(f"No graded submission of {stem}: run `course grade {stem}` first.")
    shares = max(1, min(os.cpu_count() or 1, len(graded) // _WORTH))
    # This process does the first share while the others still start.
    with ProcessPoolExecutor(shares, multiprocessing.get_context("spawn")) as others:
        database = course.directory().db_url
        running = [
            others.submit(_write_elsewhere, course.root, database, stem, n, shares)
            for n in range(1, shares)
        ]
        whole = _write(course, stem, 0, shares)
        try:
            whole = all([whole, *(share.result() for share in running)])
        except BrokenProcessPool:
            whole = False
    if not whole:
        written = {path.parts[-3] for path in _there(course, "feedback", f"{stem}.html")}
        missing = ", ".join(sorted(graded - written)) or "somebody"
        raise CourseError(
            f"The feedback of {missing} could not be written; all others are there. To see "
            f"why, run `nbgrader generate_feedback {stem} --student NAME`."
        )
    return _there(course, "feedback", f"{stem}.html")


def _write(course: Course, stem: str, first: int, step: int) -> bool:
    """Write a share of the pages; whether all of it could be."""
    directory = course.directory()
    directory.assignment_id = stem
    try:
        _Share(first, step, coursedir=directory, config=course.config).start()
    except NbGraderException:
        return False
    return True


def _write_elsewhere(root: Path, database: str, stem: str, first: int, step: int) -> bool:
    """As `_write`, in a process that reads the configuration anew: it may hold functions."""
    course = find(root)
    course.config.CourseDirectory.db_url = database
    return _write(course, stem, first, step)


def _there(course: Course, step: str, name: str) -> list[Path]:
    return sorted((course.root / step).glob(f"*/{Path(name).stem}/{name}"))
