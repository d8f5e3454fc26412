"""Product feeds in XML: Google Merchant (RSS and Atom) and the like, one item at a time; declared entities are
refused."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from aisle.catalog.encoding import RepairedText
from aisle.catalog.formats.base import MAX_RECORD, FeedBreaks, Source, byte_repair
from aisle.catalog.row import RawRow

ITEMS = frozenset({"item", "entry", "product", "offer"})
_NAMED = frozenset({"param", "attribute", "property", "product_detail"})
"""Elements that carry an attribute's name beside its value."""
MAX_DEPTH = 100
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ENTITY = re.compile(r"&(#\d{1,8};|#x[0-9a-fA-F]{1,8};|[A-Za-z][A-Za-z0-9]{0,31};)?")
_XML_ENTITIES = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


class _Mended:
    """XML text without what no parser takes: forbidden characters, bare ``&`` and HTML's entities. For iterparse."""

    def __init__(self, text: RepairedText) -> None:
        self._text = text
        self._rest = ""
        self._started = False
        self.since_item = 0

    def read(self, size: int = -1) -> str:
        chunk = self._text.read(1 << 14)
        text = self._rest + chunk
        if not self._started and text:
            text = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1)  # its encoding isn't true of text any more
            self._started = True
        cut = text.rfind("&", max(len(text) - 40, 0)) if chunk else -1  # an entity may go on in the next chunk
        text, self._rest = (text[:cut], text[cut:]) if cut >= 0 else (text, "")
        self.since_item += len(text)
        if self.since_item > MAX_RECORD:
            raise FeedBreaks("One item is over 4 MB.")
        if "&" in text:
            text = _ENTITY.sub(self._entity, text)
        mended = _FORBIDDEN.sub(" ", text)
        return mended if mended or not chunk else " "

    @staticmethod
    def _entity(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "&amp;"
        if name in _XML_ENTITIES:
            return found[0]
        plain = html.unescape(found[0])
        return found[0] if plain == found[0] else html.escape(plain)


def _local(tag: object) -> str:
    return str(tag).rsplit("}", 1)[-1]


def read_merchant(source: Source) -> Iterator[RawRow]:
    number, broken = 0, 0
    with source.text() as text:
        mended = _Mended(text)
        stack: list[Element] = []
        items = 0  # how many of the open elements are items
        try:
            for event, element in iterparse(mended, events=("start", "end")):
                is_item = _local(element.tag).lower() in ITEMS
                if event == "start":
                    stack.append(element)
                    items += is_item
                    if len(stack) > MAX_DEPTH:
                        raise FeedBreaks("The XML is nested too deeply.")
                    continue
                stack.pop()
                items -= is_item
                if items or not stack:
                    continue
                if is_item and len(element):
                    number += 1
                    yield RawRow(number, _values(element), byte_repair(text.broken - broken))
                    broken, mended.since_item = text.broken, 0
                stack[-1].remove(element)  # what was read is let go, so memory doesn't grow
        except DefusedXmlException:
            raise FeedBreaks("The XML declares entities of its own, which isn't allowed.") from None
        except (ParseError, ValueError, LookupError) as error:
            raise FeedBreaks(f"The XML is malformed ({str(error)[:80]}).") from None
    if number == 0:
        raise FeedBreaks("The XML holds no item, entry, product or offer.")


def _values(item: Element) -> dict[str, Any]:
    values: dict[str, Any] = dict(item.attrib)
    for child in item:
        name = _local(child.tag)
        if name in _NAMED and child.get("name"):
            name = str(child.get("name"))
        if len(child):
            parts = {_local(part.tag): (part.text or "").strip() for part in child}
            if "attribute_name" in parts and "attribute_value" in parts:
                _put(values, parts["attribute_name"], parts["attribute_value"])
                continue
            for part, text in parts.items():
                _put(values, f"{name}.{part}", text)
        else:
            _put(values, name, (child.text or child.get("href") or "").strip())
    return values


def _put(values: dict[str, Any], name: str, text: str) -> None:
    """A repeated element becomes a list."""
    if not text:
        values.setdefault(name, "")
    elif not values.get(name):
        values[name] = text
    else:
        before = values[name]
        if isinstance(before, list):
            before.append(text)
        else:
            values[name] = [before, text]


def recognises_xml(head: str) -> bool:
    start = head.lstrip("\ufeff \r\n\t")[:2048]
    if re.match(r"<(?:!doctype html|html)", start, re.IGNORECASE):
        return False
    return start.startswith("<?xml") or bool(
        re.match(r"<(?:rss|feed|channel|products|items|catalog|yml_catalog|!--)", start, re.IGNORECASE)
    )
