"""Folders with a class to grade, as each grader wants them; and otter-grader's environment."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import jupytext
import nbformat
from nbgrader.api import Gradebook

from benchmarks import grading_class as short
from benchmarks.grading_measure import CommandFailed

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
OTTER_HOME = ROOT / ".course" / "bench-venv"
# `nbgrader` finds `alembic` on the path.
ENVIRONMENT = {**os.environ, "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])}
# Submissions of the demo class that train both networks and get all points.
TRAINED = ("perfect", "perfect_in_another_style")


class Room:
    """A folder with an ungraded class, which can be made ungraded again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._gradebook = folder / "gradebook.db"
        self._released = folder / "gradebook.released"
        if self._gradebook.is_file():
            shutil.copy(self._gradebook, self._released)
        self._kept = {path.name for path in folder.iterdir()}

    def reset(self) -> None:
        """Take away all that grading made, and put the gradebook back as it was on release."""
        for path in self.folder.iterdir():
            if path.name in self._kept:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if self._released.is_file():
            shutil.copy(self._released, self._gradebook)

    def gradebook_points(self, stem: str) -> dict[str, float]:
        """Each student's points in nbgrader's database."""
        with Gradebook(f"sqlite:///{self._gradebook}") as book:
            return {row["student"]: row["score"] for row in book.submission_dicts(stem)}


def short_course(folder: Path, number: int, extra: str = "") -> Room:
    """The short class in a course folder of ours.

    The lecture's text and the instructor's notebook are written directly: `course build` would
    refuse a lecture `vowels` that has three of its twelve test cells.
    """
    folder.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    nb = short.course_notebook()
    for path in (folder / "lectures", folder / "source" / short.COURSE_STEM):
        path.mkdir(parents=True)
    jupytext.write(nb, folder / "lectures" / f"{short.COURSE_STEM}.py", fmt="py:percent")
    stem = short.COURSE_STEM
    nbformat.write(nb, folder / "source" / stem / f"{stem}.ipynb")
    _do([str(BIN / "course"), "release", stem], folder)
    released = folder / "release" / stem / f"{stem}.ipynb"
    short.hand_in(released, stem, folder / "submitted", number, extra)
    return Room(folder)


def vowels_course(folder: Path, number: int) -> Room:
    """The real lecture and right answers of the demo class, in turn."""
    stem = short.COURSE_STEM
    folder.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copytree(ROOT / "lectures", folder / "lectures")
    shutil.copytree(ROOT / "source" / stem, folder / "source" / stem)
    _do([str(BIN / "course"), "release", stem], folder)
    for index in range(number):
        answer = ROOT / "submitted" / TRAINED[index % len(TRAINED)] / stem
        shutil.copytree(answer, folder / "submitted" / _trained_student(index) / stem)
    return Room(folder)


def vowels_points(number: int) -> dict[str, float]:
    """The points that each student of `vowels_course` must get: those of the demo class."""
    with (ROOT / "submitted" / "scores.csv").open(encoding="utf-8", newline="") as file:
        scores = {row["student"]: float(row["points"]) for row in csv.DictReader(file)}
    return {
        _trained_student(index): scores[TRAINED[index % len(TRAINED)]] for index in range(number)
    }


def _trained_student(index: int) -> str:
    return f"s{index + 1:05d}"


def nbgrader_course(folder: Path, number: int, extra: str = "") -> Room:
    """The short class in a stock nbgrader course."""
    stem = short.PEER_STEM
    source = folder / "source" / stem
    source.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "stock"\n', encoding="utf-8"
    )
    nbformat.write(short.nbgrader_notebook(), source / f"{stem}.ipynb")
    _do([str(BIN / "nbgrader"), "generate_assignment", stem], folder)
    released = folder / "release" / stem / f"{stem}.ipynb"
    short.hand_in(released, stem, folder / "submitted", number, extra)
    return Room(folder)


def otter_course(folder: Path, number: int, extra: str = "") -> Room:
    """The short class as otter-grader wants it."""
    install_otter()
    stem = short.PEER_STEM
    folder.mkdir()
    nbformat.write(short.otter_notebook(), folder / f"{stem}.ipynb")
    otter = str(OTTER_HOME / "bin" / "otter")
    _do([otter, "assign", "--no-pdfs", f"{stem}.ipynb", "dist"], folder)
    [archive] = (folder / "dist" / "autograder").glob("*.zip")
    archive.rename(folder / "autograder.zip")
    released = folder / "dist" / "student" / f"{stem}.ipynb"
    short.hand_in(released, stem, folder / "submitted", number, extra)
    return Room(folder)


def install_otter() -> None:
    """Make otter-grader's environment, unless it is there with the same pins.

    A variable TORCH_INDEX names an index with PyTorch's CPU builds, as for `make setup`.
    """
    wanted = Path(__file__).with_name("otter_requirements.txt")
    constraints = ROOT / "constraints.txt"
    pins = wanted.read_text(encoding="utf-8") + constraints.read_text(encoding="utf-8")
    installed = OTTER_HOME / "installed"
    if installed.is_file() and installed.read_text(encoding="utf-8") == pins:
        return
    print(f"installing otter-grader into {OTTER_HOME} (once, some minutes)", file=sys.stderr)
    if not (OTTER_HOME / "bin" / "python").exists():
        _do([sys.executable, "-m", "venv", str(OTTER_HOME)], ROOT)
    pip = [str(OTTER_HOME / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    if index := os.environ.get("TORCH_INDEX"):
        [torch] = [line for line in pins.splitlines() if line.startswith("torch==")][:1]
        _do([*pip, "--index-url", index, torch], ROOT)
    _do([*pip, "-r", str(wanted), "-c", str(constraints)], ROOT)
    installed.write_text(pins, encoding="utf-8")


def _do(command: Sequence[str], folder: Path) -> None:
    """Run a command that is not measured.

    Raises:
        CommandFailed: With what it said, if it fails.
    """
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).splitlines()[-20:]
        raise CommandFailed("\n".join([f"`{' '.join(command)}` failed in {folder}:", *said]))
