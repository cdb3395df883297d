"""The hidden check of the lecture `copy`.

Letters in shapes: B batch, L readers, T time; all sizes differ.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import (
    Shapes,
    agrees,
    gradients_flow,
    normal,
    one_alone,
    returned,
    untouched,
)
from course_lib.answers.reference import copy as oracle
from course_lib.answers.registry import hidden
from course_lib.lab.check import Fault, blame, compare
from course_lib.lab.subject import Subject

B, L, T = 3, 4, 6
SHARPNESS = 0.7


@hidden.check("copy", "copy_weights", points=2)
def copy_weights(subject: Subject) -> None:
    """A softmax over time of scores that fall with the squared distance."""
    positions = 2.5 + normal(B, L, seed=1)
    right = oracle.copy_weights(positions, T, SHARPNESS)
    shapes: Shapes = {
        (B, T, L): ("time_in_the_middle", "Time is the last dimension: expected (B, L, T)."),
    }
    got = returned(subject, positions, T, SHARPNESS, like=right, letters="(B, L, T)", shapes=shapes)
    blame(got, right, _faults(positions))
    compare(got, right, (), "The weights are not the softmax of the scores in the text.")
    one_alone(subject, (positions,), (T, SHARPNESS), whole=got, letters="(B, L, T)")
    between = positions.floor() + 0.25
    agrees(
        subject, between, T, 1e5, expected=oracle.copy_weights(between, T, 1e5),
        letters="(B, L, T)", fault="underflow",
        sentence="With a high sharpness every exp becomes 0 and 0 / 0 is nan, unless the largest "
        "score is subtracted first, as torch.softmax does.",
    )  # fmt: skip
    agrees(
        subject, positions.float(), T, SHARPNESS, expected=right.float(), letters="(B, L, T)",
        fault="wrong_in_float32", sentence="With float32 positions the weights are others.",
    )  # fmt: skip
    untouched(subject, positions, T, SHARPNESS)
    gradients_flow(
        subject, positions, T, SHARPNESS, oracle=oracle.copy_weights,
        names=("positions", "T", "sharpness"),
    )  # fmt: skip


def _faults(positions: Tensor) -> list[Fault]:
    squares = (torch.arange(T) - positions[:, :, None]) ** 2
    scores = -SHARPNESS * squares
    return [
        Fault(
            "softmax_over_readers",
            "The weights sum to 1 over the readers, not over the steps: softmax has the wrong dim.",
            scores.softmax(dim=1),
        ),
        Fault("no_softmax", "These are the scores: the softmax over the steps is missing.", scores),
        Fault(
            "far_steps_favoured",
            "The weights grow with the distance: the scores lack their minus sign.",
            (-scores).softmax(dim=2),
        ),
        Fault(
            "distance_not_squared",
            "The scores fall with the distance itself: square it.",
            (-SHARPNESS * squares.sqrt()).softmax(dim=2),
        ),
        Fault(
            "counted_from_one",
            "Each reader looks one step too early: steps are counted from 0.",
            oracle.copy_weights(positions - 1, T, SHARPNESS),
        ),
        Fault(
            "sharpness_ignored",
            "The weights are those of sharpness 1, whatever the sharpness is.",
            oracle.copy_weights(positions, T, 1.0),
        ),
    ]
