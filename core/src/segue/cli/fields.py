"""The options that describe the music: one for each field of `Generate`.

They are defined here only. A command decorated with `takes_a_task` gets them all.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from typer import Argument, BadParameter, Option

if TYPE_CHECKING:
    from segue.tasks import Generate

_CLOCK = re.compile(r"(?P<minutes>\d+):(?P<seconds>[0-5]?\d(\.\d+)?)")
_COUNTED = re.compile(r"(?P<amount>-?\d+(\.\d+)?|-?\.\d+)\s*(?P<unit>s|sec|m|min|h)?")
_UNITS = {None: 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}


def seconds(text: str) -> float:
    """A duration in seconds, from `90`, `1:30`, `20s` or `2min`; raises `BadParameter`."""
    if clock := _CLOCK.fullmatch(text.strip()):
        return int(clock["minutes"]) * 60 + float(clock["seconds"])
    if counted := _COUNTED.fullmatch(text.strip().lower()):
        return float(counted["amount"]) * _UNITS[counted["unit"]]
    raise BadParameter(f"{text!r} is not a duration: use 90, 1:30, 20s or 2min")


def prompt_text(text: str) -> str:
    """A prompt; `-` is read from standard input."""
    if text != "-":
        return text
    if read := read_text("@-").strip():
        return read
    raise BadParameter("standard input is empty: no prompt")


def read_text(text: str, *, option: str | None = None) -> str:
    """The text itself, or the content of `@FILE`; `@-` is standard input. Raises `BadParameter`,
    with the name of the option if it is not known to Typer."""
    if not text.startswith("@"):
        return text
    try:
        if text == "@-":
            return sys.stdin.read().strip("\n") if sys.stdin is not None else ""
        return Path(text[1:]).expanduser().read_text(encoding="utf-8-sig").strip("\n")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise BadParameter(
            f"cannot read {text[1:]}: {str(reason).lower()}", param_hint=option
        ) from error


_of_music = partial(Option, rich_help_panel="the music")


FIELDS: dict[str, Any] = {
    "prompt": Annotated[
        str,
        Argument(
            parser=prompt_text,
            metavar="PROMPT",
            help="Description of the music; - reads standard input.",
        ),
    ],
    "lyrics": Annotated[
        str | None,
        _of_music(
            parser=read_text,
            metavar="TEXT|@FILE",
            help="Lyrics; @FILE reads them from a file, @- from standard input.",
        ),
    ],
    "instrumental": Annotated[
        bool | None, _of_music("--instrumental/--no-instrumental", help="No vocals.")
    ],
    "duration": Annotated[
        float | None,
        _of_music(
            parser=seconds, metavar="LENGTH", help="Length of the piece: 90, 1:30, 20s, 2min."
        ),
    ],
    "title": Annotated[str | None, _of_music(metavar="TEXT", help="Title of the piece.")],
    "style": Annotated[str | None, _of_music(metavar="TEXT", help="Musical style.")],
    "negative_style": Annotated[str | None, _of_music(metavar="TEXT", help="Style to avoid.")],
    "voice": Annotated[str | None, _of_music(metavar="NAME", help="One of the vendor's voices.")],
    "vocal_gender": Annotated[
        Literal["female", "male"] | None,
        _of_music(metavar="female|male", help="Gender of the singer, where supported."),
    ],
    "language": Annotated[
        str | None, _of_music(metavar="CODE", help="Language of the lyrics: en, de, ja, …")
    ],
    "speed": Annotated[
        float | None, _of_music(metavar="FACTOR", help="Speed of singing or speech; 1 is normal.")
    ],
    "bpm": Annotated[float | None, _of_music(metavar="NUMBER", help="Beats per minute.")],
    "seed": Annotated[
        int | None, _of_music(metavar="NUMBER", help="The same seed requests the same piece.")
    ],
    "loop": Annotated[
        bool | None, _of_music("--loop/--no-loop", help="Make the end lead into the beginning.")
    ],
    "extra": Annotated[
        list[str] | None,
        _of_music(
            metavar="PROVIDER.FIELD=VALUE",
            help="A vendor-specific field, as JSON or text; may be repeated.",
        ),
    ],
}
"""The option for each field of `Generate`, without `model`, which `--backend` sets."""


def takes_a_task(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for every field to `command`, which gets the `Generate` as first argument.

    Typer reads the signature, so that is what is made here.
    """
    return _with(command, lambda values: task(given_fields(values)), FIELDS)


def takes_fields(command: Callable[..., None]) -> Callable[..., None]:
    """The same, but the prompt is optional, and `command` gets a mapping of the given fields."""
    prompt = Annotated[str | None, FIELDS["prompt"].__metadata__[0]]
    return _with(command, given_fields, {**FIELDS, "prompt": prompt})


def takes_changes(command: Callable[..., None]) -> Callable[..., None]:
    """The same with the prompt as an option, for a command that has another argument."""
    prompt = Annotated[
        str | None,
        _of_music(parser=prompt_text, metavar="TEXT|-", help="Description of the music."),
    ]
    return _with(command, given_fields, {**FIELDS, "prompt": prompt})


def _with(
    command: Callable[..., None],
    convert: Callable[[Mapping[str, Any]], object],
    kinds: Mapping[str, Any],
) -> Callable[..., None]:
    own = list(inspect.signature(command).parameters.values())[1:]

    def run(**values: Any) -> None:  # noqa: ANN401 - as Typer passes them
        fields = {name: values.pop(name) for name in kinds}
        command(convert(fields), **values)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    added = [_parameter(name, kind) for name, kind in kinds.items()]
    run.__signature__ = inspect.Signature([*added, *own])  # type: ignore[attr-defined] # PEP 362
    return run


def given_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given; `extra` is grouped by provider."""
    found = {name: value for name, value in values.items() if value is not None}
    if "extra" in found:
        found["extra"] = extra(found["extra"])
    return found


def task(fields: Mapping[str, Any]) -> Generate:
    """A `Generate` with these fields."""
    from segue.tasks import Generate

    return Generate(**fields)


def extra(pairs: list[str] | tuple[str, ...]) -> dict[str, dict[str, object]]:
    """`PROVIDER.FIELD=VALUE`, grouped by provider; a value that is not JSON is text."""
    fields: dict[str, dict[str, object]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        provider, _, field = key.partition(".")
        if not (provider and field and equals):
            raise BadParameter(
                f"{pair!r} is not PROVIDER.FIELD=VALUE, such as local.genre=jazz",
                param_hint="--extra",
            )
        fields.setdefault(provider, {})[field] = _value(value)
    return fields


def _value(text: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError:
        return text
    return found


def _parameter(name: str, kind: object) -> inspect.Parameter:
    needed = get_origin(kind) is Annotated and get_args(kind)[0] is str
    default = inspect.Parameter.empty if needed else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
