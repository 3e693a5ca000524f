"""The contenders: each makes one piece from an order to a file, as its own documents say.

All of them look every `interval` seconds, but Segue, whose cadence has that number for its first
and longest delay and which lets the vendor's 80th percentile beat it, as it always does. None
has a limit to keep, so that what is measured is the client and not the vendor's pace.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from benchmarks.tables import is_here

if TYPE_CHECKING:
    from segue.provider import Provider

MODEL = "ace-step-15"


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What a contender is to do: `jobs` pieces, at once or one after the other."""

    contender: str
    origin: str
    folder: str
    jobs: int = 1
    at_once: bool = False
    interval: float = 0.25
    timeout: float = 900.0
    journal: bool = True


class Contender(ABC):
    """One way to get music. `missing` says why it cannot run here, if it cannot."""

    title: str
    asynchronous = True
    needs: str | None = None

    def __init__(self, turn: Round) -> None:
        self.turn = turn
        self.folder = Path(turn.folder)

    @classmethod
    def missing(cls) -> str:
        """Why it cannot run here; nothing if it can."""
        if cls.needs is None or is_here(cls.needs):
            return ""
        return f"{cls.needs} is not installed (group `bench`)"

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        await asyncio.to_thread(self.made, prompt)

    def made(self, prompt: str) -> None:
        """The same, where it is synchronous."""
        raise NotImplementedError


class _Segue(Contender, ABC):
    """Segue, with the journal that every user has."""

    @abstractmethod
    def _backend(self) -> str:
        """The backend, its provider having the pace of this round."""

    def _arguments(self) -> dict[str, Any]:
        from segue.config import Config  # noqa: PLC0415 - imports are measured elsewhere

        environ = {
            "SEGUE_VENICE_BASE_URL": f"{self.turn.origin}/venice",
            "SEGUE_MUSICAPI_BASE_URL": f"{self.turn.origin}/musicapi",
            "VENICE_API_KEY": "any-key",
            "MUSICAPI_KEY": "any-key",
        }
        file = self.folder.parent / f"{self.folder.name}.sqlite3"
        return {
            "backend": self._backend(),
            "config": Config(environ=environ),
            "journal": file if self.turn.journal else None,
            "timeout": self.turn.timeout,
        }

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        import segue  # noqa: PLC0415 - as above

        if self.asynchronous:
            async with segue.AsyncClient(**self._arguments()) as self._aclient:
                yield
        else:
            with segue.Client(**self._arguments()) as self._client:
                yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        if not self.asynchronous:
            await super().piece(prompt)
            return
        await self._aclient.generate_and_wait(prompt, to=self.folder)

    def made(self, prompt: str) -> None:
        """The same, synchronously."""
        self._client.generate_and_wait(prompt, to=self.folder)


class SegueVenice(_Segue):
    """`segue.AsyncClient` with Venice."""

    title = "segue, async"

    def _backend(self) -> str:
        from segue_venice import Venice  # noqa: PLC0415 - as above

        _pace(Venice, self.turn.interval)
        return f"venice/{MODEL}"


class SegueVeniceSync(SegueVenice):
    """`segue.Client` with Venice."""

    title = "segue"
    asynchronous = False


class SegueFast(SegueVenice):
    """`segue.AsyncClient` that sends its requests through aiohttp: one argument."""

    title = "segue, async, on aiohttp"
    needs = "httpx_aiohttp"

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While both clients are open."""
        from httpx_aiohttp import HttpxAiohttpClient  # noqa: PLC0415 - it may be missing

        import segue  # noqa: PLC0415 - as above

        async with (
            HttpxAiohttpClient() as http,
            segue.AsyncClient(http=http, **self._arguments()) as self._aclient,
        ):
            yield


class SegueMusic(_Segue):
    """`segue.Client` with MusicAPI."""

    title = "segue"
    asynchronous = False

    def _backend(self) -> str:
        from segue_musicapi import MusicAPI  # noqa: PLC0415 - as above

        _pace(MusicAPI, self.turn.interval)
        return "musicapi/sonic-v5"


class SegueMusicAsync(SegueMusic):
    """`segue.AsyncClient` with MusicAPI."""

    title = "segue, async"
    asynchronous = True


class VenicePy(Contender):
    """venice-py, as its own example goes: `run`, `wait`, `download`."""

    title = "venice-py"
    needs = "venice_ai"

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        from venice_ai import VeniceClient  # noqa: PLC0415 - it may be missing

        url = f"{self.turn.origin}/venice"
        async with VeniceClient(api_key="any-key", base_url=url) as self._client:
            yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        turn = self.turn
        job = await self._client.music.run(model=MODEL, prompt=prompt)
        looks = int(turn.timeout / turn.interval)
        status = await job.wait(poll_interval=turn.interval, max_polls=looks)
        await job.download(self.folder / f"{job.queue_id}.wav", status)


class MusicApiSdk(Contender):
    """musicapi-sdk: `generate_and_wait`. It downloads nothing, so httpx does, as by hand."""

    title = "musicapi-sdk"
    needs = "musicapi"
    asynchronous = False

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        from musicapi import MusicAPI  # noqa: PLC0415 - it may be missing

        url = f"{self.turn.origin}/musicapi"
        with MusicAPI("any-key", base_url=url) as self._client, _httpx(url) as self._files:
            yield

    def made(self, prompt: str) -> None:
        """From the order to the file."""
        from musicapi import PollOptions, SonicCreateParams  # noqa: PLC0415 - as above

        milliseconds = int(self.turn.interval * 1000), int(self.turn.timeout * 1000)
        done = self._client.sonic.generate_and_wait(
            SonicCreateParams(custom_mode=False, mv="sonic-v5", gpt_description_prompt=prompt),
            PollOptions(poll_interval_ms=milliseconds[0], timeout_ms=milliseconds[1]),
        )
        for song in done.data:
            with self._files.stream("GET", song.audio_url) as response:
                _saved(response, self.folder / f"{song.clip_id}.wav")


class Httpx(Contender):
    """httpx by hand: the three requests, streamed to a file that is renamed when it is whole.

    No journal, no checks, no retries, no hash: the floor.
    """

    title = "httpx by hand"
    asynchronous = False

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        with _httpx(f"{self.turn.origin}/venice") as self._client:
            yield

    def made(self, prompt: str) -> None:
        """From the order to the file."""
        reply = self._client.post("/audio/queue", json={"model": MODEL, "prompt": prompt})
        queued = reply.raise_for_status().json()
        asked = {"model": queued["model"], "queue_id": queued["queue_id"]}
        while True:
            with self._client.stream("POST", "/audio/retrieve", json=asked) as response:
                response.raise_for_status()
                if response.headers["content-type"].startswith("audio/"):
                    _saved(response, self.folder / f"{asked['queue_id']}.wav")
                    return
                response.read()
            time.sleep(self.turn.interval)


class HttpxAsync(Contender):
    """The same with `httpx.AsyncClient`, with httpx's own limit of 100 connections, all kept."""

    title = "httpx by hand, async"

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        async with httpx.AsyncClient(
            base_url=f"{self.turn.origin}/venice",
            headers=_KEY,
            timeout=_PATIENT,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=100),
        ) as self._client:
            yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        reply = await self._client.post("/audio/queue", json={"model": MODEL, "prompt": prompt})
        queued = reply.raise_for_status().json()
        asked = {"model": queued["model"], "queue_id": queued["queue_id"]}
        while True:
            async with self._client.stream("POST", "/audio/retrieve", json=asked) as response:
                response.raise_for_status()
                if response.headers["content-type"].startswith("audio/"):
                    await _saved_async(response, self.folder / f"{asked['queue_id']}.wav")
                    return
                await response.aread()
            await asyncio.sleep(self.turn.interval)


class HttpxMusic(Contender):
    """httpx by hand with MusicAPI."""

    title = "httpx by hand"
    asynchronous = False

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        with _httpx(f"{self.turn.origin}/musicapi") as self._client:
            yield

    def made(self, prompt: str) -> None:
        """From the order to the file."""
        order = {"custom_mode": False, "mv": "sonic-v5", "gpt_description_prompt": prompt}
        reply = self._client.post("/sonic/create", json=order).raise_for_status()
        task = reply.json()["task_id"]
        while (seen := self._client.get(f"/sonic/task/{task}")).status_code == 202:
            time.sleep(self.turn.interval)
        for song in seen.raise_for_status().json()["data"]:
            with self._client.stream("GET", song["audio_url"]) as response:
                _saved(response, self.folder / f"{song['clip_id']}.wav")


CONTENDERS: dict[str, type[Contender]] = {
    "segue": SegueVeniceSync,
    "segue-async": SegueVenice,
    "segue-fast": SegueFast,
    "venice-py": VenicePy,
    "httpx": Httpx,
    "httpx-async": HttpxAsync,
    "segue-musicapi": SegueMusic,
    "segue-musicapi-async": SegueMusicAsync,
    "musicapi-sdk": MusicApiSdk,
    "httpx-musicapi": HttpxMusic,
}

_KEY = {"authorization": "Bearer any-key"}
_PATIENT = httpx.Timeout(60.0, pool=None)


def _pace(kind: type[Provider], interval: float) -> None:
    """Give a provider the pace of the round, and no limit: for this process."""
    from segue.provider import Cadence, Limits  # noqa: PLC0415 - as above

    kind.limits, kind.cadence = Limits(), Cadence(first=interval, growth=1.0, cap=interval)


def _httpx(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers=_KEY, timeout=_PATIENT)


def _saved(response: httpx.Response, path: Path) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)
    os.replace(part, path)  # noqa: PTH105 - as short as a hand would write it


async def _saved_async(response: httpx.Response, path: Path) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        async for chunk in response.aiter_bytes():
            file.write(chunk)
    os.replace(part, path)  # noqa: PTH105 - as above
