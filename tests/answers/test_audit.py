"""Every known wrong answer is caught by name, and every known right one passes."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor

from course_lib.answers import audit
from course_lib.answers import hidden as room
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab import check as lab
from course_lib.lab.check import Fault, blame
from course_lib.lab.subject import DirectSubject
from tests.answers.lectures import LECTURES, each_check, each_lecture, each_specimen
from tests.answers.named_faults import named_faults

torch.set_num_threads(1)


@pytest.mark.parametrize("stem", each_lecture())
def test_the_checks_are_those_of_the_lecture_in_its_order(stem: str) -> None:
    audit.load(stem)
    checks, lecture = hidden.of(stem), LECTURES[stem]
    assert [(check.name, check.points) for check in checks] == list(lecture.checks.items())
    renamed = {check.name: check.subject for check in checks if check.subject != check.name}
    assert renamed == lecture.subjects


@pytest.mark.parametrize("specimen", each_specimen())
def test_specimen(specimen: Specimen) -> None:
    row = audit.examine(specimen)
    assert row.got == row.expected, row.sentence
    assert row.caught, row
    if row.kind == "misconception":
        assert row.sentence.endswith((".", ":", ")")) or "?" in row.sentence
        assert len(row.sentence) > 20


@pytest.mark.parametrize("stem", each_lecture())
def test_every_check_has_both_kinds(stem: str) -> None:
    specimens, lecture = audit.load(stem), LECTURES[stem]
    wrong = Counter(specimen.check for specimen in specimens if specimen.fault)
    right = Counter(specimen.check for specimen in specimens if not specimen.fault)
    for check in lecture.checks:
        assert wrong[check] >= lecture.wrong, check
        assert right[check] >= lecture.right, check


@pytest.mark.parametrize("stem", each_lecture())
def test_names_are_not_used_twice(stem: str) -> None:
    names = Counter((specimen.check, specimen.name) for specimen in audit.load(stem))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("stem", each_lecture())
def test_every_fault_that_a_check_names_has_a_specimen(stem: str) -> None:
    """A sentence that no wrong answer leads to has never been read."""
    named = named_faults(stem)
    assert len(named) > LECTURES[stem].faults
    shown = {specimen.fault for specimen in audit.load(stem)}
    assert sorted(named - shown) == []


@pytest.mark.parametrize(("stem", "name"), each_check(by_laws=False))
def test_every_fault_that_a_check_compares_with_has_a_specimen(
    stem: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: set[str] = set()

    def spy(got: Tensor, expected: Tensor, faults: Iterable[Fault]) -> None:
        known = list(faults)
        compared.update(fault.name for fault in known)
        blame(got, expected, known)

    specimens = audit.load(stem)
    monkeypatch.setattr(lab, "blame", spy)  # `compare` calls it
    for found in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
        if found.name.startswith(f"{room.__name__}.{stem}"):
            module = importlib.import_module(found.name)
            if hasattr(module, "blame"):
                monkeypatch.setattr(module, "blame", spy)
    check = hidden.get(stem, name)
    right = next(s for s in specimens if s.check == name and not s.fault)
    assert check.run(DirectSubject(check.subject, right.make())).right
    assert compared
    # `Variant` is compared with what a wrong `Adder` computes too: it is the same code.
    shown = ("variant", "adder") if name == "variant" else (name,)
    assert sorted(compared - {s.fault for s in specimens if s.check in shown}) == []


def test_an_answer_judged_differently_behind_the_wire_is_not_caught() -> None:
    calls: list[int] = []

    def answers_in_turn(lengths: Tensor, steps: int) -> Tensor | None:
        calls.append(steps)
        return torch.arange(steps) >= lengths.unsqueeze(1) if len(calls) <= 2 else None

    specimen = Specimen("vowels", "sequence_mask", "x", lambda: answers_in_turn, "mask_inverted")
    row = audit.examine(specimen)
    assert not row.caught
    assert row.got.startswith("direct ")


def test_a_wrong_expectation_is_not_caught() -> None:
    specimen = next(s for s in audit.load("vowels") if s.name == "mask_ignored")
    misnamed = Specimen("vowels", specimen.check, "x", specimen.make, "mask_inverted")
    assert not audit.examine(misnamed).caught
    as_right = Specimen("vowels", specimen.check, "x", specimen.make, "")
    assert not audit.examine(as_right).caught
    right = next(s for s in audit.load("vowels") if s.name == "filled_with_infinity")
    as_wrong = Specimen("vowels", right.check, "x", right.make, "mask_ignored")
    assert not audit.examine(as_wrong).caught


def test_unknown_lecture() -> None:
    with pytest.raises(ModuleNotFoundError):
        audit.audit("birds")
