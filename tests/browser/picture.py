"""The README's picture of a feedback page: `python -m tests.browser.picture`.

First `course grade vowels` and `course feedback vowels`: it is a student's of the demo class.
"""

from playwright.sync_api import sync_playwright

from tests.browser.conftest import QUIET, ROOT, chromium

PAGE = ROOT / "feedback" / "softmax_over_batch" / "vowels" / "vowels.html"
PICTURE = ROOT / "docs" / "images" / "feedback.png"

if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET.split())
        page = browser.new_page(viewport={"width": 900, "height": 620})
        page.goto(PAGE.as_uri())
        page.screenshot(path=PICTURE)
        browser.close()
    print(PICTURE)
