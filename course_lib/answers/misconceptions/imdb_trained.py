"""Models of `imdb` that were trained wrongly, or not at all."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.answers.calibration import imdb as calibration
from course_lib.answers.forms.imdb import Encoder, masked_mean
from course_lib.answers.registry import trained


@trained("imdb", "trained", fault="near_chance")
def untrained() -> nn.Module:
    """Fresh from its constructor."""
    return calibration.train(calibration.plain, seed=0, epochs=0)


@trained("imdb", "trained", fault="near_chance")
def labels_turned_round() -> nn.Module:
    """1 for negative: the scores have the wrong sign."""
    model = right_model()
    with torch.no_grad():
        for parameter in model.out.parameters():
            parameter.neg_()
    return model


@trained("imdb", "trained", fault="below_threshold")
def on_a_few() -> nn.Module:
    """Trained with 1,000 reviews, for several epochs."""
    return calibration.train(calibration.plain, seed=0, reviews=1_000, epochs=8)


class _Unmasked(Encoder):
    """The mean runs over padding too."""

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """Add a little of the padding."""
        found = masked_mean(states, mask)
        return found + 0.05 * states.nan_to_num().mean(dim=1)


@trained("imdb", "trained", fault="padding_read")
def padding_in_the_mean() -> nn.Module:
    """Trained well; padding plays a small part."""
    return _with_the_right_parameters(_Unmasked)


class _Drops(Encoder):
    """Dropout in every mode."""

    def judge(self, state: Tensor) -> Any:
        """Drop a few numbers first."""
        return super().judge(nn.functional.dropout(state, 0.02))


@trained("imdb", "trained", fault="random_in_eval")
def drops_in_eval() -> nn.Module:
    """Trained well, but it never stops dropping."""
    return _with_the_right_parameters(_Drops)


class _Column(Encoder):
    """No squeeze."""

    def judge(self, state: Tensor) -> Any:
        """Scores (B, 1)."""
        return self.out(state)


@trained("imdb", "trained", fault="wrong_shape")
def scores_as_a_column() -> nn.Module:
    """Trained well, a dimension too many."""
    return _with_the_right_parameters(_Column)


class _Double(Encoder):
    """float64."""

    def judge(self, state: Tensor) -> Any:
        """Convert at the end."""
        return super().judge(state).double()


@trained("imdb", "trained", fault="wrong_dtype")
def scores_in_float64() -> nn.Module:
    """Trained well, converted at the end."""
    return _with_the_right_parameters(_Double)


def _with_the_right_parameters(make: type[Encoder]) -> nn.Module:
    model = make(*calibration.SIZES)
    model.load_state_dict(right_model().state_dict())
    return model.eval()


@cache
def _right_model() -> Encoder:
    model = calibration.train(calibration.plain, seed=0)
    assert isinstance(model, Encoder)
    return model


def right_model() -> Encoder:
    """A copy of one model that was trained right; trained once a process."""
    return copy.deepcopy(_right_model())
