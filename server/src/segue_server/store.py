"""The server's own file: the secret that tokens are made with, the keys of clients, and what a
client gave along with a job.

Nothing here says what state a job is in; the journal does. A client's `metadata` may be larger than
a label of the journal. It is written before the job is, so that no job is without it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from segue.errors import ConfigError

PREFIX = "sgk_"
"""How every key of the server begins."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secret (id INTEGER PRIMARY KEY CHECK (id = 1), value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE, per_day TEXT,
    backends TEXT NOT NULL, per_minute INTEGER, created TEXT NOT NULL, revoked TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS live_names ON keys (name) WHERE revoked IS NULL;
CREATE TABLE IF NOT EXISTS requests (id TEXT PRIMARY KEY, metadata BLOB NOT NULL);
"""


class ClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a client, without the key itself. `per_day` is what its jobs of a day (UTC) may cost
    together, `backends` are those that it may use (all, if there is none), and `per_minute` is how
    many jobs it may submit in a minute."""

    id: str
    name: str
    created: str
    per_day: str | None = None
    backends: tuple[str, ...] = ()
    per_minute: int | None = None


class Store:
    """The file, opened for each use: uses are rare and short. Call it beside the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # it holds a secret
        with self._open() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)

    def secret(self) -> bytes:
        """The secret, which is made when it is first wanted."""
        with self._open() as db:
            made = secrets.token_bytes(32)
            db.execute("INSERT OR IGNORE INTO secret VALUES (1, ?)", (made,))
            (value,) = db.execute("SELECT value FROM secret").fetchone()
            return bytes(value)

    def remember(self, request: str, metadata: bytes) -> None:
        """Hold the metadata of a request, as JSON."""
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO requests VALUES (?, ?)", (request, metadata))

    def forget(self, request: str) -> None:
        """Remove the metadata of a request."""
        with self._open() as db:
            db.execute("DELETE FROM requests WHERE id = ?", (request,))

    def metadata(self, requests: Sequence[str]) -> dict[str, bytes]:
        """The metadata of requests, by their names; those without any are left out."""
        marks = ", ".join("?" * len(requests))
        with self._open() as db:
            rows = db.execute(f"SELECT id, metadata FROM requests WHERE id IN ({marks})", requests)
            return {name: bytes(value) for name, value in rows}

    def add_key(
        self,
        name: str,
        *,
        per_day: str | None = None,
        backends: Sequence[str] = (),
        per_minute: int | None = None,
    ) -> str:
        """Make a key and return it: it is shown this once, and only its SHA-256 is stored."""
        key = PREFIX + secrets.token_urlsafe(32)
        values = (
            secrets.token_hex(8), name, _hashed(key), per_day,
            msgspec.json.encode(list(backends)).decode(), per_minute, _now(),
        )  # fmt: skip
        try:
            with self._open() as db:
                db.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", values)
        except sqlite3.IntegrityError as error:
            raise ConfigError(
                f"there is a key of the name {name!r} already", advice="choose another name"
            ) from error
        return key

    def listed(self) -> list[ClientKey]:
        """The keys that are not revoked, by name."""
        with self._open() as db:
            return [_key(row) for row in db.execute(f"{_KEYS} ORDER BY name")]

    def key(self, given: str) -> ClientKey | None:
        """The key that a client has sent; None for one that is unknown or revoked."""
        with self._open() as db:
            row = db.execute(f"{_KEYS} AND sha256 = ?", (_hashed(given),)).fetchone()
            return _key(row) if row else None

    def revoke(self, name: str) -> bool:
        """Revoke the key of that name; False when there is none. Its jobs go on."""
        with self._open() as db:
            done = db.execute(
                "UPDATE keys SET revoked = ? WHERE name = ? AND revoked IS NULL", (_now(), name)
            )
            return done.rowcount > 0

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


_KEYS = "SELECT id, name, created, per_day, backends, per_minute FROM keys WHERE revoked IS NULL"


def _key(row: tuple[str, str, str, str | None, str, int | None]) -> ClientKey:
    id_, name, created, per_day, backends, per_minute = row
    return ClientKey(
        id=id_,
        name=name,
        created=created,
        per_day=per_day,
        backends=msgspec.json.decode(backends, type=tuple[str, ...]),
        per_minute=per_minute,
    )


def _hashed(key: str) -> str:
    """A key has 256 random bits, so that no slow hash is needed."""
    return sha256(key.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
