"""TeX as MathML, which browsers draw by themselves: a page needs no script and no network for it.

The TeX may be a student's. latex2mathml writes what stands in it into the tree as it is, unescaped
and with addresses and styles of its commands' arguments; so here its tree is copied, and only
elements and attributes that draw come along.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter

LONGEST = 2_000  # characters; a longer formula is shown as typed
_REMEMBERED = 4_096  # formulas: the lecture's own stand on every student's page
_MACROS = re.compile(r"\\(re)?newcommand|\\def|\\let")  # a few lines of them write millions
_ROWS = {"math", "menclose", "mpadded", "mphantom", "mrow", "mspace", "mstyle"}
_SIGNS = {"mfrac", "mi", "mn", "mo", "mroot", "msqrt", "mtext"}
_SCRIPTS = {"mmultiscripts", "mover", "mprescripts", "msub", "msubsup", "msup", "munder", "none"}
_ELEMENTS = {*_ROWS, *_SIGNS, *_SCRIPTS, "mtable", "mtd", "mtr", "munderover"}
_LENGTH = r"-?\d?(\.\d+)?(em|ex|pt)"  # a few letters: a formula stays where it stands
_SWITCHES = ("accent", "accentunder", "displaystyle", "fence", "largeop", "movablelimits")
_VALUES = {
    **dict.fromkeys((*_SWITCHES, "separator", "stretchy", "symmetric"), r"true|false"),
    **dict.fromkeys(("depth", "height", "lspace", "rspace", "voffset", "width"), _LENGTH),
    **dict.fromkeys(("maxsize", "minsize", "linethickness"), rf"{_LENGTH}|\d(\.\d+)?"),
    **dict.fromkeys(("columnspacing", "rowspacing"), rf"({_LENGTH} ?)+"),
    **dict.fromkeys(("columnalign", "columnlines", "rowlines"), r"[a-z ]+"),
    "display": r"block|inline",
    "form": r"prefix|infix|postfix",
    "linebreak": r"newline",
    "mathcolor": r"#[0-9A-Fa-f]{3,6}|[A-Za-z]+",
    "mathvariant": r"[a-z-]+",
    "notation": r"[a-z ]+",
    "scriptlevel": r"[+-]?\d",
}
# What has another name where it stands alone.
_ALONE = re.compile(r"\\(begin|end)\{(aligned|split)\}")


@lru_cache(maxsize=_REMEMBERED)
def to_mathml(tex: str, *, block: bool) -> str:
    """A formula as a MathML element; as typed where it is no TeX that can be drawn.

    Args:
        tex: Without the dollar signs around it; anybody's.
        block: Whether it stands on a line of its own.
    """
    if len(tex) > LONGEST or _MACROS.search(tex):
        return _as_typed(tex)
    try:
        display = "block" if block else "inline"
        tree = Converter(display=display).convert_to_element(_ALONE.sub(r"\\\1{align*}", tex))
        return _drawn(tree)
    except Exception:
        # What its parser raises is not documented; whatever it is, the page must come out.
        return _as_typed(tex)


def _as_typed(tex: str) -> str:
    return f"<code>{html.escape(tex)}</code>"


def _drawn(element: Element) -> str:
    """An element and all in it, each text escaped once."""
    inner = _escaped(element.text) + "".join(
        _drawn(child) + _escaped(child.tail) for child in element
    )
    if element.tag not in _ELEMENTS:
        return inner
    attributes = "".join(
        f' {name}="{html.escape(value)}"'
        for name, value in element.attrib.items()
        if name in _VALUES and re.fullmatch(_VALUES[name], value)
    )
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def _escaped(text: str | None) -> str:
    # The library writes its signs as entities, and a student may: `\unicode{x3c}` is a bracket.
    return html.escape(html.unescape(text or ""))
