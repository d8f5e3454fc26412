"""Long work that a client asked for and comes back to: its state, progress and outcome."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from aisle.errors import InvalidRequest, NotFound
from aisle.store.database import Database
from aisle.store.schema import tasks as table

STATES = ("queued", "running", "done", "failed")


@dataclass(frozen=True, slots=True)
class Task:
    """``progress`` is in [0, 1]; ``error`` has the shape of the API's error; times are epoch seconds."""

    id: str
    kind: str
    state: str
    progress: float
    result: Any
    error: Mapping[str, Any] | None
    created: float
    updated: float


class Tasks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, kind: str, result: Any = None) -> str:
        """A queued task's id, hard to guess. ``result``: what is known of its outcome already."""
        id, now = secrets.token_urlsafe(12), time.time()
        with self._database.write() as connection:
            connection.execute(
                insert(table).values(
                    id=id,
                    kind=kind,
                    state=STATES[0],
                    progress=0.0,
                    result=None if result is None else json.dumps(result),
                    created=now,
                    updated=now,
                )
            )
        return id

    def update(
        self,
        task_id: str,
        state: str,
        progress: float = 0.0,
        result: Any = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        """Set all of a task's state. ``result`` is anything JSON holds."""
        if state not in STATES:
            raise InvalidRequest(f"{state!r} is no task state.", field="state", hint=f"One of {', '.join(STATES)}.")
        values = {
            "state": state,
            "progress": min(1.0, max(0.0, progress)),
            "result": None if result is None else json.dumps(result),
            "error": None if error is None else json.dumps(dict(error)),
            "updated": time.time(),
        }
        with self._database.write() as connection:
            if not connection.execute(update(table).where(table.c.id == task_id).values(values)).rowcount:
                raise NotFound(f"There is no task {task_id[:40]}.", field="task")

    def get(self, task_id: str) -> Task:
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.id == task_id)).first()
        if row is None:
            raise NotFound(f"There is no task {task_id[:40]}.", field="task", hint="Tasks are kept for a limited time.")
        outcome = {
            name: None if (text := row._mapping[name]) is None else json.loads(text) for name in ("result", "error")
        }
        return Task(**{**row._mapping, **outcome})

    def unfinished(self, *kinds: str) -> list[Task]:
        """Tasks of these kinds that are queued or running, the oldest first."""
        chosen = select(table.c.id).where(table.c.kind.in_(kinds), table.c.state.in_(STATES[:2]))
        with self._database.read() as connection:
            return [self.get(id) for id in connection.scalars(chosen.order_by(table.c.created)).all()]

    def purge(self, before: float) -> int:
        """Forget tasks last touched before a time (epoch seconds)."""
        with self._database.write() as connection:
            return connection.execute(delete(table).where(table.c.updated < before)).rowcount
