"""Why the marketplace would refuse a task: every reason, before anything is sent. Pure.

Its music page gives the lengths and the types; what each model takes it leaves to the sellers'
own documents ("where the selected Venice model supports them"): `backed.py` has what those say.
Whether the model is on sale is not checked: that changes within minutes, and costs nothing
to try.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import msgspec

from segue.provider import Model
from segue.tasks import Problem, Task
from segue_marketplace import backed, catalogue, discount, wire

LONGEST_PROMPT = 2000
LONGEST_LYRICS = 5000

_OURS = {word: field for field, word in wire.FIELDS.items()}


def problems(task: Task, models: Sequence[Model] | None) -> list[Problem]:
    """Every reason why the marketplace would refuse the task."""
    found = [
        *_model(task, models),
        *discount.problems(task),
        *_lengths(task),
        *_said_twice(task),
        *_passed_on(task),
    ]
    return found or list(backed.problems(task))


def web_address(value: object) -> bool:
    """Whether it is the address of a web hook; that it must be https is not documented."""
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _model(task: Task, models: Sequence[Model] | None) -> Iterator[Problem]:
    id_ = discount.model_of(task.model)
    if not task.model:
        allowed = "name one; `segue models --backend marketplace` lists them"
        yield Problem(field="model", value=task.model, allowed=allowed)
    elif catalogue.named(models, id_) is None:
        for model in models or ():
            if model.id.lower() == id_.lower():
                yield Problem(field="model", value=task.model, allowed=f"write it {model.id}")


def _lengths(task: Task) -> Iterator[Problem]:
    for field, most in (("prompt", LONGEST_PROMPT), ("lyrics", LONGEST_LYRICS)):
        value = getattr(task, field, None)
        if value is not None and len(value) > most:
            allowed = f"the marketplace takes at most {most} characters, not {len(value)}"
            yield Problem(field=field, value=value, allowed=allowed)
    duration = getattr(task, "duration", None)
    if duration is not None and not float(duration).is_integer():
        allowed = "the marketplace takes whole seconds"
        yield Problem(field="duration", value=duration, allowed=allowed)


def _said_twice(task: Task) -> Iterator[Problem]:
    extra = wire.extra(task)
    mapped = wire.order(msgspec.structs.replace(task, extra={}), discount.model_of(task.model))
    for word in sorted(set(extra) & set(mapped)):
        allowed = f"{_OURS.get(word, word)} is set already; set one of the two"
        yield Problem(field=_of_extra(word), value=extra[word], allowed=allowed)


def _passed_on(task: Task) -> Iterator[Problem]:
    extra = wire.extra(task)
    hook, metadata = extra.get("webhook_url"), extra.get("metadata")
    if hook is not None and not web_address(hook):
        allowed = "it must be a URL, such as https://example.com/done"
        yield Problem(field=_of_extra("webhook_url"), value=hook, allowed=allowed)
    if metadata is not None and not isinstance(metadata, Mapping):
        allowed = "it must be an object, such as {'album': 'Rain'}"
        yield Problem(field=_of_extra("metadata"), value=metadata, allowed=allowed)


def _of_extra(word: str) -> str:
    return f"extra.{wire.EXTRA}.{word}"
