"""`ProviderKit`: all layers of the contract as one class to subclass."""

from __future__ import annotations

from typing import Any

from segue._data.suggestions import nearest
from segue.flow import Reply
from segue.testing.kit.declaration import Declaration
from segue.testing.kit.drivers import Drivers
from segue.testing.kit.flows import Flows
from segue.testing.kit.garbage import Garbage
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.libraries import Libraries
from segue.testing.kit.models import Models
from segue.testing.kit.money import Money
from segue.testing.kit.outcomes import Outcomes
from segue.testing.kit.playing import Result
from segue.testing.kit.prices import Prices
from segue.testing.kit.recordings import Recordings
from segue.testing.kit.secrecy import Secrecy
from segue.testing.kit.simulated import Simulated
from segue.testing.kit.tolerance import Tolerance


class ProviderKit(
    Declaration,
    Flows,
    Outcomes,
    Tolerance,
    Garbage,
    Money,
    Models,
    Prices,
    Libraries,
    Secrecy,
    Drivers,
    Recordings,
    Simulated,
):
    """The contract of a provider, as tests. Subclass it in a test file, and set the vendor's
    responses:

        class TestMetronome(ProviderKit):
            provider = Metronome
            task = Generate(prompt="a waltz")
            accepted = Reply(status=200, body=b'{"id": "j1"}')
            running = Reply(status=200, body=b'{"status": "ticking"}')
            succeeded = Reply(status=200, body=b'{"status": "done", "url": "/files/j1"}')
            failed = Reply(status=200, body=b'{"status": "broken", "error": "the spring"}')

    `KitInputs` lists what else can be set. A test of what is neither declared nor set is skipped,
    with the reason (`pytest -rs`). A test of the kit cannot be overridden: one that fails is a
    fault of the provider, or of the kit.
    """

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - as object's
        super().__init_subclass__(**options)
        for name in kit_tests():
            if getattr(cls, name) is not getattr(ProviderKit, name):
                raise TypeError(
                    f"{cls.__name__} overrides {name}, which is a test of the kit: give your own"
                    " test another name; capabilities declare what a provider cannot do"
                )
        for name, value in vars(cls).items():
            if isinstance(value, Reply | Result) and not hasattr(KitInputs, name):
                _check_spelling(cls.__name__, name)


def kit_tests() -> list[str]:
    """The names of the kit's tests, in the order of their layers."""
    layers = [layer for layer in ProviderKit.__mro__ if layer not in (ProviderKit, object)]
    return [name for layer in layers for name in vars(layer) if name.startswith("test_")]


def _check_spelling(kind: str, name: str) -> None:
    """Raise `TypeError` for a name that resembles one of the kit's, whose responses would be
    ignored."""
    known = [word for word in vars(KitInputs) if not word.startswith("_")]
    similar = nearest(name, known)
    if similar is not None:
        raise TypeError(f"{kind}.{name}: the kit has no such attribute; did you mean {similar!r}?")
