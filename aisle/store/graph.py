"""What people have changed of the knowledge graph. The graph itself is made of the catalog; this is laid over it.

A statement is (kind, value) – relation – (target kind, target): an edge between two concepts; with the relation "name" a name in
a language (the target kind); with "concept" the concept itself (no target). The last word on a statement counts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from sqlalchemy import ColumnElement, and_, delete, insert, select

from aisle.errors import InvalidRequest
from aisle.store.database import Database, last_seq, next_seq
from aisle.store.schema import graph_edits as table
from aisle.types import SlotKind

NAME, CONCEPT = "name", "concept"
RELATIONS = (
    NAME, CONCEPT, "broader", "synonym", "has_value", "made_by", "compatible_with", "complements", "implies",
)  # fmt: skip
KINDS = tuple(map(str, SlotKind))
LONGEST = 200


@dataclass(frozen=True, slots=True)
class GraphEdit:
    """That a statement holds, with a ``weight`` in (0, 1], or (``removed``) that it doesn't."""

    kind: str
    value: str
    relation: str
    target_kind: str = ""
    target: str = ""
    weight: float = 1.0
    removed: bool = False


class GraphEdits:
    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def seq(self) -> int:
        """How often the edits have changed."""
        with self._database.read() as connection:
            return last_seq(connection, "graph")

    def list(self) -> list[GraphEdit]:
        """In the order in which they were made."""
        columns = (table.c[name] for name in GraphEdit.__dataclass_fields__)
        with self._database.read() as connection:
            return [GraphEdit(*row) for row in connection.execute(select(*columns).order_by(table.c.number))]

    def put(self, edits: Sequence[GraphEdit]) -> None:
        """Keep edits, all or none; what was said of a statement before is forgotten. Raises InvalidRequest."""
        now = time.time()
        for edit in edits:
            _check(edit)
        with self._database.write() as connection:
            for edit in edits:
                connection.execute(delete(table).where(_same(edit)))
                values = dict(zip(GraphEdit.__dataclass_fields__, astuple(edit), strict=True))
                connection.execute(insert(table).values(**values, time=now))
            if edits:
                next_seq(connection, "graph")

    def forget(self, edits: Sequence[GraphEdit]) -> int:
        """Take back what was said of these statements; how many of them were there."""
        with self._database.write() as connection:
            count = sum(connection.execute(delete(table).where(_same(edit))).rowcount for edit in edits)
            if count:
                next_seq(connection, "graph")
        return count


def _same(edit: GraphEdit) -> ColumnElement[bool]:
    names = ("kind", "value", "relation", "target_kind", "target")
    return and_(*(table.c[name] == getattr(edit, name) for name in names))


def _check(edit: GraphEdit) -> None:
    linked = edit.relation not in (NAME, CONCEPT)
    for name, known in (("relation", RELATIONS), ("kind", KINDS), *([("target_kind", KINDS)] if linked else [])):
        if getattr(edit, name) not in known:
            raise InvalidRequest(
                f"{getattr(edit, name)[:40]!r} is no {name.removeprefix('target_')}.",
                field=name,
                hint=f"One of {', '.join(known)}.",
            )
    for name in ("value", *(["target"] if edit.relation != CONCEPT else [])):
        if not getattr(edit, name).strip():
            raise InvalidRequest("A concept needs a name.", field=name)
    for name in ("value", "target"):
        text = getattr(edit, name)
        if len(text) > LONGEST or not text.isprintable():
            raise InvalidRequest(
                f"{text[:40]!r} can't be a name.", field=name, hint=f"Up to {LONGEST} printable characters."
            )
    if not 0 < edit.weight <= 1:
        raise InvalidRequest(f"{edit.weight} isn't a weight.", field="weight", hint="Above 0, up to 1.")
