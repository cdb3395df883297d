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
        CourseError: If nothing was graded yet, or nbgrader cannot write a page.
    """
    graded = course.root / "autograded"
    if not any(graded.glob(f"*/{stem}/{stem}.ipynb")):
        raise CourseError(f"No graded submission of {stem}: run `course grade {stem}` first.")
    directory = course.directory()
    directory.assignment_id = stem
    converter = GenerateFeedback(coursedir=directory, config=course.config)
    converter.force = True
    try:
        converter.start()
    except NbGraderException as error:
        raise CourseError(f"nbgrader cannot write the feedback of {stem}: {error}") from error
    return sorted((course.root / "feedback").glob(f"*/{stem}/{stem}.html"))
