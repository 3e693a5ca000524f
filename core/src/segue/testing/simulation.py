"""The simulator: many jobs under a virtual clock, against a vendor model, with seeded faults.

It runs core's own flows, the same that the drivers run, with the same retry policy. All randomness
is seeded, so one seed reproduces a run to the byte. Its report counts the jobs submitted, charged,
delivered, lost, and charged twice.

    report = Simulation(HushVendor(), Hush(), seed=1, faults=0.05).run(jobs=1000)
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from segue._data.backend_key import BackendKey
from segue._effects.account import Account
from segue._engine import wait as waiting
from segue._engine.backend import Backend
from segue._engine.submit import Order
from segue._engine.wait import Watching
from segue._pace import retry_policy as policy
from segue._pace.rate_limit import Gate
from segue.errors import (
    ConnectionLost,
    DownloadError,
    JobBusy,
    RequestError,
    SegueError,
    SubmissionUnknown,
)
from segue.events import Delivered, Event
from segue.flow import (
    Approve,
    Call,
    Claim,
    Effect,
    Flow,
    Lookup,
    Now,
    Permit,
    Record,
    Reply,
    Save,
    Sleep,
    Unclaim,
    Work,
)
from segue.hooks import Hooks
from segue.job import Saved, Snapshot, Ticket
from segue.journal import Entry, State
from segue.provider import Provider
from segue.testing.faults import Faults, Kind
from segue.testing.hush_vendor import HushVendor, Request
from segue.testing.memory_journal import MemoryJournal
from segue.testing.permits import Permits, PermitWait
from segue.testing.report import Report, compared
from segue.testing.simulated_jobs import Jobs
from segue.testing.simulated_store import Store, Stored

__all__ = ["Died", "Report", "Simulation"]

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LATENCY = 0.05
"""Seconds between a call and its response."""
RESTART = 90.0
"""Seconds until the job of a dead process is resumed."""
DAY = 86_400.0
"""Seconds that a late approval takes."""
TRIES = 50
"""Resumptions of a job before the simulation gives up."""


class Died(BaseException):
    """The process that ran the flow is gone. Not an `Exception`: no flow can catch it."""


class Life(NamedTuple):
    """One run of a job's flow, by one process."""

    number: int
    order: Order
    flow: Flow[None]


class Simulation:
    """A client's jobs, a vendor, a journal and a clock.

    `faults` is the probability of a fault at every effect; `arrivals` the seconds between two
    submissions, `timeout` the seconds that each wait may take.
    """

    def __init__(
        self,
        vendor: HushVendor,
        provider: Provider,
        *,
        seed: int = 0,
        faults: float = 0.0,
        arrivals: float = 0.0,
        timeout: float = 86_400.0,
        journal: MemoryJournal | None = None,
        wait: Callable[[Backend, Ticket, Watching], Flow[Snapshot]] = waiting.wait,
    ) -> None:
        self.vendor = vendor
        self.journal = journal or MemoryJournal()
        self.clock = 0.0
        self.jump = 0.0
        self.files: dict[Path, str] = {}
        self.noticed: dict[str, float] = {}
        self._faults = Faults(faults, seed)
        self._arrivals = arrivals
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._lives: Counter[int] = Counter()
        self._crashes = 0
        self._given_up: set[str] = set()
        self._store = Store(self.journal, lambda: self._now().utc, self._wrote)
        self._tickets: dict[int, Ticket] = {}  # those that are in no journal
        account = Account(provider.name, base_url="https://hush.invalid", secret=lambda: "key")
        gate = Gate(provider.limits, Permits())
        key = BackendKey(provider=provider.name)
        self._backend = Backend(key, provider=provider, account=account, hooks=Hooks(), gate=gate)
        self._jobs = Jobs(
            lambda: self._backend,
            journal=self.journal,
            store=self._store,
            timeout=timeout,
            wait=wait,
        )

    def run(self, jobs: int) -> Report:
        """Submit so many jobs, and run until each is settled."""
        for number in range(jobs):
            self._at(number * self._arrivals, partial(self._start, number))
        while self._queue:
            self.clock, _, action = heapq.heappop(self._queue)
            action()
        return compared(
            self.vendor,
            self.journal,
            jobs=jobs,
            noticed=self.noticed,
            given_up=self._given_up,
            crashes=self._crashes,
            seconds=self.clock,
        )

    def _at(self, when: float, action: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._queue, (when, self._count, action))

    def _start(self, number: int) -> None:
        """Start a process for a job, which is new or in the journal."""
        self._lives[number] += 1
        if self._lives[number] > TRIES:
            self._given_up.add(self._order(number).job)
            return
        order = self._order(number)
        entry = self._jobs.known(order.job)
        if entry is not None and entry.state is State.DELIVERED:
            return
        self._store.alive.add(order.owner)
        flow = self._process(order, entry, self._tickets.get(number))
        self._go(Life(number, order, flow), lambda: next(flow))

    def _order(self, number: int) -> Order:
        return self._jobs.order(number, self._lives[number])

    def _process(self, order: Order, entry: Entry | None, ticket: Ticket | None) -> Flow[None]:
        return self._jobs.flow(order, entry, ticket)

    def _go(self, life: Life, step: Callable[[], Effect]) -> None:
        """Run a flow until it has to wait for something."""
        try:
            while True:
                effect = step()
                answer = self._perform(life, effect)
                if answer is None:
                    return
                step = answer
        except StopIteration:
            self._store.alive.discard(life.order.owner)
        except Died:
            life.flow.close()
            self._store.ended(life.order.job, life.order.owner)
            self._crashes += 1
            self._at(self.clock + RESTART, lambda: self._start(life.number))
        except SegueError as error:
            self._store.alive.discard(life.order.owner)
            if error.ticket is not None:
                self._tickets[life.number] = error.ticket
            self._ended(life, error)

    def _perform(self, life: Life, effect: Effect) -> Callable[[], Effect] | None:
        """The next step of the flow, or None if time has to pass before it."""
        fault = self._faults.draw(effect)
        if fault is Kind.DEATH_BEFORE:
            raise Died
        if fault is Kind.CLOCK_JUMP:
            self.jump = self._faults.jump()
        if fault is Kind.LEASE_LOST:
            self._taken_over(life)
        match effect:
            case Sleep() if effect.seconds <= 0:
                return self._answering(life, self._now(), fault)
            case Sleep():
                self._later(life, effect.seconds, self._now, fault)
            case Call():
                self._send(life, effect, 1, fault)
            case Save():
                self._save(life, effect, 1, fault)
            case Work():
                return self._answering(life, effect.function(), fault)
            case Permit():
                self._at(self.clock, partial(self._permitted, life, effect, fault))
            case Record() | Lookup() | Claim() | Unclaim() | Approve():
                return self._served(life, effect, fault)
            case _:
                raise TypeError(f"not an effect: {effect!r}")
        return None

    def _permitted(self, life: Life, effect: Permit, fault: Kind | None) -> None:
        """Wait for a permit, and resume the flow with it or with a timeout."""
        gate = self._backend.gate
        if fault is Kind.PAUSED and not gate.paused(self.clock):
            gate.pause(self._faults.pause(), self.clock)

        def done(answer: Now | SegueError | None) -> None:
            if fault is Kind.DEATH_AFTER:
                self._go(life, _die)
            elif isinstance(answer, SegueError):
                self._go(life, partial(life.flow.throw, answer))
            else:
                self._go(life, partial(life.flow.send, answer))

        PermitWait(effect, self, fault, done).begin()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` after so many seconds."""
        self._at(self.clock + seconds, action)

    def now(self) -> Now:
        """The time of the virtual clock."""
        return self._now()

    def _served(
        self, life: Life, effect: Stored | Approve, fault: Kind | None
    ) -> Callable[[], Effect] | None:
        """Perform an effect of the journal or of the hooks."""
        if isinstance(effect, Approve):
            return self._approved(life, effect, fault)
        return self._stored(life, effect, fault)

    def _taken_over(self, life: Life) -> None:
        """Suspend the process until its lease has expired and another one has claimed the job; then
        it continues."""
        if self._store.has(life.order.job, life.order.owner):
            self.journal.unclaim(life.order.job, life.order.owner)
            self._start(life.number)

    def _stored(
        self, life: Life, effect: Stored, fault: Kind | None
    ) -> Callable[[], Effect] | None:
        value, error, after = self._store.answer(effect, fault)
        if error is not None:
            return partial(life.flow.throw, error)
        if not after:
            return self._answering(life, value, fault)
        self._later(life, after, lambda: value, fault)
        return None

    def _wrote(self, event: Event) -> None:
        if isinstance(event, Delivered):
            self.noticed.setdefault(event.job, self.clock)

    def _approved(
        self, life: Life, effect: Approve, fault: Kind | None
    ) -> Callable[[], Effect] | None:
        reasons = self._backend.hooks.approve(effect.task, effect.quote)
        if fault is Kind.VETOED:
            return self._answering(life, [*reasons, "approval: not now"], fault)
        if fault is Kind.APPROVED_LATE:
            self._later(life, DAY, lambda: reasons, fault)
            return None
        return self._answering(life, reasons, fault)

    def _answering(self, life: Life, answer: object, fault: Kind | None) -> Callable[[], Effect]:
        if fault is Kind.DEATH_AFTER:
            raise Died
        return lambda: life.flow.send(answer)

    def _later(
        self, life: Life, seconds: float, answer: Callable[[], object], fault: Kind | None
    ) -> None:
        def resume() -> None:
            if fault is Kind.DEATH_AFTER:
                self._go(life, _die)
            else:
                self._go(life, lambda: life.flow.send(answer()))

        self._at(self.clock + seconds, resume)

    def _send(self, life: Life, call: Call, attempt: int, fault: Kind | None) -> None:
        """One attempt of a call: it reaches the vendor or not, and its response arrives or not."""
        outcome = self._faults.exchange(fault, lambda: self._vendor_reply(call))

        def come() -> None:
            if fault is Kind.DEATH_AFTER:
                self._go(life, _die)
                return
            after = policy.again(call, outcome, attempt)
            if after is not None:
                again = self._faults.draw(call)
                retry = None if again in (Kind.DEATH_BEFORE, Kind.CLOCK_JUMP) else again
                self._at(self.clock + after, lambda: self._send(life, call, attempt + 1, retry))
            elif isinstance(outcome, RequestError):
                self._go(life, partial(life.flow.throw, outcome))
            else:
                self._go(life, partial(life.flow.send, outcome))

        self._at(self.clock + self._faults.latency(fault, LATENCY), come)

    def _vendor_reply(self, call: Call) -> Reply:
        body = b"" if call.json is msgspec.UNSET else msgspec.json.encode(call.json)
        request = Request(method=call.method, path=call.url, headers=call.headers, body=body)
        return self.vendor.handle(request, self.clock)

    def _save(self, life: Life, effect: Save, attempt: int, fault: Kind | None) -> None:
        """A download, which is atomic."""
        source = effect.asset.source
        if not isinstance(source, Call):
            raise TypeError("the simulator saves assets with a Call for their source only")
        outcome = self._faults.exchange(fault, lambda: self._vendor_reply(source))
        answer = self._landed(effect, outcome, fault)

        def come() -> None:
            if fault is Kind.DEATH_AFTER:
                self._go(life, _die)
            elif isinstance(answer, Saved):
                self._go(life, partial(life.flow.send, answer))
            elif policy.again(source, _failure(outcome), attempt) is not None:
                self._save(life, effect, attempt + 1, None)
            else:
                self._go(life, partial(life.flow.throw, answer))

        self._at(self.clock + self._faults.latency(fault, LATENCY), come)

    def _landed(
        self, effect: Save, outcome: Reply | RequestError, fault: Kind | None
    ) -> Saved | SegueError:
        if isinstance(outcome, RequestError):
            return outcome
        if fault is Kind.EXPIRED_URL:
            return DownloadError("this address has expired", status=403)
        if fault is Kind.TRUNCATED:
            return ConnectionLost("the download ended early")
        if outcome.status != 200 or not (outcome.body or b"").startswith(b"RIFF"):
            return DownloadError("this is not audio", status=outcome.status)
        body = outcome.body or b""
        digest = sha256(body).hexdigest()
        self.files[effect.path] = digest
        return Saved(path=effect.path, bytes=len(body), sha256=digest, container="wav")

    def _ended(self, life: Life, error: SegueError) -> None:
        """A process raised: resume the job later, unless it could be paid for twice."""
        settles = self._backend.provider.capabilities.settles
        if isinstance(error, SubmissionUnknown) and not settles:
            return
        wait = RESTART if isinstance(error, JobBusy) else RESTART / 3
        self._at(self.clock + wait, lambda: self._start(life.number))

    def _now(self) -> Now:
        utc = EPOCH + timedelta(seconds=self.clock + self.jump)
        return Now(monotonic=self.clock, utc=utc)


def _die() -> Effect:
    raise Died


def _failure(outcome: Reply | RequestError) -> Reply | RequestError:
    return outcome if not (isinstance(outcome, Reply) and outcome.ok) else ConnectionLost("cut")
