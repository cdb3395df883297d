"""Pages of Markdown as a test reads them: fenced blocks, commands, and the output they show."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"^(?P<marks>`{3,})(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=marks)$", re.MULTILINE | re.DOTALL
)
_PROMPT, _MORE = "$ ", "> "


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository as git knows them, those not yet added too, but none ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in told.stdout.splitlines() if (path := ROOT / name).is_file()]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and lines, the first of which has this number in the file."""

    language: str
    lines: list[str]
    first: int


@dataclass(frozen=True)
class Command:
    """A command of a console block and the output that the page shows for it.

    Attributes:
        text: What is typed, on one line or several.
        shown: What the page shows; empty if it shows nothing.
        span: The lines of the file, counted from 0, in which that stands: first and one past last.
    """

    text: str
    shown: str
    span: tuple[int, int]


def blocks(text: str) -> Iterator[Block]:
    """All fenced blocks of a page."""
    for match in _FENCE.finditer(text):
        first = text.count("\n", 0, match.start("body"))
        yield Block(match["language"].strip(), match["body"].splitlines(), first)


def commands(text: str) -> list[Command]:
    """All commands of a page's console blocks, in order."""
    found: list[Command] = []
    for block in blocks(text):
        if block.language == "console":
            found += _commands(block)
    return found


def _commands(block: Block) -> Iterator[Command]:
    starts = [i for i, line in enumerate(block.lines) if line.startswith(_PROMPT)]
    if not starts or starts[0] != 0:
        raise ValueError(f"the console block at line {block.first} begins with no command")
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        typed = start + 1
        while typed < end and block.lines[typed].startswith(_MORE):
            typed += 1
        text = "\n".join(line[2:] for line in block.lines[start:typed])
        text = re.sub(r"\s{2,}# .*$", "", text)  # what a page says of it
        shown = "\n".join(block.lines[typed:end])
        yield Command(text, shown, (block.first + typed, block.first + end))


def agrees(shown: str, got: str) -> bool:
    """Whether a command's output is what a page shows; `...` stands for anything."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(shown + "\n", got + "\n", flags)


def _outside_of_tests() -> dict[str, str]:
    """The environment without what pytest, and the make that has started it, say to each other."""
    inner = ("PYTEST", "MAKE", "MFLAGS")
    return {name: text for name, text in os.environ.items() if not name.startswith(inner)}


class Shell:
    """One bash, so that `cd` and `export` last from one command to the next."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env={**_outside_of_tests(), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """Type a command; its status and all that it prints."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        end = uuid.uuid4().hex
        typed = f"{{ {command}\n}} < /dev/null\nlast=$?; echo; echo {end} $last; (exit $last)\n"
        self._bash.stdin.write(typed)
        self._bash.stdin.flush()
        printed: list[str] = []
        for line in self._bash.stdout:
            if line.startswith(end):
                return int(line.split()[1]), "".join(printed).rstrip("\n")
            printed.append(line)
        raise RuntimeError(f"the shell ended: {command}")

    def close(self) -> None:
        """End it."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.close()
        self._bash.stdout.close()
        self._bash.wait()
