"""How the files of review texts are made from what the packages hold; the texts are invented."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pandas as pd
from fastparquet import write

from course_lib.data import packages
from course_lib.data.packages import build_imdb, build_imdb_full, build_reviews, split_reviews


def rows_of(content: bytes) -> list[dict[str, object]]:
    assert content.endswith(b"\n")
    return [json.loads(line) for line in content.decode("utf-8").split("\n")[:-1]]


def parquet(folder: Path, texts: list[str | None], labels: list[int]) -> bytes:
    frame = pd.DataFrame({"Age": 1, "Review Text": texts, "Recommended IND": labels})
    write(str(folder / "x.parquet"), frame, compression="BROTLI")
    return (folder / "x.parquet").read_bytes()


def test_reviews_are_split_by_label_and_a_text_is_in_one_split(tmp_path: Path) -> None:
    texts = [f"text {number}\nwith a second line" for number in range(300)]
    labels = [int(number % 3 > 0) for number in range(300)]
    # One text a second time, under the other label, and one review without a text.
    content = parquet(tmp_path, [*texts, texts[7], None], [*labels, 1 - labels[7], 1])
    rows = split_reviews([content])
    assert [text for _, text, _ in rows] == [*texts, texts[7]]
    assert [label for _, _, label in rows] == [*map(bool, labels), not labels[7]]
    assert rows[7][0] == rows[300][0]
    counts = Counter((split, label) for split, _, label in rows[:300])
    assert counts == {
        ("train", True): 160, ("dev", True): 20, ("test", True): 20,
        ("train", False): 80, ("dev", False): 10, ("test", False): 10,
    }  # fmt: skip


def test_the_labels_of_the_test_split_are_not_in_the_file(tmp_path: Path) -> None:
    content = parquet(tmp_path, [f"text {number}" for number in range(40)], [0, 1] * 20)
    for row, (split, text, label) in zip(
        rows_of(build_reviews([content])), split_reviews([content]), strict=True
    ):
        assert row == {
            "split": split, "text": text, "recommended": None if split == "test" else label
        }  # fmt: skip


def test_only_the_film_reviews_are_taken_from_the_table() -> None:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["text", "label", "source"])
    writer.writerow(['bad, "very"\nbad', 0, "imdb"])
    writer.writerow(["short", 1, "rotten_tomatoes"])
    writer.writerow(["schön", 1, "imdb"])
    assert rows_of(build_imdb([table.getvalue().encode()])) == [
        {"text": 'bad, "very"\nbad', "positive": False},
        {"text": "schön", "positive": True},
    ]


def test_the_place_in_the_file_tells_split_and_label() -> None:
    number = 4 * packages._IMDB_PART
    rows = rows_of(build_imdb_full([json.dumps([{"t": str(i)} for i in range(number)]).encode()]))
    assert [row["text"] for row in rows] == [str(i) for i in range(number)]
    found = [(row["split"], row["positive"]) for row in rows[:: packages._IMDB_PART // 2]]
    assert found == [
        (split, positive)
        for split, positive in (("test", False), ("train", False), ("test", True), ("train", True))
        for _ in range(2)
    ]
