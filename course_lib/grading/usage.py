"""What gradings used and how they ended, kept beside the gradebook for the report.

Times differ from run to run, so they belong in no autograded notebook, which is the same on every
run. A line is added for each grading; of several of one submission the last counts.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from course_lib.grading.course import Course


@dataclass(frozen=True)
class Usage:
    """One grading of one submission.

    Attributes:
        seconds: Wall time of kernel, cells and checks.
        cpu_seconds: CPU time of the kernel; 0 without the sandbox.
        memory_mb: The kernel's most memory; 0 without the sandbox.
        limit: The limit that stopped the kernel; empty if none did.
        error: Why it could not be graded; empty if it was.
    """

    seconds: float
    cpu_seconds: float
    memory_mb: float
    limit: str
    error: str


def note(course: Course, lecture: str, student: str, used: Usage) -> None:
    """Add a line for a grading."""
    path = _path(course)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        line = {"lecture": lecture, "student": student, **asdict(used)}
        # A line that a stopped run wrote in part takes none with it.
        file.write("\n" + json.dumps(line))


def of_lecture(course: Course, lecture: str) -> dict[str, Usage]:
    """The last grading of each submission, by student; of none if nothing is kept."""
    try:
        lines = _path(course).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        try:
            kept = json.loads(line)
            of, student = kept.pop("lecture"), kept.pop("student")
            used = Usage(**kept)
        except (ValueError, KeyError, TypeError, AttributeError):
            # A line that a stopped run wrote in part; the report does without it.
            continue
        if of == lecture:
            found[student] = used
    return found


def _path(course: Course) -> Path:
    return course.root / ".course" / "usage.jsonl"
