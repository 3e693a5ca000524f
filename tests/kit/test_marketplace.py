"""The marketplace keeps the contract, against the sandbox's model of it, too."""

from __future__ import annotations

import json as text

import msgspec

from segue import Generate
from segue.flow import Reply
from segue.money import Money
from segue.testing import ProviderKit
from segue.testing.hush_vendor import SILENCE, Request
from segue_marketplace import Marketplace
from segue_sandbox.marketplace import Marketplace as SandboxMarketplace
from tests.kit.metronome import json
from tests.marketplace.known import DONE, ID, MARKETS, OFFER, ROWS, TAKEN

JSON = {"content-type": "application/json"}
PATH = f"/v1/music/generations/{ID}"
MODEL = "venice-ace-step-15"


def taken() -> Reply:
    return json({**text.loads(TAKEN), "poll_url": PATH, "cancel_url": PATH}, 202)


class Below(SandboxMarketplace):
    """The model, asked for paths below the provider's base address."""

    def handle(self, request: Request, now: float) -> Reply:
        path = request.path.removeprefix("/other/127.0.0.1")
        within = path if path.startswith(("/api/", "/v1/", "/min")) else f"/v1{path}"
        return super().handle(msgspec.structs.replace(request, path=within), now)


class TestMarketplace(ProviderKit):
    provider = Marketplace
    task = Generate(model=MODEL, prompt="a gentle piano melody", duration=60)
    accepted = taken()
    running = json({"status": "running", "created": 1713200000, "expires_at": 1713200900})
    succeeded = Reply(status=200, headers=JSON, body=DONE)
    failed = json({"status": "failed", "error": {"code": "provider_unavailable"}})
    cancelled = (json({"status": "canceled"}), json({"status": "canceled"}))
    models_reply = (json({"data": ROWS}), json({"markets": MARKETS}))
    quote_reply = json({"offers": [{**OFFER, "media_unit_price": 30000}]})
    quoted = Money.parse("0.03 USD")
    priced_by_model = True
    balance_reply = json({"wallet": {"balance_usdc": "5000000", "allowance_usdc": "3000000"}})
    secret_fields = ("job_token",)
    refused_tasks = (
        (Generate(model=MODEL, prompt="a gentle piano melody", bpm=120), "bpm"),
        (Generate(model=MODEL, prompt="x" * 3000), "prompt"),
        (Generate(model=MODEL, prompt="a gentle piano melody", duration=60.5), "duration"),
    )
    jobs = 60

    def vendor(self) -> Below:
        return Below(sound=lambda prompt, seconds, container: SILENCE)
