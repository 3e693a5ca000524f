"""The vendors' other libraries among the contenders, each as its own documents say."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from benchmarks.contender import MODEL, Contender


class VenicePy(Contender):
    """venice-py, as its own example goes: `run`, `wait`, `download`."""

    client: Any  # it may be missing

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        from venice_ai import VeniceClient  # noqa: PLC0415 - it may be missing

        url = f"{self.turn.origin}/venice"
        async with VeniceClient(api_key="any-key", base_url=url) as self.client:
            yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        turn = self.turn
        job = await self.client.music.run(model=MODEL, prompt=prompt)
        looks = int(turn.timeout / turn.interval)
        status = await job.wait(poll_interval=turn.interval, max_polls=looks)
        await job.download(self.folder / f"{job.queue_id}.wav", status)


class MusicApiSdk(Contender):
    """musicapi-sdk: `generate_and_wait`. It downloads nothing, so httpx does, as by hand."""

    client: Any  # as above
    asynchronous = False

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        from benchmarks.by_hand import opened  # noqa: PLC0415 - httpx may be missing
        from musicapi import MusicAPI  # noqa: PLC0415 - it may be missing

        url = f"{self.turn.origin}/musicapi"
        with MusicAPI("any-key", base_url=url) as self.client, opened(url) as self._files:
            yield

    def made(self, prompt: str) -> None:
        """From the order to the file."""
        from benchmarks.by_hand import saved  # noqa: PLC0415 - as above
        from musicapi import PollOptions, SonicCreateParams  # noqa: PLC0415 - as above

        milliseconds = int(self.turn.interval * 1000), int(self.turn.timeout * 1000)
        done = self.client.sonic.generate_and_wait(
            SonicCreateParams(custom_mode=False, mv="sonic-v5", gpt_description_prompt=prompt),
            PollOptions(poll_interval_ms=milliseconds[0], timeout_ms=milliseconds[1]),
        )
        for song in done.data:
            with self._files.stream("GET", song.audio_url) as response:
                saved(response, self.folder / f"{song.clip_id}.wav")
