"""What the visible checks of `imdb` say beyond right and wrong."""

import time

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.forms.imdb import Encoder, Heads, Layer
from course_lib.lab import visible

torch.set_num_threads(1)

SPECIMENS = [specimen for specimen in audit.load("imdb") if specimen.check != "trained"]
check = visible.checker("imdb")


def test_networks_are_told_that_torch_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    for name, network in (("heads", Heads), ("layer", Layer)):
        check(name, network)
        assert "and yours agree to 1e-05" in capsys.readouterr().out
    wrong = next(s for s in SPECIMENS if s.name == "PostNorm").make()
    with pytest.raises(visible.NotYet, match="have to agree to 1e-05"):
        check("layer", wrong)


def test_trained_reports_the_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    check("trained", Encoder(1003, 16, 2, 32, 2))
    out = capsys.readouterr().out
    assert "500 test reviews" in out
    assert "%" in out
    start = time.process_time()
    check("trained", Encoder(1003, 16, 2, 32, 2))
    assert time.process_time() - start < 2  # the vocabulary is made once
