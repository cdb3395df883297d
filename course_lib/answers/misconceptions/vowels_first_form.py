"""Wrong answers to the functions of `vowels`, first half.

Letters in shapes: B batch, T time, D feature, H hidden.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from course_lib.answers.registry import misconception

# --- pad_sequences ------------------------------------------------------------------------------


def _pad(utterances: list[Tensor], T: int) -> Tensor:
    return torch.stack([F.pad(frames, (0, 0, 0, T - len(frames))) for frames in utterances])


@misconception("vowels", "pad_sequences")
def padding_in_front(utterances: list[Tensor], T: int) -> Tensor:
    """Zeros before the first frame."""
    return torch.stack([F.pad(frames, (0, 0, T - len(frames), 0)) for frames in utterances])


@misconception("vowels", "pad_sequences")
def padded_to_longest(utterances: list[Tensor], T: int) -> Tensor:
    """As long as the longest utterance, whatever T says."""
    del T
    return pad_sequence(utterances, batch_first=True)


@misconception("vowels", "pad_sequences")
def time_first(utterances: list[Tensor], T: int) -> Tensor:
    """(T, B, D)."""
    return _pad(utterances, T).transpose(0, 1)


@misconception("vowels", "pad_sequences")
def cut_to_shortest(utterances: list[Tensor], T: int) -> Tensor:
    """All utterances lose what the shortest does not have."""
    shortest = min(len(frames) for frames in utterances)
    return _pad([frames[:shortest] for frames in utterances], T)


@misconception("vowels", "pad_sequences", fault="cut_to_shortest")
def batch_as_long_as_shortest(utterances: list[Tensor], T: int) -> Tensor:
    """Stacked at the shortest length."""
    del T
    shortest = min(len(frames) for frames in utterances)
    return torch.stack([frames[:shortest] for frames in utterances])


@misconception("vowels", "pad_sequences")
def last_frame_lost(utterances: list[Tensor], T: int) -> Tensor:
    """A slice that ends one early."""
    return _pad([frames[:-1] for frames in utterances], T)


@misconception("vowels", "pad_sequences")
def last_frame_repeated(utterances: list[Tensor], T: int) -> Tensor:
    """Padding with the last frame."""
    rows = [torch.cat([f, f[-1:].expand(T - len(f), -1)]) for f in utterances]
    return torch.stack(rows)


@misconception("vowels", "pad_sequences")
def sorted_by_length(utterances: list[Tensor], T: int) -> Tensor:
    """Longest first, as packing once asked for."""
    return _pad(sorted(utterances, key=len, reverse=True), T)


@misconception("vowels", "pad_sequences", fault="padding_not_zero")
def padded_with_ones(utterances: list[Tensor], T: int) -> Tensor:
    """Padding with 1."""
    rows = [F.pad(frames, (0, 0, 0, T - len(frames)), value=1.0) for frames in utterances]
    return torch.stack(rows)


@misconception("vowels", "pad_sequences", fault="wrong_dtype")
def float32_zeros(utterances: list[Tensor], T: int) -> Tensor:
    """Zeros of the default dtype, which round what is written into them."""
    x = torch.zeros(len(utterances), T, utterances[0].shape[1])
    for row, frames in zip(x, utterances, strict=True):
        row[: len(frames)] = frames
    return x


@misconception("vowels", "pad_sequences", fault="wrong_type")
def list_of_padded(utterances: list[Tensor], T: int) -> list[Tensor]:
    """Padded, but never stacked."""
    return list(_pad(utterances, T))


@misconception("vowels", "pad_sequences", fault="input_changed")
def caller_list_padded(utterances: list[Tensor], T: int) -> Tensor:
    """The caller's own list holds the padded utterances afterwards."""
    for i, frames in enumerate(utterances):
        utterances[i] = F.pad(frames, (0, 0, 0, T - len(frames)))
    return torch.stack(utterances)


@misconception("vowels", "pad_sequences", fault="longest_cut")
def always_one_zero(utterances: list[Tensor], T: int) -> Tensor:
    """Keeps at most T - 1 frames, so that each row ends in padding."""
    return _pad([frames[: T - 1] for frames in utterances], T)


# --- time_weights -------------------------------------------------------------------------------


def _scores(states: Tensor, W: Tensor) -> Tensor:
    return (states * W).sum(dim=2)


@misconception("vowels", "time_weights")
def softmax_over_batch(states: Tensor, W: Tensor) -> Tensor:
    """dim=0."""
    return _scores(states, W).softmax(dim=0)


@misconception("vowels", "time_weights")
def softmax_over_hidden(states: Tensor, W: Tensor) -> Tensor:
    """dim=-1 before the sum."""
    return (states * W).softmax(dim=-1).sum(dim=-1)


@misconception("vowels", "time_weights")
def softmax_over_everything(states: Tensor, W: Tensor) -> Tensor:
    """One sum of 1 for the whole batch."""
    scores = _scores(states, W)
    return scores.flatten().softmax(dim=0).reshape(scores.shape)


@misconception("vowels", "time_weights")
def softmax_before_sum(states: Tensor, W: Tensor) -> Tensor:
    """A softmax for every hidden unit, summed."""
    return (states * W).softmax(dim=1).sum(dim=2)


@misconception("vowels", "time_weights")
def hidden_not_summed(states: Tensor, W: Tensor) -> Tensor:
    """(B, T, H)."""
    return (states * W).softmax(dim=1)


@misconception("vowels", "time_weights")
def no_softmax(states: Tensor, W: Tensor) -> Tensor:
    """Scores for weights."""
    return _scores(states, W)


@misconception("vowels", "time_weights")
def sigmoid(states: Tensor, W: Tensor) -> Tensor:
    """Each step by itself."""
    return _scores(states, W).sigmoid()


@misconception("vowels", "time_weights")
def divided_by_sum(states: Tensor, W: Tensor) -> Tensor:
    """Shares without exp."""
    scores = _scores(states, W)
    return scores / scores.sum(dim=1, keepdim=True)


@misconception("vowels", "time_weights")
def scaled(states: Tensor, W: Tensor) -> Tensor:
    """The Transformer's scale, which is not asked for."""
    return (_scores(states, W) / math.sqrt(states.shape[2])).softmax(dim=1)


@misconception("vowels", "time_weights")
def W_reshaped(states: Tensor, W: Tensor) -> Tensor:  # noqa: N802 - W is the parameter's name
    """The transpose of W, forced into its shape."""
    T, H = W.shape
    return _scores(states, W.reshape(H, T).T).softmax(dim=1)


@misconception("vowels", "time_weights")
def steps_mixed(states: Tensor, W: Tensor) -> Tensor:
    """A matrix product, (B, T, T)."""
    return torch.matmul(states, W.T).softmax(dim=1)


@misconception("vowels", "time_weights")
def overflow(states: Tensor, W: Tensor) -> Tensor:
    """The definition to the letter: exp of large scores."""
    powers = _scores(states, W).exp()
    return powers / powers.sum(dim=1, keepdim=True)


@misconception("vowels", "time_weights", fault="overflow")
def largest_of_batch_subtracted(states: Tensor, W: Tensor) -> Tensor:
    """One maximum for all utterances: those with small scores underflow to 0 / 0."""
    scores = _scores(states, W)
    powers = (scores - scores.max()).exp()
    return powers / powers.sum(dim=1, keepdim=True)


@misconception("vowels", "time_weights", fault="depends_on_batch")
def centred_over_batch(states: Tensor, W: Tensor) -> Tensor:
    """States minus the batch's mean."""
    return _scores(states - states.mean(dim=0), W).softmax(dim=1)


@misconception("vowels", "time_weights", fault="detached")
def W_detached(states: Tensor, W: Tensor) -> Tensor:  # noqa: N802 - W is the parameter's name
    """W is a constant."""
    return _scores(states, W.detach()).softmax(dim=1)


@misconception("vowels", "time_weights", fault="wrong_dtype")
def float64_forced(states: Tensor, W: Tensor) -> Tensor:
    """Everything in float64, whatever comes in."""
    return _scores(states.double(), W.double()).softmax(dim=1)


@misconception("vowels", "time_weights", fault="wrong_dtype")
def float32_forced(states: Tensor, W: Tensor) -> Tensor:
    """Everything in float32, whatever comes in."""
    return _scores(states.float(), W.float()).softmax(dim=1)


@misconception("vowels", "time_weights", fault="precision_lost")
def float32_inside(states: Tensor, W: Tensor) -> Tensor:
    """float32 on the way, the input's dtype at the end."""
    return _scores(states.float(), W.float()).softmax(dim=1).to(states.dtype)


@misconception("vowels", "time_weights", fault="input_changed")
def states_multiplied_in_place(states: Tensor, W: Tensor) -> Tensor:
    """The caller's states are weighted afterwards."""
    states *= W
    return states.sum(dim=2).softmax(dim=1)


# --- context_vector -----------------------------------------------------------------------------


@misconception("vowels", "context_vector")
def mean_over_time(weights: Tensor, states: Tensor) -> Tensor:
    """Weights unused."""
    del weights
    return states.mean(dim=1)


@misconception("vowels", "context_vector")
def weighted_mean(weights: Tensor, states: Tensor) -> Tensor:
    """A mean of what is a share already."""
    return (weights.unsqueeze(2) * states).mean(dim=1)


@misconception("vowels", "context_vector")
def time_not_summed(weights: Tensor, states: Tensor) -> Tensor:
    """(B, T, H)."""
    return weights.unsqueeze(2) * states


@misconception("vowels", "context_vector")
def summed_over_batch(weights: Tensor, states: Tensor) -> Tensor:
    """dim=0."""
    return (weights.unsqueeze(2) * states).sum(dim=0)


@misconception("vowels", "context_vector")
def best_step_only(weights: Tensor, states: Tensor) -> Tensor:
    """Hard attention."""
    return states[torch.arange(len(states)), weights.argmax(dim=1)]


@misconception("vowels", "context_vector")
def softmax_twice(weights: Tensor, states: Tensor) -> Tensor:
    """Shares of shares."""
    return torch.einsum("bt,bth->bh", weights.softmax(dim=1), states)


@misconception("vowels", "context_vector")
def dimension_left(weights: Tensor, states: Tensor) -> Tensor:
    """The (B, 1, H) of bmm."""
    return torch.bmm(weights.unsqueeze(1), states)


@misconception("vowels", "context_vector")
def squeezed(weights: Tensor, states: Tensor) -> Tensor:
    """squeeze() without a dim: a batch of one loses its batch dimension."""
    return torch.bmm(weights.unsqueeze(1), states).squeeze()


@misconception("vowels", "context_vector")
def weights_of_first_item(weights: Tensor, states: Tensor) -> Tensor:
    """One row of weights for all."""
    return torch.einsum("t,bth->bh", weights[0], states)


@misconception("vowels", "context_vector", fault="detached")
def weights_detached(weights: Tensor, states: Tensor) -> Tensor:
    """No gradient reaches the attention."""
    return torch.einsum("bt,bth->bh", weights.detach(), states)


@misconception("vowels", "context_vector", fault="input_changed")
def states_weighted_in_place(weights: Tensor, states: Tensor) -> Tensor:
    """The caller's states are weighted afterwards."""
    return states.mul_(weights.unsqueeze(2)).sum(dim=1)


# --- padding_mass -------------------------------------------------------------------------------


@misconception("vowels", "padding_mass")
def mass_on_real_steps(weights: Tensor, lengths: Tensor) -> Tensor:
    """The other part."""
    return (weights * (torch.arange(weights.shape[1]) < lengths.unsqueeze(1))).sum(dim=1)


@misconception("vowels", "padding_mass")
def last_real_step_counted(weights: Tensor, lengths: Tensor) -> Tensor:
    """Padding from length - 1 on."""
    return (weights * (torch.arange(weights.shape[1]) >= lengths.unsqueeze(1) - 1)).sum(dim=1)


@misconception("vowels", "padding_mass")
def first_padding_missed(weights: Tensor, lengths: Tensor) -> Tensor:
    """Padding after length."""
    return (weights * (torch.arange(weights.shape[1]) > lengths.unsqueeze(1))).sum(dim=1)


@misconception("vowels", "padding_mass", fault="summed_over_batch")
def mean_over_batch(weights: Tensor, lengths: Tensor) -> Tensor:
    """The number for the plot's title."""
    return (weights * (torch.arange(weights.shape[1]) >= lengths.unsqueeze(1))).sum(dim=1).mean()


@misconception("vowels", "padding_mass")
def mean_instead_of_sum(weights: Tensor, lengths: Tensor) -> Tensor:
    """The mean weight of a padded step."""
    return torch.stack([row[n:].mean() for row, n in zip(weights, lengths, strict=True)])


@misconception("vowels", "padding_mass")
def first_length_for_all(weights: Tensor, lengths: Tensor) -> Tensor:
    """One cut for the whole batch."""
    return weights[:, int(lengths[0]) :].sum(dim=1)


@misconception("vowels", "padding_mass")
def share_of_steps(weights: Tensor, lengths: Tensor) -> Tensor:
    """Counts steps."""
    T = weights.shape[1]
    return ((T - lengths) / T).to(weights.dtype)


@misconception("vowels", "padding_mass", fault="wrong_type")
def list_of_numbers(weights: Tensor, lengths: Tensor) -> list[float]:
    """Python numbers."""
    return [float(row[n:].sum()) for row, n in zip(weights, lengths, strict=True)]


@misconception("vowels", "padding_mass", fault="input_changed")
def weights_zeroed_in_place(weights: Tensor, lengths: Tensor) -> Tensor:
    """The caller's weights lose their real part."""
    weights[torch.arange(weights.shape[1]) < lengths.unsqueeze(1)] = 0
    return weights.sum(dim=1)
