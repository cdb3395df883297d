"""No text of the fetched reviews is committed: six words in a row would be one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_lib.data import find
from course_lib.data.text import tokenise

ROOT = Path(__file__).parents[2]
RUN = 6


def texts(value: object) -> Iterator[str]:
    """All strings of a notebook but its pictures, a list of lines as one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if value and all(isinstance(line, str) for line in value):
            yield "".join(value)
        else:
            for part in value:
                yield from texts(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if not key.startswith("image/"):
                yield from texts(part)


def runs(text: str) -> set[tuple[str, ...]]:
    words = tokenise(text)
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def shown() -> dict[tuple[str, ...], str]:
    """Each run of words of the committed notebooks' outputs and of their own sentences."""
    found: dict[tuple[str, ...], str] = {}
    for room in ("source", "release", "submitted"):
        for stem in ("reviews", "imdb"):
            for path in sorted((ROOT / room).rglob(f"{stem}.ipynb")):
                content = path.read_text(encoding="utf-8")
                try:
                    parts = list(texts(json.loads(content)["cells"]))
                except ValueError:  # the demo class holds half a file
                    parts = content.split("\\n")
                found |= {run: str(path) for part in parts for run in runs(part)}
    # A lecture's own sentences may hold six common words that some reviewer wrote as well.
    own = {
        run for path in (ROOT / "lectures").glob("*.py") for run in runs(path.read_text("utf-8"))
    }
    return {run: path for run, path in found.items() if run not in own}


@pytest.mark.parametrize("dataset", ["reviews", "imdb"])
def test_no_review_text_is_committed(dataset: str) -> None:
    committed = shown()
    assert committed
    common, seen = [], set(committed)
    for line in find(dataset).path.read_text(encoding="utf-8").split("\n")[:-1]:
        common += [(run, committed[run]) for run in runs(json.loads(line)["text"]) & seen]
    assert common == []


def test_a_run_of_six_words_is_found() -> None:
    cell = {"outputs": [{"text": ["One two three\n", "four five six"], "image/png": "a b c d e f"}]}
    assert [run for text in texts(cell) for run in runs(text)] == [
        ("one", "two", "three", "four", "five", "six")
    ]
