"""Hidden checks of the three classes of `vowels`: structure, then numbers, then laws.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from course_lib.answers.asking import Shapes, expected_tensor, normal, rows_sum_to_one
from course_lib.answers.hidden.vowels_expected import (
    COTANGENT,
    LENGTHS,
    B,
    D,
    H,
    K,
    T,
    masked,
    masked_extremes,
    padded_classifier,
    reader,
    steep,
)
from course_lib.answers.hidden.vowels_networks import build, drops_in_training
from course_lib.answers.networks import (
    WIDE,
    Network,
    gradients_arrive,
    input_kept,
    item_alone,
    same_in_eval_mode,
    same_in_float32,
    starts_small,
    survives_large_scores,
)
from course_lib.answers.reference import vowels as oracle
from course_lib.lab.check import Fault, Wrong, blame, close, compare, tensor
from course_lib.lab.subject import Ask, Foreign, Subject


def _reads_one_part(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether the classifier reads H numbers: the context or the last state, but not both."""
    found = subject.ask(Ask(sizes=dict(sizes), call=False)).parameters
    first = found.get("classifier.0.weight")
    return (
        first is not None and first.ndim == 2 and first.shape[1] == H and found.get("W") is not None
    )


def _blame_one_part(logits: Tensor, known: list[Fault]) -> None:
    """Name the half that a classifier of H inputs leaves out."""
    for fault in known:
        if close(logits, fault.output):
            raise Wrong(fault.name, fault.sentence)
    raise Wrong(
        "classifier_inputs",
        f"The classifier reads {H} numbers; context and last state are 2H = {2 * H}.",
    )


def _logits(value: object, batch: int = B, dtype: torch.dtype = torch.float64) -> Tensor:
    if isinstance(value, (tuple, list)):
        raise Wrong(
            "returns_several",
            f"`forward` returns {len(value)} things; it has to return the logits.",
        )
    like = torch.empty(batch, K, dtype=dtype)
    known: Shapes = {
        (batch, T): ("returns_weights", "`forward` returns the weights (B, T), not logits (B, K)."),
        (batch, 2 * H): ("not_classified", "`forward` returns what the classifier should read."),
    }
    return expected_tensor(value, like, "(B, K)", known)


def check_classifier(subject: Subject) -> None:
    """Check `AttentionClassifier`.

    Raises:
        Wrong: With what is wrong.
    """
    sizes, W, expected = {"D": D, "H": H, "K": K, "T": T}, (T, H), padded_classifier()
    x, right = expected.x, expected.right
    if _reads_one_part(subject, sizes):
        half = build(subject, sizes, W, inputs=H)
        _blame_one_part(_logits(half.ask(x)), expected.one_part)
    network = build(subject, sizes, W)
    got = _logits(network.ask(x))
    blame(got, right, expected.faults)
    same_in_eval_mode(got, _logits(network.ask(x, seed=1)))
    item_alone(_logits(network.ask(x[:1]), batch=1), got[:1])
    compare(got, right, (), "The logits are not those of classifier([context, last state]).")
    drops_in_training(*(_logits(network.ask(x, training=True, seed=seed)) for seed in (1, 2)))
    low = _logits(network.ask(x.float(), dtype=torch.float32), dtype=torch.float32)
    same_in_float32(low, right)
    W_steep = steep(network.parameters)["W"]
    survives_large_scores(lambda: _logits(network.ask(x, W=W_steep)), expected.steep)
    input_kept(network, x)
    gradients_arrive(network, x, cotangent=COTANGENT, expected=expected.gradients)
    starts_small(subject, sizes | {"H": WIDE}, ["W"])


def check_reader(subject: Subject) -> None:
    """Check `AttentionReader`.

    Raises:
        Wrong: With what is wrong.
    """
    sizes = {"D": D, "H": H, "K": K, "T": T}
    network, expected = build(subject, sizes, (T, H)), reader()
    x, right = expected.x, expected.right
    output = network.ask(x)
    if isinstance(output, (tuple, list)):
        raise Wrong(
            "returns_several",
            f"`forward` returns {len(output)} things; it has to return the weights alone.",
        )
    shapes: Shapes = {
        (B, K): ("returns_logits", "`forward` still returns logits (B, K), not weights (B, T)."),
        (B, H): ("returns_context", "`forward` returns the context (B, H), not weights (B, T)."),
        (B, T, 1): ("dimension_left", "A dimension of size 1 is left over: expected (B, T)."),
        (T,): (
            "mean_over_batch",
            "The weights are averaged over the batch; keep each utterance's.",
        ),
    }
    got = expected_tensor(output, right, "(B, T)", shapes)
    blame(got, right, expected.faults)
    same_in_eval_mode(got, expected_tensor(network.ask(x, seed=1), right, "(B, T)"))
    rows_sum_to_one(got)
    alone = expected_tensor(network.ask(x[:1]), right[:1], "(B, T)")
    item_alone(alone, got[:1])
    compare(got, right, (), "These are not the weights that the classifier computes inside.")
    low = network.ask(x.float(), dtype=torch.float32)
    same_in_float32(expected_tensor(low, right.float(), "(B, T)"), right)
    W_steep = steep(network.parameters)["W"]
    survives_large_scores(
        lambda: expected_tensor(network.ask(x, W=W_steep), right, "(B, T)"), expected.steep
    )
    input_kept(network, x)


def read_pair(
    value: object, batch: int, classes: int, steps: int, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Take (logits, weights) out of an answer.

    Args:
        value: What the network returned.
        batch: Expected B.
        classes: Expected K.
        steps: Expected T.
        dtype: Expected dtype.

    Raises:
        Wrong: If it is anything else.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        got = value.type_name if isinstance(value, Foreign) else type(value).__name__
        raise Wrong(
            "not_a_pair",
            f"`forward` has to return two tensors, (logits, weights); it returned one {got}.",
        )
    logits, weights = value
    if (
        isinstance(logits, Tensor)
        and isinstance(weights, Tensor)
        and tuple(logits.shape) == (batch, steps) != (batch, classes)
        and tuple(weights.shape) == (batch, classes)
    ):
        raise Wrong("outputs_swapped", "`forward` returns (weights, logits): logits come first.")
    return (
        tensor(logits, (batch, classes), dtype, "(B, K)"),
        tensor(weights, (batch, steps), dtype, "(B, T)"),
    )


def _joined(value: object, batch: int = B, dtype: torch.dtype = torch.float64) -> Tensor:
    """Both outputs side by side, (B, K + T), so that one comparison sees both."""
    return torch.cat(read_pair(value, batch, K, T, dtype), dim=1)


def check_masked(subject: Subject) -> None:
    """Check `MaskedAttentionClassifier`.

    Raises:
        Wrong: With what is wrong.
    """
    sizes, W, expected = {"D": D, "H": H, "K": K}, (H, H), masked()
    x, right = expected.x, expected.right
    if _reads_one_part(subject, sizes):
        half = build(subject, sizes, W, inputs=H)
        _blame_one_part(_joined(half.ask(x, LENGTHS))[:, :K], expected.one_part)
    network = build(subject, sizes, W)
    got = _joined(network.ask(x, LENGTHS))
    blame(got, right, expected.faults)
    same_in_eval_mode(got, _joined(network.ask(x, LENGTHS, seed=1)))
    _padding_ignored(network, x, got)
    rows_sum_to_one(got[:, K:])
    item_alone(_joined(network.ask(x[:1], LENGTHS[:1]), batch=1), got[:1])
    compare(got, right, (), "The results are not those of the masked attention.")
    _extreme_lengths(network)
    drops_in_training(
        *(_joined(network.ask(x, LENGTHS, training=True, seed=s))[:, :K] for s in (1, 2))
    )
    low = _joined(network.ask(x.float(), LENGTHS, dtype=torch.float32), dtype=torch.float32)
    same_in_float32(low, right)
    W_steep = steep(network.parameters)["W"]
    survives_large_scores(lambda: _joined(network.ask(x, LENGTHS, W=W_steep)), expected.steep)
    input_kept(network, x, LENGTHS)
    gradients_arrive(network, x, LENGTHS, cotangent=COTANGENT, expected=expected.gradients)
    starts_small(subject, sizes | {"H": WIDE}, ["W"])


def _padding_ignored(network: Network, x: Tensor, got: Tensor) -> None:
    padding = ~oracle.sequence_mask(LENGTHS, T)
    if bool((got[:, K:][padding] != 0).any()):
        raise Wrong(
            "padding_attended",
            "The padding has weight: it has to be exactly 0 on every padded step.",
        )
    noisy = torch.where(padding[:, :, None], normal(B, T, D, seed=73), x)
    if not close(_joined(network.ask(noisy, LENGTHS)), got):
        raise Wrong(
            "padding_read",
            "Other numbers in the padded rows of x change the result: something behind the length "
            "is read, such as the state of the last row.",
        )


def _extreme_lengths(network: Network) -> None:
    for x, lengths, right in masked_extremes():
        got = torch.cat(
            read_pair(network.ask(x, lengths), len(x), K, x.shape[1], torch.float64), dim=1
        )
        if not close(got, right):
            raise Wrong("extreme_lengths", "Utterances of length 1 or T come out wrong.")
