"""The desk: what the command itself does, beside its workers."""

import subprocess
import sys
from pathlib import Path

from tests.short_class import STEM, hand_in, released_course, right


def test_the_command_itself_needs_no_torch(tmp_path: Path) -> None:
    course = released_course(tmp_path / "course")
    hand_in(course, {"ada": right})
    # It would cost seconds at each start, and memory beside the workers.
    code = (
        "import sys\n"
        "from course_lib.grading import desk, gradebook\n"
        "from course_lib.grading.course import find\n"
        "course = find()\n"
        "with gradebook.shared(course) as book:\n"
        f"    there = desk.Desk(course, {STEM!r}, book, sandboxed=True)\n"
        f"    job = there.take('ada', course.submitted({STEM!r})['ada'])\n"
        "print(job.student, 'torch' in sys.modules)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=course.root, capture_output=True, text=True, check=True
    )
    assert told.stdout == "ada False\n"
