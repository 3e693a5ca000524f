"""Events as short as a test wants them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from segue.events import (
    Budget,
    Delivered,
    File,
    Forgotten,
    Intent,
    Refused,
    Released,
    Submitted,
    Terminal,
    Unknown,
)
from segue.job import Status, Ticket
from segue.money import Money

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MIDNIGHT = NOON.replace(hour=0)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def usd(amount):
    return Money(amount=Decimal(amount), unit="USD")


def credit(amount):
    return Money(amount=Decimal(amount), unit="credits")


def budget(limit, since=MIDNIGHT):
    return Budget(limit=limit, since=since)


def intent(job="a1", at=NOON, **options):
    options = {"key": f"key of {job}", "owner": "somebody", "task": {"prompt": "lofi"}} | options
    return Intent(job=job, at=at, backend="toy/small", **options)


def refused(job="a1", at=NOON, reason="too loud"):
    return Refused(job=job, at=at, reason=reason)


def unknown(job="a1", at=NOON, reason="the line went dead"):
    return Unknown(job=job, at=at, reason=reason)


def ticket(job="a1", **options):
    secrets = {"token": "t0psecret"}
    return Ticket(
        **{"provider": "toy", "id": f"toy-{job}", "job": job, "secrets": secrets} | options
    )


def submitted(job="a1", at=NOON, **options):
    return Submitted(job=job, at=at, ticket=ticket(job, **options))


def terminal(job="a1", at=NOON, status=Status.SUCCEEDED, **options):
    return Terminal(job=job, at=at, status=status, **options)


def file(name="song.wav"):
    return File(path=Path("/music") / name, bytes=44, sha256="0" * 64)


SONG = (file(),)


def delivered(job="a1", at=NOON, files=SONG):
    return Delivered(job=job, at=at, files=files)


def released(job="a1", at=NOON):
    return Released(job=job, at=at)


def forgotten(job="a1", at=NOON):
    return Forgotten(job=job, at=at)
