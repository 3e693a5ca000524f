"""Typed calls of the hooks of all plugins, which isolate a job from their failures.

A failing observer is logged and skipped, and the others still run. A failing approval refuses the
spending. `_plugins/hookspecs.py` specifies the hooks.
"""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress
from inspect import isawaitable
from typing import TYPE_CHECKING

from segue._plugins.entry_points import HOOKS, disabled, installed
from segue._plugins.hookspecs import hookimpl
from segue._plugins.registry import Registry, call
from segue.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pluggy import HookImpl

    from segue.job import Delivery, Snapshot, Ticket
    from segue.money import Quote
    from segue.tasks import Task

__all__ = ["Hooks", "hookimpl"]

_log = logging.getLogger("segue")


class Hooks:
    """The plugins of one client. The one that was registered last is called first."""

    def __init__(self, plugins: Iterable[object] = ()) -> None:
        self._registry = Registry()
        self._complained: set[tuple[str, str]] = set()
        for plugin in plugins:
            self.register(plugin)

    @classmethod
    def installed(cls, plugins: Iterable[object] = ()) -> Hooks:
        """Those of the entry-point group `segue.hooks`, and `plugins` after them.

        Names in `SEGUE_DISABLE` are left out. Any other that cannot be used raises `BrokenPlugin`:
        it might have refused a spending.
        """
        hooks, hidden = cls(), disabled()
        for entry in installed(HOOKS):
            if entry.name not in hidden:
                hooks._registry.load(entry)
        for plugin in plugins:
            hooks.register(plugin)
        return hooks

    def register(self, plugin: object) -> None:
        """Add a plugin: a provider, a module, any object. Idempotent.

        Raises `PluginError` for a hook that would never be called, or not as it is written.
        """
        self._registry.add(plugin)

    @property
    def approves(self) -> bool:
        """Whether any plugin approves spending."""
        return bool(self._registry.implementations("segue_approve"))

    def approve(self, task: Task, quote: Quote | None) -> list[str]:
        """The objections to spending, each with its plugin's name; empty when all approve. An
        asynchronous approval is an objection, as it cannot be awaited here."""
        reasons = []
        for impl in self._registry.implementations("segue_approve"):
            answer = _approval(impl, task, quote)
            if isawaitable(answer):
                _dispose(answer)
                answer = _ASYNCHRONOUS
            reasons += _objection(impl, answer)
        return reasons

    async def approve_async(self, task: Task, quote: Quote | None) -> list[str]:
        """The same, awaiting asynchronous approvals, one after the other."""
        reasons = []
        for impl in self._registry.implementations("segue_approve"):
            answer = _approval(impl, task, quote)
            if isawaitable(answer):
                try:
                    answer = await answer
                except Exception as error:  # no failure is an approval
                    answer = _failed(error)
            reasons += _objection(impl, answer)
        return reasons

    def secret(self, provider: str, name: str) -> str | None:
        """The key from the first plugin that has it, or None. Raises `PluginError`."""
        for impl in self._registry.implementations("segue_secret"):
            try:
                answer = call(impl, provider=provider, name=name)
            except Exception as error:
                raise _no_secret(impl, provider, f"failed with {type(error).__name__}") from error
            if not isinstance(answer, str | None):
                raise _no_secret(impl, provider, f"returned a {type(answer).__name__}")
            if answer:
                return answer
        return None

    def quoted(self, job: str, quote: Quote | None) -> None:
        """Notify of a job's price."""
        self._notify("segue_quoted", job=job, quote=quote)

    def submitted(self, ticket: Ticket, task: Task) -> None:
        """Notify of a submitted job."""
        self._notify("segue_submitted", ticket=ticket, task=task)

    def updated(self, ticket: Ticket, snapshot: Snapshot) -> None:
        """Notify of a poll."""
        self._notify("segue_updated", ticket=ticket, snapshot=snapshot)

    def delivered(self, delivery: Delivery) -> None:
        """Notify that all files of a job are saved."""
        self._notify("segue_delivered", delivery=delivery)

    def called(
        self,
        *,
        endpoint: str,
        provider: str,
        status: int | None,
        error: Exception | None,
        seconds: float,
        attempt: int,
    ) -> None:
        """Notify that a request has ended."""
        self._notify(
            "segue_called",
            endpoint=endpoint,
            provider=provider,
            status=status,
            error=error,
            seconds=seconds,
            attempt=attempt,
        )

    def _notify(self, hook: str, **facts: object) -> None:
        for impl in self._registry.implementations(hook):
            try:
                call(impl, **facts)
            except Exception as error:  # no observer may harm a job
                self._complain(impl.plugin_name, hook, error)

    def _complain(self, plugin: str, hook: str, error: Exception) -> None:
        """Log a failure once for each plugin and hook, without its text, which may be secret."""
        if (plugin, hook) in self._complained:
            return
        self._complained.add((plugin, hook))
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename}, line {place.lineno}"
        message = "%s of plugin %r failed and was skipped: %s in %s (logged once)"
        _log.warning(message, hook, plugin, type(error).__name__, where)


_ASYNCHRONOUS = (
    "segue_approve is asynchronous, which only segue.AsyncClient awaits: use that, or write a"
    " plain function that returns None or a reason"
)


def _approval(impl: HookImpl, task: Task, quote: Quote | None) -> object:
    try:
        return call(impl, task=task, quote=quote)
    except Exception as error:  # no failure is an approval
        return _failed(error)


def _failed(error: Exception) -> str:
    return f"segue_approve failed: {type(error).__name__}: {error}"


def _objection(impl: HookImpl, answer: object) -> list[str]:
    """One plugin's objection with its name, or an empty list."""
    if answer is None or answer == "":
        return []
    if not isinstance(answer, str):
        answer = f"segue_approve returned {answer!r}, which is neither None nor a reason"
    return [f"{impl.plugin_name}: {answer}"]


def _dispose(answer: object) -> None:
    """Close what will not be awaited: a coroutine, or a task or future of an event loop."""
    end = getattr(answer, "close", None) or getattr(answer, "cancel", None)
    if callable(end):
        with suppress(Exception):  # it is the plugin's own
            end()


def _no_secret(impl: HookImpl, provider: str, why: str) -> PluginError:
    return PluginError(
        f"segue_secret of plugin {impl.plugin_name!r} {why}, called for the key of {provider}",
        advice="repair that plugin, or disable it with SEGUE_DISABLE",
    )
