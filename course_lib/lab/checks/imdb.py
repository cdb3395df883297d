"""The visible checks of the lecture `imdb`: small numbers that can be followed by hand.

Letters in shapes: B batch, Q queries, T keys or words, D width, N heads, F hidden width of the
feed-forward part, L layers, V words.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

from course_lib.data import imdb
from course_lib.lab import films
from course_lib.lab.check import Wrong, close, tensor, unchanged
from course_lib.lab.checks.by_hand import expect, result
from course_lib.lab.subject import Answer, Ask, Foreign, Subject
from course_lib.lab.visible import registry

LONGEST = 128  # words of a review that the lecture reads
SOME = 500  # reviews that the trained model is shown
HEADS = {
    "in_proj_weight": (24, 8),
    "in_proj_bias": (24,),
    "out_proj.weight": (8, 8),
    "out_proj.bias": (8,),
}


def _drawn(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _pair(output: object, first: tuple[int, ...], second: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """A result and its weights, each of its shape."""
    if not isinstance(output, (tuple, list)) or len(output) != 2:
        got = output.type_name if isinstance(output, Foreign) else type(output).__name__
        raise Wrong("not_a_pair", f"Expected two tensors, (result, weights), got {got}.")
    return tensor(output[0], first, torch.float32), tensor(output[1], second, torch.float32)


@registry.check("imdb", "attention", points=0)
def attention(subject: Subject) -> None:
    """One query, three keys of which the last is padding; then heads."""
    q = torch.tensor([[[2.0, 0.0, 0.0, 0.0]]])  # (1, 1, 4): sqrt(D) is 2
    k = torch.zeros(1, 3, 4)
    k[0, 1, 0] = 1.0986123  # ln 3
    v = torch.tensor([[[1.0], [5.0], [100.0]]])
    mask = torch.tensor([[[True, True, False]]])
    answer = subject.ask(Ask(args=(q, k, v, mask)))
    found, weights = _pair(answer.output, (1, 1, 1), (1, 1, 3))
    unchanged((q, k, v, mask), answer.args_after)
    about = "Scores 0 and ln 3 after the division by sqrt(4), and one masked key: the weights"
    expect(weights[0, 0], torch.tensor([0.25, 0.75, 0.0]), about)
    expect(found[0, 0], torch.tensor([4.0]), "0.25 times 1 and 0.75 times 5: the result")
    q, k, v = _drawn(2, 3, 5, 4, seed=1), _drawn(2, 3, 6, 4, seed=2), _drawn(2, 3, 6, 4, seed=3)
    mask = torch.ones(2, 1, 1, 6, dtype=torch.bool)
    _, weights = _pair(subject.ask(Ask(args=(q, k, v, mask))).output, (2, 3, 5, 4), (2, 3, 5, 6))
    expect(weights.sum(dim=-1)[0], torch.ones(3, 5), "With heads (B, N, Q, T) the sums of weights")


@registry.check("imdb", "positions", points=0)
def positions(subject: Subject) -> None:
    """The first rows of a small table."""
    found = result(subject, 3, 4, like=torch.empty(3, 4), letters="(T, D)")
    expect(found[0], torch.tensor([0.0, 1.0, 0.0, 1.0]), "At position 0, sin 0 and cos 0 in turn")
    by_hand = torch.tensor([0.8415, 0.5403, 0.0100, 0.9999])
    expect(found[1], by_hand, "At position 1, sine and cosine of 1 and of 1 / 100")


@registry.check("imdb", "masked_mean", points=0)
def masked_mean(subject: Subject) -> None:
    """Two words of three are real in one review."""
    states = torch.tensor(
        [[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]], [[6.0, 0.0], [0.0, 0.0], [0.0, 3.0]]]
    )
    mask = torch.tensor([[True, True, False], [True, True, True]])
    found = result(subject, states, mask, like=torch.empty(2, 2), letters="(B, D)")
    expect(found[0], torch.tensor([2.0, 3.0]), "The mean of (1, 2) and (3, 4), a third is padding")
    expect(found[1], torch.tensor([2.0, 1.0]), "The mean of (6, 0), (0, 0) and (0, 3)")


def _parts(built: Answer, shapes: dict[str, tuple[int, ...]]) -> None:
    for part, shape in shapes.items():
        if part not in built.trainable:
            raise Wrong("missing_part", f"Expected a trainable parameter `{part}`, found none.")
        if tuple(built.parameters[part].shape) != shape:
            got = tuple(built.parameters[part].shape)
            raise Wrong("wrong_parameters", f"Expected `{part}` of shape {shape}, got {got}.")


def _agree(ours: Tensor, theirs: Tensor, what: str) -> None:
    apart = float((ours - theirs).abs().max())
    if not apart <= 1e-5:
        raise Wrong(
            "not_torchs",
            f"{what} and yours, with the same parameters, differ by {apart:.2g}; they have to "
            "agree to 1e-05.",
        )
    print(f"{what} and yours agree to 1e-05.")


_X_MASK = torch.tensor([[True] * 5, [True, True, True, False, False]])


@registry.check("imdb", "heads", points=0, subject="MultiHeadAttention")
def heads(subject: Subject) -> None:
    """The same as torch's own module."""
    built = subject.ask(Ask(sizes={"D": 8, "N": 2}, call=False))
    _parts(built, HEADS)
    theirs = nn.MultiheadAttention(8, 2, batch_first=True)
    theirs.load_state_dict({name: built.parameters[name] for name in HEADS})
    x = _drawn(2, 5, 8, seed=4)
    with torch.no_grad():
        expected, maps = theirs(x, x, x, key_padding_mask=~_X_MASK, average_attn_weights=False)
    asked = Ask(args=(x, _X_MASK), sizes={"D": 8, "N": 2}, parameters=built.parameters)
    found, weights = _pair(subject.ask(asked).output, (2, 5, 8), (2, 2, 5, 5))
    _agree(found, expected, "The results of torch.nn.MultiheadAttention")
    _agree(weights, maps, "The weights of torch.nn.MultiheadAttention")


@registry.check("imdb", "layer", points=0, subject="EncoderLayer")
def layer(subject: Subject) -> None:
    """The same as torch's own layer."""
    sizes = {"D": 8, "N": 2, "F": 12}
    built = subject.ask(Ask(sizes=sizes, call=False))
    theirs = nn.TransformerEncoderLayer(8, 2, 12, 0.0, batch_first=True, norm_first=True)
    _parts(built, {name: tuple(part.shape) for name, part in theirs.named_parameters()})
    theirs.load_state_dict({name: built.parameters[name] for name in theirs.state_dict()})
    x = _drawn(2, 5, 8, seed=5)
    expected = theirs(x, src_key_padding_mask=~_X_MASK).detach()
    asked = Ask(args=(x, _X_MASK), sizes=sizes, parameters=built.parameters)
    found, _ = _pair(subject.ask(asked).output, (2, 5, 8), (2, 2, 5, 5))
    _agree(found[_X_MASK], expected[_X_MASK], "The states of torch.nn.TransformerEncoderLayer")


@registry.check("imdb", "classifier", points=0, subject="EncoderClassifier")
def classifier(subject: Subject) -> None:
    """Its parts have their names, one score comes out, and padding and batch play no part."""
    sizes = {"V": 9, "D": 8, "N": 2, "F": 12, "L": 2}
    built = subject.ask(Ask(sizes=sizes, call=False))
    _parts(built, {"embedding.weight": (9, 8), "norm.weight": (8,), "out.weight": (1, 8)})
    _parts(built, {f"layers.{i}.linear1.weight": (12, 8) for i in range(2)})
    ids = torch.tensor([[1, 5, 4, 8, 3], [1, 7, 6, 0, 0]])

    def score(ids: Tensor, training: bool = False) -> Tensor:
        asked = Ask(args=(ids,), sizes=sizes, parameters=built.parameters, training=training)
        return tensor(subject.ask(asked).output, (len(ids),), torch.float32, "(B,)")

    scores = score(ids)
    if not close(score(ids[1:, :3]), scores[1:]):
        raise Wrong("padding_read", "A review cut to its words gets another score than padded.")
    if not close(score(ids, training=True), scores):
        raise Wrong("dropout_left", "In training mode the scores are random: is dropout 0.0?")
    if close(score(ids[:, [0, 2, 1, 3, 4]]), scores):
        raise Wrong("positions_missing", "Two words change places and the score stays the same.")


@registry.check("imdb", "accuracy", points=0)
def accuracy(subject: Subject) -> None:
    """Three of four signs are right."""
    args = (torch.tensor([2.0, -1.0, 0.3, -0.2]), torch.tensor([1, 0, 1, 1]))
    share = subject.ask(Ask(args=args)).output
    if type(share) not in (int, float):
        got = share.type_name if isinstance(share, Foreign) else type(share).__name__
        raise Wrong("not_a_number", f"Expected a number, got {got}: `.item()` makes one.")
    if not abs(share - 0.75) <= 1e-6:
        raise Wrong("wrong_value", f"Three of four signs are right: expected 0.75, got {share:g}.")


@registry.check("imdb", "erased", points=0)
def erased(subject: Subject) -> None:
    """Two words of four, and START and padding stay."""
    ids = torch.tensor([[1, 7, 8, 9, 6, 0], [1, 5, 0, 0, 0, 0]])
    weights = torch.tensor([[9.0, 2.0, 4.0, 1.0, 3.0, 8.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    found = result(subject, ids, weights, 2, like=ids, letters="(B, T)")
    expect(found[0], torch.tensor([1, 7, 2, 9, 2, 0]), "The words of weights 4 and 3 become 2")
    expect(found[1], torch.tensor([1, 2, 0, 0, 0, 0]), "A review of one word loses that one")


@registry.check("imdb", "trained", points=0, subject="model")
def trained(subject: Subject) -> None:
    """The model answers for some test reviews; its accuracy there is printed, not judged."""
    ids, labels = _some()
    scores = tensor(subject.ask(Ask(args=(ids,))).output, (SOME,), torch.float32, "(B,)")
    right = float(((scores > 0) == (labels == 1)).double().mean())
    print(f"On {SOME} test reviews the model is right for {right:.1%}.")


@cache
def _some() -> tuple[Tensor, Tensor]:
    train, test = imdb.load()
    few = imdb.FilmReviews(test.texts[:SOME], test.positive[:SOME])
    ids, labels = films.as_data(few, imdb.vocabulary(train.words), LONGEST).tensors
    return ids, labels
