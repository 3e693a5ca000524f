"""`marketplace`: music from the sellers on Surplus Intelligence.

A job is accepted by one POST and polled until it has ended. Accepted does not mean placed: a seller
is searched for after that, and maybe none is found. The cost is settled at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from segue.errors import (
    AuthenticationFailed,
    RequestError,
    SegueError,
    SubmissionUnknown,
)
from segue.flow import Flow, Reply, at_once, call
from segue.job import Asset, Snapshot, Status, Ticket
from segue.money import Money, Quote
from segue.provider import Cadence, Capabilities, Expected, Key, Limits, Model, Options, Provider
from segue.tasks import Generate, Problem, Task
from segue_marketplace import (
    addresses,
    artifacts,
    backed,
    book,
    catalogue,
    checking,
    discount,
    ending,
    taking,
    usdc,
    wire,
)
from segue_marketplace.outcomes import outcome
from segue_marketplace.refusals import KEYS, Listed, no_such_model, refused, verdict

VERDICTS = frozenset({503})
"""Statuses of a submission that are the marketplace's own refusal: no seller takes it."""

_REFUSED = frozenset({401, 403, 404})
"""How a job token that is no good (any more) may be answered; it is not documented."""

Percent = Annotated[
    Annotated[int, Meta(ge=0, le=100)] | None, Meta(description="a whole number from 0 to 100")
]
WebAddress = Annotated[
    Annotated[str, Meta(pattern=r"^https?://[^\s/]\S*\Z")] | None,
    Meta(description="a URL such as 'https://example.com/done'"),
]


class MarketplaceOptions(Options, frozen=True, kw_only=True):
    """`min_discount` in percent, and `webhook_url`: for every task that names no other."""

    min_discount: Percent = None
    webhook_url: WebAddress = None


class Marketplace(Provider):
    """The marketplace. It honours `Idempotency-Key`, so a lost answer is requested again.

    That is documented for video, and its music page says "same flow as video".
    """

    name = "marketplace"
    base_url = "https://api.surplusintelligence.ai/v1"
    key = Key(env="SURPLUS_API_KEY", page=KEYS)
    options = MarketplaceOptions
    # First and cap are documented for music; how it grows in between is not.
    cadence = Cadence(first=2.0, growth=1.5, cap=10.0)
    # 600 a minute is what its FAQ is cited with for all calls but completions; for music no
    # limit is documented.
    limits = Limits(submits_per_minute=600, polls_per_minute=600)
    capabilities = Capabilities(
        tasks={Generate: frozenset(wire.FIELDS)},
        cancel=True,
        models=True,
        quote=True,
        balance=True,
        settles=True,
        # For how long it remembers a key is not documented; it stores a finished job for three
        # hours, so nothing older could be downloaded anyway.
        settles_within=3 * 3600.0,
    )

    settings: MarketplaceOptions

    def __init__(self, settings: Options | None = None) -> None:
        super().__init__(settings)
        self._listed: frozenset[str] | None = None  # the catalogue's ids, once it was fetched

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Every reason why the marketplace would refuse the task; see `checking.py`."""
        return checking.problems(task, models)

    def expected(self, task: Task, models: Sequence[Model] | None) -> Expected:
        """The containers that Venice's audio comes in, for the models that Venice makes; of others
        nothing is documented, and nothing of how many files a job has."""
        made = discount.model_of(task.model).startswith(backed.PREFIX)
        return Expected(containers=backed.CONTAINERS if made else ())

    def submit(self, task: Task) -> Flow[Ticket]:
        """Submit the job. The ticket holds its token, and its highest cost."""
        percent = discount.percent(task, self.settings.min_discount)
        model = discount.model_of(task.model)
        reply = yield from call(
            "POST",
            addresses.submitting(percent),
            json=wire.order(task, model, self.settings.webhook_url),
            spends=True,
            final=VERDICTS,
            idempotency="Idempotency-Key",
        )
        if not taking.taken(reply):
            raise (yield from self._refusal(reply, model))
        return taking.ticket(reply, model=task.model, percent=percent)

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Poll the job, with its own token if the ticket holds one, else with the key."""
        return outcome((yield from _polled(ticket)), ticket)

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """A file for each artifact. It is stored for about three hours."""
        done = [track for track in snapshot.tracks if track.status is Status.SUCCEEDED]
        return at_once([artifacts.asset(ticket, track) for track in done])

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        """Request the cancellation, then poll the job.

        Which jobs can be cancelled, and what is charged then, is not documented; so whatever the
        marketplace answers, the poll that follows decides. No refund is promised.
        """
        reply = yield from call("DELETE", addresses.cancelling(ticket))
        if not reply.ok and (reply.status >= 500 or reply.status in ending.NO_ANSWER):
            raise refused(reply)
        try:
            snapshot = yield from self.poll(ticket)
        except RequestError:
            if (answered := ending.from_answer(reply, ticket)) is None:
                raise
            snapshot = answered
        return ending.after(reply, snapshot)

    def ceiling(self, ticket: Ticket) -> Money | None:
        """The most that the job may be charged: as reported when it was accepted."""
        return taking.ceiling(ticket)

    def models(self) -> Flow[list[Model]]:
        """The audio models in the catalogue, and their sellers. No key is needed.

        If the markets are unavailable, nothing is reported of sellers.
        """
        reply = _accepted((yield from call("GET", "/models", keyed=False)))
        self._listed = catalogue.ids(reply)
        return catalogue.models(reply, (yield from _markets()))

    def quote(self, task: Task) -> Flow[Quote]:
        """An estimate from the order book of the model; the marketplace quotes nothing itself."""
        model = discount.model_of(task.model)
        reply = yield from call("GET", addresses.book(model), keyed=False)
        return book.estimate(
            _accepted(reply),
            model=model,
            duration=getattr(task, "duration", None),
            percent=discount.percent(task, self.settings.min_discount),
        )

    def balance(self) -> Flow[list[Money]]:
        """The balance of the account, in USD; see `usdc.py`."""
        reply = yield from call("GET", "/buyer/me")
        return usdc.spendable(_accepted(reply).json(dict[str, object]))

    def _refusal(self, reply: Reply, model: str) -> Flow[SegueError]:
        """Why a job was not accepted; or that it may have been, if the answer does not say.

        What a 409 means is not documented: maybe that the first try, whose answer was lost, is
        still being processed. A 503 is a refusal only in the marketplace's own format.
        """
        if reply.status == 409 or (reply.status in VERDICTS and not verdict(reply)):
            unknown = SubmissionUnknown(
                f"status {reply.status} does not say whether it was accepted"
            )
            unknown.__cause__ = refused(reply)
            return unknown
        listed = Listed.UNKNOWN
        if no_such_model(reply):
            listed = yield from self._lists(model)
        return refused(reply, listed)

    def _lists(self, model: str) -> Flow[Listed]:
        """Whether the catalogue lists the model."""
        if self._listed is None:
            try:
                reply = yield from call("GET", "/models", keyed=False)
                self._listed = catalogue.ids(_accepted(reply))
            except RequestError:
                return Listed.UNKNOWN
        return Listed.YES if model in self._listed else Listed.NO


def _accepted(reply: Reply) -> Reply:
    if not reply.ok:
        raise refused(reply)
    return reply


def _polled(ticket: Ticket) -> Flow[Reply]:
    address, token = addresses.polling(ticket), ticket.secrets.get(taking.TOKEN)
    if not token:
        return (yield from call("GET", address))
    headers = {"X-Job-Token": token}
    reply = yield from call("GET", address, headers=headers, keyed=False)
    if reply.status not in _REFUSED:
        return reply
    try:
        return (yield from call("GET", address))
    except AuthenticationFailed:  # there is no key
        return reply


def _markets() -> Flow[dict[str, catalogue.Market] | None]:
    try:
        reply = yield from call("GET", addresses.MARKETS, keyed=False)
        return catalogue.markets(_accepted(reply))
    except RequestError:
        return None
