"""`ProviderKit`: all layers of the contract as one class to subclass."""

from __future__ import annotations

from typing import Any

from segue._data.suggestions import nearest
from segue.flow import Reply
from segue.testing.kit.brought import Brought
from segue.testing.kit.declaration import Declaration
from segue.testing.kit.drivers import Drivers
from segue.testing.kit.flows import Flows
from segue.testing.kit.garbage import Garbage
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
    """The contract of a provider, as tests. Subclass it in a test file, and say what the vendor
    answers:

        class TestMetronome(ProviderKit):
            provider = Metronome
            task = Generate(prompt="a waltz")
            accepted = Reply(status=200, body=b'{"id": "j1"}')
            running = Reply(status=200, body=b'{"status": "ticking"}')
            succeeded = Reply(status=200, body=b'{"status": "done", "url": "/files/j1"}')
            failed = Reply(status=200, body=b'{"status": "broken", "error": "the spring"}')

    `Brought` says what else can be set. What is not declared and not brought is skipped, with
    the reason (`pytest -rs`). A test of the kit cannot be overridden: one that does not hold is
    a fault of the provider, or of the kit.
    """

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - as object's
        super().__init_subclass__(**options)
        for name in kit_tests():
            if getattr(cls, name) is not getattr(ProviderKit, name):
                raise TypeError(
                    f"{cls.__name__} overrides {name}, which is a test of the kit: give your own"
                    " test another name; what a provider cannot do is told by its capabilities"
                )
        for name, value in vars(cls).items():
            if isinstance(value, Reply | Result) and not hasattr(Brought, name):
                _check_spelling(cls.__name__, name)


def kit_tests() -> list[str]:
    """The names of the kit's tests, in the order of their layers."""
    layers = [layer for layer in ProviderKit.__mro__ if layer not in (ProviderKit, object)]
    return [name for layer in layers for name in vars(layer) if name.startswith("test_")]


def _check_spelling(kind: str, name: str) -> None:
    """An answer under a name that is nearly one of the kit's would never be used."""
    known = [word for word in vars(Brought) if not word.startswith("_")]
    meant = nearest(name, known)
    if meant is not None:
        raise TypeError(f"{kind}.{name}: the kit knows no such answer; did you mean {meant!r}?")
