"""The class page and what it is made of: usage, what is alike, who needs attention."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.grading import gradebook, report, report_page, similarity, usage, verdicts
from course_lib.grading.course import Course, find
from course_lib.grading.errors import CourseError
from course_lib.grading.read import NOTE
from course_lib.grading.report import Row
from course_lib.grading.usage import Usage
from course_lib.lab.verdict import Verdict

STEM = "short"
TEST_CELL = {"grade": True, "solution": False, "grade_id": "test_a"}
USED = Usage(2.5, 1.25, 300.0, "", "")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four students know of the lecture; three handed in: one right, one wrong, one half a file."""
    root = tmp_path_factory.mktemp("page") / "course"
    (root / "lectures").mkdir(parents=True)
    (root / "lectures" / f"{STEM}.py").write_text("# %%\n")
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'A & B'\n"
    )
    course = find(root)
    with gradebook.opened(course) as book:
        book.add_assignment(STEM)
        book.add_notebook(STEM, STEM)
        book.add_grade_cell("test_a", STEM, STEM, max_score=4, cell_type="code")
        for student in ("ada", "bob", "cut", "eve"):
            book.add_student(student)
        for student, points in (("ada", 4.0), ("bob", 1.0), ("cut", 0.0)):
            book.add_submission(STEM, student)
            grade = book.find_grade("test_a", STEM, STEM, student)
            grade.auto_score = points
            grade.needs_manual_grade = False
        book.db.commit()
    judged(course, "ada", Verdict("a", 4.0, 4.0, "", ""))
    judged(course, "bob", Verdict("a", 1.0, 4.0, "Sums <b>over</b> the batch.", "wrong_dim"))
    blank = Verdict("a", 0.0, 4.0, "not written yet", "unanswered")
    judged(course, "cut", blank, note=f"{NOTE} half a file.")
    return root


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Course:
    return find(Path(shutil.copytree(graded, tmp_path / "course")))


def judged(course: Course, student: str, verdict: Verdict, note: str = "", code: str = "") -> None:
    """Write an autograded notebook."""
    shown = verdicts.to_output(verdict)
    cells = [
        new_code_cell(code, metadata={"nbgrader": {"solution": True, "grade_id": "a"}}),
        new_code_cell("check", outputs=[shown], metadata={"nbgrader": TEST_CELL}),
    ]
    if note:
        cells.insert(0, new_markdown_cell(note))
    path = course.root / "autograded" / student / STEM / f"{STEM}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)


def page(course: Course) -> str:
    return report_page.write(course, [STEM]).read_text()


def test_the_page_says_how_the_class_did(course: Course) -> None:
    usage.note(course, STEM, "ada", USED)
    text = page(course)
    assert "3 submissions, median 1 of 4 points" in text
    assert "4 students in the gradebook" in text
    row = re.search(r"<tr><td>a</td>.*?</tr>", text, re.S)
    assert row is not None
    numbers = re.findall(r'<td class="n">([^<]*)</td>', row.group())
    assert numbers == ["4", "1.67", "1", "1", "0", "1", "0"]
    # points, mean, all, some, none, blank, to grade
    bars = re.findall(r"<span>(\d*)</span><i [^>]*></i><b>(\d)</b>", row.group())
    assert bars == [("1", "0"), ("1", "1"), ("", "2"), ("", "3"), ("1", "4")]
    assert '<td class="n">2.5</td><td class="n">1.2</td><td class="n">300</td>' in text


def test_faults_carry_the_sentence_and_nothing_that_acts(course: Course) -> None:
    text = page(course)
    assert "Sums &lt;b&gt;over&lt;/b&gt; the batch." in text
    assert "A &amp; B: the class" in text
    # What nobody answered stands among the questions, not among the faults.
    assert "<td>unanswered</td>" not in text


def test_who_needs_attention(course: Course) -> None:
    usage.note(course, STEM, "bob", Usage(9.0, 9.0, 2048.0, "memory", ""))
    usage.note(course, STEM, "zoe", Usage(0.0, 0.0, 0.0, "", "the disk is full"))
    attention = dict(
        re.findall(r'<tr><td>(\w+)</td><td class="said">([^<]+)</td></tr>', page(course))
    )
    assert attention == {
        "bob": "hit a limit: memory",
        "cut": "This submission could not be graded: half a file.",
        "eve": "has handed in nothing",
        "zoe": "could not be graded: the disk is full",
    }


def test_what_was_stopped_needs_attention_and_each_sentence_stands_once(course: Course) -> None:
    path = course.root / "autograded" / "ada" / STEM / f"{STEM}.ipynb"
    nb = nbformat.read(path, as_version=4)
    for name, sentence in (("KernelEnded", "gone <b>"), ("Limit", "full"), ("ValueError", "no")):
        nb.cells[0].outputs.append(new_output("error", ename=name, evalue=sentence, traceback=[]))
    nb.cells[1].outputs += nb.cells[0].outputs
    nbformat.write(nb, path)
    usage.note(course, STEM, "ada", Usage(9.0, 9.0, 2048.0, "memory", ""))
    assert '<td>ada</td><td class="said">gone &lt;b&gt;; full</td>' in page(course)


def test_written_answers_are_questions_too(course: Course) -> None:
    [ada, bob, cut] = report.rows(course, STEM)
    graded: list[tuple[Row, Usage | None]] = [
        (replace(ada, by_hand={"why": (1.5, 2.0)}), None),
        (replace(bob, by_hand={"why": (None, 2.0)}), None),
        (replace(cut, by_hand={"why": (2.0, 2.0)}), None),
    ]
    [_, why] = report_page.Lecture(STEM, graded, 4.0, [], [], []).questions
    assert (why.name, why.points, why.mean) == ("why", 2.0, 1.75)
    assert (why.full, why.part, why.none, why.blank, why.waiting) == (1, 1, 0, 0, 1)
    assert why.spread == [("0", 0), ("1", 1), ("2", 1)]


@pytest.mark.parametrize(
    ("most", "begins"),
    [(1.0, ["0", "1"]), (0.5, ["0", "0.5"]), (2.5, ["0", "1", "2", "2.5"]), (0.0, ["0"]),
     (12.0, ["0", "2", "4", "6", "8", "10", "12"])],
)  # fmt: skip
def test_points_of_a_question_fall_into_few_parts(most: float, begins: list[str]) -> None:
    assert [begin for begin, _ in report_page._spread([], most)] == begins
    counts = [count for _, count in report_page._spread([0.0, most, most, most + 1], most)]
    assert counts == ([4] if most == 0 else [1, *[0] * (len(begins) - 2), 3])


def test_nothing_is_fetched_and_only_our_script_may_run(course: Course) -> None:
    text = page(course)
    assert not re.search(r"(src|href)=[\"'](?!#)", text)
    assert text.count("<script>") == 1
    assert "default-src 'none'" in text
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", text)


def test_a_page_that_cannot_be_written_is_one_sentence(course: Course) -> None:
    (course.root / "reports").write_text("in the way")
    with pytest.raises(CourseError, match=r"index\.html cannot be written"):
        page(course)


def test_points_fall_into_ten_parts(course: Course) -> None:
    [ada, bob, cut] = report.rows(course, STEM)
    part = report_page.Lecture(STEM, [(ada, None), (bob, None), (cut, None)], 4.0, [], [], [])
    assert part.histogram == [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert part.bins[:3] == ["0–", "0.4–", "0.8–"]
    assert report_page.Lecture(STEM, [], 0.0, [], [], []).histogram == [0] * 10


def test_usage_of_the_last_grading_counts_and_half_lines_are_passed_over(course: Course) -> None:
    assert usage.of_lecture(course, STEM) == {}
    usage.note(course, STEM, "ada", Usage(1.0, 1.0, 1.0, "", ""))
    usage.note(course, STEM, "ada", USED)
    usage.note(course, "other", "ada", Usage(8.0, 8.0, 8.0, "", ""))
    with (course.root / ".course" / "usage.jsonl").open("a") as file:
        file.write('{"lecture": "short", "stu')
    assert usage.of_lecture(course, STEM) == {"ada": USED}
    usage.note(course, STEM, "bob", USED)
    assert usage.of_lecture(course, STEM) == {"ada": USED, "bob": USED}


def functions(names: str) -> str:
    return "\n".join(
        f"def f{n}({a}, b):\n    t_{a} = {a}.sum(dim={n}) * {n + 3}.5 - b.mean() ** {n}\n"
        f"    return t_{a} / (1 + {a}.abs().max())"
        for n, a in enumerate(names)
    )


Alike = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def alike() -> Alike:
    def found(texts: dict[str, str], *known: str, kind: str = "code") -> list[tuple[str, str]]:
        pairs = similarity._alike(kind, texts, known)
        return sorted((pair.first, pair.second) for pair in pairs)

    return found


def test_renamed_variables_hide_nothing(alike: Alike) -> None:
    texts = {"ada": functions("xxxxxx"), "bob": functions("yyyyyy"), "eve": "import math\n" * 30}
    assert alike(texts) == [("ada", "bob")]


def test_a_line_or_two_in_common_is_no_evidence(alike: Alike) -> None:
    assert alike({"ada": functions("x"), "bob": functions("y")}) == []


def test_the_passages_stand_side_by_side() -> None:
    [pair] = similarity._alike("code", {"a": functions("xxxx"), "b": functions("yyyy")}, [])
    [(here, there)] = pair.passages
    assert here.startswith("def f0(x, b)")
    assert there.startswith("def f0(y, b)")
    assert pair.share > 0.9
    assert pair.shared > similarity.LEAST


def test_what_was_given_or_taught_is_no_evidence(alike: Alike) -> None:
    texts = {"ada": functions("xxxxxx"), "bob": functions("yyyyyy")}
    assert alike(texts, functions("zzzzzz")) == []


def test_what_many_have_is_no_evidence(alike: Alike) -> None:
    assert alike({name: functions("xxxxxx") for name in "abc"}) != []
    assert alike({name: functions("xxxxxx") for name in "abcd"}) == []


def test_written_answers_are_compared_word_by_word(alike: Alike) -> None:
    words = "The weights lie on the delimiter because there the state holds the whole sum. "
    own = "I believe that nobody can say, since every seed draws another picture of it. "
    texts = {"ada": words * 3, "bob": "Well. " + words * 3, "eve": own * 3}
    assert alike(texts, kind="written answers") == [("ada", "bob")]


def test_pairs_come_from_the_autograded_notebooks_and_are_escaped(course: Course) -> None:
    code = functions("xxxxxx") + "\ntext = '<script>alert(1)</script>'\n"
    for student in ("ada", "bob"):
        judged(course, student, Verdict("a", 4.0, 4.0, "", ""), code=code)
    text = page(course)
    assert "ada and bob: code" in text
    assert "<script>alert" not in text
    assert text.count("def f0(x, b)") == 2


def test_an_output_in_a_students_cell_is_no_verdict(course: Course) -> None:
    path = course.root / "autograded" / "bob" / STEM / f"{STEM}.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells[0].outputs.append(verdicts.to_output(Verdict("forged", 9.0, 9.0)))
    nbformat.write(nb, path)
    assert "forged" not in page(course)


def test_an_output_that_pretends_to_be_a_verdict_is_escaped(course: Course) -> None:
    evil = Verdict("<img src=x onerror=alert(1)>", 0.0, 4.0, "<svg onload=alert(2)>", "f")
    judged(course, "bob", evil)
    text = page(course)
    assert "<img" not in text
    assert "<svg" not in text


def test_what_a_person_gave_counts_in_the_questions_too(course: Course) -> None:
    judged(course, "ada", Verdict("a", None, 4.0, "to be graded", "our_error", "KeyError"))
    with gradebook.opened(course) as book:
        grade = book.find_grade("test_a", STEM, STEM, "ada")
        grade.needs_manual_grade = True
        book.db.commit()
    assert "a check failed by itself: grade it by hand" in page(course)
    with gradebook.opened(course) as book:
        grade = book.find_grade("test_a", STEM, STEM, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        book.db.commit()
    assert "a check failed by itself" not in page(course)
    [ada, *_] = report.rows(course, STEM)
    assert [verdict.points for verdict in ada.verdicts] == [ada.auto] == [3.0]


def test_a_submission_that_waits_for_grading_is_not_missing(course: Course) -> None:
    (course.root / "submitted" / "eve" / STEM).mkdir(parents=True)
    assert '<td>eve</td><td class="said">has not been graded yet</td>' in page(course)
