"""Every provider of this repository keeps the contract."""

from __future__ import annotations

from segue import Generate
from segue.flow import Reply
from segue.money import Money
from segue.testing import ProviderKit, Silence
from segue.testing.hush import Hush
from segue.testing.hush_vendor import SILENCE, HushVendor
from segue_local.provider import Local
from segue_sandbox.venice import Venice as SandboxVenice
from segue_venice import Venice
from tests.kit.metronome import MetronomeKit, json
from tests.venice.known import catalogue

VENICE_ID = "123e4567-e89b-12d3-a456-426614174000"
PIANO = "Warm cinematic strings with a gentle piano melody, hopeful and spacious"


class TestVenice(ProviderKit):
    provider = Venice
    task = Generate(model="elevenlabs-music", prompt=PIANO, duration=30)
    accepted = json({"model": "elevenlabs-music", "queue_id": VENICE_ID, "status": "QUEUED"})
    running = json(
        {"status": "PROCESSING", "average_execution_time": 20000, "execution_duration": 5200}
    )
    succeeded = Reply(status=200, headers={"content-type": "audio/wav"}, body=None)
    failed = json({"error": "The request could not be processed."}, 422)
    released = json({"success": True})
    models_reply = catalogue()
    quote_reply = (catalogue(), json({"quote": 0.69}))
    quoted = Money.parse("0.69 USD")
    priced_by_model = True
    balance_reply = json({"data": {"balances": {"USD": 12.5, "DIEM": 3}}})
    refused_tasks = (
        (Generate(model="elevenlabs-music", prompt=PIANO, duration=1000), "duration"),
        (Generate(model="elevenlabs-music", prompt=PIANO, bpm=120), "bpm"),
        (Generate(model="lyria-3-pro", prompt="short"), "prompt"),
    )

    jobs = 60

    def vendor(self) -> SandboxVenice:
        return SandboxVenice(sound=lambda prompt, seconds, container: SILENCE)


class TestLocal(ProviderKit):
    provider = Local
    task = Generate(prompt="a slow waltz on the piano", duration=5, seed=7)
    refused_tasks = (
        (Generate(prompt="a waltz", duration=1e6), "duration"),
        (Generate(prompt="a waltz", lyrics="la la"), "lyrics"),
    )


class TestSilence(ProviderKit):
    provider = Silence
    task = Generate(prompt="nothing at all")


def hush() -> Hush:
    return Hush(settles=True)


class TestHush(ProviderKit):
    provider = hush
    task = Generate(prompt="some silence")
    accepted = json({"id": "j1"})
    running = json({"status": "running", "expected": 42.0})
    succeeded = json({"status": "done", "url": "/files/j1", "price": "0.10"})
    failed = json({"status": "failed", "price": "0"})
    quote_reply = json({"price": "0.10"})

    def vendor(self) -> HushVendor:
        return HushVendor(settles=True)


class TestMetronome(MetronomeKit, ProviderKit):
    """The example of these tests, which has everything."""
