"""What stands behind the routes: the client, its jobs, the store, and who may come in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio.to_thread
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from segue import AsyncClient
from segue.journal import Entry
from segue.provider import Installed, Model
from segue_server import artifacts, envelope, models, tokens
from segue_server.access import Access
from segue_server.idempotency import Flying
from segue_server.jobs import Jobs, LocalJobs, Seen
from segue_server.settings import ServerSettings
from segue_server.store import Store


class Gateway:
    """A server's parts, as long as `running` lasts. The store is made at once, so that what is
    wrong with its file is said before anything listens."""

    client: AsyncClient
    jobs: Jobs
    providers: Mapping[str, Installed]

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.store = Store(settings.state)
        self.secret = self.store.secret()
        self.access = Access(self.store, self.secret, is_open=settings.open)
        self.flying = Flying()
        self.streams = 0  # that are open
        self.listed: dict[str, tuple[tuple[Model, ...], float]] = {}  # models, and when

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the client, and resume what was under way."""
        async with AsyncClient(config=self.settings.config) as self.client:
            self.providers = {one.name: one for one in await self.client.providers()}
            jobs = LocalJobs(self.client, self.settings.folder, envelope.REQUEST)
            self.jobs = jobs
            await jobs.start()
            try:
                yield
            finally:
                await jobs.stop()

    def seen(self, entry: Entry) -> Seen:
        """What is known of the job of an entry."""
        return self.jobs.seen(entry)

    def backends(self, names: Iterable[str]) -> tuple[str, ...]:
        """The backends that some models mean."""
        return models.backends(tuple(names), self.settings.aliases, self.providers)

    async def envelopes(self, request: Request, several: Iterable[Seen]) -> list[envelope.Job]:
        """The jobs as their clients see them."""
        several = list(several)
        names = [name for each in several if (name := each.entry.labels.get(envelope.REQUEST))]
        read = partial(self.store.metadata, names)
        metadata = await anyio.to_thread.run_sync(read) if names else {}
        return [await self._envelope(request, each, metadata) for each in several]

    async def _envelope(
        self, request: Request, seen: Seen, metadata: Mapping[str, bytes]
    ) -> envelope.Job:
        entry = seen.entry
        held = metadata.get(entry.labels.get(envelope.REQUEST, ""))
        seconds = await artifacts.lengths(entry.files) if entry.files else {}
        return envelope.job(
            entry,
            seen=seen.snapshot,
            trouble=seen.trouble,
            held=seen.held,
            cancels=self._cancels(entry.backend),
            results=artifacts.addresses(entry, self.secret, self.base(request), seconds),
            metadata=msgspec.json.decode(held, type=dict[str, Any]) if held else None,
            token=tokens.job_token(self.secret, entry.job),
        )

    def base(self, request: Request) -> str:
        """The address of the server, as its client calls it."""
        return self.settings.public_url or str(request.base_url).rstrip("/")

    def _cancels(self, backend: str) -> bool:
        name = backend.partition("/")[0].partition("@")[0]
        kind = found.provider if (found := self.providers.get(name)) else None
        return kind is not None and kind.capabilities.cancel


def gateway_of(request: Request) -> Gateway:
    """The gateway of the application that a request came to."""
    gateway: Gateway = request.app.state.gateway
    return gateway


def json_response(value: object, status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    """A struct as JSON; no cache holds it."""
    return Response(
        msgspec.json.encode(value, enc_hook=str),
        status,
        {"cache-control": "no-store", **headers},
        "application/json",
    )
