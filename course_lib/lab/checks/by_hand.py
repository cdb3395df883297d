"""How a visible check compares an answer with numbers that can be followed by hand."""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.lab.check import Fault, Wrong, close, compare, tensor, unchanged
from course_lib.lab.subject import Ask, Subject


def result(subject: Subject, *args: object, like: Tensor, letters: str) -> Tensor:
    """Ask once; the result has the shape and dtype of `like`, and the arguments are untouched."""
    answer = subject.ask(Ask(args=args))
    got = tensor(answer.output, tuple(like.shape), like.dtype, letters)
    unchanged(args, answer.args_after)
    return got


def expect(got: Tensor, expected: Tensor, about: str) -> None:
    """Compare with a result computed by hand, and say both."""
    sentence = f"{about}: expected {said(expected)}, got {said(got)}."
    compare(got, expected, (), Fault("wrong_value", sentence, got))


def said(numbers: Tensor) -> str:
    """The numbers as a student reads them, rounded to three places."""
    if numbers.is_floating_point():
        rounded = [
            [round(x, 3) for x in row] for row in numbers.reshape(-1, numbers.shape[-1]).tolist()
        ]
        return str(rounded if numbers.ndim > 1 else rounded[0])
    return str(numbers.tolist())


def sums_to_one(weights: Tensor, item: str) -> None:
    """Each row of weights (B, T) has to sum to 1; `item` is what a row belongs to."""
    sums = weights.sum(dim=1)
    if not close(sums, torch.ones_like(sums)):
        columns = weights.sum(dim=0)
        over_batch = close(columns, torch.ones_like(columns))
        hint = " Each column does: over which dim does the softmax run?" if over_batch else ""
        raise Wrong(
            "not_normalised",
            f"The weights of each {item} should sum to 1 over time; the rows sum to "
            f"{said(sums)}.{hint}",
        )
