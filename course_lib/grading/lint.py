"""What every lecture's notebook must keep, so that release and grading cannot go wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from nbformat import NotebookNode
from nbgrader import utils

from course_lib.answers.registry import hidden
from course_lib.grading import notebook
from course_lib.grading.execute import is_lecture

MAX_CODE_LINES = 25
MAX_PROSE_WORDS = 120
MAX_SOLUTION_LINES = 15
MODEL_ANSWER = "**Model answer"


def lint(stem: str, nb: NotebookNode) -> list[str]:
    """The notebook's faults, one sentence each; empty if there are none."""
    faults = [*_ids(nb), *_missing_tests(stem, nb)]
    for number, cell in enumerate(nb.cells, start=1):
        name = notebook.grade_id(cell) or f"number {number}"
        before = nb.cells[number - 2] if number > 1 else None
        faults += [f"Cell {name}: {fault}" for fault in _cell(stem, cell, before)]
    return faults


def _ids(nb: NotebookNode) -> Iterator[str]:
    counts = Counter(name for cell in nb.cells if (name := notebook.grade_id(cell)))
    for name, count in counts.items():
        if count > 1:
            yield f"Cell {name}: {count} cells share this grade_id; give each its own."


def _missing_tests(stem: str, nb: NotebookNode) -> Iterator[str]:
    if not is_lecture(stem):
        return
    names = {notebook.grade_id(cell) for cell in nb.cells}
    for check in hidden.of(stem):
        if notebook.TEST + check.name not in names:
            yield f"The hidden check {check.name} has no test cell {notebook.TEST}{check.name}."


def _cell(stem: str, cell: NotebookNode, before: NotebookNode | None) -> Iterator[str]:
    meta = cell.metadata.get("nbgrader", {})
    if meta.get("task") and not meta.get("locked"):
        yield "a task cell without `locked: true` breaks grading; lock it."
    if meta and not meta.get("grade_id"):
        yield "it has no grade_id; give it one."
    if meta.get("grade") and "points" not in meta:
        yield "it is graded and has no points; say how many."
    if cell.cell_type == "code":
        yield from _code(cell)
    else:
        yield from _prose(cell, before)
    if meta.get("grade") and notebook.is_test(cell):
        yield from _test(stem, cell)


def _code(cell: NotebookNode) -> Iterator[str]:
    lines = len(cell.source.splitlines())
    if lines > MAX_CODE_LINES:
        yield f"{lines} lines of code; split it, at most {MAX_CODE_LINES} fit a screen."
    solution = sum(len(region.splitlines()) for region in notebook.solutions(cell))
    if solution > MAX_SOLUTION_LINES:
        yield f"a solution of {solution} lines; at most {MAX_SOLUTION_LINES} can be asked for."
    if utils.is_solution(cell) and not solution:
        yield "a solution cell without a `### BEGIN SOLUTION` region loses all its text."


def _prose(cell: NotebookNode, before: NotebookNode | None) -> Iterator[str]:
    if notebook.is_written(cell):
        if not cell.source.startswith(MODEL_ANSWER):
            yield (
                "a manually graded cell loses all its text on release: put the prompt into a cell "
                f"of its own before it, and begin this one with `{MODEL_ANSWER}`."
            )
        if before is None or before.cell_type != "markdown" or utils.is_solution(before):
            yield "a manually graded cell needs a prompt in a markdown cell right before it."
        return
    words = len(cell.source.split())
    if words > MAX_PROSE_WORDS:
        yield f"{words} words of prose; at most {MAX_PROSE_WORDS} are read."


def _test(stem: str, cell: NotebookNode) -> Iterator[str]:
    name = notebook.grade_id(cell).removeprefix(notebook.TEST)
    if not notebook.grade_id(cell).startswith(notebook.TEST):
        yield f"a test cell's grade_id begins with `{notebook.TEST}`."
        return
    if len(notebook.visible_lines(cell)) != 1 or len(notebook.hidden_lines(cell)) != 1:
        yield "a test cell is one visible line and one hidden line."
    if not is_lecture(stem) or name not in {check.name for check in hidden.of(stem)}:
        yield f"there is no hidden check named {name} in course_lib/answers/hidden/{stem}.py."
        return
    check = hidden.get(stem, name)
    if float(cell.metadata.nbgrader.get("points", -1)) != check.points:
        yield f"its points differ from the hidden check's, which are {check.points:g}."
    wanted = f'grade("{stem}", "{name}", {check.subject})'
    if not any(wanted in line for line in notebook.hidden_lines(cell)):
        yield f"its hidden line must call `{wanted}`."
    if not any(
        f'check("{name}", {check.subject})' in line for line in notebook.visible_lines(cell)
    ):
        yield f'its visible line must be `check("{name}", {check.subject})`.'
