"""Right answers to the functions of `surnames` in other forms.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes.
"""

from __future__ import annotations

import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence

from course_lib.answers.registry import equivalent
from course_lib.data.surnames import PUNCTUATION, noisy

# --- with_noise ---------------------------------------------------------------------------------


@equivalent("surnames", "with_noise")
def by_random(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Python's own generator."""
    source = random.Random(seed)
    return [
        name + "".join(source.choices(PUNCTUATION, k=source.randint(0, noise_level)))
        for name in names
    ]


@equivalent("surnames", "with_noise")
def by_numpy(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Numpy's generator, all numbers first."""
    source = np.random.default_rng(seed)
    numbers = source.integers(0, noise_level + 1, size=len(names))
    tails = ("".join(source.choice(list(PUNCTUATION), size=number)) for number in numbers)
    return [name + tail for name, tail in zip(names, tails, strict=True)]


@equivalent("surnames", "with_noise")
def by_the_tool(names: list[str], noise_level: int, seed: int) -> list[str]:
    """The data module's function, one generator for all."""
    chance = torch.Generator().manual_seed(seed)
    return [noisy(name, noise_level, chance) for name in names]


@equivalent("surnames", "with_noise")
def seeds_everything(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Torch's global generator, seeded first."""
    torch.manual_seed(seed)
    noised = []
    for name in names:
        left = int(torch.randint(0, noise_level + 1, (1,)))
        while left:
            name += PUNCTUATION[int(torch.randint(4, (1,)))]  # noqa: PLW2901 - a string is built up
            left -= 1
        noised.append(name)
    return noised


@equivalent("surnames", "with_noise")
def a_tuple(names: list[str], noise_level: int, seed: int) -> tuple[str, ...]:
    """A tuple is as good as a list."""
    return tuple(by_random(names, noise_level, seed))


# --- rnn_step -----------------------------------------------------------------------------------


@equivalent("surnames", "rnn_step")
def by_linear(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Two linear maps of torch."""
    return torch.tanh(F.linear(x, U, b) + F.linear(h, W))


@equivalent("surnames", "rnn_step")
def by_one_matrix(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """[U W] [x; h] + b, as the tutorial has it."""
    return torch.tanh(torch.cat([x, h], dim=-1) @ torch.cat([U, W], dim=1).T + b)


@equivalent("surnames", "rnn_step")
def by_einsum(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Any dimensions in front."""
    return (torch.einsum("...v,hv->...h", x, U) + torch.einsum("...j,hj->...h", h, W) + b).tanh()


@equivalent("surnames", "rnn_step")
def by_sigmoid(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """tanh(a) = 2 sigmoid(2 a) - 1."""
    return 2 * torch.sigmoid(2 * (x @ U.t() + h @ W.t() + b)) - 1


# --- rnn_states ---------------------------------------------------------------------------------


@equivalent("surnames", "rnn_states")
def letters_first(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """All letters' parts at once; only the states need a loop."""
    states = [torch.zeros_like(b)]
    for part in x @ U.T + b:
        states.append(torch.tanh(part + W @ states[-1]))
    return torch.stack(states[1:])


@equivalent("surnames", "rnn_states")
def written_into_a_tensor(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A tensor made first, filled row by row."""
    states = torch.zeros(len(x) + 1, len(b), dtype=x.dtype)
    for t in range(len(x)):
        states[t + 1] = torch.tanh(U @ x[t] + W @ states[t].clone() + b)
    return states[1:]


@equivalent("surnames", "rnn_states")
def by_recursion(x: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The states of all but the last letter, and one more."""
    if len(x) == 1:
        return torch.tanh(U @ x[0] + b)[None]
    before = by_recursion(x[:-1], U, W, b)
    return torch.cat([before, torch.tanh(U @ x[-1] + W @ before[-1] + b)[None]])


# --- log_softmax --------------------------------------------------------------------------------


@equivalent("surnames", "log_softmax")
def by_torch(scores: Tensor) -> Tensor:
    """Torch's own."""
    return F.log_softmax(scores, dim=-1)


@equivalent("surnames", "log_softmax")
def by_logsumexp(scores: Tensor) -> Tensor:
    """The sum by torch."""
    return scores - torch.logsumexp(scores, dim=-1, keepdim=True)


@equivalent("surnames", "log_softmax")
def by_amax(scores: Tensor) -> Tensor:
    """The largest score as a constant: it makes no difference to the gradient."""
    shifted = scores - scores.detach().amax(-1, keepdim=True)
    return shifted - torch.log(torch.sum(torch.exp(shifted), -1, keepdim=True))


# --- rnn_last -----------------------------------------------------------------------------------


def _step(x: Tensor, h: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    return torch.tanh(F.linear(x, U, b) + F.linear(h, W))


@equivalent("surnames", "rnn_last")
def mixed_by_the_mask(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """M new + (1 - m) old."""
    h = x.new_zeros(len(x), len(b))
    for t in range(x.shape[1]):
        m = (t < lengths)[:, None].to(x.dtype)
        h = m * _step(x[:, t], h, U, W, b) + (1 - m) * h
    return h


@equivalent("surnames", "rnn_last")
def picked_afterwards(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """All states, then one of each name."""
    h, states = x.new_zeros(len(x), len(b)), []
    for letter in x.unbind(1):
        h = _step(letter, h, U, W, b)
        states.append(h)
    return torch.stack(states, dim=1)[torch.arange(len(x)), lengths - 1]


@equivalent("surnames", "rnn_last")
def name_by_name(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """No batch at all."""
    rows = zip(x, lengths.tolist(), strict=True)
    return torch.stack([by_recursion(name[:n], U, W, b)[-1] for name, n in rows])


@equivalent("surnames", "rnn_last")
def only_who_goes_on(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Only names with letters left take part in a step."""
    h = x.new_zeros(len(x), len(b))
    for t in range(int(lengths.max())):
        on = (lengths > t).nonzero()[:, 0]
        h = h.index_copy(0, on, _step(x[on, t], h[on], U, W, b))
    return h


@equivalent("surnames", "rnn_last")
def packed(x: Tensor, lengths: Tensor, U: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Torch's kernel on a packed batch."""
    names = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    start = x.new_zeros(1, len(x), len(b))
    cell = [U, W, b, torch.zeros_like(b)]
    _, last = torch.rnn_tanh(names.data, names.batch_sizes, start, cell, True, 1, 0.0, False, False)
    return last[0][names.unsorted_indices]


# --- gru_step -----------------------------------------------------------------------------------


@equivalent("surnames", "gru_step")
def by_the_cell(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    """Torch's own, which wants a batch."""
    new = torch.gru_cell(torch.atleast_2d(x), torch.atleast_2d(h), W_ih, W_hh, b_ih, b_hh)
    return new.reshape(h.shape)


@equivalent("surnames", "gru_step")
def block_by_block(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    """Each block with matrices of its own; h' = n + z (h - n)."""
    H = h.shape[-1]
    cut = [slice(part * H, (part + 1) * H) for part in range(3)]
    into = [F.linear(x, W_ih[block], b_ih[block]) for block in cut]
    across = [F.linear(h, W_hh[block], b_hh[block]) for block in cut]
    r = torch.sigmoid(into[0] + across[0])
    z = torch.sigmoid(into[1] + across[1])
    n = torch.tanh(into[2] + r * across[2])
    return n + z * (h - n)


@equivalent("surnames", "gru_step")
def reshaped(
    x: Tensor, h: Tensor, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    """The blocks as a dimension."""
    into = (x @ W_ih.T + b_ih).unflatten(-1, (3, -1)).unbind(-2)
    across = (h @ W_hh.T + b_hh).unflatten(-1, (3, -1)).unbind(-2)
    z = (into[1] + across[1]).sigmoid()
    return torch.lerp(torch.tanh(into[2] + (into[0] + across[0]).sigmoid() * across[2]), h, z)


# --- confusion_matrix ---------------------------------------------------------------------------


@equivalent("surnames", "confusion_matrix")
def by_bincount(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """Pairs as places of a flat matrix."""
    return torch.bincount(labels * K + guesses, minlength=K * K).reshape(K, K)


@equivalent("surnames", "confusion_matrix")
def by_index_put(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """Adding up at listed places."""
    ones = torch.ones_like(labels)
    return torch.zeros(K, K, dtype=torch.int64).index_put((labels, guesses), ones, accumulate=True)


@equivalent("surnames", "confusion_matrix")
def by_one_hot(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """A product of two one-hot encodings."""
    return F.one_hot(labels, K).T @ F.one_hot(guesses, K)


@equivalent("surnames", "confusion_matrix")
def by_comparison(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """Each place asks for its pairs."""
    rows = [[((labels == i) & (guesses == j)).sum() for j in range(K)] for i in range(K)]
    return torch.stack([torch.stack(row) for row in rows])
