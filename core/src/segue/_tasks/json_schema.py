"""JSON Schema of a task or a query, from its struct. Pure.

msgspec writes schemas, but has none for `object` and `Path`, which tasks and queries use. So the
schema is that of a copy of the struct with both replaced: by any value, and by text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from inspect import getdoc
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema."""

_PLAIN: dict[object, object] = {
    object: Any,
    Path: str,
    datetime: Annotated[datetime, msgspec.Meta(extra_json_schema={"format": "date-time"})],
}
_TITLES = {"bpm": "BPM", "url": "URL"}


def schema(kind: type[msgspec.Struct]) -> dict[str, object]:
    """The self-contained schema of `kind`: types, limits, titles, and its docstring as
    description."""
    written = msgspec.json.schema(_twin(kind))
    structs = cast("dict[str, dict[str, Any]]", written["$defs"])
    for each in structs.values():
        _titled(each)
    root = structs.pop(str(written["$ref"]).rpartition("/")[2])
    return {"$schema": DIALECT, **root, **_rest(structs)}


def _rest(structs: Mapping[str, object]) -> dict[str, object]:
    return {"$defs": dict(structs)} if structs else {}


def _titled(struct: dict[str, Any]) -> None:
    """Add a title to each field; `type` becomes optional, since the class is known."""
    for name, field in struct["properties"].items():
        title = _TITLES.get(name) or name.replace("_", " ").capitalize()
        struct["properties"][name] = {"title": title, **_described(field)}
    if "type" in struct["properties"]:
        struct["required"] = [name for name in struct["required"] if name != "type"]
    if not struct["required"]:
        del struct["required"]


def _described(field: dict[str, Any]) -> dict[str, Any]:
    """Move the description of one of several types to the whole field."""
    found = [one["description"] for one in field.get("anyOf", ()) if "description" in one]
    return {"description": found[0], **field} if len(found) == 1 else field


@cache
def _twin(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A copy of the struct with types for which msgspec has schemas."""
    hints, config = get_type_hints(kind, include_extras=True), kind.__struct_config__
    fields = msgspec.structs.fields(kind)
    return msgspec.defstruct(
        kind.__name__,
        [_field(field, _plain(hints[field.name])) for field in fields],
        namespace={"__doc__": getdoc(kind)},
        rename={field.name: field.encode_name for field in fields},
        tag=config.tag,
        tag_field=config.tag_field,
        forbid_unknown_fields=config.forbid_unknown_fields,
        kw_only=True,
    )


def _field(
    field: msgspec.structs.FieldInfo,
    kind: Any,  # noqa: ANN401 - any type that an annotation may name
) -> tuple[str, Any] | tuple[str, Any, Any]:
    if field.required:
        return field.name, kind
    if field.default_factory is msgspec.NODEFAULT:
        return field.name, kind, field.default
    return field.name, kind, msgspec.field(default_factory=field.default_factory)


def _plain(kind: Any) -> Any:  # noqa: ANN401 - any type that an annotation may name
    """A type with `object` and `Path` replaced."""
    if kind in (object, Path, datetime):
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _twin(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is None or origin is Literal:
        return kind
    if origin is Annotated:
        return Annotated[(_plain(arguments[0]), *arguments[1:])]
    several = tuple(map(_plain, arguments))
    return Union[several] if origin in (Union, UnionType) else origin[several]  # noqa: UP007 - made at run time
