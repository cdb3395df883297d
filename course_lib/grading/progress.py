"""Progress on a terminal: what is done, at what rate, how long it still takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_console = Console(stderr=True)


@contextmanager
def bar(what: str, unit: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; yields a function of the number done and the total."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_console, disable=quiet) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def status(what: str, *, quiet: bool) -> Iterator[None]:
    """A line that turns while something of unknown length runs."""
    if quiet:
        yield
        return
    with _console.status(what):
        yield
