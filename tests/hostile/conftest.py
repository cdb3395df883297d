"""The ground that hostile submissions are let loose on."""

from collections.abc import Iterator

import pytest

from course_lib.grading import execute, jobs, sandbox, submission
from tests.hostile.exercises import CHECKS, LECTURE
from tests.hostile.harness import Ground, plain_job


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Secrets, sockets and a bystander outside the sandbox; the checks inside this process."""
    if reason := sandbox.missing():
        pytest.skip(reason)
    laid = Ground(tmp_path_factory.mktemp("outside"))
    laid.lay()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "hidden", CHECKS)
        patch.setattr(execute, "is_lecture", lambda stem: stem == LECTURE)
        yield laid
    laid.lift()


@pytest.fixture(scope="session")
def plain(ground: Ground) -> jobs.Result:
    """A right submission, judged before any attack."""
    return submission.run(plain_job())
