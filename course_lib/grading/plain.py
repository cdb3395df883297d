"""How nbgrader's own commands read a submission as `course grade` does, and copy nothing unwanted.

`nbgrader autograde` opens a submission by its exporter, which must take what is there, and before
that copies the files beside it with links followed. Its configuration lets the exporter be
replaced, so both are put right at the one moment that comes before anything runs. In the same way
a step of the feedback removes what nbgrader copies beside the page.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from course_lib.grading.files import beside
from course_lib.grading.read import read_submission


class SubmissionExporter(NotebookExporter):
    """nbgrader's exporter of notebooks, which reads submissions by `read_submission`."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Convert a notebook from a file.

        A submission is also freed of what nbgrader has copied and `course grade` does not take.
        """
        converter: Any = self.parent
        if not getattr(converter, "_sanitizing", False):
            return super().from_filename(filename, resources, **kw)
        notebook = Path(filename)
        at = resources["nbgrader"]
        course: CourseDirectory = converter.coursedir
        drop_unwanted(converter, at["assignment"], at["student"])
        release = _folder(course, course.release_directory, at["assignment"]) / notebook.name
        return self.from_notebook_node(read_submission(notebook, release), resources, **kw)


class OnlyThePage(NbGraderPreprocessor):
    """Takes a student's own files out of `feedback/`: a browser would run a page among them."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Leave the notebook as it is."""
        exporter: Any = self.parent
        at = resources["nbgrader"]
        drop_beside_pages(exporter.parent, at["assignment"], at["student"], at["notebook"])
        return nb, resources


def drop_beside_pages(
    converter: GenerateFeedback, assignment: str, student: str, notebook: str
) -> None:
    """Remove from `feedback/` all but the other pages and the instructor's own files."""
    course = converter.coursedir
    folder = _folder(course, course.feedback_directory, assignment, student)
    ours = _folder(course, course.source_directory, assignment)
    # The page itself is about to be written: what has its name is the student's.
    page = folder / f"{notebook}.html"
    pages = {folder / f"{Path(name).stem}.html" for name in converter.notebooks} - {page}
    for path in folder.rglob("*"):
        if path.is_file() and path not in pages and not (ours / path.relative_to(folder)).exists():
            path.unlink()
    if page.is_dir():
        shutil.rmtree(page)


def drop_unwanted(converter: BaseConverter, assignment: str, student: str) -> None:
    """Remove from `autograded/` what was copied there and is not taken: through links, too large.

    The instructor's own files, which nbgrader copies over a submission's, stay.
    """
    course = converter.coursedir
    graded = _folder(course, course.autograded_directory, assignment, student)
    ours = _folder(course, course.source_directory, assignment)
    found = beside(_folder(course, course.submitted_directory, assignment, student))
    kept = {graded / name for name in found.names}
    kept |= {graded / Path(name).name for name in converter.notebooks}
    for path in graded.rglob("*"):
        if path.is_file() and path not in kept and not (ours / path.relative_to(graded)).exists():
            path.unlink()


def _folder(course: CourseDirectory, step: str, assignment: str, student: str = ".") -> Path:
    return Path(course.format_path(step, student, assignment))
