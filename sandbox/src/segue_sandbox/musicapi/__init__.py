"""MusicAPI (musicapi.ai) as a state machine: `MusicAPI(seed=1).handle(request, now)`.

Its rules are those of MusicAPI's public documents and of what working clients report; nothing
was checked against the live service. Where they are silent, a docstring says so beside the
choice that was made. `DOC` marks a rule of MusicAPI's own pages or OpenAPI file.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.audio import Composer
from segue_sandbox.clock import Dial
from segue_sandbox.musicapi import bills, errors, files, keys, states, suno
from segue_sandbox.musicapi.desk import Desk, Visit
from segue_sandbox.musicapi.marks import marks
from segue_sandbox.musicapi.rooms import ROOMS, TASKS, VIEWS
from segue_sandbox.musicapi.tasks import Fate
from segue_sandbox.musicapi.webhooks import Delivery, deliveries
from segue_sandbox.strict import json_of
from segue_sandbox.vendor import Refused, json_reply, made

__all__ = ["Delivery", "MusicAPI"]

_API = "/api/v1"


class MusicAPI:
    """The vendor. `job_seconds` is the range of task times; `failing` the share that fails.

    `sound(prompt, seconds, container)` makes the audio; by default the local composer does.
    The API is below `/api/v1`, and the files that answers point to beside it.
    """

    name = "musicapi"
    prefix = "/musicapi"

    def __init__(
        self,
        *,
        seed: int = 0,
        job_seconds: tuple[float, float] = (10.0, 40.0),
        failing: float = 0.0,
        sound: files.Sound | None = None,
        dial: Dial | None = None,
    ) -> None:
        self._session = Desk(Fate(seed, *job_seconds, failing), dial or Dial())
        self._sound = sound or Composer()

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request, audio and all."""
        return made(self.answer(request, now))

    def answer(self, request: Request, now: float) -> Reply:
        """Answer a request; audio is made later."""
        self._session.settle(now)
        path, _, query = request.path.partition("?")
        if request.method == "GET" and path.startswith((files.CDN, files.PIPE)):
            return files.fetched(self._session, path, query, now, self._sound)
        if not path.startswith(f"{_API}/"):
            return json_reply(404, {"error": "Not found"})
        try:
            return self._admit(request, path.removeprefix(f"{_API}/"), now)
        except Refused as refused:
            return refused.reply

    def refusal(self, status: int) -> Reply:
        """What MusicAPI says with an error status."""
        return errors.standard(status)

    def deliveries(self, now: float) -> list[Delivery]:
        """The webhooks that would have been sent by now, in order of time."""
        desk = self._session
        found = [
            delivery
            for task in desk.tasks.values()
            if task.hook is not None
            for delivery in deliveries(task, now, desk.dial, VIEWS[task.family])
        ]
        return sorted(found, key=lambda delivery: delivery.at)

    def ledger(self, now: float) -> Mapping[str, object]:
        """Each account's charges and refunds by the key's fingerprint, and its webhooks."""
        self._session.settle(now)
        return bills.ledger(self._session, self.deliveries(now), now)

    def _admit(self, request: Request, path: str, now: float) -> Reply:
        key = keys.bearer(request.headers.get("authorization"))
        headers = request.headers
        visit = Visit(
            request=request, family=path.partition("/")[0], now=now, key=key,
            account=self._session.account(key),
            origin=files.origin(
                headers.get("host"), headers.get("x-forwarded-proto"), self.prefix
            ),
        )  # fmt: skip
        if visit.family == "nuro":  # gone, family and all (the sibling's pages)
            raise errors.refused("nuro", 410)
        if request.method == "POST":
            return self._ordered(visit, path)
        return self._looked(visit, path) if request.method == "GET" else _nothing(visit)

    def _ordered(self, visit: Visit, path: str) -> Reply:
        room = ROOMS.get(path)
        if room is None:
            return _nothing(visit)
        body = json_of(visit.request.body)
        if not isinstance(body, dict):
            raise errors.refused(visit.family, 400, "Invalid JSON body.")
        given = {name: value for name, value in body.items() if value is not None}
        found = marks(visit.request.body)
        return room(self._session, msgspec.structs.replace(visit, body=given, marks=found))

    def _looked(self, visit: Visit, path: str) -> Reply:
        if path == "get-credits":
            funds = visit.account.funds
            told = {name: int(funds[name]) for name in ("credits", "extra_credits")}
            return json_reply(200, told)
        place, _, id_ = (path if path not in TASKS else f"{path}/").rpartition("/")
        if place == "suno/get-lyrics" and id_:
            return suno.get_lyrics(self._session, msgspec.structs.replace(visit, id=id_))
        if place not in {*TASKS, "suno/get-lyrics"}:
            return _nothing(visit)
        if not id_:
            raise errors.refused(visit.family, 400, errors.NO_TASK_ID)
        return self._polled(visit, TASKS[place], id_)

    def _polled(self, visit: Visit, family: str, id_: str) -> Reply:
        """How a task stands; an id that is none is 404 by the OpenAPI file, or 400 by the older
        error page and where that file knows no 404."""
        desk = self._session
        task = desk.tasks.get(id_)
        known = task is not None and task.account is visit.account and task.family == family
        if task is None or not known:
            status = 404 if family in {"sonic", "producer"} else 400
            raise errors.refused(visit.family, status, errors.NO_TASK)
        return states.reply(VIEWS[family](task, visit.now, desk.dial))


def _nothing(visit: Visit) -> Reply:
    return json_reply(404, errors.said(visit.family, 404, "Not found"))
