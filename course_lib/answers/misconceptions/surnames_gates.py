"""Wrong answers to the log-softmax and the GRU's step of `surnames`.

Letters in shapes: B batch, V characters, H hidden, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.registry import misconception

# --- log_softmax --------------------------------------------------------------------------------


def _sum_of_exp(scores: Tensor) -> Tensor:
    return scores.exp().sum(dim=-1, keepdim=True)


@misconception("surnames", "log_softmax")
def no_log(scores: Tensor) -> Tensor:
    """Probabilities."""
    return scores.softmax(dim=-1)


@misconception("surnames", "log_softmax", fault="over_batch")
def over_the_first_dimension(scores: Tensor) -> Tensor:
    """dim=0, which is right for one name only."""
    return scores.log_softmax(dim=0)


@misconception("surnames", "log_softmax")
def over_everything(scores: Tensor) -> Tensor:
    """A sum without a dim."""
    return scores - scores.exp().sum().log()


@misconception("surnames", "log_softmax")
def sign_changed(scores: Tensor) -> Tensor:
    """The loss."""
    return _sum_of_exp(scores).log() - scores


@misconception("surnames", "log_softmax")
def log_base_2(scores: Tensor) -> Tensor:
    """Bits."""
    return scores.softmax(dim=-1).log2()


@misconception("surnames", "log_softmax")
def log_base_10(scores: Tensor) -> Tensor:
    """log10."""
    return scores.softmax(dim=-1).log10()


@misconception("surnames", "log_softmax")
def largest_lost(scores: Tensor) -> Tensor:
    """The largest is subtracted in the sum only."""
    largest = scores.max(dim=-1, keepdim=True).values
    return scores - _sum_of_exp(scores - largest).log()


@misconception("surnames", "log_softmax")
def largest_only(scores: Tensor) -> Tensor:
    """And the sum forgotten."""
    return scores - scores.max(dim=-1, keepdim=True).values


@misconception("surnames", "log_softmax")
def exp_missing(scores: Tensor) -> Tensor:
    """The logarithm of the plain sum."""
    return scores - scores.sum(dim=-1, keepdim=True).abs().log()


@misconception("surnames", "log_softmax")
def log_softmax_of_softmax(scores: Tensor) -> Tensor:
    """Twice."""
    return scores.softmax(dim=-1).log_softmax(dim=-1)


@misconception("surnames", "log_softmax")
def only_the_sum(scores: Tensor) -> Tensor:
    """Returns what should be subtracted."""
    return scores.logsumexp(dim=-1)


@misconception("surnames", "log_softmax", fault="only_the_sum")
def only_the_sum_in_a_column(scores: Tensor) -> Tensor:
    """The same, its dimension kept."""
    return scores.logsumexp(dim=-1, keepdim=True)


@misconception("surnames", "log_softmax", fault="overflow")
def definition_to_the_letter(scores: Tensor) -> Tensor:
    """Exp of large scores."""
    return (scores.exp() / _sum_of_exp(scores)).log()


@misconception("surnames", "log_softmax", fault="overflow")
def log_of_softmax(scores: Tensor) -> Tensor:
    """The logarithm of a share that was rounded to 0."""
    return scores.softmax(dim=-1).log()


@misconception("surnames", "log_softmax", fault="overflow")
def largest_of_the_batch(scores: Tensor) -> Tensor:
    """One largest score for all rows: those with small scores underflow."""
    shifted = scores - scores.max()
    return shifted - _sum_of_exp(shifted).log()


@misconception("surnames", "log_softmax", fault="precision_lost")
def an_epsilon_added(scores: Tensor) -> Tensor:
    """Against the logarithm of 0."""
    return (scores.softmax(dim=-1) + 1e-6).log()


@misconception("surnames", "log_softmax", fault="not_normalised")
def halved(scores: Tensor) -> Tensor:
    """Square roots of probabilities."""
    return scores.log_softmax(dim=-1) / 2


@misconception("surnames", "log_softmax", fault="wrong_value")
def tempered(scores: Tensor) -> Tensor:
    """Half the scores."""
    return (scores / 2).log_softmax(dim=-1)


@misconception("surnames", "log_softmax", fault="depends_on_batch")
def scores_centred(scores: Tensor) -> Tensor:
    """Scores minus the batch's mean."""
    return (scores - scores.mean(dim=0)).log_softmax(dim=-1)


@misconception("surnames", "log_softmax", fault="one_name")
def one_name_by_size(scores: Tensor) -> Tensor:
    """Divided by the number of scores, for one name only."""
    return scores.log_softmax(dim=-1) / (1 if scores.ndim > 1 else len(scores))


@misconception("surnames", "log_softmax", fault="wrong_dtype")
def log_softmax_in_float32(scores: Tensor) -> Tensor:
    """Everything in float32."""
    return scores.float().log_softmax(dim=-1)


@misconception("surnames", "log_softmax", fault="wrong_in_float32")
def log_softmax_in_bfloat16(scores: Tensor) -> Tensor:
    """Half precision, where it seems enough."""
    if scores.dtype is torch.float32:
        return scores.bfloat16().log_softmax(dim=-1).float()
    return scores.log_softmax(dim=-1)


@misconception("surnames", "log_softmax", fault="input_changed")
def scores_in_place(scores: Tensor) -> Tensor:
    """The caller's scores are log-probabilities afterwards."""
    scores -= scores.max(dim=-1, keepdim=True).values
    return scores.log_softmax(dim=-1)


@misconception("surnames", "log_softmax", fault="detached_in_part")
def sum_detached(scores: Tensor) -> Tensor:
    """The sum is a constant, as the largest score may be."""
    return scores - scores.logsumexp(dim=-1, keepdim=True).detach()


# --- gru_step -----------------------------------------------------------------------------------


def _blocks(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """The three blocks from the letter, and the three from the state."""
    return (x @ W_ih.T + b_ih).chunk(3, dim=-1), (h @ W_hh.T + b_hh).chunk(3, dim=-1)


@misconception("surnames", "gru_step")
def gates_swapped(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Z first."""
    (z_x, r_x, n_x), (z_h, r_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (1 - z) * (n_x + r * n_h).tanh() + z * h


@misconception("surnames", "gru_step")
def update_inverted(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Z n + (1 - z) h, as other books write it."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return z * (n_x + r * n_h).tanh() + (1 - z) * h


@misconception("surnames", "gru_step")
def reset_before_product(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    """W (r h), as the first paper has it."""
    (r_x, z_x, n_x), (r_h, z_h, _) = _blocks(x, h, W_ih, W_hh, b_ih, b_hh)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    W_n, c_n = W_hh.chunk(3)[2], b_hh.chunk(3)[2]
    return (1 - z) * (n_x + (r * h) @ W_n.T + c_n).tanh() + z * h


@misconception("surnames", "gru_step")
def bias_outside_reset(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    """Both biases added at once."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, W_ih, W_hh, b_ih, b_hh)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    c_n = b_hh.chunk(3)[2]
    return (1 - z) * (n_x + r * (n_h - c_n) + c_n).tanh() + z * h


@misconception("surnames", "gru_step")
def no_reset(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """R = 1."""
    (_, z_x, n_x), (_, z_h, n_h) = _blocks(x, h, *cell)
    z = (z_x + z_h).sigmoid()
    return (1 - z) * (n_x + n_h).tanh() + z * h


@misconception("surnames", "gru_step")
def no_update(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Z = 0."""
    (r_x, _, n_x), (r_h, _, n_h) = _blocks(x, h, *cell)
    return (n_x + (r_x + r_h).sigmoid() * n_h).tanh()


@misconception("surnames", "gru_step")
def old_state_lost(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """(1 - z) n."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (1 - z) * (n_x + r * n_h).tanh()


@misconception("surnames", "gru_step")
def candidate_unscaled(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """N + z h."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (n_x + r * n_h).tanh() + z * h


@misconception("surnames", "gru_step")
def sigmoid_candidate(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Everything is a gate."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (1 - z) * (n_x + r * n_h).sigmoid() + z * h


@misconception("surnames", "gru_step")
def linear_candidate(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """No tanh."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (1 - z) * (n_x + r * n_h) + z * h


@misconception("surnames", "gru_step")
def tanh_gates(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Nothing is a gate."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).tanh(), (z_x + z_h).tanh()
    return (1 - z) * (n_x + r * n_h).tanh() + z * h


@misconception("surnames", "gru_step")
def reset_on_letter(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """The bracket opened too early."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (1 - z) * (r * (n_x + n_h)).tanh() + z * h


@misconception("surnames", "gru_step")
def b_hh_missing(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    """One bias is enough, it seems."""
    return torch.gru_cell(x, h, W_ih, W_hh, b_ih, 0 * b_hh)


@misconception("surnames", "gru_step")
def b_ih_missing(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    """The other one is not."""
    return torch.gru_cell(x, h, W_ih, W_hh, 0 * b_ih, b_hh)


@misconception("surnames", "gru_step")
def not_cut(x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor) -> Tensor:
    """The vanilla step with three times the rows."""
    return (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).tanh()


@misconception("surnames", "gru_step", fault="batch_last")
def gru_batch_last(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Names in columns."""
    return torch.gru_cell(x, h, *cell).T


@misconception("surnames", "gru_step", fault="raised")
def cut_along_the_batch(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Chunk without a dim."""
    W_ih, W_hh, b_ih, b_hh = cell
    r_x, z_x, n_x = (x @ W_ih.T + b_ih).chunk(3)
    r_h, z_h, n_h = (h @ W_hh.T + b_hh).chunk(3)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (1 - z) * (n_x + r * n_h).tanh() + z * h


@misconception("surnames", "gru_step", fault="depends_on_batch")
def states_centred(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """States minus the batch's mean."""
    return torch.gru_cell(x, h - h.mean(dim=0), *cell)


@misconception("surnames", "gru_step", fault="wrong_value")
def gates_halved(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Sharper gates: no fault with a name."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (2 * (r_x + r_h)).sigmoid(), (2 * (z_x + z_h)).sigmoid()
    return (1 - z) * (n_x + r * n_h).tanh() + z * h


@misconception("surnames", "gru_step", fault="one_letter")
def one_letter_alone_forgets(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """A special case without memory."""
    return torch.gru_cell(x, h, *cell) if x.ndim == 2 else _one(x, 0 * h, *cell)


def _one(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    return torch.gru_cell(x[None], h[None], *cell)[0]


@misconception("surnames", "gru_step", fault="overflow")
def sigmoid_by_hand(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Exp / (1 + exp), which becomes inf / inf."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (part.exp() / (1 + part.exp()) for part in (r_x + r_h, z_x + z_h))
    return (1 - z) * (n_x + r * n_h).tanh() + z * h


@misconception("surnames", "gru_step", fault="wrong_dtype")
def gru_in_float64(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Everything in float64."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x.double(), h.double(), *(c.double() for c in cell))
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (1 - z) * (n_x + r * n_h).tanh() + z * h


@misconception("surnames", "gru_step", fault="wrong_in_float32")
def gru_in_bfloat16(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Half precision, where it seems enough."""
    low = x.dtype is torch.float32
    parts = [part.bfloat16() if low else part for part in (x, h, *cell)]
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(*parts)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return ((1 - z) * (n_x + r * n_h).tanh() + z * parts[1]).to(x.dtype)


@misconception("surnames", "gru_step", fault="input_changed")
def gru_state_in_place(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """The caller's state is scaled afterwards."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x, h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    h *= z
    return h + (1 - z) * (n_x + r * n_h).tanh()


@misconception("surnames", "gru_step", fault="detached")
def gates_from_constants(x: Tensor, h: Tensor, *cell: Tensor) -> Tensor:
    """Nothing is learnt from the letter."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _blocks(x.detach(), h, *cell)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    return (1 - z) * (n_x + r * n_h).tanh() + z * h
