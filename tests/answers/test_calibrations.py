"""The stored scores of each lecture's training check, and the threshold that follows from them."""

import dataclasses
import importlib
import statistics
from typing import Any

import pytest
import torch

from course_lib.answers import audit, calibrate
from course_lib.answers.registry import hidden
from tests.answers.lectures import LECTURES, each_lecture

torch.set_num_threads(1)

# Half-right trainings that the score alone tells from right ones, in more than this share of seeds
# (1: always).
TOLD_APART = {
    "addition": (("one_epoch", "small_rate", "delimiter_included"), 1.0),
    "vowels": (("three_epochs", "not_standardised"), 0.9),
    "surnames": (("pruned_set", "frozen_gru"), 0.9),
    "reviews": (("frozen_vectors",), 1.0),
    "imdb": (("tenth_of_the_data",), 0.9),
}
SEEDS = 50  # at least, of the network taught and of three ways to get it half right
# Cheap populations whose first score is measured again, and by how much processors may differ.
REPEATED = {
    "addition": (("plain", "untrained"), 0.01),
    "vowels": (("plain", "untrained"), 0.02),
    "surnames": (("untrained", "pruned_set"), 0.02),
    "reviews": (("untrained",), 0.05),
    "imdb": (("untrained", "tenth_of_the_data"), 0.03),
}


def populations(stem: str) -> Any:
    return importlib.import_module(f"course_lib.answers.calibration.{stem}")


@pytest.mark.parametrize("stem", each_lecture())
def test_the_threshold_follows_from_the_stored_scores(stem: str) -> None:
    stored = calibrate.load(stem)
    again = calibrate.conclude(
        stored.lecture, stored.check, stored.recipe, stored.right, stored.half_right
    )
    assert again == dataclasses.replace(stored, laws={}, code={})


@pytest.mark.parametrize("stem", each_lecture())
def test_the_recipe_is_still_the_lectures(stem: str) -> None:
    stored, check = calibrate.load(stem), LECTURES[stem].training
    assert stored.recipe == populations(stem).recipe(), f"run `course calibrate {stem}`"
    assert (stored.lecture, stored.check) == (stem, populations(stem).CHECK) == (stem, check)
    audit.load(stem)
    assert hidden.get(stem, check).subject == LECTURES[stem].subjects[check]


@pytest.mark.parametrize("stem", each_lecture())
def test_enough_seeds(stem: str) -> None:
    stored = calibrate.load(stem)
    assert len(stored.right["plain"]) >= SEEDS
    half_right = [name for name in stored.half_right if name != calibrate.CHANCE]
    assert sum(len(stored.half_right[name]) >= SEEDS for name in half_right) >= 3
    assert stored.right.keys() == populations(stem).RIGHT.keys()
    assert stored.half_right.keys() == populations(stem).HALF_RIGHT.keys()


@pytest.mark.parametrize("stem", each_lecture())
def test_right_and_wrong_are_far_apart(stem: str) -> None:
    stored = calibrate.load(stem)
    assert min(score for scores in stored.right.values() for score in scores) >= stored.threshold
    assert max(stored.half_right["untrained"]) < stored.half < stored.threshold
    names, share = TOLD_APART[stem]
    for fault in names:
        failed = [score < stored.threshold for score in stored.half_right[fault]]
        assert all(failed) or statistics.fmean(failed) > share, fault


@pytest.mark.parametrize("stem", each_lecture())
def test_a_score_is_reproducible(stem: str) -> None:
    stored, (names, within) = calibrate.load(stem), REPEATED[stem]
    known = {**populations(stem).RIGHT, **populations(stem).HALF_RIGHT}
    for name in names:
        run, _ = known[name]
        first = {**stored.right, **stored.half_right}[name][0]
        assert populations(stem).score(run(0)) == pytest.approx(first, abs=within), name
