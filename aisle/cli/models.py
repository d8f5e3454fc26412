"""``aisle models``: the versions of a store's model."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from aisle.cli.options import (
    STORE,
    JsonOption,
    StoreOption,
    answer,
    console,
    notes,
    open_shop,
    open_store,
    progress_bar,
    table,
)

if TYPE_CHECKING:
    from aisle.app.models import Models
    from aisle.store import ModelEntry, Store

models_app = typer.Typer(help="Versions of the store's model: look, compare, promote, roll back.", no_args_is_help=True)

VersionArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A version: its id, live, candidate, or as much of the id as is clear.")
]
WhyOption = Annotated[str, typer.Option("--why", help="A note for the history.")]


@models_app.command("list")
def models_list(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """List the versions that the store keeps, the latest first."""
    with open_store(store) as opened:
        entries, aliases = opened.registry.list(), opened.registry.aliases()
        data = [_data(opened, entry, aliases) for entry in entries]

    def show() -> None:
        if not entries:
            console.print("The store keeps no version of its own: the configured model answers.")
            return
        rows = [
            [e.id, ", ".join(d["aliases"]), d["vectors"], _when(e.created)] for e, d in zip(entries, data, strict=True)
        ]
        console.print(table("model", "", "vectors", "added", rows=rows))

    answer(data, as_json, show)


@models_app.command("show")
def models_show(model: VersionArgument, store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Show where a version comes from, what it measured, and when it was live."""
    from aisle.app.model_files import flattened, sizes_of
    from aisle.app.models import find

    with open_store(store) as opened:
        entry = find(opened, model)
        data = _data(opened, entry, opened.registry.aliases())
        switches = [
            asdict(switch) for switch in opened.registry.history() if entry.id in (switch.model, switch.previous)
        ]
        data |= {"sizes": sizes_of(opened, entry), "history": switches}

    def show() -> None:
        facts = {
            "model": entry.id,
            "aliases": ", ".join(data["aliases"]),
            "added": _when(entry.created),
            "vectors": data["vectors"],
            "megabytes": f"{sum(data['sizes'].values()) / 1e6:.1f}",
            **{name: value for name, value in flattened(asdict(entry.lineage)).items() if value not in (None, "")},
            **flattened(entry.metrics),
        }
        console.print(table("", "", rows=[[name, str(value)] for name, value in facts.items()]))
        for switch in switches:
            note = f" ({switch['why']})" if switch["why"] else ""
            console.print(f"[dim]{_when(switch['time'])}  {switch['kind']} to {escape(switch['model'] + note)}[/]")

    answer(data, as_json, show)


@models_app.command("compare")
def models_compare(
    a: Annotated[str, typer.Argument(help="A version.")],
    b: Annotated[str, typer.Argument(help="Another version.")],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Put two versions side by side: metrics, sizes, and what differs in where they come from."""
    from aisle.app.model_files import compare
    from aisle.app.models import find

    with open_store(store) as opened:
        compared = compare(opened, find(opened, a), find(opened, b))

    def show() -> None:
        for title, pairs in (("Metrics", compared.metrics), ("Bytes", compared.sizes), ("Lineage", compared.lineage)):
            rows = [[name, *("" if value is None else _short(value) for value in pair)] for name, pair in pairs.items()]
            if rows:
                console.print(table("", compared.a, compared.b, rows=rows, title=title))

    answer(asdict(compared), as_json, show)


@models_app.command("add")
def models_add(
    folder: Annotated[Path, typer.Argument(help="A model's folder: model.json and what it names.")],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Take a model's folder into the store, as the candidate."""
    from aisle.app.model_files import add

    with open_store(store) as opened:
        entry = add(opened, folder)
    answer(asdict(entry), as_json, lambda: console.print(f"{escape(entry.id)} is in the store, as the candidate."))


@models_app.command("pull")
def models_pull(
    source: Annotated[str, typer.Argument(help="A folder, a .zip of an export, or a model of the hub as owner/name.")],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Take in a model from a folder, an archive or the hub, as the candidate."""
    from aisle.app.model_files import pull

    with open_store(store) as opened:
        entry = pull(opened, source)
    answer(asdict(entry), as_json, lambda: console.print(f"{escape(entry.id)} is in the store, as the candidate."))


@models_app.command("export")
def models_export(
    model: VersionArgument,
    target: Annotated[Path, typer.Argument(help="A new folder, or a new .zip.")],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Write a version to a folder or an archive."""
    from aisle.app.model_files import export
    from aisle.app.models import find

    with open_store(store) as opened:
        written = export(opened, find(opened, model), target)
    answer({"path": str(written)}, as_json, lambda: console.print(f"Written to {escape(str(written))}."))


@models_app.command("promote")
def models_promote(
    model: VersionArgument,
    force: Annotated[bool, typer.Option("--force", help="Even if it didn't pass the forgetting gate.")] = False,
    why: WhyOption = "",
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Embed the catalog by a version and make it live, with no downtime. Interrupted, it goes on when called again."""
    _switch(store, as_json, lambda models: models.promote(model, force=force, why=why))


@models_app.command("rollback")
def models_rollback(why: WhyOption = "", store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Go back to the version that was live before."""
    _switch(store, as_json, lambda models: models.rollback(why=why))


def _switch(store: Path, as_json: bool, begin: Callable[[Models], str]) -> None:
    with open_shop(store) as shop, progress_bar(as_json) as bar:
        task = bar.add_task("Embedding", total=None)
        done = shop.models.wait(begin(shop.models), lambda count, total: bar.update(task, completed=count, total=total))

    def show() -> None:
        console.print(f"{escape(done.model)} is live; {done.embedded} products were embedded.")
        if done.incomplete:
            notes.print(f"{done.incomplete} of them lack a picture that can't be had any more.")

    answer(asdict(done), as_json, show)


def _data(store: Store, entry: ModelEntry, aliases: dict[str, str]) -> dict[str, Any]:
    return {
        **asdict(entry),
        "aliases": [alias for alias, id in aliases.items() if id == entry.id],
        "vectors": store.models().get(entry.id, 0),
    }


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
