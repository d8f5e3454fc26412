"""Versions of models that a store knows: where each came from, what it measured, which one is live and was before."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from aisle.errors import NotFound
from aisle.store.database import Database
from aisle.store.schema import model_aliases as aliases
from aisle.store.schema import model_history as history
from aisle.store.schema import models as table
from aisle.types import EMPTY

LIVE = "live"
"""Alias of the model that searches are answered with."""
CANDIDATE = "candidate"
"""Alias of the model that was added last, to be looked at and promoted."""
PROMOTE, ROLLBACK = "promote", "rollback"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a version comes from: the one it was trained from, a hash of the data, the settings, the seed, the code.

    ``gate``: whether what it knew before was kept (the forgetting gate); None where that wasn't measured.
    """

    parent: str | None = None
    data: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    code: str = ""
    gate: bool | None = None


UNKNOWN = Lineage()


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One version. ``id`` is ``name@version``; ``folder`` is relative to the store's ``models``, empty where a version
    was live without being kept there; ``created`` is in epoch seconds."""

    id: str
    name: str
    version: str
    folder: str
    lineage: Lineage
    metrics: Mapping[str, Any]
    created: float


@dataclass(frozen=True, slots=True)
class Switch:
    """The alias ``live`` went from ``previous`` to ``model``: ``kind`` is promote or rollback."""

    kind: str
    model: str
    previous: str | None
    why: str
    time: float


class ModelRegistry:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, name: str, version: str, folder: str, lineage: Lineage = UNKNOWN, metrics: Mapping[str, Any] = EMPTY
    ) -> ModelEntry:
        """Register a version, or tell anew where a known one comes from."""
        id = f"{name}@{version}"
        row = {
            "id": id,
            "name": name,
            "version": version,
            "folder": folder,
            "parent": lineage.parent,
            "lineage": json.dumps(asdict(replace(lineage, config=dict(lineage.config))), default=dict),
            "metrics": json.dumps(dict(metrics), default=dict),
        }
        with self._database.write() as connection:
            if not connection.execute(update(table).where(table.c.id == id).values(row)).rowcount:
                connection.execute(insert(table).values(**row, created=time.time()))
        return self.get(id)

    def get(self, id: str) -> ModelEntry:
        """Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
        if row is None:
            raise NotFound(f"There is no model {id[:80]!r} here.", field="model", hint="See `aisle models list`.")
        return _entry(row)

    def list(self) -> list[ModelEntry]:
        """The latest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.created.desc(), table.c.id)).all()
        return [_entry(row) for row in rows]

    def aliases(self) -> dict[str, str]:
        """Alias → id."""
        with self._database.read() as connection:
            return {row.alias: row.model for row in connection.execute(select(aliases))}

    @property
    def live(self) -> str | None:
        """The id of the live model; None where the store has chosen none and the configured one serves."""
        with self._database.read() as connection:
            return connection.scalar(select(aliases.c.model).where(aliases.c.alias == LIVE))

    def point(self, alias: str, id: str) -> None:
        """Make an alias stand for a version. Raises NotFound. ``live`` is moved by ``switch``."""
        self.get(id)
        with self._database.write() as connection:
            _point(connection, alias, id)

    def switch(self, kind: str, id: str, why: str = "", *, before: str | None = None) -> None:
        """Make a version live and note it. ``before``: what served until now where no version was live yet."""
        with self._database.write() as connection:
            previous = self.live or before
            _point(connection, LIVE, id)
            connection.execute(delete(aliases).where(aliases.c.alias == CANDIDATE, aliases.c.model == id))
            values = {"kind": kind, "model": id, "previous": previous, "why": why, "time": time.time()}
            connection.execute(insert(history).values(values))

    def history(self) -> Sequence[Switch]:
        """Every switch, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(history).order_by(history.c.number)).all()
        return [Switch(row.kind, row.model, row.previous, row.why, row.time) for row in rows]

    def previous(self) -> str | None:
        """What a rollback goes back to: each promotion is one step to undo, each rollback has undone one."""
        steps: list[str | None] = []
        for switch in self.history():
            if switch.kind == PROMOTE and switch.model != switch.previous:
                steps.append(switch.previous)
            elif switch.kind == ROLLBACK and steps:
                steps.pop()
        return steps[-1] if steps else None


def _point(connection: Connection, alias: str, id: str) -> None:
    connection.execute(delete(aliases).where(aliases.c.alias == alias))
    connection.execute(insert(aliases).values(alias=alias, model=id))


def _entry(row: Row[Any]) -> ModelEntry:
    lineage = Lineage(**json.loads(row.lineage))
    return ModelEntry(row.id, row.name, row.version, row.folder, lineage, json.loads(row.metrics), row.created)
