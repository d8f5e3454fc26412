"""Rows of a feed that couldn't become products, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from aisle.errors import NotFound
from aisle.store.database import Database
from aisle.store.schema import rejected as table
from aisle.store.schema import runs

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
        """Keep why rows were refused: one reason a row, so that a run taken up again doubles nothing.

        Raises ``NotFound`` for an unknown run.
        """
        latest = {row.row: row for row in rows}
        values = [
            {
                "run": run_id,
                "row": row.row,
                "place": _storable(row.where),
                "reason": _storable(row.reason),
                "excerpt": _storable(row.excerpt[:EXCERPT_LENGTH]),
            }
            for row in latest.values()
        ]
        if not values:
            return
        with self._database.write() as connection:
            if connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first() is None:
                raise NotFound(f"There is no run {run_id}.", field="run")
            again = delete(table).where(table.c.run == run_id, table.c.row == bindparam("number"))
            connection.execute(again, [{"number": number} for number in latest])
            connection.execute(insert(table), values)

    def list(self, run_id: str) -> list[Rejected]:
        """In the order of the feed."""
        chosen = select(table.c.row, table.c.place, table.c.reason, table.c.excerpt).where(table.c.run == run_id)
        with self._database.read() as connection:
            return [Rejected(*row) for row in connection.execute(chosen.order_by(table.c.row))]


def _storable(text: str) -> str:
    """Broken Unicode is often the very reason for rejection: show it escaped rather than fail on it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
