"""The desk where every request is admitted: keys, subscriptions, pace and credits."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.accounts import Account, Charge
from segue_sandbox.clock import Dial
from segue_sandbox.ledger import Paid
from segue_sandbox.musicapi import errors, keys
from segue_sandbox.musicapi.clips import Clip
from segue_sandbox.musicapi.prices import IN_LYRICS_CREDITS, price
from segue_sandbox.musicapi.tasks import Fate, Hook, Task
from segue_sandbox.pacing import Window
from segue_sandbox.vendor import Refused, json_reply

PACE = 3.0
"""Seconds between two creates of an account (a copy of the docs, 2026-07-15)."""
EARLY = 0.05
"""How much sooner one may arrive, in the client's seconds: not every request travels as long."""
_HOOKED = (
    "sonic/create", "suno/create", "sonic/mashup", "sonic/replace-section", "sonic/sample",
    "sonic/upload-", "producer/",
)  # fmt: skip
"""Whose requests may name a webhook: those with the two fields in the OpenAPI file."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted request: who asks, what for, and when."""

    request: Request
    family: str
    now: float
    key: str
    account: Account
    origin: str
    id: str = ""
    body: Mapping[str, object] = {}
    marks: frozenset[str] = frozenset()


class Desk:
    """The vendor's state: accounts, tasks, clips and personas."""

    def __init__(self, fate: Fate, dial: Dial) -> None:
        self.fate, self.dial = fate, dial
        self.accounts: dict[str, Account] = {}
        self.tasks: dict[str, Task] = {}
        self.answered: list[Paid] = []
        self.clips: dict[str, Clip] = {}
        self.personas: dict[str, tuple[str, float]] = {}
        self.scores: dict[str, float] = {}
        self.aligned: set[str] = set()
        self._lyrics: dict[str, Account] = {}
        self._window = Window(1, max(0.0, PACE - EARLY * dial.speed))
        self._working: list[tuple[float, str]] = []

    def account(self, key: str) -> Account:
        """A key's account, opened at its first request."""
        return self.accounts.setdefault(key, keys.account(key, self.dial))

    def open(self, visit: Visit, operation: str, model: str = "") -> Task:
        """Take a task on: all that can be refused is refused before the charge."""
        self.moderate(visit)
        if "no-task-id" in visit.marks:
            raise Refused(json_reply(200, {"code": 200, "message": "success"}))
        self._afford(visit, operation)
        if operation.split("/")[1] == "create":
            self._pace(visit)
        task = Task(
            self.fate.id(), operation, account=visit.account,
            payer=self._payer(visit, operation), charge=self._charge(visit, operation),
            began=visit.now, done=visit.now + self.fate.duration(),
            ending=self.fate.ending(visit.marks), marks=visit.marks,
            origin=visit.origin, model=model, hook=_hook(visit, operation),
        )  # fmt: skip
        self.tasks[task.id] = task
        heapq.heappush(self._working, (task.done, task.id))
        return task

    def pay(self, visit: Visit, operation: str) -> None:
        """Charge for a request that is answered at once."""
        self.moderate(visit)
        self._afford(visit, operation)
        charge = self._charge(visit, operation)
        self.answered.append(
            Paid(self.fate.id(), operation, account=visit.account, charge=charge, at=visit.now)
        )

    def moderate(self, visit: Visit) -> None:
        """Refuse what is marked as inappropriate, or as retired."""
        for mark, text in errors.MODERATED.items():
            if mark in visit.marks:
                raise errors.refused(visit.family, 403, text)
        if "retired" in visit.marks:
            raise errors.refused(visit.family, 410)

    def clip(self, visit: Visit, name: str, missing: int = 400) -> Clip:
        """The clip that a field names: one of this account's that can be heard by now."""
        clip = self.clips.get(str(visit.body[name]))
        if clip is None or clip.owner != visit.account.id or not clip.there(visit.now):
            raise errors.refused(visit.family, missing, f"{name}: clip not found.")
        return clip

    def keep(self, *clips: Clip) -> list[Clip]:
        """Put clips on the shelf."""
        self.clips.update((clip.id, clip) for clip in clips)
        return list(clips)

    def settle(self, now: float) -> None:
        """Refund what has failed by now."""
        while self._working and self._working[0][0] <= now:
            self.tasks[heapq.heappop(self._working)[1]].settle(now)

    def _afford(self, visit: Visit, operation: str) -> None:
        """403, thrice: no subscription, no credits, or (above) moderation. create-voice: 402."""
        if not keys.subscribes(visit.key):
            raise errors.refused(visit.family, 403, errors.NO_SUBSCRIPTION)
        funds = self._payer(visit, operation).funds.values()
        if max(funds) < price(operation):
            status = 402 if operation == "sonic/create-voice" else 403
            raise errors.refused(visit.family, status, errors.NO_CREDITS)

    def _charge(self, visit: Visit, operation: str) -> Charge:
        return self._payer(visit, operation).charge(self._due(visit, operation), visit.now)

    def _due(self, visit: Visit, operation: str) -> Decimal:
        """Aligned lyrics are charged for once a clip (observed)."""
        if operation != "sonic/aligned-lyrics":
            return price(operation)
        clip = str(visit.body["clip_id"])
        again = clip in self.aligned
        self.aligned.add(clip)
        return Decimal(0) if again else price(operation)

    def _payer(self, visit: Visit, operation: str) -> Account:
        """Lyrics have credits of their own (2025)."""
        if operation not in IN_LYRICS_CREDITS:
            return visit.account
        return self._lyrics.setdefault(visit.key, keys.lyrics(visit.key, self.dial))

    def _pace(self, visit: Visit) -> None:
        """One create in 3 seconds; how many other requests are admitted is not documented."""
        seat = self._window.ask(visit.account.id, visit.now)
        if not seat.admitted:
            wait = max(1, math.ceil(self.dial.seconds(seat.resets - visit.now)))
            raise errors.refused(visit.family, 429, retry_after=str(wait))


def accepted(task: Task, **more: object) -> Reply:
    """A task's id. Live answers had exactly these two keys; the docs' schema also has `code`."""
    if "with-code" in task.marks:
        more["code"] = 200
    return json_reply(200, {"message": "success", "task_id": task.id, **more})


def _hook(visit: Visit, operation: str) -> Hook | None:
    url = visit.body.get("webhook_url")
    if not url or not operation.startswith(_HOOKED):
        return None
    return Hook(url=str(url), secret=str(visit.body.get("webhook_secret", "")))
