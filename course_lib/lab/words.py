"""Word vectors by skip-gram with negative sampling: the loop, and what is done with the vectors.

The loss and the two distributions are the student's own functions; the loop only draws and steps.
Source: T. Mikolov et al. (2013), Distributed representations of words and phrases and their
compositionality, NeurIPS.

Letters in shapes: V words, D numbers of a vector, P pairs, B pairs of a step, M negatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from course_lib.data.text import Vocabulary

SPECIAL = 2  # words 0 and 1, padding and unknown, take no part
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class WordSetting:
    """How word vectors are trained.

    Attributes:
        D: Numbers of a vector.
        window: How far away a neighbour may be, in words that were kept.
        M: Negatives of each pair.
        epochs: Passes over the reviews.
        batch_size: Pairs of a step.
        lr: Learning rate of Adam at the start; it falls to a tenth.
    """

    D: int = 50
    window: int = 4
    M: int = 5
    epochs: int = 1
    batch_size: int = 2048
    lr: float = 1e-2


def word_setting(size: str) -> WordSetting:
    """The setting "classroom", some seconds, or "full", some minutes.

    Raises:
        KeyError: There is no such setting.
    """
    full = WordSetting(D=100, window=5, M=10, epochs=4)
    return {"classroom": WordSetting(), "full": full}[size]


def pairs(
    texts: Sequence[Sequence[int]], keep: Tensor, window: int, chance: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw the pairs of one pass: each kept word with each of its neighbours.

    Args:
        texts: Reviews, as numbers of words.
        keep: With what probability an occurrence of each word is kept, (V,).
        window: The farthest neighbour; how far one word looks is drawn from 1 to `window`.
        chance: What is drawn comes from here.

    Returns:
        Words and their neighbours, (P,) int64 each, in the order of the texts.
    """
    words = torch.tensor([word for text in texts for word in text])
    review = torch.arange(len(texts)).repeat_interleave(torch.tensor([len(t) for t in texts]))
    kept = (words >= SPECIAL) & (torch.rand(len(words), generator=chance) < keep[words])
    words, review = words[kept], review[kept]
    reach = torch.randint(1, window + 1, (len(words),), generator=chance)
    found: list[tuple[Tensor, Tensor]] = []
    for distance in range(1, min(window, len(words) - 1) + 1):
        left, right = words[:-distance], words[distance:]
        together = review[:-distance] == review[distance:]
        ahead = together & (reach[:-distance] >= distance)
        back = together & (reach[distance:] >= distance)
        found += [(left[ahead], right[ahead]), (right[back], left[back])]
    centres, neighbours = zip(*found, strict=True) if found else ((words[:0],), (words[:0],))
    return torch.cat(centres), torch.cat(neighbours)


@dataclass(frozen=True)
class WordVectors:
    """What a training of word vectors ends with.

    Attributes:
        target: Each word's vector when it is the word, (V, D): the one that is used afterwards.
        context: Its vector when it is somebody's neighbour, (V, D).
        losses: The mean loss of each tenth of the steps.
    """

    target: Tensor
    context: Tensor
    losses: list[float]


def fit_vectors(
    texts: Sequence[Sequence[int]],
    keep: Tensor,
    negative: Tensor,
    loss: Loss,
    setting: WordSetting,
    seed: int,
) -> WordVectors:
    """Train word vectors from nothing.

    Args:
        texts: Reviews, as numbers of words.
        keep: Probability to keep an occurrence of each word, (V,).
        negative: Probability of each word to be drawn as a negative, (V,).
        loss: Of words (B, D), neighbours (B, D) and negatives (B, M, D), a number.
        setting: Sizes and steps.
        seed: Of all that is drawn.
    """
    chance = torch.Generator()
    chance.manual_seed(seed)
    V, D = len(keep), setting.D
    target = nn.Parameter((torch.rand(V, D, generator=chance) - 0.5) / D)
    context = nn.Parameter(torch.zeros(V, D))
    optimiser = torch.optim.Adam([target, context], lr=setting.lr)
    losses: list[float] = []
    for epoch in range(setting.epochs):
        centres, neighbours = pairs(texts, keep, setting.window, chance)
        batches = torch.randperm(len(centres), generator=chance).split(setting.batch_size)
        for number, batch in enumerate(batches):
            done = (epoch + number / len(batches)) / setting.epochs
            optimiser.param_groups[0]["lr"] = setting.lr * (1 - 0.9 * done)
            drawn = torch.multinomial(negative, len(batch) * setting.M, True, generator=chance)
            value = loss(
                nn.functional.embedding(centres[batch], target),
                nn.functional.embedding(neighbours[batch], context),
                nn.functional.embedding(drawn.view(len(batch), setting.M), context),
            )
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            losses.append(value.item())
    tenths = torch.tensor(losses).tensor_split(min(10, len(losses)))
    means = [float(tenth.mean()) for tenth in tenths]
    return WordVectors(target.detach().clone(), context.detach().clone(), means)


def save_vectors(path: Path | str, vectors: Tensor) -> None:
    """Write vectors (V, D) to a safetensors file, which holds numbers and no code."""
    save_file({"vectors": vectors.contiguous()}, str(path))


def load_vectors(path: Path | str) -> Tensor:
    """Read the vectors (V, D) of such a file."""
    return load_file(str(path))["vectors"]


def directions(vectors: Tensor) -> Tensor:
    """Scale each vector of (V, D) to length 1; the vector 0 stays as it is."""
    return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)


def similarity(vectors: Tensor, vocabulary: Vocabulary, rows: Sequence[str]) -> Tensor:
    """Cosines of chosen words with each other, (n, n)."""
    chosen = directions(vectors[[vocabulary.id(word) for word in rows]])
    return chosen @ chosen.T


def plane(vectors: Tensor) -> Tensor:
    """The two principal components of vectors (n, D): places in a plane, (n, 2).

    Each axis points to where the entry that is largest in size is positive.
    """
    centred = (vectors - vectors.mean(dim=0)).double()
    _, _, directions_ = torch.linalg.svd(centred, full_matrices=False)
    places = centred @ directions_[:2].T
    signs = places.gather(0, places.abs().argmax(dim=0, keepdim=True)).sign()
    return (places * signs).float()


def table_of_neighbours(found: Mapping[str, Sequence[str]]) -> str:
    """One line a word: the word, and its neighbours."""
    widest = max(map(len, found))
    return "\n".join(f"{word:{widest}}  {', '.join(near)}" for word, near in found.items())
