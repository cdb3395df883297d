"""Every known wrong answer is caught by name, and every known right one passes."""

from collections import Counter
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor

from course_lib.answers import audit
from course_lib.answers.hidden import imdb_attention, imdb_counts, imdb_networks
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab.check import Fault, blame
from course_lib.lab.subject import DirectSubject
from tests.answers.named_faults import named_faults

SPECIMENS = audit.load("imdb")
CHECKS = {
    "attention": 4, "heads": 4, "positions": 2, "layer": 4, "masked_mean": 2, "classifier": 4,
    "accuracy": 1, "trained": 3, "erased": 2,
}  # fmt: skip
BLAMING = [name for name in CHECKS if name not in ("positions", "trained")]

torch.set_num_threads(1)


def test_the_checks_are_those_of_the_lecture_in_its_order() -> None:
    checks = hidden.of("imdb")
    assert {check.name: check.points for check in checks} == CHECKS
    assert [check.name for check in checks] == list(CHECKS)
    assert {check.name: check.subject for check in checks if check.subject != check.name} == {
        "heads": "MultiHeadAttention",
        "layer": "EncoderLayer",
        "classifier": "EncoderClassifier",
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
        assert wrong[check] >= 7, check
        assert right[check] >= 3, check


def test_names_are_not_used_twice() -> None:
    names = Counter((specimen.check, specimen.name) for specimen in SPECIMENS)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_fault_that_a_check_names_has_a_specimen() -> None:
    """A sentence that no wrong answer leads to has never been read."""
    named = named_faults("imdb")
    assert len(named) > 60
    shown = {specimen.fault for specimen in SPECIMENS}
    assert sorted(named - shown) == []


@pytest.mark.parametrize("name", BLAMING)
def test_every_fault_that_a_check_compares_with_has_a_specimen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: set[str] = set()

    def spy(got: Tensor, expected: Tensor, faults: Iterable[Fault]) -> None:
        known = list(faults)
        compared.update(fault.name for fault in known)
        blame(got, expected, known)

    for module in (imdb_attention, imdb_counts, imdb_networks):
        monkeypatch.setattr(module, "blame", spy)
    check = hidden.get("imdb", name)
    right = next(s for s in SPECIMENS if s.check == name and not s.fault)
    assert check.run(DirectSubject(check.subject, right.make())).right
    assert compared
    assert sorted(compared - {s.fault for s in SPECIMENS if s.check == name}) == []
