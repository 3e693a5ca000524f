"""Validate the values returned by provider methods. Pure.

A struct takes whatever it is given: a ticket whose id is a number would be written into the
journal, and could never be read again. So an invalid value is reported here, by its field.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import UnionType
from typing import Annotated, TypeVar, cast

import msgspec
from msgspec.structs import replace

from segue._data.redaction import remember, shown
from segue._data.unicode import valid
from segue.flow import Call, id_of
from segue.job import Asset, Failure, Snapshot, Status, Ticket
from segue.money import Quote
from segue.provider import Expected
from segue.tasks import Problem

T = TypeVar("T")


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of an `Asset` that are plain data."""

    kind: str
    name: str
    containers: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    track: str | None = None


def validated_result(name: str, value: T, kind: type | UnionType) -> T:
    """`value` again; raise `TypeError` if it is no `kind`, or one with a field of another type.

    A ticket's id that is a number becomes text, and text that is no valid Unicode is made valid:
    what was paid for can be written down.
    """
    if not isinstance(value, kind):
        wanted = getattr(kind, "__name__", kind)
        raise TypeError(f"{name} returned {type_name(value)}, which should be a {wanted}")
    if isinstance(value, Ticket) and (id_ := id_of(value.id)) is not None:
        value = msgspec.structs.replace(value, id=id_)
    if isinstance(value, Ticket | Quote | Snapshot | Expected):
        _refuse_odd(name, value)
        value = valid(value, names=isinstance(value, Ticket))
    if isinstance(value, Ticket):
        remember(value.secrets.values())
    if isinstance(value, Snapshot):
        value = cast("T", without_secrets(value))
    return value


def without_secrets(snapshot: Snapshot) -> Snapshot:
    """The snapshot with what the vendor says in it as it may be shown, and written down."""
    tracks = tuple(replace(track, error=_failure(track.error)) for track in snapshot.tracks)
    return replace(
        snapshot,
        word=shown(snapshot.word),
        notes=tuple(map(shown, snapshot.notes)),
        error=_failure(snapshot.error),
        tracks=tracks,
    )


def _failure(failure: Failure | None) -> Failure | None:
    if failure is None:
        return None
    code, refund = (shown(text) if text else text for text in (failure.code, failure.refund))
    return replace(failure, message=shown(failure.message), code=code, refund=refund)


def validate_items(name: str, items: object, kind: type) -> None:
    """Raise `TypeError` unless `items` is a list or a tuple of sound `kind`s."""
    if not isinstance(items, list | tuple):
        raise TypeError(
            f"{name} returned {type_name(items)}, which should be a list of {kind.__name__}"
        )
    for item in items:
        if not isinstance(item, kind):
            wanted = f"which should be a list of {kind.__name__} only"
            raise TypeError(f"{name} returned a list with {type_name(item)} in it, {wanted}")
        if isinstance(item, Asset):
            _refuse_odd_asset(name, item)
        elif isinstance(item, Problem) and not isinstance(item.field, str):
            raise TypeError(f"{name} returned a Problem whose field is {item.field!r}: name it")


def type_name(value: object) -> str:
    """`value` as the end of `it returned …`."""
    return "nothing" if value is None else f"a {type(value).__name__}"


def _refuse_odd(name: str, value: Ticket | Quote | Snapshot | Expected) -> None:
    shown = f" (id={value.id!r})" if isinstance(value, Ticket) else ""
    what = f"{name} returned a {type(value).__name__}{shown}"
    if isinstance(value, Snapshot):
        _refuse_odd_words(what, value)
    try:  # what is in the free fields may be anything: the journal makes text of it
        msgspec.convert(msgspec.to_builtins(value, enc_hook=str), type(value))
    except (msgspec.ValidationError, UnicodeError) as error:
        raise TypeError(f"{what} with a wrong field: {error}") from None


def _refuse_odd_words(what: str, snapshot: Snapshot) -> None:
    """As plain data, a status and its word are the same."""
    if isinstance(snapshot.status, Status) and all(_standing(snapshot.tracks)):
        return
    words = ", ".join(status.name for status in Status)
    odd = repr(snapshot.status) if not isinstance(snapshot.status, Status) else "a track's"
    raise TypeError(f"{what} with a wrong status, {odd}: a status is Status.NAME, one of {words}")


def _standing(tracks: Iterable[object]) -> Iterable[bool]:
    return (isinstance(getattr(track, "status", Status.UNKNOWN), Status) for track in tracks or ())


def _refuse_odd_asset(name: str, asset: Asset) -> None:
    try:
        msgspec.convert(asset, _File, from_attributes=True)
    except msgspec.ValidationError as error:
        raise TypeError(f"{name} returned an Asset with a wrong field: {error}") from None
    if not (isinstance(asset.source, Call) or callable(asset.source)):
        wanted = "a Call, or a function that writes to a Target"
        raise TypeError(
            f"{name} returned an Asset whose source is {type_name(asset.source)}, not {wanted}"
        )
