"""What the hidden checks of `imdb` share: sizes, masks, answers that are pairs.

Letters in shapes: B batch, Q queries, T keys or words, D width, E width of values, N heads,
F hidden width of the feed-forward part, L layers, V words; all sizes differ, save L and the width
of a head, which no shape of an answer shows.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from course_lib.answers.asking import Shapes, expected_tensor, normal
from course_lib.lab.check import Fault, Wrong, close
from course_lib.lab.subject import Foreign

B, Q, T, D, E, N, F, L, V = 5, 6, 7, 12, 9, 3, 11, 2, 13
LENGTHS = torch.tensor([5, 2, 6, 3, 4])

Pair = tuple[Tensor, Tensor]


def real(lengths: Tensor = LENGTHS, steps: int = T) -> Tensor:
    """Where a word is real, (B, T) bool."""
    return torch.tensor([[step < length for step in range(steps)] for length in lengths.tolist()])


def loud(x: Tensor, mask: Tensor, seed: int) -> Tensor:
    """The same numbers (B, T, ...), with others where the mask (B, T) is False."""
    wide = mask.reshape(*mask.shape, *[1] * (x.ndim - 2))
    return torch.where(wide, x, normal(*x.shape, seed=seed).to(x.dtype))


def numbers(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    """Draw about N(0, 1 / 4) for each parameter, float64."""
    return {
        name: normal(*shape, seed=seed + i) / 2 for i, (name, shape) in enumerate(shapes.items())
    }


def pair(value: object, like: Pair, letters: tuple[str, str], shapes: Shapes | None = None) -> Pair:
    """Take a result and its weights out of an answer.

    Args:
        value: What came back.
        like: Tensors of the expected shapes and dtypes.
        letters: The shapes in letters.
        shapes: Wrong shapes of either that tell what went wrong.

    Raises:
        Wrong: If something else came back.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        got = value.type_name if isinstance(value, Foreign) else type(value).__name__
        raise Wrong(
            "not_a_pair",
            f"Expected two tensors, (result, weights), got {got}: return both.",
        )
    first, second = value
    got_shapes = [tuple(part.shape) if isinstance(part, Tensor) else None for part in value]
    if got_shapes == [tuple(like[1].shape), tuple(like[0].shape)]:
        raise Wrong("outputs_swapped", "The weights come first: return (result, weights).")
    return (
        expected_tensor(first, like[0], letters[0], shapes),
        expected_tensor(second, like[1], letters[1], shapes),
    )


def joined(result: Pair) -> Tensor:
    """Both tensors of a pair as one row of numbers, to be compared at once."""
    return torch.cat([part.flatten() for part in result])


def fault(name: str, sentence: str, output: Pair) -> Fault:
    """A known wrong pair."""
    return Fault(name, sentence, joined(output))


def shares(weights: Tensor, mask: Tensor) -> None:
    """Law: weights (..., T) are 0 where the mask (spread to them) is False, and sum to 1."""
    if bool((weights[~mask.expand_as(weights)] != 0).any()):
        raise Wrong("padding_attended", "The padding has weight: it has to be exactly 0 there.")
    sums = weights.sum(dim=-1)
    if not close(sums, sums.new_ones(sums.shape)):
        raise Wrong(
            "not_normalised",
            "The weights of a query do not sum to 1 over the keys: they sum to "
            f"{sums.flatten()[0].item():.3g} for the first one.",
        )


def same(got: Pair, expected: Pair, name: str, sentence: str) -> None:
    """Raise that fault unless the two pairs agree."""
    if not all(close(a, b) for a, b in zip(got, expected, strict=True)):
        raise Wrong(name, sentence)
