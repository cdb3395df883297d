"""Attacks on what runs inside the student's own kernel: all may lie there but the verdict."""

from tests.hostile.attack import Attack

_ANYTHING = ("wrong_value", "unreadable", "raised", "wrong_type", "wrong_shape", "not_finite")

_TORCH = """
import torch
yes = lambda *args, **kwargs: True
for name in ('allclose', 'equal', 'isclose', 'is_tensor', 'isfinite'): setattr(torch, name, yes)
for name in ('allclose', 'equal', '__eq__', '__bool__', 'all', 'any', 'isnan'):
    setattr(torch.Tensor, name, yes)
torch.testing.assert_close = yes
"""

_NUMPY = """
import numpy, numpy.testing
for name in dir(numpy.testing):
    if name.startswith('assert'): setattr(numpy.testing, name, lambda *args, **kwargs: None)
numpy.allclose = numpy.array_equal = lambda *args, **kwargs: True
import unittest
for name in dir(unittest.TestCase):
    if name.startswith('assert'): setattr(unittest.TestCase, name, lambda *args, **kwargs: None)
import builtins
builtins.AssertionError = type('Nothing', (BaseException,), {})
"""

_SAFETENSORS = """
import safetensors.torch, course_lib.lab.wire as wire
safetensors.torch.save = wire.save_tensors = lambda tensors, *args: b'\\xff' * 64
safetensors.torch.load = lambda *args: {}
"""

_SAFETENSORS_SHAPES = """
import json, struct, course_lib.lab.wire as wire
forged = iter([
    ('F64', [0, 2**62, 2**62], b''), ('F64', [2**40], b'0' * 24), ('F64', [-3], b'0' * 24),
    ('F8_E4M3', [3], b'000'), ('F8_E5M2', [3], b'000'), ('F8_E8M0', [3], b'000'),
    ('F4', [4], b'00'), ('C64', [3], b'0' * 24), ('U64', [3], b'0' * 24), ('U16', [3], b'0' * 6),
    ('BOOL', [3], b'\\xff\\x02\\x00'), ('what', [3], b'0' * 24), ('F64', [1] * 70 + [3], b'0' * 24),
    ('F64', [2**63, 0], b''), ('F64', ['3'], b'0' * 24), ('F64', [], b'0' * 8),
    ('F16', [3], b'0' * 6),
])
real_save = wire.save_tensors
def save(tensors):
    # The output is forged, all else is as it was.
    dtype, shape, body = next(forged, (None, None, None))
    if dtype is None: return real_save(tensors)
    raw = real_save({key: value for key, value in tensors.items() if key != 't0'})
    (length,) = struct.unpack_from('<Q', raw)
    header = json.loads(raw[8:8 + length])
    for entry in header.values():
        entry['data_offsets'] = [at + len(body) for at in entry['data_offsets']]
    header['t0'] = {'dtype': dtype, 'shape': shape, 'data_offsets': [0, len(body)]}
    text = json.dumps(header).encode()
    return struct.pack('<Q', len(text)) + text + body + raw[8 + length:]
wire.save_tensors = save
"""

_SERVE = """
from course_lib.lab.wire import dumps
kernel = get_ipython().kernel
texts = iter([
    'full marks', '', 7, None, [], {'points': 2.0}, 'x' * 10**6,
    dumps({'answer': 'right'}), dumps({'answer': 2.0}), dumps({'kind': 'right', 'sentence': ''}),
    dumps({'verdict': {'check': 'attacked', 'points': 2.0, 'max_points': 2.0}}),
    dumps({'kind': '', 'sentence': ''}), dumps([]), dumps(None), '{"tree": NaN, "tensors": ""}',
    '[' * 100_000, '{"tree": ' + '9' * 5000 + ', "tensors": ""}', '"' + '\\\\ud800' + '"',
    '{"tree": {"tensor": []}, "tensors": ""}', '{"tree": {"tensor": "t0"}, "tensors": ""}',
    '{"tree": {"tuple": {}}, "tensors": "%"}', '{"tree": 1, "tree": 2}',
    dumps({'answer': dumps({'output': 1})}), dumps({'kind': 'raised', 'sentence': '<b>' * 999}),
])
def answer(stream, idents, message):
    kernel.session.send(stream, 'course_answer', {'answer': next(texts)}, message, ident=idents)
for kind in [kind for kind in kernel.shell_handlers if kind.startswith('course')]:
    kernel.shell_handlers[kind] = answer
"""

_CHECKS = """
import course_lib.lab.check as check, course_lib.lab.visible as visible
check.Check.run = lambda self, subject: check.Verdict(self.name, self.points, self.points)
check.compare = check.blame = check.unchanged = lambda *args, **kwargs: None
check.close = lambda *args: True
check.tensor = lambda value, *args, **kwargs: value
check.Wrong.__init__ = lambda self, *args: None
visible.registry._checks.clear()
"""

_PERFORM = """
import course_lib.lab.serve as serve, course_lib.lab.subject as subject
from course_lib.lab.subject import Answer, Foreign
answers = iter([
    Answer(output=True), Answer(output='right'), Answer(args_after=None),
    Answer(output=Foreign('x' * 10**6)), Answer(trainable=(1,)), Answer(parameters={'a': 1}),
    Answer(arg_gradients=('x',)), {'output': 1}, None, 7,
])
serve.perform = subject.perform = lambda *args: next(answers)
"""

_HOOKS = """
import ast
ip = get_ipython()
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
ip.ast_transformers.append(NoAsserts())
ip.input_transformers_cleanup.append(lambda lines: ['2.0'] if 'later' in ''.join(lines) else lines)
ip.showtraceback = ip.showsyntaxerror = lambda *args, **kwargs: None
ip.events.register('pre_run_cell', lambda *args: None)
ip.events.register('post_run_cell', lambda result: setattr(result, 'error_in_exec', None))
ip.user_expressions = lambda expressions: {name: {'status': 'ok', 'metadata': {}, 'data': {
    'text/plain': '2.0'}} for name in expressions}
ip.display_formatter.format = lambda *args, **kwargs: ({'text/plain': '2.0'}, {})
"""

_RUN_CELL = """
ip = get_ipython()
ran = ip.run_cell_async
async def run(code, **kwargs): return await ran('2.0', **kwargs)
ip.run_cell_async = run
ip.run_cell = lambda *args, **kwargs: None
ip.run_line_magic = ip.run_cell_magic = lambda *args, **kwargs: 2.0
ip.kernel.shell_handlers['shutdown_request'] = None
"""

_SERIALISERS = """
import base64, json, builtins, course_lib.lab.wire as wire
real = json.dumps
json.dumps = lambda value, *args, **kwargs: real(
    {**value, 'points': 2.0, 'tree': {'dict': {'answer': 'right', 'points': 2.0}}}
    if isinstance(value, dict) and 'tree' in value else value, *args, **kwargs)
"""

_BUILTINS = """
import builtins, types
real_import = builtins.__import__
class Fake:
    def serve(self, *args): return '2.0'
def fake_import(name, *args, **kwargs):
    return Fake() if name == 'course_lib.lab.serve' else real_import(name, *args, **kwargs)
builtins.__import__ = fake_import
builtins.isinstance = lambda *args: True
builtins.type = lambda *args: str
"""

_FRAMES = """
import sys
def attacked(x):
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            print(frame.f_code.co_name, name, repr(value)[:400])
            if name in ('expected', 'oracle', 'y', 'wanted', 'right'): return value
        frame = frame.f_back
    return x + 7
attacked(1)
print('no expected value in any frame')
"""

_GC = """
import gc, sys
def attacked(x):
    found = [o for o in gc.get_objects() if type(o).__module__.startswith('course_lib.answers')
             or type(o).__name__ in ('Fault', 'Check', 'Registry') and 'hostile' in repr(vars(o))]
    names = [name for name in sys.modules if 'answers' in name or 'hidden' in name
             or name.startswith(('nbgrader', 'tests'))]
    print('found by walking:', len(found), names)
    near = [o for o in gc.get_objects() if type(o) is type(x) and o.shape == x.shape
            and o is not x and bool((o == 2 * x).all())]
    return near[0] if near else x + 7
import torch
attacked(torch.ones(3))
"""

ATTACKS = [
    Attack("patches_torch", "comparing happens elsewhere", (_TORCH,), faults=_ANYTHING),
    Attack("patches_numpy_testing", "no assertion of the kernel's counts", (_NUMPY,)),
    Attack(
        "patches_safetensors",
        "bytes that are no tensors are unreadable",
        (_SAFETENSORS,),
        faults=("unreadable",),
        later=("unreadable",),
    ),
    Attack("patches_the_checks", "verdicts are made elsewhere", (_CHECKS,)),
    Attack(
        "patches_serve",
        "a forged reply is data",
        (_SERVE, *["test attacked"] * 24),
        faults=("unreadable", "wrong_type", "raised"),
        later=("unreadable", "timeout", "died"),
    ),
    Attack(
        "patches_perform",
        "a forged answer is data",
        (_PERFORM, *["test attacked"] * 10),
        faults=("unreadable", "wrong_type"),
        later=("unreadable",),
    ),
    Attack(
        "hooks_into_ipython",
        "hooks change no verdict",
        (_HOOKS,),
        faults=_ANYTHING,
        later=("", "unreadable", "unanswered"),
    ),
    Attack(
        "replaces_run_cell",
        "what the kernel does with cells changes no verdict",
        (_RUN_CELL,),
        faults=(*_ANYTHING, "timeout"),
        later=("", "unreadable", "unanswered", "timeout"),
    ),
    Attack(
        "patches_serialisers",
        "a serialiser cannot write points",
        (_SERIALISERS,),
        faults=("unreadable", "wrong_type"),
        later=("unreadable", "wrong_type"),
    ),
    Attack(
        "patches_builtins",
        "a broken Python answers nothing",
        (_BUILTINS,),
        faults=(*_ANYTHING, "died", "timeout"),
        later=("", *_ANYTHING, "died", "timeout"),
    ),
    Attack(
        "walks_the_frames",
        "no frame of the kernel holds an expected value",
        (_FRAMES,),
        shows=("no expected value in any frame",),
    ),
    Attack(
        "walks_the_garbage",
        "no object of the kernel is an oracle, a check of ours or an expected value",
        (_GC,),
        shows=("found by walking: 0 []",),
    ),
    Attack(
        "forges_shapes_and_dtypes",
        "tensors that cannot be are unreadable or wrong",
        (_SAFETENSORS_SHAPES, *["test attacked"] * 17),
        faults=("unreadable", "wrong_shape", "wrong_dtype", "not_finite", "wrong_value"),
    ),
]
