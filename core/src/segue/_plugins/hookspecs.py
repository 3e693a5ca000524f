"""Hook specifications. Hooks are synchronous, quick, and do not change their arguments;
only `segue_approve` may be asynchronous and take its time.

    from segue.hooks import hookimpl

    class Diary:
        @hookimpl
        def segue_delivered(self, delivery):
            print(*delivery.paths)

A hook may leave out arguments that it does not need. A plugin is passed to a client in
`plugins`, or found through the entry-point group `segue.hooks` (a module, an object, or a class
to make one of), or it is a provider, whose methods may be hooks too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from segue.job import Delivery, Snapshot, Ticket
    from segue.money import Quote
    from segue.tasks import Task

hookspec = HookspecMarker("segue")
hookimpl = HookimplMarker("segue")
"""Marks a function of a plugin as the implementation of the hook whose name it has."""


@hookspec
def segue_approve(task: Task, quote: Quote | None) -> str | Awaitable[str | None] | None:
    """May this be spent? Called by core each time that a task is about to be submitted to a
    backend, after all checks and before anything is sent or written down.

    `quote` is None where the vendor gives no price. Return None to approve, or the reason why
    not: one reason from any plugin stops the spending, and so does an exception.

    It may be an `async def`, or return another awaitable, where a person or a service decides:
    `AsyncClient` awaits it, for as long as it takes, and other jobs go on meanwhile. Cancelling
    the submission cancels it, and nothing was sent. `Client` cannot await, and refuses the
    spending. A plain function is called in the thread of the event loop, and holds it up.
    """


@hookspec(firstresult=True)
def segue_secret(provider: str, name: str) -> str | None:
    """The API key of `provider`, whose environment variable is called `name`. Called by core
    when the first request of an account needs it, before the environment and files are read.

    Return None when you have none; the first answer wins. An exception ends the lookup.
    """


@hookspec
def segue_quoted(job: str, quote: Quote | None) -> None:
    """What a job is going to cost. Called by core once for each submission to a backend, after it
    was approved and before anything is sent; `quote` is None where the vendor gives no price."""


@hookspec
def segue_submitted(ticket: Ticket, task: Task) -> None:
    """A vendor has taken a job. Called by core once for each, after it is in the journal."""


@hookspec
def segue_updated(ticket: Ticket, snapshot: Snapshot) -> None:
    """A job was polled. Called by core after each poll, whether it has changed or not."""


@hookspec
def segue_delivered(delivery: Delivery) -> None:
    """All files of a job are saved and verified. Called by core once for each download."""


@hookspec
def segue_called(  # noqa: PLR0917 - pluggy passes them by name
    endpoint: str,
    provider: str,
    status: int | None,
    error: Exception | None,
    seconds: float,
    attempt: int,
) -> None:
    """A request has ended. Called by the driver for every attempt, in its own thread or task.

    `endpoint` is such as `POST /audio/queue`, without secrets. `status` is the answer's, if one
    came; `error` says what went wrong otherwise. `seconds` is how long it took; `attempt`
    counts from 1.
    """
