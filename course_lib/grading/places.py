"""Where the grader keeps what it needs on this machine only: sockets and a list of fonts.

All lies in one directory per user that nobody else can enter. What a worker that was killed left
there is removed when the next one starts.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from course_lib.grading.errors import CourseError

# A unix socket's address holds at most 107 characters, so this is a short place.
_BASE = Path("/tmp")
_numbers = itertools.count(1)


def base() -> Path:
    """The directory, made if there is none.

    Raises:
        CourseError: If somebody else made one of that name.
    """
    place = _BASE / f"course-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise CourseError(f"{place} is not this user's alone: remove it and try again.")
    return place


def sockets() -> Path:
    """A new directory for sockets; it is named after this process."""
    _remove_leftovers()
    place = base() / f"{os.getpid()}-{next(_numbers)}"
    place.mkdir()
    return place


def font_cache() -> Path:
    """Matplotlib's configuration directory with a font list, made once per user and machine.

    Without it each fresh kernel would scan the machine's fonts for seconds.
    """
    place = base() / "matplotlib"
    if not any(place.glob("fontlist-*.json")):
        place.mkdir(exist_ok=True)
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"],
            env={**os.environ, "MPLCONFIGDIR": str(place)},
            check=True,
            capture_output=True,
        )
    return place


def _remove_leftovers() -> None:
    for place in base().glob("*-*"):
        process = place.name.partition("-")[0]
        if not Path(f"/proc/{process}").is_dir() and process.isdigit():
            shutil.rmtree(place, ignore_errors=True)
