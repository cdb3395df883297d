"""nbgrader's gradebook, opened so that it is ready for use."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook

from course_lib.grading.course import Course


@contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """The course's gradebook, created if there is none."""
    alembic_on_path()
    directory = course.directory()
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        yield gradebook


def alembic_on_path() -> None:
    """Nbgrader runs `alembic` by name when it makes a gradebook: let it find the environment's."""
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])
