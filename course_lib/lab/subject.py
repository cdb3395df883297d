"""What a check may do with a student's work, and the answer it gets back.

A check never holds the student's function, class or model: it holds a `Subject`, hands it an
`Ask` and reads an `Answer`. In the student's own notebook the subject wraps the object itself
(`DirectSubject`); when grading it sends the ask to the student's kernel as plain data. Both ways
end in `perform`, so a check cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from course_lib.lab.verdict import UNANSWERED


@dataclass(frozen=True)
class Foreign:
    """A result that is no plain data: only its type's name is known, such as `numpy.ndarray`."""

    type_name: str


@dataclass(frozen=True)
class Ask:
    """One call of the student's work.

    Attributes:
        args: What is passed, in order: numbers, strings, tensors, or lists of these.
        sizes: For a class: keyword arguments that construct it before the call. None for a
            function or for a model that exists already.
        parameters: For a class or model: values loaded (strictly, by name) before the call. A
            class that is constructed for the ask takes their dtype too.
        cotangent: A tensor of the output's shape, or of its first part's if the output is a
            tuple. If given, the answer holds the gradients of ``(output * cotangent).sum()``.
        training: For a class or model: whether the call runs in training mode.
        seed: torch's generator is seeded with it before construction and again before the call.
        call: False only constructs the class and answers with its parameters.
    """

    args: tuple[Any, ...] = ()
    sizes: dict[str, Any] | None = None
    parameters: dict[str, Tensor] | None = None
    cotangent: Tensor | None = None
    training: bool = False
    seed: int = 0
    call: bool = True


@dataclass(frozen=True)
class Answer:
    """What came back from one `Ask`.

    Attributes:
        output: The result: numbers, strings, tensors, lists, tuples, dicts of these, or `Foreign`.
        args_after: The arguments as the call left them.
        arg_gradients: One entry per argument; None where no gradient arrived.
        parameters: A module's parameters and buffers by name, as the call left them.
        trainable: Names of the entries of `parameters` that an optimiser would train.
        parameter_gradients: By name; None where no gradient arrived.
    """

    output: Any = None
    args_after: tuple[Any, ...] = ()
    arg_gradients: tuple[Tensor | None, ...] = ()
    parameters: dict[str, Tensor] = field(default_factory=dict)
    trainable: tuple[str, ...] = ()
    parameter_gradients: dict[str, Tensor | None] = field(default_factory=dict)


class SubjectError(Exception):
    """The student's work could not be asked; the message is one sentence for the student."""

    kind = "raised"


class Unanswered(SubjectError):
    """The exercise has not been solved: the name is missing or the placeholder still stands."""

    kind = UNANSWERED


class Raised(SubjectError):
    """The student's code raised an exception."""


class TimedOut(SubjectError):
    """The student's code did not answer in time."""

    kind = "timeout"


class Died(SubjectError):
    """The student's kernel is gone."""

    kind = "died"


class Unreadable(SubjectError):
    """The student's kernel answered with something that is no answer."""

    kind = "unreadable"


class Subject(Protocol):
    """The student's function, class or trained model behind a name."""

    name: str

    def ask(self, ask: Ask) -> Answer:
        """Run one ask.

        Raises:
            SubjectError: One of its subclasses, when the student's work gave no answer.
        """
        ...


class DirectSubject:
    """A subject that is the object itself, for the student's own notebook."""

    def __init__(self, name: str, target: Any) -> None:
        self.name = name
        self._target = target

    def ask(self, ask: Ask) -> Answer:
        """Run one ask in this process."""
        return perform(self.name, self._target, ask)


def perform(name: str, target: Any, ask: Ask) -> Answer:
    """Run one ask on the student's object.

    The arguments are copied first, torch's global generator is restored afterwards, and a model's
    mode and gradients are left as they were, so that checking has no side effects on the notebook.

    Raises:
        Unanswered: If the placeholder of the exercise still stands.
        Raised: If the student's code raises anything else.
    """
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            return _perform(target, ask)
    except NotImplementedError as error:
        if _is_placeholder(error):
            raise Unanswered(
                f"`{name}` is not written yet: replace the placeholder in its cell by your "
                "answer and run the cell again."
            ) from None
        raise Raised(_describe(name, error)) from error
    except (SystemExit, Exception) as error:
        raise Raised(_describe(name, error)) from error


def _is_placeholder(error: NotImplementedError) -> bool:
    return not error.args or "not written yet" in _said(error)


def _said(error: BaseException) -> str:
    """The error's message on one line; a class of the student's may fail to give one."""
    try:
        return " ".join(str(error).split())
    except Exception:
        return "its message cannot be shown"


def _perform(target: Any, ask: Ask) -> Answer:
    # torch.manual_seed also notes a stack trace for a GPU that is never used: 1 ms a call.
    torch.default_generator.manual_seed(ask.seed)
    function = target if ask.sizes is None else target(**ask.sizes)
    module = function if isinstance(function, nn.Module) else None
    if ask.sizes is not None and module is None:
        raise TypeError(f"expected a torch.nn.Module, got {type(function).__name__}")
    if not ask.call:
        return _answer(None, (), module, {}, ())
    with _prepared(module, ask) if module is not None else nullcontext():
        return _call(function, module, ask)


@contextmanager
def _prepared(module: nn.Module, ask: Ask) -> Iterator[None]:
    """Load the parameters and set the mode for one call; undo both afterwards."""
    modes = {part: part.training for part in module.modules()}
    before = {name: value.detach().clone() for name, value in module.state_dict().items()}
    try:
        if ask.parameters is not None:
            if ask.sizes is not None:
                module.to(next(iter(ask.parameters.values())).dtype)
            module.load_state_dict(ask.parameters)
        module.train(ask.training)
        yield
    finally:
        module.load_state_dict(before)
        for part, mode in modes.items():
            part.training = mode


def _call(function: Callable[..., Any], module: nn.Module | None, ask: Ask) -> Answer:
    leaves = [_leaf(arg) for arg in ask.args] if ask.cotangent is not None else []
    args = tuple(_copy(leaf if leaf is not None else arg) for leaf, arg in _pairs(leaves, ask.args))
    torch.default_generator.manual_seed(ask.seed)
    output = function(*args)
    arg_gradients: tuple[Tensor | None, ...] = ()
    parameter_gradients: dict[str, Tensor | None] = {}
    if ask.cotangent is not None:
        arg_gradients, parameter_gradients = _gradients(output, ask.cotangent, leaves, module)
    return _answer(output, args, module, parameter_gradients, arg_gradients)


def _pairs(leaves: list[Tensor | None], args: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    return zip(leaves or [None] * len(args), args, strict=True)


def _leaf(value: Any) -> Tensor | None:
    """What gradients are taken with respect to; the call gets a copy, which it may change."""
    if isinstance(value, Tensor) and value.is_floating_point():
        return value.detach().clone().requires_grad_(True)
    return None


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, (list, tuple)):
        return type(value)(_copy(item) for item in value)
    return value


def _gradients(
    output: Any, cotangent: Tensor, leaves: list[Tensor | None], module: nn.Module | None
) -> tuple[tuple[Tensor | None, ...], dict[str, Tensor | None]]:
    named = dict(module.named_parameters()) if module is not None else {}
    wanted = [leaf for leaf in leaves if leaf is not None]
    wanted += [parameter for parameter in named.values() if parameter.requires_grad]
    first = output[0] if isinstance(output, (tuple, list)) and output else output
    differentiable = (
        isinstance(first, Tensor) and first.shape == cotangent.shape and first.requires_grad
    )
    if not wanted or not differentiable:
        return (None,) * len(leaves), dict.fromkeys(named)
    total = (first * cotangent.to(first.dtype)).sum()
    found = torch.autograd.grad(total, wanted, allow_unused=True)
    plain = [_plain(gradient) for gradient in found]
    by_id = {
        id(tensor): gradient if isinstance(gradient, Tensor) else None
        for tensor, gradient in zip(wanted, plain, strict=True)
    }
    return (
        tuple(by_id.get(id(leaf)) for leaf in leaves),
        {name: by_id.get(id(parameter)) for name, parameter in named.items()},
    )


def _answer(
    output: Any,
    args: tuple[Any, ...],
    module: nn.Module | None,
    parameter_gradients: dict[str, Tensor | None],
    arg_gradients: tuple[Tensor | None, ...],
) -> Answer:
    state = module.state_dict() if module is not None else {}
    parameters = {name: _plain(value) for name, value in state.items()}
    trainable = (
        tuple(k for k, p in module.named_parameters() if p.requires_grad)
        if module is not None
        else ()
    )
    return Answer(
        output=_plain(output),
        args_after=tuple(_plain(arg) for arg in args),
        arg_gradients=arg_gradients,
        parameters={k: value for k, value in parameters.items() if isinstance(value, Tensor)},
        trainable=trainable,
        parameter_gradients=parameter_gradients,
    )


def _plain(value: Any) -> Any:
    """The value as plain data; what is none becomes `Foreign`."""
    if type(value) is int and value.bit_length() > 64:
        return Foreign("a whole number of more than 64 bits")  # JSON would not carry it
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Tensor):
        return _plain_tensor(value)
    if type(value) in (list, tuple):
        return type(value)(_plain(item) for item in value)
    if type(value) is dict and all(type(key) is str for key in value):
        return {key: _plain(item) for key, item in value.items()}
    return Foreign(f"{type(value).__module__}.{type(value).__qualname__}")


def _plain_tensor(value: Tensor) -> Tensor | Foreign:
    """A copy without the class of its own, which could overload all that is called on it."""
    with torch._C.DisableTorchFunctionSubclass():
        bare = value if type(value) is Tensor else Tensor.as_subclass(value, Tensor)
        if bare.is_nested or bare.is_quantized or bare.is_meta:
            return Foreign("a nested, quantized or meta tensor")
        if bare.layout is not torch.strided:
            return Foreign(f"a {bare.layout} tensor")
        copy = bare.detach().clone()
    return copy if type(copy) is Tensor else Foreign("a tensor of a class of its own")


def _describe(name: str, error: BaseException) -> str:
    """One sentence: what was raised, and on which line of the notebook's cell."""
    text = _said(error)
    if len(text) > 300:
        text = text[:297] + "..."
    where = ""
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if "ipykernel_" in code.co_filename or code.co_filename.startswith("<ipython-input"):
            where = f" (line {traceback.tb_lineno} of its cell)"
        traceback = traceback.tb_next
    said = f": {text}" if text else ""
    return f"`{name}` raised {type(error).__name__}{said}{where}."
