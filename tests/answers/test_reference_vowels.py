"""The oracles agree with torch's built-ins, which they do not use."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from course_lib.answers.asking import distribution, normal
from course_lib.answers.forms.vowels import Classifier, Masked
from course_lib.answers.reference import vowels as oracle

B, T, D, H, K = 4, 7, 3, 5, 6
LENGTHS = torch.tensor([1, 7, 4, 2])

torch.set_num_threads(1)


def agree(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_pad_sequences() -> None:
    utterances = [normal(n, D, seed=n) for n in (2, 7, 5)]
    agree(oracle.pad_sequences(utterances, T), pad_sequence(utterances, batch_first=True))
    longer = oracle.pad_sequences(utterances, 9)
    assert longer.shape == (3, 9, D)
    assert not longer[:, T:].any()


def test_softmax_is_torch_softmax_and_does_not_overflow() -> None:
    scores = 1000 * normal(T, seed=1)
    agree(torch.stack(oracle.softmax(list(scores))), scores.softmax(dim=0))


def test_time_weights_and_context() -> None:
    states, weight = normal(B, T, H, seed=2), normal(T, H, seed=3)
    weights = torch.einsum("bth,th->bt", states, weight).softmax(dim=1)
    agree(oracle.time_weights(states, weight), weights)
    agree(oracle.context_vector(weights, states), torch.einsum("bt,bth->bh", weights, states))


def test_padding_mass() -> None:
    weights = distribution(B, T, seed=4)
    mask = torch.arange(T) >= LENGTHS[:, None]
    agree(oracle.padding_mass(weights, LENGTHS), (weights * mask).sum(dim=1))


def test_sequence_mask_and_masked_softmax() -> None:
    scores, mask = normal(B, T, seed=5), torch.arange(T) < LENGTHS[:, None]
    assert torch.equal(oracle.sequence_mask(LENGTHS, T), mask)
    expected = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
    agree(oracle.masked_softmax(scores, mask), expected)


def test_last_states_and_bilinear_scores() -> None:
    states, weight = normal(B, T, H, seed=6), normal(H, H, seed=7)
    last = oracle.last_states(states, LENGTHS)
    agree(last, states[torch.arange(B), LENGTHS - 1])
    expected = torch.einsum("bti,ij,bj->bt", states, weight, last)
    agree(oracle.bilinear_scores(states, last, weight), expected)


def test_lstm_states_are_those_of_torch() -> None:
    lstm = nn.LSTM(D, H, batch_first=True).double()
    x = normal(B, T, D, seed=8)
    parameters = {f"lstm.{name}": value for name, value in lstm.state_dict().items()}
    states, cells = oracle.lstm_states(parameters, x)
    expected, (_, c_n) = lstm(x)
    agree(states, expected)
    agree(cells[:, -1], c_n[0])


def test_attention_classifier() -> None:
    model = Classifier(D, H, K, T).double().eval()
    x = normal(B, T, D, seed=9)
    agree(oracle.attention_classifier_logits(model.state_dict(), x), model(x))


def test_masked_classifier_against_a_packed_lstm() -> None:
    model = Masked(D, H, K).double().eval()
    x = normal(B, T, D, seed=10)
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    states, (h_n, _) = model.lstm(packed)
    states, _ = pad_packed_sequence(states, batch_first=True, total_length=T)
    scores = torch.einsum("bti,ij,bj->bt", states, model.W, h_n[0])
    mask = torch.arange(T) < LENGTHS[:, None]
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
    features = torch.cat([torch.einsum("bt,bth->bh", weights, states), h_n[0]], dim=1)
    logits, shares = oracle.masked_classifier(model.state_dict(), x, LENGTHS)
    agree(logits, model.classifier(features))
    agree(shares, weights)


@pytest.mark.parametrize("name", ["time_weights", "context_vector", "masked_softmax"])
def test_oracles_are_differentiable(name: str) -> None:
    args: dict[str, tuple[Tensor, ...]] = {
        "time_weights": (normal(2, 3, 4, seed=11), normal(3, 4, seed=12)),
        "context_vector": (distribution(2, 3, seed=13), normal(2, 3, 4, seed=14)),
        "masked_softmax": (normal(2, 3, seed=15), torch.arange(3) < torch.tensor([[2], [3]])),
    }
    leaves = [arg.requires_grad_(arg.is_floating_point()) for arg in args[name]]
    assert torch.autograd.gradcheck(getattr(oracle, name), leaves)
