"""Tasks: accepted, paid, worked on, and then finished or refunded, each in its own time."""

from __future__ import annotations

from random import Random
from uuid import UUID

import msgspec

from segue_sandbox.accounts import Account, Charge
from segue_sandbox.ledger import Entry
from segue_sandbox.musicapi.clips import Clip
from segue_sandbox.musicapi.marks import Ending, ending


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """Where a task's webhooks go, and what signs them."""

    url: str
    secret: str = ""

    def __repr__(self) -> str:
        return f"Hook(url={self.url!r})"


class Task:
    """One accepted request. Its rooms fill in what it makes: `clips`, `wholes`, or `made`.

    `wholes` are the full songs of an `auto_concat`, one beside each clip; `made` is whatever
    else a task answers with. `origin` is the sandbox's address as the client wrote it; `payer`
    is the account's purse that was charged.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's own name
        operation: str,
        *,
        account: Account,
        payer: Account,
        charge: Charge,
        began: float,
        done: float,
        ending: Ending,
        marks: frozenset[str],
        origin: str,
        model: str = "",
        hook: Hook | None = None,
    ) -> None:
        self.id, self.operation, self.model = id, operation, model
        self.account, self.payer, self.charge = account, payer, charge
        self.began, self.done = began, done
        self.ending, self.marks = ending, marks
        self.origin, self.hook = origin, hook
        self.clips: list[Clip] = []
        self.wholes: list[Clip] = []
        self.made: dict[str, object] = {}
        self.settled = False
        self.downloads = 0

    @property
    def family(self) -> str:
        """`sonic`, `suno`, `producer`, `riffusion` or `studio`; suno's songs are sonic's."""
        family = self.operation.partition("/")[0]
        return "sonic" if self.operation.startswith("suno/create") else family

    def at(self, share: float) -> float:
        """The moment at which a share of its work is done."""
        return self.began + share * (self.done - self.began)

    def share(self, now: float) -> float:
        """How much of its work is done, 0 to 1."""
        if now >= self.done:
            return 1.0
        return max(0.0, (now - self.began) / (self.done - self.began))

    def settle(self, now: float) -> None:
        """Give the credits of a failure back, once it is one.

        How soon MusicAPI does is not documented ("previously refunded"); the sandbox at once.
        """
        if self.settled or now < self.done:
            return
        self.settled = True
        if self.ending.refunded:
            self.payer.refund(self.charge, self.charge.amount, self.done)

    def entry(self, now: float) -> Entry:
        """Its line in the ledger."""
        over = now >= self.done
        ended = "failed" if self.ending.refunded else "finished"
        return Entry(
            id=self.id,
            kind=self.operation,
            model=self.model,
            state=ended if over else "processing",
            queued=round(self.began, 3),
            done=round(self.done, 3) if over else None,
            currency=self.charge.currency,
            charged=self.charge.amount,
            refunded=self.charge.refunded,
            downloads=self.downloads,
        )


class Fate:
    """Decides by its seed how long tasks take, which of them fail, and how long songs are."""

    def __init__(self, seed: int, shortest: float, longest: float, failing: float) -> None:
        self._rng = Random(f"musicapi {seed}")
        self._shortest, self._longest, self._failing = shortest, longest, failing

    def id(self) -> str:
        """A new UUIDv4."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    def duration(self) -> float:
        """How long the next task takes, in vendor seconds."""
        return self._rng.uniform(self._shortest, self._longest)

    def length(self) -> float:
        """How long the next song is, in its own seconds."""
        return round(self._rng.uniform(60.0, 240.0), 2)

    def ending(self, marks: frozenset[str]) -> Ending:
        """How a task with these marks ends."""
        drawn = self._rng.random() < self._failing, self._rng.random() < 0.5
        if (asked := ending(marks)) is not None:
            return asked
        if not drawn[0]:
            return Ending.SOUND
        return Ending.FAILED if drawn[1] else Ending.TIMEOUT
