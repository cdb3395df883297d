"""Numbers for the networks of `vowels`, and what right ones make of them.

They are the same for every student, and the oracles are slow: all is computed once a process, and
nobody may change it. Letters in shapes: B batch, T time, D feature, H hidden, K classes; all sizes
differ, and so does 2H.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from course_lib.answers.asking import normal
from course_lib.answers.hidden.vowels_faults import (
    masked_faults,
    one_part,
    padded_faults,
    reader_faults,
)
from course_lib.answers.reference import vowels as oracle
from course_lib.lab.check import Fault
from course_lib.lab.layers import four_layers

B, T, D, H, K = 4, 7, 3, 5, 6
LENGTHS = torch.tensor([5, 2, 6, 3])
EXTREMES = torch.tensor([T, 1, T, 1])
COTANGENT = normal(B, K, seed=75)
STEEP = 1e4  # W times this gives scores of some thousands


@dataclass(frozen=True)
class Expected:
    """An input and what right and wrong networks make of it.

    Attributes:
        x: (B, T, D), zero on padding where lengths are given.
        right: The right result: logits (B, K), weights (B, T), or both side by side.
        faults: What known wrong networks return.
        one_part: Logits of networks whose classifier reads H numbers.
        steep: The right result with W times `STEEP`.
        gradients: Of ``(logits * COTANGENT).sum()``, by parameter.
    """

    x: Tensor
    right: Tensor
    faults: list[Fault]
    one_part: list[Fault]
    steep: Tensor
    gradients: dict[str, Tensor]


@cache
def parameter_shapes(W: tuple[int, int], inputs: int) -> dict[str, tuple[int, ...]]:
    """Name the parameters a network has to have, with their shapes."""
    shapes: dict[str, tuple[int, ...]] = {
        "lstm.weight_ih_l0": (4 * H, D),
        "lstm.weight_hh_l0": (4 * H, H),
        "lstm.bias_ih_l0": (4 * H,),
        "lstm.bias_hh_l0": (4 * H,),
        "W": W,
    }
    with torch.random.fork_rng(devices=[]):
        layers = four_layers(inputs, K).state_dict()
    return shapes | {f"classifier.{name}": tuple(value.shape) for name, value in layers.items()}


@cache
def numbers(W: tuple[int, int], inputs: int) -> dict[str, Tensor]:
    """Draw N(0, 1) for each parameter; layers are scaled so that their output is about N(0, 1)."""
    return {
        name: normal(*shape, seed=700 + i)
        * ((2 / shape[-1]) ** 0.5 if name.startswith("classifier") else 1.0)
        for i, (name, shape) in enumerate(parameter_shapes(W, inputs).items())
    }


@cache
def padded_classifier() -> Expected:
    """What `AttentionClassifier` has to return."""
    x, parameters = normal(B, T, D, seed=70), numbers((T, H), 2 * H)

    def logits(parameters: Mapping[str, Tensor]) -> Tensor:
        return oracle.attention_classifier_logits(parameters, x)

    return Expected(
        x=x,
        right=logits(parameters),
        faults=padded_faults(parameters, x),
        one_part=one_part(numbers((T, H), H), x, None),
        steep=logits(steep(parameters)),
        gradients=_gradients(logits, parameters),
    )


@cache
def reader() -> Expected:
    """What `AttentionReader` has to return."""
    x, parameters = normal(B, T, D, seed=71), numbers((T, H), 2 * H)
    return Expected(
        x=x,
        right=oracle.attention_classifier(parameters, x)[1],
        faults=reader_faults(parameters, x),
        one_part=[],
        steep=oracle.attention_classifier(steep(parameters), x)[1],
        gradients={},
    )


@cache
def masked() -> Expected:
    """What `MaskedAttentionClassifier` has to return for `LENGTHS`."""
    x = without_padding(normal(B, T, D, seed=72), LENGTHS)
    parameters = numbers((H, H), 2 * H)
    return Expected(
        x=x,
        right=masked_result(parameters, x, LENGTHS),
        faults=masked_faults(parameters, x, LENGTHS),
        one_part=one_part(numbers((H, H), H), x, LENGTHS),
        steep=masked_result(steep(parameters), x, LENGTHS),
        gradients=_gradients(lambda p: oracle.masked_classifier(p, x, LENGTHS)[0], parameters),
    )


@cache
def masked_extremes() -> tuple[tuple[Tensor, Tensor, Tensor], ...]:
    """Inputs, lengths and right results of short and full utterances, and of T = 1."""
    parameters = numbers((H, H), 2 * H)
    full = without_padding(normal(B, T, D, seed=74), EXTREMES)
    single, ones = normal(B, 1, D, seed=76), torch.ones(B, dtype=torch.int64)
    return (
        (full, EXTREMES, masked_result(parameters, full, EXTREMES)),
        (single, ones, masked_result(parameters, single, ones)),
    )


def masked_result(parameters: Mapping[str, Tensor], x: Tensor, lengths: Tensor) -> Tensor:
    """Logits and weights side by side, (B, K + T)."""
    return torch.cat(oracle.masked_classifier(parameters, x, lengths), dim=1)


def without_padding(x: Tensor, lengths: Tensor) -> Tensor:
    """Set the padded rows of (B, T, D) to 0."""
    return x * oracle.sequence_mask(lengths, x.shape[1])[:, :, None]


def steep(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parameters with W times `STEEP`."""
    return {**parameters, "W": parameters["W"] * STEEP}


def _gradients(
    logits: Callable[[Mapping[str, Tensor]], Tensor], parameters: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    leaves = {name: value.clone().requires_grad_(True) for name, value in parameters.items()}
    total = (logits(leaves) * COTANGENT).sum()
    found = torch.autograd.grad(total, list(leaves.values()))
    return dict(zip(leaves, found, strict=True))
