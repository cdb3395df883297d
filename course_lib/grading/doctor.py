"""`course doctor`: what this machine has, what it lacks, and the command that mends it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from course_lib.grading import sandbox

MIN_FREE_GB = 2
MIN_MEMORY_GB = 4


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        what: What was looked at.
        state: ``good``, ``note`` (works, could be better) or ``bad`` (mend it).
        found: What is there.
        remedy: The command or sentence that mends it; empty if nothing is to be done.
    """

    what: str
    state: str
    found: str
    remedy: str = ""


def examine(root: Path) -> Iterator[Finding]:
    """Look at the machine and the course folder, one finding after the other."""
    yield _python()
    yield from _packages(root / "constraints.txt")
    yield _sandbox()
    yield _cores()
    yield _memory()
    yield _disk(root)
    yield _writable(root)


def _python() -> Finding:
    return Finding("Python", "good", f"{sys.version.split()[0]} in {sys.prefix}")


def _packages(constraints: Path) -> Iterator[Finding]:
    if not constraints.is_file():
        yield Finding("packages", "note", "no constraints.txt here to compare with")
        return
    pins = dict(
        line.strip().split("==")
        for line in constraints.read_text().splitlines()
        if "==" in line and not line.startswith("#")
    )
    wrong = []
    for name, wanted in pins.items():
        try:
            got = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} missing")
            continue
        if got.split("+")[0] != wanted:
            wrong.append(f"{name} {got}, pinned {wanted}")
    if wrong:
        yield Finding("packages", "bad", "; ".join(wrong[:6]), "make setup")
    else:
        yield Finding("packages", "good", f"{len(pins)} packages as pinned in constraints.txt")


def _sandbox() -> Finding:
    if reason := sandbox.missing():
        return Finding("sandbox", "bad", "student code cannot be isolated", reason)
    return Finding("sandbox", "good", f"bubblewrap at {shutil.which('bwrap')}")


def _cores() -> Finding:
    count = os.cpu_count() or 1
    return Finding("cores", "good", f"{count}: `course grade` runs {count} submissions at a time")


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if total < MIN_MEMORY_GB:
        return Finding(
            "memory", "note", f"{total:.1f} GB", "Grade with `--workers 1`: a kernel takes 1 GB."
        )
    return Finding("memory", "good", f"{total:.1f} GB")


def _disk(root: Path) -> Finding:
    free = min(shutil.disk_usage(path).free for path in (root, tempfile.gettempdir())) / 2**30
    if free < MIN_FREE_GB:
        return Finding(
            "disk", "bad", f"{free:.1f} GB free", f"Free {MIN_FREE_GB} GB here and in /tmp."
        )
    return Finding("disk", "good", f"{free:.0f} GB free")


def _writable(root: Path) -> Finding:
    if os.access(root, os.W_OK):
        return Finding("course folder", "good", str(root))
    return Finding("course folder", "bad", f"{root} is read-only", f"chmod u+w {root}")
