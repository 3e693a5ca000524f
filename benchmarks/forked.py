"""A program that uses one client in several places, as `_process/forks.py` has it do.

    python -m benchmarks.forked '{"way": "os.fork", "origin": "http://…", "folder": "…", …}'

Every submission, its ticket or its error, becomes a line of `told.jsonl` in the folder.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec

import segue
from benchmarks.contender import MODEL
from segue._config.files import Document
from segue.config import Config
from segue.provider import Limits
from segue_venice import Venice

_PARENT = "of the parent"


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Which way, against which vendor, and how often."""

    way: str
    origin: str
    folder: str
    children: int = 6
    each: int = 20

    @property
    def over(self) -> str:
        """The transport."""
        return "aiohttp" if "aiohttp" in self.way else "httpx"

    def client(self, kind: Callable[..., Any]) -> Any:  # noqa: ANN401 - a client of that kind
        """One that may be used as fast as it can."""
        Venice.limits = Limits()
        environ = {"SEGUE_VENICE_BASE_URL": f"{self.origin}/venice", "VENICE_API_KEY": "any-key"}
        content = {"http": {"transport": self.over}}
        config = Config([Document(path=Path("segue.toml"), content=content)], environ=environ)
        return kind(f"venice/{MODEL}", config=config, journal=Path(self.folder) / "journal.sqlite3")

    def tell(self, prompt: str, **outcome: str) -> None:
        """A line, whole whoever writes beside."""
        line = json.dumps({"prompt": prompt, **outcome}) + "\n"
        file = os.open(f"{self.folder}/told.jsonl", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.write(file, line.encode())
        os.close(file)

    def submit(self, client: segue.Client, prompt: str) -> None:
        """Submit once, synchronously."""
        try:
            ticket = client.submit(task(prompt)).ticket
        except Exception as error:
            self.tell(prompt, error=repr(error))
        else:
            self.tell(prompt, ticket=ticket.id)

    async def asubmit(self, client: segue.AsyncClient, prompt: str) -> None:
        """The same, awaiting it."""
        try:
            ticket = (await client.submit(task(prompt))).ticket
        except Exception as error:
            self.tell(prompt, error=repr(error))
        else:
            self.tell(prompt, ticket=ticket.id)

    def several(self, client: segue.Client, place: str) -> None:
        """All submissions of one place, one after the other."""
        for number in range(self.each):
            self.submit(client, f"{place}, {number}")

    async def aseveral(self, client: segue.AsyncClient, place: str) -> None:
        """The same, five at a time."""
        turns = anyio.Semaphore(5)

        async def one(number: int) -> None:
            async with turns:
                await self.asubmit(client, f"{place}, {number}")

        async with anyio.create_task_group() as group:
            for number in range(self.each):
                group.start_soon(one, number)


def task(prompt: str) -> segue.Generate:
    """What is submitted."""
    return segue.Generate(prompt=prompt, duration=60)


def forked(turn: Turn, does: Callable[[str], object]) -> None:
    """Children by `os.fork`, all at once."""
    children = []
    for number in range(turn.children):
        child = os.fork()
        if not child:
            code = 1
            try:
                does(f"child {number}")
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    for child in children:
        _, status = os.waitpid(child, 0)
        if status:
            raise SystemExit(f"a child ended with {status}")


def by_os_fork(turn: Turn) -> None:
    """A synchronous client, used and then forked; the parent goes on beside its children."""
    with turn.client(segue.Client) as client:
        turn.submit(client, _PARENT)
        forked(turn, partial(turn.several, client))
        turn.submit(client, f"{_PARENT}, later")


def by_multiprocessing(turn: Turn) -> None:
    """The same with multiprocessing."""
    context = multiprocessing.get_context("fork")
    with turn.client(segue.Client) as client:
        turn.submit(client, _PARENT)
        children = [
            context.Process(target=turn.several, args=(client, f"child {number}"))
            for number in range(turn.children)
        ]
        for child in children:
            child.start()
        turn.several(client, _PARENT)
        for child in children:
            child.join()


def amid_requests(turn: Turn) -> None:
    """Forked while other threads of the parent are submitting."""
    with turn.client(segue.Client) as client:
        turn.submit(client, _PARENT)
        busy = [
            threading.Thread(target=turn.several, args=(client, f"{_PARENT}, thread {number}"))
            for number in range(3)
        ]
        for thread in busy:
            thread.start()
        forked(turn, partial(turn.several, client))
        for thread in busy:
            thread.join()


def by_os_fork_async(turn: Turn) -> None:
    """An asynchronous client, used in a loop, then forked; each child runs a loop of its own."""
    client = turn.client(segue.AsyncClient)
    asyncio.run(turn.asubmit(client, _PARENT))
    forked(turn, lambda place: asyncio.run(turn.aseveral(client, place)))
    asyncio.run(turn.asubmit(client, f"{_PARENT}, later"))


def amid_a_loop(turn: Turn) -> None:
    """Forked while the loop of another thread is submitting."""
    client = turn.client(segue.AsyncClient)
    asyncio.run(turn.asubmit(client, _PARENT))
    busy = threading.Thread(target=lambda: asyncio.run(turn.aseveral(client, f"{_PARENT}, loop")))
    busy.start()
    forked(turn, lambda place: asyncio.run(turn.aseveral(client, place)))
    busy.join()


def loops(turn: Turn, backend: str = "asyncio") -> None:
    """One event loop after another."""
    client = turn.client(segue.AsyncClient)
    for number in range(turn.children):
        anyio.run(turn.aseveral, client, f"loop {number}", backend=backend)

    async def last() -> None:
        await turn.asubmit(client, "the last loop")
        await client.close()

    anyio.run(last, backend=backend)


def loops_at_once(turn: Turn) -> None:
    """Event loops in several threads."""
    client = turn.client(segue.AsyncClient)

    def one(number: int) -> None:
        asyncio.run(turn.aseveral(client, f"loop {number}"))

    together([partial(one, number) for number in range(turn.children)])


def threads(turn: Turn) -> None:
    """Threads with one synchronous client."""
    with turn.client(segue.Client) as client:
        together(
            [partial(turn.several, client, f"thread {number}") for number in range(turn.children)]
        )


def together(errands: list[Callable[[], object]]) -> None:
    """In a thread each."""
    all_ = [threading.Thread(target=errand) for errand in errands]
    for thread in all_:
        thread.start()
    for thread in all_:
        thread.join()


WAYS: dict[str, Callable[[Turn], object]] = {
    "used, then os.fork": by_os_fork,
    "used, then multiprocessing's fork": by_multiprocessing,
    "os.fork while threads submit": amid_requests,
    "async, used, then os.fork": by_os_fork_async,
    "the same over aiohttp": by_os_fork_async,
    "os.fork while a loop submits": amid_a_loop,
    "os.fork while a loop submits, aiohttp": amid_a_loop,
    "one asyncio loop after another": loops,
    "one asyncio loop after another, aiohttp": loops,
    "one trio loop after another": partial(loops, backend="trio"),
    "loops in threads at once": loops_at_once,
    "loops in threads at once, aiohttp": loops_at_once,
    "threads": threads,
}

if __name__ == "__main__":
    TURN = msgspec.json.decode(sys.argv[1], type=Turn)
    with suppress(BrokenPipeError):
        WAYS[TURN.way](TURN)
