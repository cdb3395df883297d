"""Bulk downloads of learning platforms: what a zip of submissions holds, read with suspicion.

A zip is other people's writing. Nothing of it is unpacked: notebooks are read into memory, one at a
time and up to a limit that counts what really comes out, and the names in it decide no path.

The platforms' naming, as their documentation and downloads show it:

- Canvas: ``lovelaceada_LATE_4711_99887_vowels-1.ipynb``: the name, a mark if late, the ids of user
  and upload, the file's own name, and how often it had been handed in before.
- Moodle: ``Ada Lovelace_123_assignsubmission_file_/vowels.ipynb``, or the file's name behind the
  last underscore; the number belongs to the assignment, not to the person.
- Gradescope: ``.../submission_77/vowels.ipynb``; ``submission_metadata.yml`` says whose each is.
"""

from __future__ import annotations

import datetime
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from course_lib.grading.errors import CourseError
from course_lib.grading.read import MAX_BYTES

MAX_FILES = 50_000
MAX_TOTAL = 4 * 2**30  # of all notebooks, unpacked
_METADATA = "submission_metadata.yml"
_CANVAS = re.compile(
    r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<upload>\d+)_(?P<file>.+?)(-\d+)?\.ipynb",
    re.IGNORECASE,
)
_MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_file_?")


class Unreadable(CourseError):
    """One file of a zip cannot be read; the others may."""


@dataclass(frozen=True)
class HandedIn:
    """One notebook of a bulk download.

    Attributes:
        place: Its name in the zip.
        file: The name of the student's own file, without the platform's additions.
        names: Ways in which the platform writes the student's name; not all platforms do.
        ids: Ids and addresses of the student; empty where the platform gives none.
        order: Of several by one student the greatest was handed in last.
        time: When it was handed in, in UTC without a zone, where the platform says so.
        late: Whether the platform marks it as late.
    """

    place: str
    file: str
    names: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    order: tuple[float, ...] = ()
    time: datetime.datetime | None = None
    late: bool = False


@dataclass(frozen=True)
class Bulk:
    """A bulk download.

    Attributes:
        platform: "canvas", "moodle" or "gradescope".
        handed_in: Its notebooks.
        nameless: Notebooks that are not named as the platform names them.
    left_out: What is no notebook.
    """

    platform: str
    handed_in: list[HandedIn]
    nameless: list[str]
    left_out: list[str]


class Opened:
    """A zip whose notebooks are read one by one.

    Raises:
        CourseError: If it is no zip, or holds more than a class hands in.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
        except zipfile.BadZipFile as error:
            raise CourseError(
                f"{path} is no zip file, or only a part of one: download it again."
            ) from error
        entries = self._zip.infolist()
        if len(entries) > MAX_FILES:
            raise CourseError(
                f"{path} holds {len(entries):,} files, more than {MAX_FILES:,}: it is no class's "
                "submissions."
            )
        self._files = {
            entry.filename: entry
            for entry in entries
            if not entry.is_dir() and not stat.S_ISLNK(entry.external_attr >> 16)
        }
        self._left = MAX_TOTAL

    def __enter__(self) -> Opened:
        """Keep it open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """Its files, without folders and links, sorted."""
        return sorted(self._files)

    def read(self, name: str) -> bytes:
        """One file, whole.

        Raises:
            Unreadable: If it is larger than a notebook may be, or damaged.
            CourseError: If the zip is locked, or if all that was read is more than a class hands
                in.
        """
        try:
            with self._zip.open(self._files[name]) as file:
                # What the zip says of sizes may be a lie: count what comes out.
                content = file.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise Unreadable(f"it is damaged ({error})") from error
        except RuntimeError as error:  # so zipfile says that it needs a password
            raise CourseError(
                f"{self._path} is locked with a password: unlock it first."
            ) from error
        self._left -= len(content)
        if self._left < 0:
            raise CourseError(
                f"{self._path} holds more than {MAX_TOTAL // 2**30} GB unpacked: it is no class's "
                "submissions."
            )
        if len(content) > MAX_BYTES:
            raise Unreadable(f"it is larger than {MAX_BYTES // 2**20} MB unpacked")
        return content

    def listing(self) -> Bulk:
        """Whose notebooks it holds, by the names of the platform that made it.

        Raises:
            CourseError: If no platform names files like this.
        """
        if any(PurePosixPath(name).name == _METADATA for name in self._files):
            return self._bulk("gradescope", self._gradescope())
        notebooks = [name for name in self.names if _is_notebook(name)]
        for platform, read in (("moodle", _moodle), ("canvas", _canvas)):
            found = [one for name in notebooks if (one := read(name)) is not None]
            if found:
                return self._bulk(platform, found)
        raise CourseError(
            f"{self._path} holds no submission named as Canvas, Moodle or Gradescope name them: is "
            "it the download of all submissions?"
        )

    def _bulk(self, platform: str, found: list[HandedIn]) -> Bulk:
        taken = {one.place for one in found}
        rest = [name for name in self.names if PurePosixPath(name).name != _METADATA]
        left = [name for name in rest if name not in taken]
        nameless = [name for name in left if _is_notebook(name)]
        return Bulk(platform, found, nameless, [name for name in left if name not in nameless])

    def _gradescope(self) -> list[HandedIn]:
        [place, *_] = [name for name in self.names if PurePosixPath(name).name == _METADATA]
        try:
            told = yaml.safe_load(self.read(place))
            entries = {str(key): dict(value) for key, value in told.items()}
        except (Unreadable, yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
            raise CourseError(f"{place!r} in {self._path} is no list of submissions.") from error
        root = PurePosixPath(place).parent
        found = []
        for name in self.names:
            path = PurePosixPath(name)
            inside = path.relative_to(root).parts if path.is_relative_to(root) else ()
            if _is_notebook(name) and len(inside) > 1 and inside[0] in entries:
                found += list(_submitters(name, entries[inside[0]]))
        return found


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")


def _canvas(name: str) -> HandedIn | None:
    match = _CANVAS.fullmatch(PurePosixPath(name).name)
    if match is None:
        return None
    return HandedIn(
        name,
        match["file"],
        names=frozenset({match["name"]}),
        ids=frozenset({match["user"]}),
        order=(float(match["upload"]),),  # Canvas counts uploads up
        late=match["late"] is not None,
    )


def _moodle(name: str) -> HandedIn | None:
    path = PurePosixPath(name)
    for depth, part in enumerate(path.parts[:-1]):
        if match := _MOODLE.fullmatch(part):
            # Of several notebooks the one that lies nearest to the top.
            order = (-float(len(path.parts) - depth),)
            return HandedIn(name, path.stem, frozenset({match["name"]}), order=order)
    if match := re.match(rf"{_MOODLE.pattern[:-1]}(?P<file>.+)\.ipynb$", path.name, re.I):
        return HandedIn(name, match["file"], frozenset({match["name"]}))
    return None


def _submitters(name: str, entry: dict[str, Any]) -> Iterator[HandedIn]:
    """One for each member of a group."""
    time = entry.get(":created_at")
    if isinstance(time, datetime.datetime) and time.tzinfo is not None:
        time = time.astimezone(datetime.UTC).replace(tzinfo=None)
    for person in entry.get(":submitters") or []:
        ids = {str(person[key]) for key in (":sid", ":email") if person.get(key)}
        yield HandedIn(
            name,
            PurePosixPath(name).stem,
            names=frozenset({str(person.get(":name", ""))} - {""}),
            ids=frozenset(ids),
            order=(time.timestamp(),) if isinstance(time, datetime.datetime) else (),
            time=time if isinstance(time, datetime.datetime) else None,
        )
