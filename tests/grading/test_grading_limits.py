"""Each limit has its own sentence, and costs no more than it must."""

from typing import Any

import pytest

from course_lib.grading.errors import CourseError
from course_lib.grading.limits import LimitsConfig
from tests.grading.small_notebooks import LIMITS, RIGHT, Judge

SMALL = {
    "GradedExecute": {
        **LIMITS["GradedExecute"],
        "memory_mb": 400,
        "processes": 48,
        "file_mb": 8,
        "disk_mb": 24,
        "files": 300,
        "output_mb": 1,
    }
}

SURVIVED = {
    "one allocation": ("import torch; torch.ones(10**10)", "use 400 MB of memory"),
    "bytes": ("bytearray(10**10)", "use 400 MB of memory"),
    "growth": (
        "def f():\n    x = []\n    while True: x.append(bytearray(10**6))\nf()",
        "use 400 MB of memory",
    ),
    "threads": (
        "import threading, time\n"
        "while True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
        "run 48 processes and threads",
    ),
    "one file": ("open('x', 'wb').write(bytes(10**8))", "One file may hold 8 MB"),
    "sparse file": ("open('x', 'wb').truncate(10**12)", "One file may hold 8 MB"),
    "many files": (
        "for n in range(99):\n    for place in ('.', '/tmp', '/dev/shm'):\n"
        "        open(f'{place}/{n}', 'wb').write(bytes(10**6))",
        "may hold 24 MB together",
    ),
    "empty files": ("for n in range(999): open(f'/tmp/{n}', 'w')", "be 300 in number"),
    "print": ("while True: print('x' * 1000)", "print and show 1 MB"),
    "one large print": ("print('x' * 4 * 10**7)", "print and show 1 MB"),
    "display": (
        "from IPython.display import display\nwhile True: display('x' * 10**5)",
        "print and show 1 MB",
    ),
    "past Python": ("import os\nwhile True: os.write(1, b'x' * 10**4)", "print and show 1 MB"),
    "endless loop": ("while True: pass", "stopped after 6 seconds"),
}

KILLED = {
    "growth in children": (
        "import os, time\nfor _ in range(9):\n    if os.fork() == 0:\n"
        "        x = bytearray(10**8); x[::4096] = bytes([1]) * len(x[::4096]); time.sleep(9)\n"
        "time.sleep(9)",
        "used more than 400 MB of memory",
    ),
}


def sentences(cell: Any) -> str:
    return " ".join(o.get("evalue", "") for o in cell.outputs if o.output_type == "error")


@pytest.mark.parametrize("name", SURVIVED)
def test_a_limit_that_the_kernel_survives_costs_only_its_cell(judge: Judge, name: str) -> None:
    code, sentence = SURVIVED[name]
    verdicts, cells = judge(RIGHT, code, "test double", config=SMALL)
    assert sentence in sentences(cells[1])
    assert verdicts[0].right


@pytest.mark.parametrize("name", KILLED)
def test_a_kernel_that_is_stopped_keeps_the_points_it_has(judge: Judge, name: str) -> None:
    code, sentence = KILLED[name]
    verdicts, cells = judge(RIGHT, "test double", code, "test double", "1", config=SMALL)
    assert [verdict.points for verdict in verdicts] == [2, 0]
    assert sentence in verdicts[1].sentence
    assert sentence in sentences(cells[2])
    assert sentence in sentences(cells[4])


def limited(**limits: int) -> dict[str, Any]:
    return {"GradedExecute": {**SMALL["GradedExecute"], **limits}}


def test_cpu_time_counts_over_all_processes(judge: Judge) -> None:
    burn = "import os\nfor _ in range(2): os.fork()\nwhile True: pass"
    config = limited(cpu_seconds=2, timeout=30)
    verdicts, cells = judge(RIGHT, "test double", burn, "test double", config=config)
    assert [verdict.points for verdict in verdicts] == [2, 0]
    assert "computed for more than 2 seconds" in sentences(cells[2])


def test_a_submission_has_one_time_for_all_its_cells_and_checks(judge: Judge) -> None:
    slow = "def double(x):\n    import time\n    time.sleep(30)"
    config = limited(submission_timeout=4)
    sleep = "import time; time.sleep(1.5)"
    verdicts, _ = judge(sleep, sleep, sleep, sleep, RIGHT, "test double", config=config)
    assert verdicts[0].points == 0
    assert "its 4 seconds were up" in verdicts[0].sentence
    verdicts, _ = judge(
        slow, "test double", slow, "test double", slow, RIGHT, "test double", config=config
    )
    assert [verdict.points for verdict in verdicts] == [0, 0, 0]
    assert "its 4 seconds were up" in verdicts[2].sentence


def test_a_check_says_which_limit_an_answer_ran_into(judge: Judge) -> None:
    greedy = "import torch\ndef double(x):\n    return torch.ones(10**10)"
    verdicts, _ = judge(greedy, "test double", RIGHT, "test double", config=SMALL)
    assert "A submission may use 400 MB of memory" in verdicts[0].sentence
    assert verdicts[1].right


def test_printing_too_much_earlier_does_not_stop_a_later_cell(judge: Judge) -> None:
    verdicts, cells = judge(
        "print('x' * 900_000)", "print('y' * 200_000); z = 1", RIGHT + "\nprint(z)", "test double",
        config=SMALL,
    )  # fmt: skip
    assert sentences(cells[0]) == ""
    assert "print and show 1 MB" in sentences(cells[1])
    assert "KeyboardInterrupt" not in str(cells[1].outputs)
    assert verdicts[0].right


def test_a_lecture_has_limits_of_its_own(judge: Judge) -> None:
    config = limited()
    config["GradedExecute"]["limits"] = {"tiny": {"timeout": 1}, "other": {"timeout": 5}}
    _, cells = judge("while True: pass", config=config)
    assert "stopped after 1 seconds" in sentences(cells[0])


@pytest.mark.parametrize("value", [None, -1, 0, "60", 1.5])
def test_a_limit_that_is_none_is_one_sentence(value: object) -> None:
    limits = LimitsConfig(limits={"vowels": {"cpu_seconds": value}})
    assert limits.limit("addition", "cpu_seconds") == 600
    with pytest.raises(CourseError, match=r"The limit cpu_seconds of vowels is .*: give a whole"):
        limits.limit("vowels", "cpu_seconds")
