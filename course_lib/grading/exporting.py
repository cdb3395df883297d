"""`course export`: the gradebook as a file that a learning platform imports.

Each format is a plug-in of nbgrader's, so that `nbgrader export --exporter=course_lib.grading.
exporting.CanvasExport` writes it too. Who is who comes from the gradebook's students: their id,
names, e-mail and `lms_user_id`, as `nbgrader db student add` or `import` sets them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins.export import CsvExportPlugin, ExportPlugin

from course_lib.grading import gradebook, late
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError

Row = list[Any]


class _OneRowPerStudent(ExportPlugin):
    """A table of the students, with the scores of each lecture in columns of their own.

    A score is what nbgrader exports: points less the penalty for being late, at least 0. Who has
    handed in nothing gets an empty cell: a platform then leaves what it has, or shows a dash.
    """

    default: ClassVar[str]

    def export(self, gradebook: Gradebook) -> None:
        """Write the file that `to` names, by default a name of the format's own."""
        lectures = [a for a in gradebook.assignments if not self.assignment or a.name in self._only]
        students = [s for s in gradebook.students if not self.student or s.id in self.student]
        self.log.info("Exporting %s students to %s", len(students), self.to or self.default)
        with Path(self.to or self.default).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows(self.head(lectures))
            for student in students:
                found = [self._submission(gradebook, lecture, student) for lecture in lectures]
                cells = [
                    cell
                    for lecture, one in zip(lectures, found, strict=True)
                    for cell in self.cells(lecture, one)
                ]
                writer.writerow([*self.who(student), *cells])

    @property
    def _only(self) -> set[str]:
        return set(map(str, self.assignment))

    @staticmethod
    def _submission(gradebook: Gradebook, lecture: Any, student: Any) -> Any:
        try:
            return gradebook.find_submission(lecture.name, student.id)
        except MissingEntry:
            return None

    @staticmethod
    def score(submission: Any) -> float | str:
        """The points, or an empty text where nothing was handed in."""
        if submission is None:
            return ""
        return late.total(submission.score, submission.late_submission_penalty or 0.0)

    def head(self, lectures: list[Any]) -> Iterator[Row]:
        """The rows before those of the students."""
        raise NotImplementedError("each format has rows of its own")

    def who(self, student: Any) -> Row:
        """The columns that say who a student is."""
        raise NotImplementedError("each format names students in its own way")

    def cells(self, lecture: Any, submission: Any) -> Row:  # noqa: ARG002 - formats may show more
        """The columns of one lecture: the score."""
        return [self.score(submission)]


class CanvasExport(_OneRowPerStudent):
    """Canvas: Grades, Import. A student is found by `ID`, else by the SIS ids.

    Columns: Instructure, "How do I import grades in the Gradebook?". A lecture that is no
    assignment yet becomes one, with the points of the second row.
    """

    default = "canvas.csv"

    def head(self, lectures: list[Any]) -> Iterator[Row]:
        """Column names, then the highest scores."""
        names = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        yield [*names, *(lecture.name for lecture in lectures)]
        yield ["    Points Possible", "", "", "", "", *(lecture.max_score for lecture in lectures)]

    def who(self, student: Any) -> Row:
        """Name, Canvas's id, the two ids of the student system, no section."""
        parts = [part for part in (student.last_name, student.first_name) if part]
        name = ", ".join(parts) or student.id
        return [name, student.lms_user_id or "", student.id, student.id, ""]


class MoodleExport(_OneRowPerStudent):
    """Moodle: Grades, Import, CSV file; "ID number" or "Email address" maps to the student.

    Columns: Moodle's documentation, "Grade import": those of its own grade export.
    """

    default = "moodle.csv"

    def head(self, lectures: list[Any]) -> Iterator[Row]:
        """Column names."""
        names = ["First name", "Last name", "ID number", "Email address"]
        yield [*names, *(lecture.name for lecture in lectures)]

    def who(self, student: Any) -> Row:
        """Names, id, e-mail."""
        return [student.first_name or "", student.last_name or "", student.id, student.email or ""]


class GradescopeExport(_OneRowPerStudent):
    """Gradescope: the columns of its own "Download Grades" file.

    Gradescope takes no scores from elsewhere; what reads its grade files reads this one, and the
    first four columns are those of a roster, which it imports.
    """

    default = "gradescope.csv"

    def head(self, lectures: list[Any]) -> Iterator[Row]:
        """Column names, four for each lecture."""
        kinds = ("", " - Max Points", " - Submission Time", " - Lateness (H:M:S)")
        columns = [f"{lecture.name}{kind}" for lecture in lectures for kind in kinds]
        yield ["First Name", "Last Name", "SID", "Email", *columns]

    def who(self, student: Any) -> Row:
        """Names, id, e-mail."""
        return [student.first_name or "", student.last_name or "", student.id, student.email or ""]

    def cells(self, lecture: Any, submission: Any) -> Row:
        """Score, highest score, when it was handed in, and how much too late."""
        if submission is None or submission.timestamp is None:
            return [self.score(submission), lecture.max_score, "", ""]
        late = int(submission.total_seconds_late)
        lateness = f"{late // 3600:02}:{late // 60 % 60:02}:{late % 60:02}"
        return [self.score(submission), lecture.max_score, submission.timestamp, lateness]


FORMATS: dict[str, type[ExportPlugin]] = {
    "csv": CsvExportPlugin,
    "canvas": CanvasExport,
    "moodle": MoodleExport,
    "gradescope": GradescopeExport,
}
_FILES = {"csv": "grades.csv"} | {
    name: plugin.default
    for name, plugin in FORMATS.items()
    if issubclass(plugin, _OneRowPerStudent)
}


def export(course: Course, form: str = "csv", target: Path | None = None) -> tuple[Path, int]:
    """Write all scores in one of `FORMATS`, by default into `reports/`.

    Returns:
        The file, and how many answers in it still wait for a person to grade them.

    Raises:
        CourseError: If the file cannot be written.
    """
    path = target or course.root / "reports" / _FILES[form]
    plugin = FORMATS[form](config=course.config)
    plugin.to = str(path)
    with gradebook.opened(course) as book:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            plugin.export(book)
        except OSError as error:
            raise CourseError(
                f"The scores cannot be written to {path}: {error.strerror}."
            ) from error
        waiting = sum(submission.needs_manual_grade for submission in _submissions(book))
    return path, waiting


def _submissions(book: Gradebook) -> Iterator[Any]:
    for lecture in book.assignments:
        yield from lecture.submissions
