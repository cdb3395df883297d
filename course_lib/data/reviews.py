"""Reviews of women's clothes: a text, and whether its writer recommends the article.

Source: N. Brooks, "Women's E-Commerce Clothing Reviews", Kaggle, 2018; licence CC0. The texts are
other people's writing: they do not come with this package but are fetched into a cache by
``python -m course_lib.data.fetch reviews``; DATA.md says from where.
Changes: reviews without a text are left out (22,641 of 23,486 are kept); of the rest, a tenth is
test and a tenth dev, with the share of recommended ones kept. The labels of the test split stay
with those who grade.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from course_lib.data import catalogue
from course_lib.data.errors import DataError
from course_lib.data.text import UNKNOWN, Vocabulary, tokenise

SPLITS = ("train", "dev", "test")
LEAST = 5  # words seen less often in the training reviews are unknown
PADDING = "<PAD>"  # number 0, to fill up a batch


@dataclass(frozen=True)
class Reviews:
    """The reviews of one split.

    Attributes:
        ids: Of each review its place among all, as the source lists them.
        texts: n texts.
        recommended: n truth values; empty for the test split.
    """

    ids: tuple[int, ...]
    texts: tuple[str, ...]
    recommended: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def words(self) -> list[list[str]]:
        """Each text as words."""
        return [tokenise(text) for text in self.texts]

    @property
    def labels(self) -> Tensor:
        """1.0 where a review recommends the article, else 0.0: (n,) float32.

        Raises:
            DataError: This is the test split, whose labels are not given.
        """
        if len(self.recommended) != len(self.texts):
            raise DataError("the labels of the test split are not given: use train or dev")
        return torch.tensor(self.recommended, dtype=torch.float32)


def load(split: str) -> Reviews:
    """Load one split of the fetched file, after verifying its checksum.

    Args:
        split: "train" (18,115 reviews), "dev" (2,263) or "test" (2,263, without labels).

    Raises:
        DataError: There is no such split, or the file is missing or damaged; the sentence says
            what to run.
    """
    if split not in SPLITS:
        raise DataError(f'there is no split "{split}": choose one of {", ".join(SPLITS)}')
    lines = catalogue.read("reviews").decode("utf-8").split("\n")[:-1]
    numbered = [(number, json.loads(line)) for number, line in enumerate(lines)]
    rows = [(number, row) for number, row in numbered if row["split"] == split]
    return Reviews(
        tuple(number for number, _ in rows),
        tuple(row["text"] for _, row in rows),
        tuple(row["recommended"] for _, row in rows if row["recommended"] is not None),
    )


def vocabulary(train: Reviews) -> Vocabulary:
    """The words of the training reviews that occur at least `LEAST` times; padding is number 0."""
    return Vocabulary.of(train.words, special=(PADDING, UNKNOWN), least=LEAST)


def write_predictions(path: Path | str, ids: Sequence[int], labels: Sequence[int]) -> None:
    """Write predictions as a competition wants them: a csv file with the columns id and label.

    Args:
        path: The file; one that is there is written over.
        ids: The reviews, by their ids.
        labels: 0 or 1 for each.

    Raises:
        DataError: The two differ in length, or a label is neither 0 nor 1.
    """
    if len(ids) != len(labels):
        raise DataError(f"there are {len(ids)} ids and {len(labels)} labels: give one for each")
    if wrong := sorted(set(labels) - {0, 1}):
        raise DataError(f"a label is 0 or 1, not {wrong[0]}")
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label"])
        writer.writerows(zip(ids, labels, strict=True))
