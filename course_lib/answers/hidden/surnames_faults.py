"""What known wrong networks of `surnames` compute, from the same parameters as the right ones.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.answers.reference import surnames as oracle
from course_lib.answers.reference.surnames import Parameters
from course_lib.lab.check import Fault

Unroll = Callable[[Parameters, Tensor], Tensor]  # one name (T, V) -> its states (T, H)

NO_LOG_SOFTMAX = "These are the raw scores of `out`: the log-softmax is missing."
NO_LOG = "These are probabilities: their logarithms are asked for."
TWICE = "The softmax is taken before the log-softmax: it has one of its own."
FIRST = "The state after the first letter is judged in place of the last one's."
MEAN = "The mean of the states is judged; take the last one."
SUM = "The sum of the states is judged; take the last one."
EARLY = "The state before the last letter is judged."
NO_MEMORY = (
    "Nothing is remembered, each state is made from its letter alone: a layer without "
    "batch_first=True takes the letters of one name for a batch."
)
BACKWARDS = "The letters are read from the last to the first."
NO_BATCH_FIRST = (
    "The layer takes the batch for time: without batch_first=True it expects (T, B, V) and mixes "
    "the names."
)
LAST_ROW = "The state after the last row is judged, padding and all; the name ends before it."


def _scores(parameters: Parameters, features: Tensor) -> Tensor:
    """What ``out`` makes of features (..., H); (..., K)."""
    return features @ parameters["out.weight"].T + parameters["out.bias"]


def _log_p(parameters: Parameters, features: Tensor) -> Tensor:
    return oracle.log_softmax(_scores(parameters, features))


def _endings(parameters: Parameters, feature: Tensor) -> list[Fault]:
    """A right feature (..., H), and a wrong last step."""
    scores = _scores(parameters, feature)
    shares = torch.softmax(scores, dim=-1)
    return [
        Fault("no_log_softmax", NO_LOG_SOFTMAX, scores),
        Fault("no_log", NO_LOG, shares),
        Fault("log_softmax_of_softmax", TWICE, torch.log_softmax(shares, dim=-1)),
        Fault("sign_changed", "The signs are the other way round.", -oracle.log_softmax(scores)),
    ]


def _alone(parameters: Parameters, name: Tensor, unroll: Unroll) -> list[Fault]:
    """Log-probabilities (K,) of networks that judge the wrong state of one name (T, V)."""
    states = unroll(parameters, name)  # (T, H)
    memoryless = torch.stack([unroll(parameters, letter[None])[0] for letter in name])
    return [
        *_endings(parameters, states[-1]),
        Fault("first_state", FIRST, _log_p(parameters, states[0])),
        Fault("one_step_early", EARLY, _log_p(parameters, states[-2])),
        Fault("mean_of_states", MEAN, _log_p(parameters, states.mean(dim=0))),
        Fault("sum_of_states", SUM, _log_p(parameters, states.sum(dim=0))),
        Fault("no_memory", NO_MEMORY, _log_p(parameters, memoryless[-1])),
        Fault("reads_backwards", BACKWARDS,
              _log_p(parameters, unroll(parameters, name.flip(0))[-1])),
    ]  # fmt: skip


def _batch(parameters: Parameters, x: Tensor, lengths: Tensor, unroll: Unroll) -> list[Fault]:
    """Log-probabilities (B, K) of networks that judge the wrong state of padded names."""
    states = torch.stack([unroll(parameters, name) for name in x])  # padding and all
    items, ends = torch.arange(len(x)), lengths.tolist()
    right = states[items, lengths - 1]
    mean = torch.stack([s[:n].mean(dim=0) for s, n in zip(states, ends, strict=True)])
    return [
        *_endings(parameters, right),
        Fault("over_batch", "The probabilities sum to 1 over the batch, not over the languages.",
              torch.log_softmax(_scores(parameters, right), dim=0)),
        Fault("last_row", LAST_ROW, _log_p(parameters, states[:, -1])),
        Fault("one_step_late", "The first padded row is read as if it were a letter.",
              _log_p(parameters, states[items, lengths])),
        Fault("one_step_early", EARLY, _log_p(parameters, states[items, lengths - 2])),
        Fault("first_state", FIRST, _log_p(parameters, states[:, 0])),
        Fault("mean_of_states", MEAN, _log_p(parameters, mean)),
        Fault("mean_with_padding", "The mean of all rows' states is judged, padding and all.",
              _log_p(parameters, states.mean(dim=1))),
        Fault("first_length_for_all", "All names are judged at the length of the first one.",
              _log_p(parameters, states[:, ends[0] - 1])),
        Fault("longest_for_all", "All names are judged at the length of the longest one.",
              _log_p(parameters, states[:, max(ends) - 1])),
        Fault("state_erased", "A name that has ended loses its state: multiplied by 0 it is gone.",
              _log_p(parameters, torch.zeros_like(right))),
    ]  # fmt: skip


def _across(parameters: Parameters, x: Tensor, lengths: Tensor, unroll: Unroll) -> Tensor:
    """The last real states (B, H) of a layer that takes the batch for time."""
    mixed = torch.stack([unroll(parameters, column) for column in x.transpose(0, 1)], dim=1)
    return mixed[torch.arange(len(x)), lengths - 1]


def _vanilla(parameters: Parameters, name: Tensor) -> Tensor:
    return oracle.rnn_states(name, parameters["U"], parameters["W"], parameters["b"])


def vanilla_alone(parameters: Parameters, name: Tensor) -> list[Fault]:
    """Results (K,) of wrong `RNNClassifier`s for one name."""
    U, W, b = (parameters[part] for part in ("U", "W", "b"))
    linear = torch.zeros_like(b)
    for letter in name:
        linear = U @ letter + W @ linear + b
    return [
        *_alone(parameters, name, _vanilla),
        Fault("no_tanh", "The tanh of the cell is missing.", _log_p(parameters, linear)),
        Fault("W_transposed", "W is used transposed: unit k reads row k of W.",
              _log_p(parameters, oracle.rnn_states(name, U, W.T, b)[-1])),
        Fault("bias_missing", "The bias b of the cell plays no part.",
              _log_p(parameters, oracle.rnn_states(name, U, W, torch.zeros_like(b))[-1])),
    ]  # fmt: skip


def vanilla_batch(parameters: Parameters, x: Tensor, lengths: Tensor) -> list[Fault]:
    """Results (B, K) of wrong `RNNClassifier`s for padded names."""
    return _batch(parameters, x, lengths, _vanilla)


def gated_alone(parameters: Parameters, name: Tensor) -> list[Fault]:
    """Results (K,) of wrong `GRUClassifier`s for one name."""
    return _alone(parameters, name, oracle.gru_states)


def gated_batch(parameters: Parameters, x: Tensor, lengths: Tensor) -> list[Fault]:
    """Results (B, K) of wrong `GRUClassifier`s for padded names."""
    mixed = _across(parameters, x, lengths, oracle.gru_states)
    return [
        *_batch(parameters, x, lengths, oracle.gru_states),
        Fault("no_batch_first", NO_BATCH_FIRST, _log_p(parameters, mixed)),
    ]


def _upper(parameters: Parameters, name: Tensor) -> Tensor:
    return oracle.lstm_states(parameters, name)[-1][0]


def _stacked(parameters: Parameters, x: Tensor, ends: list[int], padded: bool) -> list[Fault]:
    """Log-probabilities (B, K) of networks that read the wrong part of an LSTM's state."""
    layers = [oracle.lstm_states(parameters, name) for name in x]
    kept = [-1 if padded else n - 1 for n in ends]

    def read(layer: int, part: int) -> Tensor:
        ended = zip(layers, kept, strict=True)
        return torch.stack([found[layer][part][n] for found, n in ended])

    upper, lower = read(-1, 0), read(0, 0)
    cell = "The LSTM's cell is judged: its state is a pair (h, c), and h is what it shows."
    return [
        Fault("cell_for_state", cell, _log_p(parameters, read(-1, 1))),
        Fault("lower_layer", "The lower layer's state is judged: the last of h_n is the upper's.",
              _log_p(parameters, lower)),
        Fault("lower_cell", "The lower layer's cell is judged; take the upper layer's h.",
              _log_p(parameters, read(0, 1))),
        Fault("layers_summed", "The states of the layers are added: take the upper layer's.",
              _log_p(parameters, upper + lower)),
        Fault("parts_summed", "The two parts of the state are added: judge h alone.",
              _log_p(parameters, upper + read(-1, 1))),
    ]  # fmt: skip


def stacked_alone(parameters: Parameters, name: Tensor) -> list[Fault]:
    """Results (K,) of wrong `LSTMClassifier`s for one name."""
    parts = _stacked(parameters, name[None], [len(name)], padded=False)
    return [
        *_alone(parameters, name, _upper),
        *(Fault(fault.name, fault.sentence, fault.output[0]) for fault in parts),
    ]


def stacked_batch(parameters: Parameters, x: Tensor, lengths: Tensor) -> list[Fault]:
    """Results (B, K) of wrong `LSTMClassifier`s for padded names."""
    mixed = _across(parameters, x, lengths, _upper)
    padded = _stacked(parameters, x, lengths.tolist(), padded=True)
    return [
        *_batch(parameters, x, lengths, _upper),
        Fault("no_batch_first", NO_BATCH_FIRST, _log_p(parameters, mixed)),
        *_stacked(parameters, x, lengths.tolist(), padded=False),
        *(fault for fault in padded if fault.name in ("cell_for_state", "lower_layer")),
    ]


def _joined(parameters: Parameters, weights: Tensor, states: Tensor) -> Tensor:
    """Log-probabilities of the context, and the weights beside them; (B, K + T)."""
    context = torch.einsum("bt,bth->bh", weights, states)
    return torch.cat([_log_p(parameters, context), weights], dim=1)


def _attending(parameters: Parameters, states: Tensor, e: Tensor, mask: Tensor) -> list[Fault]:
    """Results (B, K + T) of attentions that go wrong, padding apart."""
    weights = torch.softmax(torch.where(mask, e, -torch.inf), dim=1)
    counts = mask.sum(dim=1, keepdim=True)
    context = torch.einsum("bt,bth->bh", weights, states)
    last = states[torch.arange(len(states)), counts[:, 0] - 1]
    scores = _scores(parameters, context)

    def beside(log_p: Tensor) -> Tensor:
        return torch.cat([log_p, weights], dim=1)

    even = mask.to(e.dtype) / counts
    best = torch.nn.functional.one_hot(weights.argmax(dim=1), weights.shape[1]).to(e.dtype)
    squashed = torch.softmax(torch.where(mask, torch.tanh(e), -torch.inf), dim=1)
    masked = torch.where(mask, e, 0)
    return [
        Fault("no_log_softmax", NO_LOG_SOFTMAX, beside(scores)),
        Fault("no_log", NO_LOG, beside(torch.softmax(scores, dim=1))),
        Fault("log_softmax_of_softmax", TWICE,
              beside(torch.log_softmax(torch.softmax(scores, dim=1), dim=1))),
        Fault("sign_changed", "The signs are the other way round.",
              beside(-oracle.log_softmax(scores))),
        Fault("last_state_for_context", "The last state is judged; the context c is asked for.",
              beside(_log_p(parameters, last))),
        Fault("context_and_last_added", "The last state is added to the context: judge c alone.",
              beside(_log_p(parameters, context + last))),
        Fault("context_divided", "The sum is divided by the number of letters: the weights sum to "
              "1 already.", beside(_log_p(parameters, context / counts))),
        Fault("mean_of_states", "The plain mean of the states is judged: the weights play no part.",
              beside(_log_p(parameters, torch.einsum("bt,bth->bh", even, states)))),
        Fault("even_weights", "Every letter has the same weight: the scores play no part.",
              _joined(parameters, even, states)),
        Fault("best_letter_only", "All weight lies on the letter of the highest score: use "
              "softmax.", _joined(parameters, best, states)),
        Fault("no_softmax", "The weights are raw scores: a softmax makes shares of them.",
              _joined(parameters, masked, states)),
        Fault("sigmoid_weights", "Each weight is a sigmoid by itself: the weights have to share 1.",
              _joined(parameters, torch.where(mask, torch.sigmoid(e), 0), states)),
        Fault("softmax_over_one", "Every letter has weight 1: the softmax runs over a dimension of "
              "size 1 (a batch of one, or a column of scores), not over the letters.",
              _joined(parameters, torch.ones_like(e), states)),
        Fault("scores_squashed", "The scores went through tanh, which is not asked for.",
              _joined(parameters, squashed, states)),
        Fault("scaled", "The scores are divided by the square root of H, which is not asked for.",
              _joined(parameters, torch.softmax(
                  torch.where(mask, e / states.shape[2] ** 0.5, -torch.inf), dim=1), states)),
    ]  # fmt: skip


def attending_alone(parameters: Parameters, name: Tensor) -> list[Fault]:
    """Results (K + T,) of wrong `AttentionClassifier`s for one name."""
    states = oracle.gru_states(parameters, name)
    e = oracle.attention_scores(parameters, states)
    mask = torch.ones(1, len(name), dtype=torch.bool)
    found = _attending(parameters, states[None], e[None], mask)
    return [Fault(fault.name, fault.sentence, fault.output[0]) for fault in found]


def attending_batch(parameters: Parameters, x: Tensor, lengths: Tensor) -> list[Fault]:
    """Results (B, K + T) of wrong `AttentionClassifier`s for padded names."""
    states = torch.stack([oracle.gru_states(parameters, name) for name in x])
    e = torch.stack([oracle.attention_scores(parameters, row) for row in states])
    T = x.shape[1]
    mask = torch.tensor([[t < n for t in range(T)] for n in lengths.tolist()])
    everywhere = torch.softmax(e, dim=1)
    over_batch = torch.nan_to_num(torch.softmax(torch.where(mask, e, -torch.inf), dim=0))
    inverted = torch.softmax(torch.where(mask, -torch.inf, e), dim=1)
    late = torch.zeros_like(mask)
    late[:, 0], late[:, 1:] = True, mask[:, :-1]
    mixed = torch.stack([oracle.gru_states(parameters, c) for c in x.transpose(0, 1)], dim=1)
    e_mixed = torch.stack([oracle.attention_scores(parameters, row) for row in mixed])
    w_mixed = torch.softmax(torch.where(mask, e_mixed, -torch.inf), dim=1)
    over = "The weights sum to 1 over the batch, not over the letters: softmax has the wrong dim."
    return [
        Fault("mask_ignored", "The padding has weight: the softmax runs over all rows.",
              _joined(parameters, everywhere, states)),
        Fault("mask_after_softmax", "The mask comes after the softmax, so that the weights sum to "
              "less than 1: mask the scores.", _joined(parameters, everywhere * mask, states)),
        Fault("mask_filled_with_zero", "A padded row has score 0, which still gets weight: its "
              "score has to be -inf.",
              _joined(parameters, torch.softmax(torch.where(mask, e, 0), dim=1), states)),
        Fault("mask_filled_with_small_number", "A padded row has score -10, which still gives it a "
              "little weight: use -inf.",
              _joined(parameters, torch.softmax(torch.where(mask, e, -10.0), dim=1), states)),
        Fault("mask_inverted", "The weight lies on the padding: the mask is inverted.",
              _joined(parameters, inverted, states)),
        Fault("mask_off_by_one", "The first padded row is taken for a letter.",
              _joined(parameters, torch.softmax(torch.where(late, e, -torch.inf), 1), states)),
        Fault("softmax_over_batch", over, _joined(parameters, over_batch, states)),
        Fault("softmax_over_batch", over,
              _joined(parameters, torch.softmax(e, dim=0), states)),
        Fault("no_batch_first", NO_BATCH_FIRST, _joined(parameters, w_mixed, mixed)),
        *_attending(parameters, states, e, mask),
    ]  # fmt: skip
