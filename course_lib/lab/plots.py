"""The pictures of the lectures: utterances, states, attention, learning curves.

Every function returns the figure it drew, with labelled axes. Weights and shares start at 0, colours
grow monotonically in lightness, and lines differ in dash and marker too, so that a picture says the
same in greyscale.

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
from torch import Tensor

from course_lib.lab.training import History

DPI = 80  # an executed lecture, pictures and all, has to stay well below 1 MB
FONT = 9
COLOURS = "cividis"  # its lightness grows evenly, so greyscale keeps the order
LIMIT = 2.5  # standardised coefficients: 99 % lie within 2.5 standard deviations
STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#b35806", "marker": "o", "hatch": "///"},
    {"color": "#1f3a68", "marker": "s", "hatch": ""},
    {"color": "#777777", "marker": "^", "hatch": "..."},
)


def _figure(rows: int, columns: int, size: tuple[float, float], **kwargs: Any) -> tuple[Figure, Any]:
    """A figure in inches and its axes, always as an array (rows, columns)."""
    return plt.subplots(
        rows, columns, figsize=size, dpi=DPI, squeeze=False, layout="constrained", **kwargs
    )


def _small(ax: Axes) -> None:
    ax.tick_params(labelsize=FONT - 1)
    ax.xaxis.label.set_size(FONT)
    ax.yaxis.label.set_size(FONT)
    ax.title.set_size(FONT)


def _shade_padding(ax: Axes, length: int, T: int, label: bool) -> None:
    """Hatch the steps from `length` on and draw a line where the speech ends."""
    if length >= T:
        return
    ax.axvspan(length - 0.5, T - 0.5, facecolor="0.93", edgecolor="0.7", hatch="////", lw=0)
    ax.axvline(length - 0.5, color="black", lw=1.5)
    if label and T - length >= 4:
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
    _small(ax)
    return image


def utterances(
    x: Tensor, lengths: Tensor, titles: Sequence[str], columns: int = 3
) -> Figure:
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
    figure, axes = _figure(rows, columns, (9.0, 1.45 * rows + 0.5), sharex=True, sharey=True)
    image = None
    for ax, series, length, title in zip(axes.flat, x, lengths.tolist(), titles, strict=False):
        image = _heat(ax, series, length, LIMIT)
        ax.set_title(title)
        ax.set_yticks([1, 6, 12])
        _small(ax)
    for ax in axes.flat[len(x) :]:
        ax.set_visible(False)
    figure.supxlabel("time (frame of 6.4 ms)", fontsize=FONT)
    figure.supylabel("coefficient (number)", fontsize=FONT)
    if image is not None:
        bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=30, extend="both")
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
    figure, axes = _figure(1, 1, (7.0, 2.6))
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
    _small(ax)
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
    figure, axes = _figure(1, 2, (9.0, 2.9))
    left, right = axes[0]
    for (name, history), style in zip(histories.items(), STYLES, strict=False):
        epochs = range(1, len(history.loss) + 1)
        line = {"color": style["color"], "lw": 1.5}
        mark = {"marker": style["marker"], "ms": 3.5}
        left.plot(epochs, history.loss, label=name, **line, **mark)
        right.plot(epochs, history.test_accuracy, label=f"{name}, test", **line, **mark)
        right.plot(epochs, history.train_accuracy, label=f"{name}, training", ls="--", **line)
    left.set_ylabel("loss (cross-entropy, nats)")
    left.set_ylim(bottom=0)
    right.set_ylabel("accuracy (share right)")
    right.set_ylim(0, 1.03)
    for ax, place in ((left, "upper right"), (right, "lower right")):
        ax.set_xlabel("epoch")
        ax.grid(color="0.9")
        ax.spines[["top", "right"]].set_visible(False)
        if histories:
            ax.legend(loc=place, fontsize=FONT - 1, frameon=False)
        _small(ax)
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
    T = x.shape[1]
    blocks = -(-len(x) // columns)
    parts = 1 + len(weights)
    ratios = [1.0, *[0.8] * len(weights)] * blocks
    figure, axes = _figure(
        blocks * parts,
        columns,
        (9.0, blocks * (1.15 + 0.95 * len(weights)) + 0.4),
        sharex=True,
        sharey="row",
        height_ratios=ratios,
    )
    top = max((float(values.max()) for values in weights.values()), default=1.0) * 1.08
    for ax in axes.flat:
        ax.set_visible(False)
    for number, (series, length, title) in enumerate(
        zip(x, lengths.tolist(), titles, strict=False)
    ):
        block, column = divmod(number, columns)
        stack = axes[block * parts : (block + 1) * parts, column]
        stack[0].set_visible(True)
        _heat(stack[0], series, length, LIMIT)
        stack[0].set_title(title)
        stack[0].set_yticks([1, 12])
        for ax, (name, values), style in zip(stack[1:], weights.items(), STYLES, strict=False):
            ax.set_visible(True)
            _shade_padding(ax, length, T, label=False)
            ax.bar(
                np.arange(T),
                values[number].detach().numpy(),
                width=0.8,
                color=style["color"],
                edgecolor="black",
                lw=0.3,
                zorder=3,
            )
            ax.set_ylim(0, top)
            ax.spines[["top", "right"]].set_visible(False)
            if column == 0:
                ax.set_ylabel(f"weight\n{name}" if len(weights) > 1 else "weight")
            _small(ax)
        if column == 0:
            stack[0].set_ylabel("coefficient")
        stack[-1].set_xlabel("time (frame)")
        for ax in stack:
            _small(ax)
    return figure


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
    figure, axes = _figure(1, 1, (7.0, 2.9))
    ax = axes[0, 0]
    every = torch.arange(int(lengths.min()), T + 1)
    ax.plot(every, (T - every) / T, color="black", ls=":", label="even weights over all steps")
    for (name, values), style in zip(mass.items(), STYLES, strict=False):
        ax.scatter(
            lengths, values.detach(), s=9, alpha=0.35, color=style["color"], lw=0, zorder=2
        )
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
    _small(ax)
    return figure


def drops(values: Sequence[float]) -> Figure:
    """Draw how much probability is lost when the frame of each rank is replaced.

    Args:
        values: Mean loss of the right speaker's probability; entry 0 for the frame of the highest
            weight, entry 1 for the second highest, and so on.

    Returns:
        The figure.
    """
    figure, axes = _figure(1, 1, (7.0, 2.6))
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
    _small(ax)
    return figure
