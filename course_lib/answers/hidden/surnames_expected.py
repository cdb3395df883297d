"""The four networks of `surnames`: what they are built of, and what right ones make of our numbers.

The numbers are the same for every student, and the oracles are slow: all is computed once a
process, and nobody may change it. Letters in shapes: B batch, T letters, V characters, H hidden,
K classes, L layers. A network with attention returns weights too; its results are put side by side
as one tensor of R = K + T columns, for the other networks R = K.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from course_lib.answers.asking import normal
from course_lib.answers.hidden import surnames_faults as faults
from course_lib.answers.hidden.surnames_laws import EXTREMES, LENGTHS, B, H, K, T, V, padded
from course_lib.answers.reference import surnames as oracle
from course_lib.lab.check import Fault

L = 2
COTANGENT = normal(B, K, seed=90)
STEEP = 1e4  # `score` times this gives scores of some thousands

Shapes = dict[str, tuple[int, ...]]
OUT: Shapes = {"out.weight": (K, H), "out.bias": (K,)}
CELL: Shapes = {"U": (H, V), "W": (H, H), "b": (H,)}


def _gated(layer: str, gates: int, number: int, inputs: int) -> Shapes:
    return {
        f"{layer}.weight_ih_l{number}": (gates * H, inputs),
        f"{layer}.weight_hh_l{number}": (gates * H, H),
        f"{layer}.bias_ih_l{number}": (gates * H,),
        f"{layer}.bias_hh_l{number}": (gates * H,),
    }


@dataclass(frozen=True)
class Kind:
    """One of the four networks.

    Attributes:
        sizes: Keyword arguments that construct it.
        shapes: Its parameters.
        parts: What the exercise asks its constructor to make, with how to make it.
        attends: Whether it returns weights beside the log-probabilities.
        oracle: Maps parameters and one name (T, V) to its result (R,).
        alone: Results (R,) of known wrong networks for one name.
        batch: Results (B, R) of known wrong networks for the padded batch.
    """

    sizes: dict[str, int]
    shapes: Shapes
    parts: dict[str, str]
    attends: bool
    oracle: Callable[[Mapping[str, Tensor], Tensor], Tensor]
    alone: Callable[[Mapping[str, Tensor], Tensor], list[Fault]]
    batch: Callable[[Mapping[str, Tensor], Tensor, Tensor], list[Fault]]


def _attending(parameters: Mapping[str, Tensor], name: Tensor) -> Tensor:
    return torch.cat(oracle.attention_classifier(parameters, name))


_SIZES = {"V": V, "H": H, "K": K}
_OUT = "nn.Linear(H, K)"
OWN_NUMBERS = "nn.Parameter(...)"  # of the student's choice, small ones
KINDS = {
    "rnn_classifier": Kind(
        sizes=_SIZES,
        shapes=CELL | OUT,
        parts={"U": OWN_NUMBERS, "W": OWN_NUMBERS, "b": OWN_NUMBERS, "out": _OUT},
        attends=False,
        oracle=oracle.rnn_classifier,
        alone=faults.vanilla_alone,
        batch=faults.vanilla_batch,
    ),
    "gru_classifier": Kind(
        sizes=_SIZES,
        shapes=_gated("gru", 3, 0, V) | OUT,
        parts={"gru": "nn.GRU(V, H, batch_first=True)", "out": _OUT},
        attends=False,
        oracle=oracle.gru_classifier,
        alone=faults.gated_alone,
        batch=faults.gated_batch,
    ),
    "attention_classifier": Kind(
        sizes=_SIZES,
        shapes=_gated("gru", 3, 0, V) | {"score.weight": (1, H), "score.bias": (1,)} | OUT,
        parts={"gru": "nn.GRU(V, H, batch_first=True)", "score": "nn.Linear(H, 1)", "out": _OUT},
        attends=True,
        oracle=_attending,
        alone=faults.attending_alone,
        batch=faults.attending_batch,
    ),
    "lstm_classifier": Kind(
        sizes=_SIZES | {"layers": L},
        shapes=_gated("lstm", 4, 0, V) | _gated("lstm", 4, 1, H) | OUT,
        parts={"lstm": "nn.LSTM(V, H, num_layers=layers, batch_first=True)", "out": _OUT},
        attends=False,
        oracle=oracle.lstm_classifier,
        alone=faults.stacked_alone,
        batch=faults.stacked_batch,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """Inputs, and what right and wrong networks make of them.

    Attributes:
        name: One name, (T, V).
        x: Padded names of `LENGTHS`, (B, T, V).
        right_alone: (R,).
        right: (B, R).
        faults_alone: What known wrong networks return for `name`.
        faults: What they return for `x`.
        full: Padded names of `EXTREMES`, (B, T, V).
        right_full: (B, R).
        right_short: Of the first letter of each of `x` alone: (B, K), or (B, K + 1) with weights.
        steep: `right` with `score` times `STEEP`; without attention the same as `right`.
        gradients: Of ``(log-probabilities * COTANGENT).sum()`` for `x`, by parameter.
        gradients_alone: Of ``(log-probabilities * COTANGENT[0]).sum()`` for `name`.
    """

    name: Tensor
    x: Tensor
    right_alone: Tensor
    right: Tensor
    faults_alone: list[Fault]
    faults: list[Fault]
    full: Tensor
    right_full: Tensor
    right_short: Tensor
    steep: Tensor
    gradients: dict[str, Tensor]
    gradients_alone: dict[str, Tensor]


@cache
def numbers(kind: str) -> dict[str, Tensor]:
    """Draw about N(0, 1 / 2) for each parameter, float64."""
    shapes = KINDS[kind].shapes.items()
    return {name: 0.7 * normal(*shape, seed=900 + i) for i, (name, shape) in enumerate(shapes)}


def steep(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parameters with those of `score` times `STEEP`."""
    return {
        name: value * (STEEP if name.startswith("score.") else 1)
        for name, value in parameters.items()
    }


@cache
def expected(kind: str) -> Expected:
    """What a network of that kind has to return."""
    about, parameters = KINDS[kind], numbers(kind)
    name, x, full = normal(T, V, seed=91), padded(92), padded(93, EXTREMES)

    def batch(parameters: Mapping[str, Tensor], x: Tensor, lengths: Tensor = LENGTHS) -> Tensor:
        rows = []
        for row, n in zip(x, lengths.tolist(), strict=True):
            result = about.oracle(parameters, row[:n])
            missing = K + T - len(result) if about.attends else 0  # padding has no weight
            rows.append(torch.cat([result, result.new_zeros(missing)]))
        return torch.stack(rows)

    return Expected(
        name=name,
        x=x,
        right_alone=about.oracle(parameters, name),
        right=batch(parameters, x),
        faults_alone=about.alone(parameters, name),
        faults=about.batch(parameters, x, LENGTHS),
        full=full,
        right_full=batch(parameters, full, EXTREMES),
        right_short=torch.stack([about.oracle(parameters, row[:1]) for row in x]),
        steep=batch(steep(parameters), x),
        gradients=_gradients(lambda p: batch(p, x)[:, :K], parameters, COTANGENT),
        gradients_alone=_gradients(lambda p: about.oracle(p, name)[:K], parameters, COTANGENT[0]),
    )


def _gradients(
    result: Callable[[Mapping[str, Tensor]], Tensor],
    parameters: Mapping[str, Tensor],
    cotangent: Tensor,
) -> dict[str, Tensor]:
    leaves = {name: value.clone().requires_grad_(True) for name, value in parameters.items()}
    total = (result(leaves) * cotangent).sum()
    # One number added to all scores changes no weight: that gradient is 0, but for rounding.
    wanted = {name: leaf for name, leaf in leaves.items() if name != "score.bias"}
    return dict(zip(wanted, torch.autograd.grad(total, list(wanted.values())), strict=True))
