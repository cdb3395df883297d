"""The kernel of one submission: a process that has just been forked, locked in and served.

Nothing here is run before the student's code in the same process can undo it: isolation, limits and
the system-call filter hold whatever that code does.
"""

from __future__ import annotations

import base64
import contextlib
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, NoReturn, cast

import pyseccomp
import torch
import zmq
from ipykernel import ipkernel
from ipykernel.compiler import XCachingCompiler
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from traitlets.config import Config

from course_lib.lab import serve

from . import calls, isolation, usage
from .supervisor import Limits, Request

# Ends a process that runs on after the warning that the soft limit gives.
_GRACE = 5
_DRAWS = "module://matplotlib_inline.backend_inline"  # Jupyter's backend of matplotlib
# Sockets and pipes hold memory that no limit counts.
_OPEN_FILES = 256


class _NoModules:
    """`sys` without its modules, for ipykernel.

    For its debugger it looks at each one that is loaded, and the thousands of pages that hold them
    would no longer be shared with the warm parent.
    """

    modules: ClassVar[dict[str, ModuleType]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


vars(ipkernel)["sys"] = _NoModules()


class Kernel(ipkernel.IPythonKernel):
    """ipykernel's kernel around the shell that the warm parent made, with short work for asks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # which takes the shell that is there
        shell, profile = cast("Any", self.shell), cast("ProfileDir", self.profile_dir)
        shell.parent = shell.kernel = self
        shell.profile_dir = profile
        shell.ipython_dir = str(Path(profile.location).parent)

    async def dispatch_shell(self, msg: list[zmq.Frame], /, *args: Any, **kwargs: Any) -> None:
        """Take in a request; an ask without what notebooks are told of a cell: busy, idle, prints.

        The grader waits for the reply alone, and telling takes longer than most answers.
        """
        session = cast("Session", self.session)
        idents, frames = session.feed_identities(msg, copy=False)
        _signature, header, *_ = cast("list[zmq.Frame]", frames)
        if serve.ASK.encode() not in header.bytes:
            await super().dispatch_shell(msg, *args, **kwargs)
            return
        message = session.deserialize(frames, copy=False)
        self.set_parent(idents, message, channel="shell")
        self.pre_handler_hook()
        try:
            # An interrupt that comes too late for the ask it was meant for.
            with contextlib.suppress(KeyboardInterrupt):
                self.shell_handlers[serve.ASK](self.shell_stream, idents, message)
        finally:
            self.post_handler_hook()


class KernelApp(IPKernelApp):
    """ipykernel on sockets that listen already, so that it needs no folder shared with anyone."""

    def __init__(self, listening: list[int], **kwargs: Any) -> None:
        super().__init__(kernel_class=Kernel, **kwargs)
        self._listening = listening

    def _try_bind_socket(self, s: zmq.Socket[bytes], port: int) -> int:
        s.set(zmq.USE_FD, self._listening[port - 1])
        # No output is lost while the grader is busy; what waits counts as the kernel's memory.
        s.set(zmq.SNDHWM, 0)
        # The name only stands in messages: nothing is made there.
        s.bind(f"ipc://{self.ip}-{port}")
        return port

    def init_control(self, context: zmq.Context[Any]) -> None:
        """Control as usual; no thread that passes on what comes for cells: there is one shell."""
        super().init_control(context)
        self.shell_channel_thread = None

    def init_heartbeat(self) -> None:
        """None: the supervisor knows whether the kernel lives."""

    def init_connection_file(self) -> None:
        """None: key and sockets came with the request."""

    def write_connection_file(self, **_: Any) -> None:
        """None, as above."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """None: there is no command line."""

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """None: there is no file."""

    def init_code(self) -> None:
        """None: there is nothing to run before the notebook."""

    def _configure_logging(self) -> None:
        """None: what the kernel logs goes nowhere."""


def prepare() -> None:
    """Make IPython's shell in the warm parent; each kernel takes it over as if it were its own."""
    # Not above: torch comes first, and with it whose thread pool all use.
    from IPython.core import pylabtools
    from matplotlib_inline import backend_inline

    config = Config()
    # The other modes look at every frame of an endless recursion, for a minute.
    config.InteractiveShell.xmode = "Plain"
    # A notebook's In and Out work without the history's file and thread.
    config.HistoryManager.enabled = False
    shell = ZMQInteractiveShell.instance(
        config=config,
        # The folders are each kernel's own, and are made there.
        ipython_dir="",
        profile_dir=ProfileDir(),
        user_ns={},
        compiler_class=XCachingCompiler,
    )
    shell._sys_modules_keys = set(sys.modules)
    # Loaded before there was a shell, it could not tell it how figures are drawn.
    pylabtools.activate_matplotlib(_DRAWS)
    backend_inline.configure_inline_support(shell, _DRAWS)


def run(
    request: Request,
    sockets: list[int],
    ready: Callable[[], None],
    *,
    nested: bool,
    refuse: pyseccomp.SyscallFilter,
) -> NoReturn:
    """Lock this process in, become the student's kernel and serve until the end.

    Args:
        request: What is asked for.
        sockets: Listening sockets of the channels shell, iopub, stdin and control.
        ready: Called when messages can be taken.
        nested: Whether to enter namespaces of its own.
        refuse: The system-call filter.
    """
    isolation.die_with_parent()
    isolation.set_dumpable(True)
    os.setsid()
    _silence()
    if nested:
        isolation.enter_room(request.limits.disk_mb, request.limits.files)
    work = Path(isolation.WORK)
    _fill(work, request.files)
    os.chdir(work)
    isolation.drop_privileges()
    _limit(request.limits)
    if not nested:
        calls.spare(refuse, os.getppid())
    refuse.load()
    _freshen()
    app = _start(request, sockets)
    ready()
    app.start()
    os._exit(0)


def _start(request: Request, sockets: list[int]) -> KernelApp:
    config = Config()
    config.Session.key = request.key.encode()
    # The work directory must not lead sys.path: a submitted torch.py would win.
    config.InteractiveShellApp.ignore_cwd = True
    shell, iopub, stdin, control = range(1, 5)
    app = KernelApp.instance(
        sockets,
        config=config,
        transport="ipc",
        ip=request.endpoint,
        shell_port=shell,
        iopub_port=iopub,
        stdin_port=stdin,
        control_port=control,
    )
    app.initialize([])
    torch.set_num_threads(request.threads)
    serve.begin(app.shell, request.seed)
    return app


def _silence() -> None:
    """Standard streams that lead nowhere: ipykernel puts its own in their place."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _fill(work: Path, files: dict[str, str]) -> None:
    work.mkdir(exist_ok=True)
    for name, content in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))


def _limit(limits: Limits) -> None:
    data = usage.data_bytes() + limits.memory_mb * 2**20
    hard = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_DATA: data,
        resource.RLIMIT_FSIZE: limits.file_mb * 2**20,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    for which, value in hard.items():
        resource.setrlimit(which, (value, value))
    cpu = limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + _GRACE))


def _freshen() -> None:
    """What a fork inherits and a new process would not: arguments, signal handlers, names."""
    sys.argv = ["ipykernel_launcher"]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    tempfile.tempdir = None
    tempfile._name_sequence = None  # type: ignore[attr-defined]  # its generator is shared otherwise
