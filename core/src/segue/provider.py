"""What a plugin author reads: `Provider`, and the data with which it describes itself.

A provider is one class in a distribution of its own, found through an entry point:

    [project.entry-points."segue.providers"]
    venice = "segue_venice:Venice"

Its methods are flows (see `segue.flow`): generators that say what they want done. They hold no
state between calls, so one object serves every job of a client, in any order. `submit`,
`poll`, `download` and `check` are required; the rest is offered by `capabilities`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NoReturn, TypeVar

import msgspec

from segue.errors import Unsupported
from segue.flow import Flow, Stream
from segue.job import Asset, Snapshot, Ticket
from segue.money import Money, Quote
from segue.tasks import Problem, Query, Task

A = TypeVar("A")

PLUGIN_API = 1
"""The number of the contract on this page; a plugin made for another one is not loaded."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """The API key that a vendor wants: the environment variable of its own choosing, and how
    it is sent. `page` is where a user gets one."""

    env: str
    header: str = "Authorization"
    scheme: str = "Bearer "
    required: bool = True
    page: str = ""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider can do.

    `tasks` maps each task that it takes to the fields of it that it can honour, for at least
    one of its models; `queries` are those that `ask` answers. `cancel` means that the vendor
    really stops the job; where it cannot, `cannot_cancel` is the sentence that says so.
    `settles` means that the vendor honours an idempotency key (`Call.idempotency`), so that a
    submission whose answer was lost can be settled by sending it again under the same key.
    `settles_within` is for how many seconds the vendor remembers a key, if not for ever: after
    that, the same request could be another job, and the outcome stays unknown.
    `streams` are the queries of which `stream` gives the bytes as they come.
    `makes` lists the containers that a provider which makes its files itself can write; `sends`
    those that a vendor's files come in, where it documents them: a file of another name is then
    refused before anything is spent, if it cannot be converted here.
    """

    tasks: Mapping[type[Task], frozenset[str]]
    queries: tuple[type[Query[Any]], ...] = ()  # whatever their answers are
    streams: tuple[type[Query[Any]], ...] = ()
    cancel: bool = False
    cannot_cancel: str = ""
    models: bool = False
    quote: bool = False
    balance: bool = False
    release: bool = False
    settles: bool = False
    settles_within: float | None = None
    makes: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The pace that a vendor allows one account; None where it states none.

    `submit_every` is how many seconds must lie between two submissions, for a vendor that counts
    so. `in_flight` is how many jobs may run at once, `failures` how many refused requests (4xx)
    in 30 seconds are still below what the vendor punishes.
    """

    submits_per_minute: float | None = None
    submit_every: float | None = None
    polls_per_minute: float | None = None
    in_flight: int | None = None
    failures: int | None = None


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """When to look at a job: `first` seconds after submission, then each delay `growth` times
    the one before, up to `cap` seconds. A snapshot's `expected` or `eta` beats it.

    `settles` is for how many seconds after submission a vendor may not know the job yet: until
    then a 404 (or `NotFound`) is no verdict on it, and core looks again, up to ten times in a
    row; afterwards it means what the provider says that it means.
    """

    first: float = 2.0
    growth: float = 1.5
    cap: float = 15.0
    settles: float = 30.0


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One of a vendor's models. `id` is what stands behind the slash of a backend.

    `kind` is `music`, `speech`, `sound-effect`, …; `price` is words for people;
    `details` is what else the vendor publishes, for `check` to go by.
    """

    id: str
    name: str = ""
    kind: str = "music"
    price: str = ""
    available: bool = True
    details: Mapping[str, object] = {}


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a task will bring, as far as the vendor documents it.

    `containers` are those that its tracks can come in, none where that is not known; `tracks` is
    how many of them come, None where that is not known.
    """

    containers: tuple[str, ...] = ()
    tracks: int | None = None


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of `[providers.NAME]` that are the provider's own; subclass to add some."""


class Provider(ABC):
    """One vendor, behind the protocol that every vendor shares.

    `name` is the word before the slash of a backend. `base_url` is where relative URLs go
    (empty for a provider that makes no requests); `key` says which key it wants, if any.
    `retired` is the sentence with which a provider says goodbye: then it takes no new tasks,
    and goes on with the jobs that it has. `licence` is a sentence about the rights in what it
    makes, for the tags of the files; empty where that depends, or is not documented.
    """

    name: ClassVar[str]
    plugin_api: ClassVar[int] = PLUGIN_API
    base_url: ClassVar[str] = ""
    key: ClassVar[Key | None] = None
    options: ClassVar[type[Options]] = Options
    capabilities: ClassVar[Capabilities]
    limits: ClassVar[Limits] = Limits()
    cadence: ClassVar[Cadence] = Cadence()
    retired: ClassVar[str] = ""
    licence: ClassVar[str] = ""

    def __init__(self, settings: Options | None = None) -> None:
        self.settings = settings if settings is not None else self.options()

    @abstractmethod
    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Every reason why `task` would be refused. Pure; called before anything is spent.

        `models` is the vendor's catalogue if it is at hand, else None: then let the vendor
        decide. Core has already refused tasks and fields that `capabilities` does not list,
        and values that a field's type does not allow.
        """

    @abstractmethod
    def submit(self, task: Task) -> Flow[Ticket]:
        """Ask for the job, with exactly one `Call(spends=True)` if it makes requests at all."""

    @abstractmethod
    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Look at the job. A job that failed is a `Snapshot`; raise only when the look failed."""

    @abstractmethod
    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """What to save of a job that succeeded, with addresses that are fresh now."""

    def ceiling(self, ticket: Ticket) -> Money | None:
        """The most that the job may be charged, if the vendor told when it took it. Pure.

        Core stops a job at once that may cost more than its user allows.
        """
        return None

    def expected(self, task: Task, models: Sequence[Model] | None) -> Expected:
        """What the task will bring. Pure; called before anything is spent, with a task that `check`
        found no fault with, and the vendor's catalogue if it is at hand.

        A file of a kind that can then not be had is refused beforehand, and so is one whose name,
        or a later track's, is taken. Override it where containers depend on the model, or where
        several tracks come.
        """
        return Expected(containers=self.capabilities.sends)

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        """Stop the job with the vendor, and say how it stands then."""
        self._lacking("cancel a job")

    def release(self, ticket: Ticket) -> Flow[None]:
        """Delete the vendor's copy. Called only after a verified save."""
        self._lacking("delete its copy of a job")

    def models(self) -> Flow[list[Model]]:
        """The vendor's catalogue."""
        self._lacking("list its models")

    def quote(self, task: Task) -> Flow[Quote]:
        """What the task would cost."""
        self._lacking("tell a price beforehand")

    def balance(self) -> Flow[list[Money]]:
        """What the account can still spend, one amount for each unit."""
        self._lacking("tell a balance")

    def ask(self, query: Query[A]) -> Flow[A]:
        """Answer a query."""
        self._lacking(f"answer {type(query).__name__}")

    def stream(self, query: Query[Any]) -> Flow[Stream]:
        """The requests whose bodies, one after the other, answer a query."""
        self._lacking(f"stream {type(query).__name__}")

    def _lacking(self, what: str) -> NoReturn:
        raise Unsupported(f"{self.name} cannot {what}")
