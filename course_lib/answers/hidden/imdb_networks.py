"""Hidden checks of the networks of `imdb`: heads, the encoder layer, the classifier.

A network is first constructed and its parameters' names and shapes are read; then it is loaded
with numbers of ours, in float64, and asked. Letters in shapes: B batch, T words, D width, N heads,
F hidden width of the feed-forward part, L layers, V words of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from course_lib.answers.asking import Shapes, expected_tensor, normal, same_gradients
from course_lib.answers.hidden import imdb_faults as faults
from course_lib.answers.hidden.imdb_laws import (
    B,
    D,
    F,
    L,
    N,
    Pair,
    T,
    V,
    joined,
    loud,
    numbers,
    pair,
    real,
    same,
    shares,
)
from course_lib.answers.networks import (
    WIDE,
    Network,
    has_parameters,
    input_kept,
    same_in_eval_mode,
    starts_small,
)
from course_lib.answers.reference import imdb as oracle
from course_lib.lab.check import Fault, Wrong, blame, close, compare
from course_lib.lab.subject import Ask, Subject

HEADS = {
    "in_proj_weight": (3 * D, D),
    "in_proj_bias": (3 * D,),
    "out_proj.weight": (D, D),
    "out_proj.bias": (D,),
}
LAYER = {f"self_attn.{name}": shape for name, shape in HEADS.items()} | {
    "linear1.weight": (F, D),
    "linear1.bias": (F,),
    "linear2.weight": (D, F),
    "linear2.bias": (D,),
    "norm1.weight": (D,),
    "norm1.bias": (D,),
    "norm2.weight": (D,),
    "norm2.bias": (D,),
}
CLASSIFIER = (
    {"embedding.weight": (V, D)}
    | {f"layers.{i}.{name}": shape for i in range(L) for name, shape in LAYER.items()}
    | {"norm.weight": (D,), "norm.bias": (D,), "out.weight": (1, D), "out.bias": (1,)}
)
LETTERS = ("(B, T, D)", "(B, N, T, T)")
Oracle = Callable[[Mapping[str, Tensor], Tensor, Tensor, int], Pair]


def heads(subject: Subject) -> None:
    """Multi-head attention, as torch's with the same parameters."""
    network = _build(subject, {"D": D, "N": N}, HEADS, seed=300)
    _pairs(network, oracle.multi_head, faults.heads)
    starts_small(subject, {"D": WIDE * N, "N": N}, ["in_proj_weight"])


def layer(subject: Subject) -> None:
    """The pre-norm encoder layer, as torch's with the same parameters."""
    network = _build(subject, {"D": D, "N": N, "F": F}, LAYER, seed=330)
    _pairs(network, oracle.encoder_layer, faults.layer)


def _build(
    subject: Subject, sizes: Mapping[str, int], shapes: Mapping[str, tuple[int, ...]], seed: int
) -> Network:
    """Construct a network, see that its parameters are as asked for, and draw numbers for them."""
    built = subject.ask(Ask(sizes=dict(sizes), call=False))
    has_parameters(built, shapes)
    buffers = {name: value for name, value in built.parameters.items() if name not in shapes}
    return Network(subject, sizes, {**numbers(shapes, seed), **buffers})


def _pairs(
    network: Network,
    right_one: Oracle,
    known: Callable[[Mapping[str, Tensor], Tensor, Tensor], list[faults.Known]],
) -> None:
    """What holds for heads and layer alike: both map (B, T, D) and a mask to a pair."""
    x, mask, parameters = normal(B, T, D, seed=31), real(), network.parameters
    right = right_one(parameters, x, mask, N)

    def ask(x: Tensor, mask: Tensor, **how: Any) -> Pair:
        like = tuple(part[: len(x)].to(x.dtype) for part in right)
        return pair(network.ask(x, mask, **how), (like[0], like[1]), LETTERS, _SHAPES)

    got = ask(x, mask)

    # Padded queries of a result are nobody's business: nothing reads them.
    def seen(result: Pair) -> Pair:
        real_words = mask[: len(result[0])]
        return result[0] * real_words[:, :, None], result[1] * real_words[:, None, :, None]

    parts = joined(seen(right))
    listed = [
        Fault(name, sentence, joined(seen(output)))
        for name, sentence, output in known(parameters, x, mask)
    ]
    blame(joined(seen(got)), parts, listed)
    same_in_eval_mode(joined(seen(got)), joined(seen(ask(x, mask, seed=1))))
    shares(got[1].transpose(1, 2)[mask], mask[:, None, None, :].expand(B, T, N, T)[mask])
    same(
        seen(ask(loud(x, mask, 32), mask)), seen(got), "padding_read",
        "Other numbers on the padding change the result of real words.",
    )  # fmt: skip
    alone = ask(x[:1], mask[:1])
    same(
        seen(alone), (seen(got)[0][:1], seen(got)[1][:1]), "depends_on_batch",
        "A batch of one gets another result than the same review among others.",
    )  # fmt: skip
    compare(joined(seen(got)), parts, (), "The result is not that of torch's own module.")
    low = ask(x.float(), mask, dtype=torch.float32)
    same(
        seen(low),
        seen(right),
        "wrong_in_float32",
        "With float32 numbers the result is another one.",
    )
    input_kept(network, x, mask)
    cotangent = normal(B, T, D, seed=33) * mask[:, :, None]
    expected = _gradients(lambda p: right_one(p, x, mask, N)[0], parameters, cotangent)
    same_gradients(network.gradients(x, mask, cotangent=cotangent), expected)


_SHAPES: Shapes = {
    (T, B, D): ("time_first", "Time and batch have changed places: expected (B, T, D)."),
    (B, N, T, D // N): ("heads_not_joined", "The heads are still apart: put them side by side."),
    (B, T, N, D // N): ("heads_not_joined", "The heads are still apart: put them side by side."),
    (B, T, T): ("weights_averaged", "The weights are one map for all heads: return one for each."),
}


def _gradients(
    result: Callable[[Mapping[str, Tensor]], Tensor],
    parameters: Mapping[str, Tensor],
    cotangent: Tensor,
) -> dict[str, Tensor]:
    leaves = {
        name: value.clone().requires_grad_(True)
        for name, value in parameters.items()
        if value.is_floating_point()
    }
    total = (result(leaves) * cotangent).sum()
    found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    return {
        name: gradient
        for name, gradient in zip(leaves, found, strict=True)
        if gradient is not None and not close(gradient, torch.zeros_like(gradient))
    }


# --- the classifier -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """Reviews, and what right and wrong classifiers make of them.

    Attributes:
        ids: Word numbers (B, T), each review beginning with START, 0 on padding.
        right: Scores (B,), float32: the positions carry no more digits.
        gradients: Of ``(scores * cotangent).sum()`` by parameter, float32.
        cotangent: (B,).
        faults: What known wrong classifiers return.
    """

    ids: Tensor
    right: Tensor
    gradients: dict[str, Tensor]
    cotangent: Tensor
    faults: list[Fault]


@cache
def expected() -> Expected:
    """The same for every student, and computed once a process."""
    drawn, cotangent = numbers(CLASSIFIER, 360), normal(B, seed=35)
    ids = torch.randint(2, V, (B, T), generator=torch.Generator().manual_seed(34))
    ids[:, 0] = 1
    ids = ids * real()
    right = oracle.encoder_classifier(drawn, ids, N)
    gradients = _gradients(lambda p: oracle.encoder_classifier(p, ids, N), drawn, cotangent)
    return Expected(
        ids=ids,
        right=right.float(),
        gradients={name: gradient.float() for name, gradient in gradients.items()},
        cotangent=cotangent,
        faults=faults.classifier(drawn, ids),
    )


def classifier(subject: Subject) -> None:
    """Embedding, positions, torch's layers, masked mean, one score."""
    network = _build(subject, {"V": V, "D": D, "N": N, "F": F, "L": L}, CLASSIFIER, seed=360)
    wanted = expected()
    ids = wanted.ids

    def ask(ids: Tensor, **how: Any) -> Tensor:
        like = torch.empty(len(ids), dtype=torch.float64)
        shapes: Shapes = {
            (len(ids), 1): ("dimension_left", "A dimension of size 1 is left over: expected (B,)."),
            (len(ids), T): ("every_word_judged", "Every word is judged; judge the review, once."),
            (len(ids), T, 1): ("every_word_judged", "Every word is judged; judge the review."),
            (len(ids), D): ("not_judged", "The mean state comes back: it has to go through `out`."),
        }
        return expected_tensor(network.ask(ids, **how), like, "(B,)", shapes).float()

    got = ask(ids)
    blame(got, wanted.right, wanted.faults)
    same_in_eval_mode(got, ask(ids, seed=1))
    wider = torch.cat([ids, torch.zeros(B, 3, dtype=torch.int64)], dim=1)
    if not close(ask(wider), got):
        raise Wrong(
            "padding_read",
            "Three more columns of padding change the scores: padding has to be masked in every "
            "layer and in the mean.",
        )
    if not close(ask(ids[:1]), got[:1]):
        raise Wrong(
            "depends_on_batch",
            "A batch of one gets another score than the same review among others.",
        )
    compare(got, wanted.right, (), "The scores are not those of the formula.")
    if not close(ask(ids, training=True, seed=2), got):
        raise Wrong(
            "dropout_left",
            "In training mode the scores are random: torch's layer drops a tenth unless it is "
            "given dropout=0.0.",
        )
    input_kept(network, ids)
    same_gradients(network.gradients(ids, cotangent=wanted.cotangent), wanted.gradients)
