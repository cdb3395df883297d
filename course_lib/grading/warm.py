"""This process's warm parent: started in the sandbox, asked for kernels, replaced when it ends."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path

from course_lib.grading import places, sandbox

_LOG_TAIL = 2000  # characters of what a parent said that go into an error
_lock = threading.Lock()
_current: WarmParent | None = None


class WarmParent:
    """A parent in its sandbox.

    Args:
        once: It serves one kernel and imports nothing ahead of it: for systems that let no
            namespaces be made within namespaces.
    """

    def __init__(self, *, once: bool = False) -> None:
        self.once = once
        self.sockets = places.sockets()
        self._address = str(self.sockets / "parent")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the parent)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self._address)
        listening.listen()
        command = [sys.executable, "-P", "-m", "inside.parent", "--listen", str(listening.fileno())]
        with listening:
            self._process = subprocess.Popen(
                sandbox.wrap([*command, *(["--once"] if once else [])]),
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[listening.fileno()],
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
            )
        self._kernels = 0
        self.stop = weakref.finalize(self, _end, self._process, self.sockets, os.getpid())

    @property
    def alive(self) -> bool:
        """Whether it can be asked for a kernel."""
        return self.stop.alive and self._process.poll() is None

    def connect(self) -> socket.socket:
        """A connection to a new supervisor; see `inside.supervisor`.

        Raises:
            OSError: If the parent has ended.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self._address)
        except OSError:
            connection.close()
            raise
        return connection

    def endpoint(self) -> Path:
        """Where a new kernel's sockets can be; it adds a dash and a number for each."""
        self._kernels += 1
        return self.sockets / f"k{self._kernels}"

    def last_words(self) -> str:
        """The end of what the parent printed."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-_LOG_TAIL:].strip()


def parent() -> WarmParent:
    """This process's parent, started anew if there is none or it has ended."""
    global _current  # one parent a process, whoever asks
    with _lock:
        if not sandbox.can_nest():
            return WarmParent(once=True)
        if _current is None or not _current.alive:
            _current = WarmParent()
        return _current


def stop() -> None:
    """End this process's parent, and every kernel with it."""
    global _current  # as above
    with _lock:
        if _current is not None:
            _current.stop()
            _current = None


def _end(process: subprocess.Popen[bytes], sockets: Path, owner: int) -> None:
    # A process that was forked from the owner inherits this, but not the parent.
    if os.getpid() != owner:
        return
    process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
    shutil.rmtree(sockets, ignore_errors=True)
