"""Runs a submission's cells in its kernel and judges its graded cells from outside.

`GradedExecute` takes the place of nbgrader's Execute. A test cell of a lecture is not run in the
student's kernel at all: its hidden check runs in this process and reaches the student's work
through a `RemoteSubject`.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from queue import Empty
from typing import Any

from jupyter_core.utils import ensure_async, run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets import Dict, Integer

from course_lib.answers.registry import hidden
from course_lib.grading import verdicts
from course_lib.grading.kernel import CourseKernelManager
from course_lib.grading.proxy import RemoteSubject
from course_lib.lab.check import Check, Verdict
from course_lib.lab.subject import Died, TimedOut, Unreadable

TEST = "test_"


class GradedExecute(Execute):
    """nbgrader's Execute with kernels in rooms of their own and checks in this process."""

    check_timeout = Integer(20, help="Seconds a check waits for one answer.").tag(config=True)
    submission_timeout = Integer(
        600, help="Seconds of wall time for all cells and checks of one submission."
    ).tag(config=True)

    limits = Dict(
        {}, help="Per lecture, values of the three limits above that go before the defaults."
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("kernel_manager_class", CourseKernelManager)
        super().__init__(**kwargs)
        self.shutdown_kernel = "immediate"
        self.record_timing = False
        self.coalesce_streams = True
        # No cell is skipped for a tag: the sanitiser strips tags, and this name is no tag.
        self.skip_cells_with_tag = "\0"
        self.timeout_func = self._seconds_for
        self._lecture = ""
        self._started = 0.0
        self._end = ""
        self._sandboxed = False
        self._verdicts: dict[int, Verdict] = {}

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run and judge the notebook.

        Returns:
            The notebook with outputs, in graded cells the verdicts and nothing else.
        """
        self._lecture = resources["nbgrader"]["assignment"]
        self._started = time.monotonic()
        self._end = ""
        self._verdicts = {}
        nb, resources = super().preprocess(nb, resources, km)
        nb.metadata["course"] = {"sandboxed": self._sandboxed}
        # Only now, when no message of the student's can change an output any more.
        for index, verdict in self._verdicts.items():
            nb.cells[index].outputs = [verdicts.to_output(verdict)]
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge a graded cell, run any other; a dead kernel costs only what comes after it."""
        check = find_check(resources, cell)
        if check is not None:
            self._verdicts[index] = self._judge(check)
        elif cell.cell_type == "code":
            self._run(cell, resources, index)
        return cell, resources

    def create_kernel_manager(self) -> Any:
        """The kernel's manager; notes whether it will be in the sandbox."""
        manager = super().create_kernel_manager()
        self._sandboxed = isinstance(manager, CourseKernelManager) and manager.sandboxed
        return manager

    def evaluate(self, expression: str) -> str:
        """Evaluate an expression in the student's kernel; see `proxy.Link`."""
        if self._end:
            raise Died(self._end)
        return str(run_sync(self._evaluate)(expression))

    def _judge(self, check: Check) -> Verdict:
        return check.run(RemoteSubject(check.subject, self))

    def _run(self, cell: NotebookNode, resources: dict[str, Any], index: int) -> None:
        if self._end:
            cell.outputs = [_error("NotRun", f"This cell was not run. {self._end}")]
            return
        seconds = self._seconds_for(cell)
        told = f"This cell was stopped after {seconds} seconds: is there a loop that never ends?"
        self.error_on_timeout = {"ename": "Timeout", "evalue": told, "traceback": [told]}
        try:
            super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._stop(cell, f"The code of cell {index + 1} ended the kernel.")
        except CellTimeoutError:
            # The interrupt was ignored: nothing more can be asked of this kernel.
            self._stop(cell, f"Cell {index + 1} ran too long and could not be interrupted.")
            self._kill()

    def _stop(self, cell: NotebookNode, sentence: str) -> None:
        self._end = sentence
        cell.outputs = [*cell.get("outputs", []), _error("KernelEnded", sentence)]

    def _kill(self) -> None:
        run_sync(self._async_kill)()

    async def _async_kill(self) -> None:
        await ensure_async(self.km.shutdown_kernel(now=True))

    def _seconds_for(self, _cell: NotebookNode | None = None) -> int:
        """Seconds the next cell may run: its own limit, or what is left for the submission."""
        left = self._limit("submission_timeout") - (time.monotonic() - self._started)
        return max(1, min(self._limit("timeout"), int(left)))

    def _limit(self, name: str) -> int:
        """A limit in seconds: the lecture's own, or the default."""
        return int(self.limits.get(self._lecture, {}).get(name, getattr(self, name)))

    async def _evaluate(self, expression: str) -> str:
        request = self.kc.execute(
            "", silent=True, store_history=False, user_expressions={"reply": expression}
        )
        seconds = self._limit("check_timeout")
        reply = await self._reply(request, seconds)
        if reply is None:
            await ensure_async(self.km.interrupt_kernel())
            if await self._reply(request, 5) is None:
                self._end = "A check's call ran too long and could not be interrupted."
                await self._async_kill()
            raise TimedOut(
                f"The call was stopped after {seconds} seconds: is there a loop that never ends?"
            )
        expressions = reply["content"].get("user_expressions", {})
        result = expressions.get("reply", {}) if isinstance(expressions, dict) else {}
        text = result.get("data", {}).get("text/plain") if isinstance(result, dict) else None
        if not isinstance(text, str):
            raise Unreadable("The kernel could not run a check on this answer.")
        return text

    async def _reply(self, request: str, seconds: float) -> dict[str, Any] | None:
        """The reply to a request; None if there is none in time.

        Raises:
            Died: If the kernel is gone.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                message: dict[str, Any] = await ensure_async(
                    self.kc.shell_channel.get_msg(timeout=min(left, 1.0))
                )
            except Empty:
                if not await ensure_async(self.kc.is_alive()):
                    self._end = "The code under test ended the kernel."
                    raise Died(self._end) from None
                continue
            if message["parent_header"].get("msg_id") == request:
                return message
        return None


def find_check(resources: dict[str, Any], cell: NotebookNode) -> Check | None:
    """The hidden check that judges a cell; None if the cell is run as it is.

    Raises:
        KeyError: If a lecture's test cell has no hidden check; `course build` refuses such a cell.
    """
    if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
        return None
    lecture = resources["nbgrader"]["assignment"]
    if not is_lecture(lecture):
        return None
    grade_id: str = cell.metadata.nbgrader["grade_id"]
    return hidden.get(lecture, grade_id.removeprefix(TEST))


def is_lecture(stem: str) -> bool:
    """Whether an assignment has hidden checks; loads them if so."""
    name = f"course_lib.answers.hidden.{stem}"
    if not stem.isidentifier() or importlib.util.find_spec(name) is None:
        return False
    importlib.import_module(name)
    return True


def _error(name: str, sentence: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=sentence, traceback=[f"{name}: {sentence}"])
