"""Vectors by more than one model: those made ahead of a switch of models, and those kept for the way back.

A document holds the vector that it was written with; further ones lie beside it. Whoever reads says which model's vectors
it wants and gets no other's, so vectors of two models are never compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, func, insert, select, update

from aisle.store.database import CHUNK, Database, next_seq
from aisle.store.products import chunks, vector_bytes
from aisle.store.schema import documents, products
from aisle.store.schema import vectors as table


class Vectors:
    def __init__(self, database: Database) -> None:
        self._database = database

    def missing(self, model: str, after: int = 0, limit: int = CHUNK) -> dict[int, str]:
        """The next documents after a sequence number that this model hasn't embedded: number → product's id, in order.

        A document never changes and a newer one has a higher number, so once a number is passed nothing before it can be
        missing again.
        """
        chosen = (
            select(documents.c.seq, products.c.id)
            .join_from(documents, products, products.c.seq == documents.c.seq)
            .where(documents.c.seq > after, *_without(model))
            .order_by(documents.c.seq)
            .limit(limit)
        )
        with self._database.read() as connection:
            return {row.seq: row.id for row in connection.execute(chosen)}

    def count_missing(self, model: str) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(documents).where(*_without(model))).scalar_one()

    def stage(self, model: str, rows: Mapping[int, np.ndarray | None]) -> int:
        """Keep vectors of this model beside documents: number → (dim,) or None where it makes none. How many: documents that have meanwhile been
        replaced are passed over."""
        with self._database.write() as connection:
            there = _there(connection, rows)
            for part in chunks(there):
                connection.execute(delete(table).where(table.c.model == model, table.c.seq.in_(part)))
            values = [{"seq": seq, "model": model, "vector": _stored(rows[seq])} for seq in there]
            if values:
                connection.execute(insert(table), values)
        return len(there)

    def replace(self, model: str, rows: Mapping[int, np.ndarray | None]) -> int:
        """Give documents these vectors as a change of the product, with the next sequence numbers, so that views see it."""
        with self._database.write() as connection:
            there = _there(connection, rows)
            if not there:
                return 0
            first = next_seq(connection, "products", len(there))
            moves = [
                {"old": old, "new": new, "made_by": model, "made": _stored(rows[old])}
                for new, old in enumerate(there, first)
            ]
            for part in chunks(there):
                connection.execute(delete(table).where(table.c.seq.in_(part)))
            moved: dict[str, Any] = {"seq": bindparam("new")}
            content: dict[str, Any] = {"model": bindparam("made_by"), "vector": bindparam("made")}
            connection.execute(
                update(documents).where(documents.c.seq == bindparam("old")).values({**moved, **content}), moves
            )
            numbers = [{"old": move["old"], "new": move["new"]} for move in moves]
            connection.execute(update(products).where(products.c.seq == bindparam("old")).values(moved), numbers)
        return len(there)

    def tidy(self, live: str, kept: Iterable[str], limit: int = CHUNK) -> bool:
        """Drop up to ``limit`` vectors of models other than ``live`` and ``kept``; whether there may be more.

        A document whose own vector is such a one takes over its vector by the live model.
        """
        models = {live, *kept}
        with self._database.write() as connection:
            chosen = select(table.c.seq, table.c.model).where(table.c.model.not_in(models)).limit(limit)
            stray = [tuple(row) for row in connection.execute(chosen)]
            if stray:
                gone = delete(table).where(table.c.seq == bindparam("at"), table.c.model == bindparam("by"))
                connection.execute(gone, [{"at": seq, "by": model} for seq, model in stray])
            outdated = (
                select(documents.c.seq, table.c.vector)
                .join_from(documents, table, and_(table.c.seq == documents.c.seq, table.c.model == live))
                .where(documents.c.model.not_in(models))
                .limit(limit)
            )
            taken = [{"at": seq, "made": vector} for seq, vector in connection.execute(outdated)]
            if taken:
                own = update(documents).where(documents.c.seq == bindparam("at"))
                connection.execute(own.values(model=live, vector=bindparam("made")), taken)
                for part in chunks(row["at"] for row in taken):
                    connection.execute(delete(table).where(table.c.model == live, table.c.seq.in_(part)))
        return len(stray) == limit or len(taken) == limit

    def counts(self) -> dict[str, int]:
        """How many vectors there are of each model, by ``name@version``."""
        own = select(documents.c.model, func.count()).where(documents.c.vector.is_not(None)).group_by(documents.c.model)
        beside = select(table.c.model, func.count()).where(table.c.vector.is_not(None)).group_by(table.c.model)
        found: dict[str, int] = {}
        with self._database.read() as connection:
            for statement in (own, beside):
                for model, count in connection.execute(statement):
                    found[model] = found.get(model, 0) + count
        return found


def _without(model: str) -> tuple[ColumnElement[bool], ...]:
    beside = exists().where(table.c.seq == documents.c.seq, table.c.model == model)
    return documents.c.model != model, ~beside


def _stored(vector: np.ndarray | None) -> bytes | None:
    return None if vector is None else vector_bytes(vector)


def _there(connection: Connection, seqs: Iterable[int]) -> list[int]:
    """Those of the documents that are still there, in order."""
    found: list[int] = []
    for part in chunks(seqs):
        found += connection.scalars(select(documents.c.seq).where(documents.c.seq.in_(part)))
    return sorted(found)
