"""What lies beside a submitted notebook: regular files only, links are never followed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class Files:
    """The files of a submission that are given to its kernel and kept in `autograded/`.

    Attributes:
        folder: The submission's folder.
        names: Paths relative to it, sorted: no notebooks, no links, up to `MAX_BYTES` in all.
        left_out: How many more there are, beyond `MAX_BYTES` or `MAX_FILES`.
        outside: Whether the folder itself is a link, or the student's: then nothing is taken.
    """

    folder: Path
    names: tuple[Path, ...]
    left_out: int = 0
    outside: bool = False

    MAX_BYTES: ClassVar[int] = 20 * 2**20
    MAX_FILES: ClassVar[int] = 1_000
    # In bytes, of a path within the folder: what is longer may not fit where it is copied to.
    MAX_NAME: ClassVar[int] = 255

    def read(self) -> dict[str, bytes]:
        """Their contents by relative path."""
        return {str(name): (self.folder / name).read_bytes() for name in self.names}

    def described(self) -> Iterator[tuple[str, bytes]]:
        """Names and contents, and what was not taken, for a hash."""
        for name in self.names:
            yield f"file {name}", (self.folder / name).read_bytes()
        if self.left_out:
            yield f"left out {self.left_out}", b""
        if self.outside:
            yield "outside", b""


def beside(folder: Path) -> Files:
    """The files of a submission's folder."""
    if folder.is_symlink() or folder.parent.is_symlink():
        return Files(folder, (), outside=True)
    found = sorted(_found(folder))
    names = _fitting(folder, found, Files.MAX_BYTES)
    return Files(folder, names, left_out=len(found) - len(names))


def regular(folder: Path, most: int) -> tuple[Path, ...]:
    """A folder's files by relative path, sorted: no notebooks, no links, up to `most` bytes."""
    return _fitting(folder, sorted(_found(folder)), most)


def _fitting(folder: Path, found: Sequence[Path], most: int) -> tuple[Path, ...]:
    taken: list[Path] = []
    for path in found[: Files.MAX_FILES]:
        most -= (folder / path).stat().st_size
        if most < 0:
            break
        taken.append(path)
    return tuple(taken)


def merged(own: Mapping[str, bytes], masters: Mapping[str, bytes]) -> dict[str, bytes]:
    """The instructor's files, and those of a student's that stand in the way of none of them."""
    files = {Path(name) for name in masters}
    folders = {folder for name in files for folder in name.parents}
    free = {
        name: content
        for name, content in own.items()
        if Path(name) not in folders and not files & {Path(name), *Path(name).parents}
    }
    return free | dict(masters)


def _found(folder: Path) -> Iterator[Path]:
    """Regular files by their relative paths; nothing in a folder that has a notebook's name."""
    for here, folders, names in os.walk(folder):
        at = Path(here).relative_to(folder)
        # Pruned, not passed over: a function cannot walk a thousand folders deep.
        folders[:] = [name for name in folders if _may_be_taken(at / name)]
        for name in names:
            path = folder / at / name
            if _may_be_taken(at / name) and path.is_file() and not path.is_symlink():
                yield at / name


def _may_be_taken(name: Path) -> bool:
    return name.suffix != ".ipynb" and len(os.fsencode(name)) <= Files.MAX_NAME
