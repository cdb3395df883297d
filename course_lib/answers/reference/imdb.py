"""Oracles of the lecture `imdb`: its definitions in another form than the taught one.

What students write by hand (attention, heads, the encoder layer) comes from torch's own modules;
what they take from torch (the layers of the classifier) is written out here. Reviews of a batch are
cut to their length and run alone where padding could play a part. All functions are differentiable
in their floating-point arguments.

Letters in shapes: B batch, Q queries, T keys or words, D width, E width of values, N heads,
F hidden width of the feed-forward part, L layers, V words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

Parameters = Mapping[str, Tensor]
Pair = tuple[Tensor, Tensor]


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Pair:
    """Torch's scaled dot-product attention; the weights are what it makes of unit vectors.

    Args:
        q: (..., Q, D).
        k: (..., T, D).
        v: (..., T, E).
        mask: Bool, True where a key is real; spreads to (..., Q, T).

    Returns:
        The sums of values (..., Q, E) and the weights (..., Q, T).
    """
    T = k.shape[-2]
    units = torch.eye(T, dtype=v.dtype).expand(*v.shape[:-1], T)
    full = mask.expand(*q.shape[:-1], T)
    return (
        F.scaled_dot_product_attention(q, k, v, attn_mask=full),
        F.scaled_dot_product_attention(q, k, units, attn_mask=full),
    )


def multi_head(parameters: Parameters, x: Tensor, mask: Tensor, N: int) -> Pair:
    """Torch's multi-head attention of words among themselves.

    Args:
        parameters: As `torch.nn.MultiheadAttention` names them.
        x: (B, T, D).
        mask: (B, T) bool, True where a word is real.
        N: Heads.

    Returns:
        (B, T, D), and the weights of each head, (B, N, T, T).
    """
    turned = x.transpose(0, 1)  # (T, B, D), as torch's function wants it
    found, weights = F.multi_head_attention_forward(
        query=turned, key=turned, value=turned,
        embed_dim_to_check=x.shape[2], num_heads=N,
        in_proj_weight=parameters["in_proj_weight"], in_proj_bias=parameters["in_proj_bias"],
        bias_k=None, bias_v=None, add_zero_attn=False, dropout_p=0.0,
        out_proj_weight=parameters["out_proj.weight"], out_proj_bias=parameters["out_proj.bias"],
        key_padding_mask=~mask, average_attn_weights=False,
    )  # fmt: skip
    assert weights is not None
    return found.transpose(0, 1), weights


def positions(T: int, D: int) -> Tensor:
    """The sinusoidal positions, number by number: (T, D) float64."""

    def angle(t: int, j: int) -> float:
        return t * 10_000 ** (-(j - j % 2) / D)

    numbers = [[(math.sin, math.cos)[j % 2](angle(t, j)) for j in range(D)] for t in range(T)]
    return torch.tensor(numbers, dtype=torch.float64)


def encoder_layer(parameters: Parameters, x: Tensor, mask: Tensor, N: int) -> Pair:
    """Torch's pre-norm encoder layer, and the weights of its attention.

    Args:
        parameters: As `torch.nn.TransformerEncoderLayer` names them.
        x: (B, T, D).
        mask: (B, T) bool.
        N: Heads.

    Returns:
        (B, T, D) and (B, N, T, T).
    """
    F_, D = parameters["linear1.weight"].shape
    layer = nn.TransformerEncoderLayer(
        D, N, F_, dropout=0.0, batch_first=True, norm_first=True, dtype=x.dtype
    )
    found = functional_call(layer, dict(parameters), (x,), {"src_key_padding_mask": ~mask})
    normed = F.layer_norm(x, (D,), parameters["norm1.weight"], parameters["norm1.bias"])
    _, weights = multi_head(part(parameters, "self_attn."), normed, mask, N)
    return found, weights


def part(parameters: Parameters, prefix: str) -> dict[str, Tensor]:
    """The parameters whose name begins with `prefix`, without it."""
    return {
        name.removeprefix(prefix): value
        for name, value in parameters.items()
        if name.startswith(prefix)
    }


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """The mean of the real states of each row (B, T, D), row by row: (B, D)."""
    rows = zip(states, mask, strict=True)
    return torch.stack([torch.stack(list(row[real])).mean(dim=0) for row, real in rows])


def layer_by_hand(parameters: Parameters, x: Tensor, N: int) -> Tensor:
    """A pre-norm layer on one review (T, D) without padding, head by head: (T, D)."""
    D = x.shape[1]
    d = D // N
    normed = _norm(x, parameters, "norm1")
    projected = normed @ parameters["self_attn.in_proj_weight"].T
    projected = projected + parameters["self_attn.in_proj_bias"]
    heads = []
    for n in range(N):
        q, k, v = (projected[:, i * D + n * d : i * D + (n + 1) * d] for i in range(3))
        heads.append(torch.softmax(torch.einsum("qd,td->qt", q, k) / d**0.5, dim=1) @ v)
    mixed = torch.cat(heads, dim=1) @ parameters["self_attn.out_proj.weight"].T
    x = x + mixed + parameters["self_attn.out_proj.bias"]
    up = _norm(x, parameters, "norm2") @ parameters["linear1.weight"].T + parameters["linear1.bias"]
    return x + up.clamp(min=0) @ parameters["linear2.weight"].T + parameters["linear2.bias"]


def _norm(x: Tensor, parameters: Parameters, name: str) -> Tensor:
    centred = x - x.mean(dim=1, keepdim=True)
    scaled = centred / (centred.square().mean(dim=1, keepdim=True) + 1e-5).sqrt()
    return scaled * parameters[f"{name}.weight"] + parameters[f"{name}.bias"]


def encoder_classifier(parameters: Parameters, ids: Tensor, N: int) -> Tensor:
    """Score reviews (B, T), each cut to its words and alone: (B,)."""
    layers = len({name.split(".")[1] for name in parameters if name.startswith("layers.")})
    scores = []
    for review in ids:
        x = parameters["embedding.weight"][review[review != 0]]  # (T, D)
        x = x + positions(*x.shape).to(x.dtype)
        for number in range(layers):
            x = layer_by_hand(part(parameters, f"layers.{number}."), x, N)
        state = _norm(x, parameters, "norm").mean(dim=0)
        scores.append((parameters["out.weight"] @ state + parameters["out.bias"])[0])
    return torch.stack(scores)


def accuracy(scores: Sequence[float], labels: Sequence[int]) -> float:
    """The share of reviews whose score has the right sign, counted one by one."""
    pairs = zip(scores, labels, strict=True)
    return sum((score > 0) == (label == 1) for score, label in pairs) / len(scores)


def erased(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """Make the `number` known words of highest weight unknown, review by review: (B, T)."""
    found = ids.clone()
    for review, weight in zip(found, weights.tolist(), strict=True):
        words = [t for t, word in enumerate(review.tolist()) if word > 2]
        for t in sorted(words, key=lambda t: -weight[t])[:number]:
            review[t] = 2
    return found
