"""The pictures of the lectures: utterances, states, attention, learning curves.

Every function returns the figure it drew, with labelled axes. Weights and shares start at 0,
colours grow monotonically in lightness, and lines differ in dash and marker too, so that a picture
says the same in greyscale.

Letters in shapes: B batch, T time, D feature, H hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from course_lib.lab.style import DPI, FONT, STYLES, fractions, new_figure, small_print
from course_lib.lab.training import History

COLOURS = "viridis"  # its lightness grows evenly, so greyscale keeps the order
LIMIT = 2.0  # standardised coefficients: 19 in 20 lie within 2 standard deviations
TICK = 5  # frames between marks; found anew for every axes, they would take as long as the drawing


def _shade_padding(ax: Axes, length: int, T: int, label: bool) -> None:
    """Hatch the steps from `length` on and draw a line where the speech ends."""
    if length >= T:
        return
    ax.axvspan(length - 0.5, T - 0.5, facecolor="0.93", edgecolor="0.7", hatch="////", lw=0)
    ax.axvline(length - 0.5, color="black", lw=1.5)
    if label and T - length >= 8:  # else the word is wider than its place
        ax.text(
            (length + T - 1) / 2,
            0.5,
            "padding",
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="center",
            fontsize=FONT - 1,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )


def _heat(ax: Axes, series: Tensor, length: int, limit: float, cover: bool = True) -> AxesImage:
    """Draw (T, D) with time to the right; `cover` hatches over the padding."""
    values = series.detach().numpy()  # (T, D)
    T, D = values.shape
    image = ax.imshow(
        values.T,  # (D, T)
        aspect="auto",
        origin="lower",
        cmap=COLOURS,
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
        extent=(-0.5, T - 0.5, 0.5, D + 0.5),
    )
    if cover:
        _shade_padding(ax, length, T, label=True)
    ax.set_xlim(-0.5, T - 0.5)
    ax.set_xticks(range(0, T, TICK))
    small_print(ax)
    return image


def utterances(x: Tensor, lengths: Tensor, titles: Sequence[str], columns: int = 3) -> Figure:
    """Draw padded utterances side by side: coefficients upwards, time to the right.

    Args:
        x: Standardised utterances, (B, T, D).
        lengths: Real frames of each, (B,).
        titles: One for each.
        columns: Pictures in a row.

    Returns:
        The figure.
    """
    rows = -(-len(x) // columns)
    size = (9.0, 1.4 * rows + 0.7)
    figure, axes = new_figure(
        rows, columns, size, (0.65, 1.1, 0.55, 0.25), sharex=True, sharey=True
    )
    figure.subplots_adjust(hspace=0.35, wspace=0.08)
    image = None
    for ax, series, length, title in zip(axes.flat, x, lengths.tolist(), titles, strict=False):
        image = _heat(ax, series, length, LIMIT)
        ax.set_title(title)
        ax.set_yticks([1, 6, 12])
        small_print(ax)
    for ax in axes.flat[len(x) :]:
        ax.set_visible(False)
    for ax in axes[-1]:
        ax.set_xlabel("time (frame, 6.4 ms each)")
    for ax in axes[:, 0]:
        ax.set_ylabel("coefficient")
    if image is not None:
        place = figure.add_axes((1 - 0.9 / size[0], 0.2, 0.15 / size[0], 0.6))
        bar = figure.colorbar(image, cax=place, extend="both")
        bar.set_label("value (standard deviations from the mean)", fontsize=FONT)
        bar.ax.tick_params(labelsize=FONT - 1)
    return figure


def states(states: Tensor, length: int) -> Figure:
    """Draw the states of one utterance: hidden units upwards, time to the right.

    The padded steps are drawn too, because a network computes states there as well.

    Args:
        states: (T, H), values -1..1.
        length: Real frames.

    Returns:
        The figure.
    """
    figure, axes = new_figure(1, 1, (7.0, 2.6), (0.6, 0.0, 0.5, 0.3))
    ax = axes[0, 0]
    limit = float(states.detach().abs().max())
    image = _heat(ax, states, length, limit, cover=False)
    if length < len(states):
        ax.axvline(length - 0.5, color="white", lw=3.5)
        ax.axvline(length - 0.5, color="black", lw=1.5, ls="--")
        ax.annotate(
            "the speech ends here",
            (length - 0.5, 1.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=FONT,
        )
    ax.set_xlabel("time (frame)")
    ax.set_ylabel("hidden unit (number)")
    small_print(ax)
    bar = figure.colorbar(image, ax=ax)
    bar.set_label("state", fontsize=FONT)
    bar.ax.tick_params(labelsize=FONT - 1)
    return figure


def curves(histories: Mapping[str, History]) -> Figure:
    """Draw the loss and the accuracies of trainings, one colour each.

    Args:
        histories: By the name that the legend shows; at most three.

    Returns:
        The figure: loss on the left, accuracy (test full, training dashed) on the right.
    """
    figure, axes = new_figure(1, 2, (9.0, 2.9), (0.6, 0.1, 0.5, 0.1))
    left, right = axes[0]
    for (name, history), style in zip(histories.items(), STYLES, strict=False):
        epochs = range(1, len(history.loss) + 1)
        line: dict[str, Any] = {"color": style["color"], "lw": 1.5}
        mark: dict[str, Any] = {"marker": style["marker"], "ms": 3.5}
        left.plot(epochs, history.loss, label=name, **line, **mark)
        right.plot(epochs, history.test_accuracy, label=f"{name}, test", **line, **mark)
        right.plot(epochs, history.train_accuracy, label=f"{name}, training", ls="--", **line)
    left.set_ylabel("loss (cross-entropy)")
    left.set_ylim(bottom=0)
    right.set_ylabel("accuracy (share right)")
    right.set_ylim(0, 1.03)
    for ax, place in ((left, "upper right"), (right, "lower right")):
        ax.set_xlabel("epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(color="0.9")
        ax.spines[["top", "right"]].set_visible(False)
        if histories:
            ax.legend(loc=place, fontsize=FONT - 1, frameon=False)
        small_print(ax)
    return figure


def attention(
    x: Tensor,
    lengths: Tensor,
    weights: Mapping[str, Tensor],
    titles: Sequence[str],
    columns: int = 3,
) -> Figure:
    """Draw utterances and, under each, the weights over time as bars.

    Args:
        x: Standardised utterances, (B, T, D).
        lengths: Real frames of each, (B,).
        weights: By the name of the model that gave them, each (B, T); one row of bars a model.
        titles: One for each utterance.
        columns: Utterances in a row.

    Returns:
        The figure. All bars share one scale, which starts at 0.
    """
    blocks = -(-len(x) // columns)
    size = (9.0, blocks * (1.3 + 0.85 * len(weights)) + 0.45)
    figure = plt.figure(figsize=size, dpi=DPI)
    outer = figure.add_gridspec(
        blocks, columns, hspace=0.25, wspace=0.08, **fractions(size, (0.75, 0.1, 0.5, 0.25))
    )
    top = max((float(values.max()) for values in weights.values()), default=1.0) * 1.08
    for number, (series, length) in enumerate(zip(x, lengths.tolist(), strict=True)):
        row, column = divmod(number, columns)
        inner = outer[row, column].subgridspec(
            1 + len(weights), 1, hspace=0.18, height_ratios=[1.0, *[0.85] * len(weights)]
        )
        stack = [figure.add_subplot(inner[part]) for part in range(1 + len(weights))]
        _heat(stack[0], series, length, LIMIT)
        stack[0].set_title(titles[number])
        stack[0].set_yticks([1, 12])
        for ax, values, style in zip(stack[1:], weights.values(), STYLES, strict=False):
            _bars(ax, values[number], length, top, style["color"])
        for ax, label in zip(stack, _labels(weights), strict=True):
            ax.tick_params(labelbottom=ax is stack[-1], labelleft=column == 0)
            ax.set_ylabel(label if column == 0 else "")
            small_print(ax)
        if number + columns >= len(x):
            stack[-1].set_xlabel("time (frame)")
    return figure


def _labels(weights: Mapping[str, Tensor]) -> list[str]:
    """What stands left of an utterance and of the bars under it."""
    several = len(weights) > 1
    return ["coefficient", *(f"weight,\n{name}" if several else "weight" for name in weights)]


def _bars(ax: Axes, weights: Tensor, length: int, top: float, colour: str) -> None:
    """Draw the weights (T,) of one utterance on a scale from 0 to `top`."""
    _shade_padding(ax, length, len(weights), label=False)
    ax.bar(
        np.arange(len(weights)),
        weights.detach().numpy(),
        width=0.8,
        color=colour,
        edgecolor="black",
        lw=0.3,
        zorder=3,
    )
    ax.set_xlim(-0.5, len(weights) - 0.5)
    ax.set_xticks(range(0, len(weights), TICK))
    ax.set_ylim(0, top)
    ax.spines[["top", "right"]].set_visible(False)


def padding_mass(mass: Mapping[str, Tensor], lengths: Tensor, T: int) -> Figure:
    """Draw the attention mass on padding against the length of the utterance.

    Args:
        mass: By the name of the model, each (B,), 0..1.
        lengths: Real frames of each utterance, (B,).
        T: Steps of a padded utterance.

    Returns:
        The figure: a dot an utterance, a line through the mean of each length, and what even
        weights over all T steps would give.
    """
    figure, axes = new_figure(1, 1, (7.0, 2.9), (0.6, 0.1, 0.5, 0.1))
    ax = axes[0, 0]
    every = torch.arange(int(lengths.min()), T + 1)
    ax.plot(every, (T - every) / T, color="black", ls=":", label="even weights over all steps")
    for (name, values), style in zip(mass.items(), STYLES, strict=False):
        ax.scatter(lengths, values.detach(), s=9, alpha=0.35, color=style["color"], lw=0, zorder=2)
        means = [values[lengths == length].mean().item() for length in lengths.unique()]
        ax.plot(
            lengths.unique(),
            means,
            color=style["color"],
            marker=style["marker"],
            ms=4,
            label=f"{name}, mean of each length",
            zorder=3,
        )
    ax.set_xlabel("length of the utterance (frames)")
    ax.set_ylabel("attention mass on padding")
    ax.set_ylim(0, 1)
    ax.grid(color="0.9")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(fontsize=FONT - 1, frameon=False)
    small_print(ax)
    return figure


def drops(values: Sequence[float]) -> Figure:
    """Draw how much probability is lost when the frame of each rank is replaced.

    Args:
        values: Mean loss of the right speaker's probability; entry 0 for the frame of the highest
            weight, entry 1 for the second highest, and so on.

    Returns:
        The figure.
    """
    figure, axes = new_figure(1, 1, (7.0, 2.6), (0.7, 0.1, 0.5, 0.1))
    ax = axes[0, 0]
    ranks = np.arange(1, len(values) + 1)
    ax.bar(ranks, values, width=0.7, color=STYLES[1]["color"], edgecolor="black", lw=0.5)
    ax.axhline(0, color="black", lw=0.8)
    ax.set_xticks(ranks)
    ax.set_xlabel("rank of the replaced frame (1: highest weight)")
    ax.set_ylabel("probability lost (mean)")
    # At least this high: differences of a hundredth should not look like a cliff.
    ax.set_ylim(min(0.0, *values), max(0.05, *values) * 1.05)
    ax.grid(axis="y", color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    small_print(ax)
    return figure
