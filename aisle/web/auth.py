"""Who may do what: keys with scopes, the localhost exception and what it takes to make that safe.

- A request that carries a key (``Authorization: Bearer …`` or ``X-API-Key``) has that key's scopes; ``admin`` includes
  the others. A filter inside a key is and-ed to every search, and such a key opens nothing but searching.
- A server on localhost needs no key. So that no web page can use a shopper's browser as its way in, a request without a
  key must then name localhost in its Host header (DNS rebinding), come from no foreign origin (cross-site requests) and
  through no proxy (a proxy may stand in the open).
- Any other server needs a key to start. Visitors without one get what the key *named* ``public`` gives, searching only:
  ``aisle keys create public --scopes search`` opens a shop to everyone, and revoking that key closes it.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request

from aisle.config import Config
from aisle.errors import Forbidden, Unauthorized
from aisle.types import EMPTY, Query
from aisle.web.facade import Key, Shop
from aisle.web.state import current_shop, doors


class Scope(StrEnum):
    """What a key may open. ``admin`` includes the others."""

    SEARCH = "search"
    WRITE = "write"
    LABEL = "label"
    ADMIN = "admin"


PUBLIC_KEY = "public"
"""Name of the key whose rights visitors without a key have on a server that isn't on localhost."""

PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

PORT = re.compile(r":[0-9]*$")

KEY_HINT = "Send Authorization: Bearer KEY; make one with: aisle keys create NAME --scopes search"


@dataclass(frozen=True, slots=True)
class Access:
    """What this request may do: its scopes, the filter that bounds its searches, and whose rate limit it uses up."""

    scopes: frozenset[str]
    client: str
    filter: Mapping[str, Any] = field(default_factory=lambda: EMPTY)

    def restrict(self, query: Query) -> Query:
        """The query within this key's filter."""
        return replace(query, scope=self.filter)


def require(scope: Scope, *, counted: bool = True) -> Callable[[Request], None]:
    """A dependency that lets a request pass when it may use ``scope``, and leaves its Access in ``request.state``.

    Raises Unauthorized, Forbidden, RateLimited; NotFound when there is no such shop.
    """

    def admitted(request: Request) -> None:
        access = identify(request, scope)
        if counted:
            doors(request).buckets.take(access.client)
        if scope not in access.scopes and Scope.ADMIN not in access.scopes:
            raise Forbidden(f"This needs the scope {scope}.", hint=f"Use a key with the scope {scope}.")
        if access.filter and scope is not Scope.SEARCH:
            raise Forbidden("A key with a filter inside can only search.", hint="Use a key without a filter.")
        request.state.access = access

    return admitted


def identify(request: HTTPConnection, scope: Scope) -> Access:
    """Whose request this is. Raises Unauthorized when a key is wrong or there should be one."""
    shop, address = current_shop(request), client_address(request)
    secret = presented_key(request.headers)
    if secret is not None:
        key = shop.store.keys.verify(secret)
        if key is None:
            doors(request).buckets.take(address)
            raise Unauthorized("This key isn't valid.", field="Authorization", hint=KEY_HINT)
        return Access(frozenset(key.scopes), f"key:{shop.name}:{key.id}", key.filter or EMPTY)
    config = doors(request).app.config
    if is_local(config) and not any(name in request.headers for name in PROXY_HEADERS):
        refuse_foreign_pages(request.headers, config, scope)
        return Access(frozenset({Scope.ADMIN}), address)
    public = public_key(shop)
    if public is None:
        doors(request).buckets.take(address)
        raise Unauthorized("This server needs a key.", field="Authorization", hint=KEY_HINT)
    return Access(frozenset({Scope.SEARCH}), address, public.filter or EMPTY)


def presented_key(headers: Headers) -> str | None:
    """The key a request carries, or None. Raises Unauthorized for an Authorization that isn't Bearer."""
    authorization = headers.get("authorization")
    if authorization is None:
        return headers.get("x-api-key")
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthorized("Authorization must be a Bearer key.", field="Authorization", hint=KEY_HINT)
    return secret.strip()


def public_key(shop: Shop) -> Key | None:
    """The living key named ``public`` with the scope search, if the shop has one."""
    return next((key for key in living_keys(shop) if key.name == PUBLIC_KEY and Scope.SEARCH in key.scopes), None)


def living_keys(shop: Shop) -> list[Key]:
    """The shop's keys that are neither revoked nor expired."""
    now = time.time()
    return [k for k in shop.store.keys.list() if k.revoked is None and (k.expires is None or k.expires > now)]


def is_loopback(host: str) -> bool:
    """Whether a host name or address (with or without brackets) can only be this machine."""
    host = host.strip("[]").lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_local(config: Config) -> bool:
    """Whether only this machine can reach the server. A base path means a proxy in front of it, which others reach."""
    return is_loopback(config.host) and not config.base_path


def refuse_foreign_pages(headers: Headers, config: Config, scope: Scope) -> None:
    """Raises Forbidden when a keyless request to a local server was made by a page of another site."""
    host = headers.get("host", "")
    if not is_loopback(PORT.sub("", host)):
        raise Forbidden(
            "Without a key, this server answers on localhost only.",
            field="Host",
            hint=f"Open http://127.0.0.1:{config.port}, or send a key.",
        )
    origin = headers.get("origin")
    if origin is None or origin in (f"http://{host}", f"https://{host}", *config.cors_origins):
        return
    if "*" in config.cors_origins and scope is Scope.SEARCH:
        return
    raise Forbidden(
        "A page of another site may not do this without a key.",
        field="Origin",
        hint="Add the site to AISLE_CORS_ORIGINS, or send a key.",
    )


def client_address(request: HTTPConnection) -> str:
    """The address a keyless client is counted under: IPv6 by its /64, since one client owns all of that."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"address:{host}"
    if address.version == 6:
        return f"address:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"address:{address}"


def check_exposure(config: Config, shops: Mapping[str, Shop]) -> None:
    """Raises Unauthorized when the server could be reached from elsewhere and a shop has no key."""
    if is_local(config):
        return
    where = "behind a base path" if is_loopback(config.host) else f"on {config.host}"
    for name, shop in shops.items():
        if not living_keys(shop):
            raise Unauthorized(
                f"Refusing to serve {where}: the shop {name!r} has no API key.",
                field="host",
                hint="Make one first: aisle keys create admin --scopes admin; and, to let everyone search: "
                "aisle keys create public --scopes search. Or listen on 127.0.0.1 with no base path.",
            )
