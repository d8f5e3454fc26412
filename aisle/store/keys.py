"""API keys. The secret is shown once; the store keeps its SHA-256, which is enough for 256 random bits."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from aisle.errors import InvalidRequest, NotFound
from aisle.store.database import Database
from aisle.store.schema import keys as table

SCOPES = ("search", "write", "label", "admin")
PREFIX = "aisle_"


@dataclass(frozen=True, slots=True)
class Key:
    """What a key allows: its scopes, and a filter object that narrows every search with it. Times are epoch seconds."""

    id: str
    name: str
    scopes: tuple[str, ...]
    filter: Mapping[str, Any] | None
    created: float
    expires: float | None
    revoked: float | None


class Keys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, name: str, scopes: Sequence[str], filter: Mapping[str, Any] | None = None, expires: float | None = None
    ) -> tuple[Key, str]:
        """A new key and its secret, which can't be shown again. ``expires`` is in epoch seconds."""
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise InvalidRequest(
                f"Unknown scope {unknown[0]!r}." if unknown else "A key needs a scope.",
                field="scopes",
                hint=f"Any of {', '.join(SCOPES)}.",
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        ordered = tuple(scope for scope in SCOPES if scope in scopes)
        key = Key(secrets.token_hex(4), name, ordered, filter and dict(filter), time.time(), expires, None)
        values = {
            "id": key.id,
            "name": name,
            "hash": _hash(secret),
            "scopes": " ".join(ordered),
            "filter": json.dumps(key.filter) if filter else None,
            "created": key.created,
            "expires": expires,
        }
        with self._database.write() as connection:
            connection.execute(insert(table).values(values))
        return key, secret

    def list(self) -> list[Key]:
        """Every key there ever was, the oldest first."""
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(select(table).order_by(table.c.created))]

    def revoke(self, key_id: str) -> None:
        """From now on the key opens nothing. Revoking twice is fine."""
        with self._database.write() as connection:
            if connection.execute(select(table.c.id).where(table.c.id == key_id)).first() is None:
                raise NotFound(f"There is no key {key_id[:40]}.", field="key", hint="`aisle keys list` shows them.")
            live = update(table).where(table.c.id == key_id, table.c.revoked.is_(None))
            connection.execute(live.values(revoked=time.time()))

    def verify(self, secret: str) -> Key | None:
        """The key of a secret, or None when it is unknown, revoked or has expired."""
        given = _hash(secret)
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.hash == given)).first()
        if row is None or not hmac.compare_digest(row.hash, given) or row.revoked is not None:
            return None
        return None if row.expires is not None and row.expires <= time.time() else _key(row)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Row[Any]) -> Key:
    return Key(
        row.id,
        row.name,
        tuple(row.scopes.split()),
        None if row.filter is None else json.loads(row.filter),
        row.created,
        row.expires,
        row.revoked,
    )
