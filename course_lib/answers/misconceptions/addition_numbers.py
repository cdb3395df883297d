"""Wrong numbers on a map, in the lecture `addition`.

Letters in shapes: B batch, T time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.reference import addition as oracle
from course_lib.answers.registry import misconception

# --- squared_error ------------------------------------------------------------------------------


def _squares(weights: Tensor, mask: Tensor) -> Tensor:
    return (weights - mask.to(weights.dtype)) ** 2


@misconception("addition", "squared_error")
def sum_instead_of_mean(weights: Tensor, mask: Tensor) -> Tensor:
    """A sum."""
    return _squares(weights, mask).sum(dim=1)


@misconception("addition", "squared_error")
def absolute_error(weights: Tensor, mask: Tensor) -> Tensor:
    """No square."""
    return (weights - mask.to(weights.dtype)).abs().mean(dim=1)


@misconception("addition", "squared_error")
def root_taken(weights: Tensor, mask: Tensor) -> Tensor:
    """A root too many."""
    return _squares(weights, mask).mean(dim=1).sqrt()


@misconception("addition", "squared_error")
def square_of_mean(weights: Tensor, mask: Tensor) -> Tensor:
    """First the mean, then the square."""
    return (weights - mask.to(weights.dtype)).mean(dim=1) ** 2


@misconception("addition", "squared_error")
def mask_inverted(weights: Tensor, mask: Tensor) -> Tensor:
    """The rest."""
    return _squares(weights, ~mask).mean(dim=1)


@misconception("addition", "squared_error")
def addends_only(weights: Tensor, mask: Tensor) -> Tensor:
    """Error of the addends, over their number."""
    return (_squares(weights, mask) * mask).sum(dim=1) / mask.sum(dim=1)


@misconception("addition", "squared_error", fault="addends_only")
def addends_over_all_steps(weights: Tensor, mask: Tensor) -> Tensor:
    """Error of the addends, over T."""
    return (_squares(weights, mask) * mask).mean(dim=1)


@misconception("addition", "squared_error")
def mask_unused(weights: Tensor, mask: Tensor) -> Tensor:
    """Squares of the weights."""
    del mask
    return weights.square().mean(dim=1)


@misconception("addition", "squared_error")
def one_for_the_batch(weights: Tensor, mask: Tensor) -> Tensor:
    """A mean over everything, as a loss."""
    return torch.nn.functional.mse_loss(weights, mask.to(weights.dtype))


@misconception("addition", "squared_error")
def over_the_batch(weights: Tensor, mask: Tensor) -> Tensor:
    """dim=0."""
    return _squares(weights, mask).mean(dim=0)


@misconception("addition", "squared_error")
def dimension_left(weights: Tensor, mask: Tensor) -> Tensor:
    """With keepdim."""
    return _squares(weights, mask).mean(dim=1, keepdim=True)


@misconception("addition", "squared_error")
def time_not_summed(weights: Tensor, mask: Tensor) -> Tensor:
    """No mean."""
    return _squares(weights, mask)


@misconception("addition", "squared_error", fault="depends_on_batch")
def errors_centred(weights: Tensor, mask: Tensor) -> Tensor:
    """Minus the batch's mean."""
    error = _squares(weights, mask).mean(dim=1)
    return error - error.mean()


@misconception("addition", "squared_error", fault="wrong_value")
def half_the_error(weights: Tensor, mask: Tensor) -> Tensor:
    """The half of textbooks."""
    return _squares(weights, mask).mean(dim=1) / 2


@misconception("addition", "squared_error", fault="wrong_in_float32")
def error_in_half_precision(weights: Tensor, mask: Tensor) -> Tensor:
    """Float32 goes through bfloat16."""
    error = _squares(weights, mask).mean(dim=1)
    return error.bfloat16().float() if error.dtype is torch.float32 else error


@misconception("addition", "squared_error", fault="wrong_dtype")
def error_in_float32(weights: Tensor, mask: Tensor) -> Tensor:
    """`float()` for the dtype of the weights."""
    return _squares(weights.float(), mask).mean(dim=1)


@misconception("addition", "squared_error", fault="input_changed")
def subtracted_in_place(weights: Tensor, mask: Tensor) -> Tensor:
    """The caller's weights are differences afterwards."""
    weights -= mask.to(weights.dtype)
    return weights.square().mean(dim=1)


# --- overlap ------------------------------------------------------------------------------------


def _lit(weights: Tensor) -> Tensor:
    return weights >= weights.amax(dim=1, keepdim=True) / 2


def _over(lit: Tensor, mask: Tensor) -> Tensor:
    return (lit & mask).sum(dim=1) / (lit | mask).sum(dim=1)


@misconception("addition", "overlap")
def fixed_threshold(weights: Tensor, mask: Tensor) -> Tensor:
    """Half of 1."""
    return _over(weights >= 0.5, mask)


@misconception("addition", "overlap")
def mean_as_threshold(weights: Tensor, mask: Tensor) -> Tensor:
    """Above average."""
    return _over(weights >= weights.mean(dim=1, keepdim=True), mask)


@misconception("addition", "overlap")
def largest_of_batch(weights: Tensor, mask: Tensor) -> Tensor:
    """max() without dim."""
    return _over(weights >= weights.max() / 2, mask)


@misconception("addition", "overlap")
def tie_not_lit(weights: Tensor, mask: Tensor) -> Tensor:
    """> for >=."""
    return _over(weights > weights.amax(dim=1, keepdim=True) / 2, mask)


@misconception("addition", "overlap")
def largest_only(weights: Tensor, mask: Tensor) -> Tensor:
    """No half."""
    return _over(weights >= weights.amax(dim=1, keepdim=True), mask)


@misconception("addition", "overlap", fault="mask_inverted")
def overlap_with_the_rest(weights: Tensor, mask: Tensor) -> Tensor:
    """The rest."""
    return _over(_lit(weights), ~mask)


@misconception("addition", "overlap")
def lit_inverted(weights: Tensor, mask: Tensor) -> Tensor:
    """< for >=."""
    return _over(~_lit(weights), mask)


@misconception("addition", "overlap")
def divided_by_mask(weights: Tensor, mask: Tensor) -> Tensor:
    """The share of the mask that is lit."""
    return (_lit(weights) & mask).sum(dim=1) / mask.sum(dim=1)


@misconception("addition", "overlap")
def divided_by_lit(weights: Tensor, mask: Tensor) -> Tensor:
    """The share of the lit that is true."""
    return (_lit(weights) & mask).sum(dim=1) / _lit(weights).sum(dim=1)


@misconception("addition", "overlap")
def union_counts_twice(weights: Tensor, mask: Tensor) -> Tensor:
    """Both sizes added."""
    return (_lit(weights) & mask).sum(dim=1) / (_lit(weights).sum(dim=1) + mask.sum(dim=1))


@misconception("addition", "overlap")
def dice(weights: Tensor, mask: Tensor) -> Tensor:
    """Another measure."""
    return 2 * union_counts_twice(weights, mask)


@misconception("addition", "overlap")
def share_of_agreement(weights: Tensor, mask: Tensor) -> Tensor:
    """Accuracy."""
    return (_lit(weights) == mask).float().mean(dim=1)


@misconception("addition", "overlap", fault="divided_by_T")
def share_of_steps_in_both(weights: Tensor, mask: Tensor) -> Tensor:
    """A mean of the intersection."""
    return (_lit(weights) & mask).float().mean(dim=1)


@misconception("addition", "overlap")
def distance(weights: Tensor, mask: Tensor) -> Tensor:
    """1 minus it."""
    return 1 - _over(_lit(weights), mask)


@misconception("addition", "overlap")
def soft(weights: Tensor, mask: Tensor) -> Tensor:
    """Smaller over larger, without a threshold."""
    true = mask.to(weights.dtype)
    return torch.minimum(weights, true).sum(dim=1) / torch.maximum(weights, true).sum(dim=1)


@misconception("addition", "overlap", fault="one_for_the_batch")
def pooled(weights: Tensor, mask: Tensor) -> Tensor:
    """All intersections over all unions."""
    return (_lit(weights) & mask).sum() / (_lit(weights) | mask).sum()


@misconception("addition", "overlap", fault="over_the_batch")
def counted_over_the_batch(weights: Tensor, mask: Tensor) -> Tensor:
    """dim=0."""
    return (_lit(weights) & mask).sum(dim=0) / (_lit(weights) | mask).sum(dim=0)


@misconception("addition", "overlap", fault="dimension_left")
def overlap_kept_wide(weights: Tensor, mask: Tensor) -> Tensor:
    """With keepdim."""
    return _over(_lit(weights), mask)[:, None]


@misconception("addition", "overlap", fault="wrong_dtype")
def whole_numbers(weights: Tensor, mask: Tensor) -> Tensor:
    """Whole numbers divided."""
    lit = _lit(weights)
    return (lit & mask).sum(dim=1) // (lit | mask).sum(dim=1)


@misconception("addition", "overlap")
def depends_on_scale(weights: Tensor, mask: Tensor) -> Tensor:
    """A floor under what can be lit."""
    return _over(_lit(weights) & (weights > 1e-2), mask)


@misconception("addition", "overlap", fault="depends_on_batch")
def overlap_centred(weights: Tensor, mask: Tensor) -> Tensor:
    """Minus the batch's mean."""
    found = _over(_lit(weights), mask)
    return found - found.mean()


@misconception("addition", "overlap", fault="wrong_value")
def a_third_of_the_largest(weights: Tensor, mask: Tensor) -> Tensor:
    """Another threshold."""
    return _over(weights >= weights.amax(dim=1, keepdim=True) / 3, mask)


@misconception("addition", "overlap")
def edge_masks(weights: Tensor, mask: Tensor) -> Tensor:
    """A guard against masks that are True everywhere."""
    return _over(_lit(weights), mask) * ~mask.all(dim=1)


@misconception("addition", "overlap", fault="input_changed")
def scaled_in_place(weights: Tensor, mask: Tensor) -> Tensor:
    """The caller's weights have a largest of 1 afterwards."""
    weights /= weights.amax(dim=1, keepdim=True)
    return _over(weights >= 0.5, mask)


# --- mass ---------------------------------------------------------------------------------------


@misconception("addition", "mass")
def not_divided(weights: Tensor, where: Tensor) -> Tensor:
    """The weight there."""
    return (weights * where).sum(dim=1)


@misconception("addition", "mass", fault="mask_inverted")
def mass_elsewhere(weights: Tensor, where: Tensor) -> Tensor:
    """The rest."""
    return oracle.mass(weights, ~where)


@misconception("addition", "mass")
def mean_there(weights: Tensor, where: Tensor) -> Tensor:
    """A mean over the mask."""
    return (weights * where).sum(dim=1) / where.sum(dim=1)


@misconception("addition", "mass", fault="divided_by_T")
def mean_over_steps(weights: Tensor, where: Tensor) -> Tensor:
    """A mean over time."""
    return (weights * where).mean(dim=1)


@misconception("addition", "mass")
def share_of_steps(weights: Tensor, where: Tensor) -> Tensor:
    """Whatever the weights are."""
    return where.to(weights.dtype).mean(dim=1)


@misconception("addition", "mass")
def divided_by_rest(weights: Tensor, where: Tensor) -> Tensor:
    """Odds for a share."""
    return (weights * where).sum(dim=1) / (weights * ~where).sum(dim=1)


@misconception("addition", "mass")
def largest_instead_of_sum(weights: Tensor, where: Tensor) -> Tensor:
    """The largest."""
    return (weights * where).amax(dim=1) / weights.sum(dim=1)


@misconception("addition", "mass")
def batch_as_whole(weights: Tensor, where: Tensor) -> Tensor:
    """sum() without dim."""
    return (weights * where).sum(dim=1) / weights.sum()


@misconception("addition", "mass", fault="one_for_the_batch")
def one_mass(weights: Tensor, where: Tensor) -> Tensor:
    """All of it."""
    return weights[where].sum() / weights.sum()


@misconception("addition", "mass", fault="over_the_batch")
def mass_over_batch(weights: Tensor, where: Tensor) -> Tensor:
    """dim=0."""
    return (weights * where).sum(dim=0) / weights.sum(dim=0)


@misconception("addition", "mass", fault="dimension_left")
def mass_kept_wide(weights: Tensor, where: Tensor) -> Tensor:
    """With keepdim."""
    return oracle.mass(weights, where)[:, None]


@misconception("addition", "mass", fault="time_not_summed")
def weights_there(weights: Tensor, where: Tensor) -> Tensor:
    """(B, T)."""
    return weights * where


@misconception("addition", "mass", fault="depends_on_batch")
def mass_centred(weights: Tensor, where: Tensor) -> Tensor:
    """Minus the batch's mean."""
    found = oracle.mass(weights, where)
    return found - found.mean()


@misconception("addition", "mass", fault="wrong_value")
def mass_squared(weights: Tensor, where: Tensor) -> Tensor:
    """Squares."""
    return oracle.mass(weights**2, where)


@misconception("addition", "mass", fault="edge_masks")
def mean_times_count(weights: Tensor, where: Tensor) -> Tensor:
    """The mean of nothing is nan."""
    rows = zip(weights, where, strict=True)
    return torch.stack([row[there].mean() * there.sum() / row.sum() for row, there in rows])


@misconception("addition", "mass", fault="wrong_in_float32")
def mass_in_half_precision(weights: Tensor, where: Tensor) -> Tensor:
    """Float32 goes through bfloat16."""
    found = oracle.mass(weights, where)
    return found.bfloat16().float() if found.dtype is torch.float32 else found


@misconception("addition", "mass", fault="input_changed")
def cleared_in_place(weights: Tensor, where: Tensor) -> Tensor:
    """The caller's weights are 0 elsewhere afterwards."""
    everything = weights.sum(dim=1)
    weights *= where
    return weights.sum(dim=1) / everything
