"""The surnames: the embedded file, a folder of files, halves that share no name, and encodings."""

import doctest
from collections import Counter
from pathlib import Path

import pytest
import torch

from course_lib.data import DataError, catalogue, packages, surnames
from course_lib.data.surnames import (
    CHARACTERS,
    LANGUAGES,
    PRUNED,
    PUNCTUATION,
    Surnames,
    ceiling,
    encode,
    encode_batch,
    fold,
    indices,
    load,
    noisy,
    pruned,
    read_folder,
    split,
)

COUNTS = {
    "Arabic": 2000, "Chinese": 268, "Czech": 519, "Dutch": 297, "English": 3668, "French": 277,
    "German": 724, "Greek": 203, "Irish": 232, "Italian": 709, "Japanese": 991, "Korean": 94,
    "Polish": 139, "Portuguese": 74, "Russian": 9408, "Scottish": 100, "Spanish": 298,
    "Vietnamese": 73,
}  # fmt: skip


@pytest.fixture(scope="module")
def everyone() -> Surnames:
    return load()


def folder_of(path: Path, content: bytes = b"Abe\n") -> Path:
    for language in LANGUAGES:
        (path / f"{language}.txt").write_bytes(content)
    return path


# The embedded file


def test_counts_are_those_of_the_source(everyone: Surnames) -> None:
    counts = Counter(LANGUAGES[language] for language in everyone.languages)
    assert counts == COUNTS
    assert list(COUNTS) == list(LANGUAGES)
    assert len(everyone) == sum(COUNTS.values()) == 20_074
    assert everyone.labels.tolist() == list(everyone.languages)


def test_there_are_57_characters_and_names_hold_no_others(everyone: Surnames) -> None:
    assert len(CHARACTERS) == len(set(CHARACTERS)) == 57
    assert set(PUNCTUATION) < set(CHARACTERS)
    assert set("".join(everyone.names)) <= set(CHARACTERS)


def test_the_file_is_rebuilt_from_its_members(everyone: Surnames) -> None:
    lists = {language: [] for language in LANGUAGES}  # type: dict[str, list[str]]
    for line in catalogue.read("surnames").decode().splitlines():
        language, name = line.split("\t")
        lists[language].append(name)
    lists["Italian"][100:100] = ["Silvio", "Micali", "Aurelius"]
    lists["Italian"].append("Antonini")
    members = ["".join(f"{name} \n" for name in names).encode() for names in lists.values()]
    rebuilt = packages.build_surnames(members).decode().splitlines()
    assert rebuilt[:2000] == [f"Arabic\t{name}" for name in lists["Arabic"]]
    assert sorted(rebuilt) == sorted(catalogue.read("surnames").decode().splitlines())


def test_examples_in_docstrings_are_true() -> None:
    assert doctest.testmod(surnames).failed == 0


# Folding


@pytest.mark.parametrize(
    ("written", "folded"),
    [("Ábel", "Abel"), ("O'Néàl", "O'Neal"), ("Groß", "Gross"), ("Wałęsa", "Walesa"),
     (" See ", "See"), ("De la Cruz", "De la Cruz"), ("1/:", ""), ("\xa0Li", "Li")],
)  # fmt: skip
def test_folding(written: str, folded: str) -> None:
    assert fold(written) == folded


# A folder of files


def test_a_folder_gives_the_same_as_the_file(everyone: Surnames, tmp_path: Path) -> None:
    for number, language in enumerate(LANGUAGES):
        names = [name for name, own in everyone.pairs if own == number]
        (tmp_path / f"{language}.txt").write_text("\n".join(names) + "\n\n", encoding="utf-8")
    assert read_folder(tmp_path) == everyone


def test_a_byte_order_mark_is_no_letter(tmp_path: Path) -> None:
    assert set(read_folder(folder_of(tmp_path, "\ufeffÁbe\r\n".encode())).names) == {"Abe"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (folder_of(tmp_path) / "Korean.txt").unlink()
    with pytest.raises(DataError, match=r"Korean\.txt .*must hold"):
        read_folder(tmp_path)


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    (folder_of(tmp_path) / "French.txt").write_bytes("Hébert".encode("latin-1"))
    with pytest.raises(DataError, match=r"French\.txt is no UTF-8"):
        read_folder(tmp_path)


# Sets of names


def test_the_small_set_has_each_name_once_and_at_most_fifty_a_language(
    everyone: Surnames,
) -> None:
    few = pruned(everyone)
    assert len(set(few.pairs)) == len(few)
    assert Counter(few.languages) == dict.fromkeys(range(len(LANGUAGES)), PRUNED)
    assert few.names[:3] == everyone.names[:3]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_halves_share_no_name_and_lose_none(everyone: Surnames, seed: int) -> None:
    train, held_out = split(everyone, held_out=0.2, seed=seed)
    assert not set(train.names) & set(held_out.names)
    assert Counter(train.pairs + held_out.pairs) == Counter(everyone.pairs)
    different = len(set(everyone.names))
    assert len(set(held_out.names)) == round(0.2 * different)


def test_a_split_depends_on_its_seed_alone(everyone: Surnames) -> None:
    assert split(everyone, held_out=0.2, seed=3) == split(everyone, held_out=0.2, seed=3)
    assert split(everyone, held_out=0.2, seed=3) != split(everyone, held_out=0.2, seed=4)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 2.0])
def test_no_half_is_empty(share: float) -> None:
    with pytest.raises(DataError, match="one half empty"):
        split(Surnames(("Abe", "Lee"), (10, 11)), held_out=share, seed=0)


def test_the_ceiling_counts_names_of_several_languages(everyone: Surnames) -> None:
    assert ceiling(Surnames(("Lee", "Lee", "Lee", "Abe"), (11, 11, 4, 10))) == 3 / 4
    assert ceiling(everyone) == pytest.approx(0.971, abs=0.001)
    with pytest.raises(DataError, match="no names"):
        ceiling(Surnames((), ()))


@pytest.mark.parametrize(
    ("names", "languages", "sentence"),
    [(("Abe",), (), "one language for each"), (("Abé",), (0,), "no folded name"),
     (("",), (0,), "no folded name"), (("Abe",), (18,), "no language 18"),
     (("Abe",), (-1,), "no language -1")],
)  # fmt: skip
def test_what_is_no_surname_is_refused(
    names: tuple[str, ...], languages: tuple[int, ...], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        Surnames(names, languages)


# Noise


def test_noise_comes_after_the_name_and_up_to_its_level() -> None:
    generator = torch.Generator().manual_seed(0)
    tails = [noisy("Abe", 5, generator) for _ in range(600)]
    assert all(tail.startswith("Abe") for tail in tails)
    assert set("".join(tail[3:] for tail in tails)) == set(PUNCTUATION)
    lengths = Counter(len(tail) - 3 for tail in tails)
    assert set(lengths) == set(range(6))
    assert all(60 < count < 140 for count in lengths.values())


def test_noise_is_reproducible_and_level_0_is_none() -> None:
    first, second = (torch.Generator().manual_seed(7) for _ in range(2))
    assert [noisy("Li", 5, first) for _ in range(9)] == [noisy("Li", 5, second) for _ in range(9)]
    assert noisy("Li", 0, first) == "Li"
    with pytest.raises(DataError, match="cannot be -1"):
        noisy("Li", -1, first)


# Encodings


def test_one_hot_and_indices_say_the_same() -> None:
    encoded = encode("O'Neal")
    assert encoded.shape == (6, 57)
    assert encoded.dtype == torch.float32
    assert torch.equal(encoded.argmax(dim=1), indices("O'Neal"))
    assert torch.equal(encoded.sum(dim=1), torch.ones(6))
    assert "".join(CHARACTERS[index] for index in indices("O'Neal").tolist()) == "O'Neal"


def test_a_batch_is_padded_with_rows_of_zeros() -> None:
    batch, lengths = encode_batch(["Li", "Abe", "Ng"])
    assert batch.shape == (3, 3, 57)
    assert lengths.tolist() == [2, 3, 2]
    assert torch.equal(batch[1], encode("Abe"))
    assert torch.equal(batch[0, 2:], torch.zeros(1, 57))


@pytest.mark.parametrize("name", ["", "Né"])
def test_what_was_not_folded_is_not_encoded(name: str) -> None:
    with pytest.raises(DataError, match="fold"):
        encode(name)


def test_no_names_are_no_batch() -> None:
    with pytest.raises(DataError, match="at least one"):
        encode_batch([])
