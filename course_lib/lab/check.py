"""Checks and verdicts: what is asked of an exercise, and the one sentence a student reads.

A check is a function of a `Subject` that returns when the answer is right and raises `Wrong` with
the name of the fault and a sentence when it is not::

    @check("vowels", "context_vector", points=2)
    def context_vector(subject: Subject) -> None:
        weights, states = ...
        context = tensor(subject.ask(Ask(args=(weights, states))).output, shape=(B, H))
        compare(context, oracle(weights, states), faults=[Fault("mean_over_time", "...", ...)])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.lab.subject import Foreign, Subject, SubjectError
from course_lib.lab.verdict import Verdict


class Wrong(Exception):
    """The answer is wrong.

    Args:
        fault: The misconception's name, in snake_case, such as ``softmax_over_batch``.
        sentence: What is wrong and where to look, in one sentence for the student.
        points: What the answer is still worth.
    """

    def __init__(self, fault: str, sentence: str, points: float = 0.0) -> None:
        super().__init__(sentence)
        self.fault = fault
        self.sentence = sentence
        self.points = points


@dataclass(frozen=True)
class Check:
    """A named check of one exercise of one lecture.

    Attributes:
        lecture: The lecture's stem.
        name: The check's name; the graded cell's id is ``test_<name>``.
        points: Points there are.
        subject: The name in the notebook that is checked.
        body: The check itself.
    """

    lecture: str
    name: str
    points: float
    subject: str
    body: Callable[[Subject], None]

    def run(self, subject: Subject) -> Verdict:
        """Judge a subject; never raises. The check's own error is a verdict without points."""
        try:
            self.body(subject)
        except Wrong as wrong:
            return Verdict(self.name, wrong.points, self.points, wrong.sentence, wrong.fault)
        except SubjectError as error:
            return Verdict(self.name, 0.0, self.points, str(error), error.kind)
        except Exception as error:
            return Verdict(
                self.name,
                None,
                self.points,
                "This check failed by itself. That is our error, not yours, and costs you nothing: "
                "your instructor will grade this by hand.",
                "our_error",
                f"{type(error).__name__}: {error}",
            )
        return Verdict(self.name, self.points, self.points)


class Registry:
    """The checks of one kind, visible or hidden, by lecture and name."""

    def __init__(self) -> None:
        self._checks: dict[tuple[str, str], Check] = {}

    def check(
        self, lecture: str, name: str, *, points: float, subject: str | None = None
    ) -> Callable[[Callable[[Subject], None]], Callable[[Subject], None]]:
        """Register the decorated function; `subject` is the checked name, if it is not `name`."""

        def register(body: Callable[[Subject], None]) -> Callable[[Subject], None]:
            if (lecture, name) in self._checks:
                raise ValueError(f"the lecture {lecture} has two checks named {name}")
            self._checks[lecture, name] = Check(lecture, name, points, subject or name, body)
            return body

        return register

    def get(self, lecture: str, name: str) -> Check:
        """The check of that name.

        Raises:
            KeyError: If there is none; the message lists the names there are.
        """
        try:
            return self._checks[lecture, name]
        except KeyError:
            names = ", ".join(check.name for check in self.of(lecture)) or "none"
            raise KeyError(
                f"no check {name!r} in lecture {lecture!r}; there are: {names}"
            ) from None

    def of(self, lecture: str) -> list[Check]:
        """All checks of a lecture, in the order of definition."""
        return [check for check in self._checks.values() if check.lecture == lecture]


@dataclass(frozen=True)
class Fault:
    """A known wrong answer to compare with.

    Attributes:
        name: The misconception's name.
        sentence: What a student who made it reads.
        output: What that misconception computes on the check's input.
    """

    name: str
    sentence: str
    output: Tensor


def tensor(
    value: object,
    shape: tuple[int, ...],
    dtype: torch.dtype | None = None,
    letters: str = "",
) -> Tensor:
    """The value, if it is a finite tensor of the right shape and dtype.

    Args:
        value: What the student's work returned.
        shape: The expected shape.
        dtype: The expected dtype; None leaves it free.
        letters: The shape in letters for the sentence, such as ``(B, T)``.

    Raises:
        Wrong: With fault ``wrong_type``, ``wrong_shape``, ``wrong_dtype`` or ``not_finite``.
    """
    if not isinstance(value, Tensor):
        got = value.type_name if isinstance(value, Foreign) else type(value).__name__
        raise Wrong("wrong_type", f"Expected a tensor, got {got}: is there a `return`?")
    if tuple(value.shape) != shape:
        named = f"{letters} = {shape}" if letters else f"{shape}"
        raise Wrong("wrong_shape", f"Expected shape {named}, got {tuple(value.shape)}.")
    if dtype is not None and value.dtype is not dtype:
        raise Wrong("wrong_dtype", f"Expected a tensor of {dtype}, got one of {value.dtype}.")
    if value.is_floating_point() and not bool(torch.isfinite(value).all()):
        raise Wrong("not_finite", "The result holds nan or infinite numbers.")
    return value


def close(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors agree up to rounding in the coarser of their dtypes."""
    if a.shape != b.shape:
        return False
    if not a.is_floating_point() and not b.is_floating_point():
        return bool((a == b).all())
    tolerance = 1e-8 if a.dtype == b.dtype == torch.float64 else 1e-4
    return torch.allclose(
        a.to(torch.float64), b.to(torch.float64), rtol=tolerance, atol=tolerance, equal_nan=True
    )


def blame(got: Tensor, expected: Tensor, faults: Iterable[Fault]) -> None:
    """Raise `Wrong` if `got` is a known wrong answer; return if it is right, or wrong otherwise.

    Args:
        got: The student's result.
        expected: The oracle's.
        faults: Known wrong answers; the first that agrees with `got` names the fault.

    Raises:
        Wrong: With the fault's name and sentence; with ``precision_lost`` if a float64 result
            agrees with the expected one to few digits only.
        ValueError: If a fault's output equals the expected one: the input cannot tell them apart.
    """
    known = list(faults)
    for fault in known:
        if close(fault.output, expected):
            raise ValueError(f"the input does not separate {fault.name} from the right answer")
    if close(got, expected):
        return
    for fault in known:
        if close(got, fault.output):
            raise Wrong(fault.name, fault.sentence)
    if got.dtype is torch.float64 and close(got.to(torch.float32), expected):
        raise Wrong(
            "precision_lost",
            "The result is right to a few digits only, where float64 keeps 15: do not convert the "
            "numbers to float32 on the way, and add no epsilon.",
        )


def compare(got: Tensor, expected: Tensor, faults: Iterable[Fault], otherwise: Fault | str) -> None:
    """Return if `got` is `expected`, else raise `Wrong` with the fault that explains it.

    Args:
        got: The student's result.
        expected: The oracle's.
        faults: Known wrong answers, the first that agrees with `got` names the fault.
        otherwise: The sentence if none does.

    Raises:
        Wrong: As `blame` does; else with ``wrong_value``.
        ValueError: If a fault's output equals the expected one: the input cannot tell them apart.
    """
    blame(got, expected, faults)
    if close(got, expected):
        return
    if isinstance(otherwise, Fault):
        raise Wrong(otherwise.name, otherwise.sentence)
    difference = (got.to(torch.float64) - expected.to(torch.float64)).abs().max().item()
    size = f" The largest difference is {difference:.2g}." if math.isfinite(difference) else ""
    raise Wrong("wrong_value", otherwise + size)


def unchanged(before: tuple[object, ...], after: tuple[object, ...]) -> None:
    """Raise `Wrong` ("input_changed") if a call changed one of its tensors or lists in place."""
    for number, (old, new) in enumerate(zip(before, after, strict=False), start=1):
        if not _same(old, new):
            raise Wrong(
                "input_changed",
                f"The function changes its argument {number} in place; make a new one instead.",
            )


def _same(old: object, new: object) -> bool:
    if isinstance(old, Tensor):
        return isinstance(new, Tensor) and old.dtype is new.dtype and torch.equal(old, new)
    if isinstance(old, list):
        return (
            isinstance(new, list)
            and len(old) == len(new)
            and all(_same(a, b) for a, b in zip(old, new, strict=True))
        )
    return True
