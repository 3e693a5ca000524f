"""The mode of a cassette, replayed or recorded, and its source: `SEGUE_RECORD`."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urlsplit

import msgspec

from segue._data.suggestions import suggestion
from segue.errors import ConfigError
from segue.money import Money
from segue.provider import Provider
from segue.testing.cassettes.errors import CassetteError
from segue.testing.cassettes.guard import loopback

RECORD = "SEGUE_RECORD"
MAX_COST = "SEGUE_RECORD_MAX_COST"
NO_KEY = "no-key-is-needed"
"""The key of a replaying client, which is never sent."""


class Mode(enum.Enum):
    """What is done with a cassette; the value is that of `SEGUE_RECORD`."""

    REPLAY = ""
    SANDBOX = "sandbox"
    LIVE = "live"

    @property
    def records(self) -> bool:
        """Whether this mode writes a new file."""
        return self is not Mode.REPLAY


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """A model of the vendor on this computer. `opened()` starts one and yields the address that
    stands for the provider's `base_url`; `title` names it in the header of the cassette; `key` is
    what the client sends it.

    `hosts` are the vendor's other hosts, each by the path that stands for it there, such as
    `{"/other/files.acme.example": "https://files.acme.example"}`: so the recording shows the
    vendor's addresses. A model that answers with those is served with the same `hosts`:
    `served(Model(), hosts=HOSTS)`.
    """

    title: str
    opened: Callable[[], AbstractContextManager[str]]
    key: str = "sandbox-key-of-cassettes"
    hosts: Mapping[str, str] = {}


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where requests go: the address, the key, its name in the header, and what it may cost.

    `hosts` are those of its sandbox."""

    mode: Mode
    address: str
    key: str | None
    against: str = ""
    max_cost: Money | None = None
    hosts: Mapping[str, str] = {}

    @property
    def keys(self) -> list[str]:
        """The secrets that a recording must not hold."""
        return [self.key] if self.key else []


def mode_of(environ: Mapping[str, str]) -> Mode:
    """The mode that the environment sets; raises `ConfigError` for an unknown one."""
    word = environ.get(RECORD, "").strip().lower()
    try:
        return Mode(word)
    except ValueError:
        known = {mode.value for mode in Mode if mode.value}
        raise ConfigError(
            f"{RECORD}={word}: no such mode", advice=suggestion(word, known)
        ) from None


@contextmanager
def spot(
    mode: Mode, provider: type[Provider], sandbox: Sandbox | None, environ: Mapping[str, str]
) -> Iterator[Spot]:
    """Yield where a cassette of this provider is recorded or replayed."""
    if mode is Mode.LIVE:
        yield _live(provider, environ)
    elif mode is Mode.REPLAY:
        yield Spot(mode=mode, address=provider.base_url, key=NO_KEY)
    elif sandbox is None:
        raise CassetteError(
            "this cassette has no sandbox to be recorded from",
            advice=f"give it one, or record the vendor itself with {RECORD}=live",
        )
    else:
        with sandbox.opened() as address:
            _check_loopback(address)
            yield Spot(
                mode=mode,
                address=address,
                key=sandbox.key,
                against=sandbox.title,
                hosts=sandbox.hosts,
            )


def _live(provider: type[Provider], environ: Mapping[str, str]) -> Spot:
    """The vendor itself: only with a key, and with a cap."""
    key = environ.get(provider.key.env, "").strip() if provider.key else None
    if provider.key and provider.key.required and not key:
        raise ConfigError(
            f"{RECORD}=live needs a key of {provider.name}", advice=f"set {provider.key.env}"
        )
    if "PYTEST_XDIST_WORKER" in environ:
        raise ConfigError(
            f"{RECORD}=live runs in one process, which counts what is spent", advice="add -n0"
        )
    amount = environ.get(MAX_COST, "").strip()
    if not amount:
        raise ConfigError(
            f"{RECORD}=live spends money",
            advice=f"say how much in all: {MAX_COST}='0.50 USD'",
        )
    try:
        max_cost = Money.parse(amount)
    except ValueError as error:
        raise ConfigError(f"{MAX_COST}: {error}") from error
    against = f"the vendor itself, {provider.base_url}"
    return Spot(
        mode=Mode.LIVE, address=provider.base_url, key=key, against=against, max_cost=max_cost
    )


def _check_loopback(address: str) -> None:
    if not loopback(urlsplit(address).hostname):
        raise CassetteError(f"the sandbox at {address} is not on this computer")
