"""What a grading depends on, as one hash: a submission whose hash is known need not run again."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import course_lib
from course_lib.grading.course import Course
from course_lib.grading.files import Files
from course_lib.grading.read import MAX_BYTES

_PACKAGE = Path(course_lib.__file__).parent
# Parts of the package that show or build things and never decide a verdict. What is not named
# here is part of the hash, so a new module cannot be forgotten.
_NO_PART = (
    "answers/audit.py",
    "answers/calibrate.py",
    "answers/demo",
    "answers/equivalents",
    "answers/misconceptions",
    "answers/mutants",
    "grading/build.py",
    "grading/bulk.py",
    "grading/calibrated.py",
    "grading/cli.py",
    "grading/cli_options.py",
    "grading/cli_upkeep.py",
    "grading/cluster.py",
    "grading/collect.py",
    "grading/console.py",
    "grading/demo.py",
    "grading/doctor.py",
    "grading/exporting.py",
    "grading/feedback.py",
    "grading/feedback_page.py",
    "grading/gradebook.py",
    "grading/grade.py",
    "grading/handout.py",
    "grading/kill_table.py",
    "grading/leaks.py",
    "grading/lint.py",
    "grading/marked.py",
    "grading/mathml.py",
    "grading/progress.py",
    "grading/release.py",
    "grading/repeat.py",
    "grading/pages",
    "grading/report.py",
    "grading/report_page.py",
    "grading/similarity.py",
    "grading/tables.py",
    "grading/templates.py",
    "grading/usage.py",
)
# Rooms of the package whose modules and files are one lecture's: named for it, as `vowels.py`,
# or after it, as `vowels_networks.py`.
_BY_LECTURE = ("answers/hidden", "answers/reference", "answers/calibration")
# Sections of the configuration that decide no verdict: where the course lies, what pages show.
_NO_SECTION = (
    "ClearSolutions",
    "CourseDirectory",
    "FeedbackExporter",
    "GenerateAssignment",
    "GenerateFeedback",
    "HTMLExporter",
)
_LIBRARIES = ("ipykernel", "matplotlib", "nbclient", "nbgrader", "numpy", "safetensors", "torch")
# What the instructor's notebook is built with, beside these, and by.
_BUILT_WITH = ("jupytext", "pandas", "seaborn", "tqdm")
# What asks and compares, beside `answers/`.
_ASKED_BY = tuple(f"lab/{name}.py" for name in ("check", "serve", "subject", "verdict", "wire"))
_BUILT_BY = ("answers/", "data/", "lab/", "grading/build.py", "grading/notebook.py")


def of_lecture(
    course: Course,
    stem: str,
    *,
    masters: Mapping[str, bytes],
    sandboxed: bool,
    due: datetime.datetime | None,
) -> str:
    """The hash of all that the gradings of one lecture have in common.

    Args:
        course: The course.
        stem: The lecture.
        masters: The instructor's files beside the notebook.
        sandboxed: Whether kernels run in the sandbox.
        due: From when on a submission is late, if there is such a time.
    """
    config = {name: part for name, part in course.config.items() if name not in _NO_SECTION}
    return _hash(
        [
            ("code", of_code(stem).encode()),
            ("release", course.release(stem).read_bytes()),
            ("configuration", json.dumps(config, sort_keys=True, default=_plain).encode()),
            ("sandboxed", str(sandboxed).encode()),
            ("due", str(due).encode()),
            *((f"master {name}", content) for name, content in masters.items()),
        ]
    )


def of_submission(lecture: str, notebook: Path, files: Files) -> str:
    """The hash of one submission and all that its grading depends on.

    Args:
        lecture: The hash of `of_lecture`.
        notebook: Where the submitted notebook should be.
        files: What else was submitted.
    """
    return _hash([("lecture", lecture.encode()), *_notebook(notebook), *files.described()])


def of_build(made_from: str, notebook: Path) -> str:
    """The hash of an executed notebook and of what it came from.

    Args:
        made_from: The hash of `of_text`.
        notebook: What was built.

    Raises:
        OSError: If it cannot be read.
    """
    return _hash([("made from", made_from.encode()), ("notebook", notebook.read_bytes())])


def of_text(text: Path) -> str:
    """The hash of a lecture's text, and of the code and libraries that a notebook is built with.

    Raises:
        OSError: If it cannot be read.
    """
    code = [
        (name, path.read_bytes())
        for name, path in _files()
        if name.startswith(_BUILT_BY) and (_counts(name, text.stem) or "/build.py" in name)
    ]
    return _hash(
        [
            *_versions((*_LIBRARIES, *_BUILT_WITH)),
            *code,
            ("text", text.read_bytes()),
        ]
    )


@cache
def of_code(stem: str) -> str:
    """The hash of the code and data that decide a lecture's verdicts, and of the libraries."""
    code = [(name, digest) for name, digest in digests().items() if _counts(name, stem)]
    return _hash([*_versions(_LIBRARIES), *code])


@cache
def digests() -> dict[str, bytes]:
    """The hashes of the package's files, as they were when this process first asked.

    To be asked by a process before it loads the checks: another version that is installed later
    is then not taken for the one that runs.
    """
    return {name: hashlib.sha256(path.read_bytes()).digest() for name, path in _files()}


def of_audit(lectures: Iterable[str], stem: str, cells: Iterable[str]) -> str:
    """The hash of what decides which answers and mutants a lecture's checks catch.

    Args:
        lectures: The stems of all lectures; what is named after another one takes no part.
        stem: The lecture.
        cells: The sources of its code cells.
    """
    others = set(lectures) - {stem}
    code = [
        (name, path.read_bytes())
        for name, path in _files()
        if (name in _ASKED_BY or (name.startswith("answers/") and "/demo/" not in name))
        and _led_by(name) not in others
    ]
    return _hash([*_versions(("torch",)), *code, *(("cell", cell.encode()) for cell in cells)])


def _versions(libraries: Iterable[str]) -> list[tuple[str, bytes]]:
    return [(name, metadata.version(name).encode()) for name in libraries]


def _files() -> list[tuple[str, Path]]:
    """The package's files, by their names in it."""
    paths = [(path.relative_to(_PACKAGE).as_posix(), path) for path in sorted(_PACKAGE.rglob("*"))]
    # Compiled files come and go while another process starts.
    return [(name, path) for name, path in paths if "__pycache__" not in name and path.is_file()]


def _counts(name: str, stem: str) -> bool:
    if any(name == p or name.startswith(f"{p}/") for p in _NO_PART):
        return False
    room, _, file = name.rpartition("/")
    return room not in _BY_LECTURE or file == "__init__.py" or _led_by(name) == stem


def _led_by(name: str) -> str:
    """The first word of a file's name: in a room by lecture, the lecture."""
    return name.rpartition("/")[2].partition(".")[0].partition("_")[0]


def _notebook(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_symlink() or not path.is_file():
        # Such a notebook is never read; see `read.read_submission`.
        others = sorted(os.fsencode(p.name) for p in path.parent.glob("*.ipynb"))
        yield "no notebook", b",".join(others)
    elif (size := path.stat().st_size) > MAX_BYTES:
        yield "notebook's size", str(size).encode()
    else:
        yield "notebook", path.read_bytes()


def _hash(parts: Iterable[tuple[str, bytes]]) -> str:
    whole = hashlib.sha256()
    for name, content in parts:
        # With their lengths, so that no part can be taken for two.
        whole.update(f"{len(name)} {len(content)} {name}".encode(errors="surrogateescape"))
        whole.update(content)
    return whole.hexdigest()


def _plain(value: Any) -> Any:
    """A configured value as JSON; functions and classes by name, not by address."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    return getattr(value, "__qualname__", None) or type(value).__qualname__
