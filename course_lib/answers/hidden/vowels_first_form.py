"""Hidden checks of `vowels`, first half: padding, and attention that does not know of it.

Letters in shapes: B batch, T time, D feature, H hidden, K classes; all sizes differ.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import (
    Shapes,
    agrees,
    distribution,
    gradients_flow,
    normal,
    one_alone,
    returned,
    rows_sum_to_one,
    untouched,
)
from course_lib.answers.hidden import vowels_classifiers as classifiers
from course_lib.answers.reference import vowels as oracle
from course_lib.answers.registry import hidden
from course_lib.answers.softmax_over_time import softmax_faults, softmax_laws
from course_lib.lab.check import Fault, Wrong, blame, compare
from course_lib.lab.subject import Subject

B, T, H, D = 4, 7, 5, 3


def _utterances(seed: int, *lengths: int, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [normal(n, D, seed=seed + i, dtype=dtype) for i, n in enumerate(lengths)]


def _placed(utterances: list[Tensor], T: int, starts: list[int]) -> Tensor:
    """Zeros with the utterances from their starts on; (B, T, D)."""
    x = torch.zeros(len(utterances), T, D, dtype=utterances[0].dtype)
    for row, frames, start in zip(x, utterances, starts, strict=True):
        row[start : start + len(frames)] = frames[: T - start]
    return x


@hidden.check("vowels", "pad_sequences", points=2)
def pad_sequences(subject: Subject) -> None:
    """Zeros behind each utterance up to T, and nothing else."""
    utterances, lengths = _utterances(10, 4, 1, 6, 2), (4, 1, 6, 2)
    right = oracle.pad_sequences(utterances, T)
    shapes: Shapes = {
        (B, max(lengths), D): (
            "padded_to_longest",
            f"The batch has {max(lengths)} steps, as its longest utterance, where T = {T} are "
            "asked for.",
        ),
        (T, B, D): ("time_first", "Time is the first dimension: expected (B, T, D)."),
        (B, D, T): ("time_last", "Time is the last dimension: expected (B, T, D)."),
        (B, min(lengths), D): ("cut_to_shortest", "Every utterance is cut to the shortest one."),
        (B * T, D): ("batch_not_stacked", "The utterances are joined end to end: stack them."),
    }
    got = returned(subject, utterances, T, like=right, letters="(B, T, D)", shapes=shapes)
    blame(got, right, _padding_faults(utterances))
    if not bool((got[~oracle.sequence_mask(torch.tensor(lengths), T)] == 0).all()):
        raise Wrong("padding_not_zero", "Some rows behind the end of an utterance are not 0.")
    compare(got, right, (), "The batch does not hold the frames of each utterance in order.")
    full = _utterances(20, T, 1, T)
    agrees(
        subject, full, T, expected=oracle.pad_sequences(full, T), letters="(B, T, D)",
        fault="longest_cut", sentence="An utterance of exactly T frames does not come through.",
    )  # fmt: skip
    single = _utterances(30, 3, 5, dtype=torch.float32)
    agrees(
        subject, single, T, expected=oracle.pad_sequences(single, T), letters="(B, T, D)",
        fault="wrong_in_float32", sentence="With float32 frames the result is another one.",
    )  # fmt: skip
    one_alone(subject, (utterances,), (T,), whole=got, letters="(B, T, D)")
    untouched(subject, utterances, T)


def _padding_faults(utterances: list[Tensor]) -> list[Fault]:
    lengths = [len(frames) for frames in utterances]
    nowhere = [0] * B
    repeated = _placed(utterances, T, nowhere)
    for row, n in zip(repeated, lengths, strict=True):
        row[n:] = row[n - 1]
    cycled = torch.stack([frames[torch.arange(T) % len(frames)] for frames in utterances])
    order = sorted(range(B), key=lambda item: -lengths[item])
    return [
        Fault(
            "padding_in_front",
            "The zeros stand in front of the utterance; they belong behind its last frame.",
            _placed(utterances, T, [T - n for n in lengths]),
        ),
        Fault(
            "cut_to_shortest",
            "Every utterance is cut to the length of the shortest one.",
            _placed([frames[: min(lengths)] for frames in utterances], T, nowhere),
        ),
        Fault(
            "last_frame_lost",
            "The last frame of each utterance is missing: a slice ends one step too early.",
            _placed([frames[:-1] for frames in utterances], T, nowhere),
        ),
        Fault(
            "shifted_by_one",
            "Each utterance starts at step 1 instead of step 0.",
            _placed(utterances, T, [1] * B),
        ),
        Fault(
            "last_frame_repeated",
            "The padding repeats the last frame; it has to be 0.",
            repeated,
        ),
        Fault("frames_cycled", "The padding starts the utterance again; it has to be 0.", cycled),
        Fault(
            "sorted_by_length",
            "The utterances come back sorted by length: their labels no longer fit.",
            _placed([utterances[item] for item in order], T, nowhere),
        ),
    ]


@hidden.check("vowels", "time_weights", points=3)
def time_weights(subject: Subject) -> None:
    """A softmax over time of one score a step."""
    states, W = normal(B, T, H, seed=40), normal(T, H, seed=41)
    right = oracle.time_weights(states, W)
    got = returned(subject, states, W, like=right, letters="(B, T)", shapes=_SCORE_SHAPES)
    blame(got, right, _time_faults(states, W))
    one_alone(subject, (states,), (W,), whole=got, letters="(B, T)")
    rows_sum_to_one(got)
    compare(got, right, (), "The weights are not the softmax over time of the scores.")
    softmax_laws(
        subject, states, W, oracle.time_weights, one_step=W[:1], whose="utterance",
        names=("states", "W"),
    )  # fmt: skip


_NOT_SUMMED = "Every state entry has a weight of its own: sum over the hidden dimension first."
_SCORE_SHAPES: Shapes = {
    (B, T, H): ("hidden_not_summed", _NOT_SUMMED),
    (B, T, T): (
        "steps_mixed",
        "A matrix product compares every step with every row of W; step t needs row t only.",
    ),
    (B, H): ("summed_over_time", "The scores are summed over time; sum over the hidden dimension."),
    (T, H): ("summed_over_batch", "The scores are summed over the batch; sum over hidden."),
    (T, B): ("time_first", "Time is the first dimension: expected (B, T)."),
    (B, T, 1): ("dimension_left", "A dimension of size 1 is left over: expected (B, T)."),
}


def _time_faults(states: Tensor, W: Tensor) -> list[Fault]:
    scores = oracle.time_scores(states, W)
    reshaped = torch.einsum("bth,th->bt", states, W.reshape(H, T).T)
    return [
        *softmax_faults(states * W, scores, whose="utterance"),
        Fault(
            "W_reshaped",
            "W is read in the order of its transpose: row t of W belongs to step t as it is.",
            torch.softmax(reshaped, dim=1),
        ),
        Fault(
            "first_row_of_W",
            "Every step is scored with the first row of W; step t has row t.",
            torch.softmax(states @ W[0], dim=1),
        ),
    ]


@hidden.check("vowels", "context_vector", points=2)
def context_vector(subject: Subject) -> None:
    """The mean of the states, weighted."""
    weights, states = distribution(B, T, seed=50), normal(B, T, H, seed=51)
    right = oracle.context_vector(weights, states)
    shapes: Shapes = {
        (B, T, H): ("time_not_summed", "The weighted states are not summed over time yet."),
        (B, 1, H): ("dimension_left", "A dimension of size 1 is left over: expected (B, H)."),
        (B, H, 1): ("dimension_left", "A dimension of size 1 is left over: expected (B, H)."),
        (B, T): ("summed_over_hidden", "The sum runs over hidden; it has to run over time."),
        (T, H): ("summed_over_batch", "The sum runs over the batch; it has to run over time."),
        (B, B, H): ("batch_mixed", "Each utterance's weights meet the states of all utterances."),
    }
    got = returned(subject, weights, states, like=right, letters="(B, H)", shapes=shapes)
    blame(got, right, _context_faults(weights, states))
    one_alone(subject, (weights, states), whole=got, letters="(B, H)")
    compare(got, right, (), "The context is not the sum over time of weight times state.")
    tiny = normal(1, 1, 1, seed=53)
    agrees(
        subject, torch.ones(1, 1, dtype=torch.float64), tiny, expected=tiny[0], letters="(B, H)",
        fault="one_step", sentence="With a single step the context has to be its state.",
    )  # fmt: skip
    agrees(
        subject, weights.float(), states.float(), expected=right.float(), letters="(B, H)",
        fault="wrong_in_float32", sentence="With float32 numbers the context is another one.",
    )  # fmt: skip
    untouched(subject, weights, states)
    gradients_flow(
        subject, weights, states, oracle=oracle.context_vector, names=("weights", "states")
    )


def _context_faults(weights: Tensor, states: Tensor) -> list[Fault]:
    weighted = weights[:, :, None] * states
    best = states[torch.arange(B), weights.argmax(dim=1)]
    again = torch.softmax(weights, dim=1)
    return [
        Fault(
            "mean_over_time",
            "This is the plain mean of the states: the weights play no part.",
            states.mean(dim=1),
        ),
        Fault("unweighted_sum", "The states are summed without weights.", states.sum(dim=1)),
        Fault(
            "weighted_mean",
            "The weighted sum is divided by T: weights that sum to 1 make a mean already.",
            weighted.mean(dim=1),
        ),
        Fault(
            "largest_instead_of_sum",
            "The largest weighted entry over time is taken; it has to be the sum.",
            weighted.amax(dim=1),
        ),
        Fault(
            "best_step_only",
            "Only the state with the largest weight is taken: all steps count, each by its weight.",
            best,
        ),
        Fault("last_step_only", "This is the state of the last step.", states[:, -1]),
        Fault(
            "softmax_twice",
            "The weights go through a softmax once more: they are shares already.",
            torch.einsum("bt,bth->bh", again, states),
        ),
        Fault(
            "weights_of_first_item",
            "All utterances use the weights of the first one.",
            torch.einsum("t,bth->bh", weights[0], states),
        ),
        Fault(
            "weights_reversed",
            "The weights run backwards in time against the states.",
            torch.einsum("bt,bth->bh", weights.flip(1), states),
        ),
    ]


@hidden.check("vowels", "attention_classifier", points=4, subject="AttentionClassifier")
def attention_classifier(subject: Subject) -> None:
    """The first network: structure, numbers, then laws."""
    classifiers.check_classifier(subject)


@hidden.check("vowels", "attention_reader", points=2, subject="AttentionReader")
def attention_reader(subject: Subject) -> None:
    """The same network, read out."""
    classifiers.check_reader(subject)


@hidden.check("vowels", "padding_mass", points=2)
def padding_mass(subject: Subject) -> None:
    """The share of the attention that falls behind the end of each utterance."""
    weights, lengths = distribution(B, T, seed=60), torch.tensor([5, 2, 6, 3])
    right = oracle.padding_mass(weights, lengths)
    shapes: Shapes = {
        (): ("summed_over_batch", "One number for the batch; each utterance has its own."),
        (1,): ("summed_over_batch", "One number for the batch; each utterance has its own."),
        (B, 1): ("dimension_left", "A dimension of size 1 is left over: expected (B,)."),
        (T,): ("summed_over_batch", "The sum runs over the batch; it has to run over time."),
        (B, T): ("time_not_summed", "The weights on padding are not summed over time yet."),
    }
    got = returned(subject, weights, lengths, like=right, letters="(B,)", shapes=shapes)
    blame(got, right, _mass_faults(weights, lengths))
    one_alone(subject, (weights, lengths), whole=got, letters="(B,)")
    compare(got, right, (), "The mass is not the sum of the weights from the length on.")
    extremes = torch.tensor([T, 1, T, 1])
    agrees(
        subject, weights, extremes, expected=oracle.padding_mass(weights, extremes),
        letters="(B,)", fault="extreme_lengths",
        sentence="Lengths 1 and T come out wrong: length T leaves no padding, so no mass.",
    )  # fmt: skip
    agrees(
        subject, weights.float(), lengths, expected=right.float(), letters="(B,)",
        fault="wrong_in_float32", sentence="With float32 weights the mass is another one.",
    )  # fmt: skip
    untouched(subject, weights, lengths)


def _mass_faults(weights: Tensor, lengths: Tensor) -> list[Fault]:
    step = torch.arange(T)
    count = T - lengths
    return [
        Fault(
            "mass_on_real_steps",
            "This is the mass on the real steps; the padding has the rest of it.",
            1 - oracle.padding_mass(weights, lengths),
        ),
        Fault(
            "last_real_step_counted",
            "The last real step is counted as padding: the first padded step is the length itself.",
            oracle.padding_mass(weights, lengths - 1),
        ),
        Fault(
            "first_padding_missed",
            "The first padded step, whose index is the length, is left out.",
            oracle.padding_mass(weights, lengths + 1),
        ),
        Fault(
            "mean_instead_of_sum",
            "This is the mean weight of a padded step; the mass is their sum.",
            oracle.padding_mass(weights, lengths) / count,
        ),
        Fault(
            "divided_by_T",
            "The mass is divided by T: sum over time, take no mean.",
            oracle.padding_mass(weights, lengths) / T,
        ),
        Fault(
            "first_length_for_all",
            "All utterances are cut at the length of the first one.",
            weights[:, int(lengths[0]) :].sum(dim=1),
        ),
        Fault(
            "share_of_steps",
            "This is the share of padded steps, whatever weight they have.",
            count / T,
        ),
        Fault(
            "largest_instead_of_sum",
            "This is the largest weight on the padding; the mass is the sum.",
            (weights * (step >= lengths[:, None])).amax(dim=1),
        ),
    ]
