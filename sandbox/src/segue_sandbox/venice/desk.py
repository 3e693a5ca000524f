"""The desk where every request is admitted: keys, limits, the error budget and the balance."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.accounts import Account, Charge, NoFunds, OverLimit
from segue_sandbox.clock import Dial
from segue_sandbox.ledger import Paid
from segue_sandbox.pacing import ErrorBudget, Seat, Window
from segue_sandbox.strict import Check, json_of
from segue_sandbox.vendor import Refused, with_headers
from segue_sandbox.venice import closed, errors, keys
from segue_sandbox.venice.catalogue import Row, rows
from segue_sandbox.venice.fate import Fate
from segue_sandbox.venice.jobs import Job

LARGEST_JSON = 35_000_000
PER_MINUTE = {"/audio/queue": 40, "/audio/retrieve": 120}
"""Requests per minute and user (venice-audio-music); for the others none are documented."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted request: who asks, what for, and when."""

    request: Request
    path: str
    query: Mapping[str, str]
    now: float
    key: str
    account: Account


class Desk:
    """The vendor's state: accounts, jobs, and what limits them."""

    def __init__(self, fate: Fate, dial: Dial) -> None:
        self.fate, self.dial = fate, dial
        self.accounts: dict[str, Account] = {}
        self.jobs: dict[str, Job] = {}
        self.paid: list[Paid] = []
        self.voices: dict[str, tuple[str, str, float]] = {}
        self._windows = {path: Window(count) for path, count in PER_MINUTE.items()}
        self._budget = ErrorBudget(50, 30.0)

    def account(self, request: Request) -> tuple[str, Account]:
        """The key of a request and its account. Wallets (SIGN-IN-WITH-X) are not modelled."""
        header = request.headers.get("authorization")
        if header is None and "sign-in-with-x" not in request.headers:
            raise errors.no_key(request.path.partition("?")[0])
        scheme, _, key = (header or "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise errors.refused(401)
        keys.check(key)
        return key, self.accounts.setdefault(key, keys.account(key, self.dial))

    def bucket(self, account: Account, request: Request) -> str:
        """The error budget's bucket: one for each key and model (venice-errors)."""
        body = json_of(request.body)
        model = body.get("model") if isinstance(body, dict) else None
        return f"{account.id} {model}"

    def budgeted(self, bucket: str, now: float) -> None:
        """Refuse while the bucket is closed."""
        if self._budget.closed(bucket, now):
            raise errors.too_many_failures(self.dial.unix_ms(self._budget.resets(bucket, now)))

    def counted(self, bucket: str, reply: Reply, now: float) -> Reply:
        """Count a failure: any 4xx except 429; 5xx never."""
        if not 400 <= reply.status < 500 or reply.status == 429:
            return reply
        self._budget.failed(bucket, now)
        left = str(self._budget.remaining(bucket, now))
        resets = self.dial.unix_ms(self._budget.resets(bucket, now))
        return with_headers(reply, {"x-ratelimit-remaining": left, "x-ratelimit-resets": resets})

    def paced(self, path: str, account: Account, now: float) -> Mapping[str, str]:
        """The rate-limit headers of a path that has a limit; refused when it is reached."""
        if path not in self._windows:
            return {}
        seat = self._windows[path].ask(account.id, now)
        headers = self._headers(seat)
        if not seat.admitted:
            raise Refused(with_headers(errors.standard(429), headers))
        return headers

    def _headers(self, seat: Seat) -> Mapping[str, str]:
        """Venice sends the request trio only. What `x-ratelimit-type` says is not documented."""
        return {
            "x-ratelimit-limit-requests": str(seat.limit),
            "x-ratelimit-remaining-requests": str(seat.remaining),
            "x-ratelimit-reset-requests": self.dial.unix_ms(seat.resets),
            "x-ratelimit-type": "user",
        }

    def charge(self, account: Account, amount: Decimal, now: float) -> Charge:
        """Take the money, or refuse with 402."""
        try:
            return account.charge(amount, now)
        except NoFunds:
            raise errors.refused(402) from None
        except OverLimit as over:
            raise errors.over_limit(over.currency) from None

    def settle(self, now: float) -> None:
        """Refund what has failed by now."""
        for job in self.jobs.values():
            job.settle(now)


def body(visit: Visit, check: Check) -> dict[str, object]:
    """The JSON body, strictly checked."""
    if len(visit.request.body) > LARGEST_JSON:
        raise errors.refused(413)
    value = json_of(visit.request.body)
    if issues := check(value):
        raise errors.schema(issues)
    return dict(value) if isinstance(value, dict) else {}


def found(id: object, kind: str) -> Row:  # noqa: A002 - Venice's word for it
    """The model of an id; refused where there is none of that kind."""
    closed.refuse(id)
    row = rows().get(str(id))
    if row is None or row.type != kind:
        raise errors.unknown_model(str(id))
    return row


def model(visit: Visit, id: object, kind: str) -> Row:  # noqa: A002 - Venice's word for it
    """The same for a key; music models are `anonymized`, closed to PRIVATE_ONLY keys."""
    row = found(id, kind)
    if keys.is_private_only(visit.key) and row.spec.get("privacy") != "private":
        raise errors.plain(403, "This API key may only use private models")
    return row
