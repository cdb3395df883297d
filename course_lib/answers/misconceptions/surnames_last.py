"""Wrong answers to `rnn_last` of `surnames`: a padded batch, whose names end at different times.

Letters in shapes: B batch, T letters, V characters, H hidden.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.reference import surnames as oracle
from course_lib.answers.registry import misconception


def _step(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    return (x @ U.T + h @ W.T + b).tanh()


def _all(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """States of all rows, padding and all, (B, T, H)."""
    h, states = x.new_zeros(len(x), len(b)), []
    for letter in x.unbind(dim=1):
        h = _step(letter, h, U, W, b)
        states.append(h)
    return torch.stack(states, dim=1)


@misconception("surnames", "rnn_last")
def last_row(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The loop runs to the end and returns h."""
    del lengths
    return _all(x, U, W, b)[:, -1]


@misconception("surnames", "rnn_last", fault="one_step_late")
def read_at_length(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """states[b, length]."""
    return _all(x, U, W, b)[torch.arange(len(x)), lengths.clamp(max=x.shape[1] - 1)]


@misconception("surnames", "rnn_last")
def one_step_early(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """states[b, length - 2]."""
    return _all(x, U, W, b)[torch.arange(len(x)), lengths - 2]


@misconception("surnames", "rnn_last")
def first_row(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """states[:, 0]."""
    del lengths
    return _all(x, U, W, b)[:, 0]


@misconception("surnames", "rnn_last")
def state_erased(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The mask multiplies the state."""
    h = x.new_zeros(len(x), len(b))
    for t, letter in enumerate(x.unbind(dim=1)):
        h = _step(letter, h, U, W, b) * (t < lengths)[:, None]
    return h


@misconception("surnames", "rnn_last")
def first_length_for_all(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """One end for the batch."""
    return _all(x, U, W, b)[:, int(lengths[0]) - 1]


@misconception("surnames", "rnn_last")
def stops_at_shortest(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The loop ends with the first name that ends."""
    return _all(x, U, W, b)[:, int(lengths.min()) - 1]


@misconception("surnames", "rnn_last")
def stops_at_longest(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The batch is cut to its longest name, and that is all."""
    return _all(x, U, W, b)[:, int(lengths.max()) - 1]


@misconception("surnames", "rnn_last")
def mean_of_states(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The mean over the letters."""
    rows = zip(_all(x, U, W, b), lengths.tolist(), strict=True)
    return torch.stack([states[:n].mean(dim=0) for states, n in rows])


@misconception("surnames", "rnn_last")
def all_states(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """(B, T, H)."""
    del lengths
    return _all(x, U, W, b)


@misconception("surnames", "rnn_last")
def steps_of_all_names(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """states[:, lengths - 1]."""
    return _all(x, U, W, b)[:, lengths - 1]


@misconception("surnames", "rnn_last", fault="dimension_left")
def gathered_not_squeezed(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The (B, 1, H) of gather."""
    index = (lengths - 1)[:, None, None].expand(-1, 1, len(b))
    return _all(x, U, W, b).gather(1, index)


@misconception("surnames", "rnn_last")
def one_state(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The first name's."""
    return oracle.rnn_last(x, lengths, U, W, b)[0]


@misconception("surnames", "rnn_last")
def time_for_batch(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """`for letter in x` runs over the names."""
    del lengths
    h = x.new_zeros(x.shape[1], len(b))
    for name in x:
        h = _step(name, h, U, W, b)
    return h


@misconception("surnames", "rnn_last", fault="padding_read")
def ends_at_a_row_of_zeros(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The end is looked for in the numbers: the first row of zeros."""
    del lengths
    ended = (x == 0).all(dim=2)
    h = x.new_zeros(len(x), len(b))
    for t, letter in enumerate(x.unbind(dim=1)):
        h = torch.where(ended[:, t, None], h, _step(letter, h, U, W, b))
    return h


@misconception("surnames", "rnn_last", fault="depends_on_batch")
def start_from_the_batch(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The last states minus their mean."""
    last = oracle.rnn_last(x, lengths, U, W, b)
    return last - last.mean(dim=0)


@misconception("surnames", "rnn_last", fault="two_ways_differ")
def drifts_with_padding(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A held state is rounded a little with every padded row."""
    last = oracle.rnn_last(x, lengths, U, W, b)
    return last * (1 - 1e-3) ** (x.shape[1] - lengths)[:, None]


@misconception("surnames", "rnn_last", fault="wrong_value")
def tanh_once_more(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A tanh at the end."""
    return oracle.rnn_last(x, lengths, U, W, b).tanh()


@misconception("surnames", "rnn_last", fault="extreme_lengths")
def at_least_two_letters(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A guard that lifts length 1 to 2."""
    return oracle.rnn_last(x, lengths.clamp(min=2), U, W, b)


@misconception("surnames", "rnn_last", fault="input_changed")
def lengths_counted_down(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The caller's lengths are indices afterwards."""
    lengths -= 1
    return _all(x, U, W, b)[torch.arange(len(x)), lengths]
