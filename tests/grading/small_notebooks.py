"""Small notebooks and a small check, for tests of running and judging."""

from collections.abc import Callable
from typing import Any

import nbformat
import torch
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.grading import jobs, submission
from course_lib.lab.check import Fault, Registry, compare, tensor
from course_lib.lab.subject import Ask, Subject
from course_lib.lab.verdict import Verdict

TINY = Registry()
RIGHT = "def double(x):\n    return 2 * x"
LIMITS = {"GradedExecute": {"timeout": 6, "check_timeout": 6, "submission_timeout": 60}}


@TINY.check("tiny", "double", points=2)
def double(subject: Subject) -> None:
    """Twice the input."""
    x = torch.arange(3.0)
    y = tensor(subject.ask(Ask(args=(x,))).output, shape=(3,))
    compare(y, 2 * x, [Fault("squared", "It is squared.", x**2)], "Not twice the input.")


@TINY.check("tiny", "ours", points=1, subject="double")
def ours(subject: Subject) -> None:
    """A check that fails by itself."""
    subject.ask(Ask(args=(torch.zeros(1),)))
    raise IndexError("in the check")


Judge = Callable[..., tuple[list[Verdict], list[Any]]]


def graded_cell(name: str) -> Any:
    """A graded cell."""
    meta: dict[str, Any] = {"grade": True, "solution": False, "locked": True, "points": 2}
    meta |= {"grade_id": f"test_{name}", "schema_version": 3, "cell_type": "code"}
    return new_code_cell(
        "raise RuntimeError('a graded cell is not run')", metadata={"nbgrader": meta}
    )


def notebook(*cells: Any) -> Any:
    """A notebook of code cells; a string ``test NAME`` stands for a graded cell."""
    nb = new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for cell in cells:
        if isinstance(cell, str) and cell.startswith("test "):
            nb.cells.append(graded_cell(cell.removeprefix("test ")))
        else:
            nb.cells.append(new_code_cell(cell) if isinstance(cell, str) else cell)
    return nb


def judge_small(*cells: Any, **fields: Any) -> tuple[list[Verdict], list[Any]]:
    """Run and judge a small notebook; return its verdicts and its cells."""
    text = nbformat.writes(notebook(*cells))
    result = submission.run(jobs.Job("someone", "tiny", text, **{"config": LIMITS, **fields}))
    return result.verdicts, list(nbformat.reads(result.notebook, as_version=4).cells)


def printed(cell: object) -> str:
    """What a cell printed."""
    return "".join(output.get("text", "") for output in cell.outputs)  # type: ignore[attr-defined]
