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
# # What was added? A map of attention, and why it is not the map you expect
#
# A network learns to add the numbers before a 0. We expect its attention to light up on them, and
# it does not; we find out why, and build a network whose map is the answer.
#
# After this you can
#
# - build softmax attention on top of an LSTM, and draw where it looks;
# - put numbers on a map, and explain it by experiments;
# - say when softmax is the wrong way to make weights, and when a map can be trusted.
#
# Time: about 100 minutes. Points: 38, of which 32 are checked by code and 6 are for two written
# answers.

# %%
import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn

from course_lib.data.addition import DELIMITER, LENGTH, Additions, draw, load
from course_lib.lab import comparison, maps, visible
from course_lib.lab.regression import answers, fit, prediction_error
from course_lib.lab.training import Untrained

B, T, H = 4, LENGTH, 100
SEED = 1
check = visible.checker("addition")
adder = finder = Untrained()  # stand-ins: the two networks are trained further down

# %% [markdown]
# ## The letters
#
# | letter | size | here |
# |---|---|---|
# | $B$ | batch: sequences handled together | 4 in examples |
# | $T$ | time: numbers in a sequence | 20 |
# | $H$ | hidden units: numbers in a state of the LSTM | 100 |
# | $D$ | numbers in a value that attention sums up | $H$ or 1 |
#
# Steps are counted from 0, as Python does. A mask is a tensor of truth values.

# %% [markdown]
# ## The task: add what comes before the 0
#
# A sequence holds $T = 20$ numbers, each drawn evenly between 0 and 1. One of them is replaced by
# the *delimiter*, 0. The answer is the sum of the numbers before it, the *addends*; what comes
# after it does not count:
#
# $$y = \sum_{i < d} x_i, \qquad x_d = 0$$
#
# Nobody tells the network where $d$ is, or that it has to add. It sees sequences and answers.

# %%
train, test = load("train"), load("test")
print(f"{len(train):,} sequences to learn from, {len(test):,} to test with")
few = draw(B, seed=0)
for x, total in zip(few.x, few.sums, strict=True):
    numbers = [f"{number:.2f}" if number != DELIMITER else "  0 " for number in x.tolist()]
    print(" ".join(numbers), f"  sum {total:.2f}")
print(f"mean squared error of who always answers the mean: {test.sums.var():.2f}")
pictured = draw(1, seed=6, position=12)  # for pictures: a delimiter that stays at step 12

# %% [markdown]
# **What to notice.** A row is worth the numbers up to its 0: the sum can be small although large
# numbers follow. The last line is what a network has to beat.

# %% [markdown]
# ### Exercise 1: the truth (2 points)
#
# Write `addends(x)`: for sequences $(B, T)$ return a mask $(B, T)$ of dtype bool, `True` where a
# number stands before the delimiter. Each row holds one 0, the other numbers lie between 0 and 1.
# No loop is needed: `cumsum` can count the zeros from the left.

# %% nbgrader={"grade": false, "grade_id": "addends", "locked": false, "schema_version": 3, "solution": true}
def addends(x: Tensor) -> Tensor:
    """True (B, T) at the numbers before the 0 of each sequence (B, T)."""
    ### BEGIN SOLUTION
    return (x == DELIMITER).cumsum(dim=1) == 0  # no zero so far
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_addends", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("addends", addends)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "addends", addends)
### END HIDDEN TESTS

# %% [markdown]
# ## Attention sums up values by learned weights
#
# An *LSTM* is a layer that reads a sequence from left to right; after number $i$ it holds a *state*
# $h_i$, $H$ numbers made from $x_i$ and from what it held before. Attention gives each state a
# *score* $s_i$, the product with a learned vector $w$. *Softmax* turns scores into *weights*,
# positive and with the sum 1, and the states are summed by them:
#
# $$s_i = h_i^\top w, \qquad a_i = \frac{e^{s_i}}{\sum_j e^{s_j}}, \qquad c = \sum_i a_i h_i$$
#
# The weights $(a_0, \dots, a_{T-1})$ are the *map* of a sequence: where the network looks.

# %%
scores = torch.tensor([[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]])  # two sequences of three steps
print(scores.softmax(dim=1).round(decimals=2))

# %% [markdown]
# **What to notice.** Each row sums to 1. A score that is higher by 1 gets a weight that is $e
# \approx 2.72$ times as large; equal scores get equal weights.

# %% [markdown]
# ### Exercise 2: the weights (2 points)
#
# Write `attention_weights(states, w)` for states $(B, T, H)$ and a vector $w$ $(H,)$: the scores
# $h_i^\top w$, then softmax over time. Return $(B, T)$.

# %% nbgrader={"grade": false, "grade_id": "attention_weights", "locked": false, "schema_version": 3, "solution": true}
def attention_weights(states: Tensor, w: Tensor) -> Tensor:
    """Softmax over time of the scores of states (B, T, H) by a vector w (H,): (B, T)."""
    ### BEGIN SOLUTION
    return (states @ w).softmax(dim=1)  # (B, T, H) @ (H,) -> (B, T)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_attention_weights", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("attention_weights", attention_weights)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "attention_weights", attention_weights)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3: the weighted sum (2 points)
#
# Write `weighted_sum(weights, values)`: for weights $(B, T)$ and values $(B, T, D)$ the sum over
# time of weight times value, $(B, D)$. Take the weights as they are: further down some will not
# sum to 1.

# %% nbgrader={"grade": false, "grade_id": "weighted_sum", "locked": false, "schema_version": 3, "solution": true}
def weighted_sum(weights: Tensor, values: Tensor) -> Tensor:
    """The sum over time of weights (B, T) times values (B, T, D): (B, D)."""
    ### BEGIN SOLUTION
    return (weights[:, :, None] * values).sum(dim=1)  # (B, T, 1) * (B, T, D) -> (B, D)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_weighted_sum", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("weighted_sum", weighted_sum)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "weighted_sum", weighted_sum)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 4: the network (4 points)
#
# Complete `Adder(H)`. Its constructor makes
#
# - `lstm`: an `nn.LSTM` from 1 number to $H$, with `batch_first=True`;
# - `w`: an `nn.Parameter`, a tensor that training changes, of shape $(H,)$ with small random
#   numbers;
# - `readout`: an `nn.Linear` from $H$ numbers to 1; it reads the answer off $c$.
#
# `forward(x)` takes $(B, T)$ and returns two things, the answers $(B,)$ and the weights $(B, T)$.
# The LSTM wants $(B, T, 1)$, and gives back a pair, of which the first part is the states. Use your
# functions.

# %% nbgrader={"grade": false, "grade_id": "adder", "locked": false, "schema_version": 3, "solution": true}
class Adder(nn.Module):
    """An LSTM that reads numbers, and softmax attention over its states."""

    def __init__(self, H: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.lstm = nn.LSTM(1, H, batch_first=True)
        self.w = nn.Parameter(torch.randn(H) / H)
        self.readout = nn.Linear(H, 1)
        ### END SOLUTION

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Sequences (B, T) to answers (B,) and weights (B, T)."""
        ### BEGIN SOLUTION
        states, _ = self.lstm(x[:, :, None])  # (B, T, 1) -> (B, T, H)
        weights = attention_weights(states, self.w)  # (B, T)
        context = weighted_sum(weights, states)  # (B, H)
        return self.readout(context).squeeze(1), weights  # (B, 1) -> (B,)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_adder", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("adder", Adder)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "adder", Adder)
### END HIDDEN TESTS

# %% [markdown]
# ## The network learns to add, and its map surprises
#
# `fit` lowers the mean squared error of the answers $\hat y$ over batches of 25 sequences with
# *Adam*, a form of gradient descent; an *epoch* is one pass through the training set:
#
# $$\mathrm{loss} = \frac{1}{B} \sum_{b=1}^{B} (\hat y_b - y_b)^2$$
#
# For the picture, `fit` keeps the map of one sequence, `pictured`, before the training and after each
# epoch. Its delimiter stands at step 12, and the network does not learn from it.

# %% tags=["nbval-ignore-output"]
torch.manual_seed(SEED)
adder = Adder(H)
progress = fit(
    adder, train, test, epochs=2, batch_size=25, lr=2e-2, seed=SEED, pictured=pictured.x, frames=4
)
print(f"mean squared error of the answers to the test set: {progress.test_error[-1]:.2f}")
maps.strip(maps.by_epoch(progress.maps), pictured.x[0], addends(pictured.x)[0])
plt.show()

# %% [markdown]
# **What to notice.** Dark is much weight, and the dashed lines enclose the delimiter. At first the
# weight is even; before the first epoch is over it has moved to the delimiter, and stays there. The numbers that are added, black in the top
# row, get almost nothing, although the network adds them: over five seeds the error is 0.61 (0.38 to
# 1.68), where always answering the mean has 8.4.

# %% [markdown]
# ## Numbers tell more than a picture of one sequence
#
# Three numbers compare the weights $a$ of a sequence with its mask $m$ (1 at the addends, else 0):
#
# $$\frac{1}{T} \sum_i (a_i - m_i)^2, \qquad
# \mathrm{IoU} = \frac{|\mathrm{lit} \cap m|}{|\mathrm{lit} \cup m|}, \qquad
# \mathrm{mass}(q) = \frac{\sum_i a_i q_i}{\sum_i a_i}$$
#
# For the second, the *overlap* or *intersection over union*, a step counts as *lit* if its weight
# is at least half of the largest in its row. A fixed threshold would not do: a softmax over ten
# addends can give each of them only 0.1. The third is the share of the weight at the steps of any
# mask $q$.

# %% [markdown]
# ### Exercise 5: the squared error (1 point)
#
# Write `squared_error(weights, mask)` for weights $(B, T)$ and a bool mask $(B, T)$: for each
# sequence the mean over time of $(a_i - m_i)^2$, $(B,)$.

# %% nbgrader={"grade": false, "grade_id": "squared_error", "locked": false, "schema_version": 3, "solution": true}
def squared_error(weights: Tensor, mask: Tensor) -> Tensor:
    """The mean over time (B,) of the squared difference of weights (B, T) and mask (B, T)."""
    ### BEGIN SOLUTION
    return ((weights - mask.to(weights.dtype)) ** 2).mean(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_squared_error", "locked": true, "points": 1, "schema_version": 3, "solution": false}
check("squared_error", squared_error)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "squared_error", squared_error)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 6: the overlap (3 points)
#
# Write `overlap(weights, mask)`: for each sequence the number of steps that are both lit and `True`
# in the mask, divided by the number of steps that are one or the other, $(B,)$. Lit is a step whose
# weight is at least half of the largest weight of its own row.

# %% nbgrader={"grade": false, "grade_id": "overlap", "locked": false, "schema_version": 3, "solution": true}
def overlap(weights: Tensor, mask: Tensor) -> Tensor:
    """Intersection over union (B,) of the lit steps of weights (B, T) with a mask (B, T)."""
    ### BEGIN SOLUTION
    lit = weights >= weights.amax(dim=1, keepdim=True) / 2  # (B, T)
    return (lit & mask).sum(dim=1) / (lit | mask).sum(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_overlap", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("overlap", overlap)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "overlap", overlap)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 7: the mass (2 points)
#
# Write `mass(weights, where)` for weights $(B, T)$ and a bool mask $(B, T)$: for each sequence the
# share of its weight that lies where the mask is `True`, $(B,)$. The weights need not sum to 1.

# %% nbgrader={"grade": false, "grade_id": "mass", "locked": false, "schema_version": 3, "solution": true}
def mass(weights: Tensor, where: Tensor) -> Tensor:
    """The share (B,) of the weights (B, T) that lies where the mask (B, T) is True."""
    ### BEGIN SOLUTION
    return (weights * where).sum(dim=1) / weights.sum(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_mass", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("mass", mass)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "mass", mass)
### END HIDDEN TESTS

# %% [markdown]
# Now the map of the adder, beside one that gives every step the same weight, and one that is the
# truth. Each number is a mean over the 4,000 test sequences.

# %% tags=["nbval-ignore-output"]
def numbers_of(weights: Tensor, data: Additions) -> dict[str, list[float]]:
    """What the maps (n, T) of a dataset score, by the name of the measure."""
    delimiter, truth = data.x == DELIMITER, addends(data.x)
    return {
        "squared error": [squared_error(weights, truth).mean().item()],
        "overlap": [overlap(weights, truth).mean().item()],
        "mass on addends": [mass(weights, truth).mean().item()],
        "on the delimiter": [mass(weights, delimiter).mean().item()],
        "after it": [mass(weights, ~truth & ~delimiter).mean().item()],
    }


_, weights = answers(adder, test.x)
comparison.table(
    {
        "adder": numbers_of(weights, test),
        "even weights": numbers_of(torch.full_like(weights, 1 / T), test),
        "the truth": numbers_of(addends(test.x).float(), test),
    }
)

# %% [markdown]
# **What to notice.** The map of a network that adds is further from the truth than even weights are:
# over five seeds, 0.08 of its weight lies on the addends (0.07 to 0.23) and 0.85 on the delimiter. One
# of the five looks behind the delimiter instead: wherever the sum can be read, it may look. And even
# weights overlap the truth by a half, without knowing anything: keep such a baseline beside every
# number.

# %% [markdown]
# ## First reason: a state already holds the sum
#
# The LSTM has read all numbers up to $i$ when it makes $h_i$. If the sum so far can be *read off*
# $h_i$ by one fixed linear formula, at every step up to the delimiter,
#
# $$\sum_{j \le i} x_j \approx h_i^\top u + v \qquad (i \le d),$$
#
# then attention has nothing to add: it need only find the state at the delimiter. Such a formula on
# top of a trained network is called a *probe*. We fit $u$ and $v$ on half of the test sequences by
# least squares, and measure on the other half which share of the variance it explains.

# %% tags=["nbval-ignore-output"]
def with_one(x: Tensor) -> Tensor:
    """States (n, T, H + 1) of the trained adder, and a 1 for v; in float64."""
    with torch.no_grad():
        states, _ = adder.lstm(x[:, :, None])  # (n, T, H)
    return torch.cat([states, torch.ones_like(states[:, :, :1])], dim=2).double()


answers(adder, test.x[:1])  # says so, if there is no trained adder yet
half = len(test) // 2
here = addends(test.x) | (test.x == DELIMITER)  # (n, T): the steps up to the delimiter
states, so_far = with_one(test.x)[here], test.x.double().cumsum(dim=1)[here]  # (steps, H + 1), (steps,)
fitted = int(here[:half].sum())  # steps of the first half of the sequences
u = torch.linalg.lstsq(states[:fitted], so_far[:fitted, None]).solution  # (H + 1, 1)
rest = so_far[fitted:] - (states[fitted:] @ u).squeeze(1)
print(f"explained: {1 - rest.var() / so_far[fitted:].var():.3f} of the variance")
maps.running_sum(pictured.x.cumsum(dim=1)[0, :13], (with_one(pictured.x) @ u)[0, :13, 0], pictured.x[0])
plt.show()

# %% [markdown]
# **What to notice.** A straight formula reads the sum off every state up to the delimiter, after each
# number, though the network was never asked for it on the way. The state at the delimiter holds all
# of the answer, and there the attention looks. A map over *states* shows where the network reads, not
# what it has added.

# %% [markdown]
# ## Second reason: a softmax makes a mean, and a sum is wanted
#
# Suppose the states held nothing, and attention had to work on the numbers themselves. Softmax
# weights share a sum of 1, so the result is a mean, and it lies between the smallest and the
# largest number:
#
# $$\min_i x_i \le \sum_i a_i x_i \le \max_i x_i$$
#
# Even weights on exactly the addends give $y / d$; without the *number* of addends, $d$, this is not
# the sum. Two ways out: give the network the count, or use *gates*, which share nothing: each is the
# sigmoid of its own score, between 0 and 1:
#
# $$g_i = \frac{1}{1 + e^{-s_i}}, \qquad c = \sum_i g_i x_i$$

# %%
two, four = torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5, 0.5, 0.5])
for x in (two, four):
    shares, gates = torch.zeros(len(x)).softmax(dim=0), torch.ones(len(x))
    print(f"{len(x)} halves: softmax {(shares * x).sum():.1f}, gates {(gates * x).sum():.1f}")

# %% [markdown]
# **What to notice.** To a softmax two halves and four halves are the same. Gates see that there are
# more of them.

# %% [markdown]
# ### Exercise 8: change one thing at a time (4 points)
#
# An *ablation* changes one part of a model and keeps the rest. Complete `Variant(H, values,
# weighing)`, which inherits `lstm` and `w` from `Adder`:
#
# - `values` is "states" or "inputs": what is summed up. The inputs are the numbers as $(B, T, 1)$,
#   so `readout` maps 1 number to 1; start it with weight 1 (`nn.init.ones_`) and bias 0
#   (`nn.init.zeros_`).
# - `weighing` is "softmax", "gates" (each the sigmoid of its score), or "mean x count": softmax,
#   and the weighted sum is multiplied by the number of addends before the readout.
#
# The scores are always those of the states. Return the answers and the weights or gates.

# %% nbgrader={"grade": false, "grade_id": "variant", "locked": false, "schema_version": 3, "solution": true}
class Variant(Adder):
    """The adder with other values, or another way to weigh them."""

    def __init__(self, H: int, values: str, weighing: str) -> None:
        super().__init__(H)
        self.values, self.weighing = values, weighing
        ### BEGIN SOLUTION
        if values == "inputs":
            self.readout = nn.Linear(1, 1)
            nn.init.ones_(self.readout.weight)
            nn.init.zeros_(self.readout.bias)
        ### END SOLUTION

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Sequences (B, T) to answers (B,) and weights or gates (B, T)."""
        ### BEGIN SOLUTION
        states, _ = self.lstm(x[:, :, None])  # (B, T, H)
        weights = attention_weights(states, self.w)  # (B, T)
        if self.weighing == "gates":
            weights = (states @ self.w).sigmoid()
        total = weighted_sum(weights, states if self.values == "states" else x[:, :, None])
        if self.weighing == "mean x count":
            total = total * addends(x).sum(dim=1, keepdim=True)  # (B, D) * (B, 1)
        return self.readout(total).squeeze(1), weights  # (B,), (B, T)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_variant", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("variant", Variant)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "variant", Variant)
### END HIDDEN TESTS

# %% [markdown]
# ## The ablation finds both reasons
#
# Five models, three seeds each: states or inputs, softmax or gates, and softmax with the count
# given. Fifteen trainings take long, so these are smaller: 32 hidden units, and 4,000 sequences of 10
# numbers. The pictured one has its delimiter at step 6.

# %% tags=["nbval-ignore-output"]
small, unseen = draw(4_000, seed=10, length=10), draw(1_000, seed=11, length=10)
shown = draw(1, seed=12, position=6, length=10)
variants = {
    "states, softmax": ("states", "softmax"),
    "inputs, softmax": ("inputs", "softmax"),
    "states, gates": ("states", "gates"),
    "inputs, gates": ("inputs", "gates"),
    "inputs, mean x count": ("inputs", "mean x count"),
}
results, examples = {}, {}
for name, (values, weighing) in variants.items():
    for seed in range(3):
        torch.manual_seed(seed)
        model = Variant(32, values, weighing)
        fit(model, small, unseen, epochs=6, batch_size=40, lr=2e-2, seed=seed)
        found = {"error of answers": [prediction_error(model, unseen)]}
        found |= numbers_of(answers(model, unseen.x)[1], unseen)
        kept = results.setdefault(name, {measure: [] for measure in found})
        for measure, value in found.items():
            kept[measure] += value
    examples[name] = answers(model, shown.x)[1][0]  # of the last seed
print(f"error of who always answers the mean: {unseen.sums.var():.2f}")
comparison.table(results)

# %% tags=["nbval-ignore-output"]
if results:
    comparison.bars(results)
    maps.strip(examples, shown.x[0], addends(shown.x)[0], relative=True)
    plt.show()

# %% [markdown]
# **What to notice.** First row: good answers, and a map on the delimiter. With either change alone the
# overlap stays below 0.4; with both, "inputs, gates", it is the highest of all, about 0.76.
#
# "Inputs, softmax" has the largest error: a mean is not a sum. Some trainings find a way round: weight
# on the delimiter, whose value 0 makes the mean smaller, and more of it the fewer numbers were added.
# With the count given the error is the lowest of all, and yet that map overlaps the truth by 0.6 only,
# with weight after the delimiter: the mean of *some* numbers is nearly that of others. Good answers do
# not make a map right.

# %% [markdown]
# ## A network whose map is the mask, by construction
#
# The mask is easy to say in words: everything before the delimiter. So let attention do what it is
# good at, and point at *one* step; what comes before follows by counting. With attention $a$ over
# the numbers,
#
# $$s_i = \mathrm{score}(x_i), \qquad a = \mathrm{softmax}(s), \qquad
# g_i = 1 - \sum_{j \le i} a_j, \qquad \hat y = \sum_i g_i x_i$$
#
# If all of $a$ lies on the delimiter, $g_i$ is 1 before it and 0 from there on. There is no LSTM:
# each score sees a single number, so nothing but the gates can carry the sum.

# %% [markdown]
# ### Exercise 9: all that came before (2 points)
#
# Write `before(attention)`, $(B, T)$ to $(B, T)$: the gates $g_i = 1 - \sum_{j \le i} a_j$.

# %% nbgrader={"grade": false, "grade_id": "before", "locked": false, "schema_version": 3, "solution": true}
def before(attention: Tensor) -> Tensor:
    """Gates (B, T) that are 1 before the step the attention (B, T) points at, and 0 from it on."""
    ### BEGIN SOLUTION
    return 1 - attention.cumsum(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_before", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("before", before)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "before", before)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 10: the finder (4 points)
#
# Complete `Finder(H)`. Its constructor makes `score`, an `nn.Sequential` of three parts: an
# `nn.Linear` from 1 to $H$, an `nn.Tanh`, an `nn.Linear` from $H$ to 1. `forward(x)` takes $(B, T)$
# and returns two things, the answers $(B,)$, which are the sums of gate times number, and the gates
# $(B, T)$.

# %% nbgrader={"grade": false, "grade_id": "finder", "locked": false, "schema_version": 3, "solution": true}
class Finder(nn.Module):
    """Attends to the delimiter, and adds what comes before it: its gates are the map."""

    def __init__(self, H: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.score = nn.Sequential(nn.Linear(1, H), nn.Tanh(), nn.Linear(H, 1))
        ### END SOLUTION

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Sequences (B, T) to answers (B,) and gates (B, T)."""
        ### BEGIN SOLUTION
        attention = self.score(x[:, :, None]).squeeze(2).softmax(dim=1)  # (B, T, 1) -> (B, T)
        gates = before(attention)  # (B, T)
        return (gates * x).sum(dim=1), gates  # (B,), (B, T)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_finder", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("finder", Finder)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "finder", Finder)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 11: train it (4 points)
#
# Make `finder`, a `Finder(32)`, and train it with `fit` on `train` and `test`: 6 epochs, batches of
# 100, a learning rate of 2e-2, seed `SEED`. Pass `pictured=pictured.x` and keep what `fit` returns
# as `found_maps`. The check sends sequences that neither you nor the network has seen, and
# measures the overlap of its map with the mask.

# %% tags=["nbval-ignore-output"] nbgrader={"grade": false, "grade_id": "finder_trained", "locked": false, "schema_version": 3, "solution": true}
### BEGIN SOLUTION
torch.manual_seed(SEED)
finder = Finder(32)
found_maps = fit(
    finder, train, test, epochs=6, batch_size=100, lr=2e-2, seed=SEED, pictured=pictured.x
)
### END SOLUTION

# %% tags=["nbval-ignore-output"] nbgrader={"grade": true, "grade_id": "test_finder_trained", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("finder_trained", finder)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "finder_trained", finder)
### END HIDDEN TESTS

# %% tags=["nbval-ignore-output"]
both = {"adder": answers(adder, test.x)[1], "finder": answers(finder, test.x)[1]}
for name, model in (("adder", adder), ("finder", finder)):
    print(f"{name:7} mean squared error of the answers {prediction_error(model, test):.5f}")
maps.strip(maps.by_epoch(found_maps.maps), pictured.x[0], addends(pictured.x)[0])
plt.show()
comparison.table({name: numbers_of(weights, test) for name, weights in both.items()})

# %% [markdown]
# **What to notice.** The untrained gates fade out evenly; after one epoch they end at the delimiter. Over five seeds the overlap is 1.000 (0.999 to 1.000), and the answers are better
# than the adder's, with 97 parameters instead of 41,000.

# %% [markdown]
# ## A map can be trusted if what it shows matters
#
# A faithful map gives high weight to a number whose change changes the answer, and low weight to
# one whose change does not. We can try: move one number, and look at the answer before and after,
#
# $$\Delta_k = |\hat y(x \text{ with } x_k \text{ moved}) - \hat y(x)|$$
#
# Each number is moved by the same distance, one half: $x_k + \tfrac12$, and round the corner if that
# is 1 or more. It still lies between 0 and 1, so nothing looks strange to the network. The delimiter
# is a mark and no number: it stays.

# %% [markdown]
# ### Exercise 12: move one number (2 points)
#
# Write `moved(x, steps)` for sequences $(B, T)$ and steps $(B,)$: a copy of $x$ in which, in row
# $b$, the number at `steps[b]` is $(x_k + \tfrac12) \bmod 1$. All else stays, and so does $x$.

# %% nbgrader={"grade": false, "grade_id": "moved", "locked": false, "schema_version": 3, "solution": true}
def moved(x: Tensor, steps: Tensor) -> Tensor:
    """A copy of x (B, T) whose number at step `steps` (B,) of each row has moved by one half."""
    ### BEGIN SOLUTION
    changed, rows = x.clone(), torch.arange(len(x))
    changed[rows, steps] = (x[rows, steps] + 0.5) % 1
    return changed
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_moved", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("moved", moved)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("addition", "moved", moved)
### END HIDDEN TESTS

# %% tags=["nbval-ignore-output"]
def change(model: nn.Module, steps: Tensor) -> Tensor:
    """How much the answers (n,) to the test set change when the numbers at `steps` (n,) move."""
    return (answers(model, moved(test.x, steps))[0] - answers(model, test.x)[0]).abs()


delimiter, everyone = test.x == DELIMITER, torch.arange(len(test))
for name, model in (("adder", adder), ("finder", finder)):
    _, weights = answers(model, test.x)
    highest = weights.masked_fill(delimiter, -torch.inf).argmax(dim=1)  # the delimiter stays
    lowest = weights.masked_fill(delimiter, torch.inf).argmin(dim=1)
    for rank, steps in (("highest", highest), ("lowest", lowest)):
        weight, moves = weights[everyone, steps].mean(), change(model, steps).mean()
        added = addends(test.x)[everyone, steps].float().mean()
        print(f"{name:7} number of {rank:7} weight: weight {weight:.3f},", end=" ")
        print(f"an addend in {added:4.0%} of cases, change of the answer {moves:.3f}")

# %% [markdown]
# **What to notice.** In the finder the number of the highest weight is always an addend, and moving it
# by a half moves the answer by a half. In the adder it is an addend in about half of the cases; and
# moving even the number of the *lowest* weight, which is 0.000, changes the answer by 0.2.

# %% [markdown]
# The highest and the lowest are extremes. So take one number of every test sequence by lot, and
# plot the change against the weight.

# %% tags=["nbval-ignore-output"]
lot = torch.rand(delimiter.shape, generator=torch.Generator().manual_seed(SEED))
steps = lot.masked_fill(delimiter, -1).argmax(dim=1)  # (n,): by lot, but never the delimiter
clouds = {}
for name, model in (("adder", adder), ("finder", finder)):
    _, weights = answers(model, test.x)
    clouds[name] = (weights[everyone, steps], change(model, steps))
maps.change_by_weight(clouds)
plt.show()

# %% [markdown]
# **What to notice.** Finder: most dots lie on a line, the change is half of the gate. Adder: most dots
# stand at a weight of nearly 0, and yet many of them change the answer, some by more than 1. Over
# five seeds the correlation is 0.91 (0.90 to 0.91) for the finder and 0.35 (-0.23 to 0.39) for the adder.

# %% [markdown]
# ### Question 1 (3 points)
#
# What can an attention map explain, and what can it not? Answer for the two trained networks of this
# lecture: say what a weight means in each, name one thing that the adder's map does tell about it,
# and one conclusion that it would be wrong to draw from it. How could you find out without knowing
# the truth?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_1", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** A weight says in which share a *value* goes into the sum, no more. In the adder the
# values are states, and a state is no number of the sequence: $h_i$ has read all numbers up to $i$.
# So its map tells where the network reads its result off, at the delimiter. It would be wrong to
# conclude that the addends do not matter: moving a number of almost no weight often changes the
# answer, and the weight says little about how much. In the finder the values are the numbers themselves and nothing
# else leads to the answer, so a gate of 1 means "added" and 0 "not added". Without the truth one can
# intervene: move single numbers, see how much the answer changes, and compare with the weights.
#
# **Rubric.** 1 point: a weight is the share of a value; states hold earlier inputs, inputs hold only
# themselves. 1 point: what the adder's map tells (where it reads) and a wrong conclusion (about which
# numbers matter), with a result from this lecture. 1 point: test by changing inputs and comparing
# the change of the answer with the weight.

# %% [markdown]
# ### Question 2 (3 points)
#
# When is softmax the wrong way to make weights? Explain by the rows of the ablation table which use
# the inputs as values why the sum of gates and "mean x count" succeed and softmax alone fails. Name
# a task where softmax is right, and one (other than this lecture's) where it is wrong.

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_2", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** Softmax weights share a sum of 1: a step gets weight only if others lose it. The
# weighted sum is a mean, and a mean does not know how many values went into it. With the inputs as
# values nothing else holds the number of addends, so a good map gives the wrong answer; the error is
# the largest of the table, and what some trainings do against it, weight on the 0, spoils the map.
# Multiplied by the count the mean becomes the sum, and with gates, which do not share, the sum comes
# out directly. Softmax is wrong where the answer grows with the number of steps that
# matter, or where none may matter: counting words of a kind, adding up prices, "is there any fault
# in this series?". It is right where one step, or a mixture, has to be picked: finding the
# delimiter, translating a word, an average mark.
#
# **Rubric.** 1 point: shares of 1 make a mean, the number of addends is lost. 1 point: the rows of
# the table explained (count given back; gates do not share). 1 point: a fitting task for each side.

# %% [markdown]
# ## What we saw
#
# - An LSTM with softmax attention adds well, and its map does not show what it adds: its states
#   hold the sum, and attention only has to find one that has passed the delimiter.
# - A softmax makes a mean. Where a sum is wanted of values that hold nothing else, gates fit.
# - A map can be made to mean what it shows: attend to the delimiter, open all gates before it, and
#   let nothing else lead to the answer.
# - Whether a map can be trusted is a question for experiments: change an input and see what
#   happens.

# %% [markdown]
# ## Sources
#
# - Task: a variant of the adding problem of S. Hochreiter, J. Schmidhuber (1997). Long short-term
#   memory. *Neural Computation* 9 (8), 1735-1780, section 5.4. All numbers are drawn here.
# - D. Bahdanau, K. Cho, Y. Bengio (2015). Neural machine translation by jointly learning to align
#   and translate. *ICLR*: attention over the states of a recurrent network.
# - G. Alain, Y. Bengio (2017). Understanding intermediate layers using linear classifier probes.
#   *ICLR*, workshop track.
# - S. Jain, B. C. Wallace (2019). Attention is not explanation. *NAACL-HLT*, 3543-3556.
# - S. Wiegreffe, Y. Pinter (2019). Attention is not not explanation. *EMNLP-IJCNLP*, 11-20.
