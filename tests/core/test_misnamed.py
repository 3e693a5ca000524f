"""A model that the vendor refuses: the one that was meant is in the advice."""

import pytest

from segue.errors import AuthenticationFailed, NotFound, Rejected
from segue.flow import at_once
from segue.provider import Model
from segue.testing import Silence


class Choosy(Silence):
    """It knows two models and refuses every other."""

    name = "choosy"
    refusal = NotFound

    def models(self):
        return at_once([Model(id="ace-step-15"), Model(id="elevenlabs-music")])

    def submit(self, task):
        yield from at_once(None)
        raise self.refusal("no such model", status=404)

    def quote(self, task):
        yield from at_once(None)
        raise self.refusal("no such model", status=404)


@pytest.fixture
def choosy(face, monkeypatch):
    """A client of a model by whatever name."""

    def client(model, refusal=NotFound):
        provider = type("Refusing", (Choosy,), {"refusal": refusal})
        monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_args: provider)
        return face.client(f"choosy/{model}")

    return client


@pytest.mark.parametrize("method", ["submit", "quote"])
@pytest.mark.parametrize("model", ["ace-step-51", "Ace-Step-1.5"])
@pytest.mark.parametrize("refusal", [NotFound, Rejected])
def test_the_nearest_model_is_named_when_the_vendor_refuses(face, choosy, method, model, refusal):
    client = choosy(model, refusal)
    with pytest.raises(refusal, match="did you mean 'choosy/ace-step-15'"):
        face.do(getattr(client, method), "hush")


@pytest.mark.parametrize(
    ("model", "refusal"),
    [("ace-step-15", NotFound), ("qqqq", NotFound), ("ace-step-51", AuthenticationFailed)],
)
def test_no_model_is_named_where_none_was_misspelt(face, choosy, model, refusal):
    client = choosy(model, refusal)
    with pytest.raises(refusal) as caught:
        face.do(client.submit, "hush")
    assert "did you mean" not in str(caught.value)
