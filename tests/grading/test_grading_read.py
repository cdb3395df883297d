"""Reading a submission: whatever lies there, a valid notebook comes out."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.grading import read
from course_lib.grading.files import Files
from course_lib.grading.read import MAX_BYTES, read_submission

ENTRY = {"grade_id": "a", "grade": True, "points": 2, "schema_version": 3}


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "release.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("blank")]), path)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "submitted" / "ada" / "vowels"
    folder.mkdir(parents=True)
    return folder / "vowels.ipynb"


def plain(source: Any = "é = 'mine'", **fields: Any) -> dict[str, Any]:
    """A notebook as an editor might write it."""
    cell = {"cell_type": "code", "id": "own", "metadata": {"nbgrader": ENTRY}, "source": source}
    cell |= {"execution_count": 1, "outputs": [{"output_type": "nonsense"}]}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]} | fields


def sources(nb: Any) -> list[str]:
    nbformat.validate(nb)
    assert nbformat.reads(nbformat.writes(nb), as_version=4) == nb
    nbformat.writes(nb).encode()
    return [cell.source for cell in nb.cells]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(plain()).encode(),
        json.dumps(plain(), ensure_ascii=False).encode("utf-8-sig"),
        json.dumps(plain(), indent=1).replace("\n", "\r\n").encode(),
        *(json.dumps(plain(), ensure_ascii=False).encode(f"utf-{kind}") for kind in (16, 32)),
        json.dumps(plain(), ensure_ascii=False).encode("utf-16-be"),
        json.dumps(plain(), ensure_ascii=False).encode("cp1252"),
        json.dumps(plain(["é =", " 'mine'"])).encode(),
        json.dumps(plain(nbformat=9, nbformat_minor="x", metadata=[])).encode(),
        json.dumps(plain(metadata={"kernelspec": {"name": "octave"}, "x": [1]})).encode(),
        json.dumps(plain(metadata={"x": [float("nan"), float("inf")]})).encode(),
        (json.dumps(plain())[:-1] + ', "huge": ' + "9" * 5000 + "}").encode(),
        json.dumps({"cells": plain()["cells"]}).encode(),
    ],
)
def test_a_readable_notebook_is_read_whatever_its_editor_did(
    path: Path, release: Path, content: bytes
) -> None:
    path.write_bytes(content)
    nb = read_submission(path, release)
    assert sources(nb) == ["é = 'mine'"]
    assert nb.cells[0].id == "own"
    assert nb.cells[0].metadata == {"nbgrader": ENTRY}


def test_nbformat_3_is_upgraded(path: Path, release: Path) -> None:
    cells: list[Any] = [
        {"cell_type": "heading", "level": 2, "source": ["A title"], "metadata": {}},
        {"cell_type": "code", "input": ["1\n", "2"], "language": "python", "outputs": []},
        {"cell_type": "markdown", "source": "text", "metadata": {"nbgrader": ENTRY}},
        {"cell_type": "heading", "level": 10**17, "source": "deep"},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}, 3]}
    path.write_text(json.dumps(old))
    nb = read_submission(path, release)
    assert sources(nb) == ["## A title", "1\n2", "text", "# deep"]
    assert [cell.cell_type for cell in nb.cells] == ["markdown", "code", "markdown", "markdown"]
    assert nb.cells[2].metadata.nbgrader.grade_id == "a"


@pytest.mark.parametrize(
    ("cell", "kind", "source"),
    [
        ({"cell_type": "code", "source": 7}, "code", ""),
        ({"cell_type": "code", "source": ["a", 7, ["b"], "c"]}, "code", "ac"),
        ({"cell_type": "cod", "outputs": [], "source": "x"}, "code", "x"),
        ({"cell_type": ["code"], "source": "x"}, "markdown", "x"),
        ({"source": "x", "execution_count": None}, "code", "x"),
        ({"cell_type": "raw", "metadata": ["a"], "source": "x"}, "raw", "x"),
        ({"cell_type": "markdown", "source": "a\ud800b \ud83d\ude00"}, "markdown", "a�b 😀"),
        ({"cell_type": "markdown", "attachments": [1], "id": "a b", "source": ""}, "markdown", ""),
    ],
)
def test_cells_of_wrong_types_are_put_right(
    path: Path, release: Path, cell: dict[str, Any], kind: str, source: str
) -> None:
    path.write_text(json.dumps({"cells": [5, None, cell]}))
    nb = read_submission(path, release)
    assert sources(nb) == [source]
    assert nb.cells[0].cell_type == kind


def test_ids_are_made_unique_and_valid(path: Path, release: Path) -> None:
    ids: list[Any] = ["a", "a", 3, None, "read-001", "x" * 65, "two words", "b"]
    cells = [{"cell_type": "code", "source": "", "id": name} for name in ids]
    path.write_text(json.dumps({"cells": cells}))
    found = [cell.id for cell in read_submission(path, release).cells]
    assert len(set(found)) == len(ids)
    assert [found[0], found[4], found[7]] == ["a", "read-001", "b"]


def test_pasted_pictures_are_kept_and_nothing_else_of_attachments(
    path: Path, release: Path
) -> None:
    attachments = {
        "image.png": {"image/png": "aGk=", "text/html": "<script>"},
        "bad": {"image/png": 3, "application/javascript": "x"},
        "list": [],
    }
    cell = {"cell_type": "markdown", "source": "![](attachment:image.png)"}
    path.write_text(json.dumps({"cells": [cell | {"attachments": attachments}]}))
    nb = read_submission(path, release)
    assert nb.cells[0].attachments == {"image.png": {"image/png": "aGk="}}
    assert len(sources(nb)) == 1


def test_of_nbgraders_entry_only_plain_values_are_kept(path: Path, release: Path) -> None:
    entry = {"grade_id": "a", "points": float("nan"), "deep": {"a": [1]}, "x": None, "grade": True}
    cell = {"cell_type": "code", "source": "", "metadata": {"nbgrader": entry, "tags": ["x"]}}
    path.write_text(json.dumps({"cells": [cell]}))
    (found,) = read_submission(path, release).cells
    assert found.metadata == {"nbgrader": {"grade_id": "a", "grade": True}}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b" \r\n", "the file is empty"),
        (b"not json", "damaged or breaks off at line 1"),
        (b'{"cells": [\n\n{"cell_type": "code", "sour', "damaged or breaks off at line 3"),
        (b"\x00" * 50, "damaged or breaks off at line 1"),
        (b"[]", "the file is no notebook"),
        (b"7", "the file is no notebook"),
        (b"null", "the file is no notebook"),
        (b'{"nbformat": 4, "cells": 3}', "the notebook has no cells"),
        (b'{"cells": []}', "the notebook has no cells"),
        (b'{"cells": [3, "x"]}', "the notebook has no cells"),
        (b'{"nbformat": 3, "worksheets": [7, {"cells": {}}]}', "the notebook has no cells"),
        ("{}".encode("utf-16"), "the notebook has no cells"),
        (b'{"cells": [' + b"{}," * read.MAX_CELLS + b"{}]}", "at most 2000 are read"),
        (b'{"cells": ' + b"[" * 100_000, "nested too deeply"),
        (b" " * (MAX_BYTES + 1), "at most 20 MB"),
    ],
)
def test_what_cannot_be_read_becomes_the_blank_release_and_a_comment(
    path: Path, release: Path, content: bytes, sentence: str
) -> None:
    path.write_bytes(content)
    comment, *cells = sources(read_submission(path, release))
    assert sentence in comment
    assert comment.startswith("**This submission could not be graded:** ")
    assert cells == ["blank"]


def test_a_huge_file_is_refused_unread(
    path: Path, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
    assert "the file holds 200 MB" in sources(read_submission(path, release))[0]


def test_a_missing_file_is_told_with_what_is_there(path: Path, release: Path) -> None:
    names = ["<img src=x onerror=alert(1)>.ipynb", "a`b\n# c.ipynb", "\udcff.ipynb", "z.ipynb"]
    for name in names:
        (path.parent / name).write_text("{}")
    path.mkdir()
    comment = sources(read_submission(path, release))[0]
    assert "the folder holds no file named vowels.ipynb; there is `<img src=x" in comment
    assert "`a'b # c.ipynb`" in comment
    assert comment.count("`") == 6


def test_a_missing_folder_is_told(tmp_path: Path, release: Path) -> None:
    comment = sources(read_submission(tmp_path / "no" / "no" / "vowels.ipynb", release))[0]
    assert "the folder holds no file named vowels.ipynb." in comment


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_links_are_not_followed(path: Path, release: Path, tmp_path: Path, depth: int) -> None:
    path.write_text(json.dumps(plain()))
    whole = [path, path.parent, path.parent.parent][depth]
    aside = tmp_path / "aside"
    whole.rename(aside)
    whole.symlink_to(aside)
    assert path.is_file()
    comment, *cells = sources(read_submission(path, release))
    assert "links are not followed" in comment
    assert cells == ["blank"]


def test_a_link_above_the_student_is_the_instructors(
    path: Path, release: Path, tmp_path: Path
) -> None:
    path.write_text(json.dumps(plain()))
    (tmp_path / "course").symlink_to(tmp_path / "submitted")
    linked = tmp_path / "course" / "ada" / "vowels" / "vowels.ipynb"
    assert sources(read_submission(linked, release)) == ["é = 'mine'"]


def test_an_error_of_the_readers_own_stops_nobody(
    path: Path, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text(json.dumps(plain()))
    monkeypatch.setattr(read, "_repair", lambda *_: dict[str, Any]()["bug"])
    assert "no readable notebook (KeyError)" in sources(read_submission(path, release))[0]


def test_files_that_are_too_many_are_told_of(
    path: Path, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text(json.dumps(plain()))
    for name in "abcd":
        (path.parent / name).write_text("1")
    assert sources(read_submission(path, release)) == ["é = 'mine'"]
    monkeypatch.setattr(Files, "MAX_FILES", 3)
    comment, *cells = sources(read_submission(path, release))
    assert "1 of those beside this notebook were left out" in comment
    assert "3 files of 20 MB together" in comment
    assert cells == ["é = 'mine'"]


def test_a_whole_notebook_passes_unchanged(path: Path, release: Path) -> None:
    nb = new_notebook(cells=[new_code_cell("a"), new_markdown_cell("b")])
    nbformat.write(nb, path)
    assert read_submission(path, release) == nb
