"""The sandbox around a warm parent and its kernels: a bubblewrap command line.

What is seen inside: the system's libraries, the Python environment, the student half, the
package `inside` and the fetched datasets, all read-only. What is not: the course, the instructor
half, other submissions, the gradebook, the home directory, the environment's variables, the
network, other processes. Each kernel gets, within it, namespaces and writable folders of its own
(`inside.isolation`).
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import course_lib
from course_lib.data import catalogue
from course_lib.grading import CONFIG, places
from course_lib.grading.errors import CourseError
from course_lib.grading.inside.isolation import HOME

PACKAGE = Path(course_lib.__file__).resolve().parent
STUDENT_ROOMS = ("__init__.py", "py.typed", "data", "lab")

_HALF = "/course"
_DATASETS = f"{_HALF}/datasets"
_INSIDE = PACKAGE / "grading" / "inside"
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib64")
_ETC = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives")
_FONTS = f"{HOME}/.matplotlib"
_OWN = ("/tmp", HOME)  # writable, and each kernel's own


def copy_student_half(target: Path) -> Path:
    """Copy the student half into a folder, where it can be imported; returns the folder."""
    package = target / PACKAGE.name
    package.mkdir(parents=True)
    for room in STUDENT_ROOMS:
        source = PACKAGE / room
        if source.is_dir():
            shutil.copytree(source, package / room, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, package / room)
    return target


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
    if not _filter():
        return (
            "The sandbox needs libseccomp, the filter of system calls: run `sudo apt-get install "
            "libseccomp2`, or pass --no-sandbox if you trust every submission."
        )
    for place in _OWN:
        if any(Path(path).is_relative_to(place) for path in _python()):
            return (
                f"The Python environment lies in {place}, where every kernel gets an empty folder "
                "of its own: make the course and its environment elsewhere."
            )
    if exposed := _exposed():
        return (
            f"The course in {exposed} lies where students' code may read, since Python is there "
            "too: move it to a folder of its own, outside /usr and with its environment in it or "
            "elsewhere."
        )
    if not _refused(nested=True):
        return ""
    if os.getuid() == 0:
        return (
            f"root may not make namespaces here ({_refused(nested=True)}): grade as an ordinary "
            "user, or in a container that is run with --privileged, or pass --no-sandbox if you "
            "trust every submission."
        )
    if reason := _refused(nested=False):
        return (
            f"bubblewrap may not make namespaces here ({reason}): allow user namespaces (`sudo "
            "sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu also "
            "`kernel.apparmor_restrict_unprivileged_userns=0`), or pass --no-sandbox if you trust "
            "every submission."
        )
    return ""


def require() -> None:
    """Return if kernels can be sandboxed here.

    Raises:
        CourseError: If they cannot; the message says what to install or allow.
    """
    if reason := missing():
        raise CourseError(reason)


def can_nest() -> bool:
    """Whether kernels can be forked from a warm parent; if not, each starts cold, in its own."""
    return not _refused(nested=True)


def _exposed() -> Path | None:
    """A course that lies in a folder which the sandbox shows whole."""
    here = Path.cwd()
    for folder in (PACKAGE.parent, here, *here.parents):
        if (folder / CONFIG).is_file() and _is_shown(folder):
            return folder
    return None


def _is_shown(path: Path) -> bool:
    return any(path.is_relative_to(shown) for shown in ("/usr", *_python()))


def _filter() -> bool:
    """Whether the library that makes the filter is there."""
    try:
        importlib.import_module("pyseccomp")
    except (ImportError, OSError, RuntimeError):
        return False
    return True


@cache
def _refused(*, nested: bool) -> str:
    """What the system says against namespaces, or against namespaces within these; tried once."""
    tried = ("-m", "inside.isolation") if nested else ("-c", "")
    result = subprocess.run(
        wrap([sys.executable, "-P", "-S", *tried]), capture_output=True, text=True, check=False
    )
    return "" if result.returncode == 0 else " ".join(result.stderr.split()) or "no reason given"


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The short list of variables that a student's kernel gets."""
    return {
        "COURSE_LIB_CACHE": _DATASETS,
        "HOME": HOME,
        "IPYTHONDIR": f"{HOME}/.ipython",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": _FONTS,
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


def wrap(command: Sequence[str], disk_mb: int | None = None) -> list[str]:
    """The command line that runs `command` in the sandbox.

    Args:
        command: What is run.
        disk_mb: How much each writable folder holds, where a kernel has no other than these (MB).
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
    args += ["--proc", "/proc", "--dev", "/dev", "--dir", "/room"]
    # What bubblewrap makes on the way to a mount only root may enter.
    seen = [HOME, f"{_HALF}/course_lib", *_python()]
    for way in dict.fromkeys(folder for path in seen for folder in reversed(Path(path).parents)):
        args += ["--perms", "0755", "--dir", str(way)]
    for made in (f"{_HALF}/course_lib", _DATASETS):
        args += ["--perms", "0755", "--dir", made]
    # Where the grader is root the warm parent is not.
    size = [] if disk_mb is None else ["--size", str(disk_mb * 2**20)]
    for writable in (*_OWN, "/dev/shm"):
        args += ["--perms", "1777", *size, "--tmpfs", writable]
    for path in _python():
        args += ["--ro-bind", path, path]
    # Where the whole package is installed below the environment, cover it.
    copies = (Path(entry).resolve() / PACKAGE.name for entry in sys.path)
    for package in sorted({PACKAGE, *copies}):
        if _is_shown(package) and package.is_dir():
            args += ["--tmpfs", str(package)]
    for room in STUDENT_ROOMS:
        args += ["--ro-bind", str(PACKAGE / room), f"{_HALF}/course_lib/{room}"]
    args += ["--ro-bind", str(_INSIDE), f"{_HALF}/inside"]
    # File by file: what else lies in the folder may not be for students.
    for dataset in catalogue.DATASETS.values():
        if not dataset.embedded:
            args += ["--ro-bind-try", str(dataset.path), f"{_DATASETS}/{dataset.file}"]
    args += ["--perms", "1777", "--dir", _FONTS]
    for font_list in places.font_cache().glob("fontlist-*.json"):
        args += ["--ro-bind", str(font_list), f"{_FONTS}/{font_list.name}"]
    args += ["--chdir", HOME, "--remount-ro", "/"]
    for name, value in environment().items():
        args += ["--setenv", name, value]
    return [*args, "--", *command]


def _isolation() -> list[str]:
    args = [
        "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try",
        "--hostname", "course", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    ]  # fmt: skip
    if os.getuid() != 0:
        return [*args, "--unshare-user", "--uid", "1000", "--gid", "1000"]
    # Root's sandbox has no users of its own, so that what runs in it can stop being root: see
    # `inside.isolation.leave_root`, which needs these and gives them up.
    for capability in ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"):
        args += ["--cap-add", capability]
    return args


@cache
def _python() -> tuple[str, ...]:
    """The virtual environment and the interpreter below it."""
    found = dict.fromkeys(str(Path(path).resolve()) for path in (sys.base_prefix, sys.prefix))
    links = dict.fromkeys([sys.base_prefix, sys.prefix])
    return tuple(path for path in {**found, **links} if not path.startswith("/usr"))
