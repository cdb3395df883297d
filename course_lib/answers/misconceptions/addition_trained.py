"""Finders of `addition` that were trained wrongly, or not at all, or are no finders."""

from __future__ import annotations

import copy
from functools import cache

import torch
from torch import Tensor, nn

from course_lib.answers.calibration import addition as calibration
from course_lib.answers.forms.addition import Finder
from course_lib.answers.registry import trained


@trained("addition", "finder_trained", fault="not_trained")
def untrained() -> nn.Module:
    """Fresh from its constructor."""
    return calibration.train(calibration.plain, seed=0, epochs=0)


@trained("addition", "finder_trained", fault="not_trained")
def rate_too_small() -> nn.Module:
    """A hundredth of the learning rate."""
    return calibration.train(calibration.plain, seed=0, epochs=1, lr=calibration.LR / 100)


@trained("addition", "finder_trained", fault="below_threshold")
def one_epoch() -> nn.Module:
    """A sixth of the training."""
    return calibration.train(calibration.plain, seed=0, epochs=1)


@trained("addition", "finder_trained", fault="below_threshold")
def delimiter_included() -> nn.Module:
    """Trained well, its answers right, its map one step too long."""
    model = calibration.opened()
    model.load_state_dict(right_model().state_dict())
    return model


class _MaskByHand(Finder):
    """Computes the mask: nothing is learnt."""

    def gates(self, attention: Tensor) -> Tensor:
        """Close where the 0 is."""
        del attention
        return self.mask

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, T) to answers (B,) and the mask (B, T)."""
        self.mask = ((x == 0).cumsum(dim=1) == 0).to(x.dtype)
        return super().forward(x)


@trained("addition", "finder_trained", fault="not_a_finder")
def mask_by_hand() -> nn.Module:
    """The mask from a comparison with 0, whatever the parameters are."""
    return _MaskByHand(calibration.H)


@trained("addition", "finder_trained", fault="not_a_finder")
def another_size() -> nn.Module:
    """Trained well, with another H."""
    return calibration.train(lambda: Finder(calibration.H // 2), seed=0)


class _Noisy(Finder):
    """A little noise in every mode."""

    def gates(self, attention: Tensor) -> Tensor:
        """Open what comes before, more or less."""
        gates = super().gates(attention)
        return gates + 0.01 * torch.randn_like(gates)


@trained("addition", "finder_trained", fault="random_in_eval")
def noisy() -> nn.Module:
    """Trained well, but it never answers the same twice."""
    model = _Noisy(calibration.H)
    model.load_state_dict(right_model().state_dict())
    return model


class _AnswersOnly(Finder):
    """No map."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]  # the fault: no pair
        """Map (B, T) to answers (B,)."""
        return super().forward(x)[0]


@trained("addition", "finder_trained", fault="not_a_pair")
def answers_only() -> nn.Module:
    """Trained well, but it shows no map."""
    model = _AnswersOnly(calibration.H)
    model.load_state_dict(right_model().state_dict())
    return model


@cache
def _right_model() -> Finder:
    model = calibration.train(calibration.plain, seed=0)
    assert isinstance(model, Finder)
    return model


def right_model() -> Finder:
    """A copy of one finder that was trained right; trained once a process."""
    return copy.deepcopy(_right_model())
