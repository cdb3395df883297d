"""Hidden checks of the vanilla RNN's functions of `surnames`: a step, a name, a padded batch.

Letters in shapes: B batch, T letters, V characters, H hidden; all sizes differ.
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
    AGREE,
    EXTREMES,
    LENGTHS,
    B,
    Cell,
    H,
    T,
    V,
    loud,
    name_alone,
    padded,
    same_in_float32,
    step_laws,
    vanilla_cell,
)
from course_lib.answers.reference import surnames as oracle
from course_lib.lab.check import Fault, Wrong, blame, close, compare
from course_lib.lab.subject import Ask, Subject

NO_TANH = "The tanh is missing: the state is the plain sum."
W_TRANSPOSED = "W is used transposed: unit k reads row k of W."
STATE_UNUSED = "The old state plays no part: what was read before is forgotten."
BIAS_MISSING = "The bias b plays no part."


def rnn_step(subject: Subject) -> None:
    """tanh(U x + W h + b), for a batch and for one letter."""
    x, h, cell = normal(B, V, seed=40), normal(B, H, seed=41), vanilla_cell(42)
    right = oracle.rnn_step(x, h, *cell)
    shapes: Shapes = {
        (H, B): ("batch_last", "The batch is the last dimension: expected (B, H)."),
        (B, 2 * H): ("parts_joined", "The two parts stand side by side: add them."),
        (B, B, H): ("names_mixed", "Each name meets the states of all others."),
    }
    got = returned(subject, x, h, *cell, like=right, letters="(B, H)", shapes=shapes)
    blame(got, right, _step_faults(x, h, cell))
    name_alone(subject, (x, h), cell, whole=got, letters="(B, H)")
    compare(got, right, (), "This is not tanh(U x + W h + b).")
    step_laws(
        subject, x, h, cell, oracle.rnn_step, names=("x", "h", "U", "W", "b"),
        squashing="tanh of your own; use torch.tanh",
    )  # fmt: skip


def _step_faults(x: Tensor, h: Tensor, cell: Cell) -> list[Fault]:
    U, W, b = cell
    into, across = torch.einsum("bv,hv->bh", x, U), torch.einsum("bi,hi->bh", h, W)
    total = into + across + b
    right = torch.tanh(total)
    return [
        Fault("no_tanh", NO_TANH, total),
        Fault("sigmoid_for_tanh", "The sum went through sigmoid instead of tanh.", total.sigmoid()),
        Fault("relu_for_tanh", "The sum went through ReLU instead of tanh.", total.relu()),
        Fault("bias_missing", BIAS_MISSING, torch.tanh(into + across)),
        Fault(
            "bias_after_tanh",
            "The bias is added after the tanh; it belongs to the sum inside.",
            torch.tanh(into + across) + b,
        ),
        Fault("letter_missing", "The letter plays no part.", torch.tanh(across + b)),
        Fault("state_missing", STATE_UNUSED, torch.tanh(into + b)),
        Fault(
            "W_transposed",
            W_TRANSPOSED,
            torch.tanh(into + torch.einsum("bi,ih->bh", h, W) + b),
        ),
        Fault(
            "tanh_of_each_part",
            "Each part went through a tanh of its own: sum first, then one tanh.",
            torch.tanh(into + b) + torch.tanh(across),
        ),
        Fault("old_state_added", "The old state is added to the new one.", right + h),
        Fault(
            "classified",
            "The new state went through a log-softmax: that belongs to the end of the name.",
            torch.log_softmax(right, dim=1),
        ),
    ]


def rnn_states(subject: Subject) -> None:
    """One state a letter, from 0 on, each made from the one before."""
    x, cell = normal(T, V, seed=50), vanilla_cell(51)
    right = oracle.rnn_states(x, *cell)
    shapes: Shapes = {
        (H,): ("last_state_only", "Only the last state comes back; expected one for each letter."),
        (1, H): ("last_state_only", "Only the last state comes back; one for each letter is due."),
        (T + 1, H): ("start_kept", "The state before the first letter is kept too: leave it out."),
        (T - 1, H): ("letter_skipped", "There is a state too few: every letter has one."),
        (H, T): ("time_last", "Time is the last dimension: expected (T, H)."),
        (T, 1, H): ("dimension_left", "A dimension of size 1 is left over: expected (T, H)."),
        (T * H,): ("states_joined", "The states are joined end to end: stack them, (T, H)."),
    }
    got = returned(subject, x, *cell, like=right, letters="(T, H)", shapes=shapes)
    blame(got, right, _unrolled_faults(x, cell))
    again = subject.ask(Ask(args=(x, *cell), seed=1)).output
    if not isinstance(again, Tensor) or not close(again, got):
        raise Wrong(
            "random_start",
            "Two calls give different states: the state before the first letter has to be 0.",
        )
    compare(got, right, (), "These are not the states of h_t = tanh(U x_t + W h_(t-1) + b).")
    agrees(
        subject, x[:1], *cell, expected=right[:1], letters="(T, H)", fault="one_letter",
        sentence="A name of a single letter comes out wrong.",
    )  # fmt: skip
    same_in_float32(subject, x, *cell, right=right, letters="(T, H)")
    untouched(subject, x, *cell)
    names = ("x", "U", "W", "b")
    gradients_flow(subject, x, *cell, oracle=oracle.rnn_states, names=names)


def _unrolled_faults(x: Tensor, cell: Cell) -> list[Fault]:
    U, W, b = cell
    right = oracle.rnn_states(x, *cell)
    backwards = oracle.rnn_states(x.flip(0), *cell)
    ones = right.new_ones(H)
    from_ones, linear, plain = [], [], right.new_zeros(H)
    for letter in x:
        ones = oracle.rnn_step_alone(letter, ones, *cell)
        plain = U @ letter + W @ plain + b
        from_ones.append(ones)
        linear.append(plain)
    backwards_sentence = "The letters are read from the last to the first."
    return [
        Fault("reads_backwards", backwards_sentence, backwards),
        Fault("reads_backwards", backwards_sentence, backwards.flip(0)),
        Fault("states_reversed", "The states stand in reverse order.", right.flip(0)),
        Fault("no_memory", STATE_UNUSED, torch.tanh(x @ U.T + b)),
        Fault(
            "one_step_late",
            "Each state is put down before its letter is read, so that the last one is missing.",
            torch.cat([torch.zeros_like(right[:1]), right[:-1]]),
        ),
        Fault(
            "last_state_everywhere",
            "Every row is the last state: one tensor was changed in place and listed T times.",
            right[-1:].expand(T, H),
        ),
        Fault("starts_from_ones", "The state before the first letter is 1; it has to be 0.",
              torch.stack(from_ones)),
        Fault("no_tanh", NO_TANH, torch.stack(linear)),
        Fault("W_transposed", W_TRANSPOSED, oracle.rnn_states(x, U, W.T, b)),
        Fault("bias_missing", BIAS_MISSING, oracle.rnn_states(x, U, W, torch.zeros_like(b))),
    ]  # fmt: skip


def rnn_last(subject: Subject) -> None:
    """Each name's state after its own last letter, whatever follows in its row."""
    x, cell = padded(70), vanilla_cell(71)
    right = oracle.rnn_last(x, LENGTHS, *cell)
    shapes: Shapes = {
        (B, T, H): ("all_states", "All states come back; expected the last one of each name."),
        (B, B, H): (
            "steps_of_all_names",
            "`states[:, lengths - 1]` takes the last steps of all names from each of them: pair "
            "row b with lengths[b].",
        ),
        (B, 1, H): ("dimension_left", "A dimension of size 1 is left over: expected (B, H)."),
        (H,): ("one_state", "There is one state for the whole batch: each name has its own."),
        (T, H): ("time_for_batch", "The loop runs over the names; it has to run over the letters."),
    }
    got = returned(subject, x, LENGTHS, *cell, like=right, letters="(B, H)", shapes=shapes)
    blame(got, right, _last_faults(x, cell))
    _padding_ignored(subject, x, cell, got)
    name_alone(subject, (x, LENGTHS), cell, whole=got, letters="(B, H)")
    _both_ways(subject, x, cell, got)
    compare(got, right, (), "These are not the states after each name's last letter.")
    full = padded(74, EXTREMES)
    agrees(
        subject, full, EXTREMES, *cell, expected=oracle.rnn_last(full, EXTREMES, *cell),
        letters="(B, H)", fault="extreme_lengths", sentence="Lengths 1 and T come out wrong.",
    )  # fmt: skip
    same_in_float32(subject, x, LENGTHS, *cell, right=right, letters="(B, H)")
    untouched(subject, x, LENGTHS, *cell)
    names = ("x", "lengths", "U", "W", "b")
    gradients_flow(subject, x, LENGTHS, *cell, oracle=oracle.rnn_last, names=names)


def _padding_ignored(subject: Subject, x: Tensor, cell: Cell, got: Tensor) -> None:
    agrees(
        subject, loud(x, LENGTHS, 75), LENGTHS, *cell, expected=got, letters="(B, H)",
        fault="padding_read",
        sentence="Other numbers in the padded rows of x change the result: a name that has ended "
        "must keep its state.",
    )  # fmt: skip


def _both_ways(subject: Subject, x: Tensor, cell: Cell, got: Tensor) -> None:
    """Law: a name cut to its length and alone has the state that it has in the padded batch."""
    for item, n in enumerate(LENGTHS.tolist()):
        alone = returned(
            subject, x[item : item + 1, :n], LENGTHS[item : item + 1], *cell,
            like=got[:1], letters="(B, H)",
        )  # fmt: skip
        apart = float((alone[0] - got[item]).abs().max())
        if apart > AGREE:
            raise Wrong(
                "two_ways_differ",
                f"A name cut to its length and the same name in the padded batch differ by "
                f"{apart:.2g}; they have to agree to {AGREE:g}.",
            )


def _last_faults(x: Tensor, cell: Cell) -> list[Fault]:
    states = torch.stack([oracle.rnn_states(name, *cell) for name in x])  # padding and all
    items = torch.arange(B)
    first, shortest, longest = (int(n) for n in (LENGTHS[0], LENGTHS.min(), LENGTHS.max()))
    zeros = torch.zeros_like(states[:, 0])
    erased = []
    for name, n in zip(x, LENGTHS.tolist(), strict=True):
        h = zeros[0]
        for t, letter in enumerate(name):
            h = oracle.rnn_step_alone(letter, h, *cell) * (t < n)
        erased.append(h)
    mean = torch.stack([s[:n].mean(dim=0) for s, n in zip(states, LENGTHS.tolist(), strict=True)])
    return [
        Fault("last_row", "This is the state after the last row, padding and all.", states[:, -1]),
        Fault("one_step_late", "The first padded row is read as if it were a letter.",
              states[items, LENGTHS]),
        Fault("one_step_early", "The last letter of each name is left out.",
              states[items, LENGTHS - 2]),
        Fault("first_row", "This is the state after the first letter.", states[:, 0]),
        Fault("state_erased", "A name that has ended loses its state: multiplied by 0 it is gone. "
              "Keep the old state where there is no letter.", torch.stack(erased)),
        Fault("first_length_for_all", "All names end where the first one does.",
              states[:, first - 1]),
        Fault("stops_at_shortest", "All names end where the shortest one does.",
              states[:, shortest - 1]),
        Fault("stops_at_longest", "All names are read to the end of the longest one.",
              states[:, longest - 1]),
        Fault("mean_of_states", "This is the mean of a name's states; take the last one.", mean),
    ]  # fmt: skip
