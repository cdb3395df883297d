"""What a training in the lecture `imdb` scores: the populations behind the check `trained`.

A population maps a seed to a model trained with it; its score is the accuracy on reviews of ours.
The right ones train what the lecture teaches, in forms in which students write it; each of the
others goes wrong in one way. `course calibrate` runs them all and stores the scores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from course_lib.answers.forms.imdb import Encoder
from course_lib.answers.fresh_reviews import fresh_reviews
from course_lib.data import imdb
from course_lib.data.text import Vocabulary
from course_lib.lab import films

CHECK = "trained"
FRESH_SEED = 20_260_918  # of the reviews that every model is judged on
FRESH = 1000  # such reviews

# The lecture's settings; `fit` holds the rest of the recipe.
SIZES = (imdb.CLASSROOM + len(imdb.SPECIAL), 16, 2, 32, 2)  # V, D, N, F, L
LONGEST = 128
EPOCHS = 1
BATCH_SIZE = 32
LR = 1.5e-2

Make = Callable[[], nn.Module]


def plain() -> nn.Module:
    """The form taught."""
    return Encoder(*SIZES)


def small_start() -> nn.Module:
    """The form taught, its embeddings starting small."""
    model = Encoder(*SIZES)
    nn.init.normal_(model.embedding.weight, std=0.1)
    return model


class Unmasked(Encoder):
    """Reads the padding: every place counts as a word."""

    def mask(self, ids: Tensor) -> Tensor:
        """Say that every place is real, (B, T) bool."""
        return torch.ones_like(ids, dtype=torch.bool)


def unmasked() -> nn.Module:
    """A model that reads the padding."""
    return Unmasked(*SIZES)


def frozen() -> nn.Module:
    """The form taught, with embeddings that are never trained."""
    model = Encoder(*SIZES)
    model.embedding.requires_grad_(False)
    return model


def train(make: Make, seed: int, epochs: int = EPOCHS, reviews: int | None = None) -> nn.Module:
    """Train a model by the lecture's recipe.

    Args:
        make: Builds the model; torch's generator is seeded before.
        seed: Of the parameters and the order of the reviews.
        epochs: Passes over the training set.
        reviews: How many of the training reviews are used; None for all.

    Returns:
        The model, in evaluation mode.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
    if epochs:
        data = TensorDataset(*(part[:reviews] for part in _train_set().tensors))
        none = TensorDataset(*(part[:0] for part in data.tensors))
        films.fit(model, data, none, epochs, BATCH_SIZE, LR, seed, bar=False)
    return model.eval()


@cache
def _prepared() -> tuple[TensorDataset, Vocabulary]:
    train_reviews, _ = imdb.load()
    words = train_reviews.words
    known = imdb.vocabulary(words)
    return TensorDataset(films.encode(words, known, LONGEST), train_reviews.labels), known


def _train_set() -> TensorDataset:
    return _prepared()[0]


@cache
def fresh() -> tuple[Tensor, Tensor]:
    """The reviews every model is judged on: word numbers (n, T) and labels (n,)."""
    _, test = imdb.load()
    words, labels = fresh_reviews(test, FRESH, LONGEST - 1, FRESH_SEED)
    return films.encode(words, _prepared()[1], LONGEST), torch.tensor(labels)


def score(model: nn.Module) -> float:
    """Measure a model's accuracy on `fresh` reviews, 0..1."""
    return films.right(model, TensorDataset(*fresh()))


def recipe() -> dict[str, Any]:
    """What the scores depend on; scores measured with another recipe mean nothing."""
    return {
        "sizes": list(SIZES),
        "longest": LONGEST,
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "lr": LR,
        "dropped": films.DROPPED,
        "warm": films.WARM,
        "clip": films.CLIP,
        "fresh": FRESH,
        "fresh_seed": FRESH_SEED,
    }


# What trains a model with a seed, and how many seeds are run.
RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "plain": (lambda seed: train(plain, seed), 50),
    "small_start": (lambda seed: train(small_start, seed), 4),
}
HALF_RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "untrained": (lambda seed: train(plain, seed, epochs=0), 50),
    "tenth_of_the_data": (lambda seed: train(plain, seed, reviews=2_000), 50),
    "frozen_embedding": (lambda seed: train(frozen, seed), 50),
    "unmasked": (lambda seed: train(unmasked, seed), 50),
}
