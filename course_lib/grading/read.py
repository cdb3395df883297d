"""Reading a submission: whatever lies there, a valid notebook comes out, with a comment if need be.

An editor's trivia never cost a point: encodings, old formats, lost versions, foreign metadata and
odd types are put right. Only what holds no cells at all is answered with a comment.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from course_lib.grading.files import Files, beside

MAX_BYTES = 20 * 2**20
MAX_CELLS = 2_000
NOTE_ID = "unreadable"
NOTE = "**This submission could not be graded:**"
LEFT_OUT_ID = "left_out"
_IMAGE = re.compile(r"image/[a-z0-9.+-]+")
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAMES_SHOWN = 3
_DIGITS = 18


class _Unreadable(Exception):
    """What stands in the way, as a clause that follows a colon."""


def why_unreadable(nb: NotebookNode) -> str:
    """Why a notebook is the blank release and no submission; empty if it is one."""
    first = nb.cells[0].source if nb.cells else ""
    return first.replace("**", "") if first.startswith(NOTE) else ""


def read_submission(path: Path, release: Path) -> NotebookNode:
    """The submitted notebook, or the blank release with a comment that says what went wrong.

    Args:
        path: Where the submission should be: ``<student>/<lecture>/<notebook>.ipynb``.
        release: The released notebook, which stands in for an unreadable one.

    Returns:
        A valid notebook without outputs. Of the metadata only nbgrader's entries are kept.
        Where files beside it are too many or too large, a comment tells how many are left out.
    """
    try:
        cells = _repaired(_cells(_parsed(_content(path))))
        return new_notebook(cells=_left_out(path.parent) + cells)
    except _Unreadable as obstacle:
        comment = str(obstacle)
    except Exception as error:
        # Whatever a submitted file makes the reader raise, the class must go on.
        comment = f"it is no readable notebook ({type(error).__name__})"
    blank = nbformat.read(release, as_version=4)
    note = f"{NOTE} {comment}. Please submit it again."
    blank.cells.insert(0, new_markdown_cell(note, id=NOTE_ID))
    return blank


def _left_out(folder: Path) -> list[NotebookNode]:
    if not (number := beside(folder).left_out):
        return []
    note = (
        f"**Not all files were taken:** {number} of those beside this notebook were left out when "
        f"it was graded. A submission may bring {Files.MAX_FILES:,} files of "
        f"{Files.MAX_BYTES >> 20} MB together."
    )
    return [new_markdown_cell(note, id=LEFT_OUT_ID)]


def new_cell(kind: str, source: str, cell_id: str) -> NotebookNode:
    """A cell without outputs; nbformat's own functions validate each, half of the time it takes."""
    cell = NotebookNode(id=cell_id, cell_type=kind, metadata=NotebookNode(), source=source)
    if kind == "code":
        cell |= NotebookNode(execution_count=None, outputs=[])
    return cell


def _content(path: Path) -> bytes:
    # The student's folder too: above it, links are the instructor's own.
    if any(part.is_symlink() for part in (path, path.parent, path.parent.parent)):
        raise _Unreadable("the file or its folder is a link, and links are not followed")
    if not path.is_file():
        raise _Unreadable(f"the folder holds no file named {path.name}{_others(path.parent)}")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _Unreadable(
            f"the file holds {size / 2**20:.0f} MB, and at most {MAX_BYTES >> 20} MB are read "
            "(clearing all outputs makes it small)"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _Unreadable(f"the file cannot be opened ({error.strerror})") from error
    if not content.strip():
        raise _Unreadable("the file is empty")
    return content


def _others(folder: Path) -> str:
    """The notebooks that are there instead; their names are the student's and shown as code."""
    names = sorted(_text(p.name) for p in folder.glob("*.ipynb") if p.is_file())
    plain = [" ".join(name.replace("`", "'").split())[:60] for name in names[:_NAMES_SHOWN]]
    shown = ", ".join(f"`{name}`" for name in plain)
    return f"; there is {shown}" if shown else ""


def _parsed(content: bytes) -> Any:
    # UTF-8, -16 and -32, with and without a mark; a byte that does not fit is taken from cp1252.
    text = content.decode(json.detect_encoding(content), errors=_LENIENT).removeprefix("\ufeff")
    try:
        return json.loads(text, strict=False, parse_int=_integer)
    except RecursionError:
        raise _Unreadable("the file is nested too deeply for a notebook") from None
    except json.JSONDecodeError as error:
        raise _Unreadable(
            f"the file is no whole notebook: it is damaged or breaks off at line {error.lineno}"
        ) from None


def _one_byte_code(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


_LENIENT = "course-one-byte-code"
codecs.register_error(_LENIENT, _one_byte_code)


def _integer(digits: str) -> float:
    """Python refuses to read integers of thousands of digits; no field that is kept needs them."""
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _cells(data: Any) -> list[dict[str, Any]]:
    """The notebook's cells, told by their place rather than by the version that it claims."""
    if not isinstance(data, dict):
        raise _Unreadable("the file is no notebook")
    if isinstance(data.get("worksheets"), list) and "cells" not in data:
        cells = [_upgraded(cell) for cell in _old_cells(data["worksheets"])]
    else:
        cells = [cell for cell in _list(data.get("cells")) if isinstance(cell, dict)]
    if not cells:
        raise _Unreadable("the notebook has no cells")
    if len(cells) > MAX_CELLS:
        raise _Unreadable(f"the notebook has {len(cells)} cells, and at most {MAX_CELLS} are read")
    return cells


def _old_cells(worksheets: list[Any]) -> Iterator[dict[str, Any]]:
    for sheet in worksheets:
        found = _list(sheet.get("cells")) if isinstance(sheet, dict) else []
        yield from (cell for cell in found if isinstance(cell, dict))


def _upgraded(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell of nbformat 3 as one of nbformat 4, which renamed its fields."""
    source = _text(cell.get("input", cell.get("source")))
    if cell.get("cell_type") != "heading":
        return cell | {"source": source}
    level = cell.get("level")
    marks = "#" * (level if isinstance(level, int) and level in range(1, 7) else 1)
    return cell | {"cell_type": "markdown", "source": f"{marks} {source}"}


def _repaired(cells: list[dict[str, Any]]) -> list[NotebookNode]:
    """Valid cells, each with an id of its own: the one it had, if that is valid."""
    given = [_text(cell.get("id")) for cell in cells]
    taken = set(given)
    fresh = (name for number in count(1) if (name := f"read-{number:03d}") not in taken)
    used: set[str] = set()
    repaired = []
    for cell, name in zip(cells, given, strict=True):
        own = name if _CELL_ID.fullmatch(name) and name not in used else next(fresh)
        used.add(own)
        repaired.append(_repair(cell, own))
    return repaired


def _repair(cell: dict[str, Any], cell_id: str) -> NotebookNode:
    kind = _kind(cell)
    fixed = new_cell(kind, _text(cell.get("source")), cell_id)
    metadata = cell.get("metadata")
    entry = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(entry, dict):
        fixed.metadata["nbgrader"] = NotebookNode(_plain(entry))
    if kind != "code" and (images := _images(cell.get("attachments"))):
        fixed.attachments = images
    return fixed


def _kind(cell: dict[str, Any]) -> str:
    kind: Any = cell.get("cell_type")
    if kind in ("code", "markdown", "raw"):
        return str(kind)
    # What only a code cell has tells it where the type is lost.
    return "code" if {"outputs", "execution_count", "input"} & set(cell) else "markdown"


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """The texts, truth values and numbers of an entry; nbgrader's has no other fields."""
    return {
        _text(name): _text(value) if isinstance(value, str) else value
        for name, value in entry.items()
        if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    }


def _images(attachments: Any) -> NotebookNode:
    """Pictures pasted into a text cell."""
    images = NotebookNode()
    for name, data in attachments.items() if isinstance(attachments, dict) else ():
        kept = {
            kind: _text(content)
            for kind, content in (data.items() if isinstance(data, dict) else ())
            if _IMAGE.fullmatch(kind) and isinstance(content, str | list)
        }
        if kept:
            images[_text(name)] = NotebookNode(kept)
    return images


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A text as nbformat stores it, whole or in lines; halves of surrogate pairs are replaced."""
    text = value if isinstance(value, str) else ""
    if isinstance(value, list):
        text = "".join(line for line in value if isinstance(line, str))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
