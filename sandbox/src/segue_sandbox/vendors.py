"""Who is served: the vendors, where each is, and the environment that points Segue there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from starlette.types import ASGIApp

from segue_sandbox.app import Log, application
from segue_sandbox.clock import Clock, Dial
from segue_sandbox.faults import Plan
from segue_sandbox.marketplace import Forms, Marketplace, Sound
from segue_sandbox.musicapi import MusicAPI
from segue_sandbox.roots import rooted
from segue_sandbox.vendor import Vendor
from segue_sandbox.venice import Venice


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What all vendors are made with; `forms` is for the marketplace.

    `sound(prompt, seconds, container)` makes the audio; by default the local composer does.
    """

    seed: int = 0
    job_seconds: tuple[float, float] = (10.0, 40.0)
    forms: Forms = "live"
    sound: Sound | None = None


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor as it is served. `base` is what a client's base address has after the prefix."""

    title: str
    prefix: str
    make: Callable[[Setting, Dial], Vendor]
    variable: str
    key: str
    base: str = ""
    roots: Sequence[str] = ()

    def environment(self, origin: str) -> str:
        """The line that a shell understands: where it is, and a key that it takes."""
        return f"{self.variable}={origin}{self.prefix}{self.base} {self.key}"


def _venice(setting: Setting, dial: Dial) -> Vendor:
    return Venice(
        seed=setting.seed, job_seconds=setting.job_seconds, dial=dial, sound=setting.sound
    )


def _marketplace(setting: Setting, dial: Dial) -> Vendor:
    return Marketplace(
        seed=setting.seed,
        job_seconds=setting.job_seconds,
        dial=dial,
        sound=setting.sound,
        forms=setting.forms,
    )


def _musicapi(setting: Setting, dial: Dial) -> Vendor:
    return MusicAPI(
        seed=setting.seed, job_seconds=setting.job_seconds, dial=dial, sound=setting.sound
    )


STANDS = (
    Stand(
        title="Venice",
        prefix=Venice.prefix,
        make=_venice,
        variable="SEGUE_VENICE_BASE_URL",
        key="VENICE_API_KEY=any-key",
    ),
    Stand(
        title="the marketplace (Surplus Intelligence)",
        prefix=Marketplace.prefix,
        make=_marketplace,
        variable="SEGUE_MARKETPLACE_BASE_URL",
        key="SURPLUS_API_KEY=inf_any-key",
        base="/v1",
        roots=Marketplace.roots,
    ),
    Stand(
        title="MusicAPI",
        prefix=MusicAPI.prefix,
        make=_musicapi,
        variable="SEGUE_MUSICAPI_BASE_URL",
        key="MUSICAPI_KEY=any-key",
        base="/api/v1",
    ),
)


def served(
    setting: Setting,
    clock: Clock,
    *,
    plan: Plan | None = None,
    log: Log = lambda _line: None,
) -> ASGIApp:
    """The ASGI application with all vendors, which relative addresses of theirs lead to as well."""
    vendors = [stand.make(setting, clock.dial) for stand in STANDS]
    app = application(vendors, clock, plan=plan, seed=setting.seed, log=log)
    return rooted(app, {root: stand.prefix for stand in STANDS for root in stand.roots})


def environments(origin: str) -> list[str]:
    """A line for each vendor."""
    return [stand.environment(origin) for stand in STANDS]


def listing() -> str:
    """What is served, for the command's help."""
    return "\n".join(f"  {stand.prefix + stand.base:<22} {stand.title}" for stand in STANDS)
