"""The pictures of the lecture `surnames`: encodings, comparisons over seeds, attention.

Every function returns the figure it drew, with labelled axes. Weights and shares start at 0,
colours grow monotonically in lightness, and lines differ in dash and marker too, so that a picture
says the same in greyscale.

Letters in shapes: T letters, V characters, K classes, S seeds, P places in a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from course_lib.data.surnames import CHARACTERS, PUNCTUATION
from course_lib.lab.style import DPI, FONT, STYLES, fractions, new_figure, small_print
from course_lib.lab.training import History

SHARES = "Greys"  # white is 0: an empty place of a matrix looks empty
HATCHES = ("", "////", "..")  # of the bars of several models, beside their colours


def languages(counts: Mapping[str, int]) -> Figure:
    """Draw how many names each language has, as bars with their numbers.

    Args:
        counts: Names by language.

    Returns:
        The figure.
    """
    figure, axes = new_figure(1, 1, (9.0, 2.6), (0.8, 0.1, 0.85, 0.25))
    ax = axes[0, 0]
    places = np.arange(len(counts))
    ax.bar(places, list(counts.values()), color=STYLES[1]["color"], width=0.75)
    top = max(counts.values())
    for place, count in zip(places, counts.values(), strict=True):
        ax.text(
            place, count + 0.01 * top, f"{count:,}", ha="center", va="bottom", fontsize=FONT - 2
        )
    ax.set_xticks(places, list(counts), rotation=45, ha="right")
    ax.set_ylabel("surnames")
    ax.set_ylim(0, top * 1.1)
    ax.spines[["top", "right"]].set_visible(False)
    small_print(ax)
    return figure


def encoding(x: Tensor, name: str) -> Figure:
    """Draw a name's one-hot encoding: a row a letter, a column a character.

    Args:
        x: (T, V), rows of 0 with a single 1.
        name: Its T letters.

    Returns:
        The figure; a black square is a 1.
    """
    figure, axes = new_figure(1, 1, (9.0, 0.22 * len(name) + 0.75), (0.5, 0.1, 0.55, 0.1))
    ax = axes[0, 0]
    ax.imshow(x.detach().numpy(), cmap=SHARES, vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(CHARACTERS)), [_visible(letter) for letter in CHARACTERS])
    ax.set_yticks(range(len(name)), list(name))
    ax.set_xticks(np.arange(len(CHARACTERS)) + 0.5, minor=True)
    ax.set_yticks(np.arange(len(name)) + 0.5, minor=True)
    ax.grid(which="minor", color="0.85", lw=0.5)
    ax.tick_params(which="minor", length=0)
    ax.set_xlabel("character")
    ax.set_ylabel("letter")
    small_print(ax)
    return figure


def _visible(letter: str) -> str:
    return "␣" if letter == " " else letter


def comparison(histories: Mapping[tuple[str, int], Sequence[History]]) -> Figure:
    """Draw the trainings of several models at several noise levels: the loss, and what it is worth.

    Args:
        histories: By the model's name and the noise level; one history for each seed. At most
            three models.

    Returns:
        The figure: a row a noise level, on the left the training loss, on the right the held-out
        accuracy. A line is the mean over the seeds, its band goes from the lowest to the highest.
    """
    levels = list(dict.fromkeys(level for _, level in histories))
    models = list(dict.fromkeys(name for name, _ in histories))
    size = (9.0, 2.3 * len(levels) + 0.5)
    figure, axes = new_figure(
        len(levels), 2, size, (0.6, 0.1, 0.5, 0.25), sharex=True, sharey="col"
    )
    figure.subplots_adjust(hspace=0.22, wspace=0.2)
    for level, (left, right) in zip(levels, axes, strict=True):
        for name, style in zip(models, STYLES, strict=False):
            found = histories[name, level]
            _band(left, [history.loss for history in found], name, style)
            _band(right, [history.test_accuracy for history in found], name, style)
        left.set_ylabel("training loss")
        right.set_ylabel("held-out accuracy")
        for ax in (left, right):
            ax.set_title(f"noise level {level}", loc="left")
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
            ax.grid(color="0.9")
            ax.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylim(bottom=0)
    axes[0, 1].set_ylim(bottom=0)
    axes[0, 0].legend(loc="upper right", fontsize=FONT - 1, frameon=False)
    for ax in axes[-1]:
        ax.set_xlabel("epoch")
    for ax in axes.flat:
        small_print(ax)
    return figure


def _band(ax: Axes, runs: Sequence[Sequence[float]], name: str, style: Mapping[str, str]) -> None:
    values = np.array(runs)  # (S, epochs)
    epochs = np.arange(1, values.shape[1] + 1)
    ax.fill_between(
        epochs, values.min(axis=0), values.max(axis=0), color=style["color"], alpha=0.25, lw=0
    )
    mark: dict[str, Any] = {"color": style["color"], "marker": style["marker"]}
    ax.plot(epochs, values.mean(axis=0), label=name, lw=1.5, ms=3.5, markevery=2, **mark)


def confusion(counts: Tensor, names: Sequence[str]) -> Figure:
    """Draw a confusion matrix by shares: of the names of a row's class, how many for which class.

    Args:
        counts: (K, K), the truth by row, the guess by column.
        names: Of the K classes.

    Returns:
        The figure; shares of a tenth and more are written in.
    """
    shares = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)  # (K, K)
    figure, axes = new_figure(1, 1, (7.0, 5.4), (0.95, 0.65, 1.0, 0.1))
    ax = axes[0, 0]
    image = ax.imshow(shares.numpy(), cmap=SHARES, vmin=0, vmax=1)
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.set_yticks(range(len(names)), names)
    for row, column in (shares >= 0.1).nonzero().tolist():
        share = float(shares[row, column])
        ink = "white" if share > 0.6 else "black"
        ax.text(
            column,
            row,
            f"{100 * share:.0f}",
            ha="center",
            va="center",
            color=ink,
            fontsize=FONT - 2,
        )
    ax.set_xlabel("guess")
    ax.set_ylabel("language")
    small_print(ax)
    bar = figure.colorbar(image, ax=ax, fraction=0.045, pad=0.03)
    bar.set_label("share of the language's names (numbers: per cent)", fontsize=FONT)
    bar.ax.tick_params(labelsize=FONT - 1)
    return figure


def attention(
    names: Sequence[str],
    weights: Mapping[str, Sequence[Tensor]],
    titles: Sequence[str],
    columns: int = 3,
) -> Figure:
    """Draw the weights of names as bars, the letters under them.

    Args:
        names: What was read, noise and all.
        weights: By the model that gave them: a tensor (T,) for each name.
        titles: One for each name.
        columns: Names in a row.

    Returns:
        The figure: a row of bars a model; all on one scale from 0 to 1; noise is hatched.
    """
    blocks = -(-len(names) // columns)
    size = (9.0, blocks * (0.5 + 0.9 * len(weights)) + 0.2)
    figure = plt.figure(figsize=size, dpi=DPI)
    outer = figure.add_gridspec(
        blocks, columns, hspace=0.6, wspace=0.12, **fractions(size, (0.95, 0.1, 0.3, 0.25))
    )
    for number, (name, title) in enumerate(zip(names, titles, strict=True)):
        row, column = divmod(number, columns)
        inner = outer[row, column].subgridspec(len(weights), 1, hspace=0.45)
        for part, ((model, given), style) in enumerate(zip(weights.items(), STYLES, strict=False)):
            ax = figure.add_subplot(inner[part])
            _letters(ax, name, given[number], style["color"])
            ax.tick_params(labelleft=column == 0)
            ax.set_ylabel(f"weight,\n{model}" if column == 0 else "")
            ax.set_title(title if part == 0 else "")
            small_print(ax)
    return figure


def _letters(ax: Axes, name: str, weights: Tensor, colour: str) -> None:
    """Draw the weights (T,) of one name over its letters."""
    places = np.arange(len(name))
    noise = len(name) - len(name.rstrip(PUNCTUATION))
    if noise:
        ax.axvspan(
            len(name) - noise - 0.5, len(name) - 0.5, facecolor="0.93", edgecolor="0.7",
            hatch="////", lw=0,
        )  # fmt: skip
    ax.bar(places, weights.detach().numpy(), width=0.8, color=colour, edgecolor="black", lw=0.3)
    ax.set_xticks(places, [_visible(letter) for letter in name])
    ax.set_xlim(-0.5, len(name) - 0.5)
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 0.5, 1])
    ax.spines[["top", "right"]].set_visible(False)


def places(mass: Mapping[str, Tensor], labels: Sequence[str]) -> Figure:
    """Draw on which place of a name how much of the attention lies.

    Args:
        mass: By the model's name: the mean weight of each place for each seed, (S, P).
        labels: What the P places are called.

    Returns:
        The figure: a bar is the mean over the seeds, its line goes from the lowest to the highest.
    """
    figure, axes = new_figure(1, 1, (7.5, 2.7), (0.6, 0.1, 0.5, 0.1))
    ax = axes[0, 0]
    width = 0.8 / len(mass)
    for number, ((name, found), style) in enumerate(zip(mass.items(), STYLES, strict=False)):
        means = found.mean(dim=0)
        ends = torch.stack([means - found.min(dim=0).values, found.max(dim=0).values - means])
        at = np.arange(len(labels)) + (number - (len(mass) - 1) / 2) * width
        bars: dict[str, Any] = {"color": style["color"], "hatch": HATCHES[number]}
        ax.bar(
            at, means.numpy(), width, yerr=ends.clamp(min=0).numpy(), label=name, capsize=2,
            edgecolor="black", lw=0.5, error_kw={"lw": 1.0}, **bars,
        )  # fmt: skip
    ax.set_xticks(range(len(labels)), labels)
    ax.set_ylabel("attention mass (mean over names)")
    ax.set_ylim(0, 1)
    ax.grid(axis="y", color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(fontsize=FONT - 1, frameon=False)
    small_print(ax)
    return figure
