"""Hidden checks of two functions of `surnames`: the GRU's step and the log-softmax.

Letters in shapes: B batch, V characters, H hidden, K classes; all sizes differ, and so does 3H.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import (
    Shapes,
    agrees,
    gradients_flow,
    normal,
    returned,
    untouched,
)
from course_lib.answers.hidden.surnames_laws import (
    B,
    H,
    K,
    V,
    gru_cell,
    name_alone,
    same_in_float32,
    step_laws,
    wrong_total,
)
from course_lib.answers.reference import surnames as oracle
from course_lib.lab.check import Fault, Wrong, blame, compare
from course_lib.lab.subject import Subject


def log_softmax(subject: Subject) -> None:
    """Logarithms of shares over the last dimension, however large the scores are."""
    scores = normal(B, K, seed=60)
    right = oracle.log_softmax(scores)
    shapes: Shapes = {
        (B, 1): ("only_the_sum", "This is a number for each row: subtract it from the scores."),
        (B,): ("only_the_sum", "This is a number for each row: subtract it from the scores."),
    }
    got = returned(subject, scores, like=right, letters="(B, K)", shapes=shapes)
    blame(got, right, _log_softmax_faults(scores))
    name_alone(subject, (scores,), whole=got, letters="(B, K)")
    if total := wrong_total(got):
        raise Wrong(
            "not_normalised",
            "The probabilities, exp of the result, have to sum to 1 in each row; the first sums to "
            f"{total}.",
        )
    compare(got, right, (), "These are not the logarithms of the softmax.")
    agrees(
        subject, scores[0], expected=right[0], letters="(K,)", fault="one_name",
        sentence="For the scores (K,) of one name the result is another one.",
    )  # fmt: skip
    for factor in (1000.0, -1000.0):
        large = factor * scores
        agrees(
            subject, large, expected=oracle.log_softmax(large), letters="(B, K)",
            fault="overflow",
            sentence="Scores of some thousands give inf or nan: exp overflows, or the logarithm of "
            "0 is taken. Subtract each row's largest score first, and take no softmax on the way.",
        )  # fmt: skip
    apart = scores + 1000 * torch.arange(B)[:, None]
    agrees(
        subject, apart, expected=right, letters="(B, K)", fault="overflow",
        sentence="Rows of very different scores give inf or nan: subtract from each row its own "
        "largest score, not the batch's.",
    )  # fmt: skip
    same_in_float32(subject, scores, right=right, letters="(B, K)")
    untouched(subject, scores)
    gradients_flow(subject, scores, oracle=oracle.log_softmax, names=("scores",))


def _log_softmax_faults(scores: Tensor) -> list[Fault]:
    right = oracle.log_softmax(scores)
    largest = scores.max(dim=1, keepdim=True).values
    summed = torch.logsumexp(scores, dim=1, keepdim=True)
    return [
        Fault("no_log", "These are the probabilities: their logarithms are asked for.",
              torch.softmax(scores, dim=1)),
        Fault("over_batch", "The probabilities sum to 1 over the batch, not over the classes.",
              torch.log_softmax(scores, dim=0)),
        Fault("over_everything", "The probabilities of the whole batch sum to 1: sum each row.",
              torch.log_softmax(scores.flatten(), dim=0).reshape(B, K)),
        Fault("sign_changed", "The signs are the other way round: logarithms of shares are "
              "negative.", -right),
        Fault("log_base_2", "The logarithm has base 2; the natural one is asked for.",
              right / torch.log(torch.tensor(2.0, dtype=right.dtype))),
        Fault("log_base_10", "The logarithm has base 10; the natural one is asked for.",
              right / torch.log(torch.tensor(10.0, dtype=right.dtype))),
        Fault("largest_lost", "The largest score was subtracted inside the sum only: subtract it "
              "from the scores as well, or add it back.", scores - (summed - largest)),
        Fault("largest_only", "The largest score is subtracted, but the sum is not.",
              scores - largest),
        Fault("exp_missing", "The scores are summed without exp.",
              scores - scores.sum(dim=1, keepdim=True).abs().log()),
        Fault("log_softmax_of_softmax", "The softmax is taken first, and the log-softmax of that.",
              torch.log_softmax(torch.softmax(scores, dim=1), dim=1)),
    ]  # fmt: skip


def gru_step(subject: Subject) -> None:
    """Reset gate, update gate, candidate, and their mixture; for a batch and for one letter."""
    x, h, cell = normal(B, V, seed=80), normal(B, H, seed=81), gru_cell(82)
    right = oracle.gru_step(x, h, *cell)
    shapes: Shapes = {
        (B, 3 * H): ("not_cut", "These are three blocks of H numbers: cut them into r, z and n."),
        (H, B): ("batch_last", "The batch is the last dimension: expected (B, H)."),
    }
    got = returned(subject, x, h, *cell, like=right, letters="(B, H)", shapes=shapes)
    blame(got, right, _gru_faults(x, h, cell))
    name_alone(subject, (x, h), cell, whole=got, letters="(B, H)")
    compare(got, right, (), "This is not (1 - z) n + z h with the gates of the formula.")
    step_laws(
        subject, x, h, cell, oracle.gru_step, names=("x", "h", "W_ih", "W_hh", "b_ih", "b_hh"),
        squashing="sigmoid or tanh of your own; use torch's",
    )  # fmt: skip


def _gru_faults(x: Tensor, h: Tensor, cell: tuple[Tensor, Tensor, Tensor, Tensor]) -> list[Fault]:
    W_ih, W_hh, b_ih, b_hh = cell
    into = (x @ W_ih.T + b_ih).reshape(B, 3, H)
    across = (h @ W_hh.T + b_hh).reshape(B, 3, H)
    r, z = (torch.sigmoid(into[:, part] + across[:, part]) for part in range(2))
    n = torch.tanh(into[:, 2] + r * across[:, 2])

    def mixed(z: Tensor, n: Tensor) -> Tensor:
        return (1 - z) * n + z * h

    reset_first = (r * h) @ W_hh[2 * H :].T + b_hh[2 * H :]
    bias_outside = r * (h @ W_hh[2 * H :].T) + b_hh[2 * H :]
    no_b_hh = oracle.gru_step(x, h, W_ih, W_hh, b_ih, torch.zeros_like(b_hh))
    return [
        Fault("gates_swapped", "z and r have changed places: the first block is r, the second z.",
              mixed(r, torch.tanh(into[:, 2] + z * across[:, 2]))),
        Fault("update_inverted", "z and 1 - z have changed places: z = 1 keeps the old state.",
              z * n + (1 - z) * h),
        Fault("reset_before_product", "The reset gate multiplies h before W_n; here it multiplies "
              "the product W_n h + c_n.", mixed(z, torch.tanh(into[:, 2] + reset_first))),
        Fault("bias_outside_reset", "The bias c_n of the state's part stands inside the reset "
              "gate's brackets.", mixed(z, torch.tanh(into[:, 2] + bias_outside))),
        Fault("no_reset", "The reset gate plays no part.",
              mixed(z, torch.tanh(into[:, 2] + across[:, 2]))),
        Fault("no_update", "The update gate plays no part: this is the candidate n alone.", n),
        Fault("old_state_lost", "The old state is not mixed in: z h is missing.", (1 - z) * n),
        Fault("candidate_unscaled", "The candidate is not scaled by 1 - z.", n + z * h),
        Fault("sigmoid_candidate", "The candidate went through sigmoid; it has to be tanh.",
              mixed(z, torch.sigmoid(into[:, 2] + r * across[:, 2]))),
        Fault("linear_candidate", "The candidate is not squashed: its tanh is missing.",
              mixed(z, into[:, 2] + r * across[:, 2])),
        Fault("tanh_gates", "The gates went through tanh; they have to lie between 0 and 1.",
              _tanh_gates(into, across, h)),
        Fault("reset_on_letter", "The reset gate multiplies the letter's part too.",
              mixed(z, torch.tanh(r * (into[:, 2] + across[:, 2])))),
        Fault("b_hh_missing", "The bias b_hh plays no part.", no_b_hh),
        Fault("b_ih_missing", "The bias b_ih plays no part.",
              oracle.gru_step(x, h, W_ih, W_hh, torch.zeros_like(b_ih), b_hh)),
    ]  # fmt: skip


def _tanh_gates(into: Tensor, across: Tensor, h: Tensor) -> Tensor:
    r, z = (torch.tanh(into[:, part] + across[:, part]) for part in range(2))
    return (1 - z) * torch.tanh(into[:, 2] + r * across[:, 2]) + z * h
