"""Whatever a student's work answers, the verdict is about the work: never the check's own error."""

import copy
import importlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from course_lib.answers import audit
from course_lib.answers.registry import hidden
from course_lib.answers.wired import WireSubject
from course_lib.lab.check import Check, Registry, Wrong
from course_lib.lab.subject import DirectSubject, Subject
from tests.answers.hostile_answers import CHANGES, FORGERIES, HARMLESS, ODD, Forger, judged
from tests.answers.lectures import LECTURES, each_check, each_lecture

torch.set_num_threads(1)

for stem in LECTURES:
    audit.load(stem)

# What the wire makes of an output does not depend on the check: one of each kind will do.
WIRED = {
    "addition": ("overlap", "finder"),
    "vowels": ("time_weights", "masked_classifier", "trained"),
    "surnames": ("with_noise", "rnn_step", "attention_classifier"),
    "reviews": ("collate", "heads_classifier"),
    "imdb": ("attention", "accuracy", "layer"),
}
# Changes that leave the answer as it is: a mask is bool already, one dimension cannot be turned.
UNCHANGED = {
    ("addition", "addends", "bool"), ("addition", "squared_error", "transposed"),
    ("addition", "overlap", "transposed"), ("addition", "mass", "transposed"),
    ("vowels", "sequence_mask", "bool"), ("vowels", "padding_mass", "transposed"),
    ("surnames", "confusion_matrix", "int64"), ("imdb", "erased", "int64"),
    ("imdb", "classifier", "transposed"), ("reviews", "nearest", "int64"),
    *(("reviews", name, "transposed") for name in (
        "keep_probability", "negative_distribution", "skip_gram_loss", "nearest",
    )),
}  # fmt: skip
LISTS: list[Any] = [
    [], ["x"], [1] * 600, [None] * 600, ["x" * 10_000] * 600, ["\0"] * 600, [""] * 600
]  # fmt: skip


def right_answer(stem: str, name: str) -> Any:
    """The work of a right specimen; of a training check an untrained network.

    A network that is not good enough is looked at to the end, and nobody has to train it.
    """
    if name == LECTURES[stem].training:
        populations: Any = importlib.import_module(f"course_lib.answers.calibration.{stem}")
        return populations.plain().eval()
    return next(s for s in audit.load(stem) if s.check == name and not s.fault).make()


def answering(stem: str, name: str, change: Callable[[Any], Any]) -> Any:
    """The right answer, its output changed."""
    target = right_answer(stem, name)
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


def changed(change: str) -> Callable[[Any], Any]:
    """The change; where the right answer is no tensor and cannot be changed so, a foreign one."""

    def apply(output: Any) -> Any:
        try:
            return CHANGES[change](output)
        except (AttributeError, TypeError):
            return {"instead": output}

    return apply


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("stem", "name"), each_check())
def test_odd_outputs(stem: str, name: str, change: str) -> None:
    check = hidden.get(stem, name)
    for reach in (DirectSubject, WireSubject) if name in WIRED[stem] else (DirectSubject,):
        verdict = check.run(reach(check.subject, answering(stem, name, changed(change))))
        judged(verdict)
        if change not in HARMLESS and (stem, name, change) not in UNCHANGED:
            assert not verdict.right


@pytest.mark.parametrize("output", LISTS, ids=range(len(LISTS)))
@pytest.mark.parametrize(("stem", "name"), each_check())
def test_odd_lists(stem: str, name: str, output: list[Any]) -> None:
    check = hidden.get(stem, name)
    verdict = check.run(DirectSubject(check.subject, answering(stem, name, lambda _: output)))
    judged(verdict)
    assert not verdict.right


@pytest.mark.parametrize("target", [None, 3, "x", print, torch.zeros(2), nn.Linear, object()])
@pytest.mark.parametrize(("stem", "name"), each_check())
def test_odd_targets(stem: str, name: str, target: Any) -> None:
    check = hidden.get(stem, name)
    for reach in (DirectSubject, WireSubject):
        verdict = check.run(reach(check.subject, target))
        judged(verdict)
        assert not verdict.right


@pytest.mark.parametrize("stem", each_lecture())
def test_the_placeholder_is_unanswered(stem: str) -> None:
    def placeholder(*_: Any, **__: Any) -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    for check in hidden.of(stem):
        for reach in (DirectSubject, WireSubject):
            verdict = check.run(reach(check.subject, placeholder))
            assert verdict.fault == "unanswered"
            assert verdict.points == 0
            assert check.subject in verdict.sentence


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize(("stem", "name"), each_check())
def test_forged_answers(stem: str, name: str, forgery: str) -> None:
    check = hidden.get(stem, name)
    judged(check.run(Forger(check.subject, right_answer(stem, name), FORGERIES[forgery])))


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_parameters_of_a_trained_finder(forgery: str) -> None:
    """The oracle computes with the parameters that came back: any may have come."""
    check = hidden.get("addition", "finder_trained")
    right = next(s for s in audit.load("addition") if s.name == "trained_by_the_recipe").make()
    verdict = check.run(Forger(check.subject, right, FORGERIES[forgery]))
    judged(verdict)
    if "_parameters_" in forgery or forgery == "no_parameters":
        assert verdict.fault == "not_a_finder"
        assert verdict.points == check.points / 2


def test_buffers_of_any_kind_do_not_disturb() -> None:
    check = hidden.get("vowels", "attention_classifier")
    target = right_answer("vowels", "attention_classifier")

    class WithBuffers(target):  # type: ignore[misc,valid-type]  # a class found at run time
        def __init__(self, **sizes: int) -> None:
            super().__init__(**sizes)
            for index, odd in enumerate(ODD[:-1]):  # torch warns of casting complex numbers
                self.register_buffer(f"odd_{index}", odd)

    for reach in (DirectSubject, WireSubject):
        judged(check.run(reach(check.subject, WithBuffers)))


def test_a_check_that_fails_by_itself_takes_no_points() -> None:
    registry = Registry()

    @registry.check("vowels", "broken", points=3)
    def broken(subject: Subject) -> None:
        raise ZeroDivisionError(subject.name)

    verdict = registry.get("vowels", "broken").run(DirectSubject("broken", print))
    assert verdict.points is None
    assert not verdict.right
    assert verdict.fault == "our_error"
    assert "not yours" in verdict.sentence


def test_partial_points_reach_the_verdict() -> None:
    def body(_: Subject) -> None:
        raise Wrong("half", "Half of it is right.", 1.5)

    verdict = Check("vowels", "half", 3, "half", body).run(DirectSubject("half", print))
    assert (verdict.points, verdict.max_points, verdict.right) == (1.5, 3, False)
