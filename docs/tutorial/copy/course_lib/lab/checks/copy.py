"""The visible checks of the lecture `copy`: small numbers that can be followed by hand.

Letters in shapes: B batch, L readers, T time.
"""

from __future__ import annotations

import torch

from course_lib.lab.checks.by_hand import expect, result
from course_lib.lab.subject import Subject
from course_lib.lab.visible import registry


@registry.check("copy", "copy_weights", points=0)
def copy_weights(subject: Subject) -> None:
    """Halfway between two steps both get half; a sharp reader sees one step only."""
    half = result(
        subject, torch.tensor([[0.5]]), 2, 3.0, like=torch.empty(1, 1, 2), letters="(B, L, T)"
    )
    expect(half[0, 0], torch.tensor([0.5, 0.5]), "From place 0.5 the weights of steps 0 and 1")
    places = torch.tensor([[1.0, 0.0]])
    sharp = result(subject, places, 3, 50.0, like=torch.empty(1, 2, 3), letters="(B, L, T)")
    expect(sharp[0, 0], torch.tensor([0.0, 1, 0]), "From place 1, with sharpness 50, the weights")
    expect(sharp[0, 1], torch.tensor([1.0, 0, 0]), "From place 0, with sharpness 50, the weights")
