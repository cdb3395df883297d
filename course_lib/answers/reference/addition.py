"""Oracles of the lecture `addition`: its definitions as explicit loops, one number at a time.

Nothing here is fast, and nothing resembles what is taught: two derivations have to meet. The
functions of weights are differentiable in their floating-point arguments.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.reference import Parameters, dot, lstm_states, softmax


def addends(x: Tensor) -> Tensor:
    """True at (b, t) if no 0 stands at one of the places 0..t of row b; (B, T) bool."""
    rows = []
    for numbers in x.tolist():
        position = numbers.index(0.0)
        rows.append([t < position for t in range(len(numbers))])
    return torch.tensor(rows)


def scores(states: Tensor, w: Tensor) -> Tensor:
    """Score step t of sequence b by sum over h of states[b, t, h] w[h]; (B, T)."""
    return torch.stack([torch.stack([dot(state, w) for state in sequence]) for sequence in states])


def attention_weights(states: Tensor, w: Tensor) -> Tensor:
    """Softmax over time of `scores`; (B, T)."""
    return torch.stack([torch.stack(softmax(list(row))) for row in scores(states, w)])


def gates(states: Tensor, w: Tensor) -> Tensor:
    """1 / (1 + exp(-score)) for every step by itself; (B, T)."""
    return 1 / (1 + torch.exp(-scores(states, w)))


def weighted_sum(weights: Tensor, values: Tensor) -> Tensor:
    """Sum over t of weights[b, t] values[b, t]; (B, D)."""
    rows = []
    for shares, sequence in zip(weights, values, strict=True):
        total = torch.zeros_like(sequence[0])
        for share, value in zip(shares, sequence, strict=True):
            total = total + share * value
        rows.append(total)
    return torch.stack(rows)


def read_out(parameters: Parameters, features: Tensor) -> Tensor:
    """Apply ``readout.weight`` (1, D) and ``readout.bias`` (1,) to (B, D); (B,)."""
    weight, bias = parameters["readout.weight"], parameters["readout.bias"]
    return torch.stack([dot(weight[0], row) + bias[0] for row in features])


def variant(parameters: Parameters, x: Tensor, values: str, weighing: str) -> tuple[Tensor, Tensor]:
    """Compute the answers (B,) and weights (B, T) of `Variant` from a state dict.

    Args:
        parameters: The state dict: ``lstm.*``, ``w`` (H,), ``readout.*``.
        x: (B, T).
        values: ``states`` or ``inputs``.
        weighing: ``softmax``, ``gates`` or ``mean x count``.
    """
    states, _ = lstm_states(parameters, x[:, :, None])
    weigh = gates if weighing == "gates" else attention_weights
    weights = weigh(states, parameters["w"])
    total = weighted_sum(weights, states if values == "states" else x[:, :, None])
    if weighing == "mean x count":
        counts = [row.index(0.0) for row in x.tolist()]
        total = torch.stack([row * count for row, count in zip(total, counts, strict=True)])
    return read_out(parameters, total), weights


def adder(parameters: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the answers (B,) and weights (B, T) of `Adder` from a state dict."""
    return variant(parameters, x, "states", "softmax")


def squared_error(weights: Tensor, mask: Tensor) -> Tensor:
    """Mean over t of (weights[b, t] - 1 or 0)^2; (B,)."""
    rows = []
    for shares, truths in zip(weights, mask.tolist(), strict=True):
        terms = [
            (share - 1) ** 2 if true else share**2
            for share, true in zip(shares, truths, strict=True)
        ]
        rows.append(sum(terms[1:], terms[0]) / len(terms))
    return torch.stack(rows)


def lit(weights: Tensor) -> list[set[int]]:
    """Name, for each row, the steps whose weight is at least half of the row's largest."""
    return [
        {t for t, weight in enumerate(row) if 2 * weight >= max(row)} for row in weights.tolist()
    ]


def overlap(weights: Tensor, mask: Tensor) -> Tensor:
    """Steps both lit and true, over steps lit or true; (B,) in the dtype of the weights."""
    rows = []
    for steps, truths in zip(lit(weights), mask.tolist(), strict=True):
        true = {t for t, truth in enumerate(truths) if truth}
        rows.append(len(steps & true) / len(steps | true))
    return torch.tensor(rows, dtype=weights.dtype)


def mass(weights: Tensor, where: Tensor) -> Tensor:
    """Sum of weights[b, t] at the steps where it is True, over the sum of all; (B,)."""
    rows = []
    for shares, truths in zip(weights, where.tolist(), strict=True):
        there, everything = weights.new_zeros(()), weights.new_zeros(())
        for share, true in zip(shares, truths, strict=True):
            everything = everything + share
            there = there + share if true else there
        rows.append(there / everything)
    return torch.stack(rows)


def before(attention: Tensor) -> Tensor:
    """Take the attention off 1, step by step from the left; (B, T)."""
    rows = []
    for shares in attention:
        left, gates = torch.ones_like(shares[0]), []
        for share in shares:
            left = left - share
            gates.append(left)
        rows.append(torch.stack(gates))
    return torch.stack(rows)


def finder_scores(parameters: Parameters, x: Tensor) -> Tensor:
    """Score every number by itself with the two layers of ``score``, tanh between; (B, T)."""
    first, shift = parameters["score.0.weight"][:, 0], parameters["score.0.bias"]
    second, last = parameters["score.2.weight"][0], parameters["score.2.bias"][0]
    return torch.stack(
        [
            torch.stack([dot(second, torch.tanh(number * first + shift)) + last for number in row])
            for row in x
        ]
    )


def finder(parameters: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the answers (B,) and gates (B, T) of `Finder` from a state dict."""
    rows = [torch.stack(softmax(list(row))) for row in finder_scores(parameters, x)]
    opened = before(torch.stack(rows))
    return weighted_sum(opened, x[:, :, None])[:, 0], opened


def moved(x: Tensor, steps: Tensor) -> Tensor:
    """Move one number of each row by a half, towards the half of [0, 1) it is not in; (B, T)."""
    rows = [list(row) for row in x]
    for row, step in zip(rows, steps.tolist(), strict=True):
        row[step] = row[step] + 0.5 if float(row[step]) < 0.5 else row[step] - 0.5
    return torch.stack([torch.stack(row) for row in rows])
