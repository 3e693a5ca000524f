"""Music: submit, poll, cancel. Observed of video, documented to be the same for music."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from segue.flow import Reply
from segue_sandbox.marketplace import errors, orders, shapes
from segue_sandbox.marketplace.catalogue import direct_price
from segue_sandbox.marketplace.desk import MICRO, Desk, Visit
from segue_sandbox.marketplace.fate import Course, Mark, Outcome
from segue_sandbox.marketplace.jobs import Job, Sound, Terms
from segue_sandbox.marketplace.offers import ceiling, route
from segue_sandbox.marketplace.orders import Order
from segue_sandbox.vendor import JSON, Refused, Sounding, json_reply
from segue_sandbox.venice.pricing import lasting

REFUSALS: Mapping[str, Callable[[str], Refused]] = {
    "[sandbox:relayed-text]": lambda _model: errors.relayed_text(),
    "[sandbox:relayed-object]": lambda _model: errors.relayed_object(),
    "[sandbox:insufficient_balance]": lambda _model: errors.refused(402),
    "[sandbox:no_healthy_sellers]": lambda _model: errors.refused(503),
    "[sandbox:no_sellers_for_model]": errors.unsold,
    "[sandbox:not-a-model]": errors.unknown_model,
}
"""Words in a prompt that ask for a refusal. Those of `errors.MARKED` do, too."""


def submit(desk: Desk, visit: Visit) -> Reply:
    """202: the job is queued. It says nothing of whether a seller will take it (observed)."""
    orders.checked(visit.request.body)
    if (said := desk.said(visit)) is not None:
        return said
    order = orders.read(visit.request.body)
    terms = _terms(order, visit)
    _marked(order)
    if terms.most / MICRO > visit.buyer.spendable:
        raise errors.refused(402)
    job = _job(desk, visit, order, terms)
    desk.take(job)
    reply = json_reply(202, shapes.accepted(job, desk.dial, visit.origin))
    desk.remember(visit, reply)
    return reply


def poll(desk: Desk, visit: Visit, job_id: str, sound: Sound) -> Reply:
    """How a job stands. The page says 202 while it is pending; what is live is not known: 200."""
    job, now = desk.job(visit, job_id), visit.now
    if job.state(now) == "succeeded":
        shown = shapes.succeeded(job, now, desk.dial, visit.origin, sound)
        headers = {"content-type": JSON}
        return Sounding(status=200, headers=headers, make=lambda: msgspec.json.encode(shown()))
    pending = now < job.over and job.buyer.forms == "documented"
    return json_reply(202 if pending else 200, shapes.seen(job, now, desk.dial))


def cancel(desk: Desk, visit: Visit, job_id: str) -> Reply:
    """A job that is not over is `canceled`; of one that is over, the truth is told.

    Which jobs may be cancelled, and what a finished one is answered, is not documented.
    """
    job, now = desk.job(visit, job_id), visit.now
    if now >= job.over and Mark.STERN in job.terms.prompt:
        raise errors.invalid(f"A job that is {job.state(now)} cannot be canceled.", 409)
    if now < job.over and Mark.UNSTOPPABLE in job.terms.prompt:
        return json_reply(202, shapes.seen(job, now, desk.dial))
    if now < job.over:
        job.cancelled = now
        desk.close(job, now)
    return json_reply(200, shapes.seen(job, now, desk.dial))


def _terms(order: Order, visit: Visit) -> Terms:
    """The estimate is the price of the cheapest seller; those above its ceiling are not asked."""
    direct = direct_price(order.row, order.seconds, len(order.prompt))
    live = visit.buyer.forms == "live"
    sellers = route(order.model, direct, visit.floor, visit.now, live=live)
    estimate = sellers[0].cost(direct)
    most = ceiling(estimate)
    return Terms(
        model=order.model,
        prompt=order.prompt,
        seconds=lasting(order.row, order.seconds),
        estimate=estimate,
        most=most,
        direct=direct,
        sellers=[seller for seller in sellers if seller.cost(direct) <= most],
    )


def _job(desk: Desk, visit: Visit, order: Order, terms: Terms) -> Job:
    course = desk.fate.course(order.prompt, len(terms.sellers))
    if order.fails and course.outcome is Outcome.SOUND:
        course = _failing(course)
    live = visit.buyer.forms == "live"
    unix = desk.dial.unix(visit.now)
    return Job(
        desk.fate.ulid(unix) if live else desk.fate.uuid(),
        desk.fate.token(),
        visit.buyer,
        terms,
        course,
        request=visit.number,
        queued=visit.now,
    )


def _failing(course: Course) -> Course:
    return msgspec.structs.replace(course, outcome=Outcome.FAILED)


def _marked(order: Order) -> None:
    """Refuse what a mark in the prompt asks to have refused."""
    for mark, refusal in REFUSALS.items():
        if mark in order.prompt:
            raise refusal(order.model)
    for code, message in errors.MARKED.items():
        if f"[sandbox:{code}]" in order.prompt:
            raise errors.coded(400, code, message)
