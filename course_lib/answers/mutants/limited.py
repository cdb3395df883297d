"""Code that may hang or eat the memory, run in processes of its own that have limits.

Each task runs in a copy of this process, made by fork: it sees all that has been prepared here, and
what it changes is gone with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

_MEMORY_OF_A_PROCESS = Path("/proc/self/statm")


@dataclass(frozen=True)
class Limits:
    """What a task may use.

    Attributes:
        cpu: Seconds of computing.
        wall: Seconds in all, for a task that waits and computes nothing.
        memory: Bytes on top of what is in use at its start.
    """

    cpu: int
    wall: float
    memory: int


@dataclass(frozen=True)
class Stopped:
    """A task that gave no result.

    Attributes:
        by: ``time``, or the name of the signal that ended its process.
    """

    by: str


@dataclass
class _Running:
    number: int
    process: ForkProcess
    pipe: Connection
    started: float


def run(
    tasks: Sequence[Callable[[], Any]], limits: Limits, workers: int | None = None
) -> Iterator[tuple[int, Any]]:
    """Run tasks side by side, each in a process of its own, quietly, in an empty folder.

    Args:
        tasks: Functions without arguments; what they return or raise must be plain data.
        limits: For each of them.
        workers: How many run at a time; as many as there are cores if not given.

    Yields:
        A task's number, and its result or `Stopped`; in the order in which they end.

    Raises:
        OSError: If this system cannot copy a process (Windows).
        RuntimeError: If a task ends its process by itself, or its result is no plain data.
        Exception: What a task raised.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        raise OSError("This system cannot copy a process: use Linux, or WSL on Windows.")
    most = workers or os.cpu_count() or 1
    running: list[_Running] = []
    waiting = list(enumerate(tasks))[::-1]
    with tempfile.TemporaryDirectory() as folder:
        try:
            while waiting or running:
                while waiting and len(running) < most:
                    running.append(_start(*waiting.pop(), limits, folder))
                for one in _ended(running, limits):
                    running.remove(one)
                    yield one.number, _result(one)
        finally:
            for one in running:
                one.process.kill()
                one.process.join()


def _start(number: int, task: Callable[[], Any], limits: Limits, folder: str) -> _Running:
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    place = Path(folder) / str(number)
    place.mkdir()
    process = fork.Process(target=_work, args=(task, limits, there, place), daemon=True)
    with warnings.catch_warnings():
        # Python 3.12 warns of threads that a fork leaves behind; ours only wait.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    there.close()
    return _Running(number, process, here, time.monotonic())


def _ended(running: list[_Running], limits: Limits) -> list[_Running]:
    """Those that have a result or can have none any more; waits until there is one."""
    while True:
        # A result too long for the pipe keeps its process waiting until it is read.
        ready = wait([one.pipe for one in running], timeout=0.2)
        now = time.monotonic()
        for one in running:
            if one.pipe not in ready and now - one.started > limits.wall:
                one.process.kill()
        if ready:
            return [one for one in running if one.pipe in ready]


def _result(one: _Running) -> Any:
    try:
        good, found = one.pipe.recv()
    except EOFError:
        one.process.join()
        code = one.process.exitcode or 0
        if code >= 0:
            raise RuntimeError(f"a task ended with status {code} and without a result") from None
        by_time = code in (-signal.SIGXCPU, -signal.SIGKILL)
        return Stopped("time" if by_time else signal.Signals(-code).name)
    finally:
        one.pipe.close()
    one.process.join()
    if not good:
        raise found
    return found


def _work(task: Callable[[], Any], limits: Limits, pipe: Connection, place: Path) -> None:
    import resource  # which not every system has; there `run` has refused

    os.chdir(place)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The process is ended by a signal; a second more is left for one that ignores it.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu, limits.cpu + 1))
    if _MEMORY_OF_A_PROCESS.exists():
        pages = int(_MEMORY_OF_A_PROCESS.read_text().split()[0])
        most = pages * resource.getpagesize() + limits.memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        said = (True, task())
    except Exception as error:
        said = (False, error)
    pipe.send(said)
    pipe.close()
    # Without Python's own farewell: threads that the fork left behind would be waited for.
    os._exit(0)
