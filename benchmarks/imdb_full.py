"""What the networks of the lecture `imdb` score: a table of the classroom and the full setting.

Run ``python benchmarks/imdb_full.py classroom`` or ``... full`` in the repository root; the second
needs ``course data imdb --full``. The classroom rows are the lecture's trainings over several
seeds, on 20,000 of the 25,000 training reviews, measured on the other 5,000. The full row trains
on all 25,000 with 20,000 words and a longer piece of each review, and is measured on the 25,000
reviews of the original test half. One thread computes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from course_lib.answers.forms.imdb import Encoder
from course_lib.data import imdb
from course_lib.lab import films


class Recurrent(nn.Module):
    """The lecture's LSTM: a score from the state after the last real word."""

    def __init__(self, V: int, D: int, H: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.out = nn.Linear(H, 1)

    def forward(self, ids: Tensor) -> Tensor:
        """Word numbers (B, T) to scores (B,)."""
        states, _ = self.lstm(self.embedding(ids))
        last = states[torch.arange(len(ids)), (ids != films.PAD).sum(dim=1) - 1]
        return self.out(last)[:, 0]


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes:
        name: What it says first.
        make: Maps the number of words V to a new model.
        epochs: Passes over the training reviews.
        batch_size: Reviews a step.
        lr: The highest learning rate.
    """

    name: str
    make: Callable[[int], nn.Module]
    epochs: int
    batch_size: int
    lr: float


CLASSROOM = (
    Row("encoder, width 16, 2 layers", lambda words: Encoder(words, 16, 2, 32, 2), 1, 32, 1.5e-2),
    Row("LSTM, 32 units", lambda words: Recurrent(words, 32, 32), 2, 64, 1e-2),
)
FULL = (Row("encoder, width 16, 1 layer", lambda words: Encoder(words, 16, 2, 32, 1), 3, 32, 6e-3),)
LONGEST = {"classroom": 128, "full": 320}


def measure(
    row: Row, train: TensorDataset, test: TensorDataset, words: int, seeds: Sequence[int]
) -> str:
    """Train a row's model with each seed; the table's line."""
    scores, seconds = [], []
    for seed in seeds:
        torch.manual_seed(seed)
        model = row.make(words)
        start = time.perf_counter()
        none = TensorDataset(*(part[:0] for part in train.tensors))
        films.fit(model, train, none, row.epochs, row.batch_size, row.lr, seed, bar=False)
        seconds.append(time.perf_counter() - start)
        scores.append(films.right(model, test))
    size = f"{films.parameters(model):,}"
    spread = f"{statistics.median(scores):.3f}"
    if len(scores) > 1:
        spread += f" ({min(scores):.3f} to {max(scores):.3f})"
    each = statistics.median(seconds) / row.epochs
    return f"| {row.name} | {size} | {row.epochs} | {each:.0f} | {spread} |"


def main() -> None:
    """Print the table of the setting named on the command line."""
    parser = argparse.ArgumentParser(description="Measure what the networks of imdb score.")
    parser.add_argument("setting", choices=list(LONGEST))
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    full = asked.setting == "full"
    reviews, unseen = imdb.load(full=full)
    words = reviews.words
    known = imdb.vocabulary(words, imdb.FULL if full else imdb.CLASSROOM)
    longest = LONGEST[asked.setting]
    train = TensorDataset(films.encode(words, known, longest), reviews.labels)
    test = films.as_data(unseen, known, longest)
    print(f"{asked.setting}: {len(known):,} words, the last {longest - 1} of a review are read")
    print("| model | parameters | epochs | s each | test accuracy |")
    print("|---|---|---|---|---|")
    for row in FULL if full else CLASSROOM:
        print(measure(row, train, test, len(known), range(asked.seeds)), flush=True)
    start = time.perf_counter()
    counted, _ = films.without_network(train, test, known)
    seconds = time.perf_counter() - start
    size = f"{len(known) - 2:,}"
    print(f"| TF-IDF, logistic regression | {size} | - | {seconds:.0f} | {counted:.3f} |")


if __name__ == "__main__":
    main()
