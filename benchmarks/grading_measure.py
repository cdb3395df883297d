"""What a command costs: wall time, CPU time of its whole family, memory of its whole family.

Linux only. This process adopts orphans (it is a "subreaper"), so a kernel whose parent is gone is
still in the family, and is reaped and counted here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it carries no types

_SET_CHILD_SUBREAPER = 36  # from linux/prctl.h
_SAMPLE_SECONDS = 0.1
_FAREWELL_SECONDS = 10.0


class CommandFailed(Exception):
    """A measured command did not do its work; what it said is in the message."""


@dataclass(frozen=True)
class Run:
    """What one command, or several in a row, cost.

    Attributes:
        wall: Seconds from start to exit.
        cpu: CPU seconds, user and system, of the command and of all that descended from it.
        family: Peak of the summed PSS of the whole family, in MB; 0 if memory was not sampled.
        client: Peak resident memory of the command's own process, in MB; 0 likewise.
        out: What it wrote to its standard output.
    """

    wall: float
    cpu: float
    family: float = 0.0
    client: float = 0.0
    out: str = ""


def run(
    commands: Sequence[Sequence[str]],
    *,
    folder: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    memory: bool = False,
) -> Run:
    """Run commands one after the other and measure them as one.

    Args:
        commands: The command lines.
        folder: Where to run them.
        log: The file that takes their standard error.
        env: Their environment; by default this process's.
        memory: Whether to sample memory too. It costs some CPU, so not where time is compared.

    Raises:
        CommandFailed: If a command exits with another status than 0.
    """
    _adopt_orphans()
    out, family, client = [], 0.0, 0.0
    cpu, started = _cpu_of_children(), time.perf_counter()
    for command in commands:
        with log.open("ab") as errors, log.with_suffix(".out").open("w+b") as written:
            process = subprocess.Popen(
                command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=written,
                stderr=errors,
            )  # fmt: skip
            for sample in _samples(process) if memory else ():
                family, client = max(family, sample[0]), max(client, sample[1])
            status = process.wait()
            written.seek(0)
            out.append(written.read().decode(errors="replace"))
        if status:
            raise CommandFailed(
                f"`{' '.join(command)}` ended with status {status} in {folder}:\n"
                + "\n".join((out[-1] + log.read_text(errors="replace")).splitlines()[-20:])
            )
    wall = time.perf_counter() - started
    _see_off_orphans()
    return Run(wall, _cpu_of_children() - cpu, family, client, "".join(out))


def first_output(command: Sequence[str]) -> float:
    """Seconds from a command's start to its first byte of output.

    Raises:
        CommandFailed: If it ends without output.
    """
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        first = os.read(process.stdout.fileno(), 1)
        seconds = time.perf_counter() - started
        process.communicate()
    if not first:
        raise CommandFailed(f"`{' '.join(command)}` printed nothing.")
    return seconds


def family_memory() -> float:
    """The summed PSS of all descendants of this process, in MB.

    PSS divides a page that several processes share among them, so the sum counts it once.
    """
    return sum(map(_memory, psutil.Process().children(recursive=True)))


def _memory(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().pss / 1e6
    except psutil.AccessDenied:
        # A process of another user's, as a student's may be: all of it, an upper bound.
        with contextlib.suppress(psutil.NoSuchProcess):
            return process.memory_info().rss / 1e6
        return 0.0
    except psutil.NoSuchProcess:  # it ended meanwhile
        return 0.0


def _samples(process: subprocess.Popen[bytes]) -> Iterator[tuple[float, float]]:
    """Memory of the family and of the process itself, now and again until it ends."""
    while process.poll() is None:
        yield family_memory(), _peak_resident(process.pid)
        time.sleep(_SAMPLE_SECONDS)


def _peak_resident(pid: int) -> float:
    """The most a process has ever had resident, in MB; the system keeps count of it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0  # it has ended, and waits to be reaped


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _adopt_orphans() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this process cannot adopt orphans")


def _see_off_orphans() -> None:
    """Wait for what a command left running, then end it; reaped, its CPU time is counted."""
    deadline = time.monotonic() + _FAREWELL_SECONDS
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            continue
        if time.monotonic() > deadline:
            for orphan in psutil.Process().children():
                orphan.send_signal(signal.SIGKILL)
        time.sleep(0.05)
