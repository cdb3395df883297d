"""Where hidden checks, misconceptions and equivalents are registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_lib.lab.check import Registry

hidden = Registry()


@dataclass(frozen=True)
class Specimen:
    """A stand-in for a student's answer, with the verdict it must get.

    Attributes:
        lecture: The lecture's stem.
        check: The name of the hidden check it is shown to.
        name: The function's name: the misconception, or the form of a right answer.
        make: Returns the answer: a function, a class or a trained model.
        fault: The fault the verdict must name; empty if the answer is right.
    """

    lecture: str
    check: str
    name: str
    make: Callable[[], Any]
    fault: str


specimens: list[Specimen] = []


def misconception(
    lecture: str, check: str, *, fault: str | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a wrong answer; the verdict must name `fault`, by default the answer's own name.

    The decorated object *is* the answer: a function, or a class that derives from `nn.Module`.
    """

    def register(answer: Any) -> Any:
        name = answer.__name__
        specimens.append(Specimen(lecture, check, name, lambda: answer, fault or name))
        return answer

    return register


def equivalent(lecture: str, check: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a right answer in another form."""

    def register(answer: Any) -> Any:
        specimens.append(Specimen(lecture, check, answer.__name__, lambda: answer, ""))
        return answer

    return register


def trained(
    lecture: str, check: str, *, fault: str = ""
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a function that trains and returns a model, right if `fault` is empty."""

    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        specimens.append(Specimen(lecture, check, make.__name__, make, fault))
        return make

    return register
