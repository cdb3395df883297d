"""Workers: as many as one likes, here or elsewhere, lost or ended; the class is graded the same."""

import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from course_lib.grading import cluster, grade, sandbox
from course_lib.grading.course import Course, find
from course_lib.grading.grade import Workers
from course_lib.grading.jobs import Job
from tests import short_class
from tests.judged_class import state
from tests.short_class import STEM, blank, hand_in, loud, raising, right, unmasked
from tests.story import clusters, poison
from tests.story.conftest import run

pytestmark = pytest.mark.xdist_group("workers")
FATES = {"ada": right, "bob": unmasked, "cleo": blank, "dora": loud, "emil": raising}


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A released course with a class that nobody has graded."""
    if reason := sandbox.missing():
        pytest.skip(reason)
    course = short_class.released_course(tmp_path_factory.mktemp("cluster") / "course")
    hand_in(course, FATES)
    return course


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with clusters.cluster(tmp_path_factory.mktemp("dask")) as address:
        yield address


def copied(course: Course, root: Path) -> Course:
    shutil.copytree(course.root, root)
    return find(root)


def test_any_number_of_workers_gives_the_same_bytes(
    submitted: Course, address: str, tmp_path: Path
) -> None:
    states = []
    for index, workers in enumerate([1, 2, 4, 4, 2, 1]):
        course = copied(submitted, tmp_path / str(index))
        outcomes = grade.grade(course, STEM, workers=Workers(workers))
        assert {outcome.event for outcome in outcomes} == {"graded"}
        states.append(state(course))
    course = copied(submitted, tmp_path / "cluster")
    told = run(course.root, "grade", "--json", "--scheduler", address)
    assert told.code == 0, told.out + told.err
    states.append(state(course))
    rows, files = states[0]
    assert len(files) == len(FATES)
    assert any(b"tensor(" in content for content in files.values())
    assert all(other == (rows, files) for other in states)


def test_workers_stay_warm_for_the_next_command(
    submitted: Course, address: str, tmp_path: Path
) -> None:
    course = copied(submitted, tmp_path / "course")
    seen = []
    # A busy machine may cost a sandbox its life once; one that is made anew each time never stays.
    for _ in range(4):
        assert run(course.root, "grade", "--force", "--scheduler", address).code == 0
        seen.append({p.pid for p in clusters.below(os.getpid()) if p.name() == "bwrap"})
    assert any(before == after != set() for before, after in pairwise(seen))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_submission_that_ends_its_workers_is_given_up_and_no_other(
    submitted: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    course = copied(submitted, tmp_path / "course")
    hand_in(course, {poison.STUDENT: right})
    monkeypatch.setattr(cluster, "judge", poison.judge_or_die)
    outcomes = grade.grade(course, STEM, workers=Workers(workers))
    found = {outcome.student: outcome for outcome in outcomes}
    assert found.pop(poison.STUDENT).error == "3 workers in a row ended while they ran it."
    assert {outcome.event for outcome in found.values()} == {"graded"}
    # The next run, when what ended the workers is mended, grades what is left.
    monkeypatch.undo()
    outcomes = grade.grade(course, STEM, workers=Workers(1))
    assert [o.student for o in outcomes if o.event == "graded"] == [poison.STUDENT]


def test_workers_with_other_code_refuse(tmp_path: Path) -> None:
    with cluster.crew(
        lambda _stem: "other", workers=1, scheduler=None, sandboxed=True, scratch=tmp_path
    ) as crew:
        [(student, outcome)] = crew.results(iter([Job("ada", STEM, "{}")]))
    assert student == "ada"
    assert "another version" in str(outcome)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("tcp://127.0.0.1:9", "No scheduler answers at tcp://127.0.0.1:9"),
        ("nonsense://x", "is no scheduler's address"),
    ],
)
def test_no_scheduler_is_one_sentence(submitted: Course, address: str, sentence: str) -> None:
    told = run(submitted.root, "grade", "--scheduler", address)
    assert told.code == 1
    assert sentence in " ".join(told.err.split())
    assert "Traceback" not in told.err
