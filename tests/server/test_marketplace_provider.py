"""This repository's marketplace provider, pointed at the server instead of the marketplace."""

import pytest
from faces import stand_apart
from sandboxes import leading_to, sandbox

import segue
from segue.config import Config
from segue.errors import KeyReused, Rejected
from segue.job import Status

from .serving import serving

WISH = {"prompt": "a slow waltz", "duration_seconds": 60}


@pytest.fixture(autouse=True)
def apart(monkeypatch, tmp_path):
    stand_apart(monkeypatch, tmp_path)


def client_of(api, model, tmp_path, key="inf_any"):
    environ = {
        "SEGUE_MARKETPLACE_BASE_URL": str(api.base_url).rstrip("/") + "/v1",
        "SURPLUS_API_KEY": key,
        "SEGUE_JOURNAL": str(tmp_path / "client.sqlite3"),
        "SEGUE_TAGS": "off",
    }
    return segue.Client(f"marketplace/{model}", config=Config.load(environ=environ))


def test_a_track_of_local_comes_through_the_server(tmp_path):
    with serving(tmp_path / "server") as api, client_of(api, "local", tmp_path) as client:
        song = client.generate_and_wait("a slow waltz", duration=1, to=tmp_path / "out")
        assert song.path.read_bytes()[:4] == b"RIFF"
        assert song.snapshot.status is Status.SUCCEEDED
        assert str(song.bill) == "0 USD"
        assert song.snapshot.tracks[0].duration == pytest.approx(1, abs=0.2)


def test_a_key_and_its_token_are_enough(tmp_path):
    with serving(tmp_path / "server", keyed=True) as api:
        key = api.gateway.store.add_key("ada")
        with client_of(api, "local", tmp_path, key) as client:
            song = client.generate_and_wait("a slow waltz", duration=1, to=tmp_path / "out")
        assert song.path.read_bytes()[:4] == b"RIFF"
        with client_of(api, "local", tmp_path, "inf_wrong") as client, pytest.raises(Rejected):
            client.submit("a slow waltz", duration=1)


@pytest.mark.parametrize(("model", "why"), [("local", "lyrics"), ("nothing", "nothing")])
def test_a_refusal_of_the_server_is_a_refusal_at_the_client(tmp_path, model, why):
    with (
        serving(tmp_path / "server") as api,
        client_of(api, model, tmp_path) as client,
        pytest.raises(segue.SegueError, match=why),
    ):
        client.submit("an aria", lyrics="la la la")


def test_the_sandboxes_venice_through_the_server_and_is_paid_once(tmp_path):
    with sandbox() as origin:
        environ = leading_to(origin)
        with (
            serving(tmp_path / "server", environ) as api,
            client_of(api, "venice-ace-step-15", tmp_path) as client,
        ):
            song = client.generate_and_wait("a slow waltz", duration=60, to=tmp_path / "out")
            (job,) = api.get("/v1/music/generations").json()["data"]
            assert job["model"] == "venice/ace-step-15"
            assert song.bill is None or song.bill.unit == "USD"
            assert int(job["max_cost_usdc"]) > 0
            assert len(song.path.read_bytes()) > 1000


def test_the_clients_own_key_of_an_order_holds_through_the_server(tmp_path):
    with serving(tmp_path / "server") as api, client_of(api, "local", tmp_path) as client:
        one = client.submit("a slow waltz", duration=1, key="order-1")
        assert client.submit("a slow waltz", duration=1, key="order-1").ticket == one.ticket
        with pytest.raises(KeyReused):
            client.submit("a tango", duration=1, key="order-1")
        assert len(api.get("/v1/music/generations").json()["data"]) == 1


def test_a_job_that_cannot_be_stopped_is_said_to_go_on(tmp_path):
    with sandbox(speed=5) as origin, serving(tmp_path / "server", leading_to(origin)) as api:
        reply = api.make(
            {"model": "venice/ace-step-15", "prompt": "a slow waltz", "duration_seconds": 60}
        )
        assert reply.status_code == 202, reply.text
        stopped = api.delete(reply.json()["cancel_url"])
        assert (stopped.status_code, stopped.json()["error"]["code"]) == (
            409, "cancel_unsupported",
        )  # fmt: skip
        assert api.get(reply.json()["poll_url"]).json()["status"] in ("queued", "running")


def test_a_job_that_can_be_stopped_is_canceled_and_stays_so(tmp_path):
    with sandbox(speed=5) as origin, serving(tmp_path / "server", leading_to(origin)) as api:
        wish = {
            "model": "marketplace/venice-ace-step-15",
            "prompt": "a slow waltz",
            "duration_seconds": 60,
        }
        reply = api.make(wish)
        assert reply.status_code == 202, reply.text
        assert "cancel" in api.get(reply.json()["poll_url"]).json()["actions"]
        stopped = api.delete(reply.json()["cancel_url"])
        assert (stopped.status_code, stopped.json()["status"]) == (200, "canceled")
        assert api.ended(reply)["error"]["code"] == "job_cancelled"
