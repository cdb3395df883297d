"""Wrong answers to the vanilla RNN's functions of `surnames`.

Letters in shapes: B batch, T letters, V characters, H hidden.
"""

# ruff: noqa: N802 - W and U are the parameters' names

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.reference import surnames as oracle
from course_lib.answers.registry import misconception

# --- rnn_step -----------------------------------------------------------------------------------


def _sum(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    return x @ U.T + h @ W.T + b


@misconception("surnames", "rnn_step")
def no_tanh(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The plain sum."""
    return _sum(x, h, U, W, b)


@misconception("surnames", "rnn_step")
def sigmoid_for_tanh(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The other S-shaped curve."""
    return _sum(x, h, U, W, b).sigmoid()


@misconception("surnames", "rnn_step")
def relu_for_tanh(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The usual nonlinearity elsewhere."""
    return _sum(x, h, U, W, b).relu()


@misconception("surnames", "rnn_step")
def bias_missing(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """No b."""
    return _sum(x, h, U, W, 0 * b).tanh()


@misconception("surnames", "rnn_step")
def bias_after_tanh(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """B outside of the brackets."""
    return _sum(x, h, U, W, 0 * b).tanh() + b


@misconception("surnames", "rnn_step")
def letter_missing(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """No x."""
    return _sum(0 * x, h, U, W, b).tanh()


@misconception("surnames", "rnn_step")
def state_missing(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """No h."""
    return _sum(x, 0 * h, U, W, b).tanh()


@misconception("surnames", "rnn_step")
def W_transposed(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """H @ W, which fits, as W is square."""
    return (x @ U.T + h @ W + b).tanh()


@misconception("surnames", "rnn_step", fault="raised")
def U_not_transposed(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """X @ U, which does not fit."""
    return (x @ U + h @ W.T + b).tanh()


@misconception("surnames", "rnn_step")
def tanh_of_each_part(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Two tanh."""
    return (x @ U.T + b).tanh() + (h @ W.T).tanh()


@misconception("surnames", "rnn_step")
def old_state_added(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A residual connection."""
    return h + _sum(x, h, U, W, b).tanh()


@misconception("surnames", "rnn_step")
def classified(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The log-softmax in every step."""
    return _sum(x, h, U, W, b).tanh().log_softmax(dim=-1)


@misconception("surnames", "rnn_step")
def batch_last(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """U x with the names in columns."""
    return (U @ x.T + W @ h.T + b[:, None]).tanh()


@misconception("surnames", "rnn_step")
def parts_joined(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Side by side."""
    return torch.cat([x @ U.T + b, h @ W.T], dim=-1).tanh()


@misconception("surnames", "rnn_step")
def names_mixed(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A dimension too many spreads out."""
    return ((x @ U.T)[:, None] + h @ W.T + b).tanh()


@misconception("surnames", "rnn_step", fault="depends_on_batch")
def letters_centred(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Letters minus the batch's mean."""
    return _sum(x - x.mean(dim=0), h, U, W, b).tanh()


@misconception("surnames", "rnn_step", fault="wrong_value")
def half_of_the_bias(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """No fault with a name."""
    return _sum(x, h, U, W, b / 2).tanh()


@misconception("surnames", "rnn_step", fault="overflow")
def tanh_by_hand(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The definition to the letter."""
    up, down = _sum(x, h, U, W, b).exp(), (-_sum(x, h, U, W, b)).exp()
    return (up - down) / (up + down)


@misconception("surnames", "rnn_step", fault="one_letter")
def one_letter_forgets(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A special case that drops the state."""
    return _sum(x, h if x.ndim == 2 else 0 * h, U, W, b).tanh()


@misconception("surnames", "rnn_step", fault="wrong_shape")
def always_a_batch(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """One letter becomes a batch of one."""
    return _sum(torch.atleast_2d(x), torch.atleast_2d(h), U, W, b).tanh()


@misconception("surnames", "rnn_step", fault="wrong_dtype")
def step_in_float64(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Everything in float64."""
    return _sum(*(part.double() for part in (x, h, U, W, b))).tanh()


@misconception("surnames", "rnn_step", fault="wrong_in_float32")
def coarse_in_float32(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Half precision on the way, where it seems enough."""
    if x.dtype is torch.float32:
        return _sum(*(part.bfloat16() for part in (x, h, U, W, b))).tanh().float()
    return _sum(x, h, U, W, b).tanh()


@misconception("surnames", "rnn_step", fault="input_changed")
def state_in_place(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The caller's state is the new one afterwards."""
    new = _sum(x, h, U, W, b).tanh()
    h.copy_(new)
    return new


@misconception("surnames", "rnn_step", fault="detached")
def state_detached(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The old state is a constant."""
    return _sum(x, h.detach(), U, W, b).tanh()


# --- rnn_states ---------------------------------------------------------------------------------


def _unroll(x: Tensor, U: Tensor, W: Tensor, b: Tensor, h: Tensor) -> list[Tensor]:
    states = []
    for letter in x:
        h = _sum(letter, h, U, W, b).tanh()
        states.append(h)
    return states


@misconception("surnames", "rnn_states")
def last_state_only(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Returns h."""
    return _unroll(x, U, W, b, torch.zeros_like(b))[-1]


@misconception("surnames", "rnn_states", fault="last_state_only")
def last_state_as_a_row(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Returns h, (1, H)."""
    return _unroll(x, U, W, b, torch.zeros_like(b))[-1][None]


@misconception("surnames", "rnn_states")
def start_kept(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """T + 1 states."""
    start = torch.zeros_like(b)
    return torch.stack([start, *_unroll(x, U, W, b, start)])


@misconception("surnames", "rnn_states")
def letter_skipped(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A range from 1."""
    return torch.stack(_unroll(x[1:], U, W, b, torch.zeros_like(b)))


@misconception("surnames", "rnn_states")
def time_last(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Stacked as columns."""
    return torch.stack(_unroll(x, U, W, b, torch.zeros_like(b)), dim=1)


@misconception("surnames", "rnn_states")
def dimension_left(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """States of batches of one."""
    return torch.stack(_unroll(x[:, None], U, W, b, torch.zeros_like(b)[None]))


@misconception("surnames", "rnn_states")
def states_joined(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Cat for stack."""
    return torch.cat(_unroll(x, U, W, b, torch.zeros_like(b)))


@misconception("surnames", "rnn_states")
def reads_backwards(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """From the last letter to the first."""
    return torch.stack(_unroll(x.flip(0), U, W, b, torch.zeros_like(b)))


@misconception("surnames", "rnn_states")
def states_reversed(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """insert(0, h)."""
    return torch.stack(_unroll(x, U, W, b, torch.zeros_like(b))).flip(0)


@misconception("surnames", "rnn_states")
def no_memory(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """H is set to zeros inside the loop."""
    return torch.stack([_sum(letter, torch.zeros_like(b), U, W, b).tanh() for letter in x])


@misconception("surnames", "rnn_states")
def one_step_late(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Append before the step."""
    start = torch.zeros_like(b)
    return torch.stack([start, *_unroll(x, U, W, b, start)[:-1]])


@misconception("surnames", "rnn_states")
def last_state_everywhere(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """One tensor, listed T times."""
    h, states = torch.zeros_like(b), []
    for letter in x:
        h.copy_(_sum(letter, h.clone(), U, W, b).tanh())
        states.append(h)
    return torch.stack(states)


@misconception("surnames", "rnn_states")
def starts_from_ones(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """torch.ones."""
    return torch.stack(_unroll(x, U, W, b, torch.ones_like(b)))


@misconception("surnames", "rnn_states")
def random_start(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """torch.randn."""
    return torch.stack(_unroll(x, U, W, b, torch.randn_like(b)))


@misconception("surnames", "rnn_states", fault="no_tanh")
def linear_states(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """No tanh on the way."""
    h, states = torch.zeros_like(b), []
    for letter in x:
        h = _sum(letter, h, U, W, b)
        states.append(h)
    return torch.stack(states)


@misconception("surnames", "rnn_states", fault="W_transposed")
def states_by_transposed_W(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """H @ W."""
    return oracle.rnn_states(x, U, W.T, b)


@misconception("surnames", "rnn_states", fault="bias_missing")
def states_without_bias(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """No b."""
    return oracle.rnn_states(x, U, W, 0 * b)


@misconception("surnames", "rnn_states", fault="wrong_value")
def states_averaged(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A running mean."""
    states = oracle.rnn_states(x, U, W, b)
    return states.cumsum(dim=0) / torch.arange(1, len(x) + 1)[:, None]


@misconception("surnames", "rnn_states", fault="one_letter")
def nothing_from_one_letter(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A guard against names that are too short."""
    return oracle.rnn_states(x, U, W, b) * (len(x) > 1)


@misconception("surnames", "rnn_states", fault="detached_in_part")
def cut_off_after_each_letter(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Each step learns only from its own letter."""
    h, states = torch.zeros_like(b), []
    for letter in x:
        h = _sum(letter, h.detach(), U, W, b).tanh()
        states.append(h)
    return torch.stack(states)


@misconception("surnames", "rnn_states", fault="raised")
def start_in_float32(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Zeros of the default dtype, which do not fit other numbers."""
    return torch.stack(_unroll(x, U, W, b, torch.zeros(len(b))))
