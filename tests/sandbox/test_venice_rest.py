"""Models, balances, speech, transcriptions and voices."""

from __future__ import annotations

import json

from segue_sandbox.audio import blip

FORM = {"content-type": "multipart/form-data; boundary=x1"}


def form(**fields):
    lines = [
        f'--x1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = b'--x1\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    return b"".join([*lines, head, blip("", 1, "wav"), b"\r\n--x1--\r\n"])


def test_every_known_music_model_is_listed_and_nothing_private_to_the_sandbox(ask):
    listed = json.loads(ask("GET", "/models?type=music", key=None).text)
    assert listed["type"] == "music"
    assert len(listed["data"]) == 18
    assert not any("sandbox" in row for row in listed["data"])


def test_balances_need_any_key_and_bills_an_admin_one(ask):
    limits = json.loads(ask("GET", "/api_keys/rate_limits").text)["data"]
    assert limits["balances"]["USD"] == 100
    assert ask("GET", "/billing/balance").text == '{"error":"Admin API key required"}'
    assert ask("GET", "/billing/balance", key="admin-1").status == 200
    assert ask("GET", "/billing/usage").status == 410


def test_speech_is_audio_and_wants_its_model(ask):
    body = {"model": "tts-kokoro", "input": "hello there", "response_format": "wav"}
    assert ask("POST", "/audio/speech", body).body[:4] == b"RIFF"
    assert ask("POST", "/audio/speech", {"input": "hi"}).text == '{"error":"model is required"}'
    assert ask("POST", "/audio/speech", {**body, "response_format": "aac"}).status == 400


def test_a_transcription_names_the_file(ask):
    raw = form(model="stt-xai-v1", timestamps="true")
    answer = json.loads(ask("POST", "/audio/transcriptions", raw=raw, headers=FORM).text)
    assert answer["text"].startswith("sandbox transcription ")
    assert answer["timestamps"]["segment"][0]["end"] == answer["duration"]
    assert ask("POST", "/audio/transcriptions", {}).status == 415


def test_a_cloned_voice_is_bound_to_its_model_and_account(ask):
    made = json.loads(ask("POST", "/audio/voices", raw=form(), headers=FORM).text)
    body = {"model": made["model"], "input": "hello", "voice": made["id"]}
    assert ask("POST", "/audio/speech", body).status == 200
    assert ask("POST", "/audio/speech", body, key="other").status == 400
    assert ask("POST", "/audio/speech", body, now=7 * 86_400).status == 400


def test_there_is_no_voice_changer(ask):
    assert ask("POST", "/audio/voice-changer/queue", {}).status == 404
