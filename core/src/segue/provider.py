"""The contract of a provider plugin: `Provider`, and the data that it declares.

A provider is one class in a distribution of its own, found through an entry point:

    [project.entry-points."segue.providers"]
    venice = "segue_venice:Venice"

Its methods are flows (see `segue.flow`): generators that yield effects. They hold no state between
calls, so one object serves every job of a client, in any order. `submit`, `poll`, `download` and
`check` are required; the others are declared in `capabilities`.
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
"""The version of this contract; a plugin made for another one is not loaded."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """The API key of a vendor: its environment variable, and how it is sent. `page` is the address
    where a user gets one."""

    env: str
    header: str = "Authorization"
    scheme: str = "Bearer "
    required: bool = True
    page: str = ""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider can do.

    `tasks` maps each supported task to the fields that it honours, for at least one of its models;
    `queries` are those that `ask` answers. `cancel` means that the vendor really stops the job;
    where it cannot, `cannot_cancel` is the sentence that says so. `settles` means that the vendor
    honours an idempotency key (`Call.idempotency`), so that a submission whose answer was lost can
    be settled by sending it again under the same key. `settles_within` is for how many seconds the
    vendor remembers a key, if not for ever: after that, the same request could be another job, and
    the outcome stays unknown. `streams` are the queries that `stream` answers. `makes` lists the
    containers that a provider which makes its files itself can write; `sends` those that a vendor's
    files come in, where it documents them: a file of another name is then refused before anything
    is spent, if it cannot be converted here.
    """

    tasks: Mapping[type[Task], frozenset[str]]
    queries: tuple[type[Query[Any]], ...] = ()  # with results of any type
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
    """The rate limits of one account; None where the vendor states none.

    `submit_every` is the minimum of seconds between two submissions. `in_flight` is how many jobs
    may run at once, `failures` how many refused requests (4xx) in 30 seconds the vendor tolerates.
    """

    submits_per_minute: float | None = None
    submit_every: float | None = None
    polls_per_minute: float | None = None
    in_flight: int | None = None
    failures: int | None = None


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """When to poll a job: `first` seconds after submission, then each delay `growth` times the one
    before, up to `cap` seconds. A snapshot's `expected` or `eta` takes precedence.

    `settles` is for how many seconds after submission the vendor may not know the job yet: until
    then core polls again after a 404 (or `NotFound`), up to ten times in a row; afterwards the
    provider's reading of it holds.
    """

    first: float = 2.0
    growth: float = 1.5
    cap: float = 15.0
    settles: float = 30.0


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One of a vendor's models. `id` is the part of a backend after the slash.

    `kind` is `music`, `speech`, `sound-effect`, …; `price` is words for people;
    `details` is what else the vendor publishes, for use in `check`.
    """

    id: str
    name: str = ""
    kind: str = "music"
    price: str = ""
    available: bool = True
    details: Mapping[str, object] = {}


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a task will give, as far as the vendor documents them.

    `containers` are those that its tracks can come in, empty where unknown; `tracks` is their
    number, None where unknown.
    """

    containers: tuple[str, ...] = ()
    tracks: int | None = None


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of an installed distribution: its class, or the `problem` that it has."""

    name: str
    distribution: str = ""
    version: str = ""
    provider: type[Provider] | None = None
    problem: str = ""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The provider's own settings in `[providers.NAME]`; subclass to add some."""


class Provider(ABC):
    """One vendor, behind the protocol that every vendor shares.

    `name` is the part of a backend before the slash. `base_url` is the base of relative URLs (empty
    for a provider that makes no requests); `key` declares its key, if any. `retired` is a sentence
    for users of a discontinued provider: then it takes no new tasks, and serves the jobs that it
    has. `licence` is a sentence about the rights in what it makes, for the tags of the files; empty
    where that depends, or is not documented.
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

        `models` is the vendor's catalogue if available, else None: then let the vendor decide. Core
        has already refused tasks and fields that `capabilities` does not list, and values that a
        field's type does not allow.
        """

    @abstractmethod
    def submit(self, task: Task) -> Flow[Ticket]:
        """Submit the job, with exactly one `Call(spends=True)` if it makes requests at all."""

    @abstractmethod
    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Request the job's status. A failed job is a `Snapshot`; raise only when the poll
        fails."""

    @abstractmethod
    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """The files of a job that succeeded, with addresses that are valid now."""

    def ceiling(self, ticket: Ticket) -> Money | None:
        """The most that the job may cost, if the vendor stated it on submission. Pure.

        Core cancels a job at once that may cost more than its user allows.
        """
        return None

    def expected(self, task: Task, models: Sequence[Model] | None) -> Expected:
        """The files that the task will give. Pure; called before anything is spent, with a task
        that `check` accepted, and the vendor's catalogue if available.

        A file name of a container that is not among them is refused beforehand, and so is one that
        is taken, or a later track's. Override it where containers depend on the model, or for
        several tracks.
        """
        return Expected(containers=self.capabilities.sends)

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        """Cancel the job with the vendor, and return its status."""
        self._lacking("cancel a job")

    def release(self, ticket: Ticket) -> Flow[None]:
        """Delete the vendor's copy. Called only after a verified save."""
        self._lacking("delete its copy of a job")

    def models(self) -> Flow[list[Model]]:
        """The vendor's catalogue."""
        self._lacking("list its models")

    def quote(self, task: Task) -> Flow[Quote]:
        """The price of the task."""
        self._lacking("quote a price beforehand")

    def balance(self) -> Flow[list[Money]]:
        """What the account can still spend, one amount for each unit."""
        self._lacking("report a balance")

    def ask(self, query: Query[A]) -> Flow[A]:
        """Answer a query."""
        self._lacking(f"answer {type(query).__name__}")

    def stream(self, query: Query[Any]) -> Flow[Stream]:
        """The requests whose bodies, in order, answer a query."""
        self._lacking(f"stream {type(query).__name__}")

    def _lacking(self, what: str) -> NoReturn:
        raise Unsupported(f"{self.name} cannot {what}")
