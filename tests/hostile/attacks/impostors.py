"""Attacks by files and metadata that lie beside the code."""

from course_lib.grading.inside import isolation
from tests.hostile.attack import Attack
from tests.hostile.harness import THROUGH

_FAKE = b"""
import builtins
print('impostor ran')
builtins.impostor = True
class Everything:
    def __getattr__(self, name): return lambda *args, **kwargs: True
    def __call__(self, *args, **kwargs): return True
def __getattr__(name): return Everything()
"""

_FAKE_NAMES = (
    "ipykernel_launcher.py", "ipykernel/__init__.py", "torch.py", "torch/__init__.py", "numpy.py",
    "json.py", "base64.py", "random.py", "zmq.py", "safetensors/torch.py", "course_lib/__init__.py",
    "course_lib/lab/__init__.py", "course_lib/lab/serve.py", "sitecustomize.py", "usercustomize.py",
    "inside/__init__.py", "inside.py", "IPython/__init__.py", "encodings/__init__.py",
    "ipython_config.py", "ipython_kernel_config.py", "jupyter_config.py",
    ".ipython/profile_default/startup/00-first.py", ".ipython/profile_default/ipython_config.py",
    "profile_default/startup/00-first.py", "matplotlib_inline/backend_inline.py",
)  # fmt: skip

_WHOSE = """
import json, torch, numpy, course_lib.lab.serve, IPython, sys, base64
for module in (json, torch, numpy, course_lib.lab.serve, IPython, base64):
    print(module.__name__, 'is real:', not module.__file__.startswith(('/home', '/tmp')))
print('builtins are clean:', not hasattr(__builtins__, 'impostor'))
"""

_STARTUP = {
    "evil.pth": b"import builtins; builtins.impostor = print('impostor ran')",
    "pyvenv.cfg": b"home = .\ninclude-system-site-packages = true\n",
    "python311._pth": b".\n",
    "__pycache__/torch.cpython-311.pyc": b"\x00" * 64,
    ".pdbrc": b"import builtins; builtins.impostor = print('impostor ran')",
    ".pythonrc": b"print('impostor ran')",
    "matplotlibrc": b"backend: module://ipykernel_launcher\n",
    "kernel.json": b'{"argv": ["sh", "-c", "echo impostor ran"], "language": "python"}',
    ".jupyter/jupyter_config.json": b'{"IPKernelApp": {"exec_lines": ["print(\'impostor ran\')"]}}',
    "nbgrader_config.py": b"print('impostor ran')",
    "setup.cfg": b"[options]\n",
}

_PATHS = {
    "../escaped.txt": b"x",
    "../../../../../../tmp/hostile-escaped.txt": b"x",
    "{outside}/escaped.txt": b"x",
    "a/../../escaped-too.txt": b"x",
    "notes/mine.txt": b"mine",
}

_ESCAPED = """
import os
print('mine is here:', open('notes/mine.txt').read() == 'mine')
print([name for name in os.listdir('..') if 'escaped' in name])
"""

_TAGS = {
    "tags": ["skip-execution", "raises-exception", "remove-cell", "hide-output", "parameters"],
    "editable": True,
    "deletable": True,
    "jupyter": {"outputs_hidden": True, "source_hidden": True},
    "nbconvert": {"skip": True},
    "course_verdict": {"check": "attacked", "points": 2.0, "max_points": 2.0},
}

ATTACKS = [
    Attack(
        "ships_fakes_of_modules",
        "a file beside the notebook replaces no module of the kernel",
        (_WHOSE,),
        files=dict.fromkeys(_FAKE_NAMES, _FAKE),
        never=("impostor ran", "is real: False", "clean: False"),
        shows=("torch is real: True", "builtins are clean: True"),
    ),
    Attack(
        "ships_startup_files",
        "no file beside the notebook runs by itself",
        (_WHOSE,),
        files=_STARTUP,
        never=("impostor ran", "is real: False", "clean: False"),
    ),
    Attack(
        "tags_cells_to_be_skipped",
        "no tag keeps a check from running",
        ("print('run all the same')", "test attacked", "raise ValueError('seen')", "test attacked"),
        metadata=_TAGS,
        shows=("run all the same", "ValueError"),
    ),
    Attack(
        "ships_files_with_paths_that_lead_out",
        "files land in the work directory or nowhere",
        (_ESCAPED,),
        files=_PATHS,
        never=("escaped",),
        shows=("mine is here: True",),
    ),
    Attack(
        "imports_what_it_shipped",
        "a module of one's own is one's own affair",
        ("import helper\nattacked = helper.attacked\nprint(helper.__file__)",),
        files={"helper.py": b"def attacked(x):\n    return x + 7\n"},
        never=(THROUGH,),
        shows=(f"{isolation.WORK}/helper.py",),
    ),
]
