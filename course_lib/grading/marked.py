"""Parts of a document that a command writes, between two comments that name the part."""

from __future__ import annotations

import re
from pathlib import Path

from course_lib.grading.build import write_whole
from course_lib.grading.errors import CourseError


def write(path: Path, name: str, text: str) -> None:
    """Put text between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``.

    Raises:
        CourseError: If the document has no such part, or is not there.
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    part = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not part.search(old):
        raise CourseError(
            f"{path} has no lines `{begin}` and `{end}`: add them where the table shall stand, "
            "and run the same command again."
        )
    new = part.sub(lambda _: f"{begin}\n{text}\n{end}", old)
    write_whole(path, new)


def read(path: Path, name: str) -> str:
    """The text between the two comments; empty if there are none."""
    begin, end = f"<!-- begin {name} -->\n", f"\n<!-- end {name} -->"
    _, _, rest = path.read_text(encoding="utf-8").partition(begin)
    return rest.partition(end)[0]
