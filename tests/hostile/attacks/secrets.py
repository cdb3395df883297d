"""Attacks that read what is not theirs."""

from tests.hostile.attack import Attack
from tests.hostile.harness import THROUGH

_READ_FILES = """
from pathlib import Path
for path in [HIDDEN, GRADEBOOK, OUTSIDE + '/home/.netrc', OUTSIDE + '/home/.ssh/id_ed25519',
             OUTSIDE + '/submitted/other/other.ipynb', ROOT + '/course_lib/answers/registry.py',
             ROOT + '/course_lib/answers/reference/vowels.py', '/etc/shadow', '/etc/passwd']:
    attempt(path, lambda: Path(path).read_text(errors='replace'))
"""

_SEARCH = """
import os, sys
wanted = ('answers', 'hidden', 'submitted', 'gradebook.db', '.netrc', '.git', 'hostile')
libraries = {'/proc', '/usr', '/sys', '/dev', sys.prefix, sys.base_prefix,
             os.path.realpath(sys.base_prefix)}
seen = []
for folder, folders, files in os.walk('/'):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in libraries]
    seen += [os.path.join(folder, name) for name in (*folders, *files) if name in wanted]
print('found outside the libraries:', seen)
"""

_IMPORT = """
import importlib, sys
import course_lib
course_lib.__path__.append(ROOT + '/course_lib')
sys.path[:0] = [ROOT, OUTSIDE, ROOT + '/.venv/lib', '/']
importlib.invalidate_caches()
names = ('course_lib.answers', 'course_lib.answers.registry', 'course_lib.answers.reference.vowels',
         'course_lib.grading.verdicts', 'tests.hostile.exercises')
for name in names:
    attempt(name, lambda: importlib.import_module(name))
"""

_GRADEBOOK = """
import sqlite3
for address in (f'file:{GRADEBOOK}?mode=ro', f'file:/proc/1/root{GRADEBOOK}?mode=ro',
                f'file:../../../../../../../..{GRADEBOOK}?mode=ro'):
    attempt(address, lambda: sqlite3.connect(address, uri=True).execute(
        'select * from grade').fetchall())
"""

_HOME = """
import os, sys
ways = [os.path.join(prefix, '') for prefix in (sys.prefix, sys.base_prefix)]
for home in ('/root', os.path.expanduser('~root'), '/home', OUTSIDE, ROOT, os.path.dirname(ROOT)):
    attempt(home, lambda: [path for name in os.listdir(home) if not any(
        way.startswith((path := os.path.join(home, name)) + '/') for way in ways)
        and name != 'student'] or 1 / 0)
for name in ('.netrc', '.ssh', '.bash_history', '.config', '.gitconfig', '.pypirc', '.aws'):
    attempt(name, lambda: os.stat(os.path.join('/root', name)))
"""

_ENVIRONMENT = """
import os, glob
print(os.environ.get(SECRET), sorted(os.environ))
for path in [*glob.glob('/proc/*/environ'), *glob.glob('/proc/*/task/*/environ')]:
    try: print(path, open(path, 'rb').read().decode(errors='replace').replace(chr(0), ' '))
    except OSError as error: print(path, error.strerror)
libc.getenv.restype = ctypes.c_char_p
print(libc.getenv(SECRET.encode()), libc.getenv(b'HOME'))
block = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, 'environ')
place = 0
while block[place] is not None:
    print('the block holds:', block[place])
    place += 1
"""

_PROC = """
import glob, os
others = [p for p in glob.glob('/proc/[0-9]*') if int(os.path.basename(p)) != os.getpid()]
print('others', len(others))
for pid in {GRADER, BYSTANDER, os.getppid(), *map(int, map(os.path.basename, others))}:
    for name in ('environ', 'maps', 'mem', 'auxv'):
        if pid in (0, os.getpid()): continue
        attempt(f'{pid} {name}', lambda: open(f'/proc/{pid}/{name}', 'rb').read(1) or 1 / 0)
    if pid not in (0, os.getpid()):
        attempt(f'{pid} outside', lambda: open(f'/proc/{pid}/root{OUTSIDE}/home/.netrc').read())
        attempt(f'{pid} from its cwd', lambda: os.listdir(f'/proc/{pid}/cwd{OUTSIDE}'))
"""

_DESCRIPTORS = """
import os, stat
own = '/home/student', '/tmp', '/dev', '/usr', 'socket:', 'pipe:', 'anon_inode:'
for fd in range(0, 4096):
    try: status = os.fstat(fd)
    except OSError: continue
    name = os.readlink(f'/proc/self/fd/{fd}')
    if stat.S_ISDIR(status.st_mode):
        attempt(f'{fd} {name}', lambda: os.open('../../../../..' + OUTSIDE, os.O_RDONLY, dir_fd=fd))
        attempt(f'{fd} {name}', lambda: os.open('.' + OUTSIDE, os.O_RDONLY, dir_fd=fd))
    if stat.S_ISREG(status.st_mode):
        print(fd, name, os.pread(fd, 300, 0))
"""

_MEMORY = """
import re
secret = re.compile(b'canary' + b'-[0-9a-f]{32}|sentenc[e]-of-a-hidden-check|neighbour' + b'-7{24}')
for line in open('/proc/self/maps'):
    span, rights, _, _, _, *path = line.split()
    if 'r' not in rights or (path and path[0].startswith(('/', '[v'))): continue
    low, high = (int(end, 16) for end in span.split('-'))
    with open('/proc/self/mem', 'rb', 0) as memory:
        for at in range(low, high, 2**24):
            try:
                memory.seek(at)
                held = memory.read(min(2**24 + 64, high - at))
            except (OSError, OverflowError): break
            for match in secret.finditer(held): print('in memory:', match[0].decode())
print('memory read')
"""

_DEVICES = """
import os, stat
for path in ('/dev/mem', '/dev/kmem', '/dev/port', '/dev/kmsg', '/proc/kcore', '/dev/sda',
             '/dev/vda',
             '/dev/fuse', '/dev/kvm', '/proc/kallsyms/..', '/sys/kernel'):
    attempt(path, lambda: os.read(os.open(path, os.O_RDONLY), 1))
for path in ('/tmp/disk', 'disk', '/dev/shm/disk'):
    attempt(f'mknod {path}', lambda: os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(8, 0)))
"""

ATTACKS = [
    Attack("reads_files_by_name", "no file outside is readable", (_READ_FILES,), never=(THROUGH,)),
    Attack(
        "searches_the_disk",
        "the disk holds no answers, submissions or gradebook",
        (_SEARCH,),
        shows=("found outside the libraries: []",),
    ),
    Attack("imports_the_oracle", "the oracle cannot be imported", (_IMPORT,), never=(THROUGH,)),
    Attack("reads_the_gradebook", "no score is readable", (_GRADEBOOK,), never=(THROUGH,)),
    Attack("reads_the_home_directory", "no home is readable", (_HOME,), never=(THROUGH,)),
    Attack(
        "reads_the_environment",
        "the grader's variables are not there",
        (_ENVIRONMENT,),
        shows=("the block holds",),
    ),
    Attack("reads_other_processes", "no other process is readable", (_PROC,), never=(THROUGH,)),
    Attack(
        "reads_inherited_descriptors",
        "no open file leads outside",
        (_DESCRIPTORS,),
        never=(THROUGH,),
    ),
    Attack(
        "reads_inherited_memory",
        "the memory a kernel starts with holds nothing of the grader or of others' submissions",
        (_MEMORY,),
        shows=("memory read",),
        limits={"GradedExecute": {"timeout": 20}},
        seconds=40,
    ),
    Attack("reads_devices", "no device shows memory or disk", (_DEVICES,), never=(THROUGH,)),
]
