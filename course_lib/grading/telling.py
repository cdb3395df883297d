"""What `course grade` says of a class: a bar and sentences for people, JSON lines for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the help must not load the grader
    from course_lib.grading.grade import Outcome

_ALWAYS = ("event", "student")
_OF_EVENT = {
    "graded": (
        "points", "max_points", "faults", "our_errors",
        "seconds", "cell_seconds", "cpu_seconds", "memory_mb", "limit",
    ),
    "skipped": (),
    "failed": ("error",),
}  # fmt: skip


class Teller:
    """Counts outcomes and tells each as it comes.

    Args:
        as_json: Whether to print one JSON object per line.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.counts: Counter[str] = Counter()
        self.warnings: list[str] = []

    def lecture(
        self, stem: str, total: int, progress: Callable[..., None]
    ) -> Callable[[Outcome], None]:
        """A function that tells one outcome of a lecture.

        Args:
            stem: The lecture.
            total: How many submissions there are.
            progress: Shows the number done, the total and a note.
        """
        done = failed = 0

        def tell(outcome: Outcome) -> None:
            nonlocal done, failed
            done += 1
            failed += outcome.event == "failed"
            self.counts[outcome.event] += 1
            self.warnings += _warnings(stem, outcome)
            if self.as_json:
                print(json.dumps(_event(stem, outcome)), flush=True)
            progress(done, total, f"{failed} failed" if failed else "")

        return tell

    def unfit(self, name: str, sentence: str) -> None:
        """Count and tell what lies in `submitted/` and belongs to no lecture.

        Args:
            name: Its name there.
            sentence: What is wrong with it.
        """
        self.counts["failed"] += 1
        if self.as_json:
            event = {"event": "failed", "student": name, "lecture": None, "error": sentence}
            print(json.dumps(event), flush=True)

    def done(self) -> None:
        """Print the last line of JSON: how many were graded, skipped and failed."""
        if self.as_json:
            counts = {event: self.counts[event] for event in _OF_EVENT}
            print(json.dumps({"event": "done", **counts}), flush=True)

    @property
    def line(self) -> str:
        """The counts as one line for people."""
        graded, skipped, failed = (self.counts[event] for event in _OF_EVENT)
        line = f"{graded} graded"
        line += f", {skipped} unchanged since they were graded (--force grades them again)" * (
            skipped > 0
        )
        return line + f", {failed} could not be graded" * (failed > 0)


def _event(stem: str, outcome: Outcome) -> dict[str, Any]:
    fields = asdict(outcome)
    names = _OF_EVENT[outcome.event]
    return {
        **{name: fields[name] for name in _ALWAYS},
        "lecture": stem,
        **{name: fields[name] for name in names},
    }


def _warnings(stem: str, outcome: Outcome) -> list[str]:
    if outcome.error:
        return [f"{stem}: {outcome.student} could not be graded: {outcome.error}"]
    return [
        f"{stem}: the check {check} failed by itself on {outcome.student}'s answer ({detail}); "
        "mend it and grade again, or grade this answer by hand."
        for check, detail in outcome.our_errors.items()
    ]
