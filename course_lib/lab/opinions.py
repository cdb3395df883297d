"""Training a classifier of reviews, and the scores that it is judged by.

A model is called as ``model(ids, mask)`` and returns probabilities (B,) and weights (B, N, T).

Letters in shapes: B batch, T words, D feature, N heads, n reviews.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from course_lib.data.reviews import Reviews
from course_lib.data.text import Vocabulary
from course_lib.lab.training import evaluating

LONGEST = 100  # words of a review that are read
Texts = Sequence[Sequence[int]]
Collate = Callable[[Texts], tuple[Tensor, Tensor]]
Score = Callable[[Tensor, Tensor], float]


@dataclass(frozen=True)
class Setting:
    """How a classifier is trained.

    Attributes:
        epochs: Passes over the reviews.
        batch_size: Reviews of a step.
        lr: Learning rate of AdamW.
        falling: Whether the rate falls in a straight line to a tenth.
        decay: Weight decay of AdamW.
    """

    epochs: int = 3
    batch_size: int = 128
    lr: float = 3e-3
    falling: bool = True
    decay: float = 0.01


def setting(size: str) -> Setting:
    """The setting "classroom", some seconds, or "full", a minute or two.

    Raises:
        KeyError: There is no such setting.
    """
    return {"classroom": Setting(), "full": Setting(epochs=6, lr=1e-3)}[size]


@dataclass
class History:
    """How a training went.

    Attributes:
        steps: At which steps it was measured.
        loss: The mean loss since the last measurement.
        score: The score on the reviews held out.
    """

    steps: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)


def numbered(reviews: Reviews, vocabulary: Vocabulary, longest: int = LONGEST) -> list[list[int]]:
    """Each review as the numbers of its first words; a review without words is one unknown."""
    return [vocabulary.ids(words[:longest]) or vocabulary.ids([""]) for words in reviews.words]


def batches(texts: Texts, size: int, source: random.Random | None = None) -> list[list[int]]:
    """Places of reviews of like length, `size` at a time; shuffled if a source is given."""
    places = list(range(len(texts)))
    if source is not None:
        source.shuffle(places)
    places.sort(key=lambda place: len(texts[place]))  # stable: equal lengths stay shuffled
    cut = [places[start : start + size] for start in range(0, len(places), size)]
    if source is not None:
        source.shuffle(cut)
    return cut


def class_weights(labels: Tensor) -> Tensor:
    """Weights (2,), one over the root of each class's size; their mean over the reviews is 1.

    With one over the size itself both classes would count the same in all, and a probability above
    0.5 would say "no" to too many who recommend. The root lies halfway between that and no weights,
    and gives the best macro F1 on the dev reviews, both here and for the yardstick.
    """
    counts = torch.stack([(labels == 0).sum(), (labels == 1).sum()]).clamp(min=1)
    weights = counts**-0.5
    return weights / weights[labels.long()].mean()


def probabilities(model: nn.Module, texts: Texts, collate: Collate, size: int = 256) -> Tensor:
    """The model's probability for each review, (n,), in their order; without dropout."""
    found = torch.zeros(len(texts))
    with evaluating(model):
        for batch in batches(texts, size):
            ids, mask = collate([texts[place] for place in batch])
            found[batch] = model(ids, mask)[0]
    return found


def fit_heads(
    model: nn.Module,
    train: tuple[Texts, Tensor],
    held_out: tuple[Texts, Tensor],
    collate: Collate,
    score: Score,
    how: Setting,
    seed: int,
    *,
    measure_every: int = 0,
    runs: Path | str | None = None,
) -> History:
    """Train a model in place: AdamW, binary cross-entropy in which the rare class counts more.

    Args:
        model: Returns probabilities (B,) first.
        train: Reviews as numbers, and their labels (n,) 0.0 or 1.0.
        held_out: What is only measured.
        collate: Makes ids (B, T) and mask (B, T) of reviews.
        score: Of labels and guesses (n,), 0 or 1 each, a number.
        how: Steps and rates.
        seed: Of the order of the reviews and of dropout.
        measure_every: After how many steps it is measured; 0 for once, at the end.
        runs: A folder for TensorBoard's event files; none are written without it.

    Returns:
        Loss and score at each measurement.
    """
    history, source, labels = History(), random.Random(seed), train[1]
    weights, mode = class_weights(labels), model.training
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=how.lr, weight_decay=how.decay)
    per_epoch = len(batches(train[0], how.batch_size))
    total, losses = per_epoch * how.epochs, []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        order = (b for _ in range(how.epochs) for b in batches(train[0], how.batch_size, source))
        for step, batch in enumerate(order, start=1):
            model.train()
            optimiser.param_groups[0]["lr"] = how.lr * (1 - 0.9 * how.falling * step / total)
            ids, mask = collate([train[0][place] for place in batch])
            y = labels[batch]
            p = model(ids, mask)[0].clamp(1e-6, 1 - 1e-6)  # (B,)
            loss = nn.functional.binary_cross_entropy(p, y, weights[y.long()])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
            if step == total or (measure_every and step % measure_every == 0):
                p = probabilities(model, held_out[0], collate)
                history.steps.append(step)
                history.loss.append(statistics.fmean(losses))
                history.score.append(score(held_out[1].long(), (p > 0.5).long()))
                losses = []
    model.train(mode)
    if runs is not None:
        write_scalars(history, runs)
    return history


def write_scalars(history: History, folder: Path | str) -> None:
    """Write loss and F1 for TensorBoard: look at them with ``tensorboard --logdir runs``."""
    # Costs a second to import, and only this function needs it.
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for step, loss, score in zip(history.steps, history.loss, history.score, strict=True):
            writer.add_scalar("loss", loss, step)
            writer.add_scalar("F1", score, step)


def tfidf(train: Reviews, held_out: Reviews, seed: int) -> Tensor:
    """Guesses (n,) of the yardstick: TF-IDF of single words, logistic regression.

    The rare class counts more, as in `fit_heads`; a probability above 0.5 is a yes.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectoriser = TfidfVectorizer(token_pattern=r"\w+", min_df=5, sublinear_tf=True)
    x = vectoriser.fit_transform(train.texts)
    no, yes = class_weights(train.labels).tolist()
    model = LogisticRegression(class_weight={0: no, 1: yes}, max_iter=1000, random_state=seed)
    model.fit(x, train.labels.numpy())
    return torch.tensor(model.predict(vectoriser.transform(held_out.texts))).long()


def most_attended(
    weights: Iterable[tuple[Sequence[str], Tensor]], known: Vocabulary, number: int, least: int
) -> list[list[str]]:
    """By head, the words that get most weight, as a multiple of an even share.

    Args:
        weights: Of each review its words and their weights (N, T).
        known: Words beyond it are left out.
        number: How many words of each head.
        least: A word has to occur so often.
    """
    mass: dict[str, Tensor] = {}
    times: dict[str, int] = {}
    for words, shares in weights:
        for word, share in zip(words, shares.T[: len(words)], strict=False):
            if word in known:
                mass[word] = mass.get(word, torch.zeros(len(share))) + share * len(words)
                times[word] = times.get(word, 0) + 1
    words = [word for word in sorted(mass) if times[word] >= least]
    mean = torch.stack([mass[word] / times[word] for word in words])  # (words, N)
    return [[words[i] for i in column.argsort(descending=True)[:number]] for column in mean.T]


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
