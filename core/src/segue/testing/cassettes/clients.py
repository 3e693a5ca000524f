"""The clients of a cassette: their address, key and spending cap, and what is recorded of them.
They ignore the user's configuration and the environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import stamina

from segue._config.files import Document
from segue._pace import retry_policy as policy
from segue._session.backends import Backends
from segue.client import Client
from segue.config import Config
from segue.errors import SpendingRefused
from segue.hooks import hookimpl
from segue.job import Delivery, Snapshot, Ticket
from segue.provider import Provider
from segue.tasks import Query
from segue.testing.cassettes.faces import Driver, synchronous
from segue.testing.cassettes.modes import MAX_COST, Mode, Spot
from segue.testing.cassettes.time import QuickAsyncClient, QuickClient
from segue.testing.memory_journal import MemoryJournal

A = TypeVar("A")

_SPENT = MemoryJournal()
"""Every job that this process recorded live: the cap applies to their sum."""


class Clients:
    """Makes the clients that one cassette records or replays."""

    def __init__(
        self, place: Spot, provider: type[Provider], options: Mapping[str, object], path: Path
    ) -> None:
        self._place = place
        self._provider = provider
        self._options = options
        self._path = path

    @contextmanager
    def client(
        self, backend: Backends, driver: Driver = "sync", *, plugins: Iterable[object] = ()
    ) -> Iterator[Client]:
        """Return a client of `backend` run by `driver`, with the methods of a `Client` in any case.

        Live recordings use `sync`, and a job that was paid for is not lost when the recording
        fails: its ticket is written beside the cassette until its files are saved.
        """
        config, cap = self._config(), self._place.max_cost
        if self._place.mode is Mode.LIVE:
            plugins = [*plugins, _Tickets(self._path)]
            with _Capped(
                backend, config=config, journal=_SPENT, max_cost=cap, plugins=plugins
            ) as client:
                yield client
        elif driver == "sync":
            with QuickClient(backend, config=config, journal=None, plugins=plugins) as client:
                yield client
        else:
            made = partial(QuickAsyncClient, backend, config=config, journal=None, plugins=plugins)
            with synchronous(made, driver) as client:
                yield client

    def _config(self) -> Config:
        place, provider = self._place, self._provider
        variable = f"SEGUE_{re.sub('[^A-Za-z0-9]', '_', provider.name).upper()}_BASE_URL"
        environ = {variable: place.address, "SEGUE_PACE": "off"}  # what is replayed has no pace
        if provider.key and place.key:
            environ[provider.key.env] = place.key
        content: dict[str, object] = {"providers": {provider.name: dict(self._options)}}
        if place.max_cost:
            content["budget"] = {"per_day": str(place.max_cost)}
        content = {"tags": False, **content}  # they name the job, which is another one in each run
        return Config([Document(path=Path("cassette"), content=content)], environ=environ)


class _Capped(Client):
    """A client that refuses queries without a price known beforehand."""

    def ask(self, query: Query[A], *, backend: Backends = None) -> A:
        _refuse_spending(query)
        return super().ask(query, backend=backend)

    @contextmanager
    def stream(self, query: Query[Any], *, backend: Backends = None) -> Iterator[Iterator[bytes]]:
        _refuse_spending(query)
        with super().stream(query, backend=backend) as chunks:
            yield chunks


def _refuse_spending(query: Query[Any]) -> None:
    if query.spends:
        raise SpendingRefused(
            f"{type(query).__name__} costs money, and no price is available beforehand;"
            f" {MAX_COST} could not be enforced"
        )


class _Tickets:
    """A plugin that stores the tickets of undelivered jobs, in files for their owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _file(self, ticket: Ticket) -> Path:
        return self._path.with_name(f"{self._path.stem}.{ticket.job}.ticket.json")

    @hookimpl
    def segue_submitted(self, ticket: Ticket) -> None:
        """Store the ticket of a job that is paid for."""
        file = self._file(ticket)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(ticket.to_json(), encoding="utf-8")

    @hookimpl
    def segue_delivered(self, delivery: Delivery) -> None:
        """Remove the ticket of a job whose files are saved."""
        self._file(delivery.ticket).unlink(missing_ok=True)


class Witness:
    """A plugin that records snapshots, files and calls."""

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.files: list[tuple[str, str, int, str]] = []
        self.calls: list[tuple[str, int | None]] = []

    @hookimpl
    def segue_updated(self, snapshot: Snapshot) -> None:
        """Record a snapshot."""
        self.snapshots.append(snapshot)

    @hookimpl
    def segue_delivered(self, delivery: Delivery) -> None:
        """Record the saved files."""
        self.files += [(one.kind, one.container, one.bytes, one.sha256) for one in delivery.files]

    @hookimpl
    def segue_called(self, endpoint: str, status: int | None) -> None:
        """Record a request that has ended."""
        self.calls.append((endpoint, status))


@contextmanager
def backoff_skipped() -> Iterator[None]:
    """Retry failed requests as often as usual, without waiting."""
    with stamina.set_testing(True, attempts=policy.ATTEMPTS, cap=True):
        yield
