"""What the cells of a lecture's notebook are: exercises, tests, written questions."""

from __future__ import annotations

import re

from nbformat import NotebookNode
from nbgrader import utils

TEST = "test_"  # leads the grade id of the cell that tests an exercise
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)


def grade_id(cell: NotebookNode) -> str:
    """The cell's id for nbgrader; empty if it has none."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def is_test(cell: NotebookNode) -> bool:
    """Whether a check judges this cell."""
    return cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell)


def is_written(cell: NotebookNode) -> bool:
    """Whether this is a written answer that a person grades."""
    return cell.cell_type == "markdown" and utils.is_grade(cell) and utils.is_solution(cell)


def solutions(cell: NotebookNode) -> list[str]:
    """The solution regions of a code cell, or the whole text of a written answer."""
    if is_written(cell):
        return [cell.source]
    return SOLUTION.findall(cell.source + "\n")


def hidden_lines(cell: NotebookNode) -> list[str]:
    """The lines between the hidden-test markers."""
    found = HIDDEN.findall(cell.source + "\n")
    return [line for region in found for line in region.splitlines() if line.strip()]


def visible_lines(cell: NotebookNode) -> list[str]:
    """The lines outside the hidden-test markers."""
    return [line for line in HIDDEN.sub("", cell.source + "\n").splitlines() if line.strip()]
