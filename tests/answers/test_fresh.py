import torch

from course_lib.answers.fresh import SHORTEST, fresh_vowels
from course_lib.data import vowels


def test_shapes_and_lengths() -> None:
    x, lengths, labels = fresh_vowels(1)
    test = vowels.load("test")
    assert x.shape == (len(test), vowels.MAX_LENGTH, vowels.FEATURES)
    assert x.dtype == torch.float32
    assert torch.equal(labels, test.labels)
    assert int(lengths.min()) >= SHORTEST
    assert int(lengths.max()) <= vowels.MAX_LENGTH
    padding = torch.arange(vowels.MAX_LENGTH) >= lengths[:, None]
    assert not x[padding].any()
    assert bool((x[~padding] != 0).any(dim=1).all())


def test_the_seed_decides() -> None:
    once, again, other = fresh_vowels(1), fresh_vowels(1), fresh_vowels(2)
    assert all(torch.equal(a, b) for a, b in zip(once, again, strict=True))
    assert not torch.equal(once[0], other[0])
    assert not torch.equal(once[1], other[1])


def test_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    fresh_vowels(1)
    assert torch.equal(before, torch.get_rng_state())


def test_no_utterance_is_one_of_the_data() -> None:
    """Not even when the tempo left its length as it was."""
    x, lengths, _ = fresh_vowels(1)
    test, statistics = vowels.load("test"), vowels.statistics(vowels.load("train"))
    dataset = vowels.VowelDataset(test, statistics)
    assert bool((lengths != test.lengths).float().mean() > 0.5)
    for index in range(len(test)):
        assert float((x[index] - dataset[index][0]).abs().max()) > 0.02


def test_it_is_still_the_same_speaker() -> None:
    """A mean of frames hardly notices the tempo or the noise."""
    x, lengths, _ = fresh_vowels(1)
    test, (mean, deviation) = vowels.load("test"), vowels.statistics(vowels.load("train"))
    for index in range(0, len(test), 10):
        ours = x[index, : lengths[index]].mean(dim=0)
        theirs = ((test.frames[index] - mean) / deviation).mean(dim=0)
        assert float((ours - theirs).abs().max()) < 0.25
