"""Bytes to text: the encoding is decided by evidence, and bytes that don't fit are repaired and counted, never
fatal."""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED = re.compile("[\udc80-\udcff]+")
_UTF8_MANY = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_GBK_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_GB2312_PAIR = re.compile(rb"[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]")


def detect_encoding(sample: bytes) -> str:
    """The encoding of a sample: by byte order mark, else UTF-8 when most high bytes fit it, else GB18030 or cp1252.

    Chinese text in GB 2312 comes as runs of paired high bytes; in Western text high bytes stand alone between letters.
    """
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    if sample.count(0) > len(sample) // 20:  # text has none, unless each is half of a character
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        if odd > 4 * even:
            return "utf-16-le"
        if even > 4 * odd:
            return "utf-16-be"
    high = len(_HIGH.findall(sample))
    if high == 0:
        return "utf-8"
    if 2 * sum(map(len, _UTF8_MANY.findall(sample))) >= high:
        return "utf-8"
    runs = _HIGH_RUN.findall(sample)
    alone = sum(1 for run in runs if len(run) == 1)
    common, valid = 2 * len(_GB2312_PAIR.findall(sample)), len(b"".join(_GBK_PAIR.findall(sample)))
    return "gb18030" if common >= 0.7 * high and valid >= 0.9 * high and 2 * alone < len(runs) else "cp1252"


class RepairedText(io.TextIOBase):
    """A readable text stream over bytes. ``broken`` counts bytes that weren't valid and were read as cp1252 instead.

    Undecodable bytes arrive as lone surrogates (PEP 383), so they are found again in the line they belong to.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
        self._text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
        self.broken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        return self._repaired(self._text.read(size))

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        return self._repaired(self._text.readline(-1 if size is None else size))

    def close(self) -> None:
        self._text.close()
        super().close()

    def _repaired(self, text: str) -> str:
        if text.isascii() or not _ESCAPED.search(text):
            return text
        return _ESCAPED.sub(self._as_western, text)

    def _as_western(self, found: re.Match[str]) -> str:
        raw = found.group().encode("ascii", "surrogateescape")
        self.broken += len(raw)
        return raw.decode("cp1252", "replace")
