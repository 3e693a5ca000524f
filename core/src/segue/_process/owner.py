"""Names of processes that own leases, and whether such a process still runs."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
from functools import cache
from pathlib import Path


def new_owner() -> str:
    """A name for this process: `host:pid:process start time:random`."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_started(pid) or ''}:{secrets.token_hex(4)}"


def gone(owner: str) -> bool:
    """Whether the owner's process is known to be dead; False where unknown."""
    host, _, rest = owner.rpartition(":")[0].partition(":")
    pid, _, started = rest.partition(":")
    if host != _host() or not pid.isdecimal() or not int(pid):
        return False
    now_started = _started(int(pid))
    if now_started and started:
        return now_started != started
    return not _running(int(pid))


def process_alive(owner: str) -> bool | None:
    """Whether the process of that name still runs: False when it is known to have ended, and None
    where that is not known, as for a process of another host or a name of another form."""
    return False if gone(owner) else None


def described(owner: str) -> str:
    """The owner for people: `process 4711 on studio`."""
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    return f"process {pid} on {host.partition('/')[0]}" if pid.isdecimal() else owner


@cache
def _host() -> str:
    """This computer; on Linux also the space of process ids that a container may have."""
    space = ""
    with contextlib.suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    return f"{socket.gethostname()}/{space}".rstrip("/").replace(":", "_")


def _started(pid: int) -> str | None:
    """When a process started, in ticks since boot (proc_pid_stat(5)); None if that is unknown.

    A zombie has a value that no owner has.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return "dead" if fields[0] in (b"Z", b"X") else fields[19].decode()
    except (OSError, IndexError):
        return None


def _running(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill would end it; the lease expires instead
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it runs as another user
    except OverflowError:
        return False
    return True
