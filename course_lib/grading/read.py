"""Reading a submission: whatever lies there, a notebook comes out, with a comment if need be."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

MAX_BYTES = 20 * 2**20


def read_submission(path: Path, release: Path) -> NotebookNode:
    """The submitted notebook, or the blank release with a comment that says what went wrong.

    Args:
        path: Where the submission should be.
        release: The released notebook, which stands in for an unreadable one.
    """
    comment = _obstacle(path)
    if not comment:
        try:
            nb = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
            nbformat.validate(nb)
            return nb
        except Exception as error:
            # Whatever a submitted file makes the reader raise, the class must go on.
            reason = " ".join(str(error).split())[:200]
            comment = f"it is no readable notebook ({type(error).__name__}: {reason})"
    blank = nbformat.read(release, as_version=4)
    note = f"**This submission could not be graded:** {comment}. Please submit it again."
    blank.cells.insert(0, new_markdown_cell(note, id="unreadable"))
    return blank


def _obstacle(path: Path) -> str:
    if path.is_symlink():
        return "the file is a link, and links are not followed"
    if not path.is_file():
        there = sorted(p.name for p in path.parent.glob("*.ipynb"))
        found = f"; there is {', '.join(there)}" if there else ""
        return f"the folder holds no file named {path.name}{found}"
    size = path.stat().st_size
    if size > MAX_BYTES:
        return f"the file holds {size / 2**20:.0f} MB, and at most {MAX_BYTES >> 20} MB are read"
    return ""
