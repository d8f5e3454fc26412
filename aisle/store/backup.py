"""Copies of a whole store, made while it is in use, and the check of one."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from aisle.errors import AisleError, Conflict, NotFound, StoreCorrupt
from aisle.store.database import Database, last_seq
from aisle.store.media import NAME as MEDIA_NAME
from aisle.store.media import Media
from aisle.store.models import ModelRegistry
from aisle.store.products import product_from_json
from aisle.store.schema import documents, products

DATABASE_FILE = "aisle.db"
MEDIA_FOLDER = "media"
MODELS_FOLDER = "models"


def copy_store(source: Path, target: Path) -> None:
    """Copy a store folder, in use or not, to a new folder, which appears only when it is complete.

    Pictures are copied after the database: whatever the copied database names is there by then.
    Raises ``NotFound`` without a store at ``source``, ``Conflict`` where ``target`` holds something, ``StoreCorrupt``
    if the copy isn't sound.
    """
    if not (source / DATABASE_FILE).is_file():
        raise NotFound(f"There is no store at {source}.", field="source")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{target} isn't empty.", field="target", hint="Name a new folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        _copy_database(source / DATABASE_FILE, unfinished / DATABASE_FILE)
        _copy_media(Media(source / MEDIA_FOLDER), Media(unfinished / MEDIA_FOLDER))
        if (source / MODELS_FOLDER).is_dir():
            shutil.copytree(source / MODELS_FOLDER, unfinished / MODELS_FOLDER, ignore=shutil.ignore_patterns(".*"))
        os.sync()  # a copy that has its final name is on disk
        unfinished.replace(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def problems(database: Database, media: Media) -> list[str]:
    """What is wrong with a store, one sentence each; empty when it is sound. Reads everything, pictures included."""
    try:
        models = media.path.with_name(MODELS_FOLDER)
        return [
            *_database_problems(database),
            *_content_problems(database, media),
            *_model_problems(ModelRegistry(database), models),
        ]
    except AisleError as error:
        return [error.message]


def _copy_database(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target)) as writer:
            reader.backup(writer)
            # A single file that opens from read-only media too; the store turns WAL on again.
            writer.execute("PRAGMA journal_mode=DELETE")
            verdict = writer.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        raise StoreCorrupt(
            f"The database {source} can't be copied: {verdict}.", field="source", hint="Try an older backup."
        )


def _copy_media(source: Media, target: Media) -> None:
    target.prepare()
    for name in source.names():
        copy = target.path / name[:2] / name
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(source.get(name), copy)


def _database_problems(database: Database) -> Iterator[str]:
    with database.read() as connection:
        for (verdict,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if verdict != "ok":
                yield f"Database: {verdict}."
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"Database: a row of {row[0]} belongs to nothing."
        last = last_seq(connection, "products")
        newest = connection.scalar(select(func.max(products.c.seq))) or 0
        if newest > last:
            yield f"Sequence: change {newest} is beyond the last number given out, {last}."
        linked = products.c.seq == documents.c.seq
        bare = select(products.c.id).where(~products.c.gone).outerjoin_from(products, documents, linked)
        for id in connection.scalars(bare.where(documents.c.seq.is_(None))):
            yield f"Product {id} has lost its content."
        stray = select(func.count()).select_from(documents).outerjoin(products, linked)
        if count := connection.scalar(stray.where(products.c.id.is_(None))):
            yield f"{count} documents belong to no product."


def _content_problems(database: Database, media: Media) -> Iterator[str]:
    """A picture counts as used where its name stands anywhere in a product."""
    used: dict[str, str] = {}
    chosen = select(products.c.id, documents.c.body).join_from(products, documents, products.c.seq == documents.c.seq)
    with database.read() as connection:
        for id, body in connection.execute(chosen.order_by(products.c.seq)).yield_per(1000):
            used.update((name, id) for name in MEDIA_NAME.findall(body) if name not in used)
            try:
                product_from_json(body)
            except (ValueError, KeyError, TypeError):
                yield f"Product {id} can't be read back."
    for name, id in used.items():
        if not media.intact(name):
            yield f"Picture {name} of product {id} is missing or damaged."


def _model_problems(registry: ModelRegistry, models: Path) -> Iterator[str]:
    for entry in registry.list():
        if entry.folder and not (models / entry.folder).is_dir():
            yield f"Model {entry.id} has lost its folder {models / entry.folder}."
