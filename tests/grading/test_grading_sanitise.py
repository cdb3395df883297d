"""What is done to a submitted notebook before any of it runs."""

from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.grading.sanitise import DropDuplicates, StripMetadata
from tests.grading.small_notebooks import RIGHT, Judge, graded_cell


def run(step: Any, nb: Any) -> Any:
    nb, _ = step.preprocess(nb, {})
    return nb


def test_a_duplicated_test_cell_counts_once_and_breaks_nothing(judge: Judge) -> None:
    first, last = graded_cell("double"), graded_cell("double")
    first.source = "print('a plain cell now')"
    nb = run(DropDuplicates(), new_notebook(cells=[new_code_cell(RIGHT), first, last]))
    assert ["nbgrader" in cell.metadata for cell in nb.cells] == [False, False, True]
    verdicts, cells = judge(*nb.cells)
    assert [verdict.points for verdict in verdicts] == [2]
    assert cells[1].outputs[0].text == "a plain cell now\n"


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
