"""What a cassette of any vendor is made of: its story, and how the sandbox is made to answer so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from segue import Client
from segue.errors import SegueError
from segue.provider import Provider
from segue.tasks import Task
from segue.testing.cassettes import Driver, Scrub, Story

STEP = 5.0
"""Vendor seconds from one request to the next."""


class Recording(NamedTuple):
    """A cassette: what it is about, the story, what that returns (or whether it is right), and
    the sandbox for it.

    `cut` are faults that only shorten what is long; `faults` are the others. Jobs take `seconds`,
    and from one request to the next `step` go by, both in vendor time. `live` says that the
    vendor itself can be asked for the same; `mark` is what the prompt says to the sandbox.
    """

    about: str
    story: Story
    result: object
    backend: str = ""
    key: str = ""
    cut: Sequence[dict[str, Any]] = ()
    faults: Sequence[dict[str, Any]] = ()
    seconds: float = 8.0
    step: float = STEP
    mark: str = ""
    live: bool = False
    drivers: Sequence[Driver] = ("sync", "asyncio")


class Shelf(NamedTuple):
    """All cassettes of a vendor, each by its file's name, in a folder named like the provider.

    `backend` and `key` are for those that name no other; `hosts` are as those of a `Sandbox`.
    """

    provider: type[Provider]
    recordings: Mapping[str, Recording]
    backend: str
    key: str = "sandbox-key-of-cassettes"
    hosts: Mapping[str, str] = {}
    scrub: Scrub = Scrub()

    @property
    def name(self) -> str:
        """The provider's name, and the folder's."""
        return self.provider.name


def instead(endpoint: str, status: int, body: object = None, **more: Any) -> dict[str, Any]:
    """A fault: this answer in the place of the vendor's action."""
    told = {} if body is None else {"body": body}
    return {"endpoint": endpoint, "kind": "status", "status": status, **told, **more}


def ending(ask: Callable[[Client], object]) -> Story:
    """The story of a request that is refused: the error's class and its HTTP status."""

    def story(client: Client, _folder: object) -> object:
        return ended(lambda: ask(client))

    return story


def refused_each(*tasks: Task) -> Story:
    """The story of submissions that are refused one after another: how each was."""

    def story(client: Client, _folder: object) -> object:
        return [ended(partial(client.submit, task)) for task in tasks]

    return story


def ended(ask: Callable[[], object]) -> tuple[str, int | None] | str:
    """How a request was refused: the error's class and its HTTP status."""
    try:
        ask()
    except SegueError as error:
        return type(error).__name__, getattr(error, "status", None)
    return "no error came"


def made(told: Recording) -> str:
    """How the sandbox was made to answer so, in words for the table of `cassettes/README.md`."""
    means = [f"key `{told.key}`"] if told.key else []
    means += [f"`{told.mark}` in the prompt"] if told.mark else []
    for fault in told.faults:
        status = f" {fault['status']}" if "status" in fault else ""
        where = [f"`{fault['endpoint']}`"] if "endpoint" in fault else []
        where += [f"request {fault['nth']}"] if "nth" in fault else []
        means.append(f"fault `{fault['kind']}{status}` at {', '.join(where)}")
    means += [f"{told.step:.0f} s from request to request"] if told.step != STEP else []
    return "; ".join(means) or "without a fault"
