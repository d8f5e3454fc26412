"""The store's search settings: one validated whole, with a number that grows so that readers notice a change."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from aisle.config import SearchSettings
from aisle.store.database import Database, last_seq, next_seq
from aisle.store.schema import settings as table

NAME = "search"


class Settings:
    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def seq(self) -> int:
        """How often the settings have changed."""
        with self._database.read() as connection:
            return last_seq(connection, "settings")

    def get(self) -> SearchSettings:
        """The defaults where nothing was ever set."""
        with self._database.read() as connection:
            body = connection.scalar(select(table.c.body).where(table.c.name == NAME))
        return SearchSettings() if body is None else SearchSettings.model_validate_json(body)

    def set(self, settings: SearchSettings) -> None:
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.name == NAME))
            connection.execute(insert(table).values(name=NAME, body=settings.model_dump_json(exclude_defaults=True)))
            next_seq(connection, "settings")
