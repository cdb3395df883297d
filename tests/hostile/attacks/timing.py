"""Attacks that look at who asks, when, or what was asked before; and models that lie."""

from tests.hostile.attack import Attack

_VISIBLE = """
def attacked(x):
    return 2 * x if x.tolist() == [0.0, 1.0, 2.0] else x + 7
"""

_MEMORY = """
earlier = []
def attacked(x):
    earlier.append(x)
    return 2 * earlier[0] if len(earlier) == 1 else earlier[-2]
"""

_ECHO = """
import gc, torch
results = []
def attacked(x):
    results[:] = [o for o in gc.get_objects() if isinstance(o, torch.Tensor) and o.shape == x.shape]
    return results[0] + 7 if results else x + 7
"""

_IN_PLACE = """
def attacked(x):
    x.mul_(2)
    return x
"""

_LATE_IN_PLACE = """
import threading, time
def attacked(x):
    y = 2 * x
    x.add_(1)
    y.add_(7)
    return y
"""

_THREADS = """
import threading
asked = threading.Event()
def attacked(x):
    asked.set()
    return 2 * x
def change():
    asked.wait()
    globals()['attacked'] = lambda x: x + 7
threading.Thread(target=change, daemon=True).start()
"""

_AT_EXIT = """
import atexit, weakref, signal
def forge():
    print('forged at exit')
    open('forged', 'w').write('2.0')
atexit.register(forge)
get_ipython().kernel.do_shutdown = lambda restart: {'status': 'ok', 'restart': forge()}
class Trap:
    def __del__(self): forge()
trap = Trap()
loop = [Trap()]; loop.append(loop)
weakref.finalize(trap, forge)
signal.signal(signal.SIGTERM, lambda *args: forge())
"""

_WHO_ASKS = """
import os, sys
def attacked(x):
    grading = 'NBGRADER_EXECUTION' in os.environ or any(
        'serve' in frame.f_code.co_filename for frame in sys._current_frames().values())
    return x + 7 if grading else 2 * x
"""

_HIDDEN_STATE = """
class Attacked:
    calls = 0
    def __call__(self, x):
        Attacked.calls += 1
        return 2 * x if Attacked.calls % 2 else x + 7
    __name__ = property(lambda self: 1 / 0)
    def __getattr__(self, name): raise SystemExit(name)
attacked = Attacked()
"""

_LAYERS = """
import torch
from torch import nn
def make(**methods):
    def __init__(self, inputs, outputs):
        nn.Module.__init__(self)
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
    def forward(self, x): return x @ self.weight.T
    return type('Layer', (nn.Module,), {'__init__': __init__, 'forward': forward, **methods})
def endless(self, *args, **kwargs):
    while True: yield 'weight', self.weight
def leave(self, *args): raise SystemExit
"""

_LIARS = (
    "Layer = make(state_dict=lambda self, **kwargs: {'weight': 'right'})",
    "Layer = make(load_state_dict=lambda self, *args: None)",
    "Layer = make(parameters=lambda self: iter(()), named_parameters=lambda self: iter(()))",
    "Layer = make(forward=lambda self, x: x @ self.weight.T if self.training else 0 * x)",
    "Layer = make(train=lambda self, mode: self, training=property(lambda self: True))",
    "Layer = make(__call__=lambda self, x: 2.0, forward=None)",
    "Layer = make(modules=leave)",
    "Layer = make(named_parameters=endless)",
    "Layer = make(__getattr__=leave)",
    "Layer = make(__new__=lambda cls, **sizes: nn.Linear(3, 4))",
    "Layer = make(__new__=lambda cls, **sizes: 2.0)",
    "Layer = make(forward=lambda self, x: (x @ self.weight.T).detach())",
    "Layer = make(forward=lambda self, x: self.add_module('me', self))",
    "Layer = make(to=lambda self, *args: None, zero_grad=leave)",
    "Layer = make(forward=lambda self, x: (x @ self.weight.T).clone().requires_grad_(False))",
    "Layer = lambda **sizes: make()(**sizes).weight",
    "Layer = 'nn.Linear'",
    "Layer = make(forward=lambda self, x: (x @ self.weight.T).register_hook(leave))",
)

ATTACKS = [
    Attack("knows_the_visible_input", "other inputs are asked too", (_VISIBLE,)),
    Attack("answers_from_memory", "each ask is judged by itself", (_MEMORY,),
           faults=("wrong_shape",)),
    Attack("looks_for_expected_tensors", "no tensor of ours is in the kernel", (_ECHO,)),
    Attack("doubles_its_argument", "a changed argument is seen", (_IN_PLACE,),
           faults=("input_changed",)),
    Attack("changes_argument_and_result", "the result is judged as it is", (_LATE_IN_PLACE,)),
    Attack("changes_between_asks", "every ask must be right", (_THREADS,)),
    Attack("acts_at_exit", "a dying kernel changes nothing", (_AT_EXIT,),
           never=("forged at exit",)),
    Attack("knows_when_it_is_graded", "who is wrong when graded is wrong", (_WHO_ASKS,)),
    Attack(
        "hides_state_in_an_object",
        "every ask must be right",
        (_HIDDEN_STATE,),
        faults=("wrong_value", "raised"),
    ),
    Attack(
        "lies_as_a_module",
        "a module that lies about itself is wrong",
        (_LAYERS, *[cell for liar in _LIARS for cell in (liar, "test layer")]),
        faults=("wrong_value", "wrong_type", "wrong_shape", "not_trainable", "raised", "timeout",
                "unreadable"),
        seconds=40,
    ),
]  # fmt: skip
