"""The settings of a discovered `segue.toml` that are ignored until the user trusts it. Pure.

It may choose the backend and the music. It may not name a command, a key, an address or a proxy,
move the journal, save outside its own folder, or allow more than the user does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from segue._config.settings import KEY_SOURCES, Http, dotted, expanded, shown_value
from segue.money import Money

_KEY, _ADDRESS = "it says which key is used", "it says where requests go, and keys with them"
_ACCESS = {"base_url": _ADDRESS, **dict.fromkeys(KEY_SOURCES, _KEY)}
_OPTION = "it can name an address, a file, a secret or a price"
_ABOVE = "it allows more than {own}"
_WORDS = """
    address bind budget callback certificate cmd command cost dir directory domain
    endpoint env exec executable file files folder gateway header headers hook host hostname limit
    max origin password path paths price prices proxy script secret secrets server shell socket ssl
    tls token tokens uri url urls verify webhook webhooks
    """
_RISKY = frozenset(_WORDS.split())
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/|[/\\~]|\.\.?[/\\]|.*[/\\]\.\.([/\\]|\Z)")

Table = Mapping[str, object]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A key that does not count: its path in the file, its value for people, and the reason."""

    path: tuple[str, ...]
    value: str
    why: str

    @property
    def name(self) -> str:
        """`providers.venice.base_url`."""
        return dotted(*self.path)


def held_back(content: Table, own: Table, *, folder: Path, base: Path) -> tuple[Held, ...]:
    """The ignored settings of a file in `folder` with this valid `content`.

    `own` is what the user's own file says. Relative paths are relative to `base`.
    """
    found = [*_top(content, own, folder, base), *_limits(content, own)]
    for name, table in _table(content, "providers").items():
        if isinstance(table, Mapping):
            found += _provider(name, table)
    return tuple(found)


def without(content: Table, held: tuple[Held, ...]) -> dict[str, object]:
    """The content without those keys."""
    return _pruned(content, {each.path for each in held}, ())


def _pruned(table: Table, paths: set[tuple[str, ...]], at: tuple[str, ...]) -> dict[str, object]:
    return {
        key: _pruned(value, paths, (*at, key)) if isinstance(value, Mapping) else value
        for key, value in table.items()
        if (*at, key) not in paths
    }


def _top(content: Table, own: Table, folder: Path, base: Path) -> Iterator[Held]:
    if "journal" in content:
        yield _held(content, "journal", why="it says where jobs are written down")
    to = content.get("to")
    if isinstance(to, str) and not _inside(to, folder, base):
        yield _held(content, "to", why=f"it is outside {folder}")
    if "proxy" in _table(content, "http"):
        yield _held(content, "http", "proxy", why=_ADDRESS)
    if content.get("release") is True and own.get("release") is not True:
        yield _held(content, "release", why="it deletes what the vendor holds")


def _limits(content: Table, own: Table) -> Iterator[Held]:
    for path in (("max_cost",), ("budget", "per_day")):
        most = _at(own, path)
        if _at(content, path) is not None and _above(_at(content, path), most):
            yield _held(content, *path, why=_ABOVE.format(own=f"your own {most}"))
    path = ("http", "max_download_mb")
    wanted, most = _at(content, path), _at(own, path) or Http().max_download_mb
    if isinstance(wanted, int) and isinstance(most, int) and wanted > most:
        yield _held(content, *path, why=_ABOVE.format(own=most))


def _provider(name: str, table: Table) -> Iterator[Held]:
    for key, value in table.items():
        why = _ACCESS.get(key) or _KEY * key.startswith("key_") or _OPTION * _risky(key, value)
        if why:
            path = ("providers", name, key)
            yield Held(path=path, value=shown_value(key, value), why=why)


def _risky(key: str, value: object) -> bool:
    """Whether a provider's own option may reach out of the folder, by its name or its value:
    what it means, only the provider knows, and none is imported for this."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key).lower()
    return not _RISKY.isdisjoint(re.split(r"[^a-z0-9]+", words)) or _names_a_place(value)


def _names_a_place(value: object) -> bool:
    if isinstance(value, str):
        return _PLACE.match(value.strip()) is not None
    if isinstance(value, Mapping):
        return any(_risky(str(key), each) for key, each in value.items())
    return isinstance(value, list) and any(map(_names_a_place, value))


def _inside(to: str, folder: Path, base: Path) -> bool:
    """Whether a folder of downloads is in `folder`, wherever links lead."""
    try:
        return (base / expanded(to)).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a loop of links, or a NUL
        return False


def _above(wanted: object, most: object) -> bool:
    """Whether an amount allows more than the user's own; one of another unit is no such limit."""
    if most is None:
        return False
    try:
        return Money.parse(str(wanted)) > Money.parse(str(most))
    except ValueError:
        return True


def _held(content: Table, *path: str, why: str) -> Held:
    return Held(path=path, value=shown_value(path[-1], _at(content, path)), why=why)


def _at(table: Table, path: tuple[str, ...]) -> object:
    found: object = table
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _table(content: Table, key: str) -> Table:
    found = content.get(key)
    return found if isinstance(found, Mapping) else {}
