"""Wrong answers to `with_noise` and `confusion_matrix` of `surnames`."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor

from course_lib.answers.reference import surnames as oracle
from course_lib.answers.registry import misconception
from course_lib.data.surnames import CHARACTERS, PUNCTUATION

# --- with_noise ---------------------------------------------------------------------------------


def _tail(number: int, source: random.Random, characters: str = PUNCTUATION) -> str:
    return "".join(source.choice(characters) for _ in range(number))


def _any_tail(level: int, source: random.Random) -> str:
    return _tail(source.randint(0, level), source)


@misconception("surnames", "with_noise", fault="noise_at_level_0")
def one_more_than_asked(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Level 0 is taken for 1, other levels are not."""
    source = random.Random(seed)
    return [name + _any_tail(noise_level or 1, source) for name in names]


@misconception("surnames", "with_noise", fault="not_reproducible")
def global_generator(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Torch's global generator, and no seed."""
    del seed
    noised = []
    for name in names:
        number = int(torch.randint(noise_level + 1, ()))
        drawn = torch.randint(len(PUNCTUATION), (number,)).tolist()
        noised.append(name + "".join(PUNCTUATION[i] for i in drawn))
    return noised


@misconception("surnames", "with_noise", fault="not_reproducible")
def half_seeded(names: list[str], noise_level: int, seed: int) -> list[str]:
    """The numbers come from the seed, the characters from anywhere."""
    source = random.Random(seed)
    noised = []
    for name in names:
        number = source.randint(0, noise_level)
        drawn = torch.randint(len(PUNCTUATION), (number,)).tolist()
        noised.append(name + "".join(PUNCTUATION[i] for i in drawn))
    return noised


@misconception("surnames", "with_noise")
def seed_ignored(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Always the same seed."""
    del seed
    source = random.Random(0)
    return [name + _any_tail(noise_level, source) for name in names]


@misconception("surnames", "with_noise", fault="no_list")
def one_string(names: list[str], noise_level: int, seed: int) -> str:
    """Joined."""
    source = random.Random(seed)
    return " ".join(name + _any_tail(noise_level, source) for name in names)


@misconception("surnames", "with_noise", fault="no_list")
def first_name_only(names: list[str], noise_level: int, seed: int) -> list[str]:
    """A return inside the loop."""
    source = random.Random(seed)
    for name in names:
        return [name + _any_tail(noise_level, source)]
    return []


@misconception("surnames", "with_noise", fault="no_list")
def a_generator(names: list[str], noise_level: int, seed: int) -> Any:
    """Round brackets for square ones."""
    source = random.Random(seed)
    return (name + _any_tail(noise_level, source) for name in names)


@misconception("surnames", "with_noise", fault="input_changed")
def changed_in_place(names: list[str], noise_level: int, seed: int) -> list[str]:
    """The caller's names are noisy afterwards."""
    source = random.Random(seed)
    for i, name in enumerate(names):
        names[i] = name + _any_tail(noise_level, source)
    return names


@misconception("surnames", "with_noise")
def noise_in_front(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Before the name."""
    source = random.Random(seed)
    return [_any_tail(noise_level, source) + name for name in names]


@misconception("surnames", "with_noise")
def name_lost(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Only the noise."""
    source = random.Random(seed)
    return [_any_tail(noise_level, source) or name for name in names]


@misconception("surnames", "with_noise", fault="name_changed")
def noise_inside(names: list[str], noise_level: int, seed: int) -> list[str]:
    """In the middle of the name."""
    source = random.Random(seed)
    noised = []
    for name in names:
        cut = len(name) // 2
        noised.append(name[:cut] + _any_tail(noise_level, source) + name[cut:])
    return noised


@misconception("surnames", "with_noise", fault="name_changed")
def lower_case(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Tidied up."""
    source = random.Random(seed)
    return [name.lower() + _any_tail(noise_level, source) for name in names]


@misconception("surnames", "with_noise", fault="not_punctuation")
def any_character(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Letters are no distraction: they are another name."""
    source = random.Random(seed)
    return [name + _tail(source.randint(0, noise_level), source, CHARACTERS) for name in names]


@misconception("surnames", "with_noise", fault="not_punctuation")
def space_before(names: list[str], noise_level: int, seed: int) -> list[str]:
    """A space in between."""
    source = random.Random(seed)
    return [f"{name} {_any_tail(noise_level, source)}" for name in names]


@misconception("surnames", "with_noise", fault="too_much_noise")
def one_too_many(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Up to the level and one more."""
    source = random.Random(seed)
    return [name + _tail(source.randint(0, noise_level + 1), source) for name in names]


@misconception("surnames", "with_noise")
def always_full(names: list[str], noise_level: int, seed: int) -> list[str]:
    """noise_level characters for everybody."""
    source = random.Random(seed)
    return [name + _tail(noise_level, source) for name in names]


@misconception("surnames", "with_noise")
def one_number_for_all(names: list[str], noise_level: int, seed: int) -> list[str]:
    """A number drawn before the loop."""
    source = random.Random(seed)
    number = source.randint(1, max(1, noise_level - 1)) if noise_level else 0
    return [name + _tail(number, source) for name in names]


@misconception("surnames", "with_noise")
def highest_number_missing(names: list[str], noise_level: int, seed: int) -> list[str]:
    """Randint leaves its end out."""
    chance = torch.Generator().manual_seed(seed)
    noised = []
    for name in names:
        number = int(torch.randint(max(1, noise_level), (), generator=chance))
        drawn = torch.randint(len(PUNCTUATION), (number,), generator=chance).tolist()
        noised.append(name + "".join(PUNCTUATION[i] for i in drawn))
    return noised


@misconception("surnames", "with_noise")
def never_without_noise(names: list[str], noise_level: int, seed: int) -> list[str]:
    """From 1 on."""
    source = random.Random(seed)
    return [
        name + _tail(source.randint(min(1, noise_level), noise_level), source) for name in names
    ]


@misconception("surnames", "with_noise", fault="numbers_not_equally_likely")
def each_place_by_a_coin(names: list[str], noise_level: int, seed: int) -> list[str]:
    """A coin for every place: the middle numbers come up most."""
    source = random.Random(seed)
    return [name + _tail(sum(source.random() < 0.5 for _ in range(noise_level)), source)
            for name in names]  # fmt: skip


@misconception("surnames", "with_noise", fault="character_missing")
def last_character_missing(names: list[str], noise_level: int, seed: int) -> list[str]:
    """An end left out again."""
    source = random.Random(seed)
    return [name + _tail(source.randint(0, noise_level), source, PUNCTUATION[:-1])
            for name in names]  # fmt: skip


@misconception("surnames", "with_noise")
def one_character_repeated(names: list[str], noise_level: int, seed: int) -> list[str]:
    """A character times a number."""
    source = random.Random(seed)
    return [name + source.choice(PUNCTUATION) * source.randint(0, noise_level) for name in names]


@misconception("surnames", "with_noise")
def characters_not_equally_likely(names: list[str], noise_level: int, seed: int) -> list[str]:
    """The full stop counts twice."""
    source = random.Random(seed)
    return [name + _tail(source.randint(0, noise_level), source, "." + PUNCTUATION)
            for name in names]  # fmt: skip


@misconception("surnames", "with_noise")
def noise_depends_on_name(names: list[str], noise_level: int, seed: int) -> list[str]:
    """A generator of its own for every name."""
    return [name + _any_tail(noise_level, random.Random(f"{seed} {name}")) for name in names]


@misconception("surnames", "with_noise", fault="same_noise_for_all")
def seeded_in_the_loop(names: list[str], noise_level: int, seed: int) -> list[str]:
    """The generator begins anew with every name."""
    return [name + _tail(noise_level // 2, random.Random(seed)) for name in names]


@misconception("surnames", "with_noise")
def no_noise(names: list[str], noise_level: int, seed: int) -> list[str]:
    """A copy."""
    del noise_level, seed
    return list(names)


# --- confusion_matrix ---------------------------------------------------------------------------


def _counts(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    return oracle.confusion_matrix(labels.tolist(), guesses.tolist(), K)


@misconception("surnames", "confusion_matrix")
def transposed(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """The guess in the row."""
    return _counts(guesses, labels, K)


@misconception("surnames", "confusion_matrix")
def repeats_lost(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """Adding at listed places, each once."""
    matrix = torch.zeros(K, K, dtype=torch.int64)
    matrix[labels, guesses] += 1
    return matrix


@misconception("surnames", "confusion_matrix")
def size_from_data(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """As many rows as the largest label needs."""
    del K
    return _counts(labels, guesses, int(max(labels.max(), guesses.max())) + 1)


@misconception("surnames", "confusion_matrix")
def shares(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """Rows that sum to 1."""
    counts = _counts(labels, guesses, K)
    return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)


@misconception("surnames", "confusion_matrix", fault="shares")
def shares_of_all(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """Everything sums to 1."""
    return _counts(labels, guesses, K).double() / len(labels)


@misconception("surnames", "confusion_matrix", fault="wrong_dtype")
def counts_as_floats(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """torch.zeros without a dtype."""
    return _counts(labels, guesses, K).float()


@misconception("surnames", "confusion_matrix")
def only_right_guesses(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """The diagonal."""
    right = labels == guesses
    return _counts(labels[right], guesses[right], K)


@misconception("surnames", "confusion_matrix")
def only_wrong_guesses(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """All but the diagonal."""
    wrong = labels != guesses
    return _counts(labels[wrong], guesses[wrong], K)


@misconception("surnames", "confusion_matrix")
def only_a_row(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """Right guesses of each class."""
    return torch.bincount(labels[labels == guesses], minlength=K)


@misconception("surnames", "confusion_matrix", fault="wrong_value")
def first_name_skipped(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """A range from 1."""
    return _counts(labels[1:], guesses[1:], K)


@misconception("surnames", "confusion_matrix", fault="one_name")
def at_least_two_names(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """A guard against too few names."""
    counts = _counts(labels, guesses, K)
    return counts if len(labels) > 1 else torch.zeros_like(counts)


@misconception("surnames", "confusion_matrix", fault="input_changed")
def places_in_place(labels: Tensor, guesses: Tensor, K: int) -> Tensor:
    """The caller's labels become places in a flat matrix."""
    labels *= K
    labels += guesses
    return torch.bincount(labels, minlength=K * K).reshape(K, K)
