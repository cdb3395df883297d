"""Whatever a student's work answers, the verdict is about the work: never the check's own error."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from course_lib.answers import audit
from course_lib.answers.calibration import surnames as calibration
from course_lib.answers.registry import hidden
from course_lib.answers.wired import WireSubject
from course_lib.lab.subject import DirectSubject
from tests.answers.test_hostile_vowels import CHANGES, FORGERIES, HARMLESS, Forger, judged

torch.set_num_threads(1)

SPECIMENS = audit.load("surnames")
CHECKS = hidden.of("surnames")
NAMES = [check.name for check in CHECKS]
WIRED = ("with_noise", "rnn_step", "attention_classifier")  # the wire does not know the check
UNCHANGED = {("confusion_matrix", "int64")}  # counts are whole numbers already


def right_answer(name: str) -> Any:
    if name == "trained":
        return calibration.plain().eval()  # untrained, so that every answer is looked at
    return next(s for s in SPECIMENS if s.check == name and not s.fault).make()


def answering(name: str, change: Callable[[Any], Any]) -> Any:
    """The right answer, its output changed."""
    target = right_answer(name)
    if isinstance(target, nn.Module):
        target = copy.deepcopy(target)
        target.register_forward_hook(lambda _module, _args, output: change(output))
        return target
    if isinstance(target, type):

        class Changed(target):  # type: ignore[misc,valid-type]  # a class found at run time
            def forward(self, *args: Any) -> Any:
                return change(super().forward(*args))

        return Changed
    return lambda *args: change(target(*args))


def changed(name: str, change: str) -> Callable[[Any], Any]:
    """The change; a list of names takes only those that need no tensor."""
    found = CHANGES[change]

    def apply(output: Any) -> Any:
        try:
            return found(output)
        except (AttributeError, TypeError):
            return {"names": output}

    return apply if name == "with_noise" else found


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_odd_outputs(name: str, change: str) -> None:
    check = hidden.get("surnames", name)
    for reach in (DirectSubject, WireSubject) if name in WIRED else (DirectSubject,):
        verdict = check.run(reach(check.subject, answering(name, changed(name, change))))
        judged(verdict)
        if change not in HARMLESS and (name, change) not in UNCHANGED:
            assert not verdict.right, (name, change)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "output", [[], ["x"], [1] * 600, [None] * 600, ["x" * 10_000] * 600, ["\0"] * 600, [""] * 600]
)
def test_odd_lists(name: str, output: list[Any]) -> None:
    check = hidden.get("surnames", name)
    verdict = check.run(DirectSubject(check.subject, answering(name, lambda _: output)))
    judged(verdict)
    assert not verdict.right


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", [None, 3, "x", print, torch.zeros(2), nn.Linear, object()])
def test_odd_targets(name: str, target: Any) -> None:
    check = hidden.get("surnames", name)
    for reach in (DirectSubject, WireSubject):
        verdict = check.run(reach(check.subject, target))
        judged(verdict)
        assert not verdict.right


def test_the_placeholder_is_unanswered() -> None:
    def placeholder(*_: Any, **__: Any) -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    for check in CHECKS:
        for reach in (DirectSubject, WireSubject):
            verdict = check.run(reach(check.subject, placeholder))
            assert verdict.fault == "unanswered"
            assert verdict.points == 0
            assert check.subject in verdict.sentence


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("name", NAMES)
def test_forged_answers(name: str, forgery: str) -> None:
    check = hidden.get("surnames", name)
    judged(check.run(Forger(check.subject, right_answer(name), FORGERIES[forgery])))
