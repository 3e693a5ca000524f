"""The catalogue of providers: their names without importing any, and one of them by its name.

Every provider is found through the entry-point group `segue.providers`. A broken one breaks
only those who use it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from segue._data.backend_key import BackendKey
from segue._data.suggestions import nearest
from segue._plugins.declaration import misdeclared
from segue._plugins.entry_points import PROVIDERS, InstalledPlugin, disabled, distinct, installed
from segue.errors import AmbiguousPlugin, BrokenPlugin, UnknownProvider
from segue.provider import PLUGIN_API, Installed, Provider

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importlib_metadata import EntryPoint

FIRST_PARTY = {name: f"segue-{name}" for name in ("local", "marketplace", "musicapi", "venice")}
"""The distributions of the providers that are published together with Segue."""


class PluginReport(msgspec.Struct, frozen=True, kw_only=True):
    """One installed provider, for people. `problem` says why it cannot be used, if it cannot."""

    name: str
    distribution: str
    version: str
    plugin_api: int | None = None
    capabilities: tuple[str, ...] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether its name alone is enough to use it."""
        return not self.problem


class Catalogue:
    """The providers that are installed. Entry points are read once, on first use.

    `entry_points` stand in for those of the installed distributions; `disabled` names are
    hidden (those in `SEGUE_DISABLE`, if not given).
    """

    def __init__(
        self,
        entry_points: Iterable[EntryPoint] | None = None,
        disabled: Iterable[str] | None = None,
    ) -> None:
        self._points = entry_points
        self._disabled = None if disabled is None else frozenset(disabled)
        self._loaded: dict[InstalledPlugin, type[Provider]] = {}

    @cached_property
    def entries(self) -> tuple[InstalledPlugin, ...]:
        """Every entry point by name, disabled ones too; nothing is imported."""
        return tuple(installed(PROVIDERS) if self._points is None else distinct(self._points))

    @cached_property
    def disabled(self) -> frozenset[str]:
        """The names that are hidden."""
        return disabled() if self._disabled is None else self._disabled

    def names(self) -> list[str]:
        """The available names, sorted; nothing is imported."""
        return sorted({entry.name for entry in self.entries} - self.disabled)

    def load(self, key: str | BackendKey, distribution: str | None = None) -> type[Provider]:
        """Import one provider: `venice`, `venice@segue-venice`, or a whole backend's key.

        Raises `UnknownProvider`, `AmbiguousPlugin` or `BrokenPlugin`.
        """
        entry = self.find(key, distribution)
        if entry not in self._loaded:
            self._loaded[entry] = _provider(entry)
        return self._loaded[entry]

    def find(self, key: str | BackendKey, distribution: str | None = None) -> InstalledPlugin:
        """The one entry point of that key; nothing is imported."""
        key = _parsed(key)
        distribution = distribution or key.distribution
        named = [entry for entry in self.entries if entry.name == key.provider]
        if key.provider in self.disabled:
            raise _hidden(key.provider)
        if not named:
            raise self._missing(key.provider)
        matching = [entry for entry in named if not distribution or entry.made_by(distribution)]
        if not matching:
            raise _elsewhere(named, distribution or "")
        if len(matching) > 1:
            raise _ambiguous(matching)
        return matching[0]

    def report(self) -> list[PluginReport]:
        """Every installed provider, each one loaded; a broken one does not stop the others."""
        return [self._reported(entry) for entry in self.entries]

    def installed(self) -> list[Installed]:
        """Every provider that is not disabled, each one loaded; a broken one has its `problem`."""
        shown = (entry for entry in self.entries if entry.name not in self.disabled)
        return [self._installed(entry) for entry in shown]

    def _installed(self, entry: InstalledPlugin) -> Installed:
        found = Installed(name=entry.name, distribution=entry.distribution, version=entry.version)
        try:
            self.find(entry.name)
            kind = self.load(entry.name, entry.distribution)
        except (AmbiguousPlugin, BrokenPlugin) as error:
            return msgspec.structs.replace(found, problem=str(error))
        return msgspec.structs.replace(found, provider=kind)

    def _reported(self, entry: InstalledPlugin) -> PluginReport:
        report = PluginReport(
            name=entry.name, distribution=entry.distribution, version=entry.version
        )
        if entry.name in self.disabled:
            return msgspec.structs.replace(report, problem="disabled by SEGUE_DISABLE")
        try:
            provider = self.load(entry.name, entry.distribution)
            report = _described(report, provider)
            self.find(entry.name)
        except (AmbiguousPlugin, BrokenPlugin) as error:
            return msgspec.structs.replace(report, problem=str(error))
        return report

    def _missing(self, name: str) -> UnknownProvider:
        names = self.names()
        have = f"installed are {', '.join(names)}" if names else "none is installed"
        return UnknownProvider(
            f"no installed distribution provides {name!r}; {have}", advice=_install(name, names)
        )


def _parsed(key: str | BackendKey) -> BackendKey:
    try:
        return BackendKey.parse(key) if isinstance(key, str) else key
    except ValueError as error:
        raise UnknownProvider(str(error)) from error


def _provider(entry: InstalledPlugin) -> type[Provider]:
    """Import the class and verify its contract, as far as that shows."""
    loaded = entry.load()
    if not (isinstance(loaded, type) and issubclass(loaded, Provider)):
        raise entry.broken("is not a subclass of segue's Provider")
    if loaded.plugin_api != PLUGIN_API:
        raise _other_api(entry, loaded.plugin_api)
    if (name := getattr(loaded, "name", None)) != entry.name:
        raise entry.broken(f"calls itself {name!r}: entry point and class must agree on the name")
    if missing := sorted(getattr(loaded, "__abstractmethods__", ())):
        raise entry.broken(f"does not define {', '.join(missing)}")
    if wrong := misdeclared(loaded):
        raise entry.broken(wrong)
    return loaded


def _other_api(entry: InstalledPlugin, number: object) -> BrokenPlugin:
    newer = isinstance(number, int) and number > PLUGIN_API
    behind = "segue-core" if newer else entry.distribution or "it"
    return entry.broken(
        f"is made for plugin API {number}, and this is {PLUGIN_API}",
        advice=f"upgrade {behind}: pip install --upgrade {behind}",
    )


def _described(report: PluginReport, provider: type[Provider]) -> PluginReport:
    """The report with what the class declares."""
    offered = provider.capabilities
    kinds = [*offered.tasks, *offered.queries]
    words = [f"retired: {provider.retired}"] if provider.retired else []
    words += [str(kind.__struct_config__.tag) for kind in kinds]
    words += [
        word
        for word in ("cancel", "models", "quote", "balance", "release")
        if getattr(offered, word)
    ]
    return msgspec.structs.replace(
        report, plugin_api=provider.plugin_api, capabilities=tuple(words)
    )


def _hidden(name: str) -> UnknownProvider:
    return UnknownProvider(
        f"provider {name!r} is disabled", advice=f"take {name} out of SEGUE_DISABLE to enable it"
    )


def _elsewhere(entries: list[InstalledPlugin], distribution: str) -> UnknownProvider:
    name = entries[0].name
    origins = " and ".join(entry.origin for entry in entries)
    return UnknownProvider(
        f"{distribution} does not provide {name!r}; {origins} does",
        advice=f"write {name}@{entries[0].distribution}",
    )


def _ambiguous(entries: list[InstalledPlugin]) -> AmbiguousPlugin:
    name = entries[0].name
    choices = " or ".join(f"{name}@{entry.distribution}" for entry in entries)
    return AmbiguousPlugin(
        f"{name!r} is provided by {' and by '.join(entry.origin for entry in entries)}",
        advice=f"say which one you mean: {choices}; or uninstall the other",
    )


def _install(name: str, names: list[str]) -> str:
    if name in FIRST_PARTY:
        return f"install it: pip install {FIRST_PARTY[name]}"
    close = nearest(name, {*names, *FIRST_PARTY})
    if close in names:
        return f"did you mean {close!r}?"
    if close is not None:
        return f"did you mean {close!r}? pip install {FIRST_PARTY[close]}"
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        return "a name has letters, digits, dots and dashes only"
    return f"install what provides it, usually called segue-{name}: pip install segue-{name}"
