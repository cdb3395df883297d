"""`course feedback`: nbgrader's feedback pages, one per submission."""

from __future__ import annotations

from pathlib import Path

from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError


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
    directory = course.directory()
    directory.assignment_id = stem
    converter = GenerateFeedback(coursedir=directory, config=course.config)
    converter.force = True
    try:
        converter.start()
    except NbGraderException as error:
        written = {path.parts[-3] for path in _there(course, "feedback", f"{stem}.html")}
        missing = ", ".join(sorted(graded - written)) or "somebody"
        raise CourseError(
            f"The feedback of {missing} could not be written; all others are there. To see "
            f"why, run `nbgrader generate_feedback {stem} --student NAME`."
        ) from error
    return _there(course, "feedback", f"{stem}.html")


def _there(course: Course, step: str, name: str) -> list[Path]:
    return sorted((course.root / step).glob(f"*/{Path(name).stem}/{name}"))
