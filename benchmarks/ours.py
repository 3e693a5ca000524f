"""Segue among the contenders, with the journal that every user has."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from benchmarks.contender import MODEL, Contender

if TYPE_CHECKING:
    import segue
    from segue.provider import Provider


class _Segue(Contender, ABC):
    """Segue, with the journal that every user has."""

    http: Mapping[str, object] = MappingProxyType({})
    client: segue.Client
    aclient: segue.AsyncClient

    @abstractmethod
    def _backend(self) -> str:
        """The backend, its provider having the pace of this round."""

    def _arguments(self) -> dict[str, Any]:
        from segue._config.files import Document  # noqa: PLC0415 - as above
        from segue.config import Config  # noqa: PLC0415 - imports are measured elsewhere

        environ = {
            "SEGUE_VENICE_BASE_URL": f"{self.turn.origin}/venice",
            "SEGUE_MUSICAPI_BASE_URL": f"{self.turn.origin}/musicapi",
            "VENICE_API_KEY": "any-key",
            "MUSICAPI_KEY": "any-key",
        }
        own = Document(path=Path("segue.toml"), content={"http": self.http})
        file = self.folder.parent / f"{self.folder.name}.sqlite3"
        return {
            "backend": self._backend(),
            "config": Config([own], environ=environ),
            "journal": file if self.turn.journal else None,
            "timeout": self.turn.timeout,
        }

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """While its client is open."""
        import segue  # noqa: PLC0415 - as above

        if self.asynchronous:
            async with segue.AsyncClient(**self._arguments()) as self.aclient:
                yield
        else:
            with segue.Client(**self._arguments()) as self.client:
                yield

    async def piece(self, prompt: str) -> None:
        """From the order to the file."""
        if not self.asynchronous:
            await super().piece(prompt)
            return
        await self.aclient.generate_and_wait(prompt, to=self.folder)

    def made(self, prompt: str) -> None:
        """The same, synchronously."""
        self.client.generate_and_wait(prompt, to=self.folder)


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
    """`segue.AsyncClient` that sends its requests through aiohttp: one setting."""

    title = "segue, async, on aiohttp"
    needs = "httpx_aiohttp"
    http = MappingProxyType({"transport": "aiohttp"})


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


def _pace(kind: type[Provider], interval: float) -> None:
    """Give a provider the pace of the round, and no limit: for this process."""
    from segue.provider import Cadence, Limits  # noqa: PLC0415 - as above

    kind.limits, kind.cadence = Limits(), Cadence(first=interval, growth=1.0, cap=interval)


@contextlib.contextmanager
def paced(interval: float) -> Iterator[None]:
    """Both providers at that pace, while the block runs."""
    from segue_musicapi import MusicAPI  # noqa: PLC0415 - as above
    from segue_venice import Venice  # noqa: PLC0415 - as above

    kinds: tuple[type[Provider], ...] = (Venice, MusicAPI)
    before = [(kind, kind.limits, kind.cadence) for kind in kinds]
    for kind in kinds:
        _pace(kind, interval)
    try:
        yield
    finally:
        for kind, limits, cadence in before:
            kind.limits, kind.cadence = limits, cadence
