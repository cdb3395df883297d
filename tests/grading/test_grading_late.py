"""Late submissions lose what one line of the configuration says, and every page shows it."""

from __future__ import annotations

import csv
import datetime
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest

from course_lib.grading import (
    CONFIG,
    cluster,
    collect,
    exporting,
    feedback,
    grade,
    gradebook,
    report,
    report_page,
)
from course_lib.grading.course import Course, find
from course_lib.grading.grade import Workers
from course_lib.grading.late import DAY, PerDay
from tests import short_class
from tests.judged_class import Bench
from tests.short_class import FULL, STEM

ROOT = Path(__file__).parents[2]
DUE = datetime.datetime(2026, 11, 1, 12)
CAME = {"intime": DUE - datetime.timedelta(hours=1), "late": DUE + datetime.timedelta(hours=30)}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two right submissions from Gradescope, one 30 hours late."""
    root = tmp_path_factory.mktemp("late") / "course"
    course = short_class.released_course(root)
    with gradebook.opened(course) as book:
        book.update_or_create_assignment(STEM, duedate=DUE)
        for student in CAME:
            book.add_student(student)
    nb = nbformat.read(course.release(STEM), as_version=4)
    short_class.right(nb)
    listing = "".join(
        f"{student}:\n  :submitters:\n  - :sid: {student}\n  :created_at: {time} Z\n"
        for student, time in CAME.items()
    )
    with zipfile.ZipFile(root / "all.zip", "w") as file:
        file.writestr("all/submission_metadata.yml", listing)
        for student in CAME:
            file.writestr(f"all/{student}/{STEM}.ipynb", nbformat.writes(nb))
    assert len(collect.collect(course, root / "all.zip").new) == len(CAME)
    return root


@pytest.fixture
def course(collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    @contextmanager
    def crew(*_args: Any, **_options: Any) -> Iterator[Bench]:
        yield Bench()

    monkeypatch.setattr(cluster, "crew", crew)
    return find(Path(shutil.copytree(collected, tmp_path / "course")))


def configured(course: Course, *more: str) -> Course:
    """The course with the line that stands commented out in the configuration."""
    path = course.root / CONFIG
    text = path.read_text(encoding="utf-8")
    switched, lines = re.subn(r"^# (c\.AssignLatePenalties\.)", r"\1", text, flags=re.MULTILINE)
    assert lines == 1
    path.write_text("\n".join([switched, *more]), encoding="utf-8")
    return find(course.root)


def penalties(course: Course) -> dict[str, float]:
    grade.grade(course, STEM, workers=Workers(1), sandboxed=False)
    return {row.student: row.penalty for row in report.rows(course, STEM)}


def test_nothing_is_lost_as_long_as_nobody_says_so(course: Course) -> None:
    assert penalties(course) == {"intime": 0, "late": 0}


def test_a_point_for_each_day_begun(course: Course) -> None:
    course = configured(course)
    assert penalties(course) == {"intime": 0, "late": 2}
    assert {row.student: row.total for row in report.rows(course, STEM)} == {
        "intime": FULL,
        "late": FULL - 2,
    }


def test_every_page_and_every_export_shows_it(course: Course) -> None:
    course = configured(course)
    penalties(course)
    assert "2 (late: −2)" in report_page.write(course, [STEM]).read_text(encoding="utf-8")
    pages = {path.parts[-3]: path.read_text() for path in feedback.feedback(course, STEM)}
    assert "Handed in late: 2 points less." in pages["late"]
    assert "<strong>2</strong> of 6 points" in pages["late"]
    assert "late" not in pages["intime"].partition("<main")[0].partition("</style>\n</head>")[2]
    for form, column in (
        ("csv", "score"),
        ("canvas", STEM),
        ("moodle", STEM),
        ("gradescope", STEM),
    ):
        path, _ = exporting.export(course, form)
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if "late" in row.values()]
        assert [float(row[column]) for row in rows] == [FULL - 2], form


def test_the_points_are_one_more_line(course: Course) -> None:
    assert penalties(configured(course, "c.PerDay.points = 0.5")) == {"intime": 0, "late": 1}


def test_nbgraders_own_takes_everything(course: Course) -> None:
    with (course.root / CONFIG).open("a") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    assert penalties(find(course.root)) == {"intime": 0, "late": FULL}


def test_no_more_is_taken_than_was_given(course: Course) -> None:
    assert penalties(configured(course, "c.PerDay.points = 100"))["late"] == FULL


def test_another_due_date_counts_for_what_was_graded_before(course: Course) -> None:
    course = configured(course)
    assert penalties(course)["late"] == 2
    with gradebook.opened(course) as book:
        book.update_or_create_assignment(STEM, duedate=DUE + datetime.timedelta(days=1))
    assert penalties(course)["late"] == 1


@pytest.mark.parametrize(
    ("seconds", "points"), [(1, 1), (DAY, 1), (DAY + 1, 2), (10 * DAY, 10), (0, 0)]
)
def test_days_are_counted_when_they_begin(seconds: float, points: float) -> None:
    assert PerDay().late_submission_penalty("ada", 4.0, seconds) == points


def test_minutes_of_grace_are_nobodys_loss() -> None:
    plugin = PerDay(grace=10)
    assert plugin.late_submission_penalty("ada", 4.0, 600) == 0
    assert plugin.late_submission_penalty("ada", 4.0, 601) == 1


def test_who_is_forgiven_by_removing_the_time_loses_nothing(course: Course) -> None:
    course = configured(course)
    assert penalties(course)["late"] == 2
    (course.submitted(STEM)["late"] / "timestamp.txt").unlink()
    assert penalties(course)["late"] == 0


def test_no_page_shows_less_than_nothing(course: Course) -> None:
    course = configured(course)
    penalties(course)
    with gradebook.opened(course) as book:
        for grade_of in book.find_submission(STEM, "late").notebooks[0].grades:
            grade_of.manual_score = 0.0
        book.db.commit()
    assert [row.total for row in report.rows(course, STEM) if row.student == "late"] == [0]
    pages = {path.parts[-3]: path.read_text() for path in feedback.feedback(course, STEM)}
    assert "<strong>0</strong> of 6 points" in pages["late"]
