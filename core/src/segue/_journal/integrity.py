"""Check on opening that the journal's file has all that was written.

A file of up to `_SMALL` bytes is checked completely, in about 20 ms at most; in a larger one, which
would take seconds, rows are counted: none is ever deleted, so their numbers have no gap.

The newest entries may be in the log beside the file alone. SQLite reads it up to the first frame
whose checksum is wrong (https://sqlite.org/fileformat2.html, 4), and takes that for the end: a
transaction that was being written when the power went. When more than one transaction follows,
acknowledged data would be lost silently.
"""

from __future__ import annotations

import struct
import time
from pathlib import Path
from sqlite3 import Connection

from segue._journal.entry import State

_SMALL = 4 << 20
_HEADER, _FRAME = 32, 24
_SIZES = frozenset(1 << n for n in range(9, 17))

_LOOKS = (0.0, 0.01, 0.04, 0.16)
"""Seconds before each check of a log: another process may be about to reset it."""


def is_consistent(connection: Connection) -> bool:
    """Whether a listing has every job that was written."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    if pages * size <= _SMALL:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        whole = found == "ok"
    else:
        whole = _gapless(connection, "jobs", "id") and _gapless(connection, "events", "seq")
    known = ", ".join(f"'{state.value}'" for state in State)
    query = f"SELECT 1 FROM jobs WHERE state NOT IN ({known}) LIMIT 1"
    return whole and connection.execute(query).fetchone() is None


def _gapless(connection: Connection, table: str, key: str) -> bool:
    query = f"SELECT count(*) IS ifnull(max({key}), 0) FROM {table}"
    return bool(connection.execute(query).fetchone()[0])


def is_whole(connection: Connection, wal: Path) -> bool:
    """Whether SQLite read the log to its end, as far as known."""
    try:
        if wal.stat().st_size <= _HEADER:
            return True
    except OSError:
        return True
    for seconds in _LOOKS:
        time.sleep(seconds)
        if _is_read(connection, wal):
            return True
    return False


def _is_read(connection: Connection, wal: Path) -> bool:
    """Whether SQLite has read all transactions of the log but one, which may never have been
    acknowledged."""
    try:
        before = wal.read_bytes()
        _, read, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        after = _beginning(wal)
    except OSError:
        return True
    if read < 0 or before[:_HEADER] != after:
        return True
    return _commits(before, read) <= 1


def _commits(content: bytes, read: int) -> int:
    """The number of transactions of the log's own generation after so many frames, at any offset:
    bytes may be missing before them. The header has the generation, unless it is damaged."""
    size = int.from_bytes(content[8:12], "big")
    at = _HEADER + read * (_FRAME + (size if size in _SIZES else 4096))
    named = bool(read) or _is_header(content[:_HEADER])
    generation = content[16:24] if named else content[_HEADER + 8 : _HEADER + 16]
    found = 0
    while generation.strip(b"\0") and (at := content.find(generation, at)) >= 0:
        found += any(content[at - 4 : at])
        at += len(generation)
    return found


def _is_header(header: bytes) -> bool:
    """Whether the checksum of a log's header is right (fileformat2.html, 4.2)."""
    if header[:4] not in (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"):
        return False
    big = header[3] & 1
    words = struct.unpack(">8I" if big else "<8I", header)
    one = other = 0
    for place in (0, 2, 4):
        one = (one + words[place] + other) & 0xFFFF_FFFF
        other = (other + words[place + 1] + one) & 0xFFFF_FFFF
    return struct.pack(">2I", one, other) == header[24:]


def _beginning(wal: Path) -> bytes:
    with wal.open("rb") as file:
        return file.read(_HEADER)
