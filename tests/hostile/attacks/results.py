"""Attacks by what the student's work returns or raises."""

from tests.hostile.attack import Attack

_ODD = (
    "wrong_type",
    "wrong_shape",
    "wrong_dtype",
    "not_finite",
    "wrong_value",
    "unreadable",
    "raised",
)


def _each(name: str, keeps: str, prelude: str, *results: str, **fields: object) -> Attack:
    """One graded cell for each result."""
    cells = [prelude]
    for result in results:
        cells += [f"def attacked(x):\n    {result}", "test attacked"]
    return Attack(name, keeps, tuple(cells), **{"faults": _ODD, **fields})  # type: ignore[arg-type]


_OBJECTS = """
import torch
class Hostile:
    __hash__ = None
    def __eq__(self, other): return True
    def __len__(self): return 10**9
    def __bool__(self): raise RuntimeError('not with me')
    def __repr__(self): return '2.0'
    def __str__(self): raise RuntimeError('not with me')
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __iter__(self):
        while True: yield 1
    def __float__(self): return 2.0
    def __reduce__(self): return (print, ('unpickled',))
    def __array__(self, *args): raise SystemExit
    def __torch_function__(self, *args, **kwargs): return True
    __class__ = property(lambda self: torch.Tensor)
    shape, dtype, layout = (3,), torch.float64, torch.strided
class Meta(type):
    __module__ = property(lambda cls: 1 / 0)
    __qualname__ = property(lambda cls: 1 / 0)
    def __instancecheck__(cls, other): return True
class Nameless(metaclass=Meta): pass
Named = type('<script>alert(1)</script>' + 'x' * 10**6, (), {'__module__': 'y' * 10**6})
class Text(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
class Table(dict):
    def items(self): raise SystemExit
class Whole(int):
    def bit_length(self): raise SystemExit
"""

_TENSORS = """
import torch
class Lies(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if 'allclose' in str(function) or 'eq' in str(function): return True
        raise RuntimeError('not with me')
    def __eq__(self, other): return True
    __hash__ = torch.Tensor.__hash__
class Dispatch(torch.Tensor):
    @staticmethod
    def __new__(cls, x): return torch.Tensor._make_wrapper_subclass(cls, x.shape, dtype=x.dtype)
    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None): raise SystemExit
"""

_RAISERS = """
import asyncio, warnings
class Mute(Exception):
    def __str__(self): raise KeyboardInterrupt
class Silent(BaseException):
    def __str__(self): raise SystemExit
class Lying(NotImplementedError):
    @property
    def args(self): raise SystemExit
def loop():
    error = ValueError('x'); error.__cause__ = error; error.__context__ = error
    raise error
"""

_PICKLES = """
import os, pickle, marshal, io, torch
class Bomb:
    def __reduce__(self): return (os.system, (f'touch {OUTSIDE}/unpickled; echo unpickled',))
bomb = pickle.dumps(Bomb())
saved = io.BytesIO(); torch.save({'weight': Bomb()}, saved)
"""

ATTACKS = [
    _each(
        "returns_what_is_no_tensor", "only a tensor is a tensor", "import numpy, types",
        "return None", "return 'right'", "return 2.0", "return True", "return 10**5000",
        "return print", "return types", "return [2 * float(v) for v in x.flatten()]",
        "return (2 * x,)", "return {'y': 2 * x}", "return (2 * x).numpy()", "return iter(())",
        "yield 2 * x", "return type(x)", "return float('nan')", "return -0.0", "return b'2.0'",
    ),
    _each(
        "returns_hostile_objects", "no method of a result's is asked", _OBJECTS,
        "return Hostile()", "return [Hostile()]", "return Nameless()", "return Named()",
        "return Text('2.0')", "return {Text('a'): 1}", "return Table(a=2 * x)", "return Whole(2)",
        never=("unpickled",),
    ),
    _each(
        "returns_hostile_tensors", "no method of a tensor's class is asked", _TENSORS,
        "return (x + 7).as_subclass(Lies)", "return Dispatch(x)",
        "y = x + 7; y.shape_ = (3,); y.grad = y.clone(); return y",
        "return torch.nn.Parameter((x + 7).float())", "return (x + 7).conj()",
    ),
    _each(
        "returns_odd_tensors", "a tensor of any kind is data", "import torch",
        "return x * float('nan')", "return x / 0", "return x.float()",
        "return x.to(torch.complex128)",
        "return x.to('meta')", "return x.to_sparse()", "return torch.nested.nested_tensor([x])",
        "return torch.quantize_per_tensor(x.float(), 0.1, 0, torch.qint8)", "return x.bool()",
        "return x.to(torch.float8_e4m3fn)", "return torch.empty(0)", "return (2 * x).unsqueeze(0)",
        "return torch._neg_view(x)", "return x.to(torch.bfloat16)", "return x.to(torch.uint16)",
    ),
    _each(
        "returns_endless_structures", "depth and width have an end", "import itertools",
        "a = []; a.append(a); return a", "a = {}; a['a'] = a; return (a, a)",
        "a = []; [a := [a] for _ in range(10**5)]; return a",
        "a = 2.0; [a := [a, a] for _ in range(15)]; return a",
        "return itertools.count()", "return [x] * 3000", "return '2' * 10**7",
        "return {str(i): i for i in range(10**5)}", faults=(*_ODD, "timeout"), seconds=40,
    ),
    _each(
        "returns_pickles", "nothing is unpickled", _PICKLES,
        "return Bomb()", "return bomb", "return bomb.decode('latin-1')", "return saved.getvalue()",
        "return [Bomb(), 2 * x]", "x.__class__.__reduce_ex__ = Bomb.__reduce__; return x + 7",
        never=("unpickled",),
    ),
    _each(
        "raises_all_there_is", "an exception of any kind is a wrong answer", _RAISERS,
        "raise Mute", "raise Silent", "raise KeyboardInterrupt", "raise GeneratorExit",
        "raise SystemExit(0)", "raise StopIteration", "raise asyncio.CancelledError",
        "raise ExceptionGroup('x', [ValueError('y')] * 999)", "raise MemoryError",
        "raise RecursionError", "raise ValueError('x' * 10**7)", "raise loop()",
        "raise ValueError('\\ud800')", "raise UserWarning", "warnings.simplefilter('error')",
        faults=(*_ODD, "timeout"),
    ),
]  # fmt: skip
