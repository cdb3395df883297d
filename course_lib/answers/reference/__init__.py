"""Oracles: each definition once more, in another form than the taught one.

Here is what the oracles of several lectures share, as explicit loops, one number at a time. All
functions are differentiable in their floating-point arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

Parameters = Mapping[str, Tensor]


def softmax(scores: Sequence[Tensor]) -> list[Tensor]:
    """Softmax of a list of numbers, the largest subtracted first so that none overflows."""
    largest = max(float(score.detach()) for score in scores)
    powers = [torch.exp(score - largest) for score in scores]
    total = sum(powers[1:], powers[0])
    return [power / total for power in powers]


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Sum the products of two vectors, term by term."""
    terms = [a[i] * b[i] for i in range(len(a))]
    return sum(terms[1:], terms[0])


def lstm_states(parameters: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
    """Run an LSTM of one layer and one direction cell by cell.

    Args:
        parameters: A state dict with ``lstm.weight_ih_l0`` (4H, D), ``lstm.weight_hh_l0`` (4H, H),
            ``lstm.bias_ih_l0`` and ``lstm.bias_hh_l0`` (4H,): the gates i, f, g, o one after the
            other, as in the documentation of torch.nn.LSTM.
        x: (B, T, D).

    Returns:
        The hidden states and the cell states, both (B, T, H).
    """
    into, across = parameters["lstm.weight_ih_l0"], parameters["lstm.weight_hh_l0"]
    bias = parameters["lstm.bias_ih_l0"] + parameters["lstm.bias_hh_l0"]
    H = across.shape[1]
    hidden, cells = [], []
    for sequence in x:
        h, c = x.new_zeros(H), x.new_zeros(H)
        for step in sequence:
            gates = into @ step + across @ h + bias  # (4H,)
            i, f, g, o = (gates[n * H : (n + 1) * H] for n in range(4))
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            hidden.append(h)
            cells.append(c)
    shape = (*x.shape[:2], H)
    return torch.stack(hidden).reshape(shape), torch.stack(cells).reshape(shape)
