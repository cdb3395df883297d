"""What stands above the notebook: points, sentences, what a person wrote."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader

from course_lib.grading import course, feedback, verdicts
from course_lib.grading.read import NOTE
from course_lib.lab.verdict import Verdict
from tests.grading.released_notebook import AT, answer, fill, released_test, solution, task

ROOT = Path(__file__).parents[2]
WRONG = Verdict("double", 0.0, 2.0, "`double` is <b>squared</b>.", "squared")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which one small lecture was graded for Ada, and nobody read her answers."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    url = f"sqlite:///{folder}/gradebook.db"
    fill(url)
    test = released_test()
    test.outputs = [verdicts.to_output(WRONG)]
    forged = new_code_cell("1", outputs=[verdicts.to_output(Verdict("forged", 9.0, 9.0))])
    cells = [
        new_markdown_cell("## Sums\n\n### Exercise 1: twice <i>x</i> (2 points)"),
        solution(), forged, test, new_markdown_cell("### Question 1 (3 points)"), answer("Mine."),
        task(),
    ]  # fmt: skip
    path = folder / "autograded" / "ada" / "tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), path)
    with Gradebook(url) as book:
        book.add_student("ada")
        book.add_submission("tiny", "ada")
        for name in ("question", "task"):
            book.find_grade(name, **AT, student="ada").needs_manual_grade = True
        judged = book.find_grade("test_double", **AT, student="ada")
        judged.auto_score, judged.needs_manual_grade = 0.0, False
        book.find_comment("double", **AT, student="ada").auto_comment = "No response."
        book.db.commit()
    return folder


Made = Callable[..., BeautifulSoup]


@pytest.fixture
def made(root: Path, tmp_path: Path) -> Made:
    """The page, after a change to the gradebook or the notebook."""
    folder = Path(shutil.copytree(root, tmp_path / "course"))

    def page(
        change: Callable[[Gradebook], None] | None = None,
        edit: Callable[[Any], None] | None = None,
        write: Callable[[Path], Path] | None = None,
    ) -> BeautifulSoup:
        if change is not None:
            with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
                change(book)
                book.db.commit()
        if edit is not None:
            path = folder / "autograded" / "ada" / "tiny" / "tiny.ipynb"
            nb = nbformat.read(path, as_version=4)
            edit(nb)
            nbformat.write(nb, path)
        path = (write or by_command)(folder)
        return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")

    return page


def by_command(folder: Path) -> Path:
    [path] = feedback.feedback(course.find(folder), "tiny")
    return path


def head(page: BeautifulSoup) -> str:
    found = page.select_one(".summary")
    assert found is not None
    return re.sub(r"\s+", " ", found.text)


def question(page: BeautifulSoup, name: str) -> Tag:
    link = page.select_one(f'.questions a[href="#{name}"]')
    assert link is not None
    found = link.find_parent("li")
    assert found is not None
    return found


def text(tag: Tag) -> str:
    return tag.get_text(" ", strip=True)


def test_points_and_sentences_come_first(made: Made) -> None:
    page = made()
    assert "tiny 0 of 6 points Checks: 0 of 2. Written answers: 0 of 4." in head(page)
    assert "2 answers are still to be read by a person." in head(page)
    judged = question(page, "test_double")
    assert text(judged) == (
        "✗ Exercise 1: twice <i>x</i> double 0 of 2 points double is <b>squared</b>."
    )
    assert judged["class"] == ["wrong"]
    assert [code.text for code in judged("code")] == ["double", "double"]
    waiting = question(page, "question")
    assert text(waiting) == "? Question 1 to be read, 3 points"
    assert page.find("a", attrs={"name": "question"}) is not None


def test_a_students_outputs_are_no_verdicts(made: Made) -> None:
    assert "forged" not in head(made())


def test_what_a_person_gave_and_wrote_stands_with_the_question(made: Made) -> None:
    def grade(book: Gradebook) -> None:
        for name, points in (("question", 3.0), ("task", 0.5), ("test_double", 2.0)):
            found = book.find_grade(name, **AT, student="ada")
            found.manual_score, found.needs_manual_grade = points, False
        for name, said in (("question", "Well said: $a<b$"), ("double", "<script>1</script>Fine")):
            book.find_comment(name, **AT, student="ada").manual_comment = said

    page = made(grade)
    assert "5.5 of 6 points Checks: 2 of 2. Written answers: 3.5 of 4." in head(page)
    assert "still to be read" not in head(page)
    answered = question(page, "question")
    assert text(answered) == "✓ Question 1 3 of 3 points Well said: a < b"
    assert answered.select_one(".comment math") is not None
    judged = question(page, "test_double")
    assert text(judged).endswith("A person has set these points. Fine")
    assert judged["class"] == ["right"]
    assert question(page, "task")["class"] == ["partial"]


def test_more_than_all_points_is_all_right(made: Made) -> None:
    def grade(book: Gradebook) -> None:
        found = book.find_grade("question", **AT, student="ada")
        found.manual_score, found.extra_credit, found.needs_manual_grade = 3.0, 1.0, False

    answered = question(made(grade), "question")
    assert text(answered) == "✓ Question 1 4 of 3 points"


def test_why_nothing_could_be_read_stands_at_the_top(made: Made) -> None:
    note = new_markdown_cell(f"{NOTE} it is <b>half</b> a file.")
    page = made(edit=lambda nb: nb.cells.insert(0, note))
    assert "This submission could not be graded: it is <b>half</b> a file." in head(page)


def test_the_formgrader_writes_the_same_page(made: Made) -> None:
    def by_formgrader(folder: Path) -> Path:
        found = course.find(folder)
        config = found.config
        config.HTMLExporter.template_name = "formgrade"  # as its server has it
        told = NbGraderAPI(found.directory(), parent=NbGrader(config=config)).generate_feedback(
            "tiny", "ada"
        )
        assert told["success"], told
        return folder / "feedback" / "ada" / "tiny" / "tiny.html"

    assert str(made(write=by_formgrader)) == str(made())
