from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib.answers import calibrate
from course_lib.answers.calibration import picture

mpl.use("Agg")

FOUND = calibrate.Calibration(
    lecture="x", check="y", threshold=0.9, half=0.6, chance=0.3, recipe={}, normal_bound=0.91,
    exponential_bound=0.92, right={"plain": [0.97, 0.98, 0.99], "wide_start": [0.96]},
    half_right={"untrained": [0.3, 0.31]}, laws={"untrained": ["", "padding_read"]},
)  # fmt: skip


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_every_score_is_a_dot_and_both_limits_are_lines() -> None:
    [ax] = picture.draw(FOUND).axes
    dots = [np.asarray(path.get_offsets())[:, 0].tolist() for path in ax.collections]
    assert dots == [[0.97, 0.98, 0.99], [0.96], [0.3, 0.31]]
    uprights = [line for line in ax.get_lines() if len(set(np.asarray(line.get_xdata()))) == 1]
    assert [float(np.asarray(line.get_xdata())[0]) for line in uprights] == [0.9, 0.6]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["plain", "wide start", "untrained"]
    assert ax.yaxis_inverted()


@pytest.mark.parametrize("lecture", ["addition", "vowels"])
def test_stored_calibrations_can_be_drawn(lecture: str) -> None:
    found = calibrate.load(lecture)
    [ax] = picture.draw(found).axes
    assert lecture in ax.get_xlabel()
    assert len(ax.collections) == len(found.right) + len(found.half_right)


def test_a_dot_is_a_ring_where_the_check_finds_something_wrong_beside_the_score() -> None:
    [ax] = picture.draw(FOUND).axes
    inside = [np.asarray(path.get_facecolors())[:, 3] > 0 for path in ax.collections]  # type: ignore[attr-defined]
    assert [filled.tolist() for filled in inside] == [[True] * 3, [True], [True, False]]


def test_equal_scores_give_equal_bytes(tmp_path: Path) -> None:
    picture.save(FOUND, tmp_path / "new" / "a.png")
    picture.save(FOUND, tmp_path / "new" / "b.png")
    assert (tmp_path / "new" / "a.png").read_bytes() == (tmp_path / "new" / "b.png").read_bytes()
