"""The command line: thin doors over the same application that the API serves."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from aisle.cli.catalog import catalog_app, index
from aisle.cli.searching import evaluate, search
from aisle.cli.serving import demo, serve
from aisle.cli.steering import keys_app, settings_app, store_app
from aisle.errors import AisleError

application = typer.Typer(
    name="aisle",
    help="A self-hosted product search engine that a shopper can show and type to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (index, search, serve, demo, evaluate):
    application.command()(command)
application.add_typer(catalog_app, name="catalog")
application.add_typer(store_app, name="store")
application.add_typer(settings_app, name="settings")
application.add_typer(keys_app, name="keys")


def main() -> None:
    """Run a command; an AisleError becomes one clear message on stderr and exit status 1."""
    try:
        application()
    except AisleError as error:
        console = Console(stderr=True, highlight=False)
        console.print(f"[bold red]{error.code}[/] {error.message}", soft_wrap=True)
        if error.hint:
            console.print(f"[dim]→ {error.hint}[/]", soft_wrap=True)
        sys.exit(1)
