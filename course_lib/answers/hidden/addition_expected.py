"""Sequences and numbers for the networks of `addition`, and what right ones make of them.

They are the same for every student, and the oracles are slow: all is computed once a process, and
nobody may change it. Letters in shapes: B batch, T time, H hidden, D numbers in a value; all sizes
differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from course_lib.answers.asking import normal
from course_lib.answers.hidden.addition_faults import finder_faults, variant_faults
from course_lib.answers.reference import addition as oracle
from course_lib.lab.check import Fault

B, T, H = 4, 7, 5
POSITIONS = (3, 1, 5, 2)  # of the delimiter in each row
VALUES = ("states", "inputs")
WEIGHINGS = ("softmax", "gates", "mean x count")
COTANGENT = normal(B, seed=175)
STEEP = 1e4  # w times this gives scores of some thousands

Shapes = dict[str, tuple[int, ...]]


def uniform(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Draw numbers of (0.05, 0.95) from a generator of their own: none is nearly a delimiter."""
    chance = torch.Generator().manual_seed(seed)
    drawn = torch.rand(shape, generator=chance, dtype=torch.float64)
    return (0.05 + 0.9 * drawn).to(dtype)


def sequences(
    *, seed: int, positions: tuple[int, ...] = POSITIONS, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Draw a sequence (T,) for each position of a delimiter; (B, T)."""
    x = uniform(len(positions), T, seed=seed, dtype=dtype)
    x[torch.arange(len(positions)), torch.tensor(positions)] = 0
    return x


@dataclass(frozen=True)
class Expected:
    """An input and what right and wrong networks make of it.

    Attributes:
        x: (B, T).
        right: Answers and weights side by side, (B, 1 + T).
        faults: What known wrong networks return, in the same form.
        steep: The right result where scores are `STEEP` times as large.
        gradients: Of ``(answers * COTANGENT).sum()``, by parameter.
    """

    x: Tensor
    right: Tensor
    faults: list[Fault]
    steep: Tensor
    gradients: dict[str, Tensor]


@cache
def variant_shapes(inputs: int) -> Shapes:
    """Name the parameters of `Adder` and `Variant`; the readout has so many inputs."""
    return {
        "lstm.weight_ih_l0": (4 * H, 1),
        "lstm.weight_hh_l0": (4 * H, H),
        "lstm.bias_ih_l0": (4 * H,),
        "lstm.bias_hh_l0": (4 * H,),
        "w": (H,),
        "readout.weight": (1, inputs),
        "readout.bias": (1,),
    }


@cache
def finder_shapes() -> Shapes:
    """Name the parameters of `Finder`."""
    return {
        "score.0.weight": (H, 1),
        "score.0.bias": (H,),
        "score.2.weight": (1, H),
        "score.2.bias": (1,),
    }


@cache
def variant_numbers(inputs: int) -> dict[str, Tensor]:
    """Draw N(0, 1) for each parameter of `Adder` or `Variant`."""
    return _drawn(variant_shapes(inputs), seed=700)


@cache
def finder_numbers() -> dict[str, Tensor]:
    """Draw N(0, 1) for each parameter of `Finder`."""
    return _drawn(finder_shapes(), seed=720)


def _drawn(shapes: Shapes, seed: int) -> dict[str, Tensor]:
    return {name: normal(*shape, seed=seed + i) for i, (name, shape) in enumerate(shapes.items())}


@cache
def variant(values: str, weighing: str) -> Expected:
    """What `Variant` has to return for one choice; `Adder` is the choice of states and softmax."""
    x, parameters = sequences(seed=170), variant_numbers(H if values == "states" else 1)

    def result(parameters: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        return oracle.variant(parameters, x, values, weighing)

    return Expected(
        x=x,
        right=side_by_side(*result(parameters)),
        faults=variant_faults(parameters, x, values, weighing),
        steep=side_by_side(*result(steep(parameters, "w"))),
        gradients=_gradients(lambda p: result(p)[0], parameters),
    )


@cache
def finder() -> Expected:
    """What `Finder` has to return."""
    x, parameters = sequences(seed=171), finder_numbers()
    gradients = _gradients(lambda p: oracle.finder(p, x)[0], parameters)
    # A softmax does not notice what is added to all scores: this one gets no gradient.
    del gradients["score.2.bias"]
    return Expected(
        x=x,
        right=side_by_side(*oracle.finder(parameters, x)),
        faults=finder_faults(parameters, x),
        steep=side_by_side(*oracle.finder(steep(parameters, "score.2.weight"), x)),
        gradients=gradients,
    )


def side_by_side(answers: Tensor, weights: Tensor) -> Tensor:
    """Join answers (B,) and weights (B, T), so that one comparison sees both; (B, 1 + T)."""
    return torch.cat([answers[:, None], weights], dim=1)


def steep(parameters: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The parameters, one of them times `STEEP`."""
    return {**parameters, name: parameters[name] * STEEP}


def _gradients(
    answers: Callable[[Mapping[str, Tensor]], Tensor], parameters: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    leaves = {name: value.clone().requires_grad_(True) for name, value in parameters.items()}
    total = (answers(leaves) * COTANGENT).sum()
    found = torch.autograd.grad(total, list(leaves.values()))
    return dict(zip(leaves, found, strict=True))
