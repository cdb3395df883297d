"""Two thousand damaged notebooks: each is read and sanitised, and no answer is lost."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from zlib import crc32

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import common
from nbgrader.preprocessors import overwritecells, overwritekernelspec
from traitlets.utils.importstring import import_item

from course_lib.grading import course, notebook, release
from course_lib.grading.read import NOTE_ID, read_submission

ROOT = Path(__file__).parents[2]
STUDENTS = ("perfect", "blank", "test_cells_deleted", "perfect_in_another_style")
SUBMITTED = [
    # Through nbformat, which makes each source one text, and back to plain lists and dicts.
    json.loads(json.dumps(nbformat.read(ROOT / f"submitted/{student}/vowels/vowels.ipynb", 4)))
    for student in STUDENTS
]
for _whole in SUBMITTED:
    # Of the plain texts, which are all alike, a few are enough: this halves the time.
    _plain = [c for c in _whole["cells"] if c["cell_type"] == "markdown" and not c["metadata"]]
    _whole["cells"] = [cell for cell in _whole["cells"] if cell not in _plain[5:]]
NAMES = [cell["id"] for cell in SUBMITTED[0]["cells"]]


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value] if depth % 2 else {"nbgrader": value}
    return value


# What a value may become, anywhere.
JUNK: list[Any] = [
    None, True, 7, -1, 10**400, 1e400, float("nan"), "", "x", "code", "markdown", "\ud800", "\x00",
    "a\r\nb", [], ["a\n", "b"], ["a", 7, None], {}, {"a": {"b": []}}, {"grade_id": "trained"},
    {"nbgrader": {"grade_id": "test_trained", "grade": "x", "points": "x", "schema_version": 99}},
    {"nbgrader": {"grade_id": 7}}, {"image.png": {"image/png": "aGk="}}, nested(200), nested(201),
]  # fmt: skip
Change = Callable[[dict[str, Any], int, int, Any], None]


def drop(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    cells = nb["cells"]
    del cells[a % len(cells)]


def drop_many(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    nb["cells"] = [cell for index, cell in enumerate(nb["cells"]) if (index * a + b) % 3] or [{}]


def repeat(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    cells = nb["cells"]
    cells.insert(b % (len(cells) + 1), deepcopy(cells[a % len(cells)]))


def reorder(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    nb["cells"].sort(key=lambda cell: crc32(f"{a} {json.dumps(cell)}".encode()))


def reverse(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    nb["cells"].reverse()


def insert(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    nb["cells"].insert(b % (len(nb["cells"]) + 1), junk)


def claim(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    cell = nb["cells"][a % len(nb["cells"])]
    if isinstance(cell, dict):
        cell["metadata"] = {"nbgrader": {"grade_id": NAMES[b % len(NAMES)], "locked": junk}}


def retype(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    cell = nb["cells"][a % len(nb["cells"])]
    if isinstance(cell, dict):
        cell["cell_type"] = ("code", "markdown", "raw", "heading", junk)[b % 5]


def strip(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    for cell in nb["cells"]:
        if isinstance(cell, dict):
            cell.pop(("metadata", "id", "cell_type")[a % 3], None)


def halve(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    """Leave half of a character, as a cut at the wrong place does."""
    cell = nb["cells"][a % len(nb["cells"])]
    if isinstance(cell, dict) and isinstance(cell.get("source"), str):
        cell["source"] += "\ud800"


def in_lines(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    for cell in nb["cells"]:
        if isinstance(cell, dict) and isinstance(cell.get("source"), str):
            cell["source"] = cell["source"].splitlines(keepends=True)


def replace(nb: dict[str, Any], a: int, b: int, junk: Any) -> None:
    """Set, delete or rename any value of any cell, or of the notebook but its cells."""
    cell = nb["cells"][a % len(nb["cells"])]
    place = cell if b % 5 and isinstance(cell, dict) else nb
    for _ in range(b % 4):
        inside = [value for value in place.values() if isinstance(value, dict) and value]
        place = inside[a % len(inside)] if inside else place
    keys = sorted(key for key in place if key != "cells" or place is not nb)
    if keys and b % 7 == 0:
        del place[keys[a % len(keys)]]
    elif keys and b % 7 == 1:
        place["renamed"] = place.pop(keys[a % len(keys)])
    elif keys:
        place[keys[a % len(keys)]] = junk


CHANGES: list[Change] = [
    drop, drop_many, repeat, reorder, reverse, insert, claim, retype, strip, halve, in_lines,
    *[replace] * 6,
]  # fmt: skip


def old_format(nb: dict[str, Any]) -> dict[str, Any]:
    cells = deepcopy(nb["cells"])
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and "source" in cell:
            cell["input"] = cell.pop("source")
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}


def truncated(content: bytes, a: int) -> bytes:
    return content[: a % (len(content) + 1)]


def flipped(content: bytes, a: int) -> bytes:
    at = a % len(content)
    return content[:at] + bytes([content[at] ^ (1 << a % 8)]) + content[at + 1 :]


def spliced(content: bytes, a: int) -> bytes:
    at = a % len(content)
    return content[:at] + content[-(a % 97) :] + content[at + a % 13 :]


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252")
DAMAGES = (truncated, flipped, spliced)
small = st.integers(0, 10**6)
changes = st.lists(
    st.tuples(st.sampled_from(CHANGES), small, small, st.sampled_from(JUNK)), max_size=5
)


class Marker:
    """Where the fixture puts what all examples share."""

    released: dict[str, tuple[str, bool, bool]]
    steps: list[Any]
    blank: Path
    path: Path
    seen: Counter[str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    """The configured steps over the gradebook of a released course, which stays open.

    Nothing is left out: the gradebook is opened once and nbgrader's schema is checked once, not
    once per step and per cell.
    """
    root = tmp_path_factory.mktemp("course")
    for name in ("lectures", "source"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    found = course.find(root)
    found_here = Marker()
    found_here.blank = release.release(found, "vowels")
    found_here.path = root / "submitted" / "ada" / "vowels" / "vowels.ipynb"
    found_here.path.parent.mkdir(parents=True)
    directory = found.directory()
    kinds = map(import_item, found.config.Autograde.sanitize_preprocessors)
    found_here.steps = [kind(config=found.config) for kind in kinds]
    found_here.seen = Counter()
    book = Gradebook(directory.db_url, directory.course_id)
    held = book.find_notebook("vowels", "vowels")
    graded = {cell.name for cell in held.grade_cells}
    found_here.released = {
        cell.name: (cell.source, cell.locked, cell.name in graded) for cell in held.source_cells
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gradebook, "close", lambda _: None)
        for module in (overwritecells, overwritekernelspec):
            patch.setattr(module, "Gradebook", lambda _url: book)
        patch.setattr(
            common.jsonschema, "validate", lambda value, schema: checker(schema).validate(value)
        )
        yield found_here
    book.close()


def checker(schema: Any) -> Any:
    return common.jsonschema.validators.validator_for(schema)(schema)


def read_and_sanitise(desk: Marker) -> tuple[bool, Any]:
    nb = read_submission(desk.path, desk.blank)
    nbformat.validate(nb)
    unread = nb.cells[0].id == NOTE_ID
    resources: Any = {"nbgrader": {"notebook": "vowels", "assignment": "vowels", "db_url": ""}}
    for step in desk.steps:
        nb, resources = step(nb, resources)
    return unread, nb


def assert_gradable(desk: Marker, nb: Any) -> None:
    """Valid, each cell that counts once, tests as released and after their solutions."""
    nbformat.validate(nb)
    # Past the validation that `nbformat.writes` and `reads` repeat.
    text = nbformat.v4.writes(nb)
    text.encode()
    assert nbformat.v4.reads(text) == nb
    order = [notebook.grade_id(cell) for cell in nb.cells]
    names = Counter(filter(None, order))
    for name in names:
        solution = name.removeprefix("test_")
        assert (
            name == solution or solution not in names or order.index(name) > order.index(solution)
        )
    assert set(names) <= set(desk.released)
    for name, (source, locked, graded) in desk.released.items():
        assert names[name] <= 1
        if graded:
            assert names[name] == 1
        if names[name] and locked:
            (cell,) = (cell for cell in nb.cells if notebook.grade_id(cell) == name)
            assert cell.source == source
            assert cell.cell_type == "code"


def assert_no_text_is_lost(desk: Marker, given: dict[str, Any], nb: Any) -> None:
    sources = {cell.source for cell in nb.cells}
    released = {
        line.strip()
        for source, locked, _ in desk.released.values()
        if locked
        for line in source.splitlines()
    }
    for cell in given["cells"]:
        source = cell.get("source") if isinstance(cell, dict) else None
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str) or "\ud800" in source or cell.get("cell_type") == "heading":
            continue
        ours = all(line.strip() in released for line in source.splitlines())
        assert source in sources or ours, source


@settings(
    max_examples=2000,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    base=st.integers(0, len(SUBMITTED) - 1),
    changed=changes,
    old=st.integers(0, 9),
    encoding=st.sampled_from(ENCODINGS),
    damage=st.sampled_from((None,) * 6 + DAMAGES),
    where=small,
)
def test_mutated_notebooks_are_read_and_sanitised(
    desk: Marker,
    base: int,
    changed: list[tuple[Change, int, int, Any]],
    old: int,
    encoding: str,
    damage: Callable[[bytes, int], bytes] | None,
    where: int,
) -> None:
    given_nb = deepcopy(SUBMITTED[base])
    for change, a, b, junk in changed:
        if given_nb["cells"]:
            change(given_nb, a, b, deepcopy(junk))
    data = old_format(given_nb) if old == 0 else given_nb
    text = json.dumps(data, ensure_ascii=encoding == "cp1252" or where % 5 < 2, indent=where % 3)
    content = text.replace("\n", "\r\n" if where % 2 else "\n").encode(encoding, "surrogatepass")
    desk.path.write_bytes(damage(content, where) if damage else content)
    unread, nb = read_and_sanitise(desk)
    assert_gradable(desk, nb)
    if damage is None:
        assert unread != any(isinstance(cell, dict) for cell in given_nb["cells"])
        assert_no_text_is_lost(desk, given_nb, nb)
    desk.seen["unread" if unread else "read"] += 1


def test_both_readable_and_unreadable_ones_were_among_them(desk: Marker) -> None:
    assert desk.seen["read"] + desk.seen["unread"] >= 2000
    assert desk.seen["read"] > 1000
    assert desk.seen["unread"] > 100
