"""Right answers to the functions of `addition` in other forms.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.answers.registry import equivalent

# --- addends ------------------------------------------------------------------------------------


@equivalent("addition", "addends")
def no_zero_so_far(x: Tensor) -> Tensor:
    """Zeros counted from the left."""
    return (x == 0).cumsum(dim=1) < 1


@equivalent("addition", "addends")
def product_of_numbers(x: Tensor) -> Tensor:
    """A product is 0 from the first 0 on; ones and zeros do not underflow."""
    return (x != 0).int().cumprod(dim=1).bool()


@equivalent("addition", "addends")
def place_of_the_smallest(x: Tensor) -> Tensor:
    """0 is the smallest number there is."""
    return torch.arange(x.shape[1]) < x.argmin(dim=1)[:, None]


@equivalent("addition", "addends")
def row_by_row(x: Tensor) -> Tensor:
    """Slices of a mask of False."""
    mask = torch.zeros_like(x, dtype=torch.bool)
    for row, numbers in zip(mask, x, strict=True):
        row[: int((numbers == 0).nonzero()[0])] = True
    return mask


@equivalent("addition", "addends")
def zeros_by_nonzero(x: Tensor) -> Tensor:
    """The columns of all zeros."""
    _, columns = torch.nonzero(x == 0, as_tuple=True)
    return torch.arange(x.shape[1]).expand(x.shape) < columns.unsqueeze(1)


@equivalent("addition", "addends")
def largest_so_far(x: Tensor) -> Tensor:
    """A running maximum of "is it the zero?"."""
    return ~(x == 0).int().cummax(dim=1).values.bool()


# --- attention_weights --------------------------------------------------------------------------


@equivalent("addition", "attention_weights")
def matrix_times_vector(states: Tensor, w: Tensor) -> Tensor:
    """The plain form."""
    return torch.softmax(states @ w, dim=-1)


@equivalent("addition", "attention_weights")
def summed_products(states: Tensor, w: Tensor) -> Tensor:
    """Multiply and sum."""
    return F.softmax((states * w).sum(dim=-1), dim=1)


@equivalent("addition", "attention_weights")
def einstein(states: Tensor, w: Tensor) -> Tensor:
    """Einsum."""
    return torch.einsum("bth,h->bt", states, w).softmax(dim=1)


@equivalent("addition", "attention_weights")
def linear_layer(states: Tensor, w: Tensor) -> Tensor:
    """A linear layer of one output."""
    return F.linear(states, w[None]).squeeze(2).softmax(dim=1)


@equivalent("addition", "attention_weights")
def largest_subtracted(states: Tensor, w: Tensor) -> Tensor:
    """Softmax by hand."""
    scores = torch.tensordot(states, w, dims=1)
    powers = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    return powers / powers.sum(dim=1, keepdim=True)


@equivalent("addition", "attention_weights")
def by_logsumexp(states: Tensor, w: Tensor) -> Tensor:
    """Logarithms first."""
    scores = states.matmul(w)
    return (scores - scores.logsumexp(dim=1, keepdim=True)).exp()


@equivalent("addition", "attention_weights")
def one_sequence_at_a_time(states: Tensor, w: Tensor) -> Tensor:
    """A loop over the batch."""
    return torch.stack([(sequence @ w).softmax(dim=0) for sequence in states])


# --- weighted_sum -------------------------------------------------------------------------------


@equivalent("addition", "weighted_sum")
def products_summed(weights: Tensor, values: Tensor) -> Tensor:
    """Broadcast and sum."""
    return (weights[:, :, None] * values).sum(dim=1)


@equivalent("addition", "weighted_sum")
def einstein_sum(weights: Tensor, values: Tensor) -> Tensor:
    """Einsum."""
    return torch.einsum("bt,btd->bd", weights, values)


@equivalent("addition", "weighted_sum")
def batched_product(weights: Tensor, values: Tensor) -> Tensor:
    """Rows times matrices."""
    return torch.bmm(weights.unsqueeze(1), values).squeeze(1)


@equivalent("addition", "weighted_sum")
def values_turned(weights: Tensor, values: Tensor) -> Tensor:
    """Matrices times columns."""
    return (values.mT @ weights.unsqueeze(-1)).squeeze(-1)


@equivalent("addition", "weighted_sum")
def step_after_step(weights: Tensor, values: Tensor) -> Tensor:
    """A loop over time."""
    total = torch.zeros_like(values[:, 0])
    for step in range(values.shape[1]):
        total = total + weights[:, step : step + 1] * values[:, step]
    return total


# --- squared_error ------------------------------------------------------------------------------


@equivalent("addition", "squared_error")
def minus_the_mask(weights: Tensor, mask: Tensor) -> Tensor:
    """A mask counts as 1 and 0."""
    return ((weights - mask.to(weights.dtype)) ** 2).mean(dim=1)


@equivalent("addition", "squared_error")
def built_in(weights: Tensor, mask: Tensor) -> Tensor:
    """mse_loss without its mean."""
    return F.mse_loss(weights, mask.to(weights), reduction="none").mean(dim=-1)


@equivalent("addition", "squared_error")
def chosen_by_where(weights: Tensor, mask: Tensor) -> Tensor:
    """1 - weight where it is True."""
    return torch.where(mask, 1 - weights, weights).square().sum(dim=1) / weights.shape[1]


@equivalent("addition", "squared_error")
def length_of_the_difference(weights: Tensor, mask: Tensor) -> Tensor:
    """A squared norm."""
    return torch.linalg.vector_norm(weights - 1.0 * mask, dim=1) ** 2 / weights.shape[1]


# --- overlap ------------------------------------------------------------------------------------


@equivalent("addition", "overlap")
def both_over_either(weights: Tensor, mask: Tensor) -> Tensor:
    """The plain form."""
    lit = weights >= weights.max(dim=1, keepdim=True).values / 2
    return (lit & mask).sum(dim=1) / (lit | mask).sum(dim=1)


@equivalent("addition", "overlap")
def union_by_sizes(weights: Tensor, mask: Tensor) -> Tensor:
    """Both sizes minus what is in both."""
    lit = 2 * weights >= weights.amax(dim=1)[:, None]
    both = (lit & mask).float().sum(dim=1)
    return both / (lit.sum(dim=1) + mask.sum(dim=1) - both)


@equivalent("addition", "overlap")
def scaled_to_one(weights: Tensor, mask: Tensor) -> Tensor:
    """A largest of 1, then a half."""
    lit = weights / weights.amax(dim=1, keepdim=True) >= 0.5
    return torch.logical_and(lit, mask).sum(1) / torch.logical_or(lit, mask).sum(1)


@equivalent("addition", "overlap")
def products_and_maxima(weights: Tensor, mask: Tensor) -> Tensor:
    """Numbers for truth values."""
    lit = (weights >= weights.amax(dim=1, keepdim=True) / 2).float()
    true = mask.float()
    return (lit * true).sum(dim=1) / torch.maximum(lit, true).sum(dim=1)


@equivalent("addition", "overlap")
def sets(weights: Tensor, mask: Tensor) -> Tensor:
    """Python's sets."""
    found = []
    for row, true in zip(weights, mask, strict=True):
        lit = set((row >= row.max() / 2).nonzero().flatten().tolist())
        there = set(true.nonzero().flatten().tolist())
        found.append(len(lit & there) / len(lit | there))
    return torch.tensor(found)


# --- mass ---------------------------------------------------------------------------------------


@equivalent("addition", "mass")
def there_over_everything(weights: Tensor, where: Tensor) -> Tensor:
    """The plain form."""
    return (weights * where).sum(dim=1) / weights.sum(dim=1)


@equivalent("addition", "mass")
def cleared_elsewhere(weights: Tensor, where: Tensor) -> Tensor:
    """0 elsewhere."""
    return weights.masked_fill(~where, 0).sum(dim=-1) / weights.sum(dim=-1)


@equivalent("addition", "mass")
def shares_first(weights: Tensor, where: Tensor) -> Tensor:
    """Shares, then their sum."""
    shares = weights / weights.sum(dim=1, keepdim=True)
    return torch.einsum("bt,bt->b", shares, where.to(shares.dtype))


@equivalent("addition", "mass")
def one_row_at_a_time(weights: Tensor, where: Tensor) -> Tensor:
    """A loop."""
    rows = zip(weights, where, strict=True)
    return torch.stack([row[there].sum() / row.sum() for row, there in rows])


# --- before -------------------------------------------------------------------------------------


@equivalent("addition", "before")
def one_minus_sums(attention: Tensor) -> Tensor:
    """The plain form."""
    return 1 - attention.cumsum(dim=-1)


@equivalent("addition", "before")
def what_is_still_to_come(attention: Tensor) -> Tensor:
    """Attention that shares a sum of 1: what is not yet past is still to come."""
    return attention.flip(1).cumsum(dim=1).flip(1) - attention


@equivalent("addition", "before")
def triangle(attention: Tensor) -> Tensor:
    """A product with a triangle of ones."""
    T = attention.shape[1]
    return 1 - attention @ torch.ones(T, T, dtype=attention.dtype).triu()


@equivalent("addition", "before")
def one_after_another(attention: Tensor) -> Tensor:
    """A loop over time."""
    gates, left = [], torch.ones_like(attention[:, 0])
    for step in range(attention.shape[1]):
        left = left - attention[:, step]
        gates.append(left)
    return torch.stack(gates, dim=1)


# --- moved --------------------------------------------------------------------------------------


@equivalent("addition", "moved")
def by_rows_and_steps(x: Tensor, steps: Tensor) -> Tensor:
    """The plain form."""
    changed, rows = x.clone(), torch.arange(len(x))
    changed[rows, steps] = (x[rows, steps] + 0.5) % 1
    return changed


@equivalent("addition", "moved")
def gathered_and_scattered(x: Tensor, steps: Tensor) -> Tensor:
    """Gather, scatter."""
    index = steps.unsqueeze(1)
    return x.scatter(1, index, (x.gather(1, index) + 0.5).remainder(1))


@equivalent("addition", "moved")
def chosen_by_where_it_is(x: Tensor, steps: Tensor) -> Tensor:
    """Where, with a mask."""
    here = torch.arange(x.shape[1]) == steps[:, None]
    other = torch.where(x < 0.5, x + 0.5, x - 0.5)
    return torch.where(here, other, x)


@equivalent("addition", "moved")
def a_half_from_one_hot(x: Tensor, steps: Tensor) -> Tensor:
    """Half of a one-hot vector added."""
    return torch.fmod(x + 0.5 * F.one_hot(steps, x.shape[1]), 1.0)


@equivalent("addition", "moved")
def number_by_number(x: Tensor, steps: Tensor) -> Tensor:
    """A loop over the batch."""
    changed = x.clone()
    for row, step in zip(changed, steps, strict=True):
        row[step] = row[step] + 0.5 - (row[step] >= 0.5).to(x.dtype)
    return changed
