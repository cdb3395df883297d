from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from course_lib.data.addition import LENGTH, draw
from course_lib.lab import maps
from tests.lab.pictures import are_small_and_the_same

mpl.use("Agg")

DATA = draw(1, seed=1, position=6)
X, MASK = DATA.x[0], DATA.addends[0]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    torch.manual_seed(0)
    yield
    plt.close("all")


def frames(count: int = 3) -> dict[str, torch.Tensor]:
    return {f"epoch {i}": torch.rand(LENGTH).softmax(dim=0) for i in range(count)}


def every_figure() -> dict[str, Figure]:
    cloud = (torch.rand(50), torch.rand(50))
    return {
        "strip": maps.strip(frames(), X, MASK),
        "relative": maps.strip(frames(), X, MASK, relative=True),
        "running_sum": maps.running_sum(torch.rand(LENGTH), torch.rand(LENGTH), X),
        "change_by_weight": maps.change_by_weight({"one": cloud, "other": cloud}),
    }


def test_every_picture_is_small_and_the_same_every_time() -> None:
    are_small_and_the_same(every_figure)


def test_axes_say_what_they_show() -> None:
    expected = {
        "strip": ["step (counted from 0)", "weight"],
        "relative": ["step (counted from 0)", "weight / largest of its row"],
        "running_sum": ["step (counted from 0)", "sum of the addends"],
        "change_by_weight": ["weight of the number that was moved", "change of the answer"],
    }
    for name, figure in every_figure().items():
        labels = [text for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel())]
        for label in expected[name]:
            assert label in labels, name


def test_maps_are_named_by_epoch() -> None:
    kept = {epochs: torch.full((2, LENGTH), epochs) for epochs in (0.0, 0.5, 1.0)}
    named = maps.by_epoch(kept)
    assert list(named) == ["untrained", "0.5 epochs", "1 epoch"]
    assert [weights.tolist() for weights in named.values()] == [
        [epochs] * LENGTH for epochs in kept
    ]


def test_a_strip_holds_the_truth_and_every_frame_on_one_scale_from_0() -> None:
    given = frames()
    truth, below, _bar = maps.strip(given, X, MASK).axes
    [shown] = truth.get_images()
    assert np.array_equal(np.asarray(shown.get_array())[0] > 0, MASK.numpy())
    [image] = below.get_images()
    stacked = torch.stack(list(given.values()))
    assert np.allclose(np.asarray(image.get_array()), stacked.numpy())
    low, high = image.get_clim()
    assert low == 0
    assert high == pytest.approx(stacked.max().item())
    assert [label.get_text() for label in below.get_yticklabels()] == list(given)


def test_in_a_relative_strip_every_frame_reaches_1() -> None:
    image = maps.strip(frames(), X, MASK, relative=True).axes[1].get_images()[0]
    assert np.allclose(np.asarray(image.get_array()).max(axis=1), 1)


def test_the_delimiter_is_marked_where_the_0_is() -> None:
    figure = maps.strip(frames(), X, MASK)
    for ax in figure.axes[:2]:
        sides = [float(np.asarray(line.get_xdata())[0]) for line in ax.get_lines()]
        assert sides == [5.5, 6.5]
    assert figure.axes[0].texts[-1].get_text() == "delimiter"
    numbers = [text.get_text() for text in figure.axes[0].texts[:-1]]
    assert numbers.index("0") == 6


def test_the_title_of_a_cloud_says_its_correlation() -> None:
    weights = torch.linspace(0, 1, 9)
    figure = maps.change_by_weight({"up": (weights, 2 * weights), "down": (weights, 1 - weights)})
    assert [ax.get_title() for ax in figure.axes] == [
        "up: correlation 1.00",
        "down: correlation -1.00",
    ]
    assert all(ax.get_xlim()[0] == ax.get_ylim()[0] == 0 for ax in figure.axes)


def test_correlation_of_what_does_not_vary_is_nan() -> None:
    assert np.isnan(maps.correlation(torch.ones(5), torch.rand(5)))
