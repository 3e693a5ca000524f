"""Vendors of several kinds: at once, in parts with signed addresses, behind their own library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from segue import Generate
from segue.errors import SubmissionUnknown, Unavailable
from segue.flow import Call, Flow, Reply, call, together, work
from segue.job import Asset, Failure, Snapshot, Status, Ticket, Track
from segue.money import Money
from segue.provider import Capabilities, Model, Provider
from segue.tasks import Problem, Task
from tests.kit.metronome import Metronome, Seen

STOPPED = "a bell cannot be stopped; it goes on and stays billed"
ABLE = Capabilities(tasks={Generate: frozenset({"prompt"})}, cannot_cancel=STOPPED)


class Answered(msgspec.Struct):
    url: str


class Bell(Provider):
    """A vendor that answers at once: its ticket has the file's address, and no poll is needed."""

    name = "bell"
    base_url = "https://bell.invalid"
    capabilities = ABLE

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        return []

    def submit(self, task: Task) -> Flow[Ticket]:
        wanted = {"text": getattr(task, "prompt", "")}
        reply = yield from call("POST", "/ring", json=wanted, spends=True)
        url = Metronome.good(Metronome(), reply).json(Answered).url
        if not url:
            raise reply.unlike("it has no file")
        return Ticket(provider=self.name, id=url.rpartition("/")[2] or url, state={"url": url})

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        yield from ()
        track = Track(id="1", status=Status.SUCCEEDED, url=str(ticket.state["url"]))
        return Snapshot(status=Status.SUCCEEDED, tracks=(track,))

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        yield from ()
        source = Call(method="GET", url=snapshot.tracks[0].url or "")
        return [Asset(kind="track", name="ding", containers=("wav",), source=source)]


class Carillon(Bell):
    """Many bells: a job in several parts, looked at side by side, each file signed afresh."""

    name = "carillon"

    def submit(self, task: Task) -> Flow[Ticket]:
        ticket = yield from super().submit(task)
        return msgspec.structs.replace(ticket, state={"parts": ["low", "high"]})

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        parts: Any = ticket.state["parts"]
        tracks = yield from together([self.part(part) for part in parts])
        stand = {track.status for track in tracks}
        for status in (Status.UNKNOWN, Status.RUNNING, Status.QUEUED):
            if status in stand:
                return Snapshot(status=status, tracks=tuple(tracks))
        if Status.SUCCEEDED in stand:
            return Snapshot(status=Status.SUCCEEDED, tracks=tuple(tracks))
        return Snapshot(status=Status.FAILED, error=Failure(message="cracked"))

    def part(self, name: str) -> Flow[Track]:
        reply = yield from call("GET", f"/parts/{name}")
        snapshot = Metronome().snapshot(reply)
        return Track(id=name, status=snapshot.status)

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        return (yield from together([self.signed(track.id) for track in snapshot.tracks]))

    def signed(self, name: str) -> Flow[Asset]:
        reply = yield from call("POST", "/sign", params={"part": name})
        url = Metronome.good(Metronome(), reply).json(Answered).url
        return Asset(
            kind="track",
            name=name,
            containers=("wav",),
            source=Call(method="GET", url=url),
            track=name,
        )


class Library:
    """The vendor's own library, which nobody may call in a test."""

    def ring(self, text: str) -> dict[str, str]:
        raise AssertionError("the network")

    look = fetch = ring

    def left(self) -> str:
        raise AssertionError("the network")


class Wrapped(Bell):
    """Calls its vendor's library, in `work`."""

    name = "wrapped"
    base_url = ""
    capabilities = msgspec.structs.replace(ABLE, balance=True)

    def submit(self, task: Task) -> Flow[Ticket]:
        try:
            told = yield from work(lambda: Library().ring(getattr(task, "prompt", "")))
        except Exception as error:
            raise SubmissionUnknown(f"the library failed: {error}") from error
        return Ticket(provider=self.name, id=told["id"])

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        try:
            told = yield from work(lambda: Library().look(ticket.id))
        except Exception as error:
            raise Unavailable(f"the library failed: {error}") from error
        return self.snapshot(told)

    def snapshot(self, told: object) -> Snapshot:
        seen = msgspec.convert(told, Seen)
        return Metronome().snapshot(Reply(status=200, body=msgspec.json.encode(seen)))

    def balance(self) -> Flow[list[Money]]:
        try:
            return [Money.parse((yield from work(lambda: Library().left())))]
        except Exception as error:
            raise Unavailable(f"the library failed: {error}") from error

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        yield from ()
        return [
            Asset(
                kind="track",
                name="ding",
                containers=("wav",),
                source=lambda target: target.file.write(Library().fetch(ticket.id)),
            )
        ]
