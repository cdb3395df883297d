"""Pictures of the lecture `reviews`: words in a plane, weights by head, learning curves.

Letters in shapes: N heads, T words, n points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

_MARKS = ("o", "s", "^", "D", "v", "P")


def plane(places: Tensor, groups: Mapping[str, Sequence[str]]) -> Figure:
    """Draw words at their places (n, 2), a marker and a grey for each group, in its order."""
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    start = 0
    for number, (name, words) in enumerate(groups.items()):
        here = places[start : start + len(words)]
        shade = str(0.15 + 0.5 * number / max(1, len(groups) - 1))
        axes.scatter(
            here[:, 0].tolist(), here[:, 1].tolist(), color=shade,
            marker=_MARKS[number % len(_MARKS)], label=name,
        )  # fmt: skip
        # Names of neighbouring points would cover each other: those of the left half of a group
        # stand to the left, and in turn a little higher and lower.
        across, up = (here[:, axis].argsort().argsort().tolist() for axis in (0, 1))
        for i, word in enumerate(words):
            left, higher = across[i] < len(words) // 2, up[i] % 2 == 1
            axes.annotate(
                word, (here[i, 0].item(), here[i, 1].item()),
                xytext=(-6 if left else 6, 4 if higher else -4),
                textcoords="offset points", ha="right" if left else "left", va="center", fontsize=8,
            )  # fmt: skip
        start += len(words)
    axes.set(xlabel="first principal component", ylabel="second principal component")
    axes.margins(x=0.1)
    axes.legend()
    return figure


def heads(words: Sequence[str], weights: Tensor, title: str) -> Figure:
    """Draw the weights (N, T) of one sentence: a row a head, a column a word, white for 0."""
    figure, axes = plt.subplots(figsize=(max(4.0, 0.55 * len(words)), 2.2), layout="constrained")
    image = axes.imshow(weights.numpy(), cmap="Greys", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(words)), words, rotation=45, ha="right")
    axes.set_yticks(range(len(weights)), [str(n + 1) for n in range(len(weights))])
    axes.set(ylabel="head", title=title)
    figure.colorbar(image, ax=axes, label="weight")
    return figure


def curves(scores: Mapping[str, tuple[Sequence[int], Sequence[float]]], yardstick: float) -> Figure:
    """Draw macro F1 over steps, a line for each model, and the yardstick as a dotted line."""
    figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for number, (name, (steps, values)) in enumerate(scores.items()):
        axes.plot(
            steps, values, label=name, marker=_MARKS[number % len(_MARKS)],
            color=str(0.6 * number / max(1, len(scores))), linestyle=("-", "--")[number % 2],
        )  # fmt: skip
    _yardstick(axes, yardstick)
    axes.set(xlabel="steps", ylabel="macro F1 on dev")
    return figure


def by_number(scores: Mapping[str, Mapping[int, float]], yardstick: float) -> Figure:
    """Draw macro F1 over the number of training examples, a line for each start."""
    figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
    for number, (name, found) in enumerate(scores.items()):
        axes.plot(
            list(found), list(found.values()), label=name, marker=_MARKS[number],
            color=str(0.5 * number), linestyle=("-", "--")[number % 2],
        )  # fmt: skip
    _yardstick(axes, yardstick)
    axes.set(xlabel="reviews to train with", ylabel="macro F1 on dev", xscale="log")
    return figure


def _yardstick(axes: Axes, value: float) -> None:
    axes.axhline(value, color="black", linestyle=":", label="TF-IDF")
    axes.legend(fontsize=8)


def table(title: str, rows: Mapping[str, float]) -> str:
    """A title, and one line for each name with its number to three places."""
    widest = max(map(len, rows))
    return "\n".join([title, *(f"  {name:{widest}}  {value:.3f}" for name, value in rows.items())])
