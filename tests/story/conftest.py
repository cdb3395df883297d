"""One course in a temporary folder, taken the whole way once for all stories."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course_lib.grading import sandbox

ROOT = Path(__file__).parents[2]
COURSE = str(Path(sys.executable).parent / "course")
# The lecture that is built anew; nbval executes all of them.
BUILT = "vowels"


@dataclass(frozen=True)
class Told:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """What `course grade --json` told, line by line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Class:
    """A course folder and what each step of the way said."""

    root: Path
    steps: dict[str, Told]

    def run(self, *args: str) -> Told:
        """Run `course` in the folder."""
        return run(self.root, *args)


def run(folder: Path, *args: str) -> Told:
    """Run `course` as a person would."""
    result = subprocess.run(
        [COURSE, *args], cwd=folder, capture_output=True, text=True, check=False
    )
    return Told(result.returncode, result.stdout, result.stderr)


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """The demo class: built, released, graded, fed back, exported."""
    if reason := sandbox.missing():
        pytest.skip(reason)
    root = tmp_path_factory.mktemp("class")
    for name in ("lectures", "source", "submitted"):
        shutil.copytree(ROOT / name, root / name)
    shutil.rmtree(root / "source" / BUILT)
    for name in ("nbgrader_config.py", "constraints.txt"):
        shutil.copy(ROOT / name, root / name)
    steps = {
        "build": run(root, "build"),
        "release": run(root, "release", "--zip"),
        "grade": run(root, "grade", "--json"),
        "feedback": run(root, "feedback"),
        "export": run(root, "export"),
        "report": run(root, "report", "--json"),
    }
    return Class(root, steps)
