"""Every cassette of MusicAPI: its story, and how the sandbox is made to answer so.

Answers are those of MusicAPI's documents and OpenAPI file; words that they do not print are the
sandbox's, as `docs/sandbox-musicapi.md` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import segue
from segue.tasks import Source
from segue.testing.cassettes import Story
from segue_musicapi import CreateVoice, Download, MusicAPI

from .musicapi_stories import (
    RECORDING,
    SONG,
    asked,
    asking,
    brought,
    carried,
    credits_left,
    downloaded,
    failing,
    gone,
    hurried,
    joined,
    parted,
    strangers,
    submit,
    transcribed,
    voiced,
    worded,
    written,
)
from .recordings import Recording, Shelf, ending, instead, refused_each

CREATE = "POST /api/v1/sonic/create"
PRODUCER, STUDIO = "musicapi/producer", "musicapi/studio130-v1.5"
RIFFUSION, SUNO = "musicapi/FUZZ-1.1 Pro", "musicapi/suno/sonic-v5"
FAMILIES = {
    "sonic": "musicapi/sonic-v5",
    "producer": PRODUCER,
    "studio": STUDIO,
    "riffusion": RIFFUSION,
    "suno": SUNO,
}
PAIR = (2, ["succeeded", "succeeded"], False)
SAID = "Music generation failed. Credits have been refunded."
UNKNOWN = ("SubmissionUnknown", None)
LATE = "Task failed due to timeout. Credits were previously refunded."
TYPES = {
    "failed": SAID,
    "timeout": "Music generation timed out. Credits have been refunded.",
    "forbidden": "The request was rejected by upstream. Credits have been refunded.",
    "api_error": "Upstream API error. Credits have been refunded.",
    "bad_request": "Upstream rejected the request. Credits have been refunded.",
}


def word(mark: str) -> str:
    """A word for the sandbox, as a prompt has it."""
    return f"[sandbox:{mark}]"


def marks(*told: str) -> str:
    """Several of them, for the table."""
    return "`, `".join(map(word, told))


def song(family: str, about: str, result: object = PAIR, **how: Any) -> Recording:
    """A song end to end."""
    task = how.pop("task", asking())
    return Recording(
        f"a song of {family}'s end to end: {about}",
        carried(task),
        result,
        backend=FAMILIES[family],
        seconds=25.0,
        live=True,
        **how,
    )


def failures(family: str, about: str, ends: dict[str, str], **how: Any) -> Recording:
    """Jobs that come to a bad end, by the words that ask for it; each is told to be refunded."""
    return Recording(
        about,
        failing(*(asking(word(mark)) for mark in ends)),
        [(reason, True) for reason in ends.values()],
        backend=FAMILIES[family],
        mark=marks(*ends),
        **how,
    )


def refusals(family: str, untold: tuple[str, int | None] = UNKNOWN) -> Recording:
    """Everything that a submission is refused for, in the family's own envelope; `untold` is how
    a 200 without a task is taken."""
    told = ("refused", "copyright", "artist", "retired", "no-task-id")
    return Recording(
        f"{family} refuses: moderation three times (403), retired (410), and a 200 without a task",
        refused_each(*(asking(word(mark)) for mark in told)),
        [*[("ContentPolicy", 403)] * 3, ("Rejected", 410), untold],
        backend=FAMILIES[family],
        mark=marks(*told),
    )


def job(about: str, story: Story, result: object, **how: Any) -> Recording:
    """A story of quick jobs: they are done at the first poll."""
    return Recording(about, story, result, **{"seconds": 4.0, **how})


def stepwise(*told: Sequence[str]) -> list[segue.Cover]:
    """Covers of a recording that fail at a step."""
    return [
        segue.Cover(source=RECORDING, prompt=" ".join(["jazz", *map(word, one)])) for one in told
    ]


RECORDINGS = {
    "song-sonic": song(
        "sonic",
        "with lyrics and a title; 202, songs that run, one that is ready and one that runs, files",
        task=SONG,
        drivers=("sync", "asyncio", "trio"),
    ),
    "song-producer": song(
        "producer", "`PENDING`, `RUNNING`, `SUCCESS`, an m4a", (1, ["succeeded"], False)
    ),
    "song-studio": song("studio", "its own envelope and progress"),
    "song-riffusion": song("riffusion", "the second song comes later"),
    "song-suno": song("suno", "sonic by its older path"),
    "waiting": job(
        "every other form of waiting: 102 as a type and as a code, code 200 beside songs that run,"
        " `streaming`; a submission that is answered with a `code`",
        carried(asking(*map(word, ("102", "code-200", "streaming", "with-code")))),
        PAIR,
        seconds=30.0,
        mark=marks("102", "code-200", "streaming", "with-code"),
    ),
    "one-failed": job(
        "one of two songs failed: a success in part",
        carried(asking(word("one-failed"))),
        (1, ["succeeded", "failed"], True),
        mark=word("one-failed"),
    ),
    "one-failed-riffusion": job(
        "the same at riffusion",
        carried(asking(word("one-failed"))),
        (1, ["succeeded", "failed"], True),
        backend=RIFFUSION,
        mark=word("one-failed"),
    ),
    "all-failed": failures("sonic", "both songs failed", {"all-failed": SAID}, seconds=4.0),
    "failed": failures("sonic", "each `type` of a failure", TYPES, seconds=4.0),
    "timed-out": failures("sonic", "504 on the task itself: final", {"504": LATE}, seconds=4.0),
    "failed-producer": failures(
        "producer",
        "producer's failures: its own status, a `type`, 504",
        {"status-failed": SAID, "timeout": TYPES["timeout"], "504": LATE},
        seconds=4.0,
    ),
    "failed-studio": failures(
        "studio",
        "studio's failures: `FAILURE` with its reason, twice, and 504",
        {"failed": SAID, "timeout": TYPES["timeout"], "504": LATE},
        seconds=4.0,
    ),
    "failed-riffusion": failures(
        "riffusion",
        "riffusion's failures: a `type`, both songs, 504",
        {"api_error": TYPES["api_error"], "all-failed": SAID, "504": LATE},
        seconds=4.0,
    ),
    "failed-step": Recording(
        "a step that failed, named in `failed_step`: the upload, the cover; with 400, and with"
        " 200 and no task",
        refused_each(
            *stepwise(
                ["failed-upload"],
                ["failed-step"],
                ["failed-upload", "no-task-id"],
                ["failed-step", "no-task-id"],
            )
        ),
        [("Rejected", 400)] * 2 + [("Rejected", 200)] * 2,
        mark=marks("failed-upload", "failed-step", "no-task-id"),
    ),
    "refusals-sonic": refusals("sonic"),
    "refusals-producer": refusals("producer"),
    "refusals-studio": refusals("studio", ("Rejected", 200)),
    "refusals-riffusion": refusals("riffusion"),
    "refusals-suno": refusals("suno"),
    "no-credits": Recording(
        "403: no credits", ending(submit(asking())), ("InsufficientFunds", 403), key="poor-key"
    ),
    "no-credits-for-a-voice": Recording(
        "402: no credits, for a voice",
        ending(submit(CreateVoice(source=RECORDING))),
        ("InsufficientFunds", 402),
        key="poor-key",
    ),
    "no-subscription": Recording(
        "403: no subscription",
        ending(submit(asking())),
        ("InsufficientFunds", 403),
        key="free-key",
    ),
    "wrong-key": Recording(
        "401: the key is not known",
        ending(lambda client: client.balance()),
        ("AuthenticationFailed", 401),
        key="bad-key",
    ),
    "wrong-value": Recording(
        "400: a value that sonic does not know",
        ending(submit(asking(mv="sonic-v9"))),
        ("Rejected", 400),
    ),
    "unknown-task": Recording(
        "404 and 400: a task of nobody's, no verdict on a job",
        strangers("sonic", "producer", "riffusion", "studio"),
        [("NotFound", 404), ("NotFound", 404), ("NotFound", 400), ("NotFound", 400)],
        live=True,
    ),
    "rate-limit": Recording(
        "429 with `Retry-After`: two songs within three seconds, and the second is not sent again",
        hurried,
        ("RateLimited", 429),
        step=1.0,
    ),
    "no-provider": job(
        "502 of producer's download, in MusicAPI's words: no provider took it",
        ending(submit(Download(source=Source(track="c1")))),
        ("Rejected", 502),
        backend=PRODUCER,
        faults=[
            instead(
                "POST /api/v1/producer/download",
                502,
                {"type": "api_error", "error": "Provider did not return a job id."},
            )
        ],
    ),
    "in-doubt": Recording(
        "504, not in MusicAPI's words: whether it was taken is not known, and it is not sent again",
        ending(submit(asking())),
        UNKNOWN,
        faults=[instead(CREATE, 504, {"message": "Endpoint request timed out"})],
    ),
    "not-a-verdict": job(
        "503, 429 and a page in the place of polls: waited on",
        carried(asking()),
        PAIR,
        faults=[
            {"vendor": "musicapi", "kind": "status", "status": 503, "nth": 2},
            {
                "vendor": "musicapi",
                "kind": "status",
                "status": 429,
                "nth": 3,
                "headers": {"retry-after": "20"},
            },
            {"vendor": "musicapi", "kind": "garbage", "nth": 4},
        ],
    ),
    "gone": job(
        "404 for a file: it is there no more",
        gone,
        ("DownloadError", 404),
        mark=word("gone"),
    ),
    "credits": Recording(
        "both kinds of credits",
        credits_left,
        ("10000", "100", ["10100 credits"]),
        key="extra-key",
        live=True,
    ),
    "joined": job("an extension joined to its song; pairs of `auto_concat`", joined, (True, 2)),
    "stems": job("a song in its stems", parted, 2),
    "voice": job("a voice that is learned, and sung with", voiced, 2),
    "upload": job(
        "a recording brought along; and with its cover, in two steps", brought, (True, 2)
    ),
    "download": job(
        "another file of a piece of producer's", downloaded, [".wav"], backend=PRODUCER
    ),
    "lyrics-as-a-job": job(
        "words by suno's older way: polled, saved, and some that failed",
        written,
        ("running", True, (SAID, True)),
        backend=SUNO,
        seconds=8.0,
        mark=word("failed"),
    ),
    "midi": job("202 until the score is ready", transcribed, True, seconds=12.0),
    "questions": job(
        "every other question: aligned lyrics, tempo, tags, persona, voice, WAV, both uploads, a"
        " shared song",
        asked,
        (4, True, True, True, "complete", True, True, True, "Shared Song"),
    ),
    "lyrics": Recording(
        "504 for lyrics, documented as not charged: asked again",
        worded,
        ["Rain", "Rain (Reprise)"],
        faults=[
            instead(
                "POST /api/v1/sonic/lyrics",
                504,
                {"error": "Upstream generation timed out (no credits charged)"},
                nth=1,
            )
        ],
    ),
}
"""Every cassette of MusicAPI, by its file's name."""

MUSICAPI = Shelf(
    provider=MusicAPI,
    recordings=RECORDINGS,
    backend=FAMILIES["sonic"],
    hosts={
        "/musicapi/cdn": "https://cdn.musicapi.ai",
        "/musicapi/audiopipe": "https://audiopipe.suno.ai",
    },
)
