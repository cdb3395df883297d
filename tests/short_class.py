"""A course with a short lecture and a small class: three real checks and a written question.

The lecture has the stem `vowels`, for that is where the three checks are.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.grading import release as releasing
from course_lib.grading.course import Course, find

ROOT = Path(__file__).parents[1]
STEM = "vowels"
SETUP = "import torch\nfrom torch import Tensor"
MASK = (
    "def sequence_mask(lengths: Tensor, T: int) -> Tensor:",
    "return torch.arange(T) < lengths[:, None]",
)
SOFTMAX = (
    "def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:",
    "return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)",
)
POINTS = {"sequence_mask": 1.0, "masked_softmax": 3.0}
FULL = sum(POINTS.values())
QUESTION = "Why must padding get no weight?"


def released_course(root: Path) -> Course:
    """A course in `root` whose short lecture has been released."""
    (root / "lectures").mkdir(parents=True)
    (root / "lectures" / f"{STEM}.py").write_text("# %% [markdown]\n# # Short\n")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    course = find(root)
    course.source(STEM).parent.mkdir(parents=True)
    nbformat.write(_source(), course.source(STEM))
    releasing.release(course, STEM)
    return course


def hand_in(course: Course, fates: Mapping[str, Callable[[NotebookNode], None]]) -> None:
    """Write submissions: the released notebook, changed by each student's fate."""
    for student, change in fates.items():
        nb = nbformat.read(course.release(STEM), as_version=4)
        change(nb)
        folder = course.root / "submitted" / student / STEM
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, folder / f"{STEM}.ipynb")


def right(nb: NotebookNode) -> None:
    """All exercises answered rightly, the question in words."""
    for header, body in (MASK, SOFTMAX):
        answer(nb, header, body)
    cell_with(nb, "*Your answer here.*").source = "Because padding is no sound."


def unmasked(nb: NotebookNode) -> None:
    """A softmax that forgets the mask."""
    right(nb)
    answer(nb, SOFTMAX[0], "return scores.softmax(dim=1)")


def blank(nb: NotebookNode) -> None:
    """Nothing answered."""


def loud(nb: NotebookNode) -> None:
    """All right, with output and a random number."""
    right(nb)
    cell_with(nb, SETUP).source += "\nprint(torch.rand(3))"


def raising(nb: NotebookNode) -> None:
    """An exception in the first exercise."""
    right(nb)
    answer(nb, MASK[0], "return lengths.nothing")


def answer(nb: NotebookNode, header: str, body: str) -> None:
    """Put a body under a function's header."""
    cell_with(nb, header).source = f"{header}\n    {body}"


def cell_with(nb: NotebookNode, text: str) -> NotebookNode:
    """The one cell that holds a text."""
    [cell] = [cell for cell in nb.cells if text in cell.source]
    return cell


def _source() -> NotebookNode:
    cells = [new_markdown_cell("# A short lecture"), new_code_cell(SETUP)]
    for (header, body), (name, points) in zip((MASK, SOFTMAX), POINTS.items(), strict=True):
        solution = f"{header}\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"
        test = (
            "### BEGIN HIDDEN TESTS\nfrom course_lib.answers import grade; "
            f'grade("{STEM}", "{name}", {name})\n### END HIDDEN TESTS'
        )
        cells += [
            _tagged(new_code_cell(solution), name, solution=True),
            _tagged(new_code_cell(test), f"test_{name}", grade=True, locked=True, points=points),
        ]
    cells.append(new_markdown_cell(QUESTION))
    written = new_markdown_cell("Padding is no sound.")
    cells.append(_tagged(written, "why", grade=True, solution=True, points=2.0))
    for index, cell in enumerate(cells):
        cell.id = f"c{index}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _tagged(cell: NotebookNode, name: str, **about: bool | float) -> NotebookNode:
    entry = {"grade": False, "solution": False, "locked": False, "task": False}
    cell.metadata["nbgrader"] = {**entry, "schema_version": 3, "grade_id": name, **about}
    return cell
