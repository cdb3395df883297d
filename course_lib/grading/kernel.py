"""The kernel of one submission: a private room, unix sockets, and the sandbox around it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Integer

from course_lib.grading import sandbox

PROVISIONER = "course-sandbox"
# A unix socket's address holds at most 107 characters, so the rooms are in a short place.
_ROOMS = Path("/tmp")
_MATPLOTLIB = Path(tempfile.gettempdir()) / f"course-matplotlib-{os.getuid()}"


class CourseKernelManager(AsyncKernelManager):
    """Starts the kernel of one submission, by unix sockets in a directory of its own."""

    sandboxed = Bool(True, help="Whether kernels run in the sandbox.").tag(config=True)
    max_files_mb = Integer(
        100, help="Files beside the notebook are copied into the kernel up to this size (MB)."
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.room = Path(tempfile.mkdtemp(prefix="course-", dir=_ROOMS))
        (self.room / "s").mkdir()
        (self.room / "work").mkdir()
        self.transport = "ipc"
        self.cache_ports = False
        self.connection_file = str(self.room / "s" / "kernel.json")

    @property
    def kernel_spec(self) -> KernelSpec:
        """The one kernel there is, whatever name the submission's metadata give."""
        return KernelSpec(
            argv=[
                sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}",
                # The work directory must not lead sys.path: a submitted torch.py would win.
                "--InteractiveShellApp.ignore_cwd=True",
                # Loads torch before the first cell, so that no check waits for it.
                "--IPKernelApp.exec_lines=import course_lib.lab.serve; del course_lib",
            ],
            display_name="Course kernel",
            language="python",
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}},
        )  # fmt: skip

    @property
    def ipykernel(self) -> bool:
        """Whether nbclient may pass ipykernel's arguments: always."""
        return True


class SandboxProvisioner(LocalProvisioner):
    """Launches the kernel's process in bubblewrap, or plainly if the manager says so."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare the room and wrap the command line.

        Raises:
            CourseError: If the sandbox is asked for and cannot be had.
        """
        manager = self.parent
        assert isinstance(manager, CourseKernelManager)
        kwargs = await super().pre_launch(**kwargs)
        work = manager.room / "work"
        _copy_files(Path(kwargs.pop("cwd", None) or work), work, manager.max_files_mb * 2**20)
        if manager.sandboxed:
            sandbox.require()
            kwargs["cmd"] = sandbox.wrap(
                kwargs["cmd"], sockets=manager.room / "s", work=work, fonts=font_cache()
            )
            kwargs["env"] = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
        else:
            half = _stage_student_half(manager.room / "half")
            paths = {"HOME": str(work), "IPYTHONDIR": str(work / ".ipython")}
            paths |= {"PYTHONPATH": str(half), "MPLCONFIGDIR": str(font_cache())}
            kwargs["env"] = sandbox.environment(paths)
        # What C code prints goes past Jupyter's messages; nobody reads it, and it has no bound.
        kwargs |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return {**kwargs, "cwd": str(work)}

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the room, unless the kernel is about to be started again."""
        await super().cleanup(restart)
        manager = self.parent
        if not restart and isinstance(manager, CourseKernelManager):
            shutil.rmtree(manager.room, ignore_errors=True)


def font_cache() -> Path:
    """Matplotlib's configuration directory with a font list, made once per user and machine.

    Without it each fresh kernel would scan the machine's fonts for seconds.
    """
    if not any(_MATPLOTLIB.glob("fontlist-*.json")):
        _MATPLOTLIB.mkdir(mode=0o755, exist_ok=True)
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"],
            env={**os.environ, "MPLCONFIGDIR": str(_MATPLOTLIB)},
            check=True,
            capture_output=True,
        )
    return _MATPLOTLIB


def _copy_files(source: Path, target: Path, budget: int) -> None:
    """Copy a submission's regular files, never notebooks, links or more than `budget` bytes."""
    if source == target:
        return
    for folder, _, names in os.walk(source):
        for name in names:
            path = Path(folder) / name
            if path.suffix == ".ipynb" or path.is_symlink() or not path.is_file():
                continue
            budget -= path.stat().st_size
            if budget < 0:
                return
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _stage_student_half(target: Path) -> Path:
    """Copy the student half where no sandbox hides the rest."""
    package = target / "course_lib"
    for room in sandbox.STUDENT_ROOMS:
        source = sandbox.PACKAGE / room
        if source.is_dir():
            shutil.copytree(source, package / room)
        else:
            package.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, package / room)
    return target
