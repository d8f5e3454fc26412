"""``aisle store``, ``aisle settings`` and ``aisle keys``: what an operator turns."""

from __future__ import annotations

import json
import time
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
    open_shop,
    open_store,
    settings_patch,
    table,
)
from aisle.errors import InvalidRequest

if TYPE_CHECKING:
    from aisle.store.keys import Key

store_app = typer.Typer(help="Check, rebuild, back up and restore a store.", no_args_is_help=True)
settings_app = typer.Typer(
    help="How a store searches; changes take effect at once, in running servers too.", no_args_is_help=True
)
keys_app = typer.Typer(help="API keys.", no_args_is_help=True)

DAY = 86_400.0


@store_app.command()
def check(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Look for damage in the database, the pictures and the views. Exit status 1 when there is any."""
    from aisle.app.views import damage

    with open_store(store) as opened:
        problems = opened.check() + damage(store)
    with open_shop(store) as shop:
        problems += shop.check_views()

    def show() -> None:
        for problem in problems:
            console.print(f"[red]•[/] {escape(problem)}")
        if not problems:
            console.print("The store is sound.")

    answer({"problems": problems}, as_json, show)
    if problems:
        raise typer.Exit(1)


@store_app.command()
def rebuild(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Make the search views anew from the database."""
    with open_shop(store) as shop:
        count = shop.rebuild_views()
    answer({"products": count}, as_json, lambda: console.print(f"Rebuilt the views of {count} products."))


@store_app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder for the copy.")],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Copy a store while it is in use."""
    with open_store(store) as opened:
        opened.backup(target)
    answer({"backup": str(target)}, as_json, lambda: console.print(f"The store is copied to {escape(str(target))}."))


@store_app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A backup's folder.")],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Make a store from a backup; its folder must not exist yet."""
    from aisle.store import Store

    Store.restore(source, store)
    answer({"store": str(store)}, as_json, lambda: console.print(f"The backup is restored to {escape(str(store))}."))


@settings_app.command("show")
def settings_show(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Show the settings."""
    with open_store(store) as opened:
        settings = opened.settings().model_dump(mode="json")
    answer(settings, as_json, lambda: console.print(table("setting", "value", rows=_rows(settings))))


@settings_app.command("set")
def settings_set(
    changes: Annotated[
        list[str], typer.Argument(help="name=value, the value as JSON or plain text: weights.dense=0.5")
    ],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Change settings; all of them or, if one is wrong, none."""
    from aisle.app import patched

    with open_store(store) as opened:
        settings = patched(opened.settings(), settings_patch(changes))
        opened.set_settings(settings)
    shown = settings.model_dump(mode="json")
    answer(shown, as_json, lambda: console.print(table("setting", "value", rows=_rows(shown))))


def _rows(settings: dict[str, Any]) -> list[list[str]]:
    return [[name, json.dumps(value, ensure_ascii=False)] for name, value in settings.items()]


@keys_app.command("create")
def keys_create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scopes: Annotated[
        str, typer.Option("--scopes", help="Any of search, write, label, admin, separated by commas.")
    ] = "search",
    filters: Annotated[
        str | None, typer.Option("--filter", help="A filter as JSON that every search of the key gets.")
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", min=0, help="How long it lives; for good if left out.")
    ] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Make a key. Its secret is shown this once."""
    try:
        tree = json.loads(filters) if filters else None
    except ValueError as error:
        raise InvalidRequest(f"--filter isn't JSON: {error}.", field="--filter") from error
    if not isinstance(tree, dict | None):
        raise InvalidRequest("--filter isn't an object.", field="--filter", hint='Such as {"brand": ["Alder"]}.')
    with open_store(store) as opened:
        expires = None if days is None else time.time() + days * DAY
        key, secret = opened.keys.create(name, tuple(filter(None, scopes.split(","))), tree, expires)
    answer(
        {"id": key.id, "secret": secret, "scopes": list(key.scopes)},
        as_json,
        lambda: console.print(f"{secret}\n[dim]Keep it now: it isn't shown again. Its id is {key.id}.[/]"),
    )


@keys_app.command("list")
def keys_list(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """List the keys; never their secrets."""
    with open_store(store) as opened:
        keys = opened.keys.list()
    data = [{**asdict(key), "scopes": list(key.scopes)} for key in keys]
    rows = [[k.id, k.name, ",".join(k.scopes), json.dumps(k.filter) if k.filter else "", _state(k)] for k in keys]
    answer(data, as_json, lambda: console.print(table("id", "name", "scopes", "filter", "", rows=rows)))


def _state(key: Key) -> str:
    if key.revoked is not None:
        return "revoked"
    if key.expires is None:
        return ""
    left = (key.expires - time.time()) / DAY
    return f"{left:.1f} days left" if left > 0 else "expired"


@keys_app.command("revoke")
def keys_revoke(
    key: Annotated[str, typer.Argument(help="The key's id.")], store: StoreOption = STORE, as_json: JsonOption = False
) -> None:
    """Revoke a key; requests with it are refused from now on."""
    with open_store(store) as opened:
        opened.keys.revoke(key)
    answer({"revoked": key}, as_json, lambda: console.print(f"Key {escape(key)} is revoked."))
