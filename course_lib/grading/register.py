"""nbgrader's way to enter a submission in the gradebook, without its way to copy what lies there.

nbgrader copies everything in a submission's folder: through links, which it can only be told to
leave out by patterns; from pipes, at which it waits for ever; of any size. And it opens a time that
the folder holds whatever that is. Both are students' files, and here they are read as such.
"""

from __future__ import annotations

import datetime
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from course_lib.grading.errors import CourseError
from course_lib.grading.files import beside

_TIME = "timestamp.txt"
_LONGEST_TIME = 100


class _NoCopies(BaseConverter):
    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy nothing."""


class Register(Autograde, _NoCopies):
    """nbgrader's `Autograde`, which copies only the instructor's files to `autograded/`."""


class Folders(CourseDirectory):
    """nbgrader's view of the course's folders, for which a time is a regular file or none."""

    def get_existing_timestamp(self, dest_path: str) -> datetime.datetime | None:
        """When a submission was handed in, if it says so.

        Raises:
            CourseError: If its file holds no time.
        """
        found = beside(Path(dest_path))
        if Path(_TIME) not in found.names:
            return None
        path = found.folder / _TIME
        try:
            text = path.read_bytes()[:_LONGEST_TIME].decode().strip()
            return parse_utc(text) if text else None
        # A student's text, and the parser raises more than it says.
        except Exception as error:
            raise CourseError(
                f"{path} holds no time, such as 2024-02-29 18:00:00 UTC: mend it or remove it."
            ) from error
