"""Every known wrong answer is caught by name, and every known right one passes."""

from collections import Counter

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.registry import Specimen, hidden

SPECIMENS = audit.load("reviews")
CHECKS = {
    "f1_macro": 3, "keep_probability": 2, "negative_distribution": 2, "skip_gram_loss": 4,
    "nearest": 3, "collate": 3, "head_weights": 4, "heads_classifier": 5, "trained": 4,
    "predictions": 4,
}  # fmt: skip

torch.set_num_threads(1)


def test_the_checks_are_those_of_the_lecture_in_its_order() -> None:
    checks = hidden.of("reviews")
    assert {check.name: check.points for check in checks} == CHECKS
    assert [check.name for check in checks] == list(CHECKS)
    assert {check.name: check.subject for check in checks if check.subject != check.name} == {
        "heads_classifier": "HeadsClassifier",
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
        assert len(row.sentence) > 20


def test_every_check_has_both_kinds() -> None:
    wrong = Counter(specimen.check for specimen in SPECIMENS if specimen.fault)
    right = Counter(specimen.check for specimen in SPECIMENS if not specimen.fault)
    for check in CHECKS:
        assert wrong[check] >= 5, check
        assert right[check] >= 2, check


def test_names_are_not_used_twice() -> None:
    names = Counter((specimen.check, specimen.name) for specimen in SPECIMENS)
    assert [name for name, count in names.items() if count > 1] == []
