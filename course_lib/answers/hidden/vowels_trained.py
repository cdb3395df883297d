"""The hidden check of the trained model of `vowels`.

Letters in shapes: n utterances, T = 29 frames, D = 12 features, K = 9 speakers.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers import calibrate
from course_lib.answers.asking import normal
from course_lib.answers.calibration import vowels as calibration
from course_lib.answers.hidden.vowels_classifiers import read_pair
from course_lib.answers.reference import vowels as oracle
from course_lib.answers.registry import hidden
from course_lib.data.vowels import MAX_LENGTH, SPEAKERS
from course_lib.lab.check import Wrong, close
from course_lib.lab.subject import Ask, Subject

POINTS = 4


@hidden.check("vowels", "trained", points=POINTS, subject="model")
def trained(subject: Subject) -> None:
    """Accuracy on utterances of ours, and no eye for their padding.

    Full points from the calibrated threshold on; half of them midway between it and guessing; half
    also for a model that is good enough but reads the padding.
    """
    limits = calibrate.load("vowels")
    x, lengths, labels = calibration.fresh()

    def ask(x: Tensor, seed: int = 0) -> Tensor:
        output = subject.ask(Ask(args=(x, lengths), seed=seed)).output
        pair = read_pair(output, len(x), SPEAKERS, MAX_LENGTH, torch.float32)
        return pair[0]

    logits = ask(x)
    accuracy = float((logits.argmax(dim=1) == labels).double().mean())
    seen = f"{accuracy:.1%} of {len(x)} utterances that it has never heard"
    needed = f"{limits.threshold:.1%} are needed"
    if accuracy < limits.half:
        raise Wrong(
            "near_chance",
            f"The model is right for {seen}; {needed}: was it trained, on standardised utterances?",
        )
    if accuracy < limits.threshold:
        raise Wrong(
            "below_threshold",
            f"The model is right for {seen}; {needed}: train for all epochs, on standardised "
            "utterances.",
            POINTS / 2,
        )
    if not close(ask(x, seed=1), logits):
        raise Wrong(
            "random_in_eval",
            "In evaluation mode two calls give different results: dropout must stop then.",
            POINTS / 2,
        )
    padding = ~oracle.sequence_mask(lengths, MAX_LENGTH)[:, :, None]
    noisy = torch.where(padding, normal(*x.shape, seed=87, dtype=torch.float32), x)
    if not close(ask(noisy), logits):
        raise Wrong(
            "padding_read",
            f"The model is right for {seen}, but other numbers in the padded rows change its "
            "answer: mask the attention and read the last state at length - 1.",
            POINTS / 2,
        )
