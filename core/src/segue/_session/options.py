"""Validate per-call options before anything is sent. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from math import isnan
from os import PathLike
from pathlib import Path
from unicodedata import category

import msgspec

from segue._data.unicode import is_path, is_valid
from segue._engine.validate import OnUnsupported
from segue._journal.lookup import unknown
from segue.errors import ConfigError, InvalidTask, TargetError, UnknownJob
from segue.events import Budget
from segue.job import Snapshot
from segue.journal import Owner
from segue.money import Money
from segue.provider import Provider
from segue.tasks import Generate, Query, Task, invalid_texts

Backends = str | Provider | Sequence[str | Provider] | None
"""What a program may name as its backend, or backends."""

OnUpdate = Callable[[Snapshot], object]
OnProgress = Callable[[Path, float], object]

KEY = 255
"""The most characters of a key."""

_UNPRINTABLE = frozenset({"Cc", "Zl", "Zp"})
"""The Unicode categories of control characters and line breaks."""

LABELS, NAME, VALUE = 50, 64, 500
"""The most labels of a job, and the most characters of a label's name and value."""


class CallOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of one call; None means the default of the client or the configuration.

    Raises `ConfigError` for an invalid value: later, the job would already be paid for.
    """

    to: str | Path | None = None
    overwrite: bool = False
    keep_original: bool = False
    tags: bool | None = None
    timeout: float | None = None
    patience: float | None = None
    unsupported: OnUnsupported | None = None
    max_cost: Money | str | None = None
    label: str | None = None
    labels: Mapping[str, str] | None = None
    key: str | None = None
    backend: Backends = None
    budgets: Sequence[Budget] | None = None
    on_update: OnUpdate | None = None
    on_progress: OnProgress | None = None

    def __post_init__(self) -> None:
        for name in ("timeout", "patience"):
            long = getattr(self, name)
            seconds = long is None or (_number(long) and not isnan(long))
            allowed(name, long, seconds, "write a number of seconds")
        money = self.max_cost is None or isinstance(self.max_cost, Money | str)
        allowed("max_cost", self.max_cost, money, "write an amount such as '0.50 USD'")
        place = self.to is None or isinstance(self.to, str | PathLike)
        allowed("to", self.to, place, "write the path of a folder or a file")
        if self.to is not None and not is_path(self.to):
            raise TargetError(f"no file can be called {self.to!r}", advice="choose another name")
        allowed(
            "overwrite", self.overwrite, isinstance(self.overwrite, bool), "write True or False"
        )
        whole = isinstance(self.keep_original, bool)
        allowed("keep_original", self.keep_original, whole, "write True or False")
        allowed("tags", self.tags, isinstance(self.tags, bool | None), "write True or False")
        known = self.unsupported in (None, "error", "ignore")
        allowed("unsupported", self.unsupported, known, "write 'error' or 'ignore'")
        label = self.label is None or (isinstance(self.label, str) and _line(self.label))
        allowed("label", self.label, label, "write a name of your own for the job")
        labels_allowed(self.labels or {})
        budgets = self.budgets is None or list_of(Budget, self.budgets)
        allowed("budgets", self.budgets, budgets, "write a list of segue.events.Budget")
        for budget in self.budgets or ():
            _budget_allowed(budget)
        key = self.key is None or (isinstance(self.key, str) and _is_key(self.key))
        allowed("key", self.key, key, f"write 1 to {KEY} printable characters, no space around")
        for name in ("on_update", "on_progress"):
            callback = getattr(self, name)
            allowed(name, callback, callback is None or callable(callback), "give a function")


def task_of(task: Task | str) -> Task:
    """Return the task itself; a text is a prompt."""
    if isinstance(task, str):
        return Generate(prompt=task)
    if not isinstance(task, Task):
        raise InvalidTask(
            f"{type(task).__name__} is no task: write a prompt, or a task such as"
            " segue.Generate(prompt=…)",
            advice="nothing was sent and nothing was spent",
        )
    return task


def chosen_owner(owner: Owner | str | None) -> Owner | None:
    """Return the owner of a program's leases; raise `ConfigError` for an invalid one."""
    if isinstance(owner, str):
        owner = Owner(name=owner)
    if owner is None:
        return None
    advice = "write a name that no other process uses, or segue.journal.Owner(name=…, alive=…)"
    allowed("owner", owner, isinstance(owner, Owner), advice)
    allowed("owner.name", owner.name, isinstance(owner.name, str) and _is_key(owner.name), advice)
    allowed("owner.alive", owner.alive, callable(owner.alive), "give a function")
    return owner


def named(job: object) -> str:
    """Return a job's name; raise `UnknownJob` for a value that is no text."""
    if not isinstance(job, str):
        raise UnknownJob(f"{type(job).__name__} is no job: give its name, or its Ticket")
    if not is_valid(job):
        raise unknown(job)
    return job


def refuse_no_query(query: object) -> None:
    """Raise `InvalidTask` for an object that is no valid query."""
    if not isinstance(query, Query):
        raise InvalidTask(
            f"{type(query).__name__} is no question: write a Query, such as segue.speech.Voices()",
            advice="nothing was sent and nothing was spent",
        )
    if problems := invalid_texts(query):
        reasons = "; ".join(map(str, problems))
        raise InvalidTask(
            f"{type(query).__name__} cannot be sent: {reasons}",
            problems=problems,
            advice="nothing was sent and nothing was spent",
        )


def labels_allowed(labels: Mapping[str, str]) -> None:
    """Raise `ConfigError` unless these are labels: texts by their names."""
    mapping = isinstance(labels, Mapping) and len(labels) <= LABELS
    allowed("labels", labels, mapping, f"write a mapping of at most {LABELS} names to texts")
    for name, value in labels.items():
        known = isinstance(name, str) and 0 < len(name) <= NAME and _printable(name)
        allowed("labels", name, known, f"write a name of 1 to {NAME} printable characters")
        text = isinstance(value, str) and len(value) <= VALUE and _printable(value)
        what = f"write a text of at most {VALUE} printable characters"
        allowed(f"labels[{name!r}]", value, text, what)


def _budget_allowed(budget: Budget) -> None:
    limit, since = budget.limit, budget.since
    allowed("budgets.limit", limit, isinstance(limit, Money), "write a segue.Money")
    allowed("budgets.since", since, isinstance(since, datetime), "write a time, as a datetime")
    labels_allowed(budget.labels)


def _is_key(key: str) -> bool:
    return 0 < len(key) <= KEY and key == key.strip() and _printable(key)


def _printable(text: str) -> bool:
    return is_valid(text) and _UNPRINTABLE.isdisjoint(map(category, text))


def _line(label: str) -> bool:
    return bool(label) and is_valid(label)


def _number(value: object) -> bool:
    return isinstance(value, int | float)


def list_of(kind: type, value: object) -> bool:
    """Whether `value` is a collection, and all that it holds is of that type."""
    return isinstance(value, Collection) and all(isinstance(each, kind) for each in value)


def allowed(name: str, value: object, valid: bool, what: str) -> None:
    """Raise `ConfigError` for a value that is not `valid`; `what` says what is allowed."""
    if not valid:
        raise ConfigError(f"{name} = {value!r} is not allowed", advice=what)
