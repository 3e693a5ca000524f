"""The interface of a family of MusicAPI: sonic, producer, studio, riffusion, suno. Pure.

A family has its own wire format: its backends, its tasks, its requests and its answers. It sends
no requests. `MusicAPI` (`provider.py`) chooses the family, sends its `Order`, reads the id with
it, polls with it and gets the files from it:

    family.problems(task)         every reason against it, before anything is spent
    family.order(task)            the one request that spends
    family.accepted(order, reply) its answer: the job's id, and what the ticket must hold
    family.settled(ticket)        a job that had ended when it was accepted: nothing to poll
    family.poll_call(ticket)      the request of a poll
    family.seen(ticket, reply)    its answer: a Snapshot, or an error that is no verdict
    family.assets(ticket, seen)   the files of a job that succeeded

What is the same in all families is a default here, or a function of a shared module: `wire.py`
(answers as they come), `refusals.py` (errors), `states.py` (polls), `orders.py` (requests and
sources), `files.py` (assets).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from segue.flow import Call, Reply
from segue.job import Asset, Snapshot, Ticket
from segue.provider import Expected, Model
from segue.tasks import Problem, Task

STEP_FAULTS = frozenset({500, 502, 503, 504})
"""Statuses with which a failed step may come; which it is, is not documented."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The request of a submission: always a POST, and the only call that spends.

    `operation` is its row in the table of prices (`sonic/create/extend_music`) and is stored in
    the ticket. `timeout` is in seconds, for requests that take long before they answer.
    `final` are 5xx statuses that the vendor documents as "there is no job", where it wrote them
    itself. `steps` says that the request does several things, and that its answer may name the
    step that failed, with whatever status. `webhook` says that it takes one.
    """

    path: str
    body: Mapping[str, object]
    operation: str
    timeout: float | None = None
    final: frozenset[int] = frozenset()
    steps: bool = False
    webhook: bool = False

    @property
    def verdicts(self) -> frozenset[int]:
        """The 5xx statuses that may be a verdict, by their words."""
        return self.final | STEP_FAULTS if self.steps else self.final


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that was accepted: the job's id, and more that its ticket has to hold
    (plain JSON; `family` and `operation` are added by the provider)."""

    id: str
    state: Mapping[str, object] = {}


class Family(ABC):
    """One of MusicAPI's families. It holds no state; one object serves every job.

    `tasks` maps each task that it takes, core's and its own, to the fields that it can honour
    for at least one of its models; fields that are not listed were refused before `problems`
    is called.
    """

    name: ClassVar[str]
    tasks: ClassVar[Mapping[type[Task], frozenset[str]]]

    @abstractmethod
    def models(self) -> Sequence[Model]:
        """Its backends: what may follow `musicapi/`."""

    def answers_to(self, model: str) -> bool:
        """Whether `musicapi/MODEL` is this family's: one of its models, or its own name."""
        return model == self.name or any(known.id == model for known in self.models())

    @abstractmethod
    def problems(self, task: Task) -> list[Problem]:
        """Every reason why the vendor would refuse the task, or not do what it says.

        `task` is one of `tasks`; `task.model` may be None, or the family's own name.
        """

    @abstractmethod
    def order(self, task: Task) -> Order:
        """The request for a task without problems; `extra["musicapi"]` is in its body."""

    def expected(self, task: Task) -> Expected:
        """How many songs the task makes, and in which container, where that is documented."""
        return Expected()

    @abstractmethod
    def accepted(self, order: Order, reply: Reply) -> Accepted:
        """The job's id from the answer to its order, whatever the status is; see
        `orders.accepted`.

        Raises a `Rejected` only where the vendor says that there is no job: core treats it as
        "nothing was spent". Any other error leaves the submission in doubt.
        """

    def settled(self, ticket: Ticket) -> Snapshot | None:
        """How the job ended, where the answer to its submission said so; else None."""
        return None

    @abstractmethod
    def poll_call(self, ticket: Ticket) -> Call:
        """The request of a poll; see `orders.poll_call`."""

    @abstractmethod
    def seen(self, ticket: Ticket, reply: Reply) -> Snapshot:
        """The state of the job; a failed job is a Snapshot. Raises if it is no verdict."""

    @abstractmethod
    def assets(self, ticket: Ticket, snapshot: Snapshot) -> list[Asset]:
        """The files of a job that succeeded; see `files.py`."""
