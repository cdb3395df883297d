"""The pictures of the lecture `imdb`: lengths, positions, self-attention, erased words.

Every function returns the figure it drew, with labelled axes. Weights and shares start at 0,
colours grow monotonically in lightness, and lines differ in dash and marker too, so that a picture
says the same in greyscale. `Hover` shows self-attention in a notebook, without any script: the
browser's own style rules show the line of the word under the mouse.

Letters in shapes: n reviews, T words, D width, N heads, L layers.
"""

from __future__ import annotations

import html
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_lib.lab.style import FONT, STYLES, new_figure, small_print

SHARES = "Greys"  # white is 0


def lengths(counts: Sequence[int], cut: int) -> Figure:
    """Draw how long reviews are, and where they are cut.

    Args:
        counts: Words of each review.
        cut: The most words that are read.
    """
    figure, axes = new_figure(1, 1, (7.0, 2.4), (0.7, 0.1, 0.5, 0.1))
    ax = axes[0, 0]
    ax.hist(np.minimum(counts, 1000), bins=50, range=(0, 1000), color=STYLES[1]["color"])
    ax.axvline(cut, color="black", ls="--", lw=1.5)
    ax.annotate(
        f"the last {cut} are read", (cut, 0.93), xycoords=("data", "axes fraction"),
        xytext=(5, 0), textcoords="offset points", fontsize=FONT,
    )  # fmt: skip
    ax.set_ylim(top=1.2 * ax.get_ylim()[1])
    ax.set_xlabel("words of a review (1,000: that many or more)")
    ax.set_ylabel("reviews")
    ax.spines[["top", "right"]].set_visible(False)
    small_print(ax)
    return figure


def places(table: Tensor) -> Figure:
    """Draw positions (T, D): on the left the table, on the right how alike two positions are."""
    figure, axes = new_figure(1, 2, (9.0, 2.8), (0.6, 0.3, 0.5, 0.3), width_ratios=[1.5, 1])
    figure.subplots_adjust(wspace=0.3)
    left, right = axes[0]
    image = left.imshow(
        table.T.numpy(), aspect="auto", cmap="viridis", vmin=-1, vmax=1, origin="lower",
        interpolation="nearest",
    )  # fmt: skip
    left.set_xlabel("position")
    left.set_ylabel("column")
    left.set_title("sines and cosines", loc="left", fontsize=FONT)
    bar = figure.colorbar(image, ax=left, fraction=0.05)
    bar.set_label("value", fontsize=FONT)
    bar.ax.tick_params(labelsize=FONT - 1)
    middle = len(table) // 2
    right.plot(
        np.arange(len(table)) - middle, (table @ table[middle]).numpy(), color="black", lw=1.2
    )
    right.set_xlabel(f"distance from position {middle}")
    right.set_ylabel("product of the two rows")
    right.set_ylim(bottom=min(0.0, float((table @ table[middle]).min())))
    right.spines[["top", "right"]].set_visible(False)
    for ax in (left, right):
        small_print(ax)
    return figure


def maps(weights: Sequence[Tensor], words: Sequence[str]) -> Figure:
    """Draw self-attention, head by head for each layer.

    Args:
        weights: One (N, T, T) for each of L layers: row a query, column a key.
        words: T words.

    Returns:
        The figure: a row a layer, a column a head, one scale of grey from 0 on.
    """
    L, N = len(weights), len(weights[0])
    side = 0.19 * len(words)
    size = (1.1 + N * (side + 0.35) + 0.7, L * (side + 0.3) + 1.0)
    figure, axes = new_figure(L, N, size, (1.0, 0.9, 0.9, 0.25), sharex=True, sharey=True)
    figure.subplots_adjust(hspace=0.12, wspace=0.1)
    top = max(float(layer.max()) for layer in weights)
    image = None
    for number, layer in enumerate(weights):
        for head, ax in enumerate(axes[number]):
            image = ax.imshow(layer[head].detach().numpy(), cmap=SHARES, vmin=0, vmax=top)
            ax.set_title(f"layer {number + 1}, head {head + 1}", loc="left", fontsize=FONT)
            ax.set_xticks(range(len(words)), words, rotation=90)
            ax.set_yticks(range(len(words)), words)
            small_print(ax)
        axes[number, 0].set_ylabel("this word looks")
    for ax in axes[-1]:
        ax.set_xlabel("at this word")
    for ax in axes.flat:
        small_print(ax)
    if image is not None:
        place = figure.add_axes((1 - 0.65 / size[0], 0.3, 0.12 / size[0], 0.5))
        bar = figure.colorbar(image, cax=place)
        bar.set_label("weight", fontsize=FONT)
        bar.ax.tick_params(labelsize=FONT - 1)
    return figure


@dataclass(frozen=True)
class Hover:
    """Self-attention to look at with the mouse; it works without network and without scripts.

    Under the mouse, or after a click, each word shows for every layer and head how it shares its
    attention out: the darker a word's ground, the more weight it has. Where style rules are
    stripped, as in feedback, all lines stand one below the other.

    Attributes:
        weights: One (N, T, T) for each of L layers.
        words: T words.
    """

    weights: Sequence[Tensor]
    words: Sequence[str]

    def _repr_html_(self) -> str:
        """IPython's hook."""
        top = max(float(layer.max()) for layer in self.weights)
        lines = []
        for t, word in enumerate(self.words):
            rows = "".join(
                f"<div>layer {number + 1}, head {head + 1}: {self._strip(of_head[t] / top)}</div>"
                for number, layer in enumerate(self.weights)
                for head, of_head in enumerate(layer)
            )
            lines.append(
                f'<span class="w" tabindex="0"><b>{html.escape(word)}</b> '
                f'<div class="r">{rows}</div></span>'
            )
        body = "".join(lines)
        name = f"look{zlib.crc32(body.encode()):08x}"  # a name of its own in the page
        return (
            f"<style>#{name}{{position:relative;min-height:{4 + 1.6 * self._lines():.1f}em}}"
            f"#{name} .w{{cursor:pointer;padding:2px 4px}}"
            f"#{name} .w:hover,#{name} .w:focus{{outline:2px solid #1f3a68}}"
            f"#{name} .r{{display:none;position:absolute;left:0;top:3.5em}}"
            f"#{name} .w:focus .r{{display:block;z-index:1;background:white}}"
            f"#{name} .w:hover .r{{display:block;z-index:2;background:white}}</style>"
            f'<div id="{name}">{body}</div>'
        )

    def __repr__(self) -> str:
        return f"self-attention of {len(self.words)} words: point at a word to see where it looks"

    def _lines(self) -> int:
        return sum(len(layer) for layer in self.weights)

    def _strip(self, shares: Tensor) -> str:
        """The words on grounds of grey: from white, 0, to dark, the largest weight of all."""
        found = []
        for word, share in zip(self.words, shares.tolist(), strict=True):
            grey = round(255 * (1 - 0.75 * share))
            ink = "#fff" if grey < 130 else "#000"
            found.append(
                f'<span style="background-color:rgb({grey},{grey},{grey});color:{ink}">'
                f"{html.escape(word)}</span>"
            )
        return " ".join(found)


def erasure(changes: Mapping[str, Tensor], numbers: Sequence[int]) -> Figure:
    """Draw how far the prediction moves when words are erased.

    Args:
        changes: By the rule that chose the words, at most three: the change of each review's
            probability, (len(numbers), n), not negative.
        numbers: How many words were erased.

    Returns:
        The figure: a line through the medians, a band from the lower to the upper quartile.
    """
    figure, axes = new_figure(1, 1, (7.0, 2.9), (0.7, 0.1, 0.5, 0.1))
    ax = axes[0, 0]
    for (name, found), style in zip(changes.items(), STYLES, strict=False):
        low, middle, high = found.quantile(torch.tensor([0.25, 0.5, 0.75]), dim=1)
        ax.fill_between(numbers, low, high, color=style["color"], alpha=0.2, lw=0)
        ax.plot(numbers, middle, label=name, lw=1.5, ms=4, **style)
    ax.set_xlabel("words erased")
    ax.set_ylabel("change of the probability")
    ax.set_xticks(list(numbers))
    ax.set_ylim(bottom=0)
    ax.grid(color="0.9")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="upper left", fontsize=FONT - 1, frameon=False)
    small_print(ax)
    return figure
