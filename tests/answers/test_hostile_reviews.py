"""Whatever a student's work answers, the verdict is about the work: never the check's own error."""

from typing import Any

import pytest
import torch
from torch import nn

from course_lib.answers import audit
from course_lib.answers.forms.reviews import Heads
from course_lib.answers.registry import hidden
from course_lib.answers.wired import WireSubject
from course_lib.lab.subject import DirectSubject
from tests.answers.test_hostile_vowels import judged

torch.set_num_threads(1)

audit.load("reviews")
CHECKS = hidden.of("reviews")
NAMES = [check.name for check in CHECKS]
OUTPUTS: list[Any] = [
    None, [], ["x"], "x", "id,label\n1,2,3", "\0", {}, True, 3.5, torch.zeros(0), torch.zeros(3, 6),
    torch.full((3, 2, 6), torch.nan), (torch.zeros(3), torch.zeros(3, 2, 6)), (None, None),
    torch.zeros(4, dtype=torch.complex64), "id,label\n" + "9,1\n" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(OUTPUTS)))
@pytest.mark.parametrize("name", NAMES)
def test_odd_outputs(name: str, number: int) -> None:
    check = hidden.get("reviews", name)
    verdict = check.run(DirectSubject(check.subject, lambda *_: OUTPUTS[number]))
    judged(verdict)
    assert not verdict.right


@pytest.mark.parametrize("number", range(len(OUTPUTS)))
def test_networks_with_odd_outputs(number: int) -> None:
    class Odd(Heads):
        def forward(self, *_: Any) -> Any:
            return OUTPUTS[number]

    check = hidden.get("reviews", "heads_classifier")
    for reach in (DirectSubject, WireSubject):
        verdict = check.run(reach(check.subject, Odd))
        judged(verdict)
        assert not verdict.right


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", [None, 3, "x", print, torch.zeros(2), nn.Linear, object()])
def test_odd_targets(name: str, target: Any) -> None:
    check = hidden.get("reviews", name)
    for reach in (DirectSubject, WireSubject):
        verdict = check.run(reach(check.subject, target))
        judged(verdict)
        assert not verdict.right


def test_the_placeholder_is_unanswered() -> None:
    def placeholder(*_: Any, **__: Any) -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    for check in CHECKS:
        verdict = check.run(WireSubject(check.subject, placeholder))
        assert (verdict.fault, verdict.points) == ("unanswered", 0)
