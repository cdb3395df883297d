"""Runs a submission's cells in its kernel and judges its graded cells from outside.

`GradedExecute` takes the place of nbgrader's Execute. A test cell of a lecture is not run in the
student's kernel at all: its hidden check runs in this process and reaches the student's work
through a `RemoteSubject`.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import importlib.util
import time
from dataclasses import replace
from typing import Any

import zmq
from jupyter_core.utils import ensure_async, run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets import Integer

from course_lib.answers.registry import hidden
from course_lib.grading import notebook, outputs, verdicts
from course_lib.grading.errors import CourseError
from course_lib.grading.inside.supervisor import LOST
from course_lib.grading.jobs import Figures
from course_lib.grading.kernel import CourseKernelManager, ParentLost, SandboxProvisioner
from course_lib.grading.limits import LimitsConfig
from course_lib.grading.proxy import RemoteSubject
from course_lib.lab.check import Check
from course_lib.lab.serve import ASK
from course_lib.lab.subject import Died, TimedOut, Unreadable
from course_lib.lab.verdict import Verdict

_MB = 2**20
_OVERHEAD = 500  # bytes that an output takes beyond its content
_LOOK = 0.2  # seconds between two looks at whether the kernel lives
_ERROR = 2000  # characters of an error in which a limit's name is looked for


class GradedExecute(LimitsConfig, Execute):
    """nbgrader's Execute with kernels in rooms of their own and checks in this process."""

    seed = Integer(
        None,
        allow_none=True,
        help="Of python's, numpy's and torch's random numbers; by default one for each lecture.",
    ).tag(config=True)
    threads = Integer(1, help="How many threads torch computes with.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("kernel_manager_class", CourseKernelManager)
        super().__init__(**kwargs)
        self.shutdown_kernel = "immediate"
        self.record_timing = False
        # By `outputs.coalesce`: the client's own takes hours for one line of megabytes.
        self.coalesce_streams = False
        # No cell is skipped for a tag: the sanitiser strips tags, and this name is no tag.
        self.skip_cells_with_tag = "\0"
        self.timeout_func = self._seconds_for
        self._begin("")

    def _begin(self, lecture: str) -> None:
        self._lecture = lecture
        self._started = time.monotonic()
        self._end = ""
        self._verdicts: dict[int, Verdict] = {}
        self._cell_seconds = 0.0
        self._output = self._cell_output = 0
        self._manager: Any = None
        self._killing = asyncio.Lock()
        # An event loop keeps no task alive that nobody holds.
        self._stemming: asyncio.Future[Any] | None = None

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run and judge the notebook.

        Returns:
            The notebook with outputs, in graded cells the verdicts and nothing else.

        Raises:
            ParentLost: If the kernel ended for no reason of the submission's.
        """
        self._begin(resources["nbgrader"]["assignment"])
        nb, resources = super().preprocess(nb, resources, km)
        if self._ended_by(LOST):
            raise ParentLost("The kernel's supervisor ended by itself.")
        # Nothing of what the kernel said about itself or its widgets: the pages would show it.
        language = NotebookNode(name="python", pygments_lexer="ipython3")
        course = NotebookNode(sandboxed=self._manager.sandboxed)
        kept = {"kernelspec": nb.metadata.get("kernelspec")} if "kernelspec" in nb.metadata else {}
        nb.metadata = NotebookNode(kept, language_info=language, course=course)
        # Only now, when no message of the student's can change an output any more.
        for index, cell in enumerate(nb.cells):
            if index in self._verdicts:
                cell.outputs = [verdicts.to_output(self._verdicts[index])]
            elif cell.cell_type == "code":
                # A verdict is metadata, which a student's output could have too.
                cell.outputs = outputs.coalesce(outputs.shown(cell.get("outputs")))
                cell.execution_count = outputs.count(cell.get("execution_count"))
        return nb, resources

    def figures(self) -> Figures:
        """What the notebook that was run last used."""
        ended = self._manager.ended
        cpu, memory = (ended.cpu_seconds, ended.memory_mb) if ended else (0.0, 0.0)
        return Figures(round(self._cell_seconds, 3), cpu, memory, ended.limit if ended else "")

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge a graded cell, run any other; a dead kernel costs only what comes after it."""
        check = find_check(resources, cell)
        if check is not None:
            self._verdicts[index] = self._judge(check)
        elif cell.cell_type == "code":
            started = time.monotonic()
            self._run(cell, resources, index)
            self._cell_seconds += time.monotonic() - started
        return cell, resources

    def create_kernel_manager(self) -> Any:
        """The kernel's manager, told what this lecture's kernels may use."""
        manager = self._manager = super().create_kernel_manager()
        manager.limits = self.for_supervisor(self._lecture)
        # The same for everybody: equal work gets equal points.
        of_lecture = int.from_bytes(hashlib.sha256(self._lecture.encode()).digest()[:4])
        manager.seed = of_lecture if self.seed is None else self.seed
        manager.threads = self.threads
        return manager

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel.

        Raises:
            CourseError: If a configuration would have it run outside the sandbox.
        """
        await super().async_start_new_kernel(**kwargs)
        if self.km.sandboxed and not isinstance(self.km.provisioner, SandboxProvisioner):
            await self._async_kill()
            raise CourseError(
                "The kernel would run outside the sandbox: take settings of kernel provisioners "
                "and managers out of nbgrader_config.py and the environment."
            )

    start_new_kernel = run_sync(async_start_new_kernel)

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take in what the kernel says of a cell, up to the limit on output."""
        if msg["msg_type"] not in ("status", "execute_input"):
            most = self.limit(self._lecture, "output_mb") * _MB
            received = _OVERHEAD + outputs.size([msg["content"], msg.get("buffers", [])])
            before = self._cell_output
            self._cell_output += received
            if self._output + self._cell_output > most:
                if self._output + before <= most or before == 0:
                    cell.outputs.append(_error(outputs.OUTPUT_LIMIT, self._output_sentence()))
                if before <= most < self._cell_output and self._stemming is None:
                    self._stemming = asyncio.ensure_future(self._stem())
                return None
        return super().process_message(msg, cell, cell_index)

    def ask(self, name: str, text: str) -> str:
        """Ask something in the student's kernel; see `proxy.Link`."""
        if self._end:
            raise Died(self._end)
        if self._left() <= 0:
            self._end = self.why_stopped(self._lecture, "wall_seconds")
            self._kill()
            raise Died(self._end)
        try:
            request = self.kc.session.send(self._shell(), ASK, {"name": name, "ask": text})
        except zmq.Again:
            self._end = "The kernel took no more requests."
            self._kill()
            raise Died(self._end) from None
        seconds = max(1, min(self.limit(self._lecture, "check_timeout"), int(self._left())))
        reply = self._reply(request["msg_id"], seconds)
        if reply is None:
            run_sync(self._interrupt)()
            if self._reply(request["msg_id"], self.patience) is None:
                self._end = "A check's call ran too long and could not be interrupted."
                self._kill()
            raise TimedOut(
                f"The call was stopped after {seconds} seconds: is there a loop that never ends?"
            )
        answer = reply["content"].get("answer")
        if not isinstance(answer, str):
            raise Unreadable("The kernel could not run a check on this answer.")
        return answer

    def _judge(self, check: Check) -> Verdict:
        verdict = check.run(RemoteSubject(check.subject, self))
        hint = self.hint(self._lecture, verdict.sentence) if verdict.fault == "raised" else ""
        return replace(verdict, sentence=f"{verdict.sentence} {hint}") if hint else verdict

    def _run(self, cell: NotebookNode, resources: dict[str, Any], index: int) -> None:
        if self._end:
            cell.outputs = [_error("NotRun", f"This cell was not run. {self._end}")]
            return
        self._cell_output = 0
        seconds = self._seconds_for(cell)
        told = f"This cell was stopped after {seconds} seconds: is there a loop that never ends?"
        self.error_on_timeout = {"ename": outputs.TIMEOUT, "evalue": told, "traceback": [told]}
        try:
            super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._stop(cell, self._why_ended(f"The code of cell {index + 1} ended the kernel."))
        except CellTimeoutError:
            if self._responds():
                # It is done, but the message that says so was lost in what it sent.
                cell.outputs.append(_error(outputs.OUTPUT_LIMIT, self._output_sentence()))
            else:
                # The interrupt was ignored: nothing more can be asked of this kernel.
                self._stop(cell, f"Cell {index + 1} ran too long and could not be interrupted.")
                self._kill()
        except Exception as error:
            # Only a kernel that speaks no Jupyter brings the client here.
            reason = f"Cell {index + 1} made the kernel send what cannot be read"
            self._stop(cell, f"{reason} ({type(error).__name__}).")
            self._kill()
        if self._stemming is not None:
            self._stemming.cancel()
            self._stemming = None
        self._output += self._cell_output
        self._explain(cell)
        if not self._end and self._left() <= 0:
            self._stop(cell, self.why_stopped(self._lecture, "wall_seconds"))
            self._kill()

    def _explain(self, cell: NotebookNode) -> None:
        """Say which limit an error comes from, if it comes from one."""
        for output in list(cell.get("outputs", [])):
            if output.output_type == "error":
                hint = self.hint(self._lecture, f"{output.ename}: {output.evalue}"[:_ERROR])
                if hint:
                    cell.outputs.append(_error(outputs.LIMIT, hint))

    async def _async_poll_kernel_alive(self) -> None:
        """End the wait for a reply when the kernel is dead; nbclient's looks once a second."""
        while self.km is not None and await self._lives():
            await asyncio.sleep(_LOOK)
        if self.km is not None and self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()

    async def _stem(self) -> None:
        """Interrupt a cell that alone goes beyond the limit, and kill what does not stop then."""
        await self._interrupt()
        await asyncio.sleep(self.patience)
        await self._async_kill()

    def _output_sentence(self) -> str:
        most = self.limit(self._lecture, "output_mb")
        return f"A notebook may print and show {most} MB; what came after that is left out."

    def _why_ended(self, otherwise: str) -> str:
        limit = "" if self._manager.ended is None else self._manager.ended.limit
        return self.why_stopped(self._lecture, limit) if limit and limit != LOST else otherwise

    def _ended_by(self, limit: str) -> bool:
        return self._manager.ended is not None and self._manager.ended.limit == limit

    def _stop(self, cell: NotebookNode, sentence: str) -> None:
        self._end = sentence
        cell.outputs = [*cell.get("outputs", []), _error(outputs.KERNEL_ENDED, sentence)]

    def _kill(self) -> None:
        run_sync(self._async_kill)()

    async def _async_kill(self) -> None:
        # One after the other: jupyter_client fails at ending a kernel that it is ending.
        async with self._killing:
            await ensure_async(self.km.shutdown_kernel(now=True))

    def _left(self) -> float:
        """Seconds that are left for the submission."""
        most = self.limit(self._lecture, "submission_timeout")
        return most - (time.monotonic() - self._started)

    def _seconds_for(self, _cell: NotebookNode | None = None) -> int:
        """Seconds the next cell may run: its own limit, or what is left for the submission."""
        return max(1, min(self.limit(self._lecture, "timeout"), int(self._left())))

    def _responds(self) -> bool:
        """Whether the kernel takes requests, although it did not say that a cell was done."""
        try:
            request = self.kc.execute("", silent=True, store_history=False)
            return self._reply(request, self.patience) is not None
        except (Died, Unreadable, zmq.Again):
            return False

    def _shell(self) -> zmq.Socket[bytes]:
        """The channel of requests and replies, without the event loop: asks are many."""
        return zmq.Socket.shadow(self.kc.shell_channel.socket.underlying)

    def _reply(self, request: str, seconds: float) -> dict[str, Any] | None:
        """The reply to a request; None if there is none in time.

        Raises:
            Died: If the kernel is gone.
            Unreadable: If the kernel sends what is no message.
        """
        shell = self._shell()
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not shell.poll(int(1000 * min(left, 1.0)) + 1):
                if not run_sync(self._lives)():
                    self._end = self._why_ended("The code under test ended the kernel.")
                    raise Died(self._end)
                continue
            try:
                _, message = self.kc.session.recv(shell)
                if message["parent_header"].get("msg_id") != request:
                    continue
                if isinstance(message["content"], dict):
                    return dict(message)
                raise TypeError("no content")
            except Exception as error:
                raise Unreadable("The kernel's answer is no answer to a check.") from error
        return None

    async def _lives(self) -> bool:
        return bool(await ensure_async(self.km.is_alive()))

    async def _interrupt(self) -> None:
        await ensure_async(self.km.interrupt_kernel())


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
    return hidden.get(lecture, grade_id.removeprefix(notebook.TEST))


def is_lecture(stem: str) -> bool:
    """Whether an assignment has hidden checks; loads them if so."""
    name = f"course_lib.answers.hidden.{stem}"
    if not stem.isidentifier() or importlib.util.find_spec(name) is None:
        return False
    importlib.import_module(name)
    return True


def _error(name: str, sentence: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=sentence, traceback=[f"{name}: {sentence}"])
