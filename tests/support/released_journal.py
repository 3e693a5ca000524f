"""A journal as a program may have written it for 0.1.0."""

from datetime import timedelta

from segue._journal.reducer import folded
from segue.errors import UnknownJob


class ReleasedJournal:
    """A store of a program of its own, as 0.1.0 documented the protocol. Its leases are kept
    apart from its entries, which know of no generation."""

    def __init__(self):
        self.jobs, self.leases, self.calls = {}, {}, []

    def write(self, event):
        self.jobs[event.job] = folded(self.jobs.get(event.job), event)

    def entries(self, *, states=None, parent=None, limit=None):
        return list(self.jobs.values())

    def entry(self, job):
        names = [name for name in self.jobs if name.startswith(job)]
        if job not in self.jobs and len(names) != 1:
            raise UnknownJob(f"no job {job}")
        return self.jobs.get(job) or self.jobs[names[0]]

    def claim(self, job, owner, now):
        self.calls.append((job, owner, now))
        holder, until = self.leases.get(job, (None, now))
        if holder not in {None, owner} and until > now:
            return holder
        self.leases[job] = (owner, now + timedelta(seconds=60))
        return None

    def unclaim(self, job, owner):
        if self.leases.get(job, ("",))[0] == owner:
            del self.leases[job]

    def spent(self, budget):
        raise NotImplementedError

    def close(self):
        pass
