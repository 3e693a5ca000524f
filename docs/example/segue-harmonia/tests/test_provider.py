"""Segue's conformance kit for Harmonia: the answers are written here, the tests are Segue's."""

from pathlib import Path

from segue.flow import Reply
from segue.money import Money
from segue.tasks import Generate
from segue.testing import ProviderKit
from segue.testing.cassettes import Sandbox
from segue.testing.loopback import served
from segue_harmonia import Harmonia
from vendor import Vendor

MODEL = Sandbox(title="the model in tests/vendor.py", opened=lambda: served(Vendor(seconds=0.0)))


def says(body: bytes, status: int = 200) -> Reply:
    """An answer of the vendor's."""
    return Reply(status=status, headers={"content-type": "application/json"}, body=body)


class TestHarmonia(ProviderKit):
    provider = Harmonia
    task = Generate(prompt="lofi, rainy night", duration=60, model="aria")
    refused_tasks = (
        (Generate(prompt="an opera", duration=9000), "duration"),
        (Generate(prompt="a study", duration=90, model="etude"), "duration"),
        (Generate(prompt="an opera", model="opera"), "model"),
    )
    accepted = says(b'{"id": "s1"}')
    running = says(b'{"state": "working", "progress": 0.5}')
    succeeded = says(b'{"state": "done", "url": "/audio/s1.mp3", "charged_usd": "0.12"}')
    failed = says(b'{"state": "failed", "error": "the singer has a cold"}')
    quote_reply = says(b'{"usd_per_minute": "0.12"}')
    quoted = Money.parse("0.12 USD")
    billed = Money.parse("0.12 USD")
    cancelled = (says(b'{"state": "stopped"}'), says(b'{"state": "stopped"}'))
    models_reply = says(
        b'{"models": [{"id": "aria", "longest": 240}, {"id": "etude", "longest": 60}]}'
    )
    balance_reply = says(b'{"usd": "12.50"}')
    priced_by_model = True
    cassettes = Path(__file__).parent / "cassettes/song.yaml"
    cassette_options = {"sandbox": MODEL}

    def vendor(self) -> Vendor:
        return Vendor()
