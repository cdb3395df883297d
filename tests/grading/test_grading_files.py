"""What lies beside a submitted notebook: which files are taken."""

import os
from pathlib import Path

import pytest

from course_lib.grading.files import Files, beside, merged


def test_regular_files_are_taken_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "tables" / "deep").mkdir(parents=True)
    (tmp_path / "old.ipynb").mkdir()
    for name in ("b.csv", "tables/deep/a.csv", "vowels.ipynb", "old.ipynb/c.csv", ".hidden"):
        (tmp_path / name).write_text("1")
    (tmp_path / "link.csv").symlink_to("b.csv")
    (tmp_path / "tables" / "up").symlink_to("..")
    os.mkfifo(tmp_path / "pipe.csv")
    assert list(map(str, beside(tmp_path).names)) == [".hidden", "b.csv", "tables/deep/a.csv"]


@pytest.mark.parametrize(("most", "taken"), [("MAX_BYTES", 10), ("MAX_FILES", 2)])
def test_there_is_a_most_of_bytes_and_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: str, taken: int
) -> None:
    monkeypatch.setattr(Files, most, taken)
    for name in ("c", "a", "b"):
        (tmp_path / name).write_text("1234")
    assert list(map(str, beside(tmp_path).names)) == ["a", "b"]
    assert beside(tmp_path).left_out == 1
    before = list(beside(tmp_path).described())
    (tmp_path / "d").write_text("1234")
    assert list(beside(tmp_path).described()) != before


def test_long_ways_are_not_gone(tmp_path: Path) -> None:
    here = tmp_path
    for _ in range(4):
        here /= "d" * 80
        here.mkdir()
        (here / "a").write_text("1")
    assert len(beside(tmp_path).names) == 3


def test_a_students_file_stands_in_the_way_of_none_of_the_instructors() -> None:
    masters = {"words.csv": b"ours", "tables/one.csv": b"ours"}
    own = dict.fromkeys(["a.csv", "tables/two.csv"], b"mine")
    in_the_way = dict.fromkeys(["words.csv", "words.csv/a.csv", "tables"], b"mine")
    assert merged(own | in_the_way, masters) == own | masters
