"""A class: what is graded, what is skipped, what is kept, whatever stops the run."""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader import api
from sqlalchemy import text

from course_lib.grading import cluster, desk, grade, gradebook
from course_lib.grading.course import Course, find
from course_lib.grading.errors import CourseError, WrongUse
from course_lib.grading.grade import Outcome, Workers
from course_lib.grading.jobs import Job, Result
from tests import short_class
from tests.judged_class import Bench, graded_files, judge, state
from tests.short_class import STEM, blank, hand_in, right, unmasked

FATES = {"ada": right, "bob": unmasked, "cleo": blank}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("released") / "course"
    short_class.released_course(root)
    return root


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Course:
    root = tmp_path / "course"
    shutil.copytree(released, root)
    course = find(root)
    hand_in(course, FATES)
    return course


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    there = Bench()

    @contextmanager
    def crew(*_args: Any, **_options: Any) -> Iterator[Bench]:
        yield there

    monkeypatch.setattr(cluster, "crew", crew)
    return there


def run(course: Course, **options: Any) -> dict[str, Outcome]:
    outcomes = grade.grade(course, STEM, workers=Workers(2), sandboxed=False, **options)
    return {outcome.student: outcome for outcome in outcomes}


def events(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {student: outcome.event for student, outcome in outcomes.items()}


def test_a_class_is_graded_once(course: Course, bench: Bench) -> None:
    first = run(course)
    assert events(first) == dict.fromkeys(FATES, "graded")
    assert (first["ada"].points, first["ada"].max_points) == (short_class.FULL, short_class.FULL)
    assert first["cleo"].points == 0
    before = state(course)
    assert events(run(course)) == dict.fromkeys(FATES, "skipped")
    assert state(course) == before
    assert bench.judged == ["ada", "bob", "cleo"]


def test_force_grades_all_again_to_the_same_bytes(course: Course, bench: Bench) -> None:
    run(course)
    before = state(course)
    assert events(run(course, force=True)) == dict.fromkeys(FATES, "graded")
    assert state(course) == before
    assert len(bench.judged) == 6


def submitted(course: Course, student: str) -> Path:
    return course.root / "submitted" / student / STEM


def test_what_changed_is_graded_again(course: Course, bench: Bench) -> None:
    run(course)
    hand_in(course, {"cleo": right})
    (submitted(course, "bob") / "data.csv").write_text("1,2\n")
    again = run(course)
    assert events(again) == {"ada": "skipped", "bob": "graded", "cleo": "graded"}
    assert again["cleo"].points == short_class.FULL
    assert graded_files(course)[f"bob/{STEM}/data.csv"] == b"1,2\n"


def test_a_file_that_is_gone_is_gone_from_the_grading(course: Course, bench: Bench) -> None:
    extra = submitted(course, "bob") / "data.csv"
    extra.write_text("1,2\n")
    run(course)
    extra.unlink()
    assert events(run(course))["bob"] == "graded"
    assert f"bob/{STEM}/data.csv" not in graded_files(course)


def limits(course: Course) -> None:
    course.config.GradedExecute.timeout = 7


def release_again(course: Course) -> None:
    nb = nbformat.read(course.release(STEM), as_version=4)
    nb.cells[0].source += "\nA new sentence."
    nbformat.write(nb, course.release(STEM))


def master(course: Course) -> None:
    (course.source(STEM).parent / "table.csv").write_text("3\n")


@pytest.mark.parametrize("change", [limits, release_again, master])
def test_a_change_of_the_course_grades_all_again(
    course: Course, bench: Bench, change: Callable[[Course], None]
) -> None:
    run(course)
    change(course)
    assert events(run(course)) == dict.fromkeys(FATES, "graded")


def test_the_kernel_gets_the_instructors_files(course: Course, bench: Bench) -> None:
    seen: dict[str, bytes] = {}
    (submitted(course, "ada") / "table.csv").write_text("mine\n")
    (submitted(course, "ada") / "own.csv").write_text("mine\n")
    master(course)

    def look(job: Job) -> Result:
        seen.update(job.files)
        return judge(job)

    bench.instead["ada"] = look
    run(course)
    assert seen == {"table.csv": b"3\n", "own.csv": b"mine\n"}


def test_no_sandbox_is_another_grading(course: Course, bench: Bench) -> None:
    run(course)
    # Only the hash is asked for: the workers are not real.
    with gradebook.shared(course) as book:
        folder = course.submitted(STEM)["ada"]
        unsafe, safe = (
            desk.Desk(course, STEM, book, sandboxed=sandboxed) for sandboxed in (False, True)
        )
        assert unsafe.is_graded("ada", unsafe.fingerprint(folder))
        assert not safe.is_graded("ada", safe.fingerprint(folder))


def test_an_older_gradebook_is_noticed(course: Course, bench: Bench) -> None:
    run(course)
    before = state(course)
    with gradebook.opened(course) as book:
        book.db.execute(text("update grade set auto_score = 0 where auto_score = 3"))
        book.db.commit()
    assert events(run(course)) == {"ada": "graded", "bob": "graded", "cleo": "skipped"}
    assert state(course) == before


def test_a_lost_gradebook_is_filled_again(course: Course, released: Path, bench: Bench) -> None:
    run(course)
    before = state(course)
    shutil.copy(released / "gradebook.db", course.root / "gradebook.db")
    assert events(run(course)) == dict.fromkeys(FATES, "graded")
    assert state(course) == before


@pytest.mark.parametrize("changed", [False, True])
def test_what_a_person_gave_survives(course: Course, bench: Bench, changed: bool) -> None:
    run(course)
    with gradebook.opened(course) as book:
        for cell, points in (("why", 1.5), ("test_sequence_mask", 0.25)):
            found = book.find_grade(cell, STEM, STEM, "ada")
            found.manual_score, found.needs_manual_grade = points, False
        book.find_comment("why", STEM, STEM, "ada").manual_comment = "well said"
        book.db.commit()
    assert events(run(course))["ada"] == "skipped"
    if changed:
        hand_in(course, {"ada": unmasked})
    outcome = run(course, force=not changed)["ada"]
    assert outcome.event == "graded"
    with gradebook.opened(course) as book:
        assert book.find_comment("why", STEM, STEM, "ada").manual_comment == "well said"
        for cell, points in (("why", 1.5), ("test_sequence_mask", 0.25)):
            found = book.find_grade(cell, STEM, STEM, "ada")
            # nbgrader asks for a new look at what a person had graded.
            assert (found.manual_score, found.needs_manual_grade) == (points, True)


STEPS = ("_clear", "_register", "_write")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("earlier", [False, True])
def test_a_save_that_is_cut_off_is_done_by_the_next_run(
    course: Course,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    when: str,
    earlier: bool,
) -> None:
    """Whatever step of saving a submission is the last, the next run ends as if nothing was."""
    if earlier:
        hand_in(course, {"bob": blank})
        (submitted(course, "bob") / "old.csv").write_text("1\n")
        run(course)
        hand_in(course, FATES)
        (submitted(course, "bob") / "old.csv").unlink()
    done = getattr(desk.Desk, step)

    class Killed(BaseException):
        """As abrupt as can be in one process."""

    def killed(self: Any, *args: Any) -> None:
        if when == "after":
            done(self, *args)
        if "bob" in str(args):
            raise Killed
        if when == "before":
            done(self, *args)

    monkeypatch.setattr(desk.Desk, step, killed)
    with pytest.raises(Killed):
        run(course)
    monkeypatch.setattr(desk.Desk, step, done)
    again = run(course)
    assert again["cleo"].event == ("skipped" if earlier else "graded")
    after = state(course)
    assert events(run(course)) == dict.fromkeys(FATES, "skipped")
    assert events(run(course, force=True)) == dict.fromkeys(FATES, "graded")
    assert state(course) == after


def test_a_removal_that_is_cut_off_leaves_nothing_that_counts(
    course: Course, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (submitted(course, "bob") / "data.csv").write_text("1\n")
    run(course)
    before = state(course)

    def cut_off(folder: Path) -> None:
        (folder / "data.csv").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run(course, force=True, students=["bob"])
    assert events(run(course)) == {"ada": "skipped", "bob": "graded", "cleo": "skipped"}
    assert state(course) == before


def test_a_submission_that_fails_stops_nobody(course: Course, bench: Bench) -> None:
    bench.instead["bob"] = lambda _job: CourseError("Its workers ended.")
    first = run(course)
    assert events(first) == {"ada": "graded", "bob": "failed", "cleo": "graded"}
    assert first["bob"].error == "Its workers ended."
    with gradebook.opened(course) as book:
        assert book.find_submission(STEM, "bob").needs_manual_grade
    del bench.instead["bob"]
    assert events(run(course)) == {"ada": "skipped", "bob": "graded", "cleo": "skipped"}


def test_a_result_that_cannot_be_saved_stops_nobody(course: Course, bench: Bench) -> None:
    bench.instead["bob"] = lambda job: judge(job, points=99.0)
    first = run(course)
    assert events(first) == {"ada": "graded", "bob": "failed", "cleo": "graded"}
    assert "maximum" in first["bob"].error
    assert not any(name.startswith("bob/") for name in graded_files(course))


def test_a_full_disk_stops_the_run_with_a_sentence(
    course: Course, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, text: str, **_options: Any) -> int:
        raise OSError(28, "No space left on device", str(self))

    run(course, students=["ada"])
    before = graded_files(course)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(CourseError, match=r"cannot be written \(No space left on device\)"):
            run(course)
    assert graded_files(course) == before
    assert events(run(course))["ada"] == "skipped"


def test_a_read_only_gradebook_is_one_sentence(course: Course, bench: Bench) -> None:
    path = course.root / "gradebook.db"
    course.config.CourseDirectory.db_url = f"sqlite:///file:{path}?mode=ro&uri=true"
    with pytest.raises(CourseError, match="gradebook cannot be used"):
        run(course)


def test_a_gradebook_that_is_none_is_one_sentence(course: Course, bench: Bench) -> None:
    (course.root / "gradebook.db").write_bytes(b"no database" * 200)
    with pytest.raises(CourseError, match="gradebook cannot be read"):
        run(course)


def test_links_are_not_followed(course: Course, bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret")
    (submitted(course, "bob") / "data.csv").symlink_to(secret)
    (submitted(course, "bob") / "own.csv").write_text("own")
    (submitted(course, "bob") / "folder").symlink_to(tmp_path)
    shutil.rmtree(submitted(course, "cleo"))
    submitted(course, "cleo").symlink_to(submitted(course, "ada"))
    assert run(course)["cleo"].points == 0
    files = graded_files(course)
    assert files[f"bob/{STEM}/own.csv"] == b"own"
    assert b"secret" not in b"".join(files.values())
    assert f"cleo/{STEM}/{STEM}.ipynb" in files


def test_a_copy_in_the_place_of_a_link_is_graded_again(course: Course, bench: Bench) -> None:
    theirs = submitted(course, "cleo").rename(course.root / "theirs")
    hand_in(course, {"cleo": right})
    ours = submitted(course, "cleo").rename(theirs.with_name("ours"))
    submitted(course, "cleo").symlink_to(ours)
    assert run(course)["cleo"].points == 0
    submitted(course, "cleo").unlink()
    ours.rename(submitted(course, "cleo"))
    assert run(course)["cleo"].points == short_class.FULL


def test_a_time_is_kept_and_what_is_none_is_told(course: Course, bench: Bench) -> None:
    for student, time in (("ada", "2024-02-29 18:00:00 UTC"), ("bob", "soon"), ("cleo", "9" * 500)):
        (submitted(course, student) / "timestamp.txt").write_text(time)
    outcomes = run(course)
    assert events(outcomes) == {"ada": "graded", "bob": "failed", "cleo": "failed"}
    for student in ("bob", "cleo"):
        assert "timestamp.txt holds no time, such as 2024" in outcomes[student].error
    with gradebook.opened(course) as book:
        assert str(book.find_submission(STEM, "ada").timestamp) == "2024-02-29 18:00:00"


def test_a_submission_that_cannot_be_read_stops_nobody(
    course: Course, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = desk.Desk.fingerprint

    def refused(self: desk.Desk, folder: Path) -> str:
        if folder.parent.name == "bob":
            raise PermissionError(13, "Permission denied", str(folder))
        return look(self, folder)

    monkeypatch.setattr(desk.Desk, "fingerprint", refused)
    outcomes = run(course)
    assert events(outcomes) == {"ada": "graded", "bob": "failed", "cleo": "graded"}
    assert "Permission denied" in outcomes["bob"].error


def test_outcomes_carry_no_notebook(course: Course, bench: Bench) -> None:
    for outcome in run(course).values():
        assert len(repr(outcome)) < 600


def test_memory_does_not_grow_with_what_was_saved(course: Course, bench: Bench) -> None:
    """After a submission is saved nothing of its rows is in memory."""
    with gradebook.shared(course) as book:
        at = desk.Desk(course, STEM, book, sandboxed=False)
        for student, folder in course.submitted(STEM).items():
            at.save(judge(at.take(student, folder)), at.fingerprint(folder))
        gc.collect()
        kinds = (api.Grade, api.Comment, api.SubmittedNotebook)
        # By type: a lazy object of a library may raise when asked for its class.
        assert not [thing for thing in gc.get_objects() if type(thing) in kinds]


def test_only_one_of_the_class_can_be_graded(course: Course, bench: Bench) -> None:
    assert set(run(course, students=["bob", "bob"])) == {"bob"}
    with pytest.raises(WrongUse, match="No submission of vowels by nobody"):
        run(course, students=["nobody"])
