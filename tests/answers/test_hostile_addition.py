"""Whatever a student's work answers, the verdict is about the work: never the check's own error."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from course_lib.answers import audit
from course_lib.answers.calibration import addition as calibration
from course_lib.answers.registry import hidden
from course_lib.answers.wired import WireSubject
from course_lib.lab.subject import DirectSubject
from tests.answers.test_hostile_vowels import CHANGES, FORGERIES, HARMLESS, Forger, judged

torch.set_num_threads(1)

SPECIMENS = audit.load("addition")
CHECKS = hidden.of("addition")
NAMES = [check.name for check in CHECKS]
UNCHANGED = {("addends", "bool")} | {
    (name, "transposed") for name in ("squared_error", "overlap", "mass")
}


def right_answer(name: str) -> Any:
    if name == "finder_trained":
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


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_odd_outputs(name: str, change: str) -> None:
    check = hidden.get("addition", name)
    # What the wire makes of an output does not depend on the check: one of each kind will do.
    both = (DirectSubject, WireSubject)
    for reach in both if name in ("overlap", "finder") else both[:1]:
        verdict = check.run(reach(check.subject, answering(name, CHANGES[change])))
        judged(verdict)
        if change not in HARMLESS and (name, change) not in UNCHANGED:
            assert not verdict.right, (name, change)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", [None, 3, "x", print, torch.zeros(2), nn.Linear, object()])
def test_odd_targets(name: str, target: Any) -> None:
    check = hidden.get("addition", name)
    for reach in (DirectSubject, WireSubject):
        verdict = check.run(reach(check.subject, target))
        judged(verdict)
        assert not verdict.right


def test_the_placeholder_is_unanswered() -> None:
    def placeholder(*_: Any, **__: Any) -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    for check in CHECKS:
        verdict = check.run(DirectSubject(check.subject, placeholder))
        assert (verdict.fault, verdict.points) == ("unanswered", 0)
        assert check.subject in verdict.sentence


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("name", NAMES)
def test_forged_answers(name: str, forgery: str) -> None:
    check = hidden.get("addition", name)
    judged(check.run(Forger(check.subject, right_answer(name), FORGERIES[forgery])))


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_parameters_of_a_trained_finder(forgery: str) -> None:
    """The oracle computes with the parameters that came back: any may have come."""
    check = hidden.get("addition", "finder_trained")
    right = next(s for s in SPECIMENS if s.name == "trained_by_the_recipe").make()
    verdict = check.run(Forger(check.subject, right, FORGERIES[forgery]))
    judged(verdict)
    if "_parameters_" in forgery or forgery == "no_parameters":
        assert verdict.fault == "not_a_finder"
        assert verdict.points == check.points / 2
