"""The hidden check of the trained model of `surnames`.

Letters in shapes: n names, T letters, V = 57 characters, K = 18 languages.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers import calibrate
from course_lib.answers.asking import normal
from course_lib.answers.calibration import surnames as calibration
from course_lib.answers.hidden.surnames_laws import wrong_total
from course_lib.data.surnames import LANGUAGES
from course_lib.lab.check import Wrong, close, tensor
from course_lib.lab.subject import Ask, Subject

POINTS = 4


def trained(subject: Subject) -> None:
    """Accuracy on names of ours, and no eye for their padding.

    Full points from the calibrated threshold on; half of them midway between it and guessing; half
    also for a model that is good enough but reads the padding.
    """
    limits = calibrate.load("surnames")
    x, lengths, labels = calibration.fresh()

    def ask(x: Tensor, seed: int = 0) -> Tensor:
        return _log_p(subject.ask(Ask(args=(x, lengths), seed=seed)).output, len(x))

    log_p = ask(x)
    accuracy = float((log_p.argmax(dim=1) == labels).double().mean())
    seen = f"{accuracy:.1%} of {len(x)} names that it has never read"
    needed = f"{limits.threshold:.1%} are needed"
    if accuracy < limits.half:
        raise Wrong(
            "near_chance",
            f"The model is right for {seen}; {needed}: was it trained, on the full training set?",
        )
    if accuracy < limits.threshold:
        raise Wrong(
            "below_threshold",
            f"The model is right for {seen}; {needed}: train on the full training set, without "
            "noise, for all epochs.",
            POINTS / 2,
        )
    if wrong_total(log_p):
        raise Wrong(
            "not_normalised",
            "The probabilities, exp of what the model returns, do not sum to 1 in each row.",
            POINTS / 2,
        )
    if not close(ask(x, seed=1), log_p):
        raise Wrong(
            "random_in_eval",
            "In evaluation mode two calls give different results: nothing random may be left.",
            POINTS / 2,
        )
    padding = (torch.arange(x.shape[1]) >= lengths[:, None])[:, :, None]
    noise = normal(*x.shape, seed=95, dtype=torch.float32)
    if not close(ask(torch.where(padding, noise, x)), log_p):
        raise Wrong(
            "padding_read",
            f"The model is right for {seen}, but other numbers in the padded rows change its "
            "answer: mask the attention.",
            POINTS / 2,
        )


def _log_p(value: object, n: int) -> Tensor:
    """The log-probabilities (n, K), alone or before the weights."""
    several = isinstance(value, (tuple, list))
    if several and len(value) != 2:  # type: ignore[arg-type]  # a list has a length
        raise Wrong(
            "not_a_pair", "The model has to return two things, log-probabilities and weights."
        )
    first = value[0] if several else value  # type: ignore[index]
    return tensor(first, (n, len(LANGUAGES)), torch.float32, "(B, K)")
