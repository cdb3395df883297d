"""What the pictures of all lectures share: sizes, lines that differ in greyscale, margins."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib_inline.config import InlineBackend

Margins = tuple[float, float, float, float]  # left, right, bottom, top, in inches

DPI = 80  # an executed lecture, pictures and all, has to stay well below 1 MB
FONT = 9
STYLES: tuple[dict[str, str], ...] = (
    {"color": "#b35806", "marker": "o"},
    {"color": "#1f3a68", "marker": "s"},
    {"color": "#777777", "marker": "^"},
)

# A notebook trims each picture by drawing it twice. Ours have their margins given, once is enough.
InlineBackend.instance().set_trait("print_figure_kwargs", {"bbox_inches": None})


def new_figure(
    rows: int, columns: int, size: tuple[float, float], margins: Margins, **kwargs: Any
) -> tuple[Figure, Any]:
    """A figure in inches, with room around its axes, and the axes as an array (rows, columns).

    The room is given, not found: matplotlib's own layout takes seconds for twenty axes.
    """
    figure, axes = plt.subplots(rows, columns, figsize=size, dpi=DPI, squeeze=False, **kwargs)
    figure.subplots_adjust(**fractions(size, margins))
    return figure, axes


def fractions(size: tuple[float, float], margins: Margins) -> dict[str, float]:
    """Margins in inches as the fractions of the figure that matplotlib takes."""
    (width, height), (left, right, bottom, top) = size, margins
    return {
        "left": left / width,
        "right": 1 - right / width,
        "bottom": bottom / height,
        "top": 1 - top / height,
    }


def small_print(ax: Axes) -> None:
    """Set the axes' numbers, labels and title in the small print of all pictures."""
    ax.tick_params(labelsize=FONT - 1)
    for text in (ax.xaxis.label, ax.yaxis.label, ax.title):
        text.set_fontsize(FONT)
