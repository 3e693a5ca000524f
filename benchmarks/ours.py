"""Segue among the contenders, with the journal that every user has."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.contender import MODEL, Contender

if TYPE_CHECKING:
    import segue
    from segue.provider import Limits, Provider


class _Segue(Contender, ABC):
    """Segue, with the journal that every user has."""

    http = ""
    """What its `segue.toml` says under `[http]`."""
    client: segue.Client
    aclient: segue.AsyncClient

    @abstractmethod
    def _backend(self) -> str:
        """The backend, its provider having the pace of this round."""

    def _arguments(self) -> dict[str, Any]:
        from segue.config import Config  # noqa: PLC0415 - imports are measured elsewhere

        own = self.folder.with_suffix(".toml")
        own.write_text(f"[http]\n{self.http}\n", encoding="utf-8")
        environ = {
            "SEGUE_CONFIG": str(own),
            "SEGUE_VENICE_BASE_URL": f"{self.turn.origin}/venice",
            "SEGUE_MUSICAPI_BASE_URL": f"{self.turn.origin}/musicapi",
            "VENICE_API_KEY": "any-key",
            "MUSICAPI_KEY": "any-key",
        }
        return {
            "backend": self._backend(),
            "config": Config.load(environ=environ),
            "journal": self.folder.with_suffix(".sqlite3") if self.turn.journal else None,
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

    def _backend(self) -> str:
        from segue_venice import Venice  # noqa: PLC0415 - as above

        _pace(Venice, self.turn.interval, self.turn.limits)
        return f"venice/{MODEL}"


class SegueVeniceSync(SegueVenice):
    """`segue.Client` with Venice."""

    asynchronous = False


class SegueFast(SegueVenice):
    """`segue.AsyncClient` that sends its requests through aiohttp: one setting."""

    http = 'transport = "aiohttp"'


class SegueMusic(_Segue):
    """`segue.Client` with MusicAPI."""

    asynchronous = False

    def _backend(self) -> str:
        from segue_musicapi import MusicAPI  # noqa: PLC0415 - as above

        _pace(MusicAPI, self.turn.interval, self.turn.limits)
        return "musicapi/sonic-v5"


class SegueMusicAsync(SegueMusic):
    """`segue.AsyncClient` with MusicAPI."""

    asynchronous = True


def _pace(kind: type[Provider], interval: float, limits: float = 0.0) -> None:
    """Give a provider the pace of the round, and its own limits `limits` times: in this process."""
    from segue.provider import Cadence  # noqa: PLC0415 - as above

    kind.limits = _times(kind.limits, limits)
    kind.cadence = Cadence(first=interval, growth=1.0, cap=interval)


def _times(limits: Limits, factor: float) -> Limits:
    from segue.provider import Limits  # noqa: PLC0415 - as above

    if not factor:
        return Limits()
    submits, polls, every = limits.submits_per_minute, limits.polls_per_minute, limits.submit_every
    return Limits(
        submits_per_minute=submits and submits * factor,
        polls_per_minute=polls and polls * factor,
        submit_every=every and every / factor,
    )


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
