"""Wrong answers to the functions about words of `reviews`, and to the score.

Letters in shapes: B pairs, V vocabulary, D feature, M negatives.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.answers.reference import reviews as oracle
from course_lib.answers.registry import misconception


def _f1(labels: Tensor, guesses: Tensor, k: int) -> float:
    found = int(((labels == k) & (guesses == k)).sum())
    return 2 * found / max(1, int((labels == k).sum() + (guesses == k).sum()))


@misconception("reviews", "f1_macro")
def accuracy(labels: Tensor, guesses: Tensor) -> float:
    """The share of right guesses."""
    return float((labels == guesses).double().mean())


@misconception("reviews", "f1_macro")
def of_the_ones(labels: Tensor, guesses: Tensor) -> float:
    """One class only."""
    return _f1(labels, guesses, 1)


@misconception("reviews", "f1_macro")
def of_the_zeros(labels: Tensor, guesses: Tensor) -> float:
    """The other class only."""
    return _f1(labels, guesses, 0)


@misconception("reviews", "f1_macro")
def weighted(labels: Tensor, guesses: Tensor) -> float:
    """By the size of the class."""
    share = float((labels == 1).double().mean())
    return share * _f1(labels, guesses, 1) + (1 - share) * _f1(labels, guesses, 0)


@misconception("reviews", "f1_macro")
def summed(labels: Tensor, guesses: Tensor) -> float:
    """No mean."""
    return _f1(labels, guesses, 1) + _f1(labels, guesses, 0)


@misconception("reviews", "f1_macro")
def half(labels: Tensor, guesses: Tensor) -> float:
    """Without the factor 2."""
    return summed(labels, guesses) / 4


@misconception("reviews", "f1_macro", fault="not_finite")
def classes_from_one(labels: Tensor, guesses: Tensor) -> float:
    """Classes 1 and 2 instead of 0 and 1, and 0 divided by 0 for the one that nobody has."""
    counts = [((labels == k) & (guesses == k)).sum() for k in (1, 2)]
    sizes = [(labels == k).sum() + (guesses == k).sum() for k in (1, 2)]
    return float(sum(2 * found / size for found, size in zip(counts, sizes, strict=True)) / 2)


@misconception("reviews", "f1_macro")
def nothing_found(labels: Tensor, guesses: Tensor) -> float:
    """0 divided by 0."""
    scores = []
    for k in (0, 1):
        right = ((labels == k) & (guesses == k)).sum()
        precision, recall = right / (guesses == k).sum(), right / (labels == k).sum()
        scores.append(float(2 * precision * recall / (precision + recall)))
    return sum(scores) / 2


@misconception("reviews", "f1_macro", fault="no_number")
def both(labels: Tensor, guesses: Tensor) -> list[float]:
    """One number for each class."""
    return [_f1(labels, guesses, 0), _f1(labels, guesses, 1)]


def _parts(labels: Tensor, guesses: Tensor) -> tuple[Tensor, Tensor]:
    right = torch.tensor([int(((labels == k) & (guesses == k)).sum()) for k in (1, 0)])
    guessed = torch.tensor([int((guesses == k).sum()) for k in (1, 0)])
    there = torch.tensor([int((labels == k).sum()) for k in (1, 0)])
    return right / guessed, right / there


@misconception("reviews", "f1_macro")
def precision(labels: Tensor, guesses: Tensor) -> Tensor:
    """Precision only."""
    return _parts(labels, guesses)[0].mean()


@misconception("reviews", "f1_macro")
def recall(labels: Tensor, guesses: Tensor) -> Tensor:
    """Recall only."""
    return _parts(labels, guesses)[1].mean()


@misconception("reviews", "f1_macro")
def arithmetic_mean(labels: Tensor, guesses: Tensor) -> Tensor:
    """The wrong mean."""
    return sum(_parts(labels, guesses), torch.zeros(2)).mean() / 2


@misconception("reviews", "keep_probability")
def above_one(counts: Tensor, t: float) -> Tensor:
    """No limit."""
    return (t * counts.sum() / counts.clamp(min=1)).sqrt()


@misconception("reviews", "keep_probability")
def no_root(counts: Tensor, t: float) -> Tensor:
    """A plain quotient."""
    return (t / (counts / counts.sum())).clamp(max=1)


@misconception("reviews", "keep_probability")
def discards(counts: Tensor, t: float) -> Tensor:
    """The probability to drop it."""
    return 1 - oracle.keep_probability(counts, t)


@misconception("reviews", "keep_probability")
def turned_over(counts: Tensor, t: float) -> Tensor:
    """F over t; a word that never occurs is handled with care."""
    return (counts.div(counts.sum()).clamp(min=1e-6) / t).sqrt().clamp(max=1)


@misconception("reviews", "keep_probability")
def counts_for_shares(counts: Tensor, t: float) -> Tensor:
    """Not divided by the sum."""
    return (t / counts).sqrt().clamp(max=1)


@misconception("reviews", "keep_probability")
def t_ignored(counts: Tensor, t: float) -> Tensor:
    """A threshold that somebody wrote down."""
    del t
    return oracle.keep_probability(counts, 0.05)


@misconception("reviews", "negative_distribution")
def no_power(counts: Tensor) -> Tensor:
    """Shares."""
    return counts / counts.sum()


@misconception("reviews", "negative_distribution")
def not_normalised(counts: Tensor) -> Tensor:
    """Powers."""
    return counts**0.75


@misconception("reviews", "negative_distribution")
def normalised_first(counts: Tensor) -> Tensor:
    """Powers of shares."""
    return (counts / counts.sum()) ** 0.75


@misconception("reviews", "negative_distribution")
def other_power(counts: Tensor) -> Tensor:
    """Four thirds."""
    powers = counts ** (4 / 3)
    return powers / powers.sum()


@misconception("reviews", "negative_distribution")
def uniform(counts: Tensor) -> Tensor:
    """All words alike."""
    return torch.ones_like(counts) / len(counts)


@misconception("reviews", "negative_distribution")
def softmax(counts: Tensor) -> Tensor:
    """Softmax of powers."""
    return torch.softmax(counts**0.75, dim=0)


def _loss(near: Tensor, away: Tensor) -> Tensor:
    return -(F.logsigmoid(near) + F.logsigmoid(away).sum(dim=1)).mean()


def _scores(u: Tensor, c: Tensor, n: Tensor) -> tuple[Tensor, Tensor]:
    return (u * c).sum(1), torch.einsum("bd,bmd->bm", u, n)


@misconception("reviews", "skip_gram_loss", fault="single")
def first_dimension_squeezed(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """squeeze(0) does nothing, but for a single pair."""
    away = (n @ u.unsqueeze(2)).squeeze(0)
    return -(F.logsigmoid((u * c).sum(dim=1)) + F.logsigmoid(-away).sum(dim=1)).mean()


@misconception("reviews", "skip_gram_loss")
def sign_changed(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """To be maximised."""
    return -oracle.skip_gram_loss(u, c, n)


@misconception("reviews", "skip_gram_loss")
def negatives_pulled(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """No minus for the negatives."""
    return _loss(*_scores(u, c, n))


@misconception("reviews", "skip_gram_loss")
def negatives_subtracted(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """The minus stands outside."""
    near, away = _scores(u, c, n)
    return -(F.logsigmoid(near) - F.logsigmoid(away).sum(dim=1)).mean()


@misconception("reviews", "skip_gram_loss")
def neighbour_pushed(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """A minus for both."""
    near, away = _scores(u, c, n)
    return _loss(-near, -away)


@misconception("reviews", "skip_gram_loss")
def negatives_averaged(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """A mean over all."""
    near, away = _scores(u, c, n)
    return -(F.logsigmoid(near).mean() + F.logsigmoid(-away).mean())


@misconception("reviews", "skip_gram_loss")
def summed_over_pairs(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """A sum over all."""
    return oracle.skip_gram_loss(u, c, n) * len(u)


@misconception("reviews", "skip_gram_loss")
def one_a_pair(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """No mean."""
    near, away = _scores(u, c, n)
    return -(F.logsigmoid(near) + F.logsigmoid(-away).sum(1))


@misconception("reviews", "skip_gram_loss")
def no_negatives(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """The neighbour alone."""
    return -F.logsigmoid(_scores(u, c, n)[0]).mean()


@misconception("reviews", "skip_gram_loss")
def no_neighbour(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """The negatives alone."""
    return -F.logsigmoid(-_scores(u, c, n)[1]).sum(1).mean()


@misconception("reviews", "skip_gram_loss")
def no_logarithm(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """Sigmoids as they are."""
    near, away = _scores(u, c, n)
    return -(near.sigmoid() + (-away).sigmoid().sum(1)).mean()


@misconception("reviews", "skip_gram_loss")
def overflow(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """The logarithm of a sigmoid that is 0."""
    near, away = _scores(u, c, n)
    return -(near.sigmoid().log() + (-away).sigmoid().log().sum(1)).mean()


@misconception("reviews", "skip_gram_loss")
def detached(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    """The negatives are held fixed."""
    return oracle.skip_gram_loss(u, c, n.detach())


def _cosines(vectors: Tensor, word: int) -> Tensor:
    return F.cosine_similarity(vectors, vectors[word][None])


@misconception("reviews", "nearest")
def itself(vectors: Tensor, word: int, n: int) -> Tensor:
    """With the word."""
    return _cosines(vectors, word).topk(n).indices


@misconception("reviews", "nearest")
def itself_among_the_far(vectors: Tensor, word: int, n: int) -> Tensor:
    """0 in the place of the own cosine, which beats negative ones."""
    cosines = _cosines(vectors, word)
    cosines[word] = 0
    return cosines.topk(n).indices


@misconception("reviews", "nearest")
def farthest(vectors: Tensor, word: int, n: int) -> Tensor:
    """Sorted from the smallest."""
    order = _cosines(vectors, word).argsort()
    return order[order != word][:n]


@misconception("reviews", "nearest")
def dot_products(vectors: Tensor, word: int, n: int) -> Tensor:
    """Lengths count."""
    order = (vectors @ vectors[word]).argsort(descending=True)
    return order[order != word][:n]


@misconception("reviews", "nearest")
def distances(vectors: Tensor, word: int, n: int) -> Tensor:
    """Euclid's."""
    order = (vectors - vectors[word]).norm(dim=1).argsort()
    return order[order != word][:n]


@misconception("reviews", "nearest")
def ascending(vectors: Tensor, word: int, n: int) -> Tensor:
    """The best last."""
    return torch.tensor(oracle.nearest(vectors, word, n)[::-1])


@misconception("reviews", "nearest", fault="cosines")
def values_for_indices(vectors: Tensor, word: int, n: int) -> Tensor:
    """The wrong half of topk."""
    return _cosines(vectors, word).topk(n).values


@misconception("reviews", "nearest", fault="wrong_type")
def a_list(vectors: Tensor, word: int, n: int) -> list[int]:
    """No tensor."""
    return oracle.nearest(vectors, word, n)


@misconception("reviews", "nearest", fault="other_word")
def first_is_itself(vectors: Tensor, word: int, n: int) -> Tensor:
    """Written for word 2."""
    del word
    return torch.tensor(oracle.nearest(vectors, 2, n))
