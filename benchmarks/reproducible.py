"""Runs a program in the arithmetic that `course build` uses, so that figures can be compared."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from course_lib.grading.build import REPRODUCIBLE


def run(main: Callable[[], None]) -> None:
    """Call `main` in a process that has these variables: in this one, or in another like it.

    torch reads the variables when it is imported, which it is by now.
    """
    if REPRODUCIBLE.items() <= os.environ.items():
        main()
        return
    command = [sys.executable, *sys.argv]
    sys.exit(subprocess.run(command, check=False, env={**os.environ, **REPRODUCIBLE}).returncode)
