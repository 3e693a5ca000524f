"""Jobs: queued until a seller takes them, running, over. They are paid for when they succeed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from segue_sandbox.accounts import ZERO, Account, Charge
from segue_sandbox.ledger import Entry
from segue_sandbox.marketplace.fate import Course, Mark, Outcome
from segue_sandbox.marketplace.keys import Buyer
from segue_sandbox.marketplace.offers import Offer

LIFE = 900.0
"""Seconds until a job that is not over expires (documented: 15 minutes)."""
KEPT = 3 * 3600.0
"""How long artifacts are kept (documented: three hours)."""
LINK = 900.0
"""How long a signed address is good (the sample's `X-Amz-Expires`)."""

Sound = Callable[[str, float, str], bytes]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed on: amounts in micro-USDC, and the sellers who were or would be asked."""

    model: str
    prompt: str
    seconds: int
    estimate: int
    most: int
    direct: int
    sellers: Sequence[Offer]

    @property
    def artifacts(self) -> Sequence[str]:
        """The prompt of each piece that comes out."""
        return [self.prompt, f"{self.prompt} 2"] if Mark.TWO in self.prompt else [self.prompt]


class Job:
    """One submission. Its state follows from its course, its life and whether it was cancelled.

    `charge` is set once it has been paid for.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's own name
        token: str,
        buyer: Buyer,
        terms: Terms,
        course: Course,
        *,
        request: str,
        queued: float,
    ) -> None:
        self.id, self.token, self.request = id, token, request
        self.buyer, self.terms, self.course = buyer, terms, course
        self.account: Account = buyer.account
        self.queued = queued
        self.expires = queued + LIFE
        self.cancelled: float | None = None
        self.charge: Charge | None = None
        self.closed = False
        self.links: dict[str, float] = {}
        self.downloads = 0

    @property
    def over(self) -> float:
        """The moment at which it is over, cancelled or not."""
        ends = min(self.queued + self.course.ended, self.expires)
        return ends if self.cancelled is None else min(ends, self.cancelled)

    @property
    def seller(self) -> Offer:
        """Who takes it, if anybody does."""
        return self.terms.sellers[min(self.course.declined, len(self.terms.sellers) - 1)]

    @property
    def cost(self) -> int:
        """What it costs with that seller, in micro-USDC."""
        return self.seller.cost(self.terms.direct)

    def state(self, now: float) -> str:
        """The vendor's words for it. That an expired job is called `expired` is not documented."""
        if now < self.over:
            return "running" if self.placed(now) else "queued"
        if self.cancelled is not None:
            return "canceled"
        if self.queued + self.course.ended > self.expires:
            return "expired"
        return "succeeded" if self.course.outcome is Outcome.SOUND else "failed"

    def placed(self, now: float) -> bool:
        """Whether a seller has taken it by now, or had before it was over."""
        return min(now, self.over) >= self.queued + self.course.placed

    def attempts(self, now: float) -> int:
        """How many sellers have been asked by now."""
        if self.placed(now):
            return self.course.declined + 1
        asked = self.course.declined
        if not asked or now >= self.over:
            return asked
        return min(asked, int((now - self.queued) / self.course.ask))

    def kept(self, now: float) -> bool:
        """Whether its artifacts are there."""
        return self.state(now) == "succeeded" and now < self.over + KEPT

    def entry(self, now: float) -> Entry:
        """Its line in the ledger, in USDC."""
        charged = self.charge.amount if self.charge else ZERO
        return Entry(
            id=self.id,
            kind="job",
            model=self.terms.model,
            state=self.state(now),
            queued=round(self.queued, 3),
            done=round(self.over, 3) if now >= self.over else None,
            currency=self.charge.currency if self.charge else "USDC",
            charged=charged,
            downloads=self.downloads,
        )
