"""What each vendor answers when all is well, from its documents: what garbage is made of."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from segue import Generate
from segue.flow import Reply
from segue.job import Snapshot, Status, Ticket, Track
from segue.provider import Provider
from segue_marketplace import Marketplace
from segue_musicapi import MusicAPI
from segue_venice import Venice

ID = "123e4567-e89b-12d3-a456-426614174000"
_JSON = {"content-type": "application/json", "date": "Thu, 01 Jan 2026 12:00:00 GMT"}
_FILE = "https://cdn.example.com/a.mp3"
_REFUSING = frozenset({"error", "fail", "failed", "failure"})
_HARMONIA = Path(__file__).parents[1] / "docs/example/segue-harmonia/src"


class Step(NamedTuple):
    """A method of a provider, and the vendor's good answers to its requests, in their order.
    `named` is where the answer to a submission names the job, `refusing` are values of `code` with
    which the vendor says all the same that there is none."""

    provider: str
    method: str
    start: Callable[[], Any]
    answers: tuple[Reply, ...]
    named: tuple[str, ...] = ()
    refusing: frozenset[str] = frozenset()


def steps() -> list[Step]:
    """All of them: a provider's each, and of MusicAPI each family's."""
    return [*_venice(), *_marketplace(), *_musicapi(), *_harmonia()]


def _json(told: object, status: int = 200, **headers: str) -> Reply:
    body = msgspec.json.encode(told)
    return Reply(status=status, headers={**_JSON, **headers}, body=body, endpoint="GET /x")


def _steps(
    provider: Provider,
    task: Generate,
    ticket: Ticket,
    answers: Mapping[str, list[tuple[Reply, ...]]],
    named: tuple[str, ...],
) -> Iterator[Step]:
    done = Snapshot(
        status=Status.SUCCEEDED,
        tracks=(Track(id="1", status=Status.SUCCEEDED, url=_FILE),),
    )
    family = ticket.state.get("family")
    name = f"{ticket.provider}/{family}" if family else ticket.provider
    arguments: Mapping[str, tuple[object, ...]] = {
        "submit": (task,),
        "quote": (task,),
        "models": (),
        "balance": (),
        "download": (ticket, done),
    }
    for method, several in answers.items():
        given = arguments.get(method, (ticket,))
        for one in several:
            start = partial(getattr(provider, method), *given)
            if method == "submit":
                refusing = _REFUSING if family == "studio" else frozenset[str]()
                yield Step(name, method, start, one, named, refusing)
            else:
                yield Step(name, method, start, one)


def _venice() -> Iterator[Step]:
    row = {
        "id": "ace-step-15",
        "type": "music",
        "model_spec": {
            "name": "ACE-Step",
            "pricing": {"durations": {"60": {"usd": 0.03}, "90": {"usd": 0.04}}},
            "supports_lyrics": True,
            "duration_options": [60, 90],
            "max_duration": 210,
        },
    }
    audio = Reply(
        status=200, headers={"content-type": "audio/flac", "x-venice-audio-duration": "61.5"}
    )
    running = {"status": "PROCESSING", "average_execution_time": 20000, "execution_duration": 5200}
    answers = {
        "submit": [(_json({"model": "ace-step-15", "queue_id": ID, "status": "QUEUED"}),)],
        "poll": [
            (_json(running),),
            (msgspec.structs.replace(audio, body=None),),
            (_json({"error": "no", "suggested_prompt": "a calm sea"}, 422),),
            (_json({"status": "COMPLETED", "url": _FILE}),),
        ],
        "download": [()],
        "release": [(_json({"success": True}),)],
        "models": [(_json({"data": [row, {**row, "id": "other"}]}),)],
        "quote": [(_json({"data": [row]}), _json({"quote": 0.03}))],
        "balance": [(_json({"data": {"balances": {"USD": 12.5, "DIEM": 3}}}),)],
    }
    task = Generate(model="ace-step-15", prompt="a gentle piano melody", duration=60)
    ticket = Ticket(provider="venice", id=ID, job="a1", model="ace-step-15")
    return _steps(Venice(), task, ticket, answers, ("queue_id",))


def _marketplace() -> Iterator[Step]:
    job = {
        "object": "media.job",
        "id": ID,
        "kind": "music",
        "status": "queued",
        "created": 1767268800,
        "expires_at": 1767269700,
        "estimated_cost_usdc": "24000",
        "max_cost_usdc": "30000",
        "poll_url": f"/v1/music/generations/{ID}",
        "cancel_url": f"/v1/music/generations/{ID}",
        "job_token": "mjt_x",
    }
    result = {
        "artifact_index": 0,
        "url": f"{_FILE}?X-Amz-Date=20260101T120000Z&X-Amz-Expires=900",
        "download_url": f"https://api.surplusintelligence.ai/v1/media/artifacts/{ID}/0",
        "content_type": "audio/mpeg",
        "duration_seconds": 60,
        "bytes": 1000,
    }
    usage = {"buyer_cost_usdc": "24000", "settlement_status": "confirmed"}
    done = {**job, "status": "succeeded", "results": [result], "usage": usage}
    failed = {**job, "status": "failed", "error": {"code": "provider_error", "message": "no"}}
    offer = {"media_unit_price": 30000, "media_unit": "job", "available": True, "healthy": True}
    models = (
        _json({"data": [{"id": "venice-ace-step-15", "type": "music", "name": "ACE-Step"}]}),
        _json({"markets": [{"model": "venice-ace-step-15", "offers": 3}]}),
    )
    answers = {
        "submit": [(_json(job, 202),)],
        "poll": [(_json(job),), (_json(done),), (_json(failed),)],
        "cancel": [(_json({**job, "status": "canceled"}), _json({**job, "status": "canceled"}))],
        "download": [()],
        "models": [models],
        "quote": [(_json({"offers": [offer, {**offer, "media_unit": "second"}]}),)],
        "balance": [(_json({"balance_usdc": "5000000", "allowance_usdc": "3000000"}),)],
    }
    task = Generate(model="venice-ace-step-15", prompt="a gentle piano melody", duration=60)
    state = {"until": 1767269700.0}
    ticket = Ticket(provider="marketplace", id=ID, job="a1", model=task.model, state=state)
    return _steps(Marketplace(), task, ticket, answers, ("id",))


def _musicapi() -> Iterator[Step]:
    song = {
        "clip_id": "30264033-2b01-43a7-8779-2a834b067486",
        "state": "succeeded",
        "title": "Sunshine",
        "audio_url": _FILE,
        "duration": "104.88",
        "lyrics": "[Verse]",
        "created_at": "2025-10-12T13:13:02.488Z",
    }
    songs = {"code": 200, "message": "success", "data": [song, {**song, "clip_id": "2"}]}
    studio = {
        "task_id": ID,
        "status": "SUCCESS",
        "fail_reason": "",
        "progress": "100%",
        "data": {"songs": [{"id": "6b02", "title": "a", "song_path": _FILE}]},
    }
    waits = (_json({"type": "not_ready", "error": "the task is not ready yet"}, 202),)
    families = {
        "sonic-v5": ("sonic", songs),
        "producer": ("producer", {**songs, "status": "SUCCESS"}),
        "studio130-v1.5": ("studio", {"code": "success", "data": studio}),
        "FUZZ-1.1 Pro": ("riffusion", songs),
        "suno/sonic-v5": ("suno", songs),
    }
    for model, (family, done) in families.items():
        taken: dict[str, object] = {"message": "success", "task_id": ID}
        if family == "studio":
            taken = {"code": "success", "message": "", "data": ID}
        answers = {
            "submit": [(_json(taken),)],
            "poll": [waits, (_json(done),), (_json({"type": "failure", "error": "no"}),)],
            "download": [()],
            "balance": [(_json({"credits": 100, "extra_credits": 0}),)],
        }
        ticket = Ticket(provider="musicapi", id=ID, job="a1", state={"family": family})
        task = Generate(model=model, prompt="a gentle piano melody")
        named = ("data",) if family == "studio" else ("task_id",)
        yield from _steps(MusicAPI(), task, ticket, answers, named)


def _harmonia() -> Iterator[Step]:
    if str(_HARMONIA) not in sys.path:
        sys.path.append(str(_HARMONIA))
    provider: Provider = import_module("segue_harmonia").Harmonia()
    done = {"state": "done", "url": "/audio/s1.mp3", "progress": 1, "charged_usd": "0.12"}
    answers = {
        "submit": [(_json({"id": "s1"}),)],
        "poll": [
            (_json({"state": "working", "progress": 0.5}),),
            (_json(done),),
            (_json({"state": "failed", "error": "no"}),),
        ],
        "cancel": [(Reply(status=204, headers=_JSON), _json({"state": "stopped"}))],
        "download": [()],
        "models": [(_json({"models": [{"id": "a", "longest": 240}, {"id": "b"}]}),)],
        "quote": [(_json({"usd_per_minute": "0.12"}),)],
        "balance": [(_json({"usd": "12.5"}),)],
    }
    task = Generate(prompt="a gentle piano melody", duration=60)
    ticket = Ticket(provider="harmonia", id="s1", job="a1")
    return _steps(provider, task, ticket, answers, ("id",))
