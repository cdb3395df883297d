"""Reviews that no student's process has ever held, made from the test reviews.

The first words of one review and the last words of another of the same label make a review of that
label. Which two are joined is drawn from a generator of our own; the labels stay here.
"""

from __future__ import annotations

import torch

from course_lib.data.imdb import FilmReviews
from course_lib.data.text import tokenise


def splice(first: list[str], second: list[str], words: int) -> list[str]:
    """Join the last words of one review, half of `words`, and those of another.

    Example:
        >>> splice(["a", "b", "c"], ["d", "e"], 4)
        ['b', 'c', 'd', 'e']
    """
    half = words // 2
    return first[-half:] + second[-half:]


def fresh_reviews(
    test: FilmReviews, number: int, words: int, seed: int
) -> tuple[list[list[str]], list[int]]:
    """Make reviews, half of them positive.

    Args:
        test: Reviews whose halves are joined.
        number: How many to make.
        words: The most words of one.
        seed: Of the choice; the same seed gives the same reviews.

    Returns:
        Their words, and their labels, 1 for positive.
    """
    generator = torch.Generator().manual_seed(seed)
    of_label = {
        label: [text for text, positive in zip(test.texts, test.positive, strict=True)
                if positive == bool(label)]
        for label in (0, 1)
    }  # fmt: skip
    made, labels = [], []
    for index in range(number):
        label = index % 2
        texts = of_label[label]
        pair = torch.randint(len(texts), (2,), generator=generator).tolist()
        first, second = (tokenise(texts[place].replace("<br />", " ")) for place in pair)
        made.append(splice(first, second, words))
        labels.append(label)
    return made, labels
