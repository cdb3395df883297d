"""Oracles of the lecture `surnames`: its definitions in another form than the taught one.

What students write by hand (the vanilla cell, its unrolling, the log-softmax) comes from torch's
own kernels here; what they take from torch (GRU, LSTM) is unrolled number by number. No oracle
knows of padding: a name of a batch is cut to its length and read alone. All functions are
differentiable in their floating-point arguments.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes, L layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

Parameters = Mapping[str, Tensor]


def rnn_states(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Run torch's vanilla RNN over one name.

    Args:
        x: One name, (T, V).
        U: From the letter, (H, V).
        W: From the old state, (H, H).
        b: The bias, (H,).

    Returns:
        The states after each letter, (T, H); the state before the first is 0.
    """
    start = x.new_zeros(1, 1, len(b))  # (L, B, H)
    states, _ = torch.rnn_tanh(
        x[None], start, [U, W, b, torch.zeros_like(b)], True, 1, 0.0, False, False, True
    )
    return states[0]


def rnn_step(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """One step of torch's vanilla cell, for letters (B, V) and states (B, H); (B, H)."""
    return torch.rnn_tanh_cell(x, h, U, W, b, torch.zeros_like(b))


def rnn_step_alone(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The same for one letter (V,) and one state (H,); (H,)."""
    return rnn_step(x[None], h[None], U, W, b)[0]


def rnn_last(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The last real states (B, H) of names (B, T, V), each cut to its length and run alone."""
    rows = zip(x, lengths.tolist(), strict=True)
    return torch.stack([rnn_states(name[:n], U, W, b)[-1] for name, n in rows])


def log_softmax(scores: Tensor) -> Tensor:
    """Logarithms of the softmax over the last dimension, by torch; any shape."""
    return torch.nn.functional.log_softmax(scores, dim=-1)


def gru_step(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    """One step of a GRU, unit by unit.

    Args:
        x: Letters, (B, V).
        h: Old states, (B, H).
        W_ih: (3H, V): the rows of r, of z and of n one after the other, as in torch.nn.GRU.
        W_hh: (3H, H), likewise.
        b_ih: (3H,), likewise.
        b_hh: (3H,), likewise.

    Returns:
        The new states, (B, H).
    """
    H = h.shape[1]

    def unit(letter: Tensor, old: Tensor, k: int) -> Tensor:
        into = [_dot(W_ih[part * H + k], letter) + b_ih[part * H + k] for part in range(3)]
        across = [_dot(W_hh[part * H + k], old) + b_hh[part * H + k] for part in range(3)]
        r, z = (1 / (1 + torch.exp(-into[part] - across[part])) for part in range(2))
        n = torch.tanh(into[2] + r * across[2])
        return n + z * (old[k] - n)

    rows = [[unit(letter, old, k) for k in range(H)] for letter, old in zip(x, h, strict=True)]
    return torch.stack([torch.stack(row) for row in rows])


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum()


def gru_states(parameters: Parameters, x: Tensor) -> Tensor:
    """Unroll the GRU whose parameters begin with ``gru.`` over one name (T, V); (T, H)."""
    W_ih, W_hh, b_ih, b_hh = (
        parameters[f"gru.{part}_l0"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    H = W_hh.shape[1]
    h, states = x.new_zeros(H), []
    for letter in x:
        into, across = W_ih @ letter + b_ih, W_hh @ h + b_hh  # (3H,)
        r = torch.sigmoid(into[:H] + across[:H])
        z = torch.sigmoid(into[H : 2 * H] + across[H : 2 * H])
        n = torch.tanh(into[2 * H :] + r * across[2 * H :])
        h = n - z * n + z * h
        states.append(h)
    return torch.stack(states)


def lstm_states(parameters: Parameters, x: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Unroll the LSTM whose parameters begin with ``lstm.`` over one name (T, V).

    Returns:
        For each layer, from the lowest, its hidden states and its cells, both (T, H).
    """
    layers: list[tuple[Tensor, Tensor]] = []
    below = x
    while f"lstm.weight_ih_l{len(layers)}" in parameters:
        layers.append(_lstm_layer(parameters, below, len(layers)))
        below = layers[-1][0]
    return layers


def _lstm_layer(parameters: Parameters, x: Tensor, layer: int) -> tuple[Tensor, Tensor]:
    W_ih, W_hh, b_ih, b_hh = (
        parameters[f"lstm.{part}_l{layer}"]
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    H = W_hh.shape[1]
    h, c = x.new_zeros(H), x.new_zeros(H)
    hidden, cells = [], []
    for letter in x:
        gates = W_ih @ letter + b_ih + W_hh @ h + b_hh  # (4H,)
        i, f, g, o = (gates[part * H : (part + 1) * H] for part in range(4))
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        hidden.append(h)
        cells.append(c)
    return torch.stack(hidden), torch.stack(cells)


def scores(parameters: Parameters, feature: Tensor) -> Tensor:
    """What ``out`` makes of one feature vector (H,), before any softmax; (K,)."""
    weight, bias = parameters["out.weight"], parameters["out.bias"]
    return torch.stack([_dot(row, feature) for row in weight]) + bias


def rnn_classifier(parameters: Parameters, name: Tensor) -> Tensor:
    """Log-probabilities (K,) of one name (T, V) from ``U``, ``W``, ``b`` and ``out``."""
    states = rnn_states(name, parameters["U"], parameters["W"], parameters["b"])
    return log_softmax(scores(parameters, states[-1]))


def gru_classifier(parameters: Parameters, name: Tensor) -> Tensor:
    """Log-probabilities (K,) of one name (T, V) from ``gru`` and ``out``."""
    return log_softmax(scores(parameters, gru_states(parameters, name)[-1]))


def lstm_classifier(parameters: Parameters, name: Tensor) -> Tensor:
    """Log-probabilities (K,) of one name (T, V) from ``lstm`` and ``out``."""
    hidden, _ = lstm_states(parameters, name)[-1]
    return log_softmax(scores(parameters, hidden[-1]))


def attention_scores(parameters: Parameters, states: Tensor) -> Tensor:
    """e_j = w . h_j + b with ``score``, one number for each state (T, H); (T,)."""
    weight, bias = parameters["score.weight"][0], parameters["score.bias"][0]
    return torch.stack([_dot(weight, h) + bias for h in states])


def attention_classifier(parameters: Parameters, name: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities (K,) and weights (T,) of one name (T, V), summed letter by letter."""
    states = gru_states(parameters, name)
    e = attention_scores(parameters, states)
    powers = torch.exp(e - e.max())
    weights = powers / powers.sum()
    context = torch.zeros_like(states[0])
    for weight, state in zip(weights, states, strict=True):
        context = context + weight * state
    return log_softmax(scores(parameters, context)), weights


def confusion_matrix(labels: Sequence[int], guesses: Sequence[int], K: int) -> Tensor:
    """Count, pair by pair, how often class i was taken for class j; (K, K) int64."""
    counts = [[0] * K for _ in range(K)]
    for label, guess in zip(labels, guesses, strict=True):
        counts[label][guess] += 1
    return torch.tensor(counts, dtype=torch.int64)
