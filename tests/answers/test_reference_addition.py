"""The oracles agree with torch's built-ins, which they do not use."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.answers.asking import distribution, normal
from course_lib.answers.forms.addition import Adder, Finder, Variant
from course_lib.answers.hidden.addition_expected import VALUES, WEIGHINGS, uniform
from course_lib.answers.reference import addition as oracle
from course_lib.data.addition import draw

B, T, H, D = 4, 7, 5, 3

torch.set_num_threads(1)


def agree(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_addends_are_those_of_the_data() -> None:
    drawn = draw(50, seed=1)
    assert torch.equal(oracle.addends(drawn.x), drawn.addends)


def test_weights_gates_and_sums() -> None:
    states, w, values = normal(B, T, H, seed=1), normal(H, seed=2), normal(B, T, D, seed=3)
    scores = torch.einsum("bth,h->bt", states, w)
    agree(oracle.attention_weights(states, w), scores.softmax(dim=1))
    agree(oracle.gates(states, w), scores.sigmoid())
    weights = uniform(B, T, seed=4)
    agree(oracle.weighted_sum(weights, values), torch.einsum("bt,btd->bd", weights, values))


@pytest.mark.parametrize(("values", "weighing"), list(itertools.product(VALUES, WEIGHINGS)))
def test_variant(values: str, weighing: str) -> None:
    model = Variant(H, values, weighing).double()
    x = draw(B, seed=5).x.double()
    answers, weights = model(x)
    found = oracle.variant(model.state_dict(), x, values, weighing)
    agree(found[0], answers.detach())
    agree(found[1], weights.detach())


def test_adder_is_one_of_the_variants() -> None:
    model = Adder(H).double()
    x = draw(B, seed=6).x.double()
    agree(oracle.adder(model.state_dict(), x)[0], model(x)[0].detach())


def test_finder() -> None:
    model = Finder(H).double()
    x = draw(B, seed=7).x.double()
    answers, gates = model(x)
    found = oracle.finder(model.state_dict(), x)
    agree(found[0], answers.detach())
    agree(found[1], gates.detach())


def test_numbers_on_a_map() -> None:
    weights, mask = uniform(B, T, seed=8), torch.arange(T) < torch.tensor([[3], [1], [7], [2]])
    true = mask.double()
    error = F.mse_loss(weights, true, reduction="none").mean(dim=1)
    agree(oracle.squared_error(weights, mask), error)
    agree(oracle.mass(weights, mask), (weights * true).sum(dim=1) / weights.sum(dim=1))
    lit = weights >= weights.amax(dim=1, keepdim=True) / 2
    agree(oracle.overlap(weights, mask), (lit & mask).sum(dim=1) / (lit | mask).sum(dim=1).double())


def test_a_half_of_the_largest_is_lit() -> None:
    assert oracle.lit(torch.tensor([[0.5, 0.25, 0.2], [0.1, 0.1, 0.1]])) == [{0, 1}, {0, 1, 2}]


def test_before_and_moved() -> None:
    attention = distribution(B, T, seed=9)
    agree(oracle.before(attention), 1 - attention.cumsum(dim=1))
    x, steps = uniform(B, T, seed=10), torch.tensor([0, 6, 3, 2])
    half = 0.5 * F.one_hot(steps, T)
    agree(oracle.moved(x, steps), (x + half) % 1)


@pytest.mark.parametrize("name", ["attention_weights", "weighted_sum", "before"])
def test_oracles_are_differentiable(name: str) -> None:
    args: dict[str, tuple[Tensor, ...]] = {
        "attention_weights": (normal(2, 3, 4, seed=11), normal(4, seed=12)),
        "weighted_sum": (distribution(2, 3, seed=13), normal(2, 3, 4, seed=14)),
        "before": (distribution(2, 3, seed=15),),
    }
    leaves = [arg.requires_grad_() for arg in args[name]]
    assert torch.autograd.gradcheck(getattr(oracle, name), leaves)
