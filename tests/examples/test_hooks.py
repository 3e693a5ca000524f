"""The two plugins of `examples/`: what they do is what they say."""

from __future__ import annotations

import pytest
from approval import Approval
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tracing import Tracing

import segue
from segue.errors import SpendingRefused
from segue.money import Money, Quote
from segue.testing import Silence

RULES = """
[[allow]]
task = ["generate"]
at_most = "0.10 USD"

[[allow]]
model = ["grand"]
at_most = "0.50 USD"
words = ["jingle"]
"""


def asked(tmp_path, rules, cost, **fields):
    file = tmp_path / "approval.toml"
    file.write_text(rules)
    quote = None if cost is None else Quote(cost=Money.parse(cost), basis="a price list")
    task = segue.Generate(**{"prompt": "a waltz", **fields})
    return Approval(file).segue_approve(task, quote)


@pytest.mark.parametrize(
    ("cost", "fields", "allowed"),
    [
        ("0.10 USD", {}, True),
        ("0.11 USD", {}, False),
        ("0.50 USD", {"model": "grand", "prompt": "A Jingle for tea"}, True),
        ("0.50 USD", {"model": "grand"}, False),
        ("0.50 USD", {"model": "small", "prompt": "a jingle"}, False),
        ("1 credits", {}, False),
        ("0 credits", {}, True),
        (None, {}, False),
    ],
)
def test_a_price_is_allowed_if_any_rule_fits_in_every_line(tmp_path, cost, fields, allowed):
    assert (asked(tmp_path, RULES, cost, **fields) is None) is allowed


@pytest.mark.parametrize("rules", ["allow = 3", "[[allow]]\nat_mots = '1 USD'", "nonsense ["])
def test_a_file_that_cannot_be_read_refuses_the_spending(tmp_path, rules):
    file = tmp_path / "approval.toml"
    file.write_text(rules)
    with (
        segue.Client(Silence(), plugins=[Approval(file)], journal=None) as client,
        pytest.raises(SpendingRefused, match="segue_approve failed"),
    ):
        client.submit("a rest")


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, Tracing(provider)


def test_a_job_is_a_span_with_its_looks_and_so_is_its_delivery(spans, tmp_path):
    exporter, tracing = spans
    with segue.Client(Silence(), plugins=[tracing], journal=None) as client:
        client.generate_and_wait("a secret rest", to=tmp_path)
    job, delivered = exporter.get_finished_spans()
    assert (job.name, delivered.name) == ("segue.job silence", "segue.delivered")
    assert job.attributes["segue.task"] == "generate"
    assert [event.attributes["segue.status"] for event in job.events][-1] == "succeeded"
    assert delivered.attributes["segue.files"] == 1
    assert "secret" not in f"{job.to_json()}{delivered.to_json()}"


def test_a_request_is_a_span_as_long_as_it_took(spans):
    exporter, tracing = spans
    tracing.segue_called(
        endpoint="POST /jobs", provider="toy", status=503, error=None, seconds=2.0, attempt=2
    )
    (span,) = exporter.get_finished_spans()
    assert span.end_time - span.start_time == pytest.approx(2e9, rel=0.01)
    assert span.attributes["http.response.status_code"] == 503
    assert span.attributes["http.request.resend_count"] == 1


def test_a_request_without_an_answer_is_an_error(spans):
    exporter, tracing = spans
    tracing.segue_called(
        endpoint="GET /jobs/1",
        provider="toy",
        status=None,
        error=ConnectionError("gone"),
        seconds=0.1,
        attempt=1,
    )
    (span,) = exporter.get_finished_spans()
    assert (span.status.is_ok, span.attributes["error.type"]) == (False, "ConnectionError")
