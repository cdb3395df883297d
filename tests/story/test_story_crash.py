"""`kill -9` of the command or a worker, at any moment: the next run ends as if nothing was."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from course_lib.grading import places, sandbox
from course_lib.grading.course import Course, find
from tests import short_class
from tests.judged_class import state
from tests.short_class import blank, hand_in, loud, raising, right, unmasked
from tests.story import clusters
from tests.story.conftest import COURSE, run

pytestmark = pytest.mark.xdist_group("crash")
FATES = (right, unmasked, blank, loud, raising)
STUDENTS = 25
FEW = 10  # where one run is stopped once
KILLS = 20
SEED = 3


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A released course with a class that nobody has graded."""
    if reason := sandbox.missing():
        pytest.skip(reason)
    course = short_class.released_course(tmp_path_factory.mktemp("crash") / "course")
    hand_in(course, {f"s{i:02d}": FATES[i % len(FATES)] for i in range(STUDENTS)})
    return course


@pytest.fixture
def few(submitted: Course, tmp_path: Path) -> Course:
    """The same with fewer students."""
    course = copied(submitted, tmp_path / "course")
    for number in range(FEW, STUDENTS):
        shutil.rmtree(course.root / "submitted" / f"s{number:02d}")
    return course


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with clusters.cluster(tmp_path_factory.mktemp("cluster")) as address:
        yield address


def copied(course: Course, root: Path) -> Course:
    shutil.copytree(course.root, root)
    return find(root)


def start(course: Course, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COURSE, "grade", "--json", *args],
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def read_events(process: subprocess.Popen[str], number: int) -> None:
    """Wait for a number of graded submissions, or the end."""
    assert process.stdout is not None
    for line in process.stdout:
        number -= '"graded", "student"' in line
        if number <= 0:
            return


def test_any_kill_is_made_good_by_the_same_command(
    submitted: Course, address: str, tmp_path: Path
) -> None:
    undisturbed = copied(submitted, tmp_path / "undisturbed")
    assert run(undisturbed.root, "grade").code == 0
    wanted = state(undisturbed)

    course = copied(submitted, tmp_path / "disturbed")
    chance = random.Random(SEED)
    killed = 0
    while killed < KILLS:
        process = start(course, "--scheduler", address)
        # Some die on the way to their first submission, most about when one is saved.
        events = chance.choice([0, 1, 1, 1, 2])
        if events:
            read_events(process, events)
        else:
            time.sleep(chance.uniform(0.0, 4.0))
        if chance.random() < 0.25:
            workers = [w for w in psutil.process_iter() if is_worker_of(w, address)]
            if workers:
                chance.choice(workers).kill()
                killed += 1
        time.sleep(chance.uniform(0.0, 0.15))
        finished = process.poll() is not None
        process.kill()
        process.wait()
        if finished:
            # The class is done: the rest of the kills fall on a class that is graded once more.
            shutil.rmtree(course.root / "autograded")
        else:
            killed += 1
    told = run(course.root, "grade", "--json", "--scheduler", address)
    assert told.code == 0, told.out + told.err
    assert state(course) == wanted


def is_worker_of(process: psutil.Process, address: str) -> bool:
    """Whether a process is what a `dask worker` of ours has started to do the work."""
    try:
        parent = process.parent()
        line = " ".join(parent.cmdline()) if parent else ""
        return "dask worker" in line and "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def test_a_killed_command_leaves_no_process_and_no_room(few: Course) -> None:
    process = start(few, "--workers", "2")
    read_events(process, 2)
    family = clusters.below(process.pid)
    assert len(family) >= 5
    process.kill()
    process.wait()
    clusters.within(20, lambda: not any(child.is_running() and alive(child) for child in family))
    told = run(few.root, "grade", "--json", "--workers", "2")
    assert told.code == 0
    assert 0 < told.events[-1]["skipped"] < FEW
    rooms = {path.name.partition("-")[0] for path in places.base().glob("*-*")}
    assert not rooms & {str(child.pid) for child in family}


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_worker_that_is_killed_costs_no_submission(few: Course) -> None:
    process = start(few, "--workers", "2")
    for _ in range(3):
        read_events(process, 1)
        for worker in clusters.dask_workers(process.pid)[:1]:
            worker.kill()
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out
    assert f'"graded": {FEW}, "skipped": 0, "failed": 0' in out


def test_ctrl_c_ends_with_one_sentence(few: Course) -> None:
    # Whoever runs these tests in the background has a shell that makes them ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [COURSE, "grade", "--json", "--workers", "2"],
        cwd=few.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    read_events(process, 2)
    family = clusters.below(process.pid)
    # As a terminal does: to the whole group.
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command does the rest" in err
    assert "Traceback" not in err
    clusters.within(20, lambda: not any(alive(child) for child in family))
    assert run(few.root, "grade", "--json").events[-1]["skipped"] >= 2
