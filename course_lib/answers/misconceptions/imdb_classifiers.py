"""Wrong encoder classifiers of `imdb`.

Letters in shapes: B batch, T words, D width, N heads, F hidden width of the feed-forward part,
L layers, V words.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.imdb
# ruff: noqa: ARG002 - a form takes what its step is given, whether it needs it or not

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_lib.answers.forms.imdb import Encoder, masked_mean
from course_lib.answers.registry import misconception


@misconception("imdb", "classifier", fault="positions_missing")
class NoPositions(Encoder):
    """Words without order."""

    def embed(self, ids: Tensor) -> Tensor:
        return self.embedding(ids)


@misconception("imdb", "classifier", fault="layers_unmasked")
class LayersUnmasked(Encoder):
    """No src_key_padding_mask."""

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        return super().encode(x, torch.ones_like(mask))


@misconception("imdb", "classifier", fault="mask_inverted")
class MaskTheOtherWay(Encoder):
    """src_key_padding_mask=mask."""

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        return super().encode(x, ~mask)


@misconception("imdb", "classifier", fault="padding_in_mean")
class MeanOfAll(Encoder):
    """mean(dim=1)."""

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        return states.mean(dim=1)


@misconception("imdb", "classifier", fault="mask_nowhere")
class MaskNowhere(Encoder):
    """Neither here nor there."""

    def mask(self, ids: Tensor) -> Tensor:
        return torch.ones_like(ids, dtype=torch.bool)


@misconception("imdb", "classifier", fault="first_state")
class FirstState(Encoder):
    """As BERT does."""

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        return states[:, 0]


@misconception("imdb", "classifier", fault="last_state")
class LastState(Encoder):
    """As a recurrent network does."""

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        return states[torch.arange(len(states)), mask.sum(dim=1) - 1]


@misconception("imdb", "classifier", fault="norm_missing")
class NoLastNorm(Encoder):
    """norm is made and not used."""

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~mask)
        return x


@misconception("imdb", "classifier", fault="one_layer")
class FirstLayerOnly(Encoder):
    """The loop returns too early."""

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.norm(self.layers[0](x, src_key_padding_mask=~mask))


@misconception("imdb", "classifier", fault="no_layer")
class NoLayer(Encoder):
    """A bag of words."""

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.norm(x)


@misconception("imdb", "classifier", fault="sigmoid_taken")
class Probabilities(Encoder):
    """sigmoid at the end."""

    def judge(self, state: Tensor) -> Any:
        return super().judge(state).sigmoid()


@misconception("imdb", "classifier", fault="post_norm")
class PostNormLayers(Encoder):
    """norm_first is forgotten."""

    settings = {"dropout": 0.0, "batch_first": True}  # noqa: RUF012 - read only


@misconception("imdb", "classifier", fault="dropout_left")
class DropoutLeft(Encoder):
    """dropout is forgotten: torch's default is 0.1."""

    settings = {"batch_first": True, "norm_first": True}  # noqa: RUF012 - read only


@misconception("imdb", "classifier", fault="raised")
class NoBatchFirst(Encoder):
    """batch_first is forgotten: the mask does not fit."""

    settings = {"dropout": 0.0, "norm_first": True}  # noqa: RUF012 - read only


@misconception("imdb", "classifier", fault="dimension_left")
class ScoresAsColumn(Encoder):
    """No squeeze."""

    def judge(self, state: Tensor) -> Any:
        return self.out(state)


@misconception("imdb", "classifier", fault="every_word_judged")
class EveryWordJudged(Encoder):
    """No mean."""

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        return states

    def judge(self, state: Tensor) -> Any:
        return self.out(state)


@misconception("imdb", "classifier", fault="not_judged")
class NotJudged(Encoder):
    """out is made and not used."""

    def judge(self, state: Tensor) -> Any:
        return state


@misconception("imdb", "classifier", fault="wrong_parameters")
class OneLayerShared(Encoder):
    """L is forgotten."""

    def __init__(self, V: int, D: int, N: int, F: int, L: int) -> None:
        super().__init__(V, D, N, F, 1)


@misconception("imdb", "classifier", fault="padding_read")
class ScaledByLength(Encoder):
    """The mean grows with the columns of the batch."""

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        return masked_mean(states, mask) * mask.shape[1] ** 0.5


@misconception("imdb", "classifier", fault="depends_on_batch")
class CentredScores(Encoder):
    """Scores minus the batch's mean."""

    def judge(self, state: Tensor) -> Any:
        scores = super().judge(state)
        return scores - scores.mean()


@misconception("imdb", "classifier", fault="random_in_eval")
class RandomPositions(Encoder):
    """Positions drawn anew in every call."""

    def embed(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        return x + torch.randn(x.shape[1:])


@misconception("imdb", "classifier", fault="wrong_value")
class ScaledEmbedding(Encoder):
    """Embeddings times sqrt(D), as the paper has it."""

    def embed(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        return super().embed(ids) + x * (x.shape[2] ** 0.5 - 1)


@misconception("imdb", "classifier", fault="detached")
class EmbeddingDetached(Encoder):
    """Words that are never learnt."""

    def embed(self, ids: Tensor) -> Tensor:
        return super().embed(ids).detach()
