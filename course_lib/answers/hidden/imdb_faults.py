"""What known wrong networks of `imdb` compute, from the same parameters as the right ones.

Letters in shapes: B batch, T words, D width, N heads, F hidden width of the feed-forward part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as nnf
from torch import Tensor

from course_lib.answers.hidden.imdb_laws import D, L, N, Pair, T
from course_lib.answers.reference import imdb as oracle
from course_lib.answers.reference.imdb import Parameters, part
from course_lib.lab.check import Fault

Known = tuple[str, str, Pair]  # a fault's name and sentence, and what it computes

SCALE_OF_MODEL = (
    "The scores are divided by sqrt(D); a head is D / N wide, and it is the root of that."
)
NO_MASK = "The mask plays no part: padding has weight."


def heads(parameters: Parameters, x: Tensor, mask: Tensor) -> list[Known]:
    """Results of wrong multi-head attentions."""
    q, k, v = nnf.linear(x, parameters["in_proj_weight"], parameters["in_proj_bias"]).chunk(3, -1)

    def split(states: Tensor) -> Tensor:
        return states.unflatten(2, (N, D // N)).transpose(1, 2)

    def join(states: Tensor) -> Tensor:
        return states.transpose(1, 2).flatten(2)

    def out(states: Tensor) -> Tensor:
        return nnf.linear(states, parameters["out_proj.weight"], parameters["out_proj.bias"])

    def attend(q: Tensor, k: Tensor, v: Tensor, keep: Tensor | None = None) -> Pair:
        wide = mask[:, None, None, :] if keep is None else keep
        return oracle.attention(q, k, v, wide)

    def whole(
        q: Tensor, k: Tensor, v: Tensor,
        cut: Callable[[Tensor], Tensor] = split, glue: Callable[[Tensor], Tensor] = join,
    ) -> Pair:  # fmt: skip
        found, weights = attend(cut(q), cut(k), cut(v))
        return out(glue(found)), weights

    mixed, weights = attend(split(q), split(k), split(v))
    no_mask = attend(split(q), split(k), split(v), torch.ones_like(mask)[:, None, None, :])
    bare_q, bare_k, bare_v = nnf.linear(x, parameters["in_proj_weight"]).chunk(3, -1)
    return [
        ("split_by_reshape", "`view(B, N, T, ...)` cuts the numbers of a word apart: split the "
         "last dimension into (N, D / N) first, then transpose.",
         whole(q, k, v, lambda s: s.reshape(len(s), N, s.shape[1], D // N))),
        ("heads_interleaved", "Head n takes every N-th number; torch's takes D / N numbers in a "
         "row: unflatten into (N, D / N), not (D / N, N).",
         whole(q, k, v, lambda s: s.unflatten(2, (D // N, N)).permute(0, 3, 1, 2))),
        ("joined_by_reshape", "The heads are put together without changing T and N back first, so "
         "that words and heads mix.", whole(q, k, v, split, lambda s: s.reshape(len(s), -1, D))),
        ("no_out_proj", "The last linear map, `out_proj`, plays no part.",
         (join(mixed), weights)),
        ("scaled_by_model_width", SCALE_OF_MODEL,
         whole(q / N**0.5, k, v)),
        ("q_and_k_swapped", "Queries and keys have changed places: the first block is q.",
         whole(k, q, v)),
        ("k_and_v_swapped", "Keys and values have changed places: the order is q, k, v.",
         whole(q, v, k)),
        ("bias_missing", "`in_proj_bias` plays no part.", whole(bare_q, bare_k, bare_v)),
        ("mask_ignored", NO_MASK, (out(join(no_mask[0])), no_mask[1])),
        ("inputs_as_values", "The values are the inputs themselves: their third of "
         "`in_proj_weight` plays no part.", whole(q, k, x)),
        ("residual_inside", "The input is added here: that is the encoder layer's task.",
         (out(join(mixed)) + x, weights)),
    ]  # fmt: skip


def layer(parameters: Parameters, x: Tensor, mask: Tensor) -> list[Known]:
    """Results of wrong encoder layers."""
    attn = part(parameters, "self_attn.")

    def norm(states: Tensor, number: int) -> Tensor:
        weight, bias = parameters[f"norm{number}.weight"], parameters[f"norm{number}.bias"]
        return nnf.layer_norm(states, (D,), weight, bias)

    def see(states: Tensor, keep: Tensor = mask) -> Pair:
        return oracle.multi_head(attn, states, keep, N)

    def feed(states: Tensor, squash: Callable[[Tensor], Tensor] = torch.relu) -> Tensor:
        up = nnf.linear(states, parameters["linear1.weight"], parameters["linear1.bias"])
        return nnf.linear(squash(up), parameters["linear2.weight"], parameters["linear2.bias"])

    seen, weights = see(norm(x, 1))
    middle = x + seen
    raw, raw_weights = see(x)
    after = norm(x + raw, 1)
    everything = see(norm(x, 1), torch.ones_like(mask))
    unmasked = x + everything[0]
    swapped, swapped_weights = see(norm(x, 2))
    normed = norm(x, 1)
    fed = x + feed(norm(x, 2))
    late, late_weights = see(norm(fed, 1))
    return [
        ("post_norm", "The norms stand after the sums (post-norm); here they stand before the "
         "attention and before the feed-forward part (pre-norm).",
         (norm(after + feed(after), 2), raw_weights)),
        ("no_residual_attention", "The input is not added to what the attention found.",
         (seen + feed(norm(seen, 2)), weights)),
        ("no_residual_feed", "What went into the feed-forward part is not added to its result.",
         (feed(norm(middle, 2)), weights)),
        ("residual_of_normed", "The normalised input is added; add the input itself.",
         (normed + seen + feed(norm(normed + seen, 2)), weights)),
        ("no_relu", "Between the two linear maps the ReLU is missing.",
         (middle + feed(norm(middle, 2), lambda s: s), weights)),
        ("gelu_for_relu", "Between the two linear maps stands GELU; it has to be ReLU.",
         (middle + feed(norm(middle, 2), nnf.gelu), weights)),
        ("norm1_missing", "`norm1` plays no part.",
         (x + raw + feed(norm(x + raw, 2)), raw_weights)),
        ("norm2_missing", "`norm2` plays no part.", (middle + feed(middle), weights)),
        ("norms_swapped", "`norm1` and `norm2` have changed places.",
         (x + swapped + feed(norm(x + swapped, 1)), swapped_weights)),
        ("feed_before_attention", "The feed-forward part comes before the attention.",
         (fed + late, late_weights)),
        ("mask_ignored", NO_MASK, (unmasked + feed(norm(unmasked, 2)), everything[1])),
        ("attention_only", "The feed-forward part plays no part.", (middle, weights)),
    ]  # fmt: skip


def classifier(parameters: Parameters, ids: Tensor) -> list[Fault]:
    """Scores (B,) of wrong classifiers, float32."""
    mask = ids != 0
    embedded = parameters["embedding.weight"][ids]  # (B, T, D)
    placed = embedded + oracle.positions(T, D)

    def encode(x: Tensor, keep: Tensor = mask, last: bool = True, layers: int = L) -> Tensor:
        for number in range(layers):
            x, _ = oracle.encoder_layer(part(parameters, f"layers.{number}."), x, keep, N)
        if not last:
            return x
        return nnf.layer_norm(x, (D,), parameters["norm.weight"], parameters["norm.bias"])

    def judge(state: Tensor) -> Tensor:
        return (state @ parameters["out.weight"].T + parameters["out.bias"])[:, 0].float()

    def mean(states: Tensor) -> Tensor:
        return oracle.masked_mean(states, mask)

    states = encode(placed)
    right = judge(mean(states))
    every = torch.ones_like(mask)
    lengths = mask.sum(dim=1)
    return [
        Fault("positions_missing", "The positions are not added: the encoder cannot tell the order "
              "of the words.", judge(mean(encode(embedded)))),
        Fault("layers_unmasked", "The layers see the padding: give each src_key_padding_mask="
              "~mask.",
              judge(mean(encode(placed, every)))),
        Fault("mask_inverted", "The layers see the padding and not the words: torch's mask is True "
              "where a place is padding, ~mask.", judge(mean(encode(placed, ~mask)))),
        Fault("padding_in_mean", "The mean runs over the padding too.",
              judge(states.nan_to_num().mean(dim=1))),
        Fault("mask_nowhere", "Neither the layers nor the mean know of the mask.",
              judge(encode(placed, every).mean(dim=1))),
        Fault("first_state", "The state of the first word is judged in place of the mean.",
              judge(states[:, 0])),
        Fault("last_state", "The state of the last word is judged in place of the mean.",
              judge(states[torch.arange(len(ids)), lengths - 1])),
        Fault("norm_missing", "`norm` plays no part: it follows after the last layer.",
              judge(mean(encode(placed, last=False)))),
        Fault("one_layer", "Only the first layer is used.", judge(mean(encode(placed, layers=1)))),
        Fault("no_layer", "The layers play no part.", judge(mean(encode(placed, layers=0)))),
        Fault("sigmoid_taken", "These are probabilities; return the scores before the sigmoid.",
              right.sigmoid()),
        Fault("post_norm", "The layers have their norms after the sums: give them norm_first=True.",
              judge(mean(_post_norm(parameters, placed, mask)))),
    ]  # fmt: skip


def _post_norm(parameters: Mapping[str, Tensor], x: Tensor, mask: Tensor) -> Tensor:
    for number in range(L):
        x, _ = layer(part(parameters, f"layers.{number}."), x, mask)[0][2]
    return nnf.layer_norm(x, (D,), parameters["norm.weight"], parameters["norm.bias"])
