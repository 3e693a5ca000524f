"""MusicAPI keeps the contract with each of its families, and against the sandbox's model."""

from __future__ import annotations

import msgspec

from segue import Generate
from segue.flow import Reply
from segue.testing import ProviderKit
from segue.testing.hush_vendor import SILENCE, Request
from segue_musicapi import MusicAPI
from segue_sandbox.audio import blip
from segue_sandbox.musicapi import MusicAPI as SandboxMusicAPI
from tests.kit.metronome import json
from tests.musicapi import test_producer as producer
from tests.musicapi import test_riffusion as riffusion
from tests.musicapi import test_studio as studio
from tests.musicapi.known import DONE, ID, NOT_READY, SUBMITTED


class Below(SandboxMusicAPI):
    """The model, asked for paths below the provider's base address."""

    def handle(self, request: Request, now: float) -> Reply:
        path = request.path.removeprefix("/other/api.musicapi.ai/musicapi")
        within = path if path.startswith(("/cdn/", "/api/")) else f"/api/v1{path}"
        return super().handle(msgspec.structs.replace(request, path=within), now)


class TestSonic(ProviderKit):
    provider = MusicAPI
    task = Generate(model="sonic-v5", prompt="a gentle piano melody")
    accepted = json(SUBMITTED)
    running = json(NOT_READY, 202)
    succeeded = json(DONE)
    failed = json({"code": 500, "type": "failure", "error": "the singer has a cold"})
    balance_reply = json({"credits": 100, "extra_credits": 0})
    refused_tasks = (
        (Generate(model="sonic-v5", prompt="a gentle piano melody", bpm=120), "bpm"),
        (Generate(model="sonic-v5", prompt="a gentle piano melody", duration=60), "duration"),
    )
    jobs = 60

    def vendor(self) -> Below:
        return Below(sound=lambda prompt, seconds, container: SILENCE)


class TestProducer(ProviderKit):
    provider = MusicAPI
    task = Generate(model="producer", prompt="calm piano ambient")
    accepted = json(SUBMITTED)
    running = json(NOT_READY, 202)
    succeeded = json(producer.DONE)
    failed = json({"code": 500, "status": "FAILURE", "message": "the singer has a cold"})
    balance_reply = json({"credits": 100, "extra_credits": 0})
    jobs = 30

    def vendor(self) -> Below:
        return Below(sound=blip)


class TestStudio(ProviderKit):
    provider = MusicAPI
    task = studio.TASK
    accepted = json({"code": "success", "message": "", "data": ID})
    running = json(studio.answer("IN_PROGRESS", (), "50%"))
    succeeded = json(studio.answer("SUCCESS"))
    failed = json(studio.answer("FAILURE", (), fail_reason="the singer has a cold"))
    balance_reply = json({"credits": 100, "extra_credits": 0})
    jobs = 30

    def vendor(self) -> Below:
        return Below(sound=lambda prompt, seconds, container: SILENCE)


class TestRiffusion(ProviderKit):
    provider = MusicAPI
    task = Generate(model=riffusion.FUZZ, prompt="neon synths at night")
    accepted = json(SUBMITTED)
    running = json(NOT_READY, 202)
    succeeded = json(riffusion.done(riffusion.SONG, riffusion.SECOND))
    failed = json({"type": "failure", "error": "the singer has a cold"})
    balance_reply = json({"credits": 100, "extra_credits": 0})
    jobs = 30

    def vendor(self) -> Below:
        return Below(sound=lambda prompt, seconds, container: SILENCE)
