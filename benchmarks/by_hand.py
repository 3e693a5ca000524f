"""httpx by hand, the floor: no journal, no checks, no retries, no hash."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from benchmarks.contender import MODEL, Contender

KEY = {"authorization": "Bearer any-key"}
_PATIENT = httpx.Timeout(60.0, pool=None)


class Httpx(Contender):
    """httpx by hand: the three requests, streamed to a file that is renamed when it is whole.

    No journal, no checks, no retries, no hash: the floor.
    """

    asynchronous = False

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        with opened(f"{self.turn.origin}/venice") as self.client:
            yield

    def made(self, prompt: str) -> None:
        """From the order to the file."""
        reply = self.client.post("/audio/queue", json={"model": MODEL, "prompt": prompt})
        queued = reply.raise_for_status().json()
        asked = {"model": queued["model"], "queue_id": queued["queue_id"]}
        while True:
            with self.client.stream("POST", "/audio/retrieve", json=asked) as response:
                response.raise_for_status()
                if response.headers["content-type"].startswith("audio/"):
                    saved(response, self.folder / f"{asked['queue_id']}.wav")
                    return
                response.read()
            time.sleep(self.turn.interval)


class HttpxAsync(Contender):
    """The same with `httpx.AsyncClient`, with httpx's own limit of 100 connections, all kept."""

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        async with httpx.AsyncClient(
            base_url=f"{self.turn.origin}/venice",
            headers=KEY,
            timeout=_PATIENT,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=100),
        ) as self.client:
            yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        reply = await self.client.post("/audio/queue", json={"model": MODEL, "prompt": prompt})
        queued = reply.raise_for_status().json()
        asked = {"model": queued["model"], "queue_id": queued["queue_id"]}
        while True:
            async with self.client.stream("POST", "/audio/retrieve", json=asked) as response:
                response.raise_for_status()
                if response.headers["content-type"].startswith("audio/"):
                    await _saved_async(response, self.folder / f"{asked['queue_id']}.wav")
                    return
                await response.aread()
            await asyncio.sleep(self.turn.interval)


class HttpxMusic(Contender):
    """httpx by hand with MusicAPI."""

    asynchronous = False

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        with opened(f"{self.turn.origin}/musicapi") as self.client:
            yield

    def made(self, prompt: str) -> None:
        """From the order to the file."""
        order = {"custom_mode": False, "mv": "sonic-v5", "gpt_description_prompt": prompt}
        reply = self.client.post("/sonic/create", json=order).raise_for_status()
        task = reply.json()["task_id"]
        while (seen := self.client.get(f"/sonic/task/{task}")).status_code == 202:
            time.sleep(self.turn.interval)
        for song in seen.raise_for_status().json()["data"]:
            with self.client.stream("GET", song["audio_url"]) as response:
                saved(response, self.folder / f"{song['clip_id']}.wav")


def opened(url: str) -> httpx.Client:
    """A client as a hand would make it."""
    return httpx.Client(base_url=url, headers=KEY, timeout=_PATIENT)


def saved(response: httpx.Response, path: Path) -> None:
    """Stream an answer to a file that has its name only when it is whole."""
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
