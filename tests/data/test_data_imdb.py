"""The film reviews: small invented files, and the real one as it is fetched."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from course_lib.data import DataError, catalogue, find, imdb
from course_lib.data.imdb import ids, load, vocabulary


def keep(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, rows: list[dict[str, object]]
) -> None:
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    monkeypatch.setenv("COURSE_LIB_CACHE", str(folder))
    row = replace(find(name), sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(catalogue.DATASETS, name, row)
    (folder / f"{name}.jsonl").write_bytes(content)


def test_the_half_is_split_evenly_and_alike_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[dict[str, object]] = [
        {"text": f"{number}", "positive": number >= 20} for number in range(40)
    ]
    keep(tmp_path, monkeypatch, "imdb", rows)
    monkeypatch.setattr(imdb, "_HELD_OUT", 10)
    train, test = load()
    assert sorted([*train.texts, *test.texts], key=int) == [row["text"] for row in rows]
    assert (len(train), len(test)) == (30, 10)
    assert (sum(train.positive), sum(test.positive)) == (15, 5)
    for half in (train, test):
        assert half.positive == tuple(int(text) >= 20 for text in half.texts)
        assert half.labels.tolist() == [int(label) for label in half.positive]
        assert sorted(half.positive) != list(half.positive)
    assert load() == (train, test)


def test_the_whole_keeps_its_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, object]] = [
        {"split": split, "text": f"{split} {number}", "positive": number % 2 == 0}
        for split in ("test", "train")
        for number in range(8)
    ]
    keep(tmp_path, monkeypatch, "imdb_full", rows)
    train, test = load(full=True)
    assert sorted(train.texts) == [f"train {number}" for number in range(8)]
    assert sorted(test.texts) == [f"test {number}" for number in range(8)]
    assert list(train.texts) != sorted(train.texts)


def test_words_come_without_the_line_breaks_of_the_source() -> None:
    [words] = imdb.FilmReviews(("Good.<br /><br />Very",), (True,)).words
    assert words == ["good", "very"]


def test_texts_become_numbers() -> None:
    known = vocabulary([["a", "b", "a"], ["c", "b", "a"]], most=2)
    assert known.words == ("<PAD>", "<START>", "<UNK>", "a", "b")
    assert ids(["b", "c", "a"], known, longest=9) == [1, 4, 2, 3]
    assert ids(["b", "c", "a"], known, longest=2) == [1, 4]


@pytest.mark.parametrize("full", [False, True])
def test_without_the_file_one_sentence_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    monkeypatch.setenv("COURSE_LIB_CACHE", str(tmp_path))
    name = "imdb_full" if full else "imdb"
    with pytest.raises(
        DataError, match=rf"fetch it with `python -m course_lib\.data\.fetch {name}`"
    ):
        load(full=full)


def test_the_real_reviews() -> None:
    train, test = load()
    assert (len(train), len(test)) == (20_000, 5_000)
    assert (sum(train.positive), sum(test.positive)) == (10_000, 2_500)
    known = vocabulary(train.words)
    assert len(known) == 1_003
    assert known.words[:6] == ("<PAD>", "<START>", "<UNK>", "the", "and", "a")
