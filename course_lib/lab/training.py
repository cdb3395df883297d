"""The training loop of the lectures, and the accuracy it is judged by.

A dataset's items are ``(x, length, label)``, as `course_lib.data.vowels.VowelDataset` gives them.
A model is called as ``model(x)`` and returns logits, or as ``model(x, lengths)`` and returns logits
or ``(logits, weights)``; `predict` sees from the signature of ``forward`` which of the two it is.

Letters in shapes: B batch, T time, D feature, K classes.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import Dataset, default_collate
from tqdm.auto import tqdm

Utterance = tuple[Tensor, Tensor, Tensor]  # x (T, D), length (), label ()
_NOT_TRAINED = "not written yet: this model has not been trained"


@dataclass
class History:
    """How a training went: one number an epoch in each list.

    Attributes:
        loss: Mean cross-entropy over the epoch's batches, in nats an utterance.
        train_accuracy: Share of the training set that is right after the epoch, 0..1.
        test_accuracy: The same of the test set, which takes no part in the training.
    """

    loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    test_accuracy: list[float] = field(default_factory=list)


class Untrained(nn.Module):
    """A stand-in for what is trained further down, so that its name always exists.

    To call it, or to ask it for a part, raises NotImplementedError.
    """

    def forward(self, *_: Any) -> Tensor:
        """Answer nothing.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(_NOT_TRAINED)

    def __getattr__(self, name: str) -> Any:
        """Have no part; what begins with `_` is asked for by machines, which can do without."""
        if name.startswith("_"):
            return super().__getattr__(name)
        raise NotImplementedError(_NOT_TRAINED)


def predict(model: nn.Module, x: Tensor, lengths: Tensor) -> Tensor:
    """Call a model of either kind for its logits.

    Args:
        model: Its ``forward`` takes ``(x)`` or ``(x, lengths)``.
        x: Padded utterances, (B, T, D).
        lengths: Real frames of each, (B,).

    Returns:
        The logits, (B, K).
    """
    wants_lengths = len(inspect.signature(model.forward).parameters) > 1
    output = model(x, lengths) if wants_lengths else model(x)
    logits: Tensor = output[0] if isinstance(output, tuple) else output
    return logits


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Switch dropout and gradients off for a while; each part's mode is restored afterwards."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, mode in modes:
            part.training = mode


def whole(dataset: Dataset[Utterance]) -> Utterance:
    """Stack all items of a dataset; these datasets are small.

    Returns:
        x (n, T, D), lengths (n,) and labels (n,) of its n items.
    """
    count = len(dataset)  # type: ignore[arg-type]  # torch's Dataset does not promise a length
    x, lengths, labels = default_collate([dataset[index] for index in range(count)])
    return x, lengths, labels


def accuracy(model: nn.Module, dataset: Dataset[Utterance]) -> float:
    """Measure the share of a dataset that the model gets right, 0..1.

    The model runs without dropout, and is left in the mode it was in.
    """
    return _share_right(model, *whole(dataset))


def _share_right(model: nn.Module, x: Tensor, lengths: Tensor, labels: Tensor) -> float:
    with evaluating(model):
        guesses = predict(model, x, lengths).argmax(dim=-1)  # (B, K) -> (B,)
    return (guesses == labels).double().mean().item()


def fit(
    model: nn.Module,
    train: Dataset[Utterance],
    test: Dataset[Utterance],
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
) -> History:
    """Train a model in place: cross-entropy on its logits, Adam, a progress bar.

    The same model, data and seed give the same parameters: the seed fixes the order of the
    utterances and the dropout. The global generator of torch and the model's mode are left as
    they were.

    Args:
        model: See `predict`.
        train: What the model learns from.
        test: What is only measured after each epoch.
        epochs: Passes over the training set.
        batch_size: Utterances a step; the last step of an epoch may have fewer.
        lr: Learning rate of Adam.
        seed: Of the order of the utterances and of the dropout.

    Returns:
        Loss and accuracies, one number an epoch.
    """
    history = History()
    mode = model.training
    # Stacked once: collating anew in every epoch would take longer than the steps themselves.
    train_set, test_set = whole(train), whole(test)
    x, lengths, labels = train_set
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    # Falling to nearly 0: with a constant rate the last epoch is as good or bad as luck has it.
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 1.0 / epochs, epochs - 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # tqdm reads this variable by itself, but its notebook form (4.70) does not.
        quiet = bool(os.environ.get("TQDM_DISABLE"))
        bar = tqdm(range(epochs), desc="training", unit="epoch", disable=quiet)
        for _ in bar:
            model.train()
            losses = []
            for batch in torch.randperm(len(x)).split(batch_size):
                optimiser.zero_grad()
                logits = predict(model, x[batch], lengths[batch])  # (B, T, D) -> (B, K)
                loss = F.cross_entropy(logits, labels[batch])  # (B, K), (B,) -> ()
                loss.backward()
                optimiser.step()
                losses.append(loss.item())
            falling.step()
            history.loss.append(sum(losses) / len(losses))
            history.train_accuracy.append(_share_right(model, *train_set))
            history.test_accuracy.append(_share_right(model, *test_set))
            bar.set_postfix(loss=f"{history.loss[-1]:.2f}", test=f"{history.test_accuracy[-1]:.0%}")
    model.train(mode)
    return history
