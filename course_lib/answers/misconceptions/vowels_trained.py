"""Models of `vowels` that were trained wrongly, or not at all."""

from __future__ import annotations

import copy
from functools import cache

import torch
from torch import Tensor, nn

from course_lib.answers.calibration import vowels as calibration
from course_lib.answers.forms.vowels import Masked
from course_lib.answers.registry import trained


@trained("vowels", "trained", fault="near_chance")
def untrained() -> nn.Module:
    """Fresh from its constructor."""
    return calibration.train(calibration.plain, seed=0, epochs=0)


@trained("vowels", "trained", fault="below_threshold")
def three_epochs() -> nn.Module:
    """A tenth of the training."""
    return calibration.train(calibration.plain, seed=0, epochs=3)


@trained("vowels", "trained", fault="below_threshold")
def not_standardised() -> nn.Module:
    """Trained on raw coefficients, asked with standardised ones."""
    return calibration.train(calibration.plain, seed=0, standardised=False)


@trained("vowels", "trained", fault="padding_read")
def unmasked() -> nn.Module:
    """Trained well, padding and all."""
    return calibration.train(calibration.unmasked, seed=15)


@trained("vowels", "trained", fault="near_chance")
def labels_from_one() -> nn.Module:
    """Speakers numbered 1 to 9 when training: every answer is one off."""
    model = right_model()
    last = list(model.classifier.children())[-1]
    with torch.no_grad():
        for parameter in last.parameters():
            parameter.copy_(parameter.roll(1, dims=0))
    return model


class _Drops(Masked):
    """Dropout in every mode."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        return nn.functional.dropout(super().join(context, last), 0.1)


@trained("vowels", "trained", fault="random_in_eval")
def drops_in_eval() -> nn.Module:
    """Trained well, but it never stops dropping."""
    model = _Drops(*calibration.SIZES)
    model.load_state_dict(right_model().state_dict())
    return model


@cache
def _right_model() -> Masked:
    model = calibration.train(calibration.plain, seed=0)
    assert isinstance(model, Masked)
    return model


def right_model() -> Masked:
    """A copy of one model that was trained right; trained once a process."""
    return copy.deepcopy(_right_model())
