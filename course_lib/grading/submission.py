"""One submission, from plain data to plain data: what a worker does.

A worker knows nothing of the course's folders or the gradebook, so the same function serves a
process beside this one or one on another machine.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import nbformat
from traitlets.config import Config

from course_lib.grading import datasets, sandbox, verdicts, warm
from course_lib.grading.execute import GradedExecute
from course_lib.grading.jobs import Job, Result
from course_lib.grading.kernel import ParentLost

_TRIES = 3  # of a submission whose warm parent ended under it


def prepare(*, sandboxed: bool, nursery: str) -> None:
    """Start this process's warm parent, which makes itself ready while other things are done.

    Args:
        sandboxed: Whether there is to be one.
        nursery: The address of a nursery that may give it; see `warm.nursery`.
    """
    if sandboxed and not sandbox.missing() and sandbox.can_nest():
        warm.parent(nursery)


def run(job: Job) -> Result:
    """Execute and judge one submission, again if a warm parent ended under it.

    Raises:
        CourseError: If the sandbox or the lecture's data cannot be had.
        ParentLost: If no warm parent lived long enough.
        RuntimeError: If the kernel does not start.
    """
    datasets.require(job.lecture)
    for attempt in range(1, _TRIES + 1):
        try:
            return _run(job)
        except ParentLost:
            warm.stop()
            if attempt == _TRIES:
                raise
    raise AssertionError("the last attempt returns or raises")


def _run(job: Job) -> Result:
    started = time.monotonic()
    nb = nbformat.reads(job.notebook, as_version=4)
    execute = GradedExecute(config=Config(job.config))
    with tempfile.TemporaryDirectory() as folder:
        for name, content in job.files.items():
            path = Path(folder) / name
            if not path.resolve().is_relative_to(Path(folder).resolve()):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        resources = {
            "metadata": {"path": folder},
            "nbgrader": {"assignment": job.lecture, "student": job.student},
        }
        nb, _ = execute.preprocess(nb, resources)
    found = [verdict for cell in nb.cells if (verdict := verdicts.from_cell(cell)) is not None]
    return Result(
        student=job.student,
        notebook=nbformat.writes(nb),
        verdicts=found,
        seconds=time.monotonic() - started,
        figures=execute.figures(),
    )
