"""Oracles of the lecture `reviews`: its definitions by loops, one number or one word at a time.

Letters in shapes: B batch, T words, V vocabulary, D feature, N heads, M negatives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from course_lib.answers.reference import Parameters, dot, softmax


def keep_probability(counts: Tensor, t: float) -> Tensor:
    """min(1, sqrt(t / f)) for each word's share f of all; 1 for a word that never occurs."""
    total = float(counts.sum())
    kept = [min(1.0, math.sqrt(t * total / n)) if n else 1.0 for n in counts.tolist()]
    return torch.tensor(kept, dtype=counts.dtype)


def negative_distribution(counts: Tensor) -> Tensor:
    """Shares of the counts' powers 3/4."""
    powers = [math.sqrt(math.sqrt(n)) ** 3 for n in counts.tolist()]
    return torch.tensor([power / sum(powers) for power in powers], dtype=counts.dtype)


def skip_gram_loss(words: Tensor, neighbours: Tensor, negatives: Tensor) -> Tensor:
    """The mean over pairs of -log sigma(u c) - sum over negatives of log sigma(-u n)."""
    total = words.new_zeros(())
    for word, neighbour, others in zip(words, neighbours, negatives, strict=True):
        # -log sigma(s) = log(1 + exp(-s))
        total = total + torch.logaddexp(torch.zeros_like(total), -dot(word, neighbour))
        for other in others:
            total = total + torch.logaddexp(torch.zeros_like(total), dot(word, other))
    return total / len(words)


def nearest(vectors: Tensor, word: int, n: int) -> list[int]:
    """The n other words with the largest cosines, the largest first."""
    rows = vectors.tolist()

    def cosine(other: int) -> float:
        product = sum(a * b for a, b in zip(rows[word], rows[other], strict=True))
        return product / (math.hypot(*rows[other]) or 1.0)

    others = [other for other in range(len(rows)) if other != word]
    return sorted(others, key=cosine, reverse=True)[:n]


def head_weights(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Weights (B, N, T) of real words by loops; the padding has 0."""
    rows = []
    for words, real in zip(E, mask.tolist(), strict=True):
        places = [t for t, there in enumerate(real) if there]
        for head in A:
            shares = dict(zip(places, softmax([dot(head, words[t]) for t in places]), strict=True))
            rows += [shares.get(t, E.new_zeros(())) for t in range(len(real))]
    return torch.stack(rows).reshape(len(E), len(A), E.shape[1])


def classifier(parameters: Parameters, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities (B,) and weights (B, N, T) from a state dict of the taught network."""
    E = torch.stack([torch.stack([parameters["embedding.weight"][i] for i in row]) for row in ids])
    weights = head_weights(E, parameters["A"], mask)
    found = []
    for words, shares in zip(E, weights, strict=True):
        parts = [sum((w * x for w, x in zip(s, words, strict=True)), 0 * words[0]) for s in shares]
        score = dot(torch.cat(parts), parameters["out.weight"][0]) + parameters["out.bias"][0]
        found.append(1 / (1 + torch.exp(-score)))
    return torch.stack(found), weights


def f1_macro(labels: Sequence[int], guesses: Sequence[int]) -> float:
    """The mean of both classes' F1; 0 for a class that is neither there nor guessed."""
    scores = []
    for k in (0, 1):
        both = list(zip(labels, guesses, strict=True))
        right = sum(y == k and g == k for y, g in both)
        wrong = sum((y == k) != (g == k) for y, g in both)
        scores.append(2 * right / (2 * right + wrong) if right + wrong else 0.0)
    return sum(scores) / 2
