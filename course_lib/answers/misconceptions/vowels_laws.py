"""Wrong answers to `vowels` that look right on the first example and break one law.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.vowels

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.answers.forms.vowels import Classifier, Masked, Reader
from course_lib.answers.reference import vowels as oracle
from course_lib.answers.registry import misconception

# --- pad_sequences, time_weights, context_vector ------------------------------------------------


@misconception("vowels", "pad_sequences", fault="wrong_dtype")
def float64_zeros(utterances: list[Tensor], T: int) -> Tensor:
    """Zeros of float64, whatever the utterances are."""
    x = torch.zeros(len(utterances), T, utterances[0].shape[1], dtype=torch.float64)
    for b, frames in enumerate(utterances):
        x[b, : len(frames)] = frames
    return x


@misconception("vowels", "pad_sequences", fault="squeezed")
def batch_of_one_squeezed(utterances: list[Tensor], T: int) -> Tensor:
    """A single utterance loses its batch dimension."""
    return torch.stack([F.pad(f, (0, 0, 0, T - len(f))) for f in utterances]).squeeze()


@misconception("vowels", "time_weights", fault="wrong_value")
def scores_doubled(states: Tensor, W: Tensor) -> Tensor:
    """A temperature of one half."""
    return (2 * (states * W).sum(dim=2)).softmax(dim=1)


def _context(weights: Tensor, states: Tensor) -> Tensor:
    return torch.einsum("bt,bth->bh", weights, states)


@misconception("vowels", "context_vector", fault="depends_on_batch")
def context_centred(weights: Tensor, states: Tensor) -> Tensor:
    """Contexts minus their mean over the batch."""
    context = _context(weights, states)
    return context - context.mean(dim=0)


@misconception("vowels", "context_vector", fault="wrong_value")
def weights_squared(weights: Tensor, states: Tensor) -> Tensor:
    """Squares of weights."""
    return _context(weights**2, states)


@misconception("vowels", "context_vector", fault="one_step")
def nothing_from_one_step(weights: Tensor, states: Tensor) -> Tensor:
    """A guard against utterances that are too short."""
    return _context(weights, states) * (states.shape[1] > 1)


@misconception("vowels", "context_vector", fault="wrong_dtype")
def context_in_float64(weights: Tensor, states: Tensor) -> Tensor:
    """Everything in float64."""
    return _context(weights.double(), states.double())


# --- padding_mass, sequence_mask ----------------------------------------------------------------


@misconception("vowels", "padding_mass", fault="depends_on_batch")
def share_of_the_batchs_mass(weights: Tensor, lengths: Tensor) -> Tensor:
    """Masses that sum to 1 over the batch."""
    mass = oracle.padding_mass(weights, lengths)
    return mass / mass.sum()


@misconception("vowels", "padding_mass", fault="wrong_value")
def mass_squared(weights: Tensor, lengths: Tensor) -> Tensor:
    """Squares of masses."""
    return oracle.padding_mass(weights, lengths) ** 2


@misconception("vowels", "padding_mass", fault="extreme_lengths")
def mean_times_count(weights: Tensor, lengths: Tensor) -> Tensor:
    """The mean of no padding is nan."""
    rows = zip(weights, lengths.tolist(), strict=True)
    return torch.stack([row[n:].mean() * (len(row) - n) for row, n in rows])


@misconception("vowels", "padding_mass", fault="wrong_dtype")
def mass_in_float64(weights: Tensor, lengths: Tensor) -> Tensor:
    """Everything in float64."""
    return oracle.padding_mass(weights.double(), lengths)


@misconception("vowels", "sequence_mask", fault="wrong_value")
def every_other_step(lengths: Tensor, T: int) -> Tensor:
    """Even steps only."""
    return oracle.sequence_mask(lengths, T) & (torch.arange(T) % 2 == 0)


@misconception("vowels", "sequence_mask", fault="extreme_lengths")
def at_least_two_steps(lengths: Tensor, T: int) -> Tensor:
    """A guard that lifts length 1 to 2."""
    return oracle.sequence_mask(lengths.clamp(min=2), T)


@misconception("vowels", "sequence_mask", fault="squeezed")
def mask_of_one_squeezed(lengths: Tensor, T: int) -> Tensor:
    """A single row loses its batch dimension."""
    return oracle.sequence_mask(lengths, T).squeeze()


# --- masked_softmax, last_states, bilinear_scores -----------------------------------------------


def _masked(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)


@misconception("vowels", "masked_softmax", fault="depends_on_batch")
def scores_centred(scores: Tensor, mask: Tensor) -> Tensor:
    """Scores minus their mean over the batch."""
    return _masked(scores - scores.mean(dim=0), mask)


@misconception("vowels", "masked_softmax", fault="not_normalised")
def weights_halved(scores: Tensor, mask: Tensor) -> Tensor:
    """Rows sum to one half."""
    return _masked(scores, mask) / 2


@misconception("vowels", "masked_softmax", fault="wrong_value")
def masked_scores_doubled(scores: Tensor, mask: Tensor) -> Tensor:
    """A temperature of one half."""
    return _masked(2 * scores, mask)


@misconception("vowels", "masked_softmax", fault="no_softmax")
def only_masked(scores: Tensor, mask: Tensor) -> Tensor:
    """Scores, zero on the padding."""
    return scores * mask


@misconception("vowels", "masked_softmax", fault="extreme_lengths")
def nothing_for_one_real_step(scores: Tensor, mask: Tensor) -> Tensor:
    """A guard against utterances that are too short."""
    return _masked(scores, mask) * (mask.sum(dim=1, keepdim=True) > 1)


@misconception("vowels", "last_states", fault="depends_on_batch")
def last_states_centred(states: Tensor, lengths: Tensor) -> Tensor:
    """Last states minus their mean over the batch."""
    last = oracle.last_states(states, lengths)
    return last - last.mean(dim=0)


@misconception("vowels", "last_states", fault="wrong_value")
def last_states_doubled(states: Tensor, lengths: Tensor) -> Tensor:
    """Twice the state."""
    return 2 * oracle.last_states(states, lengths)


@misconception("vowels", "last_states", fault="wrong_dtype")
def last_states_in_float64(states: Tensor, lengths: Tensor) -> Tensor:
    """Everything in float64."""
    return oracle.last_states(states.double(), lengths)


@misconception("vowels", "last_states", fault="input_changed")
def lengths_decreased_in_place(states: Tensor, lengths: Tensor) -> Tensor:
    """The caller's lengths are one shorter afterwards."""
    lengths -= 1
    return states[torch.arange(len(states)), lengths]


@misconception("vowels", "bilinear_scores", fault="wrong_value")
def absolute_scores(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """Signs lost."""
    return torch.einsum("bti,ij,bj->bt", states, W, last).abs()


@misconception("vowels", "bilinear_scores", fault="wrong_dtype")
def scores_in_float64(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """Everything in float64."""
    return torch.einsum("bti,ij,bj->bt", states.double(), W.double(), last.double())


@misconception("vowels", "bilinear_scores", fault="input_changed")
def last_multiplied_in_place(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """The caller's last states are multiplied by W afterwards."""
    last.copy_(last @ W.T)
    return torch.einsum("bth,bh->bt", states, last)


# --- the networks -------------------------------------------------------------------------------


def _rounded(x: Tensor) -> Tensor:
    """Use bfloat16 for float32, as mixed-precision training has it."""
    return x.bfloat16().float() if x.dtype is torch.float32 else x


@misconception("vowels", "attention_classifier", fault="wrong_in_float32")
class HalfPrecision(Classifier):
    """Float32 goes through bfloat16."""

    def forward(self, x: Tensor) -> Tensor:
        return _rounded(super().forward(x))


@misconception("vowels", "attention_classifier", fault="overflow")
class ScoresClamped(Classifier):
    """Avoids overflow at the price of wrong weights."""

    def weigh(self, states: Tensor) -> Tensor:
        powers = (states * self.W).sum(dim=2).clamp(-50, 50).exp()
        return powers / powers.sum(dim=1, keepdim=True)


@misconception("vowels", "attention_reader", fault="random_in_eval")
class ReaderDrops(Reader):
    """F.dropout acts by default, whatever the mode."""

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(super().forward(x), 0.3)


@misconception("vowels", "attention_reader", fault="not_normalised")
class ReaderHalves(Reader):
    """Rows sum to one half."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) / 2


@misconception("vowels", "attention_reader", fault="depends_on_batch")
class ReaderCentres(Reader):
    """States minus the batch's mean."""

    def states(self, x: Tensor) -> Tensor:
        states = super().states(x)
        return states - states.mean(dim=0)


@misconception("vowels", "attention_reader", fault="wrong_value")
class ReaderDoubles(Reader):
    """A temperature of one half."""

    def weigh(self, states: Tensor) -> Tensor:
        return (2 * (states * self.W).sum(dim=2)).softmax(dim=1)


@misconception("vowels", "attention_reader", fault="wrong_in_float32")
class ReaderInHalfPrecision(Reader):
    """Float32 goes through bfloat16."""

    def forward(self, x: Tensor) -> Tensor:
        return _rounded(super().forward(x))


@misconception("vowels", "attention_reader", fault="overflow")
class ReaderOverflows(Reader):
    """Exponentials of large scores."""

    def weigh(self, states: Tensor) -> Tensor:
        powers = (states * self.W).sum(dim=2).exp()
        return powers / powers.sum(dim=1, keepdim=True)


@misconception("vowels", "attention_reader", fault="input_changed")
class ReaderClearsInput(Reader):
    """The caller's x is 0 afterwards."""

    def forward(self, x: Tensor) -> Tensor:
        weights = super().forward(x.clone())
        x.zero_()
        return weights


@misconception("vowels", "masked_classifier", fault="not_normalised")
class MaskedHalves(Masked):
    """Rows sum to one half."""

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        logits, weights = super().forward(x, lengths)
        return logits, weights / 2


@misconception("vowels", "masked_classifier", fault="wrong_value")
class MaskedDoubles(Masked):
    """A temperature of one half."""

    def score(self, states: Tensor, last: Tensor) -> Tensor:
        return 2 * super().score(states, last)


@misconception("vowels", "masked_classifier", fault="wrong_in_float32")
class MaskedInHalfPrecision(Masked):
    """Float32 goes through bfloat16."""

    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        return tuple(map(_rounded, super().forward(x, lengths)))


@misconception("vowels", "masked_classifier", fault="padding_attended")
class MaskedWithEpsilon(Masked):
    """A guard against log(0) leaves weight on the padding."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        return super().weigh(scores, mask) + 1e-12
