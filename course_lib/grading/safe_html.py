"""Pages that show a student's work and run nothing of it: the feedback and the formgrader.

Both are made by nbconvert's HTMLExporter, so `c.HTMLExporter` in `nbgrader_config.py` protects
both: its own `sanitize_html`, and from here what nbconvert and nbgrader's templates leave open: a
preprocessor for the outputs, and the two filters that turn a student's text into HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from bs4 import BeautifulSoup
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

from course_lib.grading import mathml, notebook, outputs

# What has more tags is shown as it was typed: the filters take time that grows faster.
MAX_MARKS = 4_000
MAX_FORMULAS = 1_000  # of one cell
_TABLES = ("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
_TEXT_TAGS = ("br", "dd", "del", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img")
_MORE_TEXT_TAGS = ("kbd", "p", "pre", "s", "small", "span", "sub", "sup", "tt", "u")
TAGS = bleach.ALLOWED_TAGS | {*_TABLES, *_TEXT_TAGS, *_MORE_TEXT_TAGS}
# Their text is no text for people.
_DROPPED_WHOLE = ("iframe", "math", "noscript", "object", "script", "style", "svg", "template")
_SIDES = ("border", "border-bottom", "border-left", "border-right", "border-top", "padding")
_FONTS = ("background-color", "color", "font-style", "font-weight", "text-decoration")
_STYLES = (*_SIDES, *_FONTS, "text-align", "vertical-align", "white-space")
_PLAIN_ATTRIBUTES = ("align", "alt", "border", "colspan", "rowspan", "scope", "start", "title")
# Neither a name that a page's own script or style listens to, nor an address that tells anybody
# who reads the page.
_ATTRIBUTES = {
    ("a", "href"): r"(https?://|mailto:|#).*",
    ("img", "src"): r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[\w+/=\s]*"
    r"|\w[\w./%-]*\.(png|jpe?g|gif|webp|svg)",
    ("img", "height"): r"\d{1,4}",
    ("img", "width"): r"\d{1,4}",
    ("div", "class"): r"highlight",
    ("table", "class"): r"dataframe",
    ("span", "class"): r"[a-z]{1,2}[0-9]?|err|ansi-[a-z-]+",
}
# Marks the place of a formula until the text around it is clean. No text holds it: see below.
_MARK = "\ue000"
_PLACE = re.compile(rf"<span>{_MARK}(\d{{1,6}}){_MARK}</span>")
_PLACE_IN_A_VALUE = re.compile(rf"{_MARK}(\d{{1,6}}){_MARK}")


class Clean(str):
    """HTML that has been through here and holds formulas, which no student may write."""


def clean_html(text: Any) -> str:
    """HTML without anything that runs, loads, hides or listens."""
    if isinstance(text, Clean):
        return text
    text = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    if _is_heavy(text):
        return _as_typed(text)
    soup = BeautifulSoup(text, "html.parser")
    for element in soup(_DROPPED_WHOLE):
        element.decompose()
    return bleach.clean(
        str(soup),
        tags=TAGS,
        attributes=_is_allowed,
        protocols={"data", "http", "https", "mailto"},
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
        strip=True,
    )


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name == "style" or name in _PLAIN_ATTRIBUTES:
        return True
    pattern = _ATTRIBUTES.get((tag, name))
    return pattern is not None and re.fullmatch(pattern, value.strip(), re.DOTALL) is not None


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """A text cell as HTML; one that cannot be rendered as it was typed."""
    cell: Mapping[str, Any] = context.get("cell") or {}
    pictures = cell.get("attachments")
    return _rendered(source, pictures) if pictures else _rendered_once(source)


@lru_cache(maxsize=512)
def _rendered_once(source: str) -> str:
    """As `_rendered`: the lecture's own texts stand on every student's page."""
    return _rendered(source, {})


def _rendered(source: str, attachments: Mapping[str, Any]) -> str:
    renderer = _WithFormulas(escape=False, attachments=attachments, exclude_anchor_links=True)
    try:
        rendered = MarkdownWithMath(renderer=renderer).render(source.replace(_MARK, ""))
    except Exception:
        # A picture that is not there, a text that is too deep: the page must come out.
        return _as_typed(source)
    if _is_heavy(rendered) or len(renderer.formulas) > MAX_FORMULAS:
        return _as_typed(source)
    return renderer.with_formulas(clean_html(rendered))


class _WithFormulas(IPythonRenderer):
    """nbconvert's, which keeps the formulas aside while the text around them is cleaned.

    Attributes:
        formulas: TeX, and whether it stands on a line of its own.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.formulas: list[tuple[str, bool]] = []

    def inline_math(self, body: str) -> str:
        """The place of `$...$`."""
        return self._place(body, block=False)

    def block_math(self, body: str) -> str:
        """The place of `$$...$$`."""
        return self._place(body, block=True)

    def latex_environment(self, name: str, body: str) -> str:
        """The place of an environment."""
        return self._place(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)

    def _place(self, tex: str, *, block: bool) -> str:
        self.formulas.append((tex, block))
        return f"<span>{_MARK}{len(self.formulas) - 1}{_MARK}</span>"

    def with_formulas(self, cleaned: str) -> Clean:
        """The cleaned text with its formulas in their places.

        A place that is no element has got into a value, as a picture's description: TeX stands
        there as typed. A student may write the mark in numbers (`&#xe000;`): each formula is
        drawn once all the same, at the first of its places.
        """
        known = dict(enumerate(self.formulas))
        drawn = _PLACE.sub(lambda place: self._drawn(known.pop(int(place[1]), None)), cleaned)
        return Clean(
            _PLACE_IN_A_VALUE.sub(
                lambda place: html.escape(known.pop(int(place[1]), ("", False))[0]), drawn
            )
        )

    @staticmethod
    def _drawn(formula: tuple[str, bool] | None) -> str:
        return mathml.to_mathml(formula[0], block=formula[1]) if formula else ""


def _is_heavy(text: str) -> bool:
    return text.count("<") + text.count("&") > MAX_MARKS


def _as_typed(text: str) -> str:
    return f"<pre>{html.escape(outputs.cut(text))}</pre>"


class ShownCells(Preprocessor):
    """Reduces a graded notebook to what a page shows, in the types that templates expect.

    Outputs come from the student's kernel, which may send anything in any field.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Keep of each cell its text, nbgrader's entry and what can be shown of the outputs."""
        nb.metadata = NotebookNode(language_info={"name": "python", "pygments_lexer": "ipython3"})
        for cell in nb.cells:
            entry = cell.metadata.get("nbgrader")
            cell.metadata = NotebookNode({"nbgrader": entry} if entry else {})
            cell.source = outputs.cut(cell.source)
            if cell.cell_type == "code":
                cell.execution_count = outputs.count(cell.get("execution_count"))
                cell.outputs = outputs.shown(cell.get("outputs"))
        return nb, resources


class HideTests(ClearHiddenTests):
    """nbgrader's, for the course's own cells only.

    In any other cell its markers are a student's text, and it would refuse the whole notebook.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Take the hidden lines out of a test cell."""
        if not notebook.is_test(cell):
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)
