"""The kill table in docs/ is of the present code; a sample of the mutants; the command.

All mutants take minutes, so `course audit --write` runs them; here the page is compared with what
it must be, and every twelfth mutant is shown to its check.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from course_lib.answers import audit
from course_lib.answers.mutants import cells, records, trial
from course_lib.answers.mutants.trial import Trial, Trials
from course_lib.answers.registry import Specimen, hidden
from course_lib.grading import fingerprint, kill_table
from course_lib.grading.cli_upkeep import audit as command
from course_lib.grading.course import Course, find
from course_lib.grading.errors import WrongUse

ROOT = Path(__file__).parents[2]
STEMS = ["addition", "imdb", "reviews", "surnames", "vowels"]
# Their cells train, or read what was trained.
TRAINED = ("finder_trained", "trained", "predictions")
MENDED = "run `course audit --write`"


@pytest.fixture(scope="module")
def course() -> Course:
    return find(ROOT)


def test_the_page_is_what_an_audit_of_the_present_code_writes(course: Course) -> None:
    page = kill_table.path(course).read_text(encoding="utf-8")
    assert page == kill_table.page(course), MENDED
    assert kill_table.outdated(course) == [], MENDED


@pytest.mark.parametrize("stem", STEMS)
def test_a_sample_of_the_mutants_is_killed_or_recorded(course: Course, stem: str) -> None:
    audit.load(stem)
    known = records.load(stem)
    quick = replace(known, not_mutated=known.not_mutated | dict.fromkeys(TRAINED, "slow"))
    found = trial.trials(stem, course.text(stem), quick, every=12)
    assert len(found.trials) >= 15
    assert [one for one in found.trials if not one.good] == []


@pytest.mark.parametrize("stem", STEMS)
def test_records_name_mutants_that_exist(course: Course, stem: str) -> None:
    audit.load(stem)
    known = records.load(stem)
    there = {
        (exercise, mutant.before, mutant.after)
        for exercise, mutant in trial.made(cells.read(course.text(stem)), known)
    }
    assert set(known.equivalent) - there == set()
    assert set(known.not_mutated) <= {check.name for check in hidden.of(stem)}


def test_the_fingerprint_follows_cells_checks_and_catalogues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "course_lib"
    for name in (
        "answers/hidden/vowels_laws.py",
        "answers/hidden/imdb.py",
        "answers/misconceptions/vowels.py",
        "answers/asking.py",
        "answers/demo/vowels.py",
        "lab/check.py",
        "lab/plots.py",
    ):
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1")
    monkeypatch.setattr(fingerprint, "_PACKAGE", package)

    def marks(*cells: str) -> tuple[str, ...]:
        return tuple(fingerprint.of_audit(["vowels", "imdb"], s, cells) for s in ("vowels", "imdb"))

    before = marks("x = 1")
    assert marks("x = 2")[0] != before[0]
    for name, changes in (
        ("answers/hidden/vowels_laws.py", (True, False)),
        ("answers/hidden/imdb.py", (False, True)),
        ("answers/misconceptions/vowels.py", (True, False)),
        ("answers/asking.py", (True, True)),
        ("answers/demo/vowels.py", (False, False)),
        ("lab/check.py", (True, True)),
        ("lab/plots.py", (False, False)),
    ):
        (package / name).write_text("2")
        after = marks("x = 1")
        assert tuple(a != b for a, b in zip(after, before, strict=True)) == changes, name
        before = after


# --- the command ----------------------------------------------------------------------------------


def mutant(end: str) -> Trial:
    return Trial("overlap", "operator", 2, "return a + b", "return a - b", end, "a reason")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Trials:
    """What the audit of a lecture finds, in place of the real audit; a test may add to it."""
    trials = Trials([mutant("killed"), mutant("equivalent")], {}, [])
    right = Specimen("addition", "overlap", "in_another_form", lambda: None, "")
    row = audit.Row("overlap", right.name, "equivalent", "", "", "", caught=True)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(audit, "audit_all", lambda stems, tick: {stem: [row] for stem in stems})
    monkeypatch.setattr(trial, "trials", lambda *_: trials)
    return trials


def test_nothing_wrong(found: Trials, capsys: pytest.CaptureFixture[str]) -> None:
    command(["addition"])
    told = capsys.readouterr().out
    assert "1 of 1 (1 equivalent)" in told
    assert "mutant by mutant" not in told


def test_a_survivor_is_named_and_the_status_is_1(
    found: Trials, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    found.trials.append(mutant("survived"))
    with pytest.raises(typer.Exit) as end:
        command(["addition"])
    assert end.value.exit_code == 1
    told = capsys.readouterr().out
    assert "+ return a - b" in told
    assert "survived" in told


def test_a_stale_record_is_told_and_the_status_is_1(
    found: Trials, capsys: pytest.CaptureFixture[str]
) -> None:
    found.stale.append("overlap: there is no mutant `x` of the line `y`")
    with pytest.raises(typer.Exit) as end:
        command(["addition"])
    assert end.value.exit_code == 1
    assert "there is no mutant `x`" in capsys.readouterr().out


def test_json(found: Trials, capsys: pytest.CaptureFixture[str]) -> None:
    command(["addition"], as_json=True)
    told = json.loads(capsys.readouterr().out)["addition"]
    assert told["answers"][0]["specimen"] == "in_another_form"
    assert [one["end"] for one in told["trials"]] == ["killed", "equivalent"]
    assert told["stale"] == []
    assert told["not_mutated"] == {}


def test_the_page_is_written_only_if_nothing_is_wrong(
    found: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "kill_table.md"
    monkeypatch.setattr(kill_table, "path", lambda course: page)
    monkeypatch.setattr(kill_table, "page", lambda course: "a page")
    with pytest.raises(WrongUse, match="name none with --write"):
        command(["addition"], write=True)
    found.trials.append(mutant("survived"))
    with pytest.raises(typer.Exit):
        command(write=True, as_json=True)
    assert not page.exists()
    found.trials.pop()
    command(write=True, as_json=True)
    assert page.read_text() == "a page"
