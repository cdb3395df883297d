"""Reading a submission: whatever lies there, a notebook comes out."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.grading.read import MAX_BYTES, read_submission


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "release.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("blank")]), path)
    return path


def test_a_good_notebook_is_read_as_it_is(tmp_path: Path, release: Path) -> None:
    path = tmp_path / "vowels.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("mine")]), path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert [cell.source for cell in read_submission(path, release).cells] == ["mine"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no readable notebook"),
        (b"not json", "no readable notebook"),
        (b'{"cells": [', "no readable notebook"),
        (b"[]", "no readable notebook"),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}',
            "no readable notebook",
        ),
        ("{}".encode("utf-16"), "no readable notebook"),
        (b" " * (MAX_BYTES + 1), "at most 20 MB"),
        (None, "no file named vowels.ipynb; there is other.ipynb"),
    ],
)
def test_a_bad_one_becomes_the_blank_release_and_a_comment(
    tmp_path: Path, release: Path, content: bytes | None, sentence: str
) -> None:
    folder = tmp_path / "submitted"
    folder.mkdir()
    if content is None:
        (folder / "other.ipynb").write_text("{}")
    else:
        (folder / "vowels.ipynb").write_bytes(content)
    nb = read_submission(folder / "vowels.ipynb", release)
    assert sentence in nb.cells[0].source
    assert [cell.source for cell in nb.cells[1:]] == ["blank"]


def test_links_are_not_followed(tmp_path: Path, release: Path) -> None:
    link = tmp_path / "vowels.ipynb"
    link.symlink_to(release)
    assert "a link" in read_submission(link, release).cells[0].source
