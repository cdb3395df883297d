"""What the visible checks of `surnames` say beyond right and wrong."""

import time

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.forms.surnames import Attending, Gated, Stacked, Vanilla
from course_lib.lab import visible

torch.set_num_threads(1)

SPECIMENS = [specimen for specimen in audit.load("surnames") if specimen.check != "trained"]
check = visible.checker("surnames")


def test_networks_are_told_how_far_the_two_ways_differ(capsys: pytest.CaptureFixture[str]) -> None:
    for name, network in (
        ("rnn_classifier", Vanilla),
        ("gru_classifier", Gated),
        ("attention_classifier", Attending),
        ("lstm_classifier", Stacked),
    ):
        check(name, network)
        assert "in a padded batch: the results differ by" in capsys.readouterr().out
    two_ways = next(s for s in SPECIMENS if s.name == "AloneSharper").make()
    with pytest.raises(visible.NotYet, match="have to agree to 1e-06"):
        check("attention_classifier", two_ways)


def test_trained_reports_the_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    check("trained", Attending(57, 64, 18))
    assert time.process_time() - start < 1
    out = capsys.readouterr().out
    assert "held-out names" in out
    assert "%" in out
    check("trained", Gated(57, 64, 18))  # log-probabilities alone are as good
    with pytest.raises(visible.NotYet, match="sum to 1"):
        check("trained", _Raw(57, 64, 18))


class _Raw(Gated):
    def judge(self, feature: torch.Tensor) -> torch.Tensor:
        return self.out(feature)
