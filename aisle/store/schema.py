"""The tables as they are today. How an older store gets here is in ``migrations.py``.

Only types that SQLite and PostgreSQL share; times are seconds since the epoch (UTC); structured values are JSON text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite gives out row numbers only for a column of exactly this type.
Number = BigInteger().with_variant(Integer, "sqlite")

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""``schema`` (the version) and ``secret`` (keys the pseudonyms of this store)."""

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""``products``, ``settings`` and ``graph``: the last sequence number given out. A number is never given out twice."""

products = Table(
    "products",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("gone", Boolean, nullable=False, index=True),
    Column("fingerprint", Text, nullable=False),
    Column("variants", Text),
    Column("run", Text, index=True),
)
"""One small row per product that ever was; ``variants`` is ``Product.group``, ``run`` the last run that saw it."""

documents = Table(
    "documents",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("vector", LargeBinary),
)
"""The content of living products, under the number of the change that wrote it.

A document is never updated: marking products as seen then touches small rows only, and changes are read front to back.
"""

vectors = Table(
    "vectors",
    metadata,
    Column("seq", Number, ForeignKey("documents.seq", ondelete="CASCADE"), primary_key=True),
    Column("model", Text, primary_key=True),
    Column("vector", LargeBinary),
)
"""Vectors of documents by other models than the one that made ``documents.vector``: made ahead of a switch, and kept after
it for the way back. NULL where the model makes none of the document. They go with their document."""

models = Table(
    "models",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("parent", Text),
    Column("lineage", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("created", Float, nullable=False),
)
"""``id`` is ``name@version``, as ``documents.model`` has it; ``folder`` is relative to the store's folder ``models``."""

model_aliases = Table(
    "model_aliases",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("model", Text, ForeignKey("models.id"), nullable=False),
)

model_history = Table(
    "model_history",
    metadata,
    Column("number", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("previous", Text),
    Column("why", Text, nullable=False),
    Column("time", Float, nullable=False),
)
"""Every switch of the alias ``live``: a promotion or a rollback, from ``previous`` to ``model``."""

settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),
    Column("started", Float, nullable=False),
    Column("updated", Float, nullable=False),
)

rejected = Table(
    "rejected",
    metadata,
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("row", BigInteger, primary_key=True),
    Column("place", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("progress", Float, nullable=False),
    Column("result", Text),
    Column("error", Text),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("filter", Text),
    Column("created", Float, nullable=False),
    Column("expires", Float),
    Column("revoked", Float),
)

queries = Table(
    "queries",
    metadata,
    Column("number", Number, primary_key=True),
    Column("time", Float, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_queries_time", "time"),
)

label_rounds = Table(
    "label_rounds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created", Float, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
"""A round of labelling: a queue made at one time, by one strategy, from one model."""

label_pairs = Table(
    "label_pairs",
    metadata,
    Column("number", Number, primary_key=True),
    Column("round", Text, ForeignKey("label_rounds.id", ondelete="CASCADE"), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("asked", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("raters", Integer, nullable=False),
    Column("holder", Text),
    Column("held_until", Float),
    UniqueConstraint("round", "position"),
    UniqueConstraint("round", "asked", "product"),
)
"""A query beside a product, waiting for ``raters`` people. ``holder`` has been handed it and may grade it undisturbed."""

judgements = Table(
    "judgements",
    metadata,
    Column("number", Number, primary_key=True),
    Column("pair", Number, ForeignKey("label_pairs.number", ondelete="CASCADE"), nullable=False),
    Column("rater", Text, nullable=False),
    Column("grade", Integer),
    Column("time", Float, nullable=False),
    Column("undone", Float),
)
"""What raters said, never changed but for ``undone``: when it was taken back. A skip has no grade."""

Index(
    "ux_judgements_standing",
    judgements.c.pair,
    judgements.c.rater,
    unique=True,
    sqlite_where=judgements.c.undone.is_(None),
    postgresql_where=judgements.c.undone.is_(None),
)

graph_edits = Table(
    "graph_edits",
    metadata,
    Column("number", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("relation", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("time", Float, nullable=False),
    UniqueConstraint("kind", "value", "relation", "target_kind", "target"),
)
"""What people have added to the knowledge graph or taken out of it; see ``graph.py``."""
