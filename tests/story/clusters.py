"""A scheduler and two workers as a user would start them, and what runs below a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

DASK = str(Path(sys.executable).parent / "dask")
# As docs/cluster.md tells: a submission may end two workers and is given up with the third.
FAILURES = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2"}


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a scheduler with two worker processes, which are ended at last."""
    address_file = folder / "scheduler.json"
    common = ["--scheduler-file", str(address_file)]
    started = [
        _dask(folder, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *common)
    ]
    try:
        within(60, address_file.exists)
        for _ in range(2):
            # One submission at a time, and no limit on memory: kernels have their own.
            options = ["--nthreads", "1", "--memory-limit", "0", "--no-dashboard"]
            started.append(_dask(folder, "worker", *common, *options))
        yield _address(address_file)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(60)


def within(seconds: float, holds: object) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: If it does not in time.
    """
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} seconds: {holds}")
        time.sleep(0.05)


def below(process: int) -> list[psutil.Process]:
    """All that a process has started, and what that has started."""
    try:
        return psutil.Process(process).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def dask_workers(process: int) -> list[psutil.Process]:
    """The workers of a command: what its fork server has forked."""
    server = [child for child in below(process) if "forkserver" in " ".join(_line(child))]
    return [child for child in server if child.ppid() in {other.pid for other in server}]


def _line(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def _dask(folder: Path, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [DASK, *args],
        cwd=folder,
        env={**os.environ, **FAILURES},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _address(file: Path) -> str:
    import json

    address: str = json.loads(file.read_text())["address"]
    return address
