"""Providers that break on garbage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from segue.errors import RequestError
from segue.flow import Reply
from segue.job import Snapshot, Status, Ticket
from segue.money import Money
from segue.refusals import refusal
from tests.kit.faulty.fault import Fault, with_
from tests.kit.metronome import Metronome


class Keyed(Metronome):
    """Reads JSON as a dict, and hopes."""

    def ticket(self, reply: Reply) -> Ticket:
        told = reply.json(dict)
        return Ticket(provider=self.name, id=str(told["id"]), secrets={"token": str(told)})


class KeyedLook(Metronome):
    def snapshot(self, reply: Reply) -> Snapshot:
        told = self.good(reply).json(dict)
        return Snapshot(status=Status.RUNNING, word=str(told["state"]))


class Untyped(Metronome):
    def snapshot(self, reply: Reply) -> Snapshot:
        told = self.good(reply).json(dict)
        return Snapshot(status=Status.RUNNING, word=told.get("state", ""))


def priced(self: Metronome, reply: Reply) -> Money:
    told: Any = self.good(reply).json(dict)
    return Money(amount=Decimal(told.get("usd", 0)), unit="USD")


class Hasty(Metronome):
    """Takes every answer that it cannot read for a refusal."""

    def ticket(self, reply: Reply) -> Ticket:
        try:
            return super().ticket(reply)
        except RequestError:
            raise refusal(msgspec.structs.replace(reply, status=400)) from None


GARBLED = [
    Fault("test_garbage_never_breaks_a_submission", Keyed, "raised KeyError"),
    Fault("test_garbage_never_breaks_a_look", KeyedLook, "raised KeyError"),
    Fault("test_garbage_never_breaks_a_look", Untyped, "returned an invalid value"),
    Fault("test_garbage_never_breaks_anything_else", with_(money=priced), "quote() raised"),
    Fault("test_garbage_after_paying_is_no_refusal", Hasty, "as the refusal"),
]
