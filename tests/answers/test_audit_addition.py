"""Every known wrong answer is caught by name, and every known right one passes."""

from collections import Counter
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor

from course_lib.answers import audit
from course_lib.answers.hidden import (
    addition_adder,
    addition_maps,
    addition_mask,
    addition_networks,
    addition_trained,
)
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab.check import Fault, blame
from course_lib.lab.subject import DirectSubject
from tests.answers.named_faults import named_faults

SPECIMENS = audit.load("addition")
CHECKS = [
    "addends", "attention_weights", "weighted_sum", "adder", "squared_error", "overlap", "mass",
    "variant", "before", "finder", "finder_trained", "moved",
]  # fmt: skip
POINTS = [2, 2, 2, 4, 1, 3, 2, 4, 2, 4, 4, 2]

torch.set_num_threads(1)


def test_the_checks_are_those_of_the_lecture_in_its_order() -> None:
    checks = hidden.of("addition")
    assert [check.name for check in checks] == CHECKS
    assert [check.points for check in checks] == POINTS
    assert {check.name: check.subject for check in checks if check.subject != check.name} == {
        "adder": "Adder",
        "variant": "Variant",
        "finder": "Finder",
        "finder_trained": "finder",
    }


@pytest.mark.parametrize(
    "specimen", SPECIMENS, ids=[f"{specimen.check}-{specimen.name}" for specimen in SPECIMENS]
)
def test_specimen(specimen: Specimen) -> None:
    row = audit.examine(specimen)
    assert row.got == row.expected, row.sentence
    assert row.caught, row
    if row.kind == "misconception":
        assert row.sentence.endswith((".", ":", ")")) or "?" in row.sentence
        assert len(row.sentence) > 20


def test_every_check_has_both_kinds() -> None:
    wrong = Counter(specimen.check for specimen in SPECIMENS if specimen.fault)
    right = Counter(specimen.check for specimen in SPECIMENS if not specimen.fault)
    for check in CHECKS:
        assert wrong[check] >= 5, check
        assert right[check] >= 3, check


def test_names_are_not_used_twice() -> None:
    names = Counter((specimen.check, specimen.name) for specimen in SPECIMENS)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_fault_that_a_check_names_has_a_specimen() -> None:
    """A sentence that no wrong answer leads to has never been read."""
    named = named_faults("addition")
    assert len(named) > 80
    shown = {specimen.fault for specimen in SPECIMENS}
    assert sorted(named - shown) == []


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "finder_trained"])
def test_every_fault_that_a_check_compares_with_has_a_specimen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: set[str] = set()

    def spy(got: Tensor, expected: Tensor, faults: Iterable[Fault]) -> None:
        known = list(faults)
        compared.update(fault.name for fault in known)
        blame(got, expected, known)

    modules = (addition_adder, addition_maps, addition_mask, addition_networks, addition_trained)
    for module in modules:
        if hasattr(module, "blame"):
            monkeypatch.setattr(module, "blame", spy)
    check = hidden.get("addition", name)
    right = next(s for s in SPECIMENS if s.check == name and not s.fault)
    assert check.run(DirectSubject(check.subject, right.make())).right
    assert compared
    # `Variant` is compared with what a wrong `Adder` computes too: it is the same code.
    shown = {"variant": ("variant", "adder")}.get(name, (name,))
    assert sorted(compared - {s.fault for s in SPECIMENS if s.check in shown}) == []
