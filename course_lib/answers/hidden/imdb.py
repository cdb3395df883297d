"""The hidden checks of the lecture `imdb`, registered in the order of the exercises."""

from __future__ import annotations

from course_lib.answers.hidden import (
    imdb_attention,
    imdb_counts,
    imdb_networks,
    imdb_trained,
)
from course_lib.answers.registry import hidden
from course_lib.lab.subject import Subject


@hidden.check("imdb", "attention", points=4)
def attention(subject: Subject) -> None:
    """Scaled dot-product attention under a mask."""
    imdb_attention.attention(subject)


@hidden.check("imdb", "heads", points=4, subject="MultiHeadAttention")
def heads(subject: Subject) -> None:
    """Several attentions side by side."""
    imdb_networks.heads(subject)


@hidden.check("imdb", "positions", points=2)
def positions(subject: Subject) -> None:
    """Sines and cosines of the place."""
    imdb_attention.positions(subject)


@hidden.check("imdb", "layer", points=4, subject="EncoderLayer")
def layer(subject: Subject) -> None:
    """The pre-norm encoder layer."""
    imdb_networks.layer(subject)


@hidden.check("imdb", "masked_mean", points=2)
def masked_mean(subject: Subject) -> None:
    """The mean over real words."""
    imdb_attention.masked_mean(subject)


@hidden.check("imdb", "classifier", points=4, subject="EncoderClassifier")
def classifier(subject: Subject) -> None:
    """The whole network."""
    imdb_networks.classifier(subject)


@hidden.check("imdb", "accuracy", points=1)
def accuracy(subject: Subject) -> None:
    """The share of right signs."""
    imdb_counts.accuracy(subject)


@hidden.check("imdb", "trained", points=imdb_trained.POINTS, subject="model")
def trained(subject: Subject) -> None:
    """A trained model, on reviews of ours."""
    imdb_trained.trained(subject)


@hidden.check("imdb", "erased", points=2)
def erased(subject: Subject) -> None:
    """The most attended words made unknown."""
    imdb_counts.erased(subject)
