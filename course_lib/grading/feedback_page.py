"""What a feedback page says above the notebook: the points, and each question with its sentence.

The verdicts lie in the outputs of the test cells, the points and comments of a person in the
gradebook; nbgrader's own steps bring the second, and these here put both together. The page is
nbgrader's, with our head before it: `pages/page_of_feedback`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import GetGrades
from traitlets.config import Config

from course_lib.grading import late, notebook, templates, verdicts
from course_lib.grading.read import why_unreadable
from course_lib.grading.safe_html import ShownCells
from course_lib.lab.verdict import Verdict

_WITHOUT_ALT = re.compile(r"<img (?![^>]*\balt=)")
_HEADING = re.compile(r"^#{2,6} +(.+?)(?: \(\d[^()]*points?\))?$", re.MULTILINE)


class FeedbackExporter(HTMLExporter):
    """nbconvert's pages by our template, whoever makes them.

    nbgrader names its own template in the configuration of `HTMLExporter`, the formgrader another.
    Without nbconvert's last step, which reads the whole page again to mark pictures that have no
    description: that takes as long as all others together.
    """

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        ours = Config()
        ours.FeedbackExporter.template_name = "page_of_feedback"
        ours.FeedbackExporter.extra_template_basedirs = [str(templates.PAGES)]
        ours.FeedbackExporter.extra_template_paths = [str(templates.nbgraders())]
        whole = Config(config or {})
        whole.merge(ours)
        super().__init__(config=whole, **kwargs)

    def from_notebook_node(  # type: ignore[override]  # as nbconvert's own pages do
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page, and nbconvert's resources."""
        resources = self._init_resources(resources)
        self.register_filter("highlight_code", self.filters["highlight_code"])
        page, resources = super(HTMLExporter, self).from_notebook_node(nb, resources, **kw)
        return _WITHOUT_ALT.sub('<img alt="a figure" ', page), resources


@dataclass(frozen=True)
class Question:
    """One question as the student reads it.

    Attributes:
        name: nbgrader's grade id, which is the place in the notebook below.
        title: The heading above it; empty if there is none.
        written: Whether a person grades it.
        verdict: Points and sentence; no points as long as it waits for a person.
        by_hand: Whether a person has set other points than the check.
        comment: What a person wrote to it, as Markdown.
    """

    name: str
    title: str
    written: bool
    verdict: Verdict
    by_hand: bool = False
    comment: str = ""

    @property
    def sentence(self) -> str:
        """The verdict's sentence as HTML."""
        return verdicts.in_html(self.verdict.sentence)

    @property
    def look(self) -> tuple[str, str]:
        """Kind and sign; see `verdicts.look`. A person may give more than there is, or all."""
        points, most = self.verdict.points, self.verdict.max_points
        if points is None or points < most:
            return verdicts.look(self.verdict)
        return verdicts.look(replace(self.verdict, points=most, fault=""))


@dataclass(frozen=True)
class Summary:
    """The head of a page.

    Attributes:
        questions: In the order of the notebook.
        unreadable: Why there is no submission to show; empty if there is one.
        penalty: Points taken off for being late.
    """

    questions: list[Question]
    unreadable: str
    penalty: float

    def points(self, *, written: bool) -> float:
        """What the checks, or a person, have given."""
        return sum(q.verdict.points or 0.0 for q in self.questions if q.written == written)

    def most(self, *, written: bool) -> float:
        """What the checks, or a person, can give."""
        return sum(q.verdict.max_points for q in self.questions if q.written == written)

    @property
    def total(self) -> float:
        """All points, less the penalty."""
        return late.total(self.points(written=False) + self.points(written=True), self.penalty)

    @property
    def waiting(self) -> int:
        """Questions that a person has still to look at."""
        return sum(question.verdict.points is None for question in self.questions)


class KeepVerdicts(ShownCells):
    """Keeps the verdicts, then reduces the notebook to what can be shown.

    In one step: after each nbconvert asks whether the notebook is valid, which it becomes here.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Keep verdicts, and why there is no submission, for `Summarise`."""
        resources["verdicts"] = verdicts.of_notebook(nb)
        resources["unreadable"] = why_unreadable(nb)
        return super().preprocess(nb, resources)


class Summarise(GetGrades):
    """nbgrader's step that fetches grades and comments, which also writes the page's head."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add `resources["summary"]`."""
        self._waiting: set[str] = set()
        self._by_hand: set[str] = set()
        self._comments: dict[str, Any] = {}
        nb, resources = super().preprocess(nb, resources)
        resources["summary"] = Summary(
            self._questions(nb, resources.get("verdicts", {})),
            resources.get("unreadable", ""),
            resources["nbgrader"]["late_penalty"],
        )
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:  # noqa: ARG002 - nbgrader's
        name = notebook.grade_id(cell)
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader.update(score=grade.score, points=grade.max_score)
        if grade.needs_manual_grade:
            self._waiting.add(name)
        if grade.manual_score is not None or grade.extra_credit:
            self._by_hand.add(name)

    def _get_comment(self, cell: NotebookNode, resources: dict[str, Any]) -> None:  # noqa: ARG002 - nbgrader's
        name = notebook.grade_id(cell)
        comment = self.gradebook.find_comment(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader["comment"] = comment.comment
        self._comments[name] = comment

    def _comment(self, name: str, *, judged: bool) -> str:
        """What a person wrote to a question; to one without a check, also nbgrader's remark."""
        exercise = name.removeprefix(notebook.TEST) if judged else name
        comment = self._comments.get(exercise)
        if comment is None:
            return ""
        return (comment.manual_comment if judged else comment.comment) or ""

    def _questions(self, nb: NotebookNode, judged: dict[str, Verdict]) -> list[Question]:
        found, title = [], ""
        for cell in nb.cells:
            name = notebook.grade_id(cell)
            if not name and cell.cell_type == "markdown":
                title = _heading(cell.source) or title
            if not (utils.is_grade(cell) or utils.is_task(cell)):
                continue
            entry = cell.metadata.nbgrader
            points = None if name in self._waiting else float(entry.score)
            blank = Verdict(name, points, float(entry.points))
            verdict = judged.get(name, blank)
            found.append(
                Question(
                    name,
                    title,
                    written=name not in judged,
                    verdict=replace(verdict, points=points, max_points=blank.max_points),
                    by_hand=name in judged and name in self._by_hand,
                    comment=self._comment(name, judged=name in judged),
                )
            )
        return found


def _heading(source: str) -> str:
    """The last heading of a text, without the points that it names."""
    found = _HEADING.findall(source)
    return found[-1] if found else ""
