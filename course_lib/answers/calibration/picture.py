"""Draw what trainings score, right ones and others, with the threshold that was set."""

from __future__ import annotations

import random
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from course_lib.answers.calibrate import Calibration

FONT = 9
_NO_INK = (0.0, 0.0, 0.0, 0.0)


def draw(found: Calibration) -> Figure:
    """Draw a row of dots for each population, a dot a seed; right ones black, on top.

    A dot is a ring where the check finds something wrong beside the score.

    Args:
        found: A stored calibration.

    Returns:
        The figure: score to the right, the threshold and the half points' limit as lines.
    """
    groups = [(name, scores, "black") for name, scores in found.right.items()]
    groups += [(name, scores, "0.55") for name, scores in found.half_right.items()]
    figure, ax = plt.subplots(figsize=(7.5, 0.36 * len(groups) + 1.1), dpi=100)
    jitter = random.Random(0)
    for row, (name, scores, colour) in enumerate(groups):
        heights = [row + jitter.uniform(-0.22, 0.22) for _ in scores]
        laws = found.laws.get(name, [None] * len(scores))
        ink = to_rgba(colour, 0.7)
        inside = [_NO_INK if law else ink for law in laws]
        ax.scatter(scores, heights, s=10, c=inside, edgecolors=[ink], lw=0.7)
    ax.axvline(found.threshold, color="#b35806", lw=1.5, label=f"all points: {found.threshold:g}")
    ax.axvline(
        found.half, color="#b35806", lw=1.5, ls="--", label=f"half the points: {found.half:g}"
    )
    ax.axhline(len(found.right) - 0.5, color="0.8", lw=0.8)
    ax.set_yticks(range(len(groups)), [name.replace("_", " ") for name, _, _ in groups])
    ax.invert_yaxis()
    ax.set_xlabel(f"score of the check {found.check} ({found.lecture}); one dot is one training")
    ax.legend(fontsize=FONT - 1, loc="lower left")
    ax.tick_params(labelsize=FONT - 1)
    ax.xaxis.label.set_fontsize(FONT)
    ax.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    return figure


def save(found: Calibration, path: Path) -> None:
    """Write the picture; equal scores give equal bytes."""
    figure = draw(found)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)
