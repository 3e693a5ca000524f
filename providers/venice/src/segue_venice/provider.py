"""`venice`: music, sound effects and speech from Venice, by its audio queue.

A job is queued (and charged) by one POST, and both polled and fetched by another: the answer
of `/audio/retrieve` is JSON while the job runs, and the track itself once it is done. So a
poll leaves an audio body unread, and the download requests the same again; core saves the answer
of the poll if the download follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from segue.errors import NotFound, SegueError, SubmissionUnknown, Unavailable
from segue.flow import Call, Flow, Reply, Stream, at_once, call, id_of
from segue.job import Asset, Snapshot, Ticket, Track
from segue.money import Money, Quote
from segue.provider import Cadence, Capabilities, Expected, Key, Limits, Model, Options, Provider
from segue.speech import CloneVoice, Speak, Transcribe, Voices
from segue.tasks import Generate, Problem, Query, Task
from segue_venice import catalogue, checking, wire
from segue_venice.listening import clone, transcribe
from segue_venice.outcomes import outcome
from segue_venice.refusals import accepted, complaint, refused, text_of
from segue_venice.speaking import speak, stream
from segue_venice.voices import voices

A = TypeVar("A")

CAPACITY = frozenset({503})
"""Statuses of `/audio/queue` that are Venice's verdict: "The model is at capacity"."""

_UNITS = {"USD": "USD", "DIEM": "diem", "BUNDLED_CREDITS": "credits"}


_QUERIES = (Speak, Voices, Transcribe, CloneVoice)


class Venice(Provider):
    """Venice. By its documents, only a job that was never accepted is certainly not charged,
    and it has no idempotency key for music; so a paid request is never sent twice."""

    name = "venice"
    base_url = "https://api.venice.ai/api/v1"
    key = Key(env="VENICE_API_KEY", page="https://venice.ai/settings/api")
    cadence = Cadence(first=5.0, growth=1.3, cap=15.0)
    # 40 and 120 a minute for each user (Venice's audio skill, 2026-10). Failed requests: its
    # pages say 20 and 50 in 30 seconds; this stays below the lower one.
    limits = Limits(submits_per_minute=40, polls_per_minute=120, failures=18)
    capabilities = Capabilities(
        tasks={Generate: frozenset(wire.FIELDS)},
        queries=_QUERIES,
        streams=(Speak,),
        cannot_cancel="Venice cannot stop a job; it goes on and stays billed",
        models=True,
        quote=True,
        balance=True,
        release=True,
        sends=("mp3", "wav", "flac"),
    )

    def __init__(self, settings: Options | None = None) -> None:
        super().__init__(settings)
        self._models: Sequence[Model] | None = None

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Every reason why Venice would refuse the task; see `checking.py`."""
        return checking.problems(task, models)

    def expected(self, task: Task, models: Sequence[Model] | None) -> Expected:
        """One track, in a container of the model's; Venice has no field to choose one. Without the
        catalogue, one of those that `/audio/retrieve` is documented to answer."""
        model = catalogue.named(models, task.model)
        own = catalogue.containers(model) if model is not None else ()
        return Expected(containers=own or self.capabilities.sends, tracks=1)

    def submit(self, task: Task) -> Flow[Ticket]:
        """Queue the task; Venice charges now. The ticket holds the model that Venice echoes.
        Whatever the status, an answer that names a job is one."""
        reply = yield from call(
            "POST", "/audio/queue", json=wire.queue(task), spends=True, final=CAPACITY
        )
        queued = reply.maybe_json(wire.Queued)
        if queued is not None and (id_ := id_of(queued.queue_id)):
            model = text_of(queued.model) or task.model
            return Ticket(provider=self.name, id=id_, model=task.model, state={"model": model})
        if reply.status in CAPACITY and complaint(reply) is None:
            raise SubmissionUnknown("a 503 that is not Venice's own") from refused(reply)
        raise accepted(reply).unlike("no job id")

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Poll the job; see `outcomes.py` for what each answer means."""
        return outcome((yield from call("POST", "/audio/retrieve", json=wire.retrieving(ticket))))

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """One file for a job; always: Venice makes one."""
        return at_once([_asset(ticket, track) for track in snapshot.tracks])

    def release(self, ticket: Ticket) -> Flow[None]:
        """Delete Venice's copy. It stops nothing: a job that still runs goes on."""
        reply = yield from call("POST", "/audio/complete", json=wire.finding(ticket))
        if not accepted(reply).json(wire.Completed).success:
            raise Unavailable(
                "Venice did not delete its copy of the track",
                status=reply.status,
            )

    def models(self) -> Flow[list[Model]]:
        """The public catalogue of `type=music`; no key is needed. What only some accounts see
        is not in it, and is for Venice to check."""
        reply = yield from call("GET", "/models", params={"type": "music"}, keyed=False)
        found = catalogue.models(accepted(reply))
        self._models = found
        return found

    def quote(self, task: Task) -> Flow[Quote]:
        """The price of the task, rounded up to the cent as Venice bills. No key is needed but
        for a model that only this account sees."""
        model = yield from self._model(task.model)
        body = _pricing(task, model)
        reply = yield from call("POST", "/audio/quote", json=body, keyed=False)
        if reply.status == 404:
            reply = yield from _with_key(body, refused(reply))
        price = wire.exact(accepted(reply).json(wire.Quoted).quote)
        if price is None or price < 0:
            raise reply.unlike("not a price")
        return _quoted(price, model)

    def balance(self) -> Flow[list[Money]]:
        """The balance of this key, within its own limit. Earned credits are not listed."""
        reply = yield from call("GET", "/api_keys/rate_limits")
        balances = accepted(reply).json(wire.RateLimits).data.balances
        amounts = {unit: wire.exact(balances.get(word)) for word, unit in _UNITS.items()}
        return [
            Money(amount=amount, unit=unit)
            for unit, amount in amounts.items()
            if amount is not None
        ]

    def ask(self, query: Query[A]) -> Flow[A]:
        """Speech, voices, transcription and cloning: calls that are answered immediately."""
        flow: Flow[object]
        match query:
            case Speak():
                flow = speak(query)
            case Voices():
                flow = voices(query)
            case Transcribe():
                flow = transcribe(query)
            case CloneVoice():
                flow = clone(query)
            case _:
                return super().ask(query)
        return flow  # type: ignore[return-value] # each query is answered with its own type

    def stream(self, query: Query[Any]) -> Flow[Stream]:
        """Speech, as it comes."""
        return stream(query) if isinstance(query, Speak) else super().stream(query)

    def _model(self, id_: str | None) -> Flow[Model | None]:
        if self._models is None:
            try:
                yield from self.models()
            except SegueError:
                return None  # the price does not depend on it, but for models billed by length
        return catalogue.named(self._models, id_)


def _asset(ticket: Ticket, track: Track) -> Asset:
    body = wire.retrieving(ticket)
    source = Call(method="POST", url="/audio/retrieve", json=body, polls=True)
    if track.url:
        source = Call(method="GET", url=track.url)
    return Asset(
        kind="track",
        name=str(ticket.state.get("model") or ticket.model),
        containers=(str(track.details.get("container", "mp3")),),
        source=source,
        track=track.id,
    )


def _pricing(task: Task, model: Model | None) -> dict[str, object]:
    """The body of a price request: only what would be queued, or Venice refuses it."""
    order = msgspec.convert(wire.queue(task), wire.Order, strict=False)
    body: dict[str, object] = {"model": task.model}
    if order.duration_seconds is not None:
        body["duration_seconds"] = int(order.duration_seconds)
    if model is not None and catalogue.per_character(catalogue.spec(model)):
        body["character_count"] = max(len(order.prompt.strip()), 1)
    return body


def _with_key(body: dict[str, object], refusal: SegueError) -> Flow[Reply]:
    """Request the price again with the key: some models are visible to some accounts only."""
    if not isinstance(refusal, NotFound):
        raise refusal
    try:
        return (yield from call("POST", "/audio/quote", json=body))
    except SegueError:
        raise refusal from None


def _quoted(price: Decimal, model: Model | None) -> Quote:
    cost = catalogue.dollars(price)
    reserve = catalogue.reserve(model) if model is not None else None
    if reserve is None:
        return Quote(cost=cost, basis="Venice's own quote, rounded up to the cent as it bills")
    return Quote(
        cost=cost,
        maximum=max(cost, reserve, key=lambda money: money.amount),
        estimate=True,
        basis="Venice's own quote; its longest length is reserved, the real one is billed",
    )
