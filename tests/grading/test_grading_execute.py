"""Running a submission's cells and judging its graded cells from outside."""

import asyncio

import pytest
from jupyter_core.utils import run_sync

from course_lib.grading.execute import GradedExecute
from tests.grading.small_notebooks import RIGHT, Judge


def test_a_right_answer_gets_all_points_whatever_it_prints(judge: Judge) -> None:
    noisy = (
        "import sys, warnings\nfrom tqdm import tqdm\n"
        "def double(x):\n    warnings.warn('careful')\n    print('err', file=sys.stderr)\n"
        "    return sum(x for _ in tqdm(range(2)))\n"
        "double(__import__('torch').ones(1))"
    )
    [verdict], cells = judge(noisy, "test double")
    assert verdict.right
    [output] = cells[1].outputs
    assert output.data["text/plain"] == "2.0"


def test_streams_are_one_text_each_without_what_was_overwritten(judge: Judge) -> None:
    talk = (
        "import sys\n"
        "from IPython.display import display\n"
        "display(1)\n"
        "for n in range(3): print(n, end='\\r', flush=True)\n"
        "print('done'); print('err', file=sys.stderr, flush=True); display(2); print('more')"
    )
    _, [cell] = judge(talk)
    found = [(output.output_type, output.get("text")) for output in cell.outputs]
    assert found == [
        ("display_data", None), ("stream", "done\nmore\n"), ("stream", "err\n"),
        ("display_data", None),
    ]  # fmt: skip


def test_a_wrong_answer_is_named_and_the_next_one_judged_afresh(judge: Judge) -> None:
    verdicts, _ = judge("def double(x):\n    return x**2", "test double", RIGHT, "test double")
    assert [(v.points, v.fault) for v in verdicts] == [(0.0, "squared"), (2, "")]


def test_what_student_code_raises_or_lacks_is_said(judge: Judge) -> None:
    verdicts, _ = judge(
        "test double",
        "def double(x):\n    y = 1\n    raise ValueError('bad [shape]')",
        "test double",
        'def double(x):\n    raise NotImplementedError("not written yet: replace this line")',
        "test double",
        "def double(x):\n    raise SystemExit",
        "test double",
    )
    assert [v.fault for v in verdicts] == ["unanswered", "raised", "unanswered", "raised"]
    assert "not defined" in verdicts[0].sentence
    assert "ValueError: bad [shape] (line 3 of its cell)" in verdicts[1].sentence


def test_a_check_that_fails_by_itself_is_nobodys_zero(judge: Judge) -> None:
    [verdict], _ = judge(RIGHT, "test ours")
    assert verdict.points is None
    assert verdict.fault == "our_error"
    assert "IndexError: in the check" in verdict.detail
    assert "IndexError" not in verdict.sentence


def test_an_endless_loop_costs_only_its_own_cell(judge: Judge) -> None:
    verdicts, cells = judge("while True: pass", RIGHT, "test double")
    assert verdicts[0].right
    assert "stopped after 6 seconds" in cells[0].outputs[-1].evalue


def test_an_endless_call_costs_only_its_own_check(judge: Judge) -> None:
    endless = "def double(x):\n    while True: pass"
    verdicts, _ = judge(endless, "test double", RIGHT, "test double")
    assert [v.fault for v in verdicts] == ["timeout", ""]


def test_a_kernel_can_be_ended_from_two_sides_at_once(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    hint = GradedExecute._explain

    async def twice(execute: GradedExecute) -> None:
        await asyncio.gather(execute._async_kill(), execute._async_kill())

    def explain(execute: GradedExecute, cell: object) -> None:
        run_sync(twice)(execute)
        hint(execute, cell)  # type: ignore[arg-type]

    monkeypatch.setattr(GradedExecute, "_explain", explain)
    verdicts, _ = judge(RIGHT, "test double")
    assert [v.fault for v in verdicts] == ["died"]


def test_a_kernel_that_ignores_the_interrupt_is_killed(judge: Judge) -> None:
    stubborn = "import time\nwhile True:\n    try: time.sleep(9)\n    except KeyboardInterrupt: 0"
    verdicts, cells = judge(RIGHT, "test double", stubborn, "test double")
    assert [v.fault for v in verdicts] == ["", "died"]
    assert "could not be interrupted" in cells[2].outputs[-1].evalue


def test_a_crash_keeps_the_points_of_what_came_before(judge: Judge) -> None:
    verdicts, cells = judge(RIGHT, "test double", "import os; os._exit(1)", "test double", "1 + 1")
    assert [(v.points, v.fault) for v in verdicts] == [(2, ""), (0.0, "died")]
    assert "was not run" in cells[4].outputs[0].evalue


def test_a_forged_answer_is_unreadable_or_judged_as_data(judge: Judge) -> None:
    forged = (
        "import course_lib.lab.serve as serve, torch, builtins\n"
        "serve.serve = lambda *args: 'full marks'\n"
        "torch.allclose = lambda *args, **kwargs: True"
    )
    verdicts, _ = judge("def double(x):\n    return x", forged, "test double")
    assert [v.points for v in verdicts] == [0.0]
    assert verdicts[0].fault == "unreadable"


def test_outputs_cannot_be_changed_after_the_verdict(judge: Judge) -> None:
    late = (
        "from IPython.display import display, update_display\n"
        "h = display('x', display_id='one')\n"
        "import threading, time\n"
        "def later():\n"
        "    for _ in range(20):\n"
        "        update_display('2.0', display_id='one'); time.sleep(.02)\n"
        "threading.Thread(target=later).start()"
    )
    [verdict], cells = judge("def double(x):\n    return x", late, "test double", "time.sleep(.5)")
    assert verdict.points == 0.0
    assert [o.data["text/plain"] for o in cells[2].outputs] == ["0.0"]


def test_the_kernel_sees_only_what_it_may(judge: Judge) -> None:
    look = (
        "import os, sys, importlib.util\n"
        "print(importlib.util.find_spec('course_lib.answers'), "
        "importlib.util.find_spec('course_lib.grading'), os.environ.get('SECRET'), "
        "os.getcwd(), sorted(os.listdir('.')), '' in sys.path)\n"
        "import socket\n"
        "try: socket.create_connection(('1.1.1.1', 80), 1)\n"
        "except OSError as error: print(type(error).__name__)\n"
        "try: open('/usr/x', 'w')\n"
        "except OSError as error: print(error.strerror)\n"
        "print(len([p for p in os.listdir('/proc') if p.isdigit()]) < 5)"
    )
    files = {"notes.txt": b"mine", "torch.py": b"raise RuntimeError", "a/b.txt": b"deep"}
    _, cells = judge(look, files=files)
    lines = "".join(output.get("text", "") for output in cells[0].outputs).splitlines()
    assert lines == [
        "None None None /home/student/work ['a', 'notes.txt', 'torch.py'] False",
        "OSError",
        "Read-only file system",
        "True",
    ]
