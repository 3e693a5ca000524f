"""A made-up vendor on loopback, its provider, and a story of it."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager

from toy_vendor import Answer, Toy, Vendor

from segue.testing.cassettes import Mode, Sandbox, cassette

KEY = "toy-key-of-0123456789"


class Acme(Toy):
    """A provider with an address of its own."""

    name = "acme"
    base_url = "https://api.acme.example/v2"


def tune(frames: int = 24_000) -> bytes:
    """A WAV file of so many samples; not silence, but nothing to whistle either."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(24_000)
        sound.writeframes(bytes(n * n % 251 for n in range(2 * frames)))
    return file.getvalue()


TUNE = tune()


def says(body: str, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=body.encode(), headers=named)


def working(vendor: Vendor) -> None:
    """A vendor that does its work: a job runs at the first look, and is done at the second."""
    vendor.says("/v2/jobs", says('{"id":"j1"}'))
    vendor.says(
        "/v2/jobs/j1",
        says('{"status":"running","progress":0.5}'),
        says(f'{{"status":"done","url":"{vendor.url}/v2/j1.wav?sig=s3cr3t"}}'),
    )
    vendor.says("/v2/j1.wav", Answer(body=TUNE, kind="audio/wav"))


def standing_in(vendor: Vendor) -> Sandbox:
    """The vendor as the sandbox of its own cassettes."""

    @contextmanager
    def opened() -> Iterator[str]:
        yield f"{vendor.url}/v2"

    return Sandbox(title="a model of Acme", opened=opened, key=KEY)


def song(client, folder):
    job = client.submit("a tune to whistle")
    job.wait()
    job.download(folder / "song.wav", overwrite=True)


def record(tape, box, story=song, **how):
    """Record once, from the model of the vendor."""
    with (
        cassette(tape, Acme, sandbox=box, mode=Mode.SANDBOX, **how) as clients,
        clients.client("acme/one") as client,
    ):
        story(client, tape.parent)


def replay(tape, story=song, driver="sync"):
    """Replay it once."""
    with (
        cassette(tape, Acme, mode=Mode.REPLAY) as clients,
        clients.client("acme/one", driver) as client,
    ):
        return story(client, tape.parent)
