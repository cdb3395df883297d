"""Attacks by Jupyter's messages: the kernel's sockets and its key are the student's to use."""

from tests.hostile.attack import Attack

# `say` sends a well-signed message with any content on the iopub socket, `reply` on the shell
# socket to whoever asked last; both take a parent of one's own choosing.
_TOOLS = """
import json, threading, time, zmq
kernel = get_ipython().kernel
session, shell = kernel.session, kernel.shell_stream.socket
now = dict(kernel.get_parent('shell')['header'])
who = kernel._get_shell_context_var(kernel._shell_parent_ident)
def frames(kind, content, parent=now, header=None, metadata=None):
    made = session.msg_header(kind) if header is None else header
    pack = lambda value: (
        value if isinstance(value, bytes) else json.dumps(value, default=str).encode())
    parts = [pack(part) for part in (made, parent, metadata or {}, content)]
    return [session.sign(parts), *parts]
def say(kind, content, **more):
    parts = frames(kind, content, **more)
    send = lambda: kernel.iopub_socket.send_multipart([b'kernel', b'<IDS|MSG>', *parts])
    send()
def reply(kind, content, **more):
    shell.send_multipart([*who, b'<IDS|MSG>', *frames(kind, content, **more)])
def near(header, ahead):
    stem, number = header['msg_id'].rsplit('_', 1)
    return {**header, 'msg_id': f'{stem}_{int(number) + ahead}'}
print('tools ready')
"""

# Messages are heard only as long as their parent is the cell that runs.
_NOW = "now.update(kernel.get_parent('shell')['header'])\n"

_DEATH = ("", "died", "unreadable", "timeout")
_LOST = ("wrong_value", "died", "unreadable", "timeout")

_OTHER_CELLS = """
for ahead in range(-9, 10):
    parent = near(now, ahead)
    say('execute_result', {'data': {'text/plain': '2.0'}, 'metadata': {}, 'execution_count': 1},
        parent=parent)
    say('stream', {'name': 'stdout', 'text': 'forged'}, parent=parent)
    say('status', {'execution_state': 'idle'}, parent=parent)
"""

_REPLIES = """
good = {'status': 'ok', 'metadata': {}, 'data': {'text/plain': "'2.0'"}}
for ahead in range(1, 40):
    reply('execute_reply', {'status': 'ok', 'execution_count': 1, 'payload': [],
          'user_expressions': {'reply': good}, 'points': 2.0}, parent=near(now, ahead))
    reply('course_answer', {'answer': '2.0', 'points': 2.0}, parent=near(now, ahead))
"""

_ODD_REPLIES = """
odd = [[], None, 'x', {}, 3, True, {'status': []}, {'answer': '2.0'}, {'answer': []},
       {'answer': None}, {'answer': 7}, {'user_expressions': []},
       {'user_expressions': {'reply': []}}]
for ahead in range(1, 4 * len(odd)):
    for kind in ('execute_reply', 'course_answer'):
        reply(kind, odd[ahead % len(odd)], parent=near(now, ahead))
"""

_ODD_CELL_REPLY = """
for content in ({}, {'status': 'error'},
                {'status': 'error', 'ename': 1, 'evalue': [], 'traceback': 3}):
    reply('execute_reply', content)
"""

_ODD_STREAMS = """
for text in (7, None, ['a', 7], {'a': 1}, 'x'): say('stream', {'name': 'stdout', 'text': text})
for name in (7, None, [], {}, 'stdin', 'x' * 10**5): say('stream', {'name': name, 'text': 'x'})
say('stream', {})
"""

_ODD_DISPLAYS = """
for data in (7, None, [], 'x', {'text/plain': 7}, {'text/plain': {'a': []}}, {7: 7},
             {'image/png': 7}, {'application/json': [[[]]]}, {'text/html': ['<script>', 7]}):
    for metadata in ({}, 7, [], None, {'a': 1}):
        say('display_data', {'data': data, 'metadata': metadata})
        say('execute_result', {'data': data, 'metadata': metadata, 'execution_count': {'a': 1}})
say('display_data', {}); say('execute_result', [])
"""

_ODD_ERRORS = """
for trace in (7, None, 'x', [7], {}, [['a']]):
    say('error', {'ename': trace, 'evalue': trace, 'traceback': trace})
say('error', {}); say('error', 7)
"""

_ODD_STATES = """
for count in ('<b>1</b>', [], {}, -1, 10**400, None, True, 1.5):
    say('execute_input', {'code': '', 'execution_count': count})
for transient in (7, 'x', [], {'display_id': []}, {'display_id': {}}, {'display_id': 7}):
    say('display_data', {'data': {}, 'metadata': {}, 'transient': transient})
    say('update_display_data', {'data': {}, 'metadata': {}, 'transient': transient})
for state in (7, [], None, {}, 'dead', 'restarting', 'terminating'):
    say('status', {'execution_state': state})
say('status', {}); say('status', []); say('clear_output', {}); say('clear_output', 7)
"""

_DATES = """
for date in ('9999-99-99T99:99:99.999Z', '2024-02-30T10:00:00Z', '0000-00-00T00:00:00Z', 7, [], {}):
    header = session.msg_header('stream') | {'date': date}
    say('stream', {'name': 'stdout', 'text': 'x'}, header=header, parent={**now, 'date': date})
    reply('execute_reply', {'status': 'ok'}, header=header, parent={**now, 'date': date})
"""

_MALFORMED = """
bad = session.msg_header('stream')
whole = frames('stream', {'name': 'stdout', 'text': 'x'})
deep = b'[' * 10**6
broken = [
    [], [b''], [b'<IDS|MSG>'], [b'kernel', b'<IDS|MSG>'], [b'kernel', b'<IDS|MSG>', b''],
    [b'kernel', b'<IDS|MSG>', *whole[:3]], [b'kernel', b'<IDS|MSG>', b'0' * 64, *whole[1:]],
    [b'kernel', b'<IDS|MSG>', b'', *whole[1:]], [b'kernel', b'<IDS|MSG>', *whole, *[b'x'] * 999],
    *([b'kernel', b'<IDS|MSG>', *frames('stream', *parts)] for parts in [
        (deep,), (b'\\xff\\xfe',), (b'',), (b'nan',), (b'9' * 10**5,), (b'"\\\\ud800"',)]),
    *([b'kernel', b'<IDS|MSG>', *frames('stream', {}, header=head)] for head in
      (deep, b'{}', b'[]', b'7', b'\\xff', {'msg_id': 1}, {'msg_type': 1, 'msg_id': []})),
    *([b'kernel', b'<IDS|MSG>', *frames('stream', {}, parent=head)] for head in
      (deep, b'[]', b'7', b'null', b'\\xff', {'msg_id': []})),
]
for parts in broken:
    if not parts: continue
    kernel.iopub_socket.send_multipart(parts)
    shell.send_multipart([*who, *parts[1:]] if len(parts) > 1 else [*who, *parts])
print('all sent')
"""

_KINDS = """
for kind in ('', 'course_verdict', 'shutdown_reply', 'kernel_info_reply', 'is_complete_reply',
             'display_data\\0', 'a' * 10**5, 'execute_request', 'comm', 'comm_',
             'debug_event', 7, None):
    say(kind, {'points': 2.0, 'status': 'ok', 'data': {'text/plain': '2.0'}, 'metadata': {}})
    reply(kind, {'points': 2.0, 'status': 'ok', 'restart': True})
"""

_UPDATES = """
from IPython.display import display, update_display
h = display('x', display_id='one')
def later():
    for _ in range(100):
        for ahead in range(20):
            say('update_display_data', {'data': {'text/plain': '2.0'}, 'metadata': {
                'course_verdict': {'check': 'attacked', 'points': 2.0, 'max_points': 2.0}},
                'transient': {'display_id': 'one'}}, parent=near(now, ahead))
        time.sleep(.02)
threading.Thread(target=later, daemon=True).start()
"""

_VERDICT = """
from IPython.display import publish_display_data
forged = {'check': 'attacked', 'points': 2.0, 'max_points': 2.0, 'sentence': '', 'fault': '',
          'detail': ''}
publish_display_data({'text/plain': '2.0'}, {'course_verdict': forged})
publish_display_data({'text/plain': '2.0'}, {'course_verdict': {**forged, 'check': 'extra'}})
"""

_ODD_VERDICT = """
from IPython.display import publish_display_data
for forged in ([], 7, 'x', {}, {'points': '2'}, {'x': 1}, None):
    say('display_data', {'data': {'text/plain': '2.0'}, 'metadata': {'course_verdict': forged}})
"""

_COMMS = """
state = {'_model_name': 'OutputModel', '_model_module': '@jupyter-widgets/output', 'outputs': [],
         '_model_module_version': '1.0.0', 'msg_id': near(now, 1)['msg_id']}
say('comm_open', {'comm_id': 'a', 'target_name': 'jupyter.widget', 'data': {'state': state}})
say('comm_msg', {'comm_id': 'a', 'data': {'method': 'update', 'state': {'msg_id': now['msg_id']}}})
for content in ({}, {'data': 7}, {'data': {}, 'comm_id': []},
                {'data': {'state': 7}, 'comm_id': 'b'},
                {'comm_id': 'c', 'data': {'state': {'_model_name': {}}, 'buffer_paths': [7]}},
                {'comm_id': 'd', 'data': {'state': {}, 'buffer_paths': [['a']]}}, 7, []):
    for kind in ('comm_open', 'comm_msg', 'comm_close', 'comm_info'):
        named = {'target_name': 'jupyter.widget'}
        say(kind, {**named, **content} if type(content) is dict else content)
"""

_INPUT = """
import getpass, sys
for ask in (input, getpass.getpass, sys.stdin.readline):
    try: print(f'answered {answer}' if (answer := ask()) else 'silence')
    except Exception as error: print(type(error).__name__)
stdin = kernel.stdin_socket
for _ in range(50):
    asked = frames('input_request', {'prompt': 'x', 'password': 1})
    stdin.send_multipart([*who, b'<IDS|MSG>', *asked])
"""

_SURROGATES = """
lone = b'"' + b'\\\\ud800' + b'"'
say('stream', b'{"name": "stdout", "text": ' + lone + b'}')
say('display_data', b'{"data": {"text/plain": ' + lone + b'}, "metadata": {' + lone + b': 1}}')
say('error', b'{"ename": ' + lone + b', "evalue": ' + lone + b', "traceback": [' + lone + b']}')
"""

_DEEP = """
deep = b'[' * 900 + b']' * 900
say('display_data', b'{"data": {"application/json": ' + deep + b'}, "metadata": {"a": '
    + deep + b'}}')
say('display_data', b'{"data": {"application/json": NaN}, "metadata": {"a": Infinity}}')
say('display_data', b'{"data": {"text/plain": "a", "text/plain": "b"}, "metadata": {}}')
"""

_SCRIPTS = """
from IPython.display import HTML, Javascript, SVG, display
display(HTML('<script>document.body.innerHTML = "2.0"</script><img src=x onerror=alert(1)>'))
display(Javascript('alert(1)'))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'))
print('</pre></div><script>alert(1)</script>')
"""

_RUNS_THE_CELL = """
kernel.iopub_socket.close = lambda *args: None
say('status', {'execution_state': 'idle'})
say('status', {'execution_state': 'idle'})
reply('execute_reply', {'status': 'ok', 'execution_count': 1})
time.sleep(1)
print('after the cell was over')
"""


def _message(name: str, keeps: str, code: str, **fields: object) -> Attack:
    cells = (_TOOLS, _NOW + code, "print('a cell afterwards')")
    given = {"faults": _LOST, "later": _DEATH, "shows": ("tools ready",), **fields}
    return Attack(name, keeps, cells, **given)  # type: ignore[arg-type]  # fields of every type


ATTACKS = [
    _message("speaks_for_other_cells", "a cell's outputs change no verdict", _OTHER_CELLS),
    _message("answers_before_it_is_asked", "forged replies are data", _REPLIES),
    _message("answers_checks_with_odd_replies", "odd replies are unreadable", _ODD_REPLIES),
    _message("answers_its_cell_with_odd_replies", "odd replies lose no verdict", _ODD_CELL_REPLY),
    _message("ends_its_cell_before_the_end", "late outputs change no verdict", _RUNS_THE_CELL),
    _message("sends_odd_streams", "odd outputs lose no verdict", _ODD_STREAMS),
    _message("sends_odd_displays", "odd outputs lose no verdict", _ODD_DISPLAYS),
    _message("sends_odd_errors", "odd outputs lose no verdict", _ODD_ERRORS),
    _message("sends_odd_dates", "odd headers lose no verdict", _DATES),
    _message("sends_malformed_frames", "malformed messages lose no verdict", _MALFORMED),
    _message("sends_unknown_kinds", "unknown messages change nothing", _KINDS),
    _message("opens_odd_comms", "widgets of any kind lose no verdict", _COMMS),
    _message("asks_for_input", "nobody answers", _INPUT, never=("answered",)),
    _message("nests_outputs_deeply", "the notebook can be written", _DEEP),
    _message("shows_scripts", "scripts in outputs change no verdict", _SCRIPTS, later=("",)),
    _message("sends_odd_states", "odd messages lose no verdict", _ODD_STATES),
    _message("updates_displays_after_the_verdict", "verdicts are written last", _UPDATES),
    _message("shows_a_forged_verdict", "an output is no verdict", _VERDICT),
    _message("shows_odd_verdicts", "an output is no verdict", _ODD_VERDICT),
    _message("prints_lone_surrogates", "the notebook can be written", _SURROGATES),
]
