"""aiohttp by hand: as little as can be done with the quickest of Python's own HTTP clients."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import aiohttp

from benchmarks.contender import MODEL, Contender

KEY = {"authorization": "Bearer any-key"}


class Aiohttp(Contender):
    """The three requests, streamed to a file that is renamed when it is whole, with aiohttp's own
    limit of 100 connections. No journal, no checks, no retries, no hash."""

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its session is open."""
        timeout = aiohttp.ClientTimeout(total=None, sock_read=60.0)
        async with aiohttp.ClientSession(
            f"{self.turn.origin}/venice/", headers=KEY, timeout=timeout, raise_for_status=True
        ) as self.session:
            yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        order = {"model": MODEL, "prompt": prompt}
        async with self.session.post("audio/queue", json=order) as reply:
            queued = await reply.json()
        asked = {"model": queued["model"], "queue_id": queued["queue_id"]}
        while True:
            async with self.session.post("audio/retrieve", json=asked) as reply:
                if reply.content_type.startswith("audio/"):
                    await self._saved(reply, queued["queue_id"])
                    return
                await reply.read()
            await asyncio.sleep(self.turn.interval)

    async def _saved(self, reply: aiohttp.ClientResponse, name: str) -> None:
        part = self.folder / f"{name}.part"
        with part.open("wb") as file:
            async for chunk in reply.content.iter_any():
                file.write(chunk)
        os.replace(part, part.with_suffix(".wav"))  # noqa: PTH105 - as short as a hand would write it
