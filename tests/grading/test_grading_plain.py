"""nbgrader's own commands read a submission as `course grade` does, and follow no link."""

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_notebook
from nbgrader.converters import Autograde

from course_lib.grading import course
from tests.grading.released_notebook import fill, released_test, solution

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook that knows the released notebook."""
    path = tmp_path_factory.mktemp("book") / "gradebook.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture
def root(tmp_path: Path, database: Path) -> Path:
    """A course with one released notebook, one submission and one secret."""
    folder = tmp_path / "course"
    for name in ("release/tiny", "source/tiny", "submitted/ada/tiny"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copy(database, folder)
    cells = [solution("raise NotImplementedError"), released_test()]
    nbformat.write(new_notebook(cells=cells), folder / "release" / "tiny" / "tiny.ipynb")
    nbformat.write(new_notebook(cells=cells), folder / "submitted" / "ada" / "tiny" / "tiny.ipynb")
    (folder / "secret").mkdir()
    (folder / "secret" / "keys.txt").write_text("secret")
    return folder


def sanitised(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `nbgrader autograde` makes of the submission before it runs it."""
    found = course.find(root)
    directory = found.directory()
    directory.assignment_id = "tiny"
    converter = Autograde(coursedir=directory, config=found.config)
    # The second half, which runs the notebook, is not ours here.
    monkeypatch.setattr(Autograde, "convert_single_notebook", first_half)
    converter.start()
    return nbformat.read(root / "autograded" / "ada" / "tiny" / "tiny.ipynb", as_version=4)


def first_half(converter: Any, filename: str) -> None:
    converter._sanitizing = True
    converter._init_preprocessors()
    super(Autograde, converter).convert_single_notebook(filename)


def graded_files(root: Path) -> dict[str, str]:
    folder = root / "autograded" / "ada" / "tiny"
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb")
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def test_what_was_copied_through_links_is_dropped(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = root / "submitted" / "ada" / "tiny"
    (folder / "mine.txt").write_text("mine")
    for name in ("deep", "[x]"):
        (folder / name).mkdir()
    for name in ("stolen.txt", "deep/stolen.txt", "[x]/stolen.txt", "[x]/stolen.ipynb", "data.csv"):
        (folder / name).symlink_to(root / "secret" / "keys.txt")
    (folder / "folder").symlink_to(root / "secret")
    (root / "source" / "tiny" / "data.csv").write_text("the instructor's")
    nb = sanitised(root, monkeypatch)
    assert graded_files(root) == {"mine.txt": "mine", "data.csv": "the instructor's"}
    assert "could not be graded" not in nb.cells[0].source


@pytest.mark.parametrize("depth", [0, 1])
def test_of_a_linked_folder_nothing_is_taken(
    root: Path, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    folder = root / "submitted" / "ada" / "tiny"
    (folder / "other.txt").write_text("not hers")
    linked = [folder, folder.parent][depth]
    linked.rename(root / "elsewhere")
    linked.symlink_to(root / "elsewhere")
    nb = sanitised(root, monkeypatch)
    assert graded_files(root) == {}
    assert "links are not followed" in nb.cells[0].source


def test_a_broken_file_is_answered_and_stops_nobody(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "submitted" / "ada" / "tiny" / "tiny.ipynb").write_text('{"cells": [')
    nb = sanitised(root, monkeypatch)
    assert "breaks off at line 1" in nb.cells[0].source
    assert nb.cells[1].source == "raise NotImplementedError"


def test_a_linked_notebook_is_not_followed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "submitted" / "ada" / "tiny" / "tiny.ipynb"
    target = root / "secret" / "tiny.ipynb"
    path.rename(target)
    path.symlink_to(target)
    before = target.read_bytes()
    nb = sanitised(root, monkeypatch)
    assert "links are not followed" in nb.cells[0].source
    assert target.read_bytes() == before
