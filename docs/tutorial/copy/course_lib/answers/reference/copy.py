"""Oracle of the lecture `copy`: its definition as explicit loops, one number at a time.

Letters in shapes: B batch, L readers, T time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.reference import softmax


def copy_weights(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """Softmax over t of -sharpness (t - positions[b, l])^2; (B, L, T)."""
    return torch.stack(
        [
            torch.stack(
                [
                    torch.stack(softmax([(t - place) * (place - t) * sharpness for t in range(T)]))
                    for place in row
                ]
            )
            for row in positions
        ]
    )
