"""The parts of the benchmarks that could be wrong without anyone noticing."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import torch

from benchmarks import grading_class, grading_sections
from benchmarks.grading_measure import CannotMeasure, CommandFailed, Run, family, run
from benchmarks.grading_rooms import Room, vowels_points
from benchmarks.grading_sections import SECTIONS, Settings, cell_seconds
from benchmarks.grading_tables import Goal, Section, Spread, insert, table
from course_lib.answers.hidden import vowels  # noqa: F401 (importing it registers the checks)
from course_lib.answers.registry import hidden
from course_lib.lab.subject import DirectSubject

ROOT = Path(__file__).parent.parent


BURN = "import time\nwhile time.process_time() < 1: pass\n"


@pytest.fixture
def measured(tmp_path: Path) -> Callable[[str], Run]:
    """Measures a Python program."""
    try:
        with family():
            pass
    except CannotMeasure as error:
        pytest.skip(str(error))
    return lambda code: run([[sys.executable, "-c", code]], folder=tmp_path, memory=True)


def test_cpu_time_of_a_child_whose_end_is_ignored_counts(measured: Callable[[str], Run]) -> None:
    code = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        f"subprocess.run([sys.executable, '-c', {BURN!r}])"
    )
    assert 1.0 <= measured(code).cpu < 1.6


def test_cpu_time_of_an_orphan_that_outlives_its_parent_counts(
    measured: Callable[[str], Run],
) -> None:
    code = (
        "import subprocess, sys; "
        f"subprocess.Popen([sys.executable, '-c', {BURN!r}], start_new_session=True)"
    )
    assert 1.0 <= measured(code).cpu < 1.6


def test_memory_of_the_family_and_of_the_client_are_told_apart(
    measured: Callable[[str], Run],
) -> None:
    hold = "held = bytearray(b'x') * 200_000_000; import time; time.sleep(1)"
    found = measured(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])")
    assert 200 < found.family < 300
    assert found.client < 100


def test_a_failing_command_is_an_error_that_says_what_it_said(
    measured: Callable[[str], Run],
) -> None:
    with pytest.raises(CommandFailed, match="no such class"):
        measured("import sys; sys.exit('no such class')")


def test_a_spread_shows_the_median_and_the_ends() -> None:
    assert Spread.of([3.0, 1.0, 2.5]).text(1) == "2.5 (1.0 to 3.0)"
    assert Spread.of([2.0]).text(1) == "2.0"


@pytest.mark.parametrize(("at_least", "met"), [(True, False), (False, True)])
def test_a_goal_is_held_against_the_median(at_least: bool, met: bool) -> None:
    goal = Goal("times as fast", Spread(19.0, 10.0, 25.0), 20, at_least=at_least, digits=0)
    assert goal.met is met
    assert goal.line().endswith(": met" if met else ": **missed**")


def test_results_replace_what_stood_between_their_markers_and_nothing_else() -> None:
    text = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb <!-- begin y --><!-- end y -->\n"
    new = insert(text, "x", "new")
    assert new == text.replace("old", "new")
    assert insert(new, "x", "new") == new
    with pytest.raises(ValueError, match="begin z"):
        insert(text, "z", "new")


def test_the_readme_has_a_place_for_each_section() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    section = Section("any", "One round", [table(["a", "b"], [["1", "2"]])], [])
    for key in SECTIONS:
        assert section.markdown("A machine.") in insert(text, key, section.markdown("A machine."))


def test_cell_seconds_are_summed_over_graded_submissions() -> None:
    events = [
        {"event": "graded", "student": "a", "cell_seconds": 1.5},
        {"event": "skipped", "student": "b"},
        {"event": "graded", "student": "c", "cell_seconds": 2.0},
        {"event": "done", "graded": 2},
    ]
    assert cell_seconds("\n".join(map(json.dumps, events))) == 3.5


@pytest.mark.parametrize("out", ["", '{"event": "graded", "student": "a"}'])
def test_cell_seconds_that_are_not_told_are_an_error(out: str) -> None:
    with pytest.raises(CommandFailed, match="cell_seconds"):
        cell_seconds(out)


def test_a_room_is_ungraded_again_after_a_reset(tmp_path: Path) -> None:
    (tmp_path / "gradebook.db").write_text("released")
    (tmp_path / "submitted").mkdir()
    room = Room(tmp_path)
    (tmp_path / "gradebook.db").write_text("graded")
    (tmp_path / "autograded" / "s00001").mkdir(parents=True)
    (tmp_path / "log").write_text("")
    room.reset()
    assert (tmp_path / "gradebook.db").read_text() == "released"
    assert {path.name for path in tmp_path.iterdir()} == {
        "gradebook.db", "gradebook.released", "submitted",
    }  # fmt: skip


def answers(*, right: bool) -> ModuleType:
    """The functions of a student."""
    module = ModuleType("student")
    cells = [exercise.answered(right=right) for exercise in grading_class.EXERCISES]
    exec("\n".join(["import torch", "from torch import Tensor", *cells]), module.__dict__)
    return module


@pytest.mark.parametrize("right", [True, False])
def test_assertions_and_checks_agree_on_every_answer_of_the_short_class(right: bool) -> None:
    student = answers(right=right)
    for exercise in grading_class.EXERCISES:
        check = hidden.get("vowels", exercise.name)
        verdict = check.run(DirectSubject(check.subject, getattr(student, exercise.name)))
        try:
            exec(exercise.test, {"torch": torch, **vars(student)})
        except AssertionError:
            passed = False
        else:
            passed = True
        assert verdict.right is passed is (right or not exercise.wrong)
        assert check.points == exercise.points


def test_every_fourth_student_loses_the_points_of_the_mask() -> None:
    assert list(grading_class.points(5).values()) == [6.0, 6.0, 6.0, 3.0, 6.0]


def test_submissions_answer_every_exercise_of_the_released_notebook(tmp_path: Path) -> None:
    nb = grading_class.nbgrader_notebook()
    nbformat.validate(nb)
    nbformat.write(nb, tmp_path / "released.ipynb")
    grading_class.hand_in(tmp_path / "released.ipynb", "short", tmp_path / "in", 4, "burn = 1")
    first, *_, last = (
        nbformat.read(path, as_version=4) for path in sorted((tmp_path / "in").glob("*/*/*.ipynb"))
    )
    for exercise in grading_class.EXERCISES:
        assert exercise.answered(right=True) in [cell.source for cell in first.cells]
        assert exercise.answered(right=False) in [cell.source for cell in last.cells]
    assert first.cells[1].source.startswith("burn = 1\nimport")


def test_a_released_notebook_without_an_exercise_is_refused(tmp_path: Path) -> None:
    nb = grading_class.nbgrader_notebook()
    nb.cells = nb.cells[:2]
    nbformat.write(nb, tmp_path / "released.ipynb")
    with pytest.raises(ValueError, match="0 cells"):
        grading_class.hand_in(tmp_path / "released.ipynb", "short", tmp_path / "in", 1)


def test_students_who_train_must_get_the_points_of_the_demo_class() -> None:
    assert vowels_points(3) == {"s00001": 31.0, "s00002": 31.0, "s00003": 31.0}


class Canned:
    """A grader of a class of known size, which is never run."""

    def __init__(self, key: str, number: int) -> None:
        self.name = key
        self.number = number


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings for graders whose costs are known: stock 10 s a submission, ours 1 s and 0.25 s."""
    price = {"nbgrader": (0.0, 10.0, 8.0), "ours-1": (2.0, 1.0, 0.5), "ours-2": (3.0, 0.25, 0.5)}

    def graded(grader: Canned, wanted: dict[str, float], *, memory: bool = False) -> Run:
        start, wall, cpu = price[grader.name]
        assert len(wanted) == grader.number
        return Run(start + wall * grader.number, start + cpu * grader.number, family=400.0 * memory)

    def make(key: str) -> Callable[[Path, int, str], Canned]:
        return lambda _folder, number, _extra: Canned(key, number)

    monkeypatch.setattr(grading_sections, "graded", graded)
    monkeypatch.setattr(grading_sections, "GRADERS", {key: make(key) for key in price})
    return Settings(tmp_path, tuple(price), submissions=8, large=40, trained=2, crowd=20, rounds=3)


def test_ratios_and_slopes_of_the_short_class(canned: Settings) -> None:
    section = grading_sections.short(canned)
    first, second = section.tables
    assert "| ours-2 | 5.0 | 0.62 | 0.88 | 400 | 16.0 | 9.1 |" in first
    assert "| ours-1 | 1.000 | 0.500 |" in second
    assert "| ours-2 | 0.250 | 0.500 |" in second
    assert [goal.found.median for goal in section.goals] == [16.0, 0.5, 0.5]
    assert not any(goal.met for goal in section.goals)


def test_start_up_counts_little_in_the_large_class(canned: Settings) -> None:
    section = grading_sections.large(canned)
    [only] = section.tables
    assert "| nbgrader | 400.0 | 10.000 | 8.000 | 1.0 | 1.0 |" in only
    assert "| ours-2 | 13.0 | 0.325 | 0.575 | 30.8 | 13.9 |" in only
    assert "ours-1" not in only
    assert [goal.met for goal in section.goals] == [True]
