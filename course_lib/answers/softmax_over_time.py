"""What two lectures ask of weights that are a softmax over time of one score a step.

A score is a sum over the hidden dimension of a state times a parameter; lectures differ in which.
Letters in shapes: B batch, T time, H hidden.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.answers.asking import agrees, gradients_flow, untouched
from course_lib.lab.check import Fault
from course_lib.lab.subject import Subject

SOFTMAX_OVER_BATCH = (
    "The weights sum to 1 over the batch, not over time: softmax has the wrong dim."
)


def softmax_laws(
    subject: Subject,
    states: Tensor,
    parameter: Tensor,
    oracle: Callable[[Tensor, Tensor], Tensor],
    *,
    one_step: Tensor,
    whose: str,
    names: tuple[str, str],
) -> None:
    """Laws: one step, large scores, float32; then that inputs stay and gradients arrive.

    Args:
        subject: The function of states and parameter.
        states: (B, T, H), float64.
        parameter: What the states are multiplied with.
        oracle: The right function.
        one_step: The parameter for states of a single step.
        whose: What the lecture calls an item of the batch.
        names: What the exercise calls the two arguments.

    Raises:
        Wrong: With the law that is broken.
    """
    right = oracle(states, parameter)
    agrees(
        subject, states[:2, :1], one_step, expected=torch.ones(2, 1, dtype=torch.float64),
        letters="(B, T)", fault="one_step",
        sentence="With a single step all the weight has to be on it.",
    )  # fmt: skip
    large = states * 10.0 ** torch.arange(len(states)).reshape(-1, 1, 1)
    agrees(
        subject, large, parameter, expected=oracle(large, parameter), letters="(B, T)",
        fault="overflow",
        sentence="Scores of some thousands give nan or wrong weights: exp overflows, unless each "
        f"{whose}'s largest score is subtracted first, as torch.softmax does.",
    )  # fmt: skip
    agrees(
        subject, states.float(), parameter.float(), expected=right.float(), letters="(B, T)",
        fault="wrong_in_float32", sentence="With float32 numbers the weights are others.",
    )  # fmt: skip
    untouched(subject, states, parameter)
    gradients_flow(subject, states, parameter, oracle=oracle, names=names)


def softmax_faults(products: Tensor, scores: Tensor, *, whose: str) -> list[Fault]:
    """What known wrong softmaxes make of the scores.

    Args:
        products: States times parameter, (B, T, H), of which the scores are the sums.
        scores: The right scores, (B, T).
        whose: What the lecture calls an item of the batch.
    """
    hidden = products.shape[2]
    return [
        Fault("softmax_over_batch", SOFTMAX_OVER_BATCH, torch.softmax(scores, dim=0)),
        Fault(
            "softmax_over_hidden",
            "The softmax runs over the hidden dimension, so that every step gets weight 1.",
            torch.softmax(products, dim=2).sum(dim=2),
        ),
        Fault(
            "softmax_over_everything",
            f"The weights sum to 1 over the whole batch; each {whose} needs a sum of 1.",
            torch.softmax(scores.flatten(), dim=0).reshape(scores.shape),
        ),
        Fault(
            "softmax_before_sum",
            "The softmax comes before the sum over hidden: first one score a step, then softmax.",
            torch.softmax(products, dim=1).sum(dim=2),
        ),
        Fault("no_softmax", "These are the scores: the softmax over time is missing.", scores),
        Fault(
            "log_softmax",
            "These are logarithms of the weights: use softmax, not log_softmax.",
            torch.log_softmax(scores, dim=1),
        ),
        Fault(
            "sigmoid",
            "Each score went through a sigmoid by itself: the weights do not share a sum of 1.",
            torch.sigmoid(scores),
        ),
        Fault(
            "divided_by_sum",
            "The scores are divided by their sum without exp: weights come out negative.",
            scores / scores.sum(dim=1, keepdim=True),
        ),
        Fault(
            "scaled",
            "The scores are divided by the square root of H, which this attention does not do.",
            torch.softmax(scores / hidden**0.5, dim=1),
        ),
        Fault(
            "mean_over_hidden",
            "The scores are means over the hidden dimension; they have to be sums.",
            torch.softmax(scores / hidden, dim=1),
        ),
        Fault(
            "softmin",
            "The largest score gets the smallest weight: there is a minus sign too many.",
            torch.softmax(-scores, dim=1),
        ),
    ]
