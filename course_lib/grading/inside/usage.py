"""What a kernel and everything it started use of the machine, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MOST = 1024  # processes looked at; the limit on processes is far below
_ANY = 2**62  # bytes; more than any machine has
_USER_TIME = 11  # fields of /proc/PID/stat after the command's name: utime, stime, cutime, cstime


def tree(root: int) -> list[int]:
    """The process and its living descendants."""
    found: list[int] = []
    left = [root]
    while left and len(found) < _MOST:
        process = left.pop()
        found.append(process)
        left += _children(process)
    return found


def cpu_seconds(processes: list[int]) -> float:
    """CPU time of these processes and of the children they have waited for (s)."""
    total = 0.0
    for process in processes:
        text = _read(process, "stat")
        fields = text.rpartition(")")[2].split()
        total += sum(map(int, fields[_USER_TIME : _USER_TIME + 4])) / _TICKS
    return total


def memory_bytes(processes: list[int], enough: int = _ANY) -> int:
    """Memory of these processes (bytes).

    Counts all resident memory but files. That is cheap, but a page that several processes share
    counts once for each; if it adds up to more than `enough`, their proportional shares are read
    instead.
    """
    quick = sum(_sum(process, "status", ("RssAnon:", "RssShmem:")) for process in processes)
    if quick <= enough:
        return quick
    return sum(_sum(one, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")) for one in processes)


def data_bytes() -> int:
    """What the limit RLIMIT_DATA counts of this process now (bytes)."""
    return _sum(os.getpid(), "status", ("VmData:",))


def threads() -> int:
    """How many threads this process has."""
    return len(list(Path("/proc/self/task").iterdir()))


def _children(process: int) -> Iterator[int]:
    for task in Path(f"/proc/{process}/task").glob("*"):
        yield from map(int, _read(process, f"task/{task.name}/children").split())


def _sum(process: int, name: str, kinds: tuple[str, ...]) -> int:
    """The sum of some lines of a process's file, each so many kB (bytes)."""
    lines = _read(process, name).splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(kinds))


def _read(process: int, name: str) -> str:
    """A file of a process; empty once the process is gone."""
    try:
        return Path(f"/proc/{process}/{name}").read_text()
    except OSError:
        return ""
