"""Harmonia as its API description has it, without the music."""

from __future__ import annotations

import json

from segue.flow import Reply
from segue.testing.hush_vendor import Request

MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 4
"""Four frames of silence."""


class Vendor:
    """Takes `seconds` for a song, and charges for it when it is ordered."""

    def __init__(self, seconds: float = 30.0) -> None:
        self.charged = 0
        self._seconds = seconds
        self._done_at: dict[str, float] = {}

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request; `now` is in seconds."""
        match request.method, *request.path.strip("/").split("/"):
            case "POST", "songs":
                return self._order(now)
            case "GET", "songs", song if song in self._done_at:
                return self._look(song, now)
            case "GET", "audio", _:
                return Reply(status=200, headers={"content-type": "audio/mpeg"}, body=MP3)
            case "GET", "prices":
                return _says({"usd_per_minute": "0.12"})
            case "POST", "lyrics":
                about = json.loads(request.body)["about"]
                return _says({"lyrics": f"[verse]\nThis is about {about}"})
        return _says({"error": {"code": "no_such_song", "message": "there is none"}}, 404)

    def _order(self, now: float) -> Reply:
        self.charged += 1
        song = f"s{self.charged}"
        self._done_at[song] = now + self._seconds
        return _says({"id": song}, 201)

    def _look(self, song: str, now: float) -> Reply:
        left = self._done_at[song] - now
        if left > 0:
            return _says({"state": "working", "progress": 1 - left / self._seconds})
        return _says({"state": "done", "url": f"/audio/{song}.mp3", "charged_usd": "0.12"})


def _says(body: object, status: int = 200) -> Reply:
    headers = {"content-type": "application/json"}
    return Reply(status=status, headers=headers, body=json.dumps(body).encode())
