"""Bring the bytes behind a URL, safely: a shopper or a feed names it, and the shop's server is the one who asks.

The guard sits where connections are made. It resolves the host itself, refuses unless every address is public, and
connects to the address it has checked; nothing can resolve differently in between, however a host is spelled. TLS still
verifies the name in the URL. One deadline covers everything, from resolving to the last byte of the last redirect.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import httpcore
import httpx

from aisle import __version__
from aisle.errors import FetchRefused

ANY = "*/*"
"""In ``accept``: every content type will do."""
MAX_REDIRECTS = 3
MAX_URL_LENGTH = 4096
PORTS: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_EMBEDDING_6 = tuple(
    ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
"""Inside 2000::/3, yet tunnels to an IPv4 address (Teredo, 6to4), special purposes or documentation."""
_RELAYS_4 = ipaddress.IPv4Network("192.88.99.0/24")


@dataclass(frozen=True, slots=True)
class Fetched:
    """``bytes`` as they are once transport compression is undone; ``content_type`` without parameters, in lower case;
    ``url`` where they came from after redirects."""

    bytes: bytes
    content_type: str
    url: str


def fetch(
    url: str,
    *,
    max_bytes: int,
    timeout_s: float,
    accept: Sequence[str] = ("image/",),
    allow_private: bool = False,
) -> Fetched:
    """GET an http(s) URL whose content type starts with one of ``accept``, within ``timeout_s`` seconds in all.

    ``allow_private`` admits private addresses and any port, for a shop that serves its own pictures. Raises
    ``FetchRefused``, and nothing else, when it can't or mustn't; messages never hold the URL's query.
    """
    deadline = _Deadline(timeout_s)
    target = _parse(url, allow_private)
    with httpcore.ConnectionPool(
        ssl_context=_tls(), network_backend=_Guard(deadline, allow_private), retries=0
    ) as connections:
        for _ in range(MAX_REDIRECTS + 1):
            answer = _get(connections, target, max_bytes, accept, deadline)
            if isinstance(answer, Fetched):
                return answer
            target = _parse(answer, allow_private, base=target)
    raise _refused(f"It redirects more than {MAX_REDIRECTS} times.", "Give the final address.", target)


def is_public(address: str) -> bool:
    """Whether an IP address is on the open internet, and is itself: no tunnel, mapping or translation of another."""
    ip = ipaddress.ip_address(address)
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip not in _RELAYS_4
    return ip in _UNICAST_6 and not any(ip in network for network in _EMBEDDING_6)


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, more than 0. Raises ``FetchRefused`` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> FetchRefused:
        return _refused(f"It took longer than {self._seconds:g} s.", "Try again later, or upload the file.")


class _Guard(httpcore.NetworkBackend):
    """Connects only to addresses it has resolved and checked itself."""

    def __init__(self, deadline: _Deadline, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolve(host, port, self._deadline)
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise _refused("It points inside a network.", "Only addresses on the open internet are fetched.")
        failure: Exception | None = None
        for i, address in enumerate(addresses):
            # A host that is down on one address may answer on the next: leave time for that.
            patience = self._deadline.left() / (len(addresses) - i)
            try:
                stream = self._backend.connect_tcp(address, port, patience, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Bounded(stream, self._deadline)
        raise failure or httpcore.ConnectError("no address")


class _Bounded(httpcore.NetworkStream):
    """A connection on which no wait outlasts the deadline, however often it is fed a byte."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _get(
    connections: httpcore.ConnectionPool, url: httpx.URL, max_bytes: int, accept: Sequence[str], deadline: _Deadline
) -> Fetched | str:
    """The content, or the address it redirects to."""
    headers = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": f"Aisle/{__version__}",
        "Accept": ", ".join(kind + "*" if kind.endswith("/") else kind for kind in accept),
        "Accept-Encoding": "gzip, identity",
        "Connection": "close",
    }
    raw = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    try:
        with connections.stream("GET", raw, headers=list(headers.items())) as response:
            given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            if response.status in REDIRECTS and "location" in given:
                return given["location"]
            if response.status != 200:
                raise _refused(f"It answered {response.status}.", "Check that it opens without signing in.", url)
            kind = given.get("content-type", "").partition(";")[0].strip().lower()
            if ANY not in accept and not kind.startswith(tuple(accept)):
                raise _refused(
                    f"It is {kind[:60] or 'of unknown type'}, not {' or '.join(accept)}….",
                    "Give the address of the file itself, not of a page that shows it.",
                    url,
                )
            body = _body(response, given, max_bytes, url)
    except httpcore.TimeoutException as error:
        raise deadline.passed() from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, zlib.error) as error:
        raise _refused("It can't be reached or breaks off.", "Check that it opens in a browser.", url) from error
    return Fetched(body, kind, str(url))


def _body(response: httpcore.Response, headers: Mapping[str, str], max_bytes: int, url: httpx.URL) -> bytes:
    too_large = _refused(f"It has more than {max_bytes:,} bytes.", "Give a smaller file.", url)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise too_large
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise _refused(f"It is compressed as {encoding[:20]}, which wasn't asked for.", "Upload the file.", url)
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    body = bytearray()
    for chunk in response.iter_stream():
        # Inflating stops at the limit too: a small chunk can unfold to gigabytes.
        body += chunk if inflate is None else inflate.decompress(chunk, max_bytes - len(body) + 1)
        if len(body) > max_bytes:
            raise too_large
    if inflate is not None and not inflate.eof:
        raise zlib.error("incomplete")
    return bytes(body)


def _parse(url: str, allow_private: bool, base: httpx.URL | None = None) -> httpx.URL:
    """A URL that may be asked for, as far as its spelling tells."""
    if len(url) > MAX_URL_LENGTH:
        raise _refused(f"It has more than {MAX_URL_LENGTH} characters.", "Give a shorter address.")
    try:
        parsed = httpx.URL(url.strip()) if base is None else base.join(url)
        scheme, host, port = parsed.scheme, parsed.host, parsed.port
    except (httpx.InvalidURL, ValueError) as error:
        raise _refused("It is no valid address.", "It looks like https://shop.example/picture.jpg.") from error
    if scheme not in PORTS:
        raise _refused(f"Its scheme {scheme[:20]!r} isn't fetched.", "Only http and https are.")
    if not host:
        raise _refused("It names no host.", "It looks like https://shop.example/picture.jpg.")
    if parsed.userinfo:
        raise _refused("It holds a user name or password.", "Leave them out.")
    if port is not None and port not in (range(1, 1 << 16) if allow_private else PORTS.values()):
        raise _refused(f"Its port {port} isn't fetched.", "Only ports 80 and 443 are.", parsed)
    return parsed


def _resolve(host: str, port: int, deadline: _Deadline) -> list[str]:
    """Every address of a host. The system's resolver can't be interrupted, so it is left behind when time is up."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)))
        except Exception as error:  # whatever it is, it belongs to the thread that waits
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name="resolve").start()
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise deadline.passed() from None
    if isinstance(answer, OSError | UnicodeError) or answer == []:
        raise _refused("Its host has no address.", "Check the spelling.")
    if isinstance(answer, Exception):
        raise answer
    return answer


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _refused(message: str, hint: str, url: httpx.URL | None = None) -> FetchRefused:
    shown = "" if url is None else f" ({url.scheme}://{url.netloc.decode('ascii')}{url.path})"
    return FetchRefused(f"The address wasn't fetched{shown[:200]}. {message}", field="url", hint=hint)
