"""Hidden checks of `reviews` that need no network: word vectors and the score.

Letters in shapes: B pairs, V vocabulary, D feature, M negatives.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import agrees, gradients_flow, normal, returned, untouched
from course_lib.answers.reference import reviews as oracle
from course_lib.lab.check import Fault, Wrong, compare
from course_lib.lab.subject import Ask, Foreign, Subject

COUNTS = torch.tensor([0.0, 5.0, 90.0, 7.0, 600.0, 31.0, 267.0], dtype=torch.float64)
T = 0.05  # of subsampling; some words are below it and some above
B, D, M, V = 5, 4, 3, 9


def keep_probability(subject: Subject) -> None:
    """min(1, sqrt(t / f)), for any total."""
    right, shares = oracle.keep_probability(COUNTS, T), COUNTS / COUNTS.sum()
    root = (T / shares.clamp(min=1e-6)).sqrt()
    got = returned(subject, COUNTS, T, like=right, letters="(V,)")
    if bool((got > 1).any()):
        raise Wrong("above_one", "A probability is above 1: rare words are kept with 1, not more.")
    faults = [
        Fault("no_root", "The square root is missing.", (root**2).clamp(max=1)),
        Fault("discards", "These are probabilities to drop a word, not to keep it.", 1 - right),
        Fault("turned_over", "f stands above t: frequent words are kept, rare ones dropped.",
              (1 / root).clamp(max=1)),
        Fault("counts_for_shares", "f has to be a word's share of all: divide the counts by "
              "their sum.", (T / COUNTS.clamp(min=1e-6)).sqrt().clamp(max=1)),
    ]  # fmt: skip
    compare(got, right, faults, "These are not min(1, sqrt(t / f)).")
    agrees(
        subject, COUNTS, 0.4, expected=oracle.keep_probability(COUNTS, 0.4), letters="(V,)",
        fault="t_ignored", sentence="With another t the result is wrong: use the argument.",
    )  # fmt: skip
    untouched(subject, COUNTS, T)


def negative_distribution(subject: Subject) -> None:
    """Powers 3/4, that sum to 1."""
    right, shares = oracle.negative_distribution(COUNTS), COUNTS / COUNTS.sum()
    got = returned(subject, COUNTS, like=right, letters="(V,)")
    present = (COUNTS > 0).double()
    faults = [
        Fault("no_power", "These are the shares themselves: the power 3/4 is missing.", shares),
        Fault("not_normalised", "The powers have to be divided by their sum.", COUNTS**0.75),
        Fault("normalised_first", "The shares are raised to 3/4 last, so they do not sum to 1.",
              shares**0.75),
        Fault("other_power", "The power is 4/3; it has to be 3/4, which helps rare words.",
              COUNTS ** (4 / 3) / (COUNTS ** (4 / 3)).sum()),
        Fault("uniform", "All words are equally likely.", torch.full_like(right, 1 / len(right))),
        Fault("uniform", "All words that occur are equally likely.", present / present.sum()),
        Fault("softmax", "A softmax makes shares of powers of e; divide by the sum.",
              (COUNTS**0.75).softmax(dim=0)),
    ]  # fmt: skip
    compare(got, right, faults, "These are not the shares of the counts to the power 3/4.")
    untouched(subject, COUNTS)


def skip_gram_loss(subject: Subject) -> None:
    """The mean over pairs of a sum over the neighbour and the negatives."""
    u, c, n = normal(B, D, seed=1), normal(B, D, seed=2), normal(B, M, D, seed=3)
    right = oracle.skip_gram_loss(u, c, n)
    output = subject.ask(Ask(args=(u, c, n))).output
    if isinstance(output, Tensor) and output.shape == (B,):
        raise Wrong("one_a_pair", "Expected one number, the mean over the pairs, got one a pair.")
    got = returned(subject, u, c, n, like=right, letters="()")
    near = torch.nn.functional.logsigmoid((u * c).sum(1))  # (B,)
    scores = (n @ u[:, :, None]).squeeze(2)  # (B, M)
    away = torch.nn.functional.logsigmoid(-scores)
    towards = torch.nn.functional.logsigmoid(scores)
    likes = torch.sigmoid(-scores).sum(1)
    faults = [
        Fault("sign_changed", "The sign is the other way round: a loss falls as it gets better.",
              -right),
        Fault("negatives_pulled", "The negatives are pulled as if they were neighbours: their "
              "score needs a minus.", -(near + towards.sum(1)).mean()),
        Fault("negatives_subtracted", "The negatives' terms are subtracted; put the minus inside "
              "the sigmoid and add them.", -(near - towards.sum(1)).mean()),
        Fault("neighbour_pushed", "The neighbour is pushed away: its score has a minus too many.",
              -(torch.nn.functional.logsigmoid(-(u * c).sum(1)) + away.sum(1)).mean()),
        Fault("negatives_averaged", "The negatives are averaged; their terms are added up.",
              -(near + away.mean(1)).mean()),
        Fault("summed_over_pairs", "The pairs are added up; take their mean.", right * B),
        Fault("no_negatives", "The negatives play no part.", -near.mean()),
        Fault("no_neighbour", "The neighbour plays no part.", -away.sum(1).mean()),
        Fault("no_logarithm", "The logarithm of the sigmoid is missing.",
              -(torch.sigmoid((u * c).sum(1)) + likes).mean()),
    ]  # fmt: skip
    compare(got, right, faults, "This is not the loss of the formula.")
    far = 40 * u
    agrees(
        subject, far, far, 40 * n, expected=oracle.skip_gram_loss(far, far, 40 * n), letters="()",
        fault="overflow", sentence="Large scores give inf or nan: the sigmoid becomes 0 and its "
        "logarithm infinite; use a logsigmoid.",
    )  # fmt: skip
    for few in ((u[:1], c[:1], n[:1]), (u, c, n[:, :1])):
        agrees(
            subject, *few, expected=oracle.skip_gram_loss(*few), letters="()",
            fault="single", sentence="For a single pair, or a single negative, the loss is wrong: "
            "name the dimension that you squeeze or add up.",
        )  # fmt: skip
    gradients_flow(
        subject, u, c, n, oracle=oracle.skip_gram_loss, names=("words", "neighbours", "negatives")
    )
    untouched(subject, u, c, n)


def nearest(subject: Subject) -> None:
    """Cosines, the largest first, without the word itself."""
    vectors, word, n = _vectors(), 2, 4
    output = subject.ask(Ask(args=(vectors, word, n))).output
    right = torch.tensor(oracle.nearest(vectors, word, n))
    if isinstance(output, list):
        raise Wrong("wrong_type", "Expected a tensor of the words' numbers, got a list.")
    if isinstance(output, Tensor) and output.is_floating_point():
        raise Wrong("cosines", "These are cosines or other fractions; return the words' numbers.")
    got = returned(subject, vectors, word, n, like=right, letters="(n,)")
    products = vectors @ vectors[word]
    cosines = products / vectors.norm(dim=1)
    distances = (vectors - vectors[word]).norm(dim=1)
    faults = [
        Fault("itself", "The word is its own nearest; leave it out.",
              cosines.argsort(descending=True)[:n]),
        Fault("farthest", "These are the words that are farthest away.", _others(cosines, word, n)),
        Fault("dot_products", "The largest products win, so long vectors do: divide by lengths.",
              _others(-products, word, n)),
        Fault("distances", "The smallest distance is asked here, not the largest cosine.",
              _others(distances, word, n)),
        Fault("ascending", "They come in the wrong order: the nearest goes first.", right.flip(0)),
    ]  # fmt: skip
    compare(got, right, faults, "These are not the words with the largest cosines.")
    last = len(vectors) - 1
    agrees(
        subject, vectors, last, 2, expected=torch.tensor(oracle.nearest(vectors, last, 2)),
        letters="(n,)", fault="other_word", sentence="For another word the answer is wrong.",
    )  # fmt: skip
    all_others = normal(V, D, seed=28)
    agrees(
        subject, all_others, word, V - 1,
        expected=torch.tensor(oracle.nearest(all_others, word, V - 1)), letters="(n,)",
        fault="itself_among_the_far", sentence="If all other words are asked for, the word itself "
        "is among them: a cosine may be as low as -1, so 0 in its place does not leave it out.",
    )  # fmt: skip
    untouched(subject, vectors, word, n)


def _vectors() -> Tensor:
    """Vectors (V, D) of very different lengths."""
    vectors = normal(V, D, seed=5) * torch.linspace(0.3, 4, V, dtype=torch.float64)[:, None]
    vectors[4] = 9 * vectors[2] + normal(D, seed=6)  # far away, in the same direction
    return vectors


def _others(order: Tensor, word: int, n: int) -> Tensor:
    return torch.tensor([i for i in order.argsort().tolist() if i != word][:n])


def f1_macro(subject: Subject) -> None:
    """The mean of two F1; 0 where there is nothing to find and nothing found."""
    labels = torch.tensor([1] * 14 + [0] * 6)
    guesses = torch.tensor([1] * 11 + [0] * 3 + [0] * 4 + [1] * 2)
    got = _number(subject, labels, guesses)
    right = oracle.f1_macro(labels.tolist(), guesses.tolist())
    p = torch.tensor([11 / 13, 4 / 7], dtype=torch.float64)  # precision of 1 and of 0
    r = torch.tensor([11 / 14, 4 / 6], dtype=torch.float64)
    f = 2 * p * r / (p + r)
    faults = [
        Fault("accuracy", "This is the share of right guesses.", torch.tensor(0.75)),
        Fault("of_the_ones", "This is the F1 of label 1 alone: take the mean of both.", f[0]),
        Fault("of_the_zeros", "This is the F1 of label 0 alone: take the mean of both.", f[1]),
        Fault("weighted", "The larger class counts more; both have to count the same.",
              0.7 * f[0] + 0.3 * f[1]),
        Fault("summed", "Both F1 are added; take their mean.", f.sum()),
        Fault("half", "The factor 2 of F1 is missing.", f.mean() / 2),
        Fault("precision", "This is the mean precision.", p.mean()),
        Fault("recall", "This is the mean recall.", r.mean()),
        Fault("arithmetic_mean", "Precision and recall are averaged; F1 is their harmonic mean.",
              (p + r).mean() / 2),
    ]  # fmt: skip
    expected = torch.tensor(right, dtype=torch.float64)
    compare(got, expected, faults, "This is not the mean of both F1.")
    ones = torch.ones(4, dtype=torch.int64)
    for y, g in ((labels, torch.ones_like(labels)), (ones, ones), (ones, 0 * ones)):
        expected = torch.tensor(oracle.f1_macro(y.tolist(), g.tolist()), dtype=torch.float64)
        try:
            close_enough = abs(float(_number(subject, y, g)) - float(expected)) < 1e-6
        except Wrong as wrong:
            if wrong.fault != "not_finite":
                raise
            close_enough = False
        if not close_enough:
            raise Wrong(
                "nothing_found",
                "Where a class is never guessed right its F1 is 0, also if it does not occur: do "
                "not divide 0 by 0.",
            )
    untouched(subject, labels, guesses)


def _number(subject: Subject, labels: Tensor, guesses: Tensor) -> Tensor:
    answer = subject.ask(Ask(args=(labels, guesses)))
    value = answer.output
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = torch.tensor(float(value), dtype=torch.float64)
    if not isinstance(value, Tensor) or value.shape != ():
        kind = value.type_name if isinstance(value, Foreign) else type(value).__name__
        raise Wrong("no_number", f"Expected one number, got {kind}: is there a `return`?")
    if not bool(torch.isfinite(value.double())):
        raise Wrong("not_finite", "The result is nan or infinite.")
    # Percent are a fraction's hundredfold; float32 is enough for a share.
    return torch.tensor(round(float(value.double()), 6), dtype=torch.float32)
