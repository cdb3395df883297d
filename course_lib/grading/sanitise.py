"""What is done to a submitted notebook before any of it runs; and what is saved afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades, overwritecells

from course_lib.grading import notebook, verdicts
from course_lib.grading.read import new_cell

PUT_BACK = "This cell was deleted and has been put back.\n\n"


@dataclass(frozen=True)
class Released:
    """A cell that the gradebook knows.

    Attributes:
        name: Its grade_id.
        source: Its text as released, hidden tests included.
        entry: nbgrader's metadata.
    """

    name: str
    source: str
    entry: dict[str, Any]

    @property
    def locked(self) -> bool:
        """Whether the text is the course's, not the student's."""
        return bool(self.entry["locked"])

    @property
    def counts(self) -> bool:
        """Whether there are points for it."""
        return bool(self.entry["grade"] or self.entry.get("task"))

    def cell(self, source: str, cell_id: str, attachments: Any = None) -> NotebookNode:
        """A cell of the released type and metadata; pictures only in a text cell."""
        kind = self.entry["cell_type"]
        cell = new_cell(kind, source, cell_id)
        cell.metadata["nbgrader"] = NotebookNode(self.entry)
        if kind != "code" and attachments:
            cell.attachments = attachments
        return cell


class RestoreCells(NbGraderPreprocessor):
    """The released cells, each once: as the gradebook has them, with the student's answers.

    A student's metadata say only which cell is which; type, points and locks come from the
    gradebook. Locked cells get their released text, deleted cells that count are put back, and a
    test comes after its solution. No text of the student's is lost: what stood in a locked cell and
    what stands in a duplicate become plain cells.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore all cells; see the class."""
        at = resources["nbgrader"]
        # Looked up where nbgrader's own step does: a class run puts one open gradebook there.
        with overwritecells.Gradebook(at["db_url"]) as book:
            released = _released(book, at["notebook"], at["assignment"])
        cells = _restored(nb.cells, released)
        early = _before_their_solutions(cells)
        nb.cells = [cell for cell in cells if cell not in early]
        for cell in [*early, *_missing(cells, released)]:
            _place(nb.cells, cell)
        return nb, resources


def _released(book: Gradebook, name: str, assignment: str) -> dict[str, Released]:
    found = book.find_notebook(name, assignment)
    points = {cell.name: cell.max_score for cell in (*found.grade_cells, *found.task_cells)}
    graded = {cell.name for cell in found.grade_cells}
    solutions = {cell.name for cell in found.solution_cells}
    tasks = {cell.name for cell in found.task_cells}
    released = {}
    for cell in found.source_cells:
        entry: dict[str, Any] = {
            "schema_version": 3,
            "grade_id": cell.name,
            "cell_type": cell.cell_type,
            "locked": cell.locked,
            "grade": cell.name in graded,
            "solution": cell.name in solutions,
        }
        if cell.checksum:
            entry["checksum"] = cell.checksum
        if cell.name in tasks:
            entry["task"] = True
        if cell.name in points:
            entry["points"] = points[cell.name]
        released[cell.name] = Released(cell.name, cell.source, entry)
    return released


def _restored(cells: list[NotebookNode], released: dict[str, Released]) -> list[NotebookNode]:
    holders = _holders(cells, released)
    restored = []
    for index, cell in enumerate(cells):
        known = holders.get(index)
        if known is None:
            cell.metadata.pop("nbgrader", None)
            restored.append(cell)
        elif not known.locked:
            restored.append(known.cell(cell.source, cell.id, cell.get("attachments")))
        else:
            kept = _kept_text(cell, known)
            restored += [*kept, known.cell(known.source, known.name if kept else cell.id)]
    return restored


def _holders(cells: list[NotebookNode], released: dict[str, Released]) -> dict[int, Released]:
    """Which cell stands for which released one, by index.

    Of several with one name an answered one goes before a blank one, one that has the name in
    nbgrader's metadata before one that has it as its id (an editor may drop the metadata), and a
    later one before an earlier one.
    """
    best: dict[str, tuple[bool, bool, int]] = {}
    for index, cell in enumerate(cells):
        tagged = notebook.grade_id(cell)
        name = tagged if tagged in released else cell.get("id")
        if name in released:
            answered = not released[name].locked and cell.source != released[name].source
            rank = (answered, name == tagged, index)
            best[name] = max(best.get(name, rank), rank)
    return {index: released[name] for name, (_, _, index) in best.items()}


def _kept_text(cell: NotebookNode, known: Released) -> list[NotebookNode]:
    """What a student wrote into a locked cell, as a plain cell: an answer may stand there."""
    ours = {line.strip() for line in known.source.splitlines()}
    if all(line.strip() in ours for line in cell.source.splitlines()):
        return []
    cell.metadata.pop("nbgrader", None)
    return [cell]


def _missing(cells: list[NotebookNode], released: dict[str, Released]) -> list[NotebookNode]:
    there = {notebook.grade_id(cell) for cell in cells}
    # A written answer that differs from the blank one is shown to a person, who reads why.
    return [
        cell.cell(cell.source if cell.locked else PUT_BACK + cell.source, name)
        for name, cell in released.items()
        if cell.counts and name not in there
    ]


def _before_their_solutions(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Tests that would be judged before what they test is there."""
    order: dict[str | None, int] = {
        notebook.grade_id(cell): index for index, cell in enumerate(cells)
    }
    return [cell for index, cell in enumerate(cells) if order.get(_tested(cell), -1) > index]


def _place(cells: list[NotebookNode], cell: NotebookNode) -> None:
    """Insert a cell after the solution that it tests, or at the end."""
    names = [notebook.grade_id(other) for other in cells]
    tested = _tested(cell)
    cells.insert(names.index(tested) + 1 if tested in names else len(cells), cell)


def _tested(cell: NotebookNode) -> str | None:
    name = notebook.grade_id(cell)
    return name.removeprefix(notebook.TEST) if name.startswith(notebook.TEST) else None


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
