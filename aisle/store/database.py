"""One database: who may write when, and what "written" means.

A write is one transaction that begins by taking the write lock (``BEGIN IMMEDIATE``), so it never fails half way for
another writer, and ends with its log on disk (WAL, ``synchronous=FULL``). Readers see the last committed state and
never wait.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, update
from sqlalchemy.exc import DatabaseError, OperationalError

from aisle.errors import AisleError, StoreBusy, StoreCorrupt
from aisle.store import schema
from aisle.store.migrations import NEWEST, migrate, schema_version

BUSY_TIMEOUT_S = 30.0
CHUNK = 1000
"""Values bound in one ``IN (…)``."""


class Database:
    """Connections to one SQLite file, shared by the threads of a process; other processes may have it open as well."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)
        self._writing = threading.Lock()
        self._local = threading.local()

    def prepare(self) -> None:
        """Make or migrate the tables. Raises ``StoreCorrupt`` or, for a newer version, ``Conflict``.

        One of today's is opened whoever writes to it meanwhile.
        """
        with self.read() as connection:
            if schema_version(connection) == NEWEST:
                return
        with self.write() as connection:
            migrate(connection)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent state for the whole block; inside the thread's own ``write``, that write's state."""
        mine = getattr(self._local, "connection", None)
        if mine is not None:
            yield mine
            return
        with self._errors_told(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, on disk when the block has ended, undone if it raised. A write inside a write joins it."""
        mine = getattr(self._local, "connection", None)
        if mine is not None:
            yield mine
            return
        with self._errors_told(), self._writing, self._engine.connect() as connection:
            connection = connection.execution_options(aisle_write=True)
            with connection.begin():
                self._local.connection = connection
                try:
                    yield connection
                finally:
                    self._local.connection = None

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except AisleError:
            raise
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreBusy(
                    f"Another process has kept the store locked for {BUSY_TIMEOUT_S:.0f} s.",
                    field="store",
                    hint="Wait for the other command to end, then try again.",
                ) from error
            raise _corrupt(self.path, error) from error
        except DatabaseError as error:
            if isinstance(error.orig, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise _corrupt(self.path, error) from error


def next_seq(connection: Connection, name: str, count: int = 1) -> int:
    """Take ``count`` numbers of a counter; the first of them. Part of the caller's transaction."""
    table = schema.counters
    taken = update(table).where(table.c.name == name).values(value=table.c.value + count).returning(table.c.value)
    return connection.execute(taken).scalar_one() - count + 1


def last_seq(connection: Connection, name: str) -> int:
    return connection.execute(select(schema.counters.c.value).where(schema.counters.c.name == name)).scalar_one()


def _corrupt(path: Path, error: DatabaseError) -> StoreCorrupt:
    return StoreCorrupt(
        f"The database {path} can't be used: {error.orig}.",
        field="store",
        hint="Run `aisle store check`; free some disk space or restore a backup with `aisle store restore`.",
    )


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=8,
        max_overflow=-1,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the driver would begin (deferred) transactions by itself
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-8192")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        write = connection.get_execution_options().get("aisle_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _use_wal(connection: sqlite3.Connection) -> None:
    """The first opener changes the mode for good; SQLite doesn't wait by itself when several try at the same moment."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
