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


def _models(connection: Connection) -> None:
    """1 → 2: versions of models, and vectors by more than one of them."""
    for statement in (
        """CREATE TABLE vectors ( seq INTEGER NOT NULL, model TEXT NOT NULL, vector BLOB, PRIMARY KEY (seq, model),
        FOREIGN KEY(seq) REFERENCES documents (seq) ON DELETE CASCADE )""",
        """CREATE TABLE models ( id TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, folder TEXT NOT NULL,
        parent TEXT, lineage TEXT NOT NULL, metrics TEXT NOT NULL, created FLOAT NOT NULL, PRIMARY KEY (id) )""",
        """CREATE TABLE model_aliases ( alias TEXT NOT NULL, model TEXT NOT NULL, PRIMARY KEY (alias),
        FOREIGN KEY(model) REFERENCES models (id) )""",
        """CREATE TABLE model_history ( number INTEGER NOT NULL, kind TEXT NOT NULL, model TEXT NOT NULL, previous TEXT,
        why TEXT NOT NULL, time FLOAT NOT NULL, PRIMARY KEY (number) )""",
    ):
        connection.exec_driver_sql(" ".join(statement.split()))


def _labelling(connection: Connection) -> None:
    """2 → 3: rounds of labelling, their pairs and the judgements."""
    for table in (schema.label_rounds, schema.label_pairs, schema.judgements):
        table.create(connection, checkfirst=True)


def _graph(connection: Connection) -> None:
    """3 → 4: what people have changed of the knowledge graph."""
    schema.graph_edits.create(connection, checkfirst=True)
    connection.execute(insert(schema.counters).values(name="graph", value=0))


STEPS: tuple[Step, ...] = (_models, _labelling, _graph)
"""``STEPS[i]`` turns version ``i + 1`` into ``i + 2``."""
NEWEST = len(STEPS) + 1


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
    counters = ("products", "settings", "graph")
    connection.execute(insert(schema.counters), [{"name": name, "value": 0} for name in counters])
