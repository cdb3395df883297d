import math
import random
import statistics
from pathlib import Path

import pytest
import torch

from course_lib.answers import calibrate
from course_lib.answers.calibration import vowels as populations

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def stored() -> calibrate.Calibration:
    return calibrate.load("vowels")


def test_training_leaves_the_generator_and_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TQDM_DISABLE", "0")
    before = torch.get_rng_state()
    model = populations.train(populations.plain, seed=0, epochs=1)
    assert torch.equal(before, torch.get_rng_state())
    assert not model.training


def test_normal_bound_is_the_tolerance_bound_of_the_tables() -> None:
    """One-sided k for 99.9 % of the population, 95 % confidence, n = 50: 3.766 in the tables."""
    scores = [float(x) for x in range(50)]
    k = (statistics.fmean(scores) - calibrate.normal_bound(scores)) / statistics.stdev(scores)
    assert k == pytest.approx(3.766, abs=0.03)


def test_exponential_bound_recovers_an_exponential_tail() -> None:
    chance = random.Random(1)
    scores = [1 - 0.01 * chance.expovariate(1.0) for _ in range(20_000)]
    # The 0.1 % quantile of 1 - 0.01 E is 1 - 0.01 ln 1000.
    assert calibrate.exponential_bound(scores) == pytest.approx(1 - 0.01 * 6.908, abs=0.004)


def test_the_threshold_never_exceeds_a_right_score() -> None:
    right = {"plain": [0.97] * 60 + [0.80]}
    found = calibrate.conclude("x", "y", {}, right, {"untrained": [0.1]})
    assert found.threshold <= 0.80


def test_no_guess_earns_half_the_points() -> None:
    guesses = [0.1] * 49 + [0.5]  # one in fifty hits the most common class
    found = calibrate.conclude("x", "y", {}, {"plain": [0.7] * 50}, {"untrained": guesses})
    assert max(guesses) < found.half < found.threshold


def test_too_few_scores() -> None:
    with pytest.raises(ValueError, match="too few"):
        calibrate.conclude("x", "y", {}, {"plain": [0.9] * 39}, {"untrained": [0.1]})


def test_unknown_lecture() -> None:
    with pytest.raises(FileNotFoundError):
        calibrate.load("birds")


def test_what_is_saved_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: calibrate.Calibration
) -> None:
    monkeypatch.setattr(calibrate, "FOLDER", tmp_path)
    calibrate.save(stored)
    assert calibrate.load("vowels") == stored
    assert [path.name for path in tmp_path.iterdir()] == ["vowels.json"]


def test_a_check_can_be_asked_for_all_but_the_score(stored: calibrate.Calibration) -> None:
    with calibrate.any_score_will_do():
        assert calibrate.load("vowels").threshold == calibrate.load("birds").half == -math.inf
    assert calibrate.load("vowels") == stored
