"""Attacks on other processes, and processes that try to outlive the submission."""

from tests.hostile.attack import Attack
from tests.hostile.harness import THROUGH

_DAEMONS = """
import os, signal, subprocess, sys, time
def daemon(work):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 65):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            libc.prctl(1, 0, 0, 0, 0)   # no signal when the parent dies
            libc.prctl(4, 0, 0, 0, 0)   # not to be read by others
            work()
        os._exit(0)
def forge():
    while True:
        try: open(OUTSIDE + '/home/.netrc', 'w').write('late')
        except OSError: time.sleep(0.05)
daemon(forge)
daemon(lambda: os.execvp('sleep', ['sleep', '3600']))
subprocess.Popen(['sleep', '3600'], start_new_session=True)
subprocess.Popen(['sh', '-c', 'trap "" HUP TERM INT; (sleep 3600 &) ; sleep 3600'])
print('daemons run')
"""

_KILLER = """
import os, signal
own = {*map(int, os.listdir('/proc/self/task'))}  # the number of a thread of mine is mine
for pid in (GRADER, BYSTANDER, os.getppid(), *range(2, 300), 2**22 - 1):
    if pid in (0, 1, os.getpid(), *own): continue
    attempt(f'kill {pid}', lambda: os.kill(pid, signal.SIGKILL))
attempt('group of the grader', lambda: os.killpg(GRADER, signal.SIGKILL))
attempt('queue', lambda: syscall(129, BYSTANDER, 9, None))
attempt('pidfd', lambda: os.pidfd_open(GRADER))
"""

_KILL_ALL = """
import os, signal, threading
for pid in (1, -1, 0): threading.Timer(0.2, lambda: os.kill(pid, signal.SIGKILL)).start()
for signal_number in (signal.SIGHUP, signal.SIGSTOP, signal.SIGUSR1):
    try: os.kill(1, signal_number)
    except OSError as error: print(error.strerror)
"""

_TRACE = """
import os, struct
for pid in (GRADER, BYSTANDER, 1, os.getppid()):
    if pid in (0, os.getpid()): continue
    attempt(f'attach {pid}', lambda: syscall(101, 16, pid, None, None))
    attempt(f'seize {pid}', lambda: syscall(101, 0x4206, pid, None, None))
    room = ctypes.create_string_buffer(64)
    span = struct.pack('PN', ctypes.addressof(room), 64)
    far = struct.pack('PN', 0x400000, 64)
    attempt(f'read {pid}', lambda: syscall(310, pid, span, 1, far, 1, 0))
    attempt(f'write {pid}', lambda: syscall(311, pid, span, 1, far, 1, 0))
child = os.fork()
if child == 0:
    import time; time.sleep(30); os._exit(0)
attempt('trace a child', lambda: syscall(101, 16, child, None, None))
os.kill(child, 9)
"""

_DOUBLE = """
import os
if os.fork() == 0:      # the child holds every socket of the kernel and goes on as if it were it
    os.setsid()
    import time
    def attacked(x): return 2 * x
    time.sleep(60)
    os._exit(0)
"""

_PRIORITY = """
import os, resource
from pathlib import Path
attempt('nice', lambda: os.nice(-20))
attempt('realtime', lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))
for name in ('RLIMIT_NOFILE', 'RLIMIT_NPROC', 'RLIMIT_AS', 'RLIMIT_CORE', 'RLIMIT_FSIZE'):
    which = getattr(resource, name)
    soft, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        attempt(name, lambda: resource.setrlimit(which, (hard + 1, hard + 1)))
attempt('oom', lambda: Path('/proc/self/oom_score_adj').write_text('-1000'))
"""

ATTACKS = [
    Attack(
        "leaves_daemons", "no process outlives its submission", (_DAEMONS,), shows=("daemons run",)
    ),
    Attack(
        "kills_others_by_number", "no other process can be signalled", (_KILLER,), never=(THROUGH,)
    ),
    Attack(
        "kills_all_it_can",
        "it can kill itself only",
        (_KILL_ALL, "import time; time.sleep(1)"),
        faults=("died", "timeout", "wrong_value"),
        later=("", "died", "timeout"),
    ),
    Attack("traces_other_processes", "no process can be traced", (_TRACE,), never=(THROUGH,)),
    Attack("leaves_a_double_of_itself", "a copy of the kernel dies with it", (_DOUBLE,)),
    Attack("raises_its_priority", "limits cannot be raised", (_PRIORITY,), never=(THROUGH,)),
]
