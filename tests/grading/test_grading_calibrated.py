"""`course calibrate`: exit statuses, and the tables it writes."""

import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course_lib.answers import calibrate
from course_lib.answers.calibration import seeds
from course_lib.grading import calibrated, marked
from course_lib.grading.cli import app
from course_lib.grading.course import find
from course_lib.grading.errors import Stopped, WrongUse

ROOT = Path(__file__).parents[2]
LECTURES = ("addition", "imdb", "reviews", "surnames", "vowels")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one lecture that is calibrated and one that is not."""
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    (tmp_path / "lectures").mkdir()
    for stem in ("addition", "copy"):
        (tmp_path / "lectures" / f"{stem}.py").write_text("# %%\n")
    (tmp_path / "docs").mkdir()
    page = "".join(f"<!-- begin {stem} -->\n<!-- end {stem} -->\n" for stem in ("addition", "x"))
    (tmp_path / "docs" / "calibration.md").write_text(page)
    stored = calibrate.load("addition")
    folder = tmp_path / "stored"
    folder.mkdir()
    monkeypatch.setattr(calibrate, "FOLDER", folder)
    (folder / "addition.py").write_text("")
    calibrate.save(stored)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_check_is_content_with_the_present_code_and_not_with_other(room: Path) -> None:
    told = CliRunner().invoke(app, ["calibrate", "--check", "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["stale"] == {"addition": []}
    stored = calibrate.load("addition")
    calibrate.save(dataclasses.replace(stored, code={**stored.code, "plain": "other"}))
    told = CliRunner().invoke(app, ["calibrate", "addition", "--check"])
    assert told.exit_code == 1
    assert "no scores of the present code for plain" in " ".join(told.output.split())


def test_fewer_seeds_are_told_and_no_error(room: Path) -> None:
    stored = calibrate.load("addition")
    cut = {**stored.half_right, "untrained": stored.half_right["untrained"][:3]}
    laws = {**stored.laws, "untrained": stored.laws["untrained"][:3]}
    calibrate.save(dataclasses.replace(stored, half_right=cut, laws=laws))
    told = CliRunner().invoke(app, ["calibrate", "--check"])
    assert told.exit_code == 0
    assert "47 of untrained" in " ".join(told.output.split())


def test_it_stores_draws_and_writes(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = calibrate.load("addition")
    monkeypatch.setattr(seeds, "train", lambda *_, **__: stored)
    told = CliRunner().invoke(app, ["calibrate", "--json"])
    assert told.exit_code == 0, told.output
    numbers = json.loads(told.output)["addition"]
    assert numbers["threshold"] == stored.threshold
    assert numbers["populations"]["one_epoch"]["passing"]["count"] == 0
    assert (room / "docs" / "images" / "calibration_addition.png").is_file()
    page = room / "docs" / "calibration.md"
    assert marked.read(page, "addition") == calibrated.markdown(stored)


def test_ctrl_c_says_that_nothing_is_lost(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(seeds, "train", stop)
    told = CliRunner().invoke(app, ["calibrate"])
    assert isinstance(told.exception, Stopped)
    assert told.exception.exit_code == 130
    assert "what was measured is kept" in str(told.exception)


def test_a_lecture_that_trains_nothing(room: Path) -> None:
    assert calibrated.chosen(find(room), None) == ["addition"]
    with pytest.raises(WrongUse, match="copy trains nothing that is calibrated"):
        calibrated.chosen(find(room), ["copy"])


@pytest.mark.parametrize("lecture", LECTURES)
def test_the_tables_are_those_of_the_stored_scores(lecture: str) -> None:
    page = ROOT / "docs" / "calibration.md"
    assert marked.read(page, lecture) == calibrated.markdown(calibrate.load(lecture)), (
        f"run `course calibrate {lecture}`"
    )
