from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from course_lib.lab import plots
from course_lib.lab.training import History
from tests.lab.pictures import are_small_and_the_same

mpl.use("Agg")

N, T, D = 5, 20, 12
LENGTHS = torch.tensor([7, 20, 11, 9, 15])


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    torch.manual_seed(0)
    yield
    plt.close("all")


def data() -> tuple[torch.Tensor, list[str]]:
    return torch.randn(N, T, D), [f"speaker {i}" for i in range(N)]


def weights() -> torch.Tensor:
    return torch.randn(N, T).softmax(dim=1)


def drawn(figure: Figure) -> list[Axes]:
    return [ax for ax in figure.axes if ax.get_visible()]


def texts(figure: Figure) -> str:
    return " ".join(f"{ax.get_xlabel()} {ax.get_ylabel()} {ax.get_title()}" for ax in drawn(figure))


def shaded(ax: Axes) -> list[tuple[float, float]]:
    """Where an axes is hatched, from and to."""
    return [
        (patch.get_x(), patch.get_x() + patch.get_width())
        for patch in ax.patches
        if isinstance(patch, Rectangle) and patch.get_hatch()
    ]


def ys(line: Line2D) -> list[float]:
    values: list[float] = np.asarray(line.get_ydata()).tolist()
    return values


def bars(ax: Axes) -> list[float]:
    return [
        patch.get_height()
        for patch in ax.patches
        if isinstance(patch, Rectangle) and not patch.get_hatch()
    ]


def every_figure() -> dict[str, Figure]:
    x, titles = data()
    history = History([2.0, 1.0], [0.2, 0.6], [0.1, 0.5])
    return {
        "utterances": plots.utterances(x, LENGTHS, titles),
        "states": plots.states(torch.randn(T, 8).tanh(), 11),
        "curves": plots.curves({"first": history, "second": history}),
        "attention": plots.attention(x, LENGTHS, {"first": weights(), "second": weights()}, titles),
        "padding_mass": plots.padding_mass({"first": torch.rand(N)}, LENGTHS, T),
        "drops": plots.drops([0.03, 0.01, -0.002]),
    }


def test_every_picture_is_small_and_the_same_every_time() -> None:
    are_small_and_the_same(every_figure)


def test_axes_say_what_they_show() -> None:
    expected = {
        "utterances": ["time (frame, 6.4 ms each)", "coefficient", "standard deviations"],
        "states": ["time (frame)", "hidden unit (number)", "state"],
        "curves": ["epoch", "loss (cross-entropy)", "accuracy (share right)"],
        "attention": ["time (frame)", "coefficient", "weight,\nfirst", "weight,\nsecond"],
        "padding_mass": ["length of the utterance (frames)", "attention mass on padding"],
        "drops": ["rank", "probability lost (mean)"],
    }
    figures = every_figure()
    assert set(figures) == set(expected)
    for name, words in expected.items():
        for word in words:
            assert word in texts(figures[name]), name


def test_padding_is_hatched_from_the_real_end_on() -> None:
    x, titles = data()
    axes = [ax for ax in drawn(plots.utterances(x, LENGTHS, titles)) if ax.images]
    axes = [ax for ax in axes if ax.get_title().startswith("speaker")]
    assert len(axes) == N
    for ax, length in zip(axes, LENGTHS.tolist(), strict=True):
        assert shaded(ax) == ([(length - 0.5, T - 0.5)] if length < T else [])


def test_heat_maps_share_one_colour_scale_and_show_every_number() -> None:
    x, titles = data()
    figure = plots.utterances(x, LENGTHS, titles)
    images = [ax.images[0] for ax in drawn(figure) if ax.get_title()]
    assert len({image.get_clim() for image in images}) == 1
    for image, series in zip(images, x, strict=True):
        shown = image.get_array()
        assert shown is not None
        assert torch.equal(torch.as_tensor(shown.data), series.T)


def test_attention_bars_are_the_weights_on_one_scale_from_0() -> None:
    x, titles = data()
    given = {"first": weights(), "second": weights()}
    figure = plots.attention(x, LENGTHS, given, titles)
    stacks = [drawn(figure)[3 * i : 3 * i + 3] for i in range(N)]
    limits = set()
    for i, (above, *below) in enumerate(stacks):
        assert above.get_title() == titles[i]
        for ax, values in zip(below, given.values(), strict=True):
            assert bars(ax) == pytest.approx(values[i].tolist())
            assert shaded(ax) == shaded(above)
            limits.add(ax.get_ylim())
    ((bottom, top),) = limits
    assert bottom == 0
    assert top > max(float(values.max()) for values in given.values())


def test_padding_mass_shows_each_utterance_and_the_means() -> None:
    lengths, mass = torch.tensor([5, 5, 8]), torch.tensor([0.2, 0.4, 0.9])
    (ax,) = drawn(plots.padding_mass({"first": mass}, lengths, T=10))
    even, means = ax.lines
    assert ys(even) == pytest.approx([0.5, 0.4, 0.3, 0.2, 0.1, 0.0])
    assert np.asarray(means.get_xdata()).tolist() == [5, 8]
    assert ys(means) == pytest.approx([0.3, 0.9])
    assert len(ax.collections[0].get_offsets()) == 3  # type: ignore[arg-type]  # an array here
    assert ax.get_ylim() == (0, 1)


def test_curves_start_at_0_and_differ_in_more_than_colour() -> None:
    history = History([2.0, 1.0, 0.4], [0.2, 0.6, 0.9], [0.1, 0.5, 0.8])
    left, right = drawn(plots.curves({"first": history, "second": history}))
    assert left.get_ylim()[0] == right.get_ylim()[0] == 0
    assert ys(left.lines[0]) == history.loss
    assert ys(right.lines[0]) == history.test_accuracy
    assert ys(right.lines[1]) == history.train_accuracy
    assert left.lines[0].get_marker() != left.lines[1].get_marker()
    assert right.lines[0].get_linestyle() != right.lines[1].get_linestyle()
    legend = right.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "first, test",
        "first, training",
        "second, test",
        "second, training",
    ]


def test_curves_of_nothing_are_empty_axes() -> None:
    left, right = drawn(plots.curves({}))
    assert not left.lines
    assert not right.lines


def test_drops_keep_0_in_sight() -> None:
    (ax,) = drawn(plots.drops([0.001, -0.02]))
    assert bars(ax) == pytest.approx([0.001, -0.02])
    assert ax.get_ylim()[0] <= -0.02
    assert ax.get_ylim()[1] >= 0.05
    (ax,) = drawn(plots.drops([0.3, 0.1]))
    assert ax.get_ylim()[0] == 0
