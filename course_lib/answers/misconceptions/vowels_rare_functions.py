"""Wrong answers to the functions of `vowels` that are seen less often.

Letters in shapes: B batch, T time, D feature, H hidden.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.answers.registry import misconception

# --- pad_sequences ------------------------------------------------------------------------------


@misconception("vowels", "pad_sequences")
def batch_not_stacked(utterances: list[Tensor], T: int) -> Tensor:
    """Joined, not stacked, (B * T, D)."""
    return torch.cat([F.pad(frames, (0, 0, 0, T - len(frames))) for frames in utterances])


@misconception("vowels", "pad_sequences")
def frames_cycled(utterances: list[Tensor], T: int) -> Tensor:
    """The utterance starts again."""
    return torch.stack([frames[torch.arange(T) % len(frames)] for frames in utterances])


@misconception("vowels", "pad_sequences")
def shifted_by_one(utterances: list[Tensor], T: int) -> Tensor:
    """Frames from step 1 on."""
    return torch.stack([F.pad(frames, (0, 0, 1, T))[:T] for frames in utterances])


@misconception("vowels", "pad_sequences")
def time_last(utterances: list[Tensor], T: int) -> Tensor:
    """(B, D, T), as convolutions want it."""
    return torch.stack([F.pad(frames.T, (0, T - len(frames))) for frames in utterances])


@misconception("vowels", "pad_sequences", fault="wrong_value")
def features_reversed(utterances: list[Tensor], T: int) -> Tensor:
    """Each frame backwards: no sentence of its own."""
    return torch.stack([F.pad(f.flip(1), (0, 0, 0, T - len(f))) for f in utterances])


# --- time_weights -------------------------------------------------------------------------------


def _scores(states: Tensor, W: Tensor) -> Tensor:
    return (states * W).sum(dim=2)


@misconception("vowels", "time_weights")
def first_row_of_W(states: Tensor, W: Tensor) -> Tensor:  # noqa: N802 - W is the parameter's name
    """One row for all steps."""
    return (states * W[0]).sum(dim=2).softmax(dim=1)


@misconception("vowels", "time_weights")
def log_softmax(states: Tensor, W: Tensor) -> Tensor:
    """Logarithms of weights."""
    return _scores(states, W).log_softmax(dim=1)


@misconception("vowels", "time_weights")
def mean_over_hidden(states: Tensor, W: Tensor) -> Tensor:
    """A mean for a sum."""
    return (states * W).mean(dim=2).softmax(dim=1)


@misconception("vowels", "time_weights")
def softmin(states: Tensor, W: Tensor) -> Tensor:
    """A minus sign too many."""
    return (-_scores(states, W)).softmax(dim=1)


@misconception("vowels", "time_weights")
def summed_over_time(states: Tensor, W: Tensor) -> Tensor:
    """dim=1, (B, H)."""
    return (states * W).sum(dim=1).softmax(dim=1)


@misconception("vowels", "time_weights", fault="not_normalised")
def squared_shares(states: Tensor, W: Tensor) -> Tensor:
    """Shares of a sum of squares."""
    powers = (_scores(states, W) - 1).exp()
    return powers / powers.square().sum(dim=1, keepdim=True).sqrt()


@misconception("vowels", "time_weights", fault="negative_weights")
def shares_of_centred_scores(states: Tensor, W: Tensor) -> Tensor:
    """Sums of 1 by force."""
    scores = _scores(states, W)
    return scores - scores.mean(dim=1, keepdim=True) + 1 / scores.shape[1]


@misconception("vowels", "time_weights")
def one_step(states: Tensor, W: Tensor) -> Tensor:
    """Leaves a single step alone."""
    scores = _scores(states, W)
    return scores if scores.shape[1] == 1 else scores.softmax(dim=1)


# --- context_vector -----------------------------------------------------------------------------


@misconception("vowels", "context_vector")
def largest_instead_of_sum(weights: Tensor, states: Tensor) -> Tensor:
    """The largest for the sum."""
    return (weights.unsqueeze(2) * states).amax(dim=1)


@misconception("vowels", "context_vector")
def last_step_only(weights: Tensor, states: Tensor) -> Tensor:
    """The last state."""
    del weights
    return states[:, -1]


@misconception("vowels", "context_vector")
def unweighted_sum(weights: Tensor, states: Tensor) -> Tensor:
    """Weights unused."""
    del weights
    return states.sum(dim=1)


@misconception("vowels", "context_vector")
def weights_reversed(weights: Tensor, states: Tensor) -> Tensor:
    """Latest weight first."""
    return torch.einsum("bt,bth->bh", weights.flip(1), states)


@misconception("vowels", "context_vector")
def summed_over_hidden(weights: Tensor, states: Tensor) -> Tensor:
    """dim=2, (B, T)."""
    return (weights.unsqueeze(2) * states).sum(dim=2)


# --- padding_mass -------------------------------------------------------------------------------


@misconception("vowels", "padding_mass")
def divided_by_T(weights: Tensor, lengths: Tensor) -> Tensor:  # noqa: N802 - T is a size's name
    """A mean for a sum."""
    return (weights * (torch.arange(weights.shape[1]) >= lengths.unsqueeze(1))).mean(dim=1)


@misconception("vowels", "padding_mass", fault="largest_instead_of_sum")
def largest_on_padding(weights: Tensor, lengths: Tensor) -> Tensor:
    """The largest for the sum."""
    return (weights * (torch.arange(weights.shape[1]) >= lengths.unsqueeze(1))).amax(dim=1)


# --- second half --------------------------------------------------------------------------------


@misconception("vowels", "sequence_mask", fault="last_step_only")
def only_the_last_real_step(lengths: Tensor, T: int) -> Tensor:
    """== for <."""
    return torch.arange(T) == lengths.unsqueeze(1) - 1


@misconception("vowels", "sequence_mask")
def one_row_for_all(lengths: Tensor, T: int) -> Tensor:
    """A row for the longest."""
    return torch.arange(T) < lengths.max()


@misconception("vowels", "masked_softmax")
def wrong_in_float32(scores: Tensor, mask: Tensor) -> Tensor:
    """-1e39 is infinite in float32, and 0 times infinity is nan."""
    return (scores + (~mask).to(scores.dtype) * -1e39).softmax(dim=1)


@misconception("vowels", "last_states")
def counted_from_the_end(states: Tensor, lengths: Tensor) -> Tensor:
    """A minus sign too many."""
    return states[torch.arange(len(states)), -lengths]


@misconception("vowels", "last_states")
def first_row(states: Tensor, lengths: Tensor) -> Tensor:
    """Step 0."""
    del lengths
    return states[:, 0]


@misconception("vowels", "last_states")
def one_state(states: Tensor, lengths: Tensor) -> Tensor:
    """The first utterance's."""
    return states[0, lengths[0] - 1]


@misconception("vowels", "bilinear_scores")
def last_of_first_item(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """One last state for all."""
    return torch.einsum("bti,ij,j->bt", states, W, last[0])


@misconception("vowels", "bilinear_scores")
def tanh_applied(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """Additive attention's tanh."""
    return torch.einsum("bti,ij,bj->bt", states, W, last).tanh()


@misconception("vowels", "bilinear_scores", fault="mean_over_hidden")
def mean_of_products(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """A mean for a sum."""
    return ((states @ W) * last.unsqueeze(1)).mean(dim=2)


@misconception("vowels", "bilinear_scores", fault="summed_over_time")
def products_summed_over_time(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """dim=1, (B, H)."""
    return ((states @ W) * last.unsqueeze(1)).sum(dim=1)


@misconception("vowels", "bilinear_scores", fault="depends_on_batch")
def last_centred(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """Queries minus their mean over the batch."""
    centred = last - last.mean(dim=0) / math.sqrt(len(last))
    return torch.einsum("bti,ij,bj->bt", states, W, centred)
