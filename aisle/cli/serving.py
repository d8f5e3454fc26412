"""``aisle serve`` and ``aisle demo``."""

from __future__ import annotations

import logging
import shutil
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from aisle.cli.options import JsonOption, answer, console, notes, open_shop, progress_bar
from aisle.errors import InvalidRequest

DEMO = Path(".demo")


def serve(
    store: Annotated[
        list[str] | None, typer.Option("--store", help="Folder of a store, or name=folder; may be given again.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = None,
    base_path: Annotated[str | None, typer.Option("--base-path", help="Path prefix when behind a proxy.")] = None,
) -> None:
    """Serve the API and the pages of one or several stores. More options: environment variables, see the documentation."""
    from aisle.app import App
    from aisle.config import Config
    from aisle.web.server import serve as run

    given: dict[str, Any] = {"host": host, "port": port, "base_path": base_path}
    config = Config(**{name: value for name, value in given.items() if value is not None})
    _log_to_stderr()
    with App.open(config, stores(store or [str(config.store)])) as app:
        run(app, on_ready=_announce)


def stores(given: list[str]) -> dict[str, Path]:
    """``name=folder`` or a bare folder (the first bare one is called default, others by their folder's name)."""
    found: dict[str, Path] = {}
    for text in given:
        name, sign, folder = text.partition("=")
        path = Path(folder if sign else text)
        name = name if sign else ("default" if "default" not in found else path.name)
        if name in found:
            raise InvalidRequest(
                f"Two stores are called {name!r}.", field="--store", hint="Name them: --store name=folder."
            )
        found[name] = path
    if "default" not in found:
        found = {"default": next(iter(found.values())), **found}
    return found


def demo(
    store: Annotated[Path, typer.Option("--store", help="Where the demo shop is kept.")] = DEMO,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = 8000,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    prepare_only: Annotated[
        bool, typer.Option("--prepare-only", help="Make and index the shop, and don't serve it.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Make the demo shop (once), index it (once) and serve it."""
    from aisle.app import App
    from aisle.catalog.demo import generate
    from aisle.config import Config
    from aisle.models.registry import load
    from aisle.web.server import serve as run

    feed, folder = store / "shop", store / "store"
    made, model = store / "ready", load().id
    drawn = made.exists()
    if not drawn:
        with progress_bar(as_json) as bar:
            drawing = bar.add_task("Drawing the shop", total=None)
            generate(
                feed,
                progress=lambda done, total, what: bar.update(drawing, completed=done, total=total, description=what),
            )
    if not drawn or made.read_text(encoding="utf-8") != model:  # an older Aisle's vectors are of another model
        with open_shop(folder, create=True) as shop, progress_bar(as_json) as bar:
            indexing = bar.add_task("Indexing", total=None)
            shop.index_feed(
                str(feed), progress=lambda done, what: bar.update(indexing, completed=done, description=what)
            )
        made.write_text(model, encoding="utf-8")
    if prepare_only:
        answer(
            {"store": str(folder), "shop": str(feed)}, as_json, lambda: console.print(f"The demo store is in {folder}.")
        )
        return
    photo = next(iter(sorted((feed / "customer_photos").glob("*.jpg"))), None)

    def ready(url: str) -> None:
        _announce(url)
        console.print("Three things to try:")
        console.print("  1. type [bold]red striped dress[/], or [bold]红色条纹连衣裙[/]")
        console.print(f"  2. drop a photo into the box: [bold]{photo}[/]")
        console.print("  3. beside the photo, type [bold]in blue[/]")
        if open_browser and shutil.which("xdg-open"):
            webbrowser.open(url)

    _log_to_stderr()
    with App.open(Config(store=folder, port=port, host=host), {"default": folder}) as app:
        run(app, on_ready=ready)


def _log_to_stderr() -> None:
    """Warnings and what goes wrong in the background; a line a request is left to the metrics."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")


def _announce(url: str) -> None:
    notes.print(f"Aisle is at [bold]{url}/[/]  (stop it with Ctrl-C)")
