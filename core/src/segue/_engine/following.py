"""A wait that pauses at every change, for `job.events()`. Pure.

It runs core's own wait, which reports each change by a callback. Here the wait is suspended after a
step that has reported one, and resumes when the next change is requested.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from segue.errors import JobCancelled, JobExpired, JobFailed
from segue.flow import Effect, Flow
from segue.job import Snapshot

_ENDINGS = (JobFailed, JobCancelled, JobExpired)
"""The errors of a wait after it has reported the end of a job, which is the last change."""


class Following:
    """The changes of one job. `wait` returns the flow that reports them to its argument."""

    def __init__(self, wait: Callable[[Callable[[Snapshot], object]], Flow[Snapshot]]) -> None:
        self._changes: deque[Snapshot] = deque()
        self._flow = wait(self._changes.append)
        self._answer: object = None
        self._error: Exception | None = None
        self._over = False

    def next(self) -> Flow[Snapshot | None]:
        """The next change; None after the last one. Raises the wait's other errors."""
        while not (self._changes or self._over):
            try:
                effect = self._step()
            except (StopIteration, *_ENDINGS):
                self._over = True
            except BaseException:
                self._over = True
                raise
            else:
                yield from self._perform(effect)
        return self._changes.popleft() if self._changes else None

    def close(self) -> None:
        """End the wait; the job is not cancelled."""
        self._over = True
        self._flow.close()

    def _step(self) -> Effect:
        """Send the wait the last result, and return its next effect."""
        error, self._error = self._error, None
        return self._flow.send(self._answer) if error is None else self._flow.throw(error)

    def _perform(self, effect: Effect) -> Flow[None]:
        self._answer = None
        try:
            self._answer = yield effect
        except GeneratorExit:
            self.close()
            raise
        except Exception as error:
            self._error = error
