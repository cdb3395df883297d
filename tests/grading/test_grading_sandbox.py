"""The sandbox: what it refuses to start with, and kernels that have no other around them."""

import asyncio
import socket
from pathlib import Path
from typing import cast

import pytest

from course_lib.grading import CONFIG, kernel, sandbox, warm
from course_lib.grading.inside.supervisor import LOST
from tests.grading.small_notebooks import LIMITS, RIGHT, Judge, printed


def test_where_namespaces_cannot_be_nested_each_kernel_has_its_own_sandbox(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "can_nest", lambda: False)
    look = (
        "import os, socket; print(os.getuid() != 0, os.listdir('/home'), os.path.exists('/root'))"
    )
    verdicts, cells = judge(RIGHT, "test double", look, "import os; os._exit(1)", files={"a": b"b"})
    assert verdicts[0].right
    assert printed(cells[2]).startswith("True ['student']")
    assert "ended the kernel" in cells[3].outputs[-1].evalue


@pytest.mark.parametrize("place", ["/tmp", "/home/student"])
def test_an_environment_that_kernels_would_not_see_is_refused(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_python", lambda: ("/usr/lib/python", f"{place}/course/.venv"))
    assert f"environment lies in {place}, where every kernel" in sandbox.missing()


def test_a_course_that_kernels_would_see_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "course" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "course" / "below")
    assert sandbox.missing() == ""
    monkeypatch.setattr(sandbox, "_OWN", ("/home/student",))
    monkeypatch.setattr(sandbox, "_python", lambda: (str(tmp_path),))
    assert sandbox.missing() == ""
    (tmp_path / "course" / CONFIG).touch()
    assert f"The course in {tmp_path}/course lies where students' code may" in sandbox.missing()


def test_another_copy_of_the_package_below_the_environment_is_covered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "site-packages" / "course_lib"
    copy.mkdir(parents=True)
    monkeypatch.setattr(sandbox, "_python", lambda: (str(tmp_path),))
    monkeypatch.syspath_prepend(str(copy.parent))
    args = sandbox.wrap(["true"])
    assert ["--tmpfs", str(copy)] in [args[n : n + 2] for n in range(len(args))]


def test_a_cold_kernel_is_held_to_its_disk_and_cannot_reach_its_supervisor(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "can_nest", lambda: False)
    fill = "import os\nfor place in ('.', '/tmp', '/dev/shm'):\n"
    fill += "    try:\n        for n in range(99): open(f'{place}/{n}', 'wb').write(bytes(10**6))\n"
    fill += "    except OSError as error: print(error.errno)"
    reach = "import signal, resource\nup = os.getppid()\n"
    reach += "for way in (lambda: os.kill(up, 19), lambda: os.kill(-1, 19),\n"
    reach += "            lambda: os.killpg(os.getpgid(up), 19),\n"
    reach += "            lambda: resource.prlimit(up, resource.RLIMIT_CPU, (1, 1)),\n"
    reach += "            lambda: signal.pidfd_send_signal(os.pidfd_open(up), 19)):\n"
    reach += "    try: print(way())\n    except OSError as error: print(error.errno)"
    own = "os.kill(os.getpid(), 0); print('own')"
    config = {"GradedExecute": {**LIMITS["GradedExecute"], "disk_mb": 24}}
    _, cells = judge(fill, reach, own, config=config)
    assert printed(cells[0]).split() == ["28"] * 3
    assert printed(cells[1]).split() == ["1"] * 5
    assert printed(cells[2]) == "own\n"


def test_a_supervisor_that_does_not_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, its = socket.socketpair()
    mine.setblocking(False)

    class Ending:
        """Stands in for the warm parent."""

        stop = staticmethod(its.close)

    monkeypatch.setattr(kernel, "_SHUTDOWN", 0.1)
    provisioner = kernel.SandboxProvisioner()
    provisioner._warm, provisioner._connection = cast("warm.WarmParent", Ending()), mine
    asyncio.run(provisioner.kill())
    assert provisioner.ended is not None
    assert provisioner.ended.limit == LOST
    mine.close()
