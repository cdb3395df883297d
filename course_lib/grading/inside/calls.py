"""The system calls that a student's code has no use for, refused by seccomp.

Namespaces and lost capabilities already make most of them fail; this takes the code behind them out
of reach, where errors in Linux have been found. They fail as for an ordinary user, so that a
program which tries one says so.
"""

from __future__ import annotations

import errno
import os
import socket

import pyseccomp as seccomp

_REFUSED = (
    # other processes' memory and flow
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",
    # file systems and namespaces
    "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "open_tree", "move_mount",
    "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "open_by_handle_at",
    "name_to_handle_at", "swapon", "swapoff", "quotactl", "quotactl_fd", "fanotify_init",
    # the kernel itself
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "init_module", "finit_module", "delete_module", "kexec_load",
    "kexec_file_load", "reboot", "syslog", "acct", "lookup_dcookie", "iopl", "ioperm", "modify_ldt",
    "vhangup", "personality",
    # keys and clocks
    "add_key", "request_key", "keyctl", "settimeofday", "clock_settime", "clock_adjtime",
    "adjtimex",
    # memory that the limits would not see, and placement of other processes' memory
    "memfd_create", "memfd_secret", "shmget", "shmat", "msgget", "semget", "mq_open",
    "migrate_pages", "move_pages", "vmsplice",
)  # fmt: skip
# Python and torch open no others; in its own network namespace a kernel reaches nobody by these.
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
_NEW_NAMESPACES = 0x7E02_0080  # every CLONE_NEW* flag
_TIOCSTI = 0x5412
_LOWER_HALF = 0xFFFF_FFFF


def build() -> seccomp.SyscallFilter:
    """Build the filter; `load()` puts it on the calling process, for good."""
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    # Calls by another architecture's numbers; else they would end the process.
    rules.set_attr(seccomp.Attr.ACT_BADARCH, refuse)
    for name in _REFUSED:
        # An older libseccomp does not know the newest calls; nor, then, does it matter here.
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) != -1:
            rules.add_rule(refuse, name)
    # Its flags lie in memory, where a filter cannot look; the C library then uses clone.
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for bit in range(32):
        flag = 1 << bit
        if _NEW_NAMESPACES & flag:
            rules.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    rules.add_rule(refuse, "ioctl", _int(1, _TIOCSTI))
    # What lies unread in a socket is memory that no limit counts.
    for size in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        rules.add_rule(refuse, "setsockopt", _int(1, socket.SOL_SOCKET), _int(2, size))
    for family in range(max(_FAMILIES) + 1):
        if family not in _FAMILIES:
            rules.add_rule(refuse, "socket", seccomp.Arg(0, seccomp.EQ, family))
    rules.add_rule(refuse, "socket", seccomp.Arg(0, seccomp.GT, max(_FAMILIES)))
    return rules


def spare(rules: seccomp.SyscallFilter, supervisor: int) -> None:
    """Refuse signals to the supervisor, where no namespace keeps them from it.

    Args:
        rules: The filter.
        supervisor: The number of its process.
    """
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in ("kill", "tkill", "tgkill", "prlimit64"):
        rules.add_rule(refuse, name, _int(0, supervisor))
    # Its group, and all processes at once; 0 stands for a group that is not seen from here.
    for group in {1, os.getpgid(supervisor)} - {0}:
        rules.add_rule(refuse, "kill", _int(0, -group))
    # These name a process in ways that a filter cannot see, or say who sent a signal.
    for name in ("pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        rules.add_rule(refuse, name)


def _int(argument: int, value: int) -> seccomp.Arg:
    """A condition on an argument of which Linux reads the lower half only."""
    return seccomp.Arg(argument, seccomp.MASKED_EQ, _LOWER_HALF, value & _LOWER_HALF)
