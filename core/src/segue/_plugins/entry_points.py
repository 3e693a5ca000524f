"""The entry points that installed distributions declare: read without importing any of them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from segue._plugins.path_state import State, path_state
from segue.errors import BrokenPlugin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importlib_metadata import EntryPoint

PROVIDERS = "segue.providers"
HOOKS = "segue.hooks"
COMMANDS = "segue.commands"


class InstalledPlugin(NamedTuple):
    """One entry point: its name, the object that it stands for, and who declares it."""

    name: str
    value: str
    group: str
    distribution: str = ""
    version: str = ""

    @classmethod
    def of(cls, point: EntryPoint) -> InstalledPlugin:
        """The entry point as plain data; what its distribution does not declare is left empty."""
        known = {"distribution": "", "version": ""}
        try:
            if point.dist is not None:
                known = {"distribution": point.dist.name, "version": point.dist.version}
        except Exception:  # metadata of others, damaged in any way
            pass
        return cls(name=point.name, value=point.value, group=point.group, **known)

    @property
    def origin(self) -> str:
        """`segue-venice 1.2`."""
        return f"{self.distribution} {self.version}".strip() or "an unknown distribution"

    def made_by(self, distribution: str) -> bool:
        """Whether it is of that distribution, however the name is written."""
        return normal(self.distribution) == normal(distribution)

    def load(self) -> object:
        """Import what it stands for; whatever goes wrong there is a `BrokenPlugin`."""
        from importlib_metadata import EntryPoint  # noqa: PLC0415 - listing alone is common

        point = EntryPoint(name=self.name, value=self.value, group=self.group)
        try:
            return point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may even call sys.exit() when imported
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            raise self.broken(f"cannot be imported: {reason}") from error

    def broken(self, why: str, *, advice: str = "") -> BrokenPlugin:
        """The error that says why it cannot be used, and what to do about it."""
        name = self.distribution
        how = f": pip install --upgrade --force-reinstall {name}" if name else ""
        return BrokenPlugin(
            f"plugin {self.name!r} ({self.value}, of {self.origin}) {why}",
            advice=advice
            or f"reinstall or upgrade it{how}; SEGUE_DISABLE={self.name} leaves it out",
        )


def installed(group: str) -> list[InstalledPlugin]:
    """The entries of `group`, of every installed distribution once, by name.

    They are read again only when something was installed or removed since.
    """
    state, settled = path_state()
    if (known := _read.get(group)) is not None and known[0] == state:
        return list(known[1])
    from importlib_metadata import entry_points  # noqa: PLC0415 - `import segue` stays fast

    found = distinct(entry_points(group=group))
    if settled:
        _read[group] = state, tuple(found)
    return found


_read: dict[str, tuple[State, tuple[InstalledPlugin, ...]]] = {}
"""The cached entry points of each group, with the state of the path."""


def distinct(points: Iterable[EntryPoint]) -> list[InstalledPlugin]:
    """One entry for each name and distribution, the first that is found, sorted.

    A distribution is seen twice when a folder is on the path twice, or when it is installed
    both as a wheel and as an editable project.
    """
    seen: dict[tuple[str, str], InstalledPlugin] = {}
    for entry in map(InstalledPlugin.of, points):
        seen.setdefault((entry.name, normal(entry.distribution) or entry.value), entry)
    return [seen[key] for key in sorted(seen)]


def disabled(environ: Mapping[str, str] | None = None) -> frozenset[str]:
    """The names in `SEGUE_DISABLE`, which are separated by commas."""
    listed = (os.environ if environ is None else environ).get("SEGUE_DISABLE", "")
    return frozenset(name.strip() for name in listed.split(",") if name.strip())


def normal(distribution: str) -> str:
    """A distribution's name as all its spellings compare equal."""
    return re.sub(r"[-_.]+", "-", distribution).lower()
