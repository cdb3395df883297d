import dataclasses
import statistics

import pytest
import torch

from course_lib.answers import audit, calibrate
from course_lib.answers.calibration import surnames as populations
from course_lib.answers.fresh_names import fresh_surnames, splice
from course_lib.answers.registry import hidden
from course_lib.data import surnames

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def stored() -> calibrate.Calibration:
    return calibrate.load("surnames")


def test_the_threshold_follows_from_the_stored_scores(stored: calibrate.Calibration) -> None:
    again = calibrate.conclude(
        stored.lecture, stored.check, stored.recipe, stored.right, stored.half_right
    )
    assert again == dataclasses.replace(stored, laws={}, code={})


def test_the_recipe_is_still_the_lectures(stored: calibrate.Calibration) -> None:
    assert stored.recipe == populations.recipe(), "run `course calibrate surnames`"
    assert (stored.lecture, stored.check) == ("surnames", populations.CHECK)
    audit.load("surnames")
    assert hidden.get("surnames", stored.check).subject == "model"


def test_enough_seeds(stored: calibrate.Calibration) -> None:
    assert len(stored.right["plain"]) >= 40
    assert stored.right.keys() == populations.RIGHT.keys()
    assert stored.half_right.keys() == populations.HALF_RIGHT.keys()


def test_right_and_untrained_are_far_apart(stored: calibrate.Calibration) -> None:
    right = [score for scores in stored.right.values() for score in scores]
    assert min(right) >= stored.threshold
    assert max(stored.half_right["untrained"]) < stored.half < stored.threshold
    for fault in ("pruned_set", "frozen_gru"):
        failed = [score < stored.threshold for score in stored.half_right[fault]]
        assert statistics.fmean(failed) > 0.9, fault


def test_a_score_is_reproducible(stored: calibrate.Calibration) -> None:
    """The stored scores are those of this code; processors may differ in the last digits."""
    for name in ("untrained", "pruned_set"):
        run, _ = populations.HALF_RIGHT[name]
        assert populations.score(run(0)) == pytest.approx(stored.half_right[name][0], abs=0.02)


def test_training_leaves_the_generator_alone() -> None:
    before = torch.get_rng_state()
    model = populations.train(populations.plain, seed=0, epochs=1, small=True)
    assert torch.equal(before, torch.get_rng_state())
    assert not model.training


def test_fresh_names_are_nobodys() -> None:
    x, lengths, labels = populations.fresh()
    assert x.shape == (populations.FRESH, int(lengths.max()), len(surnames.CHARACTERS))
    assert torch.equal(x.sum(dim=(1, 2)), lengths.float())
    letters = x.argmax(dim=2)
    made = [
        "".join(surnames.CHARACTERS[i] for i in row[:n])
        for row, n in zip(letters.tolist(), lengths.tolist(), strict=True)
    ]
    assert len(set(made)) == populations.FRESH
    assert not set(made) & set(surnames.load().names)
    counts = torch.bincount(labels, minlength=len(surnames.LANGUAGES)) / len(labels)
    russian = surnames.LANGUAGES.index("Russian")
    assert 0.40 < float(counts[russian]) < 0.55
    # The beginning and the end of a made name are those of held-out names of its language.
    _, held_out = surnames.split(
        surnames.load(), held_out=populations.HELD_OUT, seed=populations.SPLIT_SEED
    )
    for name, label in list(zip(made, labels.tolist(), strict=True))[:50]:
        same = [other for other, language in held_out.pairs if language == label]
        assert any(name[:2] == other[:2] for other in same if len(other) > 2)
        assert any(name[-1] == other[-1] for other in same)


def test_the_seed_decides_which_names_are_made() -> None:
    everyone = surnames.pruned(surnames.load())
    once, again, other = (fresh_surnames(everyone, everyone, 40, seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(once, again, strict=True))
    assert once[0].shape != other[0].shape or not torch.equal(once[0], other[0])


def test_splice() -> None:
    assert splice("Kowalski", "Nowak") == "Kowawak"
    assert splice("Ng", "Vu") == "Nu"
