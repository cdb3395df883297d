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
# # Attention that copies
#
# Attention can look things up: told a place, it puts its weight there, and what comes out is a copy.
#
# After this you can
#
# - write attention whose scores depend on places instead of contents;
# - say why soft weights can be trained and still come close to a hard choice.
#
# Time: about 15 minutes. Points: 3, of which 2 are checked by code and 1 is for a written answer.

# %%
import torch
from torch import Tensor

from course_lib.lab import visible

check = visible.checker("copy")

# %% [markdown]
# ## A place is a number, and scores fall off around it
#
# Values $v_1, \dots, v_T$ lie in a row. Each of $L$ readers of a sequence has a place $p_l$, counted
# from 0, where it wants to look. The score of step $t$ falls with the square of the distance, and
# the *sharpness* $\kappa$ says how fast:
#
# $$s_{l,t} = -\kappa\,(t - p_l)^2, \qquad a_{l,t} = \frac{e^{s_{l,t}}}{\sum_{j} e^{s_{l,j}}},
# \qquad c_l = \sum_{t} a_{l,t} v_t$$

# %%
distance = torch.arange(5) - 2.0  # (T,): T = 5 steps seen from place 2
for sharpness in (0.1, 1.0, 10.0):
    print(sharpness, (-sharpness * distance**2).softmax(dim=0).round(decimals=3).tolist())

# %% [markdown]
# **What to notice.** The weights are highest at place 2 and alike on both sides of it; the sharper,
# the less is left for the neighbours.

# %% [markdown]
# ### Exercise 1: the weights (2 points)
#
# Write `copy_weights(positions, T, sharpness)`: for places $(B, L)$, a number of steps and a
# sharpness return the weights, $(B, L, T)$.

# %% nbgrader={"grade": false, "grade_id": "copy_weights", "locked": false, "schema_version": 3, "solution": true}
def copy_weights(positions: Tensor, T: int, sharpness: float) -> Tensor:
    """Attention weights (B, L, T) of readers at positions (B, L), softmax over the T steps."""
    ### BEGIN SOLUTION
    distances = torch.arange(T) - positions[:, :, None]  # (T,) - (B, L, 1) -> (B, L, T)
    return (-sharpness * distances**2).softmax(dim=2)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_copy_weights", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("copy_weights", copy_weights)
### BEGIN HIDDEN TESTS
from course_lib.answers import grade; grade("copy", "copy_weights", copy_weights)
### END HIDDEN TESTS

# %% [markdown]
# ## Sharp attention copies, in any order
#
# Readers that ask for the last place first turn a sequence round:
#
# $$p_l = L - 1 - l \quad\Rightarrow\quad c_l \approx v_{L-1-l}$$

# %%
values = torch.tensor([[3.0, 1.0, 4.0, 1.0, 5.0]])  # (B, T)
places = torch.arange(4.0, -1.0, -1.0)[None]  # (B, L): 4, 3, 2, 1, 0
for sharpness in (0.1, 1.0, 10.0):
    copied = copy_weights(places, 5, sharpness) @ values[:, :, None]  # (B, L, 1)
    print(sharpness, copied[0, :, 0].round(decimals=2).tolist())

# %% [markdown]
# **What to notice.** With sharpness 10 the sequence comes out backwards, number by number; with 0.1
# each number is blurred by its neighbours.

# %% [markdown]
# ### Question 1 (1 point)
#
# Why can a network learn the places $p_l$ with these weights, but not with weights that are exactly
# 1 at the nearest step and 0 elsewhere?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question_1", "locked": false, "points": 1, "schema_version": 3, "solution": true}
# **Model answer.** The soft weights change a little when $p_l$ does, so the loss has a gradient that
# says in which direction to move. Hard weights stay the same until another step becomes the nearest
# one: their gradient is 0 everywhere else, and nothing is learnt.
#
# **Rubric.** 1 point: the hard weights have no useful gradient with respect to $p_l$.

# %% [markdown]
# ## What we saw
#
# - Scores may come from places as well as from contents; the rest of attention stays the same.
# - A softmax of sharp scores comes as close to a choice as one likes, and can be trained.
#
# Source: A. Graves, G. Wayne, I. Danihelka (2014). *Neural Turing machines.* arXiv:1410.5401, section
# 3.3, moves such a focus from place to place.
