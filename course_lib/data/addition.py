"""The addition task: add the numbers before the delimiter; synthetic, so the truth is known.

A sequence is T = 20 numbers drawn from U(0, 1), one of which is replaced by the delimiter 0. The
answer is the sum of the numbers before the delimiter, the *addends*; what follows is of no use.
Which numbers were added is known, so a map of attention can be held against the truth.

Source: none; every number is drawn here. The task is a variant of the adding problem of
S. Hochreiter, J. Schmidhuber (1997), Long short-term memory, Neural Computation 9 (8), section 5.4.

Letters in shapes: n sequences, T numbers in each, 20 unless shorter ones are drawn.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import Dataset

from course_lib.data.errors import DataError

LENGTH = 20  # T
DELIMITER = 0.0
SIZES = {"train": 20_000, "test": 4_000}
_SEEDS = {"train": 2001, "test": 2002}
# The least step of a float32 in (0, 1) that `torch.rand` makes: what stands for a drawn 0.
_LEAST = 2.0**-24


@dataclass(frozen=True, eq=False)  # `==` of tensors is elementwise, and has no truth value
class Additions(Dataset[tuple[Tensor, Tensor]]):
    """Sequences with their delimiters, for a DataLoader: an item is ``(x, sum)``.

    In an item, x is (T,) float32 and the sum a float32 scalar. Items are copies: changing one does
    not change the dataset.

    Attributes:
        x: (n, T) float32, in (0, 1) but for one `DELIMITER` in each row.
        positions: (n,) int64, where the delimiter stands, 1..T-1, counted from 0: there is at
            least one addend.

    Raises:
        DataError: A row has no delimiter at its position, or has another one, or holds a number
            outside [0, 1); or the two do not fit together.

    Example:
        >>> few = draw(3, seed=0, position=2)
        >>> few.addends[0].sum(), bool((few.x[0, :2].sum() == few.sums[0]))
        (tensor(2), True)
    """

    x: Tensor
    positions: Tensor

    def __post_init__(self) -> None:
        n = len(self.positions)
        if self.x.ndim != 2 or len(self.x) != n or self.x.dtype != torch.float32:
            raise DataError(
                f"x must be float32 of shape ({n}, T), a row for each position, "
                f"not {self.x.dtype} of shape {tuple(self.x.shape)}"
            )
        T = self.x.shape[1]
        if self.positions.dtype != torch.int64 or self.positions.ndim != 1:
            raise DataError(
                f"positions must be int64 of shape ({n},), "
                f"not {self.positions.dtype} of shape {tuple(self.positions.shape)}"
            )
        if not bool(((self.positions >= 1) & (self.positions < T)).all()):
            raise DataError(f"a delimiter must stand at one of the places 1 to {T - 1}")
        if not bool(((self.x >= 0) & (self.x < 1)).all()):
            raise DataError("numbers must be at least 0 and less than 1")
        here = torch.arange(T) == self.positions[:, None]  # (n, T)
        if not torch.equal(self.x == DELIMITER, here):
            raise DataError("each row must hold one 0, at its position, and no other")

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.x[index].clone(), self.sums[index].clone()

    @property
    def addends(self) -> Tensor:
        """The true mask (n, T): True where a number was added, that is, before the delimiter."""
        return torch.arange(self.x.shape[1]) < self.positions[:, None]

    @property
    def sums(self) -> Tensor:
        """The answers (n,) float32: the sum of each row's addends, rounded once."""
        return (self.x.double() * self.addends).sum(dim=1).float()


def draw(n: int, *, seed: int, position: int | None = None, length: int = LENGTH) -> Additions:
    """Draw sequences.

    Args:
        n: How many, at least 1.
        seed: Of a generator of its own: the same seed gives the same sequences.
        position: Where every delimiter stands, 1..T-1, as for pictures; None draws each place
            with the same probability.
        length: T, at least 2.

    Returns:
        The sequences.

    Raises:
        DataError: There is no such position, or nothing to draw.
    """
    if n < 1:
        raise DataError(f"cannot draw {n} sequences: ask for at least one")
    if length < 2:
        raise DataError(f"a sequence of {length} cannot hold a number and a delimiter: at least 2")
    if position is not None and not 1 <= position < length:
        raise DataError(
            f"a delimiter cannot stand at place {position}: choose one of 1 to {length - 1}"
        )
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(n, length, generator=generator).clamp(min=_LEAST)  # (n, T): no 0 by chance
    places = torch.randint(1, length, (n,), generator=generator)  # (n,)
    if position is not None:
        places = torch.full((n,), position)
    x[torch.arange(n), places] = DELIMITER
    return Additions(x, places)


def load(split: str) -> Additions:
    """Draw one split, the same on every machine.

    Args:
        split: "train" (20,000 sequences) or "test" (4,000).

    Raises:
        DataError: There is no such split.
    """
    if split not in SIZES:
        raise DataError(f'there is no split "{split}": choose one of {", ".join(SIZES)}')
    return draw(SIZES[split], seed=_SEEDS[split])
