"""What is done to a submitted notebook before any of it runs."""

from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader import utils

from course_lib.grading import notebook
from course_lib.grading.metadata import CheckCellMetadata
from course_lib.grading.sanitise import PUT_BACK, RestoreCells, StripMetadata
from tests.grading.released_notebook import (
    AT,
    BLANK,
    TEST,
    answer,
    fill,
    prose,
    released_test,
    solution,
    tagged,
    task,
)
from tests.grading.small_notebooks import RIGHT, Judge, graded_cell

Sanitise = Callable[..., list[Any]]


def run(step: Any, nb: Any) -> Any:
    nb, _ = step.preprocess(nb, {})
    return nb


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A gradebook that knows a small notebook."""
    url = f"sqlite:///{tmp_path_factory.mktemp('book')}/gradebook.db"
    fill(url)
    return url


@pytest.fixture
def sanitise(database: str) -> Sanitise:
    def sanitised(*cells: Any) -> list[Any]:
        nb = new_notebook(cells=list(cells))
        for step in (RestoreCells(), StripMetadata(), CheckCellMetadata()):
            nb, _ = step.preprocess(nb, {"nbgrader": {**AT, "db_url": database}})
        nbformat.validate(nb)
        found = sorted(filter(None, map(notebook.grade_id, nb.cells)))
        assert set(found) >= {"question", "task", "test_double"}
        assert len(found) == len(set(found))
        return list(nb.cells)

    return sanitised


def told(cells: list[Any]) -> list[str]:
    return [notebook.grade_id(cell) or cell.source for cell in cells]


def by_name(cells: list[Any], name: str) -> Any:
    return next(cell for cell in cells if notebook.grade_id(cell) == name)


WHOLE = ["prose", "double", "test_double", "question", "task"]


def test_an_honest_notebook_keeps_its_cells_and_their_order(sanitise: Sanitise) -> None:
    cells = sanitise(prose(), solution(), released_test(), answer("Because."), task())
    assert told(cells) == WHOLE
    assert [cell.source for cell in cells] == ["Read this.", RIGHT, TEST, "Because.", "Do it."]
    assert utils.determine_grade(cells[3]) == (None, 3)
    assert utils.determine_grade(sanitise(answer())[0]) == (0, 3)


@pytest.mark.parametrize(
    "entry",
    [
        {"grade_id": "test_double"},
        {"grade_id": "test_double", "grade": False, "solution": True, "locked": False},
        {"grade_id": "test_double", "points": "x", "schema_version": 99, "grade": "yes"},
        {"grade_id": "test_double", "points": 1e9, "schema_version": 1, "extra": 1},
        {"grade_id": 7},
        {},
    ],
)
def test_type_points_and_locks_come_from_the_gradebook(
    sanitise: Sanitise, entry: dict[str, Any]
) -> None:
    forged = released_test()
    forged.metadata = {"nbgrader": entry}
    cells = sanitise(solution(), forged)
    wanted = by_name(sanitise(solution(), released_test()), "test_double")
    assert cells[1] == wanted
    assert wanted.metadata.nbgrader.points == 2
    assert utils.is_locked(wanted)
    assert wanted.metadata.nbgrader.checksum == utils.compute_checksum(wanted)


def test_an_editor_that_drops_all_metadata_costs_nothing(sanitise: Sanitise) -> None:
    cells = [prose(), solution(), released_test(), answer("Because."), task()]
    for cell in cells:
        cell.metadata = {}
    assert told(sanitise(*cells)) == WHOLE


def test_cells_of_a_changed_type_are_changed_back(sanitise: Sanitise) -> None:
    made_markdown = new_markdown_cell(TEST, id="test_double", attachments={"a": {"image/png": ""}})
    made_code = new_code_cell("Because.", id="question")
    cells = sanitise(made_markdown, made_code)
    assert [by_name(cells, name).cell_type for name in WHOLE[2:4]] == ["code", "markdown"]
    assert by_name(cells, "question").source == "Because."


def test_pictures_in_a_written_answer_stay(sanitise: Sanitise) -> None:
    pasted = answer("![](attachment:a)")
    pasted.attachments = {"a": {"image/png": "aGk="}}
    assert by_name(sanitise(pasted), "question").attachments == pasted.attachments


def test_deleted_cells_are_put_back(sanitise: Sanitise) -> None:
    assert told(sanitise(solution(), new_code_cell("last"))) == [
        "double", "test_double", "last", "question", "task",
    ]  # fmt: skip
    cells = sanitise(new_code_cell(RIGHT), new_code_cell("last"))
    assert told(cells) == [RIGHT, "last", "test_double", "question", "task"]
    assert by_name(cells, "test_double").source == TEST


def test_a_deleted_answer_is_looked_at_by_a_person(sanitise: Sanitise) -> None:
    put_back = by_name(sanitise(solution()), "question")
    assert put_back.source == PUT_BACK + BLANK
    assert utils.determine_grade(put_back) == (None, 3)


def test_a_test_comes_after_its_solution(sanitise: Sanitise) -> None:
    cells = sanitise(released_test(), new_code_cell("helper"), solution(), answer())
    assert told(cells) == ["helper", "double", "test_double", "question", "task"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_answers_the_written_one_counts(sanitise: Sanitise, order: tuple[int, int]) -> None:
    two = [answer(), answer("Because.")]
    two[0].id = "copy"
    cells = sanitise(*(two[index] for index in order))
    assert by_name(cells, "question").source == "Because."
    assert BLANK in [cell.source for cell in cells if not notebook.grade_id(cell)]


def test_a_later_copy_counts_and_the_earlier_one_is_kept(sanitise: Sanitise) -> None:
    first, last = answer("First."), answer("Last.")
    cells = sanitise(first, last)
    assert told(cells)[:2] == ["First.", "question"]
    assert cells[1].source == "Last."


def test_a_name_in_the_metadata_goes_before_an_id(sanitise: Sanitise) -> None:
    mine, other = answer("Mine."), new_markdown_cell("Other.", id="question")
    mine.id = "pasted"
    assert by_name(sanitise(mine, other), "question").source == "Mine."


def test_what_a_student_wrote_into_a_locked_cell_becomes_a_plain_cell(sanitise: Sanitise) -> None:
    filled = released_test()
    filled.source = RIGHT
    cells = sanitise(filled)
    assert told(cells)[:2] == [RIGHT, "test_double"]
    assert cells[1].source == TEST


def test_a_released_test_without_its_hidden_line_leaves_no_copy(sanitise: Sanitise) -> None:
    as_released = released_test()
    as_released.source = "check(double)"
    assert told(sanitise(as_released))[0] == "test_double"


def test_unknown_names_become_plain_cells(sanitise: Sanitise) -> None:
    cells = sanitise(tagged(new_code_cell, "mine", "unheard_of", grade=True, points=99))
    assert cells[0].source == "mine"
    assert cells[0].metadata == {}


def test_a_duplicated_test_cell_counts_once_and_breaks_nothing(
    sanitise: Sanitise, judge: Judge
) -> None:
    first = released_test()
    first.source = "print('a plain cell now')"
    cells = sanitise(solution(), first, released_test())
    assert told(cells)[:3] == ["double", first.source, "test_double"]
    verdicts, run_cells = judge(*cells)
    assert [verdict.points for verdict in verdicts] == [2]
    assert run_cells[1].outputs[0].text == "a plain cell now\n"


def test_only_nbgraders_metadata_are_kept() -> None:
    cell = graded_cell("double")
    cell.metadata |= {"tags": ["skip-execution", "raises-exception"], "collapsed": True}
    plain = new_code_cell("1", metadata={"tags": ["skip-execution"]})
    nb = new_notebook(
        cells=[cell, plain],
        metadata={"widgets": {}, "kernelspec": {"name": "x", "display_name": "X"}},
    )
    nb = run(StripMetadata(), nb)
    assert set(nb.cells[0].metadata) == {"nbgrader"}
    assert nb.cells[1].metadata == {}
    assert set(nb.metadata) == {"kernelspec"}


def test_cell_ids_are_made_unique() -> None:
    nb = new_notebook(cells=[new_code_cell("1", id="same"), new_code_cell("2", id="same")])
    nb = run(StripMetadata(), nb)
    nbformat.validate(nb)
    assert [cell.id for cell in nb.cells] == ["cell-001", "cell-002"]
