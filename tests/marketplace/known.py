"""What is known of the marketplace's answers: the samples of its music page to the letter, those
that were seen on live jobs (2026-09-14), and live rows of its markets; and a hand-fed driver."""

from __future__ import annotations

from typing import Any

from by_hand import as_json as as_json
from by_hand import ended as ended
from by_hand import fed as fed
from marketplace_samples import SUBMITTED, SUCCEEDED

from segue.flow import Reply
from segue.job import Ticket

ID = "550e8400-e29b-41d4-a716-446655440000"
ULID = "01M2E752E5S0GQ5AYRJWB8WGD1"
HOST = "https://api.surplusintelligence.ai"

TAKEN = SUBMITTED.encode()
DONE = SUCCEEDED.encode()

QUEUED_LIVE = {
    "status": "queued",
    "served_by": "unknown",
    "provider_family": "unknown",
    "marketplace_status": "unknown",
    "marketplace_attempts": 0,
}
RUNNING_LIVE = {
    "status": "running",
    "served_by": "api.venice.ai",
    "provider_family": "venice",
    "marketplace_status": "submitted",
    "marketplace_attempts": 2,
}
UNSOLD_LIVE = {
    "status": "failed",
    "served_by": "unknown",
    "marketplace_attempts": 1,
    "error": {
        "type": "provider_unavailable",
        "message": "No provider could accept this job right now. Please retry.",
    },
}
FAILED_LIVE = {
    "status": "failed",
    "served_by": "api.venice.ai",
    "error": {"type": "provider_error"},
}
INVALID_MODEL = {
    "error": {
        "type": "invalid_request_error",
        "message": "venice-ace-step-15 is not a valid model ID."
        " Unusual bug? Email support@surplusintelligence.ai",
    }
}
NOT_MET = {
    "error": {
        "code": "minimum_discount_not_met",
        "message": "No seller meets 30 %. The best discount that is to be had is 12.5 %.",
    }
}

ROWS: list[dict[str, Any]] = [
    {
        "id": "glm-5.2",
        "name": "GLM 5.2",
        "architecture": {"modality": "text->text", "output_modalities": ["text"]},
        "pricing": {"prompt": "0.0000011900", "completion": "0.0000037400"},
        "provider": "Z.ai",
    },
    {"id": "venice-ace-step-15", "name": "ACE-Step 1.5", "description": "Song generation"},
    {"id": "venice-elevenlabs-music", "architecture": {"modality": "text->music"}},
    {"id": "venice-minimax-music-v26"},
    {"id": "venice-stable-audio-25", "architecture": {"output_modalities": ["audio"]}},
    {"id": "venice-elevenlabs-sound-effects-v2"},
    {"id": "venice-mmaudio-v2-text-to-audio"},
    {"id": "venice-elevenlabs-tts-v3"},
    {"id": "a-model-of-tomorrow", "architecture": {"output_modalities": ["audio"]}},
]
MARKETS: list[dict[str, Any]] = [
    {
        "model": "venice-ace-step-15",
        "catalog_only": False,
        "best_price_per_1m": 0,
        "best_media_unit_price": 30000,
        "media_unit": "job",
        "seller_count": 5,
        "healthy_seller_count": 3,
        "total_cap": 1000000,
        "requests_24h": 12,
        "volume_24h": 3,
        "providers": [],
    },
    {
        "model": "venice-elevenlabs-music",
        "best_media_unit_price": 690000,
        "media_unit": "job",
        "seller_count": 2,
        "healthy_seller_count": 0,
    },
    {"model": "venice-minimax-music-v26", "catalog_only": True, "seller_count": 0},
    {"model": "glm-5.2", "best_price_per_1m": 1190000, "seller_count": 40},
    {
        "model": "venice-lyria-3-pro",
        "best_media_unit_price": "100000",
        "media_unit": "job",
        "seller_count": 1,
        "healthy_seller_count": 1,
    },
]
OFFER: dict[str, Any] = {
    "id": "01KZRSZYENWQSAPRRTDBV1N452",
    "seller": "0x8705",
    "seller_base_url": "https://api.venice.ai/api/v1",
    "rank": 37,
    "price_per_1m": 180000,
    "price_input_per_1m": 0,
    "price_output_per_1m": 0,
    "effective_input_per_1m": 0,
    "effective_output_per_1m": 0,
    "media_unit_price": 180000,
    "media_unit": "job",
    "direct_media_unit_price": 450000,
    "reference_source": "model_registry",
    "reference_provider": "SI reference",
    "pricing_mode": "cost_multiplier",
    "cost_multiplier": 0.4,
    "provider": "Venice AI",
    "cap_daily": None,
    "cap_remaining": None,
    "available": True,
    "healthy": True,
    "trusted": True,
    "volume_24h": 0,
    "trades_24h": 0,
}

FOUND = Ticket(provider="marketplace", id=ID, job="a1", model="venice-ace-step-15")
TOKEN = "mjt_secret-of-this-job"
TOKENED = Ticket(provider="marketplace", id=ID, job="a1", secrets={"job_token": TOKEN})


def raw(body: bytes, status: int = 200, **headers: str) -> Reply:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers={"content-type": "application/json", **told}, body=body)


def page(status: int, **headers: str) -> Reply:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers={"content-type": "text/html", **told}, body=b"<html>no")


def book(*offers: dict[str, Any], model: str = "venice-ace-step-15") -> Reply:
    return as_json({"model": model, "offers": [{**OFFER, **offer} for offer in offers]})


def asked(flow: Any, *answers: Any) -> list[Any]:
    """The calls that the flow makes, when it is fed these answers."""
    calls = [next(flow)]
    for answer in answers:
        try:
            calls.append(flow.send(answer))
        except StopIteration:
            break
    return calls
