"""Words and vocabularies."""

import pytest

from course_lib.data import DataError
from course_lib.data.text import UNKNOWN, Vocabulary, tokenise

TEXTS = [["b", "a", "a"], ["c", "a", "b"], ["d"]]


def test_words_are_runs_of_letters_and_digits_in_lower_case() -> None:
    assert tokenise("Don't buy it: 2 SIZES too small!!") == [
        "don", "t", "buy", "it", "2", "sizes", "too", "small"
    ]  # fmt: skip
    assert tokenise("Größe\tÉTÉ") == ["größe", "été"]
    assert tokenise(" ... ") == []


def test_words_are_ranked_by_count_and_then_by_the_alphabet() -> None:
    vocabulary = Vocabulary.of(TEXTS)
    assert vocabulary.words == (UNKNOWN, "a", "b", "c", "d")
    assert vocabulary.counts == (0, 3, 2, 1, 1)
    assert Vocabulary.of(reversed(TEXTS)).words == vocabulary.words


def test_rare_words_are_left_out_and_counted_as_unknown() -> None:
    vocabulary = Vocabulary.of(TEXTS, least=2)
    assert (vocabulary.words, vocabulary.counts) == ((UNKNOWN, "a", "b"), (2, 3, 2))
    assert vocabulary.ids(["a", "d", "b", "never seen"]) == [1, 0, 2, 0]
    assert len(vocabulary) == 3
    assert "b" in vocabulary
    assert "d" not in vocabulary


def test_the_most_frequent_are_kept_beside_the_special_ones() -> None:
    vocabulary = Vocabulary.of(TEXTS, special=("<PAD>", UNKNOWN), most=1)
    assert (vocabulary.words, vocabulary.counts) == (("<PAD>", UNKNOWN, "a"), (0, 4, 3))
    assert vocabulary.ids(["z", "a"]) == [1, 2]


def test_an_empty_vocabulary_knows_only_unknown() -> None:
    assert Vocabulary.of([]).ids(["a"]) == [0]


def test_one_word_is_looked_up_or_named_as_missing() -> None:
    vocabulary = Vocabulary.of(TEXTS)
    assert vocabulary.id("b") == 2
    with pytest.raises(DataError, match="does not hold 'zebra'"):
        vocabulary.id("zebra")


@pytest.mark.parametrize(
    ("words", "counts", "sentence"),
    [
        (("a", "a", UNKNOWN), (1, 1, 0), "each word once"),
        (("a", UNKNOWN), (1,), "one count for each"),
        (("a", "b"), (1, 1), "needs the word <UNK>"),
    ],
)
def test_a_vocabulary_that_does_not_fit_together_is_refused(
    words: tuple[str, ...], counts: tuple[int, ...], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        Vocabulary(words, counts)
