"""Hidden checks of `imdb`: scaled dot-product attention, sinusoidal positions, the masked mean.

Letters in shapes: B batch, Q queries, T keys or words, D width, E width of values, N heads.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import (
    Shapes,
    agrees,
    gradients_flow,
    normal,
    one_alone,
    returned,
    untouched,
)
from course_lib.answers.hidden.imdb_laws import (
    LENGTHS,
    B,
    D,
    E,
    N,
    Pair,
    Q,
    T,
    fault,
    joined,
    loud,
    pair,
    real,
    same,
    shares,
)
from course_lib.answers.reference import imdb as oracle
from course_lib.lab.check import Fault, Wrong, blame, compare
from course_lib.lab.subject import Ask, Subject

OVER_QUERIES = (
    "The weights sum to 1 over the queries, not over the keys: softmax has the wrong dim, and is "
    "nan where a key is masked for every query."
)
OVERFLOW = (
    "Scores of some thousands give nan or wrong weights: exp overflows, unless each query's "
    "largest score is subtracted first, as torch.softmax does."
)


def attention(subject: Subject) -> None:
    """Softmax of q k / sqrt(D) over the real keys, and the sums of values."""
    q, k, v = normal(B, Q, D, seed=11), normal(B, T, D, seed=12), normal(B, T, E, seed=13)
    mask = real()[:, None, :]  # (B, 1, T)
    right = oracle.attention(q, k, v, mask)
    got = _ask(subject, q, k, v, mask, like=right)
    blame(joined(got), joined(right), _attention_faults(q, k, v, mask))
    shares(got[1], mask)
    other = (loud(k, real(), 14), loud(v, real(), 15))
    same(
        _ask(subject, q, *other, mask, like=right), got, "padding_read",
        "Other numbers in masked keys and values change the result.",
    )  # fmt: skip
    for item in (0, B - 1):
        one = slice(item, item + 1)
        alone = _ask(
            subject, q[one], k[one], v[one], mask[one], like=(right[0][one], right[1][one])
        )
        same(
            alone, (got[0][one], got[1][one]), "depends_on_batch",
            "A batch of one gets another result than the same item among others.",
        )  # fmt: skip
    compare(joined(got), joined(right), (), "This is not softmax(q k / sqrt(D)) v.")
    _heads(subject)
    steep = _steep(subject, 1e4 * q, k, v, mask)
    same(steep, oracle.attention(1e4 * q, k, v, mask), "overflow", OVERFLOW)
    low = _ask(subject, q.float(), k.float(), v.float(), mask,
               like=(right[0].float(), right[1].float()))  # fmt: skip
    same(low, right, "wrong_in_float32", "With float32 numbers the result is another one.")
    untouched(subject, q, k, v, mask)
    names = ("q", "k", "v", "mask")
    gradients_flow(
        subject, q, k, v, mask, oracle=lambda *args: oracle.attention(*args)[0], names=names
    )


def _ask(subject: Subject, *args: Tensor, like: Pair) -> Pair:
    letters = ("(B, Q, E)", "(B, Q, T)")
    if like[0].ndim == 4:
        letters = ("(B, N, Q, E)", "(B, N, Q, T)")
    output = subject.ask(Ask(args=args)).output
    _name_nan(output, args[-1], like[1])
    return pair(output, like, letters)


def _name_nan(output: object, mask: Tensor, like: Tensor) -> None:
    """A softmax over the queries is nan where a key is real for none."""
    weights = output[1] if isinstance(output, (tuple, list)) and len(output) == 2 else None
    if not isinstance(weights, Tensor) or weights.shape != like.shape:
        return
    nan, masked = torch.isnan(weights), ~mask.expand_as(like)
    if bool(nan.any()) and torch.equal(nan, masked):
        raise Wrong("softmax_over_queries", OVER_QUERIES)


def _steep(subject: Subject, *args: Tensor) -> Pair:
    try:
        return _ask(subject, *args, like=oracle.attention(*args))
    except Wrong as wrong:
        if wrong.fault == "not_finite":
            raise Wrong("overflow", OVERFLOW) from None
        raise


def _heads(subject: Subject) -> None:
    q, k, v = (normal(B, N, *size, seed=16 + i) for i, size in enumerate(((Q, D), (T, D), (T, E))))
    mask = real()[:, None, None, :]  # (B, 1, 1, T)
    right = oracle.attention(q, k, v, mask)
    same(
        _ask(subject, q, k, v, mask, like=right), right, "four_dimensions",
        "With a dimension for heads, q (B, N, Q, D), the result is another one: count dimensions "
        "from the end, -1 and -2.",
    )  # fmt: skip


def _attention_faults(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> list[Fault]:
    plain = torch.einsum("bqd,btd->bqt", q, k)
    hidden = (~mask).to(q.dtype) * -1e30

    def from_weights(weights: Tensor) -> Pair:
        return torch.einsum("bqt,bte->bqe", weights, v), weights

    def from_scores(scores: Tensor) -> Pair:
        return from_weights(torch.softmax(scores + hidden, dim=2))

    scaled = plain / D**0.5
    unmasked = torch.softmax(scaled, dim=2)
    right = from_scores(scaled)
    inverted = torch.softmax(scaled + mask.to(q.dtype) * -1e30, dim=2)
    return [
        fault("no_scale", "The scores are not divided by sqrt(D).", from_scores(plain)),
        fault("scaled_by_D", "The scores are divided by D; take its square root.",
              from_scores(plain / D)),
        fault("scaled_by_T", "The scores are divided by the root of the number of keys; it is D, "
              "the width of q and k, that counts.", from_scores(plain / T**0.5)),
        fault("multiplied", "The scores are multiplied by sqrt(D); divide by it.",
              from_scores(plain * D**0.5)),
        fault("mask_ignored", "The mask plays no part: padding has weight.",
              from_weights(unmasked)),
        fault("mask_inverted", "The mask is used the other way round: True says that a key is "
              "real.", from_weights(inverted)),
        fault("mask_after_softmax", "Weights of padding are set to 0 after the softmax, so that "
              "the others no longer sum to 1: put -inf into the scores before it.",
              from_weights(unmasked * mask)),
        fault("masked_with_zero", "Scores of padding are set to 0, and exp(0) is 1: set them to "
              "-inf.", from_weights(torch.softmax(scaled * mask, dim=2))),
        fault("softmax_over_queries", OVER_QUERIES,
              from_weights(
                  scaled.masked_fill(~mask, -torch.inf).softmax(dim=1).nan_to_num())),
        fault("scores_returned", "The second result holds scores; return the weights.",
              (right[0], scaled)),
        fault("scores_returned", "The second result holds scores; return the weights.",
              (right[0], scaled.masked_fill(~mask, -1e9))),
    ]  # fmt: skip


def positions(subject: Subject) -> None:
    """Sine and cosine in turn; a pair of columns shares its frequency."""
    right = oracle.positions(9, 6).float()
    shapes: Shapes = {
        (6, 9): ("transposed", "Time is the last dimension: expected (T, D)."),
        (9, 3): ("half_missing", "There is one column for each frequency; each needs two, a sine "
                 "and a cosine."),
        (1, 9, 6): ("dimension_left", "A dimension of size 1 is left over: expected (T, D)."),
    }  # fmt: skip
    got = returned(subject, 9, 6, like=right, letters="(T, D)", shapes=shapes)
    compare(got, right, _position_faults(9, 6), "These are not the sines and cosines asked for.")
    for T_, D_ in ((200, 8), (1, 4)):
        agrees(
            subject, T_, D_, expected=oracle.positions(T_, D_).float(), letters="(T, D)",
            fault="other_sizes", sentence=f"For T = {T_} and D = {D_} the result is another one.",
        )  # fmt: skip


def _position_faults(T: int, D: int) -> list[Fault]:
    t = torch.arange(T, dtype=torch.float64)[:, None]
    pairs = torch.arange(0, D, 2, dtype=torch.float64)
    columns = torch.arange(D, dtype=torch.float64)

    def woven(angles: Tensor, first: Tensor | None = None) -> Tensor:
        both = [angles.sin() if first is None else first, angles.cos()]
        return torch.stack(both, dim=2).reshape(T, D).float()

    angles = t / 10_000 ** (pairs / D)
    each = t / 10_000 ** (columns / D)  # a frequency for every column
    return [
        Fault("sine_and_cosine_swapped", "The cosines come first; begin with the sine.",
              torch.stack([angles.cos(), angles.sin()], dim=2).reshape(T, D).float()),
        Fault("halves", "All sines stand before all cosines; they have to take turns.",
              torch.cat([angles.sin(), angles.cos()], dim=1).float()),
        Fault("from_one", "The first word has position 1; it has position 0.",
              woven((t + 1) / 10_000 ** (pairs / D))),
        Fault("exponent_halved", "The exponent is i / D; it has to be 2 i / D.",
              woven(t / 10_000 ** (pairs / (2 * D)))),
        Fault("exponent_doubled", "The exponent is twice as large as it should be: 2 i is the even "
              "column already.", woven(t / 10_000 ** (2 * pairs / D))),
        Fault("frequency_of_its_own", "Every column has a frequency of its own; sine and cosine of "
              "a pair share one.",
              torch.where(columns % 2 == 0, each.sin(), each.cos()).float()),
        Fault("sines_only", "Every column is a sine.", woven(angles, angles.sin())
              .unflatten(1, (-1, 2))[:, :, :1].expand(T, D // 2, 2).reshape(T, D)),
        Fault("frequencies_inverted", "The angle is t times the power of 10,000; divide by it.",
              woven((t * 10_000 ** (pairs / D).float()).float())),
    ]  # fmt: skip


def masked_mean(subject: Subject) -> None:
    """Each review's mean over its own real words."""
    states, mask = normal(B, T, D, seed=21), real()
    right = oracle.masked_mean(states, mask)
    shapes: Shapes = {
        (B, T, D): ("not_summed", "There is still a number for each word: sum over time."),
        (B, T): ("over_features", "The mean runs over the features; it has to run over time."),
        (T, D): ("over_batch", "The mean runs over the batch; it has to run over time."),
        (D,): ("one_for_all", "There is one mean for the whole batch: each review has its own."),
        (B, 1, D): ("dimension_left", "A dimension of size 1 is left over: expected (B, D)."),
    }
    got = returned(subject, states, mask, like=right, letters="(B, D)", shapes=shapes)
    blame(got, right, _mean_faults(states, mask))
    agrees(
        subject, loud(states, mask, 22), mask, expected=got, letters="(B, D)",
        fault="padding_read", sentence="Other numbers on the padding change the mean.",
    )  # fmt: skip
    one_alone(subject, (states, mask), whole=got, letters="(B, D)")
    compare(got, right, (), "This is not the mean of the real states.")
    scattered = mask.flip(1)
    agrees(
        subject, states, scattered, expected=oracle.masked_mean(states, scattered),
        letters="(B, D)", fault="padding_in_front",
        sentence="Where the padding stands in front the mean is another one: use the mask itself, "
        "not only how many words are real.",
    )  # fmt: skip
    agrees(
        subject, states.float(), mask, expected=right.float(), letters="(B, D)",
        fault="wrong_in_float32", sentence="With float32 numbers the result is another one.",
    )  # fmt: skip
    untouched(subject, states, mask)
    gradients_flow(subject, states, mask, oracle=oracle.masked_mean, names=("states", "mask"))


def _mean_faults(states: Tensor, mask: Tensor) -> list[Fault]:
    wide = mask[:, :, None]
    total = (states * wide).sum(dim=1)
    counts = LENGTHS[:, None]
    return [
        Fault("padding_in_mean", "The mean runs over the padding too.", states.mean(dim=1)),
        Fault("divided_by_T", "The sum of the real states is divided by T, padding and all; divide "
              "by the number of real words.", total / T),
        Fault("sum_only", "This is the sum; divide it by the number of real words.", total),
        Fault("mask_inverted", "The mask is used the other way round: this is the mean of the "
              "padding.", (states * ~wide).sum(dim=1) / (T - counts)),
        Fault("divided_by_all", "The sum is divided by the real words of the whole batch; each "
              "review has its own number.", total / LENGTHS.sum()),
        Fault("largest", "This is the largest number of each feature; the mean is asked for.",
              states.masked_fill(~wide, -torch.inf).amax(dim=1)),
        Fault("first_state", "This is the first state.", states[:, 0]),
    ]  # fmt: skip
