"""Surnames of 18 languages: a name is a sequence of letters, the language is its class.

Source: the data of the PyTorch tutorial "Classifying names with a character-level RNN" by
Sean Robertson (github.com/spro/practical-pytorch), one text file a language. Licence: MIT,
copyright 2017 Sean Robertson; the notice is in DATA.md.
Changes: the files became one file, with the language before each name.
sha256 of surnames.tsv: e542ee7653b1505769c596cc57f681aec7d47f80b02fd1a1a9a7e456dce4c8ed

Letters in shapes: n names, B batch, T letters of the longest name, V = 57 characters, K = 18.
"""

import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from course_lib.data import catalogue
from course_lib.data.errors import DataError

LANGUAGES = (
    "Arabic", "Chinese", "Czech", "Dutch", "English", "French", "German", "Greek", "Irish",
    "Italian", "Japanese", "Korean", "Polish", "Portuguese", "Russian", "Scottish", "Spanish",
    "Vietnamese",
)  # fmt: skip
CHARACTERS = string.ascii_letters + " .,;'"  # V
PUNCTUATION = ".,;'"  # what noise is made of
PRUNED = 50  # names of a language in the classroom's small set
# Letters that are no ASCII letter with a mark, which taking off marks would lose.
_SPELT_OUT = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L"})


@dataclass(frozen=True)
class Surnames:
    """Names with their languages.

    Attributes:
        names: n names, folded: not empty, of `CHARACTERS` only.
        languages: n indices into `LANGUAGES`, 0..K-1.

    Raises:
        DataError: The two differ in length, or one holds something else.
    """

    names: tuple[str, ...]
    languages: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.languages):
            raise DataError(
                f"there are {len(self.names)} names and {len(self.languages)} languages: "
                "give one language for each name"
            )
        for name in self.names:
            if not name or set(name) - set(CHARACTERS):
                raise DataError(f"{name!r} is no folded name: use fold(name)")
        for language in self.languages:
            if not 0 <= language < len(LANGUAGES):
                raise DataError(f"there is no language {language}: 0 to {len(LANGUAGES) - 1}")

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, int]]) -> Self:
        """Make it from pairs of a name and its language."""
        kept = list(pairs)
        return cls(tuple(name for name, _ in kept), tuple(language for _, language in kept))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def pairs(self) -> list[tuple[str, int]]:
        """Each name with its language."""
        return list(zip(self.names, self.languages, strict=True))

    @property
    def labels(self) -> Tensor:
        """The languages as a tensor (n,) int64."""
        return torch.tensor(self.languages, dtype=torch.int64)


def fold(text: str) -> str:
    """Write a name in `CHARACTERS`: marks are taken off, what is left over is dropped.

    Example:
        >>> fold("Ślusàrski"), fold("Strauß"), fold("Au-Yong")
        ('Slusarski', 'Strauss', 'AuYong')
    """
    letters = unicodedata.normalize("NFD", text.strip().translate(_SPELT_OUT))
    return "".join(letter for letter in letters if letter in CHARACTERS)


def load() -> Surnames:
    """Load all 20,074 names of the embedded file, after verifying its checksum.

    Returns:
        The names, language by language, as often as the source lists them.

    Raises:
        DataError: The file is missing or damaged.
    """
    rows = catalogue.read("surnames").decode("utf-8").splitlines()
    return _surnames(line.split("\t") for line in rows)


def read_folder(folder: Path | str) -> Surnames:
    """Read the names from a folder of text files as the tutorial has them.

    Args:
        folder: Holds one file ``<Language>.txt`` for each of `LANGUAGES`, a name a line, UTF-8.

    Returns:
        The names in the order of `LANGUAGES` and of the lines; blank lines are left out.

    Raises:
        DataError: A file is missing or is no UTF-8 text.
    """
    rows: list[tuple[str, str]] = []
    for language in LANGUAGES:
        path = Path(folder) / f"{language}.txt"
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise DataError(
                f"cannot read {path} ({error.strerror}): the folder must hold a <Language>.txt for "
                f"each of {', '.join(LANGUAGES)}"
            ) from error
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is no UTF-8 text: save it as UTF-8") from error
        rows += [(language, line) for line in text.split("\n")]
    return _surnames(rows)


def _surnames(rows: Iterable[Sequence[str]]) -> Surnames:
    found = ((fold(name), LANGUAGES.index(language)) for language, name in rows)
    return Surnames.of((name, language) for name, language in found if name)


def pruned(surnames: Surnames, most: int = PRUNED) -> Surnames:
    """Keep the first names of each language, each name once in a language.

    Args:
        surnames: The names.
        most: How many of a language to keep; fewer where it has no more.
    """
    kept: dict[int, dict[str, None]] = defaultdict(dict)
    for name, language in surnames.pairs:
        if len(kept[language]) < most:
            kept[language][name] = None
    return Surnames.of((name, language) for language, names in kept.items() for name in names)


def split(surnames: Surnames, *, held_out: float, seed: int) -> tuple[Surnames, Surnames]:
    """Split names into two halves that share none, even where two languages share it.

    Args:
        surnames: The names.
        held_out: The share of different names that go into the second half, between 0 and 1.
        seed: Of the choice.

    Returns:
        The names to train with and those held out, each in the order they came in.

    Raises:
        DataError: The share leaves one half empty.
    """
    different = sorted(set(surnames.names))
    number = round(held_out * len(different))
    if not 0 < number < len(different):
        raise DataError(
            f"a share of {held_out} of {len(different)} names leaves one half empty: "
            "choose one between 0 and 1"
        )
    order = torch.randperm(len(different), generator=torch.Generator().manual_seed(seed))
    chosen = {different[index] for index in order[:number].tolist()}
    train = Surnames.of(pair for pair in surnames.pairs if pair[0] not in chosen)
    return train, Surnames.of(pair for pair in surnames.pairs if pair[0] in chosen)


def ceiling(surnames: Surnames) -> float:
    """The best accuracy there can be: who knows all names still has to choose a language.

    Some names occur in several languages, and nothing but the name is given; best is to answer
    each name's most frequent language.

    Returns:
        The share of right answers, 0..1.

    Raises:
        DataError: There are no names.
    """
    if not len(surnames):
        raise DataError("there are no names: pass at least one")
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for name, language in surnames.pairs:
        counts[name][language] += 1
    return sum(max(count.values()) for count in counts.values()) / len(surnames)


def noisy(name: str, noise_level: int, generator: torch.Generator) -> str:
    """Append up to `noise_level` punctuation characters, which say nothing of the language.

    Args:
        name: A folded name.
        noise_level: The most characters; each number from 0 to it is as likely.
        generator: Where the numbers come from: the same state gives the same noise.
    """
    if noise_level < 0:
        raise DataError(f"a noise level cannot be {noise_level}: choose 0 or more")
    number = int(torch.randint(noise_level + 1, (1,), generator=generator))
    drawn = torch.randint(len(PUNCTUATION), (number,), generator=generator).tolist()
    return name + "".join(PUNCTUATION[index] for index in drawn)


def indices(name: str) -> Tensor:
    """A folded name as indices into `CHARACTERS`, (T,) int64.

    Raises:
        DataError: The name is empty or holds another character.
    """
    if not name or set(name) - set(CHARACTERS):
        raise DataError(f"{name!r} cannot be encoded: use fold(name)")
    return torch.tensor([CHARACTERS.index(letter) for letter in name], dtype=torch.int64)


def encode(name: str) -> Tensor:
    """A folded name as rows of 0 with a single 1, (T, V) float32: the *one-hot* encoding."""
    return one_hot(indices(name), len(CHARACTERS)).float()


def encode_batch(names: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Encode names of different lengths, padded with rows of 0.

    Returns:
        The names (B, T, V) float32 and their lengths (B,) int64, T being the longest.

    Raises:
        DataError: There are no names, or one cannot be encoded.
    """
    if not names:
        raise DataError("there are no names to encode: pass at least one")
    encoded = [encode(name) for name in names]
    lengths = torch.tensor([len(one) for one in encoded], dtype=torch.int64)
    return torch.nn.utils.rnn.pad_sequence(encoded, batch_first=True), lengths
