"""One submission, from plain data to plain data: what a worker does.

A worker knows nothing of the course's folders or the gradebook, so the same function serves a
process beside this one or one on another machine.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from traitlets.config import Config

from course_lib.grading import verdicts
from course_lib.grading.execute import GradedExecute
from course_lib.lab.check import Verdict


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
class Result:
    """A judged submission.

    Attributes:
        student: Whose it is.
        notebook: The notebook's JSON with outputs and verdicts.
        verdicts: One per graded cell.
        seconds: Wall time of kernel, cells and checks.
    """

    student: str
    notebook: str
    verdicts: list[Verdict]
    seconds: float


def run(job: Job) -> Result:
    """Execute and judge one submission.

    Raises:
        CourseError: If the sandbox cannot be had.
        RuntimeError: If the kernel does not start.
    """
    started = time.monotonic()
    nb = nbformat.reads(job.notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in job.files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        resources = {
            "metadata": {"path": folder},
            "nbgrader": {"assignment": job.lecture, "student": job.student},
        }
        nb, _ = GradedExecute(config=Config(job.config)).preprocess(nb, resources)
    found = [verdict for cell in nb.cells if (verdict := verdicts.from_cell(cell)) is not None]
    return Result(
        student=job.student,
        notebook=nbformat.writes(nb),
        verdicts=found,
        seconds=time.monotonic() - started,
    )
