"""The hidden checks of the lecture `reviews`, registered in the order of the exercises.

Letters in shapes: B batch, T words, V vocabulary, D feature, N heads, M negatives.
"""

from __future__ import annotations

from course_lib.answers.hidden import reviews_heads, reviews_trained, reviews_words
from course_lib.answers.registry import hidden
from course_lib.lab.subject import Subject


@hidden.check("reviews", "f1_macro", points=3)
def f1_macro(subject: Subject) -> None:
    """The mean of both classes' F1."""
    reviews_words.f1_macro(subject)


@hidden.check("reviews", "keep_probability", points=2)
def keep_probability(subject: Subject) -> None:
    """How often an occurrence of a word is kept."""
    reviews_words.keep_probability(subject)


@hidden.check("reviews", "negative_distribution", points=2)
def negative_distribution(subject: Subject) -> None:
    """What negatives are drawn from."""
    reviews_words.negative_distribution(subject)


@hidden.check("reviews", "skip_gram_loss", points=4)
def skip_gram_loss(subject: Subject) -> None:
    """A neighbour is pulled, negatives are pushed."""
    reviews_words.skip_gram_loss(subject)


@hidden.check("reviews", "nearest", points=3)
def nearest(subject: Subject) -> None:
    """The words with the largest cosines."""
    reviews_words.nearest(subject)


@hidden.check("reviews", "collate", points=3)
def collate(subject: Subject) -> None:
    """Reviews of different lengths in one tensor."""
    reviews_heads.collate(subject)


@hidden.check("reviews", "head_weights", points=4)
def head_weights(subject: Subject) -> None:
    """Each head's weights over the words."""
    reviews_heads.head_weights(subject)


@hidden.check("reviews", "heads_classifier", points=5, subject="HeadsClassifier")
def heads_classifier(subject: Subject) -> None:
    """The whole network."""
    reviews_heads.heads_classifier(subject)


@hidden.check("reviews", "trained", points=reviews_trained.POINTS, subject="model")
def trained(subject: Subject) -> None:
    """A trained model, on the test reviews."""
    reviews_trained.trained(subject)


@hidden.check("reviews", "predictions", points=reviews_trained.POINTS)
def predictions(subject: Subject) -> None:
    """The csv file, against labels the student does not have."""
    reviews_trained.predictions(subject)
