"""Training of networks that answer with a number and show a map of weights.

Data are sequences with their sums, as `course_lib.data.addition` draws them. A network is called
as ``model(x)`` and returns ``(answers, weights)``.

Letters in shapes: B batch, T time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm

from course_lib.data.addition import Additions
from course_lib.lab.training import evaluating

CLIP = 1.0  # the longest gradient: an LSTM's can be huge while it finds out what to do
LEAST = 0.02  # the share of the learning rate that is left at the end


@dataclass
class Progress:
    """How a training went.

    Attributes:
        loss: Mean squared error over the batches of each epoch.
        test_error: Mean squared error on the test set after each epoch.
        maps: The weights (B, T) of the pictured sequences, by the number of epochs done: 0 before
            the training, fractions within an epoch. Empty if nothing was to be pictured.
    """

    loss: list[float] = field(default_factory=list)
    test_error: list[float] = field(default_factory=list)
    maps: dict[float, Tensor] = field(default_factory=dict)


def answers(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Ask a network without gradients, and leave it in the mode it was in.

    Args:
        model: Returns ``(answers, weights)``.
        x: Sequences, (B, T).

    Returns:
        The answers (B,) and the weights (B, T).
    """
    with evaluating(model):
        predicted, weights = model(x)
    return predicted, weights


def prediction_error(model: nn.Module, data: Additions) -> float:
    """Measure the mean squared error of a network's answers on a dataset."""
    predicted, _ = answers(model, data.x)
    return F.mse_loss(predicted, data.sums).item()


def fit(
    model: nn.Module,
    train: Additions,
    test: Additions,
    *,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
    pictured: Tensor | None = None,
    frames: int = 1,
) -> Progress:
    """Train a network in place: mean squared error of its answers, Adam, a progress bar.

    The same network, data and seed give the same parameters: the seed fixes the order of the
    sequences. The global generator of torch and the network's mode are left as they were.

    Args:
        model: Returns ``(answers, weights)``.
        train: What it learns from.
        test: What is only measured after each epoch.
        epochs: Passes over the training set.
        batch_size: Sequences a step; the last step of an epoch may have fewer.
        lr: Learning rate of Adam; it falls to nearly 0.
        seed: Of the order of the sequences.
        pictured: Sequences (B, T) whose map is kept, before the training and later.
        frames: How often in each epoch it is kept, at even distances, the last time at its end.

    Returns:
        Errors, one number an epoch, and the maps.
    """
    progress = Progress()
    mode = model.training
    x, sums = train.x, train.sums
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    steps = -(-len(x) // batch_size)  # in an epoch
    # Falling to nearly 0: with a constant rate the last epoch is as good or bad as luck has it.
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, LEAST, max(1, epochs * steps - 1))
    keep_after = {round(steps * frame / frames) for frame in range(1, frames + 1)}
    _keep_map(progress, model, pictured, 0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # tqdm reads this variable by itself, but its notebook form (4.70) does not.
        quiet = bool(os.environ.get("TQDM_DISABLE"))
        bar = tqdm(range(epochs), desc="training", unit="epoch", disable=quiet)
        for epoch in bar:
            losses = []
            for step, batch in enumerate(torch.randperm(len(x)).split(batch_size), start=1):
                model.train()
                optimiser.zero_grad()
                predicted, _weights = model(x[batch])  # (B, T) -> (B,), (B, T)
                loss = F.mse_loss(predicted, sums[batch])
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), CLIP)
                optimiser.step()
                falling.step()
                losses.append(loss.item())
                if step in keep_after:
                    _keep_map(progress, model, pictured, epoch + step / steps)
            progress.loss.append(sum(losses) / len(losses))
            progress.test_error.append(prediction_error(model, test))
            bar.set_postfix(loss=f"{progress.loss[-1]:.3g}", test=f"{progress.test_error[-1]:.3g}")
    model.train(mode)
    return progress


def _keep_map(progress: Progress, model: nn.Module, pictured: Tensor | None, epoch: float) -> None:
    if pictured is not None:
        # A copy: what a network shows may be a view of a parameter, which goes on changing.
        progress.maps[epoch] = answers(model, pictured)[1].detach().clone()
