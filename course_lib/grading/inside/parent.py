"""The warm parent: ``python -m inside.parent ROLE FD`` in the sandbox.

It imports what the lectures import, once, and then forks a supervisor for each connection, until
its lifeline is closed, as it is when the worker ends. It never reads a request and never runs
a student's code, so nothing of one submission is in the memory that the next one inherits.

In the role of a nursery it forks a warm parent for each connection instead, so that the workers
of one machine import once and share what was imported.
"""

from __future__ import annotations

import argparse
import ctypes
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
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from . import NURSERY, ONCE, PARENT, calls, isolation, kernel, supervisor, usage

# torch before anything that brings a thread pool of its own: the order decides which one all use.
_FIRST = ("torch", "numpy")
# What a notebook of these lectures would import on the way, some of it at the first use only.
_MODULES = (
    "torch.nn.functional", "torch.optim", "torch.utils.data", "torch._dynamo", "pandas",
    "matplotlib.pyplot", "matplotlib_inline.backend_inline", "seaborn", "tqdm.auto", "ipywidgets",
    "safetensors.torch", "sqlite3", "unittest.mock", "IPython.core.completer",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect",
    "IPython.core.magics", "IPython.core.pylabtools", "IPython.extensions.storemagic",
    "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "zmq.eventloop.zmqstream",
    "tornado.platform.asyncio", "pdb", "faulthandler", "pandas.io.formats.html",
    "pandas.io.formats.string", "PIL.PngImagePlugin",
)  # fmt: skip
_STUDENT_HALF = ("course_lib.lab", "course_lib.data")
# Bytes: a parent that only forks stays as it is, and none must slowly fill the machine.
_GROWTH = 128 * 2**20
_HUGE = 2 * 2**20  # bytes of a huge page
_COLLAPSE = 25  # MADV_COLLAPSE of linux/mman.h


def main() -> None:
    """Prepare, then accept and fork until the worker ends."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "role",
        choices=(PARENT, NURSERY, ONCE),
        help="once: serve one connection, without namespaces of its own",
    )
    arguments.add_argument("listening", type=int, help="the socket's file descriptor")
    asked = arguments.parse_args()
    if os.getuid() == 0:
        isolation.leave_root()
    _import_all()
    _rehearse()
    kernel.prepare()
    refuse = calls.build()
    _settle()
    listening = socket.socket(fileno=asked.listening)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's, which then hangs up
    lifeline: TextIO | socket.socket = sys.stdin
    nested = asked.role != ONCE
    if nested:
        # Neither a warm parent's end nor a supervisor's needs to be waited for.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    own = [listening]
    if asked.role == NURSERY:
        own = [listening, lifeline] = _be_born(listening)
    run = functools.partial(kernel.run, nested=nested, refuse=refuse)
    fork = functools.partial(_fork, own, nested=nested, run=run)
    if asked.role == ONCE:
        fork(listening.accept()[0])
        os.wait()
    else:
        _serve(listening, lifeline, fork)


def _serve(
    listening: socket.socket,
    lifeline: TextIO | socket.socket,
    fork: Callable[[socket.socket], None],
) -> None:
    """Fork for each connection, until the worker ends or this process has grown.

    A worker that is hung up on starts another parent and asks that.
    """
    settled = usage.memory_bytes([os.getpid()])
    while _called(listening, lifeline):
        connection, _ = listening.accept()
        with connection:
            if usage.memory_bytes([os.getpid()]) > settled + _GROWTH:
                return
            fork(connection)


def _be_born(calls_for_parents: socket.socket) -> list[socket.socket]:
    """Fork a warm parent for each connection; returns in these only.

    Returns:
        The socket that came by the connection, on which the new parent listens, and the
        connection, which is its lifeline.

    Raises:
        SystemExit: In the nursery itself, when all is over.
    """
    nursery = os.getpid()
    while _called(calls_for_parents, sys.stdin):
        connection, _ = calls_for_parents.accept()
        if os.fork() == 0:
            isolation.die_with_parent()
            if os.getppid() != nursery:
                os._exit(0)
            calls_for_parents.close()
            _, (listening, log), _, _ = socket.recv_fds(connection, 1, 2)
            os.dup2(log, sys.stderr.fileno())
            os.close(log)
            return [socket.socket(fileno=listening), connection]
        connection.close()
    raise SystemExit


def _called(listening: socket.socket, lifeline: TextIO | socket.socket) -> bool:
    """Wait for a connection; False once the worker has ended.

    bubblewrap ends with the worker too, but not if the worker is killed while it still starts.
    """
    ready, _, _ = select.select([listening, lifeline], [], [])
    return lifeline not in ready


def _fork(
    own: list[socket.socket], connection: socket.socket, *, nested: bool, run: supervisor.Kernel
) -> None:
    parent = os.getpid()
    if os.fork() != 0:
        return
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for mine in own:
            mine.close()
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
    _merge_pages()


def _merge_pages() -> None:
    """Lay this process's memory out in huge pages, which make forking it several times cheaper.

    A system that cannot (Linux before 6.1) leaves it as it was.
    """
    madvise = ctypes.CDLL(None).madvise
    for line in Path("/proc/self/maps").read_text().splitlines():
        extent, rights, *_, owner = f"{line} anonymous".split()[:6]
        if rights == "rw-p" and owner in ("anonymous", "[heap]"):
            first, last = (int(address, 16) for address in extent.split("-"))
            first, last = -(-first // _HUGE) * _HUGE, last // _HUGE * _HUGE
            if first < last:
                madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _COLLAPSE)


if __name__ == "__main__":
    main()
