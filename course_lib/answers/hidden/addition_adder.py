"""Hidden checks of `addition`, first part: the true mask, and attention on top of an LSTM.

Letters in shapes: B batch, T time, H hidden, D numbers in a value; all sizes differ.
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
    rows_sum_to_one,
    untouched,
)
from course_lib.answers.hidden import addition_networks as networks
from course_lib.answers.hidden.addition_expected import POSITIONS, B, H, T, sequences, uniform
from course_lib.answers.reference import addition as oracle
from course_lib.answers.registry import hidden
from course_lib.answers.softmax_over_time import softmax_faults, softmax_laws
from course_lib.lab.check import Fault, Wrong, blame, compare
from course_lib.lab.subject import Ask, Subject

D = 3


@hidden.check("addition", "addends", points=2)
def addends(subject: Subject) -> None:
    """True before the delimiter, whatever the numbers are."""
    x = sequences(seed=110)
    right = oracle.addends(x)
    found = subject.ask(Ask(args=(x,))).output
    if isinstance(found, Tensor) and found.shape == right.shape and found.dtype != torch.bool:
        raise Wrong(
            "not_bool",
            f"The mask has dtype {found.dtype}; it has to be torch.bool: comparisons such as == "
            "and < give truth values, arithmetic gives numbers.",
        )
    shapes: Shapes = {
        (B,): ("one_entry_a_row", "There is one entry for each sequence; each number needs one."),
        (T,): ("one_row_for_all", "There is one row for all: each sequence has its own delimiter."),
        (T, B): ("time_first", "Time is the first dimension: expected (B, T)."),
        (sum(POSITIONS),): ("flattened", "Only the addends come back: keep the shape (B, T)."),
    }
    got = returned(subject, x, like=right, letters="(B, T)", shapes=shapes)
    blame(got, right, _mask_faults())
    one_alone(subject, (x,), whole=got, letters="(B, T)")
    compare(got, right, (), "The mask is not True exactly before the delimiter.")
    edges = sequences(seed=111, positions=(1, T - 1, 0))
    agrees(
        subject, edges, expected=oracle.addends(edges), letters="(B, T)",
        fault="delimiter_at_the_edge",
        sentence="A delimiter at the first, second or last place gives a wrong mask.",
    )  # fmt: skip
    near = sequences(seed=112, dtype=torch.float32)
    near[:, 0] = 1e-4
    agrees(
        subject, near, expected=oracle.addends(near), letters="(B, T)",
        fault="near_zero",
        sentence="A number of 0.0001 is taken for the delimiter: only 0 itself is one.",
    )  # fmt: skip
    untouched(subject, x)


def _mask_faults() -> list[Fault]:
    step, place = torch.arange(T), torch.tensor(POSITIONS)[:, None]
    right = step < place
    return [
        Fault(
            "delimiter_included",
            "The delimiter itself is True: it stands at the end of the addends and is none.",
            step <= place,
        ),
        Fault("mask_inverted", "The mask is True from the delimiter on: it is inverted.", ~right),
        Fault(
            "after_the_delimiter",
            "The mask is True after the delimiter; the addends stand before it.",
            step > place,
        ),
        Fault(
            "all_numbers",
            "Every number but the delimiter is True; those after it are not added.",
            step != place,
        ),
        Fault("delimiter_only", "Only the delimiter itself is True.", step == place),
        Fault(
            "last_addend_missing",
            "The last number before the delimiter is left out.",
            step < place - 1,
        ),
        Fault(
            "first_addend_missing",
            "The first number is left out: steps are counted from 0.",
            right & (step > 0),
        ),
        Fault(
            "one_row_for_all",
            "Every row is cut at the delimiter of the first sequence.",
            (step < place[0]).expand(B, T),
        ),
        Fault(
            "everything",
            "Every step is True: only those before the delimiter are added.",
            torch.ones_like(right),
        ),
    ]


@hidden.check("addition", "attention_weights", points=2)
def attention_weights(subject: Subject) -> None:
    """A softmax over time of one score a step."""
    states, w = normal(B, T, H, seed=120), normal(H, seed=121)
    right = oracle.attention_weights(states, w)
    shapes: Shapes = {
        (B, T, H): (
            "hidden_not_summed",
            "Every entry of a state has a weight of its own: sum over the hidden dimension first.",
        ),
        (B, H): ("summed_over_time", "The sum runs over time; it has to run over hidden."),
        (T, H): ("summed_over_batch", "The sum runs over the batch; it has to run over hidden."),
        (T, B): ("time_first", "Time is the first dimension: expected (B, T)."),
        (B, T, 1): ("dimension_left", "A dimension of size 1 is left over: expected (B, T)."),
    }
    got = returned(subject, states, w, like=right, letters="(B, T)", shapes=shapes)
    blame(got, right, _weight_faults(states, w))
    one_alone(subject, (states,), (w,), whole=got, letters="(B, T)")
    rows_sum_to_one(got)
    agrees(
        subject, states.flip(1), w, expected=got.flip(1), letters="(B, T)",
        fault="depends_on_place",
        sentence="With the states in reverse order the weights are not those in reverse order: a "
        "weight may depend on the states, not on where they stand.",
    )  # fmt: skip
    compare(got, right, (), "The weights are not the softmax over time of the scores.")
    softmax_laws(
        subject, states, w, oracle.attention_weights, one_step=w, whose="sequence",
        names=("states", "w"),
    )  # fmt: skip


def _weight_faults(states: Tensor, w: Tensor) -> list[Fault]:
    scores = oracle.scores(states, w)
    weights = torch.softmax(scores, dim=1)
    return [
        *softmax_faults(states * w, scores, whose="sequence"),
        Fault(
            "softmax_twice",
            "The softmax is applied to weights that came out of it already.",
            torch.softmax(weights, dim=1),
        ),
        Fault(
            "w_unused",
            "The scores are sums of the states' entries: w plays no part.",
            torch.softmax(states.sum(dim=2), dim=1),
        ),
    ]


@hidden.check("addition", "weighted_sum", points=2)
def weighted_sum(subject: Subject) -> None:
    """A sum over time; the weights need not sum to 1."""
    weights, values = uniform(B, T, seed=130), normal(B, T, D, seed=131)
    right = oracle.weighted_sum(weights, values)
    shapes: Shapes = {
        (B, T, D): ("time_not_summed", "The weighted values are not summed over time yet."),
        (B, 1, D): ("dimension_left", "A dimension of size 1 is left over: expected (B, D)."),
        (B, D, 1): ("dimension_left", "A dimension of size 1 is left over: expected (B, D)."),
        (B, T): ("summed_over_values", "The sum runs over D; it has to run over time."),
        (T, D): ("summed_over_batch", "The sum runs over the batch; it has to run over time."),
        (B, B, D): ("batch_mixed", "Each sequence's weights meet the values of all sequences."),
    }
    got = returned(subject, weights, values, like=right, letters="(B, D)", shapes=shapes)
    blame(got, right, _sum_faults(weights, values))
    one_alone(subject, (weights, values), whole=got, letters="(B, D)")
    compare(got, right, (), "The result is not the sum over time of weight times value.")
    agrees(
        subject, weights.float(), values.float(), expected=right.float(), letters="(B, D)",
        fault="wrong_in_float32", sentence="With float32 numbers the sum is another one.",
    )  # fmt: skip
    untouched(subject, weights, values)
    gradients_flow(
        subject, weights, values, oracle=oracle.weighted_sum, names=("weights", "values")
    )


def _sum_faults(weights: Tensor, values: Tensor) -> list[Fault]:
    weighted = weights[:, :, None] * values
    total = weighted.sum(dim=1)
    return [
        Fault(
            "divided_by_weights",
            "The sum is divided by the sum of the weights: that makes a mean, and not every kind "
            "of weights sums to 1.",
            total / weights.sum(dim=1, keepdim=True),
        ),
        Fault(
            "divided_by_T",
            "The weighted sum is divided by T: take the sum over time, no mean.",
            total / T,
        ),
        Fault(
            "softmax_on_weights",
            "The weights go through a softmax first: use them as they are.",
            torch.einsum("bt,btd->bd", torch.softmax(weights, dim=1), values),
        ),
        Fault(
            "mean_over_time",
            "This is the plain mean of the values: the weights play no part.",
            values.mean(dim=1),
        ),
        Fault("unweighted_sum", "The values are summed without weights.", values.sum(dim=1)),
        Fault(
            "largest_instead_of_sum",
            "The largest weighted value over time is taken; it has to be the sum.",
            weighted.amax(dim=1),
        ),
        Fault(
            "best_step_only",
            "Only the value with the largest weight is taken: all steps count, each by its weight.",
            values[torch.arange(B), weights.argmax(dim=1)],
        ),
        Fault("last_step_only", "This is the value of the last step.", values[:, -1]),
        Fault(
            "weights_of_first_item",
            "All sequences use the weights of the first one.",
            torch.einsum("t,btd->bd", weights[0], values),
        ),
        Fault(
            "weights_reversed",
            "The weights run backwards in time against the values.",
            torch.einsum("bt,btd->bd", weights.flip(1), values),
        ),
    ]


@hidden.check("addition", "adder", points=4, subject="Adder")
def adder(subject: Subject) -> None:
    """The network of the first half: structure, numbers, then laws."""
    networks.check_adder(subject)
