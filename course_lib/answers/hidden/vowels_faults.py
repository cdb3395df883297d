"""What known wrong networks of `vowels` compute, from the same parameters as the right one.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.reference import vowels as oracle
from course_lib.answers.reference.vowels import Parameters
from course_lib.lab.check import Fault

SOFTMAX_OVER_BATCH = (
    "The weights sum to 1 over the batch, not over time: softmax has the wrong dim."
)
CONTEXT_MISSING = "The classifier reads the last state but not the context: it needs both."
LAST_MISSING = "The classifier reads the context but not the last state: it needs both."
SWAPPED = "The classifier reads [last state, context]; the context comes first."
NOT_BATCH_FIRST = (
    "The LSTM takes the batch for time: without batch_first=True it expects (T, B, D) and mixes "
    "the utterances."
)


def one_part(parameters: Parameters, x: Tensor, lengths: Tensor | None) -> list[Fault]:
    """Logits of a classifier of H inputs that reads only one of the two parts."""
    states, _ = oracle.lstm_states(parameters, x)
    if lengths is None:
        last, weights = states[:, -1], oracle.time_weights(states, parameters["W"])
    else:
        last = oracle.last_states(states, lengths)
        weights = oracle.masked_softmax(
            oracle.bilinear_scores(states, last, parameters["W"]),
            oracle.sequence_mask(lengths, x.shape[1]),
        )
    context = oracle.context_vector(weights, states)
    return [
        Fault("context_missing", CONTEXT_MISSING, oracle.classify(parameters, last)),
        Fault("last_state_missing", LAST_MISSING, oracle.classify(parameters, context)),
    ]


def padded_faults(parameters: Parameters, x: Tensor) -> list[Fault]:
    """Logits (B, K) of wrong `AttentionClassifier`s."""
    W = parameters["W"]
    states, cells = oracle.lstm_states(parameters, x)
    scores = oracle.time_scores(states, W)
    weights = oracle.time_weights(states, W)
    context, last = oracle.context_vector(weights, states), states[:, -1]

    def logits(context: Tensor, last: Tensor) -> Tensor:
        return oracle.classify(parameters, torch.cat([context, last], dim=1))

    def weighed(weights: Tensor) -> Tensor:
        return logits(torch.einsum("bt,bth->bh", weights, states), last)

    across = oracle.lstm_states(parameters, x.transpose(0, 1))[0].transpose(0, 1)
    mixed = oracle.context_vector(oracle.time_weights(across, W), across)
    right = logits(context, last)
    return [
        Fault("softmax_over_batch", SOFTMAX_OVER_BATCH, weighed(torch.softmax(scores, dim=0))),
        Fault(
            "softmax_over_hidden",
            "The softmax runs over the hidden dimension, so that every step gets weight 1.",
            logits(states.sum(dim=1), last),
        ),
        Fault("no_softmax", "The context is summed by raw scores: softmax them.", weighed(scores)),
        Fault(
            "mean_over_time",
            "The context is the plain mean of the states: the weights play no part.",
            logits(states.mean(dim=1), last),
        ),
        Fault("context_and_last_swapped", SWAPPED, logits(last, context)),
        Fault("context_missing", CONTEXT_MISSING, logits(last, last)),
        Fault("context_missing", CONTEXT_MISSING, logits(torch.zeros_like(last), last)),
        Fault("last_state_missing", LAST_MISSING, logits(context, context)),
        Fault("last_state_missing", LAST_MISSING, logits(context, torch.zeros_like(last))),
        Fault(
            "first_state_for_last",
            "The state of the first step is read in place of the last one's.",
            logits(context, states[:, 0]),
        ),
        Fault(
            "cell_for_last_state",
            "The LSTM's last cell state is read: `lstm` returns (states, (last state, last cell)).",
            logits(context, cells[:, -1]),
        ),
        Fault("no_batch_first", NOT_BATCH_FIRST, logits(mixed, across[:, -1])),
        *_after_softmax(right),
    ]


def _after_softmax(logits: Tensor) -> list[Fault]:
    sentence = (
        "The logits went through a softmax: cross-entropy applies its own, so return them as the "
        "classifier gives them."
    )
    return [
        Fault("softmax_on_logits", sentence, torch.softmax(logits, dim=1)),
        Fault("softmax_on_logits", sentence, torch.log_softmax(logits, dim=1)),
    ]


def reader_faults(parameters: Parameters, x: Tensor) -> list[Fault]:
    """Weights (B, T) of wrong `AttentionReader`s."""
    scores = oracle.time_scores(oracle.lstm_states(parameters, x)[0], parameters["W"])
    weights = torch.softmax(scores, dim=1)
    return [
        Fault("returns_scores", "These are the scores before the softmax over time.", scores),
        Fault(
            "softmax_over_batch",
            SOFTMAX_OVER_BATCH,
            torch.softmax(scores, dim=0),
        ),
        Fault(
            "softmax_twice",
            "The softmax is applied to weights that came out of it already.",
            torch.softmax(weights, dim=1),
        ),
        Fault(
            "uniform_weights",
            "Every step has weight 1 / T: the parameters play no part.",
            torch.full_like(weights, 1 / x.shape[1]),
        ),
    ]


class _Masked:
    """The masked network in pieces: (B, K + T) from whichever parts a wrong network uses."""

    def __init__(self, parameters: Parameters, x: Tensor, lengths: Tensor) -> None:
        self.parameters = parameters
        self.states, self.cells = oracle.lstm_states(parameters, x)
        self.mask = oracle.sequence_mask(lengths, x.shape[1])
        self.last = oracle.last_states(self.states, lengths)
        self.scores = self.score(self.last)
        self.weights = oracle.masked_softmax(self.scores, self.mask)

    def score(self, last: Tensor, W: Tensor | None = None) -> Tensor:
        W = self.parameters["W"] if W is None else W
        return torch.einsum("bti,ij,bj->bt", self.states, W, last)

    def weighed(self, weights: Tensor, last: Tensor | None = None) -> Tensor:
        context = torch.einsum("bt,bth->bh", weights, self.states)
        return self.joined(context, self.last if last is None else last, weights)

    def joined(self, context: Tensor, last: Tensor, weights: Tensor | None = None) -> Tensor:
        logits = oracle.classify(self.parameters, torch.cat([context, last], dim=1))
        return torch.cat([logits, self.weights if weights is None else weights], dim=1)

    def reading(self, last: Tensor) -> Tensor:
        """Another state in place of the last one, in the scores and in the classifier."""
        return self.weighed(oracle.masked_softmax(self.score(last), self.mask), last)


def masked_faults(parameters: Parameters, x: Tensor, lengths: Tensor) -> list[Fault]:
    """Logits and weights, (B, K + T), of wrong `MaskedAttentionClassifier`s."""
    net = _Masked(parameters, x, lengths)
    return [
        *_wrong_weights(net, lengths),
        *_wrong_last(net, x, lengths),
        *_wrong_features(net),
    ]


def _wrong_weights(net: _Masked, lengths: Tensor) -> list[Fault]:
    T = net.mask.shape[1]
    everywhere = torch.softmax(net.scores, dim=1)
    transposed = net.score(net.last, net.parameters["W"].T)
    no_W = net.score(net.last, torch.eye(len(net.parameters["W"]), dtype=net.scores.dtype))
    late = oracle.masked_softmax(net.scores, oracle.sequence_mask(lengths + 1, T))
    filled = torch.where(net.mask, net.scores, -torch.inf)
    return [
        Fault(
            "padding_attended",
            "The padding has weight: the softmax runs without the mask.",
            net.weighed(everywhere),
        ),
        Fault(
            "mask_inverted",
            "The weight lies on the padding and the real steps have none: the mask is inverted.",
            net.weighed(oracle.masked_softmax(net.scores, ~net.mask)),
        ),
        Fault(
            "mask_after_softmax",
            "The mask comes after the softmax, so the weights sum to less than 1.",
            net.weighed(everywhere * net.mask),
        ),
        Fault(
            "mask_filled_with_zero",
            "A padded step has score 0, which still gets weight: its score has to be -inf.",
            net.weighed(torch.softmax(net.scores * net.mask, dim=1)),
        ),
        Fault(
            "mask_off_by_one",
            "The first padded step is taken for a real one.",
            net.weighed(late),
        ),
        Fault(
            "softmax_over_batch",
            SOFTMAX_OVER_BATCH,
            net.weighed(torch.nan_to_num(torch.softmax(filled, dim=0))),
        ),
        Fault(
            "W_transposed",
            "The scores use W transposed: the state at step i stands on its left, the last state "
            "on its right.",
            net.weighed(oracle.masked_softmax(transposed, net.mask)),
        ),
        Fault(
            "W_unused",
            "The scores are plain dot products of the states: W plays no part.",
            net.weighed(oracle.masked_softmax(no_W, net.mask)),
        ),
        Fault(
            "returns_scores",
            "The second output holds the scores; it has to hold the weights.",
            torch.cat([net.weighed(net.weights)[:, :-T], net.scores], dim=1),
        ),
    ]


def _wrong_last(net: _Masked, x: Tensor, lengths: Tensor) -> list[Fault]:
    sentence = (
        "The last state is read at step T - 1, after the padding; it stands at step length - 1."
    )
    at_end = net.states[:, -1]
    items = torch.arange(len(x))
    across = _Masked(net.parameters, x.transpose(0, 1), torch.full((x.shape[1],), len(x)))
    mixed = _Masked(net.parameters, x, lengths)
    mixed.states = across.states.transpose(0, 1)
    mixed.last = oracle.last_states(mixed.states, lengths)
    return [
        Fault("last_state_of_padding", sentence, net.reading(at_end)),
        Fault("last_state_of_padding", sentence, net.weighed(net.weights, at_end)),
        Fault(
            "last_state_one_late",
            "The last state is read one step too late: it stands at step length - 1.",
            net.reading(net.states[items, lengths]),
        ),
        Fault(
            "last_state_one_early",
            "The last state is read one step too early: it stands at step length - 1.",
            net.reading(net.states[items, lengths - 2]),
        ),
        Fault(
            "first_state_for_last",
            "The state of the first step is read in place of the last one's.",
            net.reading(net.states[:, 0]),
        ),
        Fault(
            "cell_for_last_state",
            "The LSTM's cell state is read in place of its hidden state.",
            net.reading(oracle.last_states(net.cells, lengths)),
        ),
        Fault("no_batch_first", NOT_BATCH_FIRST, mixed.reading(mixed.last)),
    ]


def _wrong_features(net: _Masked) -> list[Fault]:
    context = torch.einsum("bt,bth->bh", net.weights, net.states)
    nothing = torch.zeros_like(context)
    mean = net.states.mean(dim=1)
    real = oracle.context_vector(net.mask / net.mask.sum(dim=1, keepdim=True), net.states)
    logits = oracle.classify(net.parameters, torch.cat([context, net.last], dim=1))
    return [
        Fault("context_and_last_swapped", SWAPPED, net.joined(net.last, context)),
        Fault("context_missing", CONTEXT_MISSING, net.joined(net.last, net.last)),
        Fault("context_missing", CONTEXT_MISSING, net.joined(nothing, net.last)),
        Fault("last_state_missing", LAST_MISSING, net.joined(context, context)),
        Fault("last_state_missing", LAST_MISSING, net.joined(context, nothing)),
        *(
            Fault(
                "mean_over_time",
                "The context is the plain mean of the states: the weights play no part.",
                net.joined(plain, net.last),
            )
            for plain in (mean, real)
        ),
        *(
            Fault(fault.name, fault.sentence, torch.cat([fault.output, net.weights], dim=1))
            for fault in _after_softmax(logits)
        ),
    ]
