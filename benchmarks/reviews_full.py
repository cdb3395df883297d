"""What the networks of the lecture `reviews` score: a table of the classroom and the full setting.

Run ``python benchmarks/reviews_full.py classroom`` or ``... full`` in the repository root. Word
vectors are trained once, then the classifier with several seeds; all are measured on the dev and
the test reviews. One thread computes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)  # so that this folder's modules have the same names here and in tests
os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch reads it when it is imported

import torch  # noqa: E402
import torch.nn.functional as nnf  # noqa: E402

from benchmarks.grading_tables import Spread, table  # noqa: E402
from benchmarks.taught import taught  # noqa: E402
from course_lib.answers.held_out import review_labels  # noqa: E402
from course_lib.data import reviews  # noqa: E402
from course_lib.lab import opinions, words  # noqa: E402


def main() -> None:
    """Print the table of the setting named on the command line."""
    parser = argparse.ArgumentParser(description="Measure what the networks of reviews score.")
    parser.add_argument("setting", choices=["classroom", "full"])
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    start = time.perf_counter()
    train, dev, test = (reviews.load(split) for split in reviews.SPLITS)
    known = reviews.vocabulary(train)
    texts, *unseen = (opinions.numbered(part, known) for part in (train, dev, test))
    reading = time.perf_counter() - start
    labels = dev.labels.long(), torch.tensor(review_labels()).long()
    cells = taught("reviews", without=["trained", "predictions"], F=nnf)
    counts = torch.tensor(known.counts, dtype=torch.float64)
    counts[: words.SPECIAL] = 0
    how, wordhow = opinions.setting(asked.setting), words.word_setting(asked.setting)
    keep, negative = cells["keep_probability"](counts, t=5e-4), cells["negative_distribution"]
    start = time.perf_counter()
    vectors = words.fit_vectors(
        texts, keep, negative(counts), cells["skip_gram_loss"], wordhow, 1
    ).target
    vector_seconds = time.perf_counter() - start
    scores: list[tuple[float, float]] = []
    seconds: list[float] = []
    for seed in range(asked.seeds):
        torch.manual_seed(seed)
        model = cells["HeadsClassifier"](len(known), wordhow.D, 4)
        model.embedding.weight.data.copy_(vectors)
        start = time.perf_counter()
        held_out, f1 = (unseen[0], dev.labels), cells["f1_macro"]
        opinions.fit_heads(model, (texts, train.labels), held_out, cells["collate"], f1, how, seed)
        seconds.append(time.perf_counter() - start)
        guesses = [opinions.probabilities(model, part, cells["collate"]) > 0.5 for part in unseen]
        found = [f1(y, guess.long()) for y, guess in zip(labels, guesses, strict=True)]
        scores.append((found[0], found[1]))
        print(f"seed {seed}: {scores[-1]}", file=sys.stderr, flush=True)
    yardstick = [
        f1(y, opinions.tfidf(train, part, 1)) for y, part in zip(labels, (dev, test), strict=True)
    ]
    print(f"{asked.setting}: reading, tokenising and numbering all reviews takes {reading:.1f} s;")
    print(f"word vectors of {wordhow.D} numbers, {wordhow.epochs} passes: {vector_seconds:.0f} s\n")
    name = f"four heads, {how.epochs} epochs"
    columns = [Spread.of(column).text(3) for column in zip(*scores, strict=True)]
    rows = [
        [name, Spread.of(seconds).text(0), *columns],
        ["TF-IDF, logistic regression", "-", *(f"{score:.3f}" for score in yardstick)],
    ]
    print(table(["model", "s", "macro F1 on dev", "on test"], rows))


if __name__ == "__main__":
    main()
