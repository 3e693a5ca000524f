"""What a `model` means: a backend, an alias of the server, or the marketplace's way to write one.
Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


def backends(
    names: Sequence[str], aliases: Mapping[str, tuple[str, ...]], providers: Collection[str]
) -> tuple[str, ...]:
    """The backends that some models mean, in their order, each once.

    The marketplace writes `venice-ace-step-15` for `venice/ace-step-15`; so what begins with the
    name of an installed provider and a dash is a model of that. Any other name is left as it is,
    for core to say what is wrong with it.
    """
    found = [each for name in names for each in aliases.get(name, (_backend(name, providers),))]
    return tuple(dict.fromkeys(found))


def _backend(name: str, providers: Collection[str]) -> str:
    if "/" in name or name in providers:
        return name
    known = [each for each in providers if name.startswith(f"{each}-") and name != f"{each}-"]
    longest = max(known, key=len, default=None)
    return f"{longest}/{name[len(longest) + 1 :]}" if longest else name
