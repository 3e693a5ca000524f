"""Jobs: queued, paid, worked on, and then finished or refunded, each in its own time."""

from __future__ import annotations

import msgspec

from segue_sandbox.accounts import ZERO, Account, Charge
from segue_sandbox.clock import DAY
from segue_sandbox.ledger import Entry
from segue_sandbox.venice.catalogue import Row
from segue_sandbox.venice.fate import STUCK, Outcome

KEPT = DAY
"""How long a finished piece is kept. Not documented for audio; the sandbox keeps it for a day."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a job was asked to make."""

    row: Row
    prompt: str
    seconds: float
    container: str


class Job:
    """One paid request. `settled` says whether its end has reached the account."""

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's own name
        account: Account,
        work: Work,
        *,
        charge: Charge,
        queued: float,
        done: float,
    ) -> None:
        self.id = id
        self.account = account
        self.work = work
        self.charge = charge
        self.queued = queued
        self.done = done
        self.outcome = Outcome.SOUND
        self.due = charge.amount
        self.settled = False
        self.released = False
        self.stuck = STUCK in work.prompt
        self.downloads = 0

    def settle(self, now: float) -> None:
        """Once it is over, refund what is not owed: all of a failure, and what was only reserved.

        How soon Venice refunds is not documented; the sandbox does at once.
        """
        if self.settled or now < self.done:
            return
        self.settled = True
        owed = self.due if self.outcome is Outcome.SOUND else ZERO
        if owed < self.charge.amount:
            self.account.refund(self.charge, self.charge.amount - owed, self.done)

    def state(self, now: float) -> str:
        """`processing`, `finished`, `failed`, `released` or `expired`."""
        if now < self.done:
            return "processing"
        if self.released:
            return "released"
        if now >= self.done + KEPT:
            return "expired"
        return "finished" if self.outcome is Outcome.SOUND else "failed"

    def entry(self, now: float) -> Entry:
        """Its line in the ledger."""
        return Entry(
            id=self.id,
            kind="job",
            model=self.work.row.id,
            state=self.state(now),
            queued=round(self.queued, 3),
            done=round(self.done, 3) if now >= self.done else None,
            currency=self.charge.currency,
            charged=self.charge.amount,
            refunded=self.charge.refunded,
            downloads=self.downloads,
        )
