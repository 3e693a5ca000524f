"""A journal's entries made again from its events: both must say the same."""

from functools import reduce

from msgspec.structs import replace

from segue._journal import queries
from segue._journal.reducer import KINDS, folded


def rebuild(journal):
    """Make the entries of a SQLite journal from its events; leases stay. Events of a kind that this
    version does not know are passed over."""
    with journal._file.writing() as connection:
        for events in queries.histories(connection, KINDS):
            after = reduce(folded, events, None)
            before = queries.find(connection, after.job) if after else None
            if after is not None and before is not None:
                held = {
                    name: getattr(before, name) for name in ("owner", "leased_until", "generation")
                }
                queries.put(connection, replace(after, **held))
            elif after is not None:
                queries.put(connection, after)
