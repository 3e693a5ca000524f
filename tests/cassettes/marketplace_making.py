"""What the cassettes of the marketplace are made with: short catalogues, and faults in the
words of the vendor's pages or of public clients that observed them."""

from __future__ import annotations

from typing import Any

from segue.testing.cassettes import Story
from tests.marketplace.known import MARKETS, OFFER, ROWS

from .marketplace_stories import TASK, asking, failing, submit
from .recordings import Recording, ending, instead, refused_each

SUBMIT, ME = "POST /v1/music/generations", "GET /v1/buyer/me"
PRICES = {"media_unit_price": 18000, "direct_media_unit_price": 30000}
ONE_ROW = (
    instead("GET /v1/models", 200, {"data": [ROWS[1]]}),
    instead("GET /api/markets", 200, {"markets": [MARKETS[0]]}),
    instead("GET /api/markets/venice-ace-step-15", 200, {"offers": [{**OFFER, **PRICES}]}),
)  # the catalogue, the markets and their books are long
DOCUMENTED = "inf_documented-key"
SONG = ("0.018 USD", ["song.mp3"])


def told(message: str, code: str | None = None) -> dict[str, object]:
    """An error in the marketplace's envelope, which may have no code."""
    error = {"type": "invalid_request_error", "code": code, "message": message}
    return {"error": {name: value for name, value in error.items() if value}}


def job(about: str, story: Story, result: object, **how: Any) -> Recording:
    """A job whose catalogue is short; `how` are the other fields of `Recording`."""
    return Recording(about, story, result, cut=ONE_ROW, **how)


def documented(about: str, story: Story, result: object, **how: Any) -> Recording:
    """The same, in the forms of the vendor's pages."""
    return job(f"{about}, in the documented form", story, result, key=DOCUMENTED, **how)


def verdict(about: str, mark: str, result: object, **how: Any) -> Recording:
    """A job that comes to a bad end."""
    mark = f"[sandbox:{mark}]"
    return job(about, failing(asking(mark)), result, mark=mark, **how)


def refusal(about: str, result: object, **how: Any) -> Recording:
    """A submission that is refused."""
    return job(about, ending(submit(how.pop("task", TASK))), result, **how)


def answer(about: str, result: object, status: int, body: object, **headers: str) -> Recording:
    """A submission that is answered with this error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal(about, result, faults=[instead(SUBMIT, status, body, headers=named)])


def marked(about: str, result: object, *marks: str) -> Recording:
    """Submissions that are refused one after another, each for a word in its prompt."""
    words = [f"[sandbox:{mark}]" for mark in marks]
    return job(about, refused_each(*map(asking, words)), result, mark="`, `".join(words))
