"""`course data`: which datasets are there and whole, and fetching those that do not come along."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from course_lib.data import DataError, catalogue
from course_lib.grading.errors import CourseError, WrongUse

VERIFIED = "verified"
NOT_FETCHED = "not fetched"


def chosen(names: Sequence[str], *, full: bool) -> list[str]:
    """The datasets that a person asks to have fetched.

    Args:
        names: Datasets by name.
        full: Whether the whole `imdb` is wanted in place of its half.

    Raises:
        WrongUse: If there is no such dataset, or `full` is asked of another one.
    """
    for name in names:
        if name not in catalogue.DATASETS:
            raise WrongUse(
                f"There is no dataset named {name!r}: choose one of "
                f"{', '.join(catalogue.DATASETS)}."
            )
    if not full:
        return list(names)
    if "imdb" not in names:
        raise WrongUse("--full is for imdb: course data imdb --full.")
    return ["imdb_full" if name == "imdb" else name for name in names]


def provide(name: str) -> None:
    """Fetch a dataset, unless it is there and whole.

    Raises:
        CourseError: If it cannot be fetched; the message says why.
    """
    # Its packages load numpy, which a listing does without.
    from course_lib.data.fetch import fetch

    if state(name) == VERIFIED:
        return
    try:
        fetch(name)
    except DataError as error:
        raise CourseError(f"{name} could not be fetched: {error}.") from error


def require(lecture: str) -> None:
    """Return if the data of a lecture is here.

    Raises:
        CourseError: If it has to be fetched first, as no kernel can.
    """
    dataset = catalogue.DATASETS.get(lecture)
    if dataset is not None and not dataset.path.exists():
        raise CourseError(
            f"The data of {lecture} is not on this machine ({platform.node()}): run `course data "
            f"{lecture}` there first."
        )


def state(name: str) -> str:
    """`VERIFIED`, `NOT_FETCHED`, or the sentence that says what is wrong with its file."""
    dataset = catalogue.find(name)
    if not dataset.embedded and not dataset.path.exists():
        return NOT_FETCHED
    try:
        catalogue.verify(name)
    except DataError as error:
        return str(error)
    return VERIFIED


def faulty(states: Mapping[str, str]) -> bool:
    """Whether a file is missing that comes with the course, or any is damaged."""
    return any(found not in (VERIFIED, NOT_FETCHED) for found in states.values())


def listing(states: Mapping[str, str]) -> list[dict[str, object]]:
    """The catalogue for a machine: each dataset with its state."""
    return [
        {**asdict(dataset), "state": states[name]} for name, dataset in catalogue.DATASETS.items()
    ]
