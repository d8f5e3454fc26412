"""How a store of an older version becomes one of today's: numbered steps, run once, in the transaction that notes it.

A new store is made straight from ``schema.py``. A change of the tables there comes with one more step here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, insert, inspect, select, update

from aisle.errors import Conflict
from aisle.store import schema

Step = Callable[[Connection], None]

STEPS: tuple[Step, ...] = ()
"""``STEPS[i]`` turns version ``i + 1`` into ``i + 2``."""


def migrate(connection: Connection, steps: Sequence[Step] = STEPS) -> None:
    """Make or bring up to date the tables. The caller's transaction must be the only writer.

    Raises ``Conflict`` for a store that a newer Aisle has written: nothing is touched.
    """
    newest = len(steps) + 1
    version = schema_version(connection)
    if version is None:
        _create(connection, newest)
        return
    if version > newest:
        raise Conflict(
            f"This store was written by a newer Aisle (schema {version}; this one knows up to {newest}).",
            field="store",
            hint="Update Aisle, or restore a backup made by this version.",
        )
    for step in steps[version - 1 :]:
        step(connection)
    if version < newest:
        connection.execute(update(schema.meta).where(schema.meta.c.name == "schema").values(value=str(newest)))


def schema_version(connection: Connection) -> int | None:
    """The version of the tables there, or None where there are none yet."""
    if not inspect(connection).has_table("meta"):
        return None
    value = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == "schema"))
    return None if value is None else int(value)


def _create(connection: Connection, version: int) -> None:
    schema.metadata.create_all(connection)
    connection.execute(
        insert(schema.meta),
        [{"name": "schema", "value": str(version)}, {"name": "secret", "value": secrets.token_hex(32)}],
    )
    connection.execute(insert(schema.counters), [{"name": "products", "value": 0}, {"name": "settings", "value": 0}])
