import torch

from course_lib.answers.calibration import imdb as populations
from course_lib.answers.fresh_reviews import fresh_reviews, splice
from course_lib.data import imdb
from course_lib.lab import films

torch.set_num_threads(1)


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
