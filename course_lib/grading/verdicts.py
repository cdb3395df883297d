"""A verdict as the output of a graded cell: HTML for the student, a number for nbgrader.

nbgrader reads the points of a test cell from the plain text of its result. The verdict itself lies
in the output's metadata, where reports find it. Only the grader writes these outputs, after every
cell of the student's has run.
"""

from __future__ import annotations

import html
import re
from dataclasses import asdict
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from course_lib.grading import notebook
from course_lib.lab.verdict import Verdict

KEY = "course_verdict"
_CODE = re.compile(r"`([^`]+)`")
_COLOURS = {"right": "#1a7f37", "partial": "#9a6700", "wrong": "#b35900", "ours": "#57606a"}


def to_output(verdict: Verdict) -> NotebookNode:
    """The output that shows and holds a verdict."""
    points = 0.0 if verdict.points is None else verdict.points
    return new_output(
        "execute_result",
        data={"text/plain": repr(float(points)), "text/html": to_html(verdict)},
        metadata={KEY: asdict(verdict)},
        execution_count=None,
    )


def from_cell(cell: NotebookNode) -> Verdict | None:
    """The verdict in a graded cell's outputs, if there is one."""
    for output in cell.get("outputs", []):
        fields: dict[str, Any] | None = output.get("metadata", {}).get(KEY)
        if fields is not None:
            return Verdict(**fields)
    return None


def of_notebook(nb: NotebookNode) -> dict[str, Verdict]:
    """The verdicts of a graded notebook by grade id, in its order.

    Only of cells that a check judges: in another one stands what a student's kernel has sent.
    """
    judged = {
        notebook.grade_id(cell): from_cell(cell) for cell in nb.cells if notebook.is_test(cell)
    }
    return {name: verdict for name, verdict in judged.items() if verdict is not None}


def to_html(verdict: Verdict) -> str:
    """The verdict as one paragraph of HTML, all text escaped."""
    kind, mark = look(verdict)
    points = "to be graded" if verdict.points is None else f"{verdict.points:g}"
    sentence = f" {in_html(verdict.sentence)}" if verdict.sentence else ""
    return (
        f'<p style="border-left:4px solid {_COLOURS[kind]};padding:4px 8px">'
        f"<strong>{mark} {html.escape(verdict.check)}: {points} of {verdict.max_points:g} points."
        f"</strong>{sentence}</p>"
    )


def in_html(sentence: str) -> str:
    """A sentence as HTML, all of it escaped; what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", html.escape(sentence))


def look(verdict: Verdict) -> tuple[str, str]:
    """What a verdict looks like: its kind and the sign before it, which tells it without colour."""
    if verdict.points is None:
        return "ours", "?"
    if verdict.right:
        return "right", "✓"
    return ("partial", "◐") if verdict.points > 0 else ("wrong", "✗")
