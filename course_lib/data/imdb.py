"""Film reviews from IMDB: a text, and whether it is positive.

Source: A. L. Maas et al. (2011), the Large Movie Review Dataset, ai.stanford.edu/~amaas/data/
sentiment. The texts are other people's writing: they do not come with this package but are fetched
into a cache by ``python -m course_lib.data.fetch imdb`` (the 25,000 training reviews) and
``... imdb_full`` (all 50,000, with the original split); DATA.md says from where.
Changes: none to the texts. A review is positive if its writer gave at least 7 of 10 stars,
negative at no more than 4; others are not in the set.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.data import catalogue
from course_lib.data.text import UNKNOWN, Vocabulary, tokenise

PADDING, START = "<PAD>", "<START>"
SPECIAL = (PADDING, START, UNKNOWN)  # numbers 0, 1 and 2
CLASSROOM, FULL = 1_000, 20_000  # most frequent words to know
_HELD_OUT = 5_000  # of the 25,000, where the original test half is not fetched
_SEED = 2011


@dataclass(frozen=True)
class FilmReviews:
    """The reviews of one split.

    Attributes:
        texts: n texts.
        positive: n truth values.
    """

    texts: tuple[str, ...]
    positive: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def words(self) -> list[list[str]]:
        """Each text as words; the source's line breaks, written as HTML, are no words."""
        return [tokenise(text.replace("<br />", " ")) for text in self.texts]

    @property
    def labels(self) -> Tensor:
        """1 where a review is positive, else 0: (n,) int64."""
        return torch.tensor(self.positive, dtype=torch.int64)


def load(*, full: bool = False) -> tuple[FilmReviews, FilmReviews]:
    """Load reviews to train with and others to test with, after verifying the file's checksum.

    Args:
        full: Take all 50,000 in their original halves; else the 25,000 of the original training
            half, split by a fixed seed into 20,000 and 5,000, each half positive.

    Returns:
        Training and test reviews. They come shuffled, alike on every machine: the source lists
        all of one label first.

    Raises:
        DataError: The file is missing or damaged; the sentence says what to run.
    """
    content = catalogue.read("imdb_full" if full else "imdb").decode("utf-8")
    rows = [json.loads(line) for line in content.split("\n")[:-1]]
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(_SEED)).tolist()
    shuffled = [rows[index] for index in order]
    if full:
        train, test = (
            [row for row in shuffled if row["split"] == name] for name in ("train", "test")
        )
    else:
        train, test = _held_out(shuffled)
    return _reviews(train), _reviews(test)


def _held_out(rows: list[dict[str, object]]) -> tuple[list[dict[str, object]], ...]:
    """The last of each label for the second half, the rest for the first, in their order."""
    left = {True: _HELD_OUT // 2, False: _HELD_OUT // 2}
    train: list[dict[str, object]] = []
    test: list[dict[str, object]] = []
    for row in reversed(rows):
        label = bool(row["positive"])
        (test if left[label] > 0 else train).append(row)
        left[label] -= 1
    return train[::-1], test[::-1]


def _reviews(rows: list[dict[str, object]]) -> FilmReviews:
    return FilmReviews(
        tuple(str(row["text"]) for row in rows), tuple(bool(row["positive"]) for row in rows)
    )


def vocabulary(words: Iterable[list[str]], most: int = CLASSROOM) -> Vocabulary:
    """The most frequent words of texts, after the three special ones.

    Args:
        words: The training texts as words.
        most: How many words to know.
    """
    return Vocabulary.of(words, special=SPECIAL, most=most)


def ids(words: list[str], known: Vocabulary, longest: int) -> list[int]:
    """A text as numbers: `START`, then its words, cut off after `longest` numbers.

    Args:
        words: The text as words.
        known: The vocabulary.
        longest: The most numbers to return, at least 1.
    """
    return known.ids([START, *words])[:longest]
