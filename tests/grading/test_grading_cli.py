"""The command `course`: help, exit statuses, sentences."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COURSE = str(Path(sys.executable).parent / "course")
ROOT = Path(__file__).parents[2]
COMMANDS = (
    "build", "release", "collect", "grade", "feedback", "report", "export",
    "audit", "calibrate", "repeat", "doctor", "data",
)  # fmt: skip


def course(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COURSE, *args], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_and_speaks_json(command: str) -> None:
    told = course(command, "--help")
    assert told.returncode == 0
    assert "--json" in told.stdout
    first = told.stdout.split("Usage:")[1].splitlines()[2]
    assert len(first.split()) >= 5


@pytest.mark.parametrize(
    "command", ["release", "collect", "grade", "feedback", "report", "export", "repeat"]
)
def test_each_command_that_reads_the_gradebook_lets_another_be_named(command: str) -> None:
    assert "--db" in course(command, "--help").stdout


def test_help_loads_nothing_heavy() -> None:
    look = (
        "import sys; sys.argv = ['course', 'grade', '--help']\n"
        "from course_lib.grading.cli import main\n"
        "import contextlib\n"
        "with contextlib.suppress(SystemExit): main()\n"  # with which help ends
        "heavy = ['torch', 'pandas', 'matplotlib', 'nbgrader', 'nbformat', 'dask', 'rich']\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("grade", "nope"), "There is no lecture named 'nope'"),
        (("grade", "vowels", "--student", "nobody"), "No submission of vowels by nobody"),
        (("grade", "--workers", "0"), "Invalid value for '--workers'"),
        (("calibrate", "nope"), "There is no lecture named 'nope'"),
        (("calibrate", "--seeds", "0"), "Invalid value for '--seeds'"),
        (("repeat", "--times", "1"), "Invalid value for '--times'"),
        (("fly",), "No such command 'fly'"),
    ],
)
def test_wrong_use_is_status_2_and_one_sentence(args: tuple[str, ...], sentence: str) -> None:
    told = course(*args)
    assert told.returncode == 2
    assert sentence in told.stderr
    assert "Traceback" not in told.stderr


def test_outside_a_course_it_says_where_to_go(tmp_path: Path) -> None:
    told = course("build", cwd=tmp_path)
    assert told.returncode == 2
    assert "is in no course" in told.stderr


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("release", "vowels"), "run `course build vowels` first"),
        (("grade", "vowels"), "No submissions"),
        (("feedback", "vowels"), "run `course grade vowels` first"),
        (("report", "vowels"), "release and grade it first"),
    ],
)
def test_a_step_too_early_is_status_1_and_names_the_step_before(
    tmp_path: Path, args: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "vowels.py").write_text("# %%\n1 + 1\n")
    told = course(*args, cwd=tmp_path)
    assert told.returncode == 1
    assert sentence in told.stderr
    assert "Traceback" not in told.stderr


def test_a_broken_configuration_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("this is no python")
    told = course("build", cwd=tmp_path)
    assert told.returncode == 1
    assert "nbgrader_config.py cannot be read: SyntaxError" in told.stderr


@pytest.mark.parametrize("args", [["doctor"], ["doctor", "--json"]])
def test_a_full_disk_is_one_sentence(args: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # so that it is met at the end
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [COURSE, *args], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert told.returncode == 1
    assert "course: the output: No space left on device." in told.stderr
    assert "Traceback" not in told.stderr


def test_doctor_finds_this_machine_fit() -> None:
    told = course("doctor", "--json")
    findings = {finding["what"]: finding for finding in json.loads(told.stdout)}
    assert findings["packages"]["state"] == "good", findings["packages"]
    assert {"Python", "sandbox", "cores", "memory", "disk", "course folder"} <= set(findings)
    assert all(f["remedy"] for f in findings.values() if f["state"] == "bad")


def test_doctor_names_the_command_that_mends_a_wrong_package(tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text("torch==0.0.1\nnothere==1.0\n")
    told = course("doctor", cwd=tmp_path)
    assert told.returncode == 1
    assert "pinned 0.0.1; nothere missing" in told.stdout
    assert "make setup" in told.stdout


def test_data_verifies_every_file() -> None:
    told = course("data", "--json")
    assert told.returncode == 0
    assert {row["name"]: row["state"] for row in json.loads(told.stdout)}["vowels"] == "verified"
