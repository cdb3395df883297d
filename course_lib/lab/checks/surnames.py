"""The visible checks of the lecture `surnames`: small numbers that can be followed by hand.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from course_lib.data import surnames
from course_lib.lab.check import Fault, Wrong, close, compare, tensor, unchanged
from course_lib.lab.subject import Answer, Ask, Foreign, Subject
from course_lib.lab.visible import registry

AGREE = 1e-6  # how close the two ways to ask a network have to be, in float64
LENGTHS = torch.tensor([2, 4, 3])
Sizes = dict[str, int]


def _drawn(*shape: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=source, dtype=dtype)


def _result(subject: Subject, *args: object, like: Tensor, letters: str) -> Tensor:
    """Ask once; the result has the shape and dtype of `like`, and the arguments are untouched."""
    answer = subject.ask(Ask(args=args))
    result = tensor(answer.output, tuple(like.shape), like.dtype, letters)
    unchanged(args, answer.args_after)
    return result


def _expect(got: Tensor, expected: Tensor, about: str) -> None:
    """Compare with a result computed by hand, and say both."""
    sentence = f"{about}: expected {_said(expected)}, got {_said(got)}."
    compare(got, expected, (), Fault("wrong_value", sentence, got))


def _said(numbers: Tensor) -> str:
    if not numbers.is_floating_point():
        return str(numbers.tolist())
    if numbers.ndim < 2:
        return str([round(number, 3) for number in numbers.reshape(-1).tolist()])
    return str([[round(number, 3) for number in row] for row in numbers.tolist()])


@registry.check("surnames", "with_noise", points=0)
def with_noise(subject: Subject) -> None:
    """Level 0 changes nothing; level 2 appends up to 2; a seed repeats itself."""
    names = ["Abe", "Khoury"] * 30
    if _noised(subject, names, 0) != names:
        raise Wrong("noise_at_level_0", "At noise level 0 the names should stay as they are.")
    once = _noised(subject, names, 2)
    for noised, name in zip(once, names, strict=True):
        tail = noised[len(name) :]
        if noised[: len(name)] != name or set(tail) - set(surnames.PUNCTUATION) or len(tail) > 2:
            raise Wrong(
                "wrong_noise",
                f"Expected {name!r} and up to 2 of the characters {surnames.PUNCTUATION!r} behind "
                f"it, got {noised!r}.",
            )
    if once == names:
        raise Wrong("no_noise", "At noise level 2 no name of 60 got any noise.")
    if _noised(subject, names, 2, global_seed=1) != once:
        raise Wrong("not_reproducible", "Two calls with the same seed give different noise.")


def _noised(subject: Subject, names: list[str], level: int, global_seed: int = 0) -> list[str]:
    output = subject.ask(Ask(args=(names, level, 3), seed=global_seed)).output
    right = isinstance(output, (list, tuple)) and len(output) == len(names)
    if not right or not all(isinstance(noised, str) for noised in output):
        kind = output.type_name if isinstance(output, Foreign) else type(output).__name__
        raise Wrong("no_list", f"Expected a list of {len(names)} names, got a {kind}.")
    return [str(noised) for noised in output]


@registry.check("surnames", "rnn_step", points=0)
def rnn_step(subject: Subject) -> None:
    """One unit and one character can be followed by hand; then a batch of two."""
    U, W, b = torch.tensor([[2.0]]), torch.tensor([[0.5]]), torch.tensor([-1.0])
    like = torch.empty(2, 1)
    x, h = torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [4.0]])
    got = _result(subject, x, h, U, W, b, like=like, letters="(B, H)")
    _expect(got[0], torch.tensor([0.7616]), "With U x = 2, W h = 0 and b = -1, tanh of 1")
    _expect(got[1], torch.tensor([0.7616]), "With U x = 0, W h = 2 and b = -1, tanh of 1")
    alone = _result(subject, x[0], h[0], U, W, b, like=like[0], letters="(H,)")
    _expect(alone, got[0], "For one letter (V,) and one state (H,)")
    # Two units that only the right one of W and its transpose can tell apart.
    W = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    state = _result(
        subject, torch.zeros(1, 3), torch.tensor([[0.0, 1.0]]), torch.zeros(2, 3), W,
        torch.zeros(2), like=torch.empty(1, 2), letters="(B, H)",
    )  # fmt: skip
    _expect(state[0], torch.tensor([0.7616, 0]), "With W = [[0, 1], [0, 0]] and h = (0, 1)")


@registry.check("surnames", "rnn_states", points=0)
def rnn_states(subject: Subject) -> None:
    """One unit that remembers: each state is made from the one before."""
    x = torch.tensor([[1.0], [0.0], [0.0]])
    one = torch.ones(1, 1)
    states = _result(subject, x, one, one, torch.zeros(1), like=torch.empty(3, 1), letters="(T, H)")
    by_hand = torch.tensor([[0.7616], [0.6420], [0.5662]])
    _expect(states, by_hand, "With U = W = 1, b = 0 and letters 1, 0, 0 the states")
    again = subject.ask(Ask(args=(x, one, one, torch.zeros(1)), seed=1)).output
    if not isinstance(again, Tensor) or not close(again, states):
        raise Wrong("random_start", "Two calls differ: does the first state come from zeros?")


@registry.check("surnames", "log_softmax", points=0)
def log_softmax(subject: Subject) -> None:
    """Equal scores share equally, large ones too; scores of 0 and ln 3 are 1 to 3."""
    scores = torch.tensor([[0.0, 0.0], [0.0, 1.098612]])
    log_p = _result(subject, scores, like=torch.empty(2, 2), letters="(B, K)")
    _expect(log_p[0].exp(), torch.tensor([0.5, 0.5]), "exp of the result for scores 0 and 0")
    _expect(log_p[1].exp(), torch.tensor([0.25, 0.75]), "exp of the result for scores 0 and ln 3")
    large = _result(subject, torch.tensor([[1000.0, 1000.0]]), like=log_p[:1], letters="(B, K)")
    _expect(large[0], torch.tensor([-0.6931, -0.6931]), "The result for scores 1000 and 1000")
    _result(subject, scores[1], like=log_p[0], letters="(K,)")


@registry.check("surnames", "rnn_last", points=0)
def rnn_last(subject: Subject) -> None:
    """The padding of a short name is neither read nor does it erase."""
    one = torch.ones(1, 1)
    x = torch.tensor([[[1.0], [0.0], [0.0]], [[1.0], [0.0], [1.0]]])
    cell = (one, one, torch.zeros(1))
    last = _result(
        subject, x, torch.tensor([1, 3]), *cell, like=torch.empty(2, 1), letters="(B, H)"
    )
    _expect(last[0], torch.tensor([0.7616]), "After 1 letter of 3, with U = W = 1, the state")
    _expect(last[1], torch.tensor([0.9278]), "After all 3 letters 1, 0, 1 the state")
    garbage = x.clone()
    garbage[0, 1:] = 9
    other = _result(subject, garbage, torch.tensor([1, 3]), *cell, like=last, letters="(B, H)")
    _expect(other[0], last[0], "With other numbers in the padded rows the state")


@registry.check("surnames", "gru_step", points=0)
def gru_step(subject: Subject) -> None:
    """The same as torch's own cell."""
    cell = nn.GRUCell(3, 4)
    parts = [_drawn(*part.shape, seed=seed) for seed, part in enumerate(cell.parameters())]
    with torch.no_grad():
        for part, numbers in zip(cell.parameters(), parts, strict=True):
            part.copy_(numbers)
        x, h = _drawn(2, 3, seed=5), _drawn(2, 4, seed=6)
        expected = cell(x, h)  # (B, H)
    got = _result(subject, x, h, *parts, like=expected, letters="(B, H)")
    _expect(got, expected, "A step of torch.nn.GRUCell with the same numbers")
    alone = _result(subject, x[0], h[0], *parts, like=expected[0], letters="(H,)")
    _expect(alone, expected[0], "For one letter (V,) and one state (H,)")


def _parts(subject: Subject, sizes: Sizes, parameters: dict[str, tuple[int, ...]]) -> Answer:
    """Construct a network; it has these trainable parameters, each of its shape."""
    built = subject.ask(Ask(sizes=sizes, call=False))
    for name, shape in parameters.items():
        layer, _, inside = name.partition(".")
        if name not in built.trainable:
            kind = "a layer" if inside else "a trainable parameter"
            raise Wrong("missing_part", f"Expected {kind} named `{layer}`, found none.")
        if tuple(built.parameters[name].shape) != shape:
            got = tuple(built.parameters[name].shape)
            raise Wrong("wrong_parameters", f"Expected `{name}` of shape {shape}, got {got}.")
    return built


def _asked(subject: Subject, sizes: Sizes, built: Answer, *args: Tensor) -> list[Tensor]:
    """Ask a network in float64, with its own first parameters: its result, or its two."""
    numbers = {
        name: value.double() if value.is_floating_point() else value
        for name, value in built.parameters.items()
    }
    output = subject.ask(Ask(args=args, sizes=sizes, parameters=numbers)).output
    return list(output) if isinstance(output, (tuple, list)) else [output]


def _probabilities(log_p: Tensor) -> None:
    """The rows of exp(log_p), (B, K), sum to 1."""
    sums = log_p.exp().sum(dim=1)
    if not close(sums, torch.ones_like(sums)):
        raise Wrong(
            "not_normalised",
            f"exp of each row of the result should sum to 1; the rows sum to {_said(sums)}.",
        )


def _both_ways(subject: Subject, sizes: Sizes, built: Answer, outputs: int) -> None:
    """Ask for a padded batch and for each of its names alone, and measure how far they differ."""
    x = _drawn(3, 5, sizes["V"], seed=4, dtype=torch.float64)  # every row padded
    B, T, K = len(x), x.shape[1], sizes["K"]
    batch = _asked(subject, sizes, built, x, LENGTHS)
    _count(batch, outputs)
    tensor(batch[0], (B, K), torch.float64, "(B, K)")
    _probabilities(batch[0])
    if outputs == 2:
        tensor(batch[1], (B, T), torch.float64, "(B, T)")
        _shares(batch[1])
    largest = 0.0
    for row, (name, n) in enumerate(zip(x, LENGTHS.tolist(), strict=True)):
        alone = _asked(subject, sizes, built, name[:n])
        _count(alone, outputs)
        tensor(alone[0], (K,), torch.float64, "(K,)")
        if outputs == 2:
            tensor(alone[1], (n,), torch.float64, "(T,)")
        for one, many in zip(alone, batch, strict=True):
            largest = max(largest, float((one - many[row, : len(one)]).abs().max()))
    if largest > AGREE:
        raise Wrong(
            "two_ways_differ",
            f"A name alone and the same name in a padded batch differ by {largest:.2g}; the two "
            f"ways have to agree to {AGREE:g}.",
        )
    print(f"One name alone and in a padded batch: the results differ by {largest:.1e} at most.")


def _count(results: list[Tensor], outputs: int) -> None:
    if len(results) != outputs:
        due = "two results, (log-probabilities, weights)" if outputs == 2 else "one result"
        raise Wrong("wrong_number_of_results", f"Expected {due}, got {len(results)}.")


def _shares(weights: Tensor) -> None:
    """Weights (B, T) are 0 behind `LENGTHS` and sum to 1 in each row."""
    padding = weights[torch.arange(weights.shape[1]) >= LENGTHS[:, None]]
    if bool((padding != 0).any()):
        raise Wrong("padding_attended", f"Expected weight 0 on all padding, got {_said(padding)}.")
    sums = weights.sum(dim=1)
    if not close(sums, torch.ones_like(sums)):
        raise Wrong(
            "weights_not_normalised",
            f"The weights of each name should sum to 1; the rows sum to {_said(sums)}.",
        )


def _gated(layer: str, gates: int, H: int, V: int) -> dict[str, tuple[int, ...]]:
    return {f"{layer}.weight_ih_l0": (gates * H, V), f"{layer}.weight_hh_l0": (gates * H, H)}


@registry.check("surnames", "rnn_classifier", points=0, subject="RNNClassifier")
def rnn_classifier(subject: Subject) -> None:
    """The parts have their names; both ways agree."""
    sizes = {"V": 3, "H": 4, "K": 2}
    built = _parts(subject, sizes, {"U": (4, 3), "W": (4, 4), "b": (4,), "out.weight": (2, 4)})
    _both_ways(subject, sizes, built, 1)


@registry.check("surnames", "gru_classifier", points=0, subject="GRUClassifier")
def gru_classifier(subject: Subject) -> None:
    """The parts have their names; both ways agree."""
    sizes = {"V": 3, "H": 4, "K": 2}
    built = _parts(subject, sizes, {**_gated("gru", 3, 4, 3), "out.weight": (2, 4)})
    _both_ways(subject, sizes, built, 1)


@registry.check("surnames", "attention_classifier", points=0, subject="AttentionClassifier")
def attention_classifier(subject: Subject) -> None:
    """The parts have their names; both ways agree; the padding has no weight."""
    sizes = {"V": 3, "H": 4, "K": 2}
    parameters = {**_gated("gru", 3, 4, 3), "score.weight": (1, 4), "out.weight": (2, 4)}
    _both_ways(subject, sizes, _parts(subject, sizes, parameters), 2)


@registry.check("surnames", "lstm_classifier", points=0, subject="LSTMClassifier")
def lstm_classifier(subject: Subject) -> None:
    """The parts have their names, both layers are there, both ways agree."""
    sizes = {"V": 3, "H": 4, "K": 2, "layers": 2}
    parameters = {**_gated("lstm", 4, 4, 3), "lstm.weight_ih_l1": (16, 4), "out.weight": (2, 4)}
    _both_ways(subject, sizes, _parts(subject, sizes, parameters), 1)


@registry.check("surnames", "confusion_matrix", points=0)
def confusion_matrix(subject: Subject) -> None:
    """Two names of class 0 taken for class 1, one of class 2 guessed right."""
    labels, guesses = torch.tensor([0, 0, 2]), torch.tensor([1, 1, 2])
    like = torch.empty(4, 4, dtype=torch.int64)
    counts = _result(subject, labels, guesses, 4, like=like, letters="(K, K)")
    _expect(counts[0], torch.tensor([0, 2, 0, 0]), "Class 0 twice taken for class 1: row 0")
    _expect(counts[2], torch.tensor([0, 0, 1, 0]), "Class 2 once guessed right: row 2")
    _expect(counts.sum()[None], torch.tensor([3]), "The sum of all counts of 3 names")


@registry.check("surnames", "trained", points=0, subject="model")
def trained(subject: Subject) -> None:
    """The model answers for 500 held-out names; its accuracy there is printed, not judged."""
    _, held_out = surnames.split(surnames.load(), held_out=0.2, seed=1)
    some = surnames.Surnames.of(held_out.pairs[:: len(held_out) // 500])
    x, lengths = surnames.encode_batch(some.names)
    output = subject.ask(Ask(args=(x, lengths))).output
    first = output[0] if isinstance(output, (tuple, list)) and output else output
    log_p = tensor(first, (len(some), len(surnames.LANGUAGES)), torch.float32, "(B, K)")
    _probabilities(log_p)
    right = float((log_p.argmax(dim=1) == some.labels).double().mean())
    print(f"On {len(some)} held-out names the model is right for {right:.1%}.")
