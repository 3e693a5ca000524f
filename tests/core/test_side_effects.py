"""What a program finds changed after it has imported Segue and made a song: nothing of its own."""

import json
import subprocess
import sys

STATE = """
class State: pass
import atexit, json, locale, logging, os, signal, sys, threading, warnings, asyncio

def loggers():
    found = {}
    for name, it in [("", logging.root), *logging.root.manager.loggerDict.items()]:
        if isinstance(it, logging.Logger):
            facts = [it.level, len(it.handlers), len(it.filters), it.propagate, it.disabled]
            found[name] = facts
    return {name: facts for name, facts in found.items() if facts != [0, 0, 0, True, False]}

def state():
    return {
        "loggers": loggers(),
        "logging": [logging.root.manager.disable, logging.raiseExceptions,
                    str(logging.getLoggerClass()), str(logging.getLogRecordFactory()),
                    logging.lastResort is not None],
        "warnings": [str(one) for one in warnings.filters],
        "showwarning": str(warnings.showwarning),
        "hooks": [str(sys.excepthook), str(sys.unraisablehook), str(threading.excepthook),
                  str(sys.displayhook), str(sys.getprofile()), str(sys.gettrace())],
        "signals": {int(one): str(signal.getsignal(one)) for one in signal.valid_signals()},
        "wakeup": str(signal.set_wakeup_fd(-1)),
        "atexit": atexit._ncallbacks(),
        "environ": dict(os.environ),
        "locale": locale.setlocale(locale.LC_ALL),
        "recursion": sys.getrecursionlimit(),
        "path": sys.path,
        "meta_path": [str(one) for one in sys.meta_path],
        "policy": type(asyncio.get_event_loop_policy()).__name__,
        "umask": [os.umask(0o22), os.umask(0o22)],
        "folder": os.getcwd(),
    }

def told(before):
    after = state()
    print(json.dumps({key: [before[key], after[key]] for key in before
                      if before[key] != after[key]}))
"""
USED = """
before = state()
import segue
from segue.testing import Silence
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.loopback import served
from segue._pace import retry_policy as policy
from segue.errors import SegueError
policy._BACKOFF = (0.01, 0.01, 0.01)

with segue.Client(Silence()) as client:
    client.generate_and_wait("hush", to="out")
with served(HushVendor(typical=0.1)) as url:
    os.environ["SEGUE_HUSH_BASE_URL"] = url
    with segue.Client(Hush()) as client:
        client.submit("hush").wait()
    async def main():
        async with segue.AsyncClient(Hush()) as client:
            await (await client.submit("hush")).wait()
    asyncio.run(main())
with segue.Client(Hush()) as client:  # nobody answers any more: it is tried again
    try:
        client.submit("hush")
    except SegueError as error:
        pass
del os.environ["SEGUE_HUSH_BASE_URL"]
told(before)
"""


def ran(code, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", STATE + code],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_importing_segue_changes_nothing_of_the_program(tmp_path):
    changed, said = ran("before = state()\nimport segue, segue.client\ntold(before)", tmp_path)
    assert (changed, said) == ({}, "")


def test_importing_what_a_client_uses_changes_nothing_but_what_its_libraries_register(tmp_path):
    code = "import httpx, anyio, stamina\nbefore = state()\n"
    code += "import segue._http.sync_driver, segue._http.async_driver\n"
    code += "import segue.cli, segue.testing.hush\ntold(before)"
    changed, said = ran(code, tmp_path)
    assert (changed, said) == ({}, "")


def test_making_songs_changes_nothing_of_the_program(tmp_path):
    # importlib_metadata has its finder asked, weakref.finalize has its own clean-up at the end
    libraries = "import httpx, anyio, stamina, importlib_metadata, http.server, weakref\n"
    libraries += "import concurrent.futures.thread; weakref.finalize(State, int)\n"
    changed, said = ran(libraries + USED, tmp_path)
    assert (changed, said) == ({}, "")


def test_a_programs_own_retries_are_reported_by_stamina_while_ours_are_not(tmp_path):
    code = """
import socket, stamina, segue, segue._pace.retry_policy
from segue.testing.hush import Hush
segue._pace.retry_policy._BACKOFF = (0.01, 0.01, 0.01)
lines = []
class Heard(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())
logging.getLogger("stamina").addHandler(Heard())
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    os.environ["SEGUE_HUSH_BASE_URL"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with segue.Client(Hush(quotes=False)) as client:
        try:
            client.submit("hush")
        except segue.SegueError:
            lines.append("refused")
for attempt in stamina.retry_context(on=ValueError, wait_initial=0, wait_jitter=0):
    with attempt:
        if attempt.num < 3:
            raise ValueError
print(json.dumps([lines, len(logging.getLogger("stamina").filters)]))
"""
    again = "stamina.retry_scheduled"
    assert ran(code, tmp_path)[0] == [["refused", again, again], 0]


def test_a_synchronous_client_needs_no_event_loop(tmp_path):
    # httpx itself imports anyio where it is installed; `None` has every import of it fail
    code = """
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.loopback import served
with served(HushVendor(typical=0.1)) as url:
    for name in [name for name in sys.modules if name.partition(".")[0] == "asyncio"]:
        del sys.modules[name]
    sys.modules.update(asyncio=None, anyio=None, trio=None, sniffio=None, stamina=None)
    import segue
    os.environ["SEGUE_HUSH_BASE_URL"] = url
    with segue.Client(Hush()) as client:
        delivery = client.generate_and_wait("hush", to="out")
print(len(delivery.tracks))
"""
    assert ran(code, tmp_path) == (1, "")
