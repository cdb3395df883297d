"""Trainings on film reviews: batches of about one length, and the yardstick without a network.

A data set is a `TensorDataset` of padded word numbers (n, T), 0 on padding, and labels (n,), 1 for
a positive review. A model is called as ``model(ids)`` and returns one score for each review, (B,):
the larger, the more likely it is positive; its sigmoid is the probability.

Letters in shapes: n reviews, B batch, T words, V words of the vocabulary.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import TensorDataset
from tqdm.auto import tqdm

from course_lib.data.imdb import SPECIAL, FilmReviews, ids
from course_lib.data.text import Vocabulary
from course_lib.lab.names import batches
from course_lib.lab.training import History, evaluating

PAD, START_ID, UNK = range(len(SPECIAL))  # the numbers of the special words
EVALUATED = 250  # reviews at a time when nothing is learnt
CLIP = 1.0  # longest gradient of one step
DROPPED = 0.1  # of the words of a training review become unknown, anew in every epoch
WARM = 0.1  # of the steps: so long does the rate rise from 0


def encode(words: Sequence[list[str]], known: Vocabulary, longest: int) -> Tensor:
    """Number the words of reviews: each begins with `START`, and keeps its last words.

    Args:
        words: n reviews as words.
        known: The vocabulary.
        longest: T, the most numbers of a review, at least 2.

    Returns:
        (n, T) int64, 0 behind the end of a short review.
    """
    rows = torch.zeros(len(words), longest, dtype=torch.int64)
    for row, review in zip(rows, words, strict=True):
        numbers = ids(review[-(longest - 1) :], known, longest)
        row[: len(numbers)] = torch.tensor(numbers)
    return rows


def as_data(reviews: FilmReviews, known: Vocabulary, longest: int) -> TensorDataset:
    """Reviews as a data set: word numbers (n, T) and labels (n,)."""
    return TensorDataset(encode(reviews.words, known, longest), reviews.labels)


def score(model: nn.Module, ids: Tensor) -> Tensor:
    """Score every review (n, T) without gradients or dropout, in batches of one length: (n,)."""
    lengths = (ids != PAD).sum(dim=1)
    scores = torch.empty(len(ids))
    with evaluating(model):
        for batch in lengths.argsort(stable=True).split(EVALUATED):
            scores[batch] = model(_cut(ids[batch])).float()
    return scores


def right(model: nn.Module, data: TensorDataset) -> float:
    """Measure the share of the reviews that the model gets right, 0..1."""
    ids, labels = data.tensors
    return ((score(model, ids) > 0) == (labels == 1)).double().mean().item()


def _cut(ids: Tensor) -> Tensor:
    """A batch without the columns that are padding in all of its reviews."""
    return ids[:, : int((ids != PAD).sum(dim=1).max())]


def fit(
    model: nn.Module,
    train: TensorDataset,
    test: TensorDataset,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
    bar: bool = True,
) -> History:
    """Train a model in place: cross-entropy, AdamW, a rate that rises for a while and then falls.

    A tenth of the words is replaced by the unknown one, so that no model leans on few words. The
    same model, data and seed give the same parameters; torch's generator and the model's mode are
    left as they were.

    Args:
        model: See the module.
        train: What the model learns from.
        test: What it never learns from, and is measured on after every epoch.
        epochs: Passes over the training set.
        batch_size: Reviews a step.
        lr: The highest learning rate.
        seed: Of the order of the reviews, and of the words that are replaced.
        bar: Whether a progress bar is shown.

    Returns:
        The mean loss and the test accuracy of each epoch.
    """
    history, mode = History(), model.training
    ids, labels = train.tensors
    lengths = (ids != PAD).sum(dim=1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr)
    steps = epochs * -(-len(ids) // batch_size)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step / steps))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # tqdm reads this variable by itself, but its notebook form (4.70) does not.
        quiet = not bar or bool(os.environ.get("TQDM_DISABLE"))
        for _ in tqdm(range(epochs), desc="training", unit="epoch", disable=quiet, leave=False):
            model.train()
            total = 0.0
            for batch in batches(lengths, batch_size):
                optimiser.zero_grad()
                loss = F.binary_cross_entropy_with_logits(
                    model(_some_unknown(_cut(ids[batch]))), labels[batch].float()
                )
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), CLIP)
                optimiser.step()
                rate.step()
                total += loss.item() * len(batch)
            history.loss.append(total / len(ids))
            if len(test):
                history.test_accuracy.append(right(model, test))
    model.train(mode)
    return history


def _rate(done: float) -> float:
    """The learning rate, as a share of the highest, when this share of the steps is done."""
    return min((done + 1e-3) / WARM, max(0.02, (1 - done) / (1 - WARM)))


def _some_unknown(ids: Tensor) -> Tensor:
    """Replace a share of the real words by the unknown one."""
    chosen = (torch.rand(ids.shape) < DROPPED) & (ids > UNK)
    return ids.masked_fill(chosen, UNK)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Tell on stderr how long something took.

    Times differ from run to run, and a built notebook keeps only what does not.
    """
    start = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - start:.1f} s", file=sys.stderr)


def parameters(model: nn.Module) -> int:
    """Count the numbers that are learnt."""
    return sum(part.numel() for part in model.parameters() if part.requires_grad)


def without_network(
    train: TensorDataset, test: TensorDataset, known: Vocabulary
) -> tuple[float, list[tuple[str, float]]]:
    """Train the yardstick: logistic regression on how often each word occurs (TF-IDF).

    A count is weighed down for words that most reviews have, and each review's numbers are scaled
    to length 1; the order of the words plays no part. The special words are left out.

    Args:
        train: See the module.
        test: Likewise.
        known: The vocabulary the numbers belong to.

    Returns:
        The test accuracy, and the vocabulary's words with their coefficients, lowest first.
    """
    # Loaded here: the other lectures, which import this package too, do without it.
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    weigh = TfidfTransformer(sublinear_tf=True)
    model = LogisticRegression(C=1.0, max_iter=300)
    model.fit(weigh.fit_transform(_counts(train, len(known))), train.tensors[1].numpy())
    guesses = model.predict(weigh.transform(_counts(test, len(known))))
    accuracy = float((guesses == test.tensors[1].numpy()).mean())
    named = zip(known.words[len(SPECIAL) :], model.coef_[0].tolist(), strict=True)
    return accuracy, sorted(named, key=lambda entry: entry[1])


def _counts(data: TensorDataset, V: int) -> object:
    """How often each word occurs in each review, sparse (n, V - 3)."""
    from scipy.sparse import csr_matrix

    numbers = data.tensors[0]
    rows, columns = (numbers > UNK).nonzero(as_tuple=True)
    words = numbers[rows, columns] - len(SPECIAL)
    ones = torch.ones(len(rows), dtype=torch.float64)
    shape = (len(numbers), V - len(SPECIAL))
    return csr_matrix((ones.numpy(), (rows.numpy(), words.numpy())), shape=shape)


def shuffle(ids: Tensor, seed: int) -> Tensor:
    """Put the words of each review (n, T) into a random order; `START` and padding stay."""
    chance = torch.rand(ids.shape, generator=torch.Generator().manual_seed(seed))
    chance[:, 0] = -1.0
    return ids.gather(1, chance.masked_fill(ids == PAD, 2.0).argsort(dim=1, stable=True))


def importance(ids: Tensor, coefficients: Sequence[tuple[str, float]], known: Vocabulary) -> Tensor:
    """How large the coefficient of each word is, whatever its sign: (n, T), 0 on special words."""
    size = torch.zeros(len(known))
    for word, coefficient in coefficients:
        size[known.id(word)] = abs(coefficient)
    return size[ids]
