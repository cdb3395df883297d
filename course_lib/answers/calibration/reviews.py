"""What a training in the lecture `reviews` scores: the populations behind the check `trained`.

A population maps a seed to a model trained with it; its score is the macro F1 on the test reviews.
`course calibrate` runs them all and stores the scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.answers.forms.reviews import Heads, padded
from course_lib.answers.held_out import review_labels
from course_lib.answers.reference import reviews as oracle
from course_lib.data import reviews
from course_lib.data.text import Vocabulary
from course_lib.lab.opinions import (
    LONGEST,
    Setting,
    class_weights,
    fit_heads,
    numbered,
    probabilities,
    setting,
)
from course_lib.lab.words import SPECIAL, fit_vectors, word_setting

CHECK = "trained"
N = 4
SEED = 1  # of the word vectors, which all models start from
T_KEEP = 5e-4
FEW = 100  # reviews of the population that is given too few


@cache
def data() -> tuple[Vocabulary, list[list[int]], Tensor, list[list[int]]]:
    """Vocabulary, training reviews as numbers, their labels, test reviews as numbers."""
    train, test = reviews.load("train"), reviews.load("test")
    known = reviews.vocabulary(train)
    return known, numbered(train, known), train.labels, numbered(test, known)


def _loss(words: Tensor, neighbours: Tensor, negatives: Tensor) -> Tensor:
    away = (negatives @ words[:, :, None]).squeeze(2)  # (B, M)
    return -(F.logsigmoid((words * neighbours).sum(1)) + F.logsigmoid(-away).sum(1)).mean()


@cache
def vectors() -> Tensor:
    """Word vectors as the lecture trains them, (V, D)."""
    known, texts, _, _ = data()
    counts = torch.tensor(known.counts, dtype=torch.float64)
    counts[:SPECIAL] = 0
    keep, negative = oracle.keep_probability(counts, T_KEEP), oracle.negative_distribution(counts)
    return fit_vectors(texts, keep, negative, _loss, word_setting("classroom"), SEED).target


def plain(make: type[Heads] = Heads) -> Heads:
    """The network taught, or one that differs in a step, from the word vectors."""
    model = make(len(data()[0]), word_setting("classroom").D, N)
    model.embedding.weight.data.copy_(vectors())
    return model


def train(
    make: Callable[[], nn.Module], seed: int, how: Setting | None = None, few: int = 0
) -> nn.Module:
    """Train a model by the lecture's recipe, in evaluation mode afterwards.

    Args:
        make: Builds it; torch's generator is seeded before.
        seed: Of parameters and order.
        how: The lecture's setting if not given.
        few: Only so many reviews to train with; 0 for all.
    """
    _, texts, labels, test = data()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
    part = slice(0, few or None)
    some = (test[:2], torch.zeros(2))
    how = how or setting("classroom")
    fit_heads(model, (texts[part], labels[part]), some, padded, lambda *_: 0.0, how, seed)
    return model.eval()


def score(model: nn.Module) -> float:
    """The model's macro F1 on the test reviews, 0..1."""
    guesses = probabilities(model, data()[3], padded) > 0.5
    return oracle.f1_macro(review_labels(), guesses.long().tolist())


def untrained(seed: int) -> nn.Module:
    """A model fresh from its constructor, with the word vectors put in."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return plain().eval()


class Unmasked(Heads):
    """Reads the padding: every place counts as a word."""

    def weigh(self, E: Tensor, mask: Tensor) -> Tensor:
        """Give each place of (B, T, D) its weight by head, (B, N, T)."""
        return super().weigh(E, torch.ones_like(mask))


def _unmasked() -> nn.Module:
    return plain(Unmasked)


def _frozen() -> nn.Module:
    model = plain()
    model.embedding.requires_grad_(False)
    return model


def _small() -> nn.Module:
    model = plain()
    nn.init.normal_(model.A, std=0.01)
    return model


def recipe() -> dict[str, Any]:
    """What the scores depend on; scores measured with another recipe mean nothing."""
    words, how = word_setting("classroom"), setting("classroom")
    return {
        "words": [words.D, words.window, words.M, words.epochs, words.batch_size, words.lr],
        "keep": T_KEEP,
        "heads": N,
        "longest": LONGEST,
        "training": [how.epochs, how.batch_size, how.lr, how.falling, how.decay],
        "word_seed": SEED,
        "class_weights": class_weights(data()[2]).tolist(),
    }


# What trains a model with a seed, and how many seeds are run.
RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "plain": (lambda seed: train(plain, seed), 50),
    "small_heads": (lambda seed: train(_small, seed), 8),
}
HALF_RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "untrained": (untrained, 50),
    "hundred_reviews": (lambda seed: train(plain, seed, few=FEW), 50),
    "one_epoch": (lambda seed: train(plain, seed, replace(setting("classroom"), epochs=1)), 50),
    "frozen_vectors": (lambda seed: train(_frozen, seed), 50),
    "unmasked": (lambda seed: train(_unmasked, seed), 50),
}
