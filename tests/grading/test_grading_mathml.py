"""Formulas become MathML, and nothing else."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from course_lib.grading import mathml
from course_lib.grading.mathml import to_mathml

ROOT = Path(__file__).parents[2]
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![$\\])\$(.+?)(?<![$\\])\$", re.DOTALL)


def drawn(tex: str) -> BeautifulSoup:
    return BeautifulSoup(to_mathml(tex, block=False), "html.parser")


def test_a_formula_is_drawn() -> None:
    found = to_mathml(r"a_i < \frac{1}{2}", block=True)
    assert found == (
        '<math display="block"><mrow><msub><mi>a</mi><mi>i</mi></msub><mo>&lt;</mo>'
        "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac></mrow></math>"
    )


@pytest.mark.parametrize("text", sorted((ROOT / "lectures").glob("*.py")), ids=lambda p: p.stem)
def test_every_formula_of_the_lectures_is_drawn(text: Path) -> None:
    prose = "\n".join(
        line[2:] for line in text.read_text(encoding="utf-8").splitlines() if line[:2] == "# "
    )
    formulas = [block or inline for block, inline in FORMULA.findall(prose)]
    assert formulas
    for tex in formulas:
        page = drawn(tex)
        assert page.math is not None, tex
        assert "\\" not in page.text, f"{tex}: a command that is not known"


def test_of_another_element_only_what_stands_in_it_comes_along() -> None:
    tree = ElementTree.fromstring('<math><script src="x">1<mi>a</mi></script>&lt;</math>')
    assert mathml._drawn(tree) == "<math>1<mi>a</mi>&lt;</math>"


def test_lines_stand_below_each_other() -> None:
    for name in ("aligned", "split", "align*"):
        page = drawn(rf"\begin{{{name}}}a &= b \\ c &= d\end{{{name}}}")
        assert [row.text for row in page("mtr")] == ["a=b", "c=d"]


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\href{javascript:alert(1)}{x}", "x"),
        (r"\style{position:fixed}{x}", "x"),
        (r"\class{score}{x}", "x"),
        (r"\color{red\" onclick=alert(1)}{x}", "x"),
        (r"\hspace{-99em}x", "x"),
        (r"\text{<b>x</b>}", "<b>x</b>"),
        (r"\unicode{x3c}b\unicode{x3e}", "<b>"),
        (r"\text{&lt;b&gt;}", "<b>"),
    ],
)
def test_nothing_but_signs_comes_of_hostile_tex(tex: str, text: str) -> None:
    page = drawn(tex)
    assert page.math is not None
    assert page.text == text
    for element in page(True):
        assert element.name in mathml._ELEMENTS
        assert not {"href", "style", "class", "onclick", "width"} & set(element.attrs)
        assert "onclick" not in str(element.attrs)


@pytest.mark.parametrize(
    "tex",
    [
        "{" * 1_500,
        "^",
        r"\frac",
        r"\newcommand{\a}{xx}\a",
        r"\def\a{xx}\a",
        "x" * (mathml.LONGEST + 1),
    ],
)
def test_what_cannot_be_drawn_stands_as_typed(tex: str) -> None:
    page = drawn(tex)
    assert page.math is None
    assert page.code is not None
    assert page.code.text == tex
