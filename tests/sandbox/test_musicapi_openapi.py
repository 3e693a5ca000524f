"""Every answer of the model, and every refusal, is what MusicAPI's own OpenAPI file says.

That file is not part of this repository: SEGUE_VENDOR_SPECS names the folder in which it lies,
as `musicapi-openapi.yaml`. Where newer pages or live answers contradict it, EXCEPTIONS says so.
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from musicapi_caller import LONG, POLLS, SONG, STUDIO, Caller, valid

FOLDER = os.environ.get("SEGUE_VENDOR_SPECS")
pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="SEGUE_VENDOR_SPECS does not name the folder of the vendors' files"
)

STATUSES = {
    400: "error-handling: 400 is for validation and for unknown tasks, of any endpoint",
    403: "error-handling: 403 is for credits, subscriptions and moderation, of any endpoint",
    410: "producer-api-overview: retired; the sibling answers so for whole families",
    429: "the SDK's README: limits, with Retry-After",
    504: "the error page of docs.aimusicapi.ai: a task that timed out",
}
"""Statuses that the file does not list for every endpoint that can answer so, and their source."""
BODIES = {
    "duration": "live answers and the sibling's sample: a decimal string, not a number",
    "streaming": "webhook-guide: a state of clips that the file does not list",
    "type": "the SDK's polling: a task's failure is {type, error} under HTTP 200",
    "code": "quickstart-python: 102 under HTTP 200 while a task waits, without data",
    "voice": "a working client: the data of create-voice is an object",
    "task_id": "a 200 without a task id is no task (the sheet's own caution)",
}
"""Bodies that differ from the file, and their source."""


@pytest.fixture(scope="module")
def spec():
    return yaml.safe_load((Path(FOLDER or "") / "musicapi-openapi.yaml").read_text("utf-8"))


class Checked(Caller):
    """A caller who checks each answer against the file."""

    def __init__(self, spec, **more):
        super().__init__(**more)
        self.spec = spec
        self.met = set()
        self.excepted = set()

    def ask(self, method, path, body=None, **more):
        reply = super().ask(method, path, body, **more)
        place = path.removeprefix("/api/v1")
        template = next((known for known in self.spec["paths"] if _fits(known, place)), None)
        assert template, path
        self.met.add((method.lower(), template, reply.status))
        self._check(self.spec["paths"][template][method.lower()], reply)
        assert reply.content_type == "application/json"
        return reply

    def _check(self, operation, reply):
        response = operation["responses"].get(str(reply.status))
        if response is None:
            assert reply.status in STATUSES, (operation["operationId"], reply.status, reply.text)
            self.excepted.add(reply.status)
            response = {"$ref": "#/components/responses/ValidationError"}
        if "$ref" in response:
            response = self.spec["components"]["responses"][response["$ref"].split("/")[-1]]
        if "content" not in response:
            return
        schema = response["content"]["application/json"]["schema"]
        body = json.loads(reply.text)
        faults = list(_validator(self.spec, schema).iter_errors(body))
        if faults:
            name = _exception(body)
            assert name, (operation["operationId"], faults)
            self.excepted.add(name)
            better = _validator(_amended(self.spec, name), _relaxed(schema, name))
            assert not list(better.iter_errors(body))


def _fits(template, path):
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(
        part in {"{id}", one} for part, one in zip(parts, given, strict=True)
    )


def _validator(spec, schema):
    return Draft202012Validator({**schema, "components": spec["components"]})


def _exception(body):
    """Which of BODIES an answer is, if any."""
    data = body.get("data")
    if "type" in body:
        return "type"
    if isinstance(data, dict):
        return "voice"
    if data is None:
        return "code" if body.get("code") == 102 else "task_id"
    states = {clip["state"] for clip in data}
    return "streaming" if "streaming" in states else "duration"


def _amended(spec, name):
    """The file with what BODIES knows better."""
    spec = copy.deepcopy(spec)
    song = spec["components"]["schemas"]["SonicSong"]["properties"]
    song["duration"]["type"] = ["string", "null"]
    song["state"]["enum"].append("streaming")
    result = spec["components"]["schemas"]["SonicTaskResult"]
    if name == "voice":
        result["properties"].pop("data")
    return spec


def _relaxed(schema, name):
    return {} if name in {"type", "code", "task_id"} else schema


@pytest.fixture
def caller(spec):
    return Checked(spec)


def operations(spec):
    return {(method, path) for path, item in spec["paths"].items() for method in item}


def test_all_34_operations_answer_as_the_file_says(caller, spec):
    answered = valid(caller)
    for path, body in answered.items():
        assert caller.post(path, body).status in {200, 202}, path
    for path, maker in POLLS.items():
        task = caller.begun(maker, answered[maker])
        for share in range(20):
            assert caller.seen(path, task, 1.0)[0] in {200, 202}, share
        assert caller.over(path, task)[0] == 200
    assert caller.get("/get-credits").status == 200
    met = {(method, path) for method, path, status in caller.met if status == 200}
    midi = {("post", "/sonic/midi")}
    assert caller.post("/sonic/midi", answered["/sonic/midi"]).status == 200
    assert len(operations(spec)) == 34
    assert met | midi == operations(spec)
    assert caller.excepted == {"duration"}


def test_each_operation_refuses_as_the_file_says(caller, spec):
    bodies = valid(caller)
    before = caller.sums()
    for path, body in bodies.items():
        assert caller.post(path, body, key="bad-key").status == 401
        assert caller.post(path, {}).status == 400
        if not any("clip_id" in name for name in body):
            refused = 402 if path == "/sonic/create-voice" else 403
            free = path.endswith("/upload") or path == "/suno/get-song"
            assert caller.post(path, body, key="poor-key").status == (200 if free else refused)
    for path in POLLS:
        assert caller.get(f"{path}/00000000-0000-4000-8000-000000000000").status in {400, 404}
        assert caller.get(f"{path}/x", key="bad-key").status == 401
    assert caller.get("/get-credits", key="bad-key").status == 401
    assert caller.sums() == before


def bounds(schema):
    """Values of a property that its schema forbids, though it is of the right type."""
    if "enum" in schema:
        yield "none-of-these"
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if "minimum" in schema:
        yield schema["minimum"] - 0.01
    if "maximum" in schema:
        yield schema["maximum"] + 0.01
    if schema.get("format") == "uri":
        yield "no address"


WRONG = {"string": 5, "boolean": "yes", "number": "five", "object": [], "array": "five"}


def test_what_the_file_forbids_is_refused_and_costs_nothing(caller, spec):
    bodies = valid(caller)
    before, tried = caller.sums(), 0
    for path, body in bodies.items():
        schema = _resolved(spec, _body(spec, path))
        for name in schema.get("required", ()):
            rest = {field: value for field, value in body.items() if field != name}
            assert caller.post(path, rest).status == 400, (path, name)
            tried += 1
        for name, property_ in schema["properties"].items():
            inner = _resolved(spec, property_)
            kind = inner["type"] if isinstance(inner["type"], str) else None
            for value in (*bounds(inner), *([WRONG[kind]] if kind else [])):
                assert caller.post(path, {**body, name: value}).status == 400, (path, name, value)
                tried += 1
    assert caller.sums() == before
    assert tried > 300


def _body(spec, path):
    return spec["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]


def _resolved(spec, schema):
    name = schema.get("$ref", "").split("/")[-1]
    return spec["components"]["schemas"][name] if name else schema


MARKED = [
    ("/sonic/create", {**SONG, "title": "[sandbox:{}]"}, "/sonic/task"),
    ("/sonic/create-voice", {"audio_url": "https://example.org/[sandbox:{}].mp3"}, "/sonic/task"),
    ("/sonic/upload-extend", {"url": "https://example.org/[sandbox:{}].mp3", "custom_mode": False,
                              "mv": "sonic-v5", "auto_concat": True}, "/sonic/task"),
    ("/producer/create", {"sound": "calm [sandbox:{}]"}, "/producer/task"),
    ("/riffusion/create", {"prompt": "dance [sandbox:{}]"}, "/riffusion/task"),
    ("/studio/create", {**STUDIO, "prompt": "jazz [sandbox:{}]"}, "/studio/task"),
    ("/suno/make-lyrics", {"prompt": "rain [sandbox:{}]"}, "/suno/get-lyrics"),
]  # fmt: skip
MARKS = [
    "none", "failed", "timeout", "forbidden", "api_error", "bad_request", "504", "all-failed",
    "one-failed", "status-failed", "102", "code-200", "streaming", "with-code",
]  # fmt: skip


def marked(body, mark):
    return json.loads(json.dumps(body).replace("{}", mark)) if mark else body


def test_every_ending_is_as_the_file_says_or_a_known_exception(caller):
    for path, body, poll in MARKED:
        for mark in MARKS:
            task = caller.begun(path, marked(body, mark))
            for _ in range(12):
                caller.seen(poll, task, 2.0)
            caller.over(poll, task)
    assert caller.excepted == {"type", "code", "voice", "streaming", "duration", 504}


def test_every_refusal_by_a_mark_is_as_the_file_says_or_a_known_exception(caller):
    known = valid(caller)
    for path, body in known.items():
        for mark in ("refused", "retired", "no-task-id", "failed-step", "failed-upload", "504"):
            caller.post(path, {**body, "extra": f"[sandbox:{mark}]"})
    body = {**known["/producer/download"], "extra": "[sandbox:502]"}
    assert caller.post("/producer/download", body).status == 502
    for _ in range(2):
        reply = caller.ask("POST", "/api/v1/sonic/create", SONG)
    assert reply.status == 429
    caller.now += LONG
    assert {403, 410, 429} <= {status for _, _, status in caller.met}
    assert set(STATUSES) | set(BODIES) >= caller.excepted
