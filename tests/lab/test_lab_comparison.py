from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from course_lib.lab import comparison

mpl.use("Agg")

RESULTS = {
    "plain": {"error": [0.3, 0.1, 0.2], "overlap": [0.5, 0.5, 0.5]},
    "gated": {"error": [0.02, 0.04, 0.03], "overlap": [0.9, 1.0, 0.95]},
}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_spread_is_the_median_with_both_ends() -> None:
    assert comparison.spread([0.3, 0.1, 0.2]) == "0.200 (0.100 to 0.300)"
    assert comparison.spread([0.25]) == "0.250"


def test_table_has_a_row_for_each_model() -> None:
    table = comparison.table(RESULTS)
    assert table.header == ("model", "error", "overlap")
    assert table.rows[1] == ("gated", "0.030 (0.020 to 0.040)", "0.950 (0.900 to 1.000)")


def test_bars_are_medians_and_lines_span_the_seeds() -> None:
    figure = comparison.bars(RESULTS)
    assert [ax.get_title() for ax in figure.axes] == ["error", "overlap"]
    error, _ = figure.axes
    widths = [patch.get_width() for patch in error.patches if isinstance(patch, Rectangle)]
    assert widths == pytest.approx([0.2, 0.03])
    spans = [np.asarray(path)[:, 0].tolist() for path in error.collections[0].get_segments()]  # type: ignore[attr-defined]
    assert spans == [pytest.approx([0.1, 0.3]), pytest.approx([0.02, 0.04])]
    assert [text.get_text() for text in error.texts] == ["0.20", "0.03"]
    assert error.get_xlim()[0] == 0
    assert [label.get_text() for label in error.get_yticklabels()] == ["plain", "gated"]
    assert error.yaxis_inverted()


def test_nothing_measured_yet() -> None:
    assert comparison.table({}).rows == []
    assert comparison.bars({}).axes
