"""What a program does with the marketplace, told once for every driver; each returns what came
of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import segue
from segue import Client, Ticket
from segue.errors import JobError
from segue.job import Snapshot
from segue.testing.cassettes import Story

ULID = "01M2E752E5S0GQ5AYRJWB8WGD1"
UUID = "550e8400-e29b-41d4-a716-446655440000"
PROMPT = "a gentle piano melody"
TASK = segue.Generate(prompt=PROMPT, duration=60)


def asking(mark: str = "", **fields: object) -> segue.Generate:
    """The task, with a word for the sandbox in its prompt."""
    return segue.Generate(prompt=f"{PROMPT} {mark}".strip(), duration=60, extra=_ours(fields))


def submit(task: segue.Generate = TASK) -> Callable[[Client], object]:
    return lambda client: client.submit(task)


def balance(client: Client) -> object:
    return [str(money) for money in client.balance()]


def stranger(client: Client) -> object:
    return client.resume(Ticket(provider="marketplace", id=ULID)).poll()


def song(client: Client, folder: Path) -> object:
    """Everything, in the order of a careful program."""
    sold = {model.id: model.available for model in client.models() if model.kind == "music"}
    quote = client.quote(TASK)
    job = client.submit(TASK)
    job.wait()
    job.download(folder / "song.mp3")
    return (
        sold["venice-ace-step-15"],
        sold["venice-lyria-3-pro"],
        str(quote.cost),
        _cost(job.snapshot),
        balance(client),
        _names(folder),
    )


def carried(task: segue.Generate = TASK) -> Story:
    """A song in spite of what comes in between: its cost and its files."""

    def story(client: Client, folder: Path) -> object:
        delivery = client.generate_and_wait(task, to=folder / "song.mp3")
        return _cost(delivery.snapshot), [path.name for path in delivery.paths]

    return story


def failing(task: segue.Generate) -> Story:
    """A job that comes to a bad end: how, the vendor's code, and whether it is charged."""

    def story(client: Client, _folder: Path) -> object:
        job = client.submit(task)
        try:
            job.wait()
        except JobError as error:
            failure = error.snapshot.error if error.snapshot else None
            return type(error).__name__, failure and failure.code, failure and failure.charged
        return "it did not fail"

    return story


def cancelled(client: Client, _folder: Path) -> object:
    """Stopped after it was seen, and looked at again."""
    job = client.submit(TASK)
    return job.poll().status.value, job.cancel().status.value, job.poll().word


def cancelled_late(client: Client, folder: Path) -> object:
    """Stopped when it is done: it stays, and can be had."""
    job = client.submit(asking("[sandbox:cancel-409]"))
    job.wait()
    seen = job.cancel()
    job.download(folder / "song.mp3")
    return seen.status.value, _names(folder)


def cancelled_in_vain(client: Client, _folder: Path) -> object:
    """Stopped, and it goes on."""
    job = client.submit(asking("[sandbox:unstoppable]"))
    return job.cancel().status.value, job.wait().status.value


def by_token(client: Client, _folder: Path) -> object:
    """A job that was submitted elsewhere: nothing is known but its id and its token."""
    ticket = client.submit(TASK).ticket
    known = Ticket(provider="marketplace", id=ticket.id, secrets=ticket.secrets)
    return client.resume(known).wait().status.value


def by_wrong_token(client: Client, _folder: Path) -> object:
    """A token that is no good gives way to the key."""
    ticket = client.submit(TASK).ticket
    known = Ticket(provider="marketplace", id=ticket.id, secrets={"job_token": "wrong"})
    return client.resume(known).poll().status.value


def _ours(fields: dict[str, object]) -> dict[str, dict[str, object]]:
    return {"marketplace": fields} if fields else {}


def _cost(snapshot: Snapshot | None) -> str:
    return str(snapshot.cost) if snapshot else ""


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
