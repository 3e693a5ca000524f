"""The tables of the journal's file, and the migrations of older files.

`events` is append-only and holds everything; `jobs` holds the resulting entries, for fast listing,
and can be rebuilt from them; `labels` are those of the jobs, by their `id`. Of a job's columns,
only the lease (`owner`, `leased_until`, `generation`) is in no event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Migrations: TypeAlias = Sequence[Sequence[str]]

APPLICATION = 0x53656775
"""`Segu`: marks a SQLite file as a journal of Segue."""

MIGRATIONS: Migrations = (
    (
        f"PRAGMA application_id = {APPLICATION}",
        """
        CREATE TABLE events (
            seq INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            what TEXT NOT NULL,
            at INTEGER NOT NULL,
            facts TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY,
            job TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL,
            created INTEGER NOT NULL,
            parent TEXT,
            unit TEXT,
            counted TEXT,
            owner TEXT,
            leased_until INTEGER,
            entry TEXT NOT NULL
        )
        """,
        "CREATE INDEX jobs_by_state ON jobs (state, created)",
        "CREATE INDEX jobs_by_parent ON jobs (parent, created) WHERE parent IS NOT NULL",
        "CREATE INDEX jobs_by_owner ON jobs (owner) WHERE owner IS NOT NULL",
        "CREATE INDEX jobs_by_cost ON jobs (unit, created, counted) WHERE unit IS NOT NULL",
    ),
    ("ALTER TABLE jobs ADD COLUMN generation INTEGER NOT NULL DEFAULT 0",),
    (
        """
        CREATE TABLE labels (
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            id INTEGER NOT NULL,
            PRIMARY KEY (name, value, id)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX labels_by_job ON labels (id)",
    ),
)
"""Each migrates a file to the next version; the file's `user_version` counts them.

Released ones are never changed.
"""
