"""From the lecture's text to a graded class, as an instructor goes."""

import csv
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from course_lib.grading import build, notebook
from course_lib.grading.course import find
from tests.story.conftest import BUILT, ROOT, Class

pytestmark = pytest.mark.xdist_group("class")


def table(lecture: str | None = None) -> list[dict[str, str]]:
    """What each submission must get, of one lecture or of all."""
    with (ROOT / "submitted" / "scores.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if lecture in (None, row["lecture"])]


def test_every_step_of_the_way_is_done(graded: Class) -> None:
    for name, told in graded.steps.items():
        assert told.code == 0, f"course {name}: {told.out}{told.err}"


def kinds_only(nb: NotebookNode) -> NotebookNode:
    """The notebook with the kind of each output in the output's place."""
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            output.text = ""
            output.data = dict.fromkeys(output.get("data", {}), "")
    return nb


def test_a_notebook_is_rebuilt_byte_for_byte(graded: Class) -> None:
    path = find(ROOT).source(BUILT)
    rebuilt = graded.root / path.relative_to(ROOT)
    old, new = (nbformat.read(where, as_version=4) for where in (path, rebuilt))
    # On another kind of processor the last digits differ, and with them what is printed.
    if build.built_on(find(ROOT), BUILT) != build.processor():
        old, new = kinds_only(old), kinds_only(new)
    stale = [a.id for a, b in zip(old.cells, new.cells, strict=True) if a != b]
    assert stale == [], f"run `course build`: cells of {path} are stale"
    assert nbformat.writes(new) == nbformat.writes(old)


def test_the_other_notebooks_are_those_of_the_present_text_and_code(graded: Class) -> None:
    told = graded.steps["build"].out.splitlines()
    for path in sorted((ROOT / "source").rglob("*.ipynb")):
        line = f"✓ {path.relative_to(ROOT)}" + " (nothing has changed)" * (path.stem != BUILT)
        assert line in told, f"run `course build {path.stem}`"
        assert path.stat().st_size < 1_000_000


def test_the_release_is_remade_byte_for_byte(graded: Class) -> None:
    for path in sorted((ROOT / "release").rglob("*.ipynb")):
        rebuilt = graded.root / path.relative_to(ROOT)
        assert rebuilt.read_bytes() == path.read_bytes(), f"run `course release`: {path} is stale"


def test_the_hand_out_is_rebuilt_byte_for_byte(graded: Class) -> None:
    files = [graded.root / "release" / "attention-course.zip"]
    files += (graded.root / "release").glob("*.whl")
    assert len(files) == 2
    before = [path.read_bytes() for path in files]
    assert graded.run("release", "--zip").code == 0
    assert [path.read_bytes() for path in files] == before


def test_the_demo_class_is_rebuilt_byte_for_byte(graded: Class, tmp_path: Path) -> None:
    for name in ("source", "release", "lectures"):
        shutil.copytree(graded.root / name, tmp_path / name)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    command = [sys.executable, "-m", "course_lib.grading.demo"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    stored = sorted((ROOT / "submitted").rglob("*.ipynb"))
    assert sorted((tmp_path / "submitted").rglob("*.ipynb")) == [
        tmp_path / path.relative_to(ROOT) for path in stored
    ]
    for path in stored:
        rebuilt = tmp_path / path.relative_to(ROOT)
        assert rebuilt.read_bytes() == path.read_bytes(), f"{path} is stale"


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row['student']}-{row['lecture']}")
def test_each_fate_gets_its_exact_score(graded: Class, row: dict[str, str]) -> None:
    told = graded.steps["grade"].events
    [found] = [
        e for e in told if (e.get("lecture"), e.get("student")) == (row["lecture"], row["student"])
    ]
    assert found["event"] == "graded"
    assert found["points"] == float(row["points"]), found["faults"]
    assert sorted(found["faults"].items()) == sorted(
        tuple(fault.split(":")) for fault in row["faults"].split()
    )


def test_the_last_line_counts_the_class(graded: Class) -> None:
    *told, last = graded.steps["grade"].events
    assert last == {"event": "done", "graded": len(told), "skipped": 0, "failed": 0}


def test_the_table_and_the_folders_name_the_same_students() -> None:
    named = {(row["student"], row["lecture"]) for row in table()}
    there = {(p.parent.name, p.name) for p in (ROOT / "submitted").glob("*/*") if p.is_dir()}
    assert named == there
    assert len(named) >= 10


def test_the_gradebook_and_the_export_say_the_same(graded: Class) -> None:
    with (graded.root / "reports" / "grades.csv").open(newline="") as file:
        exported = {
            (row["student_id"], row["assignment"]): float(row["score"])
            for row in csv.DictReader(file)
        }
    wanted = {(row["student"], row["lecture"]): float(row["points"]) for row in table()}
    assert {key: exported[key] for key in wanted} == wanted
    # nbgrader gives a line to everybody for everything: nothing handed in, no points.
    assert not any(score for key, score in exported.items() if key not in wanted)


def test_the_class_page_names_every_lecture_and_submission(graded: Class) -> None:
    page = (graded.root / "reports" / "index.html").read_text()
    for row in table():
        assert f'<h2 id="{row["lecture"]}">' in page
        assert f"<td>{row['student']}</td>" in page
    assert "could not be graded" in page  # half a file
    assert page.count("<script>") == 1


def test_feedback_says_the_sentence_and_hides_the_tests(graded: Class) -> None:
    page = graded.root / "feedback" / "softmax_over_batch" / "vowels" / "vowels.html"
    text = page.read_text(encoding="utf-8")
    assert "sum to 1 over the batch" in text
    assert "course_lib.answers" not in text
    assert "HIDDEN" not in text
    pages = list((graded.root / "feedback").glob("*/*/*.html"))
    assert len(pages) == len(table())


def test_an_unreadable_file_is_answered_kindly(graded: Class) -> None:
    page = graded.root / "feedback" / "truncated_file" / "vowels" / "vowels.html"
    assert "could not be graded" in page.read_text(encoding="utf-8")


def test_the_report_counts_misconceptions(graded: Class) -> None:
    rows = json.loads(graded.steps["report"].out)["vowels"]
    assert {row["student"] for row in rows} == {row["student"] for row in table("vowels")}
    assert all(row["sandboxed"] for row in rows)
    assert "softmax_over_batch" in graded.run("report", "--all").out


def test_written_answers_wait_for_a_person(graded: Class) -> None:
    rows = json.loads(graded.steps["report"].out)["vowels"]
    waiting = {row["student"] for row in rows if row["to_grade"]}
    assert "perfect" in waiting
    assert "blank" not in waiting


def test_plain_nbgrader_gives_the_same_scores(graded: Class, tmp_path: Path) -> None:
    students = ("blank", "forger", "test_cells_deleted")
    for name in ("lectures", "source", "release"):
        shutil.copytree(graded.root / name, tmp_path / name)
    for name in ("nbgrader_config.py", "gradebook.db"):
        shutil.copy(graded.root / name, tmp_path / name)
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        database.execute("update grade set auto_score = -1")
    nbgrader = str(Path(sys.executable).parent / "nbgrader")
    for student in students:
        source = graded.root / "submitted" / student
        shutil.copytree(source / "vowels", tmp_path / "submitted" / student / "vowels")
    command = [nbgrader, "autograde", "vowels"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    scores = json.loads(run_report(tmp_path))["vowels"]
    found = {row["student"]: row["auto"] for row in scores if row["student"] in students}
    wanted = {row["student"]: float(row["points"]) for row in table("vowels")}
    assert found == {student: wanted[student] for student in students}
    for student in students:
        ours, theirs = (
            nbformat.read(root / "autograded" / student / "vowels" / "vowels.ipynb", as_version=4)
            for root in (graded.root, tmp_path)
        )
        assert verdicts_of(ours) == verdicts_of(theirs)


def run_report(folder: Path) -> str:
    from tests.story.conftest import run

    return run(folder, "report", "--json").out


def verdicts_of(nb: nbformat.NotebookNode) -> list[object]:
    return [cell.outputs for cell in nb.cells if notebook.is_test(cell)]
