"""What the sandbox answers is what Venice's own OpenAPI file describes.

The file is not part of this repository: SEGUE_VENDOR_SPECS names the folder that holds it, as
`venice-openapi.yaml` (github.com/veniceai/api-docs, swagger.yaml, 20260821.193530).
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from segue import Generate
from segue.flow import Call
from segue.job import Snapshot, Status, Ticket, Track
from segue_sandbox.audio import blip, encoded
from segue_sandbox.venice import Venice
from segue_venice import Venice as Provider
from segue_venice import wire

from .openapi import ABSENT, FOLDER, asked_for, complaints, documented, named

pytestmark = pytest.mark.skipif(FOLDER is None, reason=ABSENT)

QUEUE, RETRIEVE, COMPLETE = (f"POST /audio/{name}" for name in ("queue", "retrieve", "complete"))
QUOTE, SPEECH, CLONE = (f"POST /audio/{name}" for name in ("quote", "speech", "voices"))
HEAR, MODELS = "POST /audio/transcriptions", "GET /models"
LIMITS, BALANCE = "GET /api_keys/rate_limits", "GET /billing/balance"
KEYED = (QUEUE, RETRIEVE, COMPLETE, SPEECH, CLONE, HEAR, LIMITS, BALANCE)
JSON = (QUEUE, QUOTE, RETRIEVE, COMPLETE, SPEECH)

ACE = {"model": "ace-step-15", "prompt": "warm lofi piano in the rain"}
SAID = {"model": "tts-kokoro", "input": "hello there"}
WAV = blip("", 1, "wav")
HUGE = {"prompt": "x" * 35_000_001}

UNLISTED = {
    (MODELS, 400): ("DetailedError", "a bad type: the file lists 200 and 500 for this alone"),
    (QUOTE, 404): ("StandardError", "veniceai/skills, venice-errors: unknown or deprecated model"),
    (QUEUE, 404): ("StandardError", "the same"),
    (SPEECH, 404): ("StandardError", "the same"),
    (QUOTE, 503): ("StandardError", "the sandbox's own offline model, which has no price"),
    (QUOTE, 401): ("StandardError", "the sandbox's own model for Pro users, which has no price"),
    (COMPLETE, 429): ("StandardError", "venice-errors: the error budget is for every endpoint"),
    **{
        (operation, 403): ("StandardError", "api-docs, error-codes: the key's addresses")
        for operation in (QUEUE, RETRIEVE, COMPLETE, LIMITS, BALANCE)
    },
    **{
        (operation, 402): ("X402InferencePaymentRequired", "venice-auth: no key at all")
        for operation in (LIMITS, BALANCE)
    },
    **{
        (operation, 413): ("PayloadTooLargeError", "venice-errors: JSON of more than 35 MB")
        for operation in JSON
    },
}
"""Answers that the file does not list for their endpoint: what they look like, and who says so."""

BODIES = {QUEUE: ACE, QUOTE: {"model": "ace-step-15"}, SPEECH: SAID}
BODIES |= {key: {"model": "ace-step-15", "queue_id": "none"} for key in (RETRIEVE, COMPLETE)}
ANSWERS = [
    *((f"{MODELS}?type={kind}", None, "k", 200) for kind in ("music", "tts", "asr", "all")),
    (f"{MODELS}?type=noise", None, "k", 400),
    (QUOTE, {"model": "elevenlabs-music", "duration_seconds": 60}, None, 200),
    (QUOTE, {"model": "elevenlabs-tts-v3", "character_count": 100}, None, 200),
    (QUOTE, {"model": "elevenlabs-tts-v3"}, None, 400),
    (QUOTE, {"model": "lyria-3-pro", "duration_seconds": 60}, None, 400),
    (QUOTE, {"model": "lyria-3-pro", "prompt": "x"}, None, 400),
    (QUEUE, ACE, "k", 200),
    (QUEUE, {"prompt": ACE["prompt"]}, "k", 400),
    (QUEUE, {**ACE, "duration_seconds": True}, "k", 400),
    (QUEUE, {**ACE, "loop": True}, "k", 400),
    (QUEUE, {**ACE, "model": "seed-audio-1-0", "voice": "nobody"}, "k", 400),
    (QUEUE, ACE, "private-1", 403),
    (QUEUE, ACE, "limited-1", 402),
    (QUEUE, {**ACE, "prompt": "cruel music [sandbox:refused]"}, "k", 422),
    (QUEUE, {**ACE, "prompt": "cruel [sandbox:refused] [sandbox:unsuggested]"}, "k", 422),
    (QUEUE, {**ACE, "prompt": "slow music [sandbox:overloaded]"}, "k", 429),
    (QUEUE, {**ACE, "prompt": "slow music [sandbox:broken]"}, "k", 500),
    (QUEUE, {**ACE, "prompt": "slow music [sandbox:full]"}, "k", 503),
    (QUEUE, {**ACE, "model": "sandbox-pro"}, "k", 401),
    (QUEUE, {**ACE, "model": "sandbox-offline"}, "k", 503),
    (QUOTE, {"model": "sandbox-offline"}, None, 503),
    (QUOTE, {"model": "sandbox-pro"}, None, 401),
    *((operation, {**BODIES[operation], "model": "sandbox-retired"}, "k", 404)
      for operation in (QUEUE, QUOTE, SPEECH)),
    *((operation, {**BODIES[operation], "model": "nobody"}, "k", 404)
      for operation in (QUEUE, QUOTE, SPEECH)),
    *((operation, {**BODIES[operation], **HUGE}, "k", 413) for operation in JSON),
    *((operation, BODIES[operation], "k", 400) for operation in (RETRIEVE, COMPLETE)),
    (SPEECH, SAID, "k", 200),
    (SPEECH, {"input": "hello there"}, "k", 400),
    (SPEECH, {**SAID, "temperature": 3}, "k", 400),
    (SPEECH, {**SAID, "model": "tts-orpheus", "voice": "nobody"}, "k", 400),
    (SPEECH, SAID, "poor-1", 402),
    (SPEECH, {**SAID, "model": "tts-xai-v1"}, "private-1", 403),
    (LIMITS, None, "k", 200),
    (LIMITS, None, "diem-1", 200),
    (BALANCE, None, "admin-1", 200),
    (BALANCE, None, "k", 401),
    *((operation, BODIES.get(operation), key, status)
      for operation in KEYED for key, status in (("bad-key", 401), ("fenced-1", 403), (None, 402))),
]  # fmt: skip


def conforms(operation, reply):
    """Whether the reply is one that Venice documents; why not, if not."""
    operation = operation.partition("?")[0]
    kind = reply.headers["content-type"]
    content = documented(operation, reply.status)
    if content is None:
        component, _why = UNLISTED[operation, reply.status]
        content = {"application/json": {"schema": named(component)}}
    assert kind in content
    body = json.loads(reply.text) if kind == "application/json" else reply.text
    return complaints(body, content[kind]["schema"]) if not kind.startswith("audio/") else []


@pytest.mark.parametrize(("operation", "body", "key", "status"), ANSWERS)
def test_an_answer_is_one_that_venice_documents(ask, operation, body, key, status):
    reply = ask(*operation.split(), body, key=key)
    assert reply.status == status, reply.text
    assert conforms(operation, reply) == []


def test_what_retrieve_and_complete_say_of_a_job(ask):
    job = queued(ask, ACE)
    for now in (1.0, 30.0):
        assert conforms(RETRIEVE, ask(*RETRIEVE.split(), job, now=now)) == []
    assert conforms(COMPLETE, ask(*COMPLETE.split(), job, now=30)) == []
    gone = ask(*RETRIEVE.split(), job, now=30)
    assert gone.status == 404
    assert conforms(RETRIEVE, gone) == []


@pytest.mark.parametrize(
    "mark", ["violation", "invalid", "upstream", "capacity", "failed", "stuck"]
)
def test_how_a_failure_is_told(ask, mark):
    job = queued(ask, {**ACE, "prompt": f"loud piano [sandbox:{mark}]"})
    for operation in (RETRIEVE, COMPLETE):
        assert conforms(operation, ask(*operation.split(), job, now=30)) == []


@pytest.mark.parametrize(
    ("path", "fields", "file", "key", "status"),
    [
        (HEAR, {"model": "stt-xai-v1"}, WAV, "k", 200),
        (HEAR, {"model": "stt-xai-v1", "timestamps": "true"}, WAV, "k", 200),
        (HEAR, {"model": "stt-xai-v1", "response_format": "text"}, WAV, "k", 200),
        (HEAR, {}, WAV, "k", 400),
        (HEAR, {"model": "stt-xai-v1", "response_format": "srt"}, WAV, "k", 400),
        (HEAR, {"model": "stt-xai-v1"}, b"<html>", "k", 400),
        (HEAR, {"model": "stt-xai-v1"}, encoded(np.zeros(0, np.float32), "wav"), "k", 422),
        (HEAR, {"model": "stt-xai-v1"}, WAV, "poor-1", 402),
        (HEAR, {"model": "stt-xai-v1"}, WAV, "private-1", 403),
        (HEAR, {"model": "stt-xai-v1"}, WAV + bytes(26 << 20), "k", 413),
        (CLONE, {}, WAV, "k", 200),
        (CLONE, {"model": "tts-kokoro"}, WAV, "k", 400),
        (CLONE, {"model": "tts-minimax-speech-02-hd"}, WAV, "k", 403),
        (CLONE, {}, WAV + bytes(26 << 20), "k", 413),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
)
def test_an_answer_to_a_form_is_one_that_venice_documents(send, path, fields, file, key, status):
    reply = send(path, fields, file, key=key)
    assert reply.status == status, reply.text
    assert conforms(path, reply) == []


@pytest.mark.parametrize("path", [HEAR, CLONE])
def test_a_form_that_is_none(ask, path):
    reply = ask(*path.split(), {})
    assert reply.status == 415
    assert conforms(path, reply) == []


@pytest.mark.parametrize(("path", "most"), [(QUEUE, 40), (RETRIEVE, 120)])
def test_too_many_requests(ask, path, most):
    body = ACE if path == QUEUE else queued(ask, ACE)
    reply = [ask(*path.split(), body, now=1) for _ in range(most + 1)][-1]
    assert reply.status == 429
    assert conforms(path, reply) == []


@pytest.mark.parametrize("path", [RETRIEVE, COMPLETE, SPEECH])
def test_too_many_failures(ask, path):
    bad = {**BODIES[path], "nothing": "of the kind"}
    reply = [ask(*path.split(), bad, now=1) for _ in range(52)][-1]
    assert reply.status == 429
    assert conforms(path, reply) == []


@pytest.mark.parametrize("operation", [*KEYED, QUOTE])
def test_a_fault_with_a_status_has_the_body_of_that_endpoint(operation):
    for status in (400, 401, 402, 404, 413, 415, 422, 429, 500, 503):
        if documented(operation, status):
            assert conforms(operation, Venice().refusal(status)) == []


def test_the_file_is_read_strictly():
    """Each of its peculiarities: what must be there, `nullable`, and bounds that are left out."""
    assert complaints({"message": "no"}, named("StandardError"))
    assert complaints({**ACE, "seed": 1}, asked_for(QUEUE))
    assert complaints({**ACE, "duration_seconds": 0}, asked_for(QUEUE))
    balance = documented(BALANCE, 200)["application/json"]["schema"]
    known = {"canConsume": True, "balances": {"diem": None, "usd": 1}, "diemEpochAllocation": 0}
    assert complaints({**known, "consumptionCurrency": None}, balance) == []
    assert complaints({**known, "consumptionCurrency": "EUR"}, balance)


SET = {
    "prompt": "Warm cinematic strings",
    "lyrics": "Walking through the city lights",
    "instrumental": True,
    "duration": 60.0,
    "loop": True,
    "voice": "Aria",
    "language": "en",
    "speed": 1.5,
}
TICKET = Ticket(provider="venice", id="123e4567", model="m", state={"model": "elevenlabs-music"})
DONE = Snapshot(
    status=Status.SUCCEEDED, tracks=(Track(id="1", status=Status.SUCCEEDED),), word="audio/mpeg"
)
QUERIES = {kind.__name__: kind for kind in Provider.capabilities.queries}


def sent(flow, *answers):
    """The first request of a flow; files are read for it."""
    effect = next(flow)
    while not isinstance(effect, Call):
        effect = flow.send(effect.function())
    for answer in answers:
        effect = flow.send(answer)
    return effect


def form(call):
    """A form as the file describes it: files are text there, and switches are switches."""
    switches = {"true": True, "false": False}
    fields = {name: switches.get(value, value) for name, value in call.form.items()}
    return {**fields, **dict.fromkeys(call.files, "the bytes")}


def test_every_field_of_a_task_is_one_that_the_queue_takes():
    assert set(SET) == set(Provider.capabilities.tasks[Generate])
    extra = {"venice": {"lyrics_optimizer": False}}
    call = sent(Provider().submit(Generate(model="elevenlabs-music", extra=extra, **SET)))
    assert len(call.json) == len(SET) + 2
    assert complaints(call.json, asked_for(call.endpoint)) == []


def test_what_is_asked_of_a_job_is_what_venice_takes():
    provider = Provider()
    (asset,) = sent_all(provider.download(TICKET, DONE))
    for call in (sent(provider.poll(TICKET)), sent(provider.release(TICKET)), asset.source):
        assert complaints(call.json, asked_for(call.endpoint)) == []


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("elevenlabs-music", {"duration_seconds": 60}),
        ("lyria-3-pro", {}),
        ("elevenlabs-tts-v3", {"character_count": 22}),
    ],
)
def test_what_is_asked_for_a_price_is_what_venice_takes(ask, model, fields):
    options = {"duration": 60} if "duration_seconds" in fields else {}
    task = Generate(model=model, prompt=SET["prompt"], **options)
    call = sent(Provider().quote(task), ask("GET", "/models?type=music"))
    assert call.json == {"model": model, **fields}
    assert complaints(call.json, asked_for(call.endpoint)) == []


def test_what_is_said_is_what_venice_speaks():
    options = {"voice": "af_sky", "speed": 0.25, "language": "English", "style": "Very happy."}
    options |= {"temperature": 2.0, "top_p": 1.0}
    assert set(options) == set(wire.SPEECH)
    for container in (None, "mp3", "ogg", "flac", "wav", "aac"):
        body = wire.speech("hello", model="tts-kokoro", container=container, options=options)
        assert complaints(body, asked_for(SPEECH)) == []


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("Transcribe", {"model": "stt-xai-v1", "timestamps": True, "language": "en"}),
        ("Transcribe", {"plain": True}),
        ("CloneVoice", {}),
        ("CloneVoice", {"model": "tts-minimax-speech-02-hd"}),
    ],
)
def test_a_form_has_the_fields_that_venice_takes(tmp_path, query, options):
    (tmp_path / "said.wav").write_bytes(WAV)
    field = "sample" if query == "CloneVoice" else "file"
    asked = QUERIES[query](**{field: tmp_path / "said.wav", **options})
    call = sent(Provider().ask(asked))
    assert complaints(form(call), asked_for(call.endpoint)) == []


def sent_all(flow):
    """What a flow that asks for nothing returns."""
    with pytest.raises(StopIteration) as done:
        next(flow)
    return done.value.value


def queued(ask, body):
    answer = json.loads(ask(*QUEUE.split(), body).text)
    return {name: answer[name] for name in ("model", "queue_id")}
