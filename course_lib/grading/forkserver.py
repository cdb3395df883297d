"""The process that workers are forked from: it loads torch and the checks once for all of them.

This module imports next to nothing, so that the server can load while the command still does.
"""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing import forkserver

METHOD = "forkserver"
_LOADED = [
    "course_lib.grading.served",
    "course_lib.grading.submission",
    "course_lib.grading.worker",
    "distributed.nanny",
]
# A worker that is forked from a process whose thread pools have started would hang in its own.
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def start() -> None:
    """Start the server if it does not run yet; it loads while this process goes on."""
    for name in _ONE_THREAD:
        os.environ[name] = "1"
    multiprocessing.get_context(METHOD).set_forkserver_preload(_LOADED)
    forkserver.ensure_running()
