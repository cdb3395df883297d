"""A short notebook and a class that answers it, in the form that each grader wants.

Three functions of a line each, three test cells. For nbgrader and otter-grader the tests are
assertions, the last one hidden; for `course` they are three hidden checks of the lecture `vowels`,
so the lecture has that stem. Every fourth student forgets the mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

COURSE_STEM = "vowels"
PEER_STEM = "short"
IMPORTS = """\
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import torch
from torch import Tensor"""
COURSE_IMPORTS = f"""{IMPORTS}

from course_lib.lab import visible

check = visible.checker("{COURSE_STEM}")"""


@dataclass(frozen=True)
class Exercise:
    """One function that students write, and the assertions of a stock test cell.

    Attributes:
        name: The function's name, and that of the check in `course_lib.answers.hidden`.
        header: The function's first line.
        right: A right body, one line.
        test: What a stock grader runs.
        hidden: Whether students do not see `test`.
        points: What it is worth.
        wrong: The body of a student who is wrong; the right one where nobody is.
    """

    name: str
    header: str
    right: str
    test: str
    points: int
    hidden: bool = False
    wrong: str = ""

    def answered(self, *, right: bool) -> str:
        """The cell of a student."""
        return f"{self.header}\n    {self.right if right or not self.wrong else self.wrong}"


EXERCISES = (
    Exercise(
        "context_vector",
        "def context_vector(weights: Tensor, states: Tensor) -> Tensor:",
        "return torch.einsum('bt,bth->bh', weights, states)",
        """\
weights = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
states = torch.arange(12.0).reshape(2, 2, 3)
wanted = torch.tensor([[2.25, 3.25, 4.25], [6.0, 7.0, 8.0]])
assert torch.allclose(context_vector(weights, states), wanted)""",
        points=2,
    ),
    Exercise(
        "sequence_mask",
        "def sequence_mask(lengths: Tensor, T: int) -> Tensor:",
        "return torch.arange(T) < lengths[:, None]",
        """\
wanted = torch.tensor([[True, False, False], [True, True, True]])
assert torch.equal(sequence_mask(torch.tensor([1, 3]), 3), wanted)""",
        points=1,
    ),
    Exercise(
        "masked_softmax",
        "def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:",
        "return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)",
        """\
scores, mask = torch.tensor([[1.0, 1.0, 5.0]]), torch.tensor([[True, True, False]])
assert torch.allclose(masked_softmax(scores, mask), torch.tensor([[0.5, 0.5, 0.0]]))""",
        points=3,
        hidden=True,
        wrong="return scores.softmax(dim=1)",
    ),
)
FULL = sum(exercise.points for exercise in EXERCISES)
PARTIAL = sum(exercise.points for exercise in EXERCISES if not exercise.wrong)


def students(number: int) -> dict[str, bool]:
    """Students' names, and whether each is right."""
    return {f"s{index:05d}": index % 4 != 0 for index in range(1, number + 1)}


def points(number: int) -> dict[str, float]:
    """The points that each student must get, by whichever grader."""
    return {name: float(FULL if right else PARTIAL) for name, right in students(number).items()}


def course_notebook() -> NotebookNode:
    """The instructor's notebook for `course`: test cells as in every lecture of this course."""
    tests = {
        exercise.name: f'check("{exercise.name}", {exercise.name})\n'
        "### BEGIN HIDDEN TESTS\n"
        "from course_lib.answers import grade; "
        f'grade("{COURSE_STEM}", "{exercise.name}", {exercise.name})\n'
        "### END HIDDEN TESTS"
        for exercise in EXERCISES
    }
    return _nbgrader_notebook(COURSE_IMPORTS, tests)


def nbgrader_notebook() -> NotebookNode:
    """The instructor's notebook for stock nbgrader: test cells of assertions."""
    tests = {
        exercise.name: f"### BEGIN HIDDEN TESTS\n{exercise.test}\n### END HIDDEN TESTS"
        if exercise.hidden
        else exercise.test
        for exercise in EXERCISES
    }
    return _nbgrader_notebook(IMPORTS, tests)


def otter_notebook() -> NotebookNode:
    """The instructor's notebook in the form that `otter assign` reads."""
    settings = "# ASSIGNMENT CONFIG\ngenerate: true\nexport_cell: false\ncheck_all_cell: false"
    cells = [new_raw_cell(settings), new_code_cell(IMPORTS)]
    for exercise in EXERCISES:
        test = f"# HIDDEN\n{exercise.test}" if exercise.hidden else exercise.test
        cells += [
            new_raw_cell(f"# BEGIN QUESTION\nname: {exercise.name}\npoints: {exercise.points}"),
            new_markdown_cell(f"Write `{exercise.name}`."),
            new_raw_cell("# BEGIN SOLUTION"),
            new_code_cell(
                f"{exercise.header}\n    # BEGIN SOLUTION\n    {exercise.right}\n    # END SOLUTION"
            ),
            new_raw_cell("# END SOLUTION"),
            new_raw_cell("# BEGIN TESTS"),
            new_code_cell(test),
            new_raw_cell("# END TESTS"),
            new_raw_cell("# END QUESTION"),
        ]
    return _notebook(cells)


def hand_in(released: Path, stem: str, submitted: Path, number: int, extra: str = "") -> None:
    """Write a class's submissions: the released notebook with answers filled in.

    Args:
        released: The students' notebook.
        stem: Its name once handed in.
        submitted: The folder to write `<student>/<stem>/<stem>.ipynb` in.
        number: How many students there are.
        extra: Code that every student puts before the imports: were it cut off, all would fail.

    Raises:
        ValueError: If an exercise has not one cell in the released notebook.
    """
    for student, right in students(number).items():
        nb = nbformat.read(released, as_version=4)
        for exercise in EXERCISES:
            _cell(nb, exercise.header).source = exercise.answered(right=right)
        first = _cell(nb, "import torch")
        first.source = f"{extra}\n{first.source}" if extra else first.source
        path = submitted / student / stem / f"{stem}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)


def _cell(nb: NotebookNode, line: str) -> NotebookNode:
    found = [cell for cell in nb.cells if line in cell.source.splitlines()]
    if len(found) != 1:
        raise ValueError(f"{len(found)} cells of the released notebook have the line {line!r}.")
    return found[0]


def _nbgrader_notebook(imports: str, tests: dict[str, str]) -> NotebookNode:
    cells = [new_markdown_cell("# A short notebook"), new_code_cell(imports)]
    for exercise in EXERCISES:
        body = f"    ### BEGIN SOLUTION\n    {exercise.right}\n    ### END SOLUTION"
        cells += [
            _graded(new_code_cell(f"{exercise.header}\n{body}"), exercise.name, solution=True),
            _graded(new_code_cell(tests[exercise.name]), f"test_{exercise.name}", exercise.points),
        ]
    return _notebook(cells)


def _graded(
    cell: NotebookNode, name: str, points: int = 0, *, solution: bool = False
) -> NotebookNode:
    about = {"grade": not solution, "grade_id": name, "locked": not solution}
    about |= {"schema_version": 3, "solution": solution, "task": False}
    cell.metadata["nbgrader"] = about if solution else {**about, "points": points}
    return cell


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    for number, cell in enumerate(cells, start=1):
        cell.id = f"cell-{number:03d}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})
