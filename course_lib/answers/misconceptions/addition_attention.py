"""Wrong answers to the first functions of `addition`: the weights and the sum.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.registry import misconception

# --- attention_weights --------------------------------------------------------------------------


def _softmax(states: Tensor, w: Tensor) -> Tensor:
    return torch.einsum("bth,h->bt", states, w).softmax(dim=1)


@misconception("addition", "attention_weights")
def softmax_over_batch(states: Tensor, w: Tensor) -> Tensor:
    """dim=0."""
    return (states @ w).softmax(dim=0)


@misconception("addition", "attention_weights")
def softmax_over_hidden(states: Tensor, w: Tensor) -> Tensor:
    """dim=2 before the sum."""
    return (states * w).softmax(dim=2).sum(dim=2)


@misconception("addition", "attention_weights")
def softmax_over_everything(states: Tensor, w: Tensor) -> Tensor:
    """One softmax for the batch."""
    scores = states @ w
    return scores.flatten().softmax(dim=0).reshape(scores.shape)


@misconception("addition", "attention_weights")
def softmax_before_sum(states: Tensor, w: Tensor) -> Tensor:
    """Softmax over time for each hidden unit."""
    return (states * w).softmax(dim=1).sum(dim=2)


@misconception("addition", "attention_weights")
def no_softmax(states: Tensor, w: Tensor) -> Tensor:
    """Scores."""
    return states @ w


@misconception("addition", "attention_weights")
def log_softmax(states: Tensor, w: Tensor) -> Tensor:
    """Logarithms of weights."""
    return (states @ w).log_softmax(dim=1)


@misconception("addition", "attention_weights")
def sigmoid(states: Tensor, w: Tensor) -> Tensor:
    """Each score by itself."""
    return (states @ w).sigmoid()


@misconception("addition", "attention_weights")
def divided_by_sum(states: Tensor, w: Tensor) -> Tensor:
    """A sum of 1 without exp."""
    scores = states @ w
    return scores / scores.sum(dim=1, keepdim=True)


@misconception("addition", "attention_weights")
def scaled(states: Tensor, w: Tensor) -> Tensor:
    """The scale of another attention."""
    return (states @ w / states.shape[2] ** 0.5).softmax(dim=1)


@misconception("addition", "attention_weights")
def mean_over_hidden(states: Tensor, w: Tensor) -> Tensor:
    """A mean for a sum."""
    return (states * w).mean(dim=2).softmax(dim=1)


@misconception("addition", "attention_weights")
def softmax_twice(states: Tensor, w: Tensor) -> Tensor:
    """Shares of shares."""
    return _softmax(states, w).softmax(dim=1)


@misconception("addition", "attention_weights")
def softmin(states: Tensor, w: Tensor) -> Tensor:
    """A minus sign too many."""
    return (-(states @ w)).softmax(dim=1)


@misconception("addition", "attention_weights")
def w_unused(states: Tensor, w: Tensor) -> Tensor:
    """Sums of states."""
    del w
    return states.sum(dim=2).softmax(dim=1)


@misconception("addition", "attention_weights")
def hidden_not_summed(states: Tensor, w: Tensor) -> Tensor:
    """(B, T, H)."""
    return (states * w).softmax(dim=1)


@misconception("addition", "attention_weights")
def summed_over_time(states: Tensor, w: Tensor) -> Tensor:
    """dim=1, (B, H)."""
    return (states * w).sum(dim=1).softmax(dim=1)


@misconception("addition", "attention_weights")
def summed_over_batch(states: Tensor, w: Tensor) -> Tensor:
    """dim=0, (T, H)."""
    return (states * w).sum(dim=0).softmax(dim=0)


@misconception("addition", "attention_weights", fault="time_first")
def weights_time_first(states: Tensor, w: Tensor) -> Tensor:
    """(T, B)."""
    return _softmax(states, w).T


@misconception("addition", "attention_weights")
def dimension_left(states: Tensor, w: Tensor) -> Tensor:
    """(B, T, 1)."""
    return (states @ w[:, None]).softmax(dim=1)


@misconception("addition", "attention_weights", fault="squeezed")
def weights_of_one_squeezed(states: Tensor, w: Tensor) -> Tensor:
    """A single row loses its batch dimension."""
    return (states @ w[:, None]).softmax(dim=1).squeeze()


@misconception("addition", "attention_weights", fault="depends_on_batch")
def scores_centred(states: Tensor, w: Tensor) -> Tensor:
    """Scores minus their mean over the batch."""
    scores = states @ w
    return (scores - scores.mean(dim=0)).softmax(dim=1)


@misconception("addition", "attention_weights", fault="not_normalised")
def weights_halved(states: Tensor, w: Tensor) -> Tensor:
    """Rows sum to one half."""
    return _softmax(states, w) / 2


@misconception("addition", "attention_weights", fault="negative_weights")
def shares_of_centred_scores(states: Tensor, w: Tensor) -> Tensor:
    """Sums of 1 by force."""
    scores = states @ w
    return scores - scores.mean(dim=1, keepdim=True) + 1 / scores.shape[1]


@misconception("addition", "attention_weights")
def depends_on_place(states: Tensor, w: Tensor) -> Tensor:
    """Late steps get higher scores."""
    return (states @ w + torch.arange(states.shape[1])).softmax(dim=1)


@misconception("addition", "attention_weights", fault="wrong_value")
def scores_doubled(states: Tensor, w: Tensor) -> Tensor:
    """A temperature of one half."""
    return (2 * (states @ w)).softmax(dim=1)


@misconception("addition", "attention_weights")
def one_step(states: Tensor, w: Tensor) -> Tensor:
    """Leaves a single step alone."""
    scores = states @ w
    return scores if scores.shape[1] == 1 else scores.softmax(dim=1)


@misconception("addition", "attention_weights")
def overflow(states: Tensor, w: Tensor) -> Tensor:
    """Exponentials of large scores."""
    powers = (states @ w).exp()
    return powers / powers.sum(dim=1, keepdim=True)


@misconception("addition", "attention_weights", fault="wrong_in_float32")
def half_precision(states: Tensor, w: Tensor) -> Tensor:
    """Float32 goes through bfloat16."""
    weights = _softmax(states, w)
    return weights.bfloat16().float() if weights.dtype is torch.float32 else weights


@misconception("addition", "attention_weights", fault="wrong_dtype")
def float32_forced(states: Tensor, w: Tensor) -> Tensor:
    """Everything in float32."""
    return _softmax(states.float(), w.float())


@misconception("addition", "attention_weights", fault="precision_lost")
def through_float32(states: Tensor, w: Tensor) -> Tensor:
    """In float32 and back."""
    return _softmax(states.float(), w.float()).to(states.dtype)


@misconception("addition", "attention_weights", fault="input_changed")
def states_weighted_in_place(states: Tensor, w: Tensor) -> Tensor:
    """The caller's states are multiplied by w afterwards."""
    states *= w
    return states.sum(dim=2).softmax(dim=1)


@misconception("addition", "attention_weights", fault="detached")
def weights_detached(states: Tensor, w: Tensor) -> Tensor:
    """No gradient."""
    return _softmax(states, w).detach()


@misconception("addition", "attention_weights", fault="detached_in_part")
def normaliser_detached(states: Tensor, w: Tensor) -> Tensor:
    """The sum is taken as a constant."""
    powers = (states @ w - (states @ w).amax(dim=1, keepdim=True).detach()).exp()
    return powers / powers.sum(dim=1, keepdim=True).detach()


# --- weighted_sum -------------------------------------------------------------------------------


def _sum(weights: Tensor, values: Tensor) -> Tensor:
    return torch.einsum("bt,btd->bd", weights, values)


@misconception("addition", "weighted_sum")
def divided_by_weights(weights: Tensor, values: Tensor) -> Tensor:
    """A mean, whatever the weights sum to."""
    return _sum(weights, values) / weights.sum(dim=1, keepdim=True)


@misconception("addition", "weighted_sum")
def divided_by_T(weights: Tensor, values: Tensor) -> Tensor:  # noqa: N802 - T is a size's name
    """A mean for a sum."""
    return (weights[:, :, None] * values).mean(dim=1)


@misconception("addition", "weighted_sum")
def softmax_on_weights(weights: Tensor, values: Tensor) -> Tensor:
    """Shares by force."""
    return _sum(weights.softmax(dim=1), values)


@misconception("addition", "weighted_sum")
def mean_over_time(weights: Tensor, values: Tensor) -> Tensor:
    """Weights unused."""
    del weights
    return values.mean(dim=1)


@misconception("addition", "weighted_sum")
def unweighted_sum(weights: Tensor, values: Tensor) -> Tensor:
    """Weights unused."""
    del weights
    return values.sum(dim=1)


@misconception("addition", "weighted_sum")
def largest_instead_of_sum(weights: Tensor, values: Tensor) -> Tensor:
    """The largest for the sum."""
    return (weights[:, :, None] * values).amax(dim=1)


@misconception("addition", "weighted_sum")
def best_step_only(weights: Tensor, values: Tensor) -> Tensor:
    """The argmax."""
    return values[torch.arange(len(values)), weights.argmax(dim=1)]


@misconception("addition", "weighted_sum")
def last_step_only(weights: Tensor, values: Tensor) -> Tensor:
    """The last value."""
    del weights
    return values[:, -1]


@misconception("addition", "weighted_sum")
def weights_of_first_item(weights: Tensor, values: Tensor) -> Tensor:
    """One row for all."""
    return torch.einsum("t,btd->bd", weights[0], values)


@misconception("addition", "weighted_sum")
def weights_reversed(weights: Tensor, values: Tensor) -> Tensor:
    """Latest weight first."""
    return _sum(weights.flip(1), values)


@misconception("addition", "weighted_sum")
def time_not_summed(weights: Tensor, values: Tensor) -> Tensor:
    """(B, T, D)."""
    return weights[:, :, None] * values


@misconception("addition", "weighted_sum", fault="dimension_left")
def row_left(weights: Tensor, values: Tensor) -> Tensor:
    """(B, 1, D)."""
    return weights[:, None] @ values


@misconception("addition", "weighted_sum", fault="dimension_left")
def column_left(weights: Tensor, values: Tensor) -> Tensor:
    """(B, D, 1)."""
    return values.transpose(1, 2) @ weights[:, :, None]


@misconception("addition", "weighted_sum")
def summed_over_values(weights: Tensor, values: Tensor) -> Tensor:
    """dim=2, (B, T)."""
    return (weights[:, :, None] * values).sum(dim=2)


@misconception("addition", "weighted_sum", fault="summed_over_batch")
def values_summed_over_batch(weights: Tensor, values: Tensor) -> Tensor:
    """dim=0, (T, D)."""
    return (weights[:, :, None] * values).sum(dim=0)


@misconception("addition", "weighted_sum")
def batch_mixed(weights: Tensor, values: Tensor) -> Tensor:
    """Broadcast over pairs of sequences, (B, B, D)."""
    return weights @ values


@misconception("addition", "weighted_sum", fault="squeezed")
def sum_of_one_squeezed(weights: Tensor, values: Tensor) -> Tensor:
    """A batch of one loses its batch dimension."""
    return (weights[:, None] @ values).squeeze()


@misconception("addition", "weighted_sum", fault="depends_on_batch")
def sums_centred(weights: Tensor, values: Tensor) -> Tensor:
    """Sums minus their mean over the batch."""
    total = _sum(weights, values)
    return total - total.mean(dim=0)


@misconception("addition", "weighted_sum", fault="wrong_value")
def weights_squared(weights: Tensor, values: Tensor) -> Tensor:
    """Squares of weights."""
    return _sum(weights**2, values)


@misconception("addition", "weighted_sum", fault="wrong_in_float32")
def sum_in_half_precision(weights: Tensor, values: Tensor) -> Tensor:
    """Float32 goes through bfloat16."""
    total = _sum(weights, values)
    return total.bfloat16().float() if total.dtype is torch.float32 else total


@misconception("addition", "weighted_sum", fault="wrong_dtype")
def sum_in_float64(weights: Tensor, values: Tensor) -> Tensor:
    """Everything in float64."""
    return _sum(weights.double(), values.double())


@misconception("addition", "weighted_sum", fault="input_changed")
def values_weighted_in_place(weights: Tensor, values: Tensor) -> Tensor:
    """The caller's values are weighted afterwards."""
    values *= weights[:, :, None]
    return values.sum(dim=1)


@misconception("addition", "weighted_sum", fault="detached")
def detached_weights(weights: Tensor, values: Tensor) -> Tensor:
    """No gradient reaches the weights."""
    return _sum(weights.detach(), values)
