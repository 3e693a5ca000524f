"""Keys, credits, pace, refusals and webhooks of MusicAPI's model, and its files."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import struct
import wave

import pytest
import soundfile
from musicapi_caller import LONG, SONG, Caller, valid

from segue.containers import container_of
from segue.testing.hush_vendor import Request
from segue_sandbox.accounts import fingerprint
from segue_sandbox.audio import Composer, blip
from segue_sandbox.clock import Dial
from segue_sandbox.musicapi import MusicAPI
from segue_sandbox.musicapi.m4a import FRAME, from_wav

URL = "https://example.org/recording.mp3"
HOOK = {"webhook_url": "https://example.org/hook", "webhook_secret": "s3cret"}


@pytest.fixture
def caller():
    return Caller()


def error(reply):
    return reply.status, json.loads(reply.text)["error"]


def test_every_request_needs_a_key(caller):
    def asked(headers):
        request = Request(method="GET", path="/api/v1/get-credits", headers=headers)
        return error(caller.vendor.handle(request, 0))

    assert asked({}) == (401, "Authorization header is missing.")
    assert asked({"authorization": "k"}) == (401, "Invalid authorization format.")
    assert asked({"authorization": "Basic k"}) == (401, "Invalid authorization format.")
    assert asked({"authorization": "Bearer bad-key"})[0] == 401


def test_the_balance_tells_of_both_kinds_and_extra_credits_go_first(caller):
    caller.key = "extra-1"
    assert json.loads(caller.get("/get-credits").text) == {"credits": 10000, "extra_credits": 100}
    caller.post("/sonic/create", SONG)
    assert json.loads(caller.get("/get-credits").text) == {"credits": 10000, "extra_credits": 85}


def test_403_is_three_things_told_apart_by_their_words(caller):
    broke = caller.post("/sonic/create", SONG, key="poor-1")
    assert error(broke) == (403, "Insufficient credits. Please top up your account.")
    free = caller.post("/sonic/create", SONG, key="free-1")
    assert error(free) == (403, "No active subscription. Please subscribe to a plan first.")
    for mark, word in [("refused", "moderation"), ("copyright", "copyright"), ("artist", "artist")]:
        reply = caller.post("/sonic/create", {**SONG, "title": f"[sandbox:{mark}]"})
        assert reply.status == 403
        assert word in json.loads(reply.text)["error"]
    assert caller.sums() == (0, 0)


def test_a_voice_without_credits_is_402(caller):
    assert caller.post("/sonic/create-voice", {"audio_url": URL}, key="poor-1").status == 402


def test_lyrics_have_credits_of_their_own(caller):
    body = {"description": "rain"}
    assert caller.post("/sonic/lyrics", body, key="poor-1").status == 403
    for _ in range(100):
        assert caller.post("/sonic/lyrics", body).status == 200
    assert caller.post("/sonic/lyrics", body).status == 403
    assert json.loads(caller.get("/get-credits").text)["credits"] == 10000


def test_each_family_has_an_envelope_of_its_own(caller):
    paths = [f"/{name}/create" for name in ("sonic", "suno", "producer", "riffusion", "studio")]
    shapes = [json.loads(caller.post(path, {}).text).keys() for path in paths]
    assert shapes == [{"error"}, {"message"}, {"type", "error"}, {"detail"}, {"code", "message"}]


def test_anything_may_be_retired(caller):
    assert caller.post("/studio/create", {"extra": "[sandbox:retired]"}).status == 400
    reply = caller.post("/sonic/create", {**SONG, "extra": "[sandbox:retired]"})
    assert reply.status == 410


def create(caller, **more):
    return caller.ask("POST", "/api/v1/sonic/create", SONG, **more)


def test_an_account_has_one_create_in_three_seconds(caller):
    assert create(caller).status == 200
    caller.now = 2.9
    refused = create(caller)
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert create(caller, key="other").status == 200
    assert caller.sums() == (30, 0)
    caller.now = 3.0
    assert create(caller).status == 200


def test_a_create_in_pace_may_arrive_a_moment_early(caller):
    for moment in (0.0, 2.96, 6.0, 8.98):
        caller.now = moment
        assert create(caller).status == 200


def test_what_is_refused_takes_no_turn(caller):
    assert caller.ask("POST", "/api/v1/sonic/create", {}).status == 400
    assert create(caller).status == 200


def test_only_creates_are_paced(caller):
    for _ in range(20):
        assert caller.ask("POST", "/api/v1/sonic/upload", {"url": URL}).status == 200


def test_retry_after_is_on_the_clients_clock():
    caller = Caller(MusicAPI(sound=blip, dial=Dial(0.5)))
    create(caller)
    assert create(caller).headers["retry-after"] == "6"


def test_refunds_reach_the_balance_when_the_task_is_over(caller):
    caller.post("/sonic/create", {**SONG, "title": "[sandbox:failed]"})
    assert json.loads(caller.get("/get-credits").text)["credits"] == 9985
    caller.now += LONG
    assert json.loads(caller.get("/get-credits").text)["credits"] == 10000


def test_a_share_of_tasks_fails_if_asked_to():
    caller = Caller(MusicAPI(seed=3, failing=0.5, sound=blip))
    tasks = [caller.begun("/sonic/create", SONG) for _ in range(40)]
    kinds = [caller.over("/sonic/task", task)[1].get("type") for task in tasks]
    assert 10 < len([kind for kind in kinds if kind]) < 30
    assert set(kinds) == {None, "failed", "timeout"}
    charged, refunded = caller.sums()
    assert charged - refunded == 15 * kinds.count(None)


def test_one_seed_is_one_run():
    def run(seed):
        caller = Caller(MusicAPI(seed=seed, sound=blip))
        return [caller.clips() for _ in range(5)]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_the_ledger_tells_each_charge_and_never_a_key(caller):
    caller.clips()
    ledger = caller.vendor.ledger(caller.now)
    account = ledger[fingerprint("k")]
    assert account["balance"] == {"extra_credits": "0", "credits": "9985"}
    (line,) = account["jobs"]
    assert (line["kind"], line["model"]) == ("sonic/create/create_music", "sonic-v5")
    assert (line["state"], line["charged"], line["currency"]) == ("finished", "15", "credits")
    assert json.loads(json.dumps(ledger)) == ledger


def test_webhooks_tell_when_a_song_streams_and_when_it_is_there(caller):
    task = caller.begun("/sonic/create", {**SONG, **HOOK})
    final = caller.over("/sonic/task", task)[1]
    streams, done = caller.vendor.deliveries(caller.now)
    assert [one.headers["X-Webhook-Event"] for one in (streams, done)] == [
        "song.streaming",
        "song.completed",
    ]
    assert {clip["state"] for clip in json.loads(streams.body)["data"]} == {"streaming"}
    assert json.loads(done.body) == {**final, "task_id": task, "platform": "suno"}
    assert streams.at < done.at
    assert done.headers["X-Webhook-Id"] == done.headers["Idempotency-Key"]
    assert done.headers["X-Webhook-Id"] != streams.headers["X-Webhook-Id"]
    assert done.headers["X-Webhook-Timestamp"] == str(int(Dial().unix(done.at)))


def test_a_webhook_is_signed_over_its_timestamp_and_its_bytes(caller):
    caller.clips({**SONG, **HOOK})
    for delivery in caller.vendor.deliveries(caller.now):
        signed = delivery.headers["X-Webhook-Timestamp"].encode() + b"." + delivery.body
        digest = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
        assert delivery.headers["X-Webhook-Signature"] == f"sha256={digest}"
        assert "s3cret" not in repr(delivery)


def test_without_a_secret_the_vendors_own_signs(caller):
    caller.clips({**SONG, "webhook_url": HOOK["webhook_url"]})
    done = caller.vendor.deliveries(caller.now)[-1]
    signed = done.headers["X-Webhook-Timestamp"].encode() + b"." + done.body
    digest = hmac.new(b"", signed, hashlib.sha256).hexdigest()
    assert done.headers["X-Webhook-Signature"] != f"sha256={digest}"


@pytest.mark.parametrize("mark", ["failed", "all-failed", "504"])
def test_a_failure_is_told_to_the_webhook(caller, mark):
    task = caller.begun("/sonic/create", {**SONG, **HOOK, "title": f"[sandbox:{mark}]"})
    caller.over("/sonic/task", task)
    done = caller.vendor.deliveries(caller.now)[-1]
    assert done.headers["X-Webhook-Event"] == "song.failed"
    assert json.loads(done.body)["task_id"] == task


HOOKED = {
    "/sonic/create", "/suno/create", "/sonic/create-voice", "/sonic/mashup",
    "/sonic/replace-section", "/sonic/sample", "/sonic/upload-cover", "/sonic/upload-extend",
    "/producer/create", "/producer/upload", "/producer/download",
}  # fmt: skip


def test_only_the_documented_endpoints_take_a_webhook(caller):
    bodies = valid(caller)
    for path, body in bodies.items():
        before = len(caller.vendor.deliveries(caller.now))
        assert caller.post(path, {**body, **HOOK}).status in {200, 202}
        caller.now += LONG
        assert (len(caller.vendor.deliveries(caller.now)) > before) == (path in HOOKED), path
    platforms = {json.loads(one.body)["platform"] for one in caller.vendor.deliveries(caller.now)}
    assert platforms == {"suno", "producer"}


def test_the_ledger_shows_webhooks_as_they_would_be_sent(caller):
    caller.clips({**SONG, **HOOK})
    lines = caller.vendor.ledger(caller.now)[fingerprint("k")]["webhooks"]
    deliveries = caller.vendor.deliveries(caller.now)
    assert [line["body"].encode() for line in lines] == [one.body for one in deliveries]
    assert [line["headers"] for line in lines] == [one.headers for one in deliveries]
    assert "s3cret" not in json.dumps(lines)


def test_files_are_there_without_a_key_once_the_clip_is(caller):
    task = caller.begun("/sonic/create", SONG)
    while "data" not in (body := caller.seen("/sonic/task", task, 1.0)[1]):
        pass
    clip = body["data"][0]
    final = clip["audio_url"].replace("audiopipe/?item_id=", "cdn/") + ".mp3"
    assert caller.file(clip["audio_url"]).content_type == "audio/mpeg"
    assert caller.file(final).status == 404
    assert caller.over("/sonic/task", task)[1]["data"][0]["audio_url"] == final
    reply = caller.file(final)
    assert (reply.status, reply.content_type) == (200, "audio/mpeg")
    assert soundfile.info(io.BytesIO(reply.body)).format == "MP3"
    caller.now += 10_000_000
    assert caller.file(final).body == reply.body
    assert caller.file(clip["image_url"]).body[:4] == b"\x89PNG"
    assert caller.vendor.ledger(caller.now)[fingerprint("k")]["jobs"][0]["downloads"] == 2


def test_files_may_be_gone(caller):
    clip = caller.clips({**SONG, "title": "[sandbox:gone]"})[0]
    assert caller.file(clip["audio_url"]).status == 404


def test_addresses_follow_the_host_that_was_asked():
    caller = Caller()
    told = {"host": "music.example:80", "x-forwarded-proto": "https"}
    task = caller.begun("/sonic/create", SONG)
    reply = caller.ask("POST", "/api/v1/sonic/create", SONG, headers=told, key="other")
    caller.now += LONG
    mine = caller.seen("/sonic/task", task)[1]["data"][0]["audio_url"]
    assert mine.startswith("http://127.0.0.1:8931/musicapi/cdn/")
    caller.key = "other"
    theirs = caller.seen("/sonic/task", json.loads(reply.text)["task_id"])[1]["data"][0]
    assert theirs["audio_url"].startswith("https://music.example:80/musicapi/cdn/")


def test_producers_sound_is_a_real_m4a(caller):
    task = caller.begun("/producer/create", {"sound": "calm piano"})
    (clip,) = caller.over("/producer/task", task)[1]["data"]
    reply = caller.file(clip["audio_url"])
    assert reply.content_type == "audio/mp4"
    assert container_of(reply.body[:64]) == "m4a"
    assert caller.file(clip["wav_url"]).content_type == "audio/wav"


def test_pieces_are_composed_unless_another_sound_is_given():
    caller = Caller(MusicAPI(sound=Composer(1.0)))
    song = caller.file(caller.clips()[0]["audio_url"])
    samples, rate = soundfile.read(io.BytesIO(song.body))
    assert len(samples) >= rate
    assert abs(samples).max() > 0.01
    task = caller.begun("/producer/create", {"sound": "calm piano"})
    (clip,) = caller.over("/producer/task", task)[1]["data"]
    assert len(caller.file(clip["audio_url"]).body) > 2 * rate


def boxes(data, start=0, end=None):
    """The boxes of an MP4 file: their names and where their contents lie."""
    end = len(data) if end is None else end
    while start < end:
        size, name = struct.unpack_from(">I4s", data, start)
        assert size >= 8
        yield name, start + 8, start + size
        start += size
    assert start == end


def inside(data, *path):
    start, end = 0, len(data)
    for name in path:
        start, end = next((at, to) for one, at, to in boxes(data, start, end) if one == name)
    return start, end


@pytest.mark.parametrize("count", [1, FRAME - 1, FRAME, 2 * FRAME + 7])
def test_an_m4a_holds_the_samples_that_went_in(count):
    samples = [(at * 7919) % 65536 - 32768 for at in range(count)]
    plain = io.BytesIO()
    with wave.open(plain, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(struct.pack(f"<{count}h", *samples))
    data = from_wav(plain.getvalue())
    table = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
    _, frames = struct.unpack_from(">II", data, inside(data, *table, b"stsz")[0] + 4)
    sizes = struct.unpack_from(f">{frames}I", data, inside(data, *table, b"stsz")[0] + 12)
    (place,) = struct.unpack_from(">I", data, inside(data, *table, b"stco")[0] + 8)
    assert (place, place + sum(sizes)) == inside(data, b"mdat")
    found = []
    for size in sizes:
        bits = int.from_bytes(data[place : place + size], "big") >> (size * 8 - 23)
        many, plainly = bits >> 3 & 1, bits & 1
        assert plainly
        head = 23 + 32 * many
        text = f"{int.from_bytes(data[place : place + size], 'big'):0{size * 8}b}"
        length = int(text[23:55], 2) if many else FRAME
        for at in range(length):
            value = int(text[head + 16 * at : head + 16 * at + 16], 2)
            found.append(value - 65536 if value >= 32768 else value)
        assert text[head + 16 * length :][:3] == "111"
        place += size
    assert found == samples
