"""The hidden check of the trained model of `imdb`.

Letters in shapes: n reviews, T words.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers import calibrate
from course_lib.answers.calibration import imdb as calibration
from course_lib.lab.check import Wrong, close, tensor
from course_lib.lab.subject import Ask, Subject

POINTS = 3


def trained(subject: Subject) -> None:
    """Accuracy on reviews of ours, and no eye for their padding.

    Full points from the calibrated threshold on; half of them midway between it and guessing; half
    also for a model that is good enough but reads the padding or rolls dice.
    """
    limits = calibrate.load("imdb")
    ids, labels = calibration.fresh()

    def ask(ids: Tensor, seed: int = 0) -> Tensor:
        output = subject.ask(Ask(args=(ids,), seed=seed)).output
        return tensor(output, (len(ids),), torch.float32, "(B,)")

    scores = ask(ids)
    accuracy = float(((scores > 0) == (labels == 1)).double().mean())
    seen = f"{accuracy:.1%} of {len(ids)} reviews that it has never read"
    needed = f"{limits.threshold:.1%} are needed"
    if accuracy < limits.half:
        raise Wrong(
            "near_chance",
            f"The model is right for {seen}; {needed}: was it trained, on all training reviews?",
        )
    if accuracy < limits.threshold:
        raise Wrong(
            "below_threshold",
            f"The model is right for {seen}; {needed}: train on all training reviews, with the "
            "settings given.",
            POINTS / 2,
        )
    few = ids[:50]
    if not close(ask(few, seed=1), ask(few, seed=2)):
        raise Wrong(
            "random_in_eval",
            "In evaluation mode two calls give different results: nothing random may be left.",
            POINTS / 2,
        )
    wider = torch.cat([few, torch.zeros(len(few), 40, dtype=torch.int64)], dim=1)
    if not close(ask(wider), ask(few)):
        raise Wrong(
            "padding_read",
            f"The model is right for {seen}, but 40 more columns of padding change its scores: "
            "mask the padding in the layers and in the mean.",
            POINTS / 2,
        )
