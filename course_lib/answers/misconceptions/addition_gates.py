"""Wrong gates and wrongly moved numbers, in the lecture `addition`.

Letters in shapes: B batch, T time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.registry import misconception

# --- before -------------------------------------------------------------------------------------


@misconception("addition", "before")
def delimiter_included(attention: Tensor) -> Tensor:
    """The step itself is not taken off."""
    return 1 - attention.cumsum(dim=1) + attention


@misconception("addition", "before", fault="delimiter_included")
def shifted_sums(attention: Tensor) -> Tensor:
    """A 0 in front, the last sum dropped."""
    sums = attention.cumsum(dim=1)
    return 1 - torch.cat([torch.zeros_like(sums[:, :1]), sums[:, :-1]], dim=1)


@misconception("addition", "before")
def gates_inverted(attention: Tensor) -> Tensor:
    """The sums."""
    return attention.cumsum(dim=1)


@misconception("addition", "before")
def one_missing(attention: Tensor) -> Tensor:
    """Minus the sums."""
    return -attention.cumsum(dim=1)


@misconception("addition", "before")
def over_the_batch(attention: Tensor) -> Tensor:
    """dim=0."""
    return 1 - attention.cumsum(dim=0)


@misconception("addition", "before")
def no_sum(attention: Tensor) -> Tensor:
    """Only the step itself."""
    return 1 - attention


@misconception("addition", "before")
def product(attention: Tensor) -> Tensor:
    """A product for a sum."""
    return (1 - attention).cumprod(dim=1)


@misconception("addition", "before")
def shut_before(attention: Tensor) -> Tensor:
    """From the right."""
    return 1 - attention.flip(1).cumsum(dim=1).flip(1)


@misconception("addition", "before")
def hard_gates(attention: Tensor) -> Tensor:
    """A comparison."""
    steps = torch.arange(attention.shape[1])
    return (steps < attention.argmax(dim=1, keepdim=True)).to(attention.dtype)


@misconception("addition", "before")
def time_first(attention: Tensor) -> Tensor:
    """(T, B)."""
    return 1 - attention.T.cumsum(dim=0)


@misconception("addition", "before")
def summed_up(attention: Tensor) -> Tensor:
    """A sum for the running sums."""
    return 1 - attention.sum(dim=1)


@misconception("addition", "before")
def not_summed(attention: Tensor) -> Tensor:
    """A triangle for every row."""
    T = attention.shape[1]
    return 1 - torch.ones(T, T, dtype=attention.dtype).tril() * attention[:, None]


@misconception("addition", "before")
def not_the_mask(attention: Tensor) -> Tensor:
    """Attention of 1 is taken for a fault."""
    return 1 - attention.where(attention < 1, torch.zeros_like(attention)).cumsum(dim=1)


@misconception("addition", "before", fault="depends_on_batch")
def attention_centred(attention: Tensor) -> Tensor:
    """Minus the batch's mean."""
    return 1 - (attention - attention.mean(dim=0)).cumsum(dim=1)


@misconception("addition", "before", fault="wrong_value")
def gates_of_sharp_attention_only(attention: Tensor) -> Tensor:
    """Right where attention is 0 or 1, and nowhere else."""
    return 1 - attention.square().cumsum(dim=1)


@misconception("addition", "before", fault="wrong_in_float32")
def gates_in_half_precision(attention: Tensor) -> Tensor:
    """Float32 goes through bfloat16."""
    gates = 1 - attention.cumsum(dim=1)
    return gates.bfloat16().float() if gates.dtype is torch.float32 else gates


@misconception("addition", "before", fault="wrong_dtype")
def gates_in_float32(attention: Tensor) -> Tensor:
    """Zeros without a dtype are float32."""
    gates = torch.zeros(attention.shape)
    gates += 1 - attention.cumsum(dim=1)
    return gates


@misconception("addition", "before", fault="input_changed")
def summed_in_place(attention: Tensor) -> Tensor:
    """The caller's attention is summed up afterwards."""
    return 1 - attention.cumsum_(dim=1)


@misconception("addition", "before", fault="detached")
def gates_detached(attention: Tensor) -> Tensor:
    """No gradient."""
    return 1 - attention.detach().cumsum(dim=1)


@misconception("addition", "before", fault="detached_in_part")
def past_detached(attention: Tensor) -> Tensor:
    """Only the step itself learns."""
    past = (attention.cumsum(dim=1) - attention).detach()
    return 1 - past - attention


# --- moved --------------------------------------------------------------------------------------


def _put(x: Tensor, steps: Tensor, numbers: Tensor) -> Tensor:
    changed = x.clone()
    changed[torch.arange(len(x)), steps] = numbers
    return changed


def _there(x: Tensor, steps: Tensor) -> Tensor:
    return x[torch.arange(len(x)), steps]


@misconception("addition", "moved")
def not_wrapped(x: Tensor, steps: Tensor) -> Tensor:
    """Above 1."""
    return _put(x, steps, _there(x, steps) + 0.5)


@misconception("addition", "moved")
def clamped(x: Tensor, steps: Tensor) -> Tensor:
    """Cut at 1."""
    return _put(x, steps, (_there(x, steps) + 0.5).clamp(max=1))


@misconception("addition", "moved")
def replaced(x: Tensor, steps: Tensor) -> Tensor:
    """The middle."""
    return _put(x, steps, torch.full_like(x[:, 0], 0.5))


@misconception("addition", "moved")
def delimiter_put(x: Tensor, steps: Tensor) -> Tensor:
    """A zero."""
    return _put(x, steps, torch.zeros_like(x[:, 0]))


@misconception("addition", "moved")
def mirrored(x: Tensor, steps: Tensor) -> Tensor:
    """The other end."""
    return _put(x, steps, 1 - _there(x, steps))


@misconception("addition", "moved")
def every_number(x: Tensor, steps: Tensor) -> Tensor:
    """All steps."""
    del steps
    return (x + 0.5) % 1


@misconception("addition", "moved")
def columns_of_all(x: Tensor, steps: Tensor) -> Tensor:
    """A slice for pairs of indices."""
    changed = x.clone()
    changed[:, steps] = (changed[:, steps] + 0.5) % 1
    return changed


@misconception("addition", "moved")
def one_step_late(x: Tensor, steps: Tensor) -> Tensor:
    """The step after."""
    late = (steps + 1) % x.shape[1]
    return _put(x, late, (_there(x, late) + 0.5) % 1)


@misconception("addition", "moved")
def one_step_early(x: Tensor, steps: Tensor) -> Tensor:
    """Steps counted from 1."""
    early = steps - 1
    return _put(x, early, (_there(x, early) + 0.5) % 1)


@misconception("addition", "moved")
def nothing_moved(x: Tensor, steps: Tensor) -> Tensor:
    """Indexing twice changes a copy."""
    changed = x.clone()
    changed[torch.arange(len(x))][:, steps] += 0.5
    return changed


@misconception("addition", "moved")
def numbers_only(x: Tensor, steps: Tensor) -> Tensor:
    """(B,)."""
    return (_there(x, steps) + 0.5) % 1


@misconception("addition", "moved")
def columns(x: Tensor, steps: Tensor) -> Tensor:
    """(B, B)."""
    return (x[:, steps] + 0.5) % 1


@misconception("addition", "moved", fault="time_first")
def moved_time_first(x: Tensor, steps: Tensor) -> Tensor:
    """(T, B)."""
    return _put(x, steps, (_there(x, steps) + 0.5) % 1).T


@misconception("addition", "moved", fault="depends_on_batch")
def by_the_batchs_mean(x: Tensor, steps: Tensor) -> Tensor:
    """Moved by the mean of the numbers moved."""
    there = _there(x, steps)
    return _put(x, steps, (there + there.mean()) % 1)


@misconception("addition", "moved", fault="wrong_value")
def by_a_third(x: Tensor, steps: Tensor) -> Tensor:
    """Another distance."""
    return _put(x, steps, (_there(x, steps) + 1 / 3) % 1)


@misconception("addition", "moved", fault="wrong_in_float32")
def moved_in_half_precision(x: Tensor, steps: Tensor) -> Tensor:
    """Float32 goes through bfloat16."""
    changed = _put(x, steps, (_there(x, steps) + 0.5) % 1)
    return changed.bfloat16().float() if changed.dtype is torch.float32 else changed


@misconception("addition", "moved", fault="input_changed")
def moved_in_place(x: Tensor, steps: Tensor) -> Tensor:
    """The caller's numbers move."""
    rows = torch.arange(len(x))
    x[rows, steps] = (x[rows, steps] + 0.5) % 1
    return x
