"""The addition task: what is drawn is what the lecture says, and nothing else is accepted."""

import pytest
import torch
from torch.utils.data import DataLoader

from course_lib.data import DataError
from course_lib.data.addition import LENGTH, SIZES, Additions, draw, load


@pytest.mark.parametrize("split", SIZES)
def test_a_split_has_its_size_and_one_delimiter_a_row(split: str) -> None:
    drawn = load(split)
    assert len(drawn) == SIZES[split]
    assert drawn.x.shape == (SIZES[split], LENGTH)
    assert torch.equal((drawn.x == 0).sum(dim=1), torch.ones(len(drawn), dtype=torch.int64))
    assert bool((drawn.x < 1).all())


def test_sums_and_addends_are_those_of_a_loop() -> None:
    drawn = draw(200, seed=5)
    for row, mask, total in zip(drawn.x.tolist(), drawn.addends.tolist(), drawn.sums, strict=True):
        before = row[: row.index(0.0)]
        assert mask == [True] * len(before) + [False] * (LENGTH - len(before))
        assert total.item() == pytest.approx(sum(before), abs=1e-6)


def test_every_place_of_a_delimiter_is_as_likely_and_none_is_the_first() -> None:
    counts = torch.bincount(load("train").positions, minlength=LENGTH)
    share = SIZES["train"] / (LENGTH - 1)
    assert counts[0] == 0
    # Five standard deviations of a binomial count.
    assert bool(((counts[1:] - share).abs() < 5 * share**0.5).all())


def test_numbers_are_uniform() -> None:
    drawn = load("train")
    numbers = drawn.x[drawn.x != 0]
    assert numbers.mean().item() == pytest.approx(1 / 2, abs=0.005)
    assert numbers.var().item() == pytest.approx(1 / 12, abs=0.002)


def test_the_delimiter_can_be_put_at_one_place_for_pictures() -> None:
    drawn = draw(7, seed=1, position=11)
    assert drawn.positions.tolist() == [11] * 7
    assert drawn.addends.sum(dim=1).tolist() == [11] * 7


def test_a_seed_gives_the_same_numbers_and_leaves_the_others_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(draw(9, seed=4).x, draw(9, seed=4).x)
    assert not torch.equal(draw(9, seed=4).x, draw(9, seed=5).x)
    assert torch.equal(torch.rand(1), expected)


def test_a_number_that_is_drawn_as_0_is_no_delimiter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.zeros(shape))
    drawn = draw(5, seed=0)
    assert torch.equal((drawn.x == 0).sum(dim=1), torch.ones(5, dtype=torch.int64))


def test_the_splits_share_no_sequence() -> None:
    train = {tuple(row) for row in load("train").x.tolist()}
    assert not any(tuple(row) in train for row in load("test").x.tolist())


def test_items_are_copies() -> None:
    drawn = draw(4, seed=2)
    x, total = drawn[1]
    kept = drawn.x.clone()
    x.zero_()
    total.zero_()
    assert torch.equal(drawn.x, kept)
    batch, sums = next(iter(DataLoader(drawn, batch_size=4)))
    assert torch.equal(batch, kept)
    assert torch.equal(sums, drawn.sums)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda x, at: (x.double(), at), "x must be float32"),
        (lambda x, at: (x[:2], at), "x must be float32 of shape"),
        (lambda x, at: (x, at.int()), "positions must be int64"),
        (lambda x, at: (x, torch.zeros_like(at)), "places 1 to 19"),
        (lambda x, at: (x + 1, at), "less than 1"),
        (lambda x, at: (x.flip(0), at.flip(0).roll(1)), "one 0, at its position"),
        (lambda x, at: (torch.zeros_like(x), at), "and no other"),
    ],
)
def test_what_is_no_addition_is_refused(change, sentence: str) -> None:  # type: ignore[no-untyped-def]
    x = torch.full((3, LENGTH), 0.5)
    at = torch.tensor([3, 8, 13])
    x[torch.arange(3), at] = 0
    assert len(Additions(x, at)) == 3
    with pytest.raises(DataError, match=sentence):
        Additions(*change(x, at))


def test_shorter_sequences() -> None:
    drawn = draw(300, seed=1, length=5)
    assert drawn.x.shape == drawn.addends.shape == (300, 5)
    assert sorted(set(drawn.positions.tolist())) == [1, 2, 3, 4]
    assert torch.equal(drawn.sums, (drawn.x.double() * drawn.addends).sum(dim=1).float())
    with pytest.raises(DataError, match="1 to 4"):
        draw(1, seed=0, position=5, length=5)
    with pytest.raises(DataError, match="at least 2"):
        draw(1, seed=0, length=1)


@pytest.mark.parametrize("position", [0, LENGTH, -1])
def test_no_such_place(position: int) -> None:
    with pytest.raises(DataError, match="1 to 19"):
        draw(1, seed=0, position=position)


def test_nothing_to_draw_and_no_such_split() -> None:
    with pytest.raises(DataError, match="at least one"):
        draw(0, seed=0)
    with pytest.raises(DataError, match="train, test"):
        load("validation")
