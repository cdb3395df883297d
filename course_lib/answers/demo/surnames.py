"""The demo class of the lecture `surnames`.

Each student starts from the taught solution and is named for a fate; `ANSWERS` gives, by grade id,
the cells in which the student differs. `TAMPER` changes the notebook itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Answers = dict[str, str]

_IN_ANOTHER_STYLE: Answers = {
    "with_noise": """
import random

def with_noise(names, noise_level, seed):
    source = random.Random(seed)
    noised = []
    for name in names:
        noised.append(name + "".join(source.choices(PUNCTUATION, k=source.randint(0, noise_level))))
    return noised
""",
    "rnn_step": """
def rnn_step(x, h, U, W, b):
    return torch.tanh(nn.functional.linear(x, U, b) + nn.functional.linear(h, W))
""",
    "rnn_states": """
def rnn_states(x, U, W, b):
    states = [x.new_zeros(len(b))]
    for part in x @ U.T + b:
        states.append(torch.tanh(part + W @ states[-1]))
    return torch.stack(states[1:])
""",
    "log_softmax": """
def log_softmax(scores):
    return scores - torch.logsumexp(scores, dim=-1, keepdim=True)
""",
    "rnn_last": """
def rnn_last(x, lengths, U, W, b):
    h, states = x.new_zeros(len(x), len(b)), []
    for letter in x.unbind(dim=1):
        h = rnn_step(letter, h, U, W, b)
        states.append(h)
    return torch.stack(states, dim=1)[torch.arange(len(x)), lengths - 1]
""",
    "gru_step": """
def gru_step(x, h, W_ih, W_hh, b_ih, b_hh):
    new = torch.gru_cell(torch.atleast_2d(x), torch.atleast_2d(h), W_ih, W_hh, b_ih, b_hh)
    return new.reshape(h.shape)
""",
    "gru_classifier": """
from torch.nn.utils.rnn import pack_padded_sequence

class GRUClassifier(nn.Module):
    def __init__(self, V, H, K):
        super().__init__()
        self.gru = nn.GRU(V, H, batch_first=True)
        self.out = nn.Linear(H, K)

    def forward(self, x, lengths=None):
        if lengths is None:
            return self(x[None], torch.tensor([len(x)]))[0]
        _, last = self.gru(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
        return torch.log_softmax(self.out(last[0]), dim=1)
""",
    "confusion_matrix": """
def confusion_matrix(labels, guesses, K):
    return torch.bincount(labels * K + guesses, minlength=K * K).reshape(K, K)
""",
}

# Who is in a hurry compares by one seed; the pictures are no part of the score.
_ONE_SEED = "SEEDS = range(1)\n"
_NOISE = """
def with_noise(names, noise_level, seed):
    chance = torch.Generator().manual_seed(seed)
    noised = []
    for name in names:
        number = torch.randint(noise_level + 1, (1,), generator=chance).item()
        places = torch.randint(len(PUNCTUATION), (number,), generator=chance)
        noised.append(name + "".join(PUNCTUATION[place] for place in places))
    return noised
"""

_ATTENTION = """
class AttentionClassifier(nn.Module):
    def __init__(self, V, H, K):
        super().__init__()
        self.gru = nn.GRU(V, H, batch_first=True)
        self.score = nn.Linear(H, 1)
        self.out = nn.Linear(H, K)

    def forward(self, x, lengths=None):
        states, _ = self.gru(x)
        e = self.score(states).squeeze(-1)
{weigh}
        c = (alpha[..., None] * states).sum(dim=-2)
        return log_softmax(self.out(c)), alpha
"""

_PADDING_READ: Answers = {
    "with_noise": _ONE_SEED + _NOISE,
    "rnn_last": """
def rnn_last(x, lengths, U, W, b):
    h = x.new_zeros(len(x), len(b))
    for letter in x.unbind(dim=1):
        h = rnn_step(letter, h, U, W, b)
    return h
""",
    "gru_classifier": """
class GRUClassifier(nn.Module):
    def __init__(self, V, H, K):
        super().__init__()
        self.gru = nn.GRU(V, H, batch_first=True)
        self.out = nn.Linear(H, K)

    def forward(self, x, lengths=None):
        states, _ = self.gru(x)
        return log_softmax(self.out(states[..., -1, :]))
""",
    "attention_classifier": _ATTENTION.format(weigh="        alpha = e.softmax(dim=-1)"),
}

_SOFTMAX_OVER_BATCH: Answers = {
    "with_noise": _ONE_SEED + _NOISE,
    "attention_classifier": _ATTENTION.format(
        weigh="""        if lengths is not None:
            e = e.masked_fill(torch.arange(x.shape[1]) >= lengths[:, None], -torch.inf)
        alpha = e.softmax(dim=0)"""
    ),
}

_UNTRAINED: Answers = {
    "with_noise": _ONE_SEED + _NOISE,
    "trained": """
torch.manual_seed(SEED)
model = AttentionClassifier(V, H, K)
history = histories["GRU + attention", 0][0]
""",
}

_CELL_FOR_STATE: Answers = {
    "with_noise": _ONE_SEED + _NOISE,
    "log_softmax": """
def log_softmax(scores):
    return scores.softmax(dim=-1).log()
""",
    "lstm_classifier": """
class LSTMClassifier(nn.Module):
    def __init__(self, V, H, K, layers):
        super().__init__()
        self.lstm = nn.LSTM(V, H, num_layers=layers, batch_first=True)
        self.out = nn.Linear(H, K)

    def forward(self, x, lengths=None):
        if lengths is None:
            return self(x[None], torch.tensor([len(x)]))[0]
        pack = nn.utils.rnn.pack_padded_sequence
        _, (hidden, cell) = self.lstm(pack(x, lengths, batch_first=True, enforce_sorted=False))
        return log_softmax(self.out(cell[-1]))
""",
}

ANSWERS: dict[str, Answers] = {
    "perfect": {},
    "perfect_in_another_style": _IN_ANOTHER_STYLE,
    "padding_read": _PADDING_READ,
    "softmax_over_batch": _SOFTMAX_OVER_BATCH,
    "untrained_model": _UNTRAINED,
    "cell_for_state": _CELL_FOR_STATE,
}


def blank(nb: Any) -> None:
    """The student wrote nothing."""


# One line of each given cell that is an experiment without points: see `course_lib.grading.demo`.
EXPERIMENTS = (
    "trained, histories = {}, {}  # by model and noise level, one for each seed",
    "for (name, noise_level), runs in histories.items():",
    "chosen = [1, 40, 75, 95, 130, 165]  # held-out names of different languages",
    "mass = {}",
    "for layers in (1, 2):",
    "train = as_data(train_small, 0)",
)

# Who differs from the taught solution in the notebook itself; True: starts from the blank release.
TAMPER: dict[str, tuple[Callable[[Any], None], bool]] = {"blank": (blank, True)}
