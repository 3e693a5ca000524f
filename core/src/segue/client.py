"""`Client` and `AsyncClient`, and `generate_and_wait`.

Both clients have the same methods; each runs a flow of `segue._session` with a driver.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from segue._engine.validate import OnUnsupported
from segue._session.backends import Backends
from segue._session.drivers import ClientDriver, async_driver, sync_driver
from segue._session.jobs_filter import JobsFilter
from segue._session.keywords import SUBMIT, WAIT, GenerateFields, wanted
from segue._session.opening import Usual, opened
from segue._session.options import CallOptions, OnProgress, OnUpdate
from segue.config import Config
from segue.events import Budget
from segue.flow import AsyncDriver, Driver
from segue.handles import AsyncJob, Job
from segue.job import Delivery, Ticket
from segue.journal import Entry, Journal, Owner
from segue.money import Money, Quote
from segue.provider import Installed, Model
from segue.tasks import Query, Task

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncClient", "Client", "Usual", "generate_and_wait"]

A = TypeVar("A")


class Client:
    """A synchronous client of every backend. Use it in `with`, or `close` it.

    `backend` is `provider/model`, or a list of them; without it the configuration decides. `config`
    is a `Config` or the path of one. `journal` records every job: a file, a `Journal` of your own
    (left open), or None for no journal; without it the configuration decides. `max_cost` is the
    most that one job may cost, such as "0.50 USD". `timeout` is the seconds that a wait may take,
    `patience` the seconds for which its polls may fail in a row. `http` is an `httpx.Client` of
    your own, which is left open. `plugins` are objects with hooks (see `segue.hooks`). `owner` is
    the name of the owner of job leases, or a `segue.journal.Owner`, which also knows when other
    owners have ended; the default is this process. `driver` runs the flows in place of the usual
    one (see `segue.flow.Driver`), and is left open. A method's own `backend` takes the place of
    the client's for one call.
    """

    def __init__(
        self,
        backend: Backends = None,
        *,
        config: Config | str | Path | None = None,
        journal: Journal | str | Path | Usual | None = Usual.JOURNAL,
        max_cost: Money | str | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        http: httpx.Client | None = None,
        plugins: Iterable[object] = (),
        owner: Owner | str | None = None,
        driver: Driver | None = None,
    ) -> None:
        self._session = session = opened(
            backend,
            config=config,
            journal=journal,
            timeout=timeout,
            patience=patience,
            max_cost=max_cost,
            plugins=plugins,
            owner=owner,
        )
        self._opens = partial(sync_driver, session, http, driver)
        self._opened = None if http is None and driver is None else self._opens()

    @property
    def _driver(self) -> ClientDriver:
        """The driver, opened by the first flow: until then no HTTP library is imported."""
        if self._opened is None:
            self._opened = vars(self).setdefault("_usual", self._opens())  # one for all threads
        return self._opened

    @property
    def driver(self) -> Driver:
        """What runs the flows of this client."""
        return self._driver

    def submit(
        self,
        task: Task | str | None = None,
        *,
        to: str | Path | None = None,
        overwrite: bool = False,
        unsupported: OnUnsupported | None = None,
        max_cost: Money | str | None = None,
        label: str | None = None,
        labels: Mapping[str, str] | None = None,
        key: str | None = None,
        backend: Backends = None,
        budgets: Sequence[Budget] | None = None,
        **fields: Unpack[GenerateFields],
    ) -> Job:
        """Submit a task, or a prompt; returns as soon as the vendor has accepted the job.

        A prompt may be followed by the fields of `Generate` as keywords: `duration=30`. `label` is
        a name of your own, and `labels` are more of them with values, such as `{"user": "7"}`: they
        are recorded in the journal. `to` and `overwrite` are the destination of the files when the
        job is resumed.

        `key` is your own key of the order, such as an order number: with the same key, every
        process with this journal gets the same job, and nothing is sent a second time. Only a
        refused job is replaced by a new one. Raises `KeyReused` for another task with a key,
        `Refused` before anything is spent, and `SubmissionUnknown` when the response was lost.
        """
        options = CallOptions(
            to=to,
            overwrite=overwrite,
            unsupported=unsupported,
            max_cost=max_cost,
            label=label,
            labels=labels,
            key=key,
            backend=backend,
            budgets=budgets,
        )
        wish = wanted(task, fields, options=SUBMIT)
        ticket = self._driver.run(self._session.submit(wish, options))
        return Job(self._session, self._driver, ticket)

    def generate_and_wait(
        self,
        task: Task | str | None = None,
        *,
        to: str | Path | None = None,
        overwrite: bool = False,
        keep_original: bool = False,
        tags: bool | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        unsupported: OnUnsupported | None = None,
        max_cost: Money | str | None = None,
        label: str | None = None,
        labels: Mapping[str, str] | None = None,
        key: str | None = None,
        backend: Backends = None,
        budgets: Sequence[Budget] | None = None,
        on_update: OnUpdate | None = None,
        on_progress: OnProgress | None = None,
        **fields: Unpack[GenerateFields],
    ) -> Delivery:
        """Submit a task, or a prompt, wait for the music and save it.

        A prompt may be followed by the fields of `Generate` as keywords: `duration=30`. `to` is a
        folder, or the name of an audio file; it is checked before anything is spent. A track in
        another container than the named file's is converted; `keep_original` also saves the
        original. `tags=False` writes no tags. With a `key` whose job exists, that job is waited for
        and saved. Raises what `submit`, `Job.wait` and `Job.download` raise.
        """
        options = CallOptions(
            to=to,
            overwrite=overwrite,
            keep_original=keep_original,
            tags=tags,
            timeout=timeout,
            patience=patience,
            unsupported=unsupported,
            max_cost=max_cost,
            label=label,
            labels=labels,
            key=key,
            backend=backend,
            budgets=budgets,
            on_update=on_update,
            on_progress=on_progress,
        )
        wish = wanted(task, fields, options=WAIT)
        return self._driver.run(self._session.generate_and_wait(wish, options))

    def resume(self, job: Ticket | str, *, submit_again: bool = False) -> Job:
        """Return a job that was submitted earlier, by its ticket or by its name in the journal.

        This acquires the lease of a job in the journal, and raises `JobBusy` while another live
        process holds it. Raises `SubmissionUnknown` for a job that may have been charged or not,
        unless `submit_again` is set, which submits its task again.
        """
        ticket = self._driver.run(self._session.resume(job, again=submit_again))
        return Job(self._session, self._driver, ticket)

    def jobs(self, **wanted: Unpack[JobsFilter]) -> list[Entry]:
        """The jobs in the journal, newest first; without keywords all but the forgotten ones.

        `states`, `labels`, `backend`, `since`, `until` and `text` filter them, `limit` is how many
        at most, and `after=entry.cursor` continues a list.
        """
        return self._driver.run(self._session.entries(wanted))

    def entry(self, job: str) -> Entry:
        """The journal's entry for one job, by its name or an unambiguous beginning of it. Nothing
        is sent, and no lease is acquired. Raises `UnknownJob`."""
        return self._driver.run(self._session.entry(job))

    def forget(self, job: str) -> None:
        """Hide a job of the journal from lists; nothing is sent to its vendor."""
        self._driver.run(self._session.forget(job))

    def quote(
        self,
        task: Task | str | None = None,
        *,
        backend: Backends = None,
        **fields: Unpack[GenerateFields],
    ) -> Quote:
        """The price of a task by its vendor. Nothing is spent."""
        return self._driver.run(
            self._session.questions.quote(wanted(task, fields, options=("backend",)), backend)
        )

    def ask(self, query: Query[A], *, backend: Backends = None) -> A:
        """Send a query, and return its result."""
        return self._driver.run(self._session.questions.ask(query, backend))

    @contextmanager
    def stream(self, query: Query[Any], *, backend: Backends = None) -> Iterator[Iterator[bytes]]:
        """The bytes of an answer as they come: `with client.stream(query) as chunks`.

        A query of several requests sends each when the response before it has been read; those that
        are not reached are not sent, and not paid for.
        """
        chunks = self._driver.stream(
            self._driver.run(self._session.questions.stream(query, backend))
        )
        with closing(chunks):
            yield chunks

    def models(self, *, backend: Backends = None) -> list[Model]:
        """The vendor's models."""
        return self._driver.run(self._session.questions.models(backend))

    def balance(self, *, backend: Backends = None) -> list[Money]:
        """What the account can still spend, one amount for each unit."""
        return self._driver.run(self._session.questions.balance(backend))

    def providers(self) -> list[Installed]:
        """The installed providers, each loaded, or with the problem why it cannot be used."""
        return self._driver.run(self._session.questions.providers())

    def close(self) -> None:
        """Close the connections and the journal. Jobs go on with their vendors."""
        try:
            if self._opened is not None:
                self._opened.close()
        finally:
            self._session.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient:
    """`Client` for programs under asyncio or trio: the same methods, to be awaited.

    `http` is an `httpx.AsyncClient` of your own, which is left open.
    """

    def __init__(
        self,
        backend: Backends = None,
        *,
        config: Config | str | Path | None = None,
        journal: Journal | str | Path | Usual | None = Usual.JOURNAL,
        max_cost: Money | str | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        http: httpx.AsyncClient | None = None,
        plugins: Iterable[object] = (),
        owner: Owner | str | None = None,
        driver: AsyncDriver | None = None,
    ) -> None:
        self._session = session = opened(
            backend,
            config=config,
            journal=journal,
            timeout=timeout,
            patience=patience,
            max_cost=max_cost,
            plugins=plugins,
            owner=owner,
        )
        self._driver = async_driver(session, http, driver)

    @property
    def driver(self) -> AsyncDriver:
        """What runs the flows of this client."""
        return self._driver

    async def submit(
        self,
        task: Task | str | None = None,
        *,
        to: str | Path | None = None,
        overwrite: bool = False,
        unsupported: OnUnsupported | None = None,
        max_cost: Money | str | None = None,
        label: str | None = None,
        labels: Mapping[str, str] | None = None,
        key: str | None = None,
        backend: Backends = None,
        budgets: Sequence[Budget] | None = None,
        **fields: Unpack[GenerateFields],
    ) -> AsyncJob:
        """Submit a task, or a prompt; as `Client.submit`."""
        options = CallOptions(
            to=to,
            overwrite=overwrite,
            unsupported=unsupported,
            max_cost=max_cost,
            label=label,
            labels=labels,
            key=key,
            backend=backend,
            budgets=budgets,
        )
        wish = wanted(task, fields, options=SUBMIT)
        ticket = await self._driver.run(self._session.submit(wish, options))
        return AsyncJob(self._session, self._driver, ticket)

    async def generate_and_wait(
        self,
        task: Task | str | None = None,
        *,
        to: str | Path | None = None,
        overwrite: bool = False,
        keep_original: bool = False,
        tags: bool | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        unsupported: OnUnsupported | None = None,
        max_cost: Money | str | None = None,
        label: str | None = None,
        labels: Mapping[str, str] | None = None,
        key: str | None = None,
        backend: Backends = None,
        budgets: Sequence[Budget] | None = None,
        on_update: OnUpdate | None = None,
        on_progress: OnProgress | None = None,
        **fields: Unpack[GenerateFields],
    ) -> Delivery:
        """Submit a task, or a prompt, wait for the music and save it; as in `Client`."""
        options = CallOptions(
            to=to,
            overwrite=overwrite,
            keep_original=keep_original,
            tags=tags,
            timeout=timeout,
            patience=patience,
            unsupported=unsupported,
            max_cost=max_cost,
            label=label,
            labels=labels,
            key=key,
            backend=backend,
            budgets=budgets,
            on_update=on_update,
            on_progress=on_progress,
        )
        wish = wanted(task, fields, options=WAIT)
        return await self._driver.run(self._session.generate_and_wait(wish, options))

    async def resume(self, job: Ticket | str, *, submit_again: bool = False) -> AsyncJob:
        """A job that was submitted earlier; as `Client.resume`."""
        ticket = await self._driver.run(self._session.resume(job, again=submit_again))
        return AsyncJob(self._session, self._driver, ticket)

    async def jobs(self, **wanted: Unpack[JobsFilter]) -> list[Entry]:
        """The jobs in the journal; as `Client.jobs`."""
        return await self._driver.run(self._session.entries(wanted))

    async def entry(self, job: str) -> Entry:
        """The journal's entry for one job; as `Client.entry`."""
        return await self._driver.run(self._session.entry(job))

    async def forget(self, job: str) -> None:
        """Hide a job of the journal from lists; as `Client.forget`."""
        await self._driver.run(self._session.forget(job))

    async def quote(
        self,
        task: Task | str | None = None,
        *,
        backend: Backends = None,
        **fields: Unpack[GenerateFields],
    ) -> Quote:
        """The price of a task by its vendor. Nothing is spent."""
        return await self._driver.run(
            self._session.questions.quote(wanted(task, fields, options=("backend",)), backend)
        )

    async def ask(self, query: Query[A], *, backend: Backends = None) -> A:
        """Send a query, and return its result."""
        return await self._driver.run(self._session.questions.ask(query, backend))

    @asynccontextmanager
    async def stream(
        self, query: Query[Any], *, backend: Backends = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of an answer as they come: `async with client.stream(query) as chunks`."""
        chunks = self._driver.stream(
            await self._driver.run(self._session.questions.stream(query, backend))
        )
        async with aclosing(chunks):
            yield chunks

    async def models(self, *, backend: Backends = None) -> list[Model]:
        """The vendor's models."""
        return await self._driver.run(self._session.questions.models(backend))

    async def balance(self, *, backend: Backends = None) -> list[Money]:
        """What the account can still spend, one amount for each unit."""
        return await self._driver.run(self._session.questions.balance(backend))

    async def providers(self) -> list[Installed]:
        """The installed providers; as `Client.providers`."""
        return await self._driver.run(self._session.questions.providers())

    async def close(self) -> None:
        """Close the connections and the journal. Jobs go on with their vendors."""
        try:
            await self._driver.close()
        finally:
            await self._driver.beside(self._session.close)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def generate_and_wait(
    task: Task | str | None = None,
    *,
    backend: Backends = None,
    to: str | Path | None = None,
    overwrite: bool = False,
    keep_original: bool = False,
    tags: bool | None = None,
    timeout: float | None = None,
    patience: float | None = None,
    unsupported: OnUnsupported | None = None,
    max_cost: Money | str | None = None,
    label: str | None = None,
    labels: Mapping[str, str] | None = None,
    key: str | None = None,
    on_update: OnUpdate | None = None,
    on_progress: OnProgress | None = None,
    **fields: Unpack[GenerateFields],
) -> Delivery:
    """Make music in one call: `Client.generate_and_wait` with a client of its own."""
    wish = wanted(task, fields, options=WAIT)
    with Client(backend) as client:
        return client.generate_and_wait(
            wish,
            to=to,
            overwrite=overwrite,
            keep_original=keep_original,
            tags=tags,
            timeout=timeout,
            patience=patience,
            unsupported=unsupported,
            max_cost=max_cost,
            label=label,
            labels=labels,
            key=key,
            on_update=on_update,
            on_progress=on_progress,
        )
