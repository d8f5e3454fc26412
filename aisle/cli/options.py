"""Options that several commands share, and the one way a command answers: JSON for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

StoreOption = Annotated[Path, typer.Option("--store", envvar="AISLE_STORE", help="Folder of the store.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]

STORE = Path("store")

console = Console()
notes = Console(stderr=True, highlight=False)


def answer(data: Any, as_json: bool, show: Callable[[], None]) -> None:
    """Print ``data`` as JSON on stdout, or let ``show`` print it for people."""
    if as_json:
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))
    else:
        show()


def table(*columns: str, rows: Iterable[Iterable[object]], title: str | None = None) -> Table:
    """A plain rich table; numbers are right-aligned."""
    rows = [list(row) for row in rows]
    made = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for i, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[i], int | float) for row in rows)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row))
    return made


def progress_bar(quiet: bool) -> Progress:
    """A progress bar on stderr, so that stdout stays clean; silent with ``quiet``."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=notes,
        disable=quiet,
        transient=True,
    )
