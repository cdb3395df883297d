"""The demo class of the lecture `addition`; see `course_lib.answers.demo.vowels` for the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_lib.answers.demo.vowels import Answers, blank

_IN_ANOTHER_STYLE: Answers = {
    "addends": """
def addends(x):
    position = x.argmin(dim=1, keepdim=True)
    return torch.arange(x.shape[1]) < position
""",
    "attention_weights": """
def attention_weights(states, w):
    scores = torch.einsum("bth,h->bt", states, w)
    raised = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
    return raised / raised.sum(dim=-1, keepdim=True)
""",
    "weighted_sum": """
def weighted_sum(weights, values):
    return torch.bmm(weights.unsqueeze(1), values).squeeze(1)
""",
    "squared_error": """
def squared_error(weights, mask):
    return torch.where(mask, 1 - weights, weights).square().mean(dim=-1)
""",
    "overlap": """
def overlap(weights, mask):
    lit = (2 * weights >= weights.max(dim=1, keepdim=True).values).float()
    both = (lit * mask).sum(dim=1)
    return both / (lit.sum(dim=1) + mask.sum(dim=1) - both)
""",
    "mass": """
def mass(weights, where):
    rows = zip(weights, where, strict=True)
    return torch.stack([row[there].sum() / row.sum() for row, there in rows])
""",
    "before": """
def before(attention):
    still_to_come = attention.flip(1).cumsum(dim=1).flip(1)
    return still_to_come - attention
""",
    "moved": """
def moved(x, steps):
    here = torch.nn.functional.one_hot(steps, x.shape[1]).bool()
    return torch.where(here, torch.where(x < 0.5, x + 0.5, x - 0.5), x)
""",
}

_SOFTMAX_OVER_BATCH: Answers = {
    "attention_weights": """
def attention_weights(states, w):
    return (states @ w).softmax(dim=0)
""",
}

_DELIMITER_INCLUDED: Answers = {
    "before": """
def before(attention):
    return 1 - attention.cumsum(dim=1) + attention
""",
}

_GATES_NORMALISED: Answers = {
    "variant": """
class Variant(Adder):
    def __init__(self, H, values, weighing):
        super().__init__(H)
        self.values = values
        self.weighing = weighing
        if values == "inputs":
            self.readout = nn.Linear(1, 1)
            nn.init.ones_(self.readout.weight)
            nn.init.zeros_(self.readout.bias)

    def forward(self, x):
        states, _ = self.lstm(x[:, :, None])
        weights = attention_weights(states, self.w)
        if self.weighing == "gates":
            gates = (states @ self.w).sigmoid()
            weights = gates / gates.sum(dim=1, keepdim=True)
        total = weighted_sum(weights, states if self.values == "states" else x[:, :, None])
        if self.weighing == "mean x count":
            total = total * addends(x).sum(dim=1, keepdim=True)
        return self.readout(total).squeeze(1), weights
""",
}

_UNTRAINED: Answers = {
    "finder_trained": """
torch.manual_seed(SEED)
finder = Finder(32)
found_maps = progress
""",
}

ANSWERS: dict[str, Answers] = {
    "perfect": {},
    "perfect_in_another_style": _IN_ANOTHER_STYLE,
    "softmax_over_batch": _SOFTMAX_OVER_BATCH,
    "delimiter_included": _DELIMITER_INCLUDED,
    "gates_normalised": _GATES_NORMALISED,
    "untrained_model": _UNTRAINED,
}

# One line of each given cell that is an experiment without points: see `course_lib.grading.demo`.
EXPERIMENTS = (
    "variants = {",
    "if results:",
)

# Who differs from the taught solution in the notebook itself; True: starts from the blank release.
TAMPER: dict[str, tuple[Callable[[Any], None], bool]] = {"blank": (blank, True)}
