"""`course repeat`: other seeds and threads, what is kept, what is told; marked documents."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from course_lib.grading import datasets, gradebook, marked, repeat
from course_lib.grading.course import Course, find
from course_lib.grading.errors import CourseError, WrongUse
from course_lib.grading.jobs import Figures, Job, Result
from course_lib.grading.repeat import Repeated, Run
from course_lib.lab.verdict import Verdict

NOTEBOOK = json.dumps({"cells": [
    {"cell_type": "markdown", "source": "SEED = 5"},
    {"cell_type": "code", "source": "import torch\nSEED = 1  # chosen\nSEEDS = range(3)"},
]})  # fmt: skip
JOB = Job("perfect", "short", NOTEBOOK, config={"GradedExecute": {"memory_mb": 7}})
RIGHT = Verdict("a", 2.0, 2.0)
WRONG = Verdict("a", 0.0, 2.0, "No.", "near_chance")


def test_the_first_is_ordinary_and_threads_take_turns() -> None:
    assert repeat.plan(5) == [(0, 1), (1, 2), (2, 1), (3, 2), (4, 1)]


def test_seed_and_threads_are_put_in_and_limits_on_time_lifted() -> None:
    changed = repeat._altered(JOB, seed=9, threads=2)
    [prose, code] = json.loads(changed.notebook)["cells"]
    assert prose["source"] == "SEED = 5"
    assert code["source"] == "import torch\nSEED = 9  # chosen\nSEEDS = range(3)"
    execute = changed.config["GradedExecute"]
    assert (execute["seed"], execute["threads"], execute["memory_mb"]) == (9, 2, 7)
    assert execute["limits"]["short"]["timeout"] > 600
    assert JOB.config == {"GradedExecute": {"memory_mb": 7}}


def test_an_ordinary_grading_keeps_notebook_and_seed() -> None:
    same = repeat._altered(JOB, seed=0, threads=1)
    assert same.notebook == NOTEBOOK
    assert "seed" not in same.config["GradedExecute"]


def test_a_notebook_without_a_seed_is_told() -> None:
    bare = replace(JOB, notebook=NOTEBOOK.replace("SEED = 1", "S = 1"))
    with pytest.raises(CourseError, match="0 lines of the notebook short say"):
        repeat._altered(bare, seed=1, threads=1)


def run(seed: int, threads: int = 1, **changes: object) -> Run:
    return replace(Run(seed, threads, 2.0, 2.0), **changes)  # type: ignore[arg-type]


def test_what_differs_from_the_ordinary_one_has_changed() -> None:
    other = run(2, 2, points=0.0, faults={"a": "near_chance"})
    found = Repeated("short", "perfect", (run(0), run(1), other))
    assert found.changed == [other]
    assert repeat.row_of(repeat.summary(found)) == [
        "2", "1", "2 of 2", "seed 2 on 2: a (near_chance)",
    ]  # fmt: skip
    assert repeat.row_of(repeat.summary(replace(found, runs=(run(0), run(1)))))[3] == "none"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "calibration.md").write_text(
        "Before.\n<!-- begin repeated -->\nold\n<!-- end repeated -->\nAfter.\n"
    )
    return find(tmp_path)


def test_the_table_keeps_the_other_lectures(course: Course) -> None:
    repeat.publish(course, Repeated("b", "perfect", (run(0), run(1, 2))))
    repeat.publish(course, Repeated("a", "perfect", (run(0), run(1))))
    text = (course.root / "docs" / "calibration.md").read_text()
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "old" not in text
    assert text.index("| `a` | 2 | 0 | 2 of 2 | none |") < text.index("| `b` | 1 | 1 |")
    part = marked.read(course.root / "docs" / "calibration.md", "repeated")
    assert part == repeat.markdown(json.loads((course.root / "docs/repeated.json").read_text()))


def test_a_document_without_the_part_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Page\n")
    with pytest.raises(CourseError, match="has no lines `<!-- begin x -->`"):
        marked.write(tmp_path / "page.md", "x", "text")


class Desk:
    """In place of the desk, which needs a released lecture."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def take(self, student: str, folder: Path) -> Job:
        return JOB

    def fingerprint(self, folder: Path) -> str:
        return folder.joinpath("mark").read_text()


@pytest.fixture
def graded(course: Course, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The course with one submission; the list grows by each grading that is run."""
    folder = course.root / "submitted" / "perfect" / "short"
    folder.mkdir(parents=True)
    (folder / "mark").write_text("m1")
    names: list[str] = []

    def results(
        course: Course, jobs: list[Job], workers: int, *, sandboxed: bool
    ) -> Iterator[tuple[str, Result]]:
        for job in jobs:
            names.append(f"{job.student} by {workers}")
            verdict = WRONG if job.config["GradedExecute"].get("seed") == 3 else RIGHT
            yield job.student, Result("perfect", "", [verdict], 1.0, Figures(0.0, 0.0, 0.0, ""))

    monkeypatch.setattr(repeat, "Desk", Desk)
    monkeypatch.setattr(datasets, "require", lambda _: None)
    monkeypatch.setattr(gradebook, "require_release", lambda *_: None)
    monkeypatch.setattr(repeat, "_results", results)
    return names


def again(course: Course, times: int) -> Repeated:
    return repeat.repeat(
        course, "short", student="perfect", times=times, workers=4, sandboxed=False
    )


def test_as_many_run_at_a_time_as_there_are_cores_for_their_threads(
    course: Course, graded: list[str]
) -> None:
    again(course, 8)
    assert graded == [f"{seed} 1 by 4" for seed in (0, 2, 4, 6)] + [
        f"{seed} 2 by 2" for seed in (1, 3, 5, 7)
    ]
    again(course, 9)
    assert graded[-1] == "8 1 by 1"


def test_a_changed_verdict_is_found_and_nothing_is_graded_twice(
    course: Course, graded: list[str]
) -> None:
    assert again(course, 3).changed == []
    found = again(course, 5)
    assert [name.partition(" by ")[0] for name in graded] == ["0 1", "2 1", "1 2", "4 1", "3 2"]
    assert [changed.faults for changed in found.changed] == [{"a": "near_chance"}]
    (course.root / "submitted" / "perfect" / "short" / "mark").write_text("m2")
    again(course, 3)
    assert len(graded) == 8


def test_who_handed_nothing_in(course: Course, graded: list[str]) -> None:
    with pytest.raises(WrongUse, match="No submission of short by nobody"):
        repeat.repeat(course, "short", student="nobody", times=2, workers=1, sandboxed=False)


def test_the_stored_gradings_are_fifty_a_lecture_and_none_changed() -> None:
    course = find(Path(__file__).parents[2])
    kept = json.loads((course.root / "docs" / "repeated.json").read_text())
    assert sorted(kept) == sorted(course.lectures)
    for numbers in kept.values():
        assert set(numbers["threads"]) == {"1", "2"}
        assert sum(numbers["threads"].values()) >= 50
        assert numbers["points"] == numbers["max_points"]
        assert numbers["changed"] == []
    shown = marked.read(course.root / "docs" / "calibration.md", "repeated")
    assert shown == repeat.markdown(kept)
