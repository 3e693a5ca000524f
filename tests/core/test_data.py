"""Money, tasks, tickets and snapshots: plain data that comes back unchanged and hides secrets."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segue
from segue._data.backend_key import BackendKey
from segue._data.decoders import decoder
from segue._effects.account import Account
from segue.errors import AuthenticationFailed, ProtocolError
from segue.flow import Call, Reply
from segue.job import Failure, Snapshot, Status, Ticket, Track
from segue.money import Money
from segue.tasks import Extend, Generate, Query, Replace, Source, Task, asked, invalid_fields

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
tickets = st.builds(
    Ticket,
    provider=st.text(),
    id=st.text(),
    job=st.text(),
    model=st.none() | st.text(),
    state=st.dictionaries(st.text(), json_values, max_size=4),
    secrets=st.dictionaries(st.text(), st.text(min_size=8), max_size=2),
    submitted_at=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(tickets)
def test_a_ticket_comes_back_from_json_unchanged(ticket):
    assert Ticket.from_json(ticket.to_json()) == ticket


@given(st.text())
def test_text_that_is_no_ticket_is_a_value_error(text):
    try:
        Ticket.from_json(text)
    except ValueError:
        return


def test_no_secret_is_in_a_repr():
    ticket = Ticket(provider="m", id="1", secrets={"job_token": "mjt_secret"})
    signed = "https://cdn.example/1.mp3?X-Amz-Signature=mjt_secret"
    shown = [
        repr(ticket),
        str(ticket),
        f"{Track(id='1', status=Status.SUCCEEDED, url=signed)}",
        repr(Call(method="GET", url=signed, headers={"x-job-token": "mjt_secret"})),
        Call(method="GET", url=signed).endpoint,
        repr(Account("m", base_url="https://m.example", secret=lambda: "mjt_secret")),
    ]
    assert not [text for text in shown if "mjt_secret" in text]
    assert "mjt_secret" in ticket.to_json()


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [("0.50 USD", "0.50", "USD"), ("0.50usd", "0.50", "USD"), ("15credits", "15", "credits")],
)
def test_money_is_read_as_people_write_it(text, amount, unit):
    assert Money.parse(text) == Money(amount=Decimal(amount), unit=unit)


@pytest.mark.parametrize("text", ["", "USD", "1,50 USD", "-1 USD", "0.5", "NaN USD", "1e3 USD"])
def test_what_is_no_money_says_how_to_write_it(text):
    with pytest.raises(ValueError, match=r"such as '0\.50 USD'"):
        Money.parse(text)


def test_units_never_mix():
    with pytest.raises(ValueError, match="units never mix"):
        Money.parse("1 USD").__lt__(Money.parse("1 credits"))


def test_no_float_holds_money():
    with pytest.raises(ValueError, match="Decimal"):
        Money(amount=0.1, unit="USD")


def test_a_price_is_rounded_up_as_vendors_bill():
    assert Money.parse("0.1721 USD").rounded_up("0.01") == Money.parse("0.18 USD")
    assert Money.parse("0.18 USD").rounded_up("0.01") == Money.parse("0.18 USD")


@given(st.decimals(0, 10**6, places=6), st.decimals(0, 10**6, places=6))
def test_adding_and_subtracting_money_is_exact(one, other):
    a, b = Money(amount=one, unit="USD"), Money(amount=other, unit="USD")
    assert a + b - b == a


@pytest.mark.parametrize(
    ("text", "provider", "distribution", "model"),
    [
        ("local", "local", None, None),
        ("venice/ace-step-15", "venice", None, "ace-step-15"),
        ("musicapi/FUZZ-1.1 Pro", "musicapi", None, "FUZZ-1.1 Pro"),
        ("venice@segue-venice/a/b", "venice", "segue-venice", "a/b"),
    ],
)
def test_a_backend_key_is_taken_apart(text, provider, distribution, model):
    key = BackendKey.parse(text)
    assert (key.provider, key.distribution, key.model) == (provider, distribution, model)
    assert str(key) == text


@pytest.mark.parametrize("text", ["", "/model", " "])
def test_a_backend_key_names_a_provider(text):
    with pytest.raises(ValueError, match="names no provider"):
        BackendKey.parse(text)


def test_tasks_are_told_apart_in_json():
    task = Generate(prompt="a waltz", duration=30, extra={"toy": {"x": 1}})
    again = msgspec.json.decode(msgspec.json.encode(task), type=Generate)
    assert again == task
    assert b'"type":"generate"' in msgspec.json.encode(task)


def test_only_what_was_asked_for_is_looked_at():
    assert asked(Generate(prompt="a", loop=False)) == {"prompt": "a", "loop": False}


@given(st.dictionaries(st.sampled_from(Generate.__struct_fields__[2:]), json_values))
def test_any_value_is_either_fine_or_a_problem_that_names_its_field(values):
    task = Generate(**{"prompt": "a", **values})
    assert {problem.field for problem in invalid_fields(task)} <= values.keys()


def test_a_vendor_can_add_tasks_and_queries():
    class Concat(Task, frozen=True, kw_only=True, tag="toy.concat"):
        clips: tuple[str, ...]

    class Bpm(Query[float], frozen=True, kw_only=True, tag="toy.bpm"):
        clip: str

    assert invalid_fields(Concat(clips=("a",))) == []
    assert invalid_fields(Concat(clips=[1]))[0].field == "clips"
    assert Bpm(clip="a").clip == "a"


def test_a_job_is_partial_when_a_track_of_it_failed():
    good = Track(id="1", status=Status.SUCCEEDED)
    bad = Track(id="2", status=Status.FAILED, error=Failure(message="cough"))
    assert Snapshot(status=Status.SUCCEEDED, tracks=(good, bad)).partial
    assert not Snapshot(status=Status.SUCCEEDED, tracks=(good,)).partial
    assert not Snapshot(status=Status.RUNNING, tracks=(good, bad)).partial


def test_a_snapshot_reads_as_a_line():
    seen = Snapshot(status=Status.RUNNING, progress=0.4, eta=12)
    assert str(seen) == "running, 40%, about 12 s left"
    assert str(Snapshot(status=Status.UNKNOWN, word="pianissimo")) == "unknown (pianissimo)"


def test_only_four_statuses_are_the_end():
    assert [status.value for status in Status if status.terminal] == [
        "succeeded",
        "failed",
        "cancelled",
        "expired",
    ]


@given(st.binary(max_size=200))
def test_any_body_is_read_as_asked_or_refused_as_protocol(body):
    try:
        Reply(status=200, body=body).json(dict[str, int])
    except ProtocolError:
        return


@pytest.mark.parametrize("type_", [Ticket, dict[str, object], object])
def test_a_body_nested_too_deeply_to_read_is_refused_as_protocol(type_):
    body = b'{"provider": "toy", "id": "1", "state": {"x": ' + b"[" * 100_000
    with pytest.raises(ProtocolError, match="recursion"):
        Reply(status=200, body=body).json(type_)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "kéy", " padded "])
def test_a_key_that_no_header_takes_is_refused_without_showing_it(key):
    account = Account("toy", base_url="https://toy.example", secret=lambda: key)
    with pytest.raises(AuthenticationFailed) as caught:
        account.signature("https://toy.example/jobs")
    assert key not in str(caught.value)


def test_the_key_goes_to_the_own_origin_only():
    account = Account("toy", base_url="https://toy.example/api/v1", secret=lambda: "k")
    assert account.absolute("/jobs") == "https://toy.example/api/v1/jobs"
    assert account.signature("https://toy.example/other") == {"Authorization": "Bearer k"}
    for other in ("http://toy.example/", "https://toy.example.evil/", "https://toy.example:444/"):
        assert account.signature(other) == {}


def test_importing_segue_imports_no_http_library_and_no_provider():
    code = (
        "import sys, segue; from segue import Client, Generate, Status\n"
        "print([m for m in ('httpx', 'stamina', 'anyio', 'rich', 'typer', 'numpy',"
        " 'segue_local', 'importlib_metadata') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_synchronous_client_made_imports_no_event_loop_and_no_http_library(tmp_path):
    code = """
import sys, segue
with segue.Client("local/lofi", journal="jobs.db", config=segue.Config()): pass
names = "asyncio anyio stamina httpx httpcore ssl subprocess concurrent.futures statistics"
print([name for name in names.split() if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_every_public_name_can_be_had():
    assert all(getattr(segue, name) is not None for name in segue.__all__)
    assert segue.__all__ == sorted(segue.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = segue.nonsense


def test_a_decoder_is_built_once_whatever_threads_want_it():
    class Inner(msgspec.Struct):
        a: int = 0

    class Outer(msgspec.Struct):
        inner: list[Inner]

    with ThreadPoolExecutor(8) as pool:
        built = set(pool.map(lambda _: id(decoder(Outer)), range(64)))
    assert len(built) == 1
    assert Reply(status=200, body=b'{"inner": [{"a": "7"}]}').json(Outer).inner[0].a == 7


WHOLE = {
    Generate: {"prompt": "lofi"},
    Extend: {"source": Source(ticket=Ticket(provider="toy", id="a"))},
    Replace: {"source": Source(ticket=Ticket(provider="toy", id="a")), "start": 1.0, "end": 2.0},
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in WHOLE for name in WHOLE[kind]])
def test_none_in_a_required_field_is_no_value(kind, name):
    assert invalid_fields(kind(**WHOLE[kind])) == []
    (problem,) = invalid_fields(kind(**{**WHOLE[kind], name: None}))
    assert (problem.field, problem.value) == (name, None)
