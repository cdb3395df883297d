"""How the site is built, by `make docs`: Markdown pages and the package's docstrings, offline."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

project = "Attention in PyTorch"
author = "The maintainers of the attention course"
project_copyright = f"2026, {author}"
version = release = metadata.version("course_lib")

extensions = ["myst_parser", "sphinx.ext.apidoc", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "tutorial"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

# Docstrings write names between single backticks.
default_role = "literal"
napoleon_use_ivar = True  # else a dataclass tells of each attribute twice
_PACKAGE = Path(__file__).parents[1] / "course_lib"
# One lecture's own modules are no interface: the tutorial shows what they are for.
_ROOMS = ("hidden", "misconceptions", "equivalents", "forms", "demo", "calibration", "reference")
apidoc_modules = [
    {
        "path": str(_PACKAGE),
        "destination": "api",
        "exclude_patterns": [
            *(f"{_PACKAGE}/answers/{room}/*.py" for room in _ROOMS),
            f"{_PACKAGE}/lab/checks/*.py",
            f"{_PACKAGE}/grading/inside/*.py",
        ],
        "module_first": True,
        # Not what a package hands on from its modules: each thing is described once.
        "automodule_options": {"members", "ignore-module-all"},
    }
]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 80
# Two modules have a `Row`: a signature's link may lead to the other one.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = "Attention in PyTorch"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"


def _mathml(translator: HTML5Translator, node: nodes.math | nodes.math_block) -> None:
    block = isinstance(node, nodes.math_block)
    formula = convert(node.astext(), display="block" if block else "inline")
    translator.body.append(f'<div class="formula">{formula}</div>' if block else formula)
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Write formulas as MathML."""
    app.add_html_math_renderer("mathml", (_mathml, None), (_mathml, None))


html_math_renderer = "mathml"
