"""The five exercises as first taught: networks and loops rewritten after their worksheets.

Each loop is slow or blind in the way that its worksheet was, and the lecture's answer to it is what
`benchmarks/training.py` measures: single examples instead of batches, steps that fill up a batch
read like real ones, attention heads that are never trained. No code of the worksheets is used.

Letters in shapes: B batch, T time, D feature, H hidden, K classes, N heads, V vocabulary.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.data import surnames
from course_lib.data.addition import Additions
from course_lib.data.vowels import VowelDataset
from course_lib.lab.training import whole


class AdditionNetwork(nn.Module):
    """An LSTM of 100 units with softmax attention over its states."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 100, batch_first=True)
        self.score = nn.Linear(100, 1)
        self.readout = nn.Linear(100, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Sequences (B, T) to answers (B,) and weights (B, T)."""
        states, _ = self.lstm(x[:, :, None])  # (B, T, H)
        weights = self.score(states).squeeze(2).softmax(dim=1)  # (B, T)
        context = (weights[:, :, None] * states).sum(dim=1)  # (B, H)
        return self.readout(context).squeeze(1), weights


def addition(train: Additions, epochs: int, seed: int) -> AdditionNetwork:
    """Batches of 32, Adam with its usual rate, the mean squared error."""
    torch.manual_seed(seed)
    model = AdditionNetwork()
    optimiser = torch.optim.Adam(model.parameters())
    for _ in range(epochs):
        for batch in torch.randperm(len(train)).split(32):
            optimiser.zero_grad()
            F.mse_loss(model(train.x[batch])[0], train.sums[batch]).backward()
            optimiser.step()
    return model


class VowelNetwork(nn.Module):
    """Scores from a matrix of one row for each step, softmax over all steps, padding included."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.W = nn.Parameter(torch.randn(T, H) / H**0.5)
        self.out = nn.Linear(2 * H, K)

    def forward(self, x: Tensor) -> Tensor:
        """Padded utterances (B, T, D) to logits (B, K)."""
        states, _ = self.lstm(x)  # (B, T, H)
        weights = (states * self.W).softmax(dim=1)  # (B, T, H)
        context = (weights * states).sum(dim=1)  # (B, H)
        return self.out(torch.cat([context, states[:, -1]], dim=1))


def vowels(train: VowelDataset, H: int, K: int, seed: int) -> VowelNetwork:
    """Thirty epochs of batches of 4, raw input, Adam with its usual rate."""
    torch.manual_seed(seed)
    x, _, labels = whole(train)
    model = VowelNetwork(x.shape[2], H, K, x.shape[1])
    optimiser = torch.optim.Adam(model.parameters())
    for _ in range(30):
        for batch in torch.randperm(len(x)).split(4):
            optimiser.zero_grad()
            F.cross_entropy(model(x[batch]), labels[batch]).backward()
            optimiser.step()
    return model


class SurnameNetwork(nn.Module):
    """A plain recurrent cell that is called for one letter of one name."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(V + H, H)
        self.out = nn.Linear(H, K)

    def forward(self, letters: Tensor) -> Tensor:
        """One name (T, V) to log-probabilities (1, K)."""
        h = letters.new_zeros(1, self.out.in_features)
        for letter in letters:
            h = torch.tanh(self.hidden(torch.cat([letter[None], h], dim=1)))
        return self.out(h).log_softmax(dim=1)


def surname_accuracy(model: SurnameNetwork, names: surnames.Surnames) -> float:
    """The share of the names that the network gets right, 0..1."""
    with torch.no_grad():
        guesses = [int(model(surnames.encode(name)).argmax()) for name in names.names]
    return sum(map(int.__eq__, guesses, names.labels.tolist())) / len(guesses)


def surname(train: surnames.Surnames, steps: int, seed: int) -> SurnameNetwork:
    """Single names, a language drawn before the name, plain gradient descent."""
    torch.manual_seed(seed)
    drawn = random.Random(seed)
    K = len(surnames.LANGUAGES)
    model = SurnameNetwork(len(surnames.CHARACTERS), 128, K)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.005)
    by_language: list[list[str]] = [[] for _ in range(K)]
    for name, language in train.pairs:
        by_language[language].append(name)
    for _ in range(steps):
        language = drawn.randrange(K)
        letters = surnames.encode(drawn.choice(by_language[language]))
        optimiser.zero_grad()
        F.nll_loss(model(letters), torch.tensor([language])).backward()
        optimiser.step()
    return model


class ReviewNetwork(nn.Module):
    """Four heads over the vectors of a review; their matrix is no parameter, so it stays random."""

    def __init__(self, vectors: Tensor, N: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False)
        self.heads = torch.randn(N, vectors.shape[1])
        self.out = nn.Linear(N * vectors.shape[1], 1)

    def forward(self, ids: Tensor) -> Tensor:
        """The numbers of one review's words (T,) to a probability ()."""
        E = self.embedding(ids)  # (T, D)
        weights = (E @ self.heads.T).softmax(dim=0)  # (T, N)
        return torch.sigmoid(self.out((weights.T @ E).flatten())).squeeze()


def reviews(
    texts: Sequence[Tensor], labels: Tensor, vectors: Tensor, epochs: int, seed: int
) -> ReviewNetwork:
    """Single reviews, vectors fine-tuned, AdamW with its usual rate."""
    torch.manual_seed(seed)
    model = ReviewNetwork(vectors, N=4)
    optimiser = torch.optim.AdamW(model.parameters())
    for _ in range(epochs):
        for index in torch.randperm(len(texts)).tolist():
            optimiser.zero_grad()
            F.binary_cross_entropy(model(texts[index]), labels[index]).backward()
            optimiser.step()
    return model


class FilmNetwork(nn.Module):
    """One encoder layer whose attention and mean read the filled-up steps like words."""

    def __init__(self, V: int, D: int, N: int, T: int) -> None:
        super().__init__()
        self.N = N
        self.embedding = nn.Embedding(V, D)
        self.position = nn.Parameter(torch.zeros(T, D))
        self.query, self.key, self.value, self.mixed = (nn.Linear(D, D) for _ in range(4))
        self.before, self.after = nn.LayerNorm(D), nn.LayerNorm(D)
        self.inner, self.outer = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)
        self.out = nn.Linear(D, 2)

    def forward(self, ids: Tensor) -> Tensor:
        """Numbers of words (B, T) to logits (B, 2)."""
        x = self.embedding(ids) + self.position  # (B, T, D)
        heads = []
        parts = (part(x).chunk(self.N, dim=2) for part in (self.query, self.key, self.value))
        for q, k, v in zip(*parts, strict=True):  # one head after the other
            weights = (q @ k.transpose(1, 2) / q.shape[2] ** 0.5).softmax(dim=2)
            heads.append(weights @ v)
        x = self.before(x + self.mixed(torch.cat(heads, dim=2)))
        x = self.after(x + self.outer(self.inner(x).relu()))
        return self.out(x.mean(dim=1))


def imdb(ids: Tensor, labels: Tensor, V: int, epochs: int, seed: int) -> FilmNetwork:
    """Reviews (n, T) all of one length, batches of 32, Adam with its usual rate."""
    torch.manual_seed(seed)
    model = FilmNetwork(V, 64, 4, ids.shape[1])
    optimiser = torch.optim.Adam(model.parameters())
    for _ in range(epochs):
        for batch in torch.randperm(len(ids)).split(32):
            optimiser.zero_grad()
            F.cross_entropy(model(ids[batch]), labels[batch]).backward()
            optimiser.step()
    return model
