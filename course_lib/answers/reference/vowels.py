"""Oracles of the lecture `vowels`: its definitions as explicit loops, one number at a time.

Nothing here is fast, and nothing resembles what is taught: two derivations have to meet. All
functions are differentiable in their floating-point arguments.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from course_lib.answers.reference import Parameters as Parameters
from course_lib.answers.reference import dot
from course_lib.answers.reference import lstm_states as lstm_states
from course_lib.answers.reference import softmax as softmax


def pad_sequences(utterances: Sequence[Tensor], T: int) -> Tensor:
    """Fill (B, T, D) frame by frame; zero where an utterance has no frame."""
    nothing = torch.zeros_like(utterances[0][0])
    return torch.stack(
        [
            torch.stack([frames[t] if t < len(frames) else nothing for t in range(T)])
            for frames in utterances
        ]
    )


def time_scores(states: Tensor, W: Tensor) -> Tensor:
    """Score step t of utterance b by sum over h of states[b, t, h] W[t, h]; (B, T)."""
    B, T, _ = states.shape
    return torch.stack([torch.stack([dot(states[b, t], W[t]) for t in range(T)]) for b in range(B)])


def time_weights(states: Tensor, W: Tensor) -> Tensor:
    """Softmax over time of `time_scores`; (B, T)."""
    return torch.stack([torch.stack(softmax(list(row))) for row in time_scores(states, W)])


def context_vector(weights: Tensor, states: Tensor) -> Tensor:
    """Sum over t of weights[b, t] states[b, t]; (B, H)."""
    rows = []
    for b in range(len(states)):
        total = torch.zeros_like(states[b, 0])
        for t in range(states.shape[1]):
            total = total + weights[b, t] * states[b, t]
        rows.append(total)
    return torch.stack(rows)


def padding_mass(weights: Tensor, lengths: Tensor) -> Tensor:
    """Sum over t >= lengths[b] of weights[b, t]; (B,)."""
    masses = []
    for b, length in enumerate(lengths.tolist()):
        mass = weights.new_zeros(())
        for t in range(length, weights.shape[1]):
            mass = mass + weights[b, t]
        masses.append(mass)
    return torch.stack(masses)


def sequence_mask(lengths: Tensor, T: int) -> Tensor:
    """True at (b, t) where t < lengths[b]; (B, T) bool."""
    return torch.tensor([[t < length for t in range(T)] for length in lengths.tolist()])


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the steps where the mask is True, 0 elsewhere; (B, T)."""
    rows = []
    for row, real in zip(scores, mask.tolist(), strict=True):
        steps = [t for t, is_real in enumerate(real) if is_real]
        shares = dict(zip(steps, softmax([row[t] for t in steps]), strict=True))
        rows.append(torch.stack([shares.get(t, row.new_zeros(())) for t in range(len(real))]))
    return torch.stack(rows)


def last_states(states: Tensor, lengths: Tensor) -> Tensor:
    """Take states[b, lengths[b] - 1]; (B, H)."""
    return torch.stack([states[b, length - 1] for b, length in enumerate(lengths.tolist())])


def bilinear_scores(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """Sum over i, j of states[b, t, i] W[i, j] last[b, j]; (B, T)."""
    return torch.stack(
        [
            torch.stack([dot(h, torch.stack([dot(row, last[b]) for row in W])) for h in states[b]])
            for b in range(len(states))
        ]
    )


def classify(parameters: Parameters, features: Tensor) -> Tensor:
    """Apply the linear layers of ``classifier`` in their order, ReLU between; no dropout.

    Args:
        parameters: A state dict with ``classifier.<n>.weight`` and ``classifier.<n>.bias``.
        features: (B, inputs of the first layer).

    Returns:
        The logits, (B, K).
    """
    layers = sorted({int(k.split(".")[1]) for k in parameters if k.startswith("classifier.")})
    for layer in layers:
        if layer != layers[0]:
            features = torch.where(features > 0, features, torch.zeros_like(features))
        weight, bias = (parameters[f"classifier.{layer}.{part}"] for part in ("weight", "bias"))
        features = torch.stack([weight @ row + bias for row in features])
    return features


def attention_classifier(parameters: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
    """Compute logits (B, K) and weights (B, T) of the first form from a state dict.

    The weights are `time_weights` of the states and ``W`` (T, H); the classifier reads the context
    and then the state of the last step, padding or not.
    """
    states, _ = lstm_states(parameters, x)
    weights = time_weights(states, parameters["W"])
    features = torch.cat([context_vector(weights, states), states[:, -1]], dim=1)
    return classify(parameters, features), weights


def attention_classifier_logits(parameters: Parameters, x: Tensor) -> Tensor:
    """Compute the logits (B, K) of `attention_classifier`."""
    return attention_classifier(parameters, x)[0]


def masked_classifier(parameters: Parameters, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Compute logits (B, K) and weights (B, T) of the second form from a state dict.

    Each utterance is cut to its length, so that padding cannot play a part.
    """
    features, weights = [], []
    for utterance, length in zip(x, lengths.tolist(), strict=True):
        states, _ = lstm_states(parameters, utterance[None, :length])  # (1, t, H)
        last = states[:, -1]
        shares = torch.stack(softmax(list(bilinear_scores(states, last, parameters["W"])[0])))
        context = context_vector(shares[None], states)
        features.append(torch.cat([context[0], last[0]]))
        weights.append(torch.cat([shares, shares.new_zeros(x.shape[1] - length)]))
    return classify(parameters, torch.stack(features)), torch.stack(weights)
