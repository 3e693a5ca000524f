"""Harmonia as its API description has it, without the music."""

from __future__ import annotations

import json

from segue.flow import Reply
from segue.testing.hush_vendor import Request

MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 4
"""Four frames of silence."""

MODELS = {"aria": 240, "etude": 60}
"""The models, and how many seconds a song of each may have."""


class Vendor:
    """Takes `seconds` for a song, and charges for it when it is ordered."""

    def __init__(self, seconds: float = 30.0) -> None:
        self.charged = 0
        self._seconds = seconds
        self._done_at: dict[str, float] = {}
        self._stopped: set[str] = set()

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request; `now` is in seconds."""
        path, _, query = request.path.strip("/").partition("?")
        if (public := _shown(path, query)) is not None:
            return _says(public)
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return _wrong(401, "bad_key")
        return self._answered(request, path.split("/"), now)

    def _answered(self, request: Request, path: list[str], now: float) -> Reply:
        match request.method, *path:
            case "POST", "songs":
                return self._order(json.loads(request.body), now)
            case method, "songs", song if song in self._done_at:
                return self._stop(song, now) if method == "DELETE" else self._state(song, now)
            case "GET", "audio", _:
                return Reply(status=200, headers={"content-type": "audio/mpeg"}, body=MP3)
            case "GET", "credit":
                return _says({"usd": "12.50"})
            case "POST", "lyrics":
                about = json.loads(request.body)["about"]
                return _says({"lyrics": f"[verse]\nThis is about {about}"})
        return _wrong(404, "no_such_song")

    def _order(self, order: dict[str, object], now: float) -> Reply:
        model = order.get("model", "aria")
        if "prompt" not in order or model not in MODELS:
            return _wrong(400, "bad_request")
        self.charged += 1
        song = f"s{self.charged}"
        self._done_at[song] = now + self._seconds
        return _says({"id": song}, 201)

    def _stop(self, song: str, now: float) -> Reply:
        if song in self._stopped or now >= self._done_at[song]:
            return _wrong(409, "too_late")
        self.charged -= 1
        self._stopped.add(song)
        return self._state(song, now)

    def _state(self, song: str, now: float) -> Reply:
        if song in self._stopped:
            return _says({"state": "stopped"})
        left = self._done_at[song] - now
        if left > 0:
            return _says({"state": "working", "progress": 1 - left / self._seconds})
        return _says({"state": "done", "url": f"/audio/{song}.mp3", "charged_usd": "0.12"})


def _shown(path: str, query: str) -> object:
    """The answers that need no key."""
    if path == "models":
        return {"models": [{"id": name, "longest": longest} for name, longest in MODELS.items()]}
    if path == "prices":
        return {"usd_per_minute": "0.05" if query == "model=etude" else "0.12"}
    return None


def _wrong(status: int, code: str) -> Reply:
    return _says({"error": {"code": code, "message": code.replace("_", " ")}}, status)


def _says(body: object, status: int = 200) -> Reply:
    headers = {"content-type": "application/json"}
    return Reply(status=status, headers=headers, body=json.dumps(body).encode())
