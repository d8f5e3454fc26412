"""Rows of a feed that couldn't become products, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from aisle.store.database import Database
from aisle.store.schema import rejected as table

EXCERPT_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Rejected:
    """``row`` is its number in the feed, ``where`` the file or column at fault, ``excerpt`` what stood there."""

    row: int
    where: str
    reason: str
    excerpt: str = ""


class Quarantine:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run_id: str, rows: Sequence[Rejected]) -> None:
        if not rows:
            return
        values = [
            {
                "run": run_id,
                "row": row.row,
                "place": _storable(row.where),
                "reason": _storable(row.reason),
                "excerpt": _storable(row.excerpt[:EXCERPT_LENGTH]),
            }
            for row in rows
        ]
        with self._database.write() as connection:
            connection.execute(insert(table), values)

    def list(self, run_id: str) -> list[Rejected]:
        """In the order in which they were found."""
        chosen = select(table.c.row, table.c.place, table.c.reason, table.c.excerpt).where(table.c.run == run_id)
        with self._database.read() as connection:
            return [Rejected(*row) for row in connection.execute(chosen.order_by(table.c.number))]


def _storable(text: str) -> str:
    """Broken Unicode is often the very reason for rejection: show it escaped rather than fail on it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
