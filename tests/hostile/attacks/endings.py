"""Attacks that end, stop or hang the kernel: what was right before stays right."""

from tests.hostile.attack import Attack

_GONE = ("died", "timeout")
# The interrupt of an endless loop may come to a cell or a call that is not the loop's.
_SLOW = {"GradedExecute": {"timeout": 2, "check_timeout": 2}}


def _ends(name: str, code: str, **fields: object) -> Attack:
    """A cell that ends the kernel, and a call that does."""
    given = {"faults": _GONE, "later": _GONE, **fields}
    keeps = "a kernel's end costs what comes after it, no more"
    return Attack(name, keeps, (code, "test attacked"), **given)  # type: ignore[arg-type]


def _hangs(name: str, code: str, **fields: object) -> Attack:
    given = {"faults": ("died", "timeout", "wrong_value"), "later": ("", *_GONE), **fields}
    given.setdefault("limits", _SLOW)
    keeps = "who hangs is stopped, and costs its own cells only"
    return Attack(name, keeps, (code, "test attacked"), **given)  # type: ignore[arg-type]


ATTACKS = [
    _ends("exits_at_once", "import os; os._exit(0)"),
    _ends("exits_when_asked", "import os\ndef attacked(x): os._exit(1)"),
    _ends("aborts", "import os; os.abort()"),
    _ends("reads_address_zero", "import ctypes; ctypes.string_at(0)"),
    _ends("kills_itself", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
          later=("", "died"), faults=("died", "wrong_value")),
    _ends("recurses_in_c", "import sys; sys.setrecursionlimit(10**9)\nclass Deep:\n"
          "    def __repr__(self): return repr(self)\nrepr(Deep())"),
    _ends("becomes_another_program", "import os; os.execvp('sleep', ['sleep', '600'])",
          limits=_SLOW),
    _ends("quits", "quit()", faults=("died", "wrong_value"), later=("", "died")),
    _ends("asks_for_shutdown", "get_ipython().kernel.do_shutdown(False)\n"
          "get_ipython().kernel.io_loop.stop()", faults=("died", "timeout"), limits=_SLOW),
    Attack("exits_politely", "SystemExit ends a cell, no kernel",
           ("import sys; sys.exit(3)", "raise SystemExit", "exit = quit = None")),
    _hangs("stops_itself", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"),
    _hangs("loops_for_ever", "while True: pass", later=("",), shows=("Timeout",)),
    _hangs("loops_when_asked", "def attacked(x):\n    while True: pass", faults=("timeout",),
           later=("",)),
    _hangs("ignores_the_interrupt", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
           "while True: pass"),
    _hangs("swallows_the_interrupt", "import time\nwhile True:\n    try: time.sleep(9)\n"
           "    except BaseException: pass"),
    _hangs("swallows_the_interrupt_when_asked", "def attacked(x):\n    while True:\n"
           "        try:\n            while True: pass\n        except BaseException: pass"),
    _hangs("holds_the_interpreters_lock", "import ctypes; ctypes.PyDLL(None).pause()"),
    _hangs("backtracks_for_ever", "import re; re.match(r'(a|aa)+$', 'a' * 90 + 'b')"),
    _hangs("hangs_between_cells", "import asyncio, time\nasyncio.get_event_loop().call_later("
           "0.1, lambda: time.sleep(10**6))\n"),
    _hangs("interrupts_in_a_row", "import os, signal, threading, time\ndef forever():\n"
           "    while True:\n        os.kill(os.getpid(), signal.SIGINT); time.sleep(0.01)\n"
           "threading.Thread(target=forever, daemon=True).start()",
           faults=("died", "timeout", "wrong_value", "raised", "unreadable"),
           later=("", *_GONE, "raised", "unreadable", "unanswered")),
    _hangs("closes_all_descriptors", "import os; os.closerange(0, 10**4)"),
    _hangs("puts_its_sockets_elsewhere", "import os\nnull = os.open('/dev/null', os.O_RDWR)\n"
           "for fd in range(3, 200):\n    try: os.fstat(fd); os.dup2(null, fd)\n"
           "    except OSError: pass"),
    _hangs("sleeps_over_its_time", "import time; time.sleep(10**6)", later=("",)),
    _hangs("breaks_its_python", "import sys, builtins, gc\nsys.modules.clear(); sys.path.clear()\n"
           "sys.stdout = sys.stderr = None\nbuiltins.__dict__.clear()",
           faults=("died", "timeout", "wrong_value", "unreadable", "raised"),
           later=("", *_GONE, "unreadable", "raised", "unanswered")),
    Attack("recurses_in_python", "a RecursionError is one error",
           ("def f(n): return f(n + 1)\nf(0)", "def attacked(x): return attacked(x)"),
           faults=("raised",), shows=("RecursionError",),
           limits={"GradedExecute": {"timeout": 20}}),
]  # fmt: skip
