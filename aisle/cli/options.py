"""Options that several commands share, and the one way a command answers: JSON for programs, tables for people.

Commands import the engine when they run, not before: ``aisle --help`` and a mistyped option answer at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from aisle.errors import InvalidRequest

if TYPE_CHECKING:
    from aisle.app import Shop
    from aisle.config import Config
    from aisle.store import Store

StoreOption = Annotated[Path, typer.Option("--store", envvar="AISLE_STORE", help="Folder of the store.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]

STORE = Path("store")

console = Console()
notes = Console(stderr=True, highlight=False)


def open_store(path: Path) -> Store:
    """An existing store. Raises NotFound, Conflict, StoreCorrupt."""
    from aisle.store import Store

    return Store.open(path, create=False)


def open_shop(path: Path, *, create: bool = False, config: Config | None = None) -> Shop:
    """A store with its views and the model. Raises NotFound, Conflict, StoreCorrupt."""
    from aisle.app import Shop

    return Shop.open("default", path, create=create, config=config)


def settings_patch(changes: Iterable[str]) -> dict[str, Any]:
    """``name=value`` or ``name.key=value``, each value JSON or plain text → a patch of the settings. Raises InvalidRequest."""
    patch: dict[str, Any] = {}
    for change in changes:
        name, sign, text = change.partition("=")
        if not sign:
            raise InvalidRequest(f"{change!r} isn't name=value.", field=name, hint="Such as weights.dense=0.5")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        head, _, tail = name.partition(".")
        if tail:
            patch.setdefault(head, {})[tail] = value
        else:
            patch[head] = value
    return patch


def answer(data: Any, as_json: bool, show: Callable[[], None]) -> None:
    """Print ``data`` as JSON on stdout, or let ``show`` print it for people."""
    if as_json:
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))
    else:
        show()


def table(*columns: str, rows: Iterable[Iterable[object]], title: str | None = None) -> Table:
    """A plain rich table; numbers are right-aligned."""
    lines = [list(row) for row in rows]
    made = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for i, column in enumerate(columns):
        numeric = bool(lines) and all(isinstance(line[i], int | float) for line in lines)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for line in lines:
        made.add_row(*(Text(f"{cell:.3f}" if isinstance(cell, float) else str(cell)) for cell in line))
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
