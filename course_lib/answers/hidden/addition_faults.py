"""What known wrong networks of `addition` compute, from the same parameters as the right one.

Every output is answers and weights side by side, (B, 1 + T). Letters in shapes: B batch, T time,
H hidden, D numbers in a value.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.reference import Parameters, lstm_states
from course_lib.answers.reference import addition as oracle
from course_lib.answers.softmax_over_time import SOFTMAX_OVER_BATCH
from course_lib.lab.check import Fault


class _Weighing:
    """An `Adder` or a `Variant` in pieces, from whichever parts a wrong one uses."""

    def __init__(self, parameters: Parameters, x: Tensor, values: str, weighing: str) -> None:
        self.parameters, self.x, self.weighing = parameters, x, weighing
        self.states, self.cells = lstm_states(parameters, x[:, :, None])
        self.values = self.states if values == "states" else x[:, :, None]
        self.scores = oracle.scores(self.states, parameters["w"])
        self.softmax = torch.softmax(self.scores, dim=1)
        self.gates = torch.sigmoid(self.scores)
        self.weights = self.gates if weighing == "gates" else self.softmax
        self.count = (x == 0).int().argmax(dim=1)[:, None]  # (B, 1)

    def factor(self) -> Tensor | float:
        return self.count if self.weighing == "mean x count" else 1.0

    def total(self, weights: Tensor | None = None, values: Tensor | None = None) -> Tensor:
        """The weighted sum without the count, (B, D)."""
        weights = self.weights if weights is None else weights
        return torch.einsum("bt,btd->bd", weights, self.values if values is None else values)

    def read(self, total: Tensor, weights: Tensor | None = None) -> Tensor:
        """The result from a sum (B, D) and the weights that are shown."""
        answers = total @ self.parameters["readout.weight"][0] + self.parameters["readout.bias"]
        return _joined(answers, self.weights if weights is None else weights)

    def weighed(self, weights: Tensor) -> Tensor:
        """The result with other weights, which are shown too."""
        return self.read(self.total(weights) * self.factor(), weights)


def _joined(answers: Tensor, weights: Tensor) -> Tensor:
    return torch.cat([answers[:, None], weights], dim=1)


def variant_faults(parameters: Parameters, x: Tensor, values: str, weighing: str) -> list[Fault]:
    """Results of wrong `Variant`s for one choice."""
    net = _Weighing(parameters, x, values, weighing)
    faults = [*_wrong_weights(net), *_wrong_answers(net)]
    if values == "states":
        faults += _wrong_states(net)
    if weighing == "mean x count":
        faults += _wrong_count(net)
    return faults


def _wrong_weights(net: _Weighing) -> list[Fault]:
    faults = [
        Fault(
            "no_softmax",
            "The weights are the raw scores: they have to go through softmax or sigmoid.",
            net.weighed(net.scores),
        ),
        Fault(
            "returns_scores",
            "The second output holds the scores; it has to hold the weights.",
            net.read(net.total() * net.factor(), net.scores),
        ),
    ]
    if net.weighing == "gates":
        return [
            *faults,
            Fault(
                "gates_not_used",
                'With weighing "gates" the weights still come from a softmax: each gate is the '
                "sigmoid of its own score.",
                net.weighed(net.softmax),
            ),
            Fault(
                "gates_normalised",
                "The gates are divided by their sum, which makes a mean of them again.",
                net.weighed(net.gates / net.gates.sum(dim=1, keepdim=True)),
            ),
        ]
    return [
        *faults,
        Fault(
            "softmax_over_batch",
            SOFTMAX_OVER_BATCH,
            net.weighed(torch.softmax(net.scores, dim=0)),
        ),
        Fault(
            "softmax_not_used",
            "Each weight is the sigmoid of its own score: here the weights have to come from a "
            "softmax and share a sum of 1.",
            net.weighed(net.gates),
        ),
        Fault(
            "softmax_twice",
            "The softmax is applied to weights that came out of it already.",
            net.weighed(torch.softmax(net.softmax, dim=1)),
        ),
    ]


def _wrong_answers(net: _Weighing) -> list[Fault]:
    right = net.read(net.total() * net.factor())
    answers = right[:, 0]
    squashed = "The answers go through one more function after the readout; a sum has no limits."
    return [
        Fault(
            "mean_over_time",
            "The readout gets the plain mean over time: the weights play no part.",
            net.read(net.values.mean(dim=1) * net.factor()),
        ),
        Fault(
            "last_step_only",
            "The readout gets the last step alone: the weights play no part.",
            net.read(net.values[:, -1] * net.factor()),
        ),
        Fault(
            "divided_by_T",
            "The weighted sum is divided by T.",
            net.read(net.total() * net.factor() / net.x.shape[1]),
        ),
        Fault("answers_squashed", squashed, _joined(torch.relu(answers), net.weights)),
        Fault("answers_squashed", squashed, _joined(torch.sigmoid(answers), net.weights)),
    ]


def _wrong_states(net: _Weighing) -> list[Fault]:
    across = lstm_states(net.parameters, net.x.T[:, :, None])[0].transpose(0, 1)
    mixed = _Weighing(net.parameters, net.x, "states", net.weighing)
    mixed.states = mixed.values = across
    mixed.scores = across @ net.parameters["w"]
    weigh = torch.sigmoid if net.weighing == "gates" else lambda s: torch.softmax(s, dim=1)
    return [
        Fault(
            "cells_for_states",
            "The LSTM's cell states are summed in place of its states.",
            net.read(net.total(values=net.cells) * net.factor()),
        ),
        Fault(
            "no_batch_first",
            "The LSTM takes the batch for time: without batch_first=True it expects (T, B, 1) and "
            "mixes the sequences.",
            mixed.weighed(weigh(mixed.scores)),
        ),
    ]


def _wrong_count(net: _Weighing) -> list[Fault]:
    total = net.total()
    after = net.read(total)[:, 0] * net.count[:, 0]
    return [
        Fault(
            "count_missing",
            'With weighing "mean x count" the weighted mean is not multiplied by the number of '
            "addends.",
            net.read(total),
        ),
        Fault(
            "delimiter_counted",
            "The mean is multiplied by one too many: the delimiter is no addend.",
            net.read(total * (net.count + 1)),
        ),
        Fault(
            "all_steps_counted",
            "The mean is multiplied by T, not by the number of addends.",
            net.read(total * net.x.shape[1]),
        ),
        Fault(
            "sum_for_count",
            "The mean is multiplied by the sum of the addends, which is the answer itself; "
            "multiply by their number.",
            net.read(total * (net.x * oracle.addends(net.x)).sum(dim=1, keepdim=True)),
        ),
        Fault(
            "count_after_readout",
            "The count multiplies the answer, bias and all; it has to multiply what goes into the "
            "readout.",
            _joined(after, net.weights),
        ),
        Fault(
            "weights_times_count",
            "The weights that come back are multiplied by the count: show them as they are.",
            net.read(total * net.count, net.weights * net.count),
        ),
    ]


def finder_faults(parameters: Parameters, x: Tensor) -> list[Fault]:
    """Results of wrong `Finder`s."""
    scores = oracle.finder_scores(parameters, x)
    attention = torch.softmax(scores, dim=1)
    gates = 1 - attention.cumsum(dim=1)

    def gated(gates: Tensor) -> Tensor:
        return _joined((gates * x).sum(dim=1), gates)

    def attended(attention: Tensor) -> Tensor:
        return gated(1 - attention.cumsum(dim=1))

    def scored(scores: Tensor) -> Tensor:
        return attended(torch.softmax(scores, dim=1))

    first = x[:, :, None] * parameters["score.0.weight"][:, 0] + parameters["score.0.bias"]
    second = parameters["score.2.weight"][0]
    total = (gates * x).sum(dim=1)
    hard = (torch.arange(x.shape[1]) < scores.argmax(dim=1)[:, None]).to(x.dtype)
    return [
        Fault("softmax_over_batch", SOFTMAX_OVER_BATCH, attended(torch.softmax(scores, dim=0))),
        Fault("no_softmax", "The gates are made from raw scores: softmax them.", attended(scores)),
        Fault(
            "sigmoid",
            "Each score went through a sigmoid by itself: the attention has to share a sum of 1.",
            attended(torch.sigmoid(scores)),
        ),
        Fault(
            "delimiter_included",
            "The gate at the place attended to is still open: take off the attention up to and "
            "including each step.",
            gated(gates + attention),
        ),
        Fault(
            "gates_inverted",
            "The gates open after the delimiter: they are cumsum(attention), not 1 minus it.",
            gated(1 - gates),
        ),
        Fault(
            "attention_for_gates",
            "The numbers are summed by the attention itself; sum them by the gates.",
            gated(attention),
        ),
        Fault(
            "returns_attention",
            "The second output is the attention; it has to be the gates.",
            _joined(total, attention),
        ),
        Fault(
            "mean_for_sum",
            "The answer is divided by the sum of the gates or by T: a mean, not a sum.",
            _joined(total / gates.sum(dim=1), gates),
        ),
        Fault(
            "mean_for_sum",
            "The answer is divided by the sum of the gates or by T: a mean, not a sum.",
            _joined(total / x.shape[1], gates),
        ),
        Fault(
            "hard_gates",
            "The gates are rounded to 0 and 1: no gradient passes, so nothing can be learnt.",
            gated(hard),
        ),
        Fault(
            "gates_summed",
            "The answer is the sum of the gates; multiply them with the numbers first.",
            _joined(gates.sum(dim=1), gates),
        ),
        Fault(
            "no_activation", "Between the two layers the tanh is missing.", scored(first @ second)
        ),
        Fault(
            "relu_for_tanh",
            "Between the two layers stands a ReLU; this network has a tanh.",
            scored(torch.relu(first) @ second),
        ),
    ]
