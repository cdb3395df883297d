"""How a hidden check asks: inputs, answers taken apart with distrust, and laws of any exercise.

Every function here either returns or raises `Wrong` (or passes on a `SubjectError`); nothing that
a student's work answers may raise anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from course_lib.lab.check import Wrong, close, tensor, unchanged
from course_lib.lab.subject import Ask, Subject

# Known wrong shapes: a shape -> the fault's name and sentence.
Shapes = Mapping[tuple[int, ...], tuple[str, str]]


def normal(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Draw N(0, 1) numbers from a generator of their own."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


def distribution(*shape: int, seed: int) -> Tensor:
    """Draw positive weights that sum to 1 over the last dimension, all different."""
    powers = torch.exp(normal(*shape, seed=seed))
    return powers / powers.sum(dim=-1, keepdim=True)


def returned(
    subject: Subject,
    *args: Any,
    like: Tensor,
    letters: str,
    shapes: Shapes | None = None,
) -> Tensor:
    """Ask a function for a tensor of the expected shape and dtype.

    Args:
        subject: The function.
        *args: Its arguments.
        like: Has the expected shape and dtype.
        letters: The shape in letters, such as ``(B, T)``.
        shapes: Wrong shapes that tell what went wrong.

    Raises:
        Wrong: If something else comes back.
    """
    return expected_tensor(subject.ask(Ask(args=args)).output, like, letters, shapes)


def expected_tensor(
    value: object, like: Tensor, letters: str, shapes: Shapes | None = None
) -> Tensor:
    """Take a tensor out of an answer; see `returned`."""
    if isinstance(value, Tensor) and value.shape != like.shape:
        known = (shapes or {}).get(tuple(value.shape))
        if known is not None:
            raise Wrong(*known)
        squeezed = tuple(size for size in like.shape if size != 1)
        if 1 in like.shape and len(squeezed) <= value.ndim < like.ndim:
            raise Wrong(
                "squeezed",
                f"Expected shape {letters} = {tuple(like.shape)}, got {tuple(value.shape)}: "
                "`squeeze()` drops every dimension of size 1; name the one that you mean.",
            )
    return tensor(value, tuple(like.shape), like.dtype, letters)


def agrees(
    subject: Subject, *args: Any, expected: Tensor, letters: str, fault: str, sentence: str
) -> None:
    """Ask once more, and raise that fault if the numbers are not the expected ones."""
    try:
        got = returned(subject, *args, like=expected, letters=letters)
    except Wrong as wrong:
        if wrong.fault == "not_finite":
            raise Wrong(fault, sentence) from None
        raise
    if not close(got, expected):
        raise Wrong(fault, sentence)


def one_alone(
    subject: Subject,
    batched: tuple[Any, ...],
    shared: tuple[Any, ...] = (),
    *,
    whole: Tensor,
    letters: str,
    sentence: str = "One sequence alone gets another result than in a batch: no operation may mix "
    "the sequences of a batch.",
) -> None:
    """Law: an item's result does not depend on the batch it is in.

    Args:
        subject: The function.
        batched: Its first arguments, tensors and lists that lead with the batch dimension.
        shared: The arguments after these, the same for every item.
        whole: What the function returned for the whole batch, right or wrong, (B, ...).
        letters: Its shape in letters.
        sentence: What a student reads whose function breaks it.
    """
    for item in (0, len(whole) - 1):
        agrees(
            subject,
            *(arg[item : item + 1] for arg in batched),
            *shared,
            expected=whole[item : item + 1],
            letters=letters,
            fault="depends_on_batch",
            sentence=sentence,
        )


def untouched(subject: Subject, *args: Any) -> None:
    """Law: the arguments are left as they were."""
    unchanged(args, subject.ask(Ask(args=args)).args_after)


def rows_sum_to_one(weights: Tensor) -> None:
    """Law: weights (B, T) are shares: not negative, and each row sums to 1."""
    sums = weights.sum(dim=1)
    if not close(sums, torch.ones_like(sums)):
        raise Wrong(
            "not_normalised",
            "The weights of one sequence do not sum to 1 over time: they sum to "
            f"{sums[0].item():.3g} for the first one.",
        )
    if bool((weights < 0).any()):
        raise Wrong("negative_weights", "Some weights are negative: a softmax gives shares.")


def gradients_flow(
    subject: Subject, *args: Any, oracle: Callable[..., Tensor], names: tuple[str, ...]
) -> None:
    """Law: the gradients of the result with respect to the arguments are the formula's.

    Args:
        subject: The function.
        *args: Its arguments.
        oracle: The definition, differentiable.
        names: The arguments' names.

    Raises:
        Wrong: With fault ``detached``, ``detached_in_part`` or ``gradient_not_finite``.
    """
    leaves = [
        arg.clone().requires_grad_(True)
        if isinstance(arg, Tensor) and arg.is_floating_point()
        else arg
        for arg in args
    ]
    output = oracle(*leaves)
    cotangent = normal(*output.shape, seed=901)
    wanted = [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.requires_grad]
    named = [
        name
        for name, leaf in zip(names, leaves, strict=True)
        if isinstance(leaf, Tensor) and leaf.requires_grad
    ]
    expected = torch.autograd.grad((output * cotangent).sum(), wanted)
    answer = subject.ask(Ask(args=args, cotangent=cotangent))
    arrived = dict(zip(names, answer.arg_gradients, strict=False))
    same_gradients(arrived, dict(zip(named, expected, strict=True)))


def same_gradients(arrived: Mapping[str, object], expected: Mapping[str, Tensor]) -> None:
    """Raise `Wrong` unless the gradients that came back are the expected ones.

    Args:
        arrived: What came back, by name.
        expected: The formula's gradients, by name.

    Raises:
        Wrong: With fault ``detached``, ``gradient_not_finite`` or ``detached_in_part``.
    """
    # Where nothing arrives names the fault better than where something else does.
    for name, right in expected.items():
        _some_gradient(name, arrived.get(name), right)
    for name, right in expected.items():
        got = arrived.get(name)
        if not isinstance(got, Tensor) or not close(got, right):
            raise Wrong(
                "detached_in_part",
                f"The gradient of `{name}` is not the formula's: one way from it to the result is "
                "cut off by `detach`, `data`, `item` or `numpy`.",
            )


def _some_gradient(name: str, got: object, expected: Tensor) -> None:
    usable = isinstance(got, Tensor) and got.shape == expected.shape and got.is_floating_point()
    if not isinstance(got, Tensor) or not usable or not bool((got != 0).any()):
        raise Wrong(
            "detached",
            f"No gradient reaches `{name}`, so nothing can be learnt through it: leave out "
            "`detach`, `data`, `item`, `numpy` and `no_grad`.",
        )
    if not bool(torch.isfinite(got).all()):
        raise Wrong("gradient_not_finite", f"The gradient of `{name}` holds nan or inf.")
