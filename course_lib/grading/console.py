"""What commands print: results on the output, what needs attention on the error output."""

from __future__ import annotations

import json
from typing import Any


def tell(value: Any, as_json: bool, *lines: str) -> None:
    """Print a result as JSON, or its lines."""
    if as_json:
        print(json.dumps(value))
    else:
        for line in lines:
            show(line)


def show(*shown: Any) -> None:
    """Print text with rich's marks, or a table."""
    from rich.console import Console

    Console(highlight=False).print(*shown)


def warn(line: str) -> None:
    """Print a sentence that needs attention."""
    complain("[yellow]![/]", line)


def complain(mark: str, line: str) -> None:
    """Print a sentence, in which nothing is a mark of rich's, after one that is."""
    from rich.console import Console
    from rich.markup import escape

    Console(stderr=True, highlight=False).print(f"{mark} {escape(line)}", soft_wrap=True)
