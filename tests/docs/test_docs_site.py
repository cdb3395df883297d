"""The site: built without a warning, whole, and asking for nothing from outside."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from tests.docs.pages import ROOT

# What a browser fetches by itself; a link it follows only when somebody clicks.
_FETCHED = {"audio", "embed", "iframe", "img", "link", "object", "script", "source", "video"}


class Page(HTMLParser):
    """What a page fetches, what it links to, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.linked: list[str] = []
        self.places: set[str] = set()
        self.math = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.places |= {values["id"]} if "id" in values else set()
        self.math += tag == "math"
        targets = [values[name] for name in ("src", "href", "data", "srcset") if name in values]
        (self.fetched if tag in _FETCHED else self.linked).extend(targets)


@pytest.fixture(scope="module")
def site() -> Path:
    """The site that `make docs` builds, brought up to date by the same command."""
    command = [str(Path(sys.executable).parent / "sphinx-build"), "-W", "--keep-going", "--quiet"]
    folders = ["--doctree-dir", "docs/_build/doctrees", "docs", "docs/_build/html"]
    assert " ".join([*command[1:], *folders]) in (ROOT / "Makefile").read_text()
    told = subprocess.run(
        [*command, *folders], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    return ROOT / "docs" / "_build" / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def outside(targets: list[str]) -> list[str]:
    return [t for t in targets if urlparse(t).netloc or urlparse(t).scheme in ("http", "https")]


def test_no_page_fetches_from_outside(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert outside(page.fetched) == [], path
    for path in site.rglob("*.css"):
        named = re.findall(r"(?:url\(|@import )\s*[\"']?([^\"')]+)", path.read_text())
        assert outside(named) == [], path


def local(path: Path, page: Page) -> Iterator[tuple[str, Path, str]]:
    for target in page.fetched + page.linked:
        parts = urlparse(target)
        if not parts.scheme and not parts.netloc:
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            yield target, there, unquote(parts.fragment)


def test_every_link_within_the_site_leads_somewhere(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        for target, there, fragment in local(path, page):
            assert there.exists(), f"{path.name}: {target}"
            if fragment and there in pages:
                assert fragment in pages[there].places, f"{path.name}: {target}"


def test_every_page_is_in_the_site_and_formulas_are_mathml(
    site: Path, pages: dict[Path, Page]
) -> None:
    for source in (ROOT / "docs").glob("*.md"):
        assert site / f"{source.stem}.html" in pages
    assert pages[site / "student.html"].math > 0
    for room in ("data", "lab", "answers", "grading"):
        text = (site / "api" / f"course_lib.{room}.html").read_text(encoding="utf-8")
        assert f"course_lib.{room}" in text
        assert text.count('class="sig sig-object py"') > 20, room
