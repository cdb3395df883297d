"""Submissions that are more alike than the exercise explains.

What students write is cut into overlapping runs of tokens, of which a sample is kept as hashes
(winnowing: S. Schleimer, D. S. Wilkerson, A. Aiken (2003), SIGMOD, 76-85; by copydetect, which
also makes all names of variables equal). What the release, the taught solution or many
students have too is no evidence and is left out; what is left and two share is shown side by side.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import nbformat
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import get_token_coverage
from nbformat import NotebookNode

from course_lib.grading.course import Course

GRAM = 25  # characters of a run, names of variables counted as one
WINDOW = 10  # runs of which one is kept: what is shared over 34 characters is always found
COMMON = 0.1  # share of the class from which on a run is everybody's
FEWEST = 4  # and at least so many students
LEAST = 150  # characters that two must share to be shown
SHOWN = 20
_CODE, _PROSE = "code", "written answers"


@dataclass(frozen=True)
class Pair:
    """Two submissions that share passages.

    Attributes:
        first: A student.
        second: Another.
        kind: "code" or "written answers".
        shared: Characters of the first that the second has too.
        share: These as a share of all that the first, or the second if more, wrote; 0..1.
        passages: What they share, each as it stands in the first and in the second.
    """

    first: str
    second: str
    kind: str
    shared: int
    share: float
    passages: list[tuple[str, str]]


def pairs(course: Course, stem: str) -> list[Pair]:
    """The pairs of a lecture that share most, the most alike first, `SHOWN` at most."""
    known = [_read(path) for path in (course.release(stem), course.source(stem)) if path.is_file()]
    written = {
        path.parts[-3]: _read(path)
        for path in sorted((course.root / "autograded").glob(f"*/{stem}/{stem}.ipynb"))
    }
    found = [
        pair
        for kind in (_CODE, _PROSE)
        for pair in _alike(
            kind,
            {student: _text(nb, kind) for student, nb in written.items()},
            [_text(nb, kind) for nb in known],
        )
    ]
    return sorted(found, key=lambda pair: (-pair.share, pair.first, pair.second))[:SHOWN]


def _read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def _text(nb: NotebookNode, kind: str) -> str:
    """All that a student may have written of one kind."""
    wanted = "code" if kind == _CODE else "markdown"
    cells = [
        cell.source
        for cell in nb.cells
        if cell.cell_type == wanted and cell.metadata.get("nbgrader", {}).get("solution")
    ]
    return "\n\n".join(cells) + "\n"


def _alike(kind: str, texts: Mapping[str, str], known: Iterable[str]) -> list[Pair]:
    prints = {name: _print(kind, text) for name, text in texts.items()}
    counted = Counter(run for one in prints.values() for run in one.hashes)
    many = max(FEWEST, COMMON * len(prints))
    ours = {run for run, number in counted.items() if number >= many}
    ours.update(*(_print(kind, text).hashes for text in known))
    own = {name: _without(one, ours) for name, one in prints.items()}
    return [
        pair
        for first, second in _candidates(own)
        if (pair := _pair(kind, first, second, own[first], own[second])) is not None
    ]


def _print(kind: str, text: str) -> CodeFingerprint:
    name = f"answers.{'py' if kind == _CODE else 'txt'}"
    return CodeFingerprint(name, GRAM, WINDOW, filter=kind == _CODE, fp=io.StringIO(text))


def _without(one: CodeFingerprint, ours: set[int]) -> CodeFingerprint:
    """A fingerprint with the runs that are nobody's own taken out."""
    one.hashes -= ours
    one.hash_idx = {run: places for run, places in one.hash_idx.items() if run in one.hashes}
    one.token_coverage = get_token_coverage(one.hash_idx, GRAM, len(one.filtered_code))
    return one


def _candidates(own: Mapping[str, CodeFingerprint]) -> list[tuple[str, str]]:
    """Pairs that share any run, the most first; few of a class do."""
    holders: dict[int, list[str]] = defaultdict(list)
    for name in sorted(own):
        for run in set(own[name].hashes):
            holders[run].append(name)
    shared = Counter(pair for names in holders.values() for pair in combinations(names, 2))
    return [pair for pair, _ in shared.most_common(10 * SHOWN)]


def _pair(
    kind: str, first: str, second: str, one: CodeFingerprint, other: CodeFingerprint
) -> Pair | None:
    shared, shares, (here, there) = compare_files(one, other)
    if shared < LEAST:
        return None
    passages = [
        (one.raw_code[a:b].strip("\n"), other.raw_code[c:d].strip("\n"))
        for (a, b), (c, d) in _side_by_side(here, there)
    ]
    return Pair(first, second, kind, int(shared), min(1.0, float(max(shares))), passages)


def _side_by_side(here: Any, there: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The shared passages of both, in the order in which each has them."""
    left = sorted(zip(*here.astype(int).tolist(), strict=True))
    right = sorted(zip(*there.astype(int).tolist(), strict=True))
    longest = max(len(left), len(right))
    left += [(0, 0)] * (longest - len(left))
    right += [(0, 0)] * (longest - len(right))
    return list(zip(left, right, strict=True))
