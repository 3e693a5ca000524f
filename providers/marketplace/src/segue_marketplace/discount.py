"""The minimum discount: how it is asked for, and what is wrong with it. Pure.

    [providers.marketplace]
    min_discount = 30                                   for every job

    backend = "marketplace/min30/venice-ace-step-15"    for the jobs of this backend
    extra = {"marketplace": {"min_discount": 30}}       for one job; None asks for no minimum

What is nearer to the job wins. An offer qualifies when its estimated price, fee included, is at
least so many percent below the vendor's direct price, without rounding; one whose direct price
is not known does not. Offers of a buyer's own providers are not covered (the marketplace's page
on minimum-discount routing).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

from segue.tasks import Problem, Task
from segue_marketplace import wire

ALLOWED = "write a whole number from 0 to 100, in percent"

_SEGMENT = re.compile(r"min(0|[1-9][0-9]?|100)")
_MEANT = re.compile(r"min[0-9.+-].*")


def model_of(model: str | None) -> str:
    """The marketplace's own name of a model: what stands behind the minimum, if there is one."""
    return _taken_apart(model or "")[1]


def percent(task: Task, default: int | None) -> int | None:
    """The minimum discount of the task, in percent; None for none."""
    asked = wire.extra(task)
    if "min_discount" in asked:
        told = asked["min_discount"]
        return told if _is_percent(told) else None
    segment, _ = _taken_apart(task.model or "")
    written = _SEGMENT.fullmatch(segment)
    return int(written[1]) if written else default


def problems(task: Task) -> Iterator[Problem]:
    """What the marketplace would refuse as `invalid_minimum_discount`, and what contradicts."""
    segment, model = _taken_apart(task.model or "")
    if segment and not _SEGMENT.fullmatch(segment):
        allowed = f"{segment!r} is no minimum discount: {ALLOWED}, such as min30"
        yield Problem(field="model", value=task.model, allowed=allowed)
    elif segment and not model:
        allowed = f"name a model behind it, such as {segment}/venice-ace-step-15"
        yield Problem(field="model", value=task.model, allowed=allowed)
    asked = wire.extra(task)
    if "min_discount" not in asked:
        return
    told, field = asked["min_discount"], f"extra.{wire.EXTRA}.min_discount"
    if told is not None and not _is_percent(told):
        yield Problem(field=field, value=told, allowed=ALLOWED)
    elif segment:
        allowed = f"the model says {segment} already; say it once"
        yield Problem(field=field, value=told, allowed=allowed)


def _taken_apart(model: str) -> tuple[str, str]:
    """What is meant as a minimum discount, right or wrong, and the model."""
    head, _, rest = model.partition("/")
    return (head, rest) if _MEANT.fullmatch(head) else ("", model)


def _is_percent(told: object) -> TypeGuard[int]:
    return isinstance(told, int) and not isinstance(told, bool) and 0 <= told <= 100
