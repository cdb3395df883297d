"""A small released notebook, cell by cell, and a gradebook that knows it."""

from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ComputeChecksums, SaveCells

from course_lib.grading import gradebook
from tests.grading.small_notebooks import RIGHT

AT = {"notebook": "tiny", "assignment": "tiny"}
BLANK = "*Your answer here.*"
TEST = "check(double)\n### BEGIN HIDDEN TESTS\ngrade(double)\n### END HIDDEN TESTS"


def tagged(new: Any, source: str, name: str, **fields: Any) -> Any:
    """A cell with nbgrader's metadata."""
    entry = {"grade_id": name, "schema_version": 3, "solution": True} | fields
    entry = {"grade": False, "locked": False} | entry
    return new(source, id=name, metadata={"nbgrader": entry})


def solution(source: str = RIGHT) -> Any:
    """The solution cell."""
    return tagged(new_code_cell, source, "double")


def released_test() -> Any:
    """The test cell."""
    return tagged(
        new_code_cell, TEST, "test_double", grade=True, solution=False, locked=True, points=2
    )


def answer(source: str = BLANK) -> Any:
    """The written answer."""
    return tagged(new_markdown_cell, source, "question", grade=True, points=3)


def task() -> Any:
    """The task."""
    return tagged(
        new_markdown_cell, "Do it.", "task", task=True, solution=False, locked=True, points=1
    )


def prose() -> Any:
    """A locked text."""
    return tagged(new_markdown_cell, "Read this.", "prose", solution=False, locked=True)


def fill(url: str) -> None:
    """Make a gradebook that knows the notebook."""
    gradebook.alembic_on_path()
    with Gradebook(url) as book:
        book.add_assignment("tiny")
    nb = new_notebook(cells=[prose(), solution(), released_test(), answer(), task()])
    resources = {"nbgrader": {**AT, "db_url": url}}
    for step in (ComputeChecksums(), SaveCells()):
        nb, _ = step.preprocess(nb, resources)
