"""`Job` and `AsyncJob`: handles on a job, as a client's `submit` returns them.

Both have the same methods; each runs a flow with a driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import TYPE_CHECKING

from segue._effects.held_response import Handover
from segue._engine.following import Following
from segue._session.options import CallOptions, OnProgress, OnUpdate
from segue._session.session import Session
from segue.flow import Flow
from segue.job import Delivery, Snapshot, Ticket

if TYPE_CHECKING:
    from segue._session.drivers import AsyncClientDriver, ClientDriver


class _Job:
    """The state that both jobs share: the ticket, and the last snapshot."""

    def __init__(self, session: Session, ticket: Ticket) -> None:
        self._session = session
        self._ticket = ticket
        self._snapshot: Snapshot | None = None
        self._delivery: Delivery | None = None
        self._handover = Handover()

    @property
    def ticket(self) -> Ticket:
        """All that any process needs to resume this job: `ticket.to_json()`.

        Its `id` is empty while another process submits the job of the same key.
        """
        return self._session.ticket(self._ticket)

    @property
    def snapshot(self) -> Snapshot | None:
        """The last snapshot of the job; None before the first poll."""
        return self._snapshot

    @property
    def delivery(self) -> Delivery | None:
        """The result of the last `download`, with sizes and checksums."""
        return self._delivery

    def __repr__(self) -> str:
        status = self._snapshot.status.value if self._snapshot else "not polled yet"
        return f"<{type(self).__name__} {self._ticket}: {status}>"

    def _seen(self, snapshot: Snapshot) -> Snapshot:
        self._snapshot = snapshot
        return snapshot

    def _delivered(self, delivery: Delivery) -> Delivery:
        self._delivery, self._snapshot = delivery, delivery.snapshot
        return delivery

    def _following(self, timeout: float | None, patience: float | None) -> Following:
        def wait(on_update: OnUpdate) -> Flow[Snapshot]:
            options = CallOptions(timeout=timeout, patience=patience, on_update=on_update)
            return self._session.wait(self._ticket, options, self._handover)

        return Following(wait)


class Job(_Job):
    """A job that was submitted, for synchronous programs."""

    def __init__(self, session: Session, driver: ClientDriver, ticket: Ticket) -> None:
        super().__init__(session, ticket)
        self._driver = driver
        self._held = driver.held()

    def poll(self) -> Snapshot:
        """Poll the job once."""
        self._snapshot = self._driver.run_with(
            self._held, self._session.poll(self._ticket, self._handover)
        )
        return self._snapshot

    def wait(
        self,
        *,
        timeout: float | None = None,
        patience: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Snapshot:
        """Poll until the job has succeeded, at most `timeout` seconds, and no longer than
        `patience` seconds while every poll fails.

        `on_update` is called with every new snapshot, and after every failed poll
        (`Snapshot.trouble`). Raises `JobFailed`, `JobCancelled`, `JobExpired`, `ResultMissing`, or
        `WaitTimeout`, after which the job can be waited for again.

        A resumed job that is delivered by the journal is not polled as long as its files exist.
        Where the vendor answers the last poll with the track itself, that response stays open for a
        `download` within half a minute.
        """
        options = CallOptions(timeout=timeout, patience=patience, on_update=on_update)
        self._snapshot = self._driver.run_with(
            self._held, self._session.wait(self._ticket, options, self._handover)
        )
        return self._snapshot

    def download(
        self,
        to: str | Path | None = None,
        *,
        overwrite: bool = False,
        keep_original: bool = False,
        tags: bool | None = None,
        on_progress: OnProgress | None = None,
    ) -> list[Path]:
        """Save all files of a job that succeeded; `to` is a folder, or an audio file's name.
        `keep_original` also saves the original of a converted file, and `tags=False` writes no
        tags.

        The files of a resumed job that is already delivered are returned unchanged, unless
        `overwrite` is set or `to` is another place.
        """
        options = CallOptions(
            to=to,
            overwrite=overwrite,
            keep_original=keep_original,
            tags=tags,
            on_progress=on_progress,
        )
        flow = self._session.download(self._ticket, self._snapshot, options, self._handover)
        with closing(self._held):
            self._delivery = self._driver.run_with(self._held, flow)
        self._snapshot = self._delivery.snapshot
        return self._delivery.paths

    def bring_home(
        self,
        to: str | Path | None = None,
        *,
        overwrite: bool = False,
        keep_original: bool = False,
        tags: bool | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        on_update: OnUpdate | None = None,
        on_progress: OnProgress | None = None,
    ) -> Delivery:
        """Wait for the job, save its files, and delete the vendor's copy if the configuration
        says `release`: what `generate_and_wait` does after the submission.

        A job that is already delivered is neither polled nor downloaded, unless `overwrite` is set
        or `to` is another place. Raises what `wait` and `download` raise.
        """
        options = CallOptions(
            to=to,
            overwrite=overwrite,
            keep_original=keep_original,
            tags=tags,
            timeout=timeout,
            patience=patience,
            on_update=on_update,
            on_progress=on_progress,
        )
        flow = self._session.bring_home(self._ticket, options, self._handover)
        with closing(self._held):
            return self._delivered(self._driver.run_with(self._held, flow))

    def events(
        self, *, timeout: float | None = None, patience: float | None = None
    ) -> Iterator[Snapshot]:
        """Iterate over the changes of the job: `for snapshot in job.events()`. It is polled while
        the iterator is awaited.

        The last one is the terminal snapshot, whose `status` says how the job ended; also where
        `wait` would raise `JobFailed`, `JobCancelled` or `JobExpired`. Raises whatever else `wait`
        raises. Stopping early does not cancel the job.
        """
        with closing(self._following(timeout, patience)) as following:
            while (snapshot := self._driver.run_with(self._held, following.next())) is not None:
                yield self._seen(snapshot)

    def cancel(self) -> Snapshot:
        """Cancel the job with the vendor; raises `Unsupported` where the vendor cannot."""
        self._snapshot = self._driver.run(self._session.cancel(self._ticket))
        return self._snapshot

    def release(self) -> None:
        """Delete the vendor's copy, for good. Download first."""
        self._driver.run(self._session.release(self._ticket))


class AsyncJob(_Job):
    """A job that was submitted, for programs under asyncio or trio."""

    def __init__(self, session: Session, driver: AsyncClientDriver, ticket: Ticket) -> None:
        super().__init__(session, ticket)
        self._driver = driver
        self._held = driver.held()

    async def poll(self) -> Snapshot:
        """Poll the job once."""
        self._snapshot = await self._driver.run_with(
            self._held, self._session.poll(self._ticket, self._handover)
        )
        return self._snapshot

    async def wait(
        self,
        *,
        timeout: float | None = None,
        patience: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Snapshot:
        """Poll until the job has succeeded; as `Job.wait`."""
        options = CallOptions(timeout=timeout, patience=patience, on_update=on_update)
        self._snapshot = await self._driver.run_with(
            self._held, self._session.wait(self._ticket, options, self._handover)
        )
        return self._snapshot

    async def download(
        self,
        to: str | Path | None = None,
        *,
        overwrite: bool = False,
        keep_original: bool = False,
        tags: bool | None = None,
        on_progress: OnProgress | None = None,
    ) -> list[Path]:
        """Save all files of a job that succeeded; as `Job.download`."""
        options = CallOptions(
            to=to,
            overwrite=overwrite,
            keep_original=keep_original,
            tags=tags,
            on_progress=on_progress,
        )
        flow = self._session.download(self._ticket, self._snapshot, options, self._handover)
        async with aclosing(self._held):
            self._delivery = await self._driver.run_with(self._held, flow)
        self._snapshot = self._delivery.snapshot
        return self._delivery.paths

    async def bring_home(
        self,
        to: str | Path | None = None,
        *,
        overwrite: bool = False,
        keep_original: bool = False,
        tags: bool | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        on_update: OnUpdate | None = None,
        on_progress: OnProgress | None = None,
    ) -> Delivery:
        """Wait for the job, save its files, and release it if configured; as `Job.bring_home`."""
        options = CallOptions(
            to=to,
            overwrite=overwrite,
            keep_original=keep_original,
            tags=tags,
            timeout=timeout,
            patience=patience,
            on_update=on_update,
            on_progress=on_progress,
        )
        flow = self._session.bring_home(self._ticket, options, self._handover)
        async with aclosing(self._held):
            return self._delivered(await self._driver.run_with(self._held, flow))

    def events(self, *, timeout: float | None = None, patience: float | None = None) -> AsyncEvents:
        """Iterate over the changes of the job: `async for snapshot in job.events()`; as
        `Job.events`."""
        return AsyncEvents(self, self._following(timeout, patience))

    async def _next(self, following: Following) -> Snapshot | None:
        snapshot = await self._driver.run_with(self._held, following.next())
        return None if snapshot is None else self._seen(snapshot)

    async def cancel(self) -> Snapshot:
        """Cancel the job with the vendor; as `Job.cancel`."""
        self._snapshot = await self._driver.run(self._session.cancel(self._ticket))
        return self._snapshot

    async def release(self) -> None:
        """Delete the vendor's copy, for good. Download first."""
        await self._driver.run(self._session.release(self._ticket))


class AsyncEvents:
    """The changes of a job, for `async for`. Leaving the loop early needs no `aclose`."""

    def __init__(self, job: AsyncJob, following: Following) -> None:
        self._job = job
        self._following = following

    def __aiter__(self) -> AsyncEvents:
        return self

    async def __anext__(self) -> Snapshot:
        snapshot = await self._job._next(self._following)
        if snapshot is None:
            raise StopAsyncIteration
        return snapshot

    async def aclose(self) -> None:
        """Stop iterating; the job is not cancelled."""
        self._following.close()
