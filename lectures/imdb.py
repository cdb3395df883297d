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
# # Good film, bad film? The Transformer encoder, from its parts up
#
# A network reads a film review and says whether it praises the film.
#
# After this you can
#
# - write scaled dot-product attention, several heads, positions and an encoder layer, each equal to
#   torch's own on the same numbers;
# - train an encoder and an LSTM on the same reviews and say what each of them needs;
# - look at self-attention head by head, and test whether it explains a decision.
#
# Time: about 150 minutes. Points: 40, of which 26 are checked by code and 14 are for written
# answers.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as nnf
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from course_lib.data import imdb
from course_lib.data.text import tokenise
from course_lib.lab import films, looks, visible
from course_lib.lab.tables import Table
from course_lib.lab.training import Untrained, evaluating

FULL = False  # True: 50,000 reviews, 20,000 words; python -m course_lib.data.fetch imdb_full
SEED = 1
T, D, N, F, L = 128, 16, 2, 32, 2
check = visible.checker("imdb")
model = Untrained()  # a stand-in: the encoder is trained further down

# %% [markdown]
# ## The letters
#
# | letter | size | here |
# |---|---|---|
# | $B$ | batch: reviews handled together | 32 |
# | $T$ | words of a review that are read | up to 128 |
# | $D$ | width: numbers that stand for a word | 16 |
# | $N$ | heads of one attention | 2 |
# | $F$ | width inside the feed-forward part | 32 |
# | $L$ | layers | 2 |
# | $V$ | words that are known | 1,003 |
#
# Masks are true where a word is real.

# %% [markdown]
# ## A review is a row of numbers
#
# The data are 25,000 reviews by users of IMDB, half of them positive (7 stars of 10 or more), half
# negative (4 or fewer). We train with 20,000 and test with 5,000. Each word becomes its number in a
# vocabulary of the 1,000 most frequent ones; three numbers have a meaning of their own:
#
# | number | stands for |
# |---|---|
# | 0 | `<PAD>`: nothing, a short review ended |
# | 1 | `<START>`: here begins what is read of the review |
# | 2 | `<UNK>`: a word that is not in the vocabulary |

# %%
reviews, unseen = imdb.load(full=FULL)
words, unseen_words = reviews.words, unseen.words
known = imdb.vocabulary(words, imdb.FULL if FULL else imdb.CLASSROOM)
V = len(known)
counts = [len(review) for review in words]
print(f"{len(reviews):,} reviews to train with, {len(unseen):,} to test with")
print(f"positive: {reviews.labels.double().mean():.3f} and {unseen.labels.double().mean():.3f}")
print(f"V = {V:,}; known words of a text: {1 - known.counts[films.UNK] / sum(known.counts):.3f}")
print("the five most frequent:", ", ".join(known.words[3:8]))
looks.lengths(counts, T - 1)
plt.show()

# %% [markdown]
# **What to notice.** Many reviews are longer than we can read in a minute of training. We keep the
# *last* 127 words: people begin with the plot and end with their opinion.

# %%
train = TensorDataset(films.encode(words, known, T), reviews.labels)
test = TensorDataset(films.encode(unseen_words, known, T), unseen.labels)
ids, labels = train.tensors
print("word numbers:", tuple(ids.shape), " labels:", tuple(labels.shape))
ours = "the plot is thin but the actors are wonderful"
example = films.encode([tokenise(ours)], known, T)
print([known.words[number] for number in example[0, :12]])

# %% [markdown]
# ## Attention is a soft look-up
#
# Each word asks a *query* $q_i$; each word offers a *key* $k_j$ and a *value* $v_j$. The product of
# query and key says how well they fit, softmax makes shares of it, and the values are summed by
# them:
#
# $$w_{ij} = \frac{\exp(q_i \cdot k_j / \sqrt{D})}{\sum_{m \text{ real}} \exp(q_i \cdot k_m / \sqrt{D})},
# \qquad y_i = \sum_{j \text{ real}} w_{ij}\, v_j$$
#
# $D$ is the width of queries and keys. Where the mask is false, a key is padding: its score becomes
# $-\infty$, and its weight 0.

# %% [markdown]
# ### Exercise 1: scaled dot-product attention (4 points)
#
# Write `attention(q, k, v, mask)`: it returns two things, the sums $y$ and the weights $w$.
#
# - `q` $(B, Q, D)$, `k` $(B, T, D)$, `v` $(B, T, E)$ give $(B, Q, E)$ and $(B, Q, T)$, for $Q$
#   queries, $T$ keys, and values of width $E$; in self-attention $Q = T$ and $E = D$;
# - with a dimension for heads, $(B, N, Q, D)$ and so on, it has to work unchanged: count dimensions
#   from the end;
# - `mask` is bool, true for real keys, and spreads to the shape of the scores: $(B, 1, T)$, or
#   $(B, 1, 1, T)$ with heads.

# %% nbgrader={"grade": false, "grade_id": "attention", "locked": false, "schema_version": 3, "solution": true}
def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The weighted sums of values (..., Q, E) and the weights (..., Q, T)."""
    ### BEGIN SOLUTION
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (..., Q, T)
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)
    return weights @ v, weights
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_attention", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("attention", attention)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "attention", attention)
### END HIDDEN TESTS

# %% [markdown]
# Torch has it too, as `nnf.scaled_dot_product_attention`: fast, but it keeps the weights to
# itself. The two have to agree:

# %%
chance = torch.Generator().manual_seed(SEED)
q, k, v = (torch.randn(3, 2, 7, 8, generator=chance) for _ in range(3))  # (B, N, T, D)
mask = torch.arange(7) < torch.tensor([7, 4, 2])[:, None]  # (B, T)
mine, weights = attention(q, k, v, mask[:, None, None, :])
torchs = nnf.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
print("agree to 1e-5:", bool((mine - torchs).abs().max() < 1e-5))
print("weight on padding:", float(weights[1, :, :, 4:].sum()))

# %% [markdown]
# ## Several heads look for several things
#
# One softmax tends to pick one thing. *Multi-head attention* cuts the $D$ numbers into $N$ parts,
# lets each part attend by itself, and mixes the results:
#
# $$(q, k, v) = x W^\top + b, \qquad \mathrm{head}_n = \mathrm{attention}(q_n, k_n, v_n), \qquad
# y = (\mathrm{head}_1, \dots, \mathrm{head}_N)\, U^\top + c$$
#
# $W$ is $(3D, D)$: the rows for $q$, for $k$, for $v$ one below the other. $q_1$ holds the first $D/N$
# numbers of $q$, $q_2$ the next, and so on. A head's scores are divided by $\sqrt{D/N}$: it is only
# that wide.

# %% [markdown]
# ### Exercise 2: multi-head attention (4 points)
#
# Complete `MultiHeadAttention(D, N)`. Its parameters have the names that torch's own module gives
# them, so that numbers can be loaded from one into the other: `in_proj_weight` $(3D, D)$ and
# `in_proj_bias` $(3D,)$, both `nn.Parameter`s ($W$ small and random, $b$ zeros will do), and
# `out_proj`, an `nn.Linear` from $D$ to $D$.
#
# `forward(x, mask)` takes $(B, T, D)$ and $(B, T)$ and returns $y$ $(B, T, D)$ and the weights of
# all heads, $(B, N, T, T)$. Call your `attention` once, for all heads.

# %% nbgrader={"grade": false, "grade_id": "heads", "locked": false, "schema_version": 3, "solution": true}
class MultiHeadAttention(nn.Module):
    """N attentions side by side, each on its part of the width."""

    def __init__(self, D: int, N: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.N = N
        self.in_proj_weight = nn.Parameter(torch.randn(3 * D, D) / D**0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * D))
        self.out_proj = nn.Linear(D, D)
        ### END SOLUTION

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Words (B, T, D) and mask (B, T) to (B, T, D) and weights (B, N, T, T)."""
        ### BEGIN SOLUTION
        parts = (x @ self.in_proj_weight.T + self.in_proj_bias).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.N, -1)).transpose(1, 2) for part in parts)
        y, weights = attention(q, k, v, mask[:, None, None, :])  # (B, N, T, D / N)
        return self.out_proj(y.transpose(1, 2).flatten(2)), weights
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_heads", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("heads", MultiHeadAttention)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "heads", MultiHeadAttention)
### END HIDDEN TESTS

# %% [markdown]
# ## Attention does not know the order of words
#
# Shuffle the words, and the results are shuffled in the same way, nothing else. So each place $t$
# gets a vector of its own that is added to the word's. For $i = 0, \dots, D/2 - 1$:
#
# $$P_{t,\,2i} = \sin\!\left(\frac{t}{10\,000^{2i/D}}\right), \qquad
# P_{t,\,2i+1} = \cos\!\left(\frac{t}{10\,000^{2i/D}}\right)$$
#
# Sine and cosine take turns; a pair of columns shares its frequency.

# %% [markdown]
# ### Exercise 3: positions (2 points)
#
# Write `positions(T, D)`: the table $P$, $(T, D)$, in torch's usual `float32`. The first word has
# $t = 0$; $D$ is even.

# %% nbgrader={"grade": false, "grade_id": "positions", "locked": false, "schema_version": 3, "solution": true}
def positions(T: int, D: int) -> Tensor:
    """Sines and cosines of the places 0 to T - 1, (T, D)."""
    ### BEGIN SOLUTION
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(0, D, 2) / D)  # (T, D / 2)
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_positions", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("positions", positions)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "positions", positions)
### END HIDDEN TESTS

# %%
looks.places(positions(T, D))
plt.show()

# %% [markdown]
# **What to notice.** The first columns turn quickly, the last hardly at all: near places differ in
# the first, far ones in the last. The product of two rows depends only on how far apart they are:
# it is largest for a place with itself, and falls off in waves.

# %% [markdown]
# ## An encoder layer: look around, then think
#
# First each word gathers from the others, then each is worked on by itself; both results are
# *added* to what was there. *Layer normalisation*, $\mathrm{norm}$, brings the numbers of a word to
# mean 0 and variance 1 before each step. That is the *pre-norm* form, which trains more steadily
# than the norm after the sum:
#
# $$x' = x + \mathrm{MultiHead}(\mathrm{norm}_1(x)), \qquad
# x'' = x' + U_2\, \mathrm{relu}(U_1\, \mathrm{norm}_2(x') + b_1) + b_2$$

# %% [markdown]
# ### Exercise 4: the encoder layer (4 points)
#
# Complete `EncoderLayer(D, N, F)`, pre-norm, without dropout. Its parts again have torch's names:
# `self_attn`, your `MultiHeadAttention`; `linear1` ($U_1$, from $D$ to $F$) and `linear2` ($U_2$,
# back to $D$), both `nn.Linear`; `norm1` and `norm2`, both `nn.LayerNorm(D)`.
#
# `forward(x, mask)` returns $x''$ $(B, T, D)$ and the weights $(B, N, T, T)$. The check loads your
# numbers into `nn.TransformerEncoderLayer` and compares.

# %% nbgrader={"grade": false, "grade_id": "layer", "locked": false, "schema_version": 3, "solution": true}
class EncoderLayer(nn.Module):
    """Pre-norm: attention, then a feed-forward part, both added to their input."""

    def __init__(self, D: int, N: int, F: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.self_attn = MultiHeadAttention(D, N)
        self.linear1 = nn.Linear(D, F)
        self.linear2 = nn.Linear(F, D)
        self.norm1 = nn.LayerNorm(D)
        self.norm2 = nn.LayerNorm(D)
        ### END SOLUTION

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Words (B, T, D) and mask (B, T) to (B, T, D) and weights (B, N, T, T)."""
        ### BEGIN SOLUTION
        seen, weights = self.self_attn(self.norm1(x), mask)
        x = x + seen
        return x + self.linear2(self.linear1(self.norm2(x)).relu()), weights
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_layer", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("layer", EncoderLayer)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "layer", EncoderLayer)
### END HIDDEN TESTS

# %% [markdown]
# ## One vector for a review: the mean of its real words
#
# The layers give a state for each word; a decision needs one for the review. With the mask $m_t$, 1
# on words and 0 on padding:
#
# $$\bar{x} = \frac{\sum_t m_t\, x_t}{\sum_t m_t}$$

# %% [markdown]
# ### Exercise 5: the masked mean (2 points)
#
# Write `masked_mean(states, mask)` for states $(B, T, D)$ and a mask $(B, T)$: the mean of each
# review's real states, $(B, D)$.

# %% nbgrader={"grade": false, "grade_id": "masked_mean", "locked": false, "schema_version": 3, "solution": true}
def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """The mean of the real states of each review, (B, D)."""
    ### BEGIN SOLUTION
    real = mask[:, :, None]  # (B, T, 1)
    return (states * real).sum(dim=1) / real.sum(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_masked_mean", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("masked_mean", masked_mean)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "masked_mean", masked_mean)
### END HIDDEN TESTS

# %% [markdown]
# ## The classifier: all of it together
#
# Now that yours and torch's layer are known to be the same, torch's may do the work: it is faster.
# The score $s$ is one number; its sigmoid is the probability that the review is positive:
#
# $$x^{(0)}_t = \mathrm{embedding}(\mathrm{word}_t) + P_t, \qquad x^{(l)} = \mathrm{layer}_l(x^{(l-1)}), \qquad
# s = u \cdot \overline{\mathrm{norm}(x^{(L)})} + c$$
#
# The last norm is part of the pre-norm form: without it the sums could grow from layer to layer.

# %% [markdown]
# ### Exercise 6: the encoder classifier (4 points)
#
# Complete `EncoderClassifier(V, D, N, F, L)`: `embedding`, an `nn.Embedding(V, D)`, which is a
# table with a vector of $D$ numbers for each word's number; `layers`, an
# `nn.ModuleList` of $L$ times `nn.TransformerEncoderLayer(D, N, F, dropout=0.0, batch_first=True,
# norm_first=True)`; `norm`, an `nn.LayerNorm(D)`; `out`, an `nn.Linear` from $D$ to 1.
#
# `forward(ids)` takes word numbers $(B, T)$, 0 on padding, and returns scores $(B,)$. Beware:
# torch's layer takes the mask as `src_key_padding_mask`, and there *true means padding*.

# %% nbgrader={"grade": false, "grade_id": "classifier", "locked": false, "schema_version": 3, "solution": true}
class EncoderClassifier(nn.Module):
    """Embedding, positions, L encoder layers, the mean, one score."""

    def __init__(self, V: int, D: int, N: int, F: int, L: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        how = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        self.embedding = nn.Embedding(V, D)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(D, N, F, **how) for _ in range(L))
        self.norm = nn.LayerNorm(D)
        self.out = nn.Linear(D, 1)
        ### END SOLUTION

    def forward(self, ids: Tensor) -> Tensor:
        """Word numbers (B, T) to scores (B,)."""
        ### BEGIN SOLUTION
        mask = ids != films.PAD  # (B, T)
        x = self.embedding(ids)  # (B, T, D)
        x = x + positions(x.shape[1], x.shape[2])
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~mask)
        return self.out(masked_mean(self.norm(x), mask))[:, 0]
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_classifier", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("classifier", EncoderClassifier)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "classifier", EncoderClassifier)
### END HIDDEN TESTS

# %% [markdown]
# ## Quiz
#
# Four short questions, two points each. A few sentences and, where it helps, an equation.
#
# ### Question 1 (2 points)
#
# Let the numbers of $q$ and $k$ be independent with mean 0 and variance 1. What is the variance of
# $q \cdot k$? What would happen to softmax and to its gradient without the division by $\sqrt{D}$?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_1", "locked": false, "points": 2, "schema_version": 3, "solution": true}
# **Model answer.** $q \cdot k = \sum_{d=1}^{D} q_d k_d$ is a sum of $D$ independent products, each of
# mean 0 and variance $1 \cdot 1$: its variance is $D$, its standard deviation $\sqrt{D}$. Without the
# division the scores of a wide model lie far apart, and softmax puts nearly all weight on one key.
# Its derivative, $\partial w_i / \partial s_j = w_i (\delta_{ij} - w_j)$, is then close to 0 for all
# $i$ and $j$: hardly any gradient reaches queries and keys, and they learn slowly or not at all.
# Divided by $\sqrt{D}$ the scores have variance 1 for every width.
#
# **Rubric.** 1 point: the variance is $D$, with a reason. 1 point: softmax saturates *and* its
# gradient vanishes (only one of the two: half a point).

# %% [markdown]
# ### Question 2 (2 points)
#
# An encoder without positions reads the same words in another order. What happens to the states, and
# what to the score after the mean? Is the encoder then the same as a bag of words?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_2", "locked": false, "points": 2, "schema_version": 3, "solution": true}
# **Model answer.** Attention compares pairs of words and sums over all of them; norms and
# feed-forward parts treat each word by itself. For a reordering $\pi$ of the words each layer gives
# $\mathrm{layer}(x_\pi) = \mathrm{layer}(x)_\pi$: the states are the same, in the new order. The mean
# does not depend on the order, so the score is the same. *Not good, bad* and *not bad, good* cannot
# be told apart. Still it is more than a bag of words with one weight each: a state depends on which
# other words are there, so that *not* can change what *good* adds, wherever it stands.
#
# **Rubric.** 1 point: states move with their words, the score stays. 1 point: words still act on
# each other, unlike in a linear bag of words.

# %% [markdown]
# ### Question 3 (2 points)
#
# How do time and memory of one encoder layer grow with $T$, and how do those of one LSTM layer? For
# which lengths does attention cost more than the linear maps of its layer, if $F = 2D$?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_3", "locked": false, "points": 2, "schema_version": 3, "solution": true}
# **Model answer.** Scores and weighted sums take $2 T^2 D$ multiplications, and the weights $N T^2$
# numbers if they are kept. The linear maps take $4 T D^2$ (queries, keys, values, output) and $2 T D F
# = 4 T D^2$ (feed-forward), together $8 T D^2$. Attention costs more once $2 T^2 D > 8 T D^2$, that
# is $T > 4D$: with $D = 16$ from 64 words on. An LSTM takes $8 T D^2$ multiplications and memory
# in proportion to $T$: linear. But its $T$ steps have to wait for each other, while all words of an
# encoder layer are worked on at once.
#
# **Rubric.** 1 point: quadratic in $T$ for attention, linear for the LSTM, with the reason. 1 point:
# the comparison $T > 4D$, or another count that is argued for; the remark on waiting makes up for a
# slip in it.

# %% [markdown]
# ### Question 4 (2 points)
#
# At which places of the classifier does padding have to be masked, and why is it not enough that its
# embedding is a vector of zeros? Why does nobody have to mask the *queries* of padding?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_4", "locked": false, "points": 2, "schema_version": 3, "solution": true}
# **Model answer.** In every layer as keys, and in the mean. A key of zeros has the score 0 and not
# $-\infty$: $e^0 = 1$ goes into the denominator, so padding takes weight from the words; moreover
# positions are added and biases too, so that it does not stay zero. In the mean, padding would enter
# the sum and the count. A padded query computes a state of its own that nothing reads: as a key it is
# masked in the next layer, and in the mean as well. It costs time, but changes no score.
#
# **Rubric.** 1 point: both places, and why zeros do not help. 1 point: padded queries are never read.

# %% [markdown]
# ## What counts is how many reviews are judged right
#
# $$\mathrm{accuracy} = \frac{\text{reviews whose score has the right sign}}{\text{reviews}}$$

# %% [markdown]
# ### Exercise 7: accuracy (1 point)
#
# Write `accuracy(scores, labels)` for scores $(n,)$ and labels $(n,)$, 1 for positive and 0 for
# negative: the share that is right, as a Python number. A score above 0 says positive.

# %% nbgrader={"grade": false, "grade_id": "accuracy", "locked": false, "schema_version": 3, "solution": true}
def accuracy(scores: Tensor, labels: Tensor) -> float:
    """The share of reviews that are judged right, 0..1."""
    ### BEGIN SOLUTION
    return ((scores > 0) == (labels == 1)).double().mean().item()
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_accuracy", "locked": true, "points": 1, "schema_version": 3, "solution": false}
check("accuracy", accuracy)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "accuracy", accuracy)
### END HIDDEN TESTS

# %% [markdown]
# ## Training: one pass is enough for a first answer
#
# The loss is the mean of $-\log$ of the probability of the right label. *AdamW* lowers it, with a
# learning rate that rises during the first tenth of the steps and falls after that: an encoder that
# starts at full speed often never recovers. A tenth of the words is made unknown in every batch, so
# that no score hangs on few words. Batches hold reviews of about one length.

# %% [markdown]
# ### Exercise 8: train the encoder (3 points)
#
# Make `model`, an `EncoderClassifier` with our sizes, and train it with `films.fit` on `train`,
# measured on `test`: 1 epoch, batches of 32, learning rate `1.5e-2`, seed `SEED`. Seed torch with
# `SEED` before you make the model. Keep what `fit` returns as `history`. The check sends reviews that
# neither you nor the network has seen.

# %% tags=["nbval-ignore-output"] nbgrader={"grade": false, "grade_id": "trained", "locked": false, "schema_version": 3, "solution": true}
### BEGIN SOLUTION
torch.manual_seed(SEED)
model = EncoderClassifier(V, D, N, F, L)
with films.timed("the encoder, one epoch"):
    history = films.fit(model, train, test, epochs=1, batch_size=32, lr=1.5e-2, seed=SEED)
### END SOLUTION

# %% tags=["nbval-ignore-output"] nbgrader={"grade": true, "grade_id": "test_trained", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("trained", model)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "trained", model)
### END HIDDEN TESTS

# %% [markdown]
# ## The same task for an LSTM, and without any network
#
# An LSTM reads word by word and is judged by its state after the last real word. It needs no
# positions: it meets the words in order. *TF-IDF* counts words, weighs down those that most reviews
# have, and logistic regression gives each word one number; the order plays no part. All three see
# the same 128 numbers of a review.

# %%
class LSTMClassifier(nn.Module):
    """An LSTM, and a score from its state after the last real word."""

    def __init__(self, V: int, D: int, H: int) -> None:
        super().__init__()
        self.words = nn.Embedding(V, D)
        self.reader = nn.LSTM(D, H, batch_first=True)
        self.verdict = nn.Linear(H, 1)

    def forward(self, ids: Tensor) -> Tensor:
        """Word numbers (B, T) to scores (B,)."""
        lengths = (ids != films.PAD).sum(dim=1)
        states, _ = self.reader(self.words(ids))  # (B, T, H)
        return self.verdict(states[torch.arange(len(ids)), lengths - 1])[:, 0]

# %% tags=["nbval-ignore-output"]
torch.manual_seed(SEED)
reader = LSTMClassifier(V, 32, 32)
with films.timed("the LSTM, two epochs"):
    reading = films.fit(reader, train, test, epochs=2, batch_size=64, lr=1e-2, seed=SEED)
with films.timed("TF-IDF and logistic regression"):
    counted, coefficients = films.without_network(train, test, known)
print("most negative:", ", ".join(word for word, _ in coefficients[:6]))
print("most positive:", ", ".join(word for word, _ in coefficients[:-7:-1]))

# %% [markdown]
# What does each make of the order? We shuffle the words of every test review, the same way for both
# networks, and ask again.

# %% tags=["nbval-ignore-output"]
ids, labels = test.tensors
shuffled = films.shuffle(ids, SEED)
rows = []
for name, network, needs in (
    ("encoder", model, "positions, mask in layers and mean"),
    ("LSTM", reader, "each review's length"),
):
    found = accuracy(films.score(network, ids), labels)
    lost = accuracy(films.score(network, shuffled), labels)
    rows.append((name, needs, f"{films.parameters(network):,}", f"{found:.3f}", f"{lost:.3f}"))
size = f"{V - 3 + 1:,}"
rows.append(("TF-IDF", "counts of words", size, f"{counted:.3f}", f"{counted:.3f}"))
Table(("model", "needs", "parameters", "test accuracy", "shuffled"), rows)

# %% [markdown]
# **What to notice.** The networks are about as good as counting words, no better: 20,000 reviews are
# few, and a single word often gives the verdict away. With half of the LSTM's parameters the encoder
# is a little ahead of it: over five trainings it reached 0.822 to 0.827, the LSTM 0.807 to 0.820.
# Shuffled words cost the LSTM 0.03 and the
# encoder next to nothing: it *has* positions, and in one pass has found little use for them. On one
# core an epoch of the encoder took 14 s, one of the LSTM 4 s, counting and regression a few seconds.

# %% [markdown]
# ## Where does each word look?
#
# Torch's fast layers do not show their weights, yours do, and the names of the parameters are the
# same: `load_state_dict` carries the trained numbers over. Choose a sentence of your own.

# %% tags=["nbval-ignore-output"]
def look(model: nn.Module, ids: Tensor) -> tuple[list[Tensor], Tensor]:
    """The weights of each layer, L times (B, N, T, T), and the states (B, T, D)."""
    mask = ids != films.PAD
    with evaluating(model):
        x, found = model.embedding(ids) + positions(ids.shape[1], D), []
        for trained_layer in model.layers:
            layer = EncoderLayer(D, N, F)
            layer.load_state_dict(trained_layer.state_dict())
            x, weights = layer(x, mask)
            found.append(weights)
    return found, x


sentence = "The plot is not bad but the acting is terrible and I was bored"
example = films.encode([tokenise(sentence)], known, len(tokenise(sentence)) + 1)
seen = [known.words[number] for number in example[0]]
_, states = look(model, example)
with evaluating(model):
    score = model(example)
    again = model.out(masked_mean(model.norm(states), example != films.PAD))[:, 0]
print(f"probability of positive: {score.sigmoid().item():.2f}")
print("your layers and torch's agree to 1e-5:", bool((score - again).abs().max() < 1e-5))

# %% tags=["nbval-ignore-output"]
looks.maps([weights[0] for weights in look(model, example)[0]], seen)
plt.show()

# %% [markdown]
# **What to notice.** A column that is dark from top to bottom is a word at which all others look,
# whatever they are; many of these are small words. *Bad* and *terrible* are looked at in the first
# layer; *bored* is not among the 1,000 words. All maps share one scale from 0 on; each row sums
# to 1.
#
# The next cell shows the same weights in another way: point at a word, or click on it, to see where
# it looks in each layer and head.

# %% tags=["nbval-ignore-output"]
looks.Hover([weights[0] for weights in look(model, example)[0]], seen)

# %% [markdown]
# ## Does attention explain the decision?
#
# A dark column looks like a reason. Put it to a test: make the most attended words unknown, and see
# how far the probability moves. As a control, make as many *random* words unknown. A word's attention
# is what it receives in the mean over the $R$ real words as queries, the heads and the layers:
#
# $$a_j = \frac{1}{L N R} \sum_{l, n} \sum_{i \text{ real}} w^{(l, n)}_{ij}$$

# %% [markdown]
# ### Exercise 9: erase words (2 points)
#
# Write `erased(ids, weights, number)` for word numbers $(B, T)$ and weights $(B, T)$: a copy of `ids`
# in which, in each review, the `number` known words of highest weight are unknown, 2. Known words are
# those above 2: START, padding and what is unknown already stay and do not count. A review with fewer
# known words loses them all.

# %% nbgrader={"grade": false, "grade_id": "erased", "locked": false, "schema_version": 3, "solution": true}
def erased(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """The reviews (B, T) with their `number` words of highest weight made unknown."""
    ### BEGIN SOLUTION
    order = weights.masked_fill(ids <= films.UNK, -torch.inf).argsort(dim=1, descending=True)
    chosen = torch.zeros_like(ids, dtype=torch.bool).scatter(1, order[:, :number], True)
    return ids.masked_fill(chosen & (ids > films.UNK), films.UNK)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_erased", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("erased", erased)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("imdb", "erased", erased)
### END HIDDEN TESTS

# %% tags=["nbval-ignore-output"]
some = ids[:300]  # test reviews
layers, _ = look(model, some)
real = (some != films.PAD)[:, None, :, None]  # padded queries do not count
received = sum((weights * real).sum(dim=(1, 2)) for weights in layers)  # (n, T)
by_counts = films.importance(some, coefficients, known)  # size of a word's coefficient, (n, T)
random = torch.rand(some.shape, generator=torch.Generator().manual_seed(SEED))
rules = {"most attended": received, "random": random, "largest coefficient": by_counts}
numbers = [1, 2, 4, 8, 16]
before = films.score(model, some).sigmoid()
changes = {
    name: torch.stack([
        (films.score(model, erased(some, rule, number)).sigmoid() - before).abs()
        for number in numbers
    ])  # (numbers, n)
    for name, rule in rules.items()
}
print("change of the probability by 8 erased words: median (quartiles)")
for name, change in changes.items():
    low, middle, high = change[numbers.index(8)].quantile(torch.tensor([0.25, 0.5, 0.75])).tolist()
    print(f"{name:20} {middle:.3f} ({low:.3f} to {high:.3f})")
looks.erasure(changes, numbers)
plt.show()

# %% [markdown]
# **What to notice.** Lines are medians over 300 reviews, bands go from the lower to the upper quartile.
# Erasing attended words moves the prediction several times as far as erasing random ones: attention
# does tell something. But a list of coefficients that has never seen this network finds words that
# matter about as much, in some trainings more; and the bands are wide. So a dark square is a hint,
# not the reason: a state may carry its word elsewhere before it is looked at, and many weights
# lie on words that change nothing.

# %% [markdown]
# ## Two designs
#
# Three points each. There is no code to run: say what the tokens are, how they become vectors, what
# the positions are, what is masked, and what it costs.
#
# ### Design 1: the objects of an image (3 points)
#
# A detector finds between 1 and 50 objects in an image; for each it gives a box $(x_1, y_1, x_2,
# y_2)$ in pixels and a vector of 2,048 features. Design a Transformer encoder that says which of 80
# activities the image shows.

# %% [markdown] nbgrader={"grade": true, "grade_id": "design_1", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** *Tokens.* One for each object, and one learnt token for the image, whose last
# state (or the masked mean) is classified. *Vectors.* $x_i = W f_i + U b_i$ with $f_i \in
# \mathbb{R}^{2048}$, $W$ $(D, 2048)$, and $b_i = (x_1/w,\, y_1/h,\, x_2/w,\, y_2/h,\, \text{area}/(wh))$:
# divided by the image's width and height, so that its size in pixels plays no part. A norm on $W f_i$
# and $U b_i$ keeps one from drowning the other. *Positions.* The box is the position; objects are a
# set, so that no sinusoid of their number is added, and the result must not depend on the detector's
# order. *Mask.* Images are padded to the largest number $M$ of objects in the batch; padding is masked
# as a key in each layer, and in the mean. *Cost.* $M \le 50$, so $M^2$ is small; the projection of
# 2,048 features, $2048 M D$, costs most. *Output.* $D \to 80$, softmax and cross-entropy, or 80
# sigmoids if several activities can be shown at once.
#
# **Rubric.** 1 point: tokens and vectors, features *and* boxes, sizes given. 1 point: boxes as
# positions, normalised, no order among objects. 1 point: mask for the varying number, pooling and
# output. Half a point off if cost is not mentioned.

# %% [markdown]
# ### Design 2: a video (3 points)
#
# A video has up to 300 frames of 224 by 224 pixels. Design a Transformer that says which of 400
# actions it shows. How many tokens are there if each patch of 16 by 16 pixels is one, and what do you
# do about it?

# %% [markdown] nbgrader={"grade": true, "grade_id": "design_2", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** *How many.* A frame has $(224/16)^2 = 196$ patches, the video $300 \cdot 196 =
# 58\,800$; one map of weights would hold $58\,800^2 \approx 3.5 \cdot 10^9$ numbers for each head and
# layer, 14 GB in float32. *What to do.* Read every tenth frame (30), and take blocks of two frames
# (15 steps, 2,940 tokens, $8.6 \cdot 10^6$ weights). Then factorise: attention among the 196 patches
# of a step, then among the 15 steps of a patch. That is $15 \cdot 196^2 + 196 \cdot 15^2 \approx 6.2
# \cdot 10^5$ weights, 14 times fewer. *Vectors.* A block of $2 \cdot 16 \cdot 16 \cdot 3 = 1536$
# numbers through one linear map to $D$. *Positions.* Two tables are added, one for the place (row and
# column), one for the time; without the second, opening and closing a door look alike. *Mask.* Short
# videos are padded in time, and masked there as keys and in the mean. *Output.* A learnt token or the
# masked mean, $D \to 400$.
#
# **Rubric.** 1 point: 58,800 tokens and what their square means. 1 point: a way to reduce it, with
# its new cost. 1 point: positions in space *and* time, mask for the length, output.

# %% [markdown]
# ## What we saw
#
# - Attention, heads and the encoder layer are a few lines each, and give torch's numbers to
#   $10^{-5}$.
# - An encoder needs to be told the positions and where the padding is; an LSTM needs the order of its
#   steps and where a review ends; counting words needs neither, and is hard to beat on short training.
# - A map of weights shows where a state comes from. Whether that decides anything has to be tested,
#   for instance by erasing.

# %% [markdown]
# **How far it goes.** Set `FULL = True` for all 50,000 reviews with their original halves and 20,000
# words; the check of exercise 8 judges the small setting only. On them a wider encoder of one layer
# gets 0.874 right after three epochs, of a minute and a half to two each on one core, and counting
# words 0.889.

# %% [markdown]
# ## Sources
#
# - Data: A. L. Maas et al. (2011). Learning word vectors for sentiment analysis. *ACL*, 142-150.
# - A. Vaswani et al. (2017). Attention is all you need. *NeurIPS*: attention, heads, positions, layer.
# - R. Xiong et al. (2020). On layer normalization in the Transformer architecture. *ICML*: pre-norm.
# - S. Hochreiter, J. Schmidhuber (1997). Long short-term memory. *Neural Computation* 9 (8).
# - S. Jain, B. C. Wallace (2019). Attention is not explanation. *NAACL*; S. Wiegreffe, Y. Pinter
#   (2019). Attention is not not explanation. *EMNLP*.
