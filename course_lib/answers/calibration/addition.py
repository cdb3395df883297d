"""What a training in the lecture `addition` scores: the populations behind `finder_trained`.

A population maps a seed to a network trained with it; its score is the mean overlap, on sequences
of our own, of its map and the true mask. The right ones train what the lecture teaches, in the
forms in which students write it; each of the others goes wrong in one way. `course calibrate` runs
them all and stores the scores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from course_lib.answers.calibration import no_progress_bar
from course_lib.answers.forms.addition import Finder
from course_lib.data.addition import Additions, draw, load
from course_lib.lab.regression import answers, fit

CHECK = "finder_trained"
FRESH = 2_000  # sequences that every network is judged on
FRESH_SEED = 20_240_918

# The lecture's settings; `fit` holds the rest of the recipe.
H = 32
EPOCHS = 6
BATCH_SIZE = 100
LR = 2e-2

Make = Callable[[], nn.Module]


class Open(Finder):
    """Includes the delimiter: its own attention is not taken off. The answers are right."""

    def gates(self, attention: Tensor) -> Tensor:
        """Open what comes before, and the delimiter too, (B, T)."""
        return super().gates(attention) + attention


def plain() -> nn.Module:
    """The form taught."""
    return Finder(H)


def normal() -> nn.Module:
    """The form taught, its parameters drawn from N(0, 1)."""
    model = Finder(H)
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    return model


def xavier() -> nn.Module:
    """The form taught, its layers drawn by Xavier's rule and biases of 0."""
    model = Finder(H)
    for parameter in model.parameters():
        if parameter.ndim == 2:
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)
    return model


def opened() -> nn.Module:
    """A network that lets the delimiter in."""
    return Open(H)


def frozen() -> nn.Module:
    """The form taught, with a hidden layer that is never trained."""
    model = Finder(H)
    first = model.score[0]
    first.requires_grad_(False)
    return model


def train(make: Make, seed: int, epochs: int = EPOCHS, lr: float = LR) -> nn.Module:
    """Train a network by the lecture's recipe.

    Args:
        make: Builds the network; torch's generator is seeded before.
        seed: Of the parameters and of the order of the sequences.
        epochs: Passes over the training set.
        lr: Learning rate.

    Returns:
        The network, in evaluation mode.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
    if epochs:
        with no_progress_bar():
            # What is measured after each epoch is of no interest here: one sequence is enough.
            one = draw(1, seed=0)
            fit(
                model, _train_set(), one,
                epochs=epochs, batch_size=BATCH_SIZE, lr=lr, seed=seed,
            )  # fmt: skip
    return model.eval()


@cache
def _train_set() -> Additions:
    return load("train")


@cache
def fresh() -> Additions:
    """The sequences that every network is judged on."""
    return draw(FRESH, seed=FRESH_SEED)


def overlap(gates: Tensor, mask: Tensor) -> float:
    """The mean over sequences of intersection over union, all rows at once.

    Args:
        gates: (n, T).
        mask: The true mask, (n, T) bool.
    """
    lit = gates >= gates.amax(dim=1, keepdim=True) / 2
    shared, either = (lit & mask).sum(dim=1), (lit | mask).sum(dim=1)
    return float((shared.double() / either).mean())


def score(model: nn.Module) -> float:
    """Measure the mean overlap of a network's map with the mask on `fresh` sequences, 0..1."""
    data = fresh()
    return overlap(answers(model, data.x)[1], data.addends)


def recipe() -> dict[str, object]:
    """What the scores depend on; scores measured with another recipe mean nothing."""
    return {
        "H": H,
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "lr": LR,
        "fresh": FRESH,
        "fresh_seed": FRESH_SEED,
    }


# What trains a model with a seed, and how many seeds are run.
RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "plain": (lambda seed: train(plain, seed), 50),
    "normal": (lambda seed: train(normal, seed), 12),
    "xavier": (lambda seed: train(xavier, seed), 12),
}
HALF_RIGHT: dict[str, tuple[Callable[[int], nn.Module], int]] = {
    "untrained": (lambda seed: train(plain, seed, epochs=0), 50),
    "one_epoch": (lambda seed: train(plain, seed, epochs=1), 50),
    "small_rate": (lambda seed: train(plain, seed, lr=LR / 100), 6),
    "delimiter_included": (lambda seed: train(opened, seed), 50),
    "frozen_layer": (lambda seed: train(frozen, seed), 50),
}
