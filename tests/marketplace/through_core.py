"""What the tests through core share: the script's words, and a hasty marketplace."""

from __future__ import annotations

import json

from toy_vendor import WAV, Answer

import segue
from segue.provider import Cadence
from segue_marketplace import Marketplace

ID = "01M2E752E5S0GQ5AYRJWB8WGD1"
TASK = segue.Generate(prompt="a gentle piano melody", duration=60)
SUBMIT, JOB = "/v1/music/generations", f"/v1/music/generations/{ID}"
FILE = f"/v1/media/artifacts/{ID}/0"
BOOK = "/api/markets/venice-ace-step-15"
OVER = "Mon, 15 Apr 2024 12:20:00 GMT"


def says(body: object, status: int = 200, **headers: str) -> Answer:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(body).encode(), headers=told)


def done(*urls: str, **told: object) -> Answer:
    results = [{"artifact_index": place, "url": url, **told} for place, url in enumerate(urls)]
    usage = {"buyer_cost_usdc": "28000", "settlement_status": "confirmed"}
    return says({"status": "succeeded", "results": results, "usage": usage})


SONG = Answer(body=WAV, kind="audio/wav")
PAGE = Answer(body=b"<html>log in</html>", kind="text/html", status=403)


class Hasty(Marketplace):
    """The marketplace for those who cannot wait."""

    cadence = Cadence(first=0.001, growth=1.2, cap=0.01)
