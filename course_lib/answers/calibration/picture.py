"""Draw what trainings score, right ones and others, with the threshold that was set.

``python -m course_lib.answers.calibration.picture addition`` writes
``docs/images/calibration_addition.png`` from the stored scores.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from course_lib.answers.calibrate import Calibration, load

FOLDER = Path(__file__).parents[3] / "docs" / "images"
FONT = 9


def draw(found: Calibration) -> Figure:
    """Draw a row of dots for each population, a dot a seed; right ones black, on top.

    Args:
        found: A stored calibration.

    Returns:
        The figure: score to the right, the threshold and the half points' limit as lines.
    """
    groups = [(name, scores, "black") for name, scores in found.right.items()]
    groups += [(name, scores, "0.55") for name, scores in found.half_right.items()]
    figure, ax = plt.subplots(figsize=(7.5, 0.36 * len(groups) + 1.1), dpi=100)
    jitter = random.Random(0)
    for row, (_, scores, colour) in enumerate(groups):
        heights = [row + jitter.uniform(-0.22, 0.22) for _ in scores]
        ax.scatter(scores, heights, s=10, color=colour, lw=0, alpha=0.7)
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


def main() -> None:
    """Draw the lecture named on the command line."""
    parser = argparse.ArgumentParser(description="Draw the stored scores of a training check.")
    parser.add_argument("lecture", help="the lecture's stem, such as addition")
    lecture = parser.parse_args().lecture
    draw(load(lecture)).savefig(FOLDER / f"calibration_{lecture}.png", metadata={"Software": None})


if __name__ == "__main__":
    main()
