"""What a program does with MusicAPI, told once for every driver; each returns what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import segue
from segue import Client, Ticket
from segue.errors import JobError
from segue.job import Snapshot
from segue.tasks import Source, Task
from segue.testing.cassettes import Story
from segue_musicapi import (
    AlignedLyrics,
    Bpm,
    Concat,
    CreateVoice,
    Credits,
    Download,
    GetLyrics,
    GetSong,
    MakeLyrics,
    Midi,
    Persona,
    RiffusionUpload,
    SonicUpload,
    UpsampleTags,
    Vox,
    Wav,
    WriteLyrics,
)

from .recordings import ended

PROMPT = "warm strings, hopeful and spacious"
RECORDING = Source(url="https://example.org/recording.mp3")
SONG = segue.Generate(prompt="folk", lyrics="[Verse]\nrain on the roof", title="Rain")


def asking(*marks: str, **fields: object) -> segue.Generate:
    """The task, with words for the sandbox in its prompt."""
    told = " ".join([PROMPT, *marks])
    return segue.Generate(prompt=told, extra={"musicapi": fields} if fields else {})


def carried(task: Task) -> Story:
    """A song, brought home: its files, its titles, and how its songs ended."""

    def story(client: Client, folder: Path) -> object:
        delivery = client.generate_and_wait(task, to=folder)
        return len(delivery.paths), _ends(delivery.snapshot), delivery.snapshot.partial

    return story


def failing(*tasks: Task) -> Story:
    """Jobs that come to a bad end, one after another: why, and whether a refund is told."""

    def story(client: Client, _folder: Path) -> object:
        return [_failure(client, task) for task in tasks]

    return story


def submit(task: Task) -> Callable[[Client], object]:
    return lambda client: client.submit(task)


def strangers(*families: str) -> Story:
    """Jobs that are not of this account."""
    jobs = [
        Ticket(provider="musicapi", id="no-such-task", state={"family": family})
        for family in families
    ]

    def story(client: Client, _folder: Path) -> object:
        return [ended(partial(_looked, client, one)) for one in jobs]

    return story


def credits_left(client: Client, _folder: Path) -> object:
    left = client.ask(Credits())
    return str(left.credits), str(left.extra), [str(money) for money in client.balance()]


def hurried(client: Client, _folder: Path) -> object:
    """Two songs at once; the vendor takes one in three seconds."""
    client.submit(asking())
    return ended(lambda: client.submit(asking()))


def gone(client: Client, folder: Path) -> object:
    """A song whose files are there no more."""
    job = client.submit(asking("[sandbox:gone]"))
    job.wait()
    return ended(lambda: job.download(folder))


def joined(client: Client, _folder: Path) -> object:
    """An extension, joined to its song, and one that is joined by itself."""
    first = _made(client, SONG)[0]
    further = segue.Extend(source=Source(track=first), at=30.0, prompt="louder")
    (whole,) = _made(client, Concat(source=Source(track=_made(client, further)[0])))
    extra = {"musicapi": {"auto_concat": True}}
    replaced = segue.Replace(source=Source(track=first), start=1.0, end=9.0, extra=extra)
    return bool(whole), len(_made(client, replaced))


def parted(client: Client, _folder: Path) -> object:
    """A song in its stems."""
    first = _made(client, SONG)[0]
    return len(_made(client, segue.Stems(source=Source(track=first))))


def voiced(client: Client, _folder: Path) -> object:
    """A voice that is learned, and sung with."""
    (voice,) = _made(client, CreateVoice(source=RECORDING))
    task = segue.Generate(prompt="folk", lyrics="[Verse]\nrain", voice=voice)
    return len(_made(client, task))


def brought(client: Client, _folder: Path) -> object:
    """A recording that is brought along: alone, and with its cover in the same request."""
    (clip,) = _made(client, segue.Upload(source=RECORDING))
    return bool(clip), len(_made(client, segue.Cover(source=RECORDING, style="jazz")))


def downloaded(client: Client, folder: Path) -> object:
    """Producer makes another file of its piece."""
    (piece,) = _made(client, asking())
    job = client.submit(Download(source=Source(track=piece), container="wav"))
    job.wait()
    return [path.suffix for path in job.download(folder)]


def written(client: Client, folder: Path) -> object:
    """Words as a job: looked at meanwhile, saved, and one that fails."""
    job = client.submit(MakeLyrics(prompt="rain on the roof"))
    before = client.ask(GetLyrics(task=job.ticket.id)).status
    job.wait()
    (path,) = job.download(folder)
    bad = _failure(client, MakeLyrics(prompt="rain [sandbox:failed]"))
    return before, path.read_text(encoding="utf-8").count("\n") > 1, bad


def transcribed(client: Client, _folder: Path) -> object:
    """A score, asked for until it is ready."""
    first = _made(client, SONG)[0]
    return client.ask(Midi(clip=first)).url.endswith(".mid")


def asked(client: Client, _folder: Path) -> object:
    """Every other question that is answered at once."""
    clip = _made(client, SONG)[0]
    address = str(RECORDING.url)
    return (
        len(client.ask(AlignedLyrics(clip=clip))),
        client.ask(Bpm(clip=clip)).average is not None,
        "pop" in client.ask(UpsampleTags(tags="pop")),
        bool(client.ask(Persona(name="Rain", clip=clip))),
        client.ask(Vox(clip=clip, start=1.0, end=5.0)).status,
        client.ask(Wav(clip=clip)).endswith(".wav"),
        bool(client.ask(SonicUpload(url=address))),
        bool(client.ask(RiffusionUpload(url=address))),
        client.ask(GetSong(link="https://suno.com/s/abc")).title,
    )


def worded(client: Client, _folder: Path) -> object:
    return [song.title for song in client.ask(WriteLyrics(description="rain"))]


def _looked(client: Client, ticket: Ticket) -> object:
    return client.resume(ticket).poll()


def _made(client: Client, task: Task) -> Sequence[str]:
    return [track.id for track in client.submit(task).wait().tracks]


def _failure(client: Client, task: Task) -> object:
    job = client.submit(task)
    try:
        job.wait()
    except JobError as error:
        failure = error.snapshot.error if error.snapshot else None
        return failure and (failure.message, failure.refund is not None)
    return "it did not fail"


def _ends(snapshot: Snapshot) -> list[str]:
    return [track.status.value for track in snapshot.tracks]
