"""The demo class of the lecture `imdb`.

Each student starts from the taught solution and is named for a fate; `ANSWERS` gives, by grade id,
the cells in which the student differs. `TAMPER` changes the notebook itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Answers = dict[str, str]

_POST_NORM: Answers = {
    "layer": """
class EncoderLayer(nn.Module):
    def __init__(self, D, N, F):
        super().__init__()
        self.self_attn = MultiHeadAttention(D, N)
        self.linear1 = nn.Linear(D, F)
        self.linear2 = nn.Linear(F, D)
        self.norm1 = nn.LayerNorm(D)
        self.norm2 = nn.LayerNorm(D)

    def forward(self, x, mask):
        seen, weights = self.self_attn(x, mask)
        x = self.norm1(x + seen)
        return self.norm2(x + self.linear2(self.linear1(x).relu())), weights
""",
}

_UNTRAINED: Answers = {
    "trained": """
torch.manual_seed(SEED)
model = EncoderClassifier(V, D, N, F, L)
""",
}

ANSWERS: dict[str, Answers] = {
    "perfect": {},
    "post_norm": _POST_NORM,
    "untrained_model": _UNTRAINED,
}


def blank(nb: Any) -> None:
    """The student wrote nothing."""


# One line of each given cell that is an experiment without points: see `course_lib.grading.demo`.
EXPERIMENTS = (
    "reader = LSTMClassifier(V, 32, 32)",
    "shuffled = films.shuffle(ids, SEED)",
    "some = ids[:300]  # test reviews",
)

# Who differs from the taught solution in the notebook itself; True: starts from the blank release.
TAMPER: dict[str, tuple[Callable[[Any], None], bool]] = {"blank": (blank, True)}
