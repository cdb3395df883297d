"""What the networks of the lecture `vowels` score over several seeds: a table.

Run ``python benchmarks/vowels_accuracy.py`` in the repository root; it takes a few minutes. The
networks are those of the lecture's own solution cells, trained with the lecture's settings and the
processor instructions of ``course build``, so the figures in its prose can be measured again.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parent.parent)  # where the folder `benchmarks` is a package

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from benchmarks import reproducible  # noqa: E402
from benchmarks.taught import taught  # noqa: E402
from course_lib.data import vowels  # noqa: E402
from course_lib.lab.layers import four_layers  # noqa: E402
from course_lib.lab.training import accuracy, evaluating, fit, whole  # noqa: E402

D, H, K, T = vowels.FEATURES, 64, vowels.SPEAKERS, vowels.MAX_LENGTH
EPOCHS, BATCH_SIZE, LR = 20, 32, 1e-2  # as in the lecture


def even(make: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    """The masked network with W = 0 for good: all scores are equal, and so are the weights."""

    def made() -> nn.Module:
        model = make()
        nn.init.zeros_(model.get_parameter("W")).requires_grad_(False)
        return model

    return made


def main() -> None:
    """Train every network with every seed and print one line for each network."""
    parser = argparse.ArgumentParser(description="Accuracies of the lecture vowels.")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each network")
    seeds = range(parser.parse_args().seeds)
    cells = taught("vowels", without=["trained"], four_layers=four_layers)
    train, test = vowels.load("train"), vowels.load("test")
    measured = vowels.statistics(train)

    def first() -> nn.Module:
        return cells["AttentionClassifier"](D, H, K, T)

    def masked() -> nn.Module:
        return cells["MaskedAttentionClassifier"](D, H, K)

    rows: list[tuple[str, Callable[[], nn.Module], tuple[Tensor, Tensor] | None]] = [
        ("first form, raw input", first, None),
        ("first form", first, measured),
        ("masked bilinear form", masked, measured),
        ("masked, even weights", even(masked), measured),
    ]
    print(f"{'network':22} median  lowest highest  s each  each seed")
    for name, make, standardise in rows:
        train_set, test_set = (vowels.VowelDataset(part, standardise) for part in (train, test))
        start, scores, masses = time.perf_counter(), [], []
        for seed in seeds:
            torch.manual_seed(seed)
            model = make()
            fit(model, train_set, test_set, EPOCHS, BATCH_SIZE, LR, seed)
            scores.append(accuracy(model, test_set))
            if make is first:
                masses.append(mass_on_padding(cells, model, test_set))
        took = (time.perf_counter() - start) / len(seeds)
        each = " ".join(f"{score:.3f}" for score in scores)
        low, middle, high = min(scores), statistics.median(scores), max(scores)
        note = f"  mass on padding {statistics.median(masses):.2f}" if masses else ""
        print(f"{name:22} {middle:6.3f} {low:7.3f} {high:7.3f} {took:7.1f}  {each}{note}")


def mass_on_padding(cells: dict[str, Any], model: nn.Module, test: vowels.VowelDataset) -> float:
    """The mean attention mass that a trained first form puts on the padding of the test set."""
    x, lengths, _ = whole(test)
    reader = cells["AttentionReader"](D, H, K, T)
    reader.load_state_dict(model.state_dict())
    with evaluating(reader):
        return float(cells["padding_mass"](reader(x), lengths).mean())


if __name__ == "__main__":
    reproducible.run(main)
