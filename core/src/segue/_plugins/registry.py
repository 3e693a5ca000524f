"""The plugins that have hooks, as registered with pluggy; a faulty one is refused when it is added.

A hook that would never be called, or not as it is written, is an error: it may be there to
refuse spending.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from pluggy import HookImpl, PluginManager, PluginValidationError

from segue._data.suggestions import suggestion
from segue._plugins import hookspecs
from segue.errors import PluginError

if TYPE_CHECKING:
    from segue._plugins.entry_points import InstalledPlugin

NAMES = tuple(name for name in vars(hookspecs) if name.startswith("segue_"))
AWAITED = ("segue_approve",)
"""The hooks that may be asynchronous."""


class Registry:
    """Plugins by name, and the implementations of each hook."""

    def __init__(self) -> None:
        self._plugins = PluginManager("segue")
        self._plugins.add_hookspecs(hookspecs)

    def implementations(self, hook: str) -> list[HookImpl]:
        """Those of one hook, in the order in which pluggy would call them: the last one first."""
        impls: list[HookImpl] = getattr(self._plugins.hook, hook).get_hookimpls()
        return impls[::-1]

    def add(self, plugin: object, name: str | None = None) -> None:
        """Add a plugin; nothing happens the second time. Raises `PluginError`."""
        if any(plugin is known for _, known in self._plugins.list_name_plugin()):
            return
        name = self._free(name or _name(plugin))
        if isinstance(plugin, type):
            raise PluginError(f"plugin {name!r} is a class", advice=f"pass an object: {name}()")
        try:
            self._plugins.register(plugin, name)
            self._check(plugin)
        except (PluginValidationError, PluginError) as error:
            self._forget(name)
            reason = " ".join(str(error).split())
            raise PluginError(f"plugin {name!r} cannot be used: {reason}") from error
        except ValueError as error:  # pluggy compares plugins by ==
            raise PluginError(
                f"plugin {name!r} equals another one, and only one of them would be called",
                advice="let its objects be equal to themselves only, as with @dataclass(eq=False)",
            ) from error

    def load(self, entry: InstalledPlugin) -> None:
        """Add what an entry point names, or an object of it if that is a class.

        Raises `BrokenPlugin`, whatever goes wrong.
        """
        found = entry.load()
        try:
            self.add(found() if isinstance(found, type) else found, entry.name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # also of its __init__
            reason = str(error) if isinstance(error, PluginError) else repr(error)
            raise entry.broken(f"has hooks that cannot be used: {reason}") from error

    def _check(self, plugin: object) -> None:
        for name in NAMES:
            written = callable(inspect.getattr_static(plugin, name, None))
            if written and self._plugins.parse_hookimpl_opts(plugin, name) is None:
                raise PluginError(f"{name} is not a hook yet", advice="put @hookimpl before it")
        for hook, caller in vars(self._plugins.hook).items():
            for impl in caller.get_hookimpls():
                if impl.plugin is plugin:
                    _check_implementation(hook, impl)
        self._plugins.check_pending()

    def _free(self, name: str) -> str:
        number, free = 1, name
        while self._plugins.has_plugin(free):
            number, free = number + 1, f"{name} ({number + 1})"
        return free

    def _forget(self, name: str) -> None:
        if self._plugins.has_plugin(name):
            self._plugins.unregister(name=name)


def call(impl: HookImpl, **facts: object) -> object:
    """Call one implementation with the arguments that it declares.

    One by one, because pluggy's own call of a hook ends at the first exception.
    """
    return impl.function(*(facts[name] for name in impl.argnames))


def _check_implementation(hook: str, impl: HookImpl) -> None:
    if hook not in NAMES and not impl.optionalhook:
        raise PluginError(f"there is no hook {hook!r}", advice=suggestion(hook, NAMES))
    if _asynchronous(impl.function) and hook not in AWAITED:
        raise PluginError(
            f"{hook} is async; hooks are synchronous, but for {', '.join(AWAITED)}",
            advice="write a plain def",
        )
    if inspect.isasyncgenfunction(impl.function):
        raise PluginError(f"{hook} yields; a hook returns its answer")
    if impl.wrapper or impl.hookwrapper or inspect.isgeneratorfunction(impl.function):
        raise PluginError(f"{hook} yields; hooks here do not wrap each other")


def _asynchronous(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _name(plugin: object) -> str:
    """The plugin's name in errors and logs: a provider's name, a module's, or its class's."""
    for name in (getattr(plugin, "name", None), getattr(plugin, "__name__", None)):
        if isinstance(name, str) and name:
            return name
    return type(plugin).__name__
