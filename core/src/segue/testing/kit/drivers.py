"""Tests of one job over HTTP on loopback, with the synchronous and the asynchronous driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import anyio
import pytest

from segue._engine import download as delivering
from segue._engine import submit as lifecycle
from segue._engine import wait as waiting
from segue._engine.backend import Backend
from segue._engine.wait import Watching
from segue._files.destination import Destination
from segue._http.async_driver import AsyncDriver
from segue._http.sync_driver import Driver
from segue.config import Http
from segue.errors import SegueError
from segue.flow import Flow
from segue.hooks import Hooks
from segue.job import Snapshot
from segue.testing.kit.bench import Bench
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.tracebacks import hidden
from segue.testing.kit.world import Book, Rerouted, backend, order
from segue.testing.loopback import served
from segue.testing.memory_journal import MemoryJournal

__tracebackhide__ = hidden


class Lived(NamedTuple):
    """One driver's view of the job: its snapshots, the files (kind, container, bytes and SHA-256),
    the number of requests, and the unexpected ones."""

    snapshots: tuple[Snapshot, ...]
    files: tuple[tuple[str, str, int, str], ...]
    requests: int
    surprises: tuple[str, ...]


class Drivers(KitInputs):
    """Results must not depend on the driver."""

    def test_both_drivers_see_the_same_job(self) -> None:
        """Equal snapshots, and the same number of requests."""
        one, other = _both(self)
        assert one.snapshots == other.snapshots, (
            f"the synchronous driver saw {one.snapshots}, the asynchronous one {other.snapshots}:"
            " hold no state between calls in the class or the module"
        )
        assert one.requests == other.requests, (
            f"{one.requests} requests by the synchronous driver, {other.requests} by the other:"
            " hold no state between calls in the class or the module"
        )

    def test_both_drivers_save_the_same_files(self) -> None:
        """Equal in kind, container, length and SHA-256."""
        one, other = _both(self)
        assert one.files == other.files, (
            f"the synchronous driver saved {one.files}, the asynchronous one {other.files}: the"
            " same ticket is to make the same file"
        )

    def test_no_request_is_made_that_was_not_expected(self) -> None:
        """The requests over HTTP are those of the flows run without HTTP."""
        surprises = [request for lived in _both(self) for request in lived.surprises]
        assert not surprises, (
            f"over HTTP it requested {', '.join(surprises)}, which it did not without"
            " HTTP: does anything in its requests change from one to the next?"
        )


def _both(kit: KitInputs) -> tuple[Lived, Lived]:
    bench = Bench(kit)
    if bench.scripted:
        pytest.skip("its work is answered by the script, so there is nothing to send")
    if type(kit) not in _LIVES:
        _LIVES[type(kit)] = _lived(bench, "sync"), _lived(bench, "async")
    return _LIVES[type(kit)]


_LIVES: dict[type, tuple[Lived, Lived]] = {}  # shared by three tests


def _lived(bench: Bench, driver: str) -> Lived:
    book = Book(bench)
    with _no_proxy(), served(book) as server, TemporaryDirectory() as folder:
        made = bench.made()
        ready = backend(made, bench.task, Rerouted(made, server))
        flow = _life(bench, ready, Path(folder))
        try:
            snapshots, files = _sync(flow) if driver == "sync" else anyio.run(_async, flow)
        except SegueError as error:
            others = (
                f" (unexpected requests: {', '.join(book.surprises)})" if book.surprises else ""
            )
            raise AssertionError(f"the {driver} driver ended in {error!r}{others}") from error
    return Lived(snapshots, files, book.requests, tuple(book.surprises))


@contextmanager
def _no_proxy() -> Iterator[None]:
    """Connect to loopback without a proxy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "*")
        yield


_Seen = tuple[tuple[Snapshot, ...], tuple[tuple[str, str, int, str], ...]]


def _life(bench: Bench, ready: Backend, folder: Path) -> Flow[_Seen]:
    """Submit, poll once for each response, and save; without waiting."""
    ticket = yield from lifecycle.submit(ready, order(bench.task))
    snapshots = [(yield from waiting.poll(ready, ticket))]
    if bench.step("poll", "running").answers:
        snapshots += [(yield from waiting.poll(ready, ticket))]
    place = Destination(folder=folder)
    delivery = yield from delivering.download(
        ready, ticket, snapshots[-1], place, Watching(timeout=60)
    )
    files = tuple((one.kind, one.container, one.bytes, one.sha256) for one in delivery.files)
    return tuple(snapshots), files


def _sync(flow: Flow[_Seen]) -> _Seen:
    driver = Driver(http=Http(), hooks=Hooks(), journal=MemoryJournal())
    try:
        return driver.run(flow)
    finally:
        driver.close()


async def _async(flow: Flow[_Seen]) -> _Seen:
    driver = AsyncDriver(http=Http(), hooks=Hooks(), journal=MemoryJournal())
    try:
        return await driver.run(flow)
    finally:
        await driver.close()
