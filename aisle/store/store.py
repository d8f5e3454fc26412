"""The store of one shop: a folder with a database and pictures, composed of one part per kind of thing kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
from sqlalchemy import Connection

from aisle.config import SearchSettings
from aisle.errors import Conflict, NotFound
from aisle.store import products
from aisle.store.backup import DATABASE_FILE, MEDIA_FOLDER, copy_store, problems
from aisle.store.database import Database
from aisle.store.graph import GraphEdits
from aisle.store.judgements import Judgements
from aisle.store.keys import Keys
from aisle.store.media import Media
from aisle.store.models import ModelRegistry
from aisle.store.products import Products, PutCount, Record
from aisle.store.quarantine import Quarantine
from aisle.store.queries import QueryLog
from aisle.store.runs import Runs
from aisle.store.settings import Settings
from aisle.store.tasks import Tasks
from aisle.store.vectors import Vectors
from aisle.types import Change, Product


class Writer:
    """Changes of products in one transaction; see ``Store.write``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, records: Sequence[Record], run: str | None = None) -> PutCount:
        """Keep records; those whose fingerprint is unchanged are skipped and marked as seen by the run.

        Each new or changed row takes the next sequence number. Raises ``InvalidRequest`` before anything is written.
        """
        return products.put(self._connection, records, run)

    def remove(self, ids: Iterable[str]) -> int:
        """Mark products as gone, each a change with its own sequence number. How many were living."""
        return products.remove(self._connection, ids)

    def mark_seen(self, ids: Iterable[str], run: str) -> None:
        """Say that a run of a full feed met these products unchanged."""
        products.mark_seen(self._connection, ids, run)


class Store:
    """Safe to share between threads; several processes may have the same store open, one of them writing at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path / DATABASE_FILE)
        self._media = Media(path / MEDIA_FOLDER)
        self._products = Products(self._database)
        self._settings = Settings(self._database)
        self.runs = Runs(self._database)
        self.tasks = Tasks(self._database)
        self.keys = Keys(self._database)
        self.queries = QueryLog(self._database)
        self.quarantine = Quarantine(self._database)
        self.registry = ModelRegistry(self._database)
        self.model_vectors = Vectors(self._database)
        self.judgements = Judgements(self._database)
        self.graph = GraphEdits(self._database)

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True) -> Self:
        """Open a store, made or migrated as needed.

        Raises ``NotFound`` where there is none and ``create`` is false, ``Conflict`` for one written by a newer
        version or a path that can't be a folder, ``StoreCorrupt`` for a broken one.
        """
        path = Path(path)
        if not create and not (path / DATABASE_FILE).is_file():
            raise NotFound(f"There is no store at {path}.", field="store", hint="`aisle index` makes one from a feed.")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Conflict(
                f"The folder {path} can't be made: {error.strerror}.", field="store", hint="Name another with --store."
            ) from error
        store = cls(path)
        try:
            store._database.prepare()
            store._media.prepare()
        except BaseException:
            store.close()
            raise
        return store

    @staticmethod
    def restore(source: str | Path, path: str | Path) -> None:
        """Make a store at a new folder from a backup."""
        copy_store(Path(source), Path(path))

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One transaction: on disk when the block ends, undone if it raises.

        Whatever else the thread does with this store inside the block (``runs.update`` …) is part of it.
        """
        with self._database.write() as connection:
            yield Writer(connection)

    @property
    def seq(self) -> int:
        """The sequence number of the last change of a product."""
        return self._products.seq

    def count(self) -> int:
        """How many products are living."""
        return self._products.count()

    def changes(self, after: int, limit: int = 2000, model: str | None = None) -> list[Change]:
        """The next changes after a sequence number, in order: the latest state of each product touched.

        Vectors are those by ``model`` (``name@version``), None where there is none; without ``model``, each document's own.
        """
        return self._products.changes(after, limit, model)

    def fingerprints(self, ids: Iterable[str], model: str | None = None) -> dict[str, str]:
        """Of the living products among ``ids``: what to compare before preparing a product anew. With ``model``, only of
        those that it has embedded."""
        return self._products.fingerprints(ids, model)

    def product(self, id: str) -> Product | None:
        return self._products.products([id]).get(id)

    def products(self, ids: Iterable[str]) -> dict[str, Product]:
        return self._products.products(ids)

    def vectors(self, ids: Iterable[str], model: str | None = None) -> dict[str, np.ndarray]:
        """(dim,) float32 each, by ``model`` (without it, each document's own); products without one are left out."""
        return self._products.vectors(ids, model)

    def models(self) -> dict[str, int]:
        """How many vectors there are of each model, by ``name@version``."""
        return self.model_vectors.counts()

    @property
    def settings_seq(self) -> int:
        """Grows with each change of the settings."""
        return self._settings.seq

    def settings(self) -> SearchSettings:
        return self._settings.get()

    def set_settings(self, settings: SearchSettings) -> None:
        self._settings.set(settings)

    def add_media(self, data: bytes, suffix: str) -> str:
        """Keep a picture; on return it is on disk. Its name comes from its content, so the same bytes are kept once."""
        return self._media.add(data, suffix)

    def media_path(self, name: str) -> Path:
        """The file of a name. Raises ``InvalidRequest`` for what is no media name, ``NotFound`` where there is none."""
        return self._media.get(name)

    def check(self) -> list[str]:
        """What is wrong with the store, one sentence each; empty when it is sound. Reads all of it, pictures too."""
        return problems(self._database, self._media)

    def backup(self, target: str | Path) -> None:
        """Copy the store, while it is in use, to a new folder that ``Store.restore`` (or ``open``) takes."""
        copy_store(self.path, Path(target))
