import dataclasses
import statistics

import pytest
import torch

from course_lib.answers import audit, calibrate
from course_lib.answers.calibration import addition as populations
from course_lib.answers.reference import addition as oracle
from course_lib.answers.registry import hidden
from course_lib.lab.regression import answers

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def stored() -> calibrate.Calibration:
    return calibrate.load("addition")


def test_the_threshold_follows_from_the_stored_scores(stored: calibrate.Calibration) -> None:
    again = calibrate.conclude(
        stored.lecture, stored.check, stored.recipe, stored.right, stored.half_right
    )
    assert again == dataclasses.replace(stored, laws={}, code={})


def test_the_recipe_is_still_the_lectures(stored: calibrate.Calibration) -> None:
    assert stored.recipe == populations.recipe(), "run `course calibrate addition`"
    assert (stored.lecture, stored.check) == ("addition", populations.CHECK)
    audit.load("addition")
    assert hidden.get("addition", stored.check).subject == "finder"


def test_enough_seeds(stored: calibrate.Calibration) -> None:
    assert len(stored.right["plain"]) >= 40
    assert stored.right.keys() == populations.RIGHT.keys()
    assert stored.half_right.keys() == populations.HALF_RIGHT.keys()


def test_right_and_wrong_are_far_apart(stored: calibrate.Calibration) -> None:
    right = [score for scores in stored.right.values() for score in scores]
    assert min(right) >= stored.threshold
    assert statistics.median(right) >= 0.99
    assert max(stored.half_right["untrained"]) < stored.half < stored.threshold
    for fault in ("one_epoch", "small_rate", "delimiter_included"):
        assert max(stored.half_right[fault]) < stored.threshold, fault


def test_a_score_is_reproducible(stored: calibrate.Calibration) -> None:
    """The stored scores are those of this code; processors may differ in the last digits."""
    run, _ = populations.RIGHT["plain"]
    assert populations.score(run(0)) == pytest.approx(stored.right["plain"][0], abs=0.01)
    run, _ = populations.HALF_RIGHT["untrained"]
    assert populations.score(run(0)) == pytest.approx(stored.half_right["untrained"][0], abs=0.01)


def test_the_score_is_the_oracles_overlap() -> None:
    data = populations.fresh()
    model = populations.train(populations.plain, seed=0, epochs=0)
    gates = answers(model, data.x)[1]
    slow = oracle.overlap(gates.double(), data.addends).mean().item()
    assert populations.score(model) == pytest.approx(slow, abs=1e-12)


def test_fresh_sequences_are_none_of_the_lectures() -> None:
    from course_lib.data.addition import load

    ours = {tuple(row) for row in populations.fresh().x.tolist()}
    for split in ("train", "test"):
        assert not ours & {tuple(row) for row in load(split).x.tolist()}


def test_training_leaves_the_generator_alone() -> None:
    before = torch.get_rng_state()
    model = populations.train(populations.plain, seed=0, epochs=1)
    assert torch.equal(before, torch.get_rng_state())
    assert not model.training
