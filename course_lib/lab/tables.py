"""Tables of a lecture, as text and as HTML: the shapes of tensors on their way through a net."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

from torch import Tensor, nn

from course_lib.lab.training import evaluating

HEADER = ("step", "goes in", "comes out", "in numbers", "parameters")


@dataclass
class Table:
    """Rows of text under a header; a notebook shows it as HTML, `print` as plain text.

    Attributes:
        header: The names of the columns.
        rows: As many entries as the header has; the last column is set flush right.
    """

    header: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.header))]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if column == len(widths) - 1 else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """IPython's hook."""

        def line(cells: tuple[str, ...], tag: str) -> str:
            aligned = ["left"] * (len(cells) - 1) + ["right"]
            return "".join(
                f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag}>'
                for cell, side in zip(cells, aligned, strict=True)
            )

        body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in self.rows)
        return (
            f"<table><thead><tr>{line(self.header, 'th')}</tr></thead><tbody>{body}</tbody></table>"
        )


def shapes(
    model: nn.Module,
    *inputs: Tensor,
    letters: Mapping[str, int],
    functions: Sequence[str] = (),
) -> Table:
    """Run a model once and list the shape of every tensor on its way.

    Args:
        model: Runs without dropout, and is left in the mode it was in.
        *inputs: What it is called with.
        letters: Sizes by letter, such as ``{"B": 5, "H": 64, "2H": 128}``, no two the same.
        functions: Names of functions that ``forward`` calls and that get a row too, if it does.

    Returns:
        One row for each layer and function in the order of the calls, and one for the whole.

    Example:
        >>> print(shapes(nn.Linear(3, 2), torch.zeros(5, 3), letters={"B": 5, "D": 3, "K": 2}))
        step            goes in  comes out  in numbers  parameters
        Linear (whole)  (B, D)   (B, K)     (5, 2)               8
    """
    names = {size: letter for letter, size in letters.items()}
    table = Table(HEADER)

    def note(step: str, given: Any, result: Any, parameters: int) -> None:
        count = f"{parameters:,}" if parameters else ""
        numbers = _written(result, {})
        table.rows.append((step, _written(given, names), _written(result, names), numbers, count))

    def after(step: str, layer: nn.Module, given: Any, result: Any) -> None:
        # An LSTM returns (states, (last state, last cell)); the states are what flows on.
        note(step, given, result[0] if isinstance(layer, nn.LSTM) else result, _count(layer))

    leaves = [(name, part) for name, part in model.named_modules() if name and _is_leaf(part)]
    hooks = [
        part.register_forward_hook(partial(after, f"{name}: {type(part).__name__}"))
        for name, part in leaves
    ]
    try:
        with evaluating(model), _watched(model, functions, note):
            result = model(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    note(f"{type(model).__name__} (whole)", inputs, result, _count(model))
    return table


def _is_leaf(part: nn.Module) -> bool:
    return next(part.children(), None) is None


def _count(part: nn.Module) -> int:
    return sum(parameter.numel() for parameter in part.parameters())


@contextmanager
def _watched(
    model: nn.Module, functions: Sequence[str], note: Callable[[str, Any, Any, int], None]
) -> Iterator[None]:
    """Let the functions that ``forward`` finds under these names note their calls, for a while."""
    namespace = type(model).forward.__globals__
    originals = {name: namespace[name] for name in functions if name in namespace}

    def watch(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def watching(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            note(f"{name}()", (*args, *kwargs.values()), result, 0)
            return result

        return watching

    namespace.update({name: watch(name, function) for name, function in originals.items()})
    try:
        yield
    finally:
        namespace.update(originals)


def _written(value: Any, names: Mapping[int, str]) -> str:
    """Shapes in letters, such as ``(B, T, H), (T, H)``; a size without a letter as a number."""
    if isinstance(value, Tensor):
        inside = ", ".join(names.get(size, str(size)) for size in value.shape)
        return f"({inside},)" if value.dim() == 1 else f"({inside})"
    if isinstance(value, (tuple, list)):
        return ", ".join(filter(None, (_written(part, names) for part in value)))
    return ""
