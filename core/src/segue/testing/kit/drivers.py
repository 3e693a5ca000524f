"""The same job over real HTTP on loopback, by the synchronous and by the asynchronous driver."""

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
from segue._http.driver import AsyncDriver, Driver
from segue.config import Http
from segue.errors import SegueError
from segue.flow import Flow
from segue.hooks import Hooks
from segue.job import Snapshot
from segue.testing.kit.bench import Bench
from segue.testing.kit.brought import Brought
from segue.testing.kit.tracebacks import hidden
from segue.testing.kit.world import Book, Rerouted, backend, order
from segue.testing.loopback import served
from segue.testing.memory_journal import MemoryJournal

__tracebackhide__ = hidden


class Lived(NamedTuple):
    """What one driver saw of the job: its snapshots, the files (kind, container, bytes and
    SHA-256), the requests that were made, and those that nobody expected."""

    snapshots: tuple[Snapshot, ...]
    files: tuple[tuple[str, str, int, str], ...]
    asked: int
    surprises: tuple[str, ...]


class Drivers(Brought):
    """What a user sees must not depend on how it was run."""

    def test_both_drivers_see_the_same_job(self) -> None:
        """Equal snapshots, and the same number of requests."""
        one, other = _both(self)
        assert one.snapshots == other.snapshots, (
            f"the synchronous driver saw {one.snapshots}, the asynchronous one {other.snapshots}:"
            " keep nothing between calls in the class or the module"
        )
        assert one.asked == other.asked, (
            f"{one.asked} requests by the synchronous driver, {other.asked} by the other: keep"
            " nothing between calls in the class or the module"
        )

    def test_both_drivers_save_the_same_files(self) -> None:
        """Equal in kind, container, length and SHA-256."""
        one, other = _both(self)
        assert one.files == other.files, (
            f"the synchronous driver saved {one.files}, the asynchronous one {other.files}: the"
            " same ticket is to make the same file"
        )

    def test_no_request_is_made_that_was_not_expected(self) -> None:
        """Over HTTP it asks just for what it asked when it was fed by hand."""
        surprises = [asked for lived in _both(self) for asked in lived.surprises]
        assert not surprises, (
            f"over HTTP it asked for {', '.join(surprises)}, which it did not when it was fed"
            " by hand: is there anything in its requests that changes from one to the next?"
        )


def _both(kit: Brought) -> tuple[Lived, Lived]:
    bench = Bench(kit)
    if bench.scripted:
        pytest.skip("its work is answered by the script, so there is nothing to send")
    if type(kit) not in _LIVES:
        _LIVES[type(kit)] = _lived(bench, "sync"), _lived(bench, "async")
    return _LIVES[type(kit)]


_LIVES: dict[type, tuple[Lived, Lived]] = {}  # three tests ask for the same two


def _lived(bench: Bench, driver: str) -> Lived:
    book = Book(bench)
    with _no_proxy(), served(book) as server, TemporaryDirectory() as folder:
        made = bench.made()
        ready = backend(made, bench.task, Rerouted(made, server))
        flow = _life(bench, ready, Path(folder))
        try:
            snapshots, files = _sync(flow) if driver == "sync" else anyio.run(_async, flow)
        except SegueError as error:
            asked = f" (asked in vain: {', '.join(book.surprises)})" if book.surprises else ""
            raise AssertionError(f"the {driver} driver ended in {error!r}{asked}") from error
    return Lived(snapshots, files, book.asked, tuple(book.surprises))


@contextmanager
def _no_proxy() -> Iterator[None]:
    """What is on this computer is reached without one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "*")
        yield


_Seen = tuple[tuple[Snapshot, ...], tuple[tuple[str, str, int, str], ...]]


def _life(bench: Bench, ready: Backend, folder: Path) -> Flow[_Seen]:
    """Submit, look as often as there are answers, and save; without any waiting."""
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
