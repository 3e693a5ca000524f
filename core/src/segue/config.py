"""The effective configuration: argument > environment > file > default.

Files are the user's own `segue.toml` and the project's, merged key by key; the project's takes
precedence. A file named by argument or by `SEGUE_CONFIG` is read instead of both. Reading never
looks up a key, runs a command, imports a provider or opens a connection. Keys of a project's file
that could do harm are ignored until the user trusts it: `held` lists them.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from segue._config import files as documents
from segue._config.base_url import check_address
from segue._config.credentials import Ask, Secret
from segue._config.settings import (
    KEY_SOURCES,
    Access,
    Http,
    Settings,
    access_of,
    check,
    converted,
    dotted,
    expanded,
    validated_settings,
)
from segue._data.backend_key import BackendKey
from segue._data.redaction import printable
from segue._data.suggestions import nearest
from segue._effects.account import Account
from segue.errors import ConfigError
from segue.provider import Options, Provider

if TYPE_CHECKING:
    from segue._config.files import Document
    from segue._config.untrusted import Held

__all__ = ["Config", "Http", "Settings"]

Kind: TypeAlias = Provider | type[Provider]


class Config:
    """The effective values (`settings`), and the source of each (`where`).

    `files` are parsed files, the later one taking precedence; `environ` is the environment, which
    is read when a value is requested. Methods raise `ConfigError`.
    """

    def __init__(
        self, files: Sequence[Document] = (), *, environ: Mapping[str, str] | None = None
    ) -> None:
        self.files = tuple(files)
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self._named = ", ".join(str(file.path) for file in files) or documents.FILE_NAME
        for file in self.files:
            validated_settings(file.content, file=str(file.path))
        self.settings = validated_settings(documents.merged(self.files), file=self._named)

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Config:
        """Read `path`, or the file that `SEGUE_CONFIG` names, or else those found for `folder`
        (the current one, if not given): its own or nearest parent's, over the user's."""
        environ = os.environ if environ is None else environ
        named = path or environ.get("SEGUE_CONFIG", "").strip()
        if named:
            return cls([documents.read(expanded(named))], environ=environ)
        config = cls(documents.found(folder), environ=environ)
        config._warn()
        return config

    @property
    def held(self) -> tuple[tuple[Path, Held], ...]:
        """The ignored settings of files that are not trusted, each with its file."""
        return tuple((file.path, held) for file in self.files for held in file.held)

    def check_address(self, provider: Kind, name: str | None = None) -> None:
        """Raise `ConfigError` when the provider's address is in an untrusted file, and set nowhere
        else: its requests would go, and be charged, to another place than the project's."""
        name = name or provider.name
        path = self._holder("providers", name, "base_url")
        if path is not None and not self.environ.get(_variable(name), "").strip():
            raise ConfigError(
                f"{path} is not trusted, so its {dotted('providers', name, 'base_url')} is"
                " ignored, and nothing was sent",
                advice=f"read the file, then run `segue trust {documents.quoted(path)}`, or set"
                f" {_variable(name)}",
            )

    def where(self, *path: str) -> str:
        """The file and key that set a value (`where("http", "timeout")`), or `default`."""
        file = self._setter(*path)
        return f"{file.path}: {dotted(*path)}" if file else "default"

    def chosen(self, argument: str | Sequence[str] | None = None) -> tuple[list[str], str]:
        """The backends as written, and their source. `SEGUE_BACKEND` separates by commas."""
        if argument is not None:
            return [argument] if isinstance(argument, str) else list(argument), "argument"
        if listed := self.environ.get("SEGUE_BACKEND", "").strip():
            return [name.strip() for name in listed.split(",") if name.strip()], "SEGUE_BACKEND"
        names = self.settings.backend
        return [names] if isinstance(names, str) else list(names), self.where("backend")

    def journal(self) -> Path | None:
        """The file of the journal: `SEGUE_JOURNAL`, the files' `journal` (relative to its file), or
        the default; None where it is `off`."""
        named = self.environ.get("SEGUE_JOURNAL", "").strip()
        setter = self._setter("journal")
        folder = Path()
        if not named and setter is not None:
            named, folder = self.settings.journal or "", setter.path.parent
        if not named:
            return _usual_journal()
        return None if named == "off" else folder / expanded(named)

    @property
    def tags(self) -> bool:
        """Whether files get tags: `SEGUE_TAGS=off` disables them, else the files' `tags`."""
        return self.environ.get("SEGUE_TAGS", "").strip() != "off" and self.settings.tags

    def backends(self, argument: str | Sequence[str] | None = None) -> tuple[BackendKey, ...]:
        """The backends to try, in order: at least one."""
        names, where = self.chosen(argument)
        try:
            keys = tuple(BackendKey.parse(name) for name in names)
        except ValueError as error:
            raise ConfigError(f"{where}: {error}") from error
        if not keys:
            raise ConfigError(f"{where} names no backend", advice="name one, such as 'local'")
        return keys

    def account(
        self, provider: Kind, name: str | None = None, *, secret: Ask | None = None
    ) -> Account:
        """The account of a provider: its address is checked now, its key is read when needed.

        `name` is the provider's name in the configuration, its own if not given. `secret` requests
        a key from the plugins, before the environment is read.
        """
        name = name or provider.name
        base_url = self.base_url(provider, name)[0]
        found, key = self.secret(provider, name, ask=secret), provider.key
        if found is None or key is None:
            return Account(name, base_url=base_url, secret=lambda: None)
        return Account(name, base_url=base_url, secret=found, header=key.header, scheme=key.scheme)

    def options(self, provider: Kind, name: str | None = None) -> Options:
        """The provider's own settings, validated by its `options`."""
        at = ("providers", name or provider.name)
        for file in self.files:
            own = _own(file.says(*at))
            check(own, provider.options, file=str(file.path), at=at, also=_CORE)
        own = _own(self.settings.providers.get(at[1]))
        return converted(own, provider.options, file=self._named, at=at)

    def check_providers(self, names: Iterable[str]) -> None:
        """Raise `ConfigError` for a `[providers.NAME]` that is a misspelling of one of `names`.

        A name unlike all of them is accepted: it may be installed elsewhere.
        """
        known = set(names)
        for name in self.settings.providers.keys() - known:
            if close := nearest(name, known):
                where = self.where("providers", name)
                raise ConfigError(f"{where}: no such provider", advice=f"did you mean {close!r}?")

    def report(
        self,
        providers: Mapping[str, type[Provider]],
        *,
        backend: str | Sequence[str] | None = None,
    ) -> Sequence[object]:
        """Deprecated: the rows of `segue config`; see `segue.cli.config_report`."""
        warnings.warn(_MOVED, DeprecationWarning, stacklevel=2)
        rows: Sequence[object] = import_module(_REPORT).settings_in_force(
            self, providers, backend=backend
        )
        return rows

    def base_url(self, provider: Kind, name: str) -> tuple[str, str]:
        """The address of a provider, which may be empty, and its source."""
        variable = _variable(name)
        if url := self.environ.get(variable, "").strip():
            where = variable
        elif url := self._access(name).base_url or "":
            where = self.where("providers", name, "base_url")
        else:
            url, where = provider.base_url, "default"
        if url:
            check_address(url, keyed=provider.key is not None, where=where)
        return url, where

    def secret(self, provider: Kind, name: str, *, ask: Ask | None = None) -> Secret | None:
        """A function that reads the provider's key; None for a provider without one."""
        if provider.key is None:
            return None
        setter = self._setter("providers", name, "key_file")
        folder = setter.path.parent if setter else Path()
        return Secret(
            name,
            provider.key,
            self._access(name),
            environ=self.environ,
            folder=folder,
            ask=ask,
            untrusted=self._key_holder(name),
        )

    def _key_holder(self, name: str) -> Path | None:
        """The untrusted file that sets the place of the provider's key."""
        holders = (self._holder("providers", name, source) for source in sorted(KEY_SOURCES))
        return next((path for path in holders if path is not None), None)

    def _holder(self, *at: str) -> Path | None:
        return next((path for path, held in self.held if held.path == at), None)

    def _warn(self) -> None:
        """Log once a process, for each file, which of its keys are ignored."""
        for file in self.files:
            names = printable(_listed([held.name for held in file.held]))
            if names and (file.path, names) not in _warned:
                _warned.add((file.path, names))
                _log.warning(
                    "%s is not trusted, so these keys of it are ignored: %s; if you trust it, run"
                    " `segue trust %s`",
                    printable(str(file.path)),
                    names,
                    printable(documents.quoted(file.path)),
                )

    def _setter(self, *path: str) -> Document | None:
        return next((file for file in reversed(self.files) if file.get(*path) is not None), None)

    def _access(self, name: str) -> Access:
        table = self.settings.providers.get(name, {})
        return access_of(table, file=self._named, at=("providers", name))

    def __repr__(self) -> str:
        return f"Config({[str(file.path) for file in self.files]})"


def __getattr__(name: str) -> object:
    """`Setting`, under its former name."""
    if name != "Setting":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(_MOVED, DeprecationWarning, stacklevel=2)
    return import_module(_REPORT).Setting


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


_REPORT = "segue.cli.config_report"  # by name: core imports nothing of the command line
_MOVED = f"this lives in {_REPORT} now"

_NAMED = 12
"""Keys that a warning names; `segue config` lists them all."""

_CORE = frozenset(Access.__struct_fields__)
_log = logging.getLogger("segue")
_warned: set[tuple[Path, str]] = set()


def _variable(name: str) -> str:
    """The environment variable of a provider's address."""
    return f"SEGUE_{re.sub('[^A-Za-z0-9]', '_', name).upper()}_BASE_URL"


def _own(table: object) -> dict[str, object]:
    """The provider's own settings in its table."""
    items = table.items() if isinstance(table, Mapping) else ()
    return {key: value for key, value in items if key not in _CORE}


def _usual_journal() -> Path:
    from platformdirs import user_state_path  # noqa: PLC0415 - costs milliseconds

    return user_state_path("segue", appauthor=False) / "journal.sqlite3"
