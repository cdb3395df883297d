"""The oracles agree with another derivation of the same thing."""

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from course_lib.answers.asking import normal
from course_lib.answers.forms import imdb as form
from course_lib.answers.reference import imdb as oracle

B, Q, T, D, E, N, F, L, V = 4, 6, 7, 12, 5, 3, 10, 2, 13
MASK = torch.arange(T) < torch.tensor([7, 3, 5, 1])[:, None]

torch.set_num_threads(1)


def agree(a: Tensor, b: Tensor, tolerance: float = 1e-10) -> None:
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def test_attention_by_a_loop_over_numbers() -> None:
    q, k, v = normal(Q, D, seed=1), normal(T, D, seed=2), normal(T, E, seed=3)
    found, weights = oracle.attention(q, k, v, MASK[1:2])
    for i in range(Q):
        fits = [math.exp(sum((q[i] * k[j]).tolist()) / math.sqrt(D)) for j in range(3)]
        for j in range(T):
            share = fits[j] / sum(fits) if j < 3 else 0.0
            assert math.isclose(weights[i, j].item(), share, abs_tol=1e-12)
        agree(found[i], sum((weights[i, j] * v[j] for j in range(3)), torch.zeros(E).double()))


def test_multi_head_is_torchs_module_and_the_form_in_steps() -> None:
    heads, x = form.Heads(D, N).double(), normal(B, T, D, seed=4)
    module = nn.MultiheadAttention(D, N, batch_first=True).double()
    module.load_state_dict(heads.state_dict())
    found, weights = oracle.multi_head(heads.state_dict(), x, MASK, N)
    expected = module(x, x, x, key_padding_mask=~MASK, average_attn_weights=False)
    agree(found, expected[0])
    agree(weights, expected[1])
    for got, right in zip(heads(x, MASK), (found, weights), strict=True):
        agree(got, right)


def test_positions_turn_at_the_pace_of_their_pair() -> None:
    table = oracle.positions(30, D)
    agree(table[:, 0::2].square() + table[:, 1::2].square(), torch.ones(30, D // 2).double())
    agree(table[1, 0], torch.tensor(1.0).double().sin())
    agree(table.float(), form.positions(30, D), 1e-5)


def test_layer_is_torchs_and_ours_and_by_hand() -> None:
    layer, x = form.Layer(D, N, F).double(), normal(B, T, D, seed=5)
    module = nn.TransformerEncoderLayer(
        D, N, F, dropout=0.0, batch_first=True, norm_first=True
    ).double()
    module.load_state_dict(layer.state_dict())
    found, weights = oracle.encoder_layer(layer.state_dict(), x, MASK, N)
    agree(found[MASK], module(x, src_key_padding_mask=~MASK)[MASK])
    ours = layer(x, MASK)
    agree(found[MASK], ours[0][MASK])
    agree(weights, ours[1])
    for row, real, expected in zip(x, MASK, found, strict=True):
        agree(oracle.layer_by_hand(layer.state_dict(), row[real], N), expected[real])


def test_masked_mean_never_sees_the_padding() -> None:
    states = normal(B, T, D, seed=6)
    nan = states.masked_fill(~MASK[:, :, None], torch.nan)
    agree(oracle.masked_mean(nan, MASK), nan.nanmean(dim=1))


def test_classifier_is_the_form_with_torchs_layers() -> None:
    model = form.Encoder(V, D, N, F, L).double().eval()
    ids = torch.randint(2, V, (B, T), generator=torch.Generator().manual_seed(7)) * MASK
    with torch.enable_grad():
        agree(oracle.encoder_classifier(model.state_dict(), ids, N), model(ids).detach(), 1e-5)


def test_accuracy_and_erased() -> None:
    assert oracle.accuracy([1.0, -1.0, 0.2, -0.2], [1, 1, 1, 0]) == 0.75
    ids, weights = torch.tensor([[1, 9, 2, 7, 8, 0]]), torch.tensor([[9.0, 1, 8, 3, 2, 7]])
    assert oracle.erased(ids, weights, 2).tolist() == [[1, 9, 2, 2, 2, 0]]
    assert oracle.erased(ids, weights, 9).tolist() == [[1, 2, 2, 2, 2, 0]]
    assert ids.tolist() == [[1, 9, 2, 7, 8, 0]]


def test_oracles_are_differentiable() -> None:
    q, k, v = (normal(2, size, D, seed=8).requires_grad_(True) for size in (3, 4, 4))
    mask = torch.tensor([[[True, True, False, True]], [[True, False, False, False]]])
    assert torch.autograd.gradcheck(lambda q, k, v: oracle.attention(q, k, v, mask)[0], [q, k, v])
    drawn = {name: p.double() for name, p in form.Layer(D, N, F).state_dict().items()}
    x = normal(5, D, seed=9).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: oracle.layer_by_hand(drawn, x, N), [x])
    normed = nnf.layer_norm(x, (D,), drawn["norm1.weight"], drawn["norm1.bias"])
    agree(oracle._norm(x, drawn, "norm1"), normed)
