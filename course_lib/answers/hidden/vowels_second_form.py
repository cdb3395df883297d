"""Hidden checks of `vowels`, second half: a mask, and the true last state.

Letters in shapes: B batch, T time, H hidden; all sizes differ.
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
from course_lib.answers.hidden import vowels_classifiers as classifiers
from course_lib.answers.reference import vowels as oracle
from course_lib.answers.registry import hidden
from course_lib.lab.check import Fault, Wrong, blame, compare
from course_lib.lab.subject import Ask, Subject

B, T, H = 4, 7, 5


@hidden.check("vowels", "sequence_mask", points=1)
def sequence_mask(subject: Subject) -> None:
    """True on real steps."""
    lengths = torch.tensor([5, 2, 6, 3])
    right = oracle.sequence_mask(lengths, T)
    output = subject.ask(Ask(args=(lengths, T))).output
    if isinstance(output, Tensor) and output.shape == right.shape and output.dtype != torch.bool:
        raise Wrong(
            "not_bool",
            f"The mask has dtype {output.dtype}; it has to be torch.bool: as an index, numbers 0 "
            "and 1 pick rows instead of saying yes and no.",
        )
    shapes: Shapes = {
        (T, B): ("time_first", "Time is the first dimension: expected (B, T)."),
        (B, 6): ("width_of_longest", "The mask is as wide as the longest utterance, not T wide."),
        (T,): ("one_row_for_all", "There is one row for all utterances: each has its own length."),
        (1, T): (
            "one_row_for_all",
            "There is one row for all utterances: each has its own length.",
        ),
    }
    got = returned(subject, lengths, T, like=right, letters="(B, T)", shapes=shapes)
    step = torch.arange(T)
    column = lengths[:, None]
    blame(
        got,
        right,
        [
            Fault("mask_inverted", "The mask is True on the padding: it is inverted.", ~right),
            Fault(
                "mask_one_too_long",
                "The mask holds one step too many: step `length` is the first padded one.",
                step <= column,
            ),
            Fault(
                "mask_one_too_short",
                "The mask holds one step too few: steps 0 to length - 1 are real.",
                step < column - 1,
            ),
            Fault(
                "first_step_missing",
                "Step 0 is real too: steps are counted from 0.",
                (step > 0) & (step <= column),
            ),
            Fault(
                "padding_in_front",
                "The mask is True at the end of each row; the utterances stand at its beginning.",
                right.flip(1),
            ),
            Fault(
                "one_length_for_all",
                "Every row has the length of the first utterance.",
                right[:1].expand(B, T),
            ),
            Fault(
                "last_step_only",
                "The mask is True at one step of each row; it has to be True at all real ones.",
                step == column - 1,
            ),
        ],
    )
    compare(got, right, (), "The mask is not True exactly where t < length.")
    extremes = torch.tensor([1, T])
    agrees(
        subject, extremes, T, expected=oracle.sequence_mask(extremes, T), letters="(B, T)",
        fault="extreme_lengths", sentence="Lengths 1 and T come out wrong.",
    )  # fmt: skip
    one_alone(subject, (lengths,), (T,), whole=got, letters="(B, T)")
    untouched(subject, lengths, T)


@hidden.check("vowels", "masked_softmax", points=3)
def masked_softmax(subject: Subject) -> None:
    """A softmax that does not know of the padding."""
    scores, mask = normal(B, T, seed=80), oracle.sequence_mask(torch.tensor([5, 2, 6, 3]), T)
    right = oracle.masked_softmax(scores, mask)
    shapes: Shapes = {
        (int(mask.sum()),): ("flattened", "Only the real steps come back: keep the shape (B, T)."),
        (T, B): ("time_first", "Time is the first dimension: expected (B, T)."),
    }
    output = subject.ask(Ask(args=(scores, mask))).output
    _name_nan(output, mask)
    got = returned(subject, scores, mask, like=right, letters="(B, T)", shapes=shapes)
    blame(got, right, _masking_faults(scores, mask))
    if bool((got[~mask] != 0).any()):
        raise Wrong("padding_attended", "A padded step has weight; it has to be exactly 0.")
    one_alone(subject, (scores, mask), whole=got, letters="(B, T)")
    rows_sum_to_one(got)
    compare(got, right, (), "The weights are not the softmax over the real steps.")
    _masking_laws(subject, scores, mask, right)
    untouched(subject, scores, mask)
    gradients_flow(subject, scores, mask, oracle=oracle.masked_softmax, names=("scores", "mask"))


def _name_nan(output: object, mask: Tensor) -> None:
    """A softmax over the batch is nan where no utterance is real any more."""
    if isinstance(output, Tensor) and output.shape == mask.shape and output.is_floating_point():
        nowhere = ~mask.any(dim=0)
        nan = torch.isnan(output)
        if bool(nan[:, nowhere].all()) and not bool(nan[:, ~nowhere].any()):
            raise Wrong(
                "softmax_over_batch",
                "The weights sum to 1 over the batch, not over time: softmax has the wrong dim, "
                "and gives nan at steps where every utterance has ended.",
            )


def _masking_faults(scores: Tensor, mask: Tensor) -> list[Fault]:
    everywhere = torch.softmax(scores, dim=1)
    late = torch.zeros_like(mask)
    late[:, 0], late[:, 1:] = True, mask[:, :-1]
    over_batch = torch.nan_to_num(torch.softmax(torch.where(mask, scores, -torch.inf), dim=0))
    return [
        Fault(
            "mask_ignored",
            "The padding has weight: the softmax runs over all steps, real or not.",
            everywhere,
        ),
        Fault(
            "mask_inverted",
            "The weight lies on the padding and the real steps have none: the mask is inverted.",
            oracle.masked_softmax(scores, ~mask),
        ),
        Fault(
            "mask_after_softmax",
            "The mask comes after the softmax, so the weights sum to less than 1: mask the scores.",
            everywhere * mask,
        ),
        Fault(
            "mask_filled_with_zero",
            "A padded step has score 0, which still gets weight: its score has to be -inf.",
            torch.softmax(scores * mask, dim=1),
        ),
        Fault(
            "mask_filled_with_small_number",
            "Padded steps have score -10, which still gives them a little weight: use -inf.",
            torch.softmax(scores.masked_fill(~mask, -10.0), dim=1),
        ),
        Fault(
            "mask_added",
            "Mask and scores are added, which only favours the real steps by 1.",
            torch.softmax(scores + mask, dim=1),
        ),
        Fault(
            "mask_off_by_one",
            "The first padded step is taken for a real one.",
            oracle.masked_softmax(scores, late),
        ),
        Fault(
            "first_mask_for_all",
            "All utterances use the mask of the first one.",
            oracle.masked_softmax(scores, mask[:1].expand(B, T)),
        ),
        Fault(
            "softmax_over_batch",
            "The weights sum to 1 over the batch, not over time: softmax has the wrong dim.",
            over_batch,
        ),
        Fault(
            "no_exp",
            "The masked scores are divided by their sum, without exp.",
            scores * mask / (scores * mask).sum(dim=1, keepdim=True),
        ),
        Fault("no_softmax", "The scores are masked, but not softmaxed.", scores * mask),
    ]


def _masking_laws(subject: Subject, scores: Tensor, mask: Tensor, right: Tensor) -> None:
    order = torch.randperm(T, generator=torch.Generator().manual_seed(81))
    agrees(
        subject, scores[:, order], mask[:, order], expected=right[:, order], letters="(B, T)",
        fault="mask_taken_for_length",
        sentence="With real and padded steps in another order the weights are wrong: read the mask "
        "step by step, do not count it.",
    )  # fmt: skip
    loud = torch.where(mask, scores, 5000.0)
    agrees(
        subject, loud, mask, expected=right, letters="(B, T)", fault="padding_scores_count",
        sentence="A large score on the padding changes the weights or makes them nan: set the "
        "scores of padded steps to -inf before anything else sees them.",
    )  # fmt: skip
    steep = scores * 1000.0 ** torch.arange(B).reshape(B, 1).clamp(max=1)
    agrees(
        subject, steep, mask, expected=oracle.masked_softmax(steep, mask), letters="(B, T)",
        fault="overflow",
        sentence="Scores of some thousands give nan or wrong weights: exp overflows, unless each "
        "utterance's largest score is subtracted first, as torch.softmax does.",
    )  # fmt: skip
    extremes = oracle.sequence_mask(torch.tensor([1, T, 1, T]), T)
    agrees(
        subject, scores, extremes, expected=oracle.masked_softmax(scores, extremes),
        letters="(B, T)", fault="extreme_lengths",
        sentence="Lengths 1 and T come out wrong: a single real step has weight 1.",
    )  # fmt: skip
    agrees(
        subject, scores.float(), mask, expected=right.float(), letters="(B, T)",
        fault="wrong_in_float32", sentence="With float32 scores the weights are others.",
    )  # fmt: skip


@hidden.check("vowels", "last_states", points=2)
def last_states(subject: Subject) -> None:
    """One state an utterance, at its own step."""
    states, lengths = normal(B, T, H, seed=82), torch.tensor([5, 2, 6, 3])
    right = oracle.last_states(states, lengths)
    shapes: Shapes = {
        (B, B, H): (
            "steps_of_all_utterances",
            "`states[:, lengths - 1]` takes the last steps of all utterances from each of them: "
            "pair row b with lengths[b].",
        ),
        (B, 1, H): ("dimension_left", "A dimension of size 1 is left over: expected (B, H)."),
        (H,): ("one_state", "There is one state for the whole batch: each utterance has its own."),
        (1, H): (
            "one_state",
            "There is one state for the whole batch: each utterance has its own.",
        ),
    }
    got = returned(subject, states, lengths, like=right, letters="(B, H)", shapes=shapes)
    items = torch.arange(B)
    real_mean = torch.stack([states[b, :n].mean(dim=0) for b, n in enumerate(lengths.tolist())])
    blame(
        got,
        right,
        [
            Fault(
                "last_row",
                "This is the state at step T - 1, after the padding; the last real step is "
                "length - 1.",
                states[:, -1],
            ),
            Fault(
                "one_step_late",
                "The state is read one step too late: the last real step is length - 1.",
                states[items, lengths],
            ),
            Fault(
                "one_step_early",
                "The state is read one step too early: the last real step is length - 1.",
                states[items, lengths - 2],
            ),
            Fault("first_row", "This is the state at step 0.", states[:, 0]),
            Fault(
                "counted_from_the_end",
                "The length is counted from the end of the row.",
                states[items, T - lengths],
            ),
            Fault(
                "one_length_for_all",
                "All utterances are read at the step of the first one.",
                states[:, int(lengths[0]) - 1],
            ),
            Fault(
                "longest_for_all",
                "All utterances are read at the last step of the longest one.",
                states[:, int(lengths.max()) - 1],
            ),
            Fault("mean_of_real_steps", "This is a mean of states; take one of them.", real_mean),
        ],
    )
    one_alone(subject, (states, lengths), whole=got, letters="(B, H)")
    compare(got, right, (), "These are not the states at step length - 1.")
    extremes = torch.tensor([1, T, 1, T])
    agrees(
        subject, states, extremes, expected=oracle.last_states(states, extremes),
        letters="(B, H)", fault="extreme_lengths", sentence="Lengths 1 and T come out wrong.",
    )  # fmt: skip
    agrees(
        subject, states.float(), lengths, expected=right.float(), letters="(B, H)",
        fault="wrong_in_float32", sentence="With float32 states the result is another one.",
    )  # fmt: skip
    untouched(subject, states, lengths)
    gradients_flow(subject, states, lengths, oracle=oracle.last_states, names=("states", "lengths"))


@hidden.check("vowels", "bilinear_scores", points=2)
def bilinear_scores(subject: Subject) -> None:
    """A product of every state with the last one, through W."""
    states, last, W = normal(B, T, H, seed=83), normal(B, H, seed=84), normal(H, H, seed=85)
    right = oracle.bilinear_scores(states, last, W)
    shapes: Shapes = {
        (B, T, 1): ("dimension_left", "A dimension of size 1 is left over: expected (B, T)."),
        (B, 1, T): ("dimension_left", "A dimension of size 1 is left over: expected (B, T)."),
        (B, T, H): ("hidden_not_summed", "The products are not summed over hidden yet."),
        (B, T, B): ("batch_mixed", "Each utterance's states meet the last states of all others."),
        (B, B, T): ("batch_mixed", "Each utterance's states meet the last states of all others."),
        (T, B): ("time_first", "Time is the first dimension: expected (B, T)."),
        (B, H): ("summed_over_time", "The sum runs over time; it has to run over hidden."),
    }
    got = returned(subject, states, last, W, like=right, letters="(B, T)", shapes=shapes)
    blame(got, right, _bilinear_faults(states, last, W))
    one_alone(subject, (states, last), (W,), whole=got, letters="(B, T)")
    compare(got, right, (), "The scores are not h_i^T W h_n.")
    agrees(
        subject, states.float(), last.float(), W.float(), expected=right.float(),
        letters="(B, T)", fault="wrong_in_float32",
        sentence="With float32 numbers the scores are others.",
    )  # fmt: skip
    untouched(subject, states, last, W)
    names = ("states", "last", "W")
    gradients_flow(subject, states, last, W, oracle=oracle.bilinear_scores, names=names)


def _bilinear_faults(states: Tensor, last: Tensor, W: Tensor) -> list[Fault]:
    def score(W: Tensor, last: Tensor = last) -> Tensor:
        return torch.einsum("bti,ij,bj->bt", states, W, last)

    right = score(W)
    return [
        Fault(
            "W_transposed",
            "The scores use W transposed: the state at step i stands on its left, `last` on its "
            "right.",
            score(W.T),
        ),
        Fault(
            "W_unused",
            "These are plain dot products of the states with `last`: W plays no part.",
            score(torch.eye(H, dtype=W.dtype)),
        ),
        Fault(
            "diagonal_of_W",
            "Only the diagonal of W is used: multiply by the matrix, not entry by entry.",
            score(torch.diag(torch.diagonal(W))),
        ),
        Fault(
            "last_unused",
            "`last` plays no part: the products with W are summed by themselves.",
            score(W, torch.ones_like(last)),
        ),
        Fault(
            "last_of_padding",
            "The state at step T - 1 is used in place of the argument `last`.",
            score(W, states[:, -1]),
        ),
        Fault(
            "last_of_first_item",
            "All utterances are scored against the last state of the first one.",
            score(W, last[:1].expand(B, H)),
        ),
        Fault(
            "softmax_applied",
            "These are weights already: return the scores, the masked softmax comes later.",
            torch.softmax(right, dim=1),
        ),
        Fault(
            "scaled",
            "The scores are divided by the square root of H, which this attention does not do.",
            right / H**0.5,
        ),
        Fault("tanh_applied", "The scores went through tanh.", torch.tanh(right)),
        Fault("mean_over_hidden", "The products are averaged over hidden: sum them.", right / H),
    ]


@hidden.check("vowels", "masked_classifier", points=4, subject="MaskedAttentionClassifier")
def masked_classifier(subject: Subject) -> None:
    """The second network: structure, numbers, then laws."""
    classifiers.check_masked(subject)
