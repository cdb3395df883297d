"""Wrong multi-head attentions of `imdb`.

Letters in shapes: B batch, T words, D width, N heads, F hidden width of the feed-forward part,
L layers, V words.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.imdb

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from course_lib.answers.forms.imdb import Heads, attention
from course_lib.answers.registry import misconception


@misconception("imdb", "heads", fault="starts_large")
class StartsLarge(Heads):
    """Multiplied by the root of the width for divided by it."""

    def __init__(self, D: int, N: int) -> None:
        super().__init__(D, N)
        self.in_proj_weight = nn.Parameter(torch.randn(3 * D, D) * D**0.5)


@misconception("imdb", "heads", fault="split_by_reshape")
class SplitByReshape(Heads):
    """view(B, N, T, d)."""

    def split(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), self.N, x.shape[1], -1)


@misconception("imdb", "heads", fault="heads_interleaved")
class Interleaved(Heads):
    """unflatten into (d, N)."""

    def split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.N)).permute(0, 3, 1, 2)


@misconception("imdb", "heads", fault="joined_by_reshape")
class JoinedByReshape(Heads):
    """No transpose on the way back."""

    def join(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), x.shape[2], -1)


@misconception("imdb", "heads", fault="heads_not_joined")
class NotJoined(Heads):
    """Returns the heads."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        q, k, v = map(self.split, self.project(x))
        return self.attend(q, k, v, mask)


@misconception("imdb", "heads", fault="no_out_proj")
class NoOutProj(Heads):
    """The heads side by side, and that is all."""

    def finish(self, x: Tensor) -> Tensor:
        return x


@misconception("imdb", "heads", fault="scaled_by_model_width")
class ScaledByModelWidth(Heads):
    """sqrt(D) for sqrt(D / N)."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return super().attend(q / self.N**0.5, k, v, mask)


@misconception("imdb", "heads", fault="q_and_k_swapped")
class KeysFirst(Heads):
    """k, q, v."""

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        q, k, v = super().project(x)
        return k, q, v


@misconception("imdb", "heads", fault="k_and_v_swapped")
class ValuesSecond(Heads):
    """q, v, k."""

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        q, k, v = super().project(x)
        return q, v, k


@misconception("imdb", "heads", fault="bias_missing")
class NoBias(Heads):
    """in_proj_bias is made and not used."""

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        return nnf.linear(x, self.in_proj_weight).chunk(3, dim=-1)


@misconception("imdb", "heads", fault="mask_ignored")
class HeadsUnmasked(Heads):
    """No mask."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return attention(q, k, v, torch.ones_like(mask)[:, None, None, :])


@misconception("imdb", "heads", fault="raised")
class MaskOfThreeDimensions(Heads):
    """mask[:, None, :] does not fit the heads."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return attention(q, k, v, mask[:, None, :])


@misconception("imdb", "heads", fault="not_finite")
class MaskOnQueries(Heads):
    """mask[:, None, :, None] leaves padded queries without a key."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return attention(q, k, v, mask[:, None, :, None])


@misconception("imdb", "heads", fault="inputs_as_values")
class InputsAsValues(Heads):
    """softmax(q k) x."""

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        q, k, _ = super().project(x)
        return q, k, x


@misconception("imdb", "heads", fault="residual_inside")
class ResidualInside(Heads):
    """x is added."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        found, weights = super().forward(x, mask)
        return found + x, weights


@misconception("imdb", "heads", fault="weights_averaged")
class WeightsAveraged(Heads):
    """As torch does by default."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        found, weights = super().forward(x, mask)
        return found, weights.mean(dim=1)


@misconception("imdb", "heads", fault="time_first")
class TimeFirst(Heads):
    """(T, B, D)."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        found, weights = super().forward(x, mask)
        return found.transpose(0, 1), weights


@misconception("imdb", "heads", fault="wrong_parameters")
class NoInProj(Heads):
    """A layer of another name."""

    def __init__(self, D: int, N: int) -> None:
        super().__init__(D, N)
        del self.in_proj_weight
        self.qkv = nn.Linear(D, 3 * D)


@misconception("imdb", "heads", fault="extra_parameters")
class OneMatrixMore(Heads):
    """A layer that nobody asked for."""

    def __init__(self, D: int, N: int) -> None:
        super().__init__(D, N)
        self.values = nn.Linear(D, D)


@misconception("imdb", "heads", fault="frozen")
class Frozen(Heads):
    """requires_grad=False."""

    def __init__(self, D: int, N: int) -> None:
        super().__init__(D, N)
        self.in_proj_weight.requires_grad_(False)


@misconception("imdb", "heads", fault="random_in_eval")
class AlwaysDropping(Heads):
    """Dropout in every mode."""

    def finish(self, x: Tensor) -> Tensor:
        return nnf.dropout(self.out_proj(x), 0.1)
