"""The options that several commands share, and one decorator that adds all of `generate`'s."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import BadParameter, Option

from segue.cli.fields import seconds

if TYPE_CHECKING:
    from segue.cli.produce import GenerateOptions


def wait_time(text: str) -> float:
    """A time to wait in seconds, which cannot be negative."""
    if (wait := seconds(text)) < 0:
        raise BadParameter(f"{text!r} is negative: use 90, 1:30, 20s or 2min")
    return wait


def amount(text: str) -> str:
    """An amount of money, such as `0.50USD` or `15credits`."""
    from segue.money import Money

    try:
        return str(Money.parse(text))
    except ValueError as error:
        raise BadParameter(str(error)) from error


Output = Annotated[
    str | None, Option("--output", "-o", metavar="FILE|FOLDER", help="File or folder to save to.")
]
Overwrite = Annotated[bool, Option("--overwrite", help="Replace an existing file.")]
KeepOriginal = Annotated[
    bool, Option("--keep-original", help="Also save the downloaded file if it is converted.")
]
Tags = Annotated[
    bool | None,
    Option("--tags/--no-tags", help="Write title, prompt, backend and job into the file."),
]
Backend = Annotated[
    list[str] | None,
    Option(
        "--backend",
        "-b",
        metavar="PROVIDER/MODEL",
        help="Backend to use; may be repeated: they are tried in order.",
    ),
]
Timeout = Annotated[
    float | None,
    Option(parser=wait_time, metavar="LENGTH", help="Longest wait: 90, 1:30, 10min."),
]
Patience = Annotated[
    float | None,
    Option(
        parser=wait_time,
        metavar="LENGTH",
        help="How long polls may fail in a row: 90, 1:30, 10min.",
    ),
]
Unsupported = Annotated[
    Literal["error", "ignore"] | None,
    Option(metavar="error|ignore", help="Reject, or drop, fields the backend does not support."),
]
File = Annotated[
    Path | None, Option("--config", metavar="FILE", help="Read this segue.toml and no other.")
]
Json = Annotated[bool, Option("--json", help="Print one JSON object to standard output.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Print the paths and nothing else.")]
MaxCost = Annotated[
    str | None,
    Option(
        parser=amount,
        metavar="AMOUNT",
        help="Highest cost: 0.50USD, 15credits. If it may cost more, or has no price, nothing"
        " is submitted: exit code 1.",
    ),
]
Key = Annotated[
    str | None,
    Option("--key", metavar="KEY", help="Your key of the order: the same key is the same job."),
]
Label = Annotated[
    list[str] | None,
    Option("--label", metavar="NAME=VALUE", help="Label the job; may be repeated."),
]
NoWait = Annotated[bool, Option("--no-wait", help="Submit only, and print the ticket.")]
Play = Annotated[bool, Option("--play", help="Play it once it is saved.")]

_SHARED: dict[str, tuple[Any, object]] = {
    "output": (Output, None),
    "overwrite": (Overwrite, False),
    "keep_original": (KeepOriginal, False),
    "tags": (Tags, None),
    "backend": (Backend, None),
    "timeout": (Timeout, None),
    "patience": (Patience, None),
    "unsupported": (Unsupported, None),
    "max_cost": (MaxCost, None),
    "key": (Key, None),
    "label": (Label, None),
    "play": (Play, False),
    "config": (File, None),
    "as_json": (Json, False),
    "quiet": (Quiet, False),
    "no_wait": (NoWait, False),
}
"""Type and default of every option of `segue generate` that is no field of the music."""


def takes_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the shared options to `command`, which gets them as its second argument,
    a `GenerateOptions`. Typer reads the signature, so that is what is made here."""
    first, _, *own = inspect.signature(command).parameters.values()

    def run(fields: object, **values: Any) -> None:  # noqa: ANN401 - as Typer passes them
        options = _options({name: values.pop(name) for name in _SHARED})
        command(fields, options, **values)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _SHARED.items()
    ]
    run.__signature__ = inspect.Signature([first, *own, *shared])  # type: ignore[attr-defined] # PEP 362
    return run


def _options(values: dict[str, Any]) -> "GenerateOptions":
    from segue.cli.jobs_options import labels
    from segue.cli.produce import GenerateOptions

    named = labels(values.pop("label") or (), "segue generate")
    backend = tuple(values.pop("backend") or ())
    return GenerateOptions(**values, backend=backend, labels=named)
