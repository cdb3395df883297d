"""The clothing reviews: a small invented file, and the real one as it is fetched."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from course_lib.data import DataError, catalogue, find
from course_lib.data.reviews import LEAST, Reviews, load, vocabulary, write_predictions

ROWS = [
    {"split": "train", "text": "Lovely.\u2028Soft!", "recommended": True},
    {"split": "test", "text": "Itchy", "recommended": None},
    {"split": "train", "text": "no", "recommended": False},
    {"split": "dev", "text": "fine", "recommended": True},
]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that holds four reviews."""
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()
    monkeypatch.setenv("COURSE_LIB_CACHE", str(tmp_path))
    row = replace(find("reviews"), sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(catalogue.DATASETS, "reviews", row)
    (tmp_path / "reviews.jsonl").write_bytes(content)
    return tmp_path


def test_a_split_holds_its_reviews_with_their_places(small: Path) -> None:
    train = load("train")
    assert (train.ids, train.texts) == ((0, 2), ("Lovely.\u2028Soft!", "no"))
    assert train.words == [["lovely", "soft"], ["no"]]
    assert torch.equal(train.labels, torch.tensor([1.0, 0.0]))
    assert len(train) == 2
    assert load("dev").ids == (3,)


def test_the_test_split_has_no_labels(small: Path) -> None:
    test = load("test")
    assert (test.ids, test.texts, test.recommended) == ((1,), ("Itchy",), ())
    with pytest.raises(DataError, match="labels of the test split are not given"):
        _ = test.labels


def test_an_unknown_split_is_named(small: Path) -> None:
    with pytest.raises(DataError, match='no split "validation": choose one of train, dev, test'):
        load("validation")


def test_without_the_file_one_sentence_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_LIB_CACHE", str(tmp_path))
    with pytest.raises(
        DataError, match=r"cannot read .*: fetch it with `python -m course_lib\.data\.fetch reviews"
    ):
        load("train")


def test_the_vocabulary_knows_what_is_frequent_in_training() -> None:
    texts = ("soft " * LEAST, "scratchy " * (LEAST - 1))
    known = vocabulary(Reviews((0, 1), texts, (True, False)))
    assert known.words == ("<PAD>", "<UNK>", "soft")
    assert known.counts == (0, LEAST - 1, LEAST)


def test_predictions_are_a_table_of_id_and_label(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.csv", [7, 3], [1, 0])
    assert (tmp_path / "p.csv").read_bytes() == b"id,label\r\n7,1\r\n3,0\r\n"
    with pytest.raises(DataError, match="2 ids and 1 labels"):
        write_predictions(tmp_path / "p.csv", [7, 3], [1])
    with pytest.raises(DataError, match="0 or 1, not 2"):
        write_predictions(tmp_path / "p.csv", [7, 3], [1, 2])


def test_the_real_reviews() -> None:
    splits = {name: load(name) for name in ("train", "dev", "test")}
    sizes = {name: len(split) for name, split in splits.items()}
    assert sizes == {"train": 18_115, "dev": 2_263, "test": 2_263}
    assert sum(sizes.values()) == find("reviews").rows
    assert [sum(splits[name].recommended) for name in ("train", "dev")] == [14_834, 1_853]
    everywhere = [set(split.texts) for split in splits.values()]
    assert len(set.union(*everywhere)) == sum(map(len, everywhere))
    known = vocabulary(splits["train"])
    assert known.words[2:5] == ("the", "i", "and")
    assert len(known) == len([count for count in known.counts[2:] if count >= LEAST]) + 2
