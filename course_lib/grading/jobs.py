"""A submission on its way to a worker and back: plain data, which needs no torch to be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from course_lib.lab.verdict import Verdict


@dataclass(frozen=True)
class Job:
    """A sanitised submission.

    Attributes:
        student: Whose it is.
        lecture: The lecture's stem.
        notebook: The notebook's JSON.
        files: What else was submitted, by relative path.
        config: The course's traitlets configuration as a dict.
    """

    student: str
    lecture: str
    notebook: str
    files: dict[str, bytes] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """What a submission used.

    Attributes:
        cell_seconds: Wall time of the student's own cells (s).
        cpu_seconds: CPU time of the kernel and all it started; 0 without the sandbox (s).
        memory_mb: The most memory of these at a time; 0 without the sandbox (MB).
        limit: The name of the limit that stopped the kernel; empty if none did.
    """

    cell_seconds: float
    cpu_seconds: float
    memory_mb: float
    limit: str


@dataclass(frozen=True)
class Result:
    """A judged submission.

    Attributes:
        student: Whose it is.
        notebook: The notebook's JSON with outputs and verdicts.
        verdicts: One per graded cell.
        seconds: Wall time of kernel, cells and checks.
        figures: What the kernel used.
    """

    student: str
    notebook: str
    verdicts: list[Verdict]
    seconds: float
    figures: Figures
