"""What a program does with Venice, told once for every driver; each returns what came of it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import structs

import segue
from segue import Client, Ticket
from segue.errors import DownloadError, JobError
from segue.testing.cassettes import Story

from .acme import tune

ID = "123e4567-e89b-12d3-a456-426614174000"
PROMPT = "Warm cinematic strings with a gentle piano melody, hopeful and spacious"
TASK = segue.Generate(prompt=PROMPT, duration=60)
TICKET = Ticket(provider="venice", id=ID, model="ace-step-15", state={"model": "ace-step-15"})


def submit(task: segue.Generate = TASK) -> Callable[[Client], object]:
    return lambda client: client.submit(task)


def balance(client: Client) -> object:
    return [str(money) for money in client.balance()]


def look(client: Client) -> object:
    return client.resume(TICKET).poll()


def song(client: Client, folder: Path) -> object:
    """Everything, in the order of a careful program."""
    models = [model.id for model in client.models() if model.kind == "music"]
    quote = client.quote(TASK)
    job = client.submit(TASK)
    job.wait()
    job.download(folder / "song.flac")
    job.release()
    return "ace-step-15" in models, str(quote.cost), sorted(path.name for path in folder.iterdir())


def carried_on(client: Client, folder: Path) -> object:
    """A song in spite of what comes in between."""
    delivery = client.generate_and_wait(TASK, to=folder / "song.flac")
    return [path.name for path in delivery.paths]


def instrumental(client: Client, folder: Path) -> object:
    """The request that Venice's guide prints."""
    task = segue.Generate(prompt=PROMPT, duration=30, instrumental=True)
    return [file.container for file in client.generate_and_wait(task, to=folder).files]


def marked(mark: str) -> Story:
    """A job that comes to a bad end, for which its prompt asks the sandbox: how, and what
    prompt is suggested."""

    def story(client: Client, folder: Path) -> object:
        job = client.submit(segue.Generate(prompt=f"{PROMPT} {mark}", duration=60))
        try:
            job.wait()
        except JobError as error:
            failure = error.snapshot.error if error.snapshot else None
            return type(error).__name__, failure and failure.suggested_prompt
        return "it did not fail"

    return story


def released(client: Client, folder: Path) -> object:
    """What is left of a job whose copy was deleted, twice."""
    job = client.submit(TASK)
    job.wait()
    job.release()
    job.release()
    return job.poll().status.value


def emptied(client: Client, folder: Path) -> object:
    """An empty track is none: not when it is looked at, and not when it is fetched."""
    job = client.submit(TASK)
    job.wait()
    try:
        job.download(folder / "song.flac")
    except DownloadError as error:
        left = sorted(path.name for path in folder.iterdir())
        job.download(folder / "song.flac")
        return "the file is empty" in error.message, left
    return "it was taken for a track"


SPEECH = segue.Speak(text="Hello there, and good night.", model="tts-kokoro", format="mp3")


def spoken(client: Client, folder: Path) -> object:
    """A text, read to a file."""
    saved = client.ask(structs.replace(SPEECH, to=folder / "hello.mp3"))
    return saved.container, saved.bytes, saved.sha256


def streamed(client: Client, _folder: Path) -> object:
    """The same, as it comes."""
    with client.stream(SPEECH) as chunks:
        heard = b"".join(chunks)
    return "mp3", len(heard), sha256(heard).hexdigest()


def is_speech(told: Any) -> bool:
    container, size, _ = told
    return container == "mp3" and size > 500


def said(folder: Path) -> Path:
    """A recording of nothing much, to be sent."""
    (folder / "said.wav").write_bytes(tune(2_000))
    return folder / "said.wav"


def transcribed(client: Client, folder: Path) -> object:
    """A form with a file: its boundary differs each time, and is even in the cassette."""
    return client.ask(segue.Transcribe(file=said(folder))).text


def cloned(client: Client, folder: Path) -> object:
    voice = client.ask(segue.CloneVoice(sample=said(folder)))
    return voice.id[:3], voice.model
