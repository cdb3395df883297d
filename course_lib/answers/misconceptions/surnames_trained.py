"""Models of `surnames` that were trained wrongly, or not at all."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.answers.calibration import surnames as calibration
from course_lib.answers.forms.surnames import Attending
from course_lib.answers.registry import trained


@trained("surnames", "trained", fault="near_chance")
def untrained() -> nn.Module:
    """Fresh from its constructor."""
    return calibration.train(calibration.plain, seed=0, epochs=0)


@trained("surnames", "trained", fault="near_chance")
def on_the_pruned_set() -> nn.Module:
    """Trained on the small set, as the comparisons are."""
    return calibration.train(calibration.plain, seed=0, small=True)


@trained("surnames", "trained", fault="near_chance")
def labels_from_one() -> nn.Module:
    """Languages numbered from 1 when training: every answer is one off."""
    model = right_model()
    with torch.no_grad():
        for parameter in model.out.parameters():
            parameter.copy_(parameter.roll(1, dims=0))
    return model


class _Leaks(Attending):
    """A mask that subtracts 16 from the scores of padding."""

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Give padding a weight that is small, and not 0."""
        return (scores - 16.0 * ~mask).softmax(dim=1)


@trained("surnames", "trained", fault="padding_read")
def leaking_mask() -> nn.Module:
    """Trained well; padding plays a small part."""
    return _with_the_right_parameters(_Leaks)


@trained("surnames", "trained", fault="below_threshold")
def unmasked() -> nn.Module:
    """Reads the padding."""
    return _with_the_right_parameters(calibration.Unmasked)


class _Drops(Attending):
    """Dropout in every mode."""

    def judge(self, feature: Tensor) -> Tensor:
        """Drop a tenth of the context first."""
        return super().judge(nn.functional.dropout(feature, 0.02))


@trained("surnames", "trained", fault="random_in_eval")
def drops_in_eval() -> nn.Module:
    """Trained well, but it never stops dropping."""
    return _with_the_right_parameters(_Drops)


class _Raw(Attending):
    """No log-softmax."""

    def judge(self, feature: Tensor) -> Tensor:
        """Raw scores."""
        return self.out(feature)


@trained("surnames", "trained", fault="not_normalised")
def raw_scores() -> nn.Module:
    """Trained well, as cross-entropy has a log-softmax of its own."""
    return _with_the_right_parameters(_Raw)


class _Three(Attending):
    """Three results."""

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Any:
        """Return the lengths too."""
        return (*super().forward(x, lengths), lengths)


@trained("surnames", "trained", fault="not_a_pair")
def three_results() -> nn.Module:
    """Trained well, with one result too many."""
    return _with_the_right_parameters(_Three)


def _with_the_right_parameters(make: type[Attending]) -> nn.Module:
    model = make(*calibration.SIZES)
    model.load_state_dict(right_model().state_dict())
    return model.eval()


@cache
def _right_model() -> Attending:
    model = calibration.train(calibration.plain, seed=0)
    assert isinstance(model, Attending)
    return model


def right_model() -> Attending:
    """A copy of one model that was trained right; trained once a process."""
    return copy.deepcopy(_right_model())
