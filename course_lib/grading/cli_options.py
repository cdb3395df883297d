"""What the commands of `course` have in common: arguments, the course they work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from course_lib.grading.course import Course

Lectures = Annotated[
    list[str] | None,
    typer.Argument(help="Lectures by stem, such as `vowels`; all if none is given."),
]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="COURSE_DB",
        help="The gradebook, such as `postgresql:///class`; by default `gradebook.db` here.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]


def opened(db: str | None) -> Course:
    """The course that contains the current folder, with its own gradebook or the one named."""
    from course_lib.grading.course import find

    course = find()
    if db is not None:
        course.config.CourseDirectory.db_url = db
    return course


def quiet_nbgrader() -> None:
    """Nbgrader logs every honest step as a warning; what matters is told by this command."""
    import logging
    import warnings

    for name in ("traitlets", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"nbgrader\.")
