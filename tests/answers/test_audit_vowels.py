"""Every known wrong answer is caught by name, and every known right one passes."""

from collections import Counter
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor

from course_lib.answers import audit
from course_lib.answers.hidden import vowels_classifiers, vowels_first_form, vowels_second_form
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab.check import Fault, blame
from course_lib.lab.subject import DirectSubject
from tests.answers.named_faults import named_faults

SPECIMENS = audit.load("vowels")
CHECKS = [
    "pad_sequences", "time_weights", "context_vector", "attention_classifier", "attention_reader",
    "padding_mass", "sequence_mask", "masked_softmax", "last_states", "bilinear_scores",
    "masked_classifier", "trained",
]  # fmt: skip
POINTS = [2, 3, 2, 4, 2, 2, 1, 3, 2, 2, 4, 4]

torch.set_num_threads(1)


def test_the_checks_are_those_of_the_lecture_in_its_order() -> None:
    checks = hidden.of("vowels")
    assert [check.name for check in checks] == CHECKS
    assert [check.points for check in checks] == POINTS
    assert {check.name: check.subject for check in checks if check.subject != check.name} == {
        "attention_classifier": "AttentionClassifier",
        "attention_reader": "AttentionReader",
        "masked_classifier": "MaskedAttentionClassifier",
        "trained": "model",
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
        assert wrong[check] >= 2, check
        assert right[check] >= 1, check


def test_names_are_not_used_twice() -> None:
    names = Counter((specimen.check, specimen.name) for specimen in SPECIMENS)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_fault_that_a_check_names_has_a_specimen() -> None:
    """A sentence that no wrong answer leads to has never been read."""
    named = named_faults("vowels")
    assert len(named) > 80
    shown = {specimen.fault for specimen in SPECIMENS}
    assert sorted(named - shown) == []


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "trained"])
def test_every_fault_that_a_check_compares_with_has_a_specimen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: set[str] = set()

    def spy(got: Tensor, expected: Tensor, faults: Iterable[Fault]) -> None:
        known = list(faults)
        compared.update(fault.name for fault in known)
        blame(got, expected, known)

    for module in (vowels_first_form, vowels_second_form, vowels_classifiers):
        monkeypatch.setattr(module, "blame", spy)
    check = hidden.get("vowels", name)
    right = next(s for s in SPECIMENS if s.check == name and not s.fault)
    assert check.run(DirectSubject(check.subject, right.make())).right
    assert compared
    assert sorted(compared - {s.fault for s in SPECIMENS if s.check == name}) == []


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
    specimen = next(s for s in SPECIMENS if s.name == "mask_ignored")
    misnamed = Specimen("vowels", specimen.check, "x", specimen.make, "mask_inverted")
    assert not audit.examine(misnamed).caught
    as_right = Specimen("vowels", specimen.check, "x", specimen.make, "")
    assert not audit.examine(as_right).caught
    right = next(s for s in SPECIMENS if s.name == "filled_with_infinity")
    as_wrong = Specimen("vowels", right.check, "x", right.make, "mask_ignored")
    assert not audit.examine(as_wrong).caught


def test_unknown_lecture() -> None:
    with pytest.raises(ModuleNotFoundError):
        audit.audit("birds")
