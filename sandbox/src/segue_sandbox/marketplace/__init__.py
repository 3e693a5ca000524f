"""The marketplace (Surplus Intelligence) as a state machine: `Marketplace(seed=1).handle(…)`.

Its rules are those of the vendor's music page and of the pages around it, and what public
clients observed of its video jobs. Nothing was checked against the live service. Where both
are silent, a docstring says so beside the choice that was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.audio import Composer
from segue_sandbox.clock import Dial
from segue_sandbox.ledger import statement
from segue_sandbox.marketplace import address, artifacts, catalogue, errors, keys, music
from segue_sandbox.marketplace.desk import Desk, Visit
from segue_sandbox.marketplace.fate import Fate
from segue_sandbox.marketplace.jobs import Sound
from segue_sandbox.marketplace.keys import Buyer, Forms
from segue_sandbox.marketplace.purse import purse
from segue_sandbox.vendor import Refused, made, with_headers

__all__ = ["Forms", "Marketplace", "Sound"]

_AT_ONCE = frozenset(
    {"chat/completions", "completions", "responses", "embeddings", "images/generations"}
    | {"audio/speech", "audio/transcriptions"}
)
"""Endpoints that a wallet may pay for. They are not modelled beyond their refusal."""


class Marketplace:
    """The vendor. `job_seconds` is the range of job times; `failing` the share that fails, and
    the share whose first seller declines.

    `sound(prompt, seconds, container)` makes the audio; by default the local composer does.
    `forms` are those of all answers, but for keys that begin with `live-` or `documented-`.
    """

    name = "marketplace"
    prefix = address.PREFIX
    roots = ("/v1/", "/api/markets", "/min")
    """Where its paths begin on its own host: relative addresses in its answers lead there."""

    def __init__(
        self,
        *,
        seed: int = 0,
        job_seconds: tuple[float, float] = (10.0, 40.0),
        failing: float = 0.0,
        sound: Sound | None = None,
        dial: Dial | None = None,
        forms: Forms = "live",
    ) -> None:
        self._session = Desk(Fate(seed, *job_seconds, failing), dial or Dial(), keys.forms(forms))
        self._sound = sound or Composer()
        self._requests = 0

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request, audio and all."""
        return made(self.answer(request, now))

    def answer(self, request: Request, now: float) -> Reply:
        """Answer a request; audio, and what tells its size, is made later."""
        self._session.settle(now)
        self._requests += 1
        path, _, query = request.path.partition("?")
        try:
            if (within := address.stored(path)) is not None:
                return artifacts.stored(self._session, within, query, now, self._sound)
            return self._admit(request, path, now)
        except Refused as refused:
            return refused.reply

    def refusal(self, status: int) -> Reply:
        """What the vendor says with an error status."""
        return errors.standard(status)

    def ledger(self, now: float) -> Mapping[str, object]:
        """What each account has paid, in USDC, by the key's fingerprint."""
        self._session.settle(now)
        accounts = [buyer.account for buyer in self._session.buyers.values()]
        return statement(accounts, self._session.jobs.values(), now)

    def _admit(self, request: Request, path: str, now: float) -> Reply:
        floor, parts = address.parted(path)
        if floor is not None and parts[:3] != ["v1", "music", "generations"]:
            raise errors.refused(404)
        match request.method, parts:
            case "GET", ["v1", "models"]:
                return catalogue.listing()
            case "GET", ["api", "markets"]:
                return catalogue.markets(now)
            case "GET", ["api", "markets", model]:
                return catalogue.order_book(model, now)
            case "GET", ["v1", "music", "generations", id]:
                return self._served(
                    request, self._session.polled_by(request, id), now, floor, parts
                )
            case "POST", ["v1", *rest] if "/".join(rest) in _AT_ONCE:
                raise self._unmodelled(request)
            case _:
                return self._served(request, self._session.buyer(request), now, floor, parts)

    def _served(
        self, request: Request, buyer: Buyer, now: float, floor: int | None, parts: Sequence[str]
    ) -> Reply:
        """A buyer's request: within the limits, and with the headers that were observed."""
        number = f"req_{self._requests:08d}"
        headers = {"x-request-id": number, **self._session.paced(buyer, request.method, now)}
        origin = address.origin(request.headers)
        visit = Visit(
            request=request, now=now, origin=origin, buyer=buyer, number=number, floor=floor
        )
        try:
            reply = self._room(visit, request.method, parts)
        except Refused as refused:
            reply = refused.reply
        return with_headers(reply, headers) if buyer.forms == "live" else reply

    def _room(self, visit: Visit, method: str, parts: Sequence[str]) -> Reply:
        match method, parts:
            case "POST", ["v1", "music", "generations"]:
                return music.submit(self._session, visit)
            case "GET", ["v1", "music", "generations", id]:
                return music.poll(self._session, visit, id, self._sound)
            case "DELETE", ["v1", "music", "generations", id]:
                return music.cancel(self._session, visit, id)
            case "GET", ["v1", "media", "artifacts", id, index]:
                return artifacts.fetched(self._session, visit, id, index, self._sound)
            case "GET", ["v1", "buyer", "me"]:
                return purse(self._session, visit)
            case _:
                raise errors.refused(404)

    def _unmodelled(self, request: Request) -> Refused:
        """Without a key such an endpoint asks to be paid by wallet; with one, it is not here."""
        if "authorization" not in request.headers:
            return errors.wallet()
        self._session.buyer(request)
        return errors.refused(404)
