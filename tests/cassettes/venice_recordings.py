"""Every cassette of Venice: its story, and how the sandbox is made to answer so.

The bodies of faults are those that Venice's documents print.
"""

from __future__ import annotations

from typing import Any

import segue
from segue_venice import Venice
from tests.venice.known import DOC_ROW

from .recordings import Recording, Shelf, ending, instead
from .venice_stories import (
    PROMPT,
    TASK,
    balance,
    carried_on,
    cloned,
    emptied,
    instrumental,
    is_speech,
    look,
    marked,
    released,
    song,
    spoken,
    streamed,
    submit,
    transcribed,
)

SUPPORT = (
    "Invalid request parameters. For assistance, please reach out to support@venice.ai and"
    " reference request ID: abc123"
)
BUDGET = (
    "Too many failed attempts (> 50) resulting in a non-success status code."
    " Please wait 30 seconds and try again."
)
SUGGESTION = "A cinematic instrumental track inspired by stormy weather and dramatic tension."


QUEUE, LOOK, RATES = "POST /audio/queue", "POST /audio/retrieve", "GET /api_keys/rate_limits"
ONE_ROW = instead(
    "GET /models", 200, {"object": "list", "type": "music", "data": [DOC_ROW]}
)  # the row that the documents print, and no other: the catalogue is long
WALLET = {
    "error": "Payment required",
    "code": "PAYMENT_REQUIRED",
    "reason": "insufficient_balance",
    "currentBalanceUsd": 0.01,
    "minimumBalanceUsd": 0.1,
    "topUpInstructions": {},
    "siwxChallenge": {},
}
KEYLESS = {
    "x402Version": 2,
    "error": "Authentication required",
    "resource": {},
    "accepts": [],
    "extensions": {},
    "authOptions": {},
}
RESET = {
    "x-ratelimit-limit-requests": "120",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "1800000060000",
}


def refusal(about: str, result: object, **how: Any) -> Recording:
    """A submission that is refused; `how` are the other fields of `Recording`."""
    task = how.pop("task", TASK)
    return Recording(about, ending(submit(task)), result, cut=[ONE_ROW], **how)


def answer(about: str, result: object, status: int, body: object, **headers: str) -> Recording:
    """The question for the balance, answered with an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fault = instead(RATES, status, body, headers=named)
    return Recording(about, ending(balance), result, faults=[fault])


def verdict(about: str, mark: str, result: object) -> Recording:
    """A job that comes to a bad end."""
    mark = f"[sandbox:{mark}]"
    return Recording(about, marked(mark), result, cut=[ONE_ROW], mark=mark)


RECORDINGS = {
    "song": Recording(
        "a song end to end: catalogue, quote, queue, polls, audio, download, release",
        song,
        (True, "0.03 USD", ["song.flac"]),
        seconds=18.0,
        live=True,
        drivers=("sync", "asyncio", "trio"),
    ),
    "instrumental": Recording(
        "the request that Venice's guide prints; an MP3",
        instrumental,
        ["mp3"],
        backend="venice/elevenlabs-music",
        cut=[ONE_ROW],
        live=True,
    ),
    "balance": Recording(
        "what the key may still spend",
        lambda client, _folder: balance(client),
        ["100 USD", "0 diem", "0 credits"],
        live=True,
    ),
    "speech": Recording("a text, read aloud to a file", spoken, is_speech),
    "speech-streamed": Recording("the same, as it comes", streamed, is_speech),
    "transcription": Recording(
        "a recording, sent in a form",
        transcribed,
        lambda text: text.startswith("sandbox transcription "),
    ),
    "cloned-voice": Recording("a voice, cloned", cloned, ("vv_", "tts-chatterbox-hd")),
    "released": Recording(
        "released twice, then polled: 404, expired",
        released,
        "expired",
        cut=[ONE_ROW],
        live=True,
    ),
    "unknown-id": Recording(
        "an id that was never given out: 400, no verdict on a job",
        ending(look),
        ("NotFound", 400),
        live=True,
    ),
    "rejected-when-polled": verdict(
        "refused by the content policy after it was queued: 422",
        "violation",
        ("JobFailed", SUGGESTION),
    ),
    "invalid-when-polled": verdict(
        "the provider could not work with it: 400 at the poll", "invalid", ("JobFailed", None)
    ),
    "capacity": refusal(
        "503 at the queue: the model is at capacity",
        ("Unavailable", 503),
        faults=[instead(QUEUE, 503)],
    ),
    "capacity-when-polled": Recording(
        "503 at a poll, once: waited on",
        carried_on,
        ["song.flac"],
        cut=[ONE_ROW],
        faults=[instead(LOOK, 503, nth=1)],
    ),
    "rate-limit": Recording(
        "429 at a poll, with the header that tells the reset: waited on",
        carried_on,
        ["song.flac"],
        cut=[ONE_ROW],
        faults=[instead(LOOK, 429, nth=1, headers=RESET)],
    ),
    "rate-limit-of-the-queue": refusal(
        "429 at the queue: not sent again by itself",
        ("RateLimited", 429),
        faults=[instead(QUEUE, 429, headers={**RESET, "x-ratelimit-limit-requests": "40"})],
    ),
    "overloaded": Recording(
        "429 with Retry-After at a poll: waited on",
        carried_on,
        ["song.flac"],
        cut=[ONE_ROW],
        faults=[
            instead(
                LOOK,
                429,
                {"error": "The model is currently overloaded."},
                nth=1,
                headers={"retry-after": "30"},
            ),
        ],
    ),
    "error-budget": answer(
        "429: too many failed requests",
        ("RateLimited", 429),
        429,
        {"error": BUDGET},
        x_ratelimit_remaining="0",
        x_ratelimit_resets="1800000030000",
    ),
    "html-page": Recording(
        "a page with status 200 in the place of a poll: waited on",
        carried_on,
        ["song.flac"],
        cut=[ONE_ROW],
        faults=[{"endpoint": LOOK, "kind": "garbage", "nth": 1}],
    ),
    "empty-audio": Recording(
        "audio without a byte, at a poll and at a download",
        emptied,
        (True, []),
        cut=[ONE_ROW],
        faults=[*({"endpoint": LOOK, "kind": "empty_audio", "nth": n} for n in (2, 4))],
    ),
    "tagged-flac": Recording(
        "FLAC behind an ID3 tag: told by what follows the tag",
        carried_on,
        ["song.flac"],
        cut=[ONE_ROW],
        faults=[{"endpoint": LOOK, "kind": "id3_flac"}],
    ),
    "unknown-field": refusal(
        "400 of the schema: a field that Venice does not know",
        ("Rejected", 400),
        task=segue.Generate(prompt=PROMPT, extra={"venice": {"mood": "calm"}}),
    ),
    "unsupported-option": refusal(
        "400: a field that this model does not take",
        ("Rejected", 400),
        backend="venice/minimax-music-v25",
    ),
    "upstream": refusal(
        "400 of the provider behind Venice, with a request id",
        ("Rejected", 400),
        faults=[instead(QUEUE, 400, {"error": SUPPORT, "request_id": "abc123"})],
    ),
    "wrong-key": Recording(
        "401: the key is not known", ending(balance), ("AuthenticationFailed", 401), key="bad-key"
    ),
    "pro-model": refusal(
        "401: a model for Pro users",
        ("AuthenticationFailed", 401),
        faults=[instead(QUEUE, 401, {"error": "This model is only available to Pro users"})],
    ),
    "admin-key": answer(
        "401: a question for keys of the kind ADMIN",
        ("AuthenticationFailed", 401),
        401,
        {"error": "Admin API key required"},
    ),
    "no-funds": refusal(
        "402: no balance covers the price", ("InsufficientFunds", 402), key="poor-key"
    ),
    "spend-limit": refusal(
        "402: the key's own limit", ("InsufficientFunds", 402), key="limited-key"
    ),
    "wallet": answer(
        "402: a wallet below its least balance", ("InsufficientFunds", 402), 402, WALLET
    ),
    "no-key": answer(
        "402, not 401: the request carried no key", ("AuthenticationFailed", 402), 402, KEYLESS
    ),
    "private-key": refusal(
        "403: a key for private models only", ("AuthenticationFailed", 403), key="private-key"
    ),
    "fenced-key": Recording(
        "403: not from this address",
        ending(balance),
        ("AuthenticationFailed", 403),
        key="fenced-key",
    ),
    "unknown-model": refusal(
        "404 at the queue: no such model", ("NotFound", 404), backend="venice/no-such-model"
    ),
    "too-large": refusal(
        "413: the request is too large", ("Rejected", 413), faults=[instead(QUEUE, 413)]
    ),
    "content-policy": refusal(
        "422 at the queue, with a prompt that would be taken",
        ("ContentPolicy", 422),
        task=segue.Generate(prompt=f"{PROMPT} [sandbox:refused]"),
        mark="[sandbox:refused]",
    ),
    "content-policy-bare": refusal(
        "422 at the queue, without one", ("ContentPolicy", 422), faults=[instead(QUEUE, 422)]
    ),
    "failed-inference": refusal(
        "500 at the queue: whether it was charged is not known",
        ("SubmissionUnknown", None),
        faults=[instead(QUEUE, 500)],
    ),
    "server-error": Recording(
        "500, 502 and 504, then the answer: asked again",
        lambda client, _folder: balance(client),
        ["100 USD", "0 diem", "0 credits"],
        faults=[
            instead(RATES, status, {"error": told}, nth=nth)
            for nth, (status, told) in enumerate(
                [
                    (500, "Inference processing failed"),
                    (502, "upstream"),
                    (504, "timeout"),
                ],
                start=1,
            )
        ],
    ),
    "offline": answer(
        "503: temporarily offline", ("Unavailable", 503), 503, {"error": "temporarily offline"}
    ),
}
"""Every cassette of Venice, by its file's name."""

VENICE = Shelf(provider=Venice, recordings=RECORDINGS, backend="venice/ace-step-15")
