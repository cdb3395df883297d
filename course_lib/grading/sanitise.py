"""What is done to a submitted notebook before any of it runs; and what is saved afterwards."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import (
    DeduplicateIds,
    NbGraderPreprocessor,
    OverwriteCells,
    SaveAutoGrades,
)

from course_lib.grading import verdicts


class DropDuplicates(DeduplicateIds):
    """Of several cells with one grade id keep the last as graded; the others become plain cells.

    nbgrader leaves an empty ``nbgrader`` entry behind, which its own validation then takes for an
    old format and stops the class.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Drop the nbgrader entry of a duplicate."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources


class RestoreCells(OverwriteCells):
    """Test cells as released: changed ones are written over, deleted ones are put back."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_missing_cells = True
        self.missing_cell_notification = "This cell was deleted and has been put back.\n\n"


class StripMetadata(NbGraderPreprocessor):
    """Students own nothing in the metadata: tags could skip cells or hide errors.

    Cell ids are set by position: cells that were put back have none, and copied ones share one.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Keep the kernel's name and nbgrader's entries, drop the rest."""
        kept = {"kernelspec", "language_info"}
        nb.metadata = NotebookNode({k: v for k, v in nb.metadata.items() if k in kept})
        return super().preprocess(nb, resources)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Keep nbgrader's entry, set the id."""
        cell.id = f"cell-{cell_index + 1:03d}"
        nbgrader = cell.metadata.get("nbgrader")
        cell.metadata = NotebookNode({} if nbgrader is None else {"nbgrader": nbgrader})
        return cell, resources


class SaveVerdicts(SaveAutoGrades):
    """nbgrader's scores from the verdicts; a check that failed by itself waits for a person."""

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._add_score(cell, resources)
        verdict = verdicts.from_cell(cell)
        if verdict is None or verdict.points is not None:
            return
        grade = self.gradebook.find_grade(
            cell.metadata["nbgrader"]["grade_id"],
            self.notebook_id,
            self.assignment_id,
            self.student_id,
        )
        grade.auto_score = None
        grade.needs_manual_grade = True
        self.gradebook.db.commit()
