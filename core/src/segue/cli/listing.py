"""The listing commands: `segue providers`, `segue models` and `segue config`.

A table at a terminal; elsewhere a line for each row, with cells separated by tabs.
"""

from typing import TYPE_CHECKING, Annotated

from typer import Option

from segue.cli.exits import echo_json
from segue.cli.options import File, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segue._plugins.catalog import PluginReport
    from segue.provider import Model, Provider

Backend = Annotated[
    str | None,
    Option("--backend", "-b", metavar="PROVIDER", help="The backend, if not the configured one."),
]

Verbose = Annotated[bool, Option("--verbose", "-v", help="Also show what each model takes.")]


def providers(as_json: Json = False) -> None:
    """List the installed providers, and whether they work."""
    from segue._plugins.catalog import Catalogue
    from segue.cli.table import show

    found = Catalogue().report()
    if as_json:
        echo_json({"providers": [{**_fields(each), "ok": each.ok} for each in found]})
        return
    show(
        ("provider", "distribution", "version", "api", "can", "state"),
        [
            (
                each.name,
                each.distribution,
                each.version,
                str(each.plugin_api or "?"),
                _capabilities(each),
                "ok" if each.ok else "broken",
            )
            for each in found
        ],
        long=("distribution", "can"),
        notes=[f"{each.name}: {each.problem}" for each in found if not each.ok],
    )


def models(
    backend: Backend = None, verbose: Verbose = False, config: File = None, as_json: Json = False
) -> None:
    """List the models of a backend, and what they take."""
    from segue._plugins.catalog import Catalogue
    from segue.cli.table import show
    from segue.config import Config

    loaded = Config.load(config)
    key = loaded.backends(backend)[0]
    kind = Catalogue().load(key)
    listed = _listed(str(key), loaded) if kind.capabilities.models else None
    notes = [_no_models_note(kind)] if listed is None else []
    if key.model is not None:
        listed = [model for model in listed or () if model.id == key.model] or listed
    if verbose and listed:
        _show_all(kind(loaded.options(kind, key.provider)), listed, key.provider, as_json=as_json)
        return
    if as_json:
        rows = [_fields(model) for model in listed or ()]
        echo_json({"backend": key.provider, "models": rows, "notes": notes})
        return
    show(
        ("model", "name", "kind", "price"),
        [(model.id, model.name, model.kind, _price(model)) for model in listed or ()],
        long=("model", "name", "price"),
        notes=notes,
    )


def _show_all(provider: "Provider", models: "Sequence[Model]", name: str, *, as_json: bool) -> None:
    from segue.cli import table, verbose

    taken = verbose.taken(provider, models)
    if as_json:
        rows = [{**_fields(model), "takes": taken[model.id]} for model in models]
        echo_json({"backend": name, "models": rows, "notes": []})
        return
    table.show(
        ("model", "name", "kind", "price", "takes", "published"),
        [
            (
                model.id,
                model.name,
                model.kind,
                _price(model),
                verbose.takes_text(taken[model.id]),
                verbose.published(model),
            )
            for model in models
        ],
        long=("model", "name", "price", "takes", "published"),
        cards=True,
    )


def config(backend: Backend = None, config: File = None, as_json: Json = False) -> None:
    """Show the effective configuration, keys masked."""
    from segue.cli.config_report import held_back, settings_in_force
    from segue.cli.table import show
    from segue.config import Config

    loaded = Config.load(config)
    rows = settings_in_force(loaded, loadable_providers(), backend=backend)
    held = held_back(loaded)
    if as_json:
        files = [str(file.path) for file in loaded.files]
        settings, back = [_fields(row) for row in rows], [_fields(row) for row in held]
        echo_json({"files": files, "settings": settings, "held_back": back})
        return
    show(
        ("setting", "value", "from"),
        [(row.name, row.value, row.where) for row in [*rows, *held]],
        long=("value", "from"),
    )


def _capabilities(each: "PluginReport") -> str:
    """A provider's capabilities; of those that it alone has, only the number."""
    own = sum(word.startswith(f"{each.name}-") for word in each.capabilities)
    shared = [word for word in each.capabilities if not word.startswith(f"{each.name}-")]
    return " ".join([*shared, f"(and {own} of its own)"] if own else shared)


def loadable_providers() -> "dict[str, type[Provider]]":
    """Every provider that can be loaded, by name."""
    from segue._plugins.catalog import Catalogue
    from segue.errors import PluginError

    catalogue, found = Catalogue(), {}
    for name in catalogue.names():
        try:
            found[name] = catalogue.load(name)
        except PluginError:
            continue  # `segue providers` shows why
    return found


def _listed(backend: str, loaded: object) -> "list[Model]":
    from segue.client import Client
    from segue.config import Config

    if not isinstance(loaded, Config):
        raise TypeError("not a configuration")
    with Client(backend, config=loaded) as client:
        return client.models()


def _no_models_note(kind: "type[Provider]") -> str:
    return (
        f"{kind.name} publishes no list of models: name the one you want,"
        f" --backend {kind.name}/MODEL"
    )


def _price(model: "Model") -> str:
    return model.price if model.available else f"{model.price} (not available)".strip()


def _fields(struct: object) -> dict[str, object]:
    import msgspec

    plain: dict[str, object] = msgspec.to_builtins(struct, enc_hook=str)
    return plain
