"""The query log: what was asked and shown, under a pseudonym, for as long as the shop wants to keep it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cached_property

from sqlalchemy import and_, delete, insert, or_, select

from aisle.store.database import CHUNK, Database
from aisle.store.schema import meta
from aisle.store.schema import queries as table
from aisle.types import QueryEvent


class QueryLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def pseudonym(self, session: str) -> str:
        """A name for a session that means nothing outside this store: HMAC-SHA256 with the store's own secret."""
        return hmac.new(self._secret, session.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:24]

    def append(self, events: Sequence[QueryEvent]) -> None:
        """Keep events, one transaction for all: gather some before calling."""
        if not events:
            return
        rows = [
            {"time": event.time, "body": json.dumps({**asdict(event), "shown": list(event.shown)})} for event in events
        ]
        with self._database.write() as connection:
            connection.execute(insert(table), rows)

    def since(self, time: float) -> Iterator[QueryEvent]:
        """Events at or after ``time`` (epoch seconds) in order of time, read piece by piece."""
        number = 0
        while True:
            later = or_(table.c.time > time, and_(table.c.time == time, table.c.number > number))
            chosen = select(table).where(later).order_by(table.c.time, table.c.number).limit(CHUNK)
            with self._database.read() as connection:
                rows = connection.execute(chosen).all()
            for row in rows:
                content = json.loads(row.body)
                yield QueryEvent(**{**content, "shown": tuple(content["shown"])})
            if len(rows) < CHUNK:
                return
            time, number = rows[-1].time, rows[-1].number

    def purge(self, before: float) -> int:
        """Erase events older than a time (epoch seconds). How many there were."""
        with self._database.write() as connection:
            return connection.execute(delete(table).where(table.c.time < before)).rowcount

    @cached_property
    def _secret(self) -> bytes:
        with self._database.read() as connection:
            return bytes.fromhex(connection.execute(select(meta.c.value).where(meta.c.name == "secret")).scalar_one())
