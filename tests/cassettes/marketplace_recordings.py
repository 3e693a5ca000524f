"""Every cassette of the marketplace: its story, and how the sandbox is made to answer so."""

from __future__ import annotations

import segue
from segue.testing.cassettes import Scrub
from segue_marketplace import Marketplace

from .marketplace_making import SONG, SUBMIT, documented, job, verdict
from .marketplace_refusals import REFUSALS
from .marketplace_stories import (
    PROMPT,
    asking,
    balance,
    by_token,
    by_wrong_token,
    cancelled,
    cancelled_in_vain,
    cancelled_late,
    carried,
    failing,
    song,
)
from .recordings import Recording, Shelf

EXPIRED = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"

JOBS = {
    "song": Recording(
        "a song end to end: catalogue, markets, order book, submission, polls by the job's token,"
        " the music at the API's own address, the account",
        song,
        (True, False, "0.018 USD", "0.018 USD", ["99.982 USD"], ["song.mp3"]),
        seconds=30.0,
        live=True,
        drivers=("sync", "asyncio", "trio"),
    ),
    "song-documented": documented(
        "a song, the music at a signed address", carried(), SONG, seconds=30.0
    ),
    "signature-expired": documented(
        "403 of the storage: a signed address that has expired, and a fresh one",
        carried(),
        SONG,
        seconds=4.0,
        faults=[
            {
                "vendor": "marketplace",
                "kind": "status",
                "status": 403,
                "headers": {"content-type": "application/xml"},
                "body": EXPIRED,
                "nth": 6,
            }
        ],
    ),
    "second-seller": job(
        "the first seller declines, the second takes it at his price",
        carried(asking("[sandbox:second-seller]")),
        ("0.0195 USD", ["song.mp3"]),
        seconds=30.0,
        mark="[sandbox:second-seller]",
    ),
    "two-artifacts": job(
        "two pieces of one job",
        carried(asking("[sandbox:two-artifacts]")),
        ("0.018 USD", ["song.mp3", "song-2.mp3"]),
        mark="[sandbox:two-artifacts]",
    ),
    "discount-met": job(
        "a song with lyrics, `metadata` and `webhook_url`, under a minimum discount",
        carried(
            segue.Generate(
                prompt=PROMPT,
                duration=60,
                lyrics="[Verse]\nthe rain is late",
                extra={
                    "marketplace": {
                        "min_discount": 40,
                        "metadata": {"album": "Rain"},
                        "webhook_url": "https://example.com/done",
                    }
                },
            )
        ),
        SONG,
    ),
    "said-twice": job(
        "a job was taken, and its answer is a 500; the same request under the same"
        " `Idempotency-Key` is answered with that job",
        carried(),
        SONG,
        faults=[{"endpoint": SUBMIT, "kind": "status_after", "status": 500, "nth": 1}],
    ),
    "odd-word": job(
        "a status word that no page lists: waited on",
        carried(asking("[sandbox:odd-word]")),
        SONG,
        mark="[sandbox:odd-word]",
    ),
    "no-seller": verdict(
        "no seller takes it: `failed`, `provider_unavailable`",
        "no-seller",
        ("JobFailed", "provider_unavailable", False),
    ),
    "seller-fails": verdict(
        "a seller takes it and fails: `failed`, `provider_error`",
        "seller-fails",
        ("JobFailed", "provider_error", None),
    ),
    "discount-later": verdict(
        "no offer is cheap enough any more: `failed`, `minimum_discount_not_met`",
        "filtered-later",
        ("JobFailed", "minimum_discount_not_met", False),
    ),
    "cancelled": job(
        "cancelled while a seller was looked for",
        cancelled,
        ("queued", "cancelled", "canceled"),
        seconds=60.0,
        live=True,
    ),
    "cancelled-documented": documented(
        "cancelled while a seller was looked for",
        cancelled,
        ("queued", "cancelled", "canceled"),
        seconds=60.0,
    ),
    "cancelled-late": job(
        "409: cancelled when it was done, and fetched all the same",
        cancelled_late,
        ("succeeded", ["song.mp3"]),
        mark="[sandbox:cancel-409]",
    ),
    "cancelled-in-vain": job(
        "202: cancelled, and it went on",
        cancelled_in_vain,
        ("running", "succeeded"),
        seconds=20.0,
        mark="[sandbox:unstoppable]",
    ),
    "expired": verdict(
        "nobody comes until its time is over",
        "nobody",
        ("JobExpired", None, None),
        step=200.0,
    ),
    "expired-documented": documented(
        "nobody is done until its time is over",
        failing(asking("[sandbox:late]")),
        ("JobExpired", None, None),
        mark="[sandbox:late]",
        step=200.0,
    ),
    "job-token": job(
        "a job of which no more is known than its id and its token; no key is sent to look at it",
        by_token,
        "succeeded",
        live=True,
    ),
    "wrong-token": job(
        "401: a token that is not this job's gives way to the key",
        by_wrong_token,
        "running",
        seconds=30.0,
    ),
    "balance": Recording(
        "what the account may still spend",
        lambda client, _folder: balance(client),
        ["100 USD"],
        live=True,
    ),
    "credit": Recording(
        "the same, of an account that has credit and no wallet",
        lambda client, _folder: balance(client),
        ["100 USD"],
        key="inf_credit-key",
    ),
}

MARKETPLACE = Shelf(
    provider=Marketplace,
    recordings={**JOBS, **REFUSALS},
    backend="marketplace/venice-ace-step-15",
    key="inf_key-of-cassettes",
    hosts={
        "/marketplace/media-artifacts.s3.amazonaws.com": "https://media-artifacts.s3.amazonaws.com"
    },
    scrub=Scrub(headers=("x-si-*", "x-request-id"), shapes=(r"\b(?:inf|mjt)_[A-Za-z0-9]{4,}",)),
)
