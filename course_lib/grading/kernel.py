"""Kernels for jupyter_client: forked from a warm parent in the sandbox, or plain processes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from queue import Empty
from typing import Any

import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Bool, Instance, Integer

from course_lib.data import catalogue
from course_lib.grading import places, sandbox, warm
from course_lib.grading.files import regular
from course_lib.grading.inside import ONCE
from course_lib.grading.inside.supervisor import LOST, Ended, Limits, Request

SANDBOXED, PLAIN = "course-sandbox", "course-plain"
CHANNELS = ("shell", "iopub", "stdin", "control")
_STARTUP = 60  # seconds; a warm parent that has just been started imports for some of them
_SEND_MS = 5000
_SHUTDOWN = 10  # seconds in which a killed kernel must be gone
_MB = 2**20


class ParentLost(RuntimeError):
    """The warm parent or a supervisor ended by itself: not the submission's doing; try again."""


class CourseKernelClient(AsyncKernelClient):
    """A client that a kernel cannot flood, and that is ready as soon as its kernel is."""

    max_message_mb = Integer(32, help="A kernel that sends a larger message is cut off (MB).")

    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.maxmsgsize = self.max_message_mb * _MB
        # Messages that wait here unread; the kernel keeps, and in the end drops, the rest.
        context.rcvhwm = 4
        # A kernel that takes no more messages must not hold up who sends them.
        context.sndtimeo = _SEND_MS
        return context

    def start_channels(self, *_: Any, **__: Any) -> None:
        """All but the heartbeat: the manager knows whether the kernel lives."""
        super().start_channels(hb=False)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when messages arrive both ways.

        Raises:
            RuntimeError: If the kernel ends before, or nothing comes in time.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + (timeout or _STARTUP)
        request = self.kernel_info()
        answered = heard = False
        while not (answered and heard):
            try:
                if not answered:
                    message = await self.shell_channel.get_msg(timeout=1)
                    answered = message["parent_header"].get("msg_id") == request
                else:
                    # The kernel welcomes whoever listens to its outputs.
                    await self.iopub_channel.get_msg(timeout=1)
                    heard = True
            except Empty:
                if not await self._async_is_alive():
                    raise RuntimeError("The kernel ended before it was ready.") from None
                if loop.time() > end:
                    raise RuntimeError("The kernel was not ready in time.") from None

    wait_for_ready = _async_wait_for_ready


class CourseKernelManager(AsyncKernelManager):
    """Starts the kernel of one submission, by unix sockets in a directory of its own."""

    sandboxed = Bool(True, help="Whether kernels run in the sandbox.").tag(config=True)
    max_files_mb = Integer(
        20, help="Files beside the notebook are copied into the kernel up to this size (MB)."
    ).tag(config=True)
    seed = Integer(0, help="Of python's, numpy's and torch's random numbers.")
    threads = Integer(1, help="How many threads torch computes with.")
    limits = Instance(Limits, args=())

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("client_class", f"{__name__}.{CourseKernelClient.__name__}")
        super().__init__(**kwargs)
        self.transport = "ipc"
        self.cache_ports = False

    @property
    def kernel_spec(self) -> KernelSpec:
        """The one kernel there is, whatever name the submission's metadata give."""
        return KernelSpec(
            argv=[
                sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}",
                "--InteractiveShellApp.ignore_cwd=True", "--HistoryManager.enabled=False",
                "--InteractiveShell.xmode=Plain",
                f"--IPKernelApp.exec_lines=import torch; torch.set_num_threads({self.threads}); "
                "del torch; import course_lib.lab.serve; "
                f"course_lib.lab.serve.begin(get_ipython(), {self.seed}); del course_lib",
            ],
            display_name="Course kernel",
            language="python",
            interrupt_mode="signal",
            metadata={
                "kernel_provisioner": {"provisioner_name": SANDBOXED if self.sandboxed else PLAIN}
            },
        )  # fmt: skip

    @property
    def ended(self) -> Ended | None:
        """How the kernel ended; None while it runs, and where no supervisor watched it."""
        return self.provisioner.ended if isinstance(self.provisioner, SandboxProvisioner) else None


class SandboxProvisioner(KernelProvisionerBase):
    """A kernel forked from this process's warm parent, reached by its supervisor's connection."""

    ended: Ended | None = None
    _connection: socket.socket | None = None
    _unread = b""

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and has not been cleaned up."""
        return self._connection is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Keep the working directory's name; nothing else of the call is used."""
        return {"cmd": [], "cwd": kwargs.get("cwd")}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ARG002 (there is no command)
        """Ask the warm parent for a kernel.

        Raises:
            CourseError: If the sandbox is asked for and cannot be had.
            ParentLost: If the parent ended or could not make the kernel.
        """
        manager = self.parent
        assert isinstance(manager, CourseKernelManager)
        sandbox.require()
        self._warm = warm.parent(disk_mb=manager.limits.disk_mb)
        self._endpoint = self._warm.endpoint()
        manager.ip = str(self._endpoint)
        for port, channel in enumerate(CHANNELS, start=1):
            setattr(manager, f"{channel}_port", port)
        manager.hb_port = len(CHANNELS) + 1
        request = Request(
            key=manager.session.key.decode(),
            endpoint=f"k-{manager.kernel_id}",
            seed=manager.seed,
            threads=manager.threads,
            limits=manager.limits,
            files=_files(kwargs["cwd"], manager.max_files_mb * _MB),
        )
        await self._send(request)
        return manager.get_connection_info()

    async def poll(self) -> int | None:
        """The exit status, None while the kernel runs."""
        if self._connection is not None and self.ended is None:
            self._take_what_came()
        return None if self.ended is None else self.ended.code

    async def wait(self) -> int | None:
        """The exit status, once the kernel has ended."""
        await self._until_ended()
        self._hang_up()
        return None if self.ended is None else self.ended.code

    async def send_signal(self, signum: int) -> None:
        """Have the supervisor signal the kernel and what it started."""
        if self._connection is not None and self.ended is None:
            message = json.dumps({"signal": int(signum)}) + "\n"
            try:
                await asyncio.get_running_loop().sock_sendall(self._connection, message.encode())
            except OSError:
                self._take_what_came()

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002 (never is)
        """Kill the kernel and all it started, and hear how it ended."""
        await self.send_signal(signal.SIGKILL)
        # Else the manager would look for it ten times a second.
        try:
            await asyncio.wait_for(self._until_ended(), _SHUTDOWN)
        except TimeoutError:
            # A supervisor that does not answer is ended with all that is around it.
            self._warm.stop()
            await asyncio.wait_for(self._until_ended(), _SHUTDOWN)

    async def terminate(self, restart: bool = False) -> None:
        """As `kill`: a student's kernel has nothing to save."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:  # noqa: ARG002 (never is)
        """Hang up and remove the sockets."""
        self._hang_up()
        for port in range(1, len(CHANNELS) + 1):
            Path(f"{self._endpoint}-{port}").unlink(missing_ok=True)
        if self._warm.role == ONCE:
            self._warm.stop()

    async def _send(self, request: Request) -> None:
        loop = asyncio.get_running_loop()
        listening = [_listen(f"{self._endpoint}-{n}") for n in range(1, len(CHANNELS) + 1)]
        try:
            self._connection = self._warm.connect()
            text = request.dumps().encode()
            # The sockets go with the first bytes; a long request follows in pieces.
            sent = socket.send_fds(self._connection, [text], [one.fileno() for one in listening])
            self._connection.setblocking(False)
            await loop.sock_sendall(self._connection, text[sent:])
            while b"\n" not in self._unread:
                received = await asyncio.wait_for(loop.sock_recv(self._connection, 65536), _STARTUP)
                if not received:
                    raise ConnectionError("it hung up")
                self._unread += received
        except (OSError, TimeoutError) as error:
            self._hang_up()
            words = self._warm.last_words()
            raise ParentLost(f"The warm parent gave no kernel ({error}). {words}") from error
        finally:
            for one in listening:
                one.close()
        line, self._unread = self._unread.split(b"\n", 1)
        if problem := json.loads(line).get("error"):
            self._hang_up()
            raise ParentLost(f"The kernel could not be started: {problem}.")

    async def _until_ended(self) -> None:
        loop = asyncio.get_running_loop()
        while self._connection is not None and self.ended is None:
            try:
                self._hear(await loop.sock_recv(self._connection, 65536))
            except OSError:
                self._hear(b"")

    def _take_what_came(self) -> None:
        assert self._connection is not None
        try:
            received = self._connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        self._hear(received)

    def _hear(self, received: bytes) -> None:
        """Take in what the supervisor said."""
        self._unread += received
        if b"\n" in self._unread:
            self.ended = Ended(**json.loads(self._unread))
        elif not received:
            self.ended = Ended(-signal.SIGKILL, LOST, 0.0, 0.0)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PlainProvisioner(LocalProvisioner):
    """A kernel without the sandbox: an ordinary process in a temporary directory."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare the directory, with the student half and the submission's files in it."""
        manager = self.parent
        assert isinstance(manager, CourseKernelManager)
        self._room = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=places.base()))
        work = self._room / "work"
        work.mkdir()
        manager.connection_file = str(self._room / "k.json")
        cwd = kwargs.pop("cwd", None)
        kwargs = await super().pre_launch(**kwargs)
        for name, content in _files(cwd, manager.max_files_mb * _MB).items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content))
        paths = {"HOME": str(work), "IPYTHONDIR": str(work / ".ipython")}
        paths |= {"PYTHONPATH": str(sandbox.copy_student_half(self._room / "half"))}
        paths |= {"MPLCONFIGDIR": str(places.font_cache())}
        paths |= {"COURSE_LIB_CACHE": str(catalogue.cache_folder())}
        kwargs["env"] = sandbox.environment(paths)
        # What C code prints goes past Jupyter's messages; nobody reads it, and it has no bound.
        kwargs |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return {**kwargs, "cwd": str(work)}

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the directory, unless the kernel is about to be started again."""
        await super().cleanup(restart)
        if not restart:
            shutil.rmtree(self._room, ignore_errors=True)


def _listen(address: str) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    return listening


def _files(folder: str | None, most: int) -> dict[str, str]:
    """What lies beside a submission's notebook in base64, up to `most` bytes."""
    if not folder:
        return {}
    read = {name: (Path(folder) / name).read_bytes() for name in regular(Path(folder), most)}
    return {str(name): base64.b64encode(content).decode() for name, content in read.items()}
