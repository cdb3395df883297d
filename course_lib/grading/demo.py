"""The demo class: `python -m course_lib.grading.demo` writes `submitted/` from the release.

Each submission is the released notebook with the taught solutions put in, save where
`answers/demo/<stem>.py` says what the invented student wrote instead. One more is cut off in the
middle of the file. Experiments without points, which take most of a long lecture's time, are run by
`perfect` only: the others left them out.
"""

from __future__ import annotations

import copy
import importlib
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_lib.grading import notebook
from course_lib.grading.build import write_whole
from course_lib.grading.course import Course, find

TRUNCATED = "truncated_file"


def demo(course: Course, stem: str) -> list[Path]:
    """Write a lecture's demo submissions; the same lecture gives the same bytes."""
    fates = importlib.import_module(f"course_lib.answers.demo.{stem}")
    blank = nbformat.read(course.release(stem), as_version=4)
    solved = solve(blank, nbformat.read(course.source(stem), as_version=4))
    shorter = _without(solved, getattr(fates, "EXPERIMENTS", ()))
    texts = {}
    for student, answers in fates.ANSWERS.items():
        start = solved if student == "perfect" else shorter
        texts[student] = nbformat.writes(_with(start, answers))
    for student, (tamper, from_blank) in fates.TAMPER.items():
        nb = copy.deepcopy(blank if from_blank else shorter)
        tamper(nb)
        texts[student] = nbformat.writes(nb)
    texts[TRUNCATED] = texts["perfect"][: len(texts["perfect"]) // 2]
    paths = []
    for student, text in texts.items():
        path = course.root / "submitted" / student / stem / f"{stem}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text + "\n")
        paths.append(path)
    return paths


def solve(release: NotebookNode, source: NotebookNode) -> NotebookNode:
    """The released notebook with the taught solutions and model answers in it."""
    taught = {notebook.grade_id(cell): cell for cell in source.cells if notebook.solutions(cell)}
    solved = copy.deepcopy(release)
    for cell in solved.cells:
        if notebook.grade_id(cell) in taught:
            lines = taught[notebook.grade_id(cell)].source.splitlines()
            kept = [line for line in lines if line.strip() not in _MARKERS]
            cell.source = "\n".join(kept)
    return solved


_MARKERS = {"### BEGIN SOLUTION", "### END SOLUTION"}


def _with(solved: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    nb = copy.deepcopy(solved)
    left = dict(answers)
    for cell in nb.cells:
        if (name := notebook.grade_id(cell)) in left:
            cell.source = left.pop(name).strip("\n")
    if left:
        raise KeyError(f"the release has no solution cells named {', '.join(left)}")
    return nb


def _without(solved: NotebookNode, experiments: tuple[str, ...]) -> NotebookNode:
    """The notebook without the cells that have these lines, each of which one cell has."""
    nb = copy.deepcopy(solved)
    for line in experiments:
        [cell] = [cell for cell in nb.cells if line in cell.source.splitlines()]
        nb.cells.remove(cell)
    return nb


if __name__ == "__main__":
    here = find()
    for lecture in here.chosen(sys.argv[1:]):
        for written in demo(here, lecture):
            print(written.relative_to(here.root))
