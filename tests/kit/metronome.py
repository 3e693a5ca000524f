"""A vendor of clockwork music with everything that a vendor can have, and a provider for it that
keeps the contract. The faulty ones of `test_bites.py` are this one with one thing done wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from segue.flow import Call, Flow, Reply, call
from segue.job import Asset, Failure, Snapshot, Status, Ticket, Track
from segue.money import Money, Quote
from segue.provider import Capabilities, Key, Model, Provider
from segue.refusals import refusal
from segue.tasks import Generate, Problem, Task
from segue.testing.hush_vendor import SILENCE, Request

WORDS = {
    "waiting": Status.QUEUED,
    "ticking": Status.RUNNING,
    "done": Status.SUCCEEDED,
    "broken": Status.FAILED,
    "stopped": Status.CANCELLED,
}


class Wound(msgspec.Struct):
    id: str
    token: str = ""


class Seen(msgspec.Struct):
    state: str
    url: str | None = None
    progress: float | None = None
    error: str | None = None
    usd: Decimal | None = None


class Priced(msgspec.Struct):
    usd: str


class Row(msgspec.Struct):
    id: str


class Rows(msgspec.Struct):
    models: list[Row]


class Metronome(Provider):
    name = "metronome"
    base_url = "https://metronome.invalid/v1"
    key = Key(env="METRONOME_KEY")
    capabilities = Capabilities(
        tasks={Generate: frozenset({"prompt", "bpm", "title"})},
        cancel=True,
        models=True,
        quote=True,
        balance=True,
        release=True,
        settles=True,
    )

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        bpm = getattr(task, "bpm", None)
        if bpm is None or bpm <= 200:
            return []
        return [Problem(field="bpm", value=bpm, allowed="at most 200 beats a minute")]

    def wanted(self, task: Task) -> dict[str, object]:
        told = {name: getattr(task, name, None) for name in ("model", "prompt", "bpm", "title")}
        return {name: value for name, value in told.items() if value is not None}

    def submit(self, task: Task) -> Flow[Ticket]:
        reply = yield from call(
            "POST",
            "/jobs",
            json=self.wanted(task),
            spends=True,
            uncharged=frozenset({429}),
            idempotency="idempotency-key",
        )
        return self.ticket(self.good(reply))

    def good(self, reply: Reply) -> Reply:
        if not reply.ok:
            raise refusal(reply)
        return reply

    def ticket(self, reply: Reply) -> Ticket:
        wound = reply.json(Wound)
        if not wound.id:
            raise reply.unlike("it names no job")
        return Ticket(provider=self.name, id=wound.id, secrets={"token": wound.token})

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        token = {"x-job-token": ticket.secrets["token"]}
        return self.snapshot((yield from call("GET", f"/jobs/{ticket.id}", headers=token)))

    def snapshot(self, reply: Reply) -> Snapshot:
        seen = self.good(reply).json(Seen)
        status = WORDS.get(seen.state, Status.UNKNOWN)
        good = status is Status.SUCCEEDED and seen.url
        if status is Status.SUCCEEDED and not seen.url:
            raise reply.unlike("it is done, and has no file")
        told = seen.progress
        return Snapshot(
            status=status,
            word=seen.state,
            progress=told if told is not None and 0 <= told <= 1 else None,
            tracks=(Track(id="1", status=status, url=seen.url),) if good else (),
            cost=Money(amount=seen.usd, unit="USD") if seen.usd and seen.usd.is_finite() else None,
            error=Failure(message=seen.error or "no reason") if status is Status.FAILED else None,
        )

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        yield from ()
        return [
            Asset(
                kind="track",
                name=f"waltz {ticket.job}",
                containers=("wav",),
                source=Call(method="GET", url=track.url or ""),
                track=track.id,
            )
            for track in snapshot.tracks
        ]

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        return self.snapshot((yield from call("DELETE", f"/jobs/{ticket.id}")))

    def release(self, ticket: Ticket) -> Flow[None]:
        self.good((yield from call("DELETE", f"/files/{ticket.id}")))

    def models(self) -> Flow[list[Model]]:
        reply = self.good((yield from call("GET", "/models")))
        return [Model(id=row.id) for row in reply.json(Rows).models]

    def quote(self, task: Task) -> Flow[Quote]:
        reply = self.good((yield from self.price(task)))
        return Quote(cost=self.money(reply), basis="the vendor's list")

    def price(self, task: Task) -> Flow[Reply]:
        return call("GET", "/price", params={"model": task.model} if task.model else {})

    def balance(self) -> Flow[list[Money]]:
        return [self.money(self.good((yield from call("GET", "/balance"))))]

    def money(self, reply: Reply) -> Money:
        try:
            amount = abs(Decimal(reply.json(Priced).usd))
            return Money(amount=amount, unit="USD")
        except (ArithmeticError, ValueError) as error:
            raise reply.unlike("it is no price") from error


def json(value: object, status: int = 200) -> Reply:
    headers = {"content-type": "application/json"}
    return Reply(status=status, headers=headers, body=msgspec.json.encode(value))


LISTS = {"price": {"usd": "0.10"}, "models": {"models": [{"id": "slow"}]}}


class Clockmaker:
    """The vendor: takes 30 seconds for a job, and honours idempotency keys."""

    def __init__(self, *, settles: bool = True) -> None:
        self.settles = settles
        self.done: dict[str, float] = {}
        self.by_key: dict[str, str] = {}
        self.asked: Counter[str] = Counter()

    def handle(self, request: Request, now: float) -> Reply:
        path, _, name = request.path[1:].partition("?")[0].partition("/")
        self.asked[path] += 1
        if request.method == "POST":
            return self.wind(request.headers.get("idempotency-key", ""), now)
        if path in LISTS:
            return json(LISTS[path])
        if name not in self.done:
            return json({"error": "no such job"}, 404)
        if path == "files":
            return Reply(status=200, headers={"content-type": "audio/wav"}, body=SILENCE)
        if now < self.done[name]:
            return json({"state": "ticking"})
        return json({"state": "done", "url": f"/files/{name}"})

    def wind(self, key: str, now: float) -> Reply:
        if not self.settles or not key or key not in self.by_key:
            name = f"j{len(self.done)}"
            self.done[name] = now + 30
            self.by_key[key] = name
            return json({"id": name, "token": "t1"})
        return json({"id": self.by_key[key], "token": "t1"})


class MetronomeKit:
    """What the kit is brought for the metronome; mixed into its subclasses."""

    provider: ClassVar[Any] = Metronome
    task = Generate(prompt="a waltz for two clocks")
    accepted = json({"id": "j1", "token": "job-token-1"})
    running = json({"state": "ticking", "progress": 0.5})
    succeeded = json({"state": "done", "progress": 1.0, "url": "/files/j1", "usd": "0.10"})
    failed = json({"state": "broken", "error": "the spring"})
    cancelled = json({"state": "stopped"})
    released = json({})
    models_reply = json({"models": [{"id": "slow"}, {"id": "quick"}]})
    quote_reply = json({"usd": "0.10"})
    quoted = billed = Money.parse("0.10 USD")
    priced_by_model = True
    balance_reply = json({"usd": "3.50"})
    refused_tasks = ((Generate(prompt="a gallop", bpm=300), "bpm"),)
    secret_fields = ("token",)
    jobs = 60

    def vendor(self) -> Any:
        return Clockmaker()
