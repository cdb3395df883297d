"""Runs one attack between two right exercises, and looks at all it must not touch."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from course_lib.grading import jobs, sandbox, submission
from course_lib.lab.verdict import Verdict
from tests.grading.small_notebooks import notebook
from tests.hostile.attack import Attack
from tests.hostile.exercises import LECTURE, MARK, RIGHT, WRONG

LIMITS: dict[str, dict[str, Any]] = {
    "GradedExecute": {
        "timeout": 4,
        "check_timeout": 3,
        "submission_timeout": 30,
        "patience": 2,
        "iopub_timeout": 2,
    }
}
MEMORY = 200 * 2**20  # bytes by which the grader's own memory may grow while an attack runs
NOTEBOOK = 20 * 2**20  # bytes that a judged notebook may hold
# What each attack finds ready: a way to try things, and to say which of them went through.
THROUGH = "went through"
_TOOLS = f"""
import ctypes, os
if os.path.exists(OUTSIDE):
    os._exit(1)  # this is no sandbox: do no harm
libc = ctypes.CDLL(None, use_errno=True)

def attempt(name, call):
    try:
        result = call()
    except BaseException as error:
        print(name, 'refused:', type(error).__name__)
    else:
        print(name, '{THROUGH}:', repr(result)[:200])

def syscall(number, *args):
    result = libc.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), 'refused')
    return result

print('pid namespace', os.readlink('/proc/self/ns/pid'))
"""
_SECRET = "COURSE_HOSTILE_SECRET"
_HIDDEN = Path(__file__).with_name("exercises.py")


@dataclass
class Ground:
    """Everything that attacks reach for, all of it outside the sandbox.

    Attributes:
        root: A folder with a gradebook, another's submission and a home directory.
        token: The text in all of them and in the grader's environment.
        knocks: What the grader's own sockets heard.
        bystander: A process that attacks may try to stop.
    """

    root: Path
    token: str = field(default_factory=lambda: f"canary-{secrets.token_hex(16)}")
    knocks: list[str] = field(default_factory=list)
    bystander: subprocess.Popen[bytes] = field(init=False)
    _sockets: list[socket.socket] = field(default_factory=list)

    def lay(self) -> None:
        """Write the files, open the sockets, start the bystander."""
        for name in ("home/.netrc", "home/.ssh/id_ed25519", "submitted/other/other.ipynb"):
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.token)
        with sqlite3.connect(self.gradebook) as book:
            book.execute("create table grade (student text, score real)")
            book.execute("insert into grade values (?, 1.5)", (self.token,))
        book.close()
        os.environ[_SECRET] = self.token
        self.bystander = subprocess.Popen(["sleep", "3600"])
        addresses: list[tuple[int, Any]] = [
            (socket.AF_INET, ("127.0.0.1", 0)),
            (socket.AF_UNIX, str(self.root / "socket")),
            (socket.AF_UNIX, f"\0{self.root}"),
        ]
        for family, address in addresses:
            listening = socket.socket(family)
            listening.bind(address)
            listening.listen()
            self._sockets.append(listening)
            threading.Thread(target=self._hear, args=(listening,), daemon=True).start()

    def lift(self) -> None:
        """Close the sockets and stop the bystander."""
        self.bystander.kill()
        self.bystander.wait()
        for listening in self._sockets:
            listening.close()
        del os.environ[_SECRET]

    @property
    def gradebook(self) -> Path:
        """A gradebook."""
        return self.root / "gradebook.db"

    def knowledge(self) -> str:
        """The first cell of every attack: where everything is."""
        facts = {
            "OUTSIDE": str(self.root),
            "GRADEBOOK": str(self.gradebook),
            "HIDDEN": str(_HIDDEN),
            "ROOT": str(sandbox.PACKAGE.parent),
            "SECRET": _SECRET,
            "PORT": self._sockets[0].getsockname()[1],
            "SOCKET": str(self.root / "socket"),
            "GRADER": os.getpid(),
            "BYSTANDER": self.bystander.pid,
        }
        return "\n".join(
            [
                *(f"{name} = {value!r}" for name, value in facts.items()),
                _TOOLS,
            ]
        )

    def picture(self) -> dict[str, str]:
        """A fingerprint of every file that attacks may try to change."""
        kept = [self.root, *(sandbox.PACKAGE / room for room in ("data", "lab"))]
        return {
            str(path): f"{path.lstat().st_mode:o} {_digest(path)}"
            for folder in kept
            for path in sorted(folder.rglob("*"))
            if "__pycache__" not in path.parts
        }

    def _hear(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # closed: the session is over
                return
            self.knocks.append(str(listening.getsockname()))
            connection.close()


@dataclass(frozen=True)
class Judged:
    """What came of one attack.

    Attributes:
        verdicts: One per graded cell, in order.
        outputs: All outputs as one JSON text.
        notebook: The whole judged notebook.
        seconds: Wall time.
        grown: Bytes by which the grader's peak memory grew.
        rooms: Temporary folders that are still there.
        namespace: The pid namespace that the attack ran in.
    """

    verdicts: list[Verdict]
    outputs: str
    notebook: str
    seconds: float
    grown: int
    rooms: list[str]
    namespace: str


def run_attack(attack: Attack, ground: Ground) -> Judged:
    """Run an attack in the sandbox, and nowhere else."""
    assert not sandbox.missing()
    job = job_of(attack, ground)
    started = time.monotonic()
    with _peak_memory() as grown, _rooms() as left:
        result = submission.run(job)
    seconds = time.monotonic() - started
    nb = nbformat.reads(result.notebook, as_version=4)
    assert nb.metadata["course"]["sandboxed"]
    outputs = json.dumps([cell.get("outputs", []) for cell in nb.cells], ensure_ascii=False)
    found = re.search(r"pid namespace (pid:\[\d+\])", outputs)
    assert found is not None, outputs[:2000]
    return Judged(result.verdicts, outputs, result.notebook, seconds, grown(), left(), found[1])


def job_of(attack: Attack, ground: Ground) -> jobs.Job:
    """The attack between two right exercises, as a worker gets it."""
    cells = list(attack.cells)
    if not any(cell.startswith("test ") for cell in cells):
        cells.append("test attacked")
    nb = notebook(
        ground.knowledge(), RIGHT.format(name="honest"), "test honest",
        WRONG, *cells, RIGHT.format(name="later"), "test later",
    )  # fmt: skip
    for cell in nb.cells[4:-2]:
        cell.metadata.update(attack.metadata)
    config = {
        section: {**LIMITS.get(section, {}), **attack.limits.get(section, {})}
        for section in {*LIMITS, *attack.limits}
    }
    files = {name.format(outside=ground.root): body for name, body in attack.files.items()}
    return jobs.Job("mallory", LECTURE, nbformat.writes(nb), files, config)


@cache
def plain_job() -> jobs.Job:
    """A right submission; its text is one that no later kernel may find in its memory."""
    nb = notebook("other_students_text = 'neighbour-' + '7' * 24", "print('hello')")
    nb.cells += notebook(RIGHT.format(name="honest"), "test honest").cells
    return jobs.Job("honest", LECTURE, nbformat.writes(nb), config=dict(LIMITS))


def survivors(namespace: str, patience: float = 5.0) -> list[str]:
    """The processes that still live in a pid namespace when patience is over."""
    deadline = time.monotonic() + patience
    while (found := _members(namespace)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def forbidden(ground: Ground) -> tuple[str, ...]:
    """Texts that no output of any attack may hold."""
    return (ground.token, MARK, "neighbour-" + "7" * 24)


def _members(namespace: str) -> list[str]:
    """This process's descendants in it: once it is gone, another's may get the same number."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if str(Path(f"/proc/{process.pid}/ns/pid").readlink()) == namespace:
                found.append(f"{process.pid}: {' '.join(process.cmdline())}")
        except (OSError, psutil.Error):  # it ended while we looked
            continue
    return found


@contextmanager
def _peak_memory() -> Iterator[Callable[[], int]]:
    """Give a function that says by how much this process's memory grew, at its peak."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts at what is used now
    before = _status("VmRSS")
    yield lambda: _status("VmHWM") - before


def _status(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


@contextmanager
def _rooms() -> Iterator[Callable[[], list[str]]]:
    """Give a function that lists the temporary folders made since which are still there."""
    made: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        make = tempfile.mkdtemp

        def noted(*args: Any, **kwargs: Any) -> str:
            made.append(make(*args, **kwargs))
            return made[-1]

        patch.setattr(tempfile, "mkdtemp", noted)
        yield lambda: [path for path in made if os.path.lexists(path)]


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "other"
