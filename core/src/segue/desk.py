"""The desk behind both clients: it knows the configuration and finds the backends, and turns
what a user asks for into the flow that does it. The clients only choose a driver.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from segue import delivering, lifecycle, waiting
from segue.backend import Backend, BackendKey
from segue.carrying import Spending, carried
from segue.checking import OnUnsupported, checked
from segue.config import Config
from segue.errors import Unsupported
from segue.flow import Flow, work
from segue.hooks import Hooks
from segue.job import Delivery, Snapshot, Ticket
from segue.money import Money, Quote
from segue.plugins import Catalogue
from segue.provider import Model, Provider
from segue.saving import destination
from segue.tasks import Generate, Query, Task
from segue.waiting import Watching

A = TypeVar("A")

Backends = str | Provider | Sequence[str | Provider] | None
OnUpdate = Callable[[Snapshot], object]
OnProgress = Callable[[Path, float], object]


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What a user chose for one call; None means as the client or the configuration says."""

    to: str | Path | None = None
    overwrite: bool = False
    timeout: float | None = None
    unsupported: OnUnsupported | None = None
    on_update: OnUpdate | None = None
    on_progress: OnProgress | None = None


class Desk:
    """One client's configuration, hooks and backends."""

    def __init__(
        self,
        backend: Backends,
        *,
        config: Config | str | Path | None,
        timeout: float | None,
        plugins: Iterable[object],
    ) -> None:
        self.config = config if isinstance(config, Config) else Config.load(config)
        self.hooks = Hooks.installed(plugins)
        self._timeout = timeout
        self._catalogue = Catalogue()
        self._found: dict[BackendKey, Backend] = {}
        self._keys = self._chosen(backend)

    @property
    def backend(self) -> Backend:
        """The backend that comes first."""
        return self._backend(self._keys[0])

    def backend_of(self, ticket: Ticket) -> Backend:
        """The backend that a ticket belongs to."""
        for key in self._keys:
            if key.provider == ticket.provider and key.model in (ticket.model, None):
                return self._backend(key)
        return self._backend(BackendKey(provider=ticket.provider, model=ticket.model))

    def submit(self, task: Task | str, unsupported: OnUnsupported | None) -> Flow[Ticket]:
        """Submit the task to the backend."""
        return lifecycle.submit(
            self.backend, asked(task), job=new_job(), unsupported=self._unsupported(unsupported)
        )

    def generate_and_wait(self, task: Task | str, choices: Choices) -> Flow[Delivery]:
        """Submit, wait and download."""
        return lifecycle.generate_and_wait(
            self.backend,
            asked(task),
            job=new_job(),
            to=self._to(choices),
            overwrite=choices.overwrite,
            unsupported=self._unsupported(choices.unsupported),
            watching=self._watching(choices),
        )

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Look at a job once."""
        return waiting.poll(self.backend_of(ticket), ticket)

    def wait(self, ticket: Ticket, choices: Choices) -> Flow[Snapshot]:
        """Wait until a job has succeeded."""
        return waiting.wait(self.backend_of(ticket), ticket, self._watching(choices))

    def download(
        self, ticket: Ticket, snapshot: Snapshot | None, choices: Choices
    ) -> Flow[Delivery]:
        """Save what a job offers."""
        place = yield from work(lambda: destination(self._to(choices), overwrite=choices.overwrite))
        backend = self.backend_of(ticket)
        return (
            yield from delivering.download(
                backend, ticket, snapshot, place, self._watching(choices)
            )
        )

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        """Stop a job with its vendor, where the vendor can."""
        backend = self.backend_of(ticket)
        able = backend.provider.capabilities
        if not able.cancel:
            raise Unsupported(
                able.cannot_cancel
                or f"{backend.name} cannot stop a job; it goes on and stays billed",
                advice="you can stop waiting: nothing is lost, and its ticket finds it again",
            )
        return carried(backend, backend.provider.cancel(ticket), ticket=ticket)

    def release(self, ticket: Ticket) -> Flow[None]:
        """Delete the vendor's copy."""
        backend = self.backend_of(ticket)
        return carried(backend, backend.provider.release(ticket), ticket=ticket)

    def check(self, task: Task | str) -> None:
        """Raise `Refused` if the backend would refuse the task, as far as can be told offline."""
        checked(self.backend, asked(task), None)

    def quote(self, task: Task | str) -> Flow[Quote]:
        """What the task would cost."""
        backend = self.backend
        ready, _ = checked(backend, asked(task), (yield from lifecycle.catalogue(backend)))
        return (yield from carried(backend, backend.provider.quote(ready)))

    def ask(self, query: Query[A]) -> Flow[A]:
        """Answer a query; some vendors charge for it."""
        backend = self.backend
        flow: Flow[A] = backend.provider.ask(query)
        return carried(backend, flow, spending=Spending(allowed=1))

    def models(self) -> Flow[list[Model]]:
        """The vendor's catalogue."""
        return carried(self.backend, self.backend.provider.models())

    def balance(self) -> Flow[list[Money]]:
        """What the account can still spend."""
        return carried(self.backend, self.backend.provider.balance())

    def _backend(self, key: BackendKey) -> Backend:
        if key not in self._found:
            self._found[key] = self._made(key)
        return self._found[key]

    def _chosen(self, backend: Backends) -> tuple[BackendKey, ...]:
        """The backends to try, in order; a provider object stands for itself."""
        if backend is None or isinstance(backend, str):
            return self.config.backends(backend)
        several = [backend] if isinstance(backend, Provider) else backend
        return tuple(key for one in several for key in self._one(one))

    def _one(self, backend: str | Provider) -> tuple[BackendKey, ...]:
        if isinstance(backend, str):
            return self.config.backends(backend)
        key = BackendKey(provider=backend.name)
        self._found[key] = self._ready(key, backend)
        return (key,)

    def _made(self, key: BackendKey) -> Backend:
        kind = self._catalogue.load(key.provider, key.distribution)
        return self._ready(key, kind(self.config.options(kind, key.provider)))

    def _ready(self, key: BackendKey, provider: Provider) -> Backend:
        self.hooks.register(provider)
        account = self.config.account(provider, key.provider, secret=self.hooks.secret)
        return Backend(key, provider=provider, account=account, hooks=self.hooks)

    def _to(self, choices: Choices) -> str | Path:
        return choices.to if choices.to is not None else self.config.settings.folder

    def _unsupported(self, chosen: OnUnsupported | None) -> OnUnsupported:
        return chosen or self.config.settings.unsupported

    def _watching(self, choices: Choices) -> Watching:
        timeout = choices.timeout if choices.timeout is not None else self._timeout
        told: dict[str, Any] = {}
        if choices.on_update:
            told["on_update"] = choices.on_update
        if choices.on_progress:
            told["on_progress"] = choices.on_progress
        if timeout is None:
            timeout = self.config.settings.timeout
        return Watching(timeout=timeout, **told)


def asked(task: Task | str) -> Task:
    """The task itself; bare words are a prompt."""
    return Generate(prompt=task) if isinstance(task, str) else task


def new_job() -> str:
    """Segue's name for a new job: short enough to type, unlikely enough to be unique."""
    return secrets.token_hex(5)
