"""The stored scores of `reviews`, and the threshold that follows from them."""

import dataclasses

import pytest
import torch

from course_lib.answers import audit, calibrate
from course_lib.answers.calibration import reviews as populations
from course_lib.answers.registry import hidden

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def stored() -> calibrate.Calibration:
    return calibrate.load("reviews")


def test_the_threshold_follows_from_the_stored_scores(stored: calibrate.Calibration) -> None:
    again = calibrate.conclude(
        stored.lecture, stored.check, stored.recipe, stored.right, stored.half_right
    )
    assert again == dataclasses.replace(stored, laws={}, code={})


def test_the_recipe_is_still_the_lectures(stored: calibrate.Calibration) -> None:
    assert stored.recipe == populations.recipe(), "run `course calibrate reviews`"
    audit.load("reviews")
    assert hidden.get("reviews", stored.check).subject == "model"


def test_right_and_untrained_are_far_apart(stored: calibrate.Calibration) -> None:
    right = [score for scores in stored.right.values() for score in scores]
    assert len(right) >= 40
    assert min(right) >= stored.threshold
    assert max(stored.half_right["untrained"]) < stored.half < stored.threshold
    assert max(stored.half_right["frozen_vectors"]) < stored.threshold


def test_a_score_is_reproducible(stored: calibrate.Calibration) -> None:
    """The stored scores are those of this code; processors may differ in the last digits."""
    run, _ = populations.HALF_RIGHT["untrained"]
    assert populations.score(run(0)) == pytest.approx(stored.half_right["untrained"][0], abs=0.05)
