"""What the visible checks of `vowels` say beyond right and wrong."""

import time
from typing import Any

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.forms.vowels import Classifier, Masked, Reader
from course_lib.lab import visible

torch.set_num_threads(1)

SPECIMENS = [specimen for specimen in audit.load("vowels") if specimen.check != "trained"]
check = visible.checker("vowels")


def test_the_notebook_sees_a_sentence_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    check("sequence_mask", lambda lengths, T: torch.arange(T) < lengths[:, None])  # noqa: N803
    assert "✓ sequence_mask" in capsys.readouterr().out
    with pytest.raises(visible.NotYet, match=r"torch\.bool") as caught:
        check("sequence_mask", lambda lengths, T: torch.zeros(2, 3))  # noqa: N803
    assert caught.value._render_traceback_() == [f"Not yet: {caught.value}"]


def test_trained_reports_the_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    check("trained", Masked(12, 64, 9))
    assert time.process_time() - start < 1
    out = capsys.readouterr().out
    assert "370 test utterances" in out
    assert "%" in out
    with pytest.raises(visible.NotYet, match="Expected two results"):
        check("trained", _LogitsOnly(12, 64, 9))


class _LogitsOnly(Masked):
    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> Any:
        return super().forward(x, lengths)[0]


def test_plain_classes_pass(capsys: pytest.CaptureFixture[str]) -> None:
    check("attention_classifier", Classifier)
    check("attention_reader", Reader)
    check("masked_classifier", Masked)
    assert capsys.readouterr().out.count("✓") == 3
