"""Whatever a submission does: honest points only, nothing outside touched, the next one judged
as if it had never been.
"""

import nbformat
import pytest

from course_lib.grading import jobs, submission
from tests.hostile.attack import Attack
from tests.hostile.attacks import ATTACKS
from tests.hostile.harness import (
    MEMORY,
    NOTEBOOK,
    Ground,
    forbidden,
    plain_job,
    run_attack,
    survivors,
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_hostile(attack: Attack, ground: Ground, plain: jobs.Result) -> None:
    before = ground.picture()
    judged = run_attack(attack, ground)

    honest, *attacked, later = judged.verdicts
    assert honest.right, honest
    assert (later.check, later.fault) in [("later", fault) for fault in attack.later], later
    assert later.points == (0.0 if later.fault else later.max_points)
    expected = max(1, sum(cell.startswith("test ") for cell in attack.cells))
    assert len(attacked) == expected, "a verdict was forged or lost"
    for verdict in attacked:
        assert verdict.points == 0.0, verdict
        assert verdict.fault in attack.faults, verdict

    for text in (*forbidden(ground), *attack.never):
        assert text not in judged.outputs
    for text in attack.shows:
        assert text in judged.outputs, judged.outputs[-3000:]
    assert ground.picture() == before
    assert ground.knocks == []
    assert ground.bystander.poll() is None

    assert judged.rooms == []
    assert survivors(judged.namespace) == []
    assert judged.grown < MEMORY
    assert judged.seconds < attack.seconds
    assert len(judged.notebook.encode()) < NOTEBOOK
    nbformat.validate(nbformat.reads(judged.notebook, as_version=4))

    again = submission.run(plain_job())
    assert all(verdict.right for verdict in again.verdicts)
    assert again.notebook == plain.notebook


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(set(names)) == len(names) >= 45
