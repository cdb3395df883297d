import torch

from course_lib.answers.calibration import surnames as populations
from course_lib.answers.fresh_names import fresh_surnames, splice
from course_lib.data import surnames

torch.set_num_threads(1)


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
