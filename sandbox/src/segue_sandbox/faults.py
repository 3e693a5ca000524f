"""Faults by plan: which request goes wrong, and how. The same seed gives the same faults.

A plan is a list. The first rule that fits a request and is due decides:

    [{"vendor": "venice", "endpoint": "POST /audio/queue", "nth": 1, "kind": "drop_after"},
     {"endpoint": "/audio/retrieve", "probability": 0.1, "kind": "status", "status": 503}]
"""

from __future__ import annotations

from random import Random
from typing import Literal, TypeAlias

import msgspec

from segue.flow import Reply
from segue_sandbox.vendor import JSON

Kind: TypeAlias = Literal[
    "drop_before", "drop_after", "status", "status_after", "garbage",
    "empty_audio", "id3_flac", "truncate", "stall", "duplicate",
]  # fmt: skip
_PAGE = b"<!doctype html><title>502</title><h1>Bad gateway</h1>"
_ID3 = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule. `nth` counts fitting requests from 1; else `probability` decides each time.

    `status`, `headers` and `body` are for the kinds of that name; `seconds` is real time. A
    `body` that is a text is sent as it is where `headers` say that it is no JSON.
    """

    kind: Kind
    vendor: str = ""
    endpoint: str = ""
    nth: int | None = None
    probability: float = 1.0
    status: int = 500
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw()
    seconds: float = 60.0

    def fits(self, vendor: str, endpoint: str) -> bool:
        """Whether it is about this request: `POST /audio/queue`, or just the path."""
        path = endpoint.partition(" ")[2]
        return self.vendor in {"", vendor} and self.endpoint in {"", endpoint, path}

    def page(self, standard: Reply) -> Reply:
        """The answer of the kinds `status` and `status_after`."""
        headers = {"content-type": JSON, **{n.lower(): told for n, told in self.headers.items()}}
        body = bytes(self.body) or standard.body
        if self.body and headers["content-type"] != JSON:
            body = _as_it_is(self.body)
        return Reply(status=self.status, headers=headers, body=body)


class Plan:
    """The rules in force."""

    def __init__(self, rules: list[Fault] | None = None, seed: int = 0) -> None:
        self._rules = [(rule, Random(f"{seed} {at}")) for at, rule in enumerate(rules or [])]
        self._seen = [0] * len(self._rules)

    @classmethod
    def read(cls, data: bytes, seed: int = 0) -> Plan:
        """A plan from JSON; raises `msgspec.ValidationError` that says where it is wrong."""
        return cls(msgspec.json.decode(data, type=list[Fault]), seed)

    def draw(self, vendor: str, endpoint: str) -> Fault | None:
        """What goes wrong with this request, if anything."""
        due = [
            self._due(at) for at, (rule, _) in enumerate(self._rules) if rule.fits(vendor, endpoint)
        ]
        return next((rule for rule in due if rule is not None), None)

    def _due(self, at: int) -> Fault | None:
        rule, rng = self._rules[at]
        self._seen[at] += 1
        if rule.nth is not None:
            return rule if self._seen[at] == rule.nth else None
        return rule if rng.random() < rule.probability else None


def _as_it_is(body: msgspec.Raw) -> bytes:
    value: object = msgspec.json.decode(body)
    return value.encode() if isinstance(value, str) else bytes(body)


def altered(fault: Fault | None, reply: Reply) -> Reply:
    """The reply as a fault leaves it."""
    if fault is None or fault.kind not in {"garbage", "empty_audio", "id3_flac"}:
        return reply
    if fault.kind == "garbage":
        return Reply(status=200, headers={"content-type": "text/html"}, body=_PAGE)
    if not reply.content_type.startswith("audio/"):
        return reply
    body = b"" if fault.kind == "empty_audio" else _ID3 + (reply.body or b"")
    return Reply(status=reply.status, headers=reply.headers, body=body)
