"""Products, their vectors and the sequence of their changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from aisle.errors import InvalidRequest, StoreCorrupt
from aisle.store.database import CHUNK, Database, last_seq, next_seq
from aisle.store.schema import documents, vectors
from aisle.store.schema import products as table
from aisle.types import Change, Product

T = TypeVar("T")

MAX_ID_LENGTH = 512

STORED = np.dtype("<f2")
"""Vectors rest as little-endian float16: half the bytes to read when a view is rebuilt. A unit vector's cosines move by
less than 1e-3 (typically 1e-5), under what quantised encoders differ from one processor to the next."""


@dataclass(frozen=True, slots=True)
class Record:
    """A product to keep. ``fingerprint`` changes when its content does; ``vector`` is (dim,) or None; ``model`` says which
    model made the vector, as ``name@version``."""

    product: Product
    fingerprint: str
    vector: np.ndarray | None
    model: str = ""


@dataclass(frozen=True, slots=True)
class PutCount:
    """What a put did: rows that weren't there (or were gone), rows that differed, rows left alone."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: PutCount) -> PutCount:
        return PutCount(self.new + other.new, self.changed + other.changed, self.same + other.same)


def product_to_json(product: Product) -> str:
    """The one JSON text of a product: equal products give equal text. Empty fields are left out.

    Raises ``InvalidRequest`` for what JSON or UTF-8 can't hold: NaN, infinity, lone surrogates, foreign types.
    """
    content: dict[str, Any] = {"id": product.id, "title": product.title}
    if product.description:
        content["description"] = product.description
    if product.attributes:
        content["attributes"] = dict(product.attributes)
    if product.images:
        content["images"] = product.images
    if product.group is not None:
        content["group"] = product.group
    if product.translations:
        content["translations"] = {code: dict(texts) for code, texts in product.translations.items()}
    if product.original:
        content["original"] = dict(product.original)
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        text.encode("utf-8")
    except (ValueError, TypeError) as error:
        raise InvalidRequest(
            f"The product can't be stored: {error}.",
            field="product",
            hint="Values are text, finite numbers, true or false, or lists of text, in valid Unicode.",
        ) from error
    return text


def product_from_json(text: str) -> Product:
    """The product that ``product_to_json`` wrote; lists of values come back as tuples."""
    content = json.loads(text)
    return Product(
        id=content["id"],
        title=content["title"],
        description=content.get("description", ""),
        attributes={k: tuple(v) if isinstance(v, list) else v for k, v in content.get("attributes", {}).items()},
        images=tuple(content.get("images", ())),
        group=content.get("group"),
        translations=content.get("translations", {}),
        original=content.get("original", {}),
    )


def put(connection: Connection, records: Sequence[Record], run: str | None = None) -> PutCount:
    """Keep records; of several with one id the last counts. Unchanged ones are only marked as seen by the run.

    Raises ``InvalidRequest`` before anything is written.
    """
    latest = {record.product.id: record for record in records}
    rows = {id: _row(record, run) for id, record in latest.items()}
    known = _known(connection, latest)
    same = [id for id, row in rows.items() if id in known and known[id].fingerprint == row["fingerprint"]]
    for model in {rows[id]["model"] for id in same}:
        wanted = {known[id].seq for id in same if rows[id]["model"] == model}
        lacking = wanted - _embedded(connection, wanted, model)
        same = [id for id in same if known[id].seq not in lacking]
    alike = set(same)
    # In the order of the batch, so a view meets products in the order of the feed.
    differing = [row for id, row in rows.items() if id not in alike]
    updated = [row for row in differing if row["id"] in known]
    changed = sum(not known[row["id"]].gone for row in updated)
    if differing:
        first = next_seq(connection, "products", len(differing))
        for seq, row in enumerate(differing, first):
            row["seq"] = seq
        _delete_documents(connection, [known[row["id"]].seq for row in updated])
        connection.execute(insert(documents), [_subset(row, *_DOCUMENT) for row in differing])
    if new := [_subset(row, *_SMALL) for row in differing if row["id"] not in known]:
        connection.execute(insert(table), new)
    if updated:
        values: dict[str, Any] = {name: bindparam(name) for name in _SMALL if name not in ("id", "run")}
        # A change from elsewhere (run None) leaves the product to the feed that brought it.
        statement = update(table).where(table.c.id == bindparam("key"))
        statement = statement.values(**values, run=func.coalesce(bindparam("run"), table.c.run))
        connection.execute(statement, [{**_subset(row, *_SMALL[1:]), "key": row["id"]} for row in updated])
    if run is not None:
        mark_seen(connection, same, run)
    return PutCount(len(differing) - changed, changed, len(same))


def remove(connection: Connection, ids: Iterable[str]) -> int:
    """Mark living products as gone, each a change of its own; their content is dropped. How many there were."""
    wanted = list(dict.fromkeys(ids))
    known = _known(connection, wanted)
    living = [(id, known[id].seq) for id in wanted if id in known and not known[id].gone]
    if not living:
        return 0
    first = next_seq(connection, "products", len(living))
    _delete_documents(connection, [seq for _, seq in living])
    statement = update(table).where(table.c.id == bindparam("key"))
    statement = statement.values(seq=bindparam("next"), gone=True, fingerprint="", variants=None)
    connection.execute(statement, [{"key": id, "next": seq} for seq, (id, _) in enumerate(living, first)])
    return len(living)


def mark_seen(connection: Connection, ids: Iterable[str], run: str) -> None:
    """Say that a run met these products as they are; no change, so no sequence number."""
    for part in chunks(ids):
        connection.execute(update(table).where(table.c.id.in_(part), ~table.c.gone).values(run=run))


class Products:
    """Reading products back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def seq(self) -> int:
        """The number of the last change."""
        with self._database.read() as connection:
            return last_seq(connection, "products")

    def count(self) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).where(~table.c.gone)).scalar_one()

    def changes(self, after: int, limit: int, model: str | None) -> list[Change]:
        """The next ``limit`` changes after a sequence number, in order: the latest state of each product touched. Vectors
        are those by ``model``; None takes each document's own."""
        vector, joined = _vectors_by(model, table.outerjoin(documents, documents.c.seq == table.c.seq))
        columns = (table.c.seq, table.c.id, table.c.gone, documents.c.body, vector)
        statement = select(*columns).select_from(joined).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return [
            Change(seq, id, None, None) if gone else Change(seq, id, _parse(id, body), _vector(vector))
            for seq, id, gone, body, vector in rows
        ]

    def fingerprints(self, ids: Iterable[str], model: str | None) -> dict[str, str]:
        """Of the living products among ``ids``; with ``model``, only of those that it has embedded."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for part in chunks(ids):
                chosen = select(table.c.id, table.c.seq, table.c.fingerprint).where(table.c.id.in_(part), ~table.c.gone)
                rows = connection.execute(chosen).all()
                embedded = None if model is None else _embedded(connection, [row.seq for row in rows], model)
                found.update((row.id, row.fingerprint) for row in rows if embedded is None or row.seq in embedded)
        return found

    def products(self, ids: Iterable[str]) -> dict[str, Product]:
        joined = table.join(documents, documents.c.seq == table.c.seq)
        return {id: _parse(id, body) for id, body in self._read(ids, documents.c.body, joined)}

    def vectors(self, ids: Iterable[str], model: str | None) -> dict[str, np.ndarray]:
        """(dim,) float32 each, by ``model`` (None: each document's own); products without a vector are left out."""
        column, joined = _vectors_by(model, table.join(documents, documents.c.seq == table.c.seq))
        found = ((id, _vector(data)) for id, data in self._read(ids, column, joined))
        return {id: vector for id, vector in found if vector is not None}

    def _read(self, ids: Iterable[str], column: Any, joined: FromClause) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        with self._database.read() as connection:
            for part in chunks(ids):
                rows = connection.execute(select(table.c.id, column).select_from(joined).where(table.c.id.in_(part)))
                found.extend((id, value) for id, value in rows)
        return found


def _vectors_by(model: str | None, joined: FromClause) -> tuple[ColumnElement[Any], FromClause]:
    """The column that holds a document's vector by a model, wherever that lies, and what to select it from."""
    if model is None:
        return documents.c.vector, joined
    beside = joined.outerjoin(vectors, and_(vectors.c.seq == documents.c.seq, vectors.c.model == model))
    return case((documents.c.model == model, documents.c.vector), else_=vectors.c.vector).label("vector"), beside


def _embedded(connection: Connection, seqs: Iterable[int], model: str) -> set[int]:
    """The documents that a model has embedded."""
    found: set[int] = set()
    for part in chunks(seqs):
        own = select(documents.c.seq).where(documents.c.seq.in_(part), documents.c.model == model)
        beside = select(vectors.c.seq).where(vectors.c.seq.in_(part), vectors.c.model == model)
        found.update(connection.scalars(own.union_all(beside)))
    return found


_DOCUMENT = ("seq", "body", "model", "vector")
_SMALL = ("id", "seq", "gone", "fingerprint", "variants", "run")


def _row(record: Record, run: str | None) -> dict[str, Any]:
    product = record.product
    if not product.id or len(product.id) > MAX_ID_LENGTH or not product.id.isprintable():
        raise InvalidRequest(
            f"A product id has 1 to {MAX_ID_LENGTH} printable characters; this one is {product.id[:40]!r}.", field="id"
        )
    return {
        "id": product.id,
        "gone": False,
        "fingerprint": record.fingerprint,
        "variants": product.group,
        "run": run,
        "body": product_to_json(product),
        "model": record.model,
        "vector": None if record.vector is None else vector_bytes(record.vector),
    }


def _subset(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def vector_bytes(vector: np.ndarray) -> bytes:
    """(dim,) as it is stored. Raises ``InvalidRequest`` for what isn't one row of finite numbers."""
    if vector.ndim != 1 or not np.abs(vector, dtype=np.float32).max(initial=0.0) <= np.finfo(STORED).max:
        raise InvalidRequest("A vector is one row of finite numbers, best of length 1.", field="vector")
    return vector.astype(STORED).tobytes()


def _vector(data: bytes | None) -> np.ndarray | None:
    return None if data is None else np.frombuffer(data, STORED).astype(np.float32)


def _parse(id: str, body: str | None) -> Product:
    try:
        return product_from_json(body)  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreCorrupt(
            f"Product {id} can't be read back.",
            field="store",
            hint="Index its feed again, or restore a backup with `aisle store restore`.",
        ) from error


class _Known(NamedTuple):
    """``fingerprint`` is None for a product that is gone: whatever comes next differs from it."""

    seq: int
    fingerprint: str | None

    @property
    def gone(self) -> bool:
        return self.fingerprint is None


def _known(connection: Connection, ids: Iterable[str]) -> dict[str, _Known]:
    known: dict[str, _Known] = {}
    for part in chunks(ids):
        rows = connection.execute(
            select(table.c.id, table.c.seq, table.c.gone, table.c.fingerprint).where(table.c.id.in_(part))
        )
        known.update((id, _Known(seq, None if gone else fingerprint)) for id, seq, gone, fingerprint in rows)
    return known


def _delete_documents(connection: Connection, seqs: Sequence[int]) -> None:
    for part in chunks(seqs):
        connection.execute(delete(documents).where(documents.c.seq.in_(part)))


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """As many values at a time as one statement takes."""
    iterator = iter(values)
    while part := list(islice(iterator, CHUNK)):
        yield part
