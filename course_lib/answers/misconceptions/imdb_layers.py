"""Wrong encoder layers of `imdb`.

Letters in shapes: B batch, T words, D width, N heads, F hidden width of the feed-forward part,
L layers, V words.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.imdb

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as nnf
from torch import Tensor

from course_lib.answers.forms.imdb import Layer
from course_lib.answers.registry import misconception


@misconception("imdb", "layer", fault="post_norm")
class PostNorm(Layer):
    """As in the paper of 2017."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        seen, weights = self.self_attn(x, mask)
        x = self.norm1(x + seen)
        return self.norm2(x + self.feed(x)), weights


@misconception("imdb", "layer", fault="no_residual_attention")
class NoFirstResidual(Layer):
    """x = attention."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        x, weights = self.self_attn(self.norm1(x), mask)
        return x + self.feed(self.norm2(x)), weights


@misconception("imdb", "layer", fault="no_residual_feed")
class NoSecondResidual(Layer):
    """x = feed."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        seen, weights = self.self_attn(self.norm1(x), mask)
        return self.feed(self.norm2(x + seen)), weights


@misconception("imdb", "layer", fault="residual_of_normed")
class ResidualOfNormed(Layer):
    """x = norm1(x) in one name."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        x = self.norm1(x)
        seen, weights = self.self_attn(x, mask)
        x = x + seen
        return x + self.feed(self.norm2(x)), weights


@misconception("imdb", "layer", fault="no_relu")
class NoRelu(Layer):
    """Two linear maps are one."""

    def squash(self, x: Tensor) -> Tensor:
        return x


@misconception("imdb", "layer", fault="gelu_for_relu")
class Gelu(Layer):
    """As many do today."""

    def squash(self, x: Tensor) -> Tensor:
        return nnf.gelu(x)


@misconception("imdb", "layer", fault="norm1_missing")
class NoFirstNorm(Layer):
    """Attention sees x."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        seen, weights = self.self_attn(x, mask)
        x = x + seen
        return x + self.feed(self.norm2(x)), weights


@misconception("imdb", "layer", fault="norm2_missing")
class NoSecondNorm(Layer):
    """The feed-forward part sees x."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        seen, weights = self.self_attn(self.norm1(x), mask)
        x = x + seen
        return x + self.feed(x), weights


@misconception("imdb", "layer", fault="norms_swapped")
class NormsSwapped(Layer):
    """norm2 first."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        seen, weights = self.self_attn(self.norm2(x), mask)
        x = x + seen
        return x + self.feed(self.norm1(x)), weights


@misconception("imdb", "layer", fault="feed_before_attention")
class FeedFirst(Layer):
    """The other order."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        x = x + self.feed(self.norm2(x))
        seen, weights = self.self_attn(self.norm1(x), mask)
        return x + seen, weights


@misconception("imdb", "layer", fault="mask_ignored")
class LayerUnmasked(Layer):
    """The mask is not passed on."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        return super().forward(x, torch.ones_like(mask))


@misconception("imdb", "layer", fault="attention_only")
class AttentionOnly(Layer):
    """No feed-forward part."""

    def feed(self, x: Tensor) -> Tensor:
        return 0 * self.linear2(self.linear1(x))


@misconception("imdb", "layer", fault="not_a_pair")
class LayerWithoutWeights(Layer):
    """The states alone."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        return super().forward(x, mask)[0]


@misconception("imdb", "layer", fault="padding_read")
class CentredOverTime(Layer):
    """Each feature minus its mean over time, padding and all."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        return super().forward(x - x.mean(dim=1, keepdim=True), mask)


@misconception("imdb", "layer", fault="depends_on_batch")
class BatchMean(Layer):
    """Numbers minus the batch's mean of the real words."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        return super().forward(x - x[mask].mean(dim=0), mask)


@misconception("imdb", "layer", fault="wrong_value")
class FeedHalved(Layer):
    """No fault with a name."""

    def feed(self, x: Tensor) -> Tensor:
        return super().feed(x) / 2


@misconception("imdb", "layer", fault="wrong_in_float32")
class CoarseFeed(Layer):
    """Half precision where it seems enough."""

    def feed(self, x: Tensor) -> Tensor:
        found = super().feed(x)
        return found if x.dtype is torch.float64 else found.bfloat16().float()


@misconception("imdb", "layer", fault="input_changed")
class AddedInPlace(Layer):
    """x += ..."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        seen, weights = self.self_attn(self.norm1(x), mask)
        with torch.no_grad():
            x += seen
        return x + self.feed(self.norm2(x)), weights


@misconception("imdb", "layer", fault="detached")
class AttentionDetached(Layer):
    """What the attention found is a constant."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        seen, weights = self.self_attn(self.norm1(x), mask)
        x = x + seen.detach()
        return x + self.feed(self.norm2(x)), weights
