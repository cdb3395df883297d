"""Attacks on the operating system: network, namespaces, privileges, odd corners."""

from tests.hostile.attack import Attack
from tests.hostile.harness import THROUGH

_NETWORK = """
import socket, urllib.request
tcp = lambda *address: socket.create_connection(address, timeout=1)
attempt('tcp to the grader', lambda: tcp('127.0.0.1', PORT))
attempt('tcp outside', lambda: tcp('1.1.1.1', 80))
attempt('tcp by name', lambda: tcp('example.org', 80))
attempt('udp', lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('1.1.1.1', 53)))
attempt('udp 6', lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(
    b'x', ('2606:4700:4700::1111', 53)))
attempt('http', lambda: urllib.request.urlopen('http://1.1.1.1', timeout=1))
attempt('packet', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt('metadata', lambda: tcp('169.254.169.254', 80))
"""

_UNIX = """
import socket
def connect(address, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_UNIX, kind) as one: one.connect(address)
for address in (SOCKET, '/proc/1/root' + SOCKET, '\\0' + OUTSIDE, '/run/docker.sock', '/dev/log',
                '/var/run/dbus/system_bus_socket', '\\0/tmp/.X11-unix/X0', '/run/systemd/private'):
    attempt(address.strip('\\0'), lambda: connect(address))
for line in open('/proc/net/unix'):
    if '@' in line: print('abstract sockets in sight:', line.split()[-1])
"""

_NETLINK = """
import socket, struct
def audit():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9) as one:
        one.settimeout(1)
        one.send(struct.pack('IHHII', 20, 1005, 5, 1, 0) + b'ice\\0')
        code = struct.unpack_from('i', one.recv(4096), 16)[0]
        if code: raise OSError(-code, 'refused')
attempt('audit', audit)
attempt('vsock', lambda: socket.socket(40, socket.SOCK_STREAM).connect((2, 22)))
attempt('key', lambda: socket.socket(15, socket.SOCK_RAW, 2))
attempt('bluetooth', lambda: socket.socket(31, socket.SOCK_RAW, 1))
names = [name for _, name in socket.if_nameindex()]
print('interfaces beyond loopback:', [name for name in names if name != 'lo'])
"""

_NAMESPACES = """
import os
NEW = {'user': 0x10000000, 'mount': 0x20000, 'pid': 0x20000000, 'net': 0x40000000, 'ipc': 0x8000000,
       'uts': 0x4000000, 'cgroup': 0x2000000, 'time': 0x80}
for name, flag in NEW.items():
    attempt('unshare ' + name, lambda: syscall(272, flag))
    attempt('clone ' + name, lambda: syscall(56, flag | 17, None, None, None, None))
    attempt('setns ' + name, lambda: syscall(308, os.open('/proc/1/ns/' + (
        'mnt' if name == 'mount' else name), os.O_RDONLY), flag) or name)
attempt('chroot', lambda: os.chroot('/tmp'))
attempt('mount', lambda: syscall(165, b'none', b'/tmp', b'tmpfs', 0, None))
attempt('bind', lambda: syscall(165, b'/', b'/tmp', None, 4096, None))
attempt('remount', lambda: syscall(165, None, b'/', None, 32, None))
attempt('unmount', lambda: syscall(166, b'/proc', 2))
attempt('pivot_root', lambda: syscall(155, b'/tmp', b'/tmp'))
attempt('open_tree', lambda: syscall(428, -100, b'/', 1))
attempt('fsopen', lambda: syscall(430, b'tmpfs', 0))
attempt('mount_setattr', lambda: syscall(442, -100, b'/', 0, bytes(32), 32))
for path in ('/etc/x', '/usr/x', '/x', '/proc/x', '/sys/x', '/home/x', '/dev/x'):
    attempt(path, lambda: open(path, 'w'))
"""

_PRIVILEGES = """
import os, struct
from pathlib import Path
attempt('setuid', lambda: os.setuid(0))
attempt('setresuid', lambda: os.setresuid(0, 0, 0))
attempt('setgid', lambda: os.setgid(0))
attempt('setgroups', lambda: os.setgroups([0]))
everything = struct.pack('6I', *[2**32 - 1] * 6)
attempt('capset', lambda: syscall(126, struct.pack('Ii', 0x20080522, 0), everything))
attempt('keep capabilities', lambda: libc.prctl(8, 1, 0, 0, 0) or 1 / 0)
attempt('new privileges', lambda: libc.prctl(39, 0, 0, 0, 0) == 1 and 1 / 0)
for line in open('/proc/self/status'):
    if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:')): print(line.strip())
for path in ('/usr/bin/su', '/usr/bin/passwd', '/usr/bin/mount', '/usr/bin/sudo'):
    print(path, os.path.exists(path))
attempt('uid map', lambda: Path('/proc/self/uid_map').write_text('0 0 1'))
"""

_CALLS = """
import os
calls = {'io_uring_setup': (425, 8, bytes(120)), 'keyctl': (250, 0, -3, 1), 'add_key': (
    248, b'user', b'a', b'b', 1, -2), 'request_key': (249, b'user', b'a', None, -2),
    'init_module': (175, b'x', 1, b''), 'finit_module': (313, 0, b'', 0),
    'delete_module': (176, b'x', 0),
    'bpf': (321, 0, bytes(64), 64), 'perf_event_open': (298, bytes(128), 0, -1, -1, 0),
    'userfaultfd': (323, 0), 'kexec_load': (246, 0, 0, None, 0),
    'reboot': (169, 0xfee1dead, 672274793,
    0x89abcdef, None), 'swapon': (167, b'/tmp', 0), 'open_by_handle_at': (304, -100, bytes(64), 0),
    'syslog': (103, 3, bytes(64), 64), 'acct': (163, b'/tmp/x'), 'iopl': (172, 3),
    'ioperm': (173, 0, 1, 1),
    'settimeofday': (164, bytes(16), None), 'sethostname': (170, b'x', 1),
    'setdomainname': (171, b'x', 1),
    'quotactl': (179, 0, b'/', 0, None), 'fanotify_init': (300, 0, 0),
    'lookup_dcookie': (212, 0, b'', 0),
    'personality': (135, 0x0040000), 'modify_ldt': (154, 1, bytes(16), 16), 'vhangup': (153,),
    'name_to_handle_at': (303, -100, b'/', bytes(256), bytes(8), 0)}
for name, arguments in calls.items():
    attempt(name, lambda: syscall(*arguments))
"""

_OTHER_NUMBERS = """
attempt('getpid by the numbers of x32', lambda: syscall(0x40000000 | 39))
"""

_TERMINAL = """
import fcntl, os, termios
for path in ('/dev/tty', '/dev/console', '/dev/pts/0', '/dev/pts/1', '/dev/tty0', '/dev/ptmx'):
    try: fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    except OSError as error: print(path, error.strerror); continue
    attempt(f'push into {path}', lambda: fcntl.ioctl(fd, termios.TIOCSTI, b'x'))
    attempt(f'take {path}', lambda: fcntl.ioctl(fd, 0x541C, bytes([3])))
for fd in (0, 1, 2):
    attempt(f'push into {fd}', lambda: fcntl.ioctl(fd, termios.TIOCSTI, b'x'))
"""

_KERNEL_FILES = """
import os
for path in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/proc/sys/kernel/hostname',
             '/proc/sys/vm/drop_caches', '/proc/sys/kernel/modprobe', '/sys/kernel/uevent_helper',
             '/sys/fs/cgroup/cgroup.procs', '/sys/fs/cgroup/memory.max',
             '/proc/sys/kernel/yama/ptrace_scope',
             '/proc/self/attr/current', '/proc/irq/0/smp_affinity', '/proc/bus/pci/00/00.0'):
    attempt(path, lambda: os.write(os.open(path, os.O_WRONLY), b'1') and open(path, 'w').write('0'))
"""

_OWN_MEMORY = """
import course_lib.lab.serve as serve
code = serve.serve.__code__
with open('/proc/self/mem', 'r+b', 0) as memory:
    for line in open('/proc/self/maps'):
        if 'libpython' in line or '/python3' in line or 'libtorch_python' in line:
            span, rights, *_ = line.split()
            if 'x' not in rights: continue
            memory.seek(int(span.split('-')[0], 16)); start = memory.read(16)
            memory.seek(int(span.split('-')[0], 16)); memory.write(start)
            print('wrote over a read-only page of my own')
            break
"""

ATTACKS = [
    Attack("opens_network_sockets", "there is no network", (_NETWORK,), never=(THROUGH,)),
    Attack(
        "connects_to_unix_sockets", "no socket leads outside", (_UNIX,), never=(THROUGH, "in sight")
    ),
    Attack(
        "opens_odd_sockets",
        "no other family of sockets leads outside",
        (_NETLINK,),
        never=(THROUGH,),
        shows=("beyond loopback: []",),
    ),
    Attack("enters_namespaces", "the room has no door", (_NAMESPACES,), never=(THROUGH,)),
    Attack(
        "asks_for_privileges",
        "no privilege can be had",
        (_PRIVILEGES,),
        never=(THROUGH,),
        shows=("CapEff:\\t0000000000000000", "CapBnd:\\t0000000000000000", "NoNewPrivs:\\t1"),
    ),
    Attack("makes_dangerous_calls", "the filter refuses them", (_CALLS,), never=(THROUGH,)),
    Attack(
        "calls_by_other_numbers",
        "the filter knows no second set of numbers",
        (_OTHER_NUMBERS,),
        faults=("wrong_value", "died", "timeout"),
        later=("", "died", "timeout"),
        never=(THROUGH,),
    ),
    Attack("pushes_keys_into_a_terminal", "no terminal takes keys", (_TERMINAL,), never=(THROUGH,)),
    Attack(
        "writes_kernel_settings", "no setting can be changed", (_KERNEL_FILES,), never=(THROUGH,)
    ),
    Attack("writes_its_own_memory", "pages shared with others are not changed", (_OWN_MEMORY,)),
]
