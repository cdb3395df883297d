"""How jobs are given to workers; here a thread of this process is the only one."""

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import dask
import pytest
from distributed import Client, Worker
from distributed.comm.core import CommClosedError

from course_lib.grading import cluster, fingerprint, sandbox, submission
from course_lib.grading.cluster import Crew
from course_lib.grading.errors import CourseError
from course_lib.grading.jobs import Job
from course_lib.grading.worker import WarmKernels, judge
from tests.story.clusters import within

STARTED: list[str] = []


def note(job: Job, code: str) -> str:
    """Stands in for judging."""
    STARTED.append(job.student)
    return f"{job.student} by {code}"


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    """A crew of one worker, which notes what it was given."""
    monkeypatch.setattr(cluster, "judge", note)
    STARTED.clear()
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with (
        dask.config.set(cluster._CONFIG),
        Client(processes=False, set_as_default=False, **options) as client,
    ):
        yield Crew(lambda: client, lambda _stem: "code")


def jobs(taken: list[str]) -> Iterator[Job]:
    for student in ("ada", "bob", "cleo", "dora"):
        taken.append(student)
        yield Job(student, "vowels", "{}")


def test_the_next_submission_runs_while_a_result_is_written(crew: Crew) -> None:
    taken: list[str] = []
    results = crew.results(jobs(taken))
    student, outcome = next(results)
    assert (student, str(outcome)) == ("ada", "ada by code")
    # Nobody asks for more: the worker goes on all the same, and no further than one ahead.
    within(10, lambda: STARTED == ["ada", "bob"])
    assert taken == ["ada", "bob", "cleo"]
    assert [student for student, _ in results] == ["bob", "cleo", "dora"]
    assert STARTED == ["ada", "bob", "cleo", "dora"]


def test_notebooks_that_are_done_with_are_not_kept(crew: Crew) -> None:
    number, size = 100, 100_000

    def large() -> Iterator[Job]:
        for index in range(number):
            yield Job(f"s{index}", "vowels", f"{index:{size}}")

    tracemalloc.start()
    try:
        assert sum(1 for _ in crew.results(large())) == number
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < number * size / 3


class Forgetful:
    """A client whose scheduler has lost the connection to a worker, for so many calls."""

    def __init__(self, losses: int) -> None:
        self.losses = losses

    def register_plugin(self, plugin: WarmKernels) -> None:
        self.losses -= 1
        if self.losses >= 0:
            raise CommClosedError(f"in {plugin.name}: stream is closed")


def test_a_lost_connection_to_a_worker_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PAUSE_SECONDS", 0)
    plugin = WarmKernels(sandboxed=True, local=False, nursery="")
    client = Forgetful(2)
    cluster._introduce(client, plugin)  # type: ignore[arg-type]
    assert client.losses == -1
    with pytest.raises(CourseError, match=r"A worker cannot be reached .*stream is closed"):
        cluster._introduce(Forgetful(3), plugin)  # type: ignore[arg-type]


def test_a_worker_without_the_lectures_data_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_LIB_CACHE", str(tmp_path))
    with pytest.raises(
        CourseError, match=r"The data of reviews is not on this machine \(.+\): run"
    ):
        judge(Job("ada", "reviews", "{}"), fingerprint.of_code("reviews"))


def test_a_worker_knows_the_code_that_it_loaded_and_not_what_came_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = tmp_path / "checks.py"
    checks.write_text("old")
    monkeypatch.setattr(fingerprint, "_files", lambda: [("answers/hidden/vowels.py", checks)])
    monkeypatch.setattr(submission, "prepare", lambda **_: None)
    fingerprint.digests.cache_clear()
    fingerprint.of_code.cache_clear()
    try:
        WarmKernels(sandboxed=True, local=False, nursery="").setup(cast("Worker", None))
        checks.write_text("new")
        old = fingerprint.of_code("vowels")
        fingerprint.digests.cache_clear()
        fingerprint.of_code.cache_clear()
        assert fingerprint.of_code("vowels") != old
    finally:
        fingerprint.digests.cache_clear()
        fingerprint.of_code.cache_clear()


def test_a_worker_without_bubblewrap_begins_and_says_so_with_the_first_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    submission.prepare(sandboxed=True, nursery="")
    with pytest.raises(CourseError, match="apt-get install bubblewrap"):
        sandbox.require()
