"""Shares with their intervals, and how often a check is wrong."""

import pytest

from course_lib.answers import calibrate
from course_lib.answers.calibration import rates
from course_lib.answers.calibration.rates import Share

RIGHT = [0.9 + seed / 1000 for seed in range(50)]
FOUND = calibrate.Calibration(
    "x", "y", threshold=0.9, half=0.5, chance=0.1, recipe={}, normal_bound=0.9,
    exponential_bound=0.9, right={"plain": RIGHT, "wide": [0.89, 0.95]},
    half_right={"unmasked": [0.91, 0.92, 0.85, 0.93]},
    laws={
        "plain": ["", "random_in_eval", *[None] * 48],
        "unmasked": ["", "padding_read", "", None],
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Without a hit the limits are 0 and 1 - 0.025 ** (1 / n): no table is needed.
        (0, 50, 0.0, 1 - 0.025 ** (1 / 50)),
        (50, 50, 0.025 ** (1 / 50), 1.0),
        # Clopper and Pearson (1934), and every table since: 1 of 10, 5 of 10.
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
    ],
)
def test_interval(count: int, of: int, low: float, high: float) -> None:
    assert Share(count, of).interval == pytest.approx((low, high), abs=1e-4)


def test_a_share_in_words() -> None:
    assert str(Share(1, 10)) == "1 of 10: 10.0 % (0.3 % to 44.5 %)"
    assert str(Share(0, 0)) == "not asked"


def test_rows() -> None:
    plain, wide, unmasked = rates.rows(FOUND)
    assert (plain.reaching, plain.passing, plain.faults) == (
        Share(50, 50), Share(1, 2), ("random_in_eval",),
    )  # fmt: skip
    assert (wide.reaching, wide.passing) == (Share(1, 2), Share(0, 0))
    assert (unmasked.right, unmasked.scores) == (False, (0.85, 0.93))
    assert (unmasked.reaching, unmasked.passing) == (Share(3, 4), Share(1, 3))
    assert unmasked.faults == ("padding_read",)


def test_false_fails() -> None:
    assert rates.false_fails(FOUND) == Share(1, 52)
    assert rates.false_fails_of_the_check(FOUND) == Share(1, 2)


def test_left_out_a_far_score_falls_below_the_threshold_of_the_others() -> None:
    scores = [*RIGHT, 0.2]
    found = calibrate.conclude("x", "y", {}, {"plain": scores}, {"untrained": [0.1]})
    assert rates.false_fails(found) == Share(0, 51)
    assert rates.false_fails_left_out(found) == Share(1, 51)
