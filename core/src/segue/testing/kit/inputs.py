"""The attributes that a subclass of the kit sets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from segue.money import Money
from segue.provider import Provider
from segue.tasks import Task
from segue.testing.hush_vendor import SILENCE, VendorModel
from segue.testing.kit.playing import Script
from segue.testing.kit.tracebacks import hidden

if TYPE_CHECKING:
    from segue.client import Client

__tracebackhide__ = hidden

REPLIES = {
    "submit": ("accepted",),
    "poll": ("running", "succeeded", "failed"),
    "download": ("download_reply",),
    "cancel": ("cancelled",),
    "release": ("released",),
    "models": ("models_reply",),
    "quote": ("quote_reply",),
    "balance": ("balance_reply",),
}
"""The methods of a provider, and the attributes with the vendor's responses to them."""


class KitInputs:
    """The attributes that a subclass of the kit sets.

    `provider` is the class, or a function that makes one; a new one is made for every call, as
    every process has its own. `task` is one that it takes, with `model` set if it has models.

    The responses are the vendor's, unchanged: one `Reply` for each request that the method makes,
    in order. A body of None is one that core leaves unread, such as audio. A `Result` stands for
    the result of a `Work`.
    """

    provider: ClassVar[Any] = None
    task: ClassVar[Task | None] = None

    accepted: ClassVar[Script] = ()
    running: ClassVar[Script] = ()
    succeeded: ClassVar[Script] = ()
    failed: ClassVar[Script] = ()
    download_reply: ClassVar[Script] = ()
    cancelled: ClassVar[Script] = ()
    released: ClassVar[Script] = ()
    models_reply: ClassVar[Script] = ()
    quote_reply: ClassVar[Script] = ()
    balance_reply: ClassVar[Script] = ()

    refused_tasks: ClassVar[Sequence[tuple[Task, str]]] = ()
    """Tasks that are refused before anything is sent, each with the field that is named."""

    quoted: ClassVar[Money | None] = None
    """The price of `task` that you read in `quote_reply`, such as `Money.parse("0.12 USD")`: this
    finds cents that are read as dollars."""

    billed: ClassVar[Money | None] = None
    """The charge for the job of `succeeded`, stated in the same way."""

    priced_by_model: ClassVar[bool] = False
    """Whether a model has a price of its own, so that `quote` has to go by `task.model`."""

    secret_fields: ClassVar[Sequence[str]] = ()
    """Fields of `accepted` that hold a job token, such as `token` or `data.token`."""

    file: ClassVar[bytes] = SILENCE
    """The body of a download: any audio."""

    cassettes: ClassVar[Path | str | None] = None
    """A folder of recordings, or one recording; see `segue.testing.cassettes`. Made in an empty
    folder, `story` is called `song.yaml`."""

    stories: ClassVar[Mapping[str, Callable[[Client, Path], object]]] = {}
    """The story of each recording, by its name without `.yaml`; `story` for all others."""

    cassette_options: ClassVar[Mapping[str, Any]] = {}
    """More arguments of `segue.testing.cassettes.alike`, such as `scrub` and `sandbox`."""

    examples: ClassVar[int] = 25
    """The number of garbage responses a method; SEGUE_KIT_EXAMPLES in the environment overrides
    it."""

    jobs: ClassVar[int] = 200
    """The number of simulated jobs."""

    def vendor(self) -> VendorModel | None:
        """A model of the vendor, for the simulator: `handle(request, now)`; see
        `segue.testing.hush_vendor`. None where there is none.

        A request's path is the one below `base_url`, with its query; a request to another host has
        the path `/other/HOST/PATH`. Any key is valid.
        """
        return None

    def story(self, client: Client, folder: Path) -> object:
        """The program of a recording; its return value must be equal with every driver."""
        if self.task is None:
            raise TypeError("the kit's class has no `task`")
        return client.generate_and_wait(self.task, to=folder).snapshot


def maker(kit: KitInputs) -> Callable[[], Provider]:
    """Return the factory of the provider, without binding a function to the kit's object."""
    found = inspect.getattr_static(type(kit), "provider", None)
    made: Callable[[], Provider] | None = getattr(found, "__func__", found)
    name = type(kit).__name__
    assert callable(made), f"{name} has no provider: write `provider = Metronome`, your class"
    return made


def task_of(kit: KitInputs) -> Task:
    """Return the kit's task; fails the test when there is none."""
    name = type(kit).__name__
    message = f'{name} has no task: write `task = Generate(prompt="a waltz")`, one that it takes'
    assert isinstance(kit.task, Task), message
    return kit.task
