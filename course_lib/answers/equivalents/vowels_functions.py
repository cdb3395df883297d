"""Right answers to the functions of `vowels` in the forms in which students write them.

Letters in shapes: B batch, T time, D feature, H hidden.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from course_lib.answers.registry import equivalent

# --- pad_sequences ------------------------------------------------------------------------------


@equivalent("vowels", "pad_sequences")
def zeros_filled_row_by_row(utterances: list[Tensor], T: int) -> Tensor:
    """A loop that writes into zeros."""
    x = torch.zeros(len(utterances), T, utterances[0].shape[1], dtype=utterances[0].dtype)
    for i, frames in enumerate(utterances):
        x[i, : len(frames)] = frames
    return x


@equivalent("vowels", "pad_sequences")
def each_padded_then_stacked(utterances: list[Tensor], T: int) -> Tensor:
    """F.pad."""
    return torch.stack([F.pad(frames, (0, 0, 0, T - frames.shape[0])) for frames in utterances])


@equivalent("vowels", "pad_sequences")
def pad_sequence_with_a_dummy(utterances: list[Tensor], T: int) -> Tensor:
    """The function of torch, with a row of T frames that is dropped again."""
    dummy = utterances[0].new_zeros(T, utterances[0].shape[1])
    return pad_sequence([dummy, *utterances], batch_first=True)[1:]


@equivalent("vowels", "pad_sequences")
def zeros_concatenated(utterances: list[Tensor], T: int) -> Tensor:
    """torch.cat with zeros, possibly none."""
    rows = [torch.cat([f, f.new_zeros(T - f.size(0), f.size(1))]).unsqueeze(0) for f in utterances]
    return torch.vstack(rows)


# --- time_weights -------------------------------------------------------------------------------


@equivalent("vowels", "time_weights")
def einsum_and_softmax(states: Tensor, W: Tensor) -> Tensor:
    """One einsum."""
    return torch.einsum("bth,th->bt", states, W).softmax(dim=-1)


@equivalent("vowels", "time_weights")
def softmax_module(states: Tensor, W: Tensor) -> Tensor:
    """nn.Softmax after an explicit broadcast."""
    weights: Tensor = nn.Softmax(dim=1)(torch.sum(states * W.unsqueeze(0), -1))
    return weights


@equivalent("vowels", "time_weights")
def exp_of_differences(states: Tensor, W: Tensor) -> Tensor:
    """The stable softmax by hand."""
    scores = (states * W).sum(2)
    powers = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


@equivalent("vowels", "time_weights")
def row_by_row(states: Tensor, W: Tensor) -> Tensor:
    """A loop over the batch."""
    return torch.stack([F.softmax((row * W).sum(dim=1), dim=0) for row in states])


@equivalent("vowels", "time_weights")
def diagonal_of_product(states: Tensor, W: Tensor) -> Tensor:
    """A matrix product, of which the diagonal is kept."""
    return torch.diagonal(states @ W.T, dim1=1, dim2=2).log_softmax(dim=1).exp()


# --- context_vector -----------------------------------------------------------------------------


@equivalent("vowels", "context_vector")
def broadcast_and_sum(weights: Tensor, states: Tensor) -> Tensor:
    """A product and a sum."""
    return (weights[..., None] * states).sum(dim=1)


@equivalent("vowels", "context_vector")
def batched_product(weights: Tensor, states: Tensor) -> Tensor:
    """A batched matrix product."""
    return torch.bmm(weights.unsqueeze(1), states).squeeze(1)


@equivalent("vowels", "context_vector")
def transposed_product(weights: Tensor, states: Tensor) -> Tensor:
    """The states on the left."""
    return (states.transpose(1, 2) @ weights.unsqueeze(2)).squeeze(2)


@equivalent("vowels", "context_vector")
def summed_step_by_step(weights: Tensor, states: Tensor) -> Tensor:
    """A loop over time that adds to a tensor of its own in place."""
    total = torch.zeros_like(states[:, 0])
    for t in range(states.shape[1]):
        total += weights[:, t : t + 1] * states[:, t]
    return total


@equivalent("vowels", "context_vector")
def own_copy_in_place(weights: Tensor, states: Tensor) -> Tensor:
    """In place, on a copy."""
    return states.clone().mul_(weights.unsqueeze(2)).sum(1)


# --- padding_mass -------------------------------------------------------------------------------


@equivalent("vowels", "padding_mass")
def masked_sum(weights: Tensor, lengths: Tensor) -> Tensor:
    """A mask and a sum."""
    return (weights * (torch.arange(weights.shape[1]) >= lengths[:, None])).sum(dim=1)


@equivalent("vowels", "padding_mass")
def rest_of_the_real_mass(weights: Tensor, lengths: Tensor) -> Tensor:
    """1 - the mass on real steps, for weights that sum to 1."""
    real = torch.arange(weights.shape[1])[None] < lengths[:, None]
    return 1 - weights.masked_fill(~real, 0).sum(dim=1)


@equivalent("vowels", "padding_mass")
def sliced_row_by_row(weights: Tensor, lengths: Tensor) -> Tensor:
    """A loop."""
    return torch.stack([row[n:].sum() for row, n in zip(weights, lengths, strict=True)])


@equivalent("vowels", "padding_mass")
def numbers_collected(weights: Tensor, lengths: Tensor) -> Tensor:
    """Python numbers, made a tensor of the same dtype: nothing is learnt from a mass."""
    masses = [weights[i, n:].sum().item() for i, n in enumerate(lengths)]
    return torch.tensor(masses, dtype=weights.dtype)


# --- sequence_mask ------------------------------------------------------------------------------


@equivalent("vowels", "sequence_mask")
def arange_compared(lengths: Tensor, T: int) -> Tensor:
    """One comparison."""
    return torch.arange(T) < lengths.unsqueeze(1)


@equivalent("vowels", "sequence_mask")
def expanded_arange(lengths: Tensor, T: int) -> Tensor:
    """Both sides in full, and the comparison turned round."""
    steps = torch.arange(T).expand(len(lengths), T)
    return lengths.view(-1, 1).gt(steps)


@equivalent("vowels", "sequence_mask")
def ones_row_by_row(lengths: Tensor, T: int) -> Tensor:
    """A loop."""
    mask = torch.zeros(len(lengths), T, dtype=torch.bool)
    for row, n in zip(mask, lengths, strict=True):
        row[:n] = True
    return mask


@equivalent("vowels", "sequence_mask")
def from_padded_ones(lengths: Tensor, T: int) -> Tensor:
    """Ones that are padded, then made bool."""
    return torch.stack([F.pad(torch.ones(int(n)), (0, T - int(n))) for n in lengths]).bool()


# --- masked_softmax -----------------------------------------------------------------------------


@equivalent("vowels", "masked_softmax")
def filled_with_infinity(scores: Tensor, mask: Tensor) -> Tensor:
    """masked_fill."""
    return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)


@equivalent("vowels", "masked_softmax")
def filled_with_lowest(scores: Tensor, mask: Tensor) -> Tensor:
    """The lowest number of the dtype, which exp turns into an exact 0."""
    lowest = torch.finfo(scores.dtype).min
    return torch.softmax(torch.where(mask, scores, torch.full_like(scores, lowest)), dim=1)


@equivalent("vowels", "masked_softmax")
def filled_with_a_billion(scores: Tensor, mask: Tensor) -> Tensor:
    """-1e9, in a copy of its own."""
    scores = scores.clone()
    scores[~mask] = -1e9
    return F.softmax(scores, dim=-1)


@equivalent("vowels", "masked_softmax")
def infinity_added(scores: Tensor, mask: Tensor) -> Tensor:
    """A mask of 0 and -inf, added."""
    return (scores + torch.zeros_like(scores).masked_fill(~mask, -torch.inf)).softmax(1)


@equivalent("vowels", "masked_softmax")
def cut_row_by_row(scores: Tensor, mask: Tensor) -> Tensor:
    """A softmax of the real steps only, put back."""
    weights = torch.zeros_like(scores)
    for b, real in enumerate(mask):
        weights[b, real] = scores[b, real].softmax(dim=0)
    return weights


@equivalent("vowels", "masked_softmax")
def by_hand_and_normalised(scores: Tensor, mask: Tensor) -> Tensor:
    """The exponential of the difference to the largest real score, masked, normalised."""
    filled = torch.where(mask, scores, -torch.inf)
    powers = (filled - filled.max(dim=1, keepdim=True).values).exp() * mask
    return powers / powers.sum(dim=1, keepdim=True)


# --- last_states --------------------------------------------------------------------------------


@equivalent("vowels", "last_states")
def paired_indices(states: Tensor, lengths: Tensor) -> Tensor:
    """Two index tensors."""
    return states[torch.arange(states.size(0)), lengths - 1]


@equivalent("vowels", "last_states")
def gathered(states: Tensor, lengths: Tensor) -> Tensor:
    """With gather."""
    index = (lengths - 1).view(-1, 1, 1).expand(-1, 1, states.shape[2])
    return states.gather(dim=1, index=index).squeeze(1)


@equivalent("vowels", "last_states")
def one_hot_sum(states: Tensor, lengths: Tensor) -> Tensor:
    """A product with one-hot rows."""
    chosen = F.one_hot(lengths - 1, states.shape[1]).to(states.dtype)
    return torch.einsum("bt,bth->bh", chosen, states)


@equivalent("vowels", "last_states")
def stacked_row_by_row(states: Tensor, lengths: Tensor) -> Tensor:
    """A loop."""
    return torch.stack([row[n - 1] for row, n in zip(states, lengths, strict=True)])


# --- bilinear_scores ----------------------------------------------------------------------------


@equivalent("vowels", "bilinear_scores")
def one_einsum(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """One einsum."""
    return torch.einsum("bti,ij,bj->bt", states, W, last)


@equivalent("vowels", "bilinear_scores")
def states_times_W(states: Tensor, last: Tensor, W: Tensor) -> Tensor:  # noqa: N802 - W is a name
    """Products from the left."""
    return ((states @ W) * last.unsqueeze(1)).sum(dim=-1)


@equivalent("vowels", "bilinear_scores")
def W_times_last(states: Tensor, last: Tensor, W: Tensor) -> Tensor:  # noqa: N802 - W is a name
    """Products from the right."""
    return torch.bmm(states, (last @ W.T).unsqueeze(2)).squeeze(2)


@equivalent("vowels", "bilinear_scores")
def built_in(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """The bilinear form of torch."""
    B, T, H = states.shape
    repeated = last.unsqueeze(1).expand(B, T, H)
    return F.bilinear(states, repeated, W.unsqueeze(0)).squeeze(2)
