"""The pictures of the lecture `addition`: maps in a strip, a sum that grows, change by weight.

Every function returns the figure it drew, with labelled axes. Weights start at 0 and dark means
much, so that a picture says the same in greyscale.

Letters in shapes: n sequences, T time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from course_lib.lab.style import FONT, STYLES, new_figure, small_print

DARK = "Greys"  # white is 0
ROW = 0.27  # inches of a frame


def by_epoch(kept: Mapping[float, Tensor]) -> dict[str, Tensor]:
    """Name the kept maps of the first pictured sequence: "untrained", "0.5 epochs" and so on.

    Args:
        kept: Maps (n, T) by the number of epochs done.

    Returns:
        Maps (T,) by name, in order.
    """
    return {_after(epochs): weights[0] for epochs, weights in kept.items()}


def _after(epochs: float) -> str:
    return f"{epochs:.3g} epoch{'' if epochs == 1 else 's'}" if epochs else "untrained"


def strip(
    frames: Mapping[str, Tensor], x: Tensor, mask: Tensor, *, relative: bool = False
) -> Figure:
    """Draw maps of one sequence one below the other, the true mask on top.

    Args:
        frames: Maps (T,) by name, from top to bottom; at least one.
        x: The sequence, (T,): its numbers stand in the mask, and its 0 is marked.
        mask: The true mask, (T,) bool.
        relative: Each frame has its own scale, from 0 to its largest weight; otherwise all share
            one, from 0 to the largest weight of all.

    Returns:
        The figure.
    """
    weights = torch.stack(list(frames.values())).detach().clamp(min=0)  # (frames, T)
    if relative:
        weights = weights / weights.amax(dim=1, keepdim=True)
    T = len(x)
    size = (9.0, ROW * (len(frames) + 1) + 1.15)
    figure, axes = new_figure(
        2, 1, size, (1.75, 1.0, 0.5, 0.35),
        sharex=True, gridspec_kw={"height_ratios": [1, len(frames)], "hspace": 0.1},
    )  # fmt: skip
    truth, below = axes[:, 0]
    truth.imshow(mask[None].float(), cmap=DARK, vmin=0, vmax=1, aspect="auto")
    for step, (number, added) in enumerate(zip(x.tolist(), mask.tolist(), strict=True)):
        truth.text(
            step, 0, f"{number:.2f}".lstrip("0") if number else "0", ha="center", va="center",
            color="white" if added else "black", fontsize=FONT - 1,
        )  # fmt: skip
    truth.set_yticks([0], ["truth: added"])
    image = below.imshow(
        weights, cmap=DARK, vmin=0, vmax=float(weights.max()), aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    below.set_yticks(range(len(frames)), list(frames))
    below.set_xlabel("step (counted from 0)")
    below.set_xticks(range(0, T, 2))
    _mark(truth, below, int((x == 0).nonzero()[0]))
    for ax in (truth, below):
        small_print(ax)
        ax.tick_params(axis="y", length=0)
    place = figure.add_axes((1 - 0.8 / size[0], 0.25, 0.15 / size[0], 0.5))
    bar = figure.colorbar(image, cax=place)
    bar.set_label("weight / largest of its row" if relative else "weight", fontsize=FONT)
    bar.ax.tick_params(labelsize=FONT - 1)
    return figure


def _mark(truth: Axes, below: Axes, step: int) -> None:
    """Frame the delimiter's column and name it."""
    for ax in (truth, below):
        for side in (step - 0.5, step + 0.5):
            ax.axvline(side, color=STYLES[0]["color"], lw=1.2, ls="--")
    truth.annotate(
        "delimiter", (step, 1.0), xycoords=truth.get_xaxis_transform(),
        xytext=(0, 3), textcoords="offset points", ha="center", fontsize=FONT,
    )  # fmt: skip


def running_sum(true: Tensor, read: Tensor, x: Tensor) -> Figure:
    """Draw the sum of the addends so far, and what was read off the states.

    Args:
        true: The sum of the addends up to each step, for the first steps or all.
        read: The same as it was read off, for as many steps.
        x: The sequence, (T,); its 0 is marked.

    Returns:
        The figure.
    """
    figure, axes = new_figure(1, 1, (7.0, 2.7), (0.6, 0.1, 0.5, 0.3))
    ax = axes[0, 0]
    steps = np.arange(len(true))
    ax.plot(steps, true, color="black", lw=3.5, alpha=0.35, label="true sum so far")
    style = STYLES[1]
    ax.plot(
        steps, read.detach(), color=style["color"], marker=style["marker"], ms=4, lw=1,
        label="read off the state",
    )  # fmt: skip
    step = int((x == 0).nonzero()[0])
    ax.axvline(step, color=STYLES[0]["color"], lw=1.2, ls="--")
    ax.annotate(
        "delimiter", (step, 1.0), xycoords=ax.get_xaxis_transform(),
        xytext=(0, 3), textcoords="offset points", ha="center", fontsize=FONT,
    )  # fmt: skip
    ax.set_xlabel("step (counted from 0)")
    ax.set_ylabel("sum of the addends")
    ax.set_xticks(range(0, len(x), 2))
    ax.set_xlim(-0.5, len(x) - 0.5)
    ax.set_ylim(bottom=0)
    ax.grid(color="0.9")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="upper left", fontsize=FONT - 1, frameon=False)
    small_print(ax)
    return figure


def correlation(a: Tensor, b: Tensor) -> float:
    """Pearson's correlation of two tensors (n,), -1..1; nan if one of them does not vary."""
    return float(torch.corrcoef(torch.stack([a, b]))[0, 1])


def change_by_weight(found: Mapping[str, tuple[Tensor, Tensor]]) -> Figure:
    """Draw how much answers change against the weight of the number that was moved.

    Args:
        found: By model, weights (n,) and changes (n,) of the same numbers; one panel a model.

    Returns:
        The figure; each title says the correlation.
    """
    figure, axes = new_figure(
        1, len(found), (4.4 * len(found) + 0.3, 2.9), (0.65, 0.1, 0.5, 0.3), sharey=True
    )
    figure.subplots_adjust(wspace=0.12)
    for ax, style, (name, (weights, changes)) in zip(axes[0], STYLES, found.items(), strict=False):
        # A little see-through: where dots lie on each other it is darker.
        ax.scatter(weights, changes, s=9, alpha=0.25, color=style["color"], lw=0)
        ax.set_title(f"{name}: correlation {correlation(weights, changes):.2f}")
        ax.set_xlabel("weight of the number that was moved")
        ax.set_xlim(left=0)
        ax.set_ylim(bottom=0)
        ax.grid(color="0.9")
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
        small_print(ax)
    axes[0, 0].set_ylabel("change of the answer")
    return figure
