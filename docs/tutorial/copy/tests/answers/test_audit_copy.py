"""Every known wrong answer to `copy` is caught by name, and every known right one passes."""

import pytest

from course_lib.answers import audit
from course_lib.answers.registry import Specimen

SPECIMENS = audit.load("copy")


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: specimen.name)
def test_specimen(specimen: Specimen) -> None:
    row = audit.examine(specimen)
    assert row.caught, row
