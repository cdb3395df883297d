"""This process's warm parent: started in the sandbox, asked for kernels, replaced when it ends.

The workers of one command get theirs from its nursery, which has imported everything for them.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path

from course_lib.grading import places, sandbox
from course_lib.grading.inside import NURSERY, ONCE, PARENT

_LOG_TAIL = 2000  # characters of what a parent said that go into an error
_lock = threading.Lock()
_current: WarmParent | None = None
_nursery: WarmParent | None = None


class WarmParent:
    """A parent in its sandbox.

    Args:
        role: As `inside.parent` names them: one that serves one kernel is for systems that let no
            namespaces be made within namespaces, and a nursery gives parents, not kernels.
        nursery: The address of one, which is asked for this parent.
        disk_mb: How much each folder of its kernel holds, where that has none of its own (MB).

    Raises:
        OSError: If there is no such nursery.
    """

    def __init__(
        self, role: str = PARENT, *, nursery: str = "", disk_mb: int | None = None
    ) -> None:
        # First, for if there is none nothing else has been made.
        self._lifeline = _connected(nursery) if nursery else None
        self._process: subprocess.Popen[bytes] | None = None
        self.role = role
        self.sockets = places.sockets()
        self.address = str(self.sockets / "parent")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the parent)
        self._kernels = 0
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.address)
            listening.listen()
            if self._lifeline is not None:
                socket.send_fds(self._lifeline, [b"p"], [listening.fileno(), self._log.fileno()])
            else:
                self._process = self._spawn(listening, disk_mb)
        self.stop = weakref.finalize(
            self, _end, self._process, self._lifeline, self.sockets, os.getpid()
        )

    @property
    def alive(self) -> bool:
        """Whether it can be asked for a kernel."""
        if self._process is not None:
            return self.stop.alive and self._process.poll() is None
        assert self._lifeline is not None
        # A parent never speaks: only its end makes this readable.
        return self.stop.alive and not select.select([self._lifeline], [], [], 0)[0]

    def connect(self) -> socket.socket:
        """A connection to a new supervisor; see `inside.supervisor`.

        Raises:
            OSError: If the parent has ended.
        """
        return _connected(self.address)

    def endpoint(self) -> Path:
        """Where a new kernel's sockets can be; it adds a dash and a number for each."""
        self._kernels += 1
        return self.sockets / f"k{self._kernels}"

    def last_words(self) -> str:
        """The end of what the parent printed."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-_LOG_TAIL:].strip()

    def _spawn(self, listening: socket.socket, disk_mb: int | None) -> subprocess.Popen[bytes]:
        number = listening.fileno()
        command = [sys.executable, "-P", "-m", "inside.parent", self.role, str(number)]
        return subprocess.Popen(
            sandbox.wrap(command, disk_mb),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[number],
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        )


def parent(nursery: str = "", *, disk_mb: int | None = None) -> WarmParent:
    """This process's parent, started anew if there is none or it has ended.

    Args:
        nursery: The address of one that may give the parent; if it does not, that is no harm.
        disk_mb: What the files of a kernel may hold, where each starts cold (MB).
    """
    global _current  # one parent a process, whoever asks
    with _lock:
        if not sandbox.can_nest():
            return WarmParent(ONCE, disk_mb=disk_mb)
        if _current is None or not _current.alive:
            _current = _from(nursery) or WarmParent()
        return _current


def stop() -> None:
    """End this process's parent, and every kernel with it."""
    global _current  # as above
    with _lock:
        if _current is not None:
            _current.stop()
            _current = None


def nursery() -> str:
    """The address of this process's nursery, started if there is none; empty if none can be had.

    To be called by a thread that lives as long as the process: the sandbox ends with the thread.
    """
    global _nursery  # one a process
    with _lock:
        if not sandbox.can_nest():
            return ""
        if _nursery is None or not _nursery.alive:
            _nursery = WarmParent(NURSERY)
        return _nursery.address


def _from(nursery: str) -> WarmParent | None:
    try:
        return WarmParent(nursery=nursery) if nursery else None
    except OSError:
        return None


def _connected(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _end(
    process: subprocess.Popen[bytes] | None,
    lifeline: socket.socket | None,
    sockets: Path,
    owner: int,
) -> None:
    # A process that was forked from the owner inherits this, but not the parent.
    if os.getpid() != owner:
        return
    if lifeline is not None:
        lifeline.close()
    if process is not None:
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()
    shutil.rmtree(sockets, ignore_errors=True)
