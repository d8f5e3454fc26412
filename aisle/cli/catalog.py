"""``aisle index`` and ``aisle catalog``: a feed goes in, and what became of it is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.cli.options import STORE, JsonOption, StoreOption, answer, console, notes, open_shop, progress_bar
from aisle.errors import Conflict, InvalidRequest

if TYPE_CHECKING:
    from aisle.app import Shop

catalog_app = typer.Typer(help="What was read, repaired, merged and quarantined.", no_args_is_help=True)

REPORT = "catalog-report"


def index(
    source: Annotated[str, typer.Argument(help="A feed: a file, a folder, an https URL, or - for standard input.")],
    images: Annotated[Path | None, typer.Option("--images", help="Folder that picture names are relative to.")] = None,
    mapping: Annotated[list[str] | None, typer.Option("--map", help="field=column; may be given again.")] = None,
    delta: Annotated[bool, typer.Option("--delta", help="A partial feed: what it doesn't mention stays.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Retire products even when over 30 % would go.")] = False,
    pictures_only: Annotated[
        bool,
        typer.Option(
            "--pictures-only", help="A store that is searched by what its pictures show alone; attributes only filter."
        ),
    ] = False,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Read a catalog into a store. Running it again changes only what changed; interrupted, it goes on where it was."""
    chosen = dict(_pair(text) for text in mapping or [])
    with open_shop(store, create=True) as shop, progress_bar(as_json) as bar:
        if pictures_only:
            _see_only(shop)
        task = bar.add_task("Reading", total=None)
        report = shop.index_feed(
            source,
            images=images,
            mapping=chosen or None,
            full=not delta,
            force=force,
            progress=lambda done, what: bar.update(task, completed=done, description=what),
        )
    data = report.as_dict()
    (store / f"{REPORT}.html").write_text(report.as_html(), encoding="utf-8", errors="replace")

    def show() -> None:
        console.print(report.as_table())
        notes.print(f"The whole report: {store / REPORT}.html", style="dim", markup=False)

    answer(data, as_json, show)


def _see_only(shop: Shop) -> None:
    """Raises Conflict for a store whose products were indexed with their words."""
    from aisle.config import PICTURES_ONLY, ProductVectors

    if shop.settings.product_vectors is ProductVectors.PICTURES:
        return
    if shop.store.count():
        raise Conflict(
            "This store's products were indexed with their words.",
            field="--pictures-only",
            hint="Name a store of its own with --store.",
        )
    shop.update_settings(PICTURES_ONLY)


@catalog_app.command()
def report(
    source: Annotated[str, typer.Argument(help="A feed to look at without indexing it.")],
    images: Annotated[Path | None, typer.Option("--images", help="Folder that picture names are relative to.")] = None,
    mapping: Annotated[list[str] | None, typer.Option("--map", help="field=column; may be given again.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Read and clean a feed without storing anything, and report what would be repaired and quarantined."""
    from aisle.indexing import inspect_feed

    with progress_bar(as_json) as bar:
        task = bar.add_task("Reading", total=None)
        found = inspect_feed(
            source,
            images=images,
            mapping=dict(_pair(text) for text in mapping or []) or None,
            progress=lambda done, what: bar.update(task, completed=done, description=what),
        )
    if html is not None:
        html.write_text(found.as_html(), encoding="utf-8", errors="replace")
    answer(found.as_dict(), as_json, lambda: console.print(found.as_table()))


def _pair(text: str) -> tuple[str, str]:
    field, sign, column = text.partition("=")
    if not sign or not field or not column:
        raise InvalidRequest(f"--map {text!r} isn't field=column.", field="--map", hint="Such as --map title=name.")
    return field.strip(), column.strip()
