"""What a student's kernel sent to be shown: of any type and size until it has been through here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

MAX_CHARACTERS = 50_000  # of one text; longer ones are cut
# The names of the errors by which a page says that the grader stopped something.
KERNEL_ENDED, LIMIT, OUTPUT_LIMIT, TIMEOUT = "KernelEnded", "Limit", "OutputLimit", "Timeout"
STOPPED = {KERNEL_ENDED, LIMIT, OUTPUT_LIMIT, TIMEOUT}
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_PICTURES = ("image/png", "image/jpeg")
_TEXTS = ("text/html", "text/markdown", "text/latex", "text/plain")


def size(content: Any) -> int:
    """About how many bytes the content of a message takes here."""
    if isinstance(content, (str, bytes, memoryview)):
        return len(content)
    if isinstance(content, dict):
        return sum(map(size, content.values())) + sum(map(size, content))
    if isinstance(content, list):
        return sum(map(size, content))
    return 8


def coalesce(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """One text per stream, stdout's first, however the kernel happened to flush it.

    They stand where the first of them stood. What a carriage return overwrites on a terminal is
    left out.
    """
    texts = {"stdout": "", "stderr": ""}
    merged: list[NotebookNode] = []
    place = None
    for output in outputs:
        if output.output_type != "stream" or output.name not in texts:
            merged.append(output)
            continue
        place = len(merged) if place is None else place
        texts[output.name] += output.text
    streams = [
        new_output("stream", name=name, text="\n".join(map(_overwritten, text.split("\n"))))
        for name, text in texts.items()
        if text
    ]
    return [*merged[:place], *streams, *merged[place:]] if place is not None else merged


def _overwritten(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2]


def shown(outputs: Any) -> list[NotebookNode]:
    """The outputs that can be shown, each of the fields and types that nbformat knows.

    Args:
        outputs: What a kernel sent, of any type.
    """
    kept = []
    for output in outputs if isinstance(outputs, list) else []:
        fields = output if isinstance(output, Mapping) else {}
        kind = fields.get("output_type")
        if kind == "stream":
            name = "stderr" if fields.get("name") == "stderr" else "stdout"
            kept.append(new_output("stream", name=name, text=cut(_text(fields.get("text")))))
        elif kind == "error":
            kept.append(_error(fields))
        elif kind in ("display_data", "execute_result"):
            kept.append(_display(str(kind), fields))
    return kept


def _error(fields: Mapping[str, Any]) -> NotebookNode:
    given = fields.get("traceback")
    lines = [_text(line) for line in given] if isinstance(given, list) else []
    return new_output(
        "error",
        ename=cut(_text(fields.get("ename"))),
        evalue=cut(_text(fields.get("evalue"))),
        traceback=cut("\n".join(lines)).split("\n"),
    )


def _display(kind: str, fields: Mapping[str, Any]) -> NotebookNode:
    given = fields.get("data")
    data = given if isinstance(given, Mapping) else {}
    shown = {name: _text(data[name]) for name in (*_TEXTS, *_PICTURES) if name in data}
    for name in _PICTURES:
        if name in shown and not _BASE64.fullmatch(shown[name]):
            del shown[name]
    for name in ("text/latex", "text/markdown", "text/plain"):
        if name in shown:
            shown[name] = cut(shown[name])
    numbered = {"execution_count": count(fields.get("execution_count"))}
    return new_output(
        kind,
        data=shown,
        metadata=_sizes(fields.get("metadata")),
        **(numbered if kind == "execute_result" else {}),
    )


def _sizes(metadata: Any) -> NotebookNode:
    """The sizes of pictures, which the template writes into a tag without quotes."""
    kept = NotebookNode()
    for name in _PICTURES if isinstance(metadata, Mapping) else ():
        sizes = metadata.get(name)
        if isinstance(sizes, Mapping):
            kept[name] = NotebookNode(
                {side: sizes[side] for side in ("width", "height") if count(sizes.get(side))}
            )
    return kept


def count(value: Any) -> int | None:
    """A whole number, or None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    text = value if isinstance(value, str) else ""
    # Half a surrogate pair is a character that no file can hold.
    return text.encode("utf-8", "replace").decode()


def cut(text: str, most: int = MAX_CHARACTERS) -> str:
    """The beginning of a long text, and that it was longer."""
    if len(text) <= most:
        return text
    return f"{text[:most]}\n[cut here: {len(text)} characters in all]"
