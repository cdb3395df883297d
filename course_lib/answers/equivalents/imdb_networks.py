"""Right networks of `imdb` in other forms: each writes one step of a right one differently.

Letters in shapes: B batch, T words, D width, N heads, F hidden width of the feed-forward part,
L layers, V words.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.imdb

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from course_lib.answers.calibration.imdb import SIZES
from course_lib.answers.forms.imdb import Encoder, Heads, Layer, attention, positions
from course_lib.answers.misconceptions.imdb_trained import right_model
from course_lib.answers.registry import equivalent, trained

# --- heads ----------------------------------------------------------------------------------------


@equivalent("imdb", "heads")
class HeadsInSteps(Heads):
    """The plain form."""


@equivalent("imdb", "heads")
class HeadByHead(Heads):
    """A loop over the heads."""

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        parts = [part.chunk(self.N, dim=-1) for part in self.project(x)]
        found = [attention(q, k, v, mask[:, None, :]) for q, k, v in zip(*parts, strict=True)]
        mixed = torch.cat([result for result, _ in found], dim=-1)
        return self.out_proj(mixed), torch.stack([weights for _, weights in found], dim=1)


@equivalent("imdb", "heads")
class HeadsOfTorch(nn.MultiheadAttention):
    """Torch's own module."""

    def __init__(self, D: int, N: int) -> None:
        super().__init__(D, N, batch_first=True)

    def forward(self, x: Tensor, mask: Tensor) -> Any:  # type: ignore[override]  # two arguments
        return super().forward(x, x, x, key_padding_mask=~mask, average_attn_weights=False)


@equivalent("imdb", "heads")
class HeadsByEinsum(Heads):
    """The cut by view and permute, three rows of matrices."""

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        matrices = self.in_proj_weight.unflatten(0, (3, -1))
        found = torch.einsum("btd,ped->pbte", x, matrices)
        return tuple(found + self.in_proj_bias.view(3, 1, 1, -1))

    def split(self, x: Tensor) -> Tensor:
        B, T, D = x.shape
        return x.view(B, T, self.N, D // self.N).permute(0, 2, 1, 3)

    def join(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 1, 3).reshape(len(x), x.shape[2], -1)


# --- layer ----------------------------------------------------------------------------------------


@equivalent("imdb", "layer")
class LayerInSteps(Layer):
    """The plain form."""


@equivalent("imdb", "layer")
class LayerOfTorchParts(Layer):
    """Torch's own attention inside."""

    def __init__(self, D: int, N: int, F: int) -> None:
        super().__init__(D, N, F)
        self.self_attn = HeadsOfTorch(D, N)  # type: ignore[assignment]  # the same by another name


@equivalent("imdb", "layer")
class LayerByFunctions(Layer):
    """Functional norms and maps; a sequence for the feed-forward part; a buffer."""

    def __init__(self, D: int, N: int, F: int) -> None:
        super().__init__(D, N, F)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        normed = nnf.layer_norm(x, x.shape[-1:], self.norm1.weight, self.norm1.bias)
        seen, weights = self.self_attn(normed, mask)
        middle = torch.add(x, seen)
        steps = nn.Sequential(self.norm2, self.linear1, nn.ReLU(), self.linear2)
        return [middle + steps(middle), weights]


# --- classifier -----------------------------------------------------------------------------------


@equivalent("imdb", "classifier")
class EncoderInSteps(Encoder):
    """The plain form."""


@equivalent("imdb", "classifier")
class EncoderPaddingIndex(Encoder):
    """padding_idx, a dropout of 0, and squeeze(-1)."""

    def __init__(self, V: int, D: int, N: int, F: int, L: int) -> None:
        super().__init__(V, D, N, F, L)
        self.embedding = nn.Embedding(V, D, padding_idx=0)
        self.drop = nn.Dropout(0.0)

    def judge(self, state: Tensor) -> Any:
        return self.out(self.drop(state)).squeeze(-1)


@equivalent("imdb", "classifier")
class EncoderOfOurs(Encoder):
    """The layers written by hand in place of torch's."""

    def __init__(self, V: int, D: int, N: int, F: int, L: int) -> None:
        super().__init__(V, D, N, F, L)
        self.layers = nn.ModuleList(Layer(D, N, F) for _ in range(L))

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        for layer in self.layers:
            x, _ = layer(x, mask)
        return self.norm(x)


@equivalent("imdb", "classifier")
class EncoderWithTable(Encoder):
    """A table of positions that is made once and kept as a buffer."""

    table: Tensor

    def __init__(self, V: int, D: int, N: int, F: int, L: int) -> None:
        super().__init__(V, D, N, F, L)
        self.register_buffer("table", positions(512, D))

    def embed(self, ids: Tensor) -> Tensor:
        return self.embedding(ids) + self.table[: ids.shape[1]]


# --- trained --------------------------------------------------------------------------------------


@trained("imdb", "trained")
def trained_by_the_recipe() -> nn.Module:
    """Left in evaluation mode."""
    return right_model()


@trained("imdb", "trained")
def left_in_training_mode() -> nn.Module:
    """Checks choose the mode themselves."""
    return right_model().train()


@trained("imdb", "trained")
def layers_by_hand() -> nn.Module:
    """A trained state dict in a network whose layers are written by hand."""
    model = EncoderOfOurs(*SIZES)
    model.load_state_dict(right_model().state_dict())
    return model
