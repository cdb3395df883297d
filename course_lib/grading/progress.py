"""Progress on a terminal: what is done, at what rate, how long it still takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_console = Console(stderr=True)


@contextmanager
def bar(what: str, unit: str, *, quiet: bool) -> Iterator[Callable[..., None]]:
    """A progress bar, on a terminal; yields a function of done, total, and maybe a note."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[yellow]{task.fields[note]}"),
    )
    # Into a file, a bar would come as one line at the end, when the result says more.
    disable = quiet or not _console.is_terminal
    with Progress(*columns, console=_console, disable=disable) as progress:
        task = progress.add_task(what, total=None, note="")

        def update(done: int, total: int, note: str = "") -> None:
            progress.update(task, completed=done, total=total, note=note)

        yield update


@contextmanager
def status(what: str, *, quiet: bool) -> Iterator[None]:
    """A line that turns while something of unknown length runs."""
    if quiet:
        yield
        return
    with _console.status(what):
        yield


class _Rate(ProgressColumn):
    """How many are done in a minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{60 * task.speed:.0f}/min" if task.speed else "")
