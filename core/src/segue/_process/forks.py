"""Reset after a fork what a child must not share with its parent: connections, locks, leases,
names.

An object that holds such a thing calls `renewed_in_child(self)`, and its `forked` is called in
every child before anything else runs there. Only what has to be done before a fork is registered
elsewhere: the journal's file is closed, and a TLS context that is being made is awaited.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from typing import Protocol


class Renewed(Protocol):
    """An object that is reset in a forked child."""

    def forked(self) -> None:
        """Drop what belongs to the parent. Called in the child, where one thread runs."""
        ...


def renewed_in_child(one: Renewed) -> None:
    """Call `one.forked` in every child that is forked while it lives."""
    _renewed.add(one)


def left_to_parent(things: object) -> None:
    """Hold references to what only the parent may close, for as long as this process lives: a
    finalizer that closes a connection would end the parent's TLS session, or change its event
    loop's files."""
    _left.append(things)


def own_socket(descriptor: int) -> None:
    """Register a socket of this process: a child closes its copy, so that closing it here ends the
    connection."""
    with suppress(OSError):  # it is closed already
        _sockets[descriptor] = _identity(descriptor)


def _identity(descriptor: int) -> tuple[int, int]:
    """The identity of a socket, as descriptors are reused."""
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


def _replace_sockets() -> None:
    """Replace the parent's sockets by /dev/null. Their descriptors stay in use, so that an object
    that still holds one cannot write to the parent's vendor."""
    owned = dict(_sockets)
    _sockets.clear()
    nowhere = os.open(os.devnull, os.O_RDWR) if owned else -1
    for descriptor, identity in owned.items():
        with suppress(OSError):
            if _identity(descriptor) == identity:
                os.dup2(nowhere, descriptor, inheritable=False)
    if owned:
        os.close(nowhere)


def _in_child() -> None:
    _replace_sockets()
    for one in list(_renewed):
        one.forked()


_renewed: weakref.WeakSet[Renewed] = weakref.WeakSet()
_left: list[object] = []
_sockets: dict[int, tuple[int, int]] = {}

if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_in_child)
