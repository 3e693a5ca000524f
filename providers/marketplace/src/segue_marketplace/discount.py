"""The minimum discount: how it is set, and what is invalid about it. Pure.

    [providers.marketplace]
    min_discount = 30                                   for every job

    backend = "marketplace/min30/venice-ace-step-15"    for the jobs of this backend
    extra = {"marketplace": {"min_discount": 30}}       for one job; None sets no minimum

What is closer to the job takes precedence. An offer qualifies when its estimated price, fee
included, is at least so many percent below the vendor's direct price, without rounding; one whose
direct price is not known does not. Offers of a buyer's own providers are not covered (the
marketplace's page on minimum-discount routing).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

from segue.tasks import Problem, Task
from segue_marketplace import wire

ALLOWED = "a whole number from 0 to 100, in percent"

_SEGMENT = re.compile(r"min(0|[1-9][0-9]?|100)")
_MINIMUM = re.compile(r"min[0-9.+-].*")


def model_of(model: str | None) -> str:
    """The marketplace's own name of a model: what follows the minimum, if there is one."""
    return _split(model or "")[1]


def percent(task: Task, default: int | None) -> int | None:
    """The minimum discount of the task, in percent; None for none."""
    extra = wire.extra(task)
    if "min_discount" in extra:
        value = extra["min_discount"]
        return value if _is_percent(value) else None
    segment, _ = _split(task.model or "")
    written = _SEGMENT.fullmatch(segment)
    return int(written[1]) if written else default


def problems(task: Task) -> Iterator[Problem]:
    """What the marketplace would refuse as `invalid_minimum_discount`, and contradictions."""
    segment, model = _split(task.model or "")
    if segment and not _SEGMENT.fullmatch(segment):
        allowed = f"{segment!r} is not a minimum discount: {ALLOWED}, such as min30"
        yield Problem(field="model", value=task.model, allowed=allowed)
    elif segment and not model:
        allowed = f"name a model after it, such as {segment}/venice-ace-step-15"
        yield Problem(field="model", value=task.model, allowed=allowed)
    extra = wire.extra(task)
    if "min_discount" not in extra:
        return
    value, field = extra["min_discount"], f"extra.{wire.EXTRA}.min_discount"
    if value is not None and not _is_percent(value):
        yield Problem(field=field, value=value, allowed=ALLOWED)
    elif segment:
        allowed = f"the model already sets {segment}; set one of the two"
        yield Problem(field=field, value=value, allowed=allowed)


def _split(model: str) -> tuple[str, str]:
    """What is meant as a minimum discount, right or wrong, and the model."""
    head, _, rest = model.partition("/")
    return (head, rest) if _MINIMUM.fullmatch(head) else ("", model)


def _is_percent(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100
