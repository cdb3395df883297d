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
# # Who is speaking? An LSTM with attention, and a look inside
#
# A network listens to two vowels and says which of nine men spoke; then we ask it where it looked.
#
# After this you can
#
# - pad sequences of different lengths and keep the padding out of a softmax;
# - build attention on top of an LSTM, and say what its weights can express;
# - read the weights of a trained network, and test whether they mean what they seem to mean.
#
# Time: about 120 minutes. Points: 40, of which 31 are checked by code and 9 are for three written
# answers.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn

from course_lib.data.vowels import FEATURES, MAX_LENGTH, SPEAKERS, VowelDataset, load, statistics
from course_lib.lab import plots, tables, visible
from course_lib.lab.layers import four_layers
from course_lib.lab.training import Untrained, accuracy, evaluating, fit, whole

B, T, D, H, K = 5, MAX_LENGTH, FEATURES, 64, SPEAKERS
SEED = 1  # of five seeds one that comes near the median
check = visible.checker("vowels")
first = model = Untrained()  # stand-ins: the two networks are trained further down
histories = {}  # how each training went, by the network's name

# %% [markdown]
# ## The letters
#
# | letter | size | here |
# |---|---|---|
# | $B$ | batch: utterances handled together | 5 in examples |
# | $T$ | time: frames of a padded utterance | 29 |
# | $D$ | features: numbers in a frame | 12 |
# | $H$ | hidden units: numbers in a state of the LSTM | 64 |
# | $K$ | classes: speakers | 9 |
#
# A mask is a tensor of truth values, `True` where a frame is real.

# %% [markdown]
# ## An utterance is a short film of twelve numbers a frame
#
# Nine men said the vowels /a/ and /e/ in a row. Every 6.4 ms the shape of the sound's spectrum was
# summed up in $D = 12$ numbers, the *LPC cepstrum coefficients*; they depend on the vowel and on
# the speaker's mouth and throat. One such row of numbers is a *frame*, and an *utterance* has $n$
# of them, $7 \le n \le 29$:
#
# $$x = (x_1, \dots, x_n), \qquad x_i \in \mathbb{R}^D$$

# %%
train_utterances, test_utterances = load("train"), load("test")
for name, utterances in (("training", train_utterances), ("test", test_utterances)):
    n = utterances.lengths
    print(f"{name}: {len(n)} utterances of {n.min()} to {n.max()} frames")
print("one utterance:", tuple(train_utterances.frames[0].shape))

# %% [markdown]
# ## Numbers of one size are easier to learn from
#
# The coefficients differ in size, so each is *standardised*: with the mean $\mu$ and the standard
# deviation $\sigma$ of the real training frames,
#
# $$x_i \leftarrow \frac{x_i - \mu}{\sigma}$$
#
# The test set uses the training set's $\mu$ and $\sigma$. Utterances of one batch must share a
# length, so zeros are appended up to $T = 29$: the *padding*. After standardising, a frame of zeros
# is exactly the mean frame.

# %%
measured = statistics(train_utterances)  # mean (D,) and standard deviation (D,)
train = VowelDataset(train_utterances, standardise=measured)
test = VowelDataset(test_utterances, standardise=measured)
x, lengths, labels = whole(test)  # (370, T, D), (370,), (370,)
nine = torch.tensor([int((labels == speaker).nonzero()[0]) for speaker in range(K)])
titles = [f"speaker {speaker}, {length} frames" for speaker, length in enumerate(lengths[nine])]
plots.utterances(x[nine], lengths[nine], titles)
plt.show()

# %% [markdown]
# **What to notice.** The first utterance of each speaker in the test set. Each begins with one
# vowel and glides into the other, each speaker in his own colours; and every picture ends in
# padding, some for half of its width.

# %% [markdown]
# ### Exercise 1: pad (2 points)
#
# Write `pad_sequences(utterances, T)`. It takes a list of utterances, tensors of shape $(t_i, D)$
# with $t_i \le T$, and returns one tensor $(B, T, D)$: row $b$ holds utterance $b$, then zeros. The
# result has the dtype of the utterances, and the utterances stay as they are.

# %% nbgrader={"grade": false, "grade_id": "pad_sequences", "locked": false, "schema_version": 3, "solution": true}
def pad_sequences(utterances: list[Tensor], T: int) -> Tensor:
    """Utterances (t_i, D), each with t_i <= T, as one zero-padded batch (B, T, D)."""
    ### BEGIN SOLUTION
    batch = utterances[0].new_zeros(len(utterances), T, utterances[0].shape[1])  # (B, T, D)
    for row, utterance in zip(batch, utterances, strict=True):
        row[: len(utterance)] = utterance  # a row is a view: this writes into the batch
    return batch
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_pad_sequences", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("pad_sequences", pad_sequences)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "pad_sequences", pad_sequences)
### END HIDDEN TESTS

# %% [markdown]
# ## An LSTM reads frame by frame and keeps a state
#
# A *long short-term memory*, LSTM, is a layer that reads a sequence from left to right. After frame
# $i$ it holds a *state* $h_i$ of $H$ numbers between -1 and 1, made from the frame and from what it
# held before:
#
# $$h_i = \mathrm{LSTM}(x_i, h_{i-1}) \in \mathbb{R}^H$$
#
# So $h_i$ can know all frames up to $i$ and none after it. The layer returns all states at once,
# $(B, T, H)$.

# %%
torch.manual_seed(SEED)
lstm = nn.LSTM(D, H, batch_first=True)
with torch.no_grad():
    states, _ = lstm(x[:B])  # (B, T, D) -> (B, T, H)
print("x:", tuple(x[:B].shape), " states:", tuple(states.shape), " length:", lengths[0].item())
plots.states(states[0], lengths[0].item())
plt.show()

# %% [markdown]
# **What to notice.** To the right of the dashed line there is nothing but padding, and yet the
# states go on changing: the LSTM reads zeros as if they were sound. Keep this in mind.

# %% [markdown]
# ## Attention is a mean whose weights are learned
#
# A *score* $s_i$ says how much step $i$ matters; *softmax* turns scores into *weights* $a_i$,
# positive and with the sum 1. The *context* $c$ is the weighted mean of the states. In our first
# form the scores come from a learned matrix $W \in \mathbb{R}^{T \times H}$, one row for each step:
#
# $$s_i = \sum_{k=1}^{H} h_{i,k} W_{i,k}, \qquad
# a_i = \frac{e^{s_i}}{\sum_{j=1}^{T} e^{s_j}}, \qquad
# c = \sum_{i=1}^{T} a_i h_i$$

# %%
scores = torch.tensor([[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]])  # (B, T) = (2, 3)
print(scores.softmax(dim=1).round(decimals=2))

# %% [markdown]
# **What to notice.** Each row sums to 1; a score that is higher by 1 gets a weight that is $e
# \approx 2.72$ times as large; equal scores give equal weights, whatever their size.

# %% [markdown]
# ### Exercise 2: the weights of the first form (3 points)
#
# Write `time_weights(states, W)` for states $(B, T, H)$ and a matrix $W$ of shape $(T, H)$:
# multiply, sum over the hidden units, softmax over time. Return the weights, $(B, T)$.

# %% nbgrader={"grade": false, "grade_id": "time_weights", "locked": false, "schema_version": 3, "solution": true}
def time_weights(states: Tensor, W: Tensor) -> Tensor:
    """Attention weights (B, T) from states (B, T, H) and a weight (T, H), softmax over time."""
    ### BEGIN SOLUTION
    scores = (states * W).sum(dim=2)  # (B, T, H) * (T, H) -> (B, T)
    return scores.softmax(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_time_weights", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("time_weights", time_weights)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "time_weights", time_weights)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3: the context (2 points)
#
# Write `context_vector(weights, states)`: for weights $(B, T)$ and states $(B, T, H)$ return the
# weighted sum of the states, $(B, H)$.

# %% nbgrader={"grade": false, "grade_id": "context_vector", "locked": false, "schema_version": 3, "solution": true}
def context_vector(weights: Tensor, states: Tensor) -> Tensor:
    """The sum over time of weights (B, T) times states (B, T, H): the context, (B, H)."""
    ### BEGIN SOLUTION
    return (weights[:, :, None] * states).sum(dim=1)  # (B, T, 1) * (B, T, H) -> (B, H)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_context_vector", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("context_vector", context_vector)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "context_vector", context_vector)
### END HIDDEN TESTS

# %% [markdown]
# ## The classifier sees the context and the last state
#
# The context says what the utterance was like on the whole, the last state where it ended. The
# *classifier* reads both, end to end (a *concatenation*, $[c; h_T]$), and gives $K$ *logits*,
# scores whose softmax is the probability of each speaker:
#
# $$\mathrm{logits} = \mathrm{classifier}([c; h_T]), \qquad [c; h_T] \in \mathbb{R}^{2H}$$
#
# It has four linear layers, $y = Ax + b$, with *ReLU* (negative numbers become 0) in between, and
# one *dropout*: training sets random numbers to 0, so that none is relied on alone.

# %% [markdown]
# ### Exercise 4: the network (4 points)
#
# Complete `AttentionClassifier(D, H, K, T)`. Its constructor makes
#
# - `lstm`: an `nn.LSTM` from $D$ to $H$ with `batch_first=True`;
# - `W`: an `nn.Parameter`, a tensor that training changes, of shape $(T, H)$ with small random
#   numbers;
# - `classifier`: `four_layers(2 * H, K)`.
#
# `forward(x)` takes $(B, T, D)$ and returns the logits, $(B, K)$. The context comes first, then the
# state of step $T - 1$, counted from 0, padding or not. Use your two functions.

# %% nbgrader={"grade": false, "grade_id": "attention_classifier", "locked": false, "schema_version": 3, "solution": true}
class AttentionClassifier(nn.Module):
    """The first form: one attention weight for each step and hidden unit, and no mask."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.W = nn.Parameter(torch.randn(T, H) / H)
        self.classifier = four_layers(2 * H, K)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Utterances (B, T, D) to logits (B, K)."""
        ### BEGIN SOLUTION
        states, _ = self.lstm(x)  # (B, T, H)
        weights = time_weights(states, self.W)  # (B, T)
        context = context_vector(weights, states)  # (B, H)
        return self.classifier(torch.cat([context, states[:, -1]], dim=1))  # (B, 2H) -> (B, K)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_attention_classifier", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("attention_classifier", AttentionClassifier)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "attention_classifier", AttentionClassifier)
### END HIDDEN TESTS

# %% [markdown]
# ## Shapes tell the story of a forward pass
#
# Five utterances run through your network once, and every layer and function writes down what goes
# in and what comes out:
#
# $$(B, T, D) \to (B, T, H) \to (B, T) \to (B, H) \to (B, 2H) \to (B, K)$$

# %%
torch.manual_seed(SEED)
tables.shapes(
    AttentionClassifier(D, H, K, T),
    x[:B],
    letters={"B": B, "T": T, "D": D, "H": H, "2H": 2 * H, "K": K},
    functions=["time_weights", "context_vector"],
)

# %% [markdown]
# **What to notice.** Time disappears in `context_vector`, and the first linear layer reads $2H =
# 128$ numbers. Most parameters are in the LSTM; $W$ adds $T \cdot H = 1856$ to the whole.

# %% [markdown]
# ### Question 1 (3 points)
#
# Why does the first linear layer have inputs for *twice* the hidden size? Say what the two halves
# are, what each of them adds, and what would be lost if the network summed them instead, which
# would need only $H$ inputs.

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_1", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** The layer reads a concatenation: $H$ numbers of context and $H$ numbers of the
# last state. The context is a weighted mean over all steps, the last state is what the LSTM holds
# at the end of its reading; each tells the classifier something the other may have lost. With the
# concatenation the layer learns one matrix for each half, $P c + Q h_T$; a sum would force $P = Q$,
# so the layer could not tell which number comes from where, nor give the two different roles.
#
# **Rubric.** 1 point: $2H$ because context and last state, $H$ numbers each, are concatenated. 1
# point: what each half stands for (a mean over time; the end of the reading). 1 point: a sum mixes
# them, as it forces the same weights on both.

# %% [markdown]
# ## Training makes the parameters fit the speakers
#
# For the right speaker's probability $p$ the *loss* is $-\ln p$, the *cross-entropy*: 0 for
# certainty, $\ln 9 \approx 2.2$ for a guess. *Adam*, a form of gradient descent, lowers its mean
# over batches of 32. An *epoch* is one pass through the 270 training utterances.
#
# $$\mathrm{loss} = -\frac{1}{B}\sum_{b=1}^{B} \ln p_b$$
#
# `fit` does this; its `lr`, the learning rate, is the size of the first steps and then falls to
# nearly 0.

# %% tags=["nbval-ignore-output"]
torch.manual_seed(SEED)
first = AttentionClassifier(D, H, K, T)
histories["first form"] = fit(first, train, test, epochs=20, batch_size=32, lr=1e-2, seed=SEED)
plots.curves(histories)
plt.show()
print(f"test accuracy of the first form: {accuracy(first, test):.3f}")

# %% [markdown]
# **What to notice.** The network soon has the training set by heart, and the accuracy on the test
# set, which it never learned from, stays a few points lower.

# %% [markdown]
# ## A trained network is a dictionary of tensors
#
# All that training has changed is in the parameters $\theta$; the *state dict* holds them by name.
# Saved to a file and loaded into a new object of the same class, they give the same network:
#
# $$\hat y = f(x; \theta)$$
#
# `weights_only=True` makes `torch.load` refuse anything but plain data: a file from a stranger
# could run code otherwise.

# %% tags=["nbval-ignore-output"]
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "first.pt"
    torch.save(first.state_dict(), path)
    loaded = AttentionClassifier(D, H, K, T)
    print("accuracy before loading:", round(accuracy(loaded, test), 2))
    loaded.load_state_dict(torch.load(path, weights_only=True))
print("accuracy after loading: ", round(accuracy(loaded, test), 2))
print("names:", ", ".join(loaded.state_dict()))

# %% [markdown]
# **What to notice.** Nothing but names and tensors was saved: the class has to be there when the
# file is loaded. With new parameters the network guesses, with the loaded ones it is the trained
# network.

# %% [markdown]
# ## The same parameters can answer another question
#
# To see the weights we need a network with the same parameters that returns the weights instead of
# the logits: an *interpreter* of the trained network.
#
# $$\text{classifier: } x \mapsto \mathrm{logits}, \qquad
# \text{reader: } x \mapsto (a_1, \dots, a_T), \qquad \text{same } \theta$$

# %% [markdown]
# ### Exercise 5: the reader (2 points)
#
# Complete `AttentionReader`. It inherits the constructor of `AttentionClassifier`, and with it the
# names and shapes of all parameters; its `forward(x)` takes $(B, T, D)$ and returns the attention
# weights, $(B, T)$.

# %% nbgrader={"grade": false, "grade_id": "attention_reader", "locked": false, "schema_version": 3, "solution": true}
class AttentionReader(AttentionClassifier):
    """The first form, read out: the same parameters, but it returns the weights."""

    def forward(self, x: Tensor) -> Tensor:
        """Utterances (B, T, D) to attention weights (B, T)."""
        ### BEGIN SOLUTION
        states, _ = self.lstm(x)  # (B, T, H)
        return time_weights(states, self.W)  # (B, T)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_attention_reader", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("attention_reader", AttentionReader)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "attention_reader", AttentionReader)
### END HIDDEN TESTS

# %% [markdown]
# Now the reader gets the parameters of the trained network. `evaluating` switches dropout and
# gradients off for a while.

# %% tags=["nbval-ignore-output"]
def read_first(x: Tensor) -> Tensor:
    """The weights (B, T) that the trained first form gives to utterances (B, T, D)."""
    reader = AttentionReader(D, H, K, T)
    reader.load_state_dict(first.state_dict())
    with evaluating(reader):
        return reader(x)


by_length = lengths.argsort(stable=True)
six = by_length[torch.linspace(0, len(x) - 1, 6).long()]  # from the shortest to the longest
six_titles = [f"speaker {labels[i]}, {lengths[i]} frames" for i in six]
plots.attention(x[six], lengths[six], {"first form": read_first(x[six])}, six_titles)
plt.show()

# %% [markdown]
# **What to notice.** Above, the utterance; below, the weight of each step. In the shortest
# utterance most of the weight lies on hatched ground: the network attends to steps at which nobody
# speaks.

# %% [markdown]
# ## A part of the attention falls on the padding
#
# How much is it? For an utterance of length $n$, the *attention mass on padding* is the sum of the
# weights after its end:
#
# $$m = \sum_{i=n+1}^{T} a_i, \qquad 0 \le m \le 1$$

# %% [markdown]
# ### Exercise 6: the mass on the padding (2 points)
#
# Write `padding_mass(weights, lengths)` for weights $(B, T)$ and lengths $(B,)$, whole numbers from
# 1 to $T$. Return the mass on the padding of each utterance, $(B,)$. Counted from 0, the steps `0
# .. length - 1` are real.

# %% nbgrader={"grade": false, "grade_id": "padding_mass", "locked": false, "schema_version": 3, "solution": true}
def padding_mass(weights: Tensor, lengths: Tensor) -> Tensor:
    """The sum (B,) of the weights (B, T) at the steps from `lengths` (B,) on."""
    ### BEGIN SOLUTION
    padding = torch.arange(weights.shape[1]) >= lengths[:, None]  # (T,), (B, 1) -> (B, T)
    return (weights * padding).sum(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_padding_mass", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("padding_mass", padding_mass)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "padding_mass", padding_mass)
### END HIDDEN TESTS

# %% tags=["nbval-ignore-output"]
mass = padding_mass(read_first(x), lengths)  # (370,)
print(f"attention mass on padding, mean over the test set: {mass.mean():.2f}")
plots.padding_mass({"first form": mass}, lengths, T)
plt.show()

# %% [markdown]
# **What to notice.** The shorter the utterance, the more of the attention is spent on nothing. It
# is less than even weights would spend (dotted), so training has learned to look away a little; it
# should not have to.

# %% [markdown]
# ## A mask keeps the padding out
#
# Padding must get the weight 0, and the other weights must sum to 1 without it. A score of
# $-\infty$ does both:
#
# $$s_i \leftarrow -\infty \ \text{ for } i > n
# \quad\Longrightarrow\quad a_i = \frac{e^{-\infty}}{\dots} = 0$$
#
# The last state is repaired too: not $h_T$, which has read the padding, but $h_n$.

# %% [markdown]
# ### Exercise 7: the mask (1 point)
#
# Write `sequence_mask(lengths, T)`: a tensor of truth values $(B, T)$, `True` at the real steps.

# %% nbgrader={"grade": false, "grade_id": "sequence_mask", "locked": false, "schema_version": 3, "solution": true}
def sequence_mask(lengths: Tensor, T: int) -> Tensor:
    """Lengths (B,) to a mask (B, T) of dtype bool, True where a step is real."""
    ### BEGIN SOLUTION
    return torch.arange(T) < lengths[:, None]  # (T,), (B, 1) -> (B, T)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_sequence_mask", "locked": true, "points": 1, "schema_version": 3, "solution": false}
check("sequence_mask", sequence_mask)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "sequence_mask", sequence_mask)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 8: the masked softmax (3 points)
#
# Write `masked_softmax(scores, mask)`: softmax over time of the scores $(B, T)$ at the steps where
# the mask $(B, T)$ is `True`, and exactly 0 elsewhere. Every row has a real step. Scores may be as
# large as 1000, and gradients must flow: set scores aside, do not divide weights afterwards.

# %% nbgrader={"grade": false, "grade_id": "masked_softmax", "locked": false, "schema_version": 3, "solution": true}
def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax (B, T) of scores (B, T) over the steps where the mask (B, T) is True, 0 elsewhere."""
    ### BEGIN SOLUTION
    return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_masked_softmax", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("masked_softmax", masked_softmax)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "masked_softmax", masked_softmax)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 9: the last real state (2 points)
#
# Write `last_states(states, lengths)`: from states $(B, T, H)$ take for each utterance the one at
# step `length - 1`, $(B, H)$.

# %% nbgrader={"grade": false, "grade_id": "last_states", "locked": false, "schema_version": 3, "solution": true}
def last_states(states: Tensor, lengths: Tensor) -> Tensor:
    """From states (B, T, H) the state at the last real step of each utterance, (B, H)."""
    ### BEGIN SOLUTION
    return states[torch.arange(len(states)), lengths - 1]
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_last_states", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("last_states", last_states)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "last_states", last_states)
### END HIDDEN TESTS

# %% [markdown]
# ## Scores should depend on what was heard, not on when
#
# Row $i$ of the first $W$ belongs to step $i$, but speech keeps no timetable:
#
# 1. Take one vector for all steps: $s_i = h_i^\top w$.
# 2. Let it depend on the utterance, whose summary is the last state: $w = W h_n$.
#
# $$s(h_i, h_n) = h_i^\top W h_n = \sum_{j=1}^{H} \sum_{k=1}^{H} h_{i,j} W_{j,k} h_{n,k}, \qquad
# W \in \mathbb{R}^{H \times H}$$
#
# It is linear in each of the two states: a *bilinear form*.

# %%
h_i, h_n = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
W = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
print("h_i W h_n =", (h_i @ W @ h_n).item(), " h_n W h_i =", (h_n @ W @ h_i).item())

# %% [markdown]
# **What to notice.** Entry $(1, 2)$ of $W$ multiplies number 1 of $h_i$ with number 2 of $h_n$: $1
# \cdot 4$. The other way round it is $3 \cdot 2$: the two places of a bilinear form have different
# roles.

# %% [markdown]
# ### Exercise 10: bilinear scores (2 points)
#
# Write `bilinear_scores(states, last, W)` for states $(B, T, H)$, last states $(B, H)$ and $W$ of
# shape $(H, H)$. Return $s_i = h_i^\top W h_n$ for every step, $(B, T)$, without a loop over time.

# %% nbgrader={"grade": false, "grade_id": "bilinear_scores", "locked": false, "schema_version": 3, "solution": true}
def bilinear_scores(states: Tensor, last: Tensor, W: Tensor) -> Tensor:
    """Scores (B, T) of states (B, T, H) against the last state (B, H) by a form W (H, H)."""
    ### BEGIN SOLUTION
    wanted = last @ W.T  # W h_n for each utterance: (B, H)
    return (states @ wanted[:, :, None]).squeeze(2)  # (B, T, H) @ (B, H, 1) -> (B, T)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_bilinear_scores", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("bilinear_scores", bilinear_scores)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "bilinear_scores", bilinear_scores)
### END HIDDEN TESTS

# %% [markdown]
# ### Question 2 (3 points)
#
# Compare the two forms, $s_i = \sum_k h_{i,k} W_{i,k}$ with $W$ of shape $(T, H)$, and $s_i =
# h_i^\top W h_n$ with $W$ of shape $(H, H)$. Name something the first can express and the second
# cannot, and two things the second can express and the first cannot. Why is the first form at a
# loss when the same sound comes three frames later?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_2", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** The first form has a direction of its own for every step: it can prefer step 5
# as such, whatever was heard. The second has one $W$ for all steps: two equal states get equal
# scores wherever they stand, so it knows time only as far as the states do. In turn, its scores
# depend on the utterance as a whole through $h_n$, by products of two states, while the first
# scores each state alone; and it fits any length, while the first has no row for step 30 and learns
# its late rows from few utterances and from padding. If a sound comes three frames later, the first
# form scores it with another row, which has to learn the same thing again; the second form's $W$
# stays the same.
#
# **Rubric.** 1 point: the first can prefer a position, the second cannot. 1 point: two of: compares
# states with each other; depends on the whole utterance; any length; the same rule at all steps. 1
# point: a shift changes the row that is used, so nothing learned at one step carries over to
# another.

# %% [markdown]
# ### Exercise 11: the masked network (4 points)
#
# Complete `MaskedAttentionClassifier(D, H, K)`. Its constructor makes `lstm` and `classifier` as
# before, and `W` of shape $(H, H)$ with small random numbers. `forward(x, lengths)` returns two
# things, the logits $(B, K)$ and the weights $(B, T)$: last real states, bilinear scores, masked
# softmax, context; the classifier reads the context, then the last real state.

# %% nbgrader={"grade": false, "grade_id": "masked_classifier", "locked": false, "schema_version": 3, "solution": true}
class MaskedAttentionClassifier(nn.Module):
    """The second form: bilinear scores against the last real state, and no weight on padding."""

    def __init__(self, D: int, H: int, K: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.W = nn.Parameter(torch.randn(H, H) / H)
        self.classifier = four_layers(2 * H, K)
        ### END SOLUTION

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Utterances (B, T, D) and lengths (B,) to logits (B, K) and weights (B, T)."""
        ### BEGIN SOLUTION
        states, _ = self.lstm(x)  # (B, T, H)
        last = last_states(states, lengths)  # (B, H)
        scores = bilinear_scores(states, last, self.W)  # (B, T)
        weights = masked_softmax(scores, sequence_mask(lengths, x.shape[1]))  # (B, T)
        context = context_vector(weights, states)  # (B, H)
        return self.classifier(torch.cat([context, last], dim=1)), weights  # (B, K), (B, T)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_masked_classifier", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("masked_classifier", MaskedAttentionClassifier)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "masked_classifier", MaskedAttentionClassifier)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 12: train it (4 points)
#
# Make `model`, a `MaskedAttentionClassifier` with our sizes, and train it with `fit` just as the
# first form was trained: same data, same settings, same seed. Keep what `fit` returns as
# `histories["masked bilinear form"]`. The check sends utterances that neither you nor the network
# has seen.

# %% tags=["nbval-ignore-output"] nbgrader={"grade": false, "grade_id": "trained", "locked": false, "schema_version": 3, "solution": true}
### BEGIN SOLUTION
torch.manual_seed(SEED)
model = MaskedAttentionClassifier(D, H, K)
history = fit(model, train, test, epochs=20, batch_size=32, lr=1e-2, seed=SEED)
histories["masked bilinear form"] = history
### END SOLUTION

# %% tags=["nbval-ignore-output"] nbgrader={"grade": true, "grade_id": "test_trained", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("trained", model)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("vowels", "trained", model)
### END HIDDEN TESTS

# %% tags=["nbval-ignore-output"]
for name, network in (("first form", first), ("masked bilinear form", model)):
    print(f"{name:21} test accuracy {accuracy(network, test):.3f}")
plots.curves(histories)
plt.show()

# %% [markdown]
# **What to notice.** Same data, same settings; different are the mask, the last state and the form
# of the scores. Over five seeds, the median test accuracy is 0.957 for the first form (0.946 to
# 0.957) and 0.970 for the masked bilinear form (0.965 to 0.989): 11 mistakes in 370 instead of 16.
# On raw numbers, not standardised, the first form only reaches a median of 0.73.

# %% tags=["nbval-ignore-output"]
with evaluating(model):
    _, weights = model(x, lengths)
both = {"first form": read_first(x[six]), "masked form": weights[six]}
print("largest mass on padding:", padding_mass(weights, lengths).max().item())
plots.attention(x[six], lengths[six], both, six_titles)
plt.show()

# %% [markdown]
# **What to notice.** The masked weights stop where the speech stops. Often they are highest near
# the end, where a state has heard the most. One $W$ serves all steps, so where they are high depends
# on the utterance.

# %% [markdown]
# ## A high weight is not yet a reason
#
# If the weights show what the network relies on, then a frame of high weight must matter more than
# one of low weight. We can try: replace the frame of rank $r$ (1 is the highest weight) by the mean
# frame, and see how much probability $p$ the right speaker loses:
#
# $$\Delta_r = p(x) - p(x \text{ with frame of rank } r \text{ replaced})$$

# %% tags=["nbval-ignore-output"]
everyone = torch.arange(len(x))


def belief(x: Tensor) -> Tensor:
    """The probability (B,) that the trained model gives to the right speaker."""
    with evaluating(model):
        logits, _ = model(x, lengths)  # (B, K)
    return logits.softmax(dim=1)[everyone, labels]


before = belief(x)
with evaluating(model):
    _, weights = model(x, lengths)
ranked = weights.argsort(dim=1, descending=True)  # (B, T): steps by falling weight
drops = []
for rank in range(7):  # every utterance has at least 7 frames
    changed = x.clone()
    changed[everyone, ranked[:, rank]] = 0  # standardised, the mean frame is 0
    drops.append((before - belief(changed)).mean().item())
plots.drops(drops)
plt.show()

# %% [markdown]
# **What to notice.** The frame with the highest weight matters most: the weights do say something.
# But it does not matter much: the right speaker loses a few hundredths of probability on average.
#
# So what if the weights are taken away altogether? The trained network stays as it is; only its
# weights are replaced.

# %% tags=["nbval-ignore-output"]
def accuracy_with(weights: Tensor) -> float:
    """The trained model's test accuracy if its weights were these, (B, T)."""
    with evaluating(model):
        states, _ = model.lstm(x)  # (B, T, H)
        both = [context_vector(weights, states), last_states(states, lengths)]
        logits = model.classifier(torch.cat(both, dim=1))  # (B, 2H) -> (B, K)
    return (logits.argmax(dim=1) == labels).float().mean().item()


with evaluating(model):
    _, weights = model(x, lengths)
even = sequence_mask(lengths, T) / lengths[:, None]  # (B, T): the same weight for every real frame
print(f"its own weights {accuracy_with(weights):.3f}")
print(f"even weights    {accuracy_with(even):.3f}")
print(f"no context      {accuracy_with(0 * even):.3f}")

# %% [markdown]
# **What to notice.** With even weights, even without any context, the accuracy hardly falls. The
# last state has heard the whole utterance and is enough. Trained anew with even weights, a baseline
# that Wiegreffe and Pinter (2019) propose, the network reaches a median of 0.970 over five seeds.

# %% [markdown]
# ### Question 3 (3 points)
#
# What do the attention weights say about how this network decides, and what do they not prove? Use
# the pictures and both experiments. Give one reason why removing a *frame* tests something else
# than the weight of its *state*.

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_3", "locked": false, "points": 3, "schema_version": 3, "solution": true}
# **Model answer.** The weights say exactly one thing: from which states, and in which shares, the
# context was mixed; the mask guarantees that none of it is padding. They are a hint to where the
# network looks: the frame of the highest weight costs the most when replaced. They do not prove
# that these frames are why it decides as it does: the loss is small, even weights or no context
# give almost the same accuracy, because the last state reaches the classifier past the attention;
# so quite different weights go with the same decision. Nor does a state stand for its own frame:
# $h_i$ has read all frames up to $i$, so replacing frame $i$ changes every later state, the last
# one and the weights themselves.
#
# **Rubric.** 1 point: weights are the shares of the context, supported by a picture or the first
# experiment. 1 point: they do not prove a cause, supported by the second experiment (other weights,
# same decisions; the last state bypasses them). 1 point: a state holds all earlier frames, and a
# frame acts on all later states.

# %% [markdown]
# ## What we saw
#
# - Utterances become one tensor by padding, and a network will read padding unless it is told not
#   to.
# - The first form, $W$ of shape $(T, H)$, learns a timetable and spends attention on silence.
# - A mask and a bilinear form $h_i^\top W h_n$ remove both faults, and the test accuracy rises.
# - An interpreter with the same parameters shows the weights. They say what was mixed into the
#   context; whether that decides has to be tested, and here it mostly does not.

# %% [markdown]
# ## Sources
#
# - Data: M. Kudo, J. Toyama, M. Shimbo (1999). Multidimensional curve classification using
#   passing-through regions. *Pattern Recognition Letters* 20 (11-13), 1103-1111. UCI Machine
#   Learning Repository, doi 10.24432/C5NS47, CC BY 4.0.
# - S. Hochreiter, J. Schmidhuber (1997). Long short-term memory. *Neural Computation* 9 (8),
#   1735-1780.
# - D. Bahdanau, K. Cho, Y. Bengio (2015). Neural machine translation by jointly learning to align
#   and translate. *ICLR*.
# - M.-T. Luong, H. Pham, C. D. Manning (2015). Effective approaches to attention-based neural
#   machine translation. *EMNLP*, 1412-1421: the bilinear score is its "general" form, section 3.1.
# - S. Jain, B. C. Wallace (2019). Attention is not explanation. *NAACL-HLT*, 3543-3556.
# - S. Wiegreffe, Y. Pinter (2019). Attention is not not explanation. *EMNLP-IJCNLP*, 11-20.
