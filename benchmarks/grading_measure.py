"""What a command costs: wall time, CPU time of its whole family, memory of its whole family.

Linux only. The family is a control group: every process that descends from the command is in it,
whoever started it and whether or not anyone waits for its end. Adding up what parents have waited
for (`RUSAGE_CHILDREN`) would miss kernels whose parent ignores their end.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]  # it carries no types

_SAMPLE_SECONDS = 0.1
_FAREWELL_SECONDS = 10.0


class CommandFailed(Exception):
    """A measured command did not do its work; what it said is in the message."""


class CannotMeasure(Exception):
    """This machine does not let us count."""


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


class Family:
    """A control group (version 2) for commands and all that descends from them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def joining(self, command: Sequence[str]) -> list[str]:
        """The command line that enters the family and then becomes the command."""
        return [
            "sh",
            "-c",
            'echo 0 > "$0"; exec "$@"',
            str(self._folder / "cgroup.procs"),
            *command,
        ]

    def members(self) -> list[int]:
        """The living processes."""
        return [int(line) for line in (self._folder / "cgroup.procs").read_text().split()]

    def cpu_seconds(self) -> float:
        """What the family has used, the dead included."""
        lines = (self._folder / "cpu.stat").read_text().splitlines()
        return int(dict(line.split() for line in lines)["usage_usec"]) / 1e6

    def memory(self) -> float:
        """The summed PSS of the living, in MB.

        PSS divides a page that several processes share among them, so the sum counts it once.
        """
        return sum(map(_pss, self.members()))

    def see_off(self) -> None:
        """Wait for those that are left to end; after a while, end them."""
        deadline = time.monotonic() + _FAREWELL_SECONDS
        while self.members():
            if time.monotonic() > deadline:
                (self._folder / "cgroup.kill").write_text("1")
            time.sleep(0.02)


@contextlib.contextmanager
def family() -> Iterator[Family]:
    """A family, which lasts as long as the `with` block.

    Raises:
        CannotMeasure: If this process may not make a control group below its own.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="grading-", dir=_own_group()))
    except OSError as error:
        raise CannotMeasure(
            f"CPU time is counted by a control group, and none can be made ({error}). Run this as "
            "root, or as `systemd-run --user --scope --property=Delegate=yes python ...`."
        ) from error
    found = Family(folder)
    try:
        yield found
    finally:
        found.see_off()
        folder.rmdir()


def run(
    commands: Sequence[Sequence[str]],
    *,
    folder: Path,
    env: Mapping[str, str] | None = None,
    memory: bool = False,
) -> Run:
    """Run commands one after the other and measure them as one.

    Args:
        commands: The command lines.
        folder: Where to run them.
        env: Their environment; by default this process's.
        memory: Whether to sample memory too. It costs some CPU, so not where time is compared.

    Raises:
        CommandFailed: If a command exits with another status than 0.
        CannotMeasure: If this machine does not let us count.
    """
    out, peak, client = [], 0.0, 0.0
    with family() as everyone:
        started = time.perf_counter()
        for command in commands:
            with tempfile.TemporaryFile() as written, tempfile.TemporaryFile() as errors:
                process = subprocess.Popen(
                    everyone.joining(command), cwd=folder, env=env, stdin=subprocess.DEVNULL,
                    stdout=written, stderr=errors,
                )  # fmt: skip
                while memory and process.poll() is None:
                    peak = max(peak, everyone.memory())
                    client = max(client, _peak_resident(process.pid))
                    time.sleep(_SAMPLE_SECONDS)
                status = process.wait()
                out.append(_text(written))
                if status:
                    said = (out[-1] + _text(errors)).splitlines()[-20:]
                    raise CommandFailed(
                        f"`{' '.join(command)}` ended with status {status} in {folder}:\n"
                        + "\n".join(said)
                    )
        wall = time.perf_counter() - started
        everyone.see_off()
        return Run(wall, everyone.cpu_seconds(), peak, client, "".join(out))


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


def _own_group() -> Path:
    """The folder of this process's control group.

    Raises:
        FileNotFoundError: If the machine has no control groups of version 2.
    """
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    groups = Path("/proc/self/cgroup").read_text().splitlines()
    for mount in mounts:
        for group in groups:
            if mount[2] == "cgroup2" and group.startswith("0::"):
                return Path(mount[1], group.removeprefix("0::").lstrip("/"))
    raise FileNotFoundError("control groups of version 2 are not mounted here")


def _pss(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        try:
            return float(process.memory_full_info().pss / 1e6)
        except psutil.AccessDenied:
            # Another user's process, as a student's may be: all it holds, an upper bound.
            return float(process.memory_info().rss / 1e6)
    except psutil.NoSuchProcess:  # it ended meanwhile
        return 0.0


def _peak_resident(pid: int) -> float:
    """The most a process has ever had resident, in MB; the system keeps count of it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0  # it has ended, and waits to be reaped


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
