"""From text to numbers: words, and a vocabulary that gives each word a number.

Letters: V words in a vocabulary, the special ones among them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from course_lib.data.errors import DataError

UNKNOWN = "<UNK>"  # stands for every word that the vocabulary does not hold
_WORD = re.compile(r"\w+")


def tokenise(text: str) -> list[str]:
    """Split a text into its words, in lower case: runs of letters, digits and `_`.

    Example:
        >>> tokenise("It's a DRESS!")
        ['it', 's', 'a', 'dress']
    """
    return _WORD.findall(text.lower())


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words a model knows; a word's number is its place among them.

    Attributes:
        words: V different words, `UNKNOWN` among them.
        counts: How often each occurred in the texts it was made from, 0 for a special word that
            stands for none; for `UNKNOWN` the occurrences of all words left out.

    Raises:
        DataError: A word is there twice, `UNKNOWN` is not, or the two differ in length.

    Example:
        >>> vocabulary = Vocabulary.of([["a", "dress"], ["a", "hat"]], least=2)
        >>> vocabulary.words, vocabulary.ids(["a", "hat"])
        (('<UNK>', 'a'), [1, 0])
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]
    _ids: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", {word: number for number, word in enumerate(self.words)})
        if len(self._ids) != len(self.words) or len(self.counts) != len(self.words):
            raise DataError("a vocabulary holds each word once, and one count for each")
        if UNKNOWN not in self._ids:
            raise DataError(f"a vocabulary needs the word {UNKNOWN} for words it does not know")

    @classmethod
    def of(
        cls,
        texts: Iterable[Sequence[str]],
        *,
        special: Sequence[str] = (UNKNOWN,),
        least: int = 1,
        most: int | None = None,
    ) -> Self:
        """Make it from the words of texts.

        Args:
            texts: Each a sequence of words.
            special: Words that come first, in this order, counted or not; `UNKNOWN` among them.
            least: A word must occur so often to be kept.
            most: Keep only so many of the most frequent, the special ones not counted; of words
                that are as frequent, the first by the alphabet.
        """
        found: Counter[str] = Counter()
        for words in texts:
            found.update(words)
        ranked = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
        kept = [(word, count) for word, count in ranked if count >= least][:most]
        left_out = sum(found.values()) - sum(count for _, count in kept)
        first = [(word, left_out if word == UNKNOWN else 0) for word in special]
        words, counts = zip(*first, *kept, strict=True) if first or kept else ((), ())
        return cls(tuple(words), tuple(counts))

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    def ids(self, words: Iterable[str]) -> list[int]:
        """The numbers of words, that of `UNKNOWN` for a word it does not hold."""
        unknown = self._ids[UNKNOWN]
        return [self._ids.get(word, unknown) for word in words]

    def id(self, word: str) -> int:
        """The number of one word.

        Raises:
            DataError: The vocabulary does not hold it.
        """
        if word not in self._ids:
            raise DataError(f"the vocabulary does not hold {word!r}: choose one of its words")
        return self._ids[word]
