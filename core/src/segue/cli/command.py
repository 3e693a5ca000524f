"""The help of one command."""

from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """A command whose help groups its options, without the cost of importing Rich."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer's own
        """Write every group under its own heading, in order of definition."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if (record := param.get_help_record(ctx)) is not None:
                heading = getattr(param, "rich_help_panel", None) or f"{param.param_type_name}s"
                groups.setdefault(heading.capitalize(), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records, col_max=26)
