"""The pictures of `surnames`: what they show, and that they can be read in greyscale."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from course_lib.data.surnames import LANGUAGES, encode
from course_lib.lab import letters
from course_lib.lab.names import PLACES
from course_lib.lab.style import STYLES
from course_lib.lab.training import History

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def history(start: float) -> History:
    return History([start, start / 2], [0.1, 0.2], [0.1 + start / 10, 0.3])


def test_languages_are_bars_with_their_numbers() -> None:
    ax = letters.languages({"Greek": 203, "Russian": 9408}).axes[0]
    assert [bar.get_height() for bar in ax.patches if isinstance(bar, Rectangle)] == [203, 9408]
    assert [text.get_text() for text in ax.texts] == ["203", "9,408"]
    assert ax.get_ylabel() == "surnames"
    assert ax.get_ylim()[0] == 0


def test_encoding_has_a_black_square_for_every_letter() -> None:
    ax = letters.encoding(encode("Ng"), "Ng").axes[0]
    shown = np.asarray(ax.images[0].get_array())
    assert shown.shape == (2, 57)
    assert shown.sum() == 2
    assert ax.images[0].get_clim() == (0, 1)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["N", "g"]


def test_comparison_has_a_line_and_a_band_for_every_model() -> None:
    runs = [history(2.0), history(3.0), history(2.2)]
    found = {(name, level): runs for level in (0, 5) for name in ("RNN", "GRU", "attention")}
    axes = letters.comparison(found).axes
    assert len(axes) == 4
    for ax in axes:
        assert len(ax.lines) == 3
        assert len(ax.collections) == 3
        assert ax.get_ylim()[0] == 0
    loss = np.asarray(axes[0].lines[0].get_ydata())
    assert loss == pytest.approx([2.4, 1.2])
    band = np.asarray(axes[0].collections[0].get_paths()[0].vertices)[:, 1]
    assert (band.min(), band.max()) == (1.0, 3.0)
    assert len({line.get_marker() for line in axes[0].lines}) == 3
    assert [axes[0].get_title(loc="left"), axes[2].get_title(loc="left")] == [
        "noise level 0",
        "noise level 5",
    ]


def test_the_lines_differ_in_lightness() -> None:
    light = [float(np.dot(to_rgb(style["color"]), (0.3, 0.59, 0.11))) for style in STYLES]
    assert min(abs(a - b) for i, a in enumerate(light) for b in light[:i]) > 0.04


def test_confusion_shows_shares_of_rows() -> None:
    counts = torch.tensor([[3, 1, 0], [0, 0, 0], [1, 0, 19]])
    ax = letters.confusion(counts, ["a", "b", "c"]).axes[0]
    shares = np.asarray(ax.images[0].get_array())
    assert shares[0] == pytest.approx([0.75, 0.25, 0])
    assert shares[1] == pytest.approx([0, 0, 0])
    assert ax.images[0].get_clim() == (0, 1)
    assert sorted(text.get_text() for text in ax.texts) == ["25", "75", "95"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("guess", "language")


def test_attention_stands_over_the_letters_and_noise_is_hatched() -> None:
    weights = [torch.tensor([0.1, 0.2, 0.7]), torch.tensor([0.5, 0.1, 0.2, 0.1, 0.1])]
    figure = letters.attention(["Abe", "Ng;,."], {"noise 5": weights}, ["English", "Chinese"])
    first, second = figure.axes
    assert [label.get_text() for label in first.get_xticklabels()] == list("Abe")
    assert [label.get_text() for label in second.get_xticklabels()] == list("Ng;,.")
    assert first.get_ylim() == second.get_ylim() == (0, 1)
    hatched = [
        patch for patch in second.patches if isinstance(patch, Rectangle) and patch.get_hatch()
    ]
    assert [(patch.get_x(), patch.get_width()) for patch in hatched] == [(1.5, 3.0)]
    assert not [patch for patch in first.patches if patch.get_hatch()]
    bars = [patch.get_height() for patch in first.patches if isinstance(patch, Rectangle)]
    assert bars == pytest.approx([0.1, 0.2, 0.7])


def test_places_show_the_mean_and_the_range() -> None:
    found = torch.tensor([[0.1, 0.1, 0.1, 0.2, 0.5, 0.0], [0.3, 0.1, 0.1, 0.2, 0.3, 0.0]])
    ax = letters.places({"noise level 0": found, "noise level 5": found}, PLACES).axes[0]
    bars = [patch.get_height() for patch in ax.patches if isinstance(patch, Rectangle)]
    assert bars[:6] == pytest.approx([0.2, 0.1, 0.1, 0.2, 0.4, 0.0])
    assert len(bars) == 12
    assert ax.get_ylim() == (0, 1)
    assert [label.get_text() for label in ax.get_xticklabels()] == list(PLACES)
    ranges = ax.collections[0].get_segments()  # type: ignore[attr-defined]  # a LineCollection
    assert ranges[0][:, 1].tolist() == pytest.approx([0.1, 0.3])


def test_every_language_has_its_place() -> None:
    counts = torch.eye(len(LANGUAGES), dtype=torch.int64)
    ax = letters.confusion(counts, LANGUAGES).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(LANGUAGES)
