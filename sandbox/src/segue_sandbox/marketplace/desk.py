"""The desk where requests are admitted, and where jobs are kept, found and settled."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

import msgspec

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.clock import DAY, Dial
from segue_sandbox.marketplace import errors, keys
from segue_sandbox.marketplace.address import Origin
from segue_sandbox.marketplace.fate import Fate, Mark, Outcome
from segue_sandbox.marketplace.jobs import Job
from segue_sandbox.marketplace.keys import Buyer, Forms
from segue_sandbox.vendor import Refused, with_headers

MICRO = Decimal(1_000_000)
REMEMBERED = DAY
"""How long an idempotency key is remembered. Not documented."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted request. `floor` is the minimum discount of its path."""

    request: Request
    now: float
    origin: Origin
    buyer: Buyer
    number: str
    floor: int | None = None


class Desk:
    """The vendor's state."""

    def __init__(self, fate: Fate, dial: Dial, forms: Forms) -> None:
        self.fate, self.dial = fate, dial
        self.forms: Forms = forms
        self.buyers: dict[str, Buyer] = {}
        self.jobs: dict[str, Job] = {}
        self._open: list[tuple[float, int, Job]] = []
        self._said: dict[tuple[str, str], tuple[float, str, Reply]] = {}

    def buyer(self, request: Request) -> Buyer:
        """Who asks, by the key. Wallets (x402, MPP) do not reach music, nor this model."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise errors.refused(401)
        keys.check(key)
        if key not in self.buyers:
            self.buyers[key] = Buyer(key, self.dial, self.forms)
        return self.buyers[key]

    def polled_by(self, request: Request, job_id: str) -> Buyer:
        """Who polls: by the token of this very job, or by the key (documented).

        What a wrong token is answered is not documented.
        """
        job, token = self.jobs.get(job_id), request.headers.get("x-job-token")
        if job is not None and token == job.token:
            return job.buyer
        return self.buyer(request)

    def paced(self, buyer: Buyer, method: str, now: float) -> Mapping[str, str]:
        """The rate-limit headers; refused at the limit. Music's limits are not known.

        1,200 completions and 600 other calls a minute were reported of the rest. The reset is
        in Unix seconds here; its unit is not known.
        """
        window = buyer.posts if method == "POST" else buyer.others
        seat = window.ask(buyer.account.id, now)
        headers = {
            "x-ratelimit-limit": str(seat.limit),
            "x-ratelimit-remaining": str(seat.remaining),
            "x-ratelimit-reset": str(math.ceil(self.dial.unix(seat.resets))),
        }
        if not seat.admitted:
            wait = {"retry-after": str(math.ceil(self.dial.seconds(seat.resets - now)))}
            raise Refused(with_headers(errors.standard(429), headers | wait))
        return headers

    def job(self, visit: Visit, job_id: str) -> Job:
        """A job of this buyer's. What is said of somebody else's job is not documented."""
        job = self.jobs.get(job_id)
        if job is None or job.buyer is not visit.buyer:
            raise errors.refused(404)
        return job

    def take(self, job: Job) -> None:
        """Keep a new job, and hold what it may cost."""
        self.jobs[job.id] = job
        job.buyer.held += job.terms.most / MICRO
        heapq.heappush(self._open, (job.over, len(self.jobs), job))

    def settle(self, now: float) -> None:
        """Close what is over by now, in the order in which it came to be."""
        while self._open and self._open[0][0] <= now:
            self.close(heapq.heappop(self._open)[2], now)

    def close(self, job: Job, now: float) -> None:
        """Let go of what was held, and take what is owed. A job is closed once."""
        if job.closed:
            return
        job.closed = True
        job.buyer.held -= job.terms.most / MICRO
        if not _owed(job, now):
            return
        amount = job.cost / MICRO
        job.charge = job.buyer.account.charge(amount, now)
        if job.charge.currency == "USDC":
            job.buyer.allowance -= amount

    def said(self, visit: Visit) -> Reply | None:
        """The answer that was given under this idempotency key, to the same body.

        The header is documented for video, "to prevent duplicate submissions"; what another
        body under the same key is answered is not: here 409, and nothing is submitted.
        """
        found = self._said.get(_key(visit))
        if found is None or visit.now >= found[0]:
            return None
        if found[1] != _digest(visit.request.body):
            told = "This Idempotency-Key was used with another body."
            raise errors.invalid(told, 409)
        return found[2]

    def remember(self, visit: Visit, reply: Reply) -> None:
        """Keep an answer under the request's idempotency key, if it has one."""
        if _key(visit)[1]:
            until = visit.now + REMEMBERED
            self._said[_key(visit)] = (until, _digest(visit.request.body), reply)


def _owed(job: Job, now: float) -> bool:
    """Whether it is paid for: when it succeeds. That a cancelled job is not, is not promised."""
    if job.cancelled is not None:
        return Mark.BILLED in job.terms.prompt and job.placed(now)
    return job.course.outcome is Outcome.SOUND and job.state(now) == "succeeded"


def _key(visit: Visit) -> tuple[str, str]:
    return visit.buyer.account.id, visit.request.headers.get("idempotency-key", "")


def _digest(body: bytes) -> str:
    """The same for the same fields in another order."""
    plain = msgspec.json.encode(msgspec.json.decode(body), order="sorted")
    return sha256(plain).hexdigest()
