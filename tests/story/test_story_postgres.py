"""The gradebook on a PostgreSQL server, which the test starts from the system's package."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from course_lib.grading import cluster, grade, gradebook
from course_lib.grading import release as releasing
from course_lib.grading.course import Course, find
from course_lib.grading.grade import Workers
from tests import short_class
from tests.judged_class import Bench, state
from tests.short_class import STEM, blank, hand_in, right
from tests.story.conftest import run

pytestmark = pytest.mark.xdist_group("class")
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an empty database on a server of its own, by unix socket only."""
    if not BINARIES:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # A socket's address is short, and the server refuses to run as root.
    place = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        shutil.chown(place, user)

    def tool(name: str, *args: str) -> None:
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        command = [str(BINARIES[-1] / name), *args]
        subprocess.run(
            [*become, *command] if os.getuid() == 0 else command,
            check=True, cwd=place, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    data = str(place / "data")
    options = f"-c listen_addresses='' -c unix_socket_directories={place} -c fsync=off"
    tool("initdb", "-D", data, "-U", "teacher", "-A", "trust", "-E", "UTF8", "--no-sync")
    try:
        tool("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(place / "log"), "start")
        tool("createdb", "-h", str(place), "-U", "teacher", "class")
        yield f"postgresql://teacher@/class?host={place}"
    finally:
        tool("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(place)


@pytest.fixture(scope="module")
def released(server: str, tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = short_class.released_course(tmp_path_factory.mktemp("class") / "course")
    hand_in(course, {"ada": right, "bob": blank})
    return course


def grade_here(course: Course, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    @contextmanager
    def crew(*_args: Any, **_options: Any) -> Iterator[Bench]:
        yield Bench()

    monkeypatch.setattr(cluster, "crew", crew)
    outcomes = grade.grade(course, STEM, workers=Workers(), sandboxed=False)
    return {outcome.student: outcome.event for outcome in outcomes}


def test_both_kinds_of_gradebook_say_the_same(
    server: str, released: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(grade_here(released, monkeypatch).values()) == {"graded"}
    here = state(released)
    there = find(released.root)
    there.config.CourseDirectory.db_url = server
    releasing.release(there, STEM)
    assert set(grade_here(there, monkeypatch).values()) == {"graded"}
    assert state(there) == here
    assert set(grade_here(there, monkeypatch).values()) == {"skipped"}
    with gradebook.opened(there) as book:
        assert book.engine.dialect.name == "postgresql"


def test_commands_take_the_address(
    server: str, released: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = find(released.root)
    there.config.CourseDirectory.db_url = server
    releasing.release(there, STEM)
    told = run(released.root, "report", "--json", "--db", server)
    assert told.code == 0, told.err
    shown = {row["student"]: row["auto"] for row in json.loads(told.out)[STEM]}
    assert shown == {"ada": short_class.FULL, "bob": 0.0}
    (released.root / "gradebook.db").unlink()
    monkeypatch.setenv("COURSE_DB", server)
    assert run(released.root, "export").code == 0
    assert "ada" in (released.root / "reports" / "grades.csv").read_text()
    assert not (released.root / "gradebook.db").exists()


def test_a_server_that_is_not_there_is_one_sentence(released: Course) -> None:
    told = run(released.root, "grade", "--db", "postgresql://teacher@/class?host=/nowhere")
    assert told.code == 1
    assert "The gradebook cannot be used" in told.err
    assert "Traceback" not in told.err
