"""Hostile folders in a class: each gets what its answers are worth, and nobody else notices.

The attacks of `attacks/` are code, run one at a time. These are what lies in `submitted/`: links,
pipes, names, and code that looks for the course, all graded in one run beside honest students.
"""

import hashlib
import os
import secrets
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from course_lib.grading import feedback, grade, sandbox
from course_lib.grading.course import Course
from course_lib.grading.grade import Outcome, Workers
from tests.hostile.harness import THROUGH
from tests.judged_class import graded_files, rows
from tests.short_class import (
    FULL,
    SETUP,
    STEM,
    cell_with,
    hand_in,
    released_course,
    right,
    unmasked,
)

# All in one process, which grades the class once.
pytestmark = pytest.mark.xdist_group("hostile_class")
HONEST = {"ada": right, "bob": unmasked}
CANARY = f"canary-{secrets.token_hex(16)}"
NOTEBOOK = f"{STEM}.ipynb"
SECONDS = 120.0
# Right answers, and cells that try everything a course's folder could be harmed by.
REACH = f"""
import glob, os
from pathlib import Path
root = Path({{root!r}})
def attempt(name, call):
    try:
        print(name, '{THROUGH}:', repr(call())[:5000])
    except BaseException as error:
        print(name, 'refused:', type(error).__name__)
attempt('list', lambda: os.listdir(root))
for top in (root, Path('../..'), Path('../../..')):
    for name in (
        'gradebook.db', 'source/{STEM}/{STEM}.ipynb', 'submitted/ada/{STEM}/{STEM}.ipynb',
        'submitted/bob/{STEM}/{STEM}.ipynb', 'autograded/ada/{STEM}/{STEM}.ipynb', 'secret.txt',
        'nbgrader_config.py', 'feedback/ada/{STEM}/{STEM}.html', 'ada/{STEM}/{STEM}.ipynb',
    ):
        attempt(f'read {{{{top}}}}/{{{{name}}}}', lambda: (top / name).read_bytes())
        attempt(f'write {{{{top}}}}/{{{{name}}}}', lambda: os.open(top / name, os.O_RDWR))
        attempt(f'remove {{{{top}}}}/{{{{name}}}}', lambda: os.remove(top / name))
for name in glob.glob('**', recursive=True):
    attempt(f'own {{{{name}}}}', lambda: Path(name).read_bytes())
for name in ('autograded', 'submitted/mallory/{STEM}', 'feedback', 'source/{STEM}'):
    for folder in (root / name, Path('../..') / name):
        attempt(f'make {{{{folder}}}}', lambda: (folder / 'left').write_text('x'))
os.makedirs('autograded/ada/{STEM}')
Path('autograded/ada/{STEM}/{STEM}.ipynb').write_text('forged')
"""


def source_linked(course: Course, folder: Path) -> None:
    """The lecture's folder is the instructor's."""
    away(folder).symlink_to(f"../../source/{STEM}")


def student_linked(course: Course, folder: Path) -> None:
    """The student's folder is another student's."""
    away(folder)
    folder.parent.rmdir()
    folder.parent.symlink_to("ada")


def notebook_of_source(course: Course, folder: Path) -> None:
    away(folder / NOTEBOOK).symlink_to(f"../../../source/{STEM}/{NOTEBOOK}")


def notebook_of_another(course: Course, folder: Path) -> None:
    away(folder / NOTEBOOK).symlink_to(course.submitted(STEM)["ada"] / NOTEBOOK)


def notebook_is_a_pipe(course: Course, folder: Path) -> None:
    os.mkfifo(away(folder / NOTEBOOK))


def notebook_is_a_folder(course: Course, folder: Path) -> None:
    away(folder / NOTEBOOK).mkdir()
    (folder / NOTEBOOK / "data.csv").write_text("1\n")


def notebook_with_a_bad_name(course: Course, folder: Path) -> None:
    """No notebook under its name; the one that is there has a name that is no text."""
    (folder / NOTEBOOK).rename(os.fsdecode(os.fsencode(folder) + b"/\xff.ipynb"))


def links_beside(course: Course, folder: Path) -> None:
    (folder / "gradebook.db").symlink_to(course.root / "gradebook.db")
    (folder / "theirs.csv").symlink_to(course.submitted(STEM)["ada"] / NOTEBOOK)
    (folder / "passwd.txt").symlink_to("/etc/passwd")
    (folder / "secret.csv").symlink_to(course.root / "secret.txt")
    (folder / "course").symlink_to(course.root)
    (folder / "round").symlink_to(".")


def links_below_a_pattern(course: Course, folder: Path) -> None:
    """nbgrader looks for what it leaves out by patterns, which a folder's name can spoil."""
    (folder / "[x]" / ".hidden").mkdir(parents=True)
    for name in ("[x]/secret.csv", "[x]/.secret", "[x]/.hidden/secret", ".secret"):
        (folder / name).symlink_to(course.root / "secret.txt")
    (folder / "[x]" / "theirs.ipynb").symlink_to(course.source(STEM))


def special_files(course: Course, folder: Path) -> None:
    os.mkfifo(folder / "data.csv")
    with socket.socket(socket.AF_UNIX) as listening, inside(folder):
        listening.bind("socket")


def time_is_a_pipe(course: Course, folder: Path) -> None:
    os.mkfifo(folder / "timestamp.txt")


def time_is_a_folder(course: Course, folder: Path) -> None:
    (folder / "timestamp.txt").mkdir()


def time_is_anothers(course: Course, folder: Path) -> None:
    (folder / "timestamp.txt").symlink_to(course.root / "secret.txt")


def name_for_the_side(course: Course, folder: Path) -> None:
    """Names that the grader might use while it writes."""
    for name in (f"{NOTEBOOK}.part", f"{STEM}.html", f"{STEM}.tmp"):
        (folder / name).write_text("mine")
    (folder / f"{STEM}.part").mkdir()
    (folder / f"{STEM}.part" / "data.csv").write_text("mine")


def names_that_are_no_text(course: Course, folder: Path) -> None:
    for name in (b"\xff.csv", b"two\nlines.csv", b"-rf", b" ", b"*", b"$(id)"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("mine")


def folders_of_the_instructors(course: Course, folder: Path) -> None:
    """A file where the instructor's files have a folder, and a folder where they have a file."""
    (folder / "tables").write_text("mine")
    (folder / "words.csv").mkdir()
    (folder / "words.csv" / "mine.csv").write_text("mine")


def deep(course: Course, folder: Path) -> None:
    """More folders in each other than a function can call itself."""
    with inside(folder):
        for _ in range(1500):
            Path("d").mkdir()
            os.chdir("d")
        Path("bottom.csv").write_text("mine")


def wide(course: Course, folder: Path) -> None:
    """More files than a kernel's folders take."""
    for number in range(12_000):
        (folder / f"{number}.csv").touch()


def page_is_a_folder(course: Course, folder: Path) -> None:
    (folder / f"{STEM}.html").mkdir()
    (folder / f"{STEM}.html" / "data.csv").write_text("mine")


def large(course: Course, folder: Path) -> None:
    """A file that takes no room here and much where it is copied to."""
    with (folder / "data.bin").open("wb") as file:
        file.truncate(200 * 2**20)


# What lies in the folder, and the points that are honest: right answers' wherever they can be read.
FOLDERS: dict[Callable[[Course, Path], None], float] = {
    source_linked: 0, student_linked: 0, notebook_of_source: 0, notebook_of_another: 0,
    notebook_is_a_pipe: 0, notebook_is_a_folder: 0, notebook_with_a_bad_name: 0,
    links_beside: FULL, links_below_a_pattern: FULL, special_files: FULL, time_is_a_pipe: FULL,
    time_is_a_folder: FULL, time_is_anothers: FULL, name_for_the_side: FULL,
    names_that_are_no_text: FULL, folders_of_the_instructors: FULL, deep: FULL,
    wide: FULL, page_is_a_folder: FULL, large: FULL,
}  # fmt: skip


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder: a socket's address is short, and so is what mkdir takes."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def away(path: Path) -> Path:
    """The path, with nothing there any more."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    return path


@dataclass(frozen=True)
class Class:
    """A class with hostile folders in it, graded.

    Attributes:
        course: The course.
        alone: What `autograded/` held when only the honest students had been graded.
        outside: A fingerprint of each file that grading must not change, before it.
        outcomes: The outcomes by student.
        seconds: Wall time of the whole class.
        pages: The feedback pages.
    """

    course: Course
    alone: dict[str, bytes]
    outside: dict[str, str]
    outcomes: dict[str, Outcome]
    seconds: float
    pages: list[Path]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    if reason := sandbox.missing():
        pytest.skip(reason)
    root = tmp_path_factory.mktemp("hostile") / "course"
    try:
        yield hostile_class(root)
    finally:
        # Deeper than pytest can remove.
        subprocess.run(["rm", "-rf", str(root / "submitted")], check=True)


def hostile_class(root: Path) -> Class:
    """The honest students graded alone, then all of the class."""
    course = released_course(root)
    (course.root / "secret.txt").write_text(CANARY)
    (course.source(STEM).parent / "words.csv").write_text("the instructor's")
    (course.source(STEM).parent / "tables").mkdir()
    (course.source(STEM).parent / "tables" / "one.csv").write_text("the instructor's")
    hand_in(course, HONEST)
    grade.grade(course, STEM, workers=Workers(2))
    alone = graded_files(course)
    reach = REACH.format(root=str(course.root))

    def reaching(nb: NotebookNode) -> None:
        right(nb)
        cell_with(nb, SETUP).source += reach

    for lay in FOLDERS:
        hand_in(course, {lay.__name__: reaching})
        lay(course, course.root / "submitted" / lay.__name__ / STEM)
    outside = fingerprints(course)
    started = time.monotonic()
    outcomes = grade.grade(course, STEM, workers=Workers(2), force=True)
    seconds = time.monotonic() - started
    pages = feedback.feedback(course, STEM)
    by_student = {outcome.student: outcome for outcome in outcomes}
    return Class(course, alone, outside, by_student, seconds, pages)


def fingerprints(course: Course) -> dict[str, str]:
    """What each file says that grading only reads or must not even read."""
    found = {"/etc/passwd": Path("/etc/passwd").read_text()}
    left = [course.root / name for name in ("lectures", "source", "release", "submitted")]
    left += [course.root / name for name in ("secret.txt", "nbgrader_config.py")]
    while left:
        path = left.pop()
        about = path.lstat()
        if stat.S_ISDIR(about.st_mode):
            left += path.iterdir()
        whole = stat.S_ISREG(about.st_mode) and about.st_size < 2**20
        content = hashlib.sha256(path.read_bytes()).hexdigest() if whole else about.st_size
        found[str(path)] = f"{about.st_mode:o} {content}"
    return found


def written(course: Course) -> dict[str, bytes]:
    """All that grading and feedback wrote for students to see."""
    found = {}
    for step in ("autograded", "feedback"):
        for path in (course.root / step).rglob("*"):
            assert not path.is_symlink(), path
            assert path.is_file() or path.is_dir(), path
            if path.is_file():
                found[str(path.relative_to(course.root))] = path.read_bytes()
    return found


def test_honest_students_do_not_notice(graded: Class) -> None:
    now = graded_files(graded.course)
    assert {name: now[name] for name in graded.alone} == graded.alone
    assert {name for name in now if name.startswith(("ada/", "bob/"))} == set(graded.alone)
    assert graded.outcomes["ada"].points == FULL
    assert graded.outcomes["bob"].faults == {"masked_softmax": "mask_ignored"}


@pytest.mark.parametrize("lay", FOLDERS, ids=lambda lay: lay.__name__)
def test_a_hostile_folder_gets_what_its_answers_are_worth(
    graded: Class, lay: Callable[[Course, Path], None]
) -> None:
    outcome = graded.outcomes[lay.__name__]
    assert (outcome.event, outcome.error) == ("graded", "")
    assert (outcome.points, outcome.our_errors) == (FOLDERS[lay], {})


def test_the_gradebook_holds_what_checks_gave(graded: Class) -> None:
    scores: dict[str, float] = {}
    for student, _, cell, score, *_ in (row for row in rows(graded.course) if len(row) > 4):
        if cell.startswith("test_"):
            scores[student] = scores.get(student, 0.0) + score
    assert scores == {student: outcome.points for student, outcome in graded.outcomes.items()}


@pytest.mark.parametrize("lay", [lay for lay, points in FOLDERS.items() if not points])
def test_what_cannot_be_read_is_told_in_one_comment(
    graded: Class, lay: Callable[[Course, Path], None]
) -> None:
    path = graded.course.root / "autograded" / lay.__name__ / STEM / NOTEBOOK
    comment, *cells = nbformat.read(path, as_version=4).cells
    reason = "links are not followed" if "link" in comment.source else "holds no file named"
    assert comment.source.startswith("**This submission could not be graded:** ")
    assert reason in comment.source
    assert not any("could not be graded" in cell.source for cell in cells)


def test_nothing_from_elsewhere_is_in_what_is_written(graded: Class) -> None:
    foreign = [
        CANARY.encode(),
        Path("/etc/passwd").read_bytes().splitlines()[0],
        b"### BEGIN SOLUTION",
        b"SQLite format 3",
    ]
    for name, content in written(graded.course).items():
        assert not [text for text in foreign if text in content], name
    for page in graded.pages:
        assert "HIDDEN TESTS" not in page.read_text(encoding="utf-8")


def test_code_reached_its_own_files_and_no_others(graded: Class) -> None:
    path = graded.course.root / "autograded" / "name_for_the_side" / STEM / NOTEBOOK
    nb = nbformat.read(path, as_version=4)
    told = "".join(
        output.get("text", "") for cell in nb.cells for output in cell.get("outputs", [])
    )
    went = [line for line in told.splitlines() if THROUGH in line]
    assert f"own {NOTEBOOK}.part {THROUGH}: b'mine'" in went
    assert all(line.startswith("own ") for line in went), went
    assert told.count("refused") > 80


def test_nothing_outside_was_changed(graded: Class) -> None:
    assert fingerprints(graded.course) == graded.outside


def test_nothing_stands_in_the_way_of_the_class(graded: Class) -> None:
    assert graded.seconds < SECONDS
    assert sum(len(content) for content in graded_files(graded.course).values()) < 2 * 2**20


def test_each_has_a_page(graded: Class) -> None:
    students = {path.parts[-3] for path in graded.pages}
    assert students == set(graded.outcomes) == {*HONEST, *(lay.__name__ for lay in FOLDERS)}
