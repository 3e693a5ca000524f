"""Download a finished job's files. Pure: the drivers write them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from segue._engine.agreement import Deal
from segue._engine.backend import Backend
from segue._engine.lease import Fence
from segue._engine.poll_failures import resuming
from segue._engine.provider_calls import (
    Purpose,
    Spending,
    bound_asset,
    bound_flow,
    fault,
    list_flow,
)
from segue._engine.throttle import paced_save
from segue._engine.wait import Watching, job_error, poll
from segue._files.destination import Destination
from segue._files.filenames import file_name
from segue._files.tag_values import labels
from segue.errors import (
    DownloadError,
    JobError,
    NotReady,
    RequestError,
    SegueError,
    TargetError,
)
from segue.events import Delivered, File
from segue.flow import Call, Flow, Save, now, record
from segue.job import Asset, Delivery, Saved, Snapshot, Status, Ticket, Track

logger = logging.getLogger("segue")

_GONE = frozenset({401, 403, 404, 410})
"""Statuses of an expired signed address."""

_ID = 12
"""The length of a vendor's id in a file name, where a ticket has no job name."""


class _Errand(msgspec.Struct, frozen=True, kw_only=True):
    """The download of one job's files to their destination."""

    backend: Backend
    ticket: Ticket
    place: Destination
    watching: Watching
    users: list[Exception] = []
    """The exception of the user's own `on_progress`: no fault of the plugin's."""

    def progress(self, path: Path, fraction: float) -> None:
        """Report a file's progress to the user."""
        try:
            self.watching.on_progress(path, fraction)
        except Exception as error:
            self.users.append(error)
            raise

    def saves(self, snapshot: Snapshot) -> Flow[list[Save]]:
        """The files to save, with addresses that are valid now."""
        offered = yield from bound_flow(
            self.backend,
            list_flow(Asset, self.backend.provider.download, self.ticket, snapshot),
            ticket=self.ticket,
            purpose=Purpose(fetching=self.ticket.job, fence=self.watching.fence),
        )
        try:
            saves = self._placed(offered, snapshot)
        except SegueError as error:
            error.ticket = self.ticket
            raise
        except Exception as error:
            raise fault(error, self.backend, self.ticket) from error
        handover = self.watching.handover
        return saves if handover is None else [handover.given(save_) for save_ in saves]

    def _placed(self, offered: Sequence[Asset], snapshot: Snapshot) -> list[Save]:
        """Each asset, bound to the account, with its path. A download may not spend."""
        for asset in offered:
            if isinstance(asset.source, Call):
                for source in (asset.source, *asset.instead.values()):
                    Spending(allowed=0).going(source)
        assets = [bound_asset(asset, self.backend) for asset in offered]
        saves = self.place.saves(
            assets,
            tag=file_name(self.ticket.job or self.ticket.id[:_ID]),
            words=partial(self._words, snapshot),
            on_progress=self.progress,
        )
        if not self.place.tags:
            return saves
        return [msgspec.structs.replace(s, tags=self._tags(s.asset, snapshot)) for s in saves]

    def _tags(self, asset: Asset, snapshot: Snapshot) -> dict[str, str]:
        deal = self.watching.deal or Deal()
        track, licence = _track(asset, snapshot), self.backend.provider.licence
        return labels(self.ticket, deal.task, snapshot, track, licence=licence)

    def _words(self, snapshot: Snapshot, asset: Asset) -> str:
        """The words of a file's name: the track's title, the task's, its prompt, or the provider's
        name for it."""
        track, deal = _track(asset, snapshot), self.watching.deal or Deal()
        title = track.title if track else None
        return title if title and title.strip() else deal.words or asset.name

    def saved(self, effect: Save) -> Flow[Saved]:
        """Save one file, or the vendor's usual container where the requested one cannot be
        downloaded."""
        if effect.usual is None:
            return (yield from self._saved(effect))
        try:
            return (yield from self._saved(effect))
        except (DownloadError, RequestError) as error:
            logger.info("%s: saved in another container: %s", effect.path, error)
            usual = msgspec.structs.replace(effect, asset=effect.usual, usual=None)
            return (yield from self._saved(usual))

    def _saved(self, effect: Save) -> Flow[Saved]:
        """Save one file; an expired address is requested again, once."""
        try:
            return (yield from self._landed(effect))
        except DownloadError as error:
            if error.status not in _GONE:
                raise
            fresh = yield from self._again(effect, error)
            return (yield from self._landed(fresh))
        except SegueError:
            raise
        except Exception as error:
            if error in self.users:
                raise
            raise fault(error, self.backend, self.ticket) from error

    def _landed(self, effect: Save) -> Flow[Saved]:
        return paced_save(effect, self.backend, job=self.ticket.job, fence=self.watching.fence)

    def _again(self, effect: Save, error: DownloadError) -> Flow[Save]:
        purpose = Purpose(fence=self.watching.fence)
        snapshot = yield from poll(self.backend, self.ticket, purpose)
        if snapshot.status is not Status.SUCCEEDED:
            raise error
        for save_ in (yield from self.saves(snapshot)):
            if _same(save_.asset, effect.asset):
                return msgspec.structs.replace(save_, path=effect.path)
        raise error


def download(
    backend: Backend,
    ticket: Ticket,
    snapshot: Snapshot | None,
    place: Destination,
    watching: Watching,
) -> Flow[Delivery]:
    """Save everything that the job offers; raise `NotReady` when it offers nothing yet.

    Every file is tried before the first failure is raised, so that one bad file does not prevent
    the others.
    """
    if snapshot is None:
        purpose = Purpose(fence=watching.fence, handover=watching.handover)
        snapshot = yield from poll(backend, ticket, purpose)
    if snapshot.status is not Status.SUCCEEDED:
        raise _unready(ticket, snapshot)
    errand = _Errand(backend=backend, ticket=ticket, place=place, watching=watching)
    files: list[Saved] = []
    failures: list[SegueError] = []
    for effect in (yield from errand.saves(snapshot)):
        try:
            file = yield from errand.saved(effect)
        except (DownloadError, RequestError, TargetError) as error:
            failures.append(error)
        else:
            files += _apart(file, _track(effect.asset, snapshot))
    if failures:
        raise _missing(failures, files, ticket) from failures[0]
    deal = watching.deal or Deal()
    delivery = Delivery(
        ticket=ticket,
        snapshot=snapshot,
        files=tuple(files),
        quoted=deal.quoted,
        dropped=deal.dropped,
        announced=deal.notes,
    )
    return (yield from _delivered(backend, delivery, watching.fence))


def _unready(ticket: Ticket, snapshot: Snapshot) -> JobError:
    if snapshot.status.terminal:
        return job_error(ticket, snapshot)
    state = snapshot.missing or snapshot.trouble or f"it is {snapshot.status.value}"
    return NotReady(
        f"job {ticket} has nothing to download yet: {state}",
        ticket=ticket,
        snapshot=snapshot,
        advice="wait for it first",
    )


def _same(one: Asset, other: Asset) -> bool:
    return (one.kind, one.name, one.track) == (other.kind, other.name, other.track)


def _track(asset: Asset, snapshot: Snapshot) -> Track | None:
    return next((track for track in snapshot.tracks if track.id == asset.track), None)


def _apart(file: Saved, track: Track | None) -> list[Saved]:
    """The file with its track, and its original if it was converted."""
    files = [msgspec.structs.replace(file, track=track, original=None)]
    return files + ([file.original] if file.original is not None else [])


def _resumed(ticket: Ticket) -> str:
    return f"the job is not affected: {resuming(ticket)} downloads what is missing"


def _missing(failures: Sequence[SegueError], files: Sequence[Saved], ticket: Ticket) -> SegueError:
    first = failures[0]
    saved = f"; saved: {', '.join(str(file.path) for file in files)}" if files else ""
    message = (
        f"{len(failures)} of {len(failures) + len(files)} files of job {ticket} could not be"
        f" saved: {first.message}{saved}"
    )
    again = resuming(ticket)
    resumed = f"the job is not affected: try again with {again}"
    if isinstance(first, TargetError):
        resumed = f"the job is not affected: {again}, and download(TO) or download(overwrite=True)"
    advice = f"{first.advice}; {resumed}" if first.advice else resumed
    missing: SegueError
    if isinstance(first, TargetError):
        alone = not files and len(failures) == 1
        missing = TargetError(first.message if alone else message, advice=advice)
    else:
        missing = DownloadError(message, status=getattr(first, "status", None), advice=advice)
    missing.ticket = ticket
    missing.provider = None if isinstance(missing, TargetError) else ticket.provider
    return missing


def _delivered(backend: Backend, delivery: Delivery, fence: Fence | None) -> Flow[Delivery]:
    clock = yield from now()
    files = tuple(
        File(path=f.path.absolute(), bytes=f.bytes, sha256=f.sha256) for f in delivery.files
    )
    generation = fence.generation if fence else None
    yield from record(
        Delivered(job=delivery.ticket.job, at=clock.utc, files=files, generation=generation)
    )
    backend.hooks.delivered(delivery)
    return delivery
