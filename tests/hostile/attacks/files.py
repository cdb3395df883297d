"""Attacks that write what is not theirs, or leave files that harm whoever clears up."""

from tests.hostile.attack import Attack
from tests.hostile.harness import THROUGH

_GRADEBOOK = """
import os, sqlite3
from pathlib import Path
def raise_scores():
    with sqlite3.connect(GRADEBOOK) as book:
        book.execute('update grade set score = 100')
attempt('sqlite', raise_scores)
attempt('truncate', lambda: os.truncate(GRADEBOOK, 0))
attempt('remove', lambda: os.remove(GRADEBOOK))
attempt('replace', lambda: os.replace('/etc/localtime', GRADEBOOK))
attempt('journal', lambda: Path(GRADEBOOK + '-journal').write_text('x'))
"""

_SUBMISSIONS = """
import os, shutil
from pathlib import Path
theirs = OUTSIDE + '/submitted/other/other.ipynb'
attempt('write', lambda: Path(theirs).write_text('{}'))
attempt('remove', lambda: os.remove(theirs))
attempt('chmod', lambda: os.chmod(theirs, 0))
attempt('rename', lambda: os.rename(OUTSIDE + '/submitted', OUTSIDE + '/gone'))
attempt('tree', lambda: shutil.rmtree(OUTSIDE))
attempt('home', lambda: Path(OUTSIDE + '/home/.profile').write_text('x'))
"""

_INSTALLATION = """
import os, site, sys, torch
from pathlib import Path
import course_lib.lab.check as check
for path in (check.__file__, torch.__file__, sys.executable, '/usr/bin/env', '/bin/sh'):
    attempt(path, lambda: os.open(path, os.O_RDWR))
    attempt('remove ' + path, lambda: os.remove(path))
for folder in (site.getsitepackages()[0], os.path.dirname(check.__file__), '/usr/lib', '/', '/etc'):
    for name in ('sitecustomize.py', 'evil.pth', 'ld.so.preload'):
        attempt(f'{folder}/{name}', lambda: Path(f'{folder}/{name}').write_text('1 / 0'))
"""

_LINKS = """
import os
for name, target in {'link': OUTSIDE, 'book': GRADEBOOK, 'up': '../' * 9, 'root': '/'}.items():
    for folder in ('.', '/tmp', os.path.expanduser('~')):
        try: os.symlink(target, os.path.join(folder, name))
        except OSError as error: print(error.strerror)
attempt('through a link', lambda: os.listdir('link'))
attempt('hard link', lambda: os.link('/usr/bin/env', 'env'))
import glob
for path in glob.glob('/tmp/course-*/s/*') + glob.glob('/tmp/course-*/*'):
    try: os.symlink(OUTSIDE, path + '-link')
    except OSError as error: print(error.strerror)
"""

_DEEP = """
import os
for _ in range(4000):
    try:
        os.mkdir('deeper')
        os.chdir('deeper')
    except OSError:
        break
open('at the bottom', 'w').close()
print('deep')
"""

_STUBBORN = """
import os
os.makedirs('locked/inside')
open('locked/inside/file', 'w').close()
open(b'bad-\\xff\\xfe-name', 'w').close()
open('-rf\\n*', 'w').close()
os.mkfifo('pipe')
import socket
socket.socket(socket.AF_UNIX).bind('listening')
held = open('locked/inside/held', 'w')
os.chmod('locked/inside', 0); os.chmod('locked', 0); os.chmod('.', 0)
print('left behind')
"""

_SOCKETS = """
import glob, os
for folder in {os.path.dirname(line.split()[-1]) for line in open('/proc/net/unix') if '/' in line}:
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        os.remove(path)
        os.symlink(SOCKET, path)
        print('now leads outside:', os.readlink(path))
import threading
def hang_up():
    kernel = get_ipython().kernel
    for stream in (kernel.shell_stream, kernel.control_stream):
        stream.socket.close(0)
    os.closerange(3, 4096)
threading.Timer(0.3, hang_up).start()
"""

ATTACKS = [
    Attack("writes_the_gradebook", "scores stay as they are", (_GRADEBOOK,), never=(THROUGH,)),
    Attack("writes_other_submissions", "others' files stay", (_SUBMISSIONS,), never=(THROUGH,)),
    Attack(
        "writes_the_installation", "Python and the course stay", (_INSTALLATION,), never=(THROUGH,)
    ),
    Attack("leaves_symbolic_links", "clearing up follows no link", (_LINKS,), never=(THROUGH,)),
    Attack("leaves_a_bottomless_folder", "clearing up ends", (_DEEP,), shows=("deep",)),
    Attack("leaves_what_cannot_be_removed", "all is removed", (_STUBBORN,), shows=("left behind",)),
    Attack(
        "leads_the_kernels_sockets_outside",
        "the grader speaks with its kernel only",
        (_SOCKETS, "import time; time.sleep(2)"),
        faults=("died", "timeout", "wrong_value"),
        later=("", "died", "timeout"),
    ),
]
