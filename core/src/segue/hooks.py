"""The typed face of the hooks: it asks every plugin, and lets none of them harm a job.

A failing observer is logged and skipped, and the others still run. A failing approval refuses
the spending. What can be hooked stands in `_plugins/hookspecs.py`.
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
    """The plugins of one client. The one that was registered last is asked first."""

    def __init__(self, plugins: Iterable[object] = ()) -> None:
        self._registry = Registry()
        self._complained: set[tuple[str, str]] = set()
        for plugin in plugins:
            self.register(plugin)

    @classmethod
    def installed(cls, plugins: Iterable[object] = ()) -> Hooks:
        """Those of the entry-point group `segue.hooks`, and `plugins` after them.

        Names in `SEGUE_DISABLE` are left out. Any other that cannot be used is a
        `BrokenPlugin`: it is not known what it would have refused.
        """
        hooks, hidden = cls(), disabled()
        for entry in installed(HOOKS):
            if entry.name not in hidden:
                hooks._registry.load(entry)
        for plugin in plugins:
            hooks.register(plugin)
        return hooks

    def register(self, plugin: object) -> None:
        """Add a plugin: a provider, a module, any object. Nothing happens the second time.

        Raises `PluginError` for a hook that would never be called, or not as it is written.
        """
        self._registry.add(plugin)

    @property
    def approves(self) -> bool:
        """Whether anybody is asked before money is spent."""
        return bool(self._registry.implementations("segue_approve"))

    def approve(self, task: Task, quote: Quote | None) -> list[str]:
        """The reasons not to spend, each with its plugin's name; none when all approve. An
        approval that would have to be awaited is a reason: nothing here awaits it."""
        reasons = []
        for impl in self._registry.implementations("segue_approve"):
            answer = _approval(impl, task, quote)
            if isawaitable(answer):
                _dispose(answer)
                answer = _ASYNCHRONOUS
            reasons += _objection(impl, answer)
        return reasons

    async def approve_async(self, task: Task, quote: Quote | None) -> list[str]:
        """The same, awaiting what is asynchronous, one approval after the other."""
        reasons = []
        for impl in self._registry.implementations("segue_approve"):
            answer = _approval(impl, task, quote)
            if isawaitable(answer):
                try:
                    answer = await answer
                except Exception as error:  # whatever it is, it is no approval
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
                raise _no_secret(impl, provider, f"answered with a {type(answer).__name__}")
            if answer:
                return answer
        return None

    def quoted(self, job: str, quote: Quote | None) -> None:
        """Tell what a job is going to cost."""
        self._tell("segue_quoted", job=job, quote=quote)

    def submitted(self, ticket: Ticket, task: Task) -> None:
        """Tell that a vendor has taken a job."""
        self._tell("segue_submitted", ticket=ticket, task=task)

    def updated(self, ticket: Ticket, snapshot: Snapshot) -> None:
        """Tell that a job was looked at."""
        self._tell("segue_updated", ticket=ticket, snapshot=snapshot)

    def delivered(self, delivery: Delivery) -> None:
        """Tell that all files of a job are saved."""
        self._tell("segue_delivered", delivery=delivery)

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
        """Tell that a request has ended."""
        self._tell(
            "segue_called",
            endpoint=endpoint,
            provider=provider,
            status=status,
            error=error,
            seconds=seconds,
            attempt=attempt,
        )

    def _tell(self, hook: str, **facts: object) -> None:
        for impl in self._registry.implementations(hook):
            try:
                call(impl, **facts)
            except Exception as error:  # no observer may harm a job
                self._complain(impl.plugin_name, hook, error)

    def _complain(self, plugin: str, hook: str, error: Exception) -> None:
        """Log a failure once for each plugin and hook, without its words: they may be secret."""
        if (plugin, hook) in self._complained:
            return
        self._complained.add((plugin, hook))
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename}, line {place.lineno}"
        told = "%s of plugin %r failed and was skipped: %s in %s (said once)"
        _log.warning(told, hook, plugin, type(error).__name__, where)


_ASYNCHRONOUS = (
    "segue_approve is asynchronous, which only segue.AsyncClient awaits: use that, or write a"
    " plain function that returns None or a reason"
)


def _approval(impl: HookImpl, task: Task, quote: Quote | None) -> object:
    try:
        return call(impl, task=task, quote=quote)
    except Exception as error:  # whatever it is, it is no approval
        return _failed(error)


def _failed(error: Exception) -> str:
    return f"segue_approve failed: {type(error).__name__}: {error}"


def _objection(impl: HookImpl, answer: object) -> list[str]:
    """What one plugin's answer says against the spending, with the plugin's name; or nothing."""
    if answer is None or answer == "":
        return []
    if not isinstance(answer, str):
        answer = f"segue_approve answered {answer!r}, which is neither None nor a reason"
    return [f"{impl.plugin_name}: {answer}"]


def _dispose(answer: object) -> None:
    """End what will not be awaited: a coroutine, or a task or future of an event loop."""
    end = getattr(answer, "close", None) or getattr(answer, "cancel", None)
    if callable(end):
        with suppress(Exception):  # it is the plugin's own
            end()


def _no_secret(impl: HookImpl, provider: str, why: str) -> PluginError:
    return PluginError(
        f"segue_secret of plugin {impl.plugin_name!r} {why}, asked for the key of {provider}",
        advice="repair that plugin, or disable it with SEGUE_DISABLE",
    )
