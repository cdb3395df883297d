"""One submission's supervisor: starts its kernel, keeps its limits, tells how it ended.

It speaks with the grader over one connection, a JSON object a line:

- grader to supervisor: one `Request`, then ``{"signal": number}`` at any time;
- supervisor to grader: ``{"up": true}`` once the kernel takes requests, or ``{"error": text}``;
  at the end one `Ended`.

When the grader hangs up, the kernel is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

from . import isolation, usage

SOCKETS = 4  # listening sockets that come with a request: shell, iopub, stdin, control
LOST = "lost"  # stands for a limit where the supervisor itself was gone
_POLL = 0.1  # seconds between two looks at memory and CPU time
# One process alone is refused memory at the limit itself, and lives on: always, as nothing here
# happens before. Several together are stopped at this multiple of it.
_SLACK = 1.25
_STARTED = b"started"


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        wall_seconds: From the kernel's start to its end.
        cpu_seconds: Over all its processes.
        memory_mb: Over all its processes, beyond what a fresh kernel holds (MB).
        processes: Processes and threads at a time.
        file_mb: The size of one file (MB).
        disk_mb: All files together (MB).
        files: How many files and folders there may be.
    """

    wall_seconds: int = 900
    cpu_seconds: int = 600
    memory_mb: int = 2048
    processes: int = 128
    file_mb: int = 64
    disk_mb: int = 256
    files: int = 10_000


@dataclass(frozen=True)
class Request:
    """A kernel that is asked for.

    Attributes:
        key: Signs the messages of its session.
        endpoint: Where its sockets listen, as the grader names it; they come with the request.
        seed: Of python's, numpy's and torch's random numbers.
        threads: How many threads torch computes with.
        limits: What it may use.
        files: What lies in its work directory: base64 by relative path.
    """

    key: str
    endpoint: str
    seed: int
    threads: int
    limits: Limits
    files: dict[str, str] = field(default_factory=dict)

    def dumps(self) -> str:
        """Write the request as one line."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def loads(cls, line: str) -> Request:
        """Read what `dumps` wrote."""
        fields: dict[str, Any] = json.loads(line)
        return cls(**{**fields, "limits": Limits(**fields["limits"])})


@dataclass(frozen=True)
class Ended:
    """How a kernel ended.

    Attributes:
        code: Its exit status; minus the signal's number if one ended it.
        limit: The limit it ran into, by the name in `Limits`; empty if none; `LOST` if the
            supervisor ended before it could tell.
        cpu_seconds: What it used, over all its processes (s).
        memory_mb: The most it used at a time, over all its processes, beyond what a fresh kernel
            holds (MB).
    """

    code: int
    limit: str
    cpu_seconds: float
    memory_mb: float


Kernel = Callable[[Request, list[int], Callable[[], None]], NoReturn]


def supervise(connection: socket.socket, parent: int, *, nested: bool, kernel: Kernel) -> None:
    """Serve one connection; runs in a process of its own and returns when its kernel has ended.

    Args:
        connection: From the grader.
        parent: The process that must live as long as this one.
        nested: Whether the kernel gets namespaces of its own within the sandbox.
        kernel: Runs the kernel in this process; its last argument is called when it is ready.
    """
    isolation.die_with_parent()
    if os.getppid() != parent:
        return
    line, sockets = _receive(connection)
    request = Request.loads(line)
    if nested:
        isolation.enter_user_namespace()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        _become_kernel(request, sockets, tell, kernel, keep=connection)
    os.close(tell)
    for number in sockets:
        os.close(number)
    isolation.set_dumpable(False)
    started = _read_all(told)
    if started != _STARTED:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        reason = started.decode(errors="replace") or "the kernel ended before it was ready"
        _send(connection, {"error": reason})
        return
    _send(connection, {"up": True})
    _send(connection, asdict(_Watch(child, connection, request.limits).until_the_end()))


class _Watch:
    """Waits for a kernel's end, and brings it about when a limit is reached."""

    def __init__(self, kernel: int, connection: socket.socket, limits: Limits) -> None:
        self._kernel = kernel
        self._connection = connection
        self._limits = limits
        self._deadline = time.monotonic() + limits.wall_seconds
        self._limit = ""
        self._cpu = 0.0
        self._memory = 0
        # Most of it is the warm parent's, shared until somebody writes to it.
        self._fresh = usage.memory_bytes([kernel])
        self._unread = b""

    def until_the_end(self) -> Ended:
        """Return when the kernel has ended and all it started with it."""
        process = os.pidfd_open(self._kernel)
        poll = select.poll()
        poll.register(process, select.POLLIN)
        poll.register(self._connection, select.POLLIN)
        while True:
            ready = dict(poll.poll(1000 * _POLL))
            self._measure()
            if process in ready:
                break
            if self._connection.fileno() in ready and not self._obey():
                poll.unregister(self._connection)
                self._kill("")
        # Namespaces: the end of process 1 is the end of all that it started.
        _, status, used = os.wait4(self._kernel, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGXCPU:
            self._limit = self._limit or "cpu_seconds"
        cpu = max(self._cpu, used.ru_utime + used.ru_stime)
        return Ended(code, self._limit, round(cpu, 2), round(self._memory / 2**20, 1))

    def _measure(self) -> None:
        processes = usage.tree(self._kernel)
        most = int(_SLACK * self._limits.memory_mb * 2**20)
        memory = usage.memory_bytes(processes, self._fresh + most) - self._fresh
        self._memory = max(self._memory, memory)
        self._cpu = max(self._cpu, usage.cpu_seconds(processes))
        if memory > most:
            self._kill("memory_mb")
        elif self._cpu > self._limits.cpu_seconds:
            self._kill("cpu_seconds")
        elif time.monotonic() > self._deadline:
            self._kill("wall_seconds")

    def _obey(self) -> bool:
        """Pass on the grader's signals; False once it has hung up."""
        received = self._connection.recv(4096)
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            # The kernel leads a process group, so that its own children are interrupted too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._kernel, json.loads(line)["signal"])
        return bool(received)

    def _kill(self, limit: str) -> None:
        self._limit = self._limit or limit
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._kernel, signal.SIGKILL)


def _become_kernel(
    request: Request, sockets: list[int], tell: int, kernel: Kernel, keep: socket.socket
) -> NoReturn:
    """Turn this process into the kernel; never returns, whatever happens."""

    def ready() -> None:
        os.write(tell, _STARTED)
        os.close(tell)

    try:
        keep.close()
        kernel(request, sockets, ready)
    except BaseException as error:
        # Also SystemExit: nothing may reach the code that forked this process.
        with contextlib.suppress(OSError):
            os.write(tell, f"{type(error).__name__}: {error}".encode())
    finally:
        os._exit(1)


def _receive(connection: socket.socket) -> tuple[str, list[int]]:
    """Read the request and the sockets that come with its first bytes."""
    received, sockets, _, _ = socket.recv_fds(connection, 65536, SOCKETS)
    while not received.endswith(b"\n"):
        more = connection.recv(2**20)
        if not more:
            raise ConnectionError("the grader hung up before it had sent its request")
        received += more
    return received.decode(), sockets


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    # A grader that has gone needs no answer.
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(message).encode() + b"\n")


def _read_all(pipe: int) -> bytes:
    with os.fdopen(pipe, "rb") as file:
        return file.read()
