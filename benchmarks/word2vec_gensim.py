"""The word vectors of the lecture `reviews` beside gensim's, trained on the same text.

Run ``python benchmarks/word2vec_gensim.py`` in the repository root; ``--write`` puts the table into
``benchmarks/README.md``. gensim is installed into an environment of its own the first time. Both
train on one thread, on the same words of the training reviews, with the same size, window, number
of negatives and subsampling. gensim takes plain gradient steps, word by word; the lecture takes
steps of Adam with 2,048 pairs. What is compared:

- loss: the lecture's loss of the pairs of the dev reviews, with one set of negatives for all;
- neighbours: of how many probe words our nearest word is among gensim's ten nearest, and how many
  of the ten nearest the two share. Two trainings by gensim with different seeds show how much of
  that is chance.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)  # so that this folder's modules have the same names here and in tests
os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch reads it when it is imported

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as nnf  # noqa: E402
from torch import Tensor  # noqa: E402

from benchmarks.grading_rooms import OTTER_HOME  # noqa: E402
from benchmarks.grading_tables import Goal, Section, Spread, insert, machine, table  # noqa: E402
from benchmarks.taught import taught  # noqa: E402
from course_lib.data import reviews  # noqa: E402
from course_lib.lab import words as wordvectors  # noqa: E402
from course_lib.lab.opinions import numbered  # noqa: E402
from course_lib.lab.words import SPECIAL, WordSetting, directions, word_setting  # noqa: E402

README = Path(__file__).with_name("README.md")
HOME = ROOT / ".course" / "gensim-venv"
KEY = "word2vec gensim"
KEEP = 5e-4  # the lecture's threshold of subsampling
NEAR = 10
# The lecture's probe words, and the 500 most frequent after the first 100, which are little words.
PROBES = ["dress", "soft", "large", "itchy", "love", "return", "blue", "cotton", "jeans"]
FREQUENT = range(100, 600)
Shares = tuple[float, float]


@dataclass(frozen=True)
class Vectors:
    """Trained vectors.

    Attributes:
        target: The words' vectors, (V, D).
        context: Their vectors as neighbours, (V, D).
        seconds: Of the training.
    """

    target: Tensor
    context: Tensor
    seconds: float


def install() -> Path:
    """Gensim's own environment, made the first time; its Python."""
    python, installed = HOME / "bin" / "python", HOME / "installed"
    wanted = Path(__file__).with_name("gensim_requirements.txt")
    if installed.is_file() and installed.read_text() == wanted.read_text():
        return python
    print(f"installing gensim into {HOME} (once)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
    pins = str(ROOT / "constraints.txt")
    pip = [str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted), "-c", pins]
    subprocess.run(pip, check=True)
    installed.write_text(wanted.read_text())
    return python


def by_gensim(texts: list[list[str]], words: Sequence[str], how: WordSetting, seed: int) -> Vectors:
    """Train with gensim, in its own environment."""
    arguments = {
        "vector_size": how.D, "window": how.window, "negative": how.M, "epochs": how.epochs,
        "sample": KEEP, "ns_exponent": 0.75, "min_count": 1, "seed": seed,
    }  # fmt: skip
    job = {"texts": texts, "words": list(words), "how": arguments}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "job.json").write_text(json.dumps(job), encoding="utf-8")
        script, out = Path(__file__).with_name("gensim_vectors.py"), Path(folder) / "out.npz"
        # Words are hashed when gensim draws its first vectors: a fixed seed keeps them the same.
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        command = [str(install()), str(script), str(Path(folder) / "job.json"), str(out)]
        subprocess.run(command, check=True, env=environment)
        found = np.load(out)
        target, context = (torch.tensor(found[key]) for key in ("target", "context"))
        return Vectors(target, context, float(found["seconds"]))


class Ours:
    """The lecture's own functions, on the lecture's data."""

    def __init__(self) -> None:
        train, dev = reviews.load("train"), reviews.load("dev")
        self.vocabulary = reviews.vocabulary(train)
        self.cells = taught("reviews", without=["trained", "predictions"], F=nnf)
        self.texts, self.unseen = (numbered(part, self.vocabulary) for part in (train, dev))
        counts = torch.tensor(self.vocabulary.counts, dtype=torch.float64)
        counts[:SPECIAL] = 0
        self.keep = self.cells["keep_probability"](counts, t=KEEP)
        self.negative = self.cells["negative_distribution"](counts)
        chance = torch.Generator().manual_seed(0)
        window = word_setting("classroom").window
        self.pairs = wordvectors.pairs(self.unseen, self.keep, window, chance)
        number = 5 * len(self.pairs[0])
        drawn = torch.multinomial(self.negative, number, replacement=True, generator=chance)
        self.drawn = drawn.view(-1, 5)

    @property
    def known_words(self) -> tuple[list[list[str]], tuple[str, ...]]:
        """The training reviews as words, those unknown left out; and the words themselves."""
        words = self.vocabulary.words
        return [[words[i] for i in text if i >= SPECIAL] for text in self.texts], words[SPECIAL:]

    def train(self, how: WordSetting, seed: int) -> Vectors:
        """Train as the lecture does; both kinds of vectors, without the two special words."""
        start, loss = time.perf_counter(), self.cells["skip_gram_loss"]
        found = wordvectors.fit_vectors(self.texts, self.keep, self.negative, loss, how, seed)
        seconds = time.perf_counter() - start
        return Vectors(found.target[SPECIAL:], found.context[SPECIAL:], seconds)

    def loss(self, vectors: Vectors) -> float:
        """The lecture's loss of the pairs of the dev reviews."""
        centres, neighbours = (part - SPECIAL for part in self.pairs)
        value: Tensor = self.cells["skip_gram_loss"](
            vectors.target[centres],
            vectors.context[neighbours],
            vectors.context[self.drawn - SPECIAL],
        )
        return value.item()


def neighbours(vectors: Vectors, probes: Tensor) -> Tensor:
    """The ten nearest words of each probe word, (probes, 10)."""
    unit = directions(vectors.target)
    cosines = unit[probes] @ unit.T  # (probes, V)
    cosines[torch.arange(len(probes)), probes] = -2.0  # below any cosine
    return cosines.topk(NEAR, dim=1).indices


def agreement(ours: Tensor, yardstick: Tensor) -> Shares:
    """Share of probes whose nearest is among the yardstick's ten; share of the ten in common.

    Args:
        ours: The nearest words of each probe, (probes, 10).
        yardstick: The same by the yardstick.
    """
    among = (ours[:, :, None] == yardstick[:, None, :]).any(dim=2).double()  # (probes, 10)
    return among[:, 0].mean().item(), among.mean().item()


def row(name: str, runs: list[Vectors], losses: list[float], shares: list[Shares]) -> list[str]:
    """One line of the table."""
    return [
        name,
        Spread.of(run.seconds for run in runs).text(1),
        Spread.of(losses).text(3),
        Spread.of(share[0] for share in shares).text(2),
        Spread.of(share[1] for share in shares).text(2),
    ]


def compared(ours: Ours, name: str, how: WordSetting, seeds: int) -> tuple[list[list[str]], Goal]:
    """Train both in turn with every seed; two lines of the table, and the goal."""
    texts, words = ours.known_words
    probes = torch.tensor([*(words.index(word) for word in PROBES), *FREQUENT])
    lecture: list[Vectors] = []
    gensim: list[Vectors] = []
    for seed in range(1, seeds + 1):
        lecture.append(ours.train(how, seed))
        gensim.append(by_gensim(texts, words, how, seed))
        seconds = f"{lecture[-1].seconds:.1f} s, gensim {gensim[-1].seconds:.1f} s"
        print(f"{name}, seed {seed}: lecture {seconds}", file=sys.stderr, flush=True)
    other = by_gensim(texts, words, how, seeds + 1)
    near = [neighbours(run, probes) for run in gensim]
    found = [
        agreement(neighbours(run, probes), place) for run, place in zip(lecture, near, strict=True)
    ]
    by_itself = [agreement(neighbours(other, probes), place) for place in near]
    rows = [
        row(f"lecture, {name}", lecture, [ours.loss(run) for run in lecture], found),
        row(f"gensim, {name}", gensim, [ours.loss(run) for run in gensim], by_itself),
    ]
    shares = Spread.of(share[0] for share in found)
    what = f"Probe words whose nearest is among gensim's ten, {name}"
    return rows, Goal(what, shares, 0.5, at_least=True)


def measured(seeds: int) -> Section:
    """The table: the lecture's two settings, each beside gensim in the same setting."""
    ours = Ours()
    header = ["training", "s", "loss on dev", "nearest among gensim's ten", "of ten shared"]
    rows: list[list[str]] = []
    goals: list[Goal] = []
    for name in ("classroom", "full"):
        lines, goal = compared(ours, name, word_setting(name), seeds)
        rows += lines
        goals.append(goal)
    about = (
        f"{len(PROBES) + len(FREQUENT)} probe words, {seeds} seeds. The lines of "
        "gensim compare it with another training of its own"
    )
    return Section(KEY, about, [table(header, rows)], goals)


def main() -> int:
    """Measure; 1 if most probe words have other neighbours."""
    parser = argparse.ArgumentParser(description="The lecture's word vectors beside gensim's.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    section = measured(options.seeds)
    text = section.markdown(machine(OTTER_HOME / "bin" / "python"))
    print(text)
    if options.write:
        README.write_text(insert(README.read_text(), KEY, text))
    return int(not all(goal.met for goal in section.goals))


if __name__ == "__main__":
    sys.exit(main())
