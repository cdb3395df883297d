"""The limits of one submission: where they are set, and the sentence for each that is hit."""

from __future__ import annotations

import re

from traitlets import Dict, Integer
from traitlets.config import LoggingConfigurable

from course_lib.grading.errors import CourseError
from course_lib.grading.inside.supervisor import Limits

# The supervisor's own bound on wall time, which holds if the grader's fails to.
_MARGIN = 60

_STOPPED = {
    "memory_mb": "it used more than {memory_mb} MB of memory, all that a submission may use. Is a "
    "list or tensor growing in a loop?",
    "cpu_seconds": "it computed for more than {cpu_seconds} seconds, all that a submission may.",
    "wall_seconds": "its {submission_timeout} seconds were up.",
}
_HIT = (
    (
        r"MemoryError|can't allocate memory|not enough memory|Cannot allocate memory",
        "A submission may use {memory_mb} MB of memory, and this would be more.",
    ),
    (
        r"\[Errno 28\]|No space left on device",
        "The files of a submission may hold {disk_mb} MB together, and be {files} in number.",
    ),
    (
        r"\[Errno 27\]|File too large",
        "One file may hold {file_mb} MB.",
    ),
    (
        r"can't start new thread|BlockingIOError.*\[Errno 11\]|Resource temporarily unavailable",
        "A submission may run {processes} processes and threads at a time.",
    ),
)


class LimitsConfig(LoggingConfigurable):
    """What a submission may use, by `c.GradedExecute` in nbgrader_config.py."""

    check_timeout = Integer(20, help="Seconds a check waits for one answer.").tag(config=True)
    submission_timeout = Integer(
        600, help="Seconds of wall time for all cells and checks of one submission."
    ).tag(config=True)
    patience = Integer(
        5, help="Seconds after an interrupt in which a kernel must take requests again."
    ).tag(config=True)
    cpu_seconds = Integer(600, help="Seconds of CPU time, over all processes.").tag(config=True)
    memory_mb = Integer(2048, help="Memory over all processes (MB).").tag(config=True)
    processes = Integer(128, help="Processes and threads at a time.").tag(config=True)
    file_mb = Integer(64, help="The size of one file (MB).").tag(config=True)
    disk_mb = Integer(256, help="The size of all files together (MB).").tag(config=True)
    files = Integer(10_000, help="How many files and folders there may be.").tag(config=True)
    output_mb = Integer(4, help="Output of all cells together (MB).").tag(config=True)

    limits = Dict(
        {}, help="Per lecture, values of the limits that go before those for all lectures."
    ).tag(config=True)

    def limit(self, lecture: str, name: str) -> int:
        """A limit by name: the lecture's own, or the one for all.

        Raises:
            CourseError: If it is no whole number above 0.
        """
        value = self.limits.get(lecture, {}).get(name, getattr(self, name))
        if not isinstance(value, int) or value < 1:
            raise CourseError(
                f"The limit {name} of {lecture} is {value!r}: give a whole number above 0 in "
                "nbgrader_config.py, under c.GradedExecute."
            )
        return value

    def for_supervisor(self, lecture: str) -> Limits:
        """What the supervisor of a kernel holds it to."""
        names = ("cpu_seconds", "memory_mb", "processes", "file_mb", "disk_mb", "files")
        values = {name: self.limit(lecture, name) for name in names}
        return Limits(wall_seconds=self.limit(lecture, "submission_timeout") + _MARGIN, **values)

    def why_stopped(self, lecture: str, limit: str) -> str:
        """The sentence for a kernel that was stopped at a limit."""
        return "The notebook was stopped: " + self._filled(lecture, _STOPPED[limit])

    def hint(self, lecture: str, error: str) -> str:
        """The sentence for an error that a limit brought about; empty if none did."""
        for pattern, sentence in _HIT:
            if re.search(pattern, error):
                return self._filled(lecture, sentence)
        return ""

    def _filled(self, lecture: str, sentence: str) -> str:
        names = re.findall(r"{(\w+)}", sentence)
        return sentence.format(**{name: self.limit(lecture, name) for name in names})
