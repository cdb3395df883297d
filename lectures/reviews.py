# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Would she recommend it? Word vectors, and four heads that read them
#
# A network reads a review of a piece of clothing and says whether its writer recommends it.
#
# After this you can
#
# - train word vectors with skip-gram and negative sampling, and look at what they know;
# - write attention with several heads over the words of a padded batch, and read its weights;
# - judge a model on unbalanced data, and hand in predictions whose labels you do not have.
#
# Time: about 120 minutes. Points: 40, of which 34 are checked by code and 6 are for two written
# answers.

# %%
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.data.reviews import SPLITS, load, vocabulary, write_predictions
from course_lib.data.text import tokenise
from course_lib.lab import readings, visible
from course_lib.lab.opinions import LONGEST, Setting, fit_heads, most_attended, numbered
from course_lib.lab.opinions import probabilities, seconds, setting, tfidf
from course_lib.lab.training import Untrained, evaluating
from course_lib.lab.words import SPECIAL, directions, fit_vectors, load_vectors, plane
from course_lib.lab.words import save_vectors, similarity, table_of_neighbours, word_setting

SIZE = "classroom"  # "full" trains longer, and larger vectors
SEED = 1
D, N = word_setting(SIZE).D, 4
check = visible.checker("reviews")
skip_gram = model = Untrained()  # stand-ins: vectors and classifier are trained further down

# %% [markdown]
# ## The letters
#
# | letter | size | here |
# |---|---|---|
# | $B$ | batch: reviews, or pairs of words, handled together | 128 reviews, 2,048 pairs |
# | $T$ | words of the longest review of a batch | up to 100 |
# | $V$ | words in the vocabulary | 4,521 |
# | $D$ | numbers of a word vector | 50 |
# | $N$ | heads | 4 |
# | $M$ | negatives of each pair | 5 |

# %% [markdown]
# ## Four of five reviews recommend
#
# The data are 22,641 reviews of women's clothes. Words are runs of letters and digits in lower case.
# A word that occurs fewer than 5 times in the training reviews becomes `<UNK>`, number 1; number 0 is
# `<PAD>`, which fills up a batch. The reviews are split in three: *train* to learn from, *dev* to
# compare models with, and *test*, whose labels are not in the file: at the end you hand in predictions
# for them.

# %%
train, dev, test = (load(split) for split in SPLITS)
words = vocabulary(train)
V = len(words)
texts = {"train": numbered(train, words), "dev": numbered(dev, words), "test": numbered(test, words)}
print(f"{len(train):,} to train, {len(dev):,} dev, {len(test):,} test; {V:,} words")
print("the most frequent:", *words.words[SPECIAL : SPECIAL + 12])
print(f"unknown: {words.counts[1] / sum(words.counts):.1%} of all words")
print(f"recommended: {train.labels.mean():.1%} of train, {dev.labels.mean():.1%} of dev")

# %% [markdown]
# ## Accuracy would praise a model that always says yes
#
# For one class, *precision* is the share of right ones among those guessed, *recall* the share of
# those there are that are found, and F1 their harmonic mean. With $\mathrm{TP}_k$ reviews of class
# $k$ found, $\mathrm{FP}_k$ wrongly guessed to be $k$ and $\mathrm{FN}_k$ missed:
#
# $$F_k = \frac{2\,\mathrm{TP}_k}{2\,\mathrm{TP}_k + \mathrm{FP}_k + \mathrm{FN}_k}, \qquad
# F = \frac{F_0 + F_1}{2}$$
#
# $F$ is the *macro* F1: both classes count the same, however rare one is.

# %% [markdown]
# ### Exercise 1: macro F1 (3 points)
#
# Write `f1_macro(labels, guesses)` for two tensors $(n,)$ of 0 and 1: one number. Where nothing of a
# class is guessed right its F1 is 0, also where the formula would divide 0 by 0.

# %% nbgrader={"grade": false, "grade_id": "f1_macro", "locked": false, "schema_version": 3, "solution": true}
def f1_macro(labels: Tensor, guesses: Tensor) -> float:
    """The mean of the F1 of class 0 and of class 1."""
    ### BEGIN SOLUTION
    total = 0.0
    for k in (0, 1):
        found = ((labels == k) & (guesses == k)).sum().item()
        missed_or_wrong = ((labels == k) != (guesses == k)).sum().item()
        if found:
            total += 2 * found / (2 * found + missed_or_wrong)
    return total / 2
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_f1_macro", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("f1_macro", f1_macro)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "f1_macro", f1_macro)
### END HIDDEN TESTS

# %% [markdown]
# ### A yardstick
#
# TF-IDF counts words, rare ones more; a logistic regression adds up what they say. It knows no order
# and no vectors, and is hard to beat.

# %% tags=["nbval-ignore-output"]
y = dev.labels.long()
yes = torch.ones_like(y)
yardstick = f1_macro(y, tfidf(train, dev, SEED))
print(f"always yes: accuracy {(y == yes).double().mean():.3f}, macro F1 {f1_macro(y, yes):.3f}")
print(f"TF-IDF and logistic regression: macro F1 {yardstick:.3f}")

# %% [markdown]
# ## Frequent words are passed over
#
# Skip-gram learns from pairs: a word and a neighbour, which stands at most 4 words away. *The* is
# everybody's neighbour and tells little, so an occurrence of word $w$, with share
# $f_w = c_w / \sum_v c_v$ of all, is kept with probability
#
# $$p_w = \min\left(1, \sqrt{t / f_w}\right)$$
#
# $t$ is a small share, further down 0.0005: words up to that share are always kept.

# %% [markdown]
# ### Exercise 2: what is kept (2 points)
#
# Write `keep_probability(counts, t)` for counts $(V,)$: probabilities $(V,)$. A word that never occurs
# is kept with 1.

# %% nbgrader={"grade": false, "grade_id": "keep_probability", "locked": false, "schema_version": 3, "solution": true}
def keep_probability(counts: Tensor, t: float) -> Tensor:
    """With what probability an occurrence of each word is kept, (V,)."""
    ### BEGIN SOLUTION
    shares = counts / counts.sum()
    return (t / shares).sqrt().clamp(max=1)  # t / 0 is infinite, and clamped as well
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_keep_probability", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("keep_probability", keep_probability)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "keep_probability", keep_probability)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3: what negatives are drawn from (2 points)
#
# A *negative* is a word drawn at random, in the neighbour's place. Rare words are drawn a little more
# often than they occur:
#
# $$q_w = \frac{c_w^{3/4}}{\sum_v c_v^{3/4}}$$
#
# Write `negative_distribution(counts)`, (V,).

# %% nbgrader={"grade": false, "grade_id": "negative_distribution", "locked": false, "schema_version": 3, "solution": true}
def negative_distribution(counts: Tensor) -> Tensor:
    """With what probability each word is drawn as a negative, (V,)."""
    ### BEGIN SOLUTION
    powers = counts**0.75
    return powers / powers.sum()
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_negative_distribution", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("negative_distribution", negative_distribution)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "negative_distribution", negative_distribution)
### END HIDDEN TESTS

# %% [markdown]
# ## Pull the neighbour, push the negatives
#
# Each word has two vectors: $u$ when it is the word, $c$ when it is somebody's neighbour. For a word
# $u$, its neighbour $c$ and negatives $n_1, \dots, n_M$, with the sigmoid $\sigma$:
#
# $$\ell = -\log \sigma(u \cdot c) - \sum_{m=1}^{M} \log \sigma(-u \cdot n_m)$$

# %% [markdown]
# ### Exercise 4: the loss (4 points)
#
# Write `skip_gram_loss(words, neighbours, negatives)` for $u$ and $c$ of $B$ pairs, $(B, D)$ each, and
# negatives $(B, M, D)$: the mean of $\ell$ over the pairs. Products may be as large as some thousands.

# %% nbgrader={"grade": false, "grade_id": "skip_gram_loss", "locked": false, "schema_version": 3, "solution": true}
def skip_gram_loss(words: Tensor, neighbours: Tensor, negatives: Tensor) -> Tensor:
    """The mean loss of B pairs, a number."""
    ### BEGIN SOLUTION
    near = (words * neighbours).sum(dim=1)  # (B,)
    away = (negatives @ words.unsqueeze(2)).squeeze(2)  # (B, M)
    return -(F.logsigmoid(near) + F.logsigmoid(-away).sum(dim=1)).mean()
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_skip_gram_loss", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("skip_gram_loss", skip_gram_loss)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "skip_gram_loss", skip_gram_loss)
### END HIDDEN TESTS

# %% [markdown]
# ### The training
#
# The loop draws pairs from the training reviews and takes steps with Adam. The vectors are stored as
# safetensors, a file that holds numbers and no code.

# %% tags=["nbval-ignore-output"]
counts = torch.tensor(words.counts, dtype=torch.float64)
counts[:SPECIAL] = 0  # padding and unknown take no part
skip_gram = fit_vectors(
    texts["train"], keep_probability(counts, t=5e-4), negative_distribution(counts),
    skip_gram_loss, word_setting(SIZE), SEED,
)
save_vectors("vectors.safetensors", skip_gram.target)
same = torch.equal(load_vectors("vectors.safetensors"), skip_gram.target)
print("vectors", tuple(skip_gram.target.shape), " the file holds the same:", same)
print("loss by tenths:", *(f"{x:.2f}" for x in skip_gram.losses))

# %% [markdown]
# ### Exercise 5: neighbours in space (3 points)
#
# Write `nearest(vectors, word, n)`: the numbers $(n,)$ of the words, other than `word` itself, whose
# vectors have the largest cosine with that of `word`, the largest first:
# $\cos(u, v) = u \cdot v / (|u|\,|v|)$.

# %% nbgrader={"grade": false, "grade_id": "nearest", "locked": false, "schema_version": 3, "solution": true}
def nearest(vectors: Tensor, word: int, n: int) -> Tensor:
    """The n words nearest to a word, by the cosine, (n,)."""
    ### BEGIN SOLUTION
    unit = F.normalize(vectors, dim=1)
    cosines = unit @ unit[word]  # (V,)
    cosines[word] = -2.0  # below any cosine
    return cosines.topk(n).indices
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_nearest", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("nearest", nearest)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "nearest", nearest)
### END HIDDEN TESTS

# %% tags=["nbval-ignore-output"]
probes = ["dress", "soft", "large", "itchy", "love", "return", "blue", "cotton", "jeans"]
near = {w: [words.words[i] for i in nearest(skip_gram.target, words.id(w), 5)] for w in probes}
print(table_of_neighbours(near))
few = ["soft", "itchy", "blue", "navy", "small"]
print(" " * 7, *(f"{word:>6}" for word in few))
for word, row in zip(few, similarity(skip_gram.target, words, few), strict=True):
    print(f"{word:7}", *(f"{value:6.2f}" for value in row))

# %% tags=["nbval-ignore-output"]
groups = {
    "colours": ["blue", "navy", "red", "green", "pink", "yellow"],
    "sizes": ["small", "medium", "large", "xs", "petite"],
    "clothes": ["dress", "skirt", "jeans", "sweater", "blouse"],
    "fabric": ["cotton", "silk", "linen", "wool", "polyester"],
}
chosen = [words.id(word) for group in groups.values() for word in group]
readings.plane(plane(directions(skip_gram.target)[chosen]), groups)
plt.show()

# %% [markdown]
# **What to notice.** Nobody told the loop what a colour is. Words that stand in like places, colours
# before clothes, sizes behind *a*, come to point in like directions.

# %% [markdown]
# ## A batch is as long as its longest review
#
# Reviews have different lengths. Those of a batch are filled up behind with 0 to the length of the
# longest *of this batch*, and a mask says which words are real.

# %% [markdown]
# ### Exercise 6: collate (3 points)
#
# Write `collate(texts)` for a list of reviews, each a list of at least one whole number: the ids
# $(B, T)$, `torch.int64`, and the mask $(B, T)$, `torch.bool`, True where a word is real. $T$ is the
# longest length. Leave the lists as they are.

# %% nbgrader={"grade": false, "grade_id": "collate", "locked": false, "schema_version": 3, "solution": true}
def collate(texts: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Reviews as ids (B, T), filled up with 0, and mask (B, T)."""
    ### BEGIN SOLUTION
    longest = max(len(text) for text in texts)
    ids = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
    lengths = torch.tensor([len(text) for text in texts])
    return ids, torch.arange(longest) < lengths[:, None]
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_collate", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("collate", collate)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "collate", collate)
### END HIDDEN TESTS

# %% [markdown]
# ## A head is a vector that words are compared with
#
# With the words' vectors as rows of $E \in \mathbb{R}^{T \times D}$ and $N$ heads as rows of $A \in
# \mathbb{R}^{N \times D}$, head $n$ scores word $t$ with $r_{nt} = a_n \cdot e_t$, and a softmax over
# the real words makes weights of the scores:
#
# $$w_{nt} = \frac{e^{r_{nt}}}{\sum_{s\ \mathrm{real}} e^{r_{ns}}}$$

# %% [markdown]
# ### Exercise 7: the heads' weights (4 points)
#
# Write `head_weights(E, A, mask)` for $E$ $(B, T, D)$, $A$ $(N, D)$ and mask $(B, T)$: weights
# $(B, N, T)$, exactly 0 on padding. Scores may be as large as some thousands.

# %% nbgrader={"grade": false, "grade_id": "head_weights", "locked": false, "schema_version": 3, "solution": true}
def head_weights(E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """Each head's weights over the words, (B, N, T)."""
    ### BEGIN SOLUTION
    r = A @ E.transpose(1, 2)  # (N, D) @ (B, D, T) -> (B, N, T)
    return r.masked_fill(~mask[:, None, :], -torch.inf).softmax(dim=-1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_head_weights", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("head_weights", head_weights)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "head_weights", head_weights)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 8: the classifier (5 points)
#
# Complete `HeadsClassifier(V, D, N)`: `embedding`, an `nn.Embedding`, which is a table with a vector
# of $D$ numbers for each word's number; `A`, an `nn.Parameter` $(N, D)$ drawn at random; `out`, an `nn.Linear` from $N D$ numbers to 1. `forward(ids, mask)` sums the words'
# vectors by each head's weights, puts the $N$ sums one after the other, head by head, and returns the
# probability $(B,)$, a sigmoid of `out`, and the weights $(B, N, T)$.

# %% nbgrader={"grade": false, "grade_id": "heads_classifier", "locked": false, "schema_version": 3, "solution": true}
class HeadsClassifier(nn.Module):
    """N heads look for words; what they find gives a probability."""

    def __init__(self, V: int, D: int, N: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding(V, D)
        self.A = nn.Parameter(torch.randn(N, D) / D**0.5)
        self.out = nn.Linear(N * D, 1)
        ### END SOLUTION

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Ids and mask (B, T) to probabilities (B,) and weights (B, N, T)."""
        ### BEGIN SOLUTION
        E = self.embedding(ids)  # (B, T, D)
        weights = head_weights(E, self.A, mask)
        found = weights @ E  # (B, N, D)
        return torch.sigmoid(self.out(found.flatten(1))).squeeze(1), weights
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_heads_classifier", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("heads_classifier", HeadsClassifier)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "heads_classifier", HeadsClassifier)
### END HIDDEN TESTS

# %% [markdown]
# ### The training
#
# `fitted` makes the *cross-entropy* small, the mean of $-\log$ of the probability that the classifier
# gives to the right label, by steps of *AdamW*, a form of gradient descent. Each review counts with a
# weight of its class, one over the root of the class's size: otherwise the rare class would be
# drowned.

# %%
def started(seed: int, pretrained: bool = True, frozen: bool = False) -> nn.Module:
    """A new classifier, its embedding from the word vectors or random, trained later or not."""
    torch.manual_seed(seed)
    new = HeadsClassifier(V, D, N)
    if pretrained:
        with torch.no_grad():
            new.embedding.weight.copy_(skip_gram.target)
    new.embedding.requires_grad_(not frozen)
    return new


def fitted(new: nn.Module, how: Setting, number: int | None = None, **more) -> list:
    """Train with the first `number` reviews, and return steps and macro F1 on dev."""
    some = texts["train"][:number], train.labels[:number]
    held_out = texts["dev"], dev.labels
    history = fit_heads(new, some, held_out, collate, f1_macro, how, SEED, **more)
    return [history.steps, history.score]

# %% [markdown]
# ### Exercise 9: train it (4 points)
#
# Make `model`, started from the word vectors with `SEED`, and train it with `fitted` in
# `setting(SIZE)`, on all reviews. Pass `measure_every=71` and `runs="runs"` on, and keep the result as
# `steps_and_scores`. The scores then also lie in `runs/` for TensorBoard. Points are given for the
# macro F1 on the test reviews.

# %% tags=["nbval-ignore-output"] nbgrader={"grade": false, "grade_id": "trained", "locked": false, "schema_version": 3, "solution": true}
### BEGIN SOLUTION
model = started(SEED)
steps_and_scores = fitted(model, setting(SIZE), measure_every=71, runs="runs")
### END SOLUTION

# %% tags=["nbval-ignore-output"] nbgrader={"grade": true, "grade_id": "test_trained", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("trained", model)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "trained", model)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 10: hand in predictions (4 points)
#
# Write `predictions()`: guess a label for each test review, 1 where the probability is above 0.5, write
# the file `predictions.csv` with `write_predictions`, and return its text as one string. The grader
# scores it by macro F1 against the labels that were left out of your file.

# %% tags=["nbval-ignore-output"] nbgrader={"grade": false, "grade_id": "predictions", "locked": false, "schema_version": 3, "solution": true}
def predictions() -> str:
    """Write predictions.csv for the test reviews, and return the file's text."""
    ### BEGIN SOLUTION
    p = probabilities(model, texts["test"], collate)
    write_predictions("predictions.csv", test.ids, (p > 0.5).long().tolist())
    return Path("predictions.csv").read_text(encoding="utf-8")
    ### END SOLUTION

# %% tags=["nbval-ignore-output"] nbgrader={"grade": true, "grade_id": "test_predictions", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("predictions", predictions)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("reviews", "predictions", predictions)
### END HIDDEN TESTS

# %% [markdown]
# ## Where to start, and what may move
#
# The same network, started from the word vectors or from random ones, with an embedding that is
# trained (*fine-tuned*) or left as it is (*frozen*).

# %% tags=["nbval-ignore-output"]
others = {}
for name, pretrained, frozen in (
    ("pre-trained, frozen", True, True),
    ("random, fine-tuned", False, False),
):
    new = started(SEED, pretrained, frozen)
    others[name] = fitted(new, setting(SIZE), measure_every=71)
found = {"pre-trained, fine-tuned": steps_and_scores, **others}
readings.curves(found, yardstick)
plt.show()
print(readings.table("macro F1 on dev", {name: last[1][-1] for name, last in found.items()}))
print(f"TF-IDF and logistic regression: {yardstick:.3f}")

# %% [markdown]
# **What to notice.** The word vectors are a head start: 0.831, against 0.793 from random ones. They
# have to be fine-tuned: frozen they end at 0.745, since skip-gram puts words into one corner that
# stand in like places, *soft* and *itchy* too. TF-IDF stays ahead with 0.838. One dev review more or
# less is worth about 0.001, and other seeds move a score by about 0.01.

# %% tags=["nbval-ignore-output"]
by_number = {"pre-trained": {}, "random": {}}
for name, scores in by_number.items():
    for number, epochs in ((10, 40), (100, 40), (1000, 8)):
        how = Setting(epochs=epochs, batch_size=32)
        scores[number] = fitted(started(SEED, name == "pre-trained"), how, number)[1][-1]
by_number["pre-trained"][len(train)] = found["pre-trained, fine-tuned"][1][-1]
by_number["random"][len(train)] = found["random, fine-tuned"][1][-1]
readings.by_number(by_number, yardstick)
plt.show()

# %% [markdown]
# **What to notice.** One seed each, so small gaps mean nothing. Nine of the first ten reviews
# recommend: from so few neither learns much more than to say yes, which scores 0.45. From 1,000 on
# what was learnt without labels counts: 0.77, against 0.69 from random vectors.

# %% [markdown]
# ## What do the heads look at?
#
# Three sentences of our own, not from the data. Put in yours. Each row is a head, and sums to 1.

# %% tags=["nbval-ignore-output"]
sentences = [
    "the fabric is soft and i love the colour",
    "pretty on the hanger but it went straight back",
    "i wanted to love it but sadly the seams are itchy",
]
for sentence in sentences:
    said = tokenise(sentence)
    with evaluating(model):
        p, weights = model(*collate([words.ids(said)]))
    readings.heads(said, weights[0], f"probability {p.item():.2f}")
    plt.show()

# %% tags=["nbval-ignore-output"]
seen = []
with evaluating(model):
    for text, numbers in zip(dev.words, texts["dev"], strict=True):
        seen.append((text[:LONGEST], model(*collate([numbers]))[1][0]))
for head, most in enumerate(most_attended(seen, words, number=8, least=10), start=1):
    print(f"head {head}:", ", ".join(most))

# %% [markdown]
# ## A sentence that fools it
#
# Each head takes a weighted mean of words, so their order is lost: *not* cannot turn *bad* round.

# %% tags=["nbval-ignore-output"]
for sentence in (
    "not bad at all no reason to return it and no disappointment",
    "i was disappointed that it was not in my size because i love it",
    "perfect if you love to look like a tent",
):
    with evaluating(model):
        p, _ = model(*collate([words.ids(tokenise(sentence))]))
    print(f"{p.item():.2f}  {sentence}")

# %% [markdown]
# ### Question 1 (3 points)
#
# What do the four heads look for? Use the words with most weight and the heat maps. Does a heavy word
# explain the decision? Say what you would measure to find out.

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_1", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** The lists hold words of judgement and of what one does afterwards, such as
# disappointment, returning, or praise; little words get little weight. Heads can share a topic, as
# nothing forces them apart. A weight only says how much of a word's vector enters the mean of one
# head: what `out` makes of it can be large or small, positive or negative, and another head can
# outweigh it. So a heavy word is a hint, no explanation. To find out I would leave the heaviest word
# out, and, as a control, a random one, and compare how much the probability changes, over many
# reviews.
#
# **Rubric.** 1 point: describes the heads with words from the lists. 1 point: a weight is not yet an
# effect, as `out` and the other heads decide too. 1 point: names a measurement with a control.

# %% [markdown]
# ### Question 2 (3 points)
#
# Why is macro F1 the score here, and not accuracy? Use the numbers of the model that always says yes,
# and say what weighting the loss by class does.

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_2", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** 82 % of the reviews recommend. Who always says yes has an accuracy of 0.819 and has
# learnt nothing; its macro F1 is 0.450, since the F1 of the class it never guesses is 0. Macro F1
# counts both classes the same, so the rare one, whose reviews a shop would most like to find, cannot be
# given up. Cross-entropy adds up over reviews and lets the large class dominate in the same way. A
# larger weight for the rare class moves the decision at 0.5 towards finding the unhappy ones: more
# recall there, and less precision. With one over the class's size both classes count the same in
# all; the loop takes one over its root, halfway there.
#
# **Rubric.** 1 point: the numbers of always saying yes, accuracy against macro F1. 1 point: both
# classes count the same in macro F1. 1 point: what the weights do to the decision, with its price.

# %% [markdown]
# ## Batches buy speed
#
# One pass over 1,000 reviews, one by one and 128 at a time. How long each took is told on the error
# stream, as times differ from run to run.

# %% tags=["nbval-ignore-output"]
took = {}
for size in (1, 128):
    how, new = Setting(epochs=1, batch_size=size), started(SEED)
    took[size] = seconds(lambda how=how, new=new: fitted(new, how, 1000))
    print(f"batches of {size}: {1000 / took[size]:,.0f} reviews a second", file=sys.stderr)

# %% [markdown]
# ## Extensions: positions, a layer, a constant rate
#
# Three changes, each alone, with all reviews. *Positions* add a learnt vector for each place to the
# word's, the *layer* adds a small network of the word's vector, and the *rate* stays constant in place
# of falling.

# %% tags=["nbval-ignore-output"]
class Enriched(nn.Module):
    """Stands in the embedding's place: (B, T) ids to (B, T, D), with something added."""

    def __init__(self, inner: nn.Module, positions: bool) -> None:
        super().__init__()
        self.inner, self.positions = inner, positions
        self.places = nn.Parameter(torch.zeros(LONGEST, D))
        self.layer = nn.Sequential(nn.Linear(D, D), nn.ReLU(), nn.Linear(D, D))

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.inner(ids)
        added = self.places[: ids.shape[1]] if self.positions else self.layer(vectors)
        return vectors + added


scores = {}
for name in ("positions", "one more layer", "constant rate"):
    new = started(SEED)
    if name != "constant rate":
        new.embedding = Enriched(new.embedding, name == "positions")
    how = replace(setting(SIZE), falling=name != "constant rate")
    scores[name] = fitted(new, how)[1][-1]
as_taught = found["pre-trained, fine-tuned"][1][-1]
print(readings.table("macro F1 on dev", {"as taught": as_taught, **scores}))

# %% [markdown]
# **What to notice.** One seed each. The layer gains a little (0.839) and reaches TF-IDF; positions
# (0.826) and a constant rate (0.828) stay within chance of the 0.831 as taught. A place alone says
# little: the heads still take a mean.

# %% [markdown]
# ## What we saw
#
# - Word vectors learnt from text alone know colours from sizes, and are a head start.
# - Heads are rows of one learnt matrix; masked, a review's result does not depend on its batch.
# - Counting words with TF-IDF is a strong yardstick: a mean over words sees no order either.
# - On unbalanced data the score has to count both classes.

# %% [markdown]
# ## Sources
#
# - Data: N. Brooks (2018). *Women's E-Commerce Clothing Reviews*, CC0.
# - T. Mikolov, I. Sutskever, K. Chen, G. Corrado, J. Dean (2013). Distributed representations of words
#   and phrases and their compositionality. *NeurIPS*.
# - Z. Lin et al. (2017). A structured self-attentive sentence embedding. *ICLR*: several heads over
#   one text.
# - K. Pearson (1901). On lines and planes of closest fit. *Philosophical Magazine* 2, 559-572.
