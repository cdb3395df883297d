"""Attacks on memory, disk, processor, processes and the grader's patience with output."""

from typing import Any

from tests.hostile.attack import Attack

_SMALL: dict[str, Any] = {
    "memory_mb": 300, "cpu_seconds": 20, "processes": 40, "file_mb": 8, "disk_mb": 32, "files": 500,
    "output_mb": 2, "timeout": 4, "check_timeout": 3, "submission_timeout": 30,
}  # fmt: skip
_STOPPED = ("died", "timeout", "wrong_value", "raised", "unreadable", "unanswered")

# For floods that need memory of their own before they reach the grader.
_ROOMY = {"memory_mb": 1500}
# The limit on output must come before the one on time, on a busy machine too.
_SLOW = {"timeout": 20, "submission_timeout": 60}


def _limit(name: str, keeps: str, code: str, **fields: Any) -> Attack:
    limits = {"GradedExecute": {**_SMALL, **fields.pop("limits", {})}}
    given = {"faults": _STOPPED, "later": ("", *_STOPPED), "limits": limits, **fields}
    return Attack(name, keeps, (code,), **given)


_MEMORY = "Memory of a submission has a bound."
_DISK = "The files of a submission have a bound, and are gone with it."
_PROCESSES = "Processes of a submission have a bound, and are gone with it."
_OUTPUT = "What a submission prints does not grow the grader."

_GROWTH = """
import time
held = []
while True:
    held.append(bytearray(2**22)); time.sleep(0.01)
"""

_MANY_PROCESSES = """
import os, time
for _ in range(12):
    if os.fork() == 0:
        held = bytearray(b'x' * (60 * 2**20)); time.sleep(60); os._exit(0)
time.sleep(3)
print('all of them hold it')
"""

# Each tries to hold 700 MB where no process's own memory shows it, and no more: a test that fails
# must not take the machine's memory.
_NAMELESS_FILES = """
import os, time
held = []
try:
    for number in range(100):
        held.append(os.memfd_create(str(number)))
        os.write(held[-1], b'x' * (7 * 2**20))
    time.sleep(1); print('holds it all')
except OSError as error: print(error)
"""

_SHARED_MAPS = """
import mmap, time
try:
    held = mmap.mmap(-1, 700 * 2**20)
    for at in range(0, len(held), 4096): held[at] = 1
    time.sleep(1); print('holds it all')
except (OSError, MemoryError) as error: print(error)
"""

_SYSTEM_V = """
import time
libc.shmat.restype = ctypes.c_void_p
libc.shmdt.argtypes = [ctypes.c_void_p]
held = 0
for number in range(70):
    segment = libc.shmget(number + 1, 10 * 2**20, 0o1600)
    place = libc.shmat(segment, None, 0)
    if segment < 0 or place in (None, 2**64 - 1): print('refused'); break
    ctypes.memset(place, 1, 10 * 2**20)
    libc.shmdt(place); held += 1
time.sleep(1)
if held == 70: print('holds it all')
"""

# Linux reads the lower half of these arguments only; a filter that compares all of it is passed by.
_BUFFERED = """
import ctypes, os, socket, time
held, high, size = 0, 2**32, ctypes.c_int(2**24)
setsockopt = ctypes.CDLL(None).syscall
setsockopt.argtypes = [ctypes.c_long] * 4 + [ctypes.c_void_p, ctypes.c_long]
try:
    while held < 700 * 2**20:
        left, right = socket.socketpair()
        try: left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**24)
        except OSError:
            level, name = high + socket.SOL_SOCKET, high + socket.SO_SNDBUF
            setsockopt(54, left.fileno(), level, name, ctypes.addressof(size), 4)
        left.setblocking(False)
        for end in (left.fileno(), right.fileno()): os.set_inheritable(end, True)
        try:
            while True: held += left.send(b'x' * 2**16)
        except BlockingIOError: pass
        left.detach(); right.detach()
    time.sleep(1); print('holds it all')
except OSError as error: print(held, error)
"""

_FILL = """
import os
for place in ('.', '/tmp', '/dev/shm', os.path.expanduser('~')):
    number = 0
    try:
        while True:
            with open(f'{place}/file{number}', 'wb') as file: file.write(b'x' * 2**22)
            number += 1
    except OSError as error: print(place, number, error)
print('full')
with open('one more', 'wb') as file: file.write(b'x' * 2**22)
"""

_SPARSE = """
import os
for place in ('./hole', '/tmp/hole', '/dev/shm/hole'):
    try:
        with open(place, 'wb') as file: file.truncate(2**40)
        print('a terabyte')
    except OSError as error: print(error)
"""

_INODES = """
import os
made = 0
try:
    while True:
        os.mkdir(f'd{made}'); open(f'd{made}/f', 'w').close(); os.symlink('f', f'd{made}/l')
        made += 1
except OSError as error: print(made, error)
print('no more files')
"""

_FORKS = """
import os, time
end = time.monotonic() + 2
while time.monotonic() < end:
    try: os.fork()
    except OSError: time.sleep(0.001)
"""

_THREADS = """
import threading, time
started = 0
try:
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); started += 1
except RuntimeError as error: print(started, error)
"""

_CPU = """
import os
for _ in range(8):
    if os.fork() == 0:
        while True: pass
while True: pass
"""

_DISPLAYS = """
from IPython.display import display, HTML
while True: display(HTML('x' * 10**5))
"""

_RAW = """
import os, sys
for _ in range(3000):
    for fd in (1, 2):
        try: os.write(fd, b'x' * 2**16)
        except OSError: pass
os.system('head -c 200000000 /dev/zero; head -c 200000000 /dev/zero >&2')
sys.__stdout__.write('x' * 10**6)
"""

_MANY_OUTPUTS = """
from IPython.display import display
for number in range(10**6): display(number)
"""

_FLOOD_TOOLS = """
kernel = get_ipython().kernel
session, shell = kernel.session, kernel.shell_stream.socket
who = kernel._get_shell_context_var(kernel._shell_parent_ident)
header = kernel.get_parent('shell')['header']
def frames(kind, content, buffers=()):
    parts = [session.pack(part) for part in (session.msg_header(kind), header, {}, content)]
    return [b'<IDS|MSG>', session.sign(parts), *parts, *buffers]
"""

_HUGE = (
    _FLOOD_TOOLS
    + """
for _ in range(3):
    text = 'x' * (90 * 2**20)
    parts = frames('stream', {'name': 'stdout', 'text': text})
    kernel.iopub_socket.send_multipart([b'kernel', *parts])
    shell.send_multipart([*who, *frames('execute_reply', {'status': 'ok', 'x': text})])
print('sent')
"""
)

_STDIN = (
    _FLOOD_TOOLS
    + """
import time, zmq
end = time.monotonic() + 3
for socket in (kernel.stdin_socket, shell):
    while time.monotonic() < end:
        parts = [*who, *frames('input_request', {'prompt': 'x' * 2**22})]
        try: socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.ZMQError: time.sleep(0.01)
    end += 3
"""
)

_BUFFERS = (
    _FLOOD_TOOLS
    + """
while True:
    parts = frames('comm_msg', {'comm_id': 'a', 'data': {}}, [b'x' * 2**20] * 8)
    kernel.iopub_socket.send_multipart([b'kernel', *parts])
"""
)

_WHILE_CHECKED = """
from IPython.display import display
def attacked(x):
    while True:
        print('x' * 10**6); display('x' * 10**6)
"""

ATTACKS = [
    _limit("allocates_64_gb", _MEMORY, "held = bytearray(64 * 2**30)",
           shows=("MemoryError", "300 MB"),
           faults=("wrong_value",), later=("",)),
    _limit("allocates_64_gb_in_torch", _MEMORY, "import torch\nheld = torch.ones(2**34)",
           shows=("300 MB",), faults=("wrong_value",), later=("",)),
    _limit("grows_slowly", _MEMORY, _GROWTH, shows=("300 MB",)),
    _limit("grows_in_many_processes", _MEMORY, _MANY_PROCESSES, shows=("300 MB",),
           never=("all of them hold it",)),
    _limit("returns_giant_shapes", "A shape of 10 GB is neither copied nor sent.",
           "import torch\ndef attacked(x): return torch.zeros(1).expand(5 * 10**9)", later=("",)),
    _limit("returns_a_giant_view", "A shape of 80 GB is neither copied nor sent.",
           "import torch\ndef attacked(x): return torch.as_strided(x, (10**5, 10**5), (0, 0))",
           later=("",)),
    _limit("returns_a_giant_text", "An answer has a bound.",
           "def attacked(x): return '2' * (90 * 2**20)"),
    _limit("fills_the_disk", _DISK, _FILL, shows=("full", "32 MB"),
           faults=("wrong_value",), later=("",)),
    _limit("makes_sparse_files", _DISK, _SPARSE, never=("a terabyte",), shows=("File too large",)),
    _limit("makes_many_files", _DISK, _INODES, shows=("no more files",), faults=("wrong_value",),
           later=("",)),
    _limit("forks_for_ever", _PROCESSES, _FORKS),
    _limit("starts_threads_for_ever", _PROCESSES, _THREADS, shows=("can't start new thread",)),
    _limit("computes_in_many_processes", "Computing time of a submission has a bound.", _CPU,
           limits={"cpu_seconds": 3, "timeout": 20}, shows=("3 seconds",), later=("died",)),
    _limit("prints_for_ever", _OUTPUT, "while True: print('x' * 1000)", shows=("2 MB",),
           limits=_SLOW, seconds=40),
    _limit("prints_to_stderr_for_ever", _OUTPUT,
           "import sys\nwhile True: sys.stderr.write('x' * 10**5 + chr(10))", shows=("2 MB",),
           limits={**_ROOMY, "timeout": 60, "submission_timeout": 90}, seconds=100),
    _limit("shows_for_ever", _OUTPUT, _DISPLAYS, shows=("2 MB",), limits=_SLOW, seconds=40),
    _limit("shows_a_million_outputs", _OUTPUT, _MANY_OUTPUTS, shows=("2 MB",), limits=_SLOW,
           seconds=40),
    _limit("writes_past_jupyter", _OUTPUT, _RAW, shows=("2 MB",), limits=_SLOW, seconds=40),
    _limit("shows_one_huge_text", _OUTPUT, "'x' * (100 * 2**20)", limits=_ROOMY),
    _limit("prints_many_carriage_returns", _OUTPUT, "print(('x' * 50 + chr(13)) * 30_000)",
           faults=("wrong_value",), later=("",), seconds=8),
    _limit("floods_the_other_channels", _OUTPUT, _STDIN, limits=_ROOMY),
    _limit("floods_by_buffers", _OUTPUT, _BUFFERS, limits=_ROOMY),
    _limit("floods_while_it_is_checked", _OUTPUT, _WHILE_CHECKED, limits=_ROOMY),
    _limit("hides_memory_in_nameless_files", _MEMORY, _NAMELESS_FILES, never=("holds it all",)),
    _limit("hides_memory_in_shared_maps", _MEMORY, _SHARED_MAPS, never=("holds it all",)),
    _limit("hides_memory_in_system_v_segments", _MEMORY, _SYSTEM_V, never=("holds it all",)),
    _limit("hides_memory_in_socket_buffers", _MEMORY, _BUFFERED, never=("holds it all",)),
    _limit("prints_one_long_line", _OUTPUT, "print('x' * 200_000)", faults=("wrong_value",),
           later=("",), seconds=8),
    _limit("sends_huge_messages", _OUTPUT, _HUGE, limits=_ROOMY),
]  # fmt: skip
