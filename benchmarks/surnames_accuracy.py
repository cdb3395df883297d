"""What the networks of the lecture `surnames` score over several seeds: a table.

Run ``python benchmarks/surnames_accuracy.py`` in the repository root. The networks are those of the
lecture's own solution cells, trained on the full set without noise, with the processor instructions
of ``course build``; the *reference* reads in both directions and is trained longer. A row takes
minutes: name the rows and seeds you want.

Accuracy is counted in two ways, on names that share none with the training set: over the entries as
the source lists them, and over the different ones, each name once for each of its languages. They
differ because the 2,000 Arabic entries are 108 names, each listed many times: a handful of them
decides about a tenth of the entries.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)  # where the folder `benchmarks` is a package

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402
from torch.utils.data import TensorDataset  # noqa: E402

from benchmarks import reproducible  # noqa: E402
from benchmarks.taught import taught  # noqa: E402
from course_lib.data import surnames  # noqa: E402
from course_lib.lab.names import accuracy, fit  # noqa: E402

V, K = len(surnames.CHARACTERS), len(surnames.LANGUAGES)
HELD_OUT, SPLIT_SEED = 0.2, 1  # as in the lecture
DROPOUT = 0.3  # of the reference's states


class Reference(nn.Module):
    """A GRU in both directions with the lecture's attention; the padding is never read."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__()
        self.gru = nn.GRU(V, H, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(DROPOUT)
        self.score = nn.Linear(2 * H, 1)
        self.out = nn.Linear(2 * H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Padded names (B, T, V) to log-probabilities (B, K) and weights (B, T)."""
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(
            self.gru(packed)[0], batch_first=True, total_length=x.shape[1]
        )
        states = self.drop(states)  # (B, T, 2H)
        e = self.score(states).squeeze(2)
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        alpha = e.masked_fill(padding, -torch.inf).softmax(dim=1)
        c = torch.einsum("bt,bth->bh", alpha, states)
        return self.out(c).log_softmax(dim=1), alpha


@dataclass(frozen=True)
class Row:
    """One network and how it is trained."""

    network: str
    hidden: int
    epochs: int
    batch_size: int
    lr: float


ROWS = {
    "lecture": Row("AttentionClassifier", 64, 3, 128, 1e-2),
    "gru": Row("GRUClassifier", 64, 5, 64, 5e-3),
    "reference": Row("Reference", 128, 8, 64, 3e-3),
}


def encoded(names: surnames.Surnames) -> TensorDataset:
    """The names as `course_lib.lab.names` takes them."""
    return TensorDataset(*surnames.encode_batch(names.names), names.labels)


def spread(scores: Sequence[float]) -> str:
    """Median, lowest and highest."""
    return f"{statistics.median(scores):6.3f} {min(scores):.3f} {max(scores):.3f}"


def main() -> None:
    """Train every network with every seed and print a line for each."""
    parser = argparse.ArgumentParser(description="Accuracies of the lecture surnames.")
    parser.add_argument("rows", nargs="*", help=f"of {', '.join(ROWS)}; all if none is named")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    chosen = parser.parse_args()
    networks = {
        **taught("surnames", without=["trained"], PUNCTUATION=surnames.PUNCTUATION),
        "Reference": Reference,
    }
    torch.set_num_threads(1)
    everyone = surnames.load()
    train, held_out = surnames.split(everyone, held_out=HELD_OUT, seed=SPLIT_SEED)
    once = surnames.Surnames.of(dict.fromkeys(held_out.pairs))
    for name, part in (("all", everyone), ("held out", held_out), ("held out, once", once)):
        print(f"{name}: {len(part):,} entries, ceiling {surnames.ceiling(part):.3f}")
    data, entries, different = (encoded(part) for part in (train, held_out, once))
    print("network                            as listed            each once            s each")
    for name in chosen.rows or ROWS:
        row, listed, single, seconds = ROWS[name], [], [], []
        for seed in chosen.seeds:
            torch.manual_seed(seed)
            model, start = networks[row.network](V, row.hidden, K), time.perf_counter()
            settings = (row.epochs, row.batch_size, row.lr, seed)
            history = fit(model, data, entries, *settings, every_epoch=False, bar=False)
            seconds.append(time.perf_counter() - start)
            listed.append(history.test_accuracy[-1])
            single.append(accuracy(model, different))
            print(f"  {name}, seed {seed}: {listed[-1]:.4f} {single[-1]:.4f}", flush=True)
        about = f"{name}: {row.network} {row.hidden}, {row.epochs} epochs"
        took = statistics.median(seconds)
        print(f"{about:46} {spread(listed)}  {spread(single)}  {took:6.1f}", flush=True)


if __name__ == "__main__":
    reproducible.run(main)
