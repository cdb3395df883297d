"""What a training in the lecture `surnames` scores: the populations behind the check `trained`.

A population maps a seed to a model trained with it; its score is the accuracy on names of our own.
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

from course_lib.answers.forms.surnames import Attending
from course_lib.answers.fresh_names import Fresh, fresh_surnames
from course_lib.data import surnames
from course_lib.lab.names import CLIP, POOL, fit

CHECK = "trained"
FRESH_SEED = 20_240_918  # of the names that every model is judged on
FRESH = 1000  # such names

# The lecture's settings; `fit` holds the rest of the recipe.
SIZES = (len(surnames.CHARACTERS), 64, len(surnames.LANGUAGES))  # V, H, K
HELD_OUT = 0.2
SPLIT_SEED = 1
EPOCHS = 3
BATCH_SIZE = 128
LR = 1e-2

Make = Callable[[], nn.Module]


class Unmasked(Attending):
    """Reads the padding: every row gets weight."""

    def mask(self, lengths: Tensor, T: int) -> Tensor:
        """Say that every row is real, (B, T) bool."""
        return torch.ones(len(lengths), T, dtype=torch.bool)


def plain() -> nn.Module:
    """The form taught."""
    return Attending(*SIZES)


def wide() -> nn.Module:
    """The form taught, its scores drawn from N(0, 1): they start large."""
    model = Attending(*SIZES)
    nn.init.normal_(model.score.weight)
    return model


def zero() -> nn.Module:
    """The form taught, its scores starting at 0: every letter starts with the same weight."""
    model = Attending(*SIZES)
    nn.init.zeros_(model.score.weight)
    return model


def frozen() -> nn.Module:
    """The form taught, with a GRU that is never trained."""
    model = Attending(*SIZES)
    model.gru.requires_grad_(False)
    return model


def unmasked() -> nn.Module:
    """A model that reads the padding."""
    return Unmasked(*SIZES)


def train(make: Make, seed: int, epochs: int = EPOCHS, small: bool = False) -> nn.Module:
    """Train a model by the lecture's recipe.

    Args:
        make: Builds the model; torch's generator is seeded before.
        seed: Of the parameters and the order of the names.
        epochs: Passes over the training set.
        small: Whether only the pruned set is trained with.

    Returns:
        The model, in evaluation mode.
    """
    data = _train_set(small)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
    if epochs:
        few = TensorDataset(*(part[:1] for part in data.tensors))
        # What is measured beside the loss is of no interest here: one name is enough.
        fit(model, data, few, epochs, BATCH_SIZE, LR, seed, every_epoch=False, bar=False)
    return model.eval()


@cache
def _halves(small: bool) -> tuple[surnames.Surnames, surnames.Surnames]:
    everyone = surnames.load()
    chosen = surnames.pruned(everyone) if small else everyone
    return surnames.split(chosen, held_out=HELD_OUT, seed=SPLIT_SEED)


@cache
def _train_set(small: bool) -> TensorDataset:
    train, _ = _halves(small)
    return TensorDataset(*surnames.encode_batch(train.names), train.labels)


@cache
def fresh() -> Fresh:
    """The names every model is judged on: x, lengths and labels of `fresh_surnames`."""
    _, held_out = _halves(small=False)
    return fresh_surnames(held_out, surnames.load(), FRESH, FRESH_SEED)


def score(model: nn.Module) -> float:
    """Measure a model's accuracy on `fresh` names, 0..1."""
    x, lengths, labels = fresh()
    with torch.no_grad():
        log_p, _ = model(x, lengths)
    return float((log_p.argmax(dim=1) == labels).double().mean())


def recipe() -> dict[str, Any]:
    """What the scores depend on; scores measured with another recipe mean nothing."""
    return {
        "sizes": list(SIZES),
        "held_out": HELD_OUT,
        "split_seed": SPLIT_SEED,
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "lr": LR,
        "pool": POOL,
        "clip": CLIP,
        "fresh": FRESH,
        "fresh_seed": FRESH_SEED,
    }


# What trains a model with a seed, and how many seeds are run.
RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "plain": (lambda seed: train(plain, seed), 50),
    "wide": (lambda seed: train(wide, seed), 8),
    "zero": (lambda seed: train(zero, seed), 8),
}
HALF_RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "untrained": (lambda seed: train(plain, seed, epochs=0), 50),
    "one_epoch": (lambda seed: train(plain, seed, epochs=1), 50),
    "pruned_set": (lambda seed: train(plain, seed, small=True), 50),
    "frozen_gru": (lambda seed: train(frozen, seed), 50),
    "unmasked": (lambda seed: train(unmasked, seed), 50),
}
