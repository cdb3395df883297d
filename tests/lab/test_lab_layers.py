from __future__ import annotations

import pytest
import torch
from torch import nn

from course_lib.lab.layers import four_layers


def test_four_linear_layers_with_relu_between_and_one_dropout() -> None:
    kinds = [type(layer) for layer in four_layers(10, 3)]
    assert kinds == [
        nn.Linear,
        nn.ReLU,
        nn.Dropout,
        nn.Linear,
        nn.ReLU,
        nn.Linear,
        nn.ReLU,
        nn.Linear,
    ]


def test_names_in_the_state_dict_are_the_same_for_everybody() -> None:
    names = list(four_layers(10, 3).state_dict())
    assert names == [f"{layer}.{part}" for layer in (0, 3, 5, 7) for part in ("weight", "bias")]


@pytest.mark.parametrize(("inputs", "classes"), [(1, 1), (128, 9), (7, 2)])
def test_maps_the_last_axis_and_keeps_the_others(inputs: int, classes: int) -> None:
    assert four_layers(inputs, classes)(torch.randn(4, 5, inputs)).shape == (4, 5, classes)


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(0)
    layers, x = four_layers(6, 3), torch.randn(4, 6)
    assert not torch.equal(layers(x), layers(x))
    layers.eval()
    assert torch.equal(layers(x), layers(x))
