"""What lies beside a submitted notebook: regular files only, links are never followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class Files:
    """The files of a submission that are given to its kernel.

    Attributes:
        folder: The submission's folder.
        names: Paths relative to it, sorted: no notebooks, no links, up to `MAX_BYTES` in all.
        links: Links in the folder, sorted.
        outside: Whether the folder itself is a link, or the student's: then nothing is taken.
    """

    folder: Path
    names: tuple[Path, ...]
    links: tuple[Path, ...]
    outside: bool = False

    MAX_BYTES: ClassVar[int] = 20 * 2**20

    def read(self) -> dict[str, bytes]:
        """Their contents by relative path."""
        return {str(name): (self.folder / name).read_bytes() for name in self.names}

    def described(self) -> Iterator[tuple[str, bytes]]:
        """Names and contents, and the names of links, for a hash."""
        for name in self.names:
            yield f"file {name}", (self.folder / name).read_bytes()
        for name in self.links:
            yield f"link {name}", b""


def beside(folder: Path) -> Files:
    """The files of a submission's folder."""
    if folder.is_symlink() or folder.parent.is_symlink():
        return Files(folder, (), (), outside=True)
    found: list[Path] = []
    links: list[Path] = []
    for here, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(here, name)
            if path.is_symlink():
                links.append(path.relative_to(folder))
            elif name in names and path.suffix != ".ipynb" and path.is_file():
                found.append(path.relative_to(folder))
    budget = Files.MAX_BYTES
    taken: list[Path] = []
    for path in sorted(found):
        budget -= (folder / path).stat().st_size
        if budget < 0:
            break
        taken.append(path)
    return Files(folder, tuple(taken), tuple(sorted(links)))
