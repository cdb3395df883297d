"""Utterances that no student's process has ever held, made from the test set.

The speaker of an utterance stays who he is when he speaks a little faster or slower, and when the
coefficients carry a little noise. Both are drawn from a generator of our own; the labels stay here.

Letters in shapes: n utterances, t frames of one utterance, T = 29, D = 12.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.data import vowels

SHORTEST = 7  # frames: the shortest utterance of the data
TEMPO = (0.8, 1.25)  # the range of the factor on the number of frames
JITTER = 0.05  # of the noise, in standard deviations of each coefficient over the train set


def fresh_vowels(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Vary every test utterance once, and prepare it as the lecture prepares its data.

    Args:
        seed: Of tempo and noise; the same seed gives the same utterances.

    Returns:
        x (n, T, D) float32, standardised with the train set's statistics, rows past the length
        zero; lengths (n,) int64, 7..T; labels (n,) int64, 0..K-1.
    """
    generator = torch.Generator().manual_seed(seed)
    mean, deviation = vowels.statistics(vowels.load("train"))
    test = vowels.load("test")
    series = [
        _vary((frames - mean) / deviation, generator)  # (t, D)
        for frames in test.frames
    ]
    x = torch.zeros(len(series), vowels.MAX_LENGTH, vowels.FEATURES)
    for row, frames in zip(x, series, strict=True):
        row[: len(frames)] = frames
    return x, torch.tensor([len(frames) for frames in series]), test.labels


def _vary(frames: Tensor, generator: torch.Generator) -> Tensor:
    """Resample (t, D) in time by a random factor, and add noise."""
    low, high = TEMPO
    factor = low + (high - low) * torch.rand((), generator=generator).item()
    length = min(max(round(factor * len(frames)), SHORTEST), vowels.MAX_LENGTH)
    resampled = F.interpolate(
        frames.T.unsqueeze(0), size=length, mode="linear", align_corners=True
    )  # (1, D, length)
    noise = torch.randn(length, frames.shape[1], generator=generator)
    return resampled.squeeze(0).T + JITTER * noise
