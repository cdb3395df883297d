"""Layers that several networks of a lecture share, so that their parameters have the same names."""

from __future__ import annotations

from torch import nn

WIDTHS = (64, 64, 32)  # of the three hidden layers; 64 is the size of the LSTM's state
DROPOUT = 0.3  # 270 utterances are few: without it the classifier learns them by heart


def four_layers(inputs: int, K: int) -> nn.Sequential:
    """Build the classifier on top of an attention: four linear layers with ReLU in between.

    A dropout follows the first ReLU. The linear layers are entries 0, 3, 5 and 7, so a state dict
    holds ``0.weight``, ``0.bias``, ``3.weight`` and so on.

    Args:
        inputs: Numbers that go in; at least 1.
        K: Classes; at least 1.

    Returns:
        A module that maps (..., inputs) to logits (..., K).

    Example:
        >>> sum(isinstance(layer, nn.Linear) for layer in four_layers(128, 9))
        4
    """
    first, second, third = WIDTHS
    return nn.Sequential(
        nn.Linear(inputs, first),
        nn.ReLU(),
        nn.Dropout(DROPOUT),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Linear(second, third),
        nn.ReLU(),
        nn.Linear(third, K),
    )
