"""Hidden checks of `addition`, second part: numbers on a map, and the network that is varied.

Letters in shapes: B batch, T time; all sizes differ.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import Shapes, agrees, one_alone, returned, untouched
from course_lib.answers.hidden import addition_networks as networks
from course_lib.answers.hidden.addition_expected import B, T, sequences, uniform
from course_lib.answers.reference import addition as oracle
from course_lib.answers.registry import hidden
from course_lib.lab.check import Fault, blame, compare
from course_lib.lab.subject import Subject

_ONE_EACH: Shapes = {
    (): ("one_for_the_batch", "One number for the whole batch; each sequence has its own."),
    (1,): ("one_for_the_batch", "One number for the whole batch; each sequence has its own."),
    (T,): ("over_the_batch", "The batch is summed up; each sequence has a number of its own."),
    (B, 1): ("dimension_left", "A dimension of size 1 is left over: expected (B,)."),
    (B, T): ("time_not_summed", "There is a number for every step yet: sum up over time."),
}


def _mask() -> Tensor:
    """The true mask of sequences of ours, (B, T)."""
    return oracle.addends(sequences(seed=140))


def _edges(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Weights and masks that are True everywhere, or at the first step alone."""
    mask = torch.zeros(2, T, dtype=torch.bool)
    mask[0], mask[1, 0] = True, True
    return uniform(2, T, seed=141, dtype=dtype), mask


@hidden.check("addition", "squared_error", points=1)
def squared_error(subject: Subject) -> None:
    """The mean over time of the squared difference from 1 or 0."""
    weights, mask = uniform(B, T, seed=142), _mask()
    right = oracle.squared_error(weights, mask)
    got = returned(subject, weights, mask, like=right, letters="(B,)", shapes=_ONE_EACH)
    blame(got, right, _error_faults(weights, mask))
    one_alone(subject, (weights, mask), whole=got, letters="(B,)")
    compare(got, right, (), "This is not the mean over time of (weight - truth) squared.")
    single = right.float()
    agrees(
        subject, weights.float(), mask, expected=single, letters="(B,)",
        fault="wrong_in_float32", sentence="With float32 weights the error is another one.",
    )  # fmt: skip
    untouched(subject, weights, mask)


def _error_faults(weights: Tensor, mask: Tensor) -> list[Fault]:
    off = weights - mask.to(weights.dtype)
    squares = off**2
    return [
        Fault(
            "sum_instead_of_mean",
            "The squares are summed over time; take their mean.",
            squares.sum(dim=1),
        ),
        Fault(
            "absolute_error",
            "These are means of the absolute differences; square them instead.",
            off.abs().mean(dim=1),
        ),
        Fault("root_taken", "The root of the mean is taken; leave it out.", squares.mean(1).sqrt()),
        Fault(
            "square_of_mean",
            "The mean comes before the square: differences of both signs cancel out.",
            off.mean(dim=1) ** 2,
        ),
        Fault(
            "mask_inverted",
            "The weights are compared with the inverted mask.",
            ((weights - (~mask).to(weights.dtype)) ** 2).mean(dim=1),
        ),
        Fault(
            "addends_only",
            "Only the steps of the mask count; weight at other steps is an error as well.",
            (squares * mask).sum(dim=1) / mask.sum(dim=1),
        ),
        Fault(
            "addends_only",
            "Only the steps of the mask count; weight at other steps is an error as well.",
            (squares * mask).mean(dim=1),
        ),
        Fault("mask_unused", "The mask plays no part.", (weights**2).mean(dim=1)),
    ]


@hidden.check("addition", "overlap", points=3)
def overlap(subject: Subject) -> None:
    """Intersection over union of the lit steps with the mask."""
    weights, mask = uniform(B, T, seed=150, dtype=torch.float32), _mask()
    weights *= torch.tensor([[0.6], [0.9], [0.4], [0.7]])  # no threshold fits all rows
    # A tie: exactly half of the largest is lit, and stands among the addends.
    weights[0, 4], weights[0, 1] = 0.625, 0.3125
    right = oracle.overlap(weights, mask)
    got = returned(subject, weights, mask, like=right, letters="(B,)", shapes=_ONE_EACH)
    blame(got, right, _overlap_faults(weights, mask))
    one_alone(subject, (weights, mask), whole=got, letters="(B,)")
    agrees(
        subject, weights / 1024, mask, expected=got, letters="(B,)",
        fault="depends_on_scale",
        sentence="Weights a thousand times smaller give another overlap: lit is what comes near "
        "the largest weight of its row, however small that is.",
    )  # fmt: skip
    compare(got, right, (), "This is not intersection over union of the lit steps and the mask.")
    some, edges = _edges(torch.float32)
    agrees(
        subject, some, edges, expected=oracle.overlap(some, edges), letters="(B,)",
        fault="edge_masks",
        sentence="A mask that is True everywhere, or at the first step alone, comes out wrong.",
    )  # fmt: skip
    untouched(subject, weights, mask)


def _overlap_faults(weights: Tensor, mask: Tensor) -> list[Fault]:
    largest = weights.amax(dim=1, keepdim=True)
    lit = weights >= largest / 2
    both, either = (lit & mask).sum(dim=1), (lit | mask).sum(dim=1)

    def with_lit(lit: Tensor, mask: Tensor = mask) -> Tensor:
        return (lit & mask).sum(dim=1) / (lit | mask).sum(dim=1)

    true = mask.to(weights.dtype)
    soft = torch.minimum(weights, true).sum(dim=1) / torch.maximum(weights, true).sum(dim=1)
    return [
        Fault(
            "fixed_threshold",
            "A step is lit here from 0.5 on; it has to be half of the row's largest weight: "
            "weights that share a sum of 1 are often all below 0.5.",
            with_lit(weights >= 0.5),
        ),
        Fault(
            "mean_as_threshold",
            "A step is lit here from the row's mean on; it has to be half of the largest weight.",
            with_lit(weights >= weights.mean(dim=1, keepdim=True)),
        ),
        Fault(
            "largest_of_batch",
            "The threshold is half of the batch's largest weight; each row has its own.",
            with_lit(weights >= weights.max() / 2),
        ),
        Fault(
            "tie_not_lit",
            "A weight of exactly half the largest counts as lit: use >=, not >.",
            with_lit(weights > largest / 2),
        ),
        Fault(
            "largest_only",
            "Only the largest weight is lit; all from half of it on are.",
            with_lit(weights == largest),
        ),
        Fault(
            "mask_inverted", "The steps are compared with the inverted mask.", with_lit(lit, ~mask)
        ),
        Fault("lit_inverted", "The lit steps are those below the threshold.", with_lit(~lit)),
        Fault(
            "divided_by_mask",
            "The intersection is divided by the number of true steps: weight elsewhere then costs "
            "nothing. Divide by the union.",
            both / mask.sum(dim=1),
        ),
        Fault(
            "divided_by_lit",
            "The intersection is divided by the number of lit steps: a true step that is missed "
            "then costs nothing. Divide by the union.",
            both / lit.sum(dim=1),
        ),
        Fault(
            "union_counts_twice",
            "Steps of the intersection are counted twice in the union: use `|`.",
            both / (lit.sum(dim=1) + mask.sum(dim=1)),
        ),
        Fault(
            "dice",
            "This is twice the intersection over the sum of both sizes, another measure; divide "
            "the intersection by the union.",
            2 * both / (lit.sum(dim=1) + mask.sum(dim=1)),
        ),
        Fault(
            "share_of_agreement",
            "This is the share of steps at which map and mask agree, dark ones too.",
            (lit == mask).float().mean(dim=1),
        ),
        Fault("divided_by_T", "The intersection is divided by T; divide by the union.", both / T),
        Fault("distance", "This is 1 minus the overlap, a distance.", 1 - both / either),
        Fault(
            "soft",
            "The weights themselves are compared; first decide which steps are lit.",
            soft,
        ),
    ]


@hidden.check("addition", "mass", points=2)
def mass(subject: Subject) -> None:
    """The share of the weight that lies somewhere, whatever the weights sum to."""
    weights, where = uniform(B, T, seed=160), _mask()
    right = oracle.mass(weights, where)
    got = returned(subject, weights, where, like=right, letters="(B,)", shapes=_ONE_EACH)
    blame(got, right, _mass_faults(weights, where))
    one_alone(subject, (weights, where), whole=got, letters="(B,)")
    compare(got, right, (), "This is not the weight where the mask is True over all the weight.")
    some, edges = _edges(torch.float64)
    nowhere = torch.zeros_like(edges)
    for there in (edges, nowhere):
        agrees(
            subject, some, there, expected=oracle.mass(some, there), letters="(B,)",
            fault="edge_masks",
            sentence="A mask that is True everywhere, once or nowhere comes out wrong: the mass "
            "there is 1, a part, and 0.",
        )  # fmt: skip
    agrees(
        subject, weights.float(), where, expected=right.float(), letters="(B,)",
        fault="wrong_in_float32", sentence="With float32 weights the mass is another one.",
    )  # fmt: skip
    untouched(subject, weights, where)


def _mass_faults(weights: Tensor, where: Tensor) -> list[Fault]:
    there = (weights * where).sum(dim=1)
    everything = weights.sum(dim=1)
    return [
        Fault(
            "not_divided",
            "This is the weight there, not its share: divide by the sum of all weights, which is "
            "not 1 for gates.",
            there,
        ),
        Fault("mask_inverted", "This is the share that lies elsewhere.", 1 - there / everything),
        Fault(
            "mean_there",
            "This is the mean weight there; divide by the sum of all weights.",
            there / where.sum(dim=1),
        ),
        Fault("divided_by_T", "The weight there is divided by T.", there / T),
        Fault(
            "share_of_steps",
            "This is the share of the steps, whatever weight they have.",
            where.to(weights.dtype).mean(dim=1),
        ),
        Fault(
            "divided_by_rest",
            "The weight there is divided by the weight elsewhere; divide by all of it.",
            there / (everything - there),
        ),
        Fault(
            "largest_instead_of_sum",
            "Only the largest weight there counts; sum them.",
            (weights * where).amax(dim=1) / everything,
        ),
        Fault(
            "batch_as_whole",
            "Each sequence's weight is divided by that of the whole batch.",
            there / weights.sum(),
        ),
    ]


@hidden.check("addition", "variant", points=4, subject="Variant")
def variant(subject: Subject) -> None:
    """The network that is varied: every choice of values and weighing."""
    networks.check_variant(subject)
