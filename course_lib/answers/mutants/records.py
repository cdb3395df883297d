"""Mutants that are right answers, with the reason; one file a lecture, ``<stem>.toml``.

::

    [[equivalent]]
    exercise = "overlap"
    reason = "why the changed line still does what is asked"
    mutants = [
        ["the line as taught", "the changed line"],
    ]

    [[not_mutated]]
    exercise = "trained"
    reason = "why no mutant of this exercise is made"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
Key = tuple[str, str, str]  # exercise, line as taught, changed line


class BadRecord(Exception):
    """A file of records is not as it must be; the message says what to mend."""


@dataclass(frozen=True)
class Records:
    """What is known of a lecture's mutants.

    Attributes:
        equivalent: Why a mutant is a right answer.
        not_mutated: Why an exercise is left out, by its name.
    """

    equivalent: dict[Key, str]
    not_mutated: dict[str, str]


def load(lecture: str, folder: Path = FOLDER) -> Records:
    """A lecture's records; none if it has no file.

    Raises:
        BadRecord: If the file cannot be read, a record lacks something or stands there twice.
    """
    path = folder / f"{lecture}.toml"
    if not path.exists():
        return Records({}, {})
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadRecord(f"{path.name} is no TOML: {error}.") from error
    equivalent: dict[Key, str] = {}
    for entry in content.get("equivalent", []):
        exercise, reason = _text(path, entry, "exercise"), _text(path, entry, "reason")
        for pair in entry.get("mutants", []):
            if not (isinstance(pair, list) and len(pair) == 2):
                raise BadRecord(f"{path.name}: a mutant of {exercise} is no pair of lines: {pair}.")
            key = (exercise, str(pair[0]), str(pair[1]))
            if key in equivalent:
                raise BadRecord(f"{path.name}: a mutant of {exercise} stands twice: {pair[1]}.")
            equivalent[key] = reason
    left_out = {
        _text(path, entry, "exercise"): _text(path, entry, "reason")
        for entry in content.get("not_mutated", [])
    }
    return Records(equivalent, left_out)


def _text(path: Path, entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRecord(f"{path.name}: an entry has no {name}: {entry}.")
    return value
