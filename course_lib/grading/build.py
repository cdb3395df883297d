"""`course build`: a lecture's text becomes the instructor's notebook, executed.

The same text gives the same bytes: cell ids are fixed, arithmetic runs on one thread with
instructions that every x86-64 processor of the last ten years has, and what changes from run to
run (progress bars, times, versions) is left out. One thing remains: oneDNN's LSTM sums in blocks
that fit the processor's caches, so a long training may end in other digits on another kind of
processor. `source/built.json` therefore names the kind that the outputs were made on.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import jupytext
import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course_lib.grading import fingerprint, notebook
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError
from course_lib.grading.lint import lint

MAX_BYTES = 1_000_000
_SECONDS_PER_CELL = 300
_CPUINFO = Path("/proc/cpuinfo")
REPRODUCIBLE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TQDM_DISABLE": "1",
}

Progress = Callable[[int, int], None]


def build(course: Course, stem: str, progress: Progress | None = None) -> Path:
    """Write `source/<stem>/<stem>.ipynb` from `lectures/<stem>.py`.

    Args:
        course: The course.
        stem: The lecture.
        progress: Called with the number of cells done and of all cells.

    Returns:
        The notebook's path.

    Raises:
        CourseError: If the text breaks a rule, a cell fails, or the notebook is too large. The
            notebook on disk is then left as it was.
    """
    made_from = fingerprint.of_text(course.text(stem))
    nb = convert(course.text(stem))
    if faults := lint(stem, nb):
        raise CourseError("\n".join([f"lectures/{stem}.py cannot be built:", *faults]))
    _execute(stem, nb, progress)
    _quieten(nb)
    text = nbformat.writes(nb) + "\n"
    if len(text.encode()) > MAX_BYTES:
        raise CourseError(
            f"source/{stem}/{stem}.ipynb would hold {len(text.encode()) / 1e6:.1f} MB, more than "
            f"{MAX_BYTES / 1e6:.0f}: make its figures smaller."
        )
    target = course.source(stem)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, text)
    _note(course, stem, made_from)  # not of a text that was saved meanwhile
    return target


def is_current(course: Course, stem: str) -> bool:
    """Whether the notebook is what building it again would give.

    That is so if text, code, libraries and the notebook itself are as they were when it was built;
    `source/built.json` keeps their hash.
    """
    try:
        mark = _marks(course)[stem]["hash"]
        made_from = fingerprint.of_text(course.text(stem))
        return mark == fingerprint.of_build(made_from, course.source(stem))
    except (OSError, ValueError, KeyError, TypeError):
        # Never built, or the note of it is gone or not whole: to be built.
        return False


def _note(course: Course, stem: str, made_from: str) -> None:
    try:
        marks = _marks(course)
    except (OSError, ValueError):
        marks = {}
    marks[stem] = {
        "hash": fingerprint.of_build(made_from, course.source(stem)),
        "processor": processor(),
    }
    write_whole(_noted(course), json.dumps(marks, indent=2, sort_keys=True) + "\n")


def built_on(course: Course, stem: str) -> str:
    """The kind of processor that the notebook's outputs were made on."""
    return _marks(course)[stem]["processor"]


def processor() -> str:
    """The kind of this machine's processor: what decides how oneDNN cuts its sums.

    Vendor, family, model, stepping and cache size as Linux tells them; the architecture elsewhere.
    """
    try:
        told = _CPUINFO.read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return platform.machine()
    lines = [line.partition(":") for line in told.splitlines()]
    facts = {name.strip(): value.strip() for name, _, value in lines}
    kind = ("vendor_id", "cpu family", "model", "stepping", "cache size")
    return " ".join(facts[name] for name in kind if name in facts) or platform.machine()


def _marks(course: Course) -> dict[str, dict[str, str]]:
    marks = json.loads(_noted(course).read_text(encoding="utf-8"))
    if not isinstance(marks, dict):
        raise ValueError("not an object")
    return marks


def _noted(course: Course) -> Path:
    return course.root / "source" / "built.json"


def convert(text: Path) -> NotebookNode:
    """The notebook of a lecture's text: fixed ids, no outputs.

    Raises:
        CourseError: If the text cannot be read.
    """
    try:
        nb = jupytext.read(text, fmt="py:percent")
    except Exception as error:
        raise CourseError(f"{text} is no readable py:percent text: {error}.") from error
    nb.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    nb.nbformat, nb.nbformat_minor = 4, 5
    for position, cell in enumerate(nb.cells, start=1):
        cell.id = notebook.grade_id(cell) or f"cell-{position:03d}"
    return nb


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _execute(stem: str, nb: NotebookNode, progress: Progress | None) -> None:
    done = 0

    def tick(**_: object) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, len(nb.cells))

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as sockets:
        client = NotebookClient(
            nb,
            # Unix sockets: no open port on the machine while a notebook is built.
            km=AsyncKernelManager(
                kernel_name="python3",
                transport="ipc",
                connection_file=str(Path(sockets) / "kernel.json"),
            ),
            timeout=_SECONDS_PER_CELL,
            record_timing=False,
            # One text per stream, however the kernel happened to flush it.
            coalesce_streams=True,
            resources={"metadata": {"path": folder}},
            on_cell_start=tick,
        )
        try:
            client.execute(cleanup_kc=True, env={**os.environ, **REPRODUCIBLE})
        except CellExecutionError as error:
            source = next(cell.source for cell in reversed(nb.cells) if cell.get("outputs"))
            raise CourseError(
                f"lectures/{stem}.py: a cell fails with {error.ename}: {error.evalue}\n\n{source}"
            ) from error
        except CellTimeoutError as error:
            raise CourseError(
                f"lectures/{stem}.py: a cell ran for more than {_SECONDS_PER_CELL} seconds: make "
                "its work smaller."
            ) from error
        except (DeadKernelError, RuntimeError) as error:
            raise CourseError(f"lectures/{stem}.py: the kernel died ({error}).") from error


def _quieten(nb: NotebookNode) -> None:
    """Leave out what differs from run to run."""
    nb.metadata.language_info = {"name": "python"}
    nb.metadata.pop("widgets", None)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                output
                for output in cell.outputs
                if not (output.output_type == "stream" and output.name == "stderr")
            ]
