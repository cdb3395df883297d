"""The prepared check of metadata says the same as nbgrader's own."""

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader import preprocessors
from nbgrader.nbgraderformat import SchemaTooNewError, SchemaTooOldError, ValidationError

from course_lib.grading.metadata import CheckCellMetadata

GOOD: dict[str, Any] = {
    "grade": True, "solution": False, "locked": True, "task": False, "grade_id": "test_double",
    "points": 2, "schema_version": 3,
}  # fmt: skip
CHANGES: dict[str, dict[str, Any]] = {
    "good": {},
    "no points": {"points": None},
    "points of a kind": {"points": "many"},
    "negative points": {"points": -1},
    "no id": {"grade_id": None},
    "empty id": {"grade_id": ""},
    "grade of a kind": {"grade": "yes"},
    "unknown key": {"bonus": 1},
    "old": {"schema_version": 1},
    "new": {"schema_version": 9},
    "no version": {"schema_version": None},
}
ERRORS = (ValidationError, SchemaTooOldError, SchemaTooNewError)


def outcome(step: Any, *entries: dict[str, Any]) -> str:
    cells = [new_code_cell("1", metadata={"nbgrader": dict(entry)}) for entry in entries]
    try:
        step.preprocess(new_notebook(cells=[new_code_cell("2"), *cells]), {})
    except ERRORS as error:
        return type(error).__name__
    return "fine"


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_as_nbgraders(change: str) -> None:
    entry = {key: value for key, value in (GOOD | CHANGES[change]).items() if value is not None}
    mine, theirs = CheckCellMetadata(), preprocessors.CheckCellMetadata()
    assert outcome(mine, entry) == outcome(theirs, entry)
    assert (outcome(mine, entry) == "fine") == (change == "good")
    assert outcome(mine, GOOD) == "fine"


def test_an_id_that_comes_twice_is_refused_with_its_name() -> None:
    assert outcome(CheckCellMetadata(), GOOD, GOOD) == "ValidationError"
    cells = [new_code_cell("1", metadata={"nbgrader": dict(GOOD)}) for _ in range(2)]
    with pytest.raises(ValidationError, match="Duplicate grade id: test_double"):
        CheckCellMetadata().preprocess(new_notebook(cells=cells), {})
