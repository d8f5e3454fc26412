"""JSON Lines, and JSON as an array or an object with a list inside; read piece by piece, never whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from aisle.catalog.encoding import RepairedText
from aisle.catalog.formats.base import MAX_RECORD, FeedBreaks, Source, byte_repair, unreadable
from aisle.catalog.formats.flatten import flatten
from aisle.catalog.row import RawRow

_CHUNK = 1 << 16
_SPACE = re.compile(r"\s*")
LIST_NAMES = (
    "products",
    "items",
    "data",
    "results",
    "rows",
    "entries",
    "offers",
    "records",
    "catalog",
    "goods",
    "docs",
    "hits",
)
"""Names under which a list of products is expected; among several lists of objects the first so named is taken."""

_OWN_NAMES = frozenset({"title", "name", "product_name", "sku", "标题", "名称", "商品名称"})


def read_json_lines(source: Source) -> Iterator[RawRow]:
    with source.text() as text:
        number, broken, decode = 0, 0, json.JSONDecoder().raw_decode
        while line := text.readline(MAX_RECORD):
            number += 1
            if not line.endswith("\n") and len(line) >= MAX_RECORD:
                while (rest := text.readline(MAX_RECORD)) and not rest.endswith("\n"):
                    pass
                yield unreadable(number, "The line is too long.", line)
                continue
            line = line.strip().lstrip("\ufeff")
            if not line:
                continue
            repairs = byte_repair(text.broken - broken) if text.broken != broken else ()
            broken = text.broken
            try:
                record, end = decode(line)
            except (ValueError, RecursionError):
                yield unreadable(number, "The line isn't JSON.", line)
                continue
            if not isinstance(record, dict) or line[end:].strip():
                yield unreadable(number, "The line isn't one JSON object.", line)
                continue
            yield RawRow(number, flatten(record), repairs)


class _Scanner:
    """Walks a JSON text by its outer structure, holding no more than one value."""

    def __init__(self, text: RepairedText) -> None:
        self._text = text
        self._buffer = text.read(_CHUNK).lstrip("\ufeff")
        self._at = 0
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """The next character that isn't space; "" at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            self._buffer, self._at = self._text.read(_CHUNK), 0
            if not self._buffer:
                return ""

    def take(self, wanted: str) -> None:
        if self.peek() != wanted:
            raise FeedBreaks(f"“{wanted}” is missing." if self.peek() else "The file ends in the middle.")
        self._at += 1

    def value(self) -> Any:
        """The next value, whole. Raises FeedBreaks when it is malformed, cut off or over MAX_RECORD."""
        self.peek()
        grow = _CHUNK
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError):
                    raise FeedBreaks("The JSON is nested too deeply.") from None
                more = self._text.read(grow) if len(self._buffer) - self._at < MAX_RECORD else ""
                if not more:
                    raise FeedBreaks("The JSON is malformed or cut off.") from None
                self._buffer, self._at, grow = self._buffer[self._at :] + more, 0, grow * 2
                continue
            if end == len(self._buffer) and (more := self._text.read(_CHUNK)):
                self._buffer, self._at = self._buffer[self._at :] + more, 0  # a number may go on
                continue
            self._at = end
            return value

    def members(self) -> Iterator[str]:
        """The keys of the object that starts here; the caller takes each value."""
        self.take("{")
        while self.peek() != "}":
            key = self.value()
            if not isinstance(key, str):
                raise FeedBreaks("An object's key isn't text.")
            self.take(":")
            yield key
            if self.peek() != "}":
                self.take(",")
        self.take("}")

    def elements(self) -> Iterator[None]:
        """Once per element of the array that starts here; the caller takes each value."""
        self.take("[")
        while self.peek() != "]":
            yield
            if self.peek() != "]":
                self.take(",")
        self.take("]")


def _lists(scanner: _Scanner, keys: set[str], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each list of objects that is reached through objects alone, in order; ``keys`` gathers the
    outermost keys."""
    for key in scanner.members():
        here = (*path, key)
        if not path:
            keys.add(key.lower())
        start = scanner.peek()
        if start == "{" and len(here) < 6:
            yield from _lists(scanner, keys, here)
        elif start == "[":
            objects = False
            for _ in scanner.elements():
                if not objects and scanner.peek() == "{":
                    objects = True
                    yield here
                scanner.value()
        else:
            scanner.value()


def find_list(source: Source) -> tuple[str, ...] | None:
    """Where in an object the products are: the first list of objects with an expected name, else the first one.

    None when the object is a product itself: it has a name of its own beside its lists.
    """
    first: tuple[str, ...] | None = None
    with source.text() as text:
        keys: set[str] = set()
        try:
            for path in _lists(_Scanner(text), keys):
                if path[-1].lower() in LIST_NAMES:
                    return path
                first = first or path
        except FeedBreaks:
            pass  # what was found before the break is still good; reading it will say so
    return None if keys & _OWN_NAMES else first


def _enter(scanner: _Scanner, path: tuple[str, ...]) -> None:
    for wanted in path:
        for key in scanner.members():
            if key == wanted:
                break
            scanner.value()


def read_json(source: Source) -> Iterator[RawRow]:
    with source.text() as text:
        start = _Scanner(text).peek()
    path = find_list(source) if start == "{" else ()
    with source.text() as text:
        scanner = _Scanner(text)
        if path is None:
            record = scanner.value()
            yield RawRow(1, flatten(record))
            return
        _enter(scanner, path)
        if scanner.peek() != "[":
            raise FeedBreaks("The JSON holds no list of products.")
        broken = 0
        for number, _ in enumerate(scanner.elements(), 1):
            record = scanner.value()
            repairs = byte_repair(text.broken - broken) if text.broken != broken else ()
            broken = text.broken
            if isinstance(record, dict):
                yield RawRow(number, flatten(record), repairs)
            else:
                yield unreadable(number, "The element isn't an object.", json.dumps(record)[:200])


def recognises_json_lines(head: str) -> bool:
    """Two lines that start an object each, or one line that is a product by itself."""
    lines = [line for line in head.lstrip("\ufeff \r\n\t").split("\n", 4)[:4] if line.strip()]
    if not lines or not lines[0].startswith("{"):
        return False
    if len(lines) > 1:
        return lines[0].rstrip().endswith("}") and lines[1].lstrip().startswith("{")
    try:
        only = json.loads(lines[0])
    except (ValueError, RecursionError):
        return False
    return bool({key.lower() for key in only} & _OWN_NAMES) and not any(key.startswith("@") for key in only)


def recognises_json(head: str) -> bool:
    start = head.lstrip("\ufeff \r\n\t")[:64]
    return start.startswith("{") or bool(re.match(r"\[\s*(?:[{\]]|\Z)", start))
