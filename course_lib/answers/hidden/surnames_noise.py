"""Hidden checks of `surnames` that need no network: the noise, and the confusion matrix."""

from __future__ import annotations

from collections import Counter

import torch
from torch import Tensor

from course_lib.answers.asking import Shapes, agrees, returned, untouched
from course_lib.answers.reference import surnames as oracle
from course_lib.data.surnames import PUNCTUATION
from course_lib.lab.check import Fault, Wrong, compare
from course_lib.lab.subject import Ask, Foreign, Subject

LEVEL, SEED = 5, 11
NAMES = ["Abe", "Ng", "Kowalski", "O'Brien", "Papadopoulos"] * 120
# Of 600 names 100 have each of the six numbers of characters, give or take 9; of the 1,500
# characters 375 are the same, give or take 17. More than five times that is no chance.
NUMBER_SLACK, CHARACTER_SLACK = 50, 100


def with_noise(subject: Subject) -> None:
    """What it looks like, how it is spread, whether it can be had again."""
    got = _noised(subject, NAMES, LEVEL, SEED)
    _noised(subject, NAMES, 0, SEED)
    tails = [noised[len(name) :] for noised, name in zip(got, NAMES, strict=True)]
    _independent(tails)
    _numbers(tails)
    _characters(tails)
    if _noised(subject, NAMES, LEVEL, SEED, global_seed=1) != got:
        raise Wrong(
            "not_reproducible",
            "Called again with the same arguments it gives other noise: draw every number from "
            "one generator that is made from `seed`.",
        )
    if _noised(subject, NAMES, LEVEL, SEED + 1) == got:
        raise Wrong("seed_ignored", "Another seed gives the same noise: `seed` plays no part.")


def _noised(
    subject: Subject, names: list[str], level: int, seed: int, global_seed: int = 0
) -> list[str]:
    """Ask once; the answer holds every name, with punctuation behind it and nothing else."""
    answer = subject.ask(Ask(args=(names, level, seed), seed=global_seed))
    got = answer.output
    if not isinstance(got, (list, tuple)):
        kind = got.type_name if isinstance(got, Foreign) else type(got).__name__
        raise Wrong("no_list", f"Expected a list of names, got {kind}.")
    if len(got) != len(names) or not all(isinstance(noised, str) for noised in got):
        raise Wrong("no_list", f"Expected a list of {len(names)} names, got {_begin(got)}.")
    for noised, name in zip(got, names, strict=True):
        _look(str(noised), name, level)
    if answer.args_after and answer.args_after[0] != names:
        raise Wrong("input_changed", "The function changes the list of names; make a new one.")
    return [str(noised) for noised in got]


def _begin(got: list[object] | tuple[object, ...]) -> str:
    return f"{len(got)} entries, of type {type(got[0]).__name__}" if got else "an empty one"


def _look(noised: str, name: str, level: int) -> None:
    told = f"{noised[:40]!r} for {name!r}"
    if not noised.startswith(name):
        if noised.endswith(name):
            raise Wrong("noise_in_front", f"The noise stands before the name: {told}.")
        if not set(noised) - set(PUNCTUATION):
            raise Wrong("name_lost", f"The noise stands in the name's place: {told}.")
        raise Wrong("name_changed", f"The name itself is changed: {told}.")
    behind = noised[len(name) :]
    if set(behind) - set(PUNCTUATION):
        raise Wrong(
            "not_punctuation", f"Behind the name stands something else than punctuation: {told}."
        )
    if behind and level == 0:
        raise Wrong("noise_at_level_0", f"At noise level 0 a name has to stay as it is: {told}.")
    if len(behind) > level:
        raise Wrong(
            "too_much_noise", f"There are {len(behind)} characters at level {level}: {told}."
        )


def _numbers(tails: list[str]) -> None:
    """Each number of characters from 0 to the level is as likely as the others."""
    counts = Counter(map(len, tails))
    if set(counts) == {LEVEL}:
        raise Wrong(
            "always_full",
            f"Every name gets {LEVEL} characters; `noise_level` is the most that a name may get.",
        )
    if len(counts) == 1:
        raise Wrong(
            "one_number_for_all",
            "All names get the same number of characters: draw a number for each name.",
        )
    if LEVEL not in counts:
        raise Wrong(
            "highest_number_missing",
            f"No name of {len(tails)} gets all {LEVEL} characters: the end of a range or of "
            "`randint` is left out, so add 1.",
        )
    if 0 not in counts:
        raise Wrong("never_without_noise", "No name stays without noise: 0 characters may be, too.")
    expected = len(tails) / (LEVEL + 1)
    if any(abs(counts[number] - expected) > NUMBER_SLACK for number in range(LEVEL + 1)):
        told = ", ".join(f"{number}: {counts[number]}" for number in range(LEVEL + 1))
        raise Wrong(
            "numbers_not_equally_likely",
            f"Each number of characters from 0 to {LEVEL} has to come up about equally often; "
            f"among {len(tails)} names they come up so often: {told}.",
        )


def _characters(tails: list[str]) -> None:
    """Each of the four characters is as likely as the others, anew at each place."""
    counts = Counter("".join(tails))
    missing = [character for character in PUNCTUATION if character not in counts]
    if missing:
        raise Wrong("character_missing", f"The character {missing[0]!r} never comes up.")
    if all(len(set(tail)) <= 1 for tail in tails):
        raise Wrong(
            "one_character_repeated",
            "Each name gets one character over and over: draw each character by itself.",
        )
    expected = sum(counts.values()) / len(PUNCTUATION)
    if any(abs(count - expected) > CHARACTER_SLACK for count in counts.values()):
        raise Wrong(
            "characters_not_equally_likely",
            f"The four characters come up {dict(counts)} times: all have to be equally likely.",
        )


def _independent(tails: list[str]) -> None:
    """There is noise, and each name has its own, equal names too."""
    if not any(tails):
        raise Wrong("no_noise", f"At noise level {LEVEL} no name of {len(tails)} gets any noise.")
    if len(set(tails)) == 1:
        raise Wrong(
            "same_noise_for_all",
            "All names get the same noise: draw for each name, and seed the generator once, before "
            "the loop.",
        )
    by_name = [set(tails[start::5]) for start in range(5)]
    if all(len(found) == 1 for found in by_name):
        raise Wrong(
            "noise_depends_on_name",
            "Equal names always get equal noise: seed the generator once, before the loop.",
        )


def confusion_matrix(subject: Subject) -> None:
    """Counts, the truth by row."""
    generator = torch.Generator().manual_seed(31)
    classes = 5
    # The last class never comes up, neither as truth nor as guess: the size is K all the same.
    labels, guesses = torch.randint(classes - 1, (2, 60), generator=generator)
    right = oracle.confusion_matrix(labels.tolist(), guesses.tolist(), classes)
    shapes: Shapes = {
        (classes - 1, classes - 1): (
            "size_from_data",
            "The matrix is as large as the largest label asks for; it has to be (K, K).",
        ),
        (classes,): ("only_a_row", "Expected a count for each pair of classes, (K, K)."),
    }
    output = subject.ask(Ask(args=(labels, guesses, classes))).output
    _no_shares(output, right)
    got = returned(subject, labels, guesses, classes, like=right, letters="(K, K)", shapes=shapes)
    compare(got, right, _miscounts(right), "These are not the counts of (label, guess).")
    agrees(
        subject, labels[:1], guesses[:1], classes,
        expected=oracle.confusion_matrix(labels[:1].tolist(), guesses[:1].tolist(), classes),
        letters="(K, K)", fault="one_name", sentence="A single name is counted wrongly.",
    )  # fmt: skip
    untouched(subject, labels, guesses, classes)


def _no_shares(output: object, right: Tensor) -> None:
    if isinstance(output, Tensor) and output.shape == right.shape and output.is_floating_point():
        rows = right.sum(dim=1, keepdim=True).clamp(min=1)
        for shares in (right / rows, right / right.sum()):
            got = torch.nan_to_num(output.to(torch.float64))
            if torch.allclose(got, shares.to(torch.float64), atol=1e-4):
                raise Wrong("shares", "These are shares; return the counts, whole numbers.")


def _miscounts(right: Tensor) -> list[Fault]:
    diagonal = torch.diag(torch.diagonal(right))
    return [
        Fault(
            "transposed",
            "The guess stands in the row and the truth in the column; it has to be the other way.",
            right.T,
        ),
        Fault(
            "repeats_lost",
            "No pair counts more than once: `matrix[labels, guesses] += 1` adds each place only "
            "once, however often it is listed.",
            right.clamp(max=1),
        ),
        Fault("only_right_guesses", "Only the right guesses are counted.", diagonal),
        Fault("only_wrong_guesses", "Only the wrong guesses are counted.", right - diagonal),
    ]
