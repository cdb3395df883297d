"""Namespaces, mounts and privileges, by system calls.

A process that must keep its memory cannot start bubblewrap, so what bubblewrap does for the warm
parent is done here once more for each kernel that it forks. Every function raises OSError when the
system refuses: the caller must not go on to run a student's code.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from pathlib import Path

# linux/sched.h
_NEWNS, _NEWUTS, _NEWIPC = 0x0002_0000, 0x0400_0000, 0x0800_0000
_NEWUSER, _NEWPID, _NEWNET = 0x1000_0000, 0x2000_0000, 0x4000_0000
# sys/mount.h
_NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_DETACH = 2
# linux/prctl.h
_SET_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _SET_NO_NEW_PRIVS = 1, 4, 24, 38
_CAPABILITY_VERSION = 0x2008_0522
_LAST_CAPABILITY = 63

HOME = "/home/student"
WORK = f"{HOME}/work"
STUDENT = 1000  # the user and group id that a student's code sees itself run under
NOBODY = 65534  # what it runs under on a machine whose grader is root

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Have this process killed when the one that forked it ends."""
    _prctl(_SET_PDEATHSIG, 9)


def set_dumpable(allowed: bool) -> None:
    """Whether processes of the same user may trace this one or read its memory."""
    _prctl(_SET_DUMPABLE, int(allowed))


def leave_root() -> None:
    """Become nobody, for good, with a /proc that kernels may mount anew; for the warm parent.

    A process that is root outside its namespaces is exempt from the limit on processes. And
    bubblewrap covers parts of root's /proc, after which Linux lets no namespace mount its own.
    """
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    set_dumpable(True)


def enter_user_namespace() -> None:
    """Give this process its own users; what it forks next is process 1 of its own namespace."""
    user, group = os.getuid(), os.getgid()
    _unshare(_NEWUSER | _NEWPID)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{STUDENT} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{STUDENT} {group} 1")


def enter_room(disk_mb: int, files: int) -> None:
    """Give process 1 its own mounts, network, ipc and host name, and empty writable folders.

    Args:
        disk_mb: The size of the one file system, in memory, that holds the home directory, /tmp
            and /dev/shm; it is gone with the process (MB).
        files: How many files and folders it takes.
    """
    _unshare(_NEWNS | _NEWNET | _NEWIPC | _NEWUTS)
    _mount(None, "/", None, _REC | _PRIVATE)
    room = Path("/room")
    options = f"size={disk_mb}m,nr_inodes={files},mode=0755"
    _mount("tmpfs", str(room), "tmpfs", _NOSUID | _NODEV, options)
    for name, target in (("home", HOME), ("tmp", "/tmp"), ("shm", "/dev/shm")):
        (room / name).mkdir()
        _mount(str(room / name), target, None, _BIND)
    _check(_libc.umount2(os.fsencode(room), _DETACH), "umount")
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    socket.sethostname("course")


def drop_privileges() -> None:
    """Give up every capability for good."""
    for capability in range(_LAST_CAPABILITY + 1):
        # The kernel knows fewer than 64 and refuses the others.
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, none), "capset")
    _prctl(_SET_NO_NEW_PRIVS, 1)


def _unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    source_, target_, kind_, options_ = (
        None if text is None else os.fsencode(text) for text in (source, target, kind, options)
    )
    done = _libc.mount(source_, target_, kind_, ctypes.c_ulong(flags), options_)
    _check(done, f"mount on {target}")


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def _check(done: int, what: str) -> None:
    if done < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _probe() -> int:
    """Whether kernels can have namespaces of their own here: 0, or 1 and the reason on stderr."""
    try:
        if os.getuid() == 0:
            leave_root()
        enter_user_namespace()
        if os.fork() != 0:
            return os.waitstatus_to_exitcode(os.wait()[1])
        enter_room(disk_mb=1, files=100)
        drop_privileges()
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_probe())
