"""Pages say what is so: links lead somewhere, sentences are those of the code."""

import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
import torch
import yaml
from torch import Tensor
from traitlets.config import Config

from course_lib.grading.course import find
from course_lib.grading.limits import _HIT, _STOPPED, LimitsConfig
from course_lib.lab import visible
from tests.docs.pages import ROOT, tracked

PAGES = tracked("*.md")
CONFIG = find(ROOT).config
# Written by `course audit --write`, which takes minutes; a fresh table may not be there yet.
DERIVED = {ROOT / "docs" / "kill_table.md"}
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """The fragments that a page's headings have, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", _without_blocks(text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def _without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(_CODE.sub("", text_of(page))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = unquote(target).partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists() or there in DERIVED, f"{page.name}: {target}"
        if fragment:
            assert fragment in anchors(there), f"{page.name}: {target}"


def test_the_students_guide_tells_every_limits_sentence() -> None:
    said = text_of(ROOT / "docs" / "student.md")
    limits = LimitsConfig(config=CONFIG)
    # The names of `c.GradedExecute` reach its base class too; a lecture without limits of its own.
    limits.update_config(_renamed())
    told = [limits.why_stopped("addition", name) for name in _STOPPED]
    told += [limits._filled("addition", sentence) for _, sentence in _HIT]
    cell, call = CONFIG.GradedExecute.timeout, limits.limit("addition", "check_timeout")
    told.append(f"This cell was stopped after {cell} seconds: is there a loop that never ends?")
    told.append(f"The call was stopped after {call} seconds: is there a loop that never ends?")
    for sentence in told:
        assert sentence in said


def _renamed() -> Config:
    renamed = Config(CONFIG)
    renamed.LimitsConfig = Config(
        {
            name: value
            for name, value in CONFIG.GradedExecute.items()
            if LimitsConfig.class_traits().get(name) is not None
        }
    )
    return renamed


def _mean(weights: Tensor, states: Tensor) -> Tensor:
    return (weights[:, :, None] * states).mean(dim=1)


def _over_batch(states: Tensor, rows: Tensor) -> Tensor:
    return (states * rows).sum(dim=2).softmax(dim=0)


@pytest.mark.parametrize(
    ("name", "answer", "pages"),
    [
        ("context_vector", _mean, ("docs/student.md", "README.md")),
        ("time_weights", _over_batch, ("docs/student.md",)),
    ],
)
def test_sentences_of_visible_checks_are_shown_as_they_are(
    name: str, answer: object, pages: tuple[str, ...]
) -> None:
    with pytest.raises(visible.NotYet) as raised:
        visible.checker("vowels")(name, answer)
    [line] = raised.value._render_traceback_()
    for page in pages:
        assert line in text_of(ROOT / page)


def test_a_right_answer_is_greeted_as_the_guide_says(capsys: pytest.CaptureFixture[str]) -> None:
    visible.checker("vowels")("context_vector", lambda w, s: torch.einsum("bt,bth->bh", w, s))
    assert capsys.readouterr().out.strip() in text_of(ROOT / "docs" / "student.md")


def test_the_citation_is_whole_and_of_this_version() -> None:
    cited = yaml.safe_load(text_of(ROOT / "CITATION.cff"))
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    # The keys of the Citation File Format 1.2.0 that we use, and those that it asks for.
    assert set(cited) <= {
        "abstract", "authors", "cff-version", "keywords", "license", "message", "title", "type",
        "version",
    }  # fmt: skip
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "software"
    assert cited["version"] == project["version"]
    assert cited["license"] == project["license"]
    [author] = cited["authors"]
    assert set(author) == {"name"}
    assert author["name"] in text_of(ROOT / "LICENSE")
