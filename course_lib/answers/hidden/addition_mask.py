"""Hidden checks of `addition`, third part: the network whose map is the mask.

Letters in shapes: B batch, T time; all sizes differ.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import (
    Shapes,
    agrees,
    distribution,
    normal,
    one_alone,
    returned,
    same_gradients,
    untouched,
)
from course_lib.answers.hidden import addition_networks as networks
from course_lib.answers.hidden.addition_expected import POSITIONS, B, T
from course_lib.answers.reference import addition as oracle
from course_lib.answers.registry import hidden
from course_lib.lab.check import Fault, blame, compare
from course_lib.lab.subject import Ask, Subject


@hidden.check("addition", "before", points=2)
def before(subject: Subject) -> None:
    """Gates that close where the attention lies."""
    attention = distribution(B, T, seed=180)
    right = oracle.before(attention)
    shapes: Shapes = {
        (T, B): ("time_first", "Time is the first dimension: expected (B, T)."),
        (B,): ("summed_up", "There is one number for each sequence; every step needs a gate."),
        (B, T, T): ("not_summed", "There is a number for every pair of steps: sum up one of them."),
    }
    got = returned(subject, attention, like=right, letters="(B, T)", shapes=shapes)
    blame(got, right, _gate_faults(attention))
    one_alone(subject, (attention,), whole=got, letters="(B, T)")
    sharp = torch.zeros(B, T, dtype=torch.float64)
    sharp[torch.arange(B), torch.tensor(POSITIONS)] = 1
    mask = torch.arange(T) < torch.tensor(POSITIONS)[:, None]
    agrees(
        subject, sharp, expected=mask.double(), letters="(B, T)",
        fault="not_the_mask",
        sentence="With all attention on one step the gates are not 1 before it and 0 from it on.",
    )  # fmt: skip
    compare(got, right, (), "The gates are not 1 minus the attention up to and with each step.")
    agrees(
        subject, attention.float(), expected=right.float(), letters="(B, T)",
        fault="wrong_in_float32", sentence="With float32 attention the gates are others.",
    )  # fmt: skip
    untouched(subject, attention)
    _gradients(subject, attention)


def _gradients(subject: Subject, attention: Tensor) -> None:
    """Law: the gradient is the formula's, up to the same number added at every step of a row.

    Attention shares a sum of 1, so 1 minus the past is what is still to come: the two forms have
    gradients that differ by such a number, which no softmax before them lets through. A cotangent
    whose rows sum to 0 makes it 0.
    """
    leaf = attention.clone().requires_grad_(True)
    cotangent = normal(B, T, seed=181)
    cotangent = cotangent - cotangent.mean(dim=1, keepdim=True)
    [right] = torch.autograd.grad((oracle.before(leaf) * cotangent).sum(), [leaf])
    answer = subject.ask(Ask(args=(attention,), cotangent=cotangent))
    arrived = dict(zip(["attention"], answer.arg_gradients, strict=False))
    same_gradients(arrived, {"attention": right})


def _gate_faults(attention: Tensor) -> list[Fault]:
    gates = 1 - attention.cumsum(dim=1)
    hard = torch.arange(T) < attention.argmax(dim=1, keepdim=True)
    return [
        Fault(
            "delimiter_included",
            "The step that is attended to is still open: its own attention has to be taken off "
            "as well.",
            gates + attention,
        ),
        Fault(
            "gates_inverted",
            "These are the sums of the attention so far: the gates are 1 minus them.",
            1 - gates,
        ),
        Fault(
            "one_missing", "The gates are negative: the sums are taken from 0, not 1.", gates - 1
        ),
        Fault(
            "over_the_batch",
            "The attention is summed over the batch; sum over time.",
            1 - attention.cumsum(dim=0),
        ),
        Fault(
            "no_sum",
            "Each step takes off its own attention only; take off that of all steps so far.",
            1 - attention,
        ),
        Fault(
            "product",
            "The gates are products of 1 minus each attention; sum the attention up, then "
            "subtract.",
            (1 - attention).cumprod(dim=1),
        ),
        Fault(
            "shut_before",
            "The gates are open after the step that is attended to; they have to be open before.",
            1 - attention.flip(1).cumsum(dim=1).flip(1),
        ),
        Fault(
            "hard_gates",
            "The gates are cut to 0 and 1 at the largest attention: no gradient passes, so nothing "
            "can be learnt.",
            hard.to(attention.dtype),
        ),
    ]


@hidden.check("addition", "finder", points=4, subject="Finder")
def finder(subject: Subject) -> None:
    """The network: structure, numbers, then laws."""
    networks.check_finder(subject)
