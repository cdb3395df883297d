"""The sandbox of a student's kernel: a bubblewrap command line.

What a kernel sees: the system's libraries, the Python environment and the student half, all
read-only; its own work directory; the directory of its sockets. What it does not see: the course,
the instructor half, other submissions, the gradebook, the home directory, the environment's
variables, the network, other processes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import course_lib
from course_lib.grading.errors import CourseError

PACKAGE = Path(course_lib.__file__).resolve().parent
STUDENT_ROOMS = ("__init__.py", "py.typed", "data", "lab")

HOME = "/home/student"
WORK = f"{HOME}/work"
_HALF = "/course"
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib64")
_ETC = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives")


def missing() -> str:
    """Why kernels cannot be sandboxed on this machine, with the remedy; empty if they can."""
    if sys.platform != "linux":
        return (
            f"The sandbox needs Linux, and this is {sys.platform}: grade in a Linux machine or "
            "container, or pass --no-sandbox if you trust every submission."
        )
    if shutil.which("bwrap") is None:
        return (
            "The sandbox needs bubblewrap: run `sudo apt-get install bubblewrap`, or pass "
            "--no-sandbox if you trust every submission."
        )
    return _refused()


@cache
def _refused() -> str:
    """Whether bubblewrap may make namespaces here, tried once."""
    probe = ["bwrap", *_isolation(), "--ro-bind", "/", "/", "--proc", "/proc", "--", "true"]
    result = subprocess.run(probe, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return ""
    return (
        f"bubblewrap may not make namespaces here ({result.stderr.strip()}): allow user "
        "namespaces (`sudo sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu also "
        "`kernel.apparmor_restrict_unprivileged_userns=0`), or pass --no-sandbox if you trust "
        "every submission."
    )


def require() -> None:
    """Return if kernels can be sandboxed here.

    Raises:
        CourseError: If they cannot; the message says what to install or allow.
    """
    if reason := missing():
        raise CourseError(reason)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The short list of variables that a student's kernel gets."""
    return {
        "HOME": HOME,
        "IPYTHONDIR": f"{HOME}/.ipython",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": f"{HOME}/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        # One thread a kernel: more threads than cores cost several times the work.
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": _HALF,
        "TMPDIR": "/tmp",
        "TQDM_DISABLE": "1",
        "USER": "student",
        **(extra or {}),
    }


def wrap(command: Sequence[str], *, sockets: Path, work: Path, fonts: Path) -> list[str]:
    """The command line that runs `command` in the sandbox.

    Args:
        command: The kernel's own command line.
        sockets: The directory of the connection file and the unix sockets, writable, at its own
            path.
        work: The kernel's private working directory on this machine.
        fonts: The directory of matplotlib's font list, which is mounted read-only.
    """
    args = ["bwrap", *_isolation(), "--clearenv"]
    args += ["--ro-bind", "/usr", "/usr"]
    for folder in map(Path, _SYSTEM):
        if folder.is_symlink():
            args += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            args += ["--ro-bind", str(folder), str(folder)]
    for path in _ETC:
        args += ["--ro-bind-try", path, path]
    args += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", HOME]
    for path in _python():
        args += ["--ro-bind", path, path]
    # Where the whole package is installed below the environment, cover it.
    if any(PACKAGE.is_relative_to(path) for path in ("/usr", *_python())):
        args += ["--tmpfs", str(PACKAGE)]
    for room in STUDENT_ROOMS:
        args += ["--ro-bind", str(PACKAGE / room), f"{_HALF}/course_lib/{room}"]
    for font_list in fonts.glob("fontlist-*.json"):
        args += ["--ro-bind", str(font_list), f"{HOME}/.matplotlib/{font_list.name}"]
    args += ["--bind", str(sockets), str(sockets), "--bind", str(work), WORK, "--chdir", WORK]
    args += ["--remount-ro", "/"]
    for name, value in environment().items():
        args += ["--setenv", name, value]
    return [*args, "--", *command]


def _isolation() -> list[str]:
    return [
        "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL",
        "--hostname", "course", "--die-with-parent", "--new-session",
    ]  # fmt: skip


@cache
def _python() -> tuple[str, ...]:
    """The virtual environment and the interpreter below it."""
    found = dict.fromkeys(str(Path(path).resolve()) for path in (sys.base_prefix, sys.prefix))
    links = dict.fromkeys([sys.base_prefix, sys.prefix])
    return tuple(path for path in {**found, **links} if not path.startswith("/usr"))
