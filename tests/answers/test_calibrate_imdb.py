import dataclasses
import statistics

import pytest
import torch

from course_lib.answers import audit, calibrate
from course_lib.answers.calibration import imdb as populations
from course_lib.answers.fresh_reviews import fresh_reviews, splice
from course_lib.answers.registry import hidden
from course_lib.data import imdb
from course_lib.lab import films

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def stored() -> calibrate.Calibration:
    return calibrate.load("imdb")


def test_the_threshold_follows_from_the_stored_scores(stored: calibrate.Calibration) -> None:
    again = calibrate.conclude(
        stored.lecture, stored.check, stored.recipe, stored.right, stored.half_right
    )
    assert again == dataclasses.replace(stored, laws={}, code={})


def test_the_recipe_is_still_the_lectures(stored: calibrate.Calibration) -> None:
    assert stored.recipe == populations.recipe(), "run `course calibrate imdb`"
    assert (stored.lecture, stored.check) == ("imdb", populations.CHECK)
    audit.load("imdb")
    assert hidden.get("imdb", stored.check).subject == "model"


def test_enough_seeds(stored: calibrate.Calibration) -> None:
    assert len(stored.right["plain"]) >= 40
    assert stored.right.keys() == populations.RIGHT.keys()
    assert stored.half_right.keys() == populations.HALF_RIGHT.keys()


def test_right_and_untrained_are_far_apart(stored: calibrate.Calibration) -> None:
    right = [score for scores in stored.right.values() for score in scores]
    assert min(right) >= stored.threshold
    assert max(stored.half_right["untrained"]) < stored.half < stored.threshold
    failed = [score < stored.threshold for score in stored.half_right["tenth_of_the_data"]]
    assert statistics.fmean(failed) > 0.9


def test_a_score_is_reproducible(stored: calibrate.Calibration) -> None:
    """The stored scores are those of this code; processors may differ in the last digits."""
    for name in ("untrained", "tenth_of_the_data"):
        run, _ = populations.HALF_RIGHT[name]
        assert populations.score(run(0)) == pytest.approx(stored.half_right[name][0], abs=0.03)


def test_fresh_reviews_are_nobodys() -> None:
    ids, labels = populations.fresh()
    assert ids.shape == (populations.FRESH, populations.LONGEST)
    assert set(ids[:, 0].tolist()) == {films.START_ID}
    assert labels.double().mean() == 0.5
    _, test = imdb.load()
    theirs = films.encode(test.words, populations._prepared()[1], populations.LONGEST)
    known = {tuple(row) for row in theirs.tolist()}
    assert not known & {tuple(row) for row in ids.tolist()}


def test_the_seed_decides_which_reviews_are_made() -> None:
    few = imdb.FilmReviews(("a b c d", "e f g h", "i j", "k l m"), (True, False, True, False))
    once, again, other = (fresh_reviews(few, 20, 4, seed) for seed in (1, 1, 2))
    assert once == again != other
    assert once[1] == [0, 1] * 10
    negative = {word for words, label in zip(*once, strict=True) if not label for word in words}
    assert negative <= set("efghklm")


def test_splice() -> None:
    assert splice(["a", "b", "c"], ["d", "e"], 4) == ["b", "c", "d", "e"]
