"""Every error that Segue raises, in one tree.

SegueError
  ConfigError                 a setting is unknown, malformed or unreadable
  PluginError
    UnknownProvider           no installed distribution provides that name
    BrokenPlugin              it is installed, but cannot be used
    AmbiguousPlugin           two distributions provide the same name
  Refused                     refused here, before anything was sent; nothing was spent
    InvalidTask               a field's value is wrong, whatever the backend
    Unsupported               the chosen backend cannot do what is requested
    SpendingRefused           the price is over the limit, unknown, or was vetoed
  JournalError                the journal cannot be read or written
    UnknownJob                it has no job of that name
    JobExists                 it has a job of that name already; this one was not sent
      KeyReused               another task was submitted under that key
  TargetError                 the file or folder to write to cannot be used
  RequestError                a request to a vendor failed
    NotSent                   it provably never reached the vendor
    ConnectionLost            it may have reached the vendor; no response arrived
    ProtocolError             the response is not what the vendor documents
    Rejected                  the vendor refused it (other 4xx)
      AuthenticationFailed
      InsufficientFunds
      ContentPolicy           with the vendor's suggested prompt, where it gives one
      NotFound
      RateLimited             with the seconds to wait, where the vendor gives them
    Unavailable               the vendor is down, overloaded or at capacity
  SubmissionUnknown           a paid request was sent and its outcome is not known
  NoBackendLeft               every backend of a list failed, and nothing was charged
  JobError                    about one job that exists; carries its ticket
    JobFailed
    JobCancelled
    JobExpired
    WaitTimeout               the wait ended, not the job
    ResultMissing             it succeeded, and the vendor names nothing to download
    NotReady                  the job has nothing to download yet
    CostAboveLimit            the accepted price exceeds the limit; stopped if possible
  JobBusy                     another process is waiting for the job
    LeaseLost                 it claimed the job while this one could not renew its lease
  DownloadError               a file is incomplete, or not what it should be

`str(error)` says what happened and what to do next. `error_code` is a stable word for the class,
such as `insufficient_funds`, for other languages. `provider`, `endpoint` and `ticket` are filled in
by core where they are known. Vendors' text is shown without secrets and control characters. A
pickled error holds no job token and no signed address either: in another process,
`client.resume(error.ticket)` finds the token in the journal. `error.ticket` itself has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from segue._data.redaction import remember, shown
from segue._data.shareable import shareable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segue.flow import Reply
    from segue.job import Snapshot, Ticket, Trouble
    from segue.money import Money
    from segue.tasks import Problem


class SegueError(Exception):
    """The root of the tree: `message` says what happened, `advice` what to do next."""

    advice: str = ""
    error_code: ClassVar[str] = "error"

    def __init_subclass__(cls, *, error_code: str = "", **options: object) -> None:
        """Set the class's code; without one of its own it inherits its parent's."""
        super().__init_subclass__(**options)
        cls.error_code = error_code or cls.error_code

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.args = (self.message,)
        self.advice = advice or self.advice
        self.provider: str | None = None
        self.endpoint: str | None = None
        self.ticket: Ticket | None = None

    def __setattr__(self, name: str, value: object) -> None:
        if name in _WORDS and isinstance(value, str):
            value = shown(value)
        super().__setattr__(name, value)
        if name == "ticket" and value is not None:
            self._hide_tokens()

    def _hide_tokens(self) -> None:
        """Redact the ticket's token in text that was set before the ticket."""
        remember(getattr(self.ticket, "secrets", {}).values())
        self.message, self.advice = self.message, self.advice
        self.args = tuple(shown(arg) if isinstance(arg, str) else arg for arg in self.args)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle everything except what must not leave this process: a job's token, which the
        journal has; signed addresses; and the body of a response."""
        fields = {name: shareable(value) for name, value in self.__dict__.items()}
        return _again, (type(self), self.args, fields)

    def __copy__(self) -> SegueError:
        """Copy within this process, token included."""
        return _again(type(self), self.args, self.__dict__)

    def __deepcopy__(self, memo: dict[int, object]) -> SegueError:
        """As `__copy__`: the attributes of an error are not mutated."""
        return self.__copy__()

    def __str__(self) -> str:
        provider = self.provider if self.provider not in self.message.split() else None
        where = " ".join(part for part in (provider, self.endpoint) if part)
        message = f"{where}: {self.message}" if where else self.message
        return shown(f"{message}; {self.advice}" if self.advice else message)


_WORDS = frozenset({"message", "advice"})


def _again(
    kind: type[SegueError], args: tuple[object, ...], fields: dict[str, object]
) -> SegueError:
    """Rebuild an error from its attributes, without calling the `__init__` of its class."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class ConfigError(SegueError, error_code="config_error"):
    """A setting is unknown, malformed or unreadable; the message names it and its source."""


class PluginError(SegueError, error_code="plugin_error"):
    """A provider plugin cannot be used."""


class UnknownProvider(PluginError, error_code="unknown_provider"):
    """No installed distribution provides that name."""


class BrokenPlugin(PluginError, error_code="broken_plugin"):
    """It is installed, but importing or making it failed; the cause is chained."""


class AmbiguousPlugin(PluginError, error_code="ambiguous_plugin"):
    """Two distributions provide the same name."""

    advice = "name the distribution: NAME@DISTRIBUTION"


class Refused(SegueError, error_code="refused"):
    """Refused before anything was sent: nothing was spent. `problems` lists every reason."""

    def __init__(self, message: str, *, problems: Sequence[Problem] = (), advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.problems = tuple(problems)


class InvalidTask(Refused, error_code="invalid_task"):
    """A field's value is wrong, whatever the backend."""


class Unsupported(Refused, error_code="unsupported"):
    """The chosen backend cannot do what is requested."""


class SpendingRefused(Refused, error_code="spending_refused"):
    """The price is over the limit, cannot be known beforehand, or was vetoed.

    Where a budget refused it, `needed` is the price, `limit` the budget, and `spent` what is spent
    or reserved of that already.
    """

    needed: Money | None = None
    limit: Money | None = None
    spent: Money | None = None


class TargetError(SegueError, error_code="target_error"):
    """The file or folder to write to cannot be used: it exists, is read-only, or is full."""


class JournalError(SegueError, error_code="journal_error"):
    """The journal cannot be read or written; its file is not changed."""


class UnknownJob(JournalError, error_code="unknown_job"):
    """The journal has no job of that name, or several with that prefix."""

    advice = "client.jobs() lists them"


class JobExists(JournalError, error_code="job_exists"):
    """The journal has a job of that name already: this submission was not sent, and nothing was
    spent on it. The first one continues."""

    advice = "resume that job, or submit this one under a name of its own"


class KeyReused(JobExists, error_code="key_reused"):
    """Another task was submitted under that key: this one was not sent, and nothing was spent."""

    advice = "submit another task under another key"


class RequestError(SegueError, error_code="request_error"):
    """A request to a vendor failed. `status` is the HTTP status, if there was a response."""

    def __init__(self, message: str, *, status: int | None = None, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.status = status


class NotSent(RequestError, error_code="not_sent"):
    """The request provably never reached the vendor. `passing`: a retry may succeed."""

    advice = "check the network and the provider's base_url, then try again"

    def __init__(self, message: str, *, passing: bool = True, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.passing = passing


class ConnectionLost(RequestError, error_code="connection_lost"):
    """The request may have reached the vendor; no response arrived."""


class ProtocolError(RequestError, error_code="protocol_error"):
    """The response is not what the vendor documents; no job's status was read from it."""

    advice = "this may be a proxy's page, or a change at the vendor's"


class Rejected(RequestError, error_code="rejected"):
    """The vendor refused the request. `code` is the vendor's own word, where it gives one;
    `error_code` is Segue's."""

    def __init__(
        self, message: str, *, status: int | None = None, code: str | None = None, advice: str = ""
    ) -> None:
        super().__init__(message, status=status, advice=advice)
        self.code = code


class AuthenticationFailed(Rejected, error_code="authentication_failed"):
    """The key is missing, wrong, or not allowed to do this."""


class InsufficientFunds(Rejected, error_code="insufficient_funds"):
    """The account cannot pay for it."""

    advice = "top up the account with the vendor, or choose a cheaper backend"


class ContentPolicy(Rejected, error_code="content_policy"):
    """The vendor's moderation refused it. `suggested_prompt`: one that it would accept, where the
    vendor gives it."""

    advice = "change the words of the prompt or the lyrics and submit again"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        suggested_prompt: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.suggested_prompt = suggested_prompt


class NotFound(Rejected, error_code="not_found"):
    """The vendor does not know that job, model or file, or no longer."""


class RateLimited(Rejected, error_code="rate_limited"):
    """Too many requests. `retry_after`: seconds to wait, where the vendor gives them."""

    advice = "wait, then try again"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = retry_after


class Unavailable(RequestError, error_code="unavailable"):
    """The vendor is down, overloaded or at capacity. `retry_after`: seconds to wait, if given."""

    advice = "try again later, or choose another backend"

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class SubmissionUnknown(SegueError, error_code="submission_unknown"):
    """A paid request was sent and its outcome is not known: it may have been charged.

    It is never sent again automatically. The cause says what happened to the response.
    """

    advice = (
        "it was not sent again, because it may be running and charged;"
        " check the vendor's own list of jobs or bills before you submit it again"
    )


class NoBackendLeft(SegueError, error_code="no_backend_left"):
    """Every backend of a list failed before anything was charged. `attempts` has their errors."""

    def __init__(self, attempts: Sequence[tuple[str, SegueError]]) -> None:
        message = "; ".join(f"{name}: {error.message}" for name, error in attempts)
        super().__init__(f"no backend of {len(attempts)} could do it: {message}")
        self.attempts = tuple(attempts)


class JobError(SegueError, error_code="job_error"):
    """About one job that exists. `ticket` identifies it, `snapshot` is the last one received."""

    def __init__(
        self,
        message: str,
        *,
        ticket: Ticket,
        snapshot: Snapshot | None = None,
        advice: str = "",
    ) -> None:
        super().__init__(message, advice=advice)
        self.ticket: Ticket = ticket  # pyright: ignore[reportIncompatibleVariableOverride] - never None here
        self.provider = ticket.provider
        self.snapshot = snapshot


class JobFailed(JobError, error_code="job_failed"):
    """The job failed at the vendor; `snapshot.error` has its reason and, where given, a suggested
    prompt."""


class JobCancelled(JobError, error_code="job_cancelled"):
    """The job was cancelled with the vendor."""


class JobExpired(JobError, error_code="job_expired"):
    """The vendor has dropped the job or its result."""


class WaitTimeout(JobError, error_code="wait_timeout"):
    """The wait ended before the job did. `trouble` says why the last polls failed, if they did:
    then its status is unknown; else it goes on and stays billed."""

    def __init__(
        self,
        message: str,
        *,
        ticket: Ticket,
        snapshot: Snapshot | None = None,
        trouble: Trouble | None = None,
        advice: str = "",
    ) -> None:
        super().__init__(message, ticket=ticket, snapshot=snapshot, advice=advice)
        self.trouble = trouble


class ResultMissing(JobError, error_code="result_missing"):
    """The vendor reports success, and poll after poll names nothing that can be downloaded;
    `snapshot.missing` says what is missing. It can be resumed: files may come."""


class CostAboveLimit(JobError, error_code="cost_above_limit"):
    """The accepted price exceeds `max_cost`. `snapshot` is that of the cancelled job, where the
    vendor can cancel; None where it goes on."""


class JobBusy(SegueError, error_code="job_busy"):
    """Another process is waiting for the job, and will download it. `owner` is the name of the
    lease's owner, where known."""

    owner: str | None = None


class LeaseLost(JobBusy, error_code="lease_lost"):
    """Another process claimed the job, since this one could not renew its lease in time: it was
    suspended, its clock jumped, or the journal could not be written. It has stopped working on
    it."""


class NotReady(JobError, error_code="not_ready"):
    """The job has nothing to download yet."""


class DownloadError(SegueError, error_code="download_error"):
    """A file is incomplete, or not what it should be; the job is not affected.

    `status` is the HTTP status of the refusal, if that was the reason, `retry_after` the seconds to
    wait, where given, and `reply` the response, in which a provider may find the vendor's reason:
    it has a body when that is JSON or text.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        reply: Reply | None = None,
        advice: str = "",
    ) -> None:
        super().__init__(message, advice=advice)
        self.reply = reply
        self.status = reply.status if reply is not None else status
        self.retry_after = retry_after
        if reply is not None and retry_after is None:
            self.retry_after = reply.retry_after
