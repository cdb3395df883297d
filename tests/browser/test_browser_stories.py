"""What a student and an instructor see and do, in Chromium.

Every story also fails if the browser's console shows an error or if anything is asked of another
machine; see `conftest.visit`.
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from course_lib.grading.course import Course
from tests.browser.conftest import STEM, Server, Visit
from tests.short_class import STEM as SHORT
from tests.story.conftest import run

WRONG = "def addends(x: Tensor) -> Tensor:\n    return x == DELIMITER"
RIGHT = "def addends(x: Tensor) -> Tensor:\n    return (x == DELIMITER).cumsum(dim=1) == 0"
NOT_YET = "Not yet: The addends of 0.3, 0.9, 0, 0.5: expected [True, True, False, False]"
COMMENT = "Say also what the weights sum to: $\\sum_t a_t = 1$."


def cell(page: Page, text: str) -> Locator:
    """The code cell that holds a text."""
    return page.locator(".jp-CodeCell", has_text=text).first


def execute(page: Page, one: Locator, number: int) -> None:
    """Run a cell by the keyboard, as one does, and wait until it bears its number."""
    one.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(one.locator(".jp-InputPrompt")).to_have_text(f"[{number}]:")


def write(page: Page, one: Locator, text: str) -> None:
    """Replace what stands in a cell."""
    one.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def validate(page: Page) -> str:
    """Press nbgrader's button and read what it says."""
    page.get_by_role("button", name="Validate").first.click()
    told = page.locator(".jp-Dialog")
    expect(told).to_contain_text("The following cell failed")  # those not written yet, too
    text = told.inner_text()
    told.get_by_role("button").last.click()
    expect(told).to_have_count(0)
    return text


def test_a_student_reads_what_is_wrong_and_mends_it(lab: Server, visit: Visit) -> None:
    page = visit.page
    page.goto(lab.address(f"lab/tree/{STEM}.ipynb"))
    exercise, check = cell(page, "def addends"), cell(page, 'check("addends"')
    # What is run before the kernel is there is lost.
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    execute(page, cell(page, "visible.checker"), 1)
    write(page, exercise, WRONG)
    execute(page, exercise, 2)
    execute(page, check, 3)
    expect(check.locator(".jp-OutputArea-output")).to_contain_text(NOT_YET)
    visit.keep("student_wrong")
    assert NOT_YET[:60] in validate(page)

    write(page, exercise, RIGHT)
    execute(page, exercise, 4)
    execute(page, check, 5)
    expect(check.locator(".jp-OutputArea-output")).to_contain_text("✓ addends: right so far.")
    visit.keep("student_right")
    assert NOT_YET[:60] not in validate(page)


def test_an_instructor_grades_and_both_read(
    graded: Course, formgrader: Server, visit: Visit
) -> None:
    page = visit.page
    page.goto(formgrader.address("formgrader"))
    expect(page.get_by_role("gridcell", name=SHORT, exact=True)).to_be_visible()
    page.get_by_role("link", name="Manual Grading").first.click()
    page.get_by_role("link", name=SHORT, exact=True).click()
    page.get_by_role("link", name=SHORT, exact=True).click()
    page.get_by_role("link", name="Submission #1").click()
    # MathJax is there, and with it the page's own script is ready.
    page.wait_for_function("window.MathJax && MathJax.loaded === true")
    for box, text, address in (
        ("#why", "1.5", "/api/grade/"),
        ("#why-comment", COMMENT, "/api/comment/"),
    ):
        page.locator(box).fill(text)
        with page.expect_response(re.compile(address)) as saved:
            page.locator(box).press("Tab")
        assert saved.value.ok
    visit.keep("instructor_grades", whole=True)
    student = page.locator(".name-shown").first.inner_text()

    page.goto(formgrader.address(f"formgrader/manage_submissions/{SHORT}"))
    row = page.get_by_role("row").filter(has=page.get_by_text(student, exact=True))
    row.locator(".generate-feedback a").click()
    expect(page.locator(".modal")).to_contain_text("Successfully generated feedback")
    visit.keep("instructor_feedback")

    page.goto((graded.root / "feedback" / student / SHORT / f"{SHORT}.html").as_uri())
    question = page.locator(".questions li", has_text="1.5 of 2 points")
    expect(question.locator(".comment")).to_contain_text("Say also what the weights sum to")
    expect(question.locator("math")).to_be_visible()
    visit.keep("feedback", whole=True)


def test_the_report_is_read_on_a_desk_a_phone_and_paper(graded: Course, visit: Visit) -> None:
    assert run(graded.root, "report").code == 0
    page = visit.page
    page.goto((graded.root / "reports" / "index.html").as_uri())
    table = page.get_by_role("table").last
    first = table.locator("tbody td").first
    expect(first).to_have_text("ada")
    table.get_by_role("button", name="student").click()
    table.get_by_role("button", name="student").click()
    expect(first).to_have_text("eve")
    visit.keep("report", whole=True)
    page.set_viewport_size({"width": 390, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "the page itself must not scroll sideways on a phone"
    visit.keep("report_phone", whole=True)
    page.set_viewport_size({"width": 800, "height": 1100})
    page.emulate_media(media="print")
    visit.keep("report_print", whole=True)
