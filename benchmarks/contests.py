"""For each lecture two ways to train: as the exercise was first taught, and as the lecture does.

`benchmarks/training.py` runs them and says what came out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch.utils.data import TensorDataset

from benchmarks import originals
from benchmarks.grading_tables import Goal, Spread
from benchmarks.taught import taught
from course_lib.data import addition, imdb, reviews, surnames, vowels
from course_lib.data.addition import DELIMITER
from course_lib.lab import films, names, opinions, regression, training
from course_lib.lab import words as wordvectors
from course_lib.lab.layers import four_layers


@dataclass(frozen=True)
class Trained:
    """One training.

    Attributes:
        seconds: Of the training alone.
        examples: Examples read, each as often as it was.
        quality: Figures by name.
    """

    seconds: float
    examples: int
    quality: dict[str, float]

    @property
    def speed(self) -> float:
        """Examples a second."""
        return self.examples / self.seconds


@dataclass(frozen=True)
class Contest:
    """Two ways to train on the same data, each from a seed.

    Attributes:
        about: The two and their data, in a sentence.
        original: As the exercise was first taught.
        lecture: As the lecture does it.
        goals: What is to be reached, from all trainings of the two.
    """

    about: str
    original: Callable[[int], Trained]
    lecture: Callable[[int], Trained]
    goals: Callable[[list[Trained], list[Trained]], list[Goal]]


def ratio(what: str, bound: float, above: list[float], below: list[float]) -> Goal:
    """A goal on the ratio of two figures of each seed, at least `bound`."""
    quotients = [high / low for high, low in zip(above, below, strict=True)]
    return Goal(what, Spread.of(quotients), bound, at_least=True, digits=1)


def better(what: str, measure: str, before: list[Trained], now: list[Trained]) -> Goal:
    """The goal that a median is at least as high as the original's."""
    bound = statistics.median(run.quality[measure] for run in before)
    found = Spread.of(run.quality[measure] for run in now)
    return Goal(what, found, round(bound, 3), at_least=True, digits=3)


def addition_contest() -> Contest:
    """The map of an LSTM with softmax attention, and that of the network which gates."""
    train, test = addition.load("train"), addition.load("test")
    cells = taught("addition", without=["finder_trained"], DELIMITER=DELIMITER)

    def judged(model: torch.nn.Module, epochs: int, start: float) -> Trained:
        seconds = time.perf_counter() - start
        overlap = cells["overlap"](regression.answers(model, test.x)[1], test.addends)
        error = regression.prediction_error(model, test)
        quality = {"overlap of the map": overlap.mean().item(), "error of the answers": error}
        return Trained(seconds, epochs * len(train), quality)

    def original(seed: int) -> Trained:
        start = time.perf_counter()
        return judged(originals.addition(train, 6, seed), 6, start)

    def lecture(seed: int) -> Trained:
        start = time.perf_counter()
        torch.manual_seed(seed)
        model = cells["Finder"](32)
        regression.fit(model, train, test, epochs=6, batch_size=100, lr=2e-2, seed=seed)
        return judged(model, 6, start)

    return Contest(
        "20,000 sequences, 6 passes: an LSTM of 100 with softmax attention, batches of 32; and the "
        "lecture's `Finder(32)`",
        original,
        lecture,
        lambda before, now: [better("Overlap of the map", "overlap of the map", before, now)],
    )


def vowels_contest() -> Contest:
    """Attention that reads padding, and the masked bilinear form."""
    train, test = vowels.load("train"), vowels.load("test")
    cells = taught("vowels", without=["trained"], four_layers=four_layers)
    raw = [vowels.VowelDataset(part, None) for part in (train, test)]
    measured = vowels.statistics(train)
    standard = [vowels.VowelDataset(part, measured) for part in (train, test)]
    H, K = 64, vowels.SPEAKERS

    def original(seed: int) -> Trained:
        start = time.perf_counter()
        model = originals.vowels(raw[0], H, K, seed)
        seconds = time.perf_counter() - start
        return Trained(seconds, 30 * len(train), {"accuracy": training.accuracy(model, raw[1])})

    def lecture(seed: int) -> Trained:
        start = time.perf_counter()
        torch.manual_seed(seed)
        model = cells["MaskedAttentionClassifier"](vowels.FEATURES, H, K)
        training.fit(model, standard[0], standard[1], epochs=20, batch_size=32, lr=1e-2, seed=seed)
        seconds = time.perf_counter() - start
        accuracy = training.accuracy(model, standard[1])
        return Trained(seconds, 20 * len(train), {"accuracy": accuracy})

    def goals(before: list[Trained], now: list[Trained]) -> list[Goal]:
        times = [run.seconds for run in before], [run.seconds for run in now]
        return [
            better("Accuracy", "accuracy", before, now),
            ratio("Times less seconds", 1, *times),
        ]

    return Contest(
        "270 utterances to learn from, 370 to test with: 30 epochs of batches of 4, unmasked, raw "
        "input; and the lecture's masked bilinear form, 20 epochs of batches of 32",
        original,
        lecture,
        goals,
    )


def surnames_contest() -> Contest:
    """Single names through a plain cell, and batches through a GRU."""
    everyone = surnames.pruned(surnames.load())
    train, held_out = surnames.split(everyone, held_out=0.2, seed=1)  # as in the lecture
    cells = taught("surnames", without=["trained"], PUNCTUATION=surnames.PUNCTUATION)
    data = [
        TensorDataset(*surnames.encode_batch(part.names), part.labels) for part in (train, held_out)
    ]
    V, K, steps = len(surnames.CHARACTERS), len(surnames.LANGUAGES), 80_000

    def original(seed: int) -> Trained:
        start = time.perf_counter()
        model = originals.surname(train, steps, seed)
        seconds = time.perf_counter() - start
        accuracy = originals.surname_accuracy(model, held_out)
        return Trained(seconds, steps, {"held-out accuracy": accuracy})

    def lecture(seed: int) -> Trained:
        start = time.perf_counter()
        torch.manual_seed(seed)
        model, epochs = cells["GRUClassifier"](V, 64, K), 10
        names.fit(
            model, data[0], data[1], epochs, batch_size=64, lr=1e-2, seed=seed, every_epoch=False
        )
        seconds = time.perf_counter() - start
        accuracy = names.accuracy(model, data[1])
        return Trained(seconds, epochs * len(train), {"held-out accuracy": accuracy})

    def goals(before: list[Trained], now: list[Trained]) -> list[Goal]:
        speeds = [run.speed for run in now], [run.speed for run in before]
        return [
            ratio("Times more examples a second", 10, *speeds),
            better("Held-out accuracy", "held-out accuracy", before, now),
        ]

    return Contest(
        f"The pruned set, {len(train)} names to learn from, {len(held_out)} held out, no noise: "
        "80,000 single names through a plain cell of 128; and the lecture's GRU of 64, ten epochs "
        "of batches of 64",
        original,
        lecture,
        goals,
    )


def reviews_contest() -> Contest:
    """Heads that are never trained, one review at a time, and the lecture's in batches."""
    train, dev = (reviews.load(split) for split in ("train", "dev"))
    words = reviews.vocabulary(train)
    texts, unseen = (opinions.numbered(part, words) for part in (train, dev))
    cells = taught("reviews", without=["trained", "predictions"], F=nnf)
    counts = torch.tensor(words.counts, dtype=torch.float64)
    counts[: wordvectors.SPECIAL] = 0
    keep = cells["keep_probability"](counts, t=5e-4)
    negative, loss = cells["negative_distribution"](counts), cells["skip_gram_loss"]
    setting = wordvectors.word_setting("classroom")
    vectors = wordvectors.fit_vectors(texts, keep, negative, loss, setting, 1).target
    how, epochs = opinions.setting("classroom"), 2
    single = [torch.tensor(text) for text in texts]

    def judged(seconds: float, examples: int, p: torch.Tensor) -> Trained:
        score = cells["f1_macro"](dev.labels.long(), (p > 0.5).long())
        return Trained(seconds, examples, {"macro F1": score})

    def original(seed: int) -> Trained:
        start = time.perf_counter()
        model = originals.reviews(single, train.labels, vectors, epochs, seed)
        seconds = time.perf_counter() - start
        with torch.no_grad():
            p = torch.stack([model(torch.tensor(text)) for text in unseen])
        return judged(seconds, epochs * len(train), p)

    def lecture(seed: int) -> Trained:
        start = time.perf_counter()
        torch.manual_seed(seed)
        model = cells["HeadsClassifier"](len(words), setting.D, 4)
        with torch.no_grad():
            model.embedding.weight.copy_(vectors)
        held_out, score = (unseen, dev.labels), cells["f1_macro"]
        opinions.fit_heads(
            model, (texts, train.labels), held_out, cells["collate"], score, how, seed
        )
        seconds = time.perf_counter() - start
        p = opinions.probabilities(model, unseen, cells["collate"])
        return judged(seconds, how.epochs * len(train), p)

    def goals(before: list[Trained], now: list[Trained]) -> list[Goal]:
        speeds = [run.speed for run in now], [run.speed for run in before]
        return [
            ratio("Times faster an epoch, fine-tuned", 20, *speeds),
            better("Macro F1", "macro F1", before, now),
        ]

    return Contest(
        "18,115 reviews to learn from, 2,263 to measure with, from the same word vectors, "
        "fine-tuned: single reviews, two epochs, heads that stay random; and the lecture's three "
        "epochs of batches of 128",
        original,
        lecture,
        goals,
    )


def imdb_contest() -> Contest:
    """An encoder that reads padding like words, and the lecture's."""
    train, test = imdb.load()
    words, unseen = train.words, test.words
    known = imdb.vocabulary(words)
    T, V = 128, len(known)
    first = [_filled([imdb.ids(text, known, T) for text in part], T) for part in (words, unseen)]
    data = [
        TensorDataset(films.encode(texts, known, T), part.labels)
        for texts, part in ((words, train), (unseen, test))
    ]
    cells = taught("imdb", without=["trained"], films=films)

    def original(seed: int) -> Trained:
        start = time.perf_counter()
        model = originals.imdb(first[0], train.labels, V, 1, seed)
        seconds = time.perf_counter() - start
        with torch.no_grad():
            guesses = torch.cat([model(part).argmax(dim=1) for part in first[1].split(500)])
        accuracy = (guesses == test.labels).double().mean().item()
        return Trained(seconds, len(train), {"accuracy": accuracy})

    def lecture(seed: int) -> Trained:
        start = time.perf_counter()
        torch.manual_seed(seed)
        model = cells["EncoderClassifier"](V, 16, 2, 32, 2)
        films.fit(model, data[0], data[1], epochs=1, batch_size=32, lr=1.5e-2, seed=seed)
        seconds = time.perf_counter() - start
        accuracy = cells["accuracy"](films.score(model, data[1].tensors[0]), test.labels)
        return Trained(seconds, len(train), {"accuracy": accuracy})

    return Contest(
        "20,000 reviews to learn from, 5,000 to test with, 1,000 words, 128 of each review, one "
        "pass: one layer of width 64 in four heads, norms after the sums, the first words, padding "
        "read; and the lecture's two layers of width 16, masked, the last words",
        original,
        lecture,
        lambda before, now: [better("Accuracy", "accuracy", before, now)],
    )


def _filled(rows: list[list[int]], length: int) -> torch.Tensor:
    """Rows of numbers, each filled up with 0 to one length: (n, length)."""
    return torch.tensor([row + [0] * (length - len(row)) for row in rows])


CONTESTS: dict[str, Callable[[], Contest]] = {
    "addition": addition_contest,
    "vowels": vowels_contest,
    "surnames": surnames_contest,
    "reviews": reviews_contest,
    "imdb": imdb_contest,
}
