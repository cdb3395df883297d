"""Names that no student's process has ever held, made from the surnames that are held out.

The first half of one name and the second half of another of the same language make a name of that
language: its beginnings and endings are real. Which two are joined is drawn from a generator of our
own; the labels stay here.

Letters in shapes: n names, T letters of the longest, V = 57 characters.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.data.surnames import Surnames, encode_batch

Fresh = tuple[Tensor, Tensor, Tensor]


def splice(first: str, second: str) -> str:
    """Join the first half of one name and the second half of another.

    Example:
        >>> splice("Kowalski", "Nowak"), splice("Ng", "Vu")
        ('Kowawak', 'Nu')
    """
    return first[: (len(first) + 1) // 2] + second[len(second) // 2 :]


def fresh_surnames(held_out: Surnames, known: Surnames, number: int, seed: int) -> Fresh:
    """Make names, as many of each language as chance wants from the held-out ones.

    Args:
        held_out: Names whose halves are joined.
        known: Names that a student has: none of them is made.
        number: How many to make, n.
        seed: Of the choice; the same seed gives the same names.

    Returns:
        x (n, T, V) float32, rows past the length zero; lengths (n,) int64; labels (n,) int64.
    """
    generator = torch.Generator().manual_seed(seed)
    taken = set(known.names)
    of_language: dict[int, list[str]] = {}
    for name, language in held_out.pairs:
        of_language.setdefault(language, []).append(name)
    made: dict[str, int] = {}
    while len(made) < number:
        name, language = held_out.pairs[_draw(len(held_out), generator)]
        others = of_language[language]
        spliced = splice(name, others[_draw(len(others), generator)])
        if spliced not in taken:
            made.setdefault(spliced, language)
    x, lengths = encode_batch(list(made))
    return x, lengths, torch.tensor(list(made.values()))


def _draw(end: int, generator: torch.Generator) -> int:
    return int(torch.randint(end, (1,), generator=generator))
