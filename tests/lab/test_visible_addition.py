"""What the visible checks of `addition` say beyond right and wrong."""

import time

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.forms.addition import Adder, Finder, Variant
from course_lib.lab import visible

torch.set_num_threads(1)

SPECIMENS = [specimen for specimen in audit.load("addition") if specimen.check != "finder_trained"]
check = visible.checker("addition")


def test_trained_reports_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    check("finder_trained", Finder(32))
    assert time.process_time() - start < 1
    assert "4,000 test sequences" in capsys.readouterr().out
    with pytest.raises(visible.NotYet, match="Expected two results"):
        check("finder_trained", torch.nn.Flatten())


def test_plain_classes_pass(capsys: pytest.CaptureFixture[str]) -> None:
    check("adder", Adder)
    check("variant", Variant)
    check("finder", Finder)
    assert capsys.readouterr().out.count("✓") == 3
