"""Cassettes: a vendor's responses, recorded once and replayed through both drivers.

    def song(client: Client, folder: Path) -> object:
        return client.generate_and_wait(TASK, to=folder).snapshot

    def test_a_song():
        seen = alike("cassettes/acme/song.yaml", Acme, song, backend="acme/opus-1")
        assert seen.files

By default that replays: no connection is opened, no key is needed, and nothing waits. A request
that the cassette does not hold is a `CassetteError`, and so is a response left over.

    SEGUE_RECORD=sandbox   records anew, from a model of the vendor on this computer
    SEGUE_RECORD=live      records the vendor itself, with its key, and never above
                           SEGUE_RECORD_MAX_COST, such as "0.50 USD", in all

Secrets are removed before anything is matched or written (`Scrub`), and a recording that still
holds one is not written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import msgspec

from segue._session.backends import Backends
from segue.client import Client
from segue.provider import Provider
from segue.testing.cassettes.clients import Clients, Witness, backoff_skipped
from segue.testing.cassettes.errors import CassetteError, OtherStory
from segue.testing.cassettes.faces import Driver
from segue.testing.cassettes.file import Head, write
from segue.testing.cassettes.guard import loopback, no_host, only
from segue.testing.cassettes.modes import Mode, Sandbox, Spot, mode_of, spot
from segue.testing.cassettes.origin import Origin
from segue.testing.cassettes.scrub import Scrub
from segue.testing.cassettes.tape import Heard, Tape

__all__ = [
    "CassetteError",
    "Driver",
    "Head",
    "Heard",
    "Mode",
    "Sandbox",
    "Scrub",
    "Seen",
    "Story",
    "alike",
    "cassette",
    "heard",
]

Story: TypeAlias = Callable[[Client, Path], object]
"""What a program does with a vendor: it takes a client and a folder for its files, and returns what
must be equal with every driver. It is plain synchronous code: an asynchronous client is wrapped so
that it is called as a `Client` is."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a story: what it returned, the snapshots that were seen, the files that were
    saved (kind, container, bytes, SHA-256) and the calls (endpoint, status), in order."""

    result: object
    snapshots: tuple[object, ...]
    files: tuple[tuple[str, str, int, str], ...]
    calls: tuple[tuple[str, int | None], ...]


@contextmanager
def cassette(
    path: str | Path,
    provider: type[Provider],
    *,
    sandbox: Sandbox | None = None,
    scrub: Scrub = Scrub(),  # noqa: B008 - it is frozen
    options: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    mode: Mode | None = None,
) -> Iterator[Clients]:
    """Replay `path` while the block runs, or record it, as `SEGUE_RECORD` or `mode` says.

    The clients to record or replay are made in the block by the yielded object; `options` are the
    provider's own settings for them. Nothing is written when the block fails. Raises
    `CassetteError`, and `ConfigError` when what recording needs is not there.
    """
    environ = os.environ if environ is None else environ
    mode = mode_of(environ) if mode is None else mode
    with spot(mode, provider, sandbox, environ) as place:
        tape = _tape(Path(path), provider, scrub, place)
        clients = Clients(place, provider, options or {}, Path(path))
        with _recorded(tape, place) if mode.records else _replayed(tape):
            yield clients


def alike(
    path: str | Path,
    provider: type[Provider],
    story: Story,
    *,
    backend: Backends,
    drivers: Sequence[Driver] = ("sync", "asyncio"),
    sandbox: Sandbox | None = None,
    scrub: Scrub = Scrub(),  # noqa: B008 - it is frozen
    options: Mapping[str, object] | None = None,
) -> Seen:
    """Record `story` if `SEGUE_RECORD` says so, then replay it through each of the drivers.

    Raises `CassetteError` when a driver's result differs from the first one's. Returns the common
    result. `options` are the provider's own settings.
    """
    opened = partial(cassette, path, provider, scrub=scrub, options=options)
    if mode_of(os.environ).records:
        with opened(sandbox=sandbox) as clients:
            _result(story, clients, backend, "sync")
    seen: dict[Driver, Seen] = {}
    for driver in drivers:
        with opened(mode=Mode.REPLAY) as clients:
            seen[driver] = _result(story, clients, backend, driver)
    first = seen[drivers[0]]
    for driver, other in seen.items():
        if other != first:
            raise CassetteError(f"{path}: {_difference(driver, other, drivers[0], first)}")
    return first


def heard(path: str | Path) -> list[Heard]:
    """Return the interactions of a cassette, in order."""
    tape = Tape(Path(path), Scrub(), Origin(real="", shown=""), recording=False)
    with tape.running():
        return tape.heard


def _difference(one: Driver, seen: Seen, other: Driver, first: Seen) -> str:
    """Describe the first difference between the results of two drivers."""
    for part in Seen.__struct_fields__:
        ours, theirs = getattr(first, part), getattr(seen, part)
        if ours != theirs:
            return f"{part} by {one}: {theirs!r}; by {other}: {ours!r}"
    return "nothing differs"


def _result(story: Story, clients: Clients, backend: Backends, driver: Driver) -> Seen:
    witness = Witness()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        client = stack.enter_context(clients.client(backend, driver, plugins=[witness]))
        result = story(client, folder)
    return Seen(
        result=result,
        snapshots=tuple(witness.snapshots),
        files=tuple(witness.files),
        calls=tuple(witness.calls),
    )


def _tape(path: Path, provider: type[Provider], scrub: Scrub, place: Spot) -> Tape:
    if not place.mode.records and not path.is_file():
        raise CassetteError(
            f"there is no cassette {path}",
            advice="record it: SEGUE_RECORD=sandbox, or SEGUE_RECORD=live",
        )
    own = (f"x-{provider.name}-*", *scrub.headers)
    keys = (*scrub.keys, provider.key.header) if provider.key else scrub.keys
    scrub = msgspec.structs.replace(scrub, headers=own, keys=keys)
    origin = Origin.of(place.address, provider.base_url, place.hosts)
    return Tape(path, scrub, origin, recording=place.mode.records)


@contextmanager
def _recorded(tape: Tape, place: Spot) -> Iterator[None]:
    with _alone(place.mode), tape.running():
        yield
    head = Head.now(place.against, live=place.mode is Mode.LIVE)
    write(tape, head, place.keys)


@contextmanager
def _replayed(tape: Tape) -> Iterator[None]:
    with _alone(Mode.REPLAY), tape.running():
        try:
            yield
        except CassetteError:
            raise
        except Exception as error:
            if tape.misses:
                raise tape.misses[0] from error
            raise
    if tape.misses:
        raise tape.misses[0]
    if left := tape.unplayed:
        raise OtherStory(
            f"{tape.path}: {len(left)} of {len(tape.heard)} answers were not requested: "
            + ", ".join(str(one) for one in left),
            advice="record it again, or make those requests",
        )


@contextmanager
def _alone(mode: Mode) -> Iterator[None]:
    """Allow only the hosts of the mode, and skip backoff unless the vendor is live."""
    with ExitStack() as stack:
        if mode is not Mode.LIVE:
            stack.enter_context(only(loopback if mode is Mode.SANDBOX else no_host))
            stack.enter_context(backoff_skipped())
        yield
