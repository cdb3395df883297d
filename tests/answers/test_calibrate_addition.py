import statistics

import pytest
import torch

from course_lib.answers import calibrate
from course_lib.answers.calibration import addition as populations
from course_lib.answers.reference import addition as oracle
from course_lib.lab.regression import answers

torch.set_num_threads(1)


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


def test_right_finders_find_nearly_all() -> None:
    right = [score for scores in calibrate.load("addition").right.values() for score in scores]
    assert statistics.median(right) >= 0.99


def test_training_leaves_the_generator_alone() -> None:
    before = torch.get_rng_state()
    model = populations.train(populations.plain, seed=0, epochs=1)
    assert torch.equal(before, torch.get_rng_state())
    assert not model.training
