"""Runs of indexing: where a feed was left, and what vanished from it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from aisle.errors import NotFound
from aisle.store import products
from aisle.store.database import Database
from aisle.store.schema import products as product_table
from aisle.store.schema import runs as table

RUNNING, DONE, ABANDONED = "running", "done", "abandoned"


@dataclass(frozen=True, slots=True)
class Run:
    """One pass over a source. ``position`` counts the rows of the feed that are dealt with; times are epoch seconds."""

    id: str
    source: str
    kind: str
    state: str
    position: int
    counts: Mapping[str, int]
    started: float
    updated: float


class Runs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, source: str, kind: str) -> Run:
        """Begin anew; an unfinished run of the same source is abandoned."""
        now = time.time()
        run = Run(secrets.token_hex(8), source, kind, RUNNING, 0, {}, now, now)
        with self._database.write() as connection:
            older = update(table).where(table.c.source == source, table.c.state == RUNNING)
            connection.execute(older.values(state=ABANDONED, updated=now))
            row = {name: getattr(run, name) for name in Run.__dataclass_fields__}
            connection.execute(insert(table).values({**row, "counts": "{}"}))
        return run

    def update(self, run_id: str, position: int, counts: Mapping[str, int]) -> None:
        """Note how far a run has come. Inside ``store.write()`` it is one transaction with the rows themselves."""
        self._set(run_id, position=position, counts=json.dumps(dict(counts)))

    def vanished(self, run_id: str) -> int:
        """How many living products earlier runs of this source have seen and this run hasn't."""
        with self._database.read() as connection:
            ids = self._vanished(self._get(connection, run_id))
            return connection.execute(select(func.count()).select_from(ids.subquery())).scalar_one()

    def finish(self, run_id: str, retire: bool) -> int:
        """End a run; with ``retire``, what vanished from the source is marked gone. How many products that were."""
        with self._database.write() as connection:
            vanished = self._vanished(self._get(connection, run_id))
            retired = products.remove(connection, connection.scalars(vanished).all()) if retire else 0
            self._set(run_id, state=DONE)
        return retired

    def unfinished(self, source: str) -> Run | None:
        """The run of this source that was interrupted (or is going on in another process)."""
        chosen = select(table).where(table.c.source == source, table.c.state == RUNNING)
        with self._database.read() as connection:
            row = connection.execute(chosen.order_by(table.c.started.desc())).first()
        return None if row is None else _run(row)

    def get(self, run_id: str) -> Run:
        with self._database.read() as connection:
            return self._get(connection, run_id)

    def list(self, limit: int = 20) -> list[Run]:
        """The latest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.started.desc()).limit(limit)).all()
        return [_run(row) for row in rows]

    def _get(self, connection: Any, run_id: str) -> Run:
        row = connection.execute(select(table).where(table.c.id == run_id)).first()
        if row is None:
            raise NotFound(f"There is no run {run_id}.", field="run")
        return _run(row)

    def _vanished(self, run: Run) -> Select[Any]:
        """Products brought by the API or another source are no business of this feed."""
        earlier = select(table.c.id).where(table.c.source == run.source, table.c.id != run.id)
        return select(product_table.c.id).where(product_table.c.run.in_(earlier), ~product_table.c.gone)

    def _set(self, run_id: str, **values: Any) -> None:
        with self._database.write() as connection:
            done = connection.execute(update(table).where(table.c.id == run_id).values(updated=time.time(), **values))
            if not done.rowcount:
                raise NotFound(f"There is no run {run_id}.", field="run")


def _run(row: Row[Any]) -> Run:
    return Run(**{**row._mapping, "counts": json.loads(row.counts)})
