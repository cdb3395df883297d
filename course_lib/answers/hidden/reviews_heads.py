"""Hidden checks of `reviews`: the batch, the heads, and the network.

Letters in shapes: B batch, T words, V vocabulary, D feature, N heads.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import (
    Shapes,
    expected_tensor,
    gradients_flow,
    normal,
    one_alone,
    returned,
    untouched,
)
from course_lib.answers.forms.reviews import padded
from course_lib.answers.networks import Network, has_parameters, item_alone, survives_large_scores
from course_lib.answers.reference import reviews as oracle
from course_lib.lab.check import Fault, Wrong, close, compare
from course_lib.lab.subject import Ask, Foreign, Subject

B, T, V, D, N = 3, 6, 11, 5, 2
LENGTHS = torch.tensor([4, 6, 2])
TEXTS = [[3, 0, 5, 1], [7, 2, 2, 9, 4, 8], [6, 10]]  # 0 also stands among real words
Pair = tuple[Tensor, Tensor]


def _mask() -> Tensor:
    return torch.arange(T) < LENGTHS[:, None]


def _two(value: object, what: str) -> tuple[object, object]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        kind = value.type_name if isinstance(value, Foreign) else type(value).__name__
        raise Wrong("not_a_pair", f"Expected two tensors, {what}, got {kind}.")
    return value[0], value[1]


def collate(subject: Subject) -> None:
    """Filled up with 0 behind, to the longest of the batch; True where a word is real."""
    for texts in (TEXTS, [TEXTS[2], TEXTS[0]], [[4]]):
        right, real = padded(texts)
        answer = subject.ask(Ask(args=(texts,)))
        got, mask = _two(answer.output, "ids and mask")
        ids = _ids(got, right)
        if isinstance(mask, Tensor) and mask.dtype is not torch.bool:
            raise Wrong("mask_not_bool", f"The mask has to be torch.bool, it is {mask.dtype}.")
        mask = expected_tensor(mask, real, "(B, T)")
        if bool(mask.all()) and not bool(real.all()):
            raise Wrong("all_real", "The mask is True everywhere, padding and all.")
        if texts is TEXTS and torch.equal(mask, ~real):
            raise Wrong("mask_inverted", "The mask is True on the padding; real words are True.")
        if texts is TEXTS and torch.equal(mask, right != 0):
            raise Wrong(
                "zeros_masked", "A word 0 inside a review is masked: count lengths, not zeros."
            )
        _in_front(ids, right, texts)
        compare(mask, real, (), "The mask is not True exactly on real words.")
        compare(ids.masked_fill(~real, 0), right, (), "The ids are not those of the reviews.")
        compare(
            ids, right, (),
            Fault("padding_not_zero", "The padding has to be 0, the number of <PAD>.", ids),
        )  # fmt: skip
        if answer.args_after and answer.args_after[0] != texts:
            raise Wrong("input_changed", "The function changes the reviews; make new lists.")


def _ids(got: object, right: Tensor) -> Tensor:
    if isinstance(got, Tensor) and got.ndim == 2 and len(got) == len(right):
        if got.shape[1] < right.shape[1]:
            raise Wrong("cut_off", "The longest review is cut off: T is the longest length.")
        if got.shape[1] > right.shape[1]:
            raise Wrong("too_long", "T is larger than the longest review of this batch.")
    if isinstance(got, Tensor) and got.is_floating_point():
        raise Wrong("ids_not_whole", "The ids have to be whole numbers, torch.int64.")
    return expected_tensor(got, right, "(B, T)")


def _in_front(ids: Tensor, right: Tensor, texts: list[list[int]]) -> None:
    front = torch.tensor([[0] * (right.shape[1] - len(text)) + text for text in texts])
    if torch.equal(ids, front) and not torch.equal(ids, right):
        raise Wrong("padded_in_front", "The padding stands before the words; it goes behind.")


def head_weights(subject: Subject) -> None:
    """Softmax of A E over the real words."""
    E, A, mask = normal(B, T, D, seed=1), normal(N, D, seed=2), _mask()
    right = oracle.head_weights(E, A, mask)
    shapes: Shapes = {(B, T, N): ("heads_last", "Expected (B, N, T): heads before words.")}
    output = subject.ask(Ask(args=(E, A, mask))).output
    _nan_of_padding(output)
    got = returned(subject, E, A, mask, like=right, letters="(B, N, T)", shapes=shapes)
    scores = A @ E.mT  # (B, N, T)
    everywhere, hidden = scores.softmax(2), scores.masked_fill(~mask[:, None], -torch.inf)
    faults = [
        Fault("unmasked", "The padding has weight: mask it before the softmax.", everywhere),
        Fault("masked_after", "The mask comes after the softmax, so the weights sum to less "
              "than 1.", everywhere * mask[:, None]),
        Fault("zero_scores", "Scores of padding are set to 0, and e to the 0 is 1: use minus "
              "infinity.", (scores * mask[:, None]).softmax(2)),
        Fault("over_heads", "The weights sum to 1 over the heads, not over the words.",
              scores.softmax(1) * mask[:, None]),
        Fault("scaled", "The scores are divided by the root of D, which is not asked for.",
              (hidden / D**0.5).softmax(2)),
        Fault("no_softmax", "These are scores; the softmax is missing.", scores),
        Fault("mask_inverted", "Only the padding has weight: the mask is the wrong way round.",
              scores.masked_fill(mask[:, None], -1e9).softmax(2)),
    ]  # fmt: skip
    compare(got, right, faults, "These are not the softmax of A Eᵀ over the real words.")
    one_alone(subject, (E, ), (A, mask[1:2]), whole=_same_mask(subject, E, A, mask),
              letters="(B, N, T)")  # fmt: skip
    _large(subject, E, A, mask)
    gradients_flow(subject, E, A, mask, oracle=oracle.head_weights, names=("E", "A", "mask"))
    untouched(subject, E, A, mask)


def _same_mask(subject: Subject, E: Tensor, A: Tensor, mask: Tensor) -> Tensor:
    """What the function returns if all reviews have the longest one's mask."""
    like = torch.empty(B, N, T, dtype=E.dtype)
    return returned(subject, E, A, mask[1:2].expand(B, T), like=like, letters="(B, N, T)")


def _nan_of_padding(output: object) -> None:
    if isinstance(output, Tensor) and output.shape == (B, N, T):
        nan = torch.isnan(output)
        if bool(nan.any()) and not bool(nan.all()):
            raise Wrong(
                "nan",
                "Some weights are nan: the softmax runs where all scores are minus infinity. It "
                "has to run over the words of one review.",
            )


def _large(subject: Subject, E: Tensor, A: Tensor, mask: Tensor) -> None:
    right = oracle.head_weights(2000 * E, A, mask)
    survives_large_scores(
        lambda: returned(subject, 2000 * E, A, mask, like=right, letters="(B, N, T)"), right
    )


def heads_classifier(subject: Subject) -> None:
    """Parameters, numbers, and the laws: padding, batches, gradients."""
    sizes = {"V": V, "D": D, "N": N}
    built = subject.ask(Ask(call=False, sizes=dict(sizes)))
    if "A" not in built.trainable:
        raise Wrong(
            "not_a_parameter",
            "`A` is not among the parameters that are trained: set `self.A = nn.Parameter(...)` "
            "with N rows of D numbers.",
        )
    shapes = {
        "embedding.weight": (V, D), "A": (N, D), "out.weight": (1, N * D), "out.bias": (1,),
    }  # fmt: skip
    has_parameters(built, shapes)
    if bool((built.parameters["A"] == built.parameters["A"][:1]).all()):
        raise Wrong("equal_heads", "All heads start the same and would stay so: draw A at random.")
    drawn = {name: normal(*shape, seed=9 + i) for i, (name, shape) in enumerate(shapes.items())}
    buffers = {name: x for name, x in built.parameters.items() if name not in shapes}
    network = Network(subject, sizes, {**drawn, **buffers})
    ids, mask = padded([[3, 4, 5, 1], [7, 2, 2, 9, 4, 8], [6, 10]])
    p, weights = oracle.classifier(drawn, ids, mask)
    got, got_weights = _answer(network, ids, mask)
    compare(
        got_weights,
        weights,
        _wrong_weights(drawn, ids),
        "These are not the softmax of A times the words' vectors, over the real words.",
    )
    other, _ = _answer(network, ids.masked_fill(~mask, 7), mask)
    if not close(other, got):
        raise Wrong("padding_read", "Other words in the padded places change the probability.")
    alone, _ = _answer(network, ids[2:, :2], mask[2:, :2])
    item_alone(alone, got[2:])
    compare(got, p, _wrong_results(drawn, ids, weights), "The probability is not the formula's.")
    cotangent = normal(B, seed=20)
    answer = network.gradients(ids, mask, cotangent=cotangent)
    expected = _gradients(drawn, ids, mask, cotangent)
    for name, right in expected.items():
        arrived = answer.get(name)
        if not isinstance(arrived, Tensor) or not close(arrived, right):
            raise Wrong(
                "detached",
                f"The gradient of `{name}` is not the formula's, so it cannot learn: leave out "
                "`detach`, `data` and `no_grad`.",
            )


def _answer(network: Network, ids: Tensor, mask: Tensor) -> Pair:
    size, steps = ids.shape
    first, second = _two(network.ask(ids, mask), "probabilities and weights")
    like = (torch.empty(size).double(), torch.empty(size, N, steps).double())
    if isinstance(second, Tensor) and second.shape == (size,):
        raise Wrong("swapped", "The probabilities come first, then the weights.")
    left: Shapes = {(size, 1): ("dimension_left", "Expected (B,), a dimension of size 1 is left.")}
    turned: Shapes = {(size, steps, N): ("heads_last", "Expected weights (B, N, T).")}
    return (
        expected_tensor(first, like[0], "(B,)", left),
        expected_tensor(second, like[1], "(B, N, T)", turned),
    )


def _wrong_weights(drawn: dict[str, Tensor], ids: Tensor) -> list[Fault]:
    scores = drawn["A"] @ drawn["embedding.weight"][ids].mT
    return [
        Fault("unmasked", "The padding has weight: pass the mask on.", scores.softmax(2)),
        Fault("no_softmax", "The weights are scores; the softmax is missing.", scores),
    ]


def _wrong_results(drawn: dict[str, Tensor], ids: Tensor, weights: Tensor) -> list[Fault]:
    """What known wrong last steps make of the right weights (B, N, T)."""
    found = weights @ drawn["embedding.weight"][ids]  # (B, N, D)

    def judged(features: Tensor) -> Tensor:
        return features.flatten(1) @ drawn["out.weight"][0] + drawn["out.bias"]

    same = found.mean(dim=1, keepdim=True).expand(-1, N, -1)
    return [
        Fault("no_sigmoid", "These are scores: the sigmoid is missing.", judged(found)),
        Fault("not_recommended", "This is the probability of the other class.",
              torch.sigmoid(-judged(found))),
        Fault("heads_mixed", "The numbers of the heads are mixed: head after head is asked for.",
              torch.sigmoid(judged(found.transpose(1, 2)))),
        Fault("heads_averaged", "The heads are averaged; put them one after the other.",
              torch.sigmoid(judged(same))),
        Fault("sigmoid_twice", "The sigmoid is taken twice.",
              torch.sigmoid(torch.sigmoid(judged(found)))),
    ]  # fmt: skip


def _gradients(
    drawn: dict[str, Tensor], ids: Tensor, mask: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    leaves = {name: value.clone().requires_grad_(True) for name, value in drawn.items()}
    p, _ = oracle.classifier(leaves, ids, mask)
    found = torch.autograd.grad((p * cotangent).sum(), list(leaves.values()))
    return dict(zip(leaves, found, strict=True))
