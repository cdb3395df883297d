"""Does the hand-out hold anything that only instructors may know?

Secret is every telling line of a solution region, a model answer, a hidden line, and of the rooms
of `course_lib.answers` that hold checks and answers. Notebooks, wheels and zips are read down to
their last file.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from course_lib.grading import notebook
from course_lib.grading.course import Course
from course_lib.grading.sandbox import PACKAGE

# Words that have no business in a hand-out, in whatever context.
MARKERS = (
    "BEGIN SOLUTION",
    "BEGIN HIDDEN",
    "course_lib.answers",
    "course_lib/answers",
    "Model answer",
)
ROOMS = ("reference", "hidden", "misconceptions", "equivalents", "forms", "demo")
# Lines that stand in both halves because they are common ways to say a common thing; most are how
# any check, visible or hidden, asks.
SHARED = {
    "answer = subject.ask(Ask(sizes=dict(sizes), call=False))",
    "got = value.type_name if isinstance(value, Foreign) else type(value).__name__",
    "if isinstance(value, (tuple, list)):",
    "raise Wrong(fault.name, fault.sentence)",
    "unchanged(args, answer.args_after)",
    "with torch.random.fork_rng(devices=[]):",
}
# A shorter line, such as `return weights`, says nothing; nor do imports and signatures, which the
# exercises themselves give away.
MIN_LENGTH = 24
_PLAIN = re.compile(
    r"import |from |def |class |except |@|#|r?\"{3}|\)"
    r"|for \w+ in range\(|super\(\)|return self\.|Letters in"
)


def secrets(course: Course, stems: list[str]) -> set[str]:
    """The secret lines of lectures, each stripped and with single spaces."""
    texts = [
        path.read_text(encoding="utf-8")
        for room in ROOMS
        for path in (PACKAGE / "answers" / room).rglob("*.py")
    ]
    for stem in stems:
        for cell in nbformat.read(course.source(stem), as_version=4).cells:
            texts += notebook.solutions(cell) + notebook.hidden_lines(cell)
    return {line for text in texts for line in map(_plain, text.splitlines()) if _tells(line)}


def leaks(path: Path, secret: set[str]) -> list[str]:
    """The leaks in a file or folder, one sentence each.

    Args:
        path: A notebook, wheel, zip, any other file, or a folder of these.
        secret: Secret lines, from `secrets`.
    """
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    found = []
    for file in files:
        for name, text in _texts(file.name, file.read_bytes()):
            found += [f"{name} holds {marker!r}." for marker in MARKERS if marker in text]
            lines = {_plain(line) for line in text.splitlines()}
            found += [f"{name} holds a secret line: {line}" for line in sorted(lines & secret)]
    return found


def _plain(line: str) -> str:
    return " ".join(line.split())


def _tells(line: str) -> bool:
    return len(line) >= MIN_LENGTH and line not in SHARED and _PLAIN.match(line) is None


def _texts(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """A file's texts; those inside archives and notebooks each by itself."""
    if name.endswith((".zip", ".whl", ".npz")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield f"{name}/{member}", ""
                for inner, text in _texts(member, archive.read(member)):
                    yield f"{name}/{inner}", f"{member}\n{text}"
    elif name.endswith(".ipynb"):
        # All strings of the notebook, so that outputs and metadata count too.
        yield name, "\n".join(_strings(json.loads(content)))
    else:
        yield name, content.decode("utf-8", errors="replace")


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        # nbformat writes a text as a list of its lines.
        yield "".join(node) if all(isinstance(item, str) for item in node) else ""
        for item in node:
            yield from _strings(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _strings(value)
