"""The demo class of the lecture `vowels`.

Each student starts from the taught solution and is named for a fate; `ANSWERS` gives, by grade id,
the cells in which the student differs. `TAMPER` changes the notebook itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Answers = dict[str, str]

_IN_ANOTHER_STYLE: Answers = {
    "pad_sequences": """
def pad_sequences(utterances, T):
    padded = [torch.cat([u, u.new_zeros(T - len(u), u.shape[1])]) for u in utterances]
    return torch.stack(padded)
""",
    "time_weights": """
def time_weights(states, W):
    scores = torch.einsum("bth,th->bt", states, W)
    raised = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
    return raised / raised.sum(dim=-1, keepdim=True)
""",
    "context_vector": """
def context_vector(weights, states):
    return torch.bmm(weights.unsqueeze(1), states).squeeze(1)
""",
    "padding_mass": """
def padding_mass(weights, lengths):
    rows = zip(weights, lengths.tolist(), strict=True)
    return torch.stack([row[n:].sum() for row, n in rows])
""",
    "sequence_mask": """
def sequence_mask(lengths, T):
    mask = torch.zeros(len(lengths), T, dtype=torch.bool)
    for row, n in zip(mask, lengths.tolist(), strict=True):
        row[:n] = True
    return mask
""",
    "masked_softmax": """
def masked_softmax(scores, mask):
    lowest = torch.full_like(scores, float("-inf"))
    return nn.functional.softmax(torch.where(mask, scores, lowest), dim=-1)
""",
    "last_states": """
def last_states(states, lengths):
    index = (lengths - 1).view(-1, 1, 1).expand(-1, 1, states.shape[2])
    return states.gather(1, index).squeeze(1)
""",
    "bilinear_scores": """
def bilinear_scores(states, last, W):
    return torch.einsum("bti,ij,bj->bt", states, W, last)
""",
}

_SOFTMAX_OVER_BATCH: Answers = {
    "time_weights": """
def time_weights(states, W):
    return (states * W).sum(dim=2).softmax(dim=0)
""",
}

_PADDING_ATTENDED: Answers = {
    "masked_softmax": """
def masked_softmax(scores, mask):
    return scores.softmax(dim=1)
""",
}

_UNTRAINED: Answers = {
    "trained": """
torch.manual_seed(SEED)
model = MaskedAttentionClassifier(D, H, K)
histories["masked bilinear form"] = histories["first form"]
""",
}

_INFINITE_LOOP: Answers = {
    "padding_mass": """
step = 0
while step < T:
    total = torch.zeros(B)


def padding_mass(weights, lengths):
    return total
""",
}

_NOISY = """
import sys
import warnings
from tqdm import tqdm

print("loading ...", file=sys.stderr)
warnings.warn("this is only a warning")
for _ in tqdm(range(3)):
    sys.stderr.write("working ")
"""

_THIEF: Answers = {
    "pad_sequences": """
import glob, importlib, os, sys

for root in ("/", "..", "../..", "/home", "/root", "/tmp", os.path.dirname(torch.__file__)):
    sys.path.append(root)
stolen = {}
for name in ("pad_sequences", "time_weights", "context_vector", "masked_softmax"):
    try:
        oracle = importlib.import_module("course_lib.answers.reference.vowels")
        stolen[name] = getattr(oracle, name)
    except ImportError:
        stolen[name] = lambda *args: None
for root in ("..", "/home", "/course", "/srv", "/mnt", "/media"):
    for name in ("source/vowels/*.ipynb", "answers/**/*.py", "gradebook.db", "vowels.ipynb"):
        for path in glob.glob(f"{root}/**/{name}", recursive=True):
            try:
                exec(open(path).read())
            except Exception as error:
                print(path, error)
pad_sequences = stolen["pad_sequences"]
""",
    "time_weights": 'time_weights = stolen["time_weights"]',
    "context_vector": 'context_vector = stolen["context_vector"]',
    "masked_softmax": 'masked_softmax = stolen["masked_softmax"]',
}

_FORGER: Answers = {
    "pad_sequences": """
import builtins, course_lib.lab.check, course_lib.lab.serve, course_lib.lab.wire

yes = lambda *args, **kwargs: True
torch.allclose = torch.equal = torch.Tensor.allclose = torch.Tensor.equal = yes
course_lib.lab.check.close = course_lib.lab.check.compare = yes
full = course_lib.lab.check.Verdict("pad_sequences", 2, 2)
course_lib.lab.check.Check.run = lambda *args: full
get_ipython().showtraceback = lambda *args, **kwargs: None
check = lambda *args: print("✓ all points")
pad_sequences = lambda utterances, T: full
""",
    "time_weights": "time_weights = lambda states, W: type('Any', (), {'__eq__': yes})()",
    "context_vector": """
genuine = course_lib.lab.serve.serve
course_lib.lab.serve.serve = lambda *args: course_lib.lab.wire.dumps({"answer": "2.0"})
context_vector = None
""",
    "masked_softmax": "course_lib.lab.serve.serve = genuine\nmasked_softmax = lambda s, m: m * 1.0",
}

ANSWERS: dict[str, Answers] = {
    "perfect": {},
    "perfect_in_another_style": _IN_ANOTHER_STYLE,
    "softmax_over_batch": _SOFTMAX_OVER_BATCH,
    "padding_attended": _PADDING_ATTENDED,
    "untrained_model": _UNTRAINED,
    "infinite_loop": _INFINITE_LOOP,
    "thief": _THIEF,
    "forger": _FORGER,
}


def blank(nb: Any) -> None:
    """The student wrote nothing."""


def crash_in_the_last_cell(nb: Any) -> None:
    """The last code cell ends the kernel."""
    _code_cells(nb)[-1].source = "import os\nos._exit(1)"


def test_cells_deleted(nb: Any) -> None:
    """The student removed every test cell."""
    nb.cells = [cell for cell in nb.cells if not _is_test(cell)]


def noisy_stderr(nb: Any) -> None:
    """Warnings and progress bars in every solution cell."""
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source += "\n" + _NOISY


def skips_execution(nb: Any) -> None:
    """Nothing is written, and every test cell is tagged so that stock graders skip it."""
    for cell in nb.cells:
        if _is_test(cell):
            cell.metadata["tags"] = ["skip-execution", "raises-exception"]


# Who differs from the taught solution in the notebook itself; True: starts from the blank release.
TAMPER: dict[str, tuple[Callable[[Any], None], bool]] = {
    "blank": (blank, True),
    "crash_in_the_last_cell": (crash_in_the_last_cell, False),
    "test_cells_deleted": (test_cells_deleted, False),
    "noisy_stderr": (noisy_stderr, False),
    "skips_execution": (skips_execution, True),
}


def _is_test(cell: Any) -> bool:
    meta = cell.metadata.get("nbgrader", {})
    return bool(meta.get("grade")) and not meta.get("solution")


def _code_cells(nb: Any) -> list[Any]:
    return [cell for cell in nb.cells if cell.cell_type == "code"]
