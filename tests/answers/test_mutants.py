"""Mutants: which are made, how they are judged, what stops them, what is recorded of them."""

import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from course_lib.answers.mutants import cells, limited, records, trial
from course_lib.answers.mutants.generate import mutants
from course_lib.lab.check import Registry, Wrong
from course_lib.lab.subject import Ask, Subject

NOTHING_KNOWN = records.Records({}, {})
QUICK = limited.Limits(cpu=1, wall=60, memory=2**30)
CELL = '# %% nbgrader={{"grade": false, "grade_id": "{}", "solution": true, "locked": false}}\n{}\n'
SETUP = "# %%\nimport torch\nfrom torch import Tensor\n"


def changed(source: str) -> list[tuple[str, str]]:
    return [(one.kind, one.after) for one in mutants(source, {"torch"})]


def lecture(folder: Path, *parts: str) -> Path:
    text = folder / "small.py"
    text.write_text("\n".join(parts), encoding="utf-8")
    return text


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """An empty registry in the place of the lectures' own."""
    registry = Registry()
    monkeypatch.setattr(trial, "hidden", registry)
    return registry


# --- which mutants are made -----------------------------------------------------------------------


def test_a_small_function_has_exactly_these_mutants() -> None:
    assert changed("def f(x):\n    return (x - 2).sum(dim=1, keepdim=True)\n") == [
        ("dropped call", "return x - 2"),
        ("dimension", "return (x - 2).sum(dim=0, keepdim=True)"),
        ("dimension", "return (x - 2).sum(dim=2, keepdim=True)"),
        ("dropped argument", "return (x - 2).sum(keepdim=True)"),
        ("dropped argument", "return (x - 2).sum(dim=1)"),
        ("operator", "return (x + 2).sum(dim=1, keepdim=True)"),
        ("swapped operands", "return (2 - x).sum(dim=1, keepdim=True)"),
        ("dropped operand", "return x.sum(dim=1, keepdim=True)"),
        ("dropped operand", "return 2 .sum(dim=1, keepdim=True)"),
        ("number", "return (x - 3).sum(dim=1, keepdim=True)"),
        ("number", "return (x - 1).sum(dim=1, keepdim=True)"),
        ("number", "return (x - 0).sum(dim=1, keepdim=True)"),
        ("number", "return (x - -2).sum(dim=1, keepdim=True)"),
        ("truth value", "return (x - 2).sum(dim=1, keepdim=False)"),
    ]


@pytest.mark.parametrize(
    ("taught", "mutant"),
    [
        ("y = x / z", ("operator", "y = x * z")),
        ("y = x // z", ("operator", "y = x / z")),
        ("y = x @ z", ("operator", "y = x * z")),
        ("y = x @ z", ("swapped operands", "y = z @ x")),
        ("y = x ** 0.5", ("number", "y = x ** 1.5")),
        ("y = x < z", ("comparison", "y = x <= z")),
        ("y = x is None", ("comparison", "y = x is not None")),
        ("y = x and z", ("and, or", "y = x or z")),
        ("y = not x", ("dropped sign or not", "y = x")),
        ("y = ~x", ("dropped sign or not", "y = x")),
        ("y = -x", ("dropped sign or not", "y = x")),
        ("y = x[-1]", ("number", "y = x[0]")),
        ("y = x[-1]", ("dropped index", "y = x")),
        ("y = x[:n]", ("slice", "y = x[n:]")),
        ("y = x[:, None]", ("swapped elements", "y = x[None, :]")),
        ("y = x.softmax(-1)", ("dimension", "y = x.softmax(0)")),
        ("y = torch.softmax(x, -1)", ("dimension", "y = torch.softmax(x, 0)")),
        ("y = torch.cat([a, b], 1)", ("dimension", "y = torch.cat([a, b], 2)")),
        ("y = torch.cat([a, b], 1)", ("swapped elements", "y = torch.cat([b, a], 1)")),
        ("y = torch.tanh(x)", ("dropped call", "y = x")),
        ("y = x.squeeze(1)", ("dropped argument", "y = x.squeeze()")),
        ("y = f(a, b)", ("swapped arguments", "y = f(b, a)")),
        ("y = x @ W.T", ("dropped transpose", "y = x @ W")),
        ("y = a if c else b", ("condition", "y = b if c else a")),
        ("if c:\n    y = 1", ("condition", "if not c:")),
        ("y += 1", ("operator", "y = 1")),
        ("f(x)", ("dropped statement", "pass")),
        ("y = mode == 'sum'", ("text", "y = mode == 'another'")),
        ("return_value = a, b", ("swapped elements", "return_value = (b, a)")),
    ],
)
def test_mistakes_of_each_kind(taught: str, mutant: tuple[str, str]) -> None:
    assert mutant in changed(taught)


def test_only_the_solution_is_changed_and_no_text_for_readers() -> None:
    source = (
        "def f(x, n=3):\n"
        "    '''Sum up.'''\n"
        "    ### BEGIN SOLUTION\n"
        "    y = x + n\n"
        "    ### END SOLUTION\n"
        "    return y * 2\n"
    )
    found = mutants(source, set())
    assert {one.before for one in found} == {"y = x + n"}
    assert {one.line for one in found} == {4}
    assert all("n=3" in one.source and "Sum up." in one.source for one in found)


def test_no_program_is_made_twice_or_unchanged() -> None:
    found = mutants("y = (x + 0) * torch.cat([x, x], dim=0)", {"torch"})
    sources = [one.source for one in found]
    assert len(set(sources)) == len(sources)
    assert "y = (x + 0) * torch.cat([x, x], dim=0)" not in sources


# --- what a cell needs ----------------------------------------------------------------------------


def test_a_cell_needs_those_that_define_what_it_reads(tmp_path: Path) -> None:
    found = cells.read(
        lecture(
            tmp_path,
            "# %%\nimport torch\nfrom torch import nn\nfrom pathlib import Path",
            "# %%\nnumber = 1",
            "# %%\nnumber = 2\nother = 3",
            "# %%\ndef inner(number):\n    return number",
            CELL.format("f", "def f(x):\n    return torch.tensor(x) + number"),
            "# %%\nprint(f(other))",
        )
    )
    assert [cell.exercise for cell in found] == ["", "", "", "", "f", ""]
    assert cells.needed(found, [4]) == {0, 2}
    assert cells.needed(found, [3]) == set()
    assert cells.needed(found, [5]) == {0, 2, 4}
    assert cells.modules(found) == {"torch", "nn"}


# --- how they are judged --------------------------------------------------------------------------


def double(subject: Subject) -> None:
    x = torch.tensor([1.0, 2.0])
    got = subject.ask(Ask(args=(x,))).output
    if not isinstance(got, Tensor) or not torch.equal(got, 2 * x):
        raise Wrong("not_doubled", "Not twice the number.")


def weak(subject: Subject) -> None:
    if not isinstance(subject.ask(Ask(args=(torch.zeros(2),))).output, Tensor):
        raise Wrong("wrong_type", "No tensor.")


DOUBLE = CELL.format("double", "def double(x):\n    return x * 2")


def test_a_good_check_kills_all_mutants(tmp_path: Path, hidden: Registry) -> None:
    hidden.check("small", "double", points=1)(double)
    found = trial.trials("small", lecture(tmp_path, SETUP, DOUBLE), NOTHING_KNOWN)
    ends = {one.after: (one.end, one.by) for one in found.trials}
    assert found.good
    assert len(ends) == 9
    assert ends["return x / 2"] == ("killed", "not_doubled")
    assert ends["return 2"] == ("killed", "not_doubled")


def test_a_weak_check_lets_mutants_live(tmp_path: Path, hidden: Registry) -> None:
    hidden.check("small", "double", points=1)(weak)
    text = lecture(tmp_path, SETUP, DOUBLE)
    found = trial.trials("small", text, NOTHING_KNOWN)
    alive = [one for one in found.trials if one.end == "survived"]
    assert not found.good
    assert "return x + 2" in [one.after for one in alive]
    # Recorded, they are no longer in the way.
    known = records.Records(dict.fromkeys((one.key for one in alive), "a test"), {})
    again = trial.trials("small", text, known)
    assert again.good
    assert {one.by for one in again.trials if one.equivalent} == {"a test"}


def test_records_that_are_not_true_are_told(tmp_path: Path, hidden: Registry) -> None:
    hidden.check("small", "double", points=1)(double)
    killed = ("double", "return x * 2", "return x / 2")
    gone = ("double", "return x * 2", "return x ** 2")
    known = records.Records({killed: "a test", gone: "a test"}, {"triple": "a test"})
    found = trial.trials("small", lecture(tmp_path, SETUP, DOUBLE), known)
    assert not found.good
    assert found.stale == [
        "triple: not mutated, says the record, but there is no such exercise",
        "double: `return x / 2` is recorded as right, but is killed (not_doubled)",
        "double: there is no mutant `return x ** 2` of the line `return x * 2`",
    ]


def test_a_solution_that_is_wrong_itself_is_an_error(tmp_path: Path, hidden: Registry) -> None:
    hidden.check("small", "double", points=1)(double)
    text = lecture(tmp_path, SETUP, CELL.format("double", "def double(x):\n    return x * 3"))
    with pytest.raises(trial.TaughtWrong, match="solution of double is killed: Not twice"):
        trial.trials("small", text, NOTHING_KNOWN)


def test_an_exercise_may_be_left_out(tmp_path: Path, hidden: Registry) -> None:
    known = records.Records({}, {"double": "a test"})
    found = trial.trials("small", lecture(tmp_path, SETUP, DOUBLE), known)
    assert found.trials == []
    assert found.good


def test_a_check_that_fails_by_itself_is_no_kill(tmp_path: Path, hidden: Registry) -> None:
    def broken(subject: Subject) -> None:
        got = subject.ask(Ask(args=(torch.ones(2),))).output
        assert isinstance(got, Tensor)
        if float(got.sum()) == 1:
            raise ZeroDivisionError
        if float(got.sum()) != 4:
            raise Wrong("other", "Another number.")

    hidden.check("small", "double", points=1)(broken)
    found = trial.trials("small", lecture(tmp_path, SETUP, DOUBLE), NOTHING_KNOWN)
    ends = {one.after: (one.end, one.by) for one in found.trials}
    assert ends["return x / 2"] == ("broke the check", "ZeroDivisionError: ")
    assert not found.good


def test_a_mutant_whose_cell_raises_is_killed(tmp_path: Path, hidden: Registry) -> None:
    hidden.check("small", "number", points=1, subject="number")(lambda subject: None)
    text = lecture(tmp_path, CELL.format("number", "number = 7 // 2"))
    ends = {one.after: one.by for one in trial.trials("small", text, NOTHING_KNOWN).trials}
    assert ends["number = 7 // 0"] == "the cell raises ZeroDivisionError"


def test_a_mutant_finds_the_notebook_as_it_is_at_its_cell(tmp_path: Path, hidden: Registry) -> None:
    """What a later cell gives the same name, and what other mutants did, is not seen."""

    def two(subject: Subject) -> None:
        if subject.ask(Ask()).output != [5, 1]:
            raise Wrong("other", "Another list.")

    hidden.check("small", "add", points=1)(two)
    hidden.check("small", "last", points=1)(lambda subject: None)
    text = lecture(
        tmp_path,
        "# %%\nnumbers = [5]",
        CELL.format("add", "def add():\n    return numbers + [1]"),
        "# %%\nnumbers = None",
        CELL.format("last", "def last():\n    return numbers"),
    )
    found = trial.trials("small", text, NOTHING_KNOWN).trials
    ends = {one.after: (one.end, one.by) for one in found if one.exercise == "add"}
    assert ends == {
        "return numbers - [1]": ("killed", "raised"),
        "return numbers * [1]": ("killed", "raised"),
        "return numbers": ("killed", "other"),
        "return [1]": ("killed", "other"),
        "return numbers + [2]": ("killed", "other"),
        "return numbers + [0]": ("killed", "other"),
        "return numbers + [-1]": ("killed", "other"),
    }


# --- what stops them ------------------------------------------------------------------------------


def test_an_endless_mutant_is_stopped(
    tmp_path: Path, hidden: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(subject: Subject) -> None:
        if subject.ask(Ask(args=(3,))).output != 0:
            raise Wrong("other", "Another number.")

    monkeypatch.setattr(trial, "LIMITS", QUICK)
    hidden.check("small", "wait", points=1)(ends)
    source = "def wait(x):\n    while x:\n        x = 0\n    return x"
    found = trial.trials("small", lecture(tmp_path, CELL.format("wait", source)), NOTHING_KNOWN)
    by = {one.after: (one.end, one.by) for one in found.trials}
    assert by["pass"] == ("killed", "stopped by time")
    assert by["x = 1"] == ("killed", "stopped by time")


def test_memory_and_waiting_are_limited() -> None:
    def eats() -> int:
        return len(bytearray(2**31))

    def sleeps() -> None:
        time.sleep(60)

    few = limited.Limits(cpu=5, wall=1, memory=2**28)
    with pytest.raises(MemoryError):
        list(limited.run([eats], few))
    assert list(limited.run([sleeps], few)) == [(0, limited.Stopped("time"))]


def test_all_results_come_back_from_processes_of_their_own(tmp_path: Path) -> None:
    here = Path.cwd()
    seen: list[int] = []

    def task(number: int) -> tuple[int, int, bool]:
        seen.append(number)
        return number, len(seen), Path.cwd() != here and not list(Path().iterdir())

    tasks = [lambda number=number: task(number) for number in range(5)]
    found = dict(limited.run(tasks, QUICK, workers=2))
    assert found == {number: (number, 1, True) for number in range(5)}
    assert seen == []
    assert Path.cwd() == here


def test_a_task_that_ends_its_process_is_an_error() -> None:
    def leaves() -> None:
        import os

        os._exit(0)

    with pytest.raises(RuntimeError, match="status 0"):
        list(limited.run([leaves], QUICK))


# --- what is recorded of them ---------------------------------------------------------------------


def test_records_are_read(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(
        '[[equivalent]]\nexercise = "double"\nreason = "r"\n'
        'mutants = [["a", "b"], ["a", "c"]]\n'
        '[[not_mutated]]\nexercise = "trained"\nreason = "slow"\n'
    )
    found = records.load("small", tmp_path)
    assert found.equivalent == {("double", "a", "b"): "r", ("double", "a", "c"): "r"}
    assert found.not_mutated == {"trained": "slow"}
    assert records.load("other", tmp_path) == NOTHING_KNOWN


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[[equivalent", "small.toml is no TOML"),
        ('[[equivalent]]\nexercise = "f"\nreason = ""', "an entry has no reason"),
        ('[[not_mutated]]\nreason = "slow"', "an entry has no exercise"),
        ('[[equivalent]]\nexercise = "f"\nreason = "r"\nmutants = ["a"]', "no pair of lines"),
        (
            '[[equivalent]]\nexercise = "f"\nreason = "r"\nmutants = [["a", "b"], ["a", "b"]]',
            "stands twice",
        ),
    ],
)
def test_bad_records_are_told(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "small.toml").write_text(content)
    with pytest.raises(records.BadRecord, match=sentence):
        records.load("small", tmp_path)
