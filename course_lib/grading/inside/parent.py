"""The warm parent: ``python -m inside.parent --listen FD`` in the sandbox.

It imports what the lectures import, once, and then forks a supervisor for each connection, until
its standard input is closed, as it is when the worker ends. It never reads a request and never runs
a student's code, so nothing of one submission is in the memory that the next one inherits.
"""

from __future__ import annotations

import argparse
import functools
import gc
import importlib
import io
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback

from . import calls, isolation, kernel, supervisor, usage

# torch before anything that brings a thread pool of its own: the order decides which one all use.
_FIRST = ("torch", "numpy")
# What a notebook of these lectures would import on the way, some of it at the first use only.
_MODULES = (
    "torch.nn.functional", "torch.optim", "torch.utils.data", "torch._dynamo", "pandas",
    "matplotlib.pyplot", "matplotlib_inline.backend_inline", "seaborn", "tqdm.auto", "ipywidgets",
    "safetensors.torch", "sqlite3", "unittest.mock", "IPython.core.completer",
    "IPython.core.magics", "IPython.core.pylabtools", "IPython.extensions.storemagic",
    "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "zmq.eventloop.zmqstream",
    "pandas.io.formats.html", "pandas.io.formats.string", "PIL.PngImagePlugin",
)  # fmt: skip
_STUDENT_HALF = ("course_lib.lab", "course_lib.data")


def main() -> None:
    """Prepare, then accept and fork until the worker ends."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--listen", type=int, required=True)
    arguments.add_argument(
        "--once", action="store_true", help="serve one connection, without namespaces of its own"
    )
    asked = arguments.parse_args()
    if os.getuid() == 0:
        isolation.leave_root()
    _import_all()
    _rehearse()
    refuse = calls.build()
    _settle()
    listening = socket.socket(fileno=asked.listen)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's, which then hangs up
    nested = not asked.once
    run = functools.partial(kernel.run, nested=nested, refuse=refuse)
    while _called(listening):
        connection, _ = listening.accept()
        _fork(listening, connection, nested, run)
        connection.close()
        if asked.once:
            os.wait()
            return


def _called(listening: socket.socket) -> bool:
    """Wait for a connection; False once the worker has ended.

    bubblewrap ends with the worker too, but not if the worker is killed while it still starts.
    """
    ready, _, _ = select.select([listening, sys.stdin], [], [])
    return sys.stdin not in ready


def _fork(
    listening: socket.socket, connection: socket.socket, nested: bool, run: supervisor.Kernel
) -> None:
    parent = os.getpid()
    # Supervisors report by their connection; nobody waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN if nested else signal.SIG_DFL)
    if os.fork() != 0:
        return
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        listening.close()
        supervisor.supervise(connection, parent, nested=nested, kernel=run)
    except BaseException:
        # Into the parent's log; nothing may return into the loop that forked this process.
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)


def _import_all() -> None:
    for name in (*_FIRST, *_MODULES):
        importlib.import_module(name)
    for package in map(importlib.import_module, _STUDENT_HALF):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def _rehearse() -> None:
    """Do once what is slow the first time: draw a figure with a formula, take a training step.

    Random numbers are seeded in each kernel, and the figure is closed: no kernel can tell, but for
    the time that it saves.
    """
    import torch
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2], label="$x_1$")
    axes.set(title=r"$\alpha_t = \sqrt{2}$", xlabel="x", ylabel="y")
    axes.legend()
    figure.colorbar(axes.imshow([[0.0, 1.0]]))
    figure.savefig(io.BytesIO(), format="png")
    pyplot.close(figure)
    layer = torch.nn.Linear(1, 1)
    layer(torch.ones(1, 1)).sum().backward()
    torch.optim.Adam(layer.parameters()).step()


def _settle() -> None:
    """Make ready to fork: one thread, and memory that collecting garbage will not touch.

    Raises:
        SystemExit: If other threads live; a lock that one of them holds would stay locked for
            ever in what is forked.
    """
    # OpenBLAS stops its threads before a fork; what is then left is there to stay.
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    if (living := usage.threads()) != 1:
        raise SystemExit(f"the warm parent has {living} threads and cannot fork safely")
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
