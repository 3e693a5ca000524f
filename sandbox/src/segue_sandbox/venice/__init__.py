"""Venice (api.venice.ai) as a state machine: `Venice(seed=1).handle(request, now)`.

Its rules are those of Venice's public documents, and nothing was checked against the live
service. Where the documents are silent, a docstring says so beside the choice that was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.accounts import Account
from segue_sandbox.audio import Composer
from segue_sandbox.clock import Dial
from segue_sandbox.ledger import Booked, statement
from segue_sandbox.vendor import Refused, made, with_headers
from segue_sandbox.venice import bills, errors, music, speech
from segue_sandbox.venice.catalogue import listing
from segue_sandbox.venice.desk import Desk, Visit
from segue_sandbox.venice.fate import Fate

__all__ = ["Venice"]

_VERSION = "20260821.193530"
_FREE = ("GET /models", "POST /audio/quote")
"""What needs no key."""


class Venice:
    """The vendor. `job_seconds` is the range of job times; `failing` the share that fails.

    `sound(prompt, seconds, container)` makes the audio; by default the local composer does.
    """

    name = "venice"
    prefix = "/venice/api/v1"

    def __init__(
        self,
        *,
        seed: int = 0,
        job_seconds: tuple[float, float] = (10.0, 40.0),
        failing: float = 0.0,
        sound: music.Sound | None = None,
        dial: Dial | None = None,
    ) -> None:
        self._session = Desk(Fate(seed, *job_seconds, failing), dial or Dial())
        sound = sound or Composer()
        desk = self._session
        self._rooms: Mapping[str, Callable[[Visit], Reply]] = {
            "GET /models": lambda visit: listing(visit.query),
            "POST /audio/quote": music.quote,
            "POST /audio/queue": lambda visit: music.queue(desk, visit),
            "POST /audio/retrieve": lambda visit: music.retrieve(desk, visit, sound),
            "POST /audio/complete": lambda visit: music.complete(desk, visit),
            "POST /audio/speech": lambda visit: speech.speech(desk, visit),
            "POST /audio/transcriptions": lambda visit: speech.transcribe(desk, visit),
            "POST /audio/voices": lambda visit: speech.clone(desk, visit),
            "GET /api_keys/rate_limits": lambda visit: bills.rate_limits(desk, visit),
            "GET /billing/balance": bills.balance,
        }

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request, audio and all."""
        return made(self.answer(request, now))

    def answer(self, request: Request, now: float) -> Reply:
        """Answer a request; audio is made later."""
        self._session.settle(now)
        try:
            reply = self._admit(request, now)
        except Refused as refused:
            reply = refused.reply
        return with_headers(reply, {"x-venice-version": _VERSION})

    def refusal(self, status: int) -> Reply:
        """What Venice says with an error status."""
        return errors.standard(status)

    def ledger(self, now: float) -> Mapping[str, object]:
        """Each account's charges and refunds, by the key's fingerprint."""
        self._session.settle(now)
        booked: list[Booked] = [*self._session.jobs.values(), *self._session.paid]
        return statement(self._session.accounts.values(), booked, now)

    def _admit(self, request: Request, now: float) -> Reply:
        path, _, query = request.path.partition("?")
        room = f"{request.method} {path}"
        if room == "GET /billing/usage":
            raise errors.plain(410, "Gone")
        if path.startswith("/audio/voice-changer/"):
            raise errors.unknown_model("elevenlabs-voice-changer")
        if room not in self._rooms:
            raise errors.plain(404, "Not found")
        free = room in _FREE
        key, account = (
            ("", Account("", {}, self._session.dial)) if free else self._session.account(request)
        )
        visit = Visit(
            request=request, path=path, query=dict(parse_qsl(query)), now=now, key=key,
            account=account,
        )  # fmt: skip
        return self._rooms[room](visit) if free else self._served(room, visit)

    def _served(self, room: str, visit: Visit) -> Reply:
        """A keyed request: within the budget and the limits, with its headers."""
        desk, now = self._session, visit.now
        bucket = desk.bucket(visit.account, visit.request)
        desk.budgeted(bucket, now)
        visit.account.renew(now)
        headers = {
            f"x-venice-balance-{name.lower()}": str(visit.account.spendable(name))
            for name in ("USD", "DIEM")
        }
        headers |= desk.paced(visit.path, visit.account, now)
        try:
            reply = self._rooms[room](visit)
        except Refused as refused:
            reply = desk.counted(bucket, refused.reply, now)
        return with_headers(reply, headers)
