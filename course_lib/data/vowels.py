"""Japanese Vowels: who of nine men says /ae/, heard through 12 LPC cepstrum coefficients a frame.

Nine speakers uttered the two vowels one after the other, 640 times in all. An utterance is a
series of 7 to 29 frames (10 kHz sampling, frames of 25.6 ms every 6.4 ms), a frame is 12 numbers.

Source: Japanese Vowels, UCI Machine Learning Repository, DOI 10.24432/C5NS47, by M. Kudo,
J. Toyama and M. Shimbo. Licence: CC BY 4.0 (creativecommons.org/licenses/by/4.0).
Paper: M. Kudo, J. Toyama, M. Shimbo (1999), Multidimensional curve classification using
passing-through regions, Pattern Recognition Letters 20 (11-13), 1103-1111.
Changes: text became float32 in one npz file, and speakers are numbered 0..8 instead of 1..9.
sha256 of vowels.npz: 8ed91d1bd16887ee6b8bb5aaccb050c8f73dc9e2b46316386b508c39f6fd9f54

Letters in shapes: n utterances, t frames of one utterance, T = 29, D = 12, K = 9.
"""

import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from course_lib.data import catalogue
from course_lib.data.errors import DataError

SPEAKERS = 9  # K
FEATURES = 12  # D
MAX_LENGTH = 29  # T: the longest utterance, which is in the test set

SPLITS = ("train", "test")


@dataclass(frozen=True, eq=False)  # `==` of tensors is elementwise, and has no truth value
class Utterances:
    """Utterances of different lengths with their speakers, checked for consistency.

    Attributes:
        frames: n tensors, each (t_i, D) float32 with t_i >= 1, all values finite.
        labels: (n,) int64, the speakers, 0..K-1.
        lengths: (n,) int64, the number of frames t_i of each utterance.

    Raises:
        DataError: The three do not fit together, or one is not as above.
    """

    frames: list[Tensor]
    labels: Tensor
    lengths: Tensor

    def __post_init__(self) -> None:
        for name, vector in (("labels", self.labels), ("lengths", self.lengths)):
            if vector.dtype != torch.int64 or vector.shape != (len(self),):
                raise DataError(
                    f"{name} must be int64 of shape ({len(self)},), one for each utterance in "
                    f"frames, not {vector.dtype} of shape {tuple(vector.shape)}"
                )
        for index, (series, length) in enumerate(
            zip(self.frames, self.lengths.tolist(), strict=True)
        ):
            _check_series(series, index)
            if len(series) != length:
                raise DataError(
                    f"utterance {index} has {len(series)} frames but lengths says {length}: "
                    "make lengths from frames"
                )
        if not bool(((self.labels >= 0) & (self.labels < SPEAKERS)).all()):
            raise DataError(
                f"labels must be speakers 0 to {SPEAKERS - 1}, not "
                f"{int(self.labels.min())} to {int(self.labels.max())}: number the speakers from 0"
            )

    def __len__(self) -> int:
        return len(self.frames)


def _check_series(series: Tensor, index: int) -> None:
    """Raise DataError unless the utterance is (t, D) float32 with t >= 1 and finite values."""
    shaped = series.ndim == 2 and len(series) >= 1 and series.shape[1] == FEATURES
    if series.dtype != torch.float32 or not shaped:
        raise DataError(
            f"utterance {index} must be float32 of shape (t, {FEATURES}) with t at least 1, "
            f"not {series.dtype} of shape {tuple(series.shape)}"
        )
    if not bool(series.isfinite().all()):
        raise DataError(f"utterance {index} holds a value that is not finite: leave it out")


def load(split: str) -> Utterances:
    """Load one split of the embedded data, after verifying the file's checksum.

    Args:
        split: "train" (270 utterances, 30 a speaker) or "test" (370, 24 to 88 a speaker).

    Returns:
        The utterances, speaker by speaker, in tensors of the caller's own.

    Raises:
        DataError: There is no such split, or the file is missing or damaged.

    Example:
        >>> train = load("train")
        >>> len(train), train.frames[0].shape
        (270, torch.Size([20, 12]))
    """
    if split not in SPLITS:
        raise DataError(f'there is no split "{split}": choose one of {", ".join(SPLITS)}')
    with np.load(io.BytesIO(catalogue.read("vowels")), allow_pickle=False) as arrays:
        frames = torch.from_numpy(arrays[f"{split}_frames"])  # (sum of t_i, D)
        lengths = torch.from_numpy(arrays[f"{split}_lengths"]).long()  # (n,)
        labels = torch.from_numpy(arrays[f"{split}_labels"]).long()  # (n,)
    # Clones, because views would all share (and save, and send) the memory of the whole split.
    series = [part.clone() for part in torch.split(frames, lengths.tolist())]
    return Utterances(series, labels, lengths)


def read_uci(folder: Path | str) -> tuple[Utterances, Utterances]:
    """Read the data from the text files that UCI publishes.

    A row is a frame of 12 numbers, a block of rows an utterance. A block ends at a blank line or
    at a row of twelve 1.0s: published copies separate, or pad, with either or both. The size
    files list the number of blocks of each speaker.

    Args:
        folder: Holds ``ae.train``, ``ae.test``, ``size_ae.train`` and ``size_ae.test``.

    Returns:
        The train and the test utterances.

    Raises:
        DataError: A file is missing, a row is not 12 finite numbers (the sentence names file and
            line), a size file does not list 9 counts, or the counts do not fit the blocks.
    """
    train, test = (_read_uci_split(Path(folder), split) for split in SPLITS)
    return train, test


def _read_uci_split(folder: Path, split: str) -> Utterances:
    """Read ``ae.<split>`` and ``size_ae.<split>``; see read_uci."""
    sizes = _read_sizes(folder / f"size_ae.{split}")
    blocks = _read_blocks(folder / f"ae.{split}")
    if len(blocks) != sum(sizes):
        raise DataError(
            f"ae.{split} holds {len(blocks)} utterances but size_ae.{split} lists {sum(sizes)}: "
            "take both files from the same download"
        )
    frames = [torch.tensor(block, dtype=torch.float32) for block in blocks]
    labels = torch.arange(SPEAKERS).repeat_interleave(torch.tensor(sizes))
    return Utterances(frames, labels, torch.tensor([len(block) for block in blocks]))


def _read_lines(path: Path) -> list[str]:
    """Return the lines of a text file; what is not text shows up as a malformed row."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise DataError(
            f"cannot read {path} ({error.strerror}): put ae.train, ae.test, size_ae.train and "
            "size_ae.test into one folder"
        ) from error
    return text.split("\n")


def _read_sizes(path: Path) -> list[int]:
    """Return the number of utterances of each speaker, K counts."""
    words = " ".join(_read_lines(path)).split()
    if len(words) != SPEAKERS or not all(word.isdecimal() for word in words):
        raise DataError(
            f"{path.name} must list {SPEAKERS} whole numbers, the utterances of each speaker, "
            f"not {' '.join(words)[:80]!r}: download it again"
        )
    return [int(word) for word in words]


def _read_blocks(path: Path) -> list[list[list[float]]]:
    """Return the utterances, each a list of t frames, each a list of D values."""
    blocks: list[list[list[float]]] = [[]]
    for number, line in enumerate(_read_lines(path), start=1):
        frame = _parse_frame(line, f"{path.name}, line {number}")
        if frame and frame != [1.0] * FEATURES:
            blocks[-1].append(frame)
        elif blocks[-1]:
            blocks.append([])
    return blocks if blocks[-1] else blocks[:-1]


def _parse_frame(line: str, place: str) -> list[float]:
    """Return the D values of a row, none for a blank one; ``place`` is what an error names."""
    words = line.split()
    try:
        frame = [float(word) for word in words]
    except ValueError:
        frame = [math.nan]  # refused below, with the rows of another length
    if frame and not (len(frame) == FEATURES and all(map(math.isfinite, frame))):
        raise DataError(
            f"{place}: expected {FEATURES} numbers, found {' '.join(words)[:80]!r}: correct the "
            "line or download the file again"
        )
    return frame


def statistics(utterances: Utterances) -> tuple[Tensor, Tensor]:
    """Measure the mean and the standard deviation of each coefficient over all real frames.

    Call it on the train set only, and standardise both sets with the result: figures measured on
    the test set would leak it into training.

    Args:
        utterances: At least one.

    Returns:
        The mean (D,) and the standard deviation (D,), dividing by the number of frames, both
        float32 and in the unit of the coefficients.

    Raises:
        DataError: There are no utterances.
    """
    if not len(utterances):
        raise DataError("there are no utterances to measure: pass at least one")
    # In float64, so that the result does not depend on the order of 4,274 float32 additions.
    frames = torch.cat(utterances.frames).double()  # (sum of t_i, D)
    return frames.mean(dim=0).float(), frames.std(dim=0, correction=0).float()


class VowelDataset(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Utterances padded with zeros to T frames, for a DataLoader.

    An item is ``(x, length, label)``: x (T, D) float32, whose rows from ``length`` on are zero;
    length, an int64 scalar, 1..T; label, an int64 scalar, 0..K-1. Items are copies: changing one
    does not change the dataset.

    Args:
        utterances: None longer than T frames.
        standardise: Mean (D,) and standard deviation (D,) from ``statistics`` of the train set;
            real frames become (frame - mean) / deviation, padding stays 0.

    Raises:
        DataError: An utterance is too long, or ``standardise`` is not two finite tensors of shape
            (D,) with positive deviations.

    Example:
        >>> train = load("train")
        >>> x, length, label = VowelDataset(train, statistics(train))[0]
        >>> x.shape, int(length), int(label)
        (torch.Size([29, 12]), 20, 0)
    """

    def __init__(
        self, utterances: Utterances, standardise: tuple[Tensor, Tensor] | None = None
    ) -> None:
        mean, deviation = standardise or (torch.zeros(FEATURES), torch.ones(FEATURES))
        _check_statistics(mean, deviation)
        self._lengths = utterances.lengths.clone()  # (n,)
        self._labels = utterances.labels.clone()  # (n,)
        self._x = torch.zeros(len(utterances), MAX_LENGTH, FEATURES)  # (n, T, D)
        for index, series in enumerate(utterances.frames):
            if len(series) > MAX_LENGTH:
                raise DataError(
                    f"utterance {index} has {len(series)} frames, more than {MAX_LENGTH}: "
                    "cut it or leave it out"
                )
            self._x[index, : len(series)] = (series - mean) / deviation

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        return (
            self._x[index].clone(),
            self._lengths[index].clone(),
            self._labels[index].clone(),
        )


def _check_statistics(mean: Tensor, deviation: Tensor) -> None:
    """Raise DataError unless both are finite and of shape (D,), and the deviations positive."""
    if mean.shape != (FEATURES,) or deviation.shape != (FEATURES,):
        raise DataError(
            f"standardise needs a mean and a deviation of shape ({FEATURES},), not "
            f"{tuple(mean.shape)} and {tuple(deviation.shape)}: use statistics(train)"
        )
    finite = bool(mean.isfinite().all() and deviation.isfinite().all())
    if not finite or not bool((deviation > 0).all()):
        raise DataError(
            "standardise needs finite means and positive, finite deviations: "
            "use statistics(train), and leave out a coefficient that never changes"
        )
