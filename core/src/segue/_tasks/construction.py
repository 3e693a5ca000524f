"""The metaclass of `Task`, `Query` and `Source`: errors of their constructors name the nearest
field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from segue._data.suggestions import suggestion
from segue.errors import InvalidTask


class UnknownKeyword(InvalidTask, TypeError, error_code="unknown_keyword"):
    """A keyword that is neither a field nor an option; also a `TypeError`, as Python's own is."""


class WrongFields(InvalidTask, TypeError, error_code="wrong_fields"):
    """Fields that are missing, or were not given by their names; also a `TypeError`."""


class Kind(msgspec.StructMeta):
    """The class of a struct whose fields users write by hand."""

    if not TYPE_CHECKING:  # type checkers know the fields from the class itself

        def __call__(self, *args: object, **fields: object) -> object:
            """Construct it; raise `UnknownKeyword` or `WrongFields`, which say what is allowed."""
            try:
                return super().__call__(*args, **fields)
            except TypeError as error:
                raise (_wrong(self, args, fields) or error) from None


def _wrong(
    kind: type[msgspec.Struct], args: tuple[object, ...], fields: dict[str, object]
) -> InvalidTask | None:
    """The error for wrong arguments; None for any other."""
    name, known = kind.__name__, kind.__struct_fields__
    for field in fields:
        if field not in known:
            return UnknownKeyword(f"{name} has no field {field!r}", advice=suggestion(field, known))
    missing = [field.name for field in msgspec.structs.fields(kind) if field.required]
    if args:
        first = (missing or [*known])[0]
        return WrongFields(
            f"{name} takes its fields by their names", advice=f"write {first}={args[0]!r}"
        )
    if absent := [field for field in missing if field not in fields]:
        return WrongFields(f"{name} needs {' and '.join(absent)}", advice=f"write {absent[0]}=…")
    return None
