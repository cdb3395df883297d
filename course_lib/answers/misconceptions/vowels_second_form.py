"""Wrong answers to the functions of `vowels`, second half.

Letters in shapes: B batch, T time, H hidden.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from course_lib.answers.registry import misconception

# --- sequence_mask ------------------------------------------------------------------------------


@misconception("vowels", "sequence_mask")
def mask_inverted(lengths: Tensor, T: int) -> Tensor:
    """True on the padding."""
    return torch.arange(T) >= lengths.unsqueeze(1)


@misconception("vowels", "sequence_mask")
def mask_one_too_long(lengths: Tensor, T: int) -> Tensor:
    """<= for <."""
    return torch.arange(T) <= lengths.unsqueeze(1)


@misconception("vowels", "sequence_mask")
def mask_one_too_short(lengths: Tensor, T: int) -> Tensor:
    """< length - 1."""
    return torch.arange(T) < lengths.unsqueeze(1) - 1


@misconception("vowels", "sequence_mask")
def first_step_missing(lengths: Tensor, T: int) -> Tensor:
    """Steps counted from 1."""
    step = torch.arange(T)
    return (step >= 1) & (step <= lengths.unsqueeze(1))


@misconception("vowels", "sequence_mask")
def not_bool(lengths: Tensor, T: int) -> Tensor:
    """0.0 and 1.0."""
    return (torch.arange(T) < lengths.unsqueeze(1)).float()


@misconception("vowels", "sequence_mask")
def time_first(lengths: Tensor, T: int) -> Tensor:
    """(T, B)."""
    return torch.arange(T).unsqueeze(1) < lengths


@misconception("vowels", "sequence_mask")
def width_of_longest(lengths: Tensor, T: int) -> Tensor:
    """As wide as the longest."""
    del T
    return torch.arange(int(lengths.max())) < lengths.unsqueeze(1)


@misconception("vowels", "sequence_mask", fault="padding_in_front")
def mask_flipped(lengths: Tensor, T: int) -> Tensor:
    """Real steps at the end."""
    return torch.arange(T) >= T - lengths.unsqueeze(1)


@misconception("vowels", "sequence_mask")
def one_length_for_all(lengths: Tensor, T: int) -> Tensor:
    """The first length in every row."""
    return (torch.arange(T) < lengths[0]).repeat(len(lengths), 1)


@misconception("vowels", "sequence_mask", fault="wrong_type")
def nested_lists(lengths: Tensor, T: int) -> list[list[bool]]:
    """Python lists."""
    return [[t < n for t in range(T)] for n in lengths.tolist()]


@misconception("vowels", "sequence_mask", fault="input_changed")
def lengths_decreased(lengths: Tensor, T: int) -> Tensor:
    """The caller's lengths are one shorter afterwards."""
    lengths -= 1
    return torch.arange(T) <= lengths.unsqueeze(1)


# --- masked_softmax -----------------------------------------------------------------------------


@misconception("vowels", "masked_softmax")
def mask_ignored(scores: Tensor, mask: Tensor) -> Tensor:
    """A plain softmax."""
    del mask
    return scores.softmax(dim=1)


@misconception("vowels", "masked_softmax", fault="mask_inverted")
def real_steps_filled(scores: Tensor, mask: Tensor) -> Tensor:
    """-inf where the mask is True."""
    return scores.masked_fill(mask, -torch.inf).softmax(dim=1)


@misconception("vowels", "masked_softmax")
def mask_after_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Weights cut, and not normalised again."""
    return scores.softmax(dim=1) * mask


@misconception("vowels", "masked_softmax")
def mask_filled_with_zero(scores: Tensor, mask: Tensor) -> Tensor:
    """0 is a score like any other."""
    return scores.masked_fill(~mask, 0.0).softmax(dim=1)


@misconception("vowels", "masked_softmax")
def mask_filled_with_small_number(scores: Tensor, mask: Tensor) -> Tensor:
    """-10 is not far enough."""
    return scores.masked_fill(~mask, -10.0).softmax(dim=1)


@misconception("vowels", "masked_softmax")
def mask_added(scores: Tensor, mask: Tensor) -> Tensor:
    """A mask of 0 and 1 is no mask of -inf and 0."""
    return (scores + mask).softmax(dim=1)


@misconception("vowels", "masked_softmax")
def mask_off_by_one(scores: Tensor, mask: Tensor) -> Tensor:
    """One padded step kept."""
    lengths = mask.sum(dim=1, keepdim=True)
    late = torch.arange(mask.shape[1]) <= lengths
    return scores.masked_fill(~late, -torch.inf).softmax(dim=1)


@misconception("vowels", "masked_softmax")
def first_mask_for_all(scores: Tensor, mask: Tensor) -> Tensor:
    """One row of the mask."""
    return scores.masked_fill(~mask[0], -torch.inf).softmax(dim=1)


@misconception("vowels", "masked_softmax")
def softmax_over_batch(scores: Tensor, mask: Tensor) -> Tensor:
    """dim=0, which is nan where every utterance has ended."""
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=0)


@misconception("vowels", "masked_softmax", fault="softmax_over_batch")
def softmax_over_batch_finite(scores: Tensor, mask: Tensor) -> Tensor:
    """dim=0, nan swept away."""
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=0).nan_to_num()


@misconception("vowels", "masked_softmax")
def flattened(scores: Tensor, mask: Tensor) -> Tensor:
    """Boolean indexing loses the rows."""
    return scores[mask].softmax(dim=0)


@misconception("vowels", "masked_softmax")
def no_exp(scores: Tensor, mask: Tensor) -> Tensor:
    """Shares without exp."""
    masked = scores * mask
    return masked / masked.sum(dim=1, keepdim=True)


@misconception("vowels", "masked_softmax", fault="mask_taken_for_length")
def mask_counted(scores: Tensor, mask: Tensor) -> Tensor:
    """Only the number of real steps is read."""
    real = torch.arange(mask.shape[1]) < mask.sum(dim=1, keepdim=True)
    return scores.masked_fill(~real, -torch.inf).softmax(dim=1)


@misconception("vowels", "masked_softmax")
def overflow(scores: Tensor, mask: Tensor) -> Tensor:
    """Exponentials of large scores."""
    powers = torch.where(mask, scores.exp(), torch.zeros_like(scores))
    return powers / powers.sum(dim=1, keepdim=True)


@misconception("vowels", "masked_softmax")
def padding_scores_count(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax, mask, normalise: 0 / 0 if the padding had all the weight."""
    weights = scores.softmax(dim=1) * mask
    return weights / weights.sum(dim=1, keepdim=True)


@misconception("vowels", "masked_softmax", fault="padding_attended")
def epsilon_everywhere(scores: Tensor, mask: Tensor) -> Tensor:
    """A guard against log(0) leaves weight on the padding."""
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=1) + 1e-12


@misconception("vowels", "masked_softmax", fault="detached")
def weights_detached(scores: Tensor, mask: Tensor) -> Tensor:
    """No gradient reaches the scores."""
    with torch.no_grad():
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)


@misconception("vowels", "masked_softmax", fault="wrong_dtype")
def float32_forced(scores: Tensor, mask: Tensor) -> Tensor:
    """Everything in float32."""
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=1, dtype=torch.float32)


@misconception("vowels", "masked_softmax", fault="input_changed")
def scores_filled_in_place(scores: Tensor, mask: Tensor) -> Tensor:
    """The caller's scores hold -inf afterwards."""
    scores[~mask] = -torch.inf
    return scores.softmax(dim=1)


# --- last_states --------------------------------------------------------------------------------


@misconception("vowels", "last_states")
def last_row(states: Tensor, lengths: Tensor) -> Tensor:
    """Step T - 1."""
    del lengths
    return states[:, -1]


@misconception("vowels", "last_states")
def one_step_late(states: Tensor, lengths: Tensor) -> Tensor:
    """Off by one."""
    return states[torch.arange(len(states)), lengths]


@misconception("vowels", "last_states")
def one_step_early(states: Tensor, lengths: Tensor) -> Tensor:
    """Off by one the other way."""
    return states[torch.arange(len(states)), lengths - 2]


@misconception("vowels", "last_states")
def steps_of_all_utterances(states: Tensor, lengths: Tensor) -> Tensor:
    """(B, B, H)."""
    return states[:, lengths - 1]


@misconception("vowels", "last_states", fault="one_length_for_all")
def first_length_for_all(states: Tensor, lengths: Tensor) -> Tensor:
    """One step for the whole batch."""
    return states[:, lengths[0] - 1]


@misconception("vowels", "last_states")
def longest_for_all(states: Tensor, lengths: Tensor) -> Tensor:
    """The longest utterance's step for the whole batch."""
    return states[:, lengths.max() - 1]


@misconception("vowels", "last_states")
def mean_of_real_steps(states: Tensor, lengths: Tensor) -> Tensor:
    """A mean for a state."""
    return torch.stack([row[:n].mean(dim=0) for row, n in zip(states, lengths, strict=True)])


@misconception("vowels", "last_states", fault="extreme_lengths")
def length_one_skipped(states: Tensor, lengths: Tensor) -> Tensor:
    """A guard that lifts length 1 to 2."""
    return states[torch.arange(len(states)), lengths.clamp(min=2) - 1]


@misconception("vowels", "last_states", fault="detached")
def states_detached(states: Tensor, lengths: Tensor) -> Tensor:
    """No gradient reaches the LSTM."""
    return states.detach()[torch.arange(len(states)), lengths - 1]


@misconception("vowels", "last_states", fault="dimension_left")
def gathered_with_time(states: Tensor, lengths: Tensor) -> Tensor:
    """The (B, 1, H) of gather."""
    return states.gather(1, (lengths - 1).reshape(-1, 1, 1).expand(-1, 1, states.shape[2]))


# --- bilinear_scores ----------------------------------------------------------------------------


@misconception("vowels", "bilinear_scores")
def W_transposed(states: Tensor, last: Tensor, W: Tensor) -> Tensor:  # noqa: N802 - W is a name
    """The last state on the left."""
    return torch.einsum("bi,ij,btj->bt", last, W, states)


@misconception("vowels", "bilinear_scores")
def W_unused(states: Tensor, last: Tensor, W: Tensor) -> Tensor:  # noqa: N802 - W is a name
    """Plain dot products."""
    del W
    return torch.einsum("bth,bh->bt", states, last)


@misconception("vowels", "bilinear_scores", fault="diagonal_of_W")
def W_entry_by_entry(states: Tensor, last: Tensor, W: Tensor) -> Tensor:  # noqa: N802 - W is a name
    """Only the diagonal is used."""
    return torch.einsum("bth,h,bh->bt", states, W.diagonal(), last)


@misconception("vowels", "bilinear_scores")
def last_unused(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """States times W, summed."""
    del last
    return (states @ W).sum(dim=2)


@misconception("vowels", "bilinear_scores")
def last_of_padding(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """The argument is ignored in favour of states[:, -1]."""
    del last
    return torch.einsum("bti,ij,bj->bt", states, W, states[:, -1])


@misconception("vowels", "bilinear_scores")
def softmax_applied(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """Weights for scores."""
    return torch.einsum("bti,ij,bj->bt", states, W, last).softmax(dim=1)


@misconception("vowels", "bilinear_scores")
def hidden_not_summed(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """(B, T, H)."""
    return (states @ W) * last.unsqueeze(1)


@misconception("vowels", "bilinear_scores")
def batch_mixed(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """(B, T, B)."""
    return states @ W @ last.T


@misconception("vowels", "bilinear_scores")
def scaled(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """The Transformer's scale, which is not asked for."""
    return torch.einsum("bti,ij,bj->bt", states, W, last) / math.sqrt(states.shape[2])


@misconception("vowels", "bilinear_scores", fault="squeezed")
def squeezed_scores(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """squeeze() without a dim."""
    return torch.bmm(states @ W, last.unsqueeze(2)).squeeze()


@misconception("vowels", "bilinear_scores", fault="detached")
def last_detached(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """The query is a constant."""
    return torch.einsum("bti,ij,bj->bt", states, W, last.detach())
