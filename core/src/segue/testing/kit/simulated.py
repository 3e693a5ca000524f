"""Tests of many jobs against a model of the vendor, under virtual time, with seeded faults:
connections drop, processes die, responses are lost. No job is lost, and none is paid for twice.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from functools import partial
from hashlib import sha256
from typing import NamedTuple, cast
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest

from segue._engine.submit import Order
from segue.containers import container_of, id3_length
from segue.errors import ConnectionLost, DownloadError, RequestError, SegueError
from segue.flow import Call, Flow, Reply, Save
from segue.job import Saved, Snapshot, Status, Ticket
from segue.journal import Entry, State
from segue.testing.faults import Kind
from segue.testing.hush_vendor import HushVendor, Request, VendorModel
from segue.testing.kit.bench import Bench
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.playing import Player, in_turn, played
from segue.testing.kit.tracebacks import hidden
from segue.testing.kit.world import Rerouted, backend
from segue.testing.simulation import TRIES, Life, Simulation

__tracebackhide__ = hidden

FAULTS = 0.05
"""The probability of a fault, at every effect."""

UNHEARD_EVERY = 7
"""One of so many paid requests is accepted and its response lost or damaged, so that this case is
always tested."""

_UNHEARD = (Kind.DROPPED_AFTER, Kind.STALL, Kind.ERROR_AFTER, Kind.GARBAGE)

_BAD = (Status.FAILED, Status.CANCELLED, Status.EXPIRED)


class Outcome(NamedTuple):
    """The outcome of the jobs, by name: `taken` by the vendor, taken `twice`, `delivered`,
    `doubtful`, `ended` as failed by the vendor, or `given_up` after many resumptions, with tickets
    in the journal. `shared` are vendor jobs that stand for more than one of ours; `failure` is the
    first error, and `last` that of a job that was given up."""

    taken: set[str]
    twice: set[str]
    shared: set[str]
    delivered: set[str]
    doubtful: set[str]
    ended: set[str]
    given_up: set[str]
    failure: str
    last: str


class Simulated(KitInputs):
    """The provider and its vendor, without HTTP and without waiting."""

    def test_every_job_comes_home_when_nothing_goes_wrong(self) -> None:
        """All jobs are delivered, each a separate job of the vendor."""
        outcome = _simulated(self, faults=0.0)
        assert not outcome.shared, (
            f"{self.jobs} orders were answered with one and the same job"
            f" ({', '.join(sorted(outcome.shared)[:3])}): an idempotency key is core's, one for"
            " each job, under the header that the vendor names: call(…, idempotency='its-name')"
        )
        short = self.jobs - len(outcome.delivered | outcome.ended)
        assert not short, (
            f"{short} of {self.jobs} jobs were not delivered, without any faults: the first"
            f" ended in {outcome.failure or 'nothing at all'!r}; run one against vendor() by hand"
        )

    def test_no_job_is_paid_for_twice(self) -> None:
        """One job is one job at the vendor, whatever faults are injected."""
        outcome = _simulated(self, faults=FAULTS)
        assert not outcome.twice, (
            f"{len(outcome.twice)} of {self.jobs} jobs were taken by the vendor more than once:"
            " send the paid request once, and declare `settles`, `idempotency` and `uncharged` only"
            " where the vendor honours them"
        )

    def test_no_job_is_lost(self) -> None:
        """Every job that the vendor accepted is delivered, or is known to be in doubt."""
        outcome = _simulated(self, faults=FAULTS)
        missing = outcome.taken - outcome.delivered - outcome.doubtful - outcome.ended
        given_up = missing & outcome.given_up
        assert not given_up, (
            f"{len(given_up)} of {self.jobs} jobs were given up: not lost, for the journal has"
            f" their tickets, but {TRIES} resumptions did not deliver them; the last of one"
            f" ended in {outcome.last or 'nothing at all'!r}"
        )
        lost = missing - given_up
        assert not lost, (
            f"{len(lost)} of {self.jobs} jobs were taken by the vendor and lost: after a 2xx"
            " submit() returns a ticket or raises reply.unlike(…), and poll() ends no job for a"
            " transient failure"
        )


def _simulated(kit: KitInputs, *, faults: float) -> Outcome:
    vendor = kit.vendor()
    if vendor is None:
        pytest.skip("`vendor()` is not set: a model of the vendor, handle(request, now)")
    return Trial(Bench(kit), vendor, faults=faults).lived(kit.jobs)


class Trial(Simulation):
    """The simulator with any vendor's model and any task. The jobs that the vendor took are
    identified by the ids that the provider reads from its responses."""

    def __init__(self, bench: Bench, vendor: VendorModel, *, faults: float) -> None:
        made = bench.made()
        # Only `handle` of the vendor is used here; the ledger is for the simulator's own report.
        super().__init__(
            cast("HushVendor", vendor), made, seed=1, faults=faults, arrivals=0.5, timeout=3600
        )
        self._bench = bench
        self._account = Rerouted(made)
        self._backend = backend(made, bench.task, self._account)
        self._taken: dict[str, set[str]] = defaultdict(set)
        self._sender = ""
        self._unheard_every = UNHEARD_EVERY if faults else 0
        self._paid = 0
        self._failure = ""
        self._ends: dict[str, str] = {}  # how each job's latest process gave up

    def lived(self, jobs: int) -> Outcome:
        """Submit so many jobs, and run until each is settled."""
        for number in range(jobs):
            self._at(number * self._arrivals, partial(self._start, number))
        while self._queue:
            self.clock, _, action = heapq.heappop(self._queue)
            action()
        entries = self.journal.entries(states=tuple(State))
        given_up = {e.job for e in entries if e.job in self._given_up and self._found_by(e)}
        return Outcome(
            taken=set(self._taken),
            shared={name for name, count in self._given().items() if count > 1},
            twice={job for job, ids in self._taken.items() if len(ids) > 1},
            delivered={entry.job for entry in entries if entry.state is State.DELIVERED},
            doubtful={e.job for e in entries if e.ticket is None and e.state is not State.REFUSED},
            ended={entry.job for entry in entries if self._ended_there(entry)},
            given_up=given_up,
            failure=self._failure,
            last=next((self._ends[job] for job in given_up if job in self._ends), ""),
        )

    def _found_by(self, entry: Entry) -> bool:
        """Whether the ticket in the journal names the job that the vendor took."""
        return entry.ticket is not None and entry.ticket.id in self._taken.get(entry.job, ())

    def _given(self) -> Counter[str]:
        """The number of our jobs that share each of the vendor's."""
        return Counter(name for names in self._taken.values() for name in names)

    def _ended(self, life: Life, error: SegueError) -> None:
        self._failure = self._failure or str(error)
        self._ends[life.order.job] = str(error)
        super()._ended(life, error)

    def _order(self, number: int) -> Order:
        return msgspec.structs.replace(super()._order(number), task=self._bench.task)

    def _process(self, order: Order, entry: Entry | None, ticket: Ticket | None) -> Flow[None]:
        return in_turn(super()._process(order, entry, ticket))

    def _send(self, life: Life, call: Call, attempt: int, fault: Kind | None) -> None:
        self._sender = life.order.job
        super()._send(life, call, attempt, fault or self._unheard(call))

    def _unheard(self, call: Call) -> Kind | None:
        """How the response to this paid request is lost, if it is its turn."""
        if not call.spends or not self._unheard_every:
            return None
        self._paid += 1
        turn, heard = divmod(self._paid, self._unheard_every)
        return None if heard else _UNHEARD[turn % len(_UNHEARD)]

    def _vendor_reply(self, call: Call) -> Reply:
        reply = self.vendor.handle(self._request(call), self.clock)
        if call.spends and reply.ok:
            self._taken[self._sender].add(self._named(reply))
        return reply

    def _named(self, reply: Reply) -> str:
        """The id of the job that the vendor took."""
        made = self._bench.made()
        seen = played(lambda: made.submit(self._bench.task), [reply])
        return seen.value.id if isinstance(seen.value, Ticket) else repr(reply.body)

    def _ended_there(self, entry: Entry) -> bool:
        """Whether one more poll, without faults, returns a terminal status."""
        ticket = entry.ticket
        if entry.state is not State.ENDED or ticket is None:
            return False
        made = self._bench.made()
        seen = Player(self._vendor_reply).run(made.poll(ticket))
        return isinstance(seen, Snapshot) and seen.status in _BAD

    def _request(self, call: Call) -> Request:
        url = self._account.absolute(call.url)
        headers = {name.lower(): value for name, value in call.headers.items()}
        if call.keyed:
            headers |= {name.lower(): t for name, t in self._account.signature(url).items()}
        body = call.content or b""
        if call.json is not msgspec.UNSET:
            body = msgspec.json.encode(call.json)
            headers.setdefault("content-type", "application/json")
        elif call.form:
            body = urlencode(call.form).encode()
            headers.setdefault("content-type", "application/x-www-form-urlencoded")
        parts = urlsplit(url)
        query = "&".join(filter(None, (parts.query, urlencode(call.params))))
        path = parts.path.removeprefix("/own") + (f"?{query}" if query else "")
        return Request(method=call.method, path=path, headers=headers, body=body)

    def _landed(
        self, effect: Save, outcome: Reply | RequestError, fault: Kind | None
    ) -> Saved | DownloadError | RequestError:
        if isinstance(outcome, RequestError):
            return outcome
        if fault is Kind.EXPIRED_URL:
            return DownloadError("this address has expired", status=403)
        if fault is Kind.TRUNCATED:
            return ConnectionLost("the download ended early")
        body = outcome.body or b""
        container = container_of(body[id3_length(body) :])
        if not outcome.ok or container is None:
            return DownloadError("this is not audio", status=outcome.status)
        digest = sha256(body).hexdigest()
        self.files[effect.path] = digest
        return Saved(path=effect.path, bytes=len(body), sha256=digest, container=container)
