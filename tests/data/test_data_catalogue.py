"""The catalogue lists and verifies datasets, without loading torch or numpy."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.data import DATASETS, DataError, Dataset, catalogue, find, verify

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the catalogue look at a copy of vowels.npz; return the copy's path."""
    path = Path(shutil.copy(find("vowels").path, tmp_path))
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    return path


@pytest.mark.parametrize("name", DATASETS)
def test_every_embedded_dataset_verifies(name: str) -> None:
    if find(name).embedded:
        verify(name)


def test_an_unchanged_copy_verifies(copy: Path) -> None:
    assert find("vowels").path == copy
    verify("vowels")


@pytest.mark.parametrize("position", [0, 240_000, -1])
def test_one_flipped_bit_is_damage(copy: Path, position: int) -> None:
    content = bytearray(copy.read_bytes())
    content[position] ^= 1
    copy.write_bytes(content)
    with pytest.raises(DataError, match=r"vowels\.npz is damaged .*data\.fetch vowels"):
        verify("vowels")


def test_a_cut_file_is_damage(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:-1])
    with pytest.raises(DataError, match="is damaged"):
        verify("vowels")


def test_a_missing_file_is_named_with_the_remedy(copy: Path) -> None:
    copy.unlink()
    with pytest.raises(DataError, match=r"cannot read .*vowels\.npz .*data\.fetch vowels"):
        verify("vowels")


def test_an_unknown_name_lists_the_choices() -> None:
    with pytest.raises(DataError, match=r'there is no dataset "vowel": choose one of .*vowels'):
        verify("vowel")


def test_a_dataset_that_may_not_be_shipped_lies_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = Dataset("x", "X", "x.csv", "0" * 64, 1, "rows", "CC0", "s", "c", embedded=False)
    monkeypatch.setenv("COURSE_LIB_CACHE", str(tmp_path))
    assert fetched.path == tmp_path / "x.csv"
    monkeypatch.delenv("COURSE_LIB_CACHE")
    assert fetched.path == Path.home() / ".cache" / "course_lib" / "x.csv"


def test_listing_loads_neither_torch_nor_numpy() -> None:
    script = (
        "import sys, course_lib.data as d; d.verify('vowels'); "
        "print(sorted({'torch', 'numpy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", DATASETS)
def test_data_md_states_the_catalogue_facts(name: str) -> None:
    dataset = find(name)
    row = next(
        line
        for line in (ROOT / "DATA.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| `{name}` |")
    )
    for fact in (dataset.file, f"{dataset.rows:,} {dataset.unit}", dataset.licence, dataset.sha256):
        assert fact in row
    if dataset.embedded:
        assert f"{dataset.path.stat().st_size:,} bytes" in row
