"""What a worker process does: keeps a warm parent, executes and judges one job at a time.

The command sends these by name, so it loads the module too; torch and the checks are loaded where
they are used, in the worker or in the server that local workers are forked from.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from distributed import Worker, WorkerPlugin

from course_lib.grading import fingerprint
from course_lib.grading.errors import CourseError

if TYPE_CHECKING:
    from course_lib.grading.jobs import Job, Result


class WarmKernels(WorkerPlugin):
    """Gives a worker its warm parent, which lives as long as the worker.

    It is not ended with the plug-in: dask removes that whenever another command brings its own.

    Args:
        sandboxed: Whether kernels run in the sandbox.
        local: Whether the worker is a process of this command, and Ctrl-C is not for it.
        nursery: The address of this command's, for its own workers.
    """

    name = "course-warm-kernels"

    def __init__(self, *, sandboxed: bool, local: bool, nursery: str) -> None:
        self.sandboxed = sandboxed
        self.local = local
        self.nursery = nursery

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 (dask's signature)
        """Start the warm parent."""
        fingerprint.digests()
        from course_lib.grading import submission

        if self.local and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        submission.prepare(sandboxed=self.sandboxed, nursery=self.nursery)


def judge(job: Job, code: str) -> Result:
    """Execute and judge one submission.

    Args:
        job: The submission.
        code: The hash of the code that the client has; a worker with other code would give other
            verdicts.

    Raises:
        CourseError: If this worker has other code, or the sandbox cannot be had.
    """
    from course_lib.grading import submission

    if fingerprint.of_code(job.lecture) != code:
        raise CourseError(
            "A worker has another version of course_lib or of a library than this command: "
            "install the same on all machines and start the workers again."
        )
    return submission.run(job)
