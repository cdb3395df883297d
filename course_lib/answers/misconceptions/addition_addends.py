"""Wrong masks of the addends, in the lecture `addition`.

Letters in shapes: B batch, T time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.registry import misconception


def _place(x: Tensor) -> Tensor:
    """Where the delimiter stands, (B, 1)."""
    return (x == 0).int().argmax(dim=1, keepdim=True)


def _step(x: Tensor) -> Tensor:
    return torch.arange(x.shape[1])


@misconception("addition", "addends")
def delimiter_included(x: Tensor) -> Tensor:
    """<= for <."""
    return _step(x) <= _place(x)


@misconception("addition", "addends", fault="delimiter_included")
def counted_before_the_zero(x: Tensor) -> Tensor:
    """Zeros to the left of each step, without the step itself."""
    zeros = (x == 0).int()
    return zeros.cumsum(dim=1) - zeros == 0


@misconception("addition", "addends")
def mask_inverted(x: Tensor) -> Tensor:
    """True once the zero has passed."""
    return (x == 0).cumsum(dim=1) > 0


@misconception("addition", "addends")
def after_the_delimiter(x: Tensor) -> Tensor:
    """The numbers of no use."""
    return _step(x) > _place(x)


@misconception("addition", "addends")
def all_numbers(x: Tensor) -> Tensor:
    """All but the zero."""
    return x != 0


@misconception("addition", "addends")
def delimiter_only(x: Tensor) -> Tensor:
    """The zero."""
    return x == 0


@misconception("addition", "addends")
def last_addend_missing(x: Tensor) -> Tensor:
    """A slice that ends one early."""
    return _step(x) < _place(x) - 1


@misconception("addition", "addends")
def first_addend_missing(x: Tensor) -> Tensor:
    """Counted from 1."""
    return (_step(x) > 0) & (_step(x) < _place(x))


@misconception("addition", "addends")
def one_row_for_all(x: Tensor) -> Tensor:
    """The first row's delimiter, broadcast."""
    return (_step(x) < _place(x)[0]).expand(x.shape)


@misconception("addition", "addends", fault="one_row_for_all")
def a_single_row(x: Tensor) -> Tensor:
    """(T,)."""
    return _step(x) < _place(x)[0]


@misconception("addition", "addends")
def everything(x: Tensor) -> Tensor:
    """Zeros counted from the right end."""
    return (x == 0).cumsum(dim=1) <= 1


@misconception("addition", "addends")
def not_bool(x: Tensor) -> Tensor:
    """Ones and zeros."""
    return (_step(x) < _place(x)).to(x.dtype)


@misconception("addition", "addends", fault="not_bool")
def the_numbers_themselves(x: Tensor) -> Tensor:
    """The addends for the mask."""
    return x * (_step(x) < _place(x))


@misconception("addition", "addends")
def one_entry_a_row(x: Tensor) -> Tensor:
    """How many there are."""
    return (_step(x) < _place(x)).sum(dim=1)


@misconception("addition", "addends")
def time_first(x: Tensor) -> Tensor:
    """(T, B)."""
    return (_step(x) < _place(x)).T


@misconception("addition", "addends")
def flattened(x: Tensor) -> Tensor:
    """The numbers where the mask is True."""
    return x[_step(x) < _place(x)]


@misconception("addition", "addends")
def near_zero(x: Tensor) -> Tensor:
    """A tolerance."""
    return (x.abs() < 1e-3).cumsum(dim=1) == 0


@misconception("addition", "addends")
def delimiter_at_the_edge(x: Tensor) -> Tensor:
    """A search that starts behind the first number."""
    return _step(x) < (x[:, 1:] == 0).int().argmax(dim=1, keepdim=True) + 1


@misconception("addition", "addends", fault="depends_on_batch")
def addends_of_any_row(x: Tensor) -> Tensor:
    """Together with those of the next row."""
    mask = _step(x) < _place(x)
    return mask | mask.roll(1, dims=0)


@misconception("addition", "addends", fault="wrong_value")
def every_other_addend(x: Tensor) -> Tensor:
    """Even steps only."""
    return (_step(x) < _place(x)) & (_step(x) % 2 == 0)


@misconception("addition", "addends", fault="squeezed")
def mask_of_one_squeezed(x: Tensor) -> Tensor:
    """A single row loses its batch dimension."""
    return (_step(x) < _place(x)).squeeze()


@misconception("addition", "addends", fault="input_changed")
def delimiter_overwritten(x: Tensor) -> Tensor:
    """The caller's zeros are ones afterwards."""
    mask = _step(x) < _place(x)
    x[x == 0] = 1
    return mask
