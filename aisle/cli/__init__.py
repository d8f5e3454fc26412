"""The command line: thin doors over the same application that the API serves."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import NoReturn

import typer
from rich.console import Console
from rich.text import Text

from aisle.cli.catalog import catalog_app, index
from aisle.cli.evaluating import evaluate
from aisle.cli.graph import graph_app
from aisle.cli.heads import adapters_app, heads_app
from aisle.cli.labelling import label_app
from aisle.cli.models import models_app
from aisle.cli.searching import search
from aisle.cli.serving import demo, serve
from aisle.cli.steering import keys_app, settings_app, store_app
from aisle.cli.training import train, tune
from aisle.errors import AisleError

application = typer.Typer(
    name="aisle",
    help="A self-hosted product search engine that a shopper can show and type to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (index, search, serve, demo, evaluate, train, tune):
    application.command()(command)
application.add_typer(catalog_app, name="catalog")
application.add_typer(label_app, name="label")
application.add_typer(graph_app, name="graph")
application.add_typer(store_app, name="store")
application.add_typer(models_app, name="models")
application.add_typer(settings_app, name="settings")
application.add_typer(keys_app, name="keys")
application.add_typer(heads_app, name="heads")
application.add_typer(adapters_app, name="adapters")


def main() -> None:
    """Run a command; what a user can put right becomes one clear message on stderr and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a feed may hold what the terminal can't show
    try:
        application()
    except AisleError as error:
        _fail(error.code, error.message, error.hint)
    except ValueError as error:
        from pydantic import ValidationError

        if not isinstance(error, ValidationError):
            raise
        first = error.errors()[0]
        variable = f"AISLE_{first['loc'][0]}".upper()
        _fail("invalid_request", f"{variable}: {first['msg']}.", "It is set in the environment; see docs/settings.md.")
    except OSError as error:
        _fail("error", f"{error.strerror or error}: {error.filename}" if error.filename else str(error), None)


def _fail(code: str, message: str, hint: str | None) -> NoReturn:
    console = Console(stderr=True, highlight=False)
    console.print(Text.assemble((code, "bold red"), " ", message), soft_wrap=True)
    if hint:
        console.print(Text(f"→ {hint}", "dim"), soft_wrap=True)
    sys.exit(1)
