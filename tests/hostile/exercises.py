"""The exercises that hostile submissions pretend to solve, and their checks."""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.lab.check import Fault, Registry, Wrong, compare, tensor, unchanged
from course_lib.lab.subject import Ask, Subject

LECTURE = "hostile"
CHECKS = Registry()
RIGHT = "def {name}(x):\n    return 2 * x"
WRONG = "def attacked(x):\n    return x + 7"
# What only the checks know; an output that holds it comes from a leak.
MARK = "sentence-of-a-hidden-check"
VISIBLE = torch.arange(3.0, dtype=torch.float64)


def _inputs() -> list[Tensor]:
    generator = torch.Generator().manual_seed(20240229)
    sizes = ((2, 3), (5,), (1, 4, 2))
    fresh = [torch.randn(size, generator=generator, dtype=torch.float64) for size in sizes]
    return [VISIBLE, *fresh]


def _doubles(subject: Subject) -> None:
    for x in _inputs():
        answer = subject.ask(Ask(args=(x,)))
        y = tensor(answer.output, tuple(x.shape), x.dtype)
        compare(y, 2 * x, [Fault("squared", MARK, x**2)], "Not twice the input.")
        unchanged((x,), answer.args_after)


for _name in ("honest", "attacked", "later"):
    CHECKS.check(LECTURE, _name, points=2)(_doubles)


@CHECKS.check(LECTURE, "layer", points=2, subject="Layer")
def _layer(subject: Subject) -> None:
    """A linear layer without bias: constructed, loaded, called, differentiated."""
    x, weight = _inputs()[1], torch.arange(12.0, dtype=torch.float64).reshape(4, 3) / 7
    cotangent = torch.ones(2, 4, dtype=torch.float64)
    for training in (False, True):
        answer = subject.ask(
            Ask(
                args=(x,),
                sizes={"inputs": 3, "outputs": 4},
                parameters={"weight": weight},
                cotangent=cotangent,
                training=training,
            )
        )
        if answer.trainable != ("weight",):
            raise Wrong("not_trainable", "The layer has one parameter, `weight`.")
        y = tensor(answer.output, (2, 4), x.dtype)
        compare(y, x @ weight.T, [], "Not the layer's formula.")
        gradient = tensor(answer.parameter_gradients.get("weight"), (4, 3), x.dtype)
        compare(gradient, cotangent.T @ x, [], "Not the gradient.")
