"""The lint of lecture notebooks: each rule refuses what breaks it."""

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.grading.lint import lint

SOLUTION = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"


def meta(**fields: Any) -> dict[str, Any]:
    base = {"grade": False, "solution": False, "locked": False, "schema_version": 3}
    return {"nbgrader": {**base, **fields}}


def faults(*cells: Any) -> str:
    return "\n".join(lint("nolecture", new_notebook(cells=list(cells))))


def written(text: str = "**Model answer.** Because.") -> Any:
    fields = meta(grade=True, solution=True, points=3, grade_id="why")
    return new_markdown_cell(text, metadata=fields)


def test_a_notebook_that_keeps_the_rules_has_no_faults() -> None:
    solution = new_code_cell(SOLUTION, metadata=meta(solution=True, grade_id="f"))
    prompt = new_markdown_cell("Why?")
    assert faults(new_markdown_cell("# Title"), solution, prompt, written()) == ""


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([new_markdown_cell("Do", metadata=meta(task=True, points=1, grade_id="t"))], "lock it"),
        ([new_code_cell("f()", metadata=meta(grade=True, points=1))], "no grade_id"),
        ([new_code_cell("f()", metadata=meta(grade=True, grade_id="test_f"))], "no points"),
        ([new_markdown_cell("Why?"), written("Why is it so? **Model answer.**")], "loses all its"),
        ([new_code_cell("1"), written()], "needs a prompt"),
        ([new_code_cell("x = 1\n" * 26)], "26 lines of code"),
        ([new_markdown_cell("word " * 121)], "121 words"),
        (
            [new_code_cell(SOLUTION, metadata=meta(solution=True, grade_id="f"))] * 2,
            "2 cells share this grade_id",
        ),
        (
            [new_code_cell("return 1", metadata=meta(solution=True, grade_id="f"))],
            "without a `### BEGIN SOLUTION`",
        ),
        (
            [
                new_code_cell(
                    "### BEGIN SOLUTION\n" + "x = 1\n" * 16 + "### END SOLUTION",
                    metadata=meta(solution=True, grade_id="f"),
                )
            ],
            "a solution of 16 lines",
        ),
        (
            [new_code_cell("f()", metadata=meta(grade=True, points=1, grade_id="test_f"))],
            "there is no hidden check named f",
        ),
    ],
)
def test_each_rule_is_held(cells: list[Any], sentence: str) -> None:
    assert sentence in faults(*cells)


def test_a_lectures_test_cells_agree_with_its_hidden_checks() -> None:
    wrong_points = new_code_cell(
        'check("masked_softmax", other)\n### BEGIN HIDDEN TESTS\npass\n### END HIDDEN TESTS',
        metadata=meta(grade=True, locked=True, points=99, grade_id="test_masked_softmax"),
    )
    found = "\n".join(lint("vowels", new_notebook(cells=[wrong_points])))
    assert "its points differ" in found
    assert 'its hidden line must call `grade("vowels", "masked_softmax", masked_softmax)`' in found
    assert "its visible line must be" in found
    assert "The hidden check pad_sequences has no test cell" in found
