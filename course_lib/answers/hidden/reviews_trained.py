"""The hidden checks of `reviews` that need the held-out labels: the model, and the csv file.

Letters in shapes: B batch, T words, n reviews.
"""

from __future__ import annotations

import csv
import io

import torch
from torch import Tensor
from torch.nn import functional

from course_lib.answers import calibrate
from course_lib.answers.calibration import reviews as calibration
from course_lib.answers.forms.reviews import padded
from course_lib.answers.held_out import review_labels
from course_lib.answers.reference import reviews as oracle
from course_lib.data import reviews
from course_lib.lab.check import Wrong, close, tensor
from course_lib.lab.subject import Ask, Foreign, Subject

POINTS = 4
ASKED = 400  # reviews of one ask
SHORTEST, WIDER, OTHER = 20, 40, 7  # reviews, padded places more, the word put into them


def trained(subject: Subject) -> None:
    """Macro F1 on the test reviews; half the points midway to guessing."""
    texts = calibration.data()[3]
    found = []
    for start in range(0, len(texts), ASKED):
        ids, mask = padded(texts[start : start + ASKED])
        found.append(_probabilities(subject, ids, mask))
    guesses = (torch.cat(found) > 0.5).long().tolist()
    judge(oracle.f1_macro(review_labels(), guesses), "The model", POINTS)
    # Short reviews in a wide batch: one padded place leaks little, many together do not.
    ids, mask = padded(sorted(texts, key=len)[:SHORTEST])
    ids, mask = (functional.pad(part, (0, WIDER)) for part in (ids, mask))
    once = _probabilities(subject, ids, mask)
    if not close(_probabilities(subject, ids.masked_fill(~mask, OTHER), mask), once):
        raise Wrong(
            "padding_read",
            "The model is good enough, but other words in the padded places change its answer: "
            "mask the attention.",
            POINTS / 2,
        )


def _probabilities(subject: Subject, ids: Tensor, mask: Tensor) -> Tensor:
    found = subject.ask(Ask(args=(ids, mask))).output
    several = isinstance(found, (tuple, list)) and len(found) > 0
    p = tensor(found[0] if several else found, (len(ids),), torch.float32, "(B,)")
    if float(p.min()) < 0 or float(p.max()) > 1:
        raise Wrong("no_probability", "What the model returns does not lie between 0 and 1.")
    return p


def judge(f1: float, who: str, points: float) -> None:
    """Raise `Wrong` unless a macro F1 is good enough; half the points for half the way."""
    limits = calibrate.load("reviews")
    seen = f"{who} reaches a macro F1 of {f1:.3f} on reviews whose labels only the grader has"
    if f1 < limits.half:
        raise Wrong(
            "near_chance",
            f"{seen}, and {limits.threshold:.3f} is needed: was it trained, on all reviews, with "
            "1 for recommended?",
        )
    if f1 < limits.threshold:
        raise Wrong(
            "below_threshold",
            f"{seen}, and {limits.threshold:.3f} is needed: train on all reviews, from the word "
            "vectors, and let these be trained too.",
            points / 2,
        )


def predictions(subject: Subject) -> None:
    """The csv file: a header, each test review once, labels 0 or 1; then its macro F1."""
    handed_in = subject.ask(Ask()).output
    if not isinstance(handed_in, str):
        kind = handed_in.type_name if isinstance(handed_in, Foreign) else type(handed_in).__name__
        raise Wrong("no_text", f"Expected the text of the csv file, got {kind}.")
    try:
        rows = list(csv.reader(io.StringIO(handed_in)))
    except csv.Error:
        raise Wrong("no_table", "The text cannot be read as a csv file.") from None
    if not rows or rows[0] != ["id", "label"]:
        raise Wrong("wrong_header", "The header of the file has to be `id,label`.")
    if any(len(row) != 2 for row in rows):
        raise Wrong("wrong_columns", "Each line has to hold an id and a label, nothing else.")
    if any(label not in ("0", "1") for _, label in rows[1:]):
        raise Wrong("not_binary", "Each label has to be 0 or 1: is it still a probability?")
    test = reviews.load("test")
    wanted = {str(number) for number in test.ids}
    given = [number for number, _ in rows[1:]]
    if len(set(given)) != len(given):
        raise Wrong("id_twice", "An id stands in the file twice.")
    if set(given) - wanted:
        raise Wrong(
            "unknown_id",
            "An id is not one of the test reviews: use `test.ids`, not the places in the list.",
        )
    if len(given) < len(wanted):
        raise Wrong("ids_missing", f"{len(wanted) - len(given)} test reviews have no label.")
    labels = {number: int(label) for number, label in rows[1:]}
    judge(
        oracle.f1_macro(review_labels(), [labels[str(number)] for number in test.ids]),
        "The file",
        POINTS,
    )
