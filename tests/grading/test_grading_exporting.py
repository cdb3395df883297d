"""Exports: the columns that each platform documents, and the scores in them."""

import csv
import datetime
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from course_lib.grading import exporting, gradebook
from course_lib.grading.course import Course, find
from course_lib.grading.errors import CourseError

DUE = datetime.datetime(2026, 11, 1, 12)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada handed in two lectures, one of them late; Bob, who has no names, one; Eve none."""
    root = tmp_path_factory.mktemp("exported") / "course"
    (root / "lectures").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    course = find(root)
    with gradebook.opened(course) as book:
        people = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@x.org"}
        book.add_student("ada", lms_user_id="4711", **people)
        book.add_student("bob")
        book.add_student("eve", first_name="Eve", last_name="")
        for lecture in ("addition", "vowels"):
            book.add_assignment(lecture, duedate=DUE)
            book.add_notebook(lecture, lecture)
            book.add_grade_cell("test_a", lecture, lecture, max_score=8, cell_type="code")
            book.add_grade_cell("question", lecture, lecture, max_score=2, cell_type="markdown")
        hand_in(book, "addition", "ada", 8, seconds_late=3725, penalty=1.5)
        hand_in(book, "vowels", "ada", 5.5)
        hand_in(book, "addition", "bob", 0, penalty=3.0)
    return root


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Course:
    return find(Path(shutil.copytree(graded, tmp_path / "course")))


def hand_in(
    book: Gradebook,
    lecture: str,
    student: str,
    points: float,
    seconds_late: int = 0,
    penalty: float = 0.0,
) -> None:
    submission = book.add_submission(
        lecture, student, timestamp=DUE + datetime.timedelta(seconds=seconds_late)
    )
    submission.notebooks[0].late_submission_penalty = penalty
    grade = book.find_grade("test_a", lecture, lecture, student)
    grade.auto_score = points
    grade.needs_manual_grade = False
    waiting = book.find_grade("question", lecture, lecture, student)
    waiting.needs_manual_grade = student == "ada" and lecture == "vowels"
    book.db.commit()


def written(course: Course, form: str) -> list[list[str]]:
    path, _ = exporting.export(course, form)
    assert path.parent == course.root / "reports"
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_canvas_finds_its_columns_and_the_points_possible(course: Course) -> None:
    assert written(course, "canvas") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "addition", "vowels"],
        ["    Points Possible", "", "", "", "", "10.0", "10.0"],
        ["bob", "", "bob", "bob", "", "0.0", ""],
        ["Eve", "", "eve", "eve", "", "", ""],
        ["Lovelace, Ada", "4711", "ada", "ada", "", "6.5", "5.5"],
    ]


def test_moodle_finds_the_columns_of_its_own_export(course: Course) -> None:
    assert written(course, "moodle") == [
        ["First name", "Last name", "ID number", "Email address", "addition", "vowels"],
        ["", "", "bob", "", "0.0", ""],
        ["Eve", "", "eve", "", "", ""],
        ["Ada", "Lovelace", "ada", "ada@x.org", "6.5", "5.5"],
    ]


def test_gradescope_has_four_columns_for_each_lecture(course: Course) -> None:
    head, *rows = written(course, "gradescope")
    assert head[:8] == [
        "First Name", "Last Name", "SID", "Email",
        "addition", "addition - Max Points", "addition - Submission Time",
        "addition - Lateness (H:M:S)",
    ]  # fmt: skip
    [ada] = [row for row in rows if row[2] == "ada"]
    assert ada[4:8] == ["6.5", "10.0", "2026-11-01 13:02:05", "01:02:05"]
    assert ada[8:] == ["5.5", "10.0", "2026-11-01 12:00:00", "00:00:00"]
    [eve] = [row for row in rows if row[2] == "eve"]
    assert eve[4:8] == ["", "10.0", "", ""]


def test_csv_is_nbgraders_own(course: Course) -> None:
    head, *rows = written(course, "csv")
    assert head[-2:] == ["score", "max_score"]
    assert len(rows) == 6


def test_a_score_is_never_below_zero_and_answers_to_grade_are_counted(course: Course) -> None:
    _, waiting = exporting.export(course, "canvas")
    assert waiting == 1
    assert [row[5] for row in written(course, "canvas") if row[0] == "bob"] == ["0.0"]


def test_a_file_that_cannot_be_written_is_one_sentence(course: Course) -> None:
    (course.root / "reports").write_text("in the way")
    with pytest.raises(CourseError, match=r"scores cannot be written to .*canvas\.csv"):
        exporting.export(course, "canvas")


@pytest.mark.parametrize("form", ["CanvasExport", "MoodleExport", "GradescopeExport"])
def test_nbgrader_has_the_formats_too(course: Course, form: str) -> None:
    command = [str(Path(sys.executable).parent / "nbgrader"), "export", "--to=out.csv"]
    exporter = f"--exporter=course_lib.grading.exporting.{form}"
    one = "--ExportPlugin.assignment=['vowels']"
    told = subprocess.run(
        [*command, exporter, one, "--ExportPlugin.student=['ada']"],
        cwd=course.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    text = (course.root / "out.csv").read_text()
    assert "vowels" in text
    assert "addition" not in text
    assert "5.5" in text
    assert "eve" not in text
