"""Bulk downloads: each platform's names, what is unsafe, and whose a notebook is."""

import io
import json
import shutil
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course_lib.grading import bulk, collect, gradebook
from course_lib.grading.cli import app
from course_lib.grading.course import Course, find
from course_lib.grading.errors import CourseError

METADATA = """
---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: ada
    :email: ada@x.org
  :created_at: 2026-11-01 13:02:05.000000000 +01:00
submission_2:
  :submitters:
  - :name: Somebody
    :email: BOB@x.org
  - :name: Eve
    :sid: eve
  :created_at: 2026-11-02 08:00:00.000000000 Z
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with two lectures and four students, two of the same name."""
    root = tmp_path_factory.mktemp("collected") / "course"
    (root / "lectures").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    for stem in ("vowels", "addition"):
        (root / "lectures" / f"{stem}.py").write_text("# %%\n")
    with gradebook.opened(find(root)) as book:
        book.add_student("ada", first_name="Ada", last_name="Lovelace", lms_user_id="4711")
        book.add_student("bob", first_name="José", last_name="O'Neill", email="bob@x.org")
        book.add_student("eve", first_name="Eve", last_name="Twin", lms_user_id="7")
        book.add_student("eve2", first_name="Eve", last_name="Twin", lms_user_id="8")
    return root


@pytest.fixture
def course(made: Path, tmp_path: Path) -> Course:
    return find(Path(shutil.copytree(made, tmp_path / "course")))


def zipped(course: Course, files: dict[str, str | bytes]) -> Path:
    path = course.root / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def submitted(course: Course) -> dict[str, str]:
    root = course.root / "submitted"
    return {str(p.relative_to(root)): p.read_text() for p in root.rglob("*") if p.is_file()}


def test_canvas_by_id_and_the_last_of_several_counts(course: Course) -> None:
    files: dict[str, str | bytes] = {
        "lovelaceada_4711_100_vowels.ipynb": "first",
        "lovelaceada_LATE_4711_1205_vowels-2.ipynb": "third",
        "lovelaceada_4711_199_vowels-1.ipynb": "second",
        "oneilljos\u00e9_999_300_addition.ipynb": "by name",
        "twineve_8_400_vowels (1).ipynb": "a copy",
        "lovelaceada_4711_206_notes.pdf": "no notebook",
    }
    found = collect.collect(course, zipped(course, files))
    assert found.platform == "canvas"
    assert submitted(course) == {
        "ada/vowels/vowels.ipynb": "third",
        "bob/addition/addition.ipynb": "by name",
        "eve2/vowels/vowels.ipynb": "a copy",
    }
    assert sorted(found.new) == ["ada/vowels", "bob/addition", "eve2/vowels"]
    assert found.earlier == [
        "lovelaceada_4711_100_vowels.ipynb",
        "lovelaceada_4711_199_vowels-1.ipynb",
    ]
    assert found.late == ["ada/vowels"]
    assert found.left_out == ["lovelaceada_4711_206_notes.pdf"]
    assert found.unmatched == {}


def test_moodle_by_name_in_folders_or_not(course: Course) -> None:
    files: dict[str, str | bytes] = {
        "Ada Lovelace_123_assignsubmission_file_/within/vowels.ipynb": "within",
        "Ada Lovelace_123_assignsubmission_file_/vowels.ipynb": "top",
        "Jos\u00e9 O'Neill_124_assignsubmission_file_addition.ipynb": "flat",
        "Eve Twin_125_assignsubmission_file_/vowels.ipynb": "who?",
        "Mallory_126_assignsubmission_file_/vowels.ipynb": "nobody",
        "Ada Lovelace_123_assignsubmission_file_/report.ipynb": "no lecture",
    }
    found = collect.collect(course, zipped(course, files))
    assert found.platform == "moodle"
    assert submitted(course) == {
        "ada/vowels/vowels.ipynb": "top",
        "bob/addition/addition.ipynb": "flat",
    }
    reasons = {name.split("_")[0] + name[-12:]: why for name, why in found.unmatched.items()}
    assert reasons["Eve Twin/vowels.ipynb"[:8] + "vowels.ipynb"] == "Eve Twin may be eve or eve2"
    assert "nobody in the gradebook" in reasons["Malloryvowels.ipynb"]
    assert "no lecture's name" in reasons["Ada Lovelacereport.ipynb"]


def test_gradescope_by_its_list_with_groups_and_times(course: Course) -> None:
    files: dict[str, str | bytes] = {
        "assignment_9_export/submission_metadata.yml": METADATA,
        "assignment_9_export/submission_1/vowels.ipynb": "ada's",
        "assignment_9_export/submission_2/vowels.ipynb": "a group's",
        "assignment_9_export/submission_3/vowels.ipynb": "not in the list",
    }
    found = collect.collect(course, zipped(course, files))
    assert found.platform == "gradescope"
    there = submitted(course)
    assert there["ada/vowels/vowels.ipynb"] == "ada's"
    assert there["ada/vowels/timestamp.txt"] == "2026-11-01 12:02:05 UTC\n"
    assert there["bob/vowels/vowels.ipynb"] == there["eve/vowels/vowels.ipynb"] == "a group's"
    nobodys = "it is not named as gradescope names submissions"
    assert found.unmatched["assignment_9_export/submission_3/vowels.ipynb"] == nobodys


def test_the_same_again_changes_nothing_and_what_is_replaced_is_kept(course: Course) -> None:
    first = zipped(course, {"lovelaceada_4711_1_vowels.ipynb": "one"})
    assert collect.collect(course, first).new == ["ada/vowels"]
    assert collect.collect(course, first).unchanged == ["ada/vowels"]
    (course.root / "submitted" / "ada" / "vowels" / "timestamp.txt").write_text("2026-01-01")
    second = zipped(course, {"lovelaceada_4711_2_vowels-1.ipynb": "two"})
    assert collect.collect(course, second).replaced == ["ada/vowels"]
    assert submitted(course) == {"ada/vowels/vowels.ipynb": "two"}
    [kept] = (course.root / ".course" / "replaced" / "ada" / "vowels").iterdir()
    assert kept.read_text() == "one"


def test_a_lecture_can_be_named(course: Course) -> None:
    path = zipped(course, {"lovelaceada_4711_1_my homework.ipynb": "x"})
    assert "no lecture's name" in next(iter(collect.collect(course, path).unmatched.values()))
    assert collect.collect(course, path, "addition").new == ["ada/addition"]


def test_names_in_the_zip_decide_no_path(course: Course) -> None:
    files: dict[str, str | bytes] = {
        "../../evil/lovelaceada_4711_1_vowels.ipynb": "inside",
        "/etc/lovelaceada_4711_2_addition.ipynb": "inside too",
        "../outside.txt": "x",
    }
    before = set(course.root.parent.iterdir())
    collect.collect(course, zipped(course, files))
    assert submitted(course) == {
        "ada/vowels/vowels.ipynb": "inside",
        "ada/addition/addition.ipynb": "inside too",
    }
    assert set(course.root.parent.iterdir()) == before


def test_links_are_no_submissions(course: Course) -> None:
    path = course.root / "all.zip"
    with zipfile.ZipFile(path, "w") as file:
        link = zipfile.ZipInfo("lovelaceada_4711_1_vowels.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("oneilljose_4711_1_addition.ipynb", "plain")
    assert collect.collect(course, path).new == ["ada/addition"]


@pytest.mark.parametrize("lies", [False, True])
def test_a_bomb_is_not_unpacked(
    course: Course, lies: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MAX_BYTES", 1000)
    bomb = "lovelaceada_4711_1_vowels.ipynb"
    path = zipped(course, {bomb: b"0" * 5_000_000, "lovelaceada_4711_1_addition.ipynb": "x"})
    assert path.stat().st_size < 10_000
    if lies:  # the zip says that it holds 10 bytes, in both of the places where it says so
        content = path.read_bytes()
        path.write_bytes(content.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 10)))
    found = collect.collect(course, path)
    [(place, why)] = found.unmatched.items()
    assert place == bomb
    assert "it is damaged" in why if lies else "it is larger than" in why
    # The others are there all the same.
    assert submitted(course) == {"ada/addition/addition.ipynb": "x"}


def test_many_small_files_are_a_bomb_too(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, str | bytes] = {
        "lovelaceada_4711_1_vowels.ipynb": b"0" * 600,
        "lovelaceada_4711_1_addition.ipynb": b"0" * 600,
    }
    path = zipped(course, files)
    monkeypatch.setattr(bulk, "MAX_TOTAL", 1000)
    with pytest.raises(CourseError, match="GB unpacked"):
        collect.collect(course, path)
    monkeypatch.setattr(bulk, "MAX_FILES", 1)
    with pytest.raises(CourseError, match="holds 2 files, more than 1"):
        collect.collect(course, path)


def damaged() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("lovelaceada_4711_1_vowels.ipynb", "text " * 1000)
    content = bytearray(whole.getvalue())
    content[70:74] = b"\xff\xff\xff\xff"
    return bytes(content)


def locked() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("lovelaceada_4711_1_vowels.ipynb", "text")
    content = bytearray(whole.getvalue())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1  # the bit that says so
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no zip", "is no zip file"),
        (b"", "is no zip file"),
        (locked(), "locked with a password"),
    ],
    ids=["no zip", "empty", "locked"],
)
def test_a_bad_zip_is_one_sentence(course: Course, content: bytes, sentence: str) -> None:
    path = course.root / "all.zip"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=sentence):
        collect.collect(course, path)


def test_no_file_and_no_platform_are_one_sentence(course: Course) -> None:
    with pytest.raises(CourseError, match=r"nothing\.zip cannot be read: No such file"):
        collect.collect(course, course.root / "nothing.zip")
    with pytest.raises(CourseError, match="named as Canvas, Moodle or Gradescope"):
        collect.collect(course, zipped(course, {"vowels.ipynb": "x"}))


def test_a_list_that_is_none_is_one_sentence(course: Course) -> None:
    for text in ("- 1\n", "a: [", "submission_1: 3\n"):
        path = zipped(course, {"x/submission_metadata.yml": text})
        with pytest.raises(CourseError, match="is no list of submissions"):
            collect.collect(course, path)


def test_the_command_tells_and_its_status_says_whether_all_fit(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(course.root)
    good = zipped(course, {"lovelaceada_LATE_4711_1_vowels.ipynb": "x"})
    told = CliRunner().invoke(app, ["collect", str(good)])
    assert told.exit_code == 0, told.output
    assert "collected from canvas" in told.stdout
    assert "ada/vowels is marked as late" in told.stderr
    bad = zipped(course, {"mallory_666_1_vowels.ipynb": "x"})
    told = CliRunner().invoke(app, ["collect", str(bad), "--json"])
    assert told.exit_code == 1
    assert list(json.loads(told.stdout)["unmatched"]) == ["mallory_666_1_vowels.ipynb"]


def test_every_notebook_is_collected_or_listed_with_a_reason(course: Course) -> None:
    files: dict[str, str | bytes] = {
        "lovelaceada_4711_1_vowels.IPYNB": "shouted",
        "vowels.ipynb": "by nobody",
        "notes.txt": "no notebook",
    }
    found = collect.collect(course, zipped(course, files))
    assert found.new == ["ada/vowels"]
    assert found.unmatched == {"vowels.ipynb": "it is not named as canvas names submissions"}
    assert found.left_out == ["notes.txt"]


def test_one_damaged_notebook_is_listed(course: Course) -> None:
    path = course.root / "all.zip"
    path.write_bytes(damaged())
    [why] = collect.collect(course, path).unmatched.values()
    assert why.startswith("it is damaged (")
