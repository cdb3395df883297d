"""Building: what has not changed is left alone, and anything that counts is noticed."""

import platform
import shutil
from pathlib import Path

import pytest
from nbformat import NotebookNode

from course_lib.grading import build, fingerprint
from course_lib.grading.course import Course, find
from course_lib.grading.errors import CourseError

ROOT = Path(__file__).parents[2]
TEXT = "# %% [markdown]\n# # Short\n\n# %%\nprint(6 * 7)\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built") / "course"
    (root / "lectures").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    for stem in ("short", "other"):
        (root / "lectures" / f"{stem}.py").write_text(TEXT)
        build.build(find(root), stem)
    return root


@pytest.fixture
def course(built: Path, tmp_path: Path) -> Course:
    return find(Path(shutil.copytree(built, tmp_path / "course")))


def test_what_was_built_is_current_and_holds_its_outputs(course: Course) -> None:
    assert build.is_current(course, "short")
    assert build.is_current(course, "other")
    assert "42" in course.source("short").read_text()


@pytest.mark.parametrize("place", ["text", "source"])
def test_a_change_of_text_or_notebook_is_noticed(course: Course, place: str) -> None:
    path: Path = getattr(course, place)("short")
    path.write_text(path.read_text().replace("6 * 7", "6 * 8"))
    assert not build.is_current(course, "short")
    assert build.is_current(course, "other")


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("lab/plots.py", True),
        ("grading/build.py", True),
        ("answers/hidden/short.py", True),
        ("answers/hidden/short_faults.py", True),
        ("answers/hidden/__init__.py", True),
        ("grading/execute.py", False),
        ("answers/hidden/elsewhere.py", False),
    ],
)
def test_of_the_code_only_what_it_runs_counts(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, counts: bool
) -> None:
    changed = tmp_path / "changed.py"
    changed.write_text("changed = True\n")
    files = fingerprint._files()
    monkeypatch.setattr(fingerprint, "_files", lambda: [*files, (name, changed)])
    assert build.is_current(course, "short") == (not counts)


@pytest.mark.parametrize("noted", [None, "", "[]", "{", '{"other": {}}', '{"short": "x"}'])
def test_without_a_whole_note_it_is_built_again(course: Course, noted: str | None) -> None:
    path = course.root / "source" / "built.json"
    path.unlink()
    if noted is not None:
        path.write_text(noted)
    assert not build.is_current(course, "short")
    build.build(course, "short")
    assert build.is_current(course, "short")


def test_the_kind_of_processor_is_noted(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build.built_on(course, "short") == build.processor() != ""
    told = tmp_path / "cpuinfo"
    monkeypatch.setattr(build, "_CPUINFO", told)
    assert build.processor() == platform.machine()
    told.write_text(
        "vendor_id\t: AuthenticAMD\nmodel\t\t: 1\nmodel name\t: any: name\n\nmodel\t: 2\n"
    )
    assert build.processor() == "AuthenticAMD 1"
    assert build.built_on(course, "short") != build.processor()
    assert build.is_current(course, "short")


def test_the_notebooks_of_this_repository_are_current() -> None:
    course = find(ROOT)
    assert [stem for stem in course.lectures if not build.is_current(course, stem)] == []


def test_a_text_that_is_saved_while_it_is_built_is_built_again(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    quieten = build._quieten

    def save_meanwhile(nb: NotebookNode) -> None:
        course.text("short").write_text(TEXT.replace("6 * 7", "6 * 8"))
        quieten(nb)

    monkeypatch.setattr(build, "_quieten", save_meanwhile)
    build.build(course, "short")
    assert "42" in course.source("short").read_text()
    assert not build.is_current(course, "short")


def test_a_cell_that_runs_too_long_names_the_lecture(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_SECONDS_PER_CELL", 1)
    course.text("short").write_text("# %%\nimport time; time.sleep(30)\n")
    with pytest.raises(CourseError, match=r"lectures/short\.py: a cell ran for more than 1 sec"):
        build.build(course, "short")


def test_compiled_files_are_no_part_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lab" / "__pycache__").mkdir(parents=True)
    (tmp_path / "lab" / "plots.py").touch()
    (tmp_path / "lab" / "__pycache__" / "plots.cpython-311.pyc").touch()
    monkeypatch.setattr(fingerprint, "_PACKAGE", tmp_path)
    assert [name for name, _ in fingerprint._files()] == ["lab/plots.py"]
