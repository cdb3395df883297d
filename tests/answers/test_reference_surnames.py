"""The oracles agree with another derivation of the same thing."""

import pytest
import torch
from torch import Tensor, nn

from course_lib.answers.asking import normal
from course_lib.answers.forms.surnames import Attending, Gated, Stacked, Vanilla
from course_lib.answers.hidden.surnames_laws import gru_cell, vanilla_cell
from course_lib.answers.reference import surnames as oracle

B, T, V, H, K = 4, 7, 6, 5, 3

torch.set_num_threads(1)


def agree(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_the_vanilla_states_by_a_loop_over_numbers() -> None:
    x, (from_letter, from_state, bias) = normal(T, V, seed=1), vanilla_cell(2)
    h = [0.0] * H
    for t in range(T):
        sums = [
            sum(float(from_letter[k, v] * x[t, v]) for v in range(V))
            + sum(float(from_state[k, j]) * h[j] for j in range(H))
            + float(bias[k])
            for k in range(H)
        ]
        h = torch.tensor(sums, dtype=torch.float64).tanh().tolist()
        states = oracle.rnn_states(x, from_letter, from_state, bias)
        agree(states[t], torch.tensor(h, dtype=torch.float64))
    agree(states[-1], oracle.rnn_last(x[None], torch.tensor([T]), *vanilla_cell(2))[0])


def test_a_step_is_the_first_state() -> None:
    x, cell = normal(B, V, seed=3), vanilla_cell(4)
    start = torch.zeros(B, H, dtype=torch.float64)
    first = torch.stack([oracle.rnn_states(letter[None], *cell)[0] for letter in x])
    agree(oracle.rnn_step(x, start, *cell), first)
    agree(oracle.rnn_step_alone(x[0], start[0], *cell), first[0])


def test_rnn_last_never_sees_the_padding() -> None:
    x, cell, lengths = normal(B, T, V, seed=5), vanilla_cell(6), torch.tensor([3, 7, 1, 5])
    nan = torch.where((torch.arange(T) < lengths[:, None])[:, :, None], x, torch.nan)
    agree(oracle.rnn_last(nan, lengths, *cell), oracle.rnn_last(x, lengths, *cell))


def test_log_softmax_by_definition() -> None:
    scores = normal(B, K, seed=7)
    by_hand = [[s.item() - sum(row.exp()).log().item() for s in row] for row in scores]
    agree(oracle.log_softmax(scores), torch.tensor(by_hand, dtype=torch.float64))


def test_gru_step_is_that_of_torch() -> None:
    x, h, cell = normal(B, V, seed=8), normal(B, H, seed=9), gru_cell(10)
    agree(oracle.gru_step(x, h, *cell), torch.gru_cell(x, h, *cell))


def test_gru_and_lstm_states_are_those_of_torch() -> None:
    name = normal(T, V, seed=11)
    gru = Gated(V, H, K).double()
    agree(oracle.gru_states(gru.state_dict(), name), gru.gru(name)[0])
    lstm = Stacked(V, H, K, 3).double()
    states, (h_n, c_n) = lstm.lstm(name)
    layers = oracle.lstm_states(lstm.state_dict(), name)
    assert len(layers) == 3
    agree(layers[-1][0], states)
    for (hidden, cells), h, c in zip(layers, h_n, c_n, strict=True):
        agree(hidden[-1], h)
        agree(cells[-1], c)


@pytest.mark.parametrize("make", [Vanilla, Gated])
def test_classifiers(make: type[nn.Module]) -> None:
    model, name = make(V, H, K).double(), normal(T, V, seed=12)
    judge = oracle.rnn_classifier if make is Vanilla else oracle.gru_classifier
    agree(judge(model.state_dict(), name), model(name))


def test_stacked_and_attending_classifiers() -> None:
    name = normal(T, V, seed=13)
    stacked = Stacked(V, H, K, 2).double()
    agree(oracle.lstm_classifier(stacked.state_dict(), name), stacked(name))
    attending = Attending(V, H, K).double()
    log_p, weights = oracle.attention_classifier(attending.state_dict(), name)
    expected = attending(name)
    agree(log_p, expected[0])
    agree(weights, expected[1])
    agree(weights.sum(), torch.ones((), dtype=torch.float64))


def test_confusion_matrix() -> None:
    counts = oracle.confusion_matrix([0, 0, 2, 1], [1, 1, 2, 1], 4)
    assert counts.tolist() == [[0, 2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_oracles_are_differentiable() -> None:
    leaves = [part.requires_grad_(True) for part in (normal(3, V, seed=14), *vanilla_cell(15))]
    assert torch.autograd.gradcheck(oracle.rnn_states, leaves)
    cell = [part.requires_grad_(True) for part in gru_cell(16)]
    x, h = (normal(2, size, seed=17).requires_grad_(True) for size in (V, H))
    assert torch.autograd.gradcheck(oracle.gru_step, [x, h, *cell])
