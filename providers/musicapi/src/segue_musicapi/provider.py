"""`musicapi`: MusicAPI's families sonic, producer, studio, riffusion and suno.

A job is submitted (and charged) by one POST, and polled by its id until its songs have ended.
What is sent and how it is read is each family's own; see `family.py`. MusicAPI has no
idempotency key and cannot stop a job, so a paid request is never sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import TypeVar

from segue.errors import Unsupported
from segue.flow import Flow, at_once, call
from segue.job import Asset, Snapshot, Ticket
from segue.money import Money, Quote
from segue.provider import Cadence, Capabilities, Expected, Key, Limits, Model, Provider
from segue.tasks import Problem, Query, Task, unhonoured
from segue_musicapi import asking, orders, prices, queries
from segue_musicapi.family import Family
from segue_musicapi.producer import Producer
from segue_musicapi.riffusion import Riffusion
from segue_musicapi.settings import Settings, webhook
from segue_musicapi.sonic import Sonic
from segue_musicapi.studio import Studio
from segue_musicapi.suno import Suno

A = TypeVar("A")

FAMILIES: Mapping[str, Family] = {
    family.name: family for family in (Sonic(), Producer(), Studio(), Riffusion(), Suno())
}
"""The families by name; of a task that several take, the first that answers to its model."""


class MusicAPI(Provider):
    """MusicAPI. What it never accepted costs nothing; of all else, nothing is documented to."""

    name = orders.NAME
    base_url = "https://api.musicapi.ai/api/v1"
    key = Key(env="MUSICAPI_KEY", page="https://musicapi.ai")
    options = Settings
    settings: Settings
    # "Every 15 to 25 seconds" (MusicAPI's page on getting music); jitter shortens by a tenth.
    cadence = Cadence(first=17.0, growth=1.15, cap=25.0, settles=60.0)
    # One create in three seconds (its documents of 2026-07); no other number is published.
    limits = Limits(submit_every=3.0)
    capabilities = Capabilities(
        tasks={
            kind: frozenset(chain.from_iterable(f.tasks.get(kind, ()) for f in FAMILIES.values()))
            for kind in chain.from_iterable(family.tasks for family in FAMILIES.values())
        },
        queries=(*asking.REQUESTS, queries.GetLyrics, queries.Credits),
        cannot_cancel="MusicAPI cannot stop a job; it goes on and stays billed",
        models=True,
        quote=True,
        balance=True,
    )

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Every reason why MusicAPI would refuse the task, by the family of its model."""
        family = _family(task.model, type(task))
        if family is None:
            return [_no_family(task)]
        if type(task) not in family.tasks:
            return [_not_its_task(family, task)]
        honoured = family.tasks[type(task)]
        found = unhonoured(task, honoured, f"musicapi/{task.model or family.name}")
        return found or family.problems(task) or _webhook(family, task)

    def expected(self, task: Task, models: Sequence[Model] | None) -> Expected:
        """How many songs its family makes of the task, and in which container."""
        return _chosen(task).expected(task)

    def submit(self, task: Task) -> Flow[Ticket]:
        """Submit the task. The ticket holds its family and the operation that is paid for."""
        family = _chosen(task)
        order = family.order(task)
        hook = yield from webhook(self.settings, order)
        reply = yield from call(
            "POST",
            order.path,
            json={**order.body, **hook},
            timeout=order.timeout,
            spends=True,
            final=order.verdicts,
        )
        job = family.accepted(order, reply)
        state = {**job.state, "family": family.name, "operation": order.operation}
        return Ticket(provider=self.name, id=job.id, model=task.model, state=state)

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Poll the job, unless it had ended when it was accepted. Polls are free."""
        family = _family_of(ticket)
        settled = family.settled(ticket)
        if settled is not None:
            return settled
        request = family.poll_call(ticket)
        reply = yield from call(request.method, request.url, json=request.json, final=request.final)
        return family.seen(ticket, reply)

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """The files of the songs that succeeded; none of a voice or an upload."""
        return at_once(_family_of(ticket).assets(ticket, snapshot))

    def models(self) -> Flow[list[Model]]:
        """What may follow `musicapi/`. MusicAPI has no catalogue."""
        return at_once(list(chain.from_iterable(one.models() for one in FAMILIES.values())))

    def quote(self, task: Task) -> Flow[Quote]:
        """What the task costs by the table of prices; no request is sent."""
        return _quoted(_chosen(task).order(task).operation, self.settings.prices)

    def balance(self) -> Flow[list[Money]]:
        """Both kinds of credits together: the subscription's, and those bought besides."""
        left = yield from asking.ask(queries.Credits())
        return [prices.money(left.credits + left.extra)]

    def ask(self, query: Query[A]) -> Flow[A]:
        """Lyrics, tempo, voices, scores, imports: what MusicAPI answers immediately."""
        if not isinstance(query, queries.Question):
            return super().ask(query)
        return asking.ask(query)


def _quoted(operation: str, own: Mapping[str, Decimal]) -> Flow[Quote]:
    yield from ()
    return prices.quote(operation, own)


def _family(model: str | None, kind: type[Task]) -> Family | None:
    """The family that answers to the model; without one, the first that takes the task."""
    for family in FAMILIES.values():
        if family.answers_to(model) if model else kind in family.tasks:
            return family
    return None


def _chosen(task: Task) -> Family:
    """The family of a task that was checked."""
    family = _family(task.model, type(task))
    if family is None or type(task) not in family.tasks:
        raise Unsupported(f"musicapi/{task.model} does not support {type(task).__name__}")
    return family


def _family_of(ticket: Ticket) -> Family:
    """The family of a job; a foreign ticket may name none, then its model decides."""
    named = FAMILIES.get(str(ticket.state.get("family")))
    return named or _family(ticket.model, Task) or FAMILIES["sonic"]


def _no_family(task: Task) -> Problem:
    known = chain.from_iterable(family.models() for family in FAMILIES.values())
    allowed = f"MusicAPI has {', '.join(model.id for model in known)}"
    return Problem(field="model", value=task.model, allowed=allowed)


def _webhook(family: Family, task: Task) -> list[Problem]:
    """A webhook for a request that takes none: it would never come."""
    word = "webhook_url"
    url = orders.extra_of(task).get(word)
    if url is None or family.order(task).webhook:
        return []
    allowed = f"MusicAPI has no webhooks for {family.name}'s {type(task).__name__}; poll it"
    return [Problem(field=f"extra.{orders.NAME}.{word}", value=url, allowed=allowed)]


def _not_its_task(family: Family, task: Task) -> Problem:
    """A task of another family: reported by the field `type`, which cannot be dropped."""
    takes = ", ".join(sorted(kind.__name__ for kind in family.tasks))
    others = [f.name for f in FAMILIES.values() if type(task) in f.tasks]
    allowed = (
        f"musicapi/{task.model} takes {takes}; {type(task).__name__} is of {', '.join(others)}"
    )
    return Problem(field="type", value=type(task).__name__, allowed=allowed, unsupported=True)
