"""What a training in the lecture `vowels` scores: the populations behind the check `trained`.

A population maps a seed to a model trained with it; its score is the accuracy on utterances of our
own. The right ones train what the lecture teaches, in the forms in which students write it; each of
the others goes wrong in one way. `course calibrate` runs them all and stores the scores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn
from torch.utils.data import Subset

from course_lib.answers.calibration import no_progress_bar
from course_lib.answers.forms.vowels import Masked
from course_lib.answers.fresh import fresh_vowels
from course_lib.data import vowels
from course_lib.lab.layers import DROPOUT, WIDTHS
from course_lib.lab.training import fit

CHECK = "trained"
FRESH_SEED = 20_240_917  # of the utterances that every model is judged on

# The lecture's settings; `fit` and `four_layers` hold the rest of the recipe.
SIZES = (vowels.FEATURES, 64, vowels.SPEAKERS)  # D, H, K
EPOCHS = 20
BATCH_SIZE = 32
LR = 1e-2

Make = Callable[[], nn.Module]


class Unmasked(Masked):
    """Reads the padding: every step gets weight, and the last state is the last row's."""

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Take the state of step T - 1, (B, H)."""
        del lengths
        return states[:, -1]

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Give every step its weight, (B, T)."""
        del mask
        return scores.softmax(dim=1)


def plain() -> nn.Module:
    """The form taught."""
    return Masked(*SIZES)


def wide() -> nn.Module:
    """The form taught, its W drawn from N(0, 1): scores start large."""
    model = Masked(*SIZES)
    nn.init.normal_(model.W)
    return model


def zero() -> nn.Module:
    """The form taught, its W starting at 0: every step starts with the same weight."""
    model = Masked(*SIZES)
    nn.init.zeros_(model.W)
    return model


def frozen() -> nn.Module:
    """The form taught, with an LSTM that is never trained."""
    model = Masked(*SIZES)
    model.lstm.requires_grad_(False)
    return model


def unmasked() -> nn.Module:
    """A model that reads the padding."""
    return Unmasked(*SIZES)


def train(make: Make, seed: int, epochs: int = EPOCHS, standardised: bool = True) -> nn.Module:
    """Train a model by the lecture's recipe.

    Args:
        make: Builds the model; torch's generator is seeded before.
        seed: Of the parameters, the dropout and the order of the utterances.
        epochs: Passes over the train set.
        standardised: Whether the train set is standardised, as it should be.

    Returns:
        The model, in evaluation mode.
    """
    dataset = _train_set(standardised)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
    if epochs:
        with no_progress_bar():
            # What is measured after each epoch is of no interest here: one utterance is enough.
            fit(model, dataset, Subset(dataset, [0]), epochs, BATCH_SIZE, LR, seed)
    return model.eval()


@cache
def _train_set(standardised: bool) -> vowels.VowelDataset:
    utterances = vowels.load("train")
    return vowels.VowelDataset(utterances, vowels.statistics(utterances) if standardised else None)


@cache
def fresh() -> tuple[Tensor, Tensor, Tensor]:
    """The utterances every model is judged on: x, lengths and labels of `fresh_vowels`."""
    return fresh_vowels(FRESH_SEED)


def score(model: nn.Module) -> float:
    """Measure a model's accuracy on `fresh` utterances, 0..1."""
    x, lengths, labels = fresh()
    with torch.no_grad():
        logits, _ = model(x, lengths)
    return float((logits.argmax(dim=1) == labels).double().mean())


def recipe() -> dict[str, object]:
    """What the scores depend on; scores measured with another recipe mean nothing."""
    return {
        "sizes": list(SIZES),
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "lr": LR,
        "widths": list(WIDTHS),
        "dropout": DROPOUT,
        "fresh_seed": FRESH_SEED,
    }


# What trains a model with a seed, and how many seeds are run.
RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "plain": (lambda seed: train(plain, seed), 100),
    "wide": (lambda seed: train(wide, seed), 50),
    "zero": (lambda seed: train(zero, seed), 50),
}
HALF_RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "untrained": (lambda seed: train(plain, seed, epochs=0), 50),
    "three_epochs": (lambda seed: train(plain, seed, epochs=3), 50),
    "ten_epochs": (lambda seed: train(plain, seed, epochs=10), 24),
    "frozen_lstm": (lambda seed: train(frozen, seed), 50),
    "not_standardised": (lambda seed: train(plain, seed, standardised=False), 24),
    "unmasked": (lambda seed: train(unmasked, seed), 50),
}
