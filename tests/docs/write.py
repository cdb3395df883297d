"""`python -m tests.docs.write`: put what the story's commands print now into its pages."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.docs import story
from tests.docs.pages import ROOT, agrees


def rewritten(text: str, told: Iterable[story.Told]) -> str:
    """A page's text with the new output of those commands whose output differs."""
    lines = text.splitlines()
    # From the end, so that the numbers of the lines before stay right.
    for one in sorted(told, key=lambda one: one.command.span, reverse=True):
        if not agrees(one.command.shown, one.got):
            first, end = one.command.span
            lines[first:end] = [line.rstrip() for line in one.got.splitlines()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the story, and write its pages."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        root.mkdir()
        told = list(story.tell(story.repository(root)))
    for page in story.STORY:
        path = ROOT / "docs" / f"{page}.md"
        here = [one for one in told if one.page == page]
        path.write_text(rewritten(path.read_text(encoding="utf-8"), here), encoding="utf-8")
        for one in here:
            if one.status and not one.status_is_shown:
                print(f"docs/{page}.md: $ {one.command.text}: status {one.status}")


if __name__ == "__main__":
    main()
