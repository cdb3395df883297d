"""A course on disk: whose submissions there are, and what else lies among them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_lib.grading import sandbox
from course_lib.grading.course import Course, find
from tests.short_class import FULL, ROOT, STEM, hand_in, released_course, right

COURSE = str(Path(sys.executable).parent / "course")
NAMES = ["ada", "Zoë", "Zoe\u0308", "李", "a.b-c_d@e.org", "+1", "_", "007"]
NO_NAMES = ["a b", "<img src=x>", "-rf", ".ada", "a&b", "a%2e", "[a]", "a\nb", "a'b", "\udcff", "*"]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / f"{STEM}.py").write_text("")
    return find(tmp_path)


def put(course: Course, name: str) -> None:
    path = course.root / "submitted" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")


@pytest.mark.parametrize("name", NAMES)
def test_letters_of_all_languages_make_a_name(course: Course, name: str) -> None:
    put(course, f"{name}/{STEM}/{STEM}.ipynb")
    assert course.submitted(STEM) == {name: course.root / "submitted" / name / STEM}
    assert course.unfit() == {}


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_is_no_students_is_not_graded_but_told(course: Course, name: str) -> None:
    put(course, f"{name}/{STEM}/{STEM}.ipynb")
    put(course, f"ada/{STEM}/{STEM}.ipynb")
    assert set(course.submitted(STEM)) == {"ada"}
    [(told, sentence)] = course.unfit().items()
    assert told == name
    assert sentence.startswith(f"The folder {name!r} in submitted/ must be renamed: ")
    assert sentence.isprintable()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ada/Vowels/vowels.ipynb", "no folder named for a lecture (vowels), but 'Vowels': put"),
        ("ada/vowels.ipynb", "no folder named for a lecture (vowels), but 'vowels.ipynb': put"),
        ("ada/vowels", "no folder named for a lecture (vowels), but 'vowels': put"),
        ("ada.ipynb", "The notebook 'ada.ipynb' lies in no student's folder: put it at submitted/"),
    ],
)
def test_a_notebook_in_the_wrong_place_is_told(course: Course, name: str, sentence: str) -> None:
    put(course, name)
    assert course.submitted(STEM) == {}
    [told] = course.unfit().values()
    assert sentence in told


def test_what_is_no_submission_is_not_told(course: Course) -> None:
    assert course.unfit() == {}
    put(course, "scores.csv")
    put(course, ".ipynb_checkpoints/x.ipynb")
    put(course, f"ada/{STEM}/{STEM}.ipynb")
    put(course, "ada/notes.txt")
    (course.root / "submitted" / "bob").mkdir()
    assert course.unfit() == {}


def test_a_folder_that_cannot_be_opened_is_told(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(course, "ada/x")
    look = Path.iterdir

    def refused(path: Path) -> Iterator[Path]:
        if path.name == "ada":
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(Path, "iterdir", refused)
    sentence = "The folder 'ada' in submitted/ cannot be opened (Permission denied)."
    assert course.unfit() == {"ada": sentence}


def command(course: Course, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COURSE, *args], cwd=course.root, capture_output=True, text=True, check=False
    )


def test_what_is_unfit_needs_attention_and_the_rest_is_graded(tmp_path: Path) -> None:
    if reason := sandbox.missing():
        pytest.skip(reason)
    course = released_course(tmp_path / "course")
    hand_in(course, {"ada": right, "<b>": right})
    put(course, "bob/Vowels/vowels.ipynb")
    graded = command(course, "grade", "--workers", "1", "--json")
    assert graded.returncode == 1
    *told, done = map(json.loads, graded.stdout.splitlines())
    assert {event["student"]: event["event"] for event in told} == {
        "<b>": "failed", "bob": "failed", "ada": "graded",
    }  # fmt: skip
    assert "must be renamed" in told[0]["error"]
    assert told[-1]["points"] == FULL
    assert done == {"event": "done", "graded": 1, "skipped": 0, "failed": 2}
    # One sentence each, from each command that shows the class.
    again, shown = command(course, "grade"), command(course, "report")
    for run in (graded, again, shown):
        assert run.returncode == 1
        assert len([line for line in run.stderr.splitlines() if line.startswith("!")]) == 2
        assert "The folder '<b>' in submitted/ must be renamed" in run.stderr
        assert "but 'Vowels': put the notebook at submitted/" in run.stderr
    assert "1 unchanged" in again.stdout
    assert "2 could not be graded" in " ".join(again.stdout.split())
    assert command(course, "grade", "--student", "ada").returncode == 0
    assert "ada" in shown.stdout


def test_where_all_is_unfit_it_is_told_too(tmp_path: Path) -> None:
    course = released_course(tmp_path / "course")
    put(course, "ada/vowels.ipynb")
    told = command(course, "grade")
    assert told.returncode == 1
    assert "but 'vowels.ipynb': put the notebook" in told.stderr
    assert "Traceback" not in told.stderr


def test_without_a_name_the_lectures_are_meant_that_somebody_handed_in(course: Course) -> None:
    for stem in ("later", "other"):
        (course.root / "lectures" / f"{stem}.py").write_text("")
    everything = dict.fromkeys(("later", "other", STEM))
    assert course.handed_in(None) == everything
    put(course, f"ada/{STEM}/{STEM}.ipynb")
    put(course, "bob/other/other.ipynb")
    assert course.handed_in(None) == {"other": None, STEM: None}
    assert course.handed_in(["later"]) == {"later": None}
    assert course.handed_in(None, ["ada", "bob"]) == {"other": ["bob"], STEM: ["ada"]}
    assert course.handed_in([STEM], ["bob"]) == {STEM: ["bob"]}
    assert course.handed_in(None, ["ada", "eve"]) == {stem: ["ada", "eve"] for stem in everything}
