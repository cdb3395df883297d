"""Trainings on names: batches of about one length, one training or several seeds of one.

A data set is a `TensorDataset` of padded names (n, T, V), lengths (n,) and labels (n,). A model is
called as ``model(x, lengths)`` and returns log-probabilities, or a pair that begins with them;
cross-entropy takes log-probabilities as well as scores, for the log-softmax of a log-softmax is
the same.

Letters in shapes: n names, B batch, T letters, V characters.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import TensorDataset
from tqdm.auto import tqdm

from course_lib.lab.training import History, evaluating, predict

POOL = 16  # batches whose names are sorted by length among themselves
EVALUATED = 512  # names at a time when nothing is learnt: no gradients are kept, so many fit
CLIP = 1.0  # longest gradient of one step: that of an unrolled cell explodes now and then


def parts(data: TensorDataset) -> tuple[Tensor, Tensor, Tensor]:
    """Take a data set apart: names (n, T, V), lengths (n,), labels (n,)."""
    x, lengths, labels = data.tensors
    return x, lengths, labels


def batches(lengths: Tensor, batch_size: int) -> list[Tensor]:
    """Draw the batches of an epoch, each of names of about one length, which saves padding.

    Args:
        lengths: (n,).
        batch_size: Names in a batch; the last of a pool may have fewer.

    Returns:
        Indices of names, each 0..n-1 once; torch's generator decides.
    """
    found: list[Tensor] = []
    for pool in torch.randperm(len(lengths)).split(POOL * batch_size):
        found += pool[lengths[pool].argsort(stable=True)].split(batch_size)
    return [found[index] for index in torch.randperm(len(found)).tolist()]


def guess(model: nn.Module, data: TensorDataset) -> Tensor:
    """Guess the class of every name, (n,) int64."""
    x, lengths, _ = parts(data)
    guesses = torch.empty(len(x), dtype=torch.int64)
    with evaluating(model):
        for batch in lengths.argsort(stable=True).split(EVALUATED):
            guesses[batch] = _log_p(model, x, lengths, batch).argmax(dim=1)
    return guesses


def accuracy(model: nn.Module, data: TensorDataset) -> float:
    """Measure the share of the names that the model gets right, 0..1."""
    return (guess(model, data) == parts(data)[2]).double().mean().item()


def _log_p(model: nn.Module, x: Tensor, lengths: Tensor, batch: Tensor) -> Tensor:
    """The log-probabilities (B, K) of a batch, its padding cut to its longest name."""
    longest = int(lengths[batch].max())
    return predict(model, x[batch, :longest], lengths[batch])


def fit(
    model: nn.Module,
    train: TensorDataset,
    held_out: TensorDataset,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
    every_epoch: bool = True,
    bar: bool = True,
) -> History:
    """Train a model in place: cross-entropy, Adam, a rate that falls to nearly 0.

    The same model, data and seed give the same parameters. The global generator of torch and the
    model's mode are left as they were.

    Args:
        model: See the module.
        train: What the model learns from.
        held_out: What it never learns from, and is measured on.
        epochs: Passes over the training set.
        batch_size: Names a step.
        lr: Learning rate of the first steps.
        seed: Of the order of the names, and of what is random in the model.
        every_epoch: Whether both accuracies are measured after every epoch, or only that of the
            held-out names after the last: a large training set takes long to measure.
        bar: Whether a progress bar is shown.

    Returns:
        The mean loss of each epoch, and the accuracies that were measured.
    """
    history, mode = History(), model.training
    x, lengths, labels = parts(train)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    steps = epochs * -(-len(x) // batch_size)
    falling = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.02, 1 - step / steps))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # tqdm reads this variable by itself, but its notebook form (4.70) does not.
        quiet = not bar or bool(os.environ.get("TQDM_DISABLE"))
        for epoch in tqdm(range(epochs), desc="training", unit="epoch", disable=quiet, leave=False):
            model.train()
            total = 0.0
            for batch in batches(lengths, batch_size):
                optimiser.zero_grad()
                loss = F.cross_entropy(_log_p(model, x, lengths, batch), labels[batch])
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), CLIP)
                optimiser.step()
                falling.step()
                total += loss.item() * len(batch)
            history.loss.append(total / len(x))
            if every_epoch:
                history.train_accuracy.append(accuracy(model, train))
            if every_epoch or epoch == epochs - 1:
                history.test_accuracy.append(accuracy(model, held_out))
    model.train(mode)
    return history


def fit_seeds(
    make: Callable[[], nn.Module],
    train: TensorDataset,
    held_out: TensorDataset,
    seeds: Iterable[int],
    **settings: Any,
) -> tuple[list[nn.Module], list[History]]:
    """Train a model anew with each seed, which decides its first parameters too.

    Args:
        make: Makes a new model.
        train: See `fit`.
        held_out: See `fit`.
        seeds: One for each training.
        **settings: What else `fit` takes.

    Returns:
        The trained models, and how each training went.
    """
    models, histories = [], []
    for seed in seeds:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = make()
        histories.append(fit(model, train, held_out, seed=seed, **settings))
        models.append(model)
    return models, histories


def race(
    make: Callable[[], nn.Module],
    data: TensorDataset,
    epochs: Mapping[int, int],
    lr: Mapping[int, float],
    seed: int,
) -> dict[int, History]:
    """Train the same model with batches of several sizes, and tell on stderr how long each took.

    Args:
        make: Makes a new model; it starts from the same parameters each time.
        data: The names.
        epochs: How often each batch size passes over the names.
        lr: The learning rate of each batch size.
        seed: Of the parameters and the order.

    Returns:
        How each training went, by batch size.
    """
    histories = {}
    for batch_size, passes in epochs.items():
        start = time.perf_counter()
        _, [histories[batch_size]] = fit_seeds(
            make, data, data, [seed],
            epochs=passes, batch_size=batch_size, lr=lr[batch_size], every_epoch=False,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        number = passes * len(data)
        # Times differ from run to run, and a built notebook keeps only what does not.
        print(
            f"batches of {batch_size:3}: {number:6,} names in {seconds:5.1f} s, "
            f"{number / seconds:6,.0f} names a second",
            file=sys.stderr,
        )
    return histories


PLACES = ("earlier letters", "4th last", "3rd last", "2nd last", "last letter", "noise")


def mass_by_place(weights: Tensor, names: Sequence[str]) -> Tensor:
    """Add up the attention by place in the name, counted from the last letter back.

    Args:
        weights: (n, T), each row with the sum 1.
        names: The n names without their noise.

    Returns:
        The mean over the names for each of `PLACES`, (6,); the sum is 1.
    """
    masses = torch.zeros(len(PLACES), dtype=weights.dtype)
    for row, name in zip(weights, names, strict=True):
        end, start = len(name), max(0, len(name) - 4)
        masses[0] += row[:start].sum()
        masses[5 - (end - start) : 5] += row[start:end]
        masses[5] += row[end:].sum()
    return masses / len(names)


def spread(values: Iterable[float]) -> str:
    """Write the median of several values, and from where to where they go."""
    ordered = sorted(values)
    return f"{statistics.median(ordered):.3f} ({ordered[0]:.3f} to {ordered[-1]:.3f})"
