"""Several models, each trained with several seeds, side by side: a table and bars with spread.

What was measured is given by model, then by measure, as one number for each seed::

    {"softmax of states": {"error": [0.03, 0.02, 0.04], "overlap": [0.1, 0.1, 0.2]}, ...}
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_lib.lab.style import FONT, STYLES, new_figure, small_print
from course_lib.lab.tables import Table

Results = Mapping[str, Mapping[str, Sequence[float]]]


def spread(values: Sequence[float]) -> str:
    """The median, and how far the seeds lie apart: ``0.123 (0.100 to 0.150)``.

    A single value stands alone. Three decimals are given.
    """
    middle = f"{statistics.median(values):.3f}"
    return f"{middle} ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else middle


def table(results: Results) -> Table:
    """List the median of each measure, with the lowest and the highest of the seeds.

    Args:
        results: See the module; all models have the same measures.

    Returns:
        One row for each model.
    """
    measures = _measures(results)
    rows = [
        (name, *(spread(found[measure]) for measure in measures)) for name, found in results.items()
    ]
    return Table(("model", *measures), rows)


def bars(results: Results) -> Figure:
    """Draw the median of each measure as a bar, the seeds' range as a line on it.

    Args:
        results: See the module; all models have the same measures, none below 0.

    Returns:
        The figure: a panel for each measure, a bar for each model, scales from 0.
    """
    measures = _measures(results)
    names = list(results)
    figure, axes = new_figure(
        1, max(1, len(measures)), (9.0, 0.3 * len(names) + 1.0), (1.75, 0.1, 0.5, 0.3), sharey=True
    )
    figure.subplots_adjust(wspace=0.2)
    rows = np.arange(len(names))
    for ax, measure in zip(axes[0], measures, strict=False):
        values = [results[name][measure] for name in names]
        middle = np.array([statistics.median(found) for found in values])
        low, high = np.array([min(v) for v in values]), np.array([max(v) for v in values])
        ax.barh(rows, middle, height=0.65, color="0.75", edgecolor="black", lw=0.5)
        ax.hlines(rows, low, high, color=STYLES[0]["color"], lw=2.5)
        top = max(float(high.max()), 1e-9)
        for row, (bar, end) in enumerate(zip(middle, high, strict=True)):
            ax.text(end + 0.03 * top, row, f"{bar:.2f}", va="center", fontsize=FONT - 1)
        ax.set_xlim(0, 1.4 * top)
        ax.xaxis.set_major_locator(MaxNLocator(2))
        ax.set_title(measure)
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_yticks(rows, names)
        small_print(ax)
    axes[0, 0].invert_yaxis()
    figure.supxlabel("median of the seeds; the line spans lowest to highest", fontsize=FONT)
    return figure


def _measures(results: Results) -> list[str]:
    return list(next(iter(results.values()), {}))
