"""Backends, models, quotes and balances; and the document that describes them all."""

import re

import jsonschema
import pytest
from sandboxes import leading_to, sandbox

from segue_server.app import routes

from .serving import MUSIC, serving

WISH = {"model": "local", "prompt": "a slow waltz", "duration_seconds": 1}


def test_every_backend_says_what_it_takes(api):
    found = {one["name"]: one for one in api.get("/v1/backends").json()["data"]}
    assert found.keys() >= {"local", "marketplace", "musicapi", "venice"}
    assert {"prompt", "duration_seconds", "force_instrumental"} <= set(found["local"]["fields"])
    assert "lyrics_prompt" not in found["local"]["fields"]
    assert "lyrics_prompt" in found["venice"]["fields"]
    assert found["venice"]["key"] == "VENICE_API_KEY"


def test_models_quotes_and_balances_come_from_the_vendors(tmp_path):
    with sandbox() as origin, serving(tmp_path, leading_to(origin)) as api:
        models = api.get("/v1/models").json()
        assert {"local/composer", "venice/ace-step-15"} <= {one["id"] for one in models["data"]}
        wish = {**WISH, "model": ["local", "venice/ace-step-15"], "duration_seconds": 60}
        free, paid = api.post("/v1/quotes", json=wish).json()["data"]
        assert (free["model"], free["cost"]) == ("local", {"amount": "0", "unit": "USD"})
        assert (paid["cost"]["unit"], float(paid["cost"]["amount"]) > 0) == ("USD", True)
        found = {one["backend"]: one for one in api.get("/v1/balances").json()["data"]}
        assert found["venice"]["amounts"]
        assert api.get(MUSIC).json()["data"] == []


def test_a_vendor_that_cannot_be_reached_does_not_hide_the_others(tmp_path):
    nowhere = {"SEGUE_VENICE_BASE_URL": "http://127.0.0.1:1", "VENICE_API_KEY": "k"}
    nowhere |= {"SEGUE_MARKETPLACE_BASE_URL": "http://127.0.0.1:1"}
    with serving(tmp_path, nowhere) as api:
        models = api.get("/v1/models").json()
        assert "local/composer" in {one["id"] for one in models["data"]}
        assert any(note.startswith("venice: ") for note in models["notes"])


def test_a_quote_that_cannot_be_had_is_an_error(api):
    reply = api.post("/v1/quotes", json={**WISH, "lyrics_prompt": "la"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "unsupported")


def test_a_key_sees_its_own_backends_and_no_balance(tmp_path):
    with serving(tmp_path, keyed=True) as api:
        assert api.get("/v1/models").status_code == 401
        key = api.gateway.store.add_key("ada", backends=["local"])
        api.headers["authorization"] = f"Bearer {key}"
        assert [one["name"] for one in api.get("/v1/backends").json()["data"]] == ["local"]
        assert [one["id"] for one in api.get("/v1/models").json()["data"]] == ["local/composer"]
        assert api.post("/v1/quotes", json={**WISH, "model": "venice"}).status_code == 403
        assert api.get("/v1/balances").status_code == 403


@pytest.fixture(scope="module")
def document(api):
    return api.get("/openapi.json").json()


def test_the_document_describes_every_address(document):
    written = {
        (re.sub(r":\w+}", "}", route.path), method)
        for route in routes()
        for method in route.methods - {"HEAD"}
        if route.path.startswith("/v1/")
    }
    described = {
        (path, method.upper()) for path, methods in document["paths"].items() for method in methods
    }
    assert described == written
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/music/generations", WISH),
        ("GET", "/v1/music/generations", None),
        ("GET", "/v1/backends", None),
        ("POST", "/v1/quotes", WISH),
        ("POST", "/v1/quotes", {}),
        ("GET", "/v1/music/generations/{job}", None),
        ("GET", "/v1/balances", None),
    ],
)
def test_every_answer_is_what_the_document_says(api, document, method, path, body):
    reply = api.request(method, path.replace("{job}", "nothing"), json=body)
    answers = document["paths"][path][method.lower()]["responses"]
    answer = answers.get(str(reply.status_code), answers["default"])
    schema = answer["content"]["application/json"]["schema"] | {
        "components": document["components"]
    }
    jsonschema.validate(reply.json(), schema)


def test_the_document_refuses_what_the_server_refuses(api, document):
    schema = {"$ref": "#/components/schemas/GenerationRequest"}
    checker = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
    bodies = [WISH, {**WISH, "bpm": 1}, {**WISH, "promt": "x"}, {**WISH, "model": []}, {}]
    bodies += [
        {**WISH, "max_cost": amount} for amount in ("1 USD", " .5usd\n", "1", "USD", "1 U D")
    ]
    for body in bodies:
        assert checker.is_valid(body) == (api.post(MUSIC, json=body).status_code == 202)


def test_the_patterns_of_the_document_are_read_alike_in_every_language(document):
    patterns = re.findall(r"'pattern': '([^']*)'", str(document))
    assert len(patterns) >= 2
    for pattern in patterns:  # \\A and \\Z are Python's alone
        assert not re.search(r"\\[AZ]", pattern.replace("\\\\", "\\"))
