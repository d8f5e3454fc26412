"""What every feed format is written against: a source that can be opened again, and the row limits all of them keep."""

from __future__ import annotations

import gzip
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from aisle.catalog.encoding import RepairedText, detect_encoding
from aisle.catalog.row import RawRow, Rejection, Repair

MAX_RECORD = 4 << 20
"""Characters that one record may take as text; a larger one is turned away alone."""
MAX_COLUMNS = 2_000
MAX_DOCUMENT = 64 << 20
"""Bytes of a format that has to be read whole (JSON-LD, HTML)."""
SAMPLE = 1 << 18
GZIP = b"\x1f\x8b"


class FeedBreaks(Exception):
    """The feed can't be read any further (cut off, malformed). The message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that can be opened more than once: a file, or bytes that arrived and were set aside. gzip is undone here.

    ``name`` is for people, ``suffix`` the name's last suffix in lower case without the ``.gz``.
    """

    name: str
    suffix: str
    raw: Callable[[], BinaryIO]

    def open(self) -> BinaryIO:
        stream = self.raw()
        if stream.read(2) == GZIP:
            stream.seek(0)
            return cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=stream)))  # type: ignore[arg-type]
        stream.seek(0)
        return stream

    def head(self, size: int = SAMPLE) -> bytes:
        with self.open() as stream:
            return stream.read(size)

    def text(self) -> RepairedText:
        return RepairedText(self.open(), detect_encoding(self.head()))

    def seekable(self) -> BinaryIO:
        """The bytes as a real file, for formats that are read from their end; unpacked to a temporary one if need
        be."""
        stream = self.open()
        if isinstance(getattr(stream, "raw", None), gzip.GzipFile):
            spool = spooled()
            with stream:
                shutil.copyfileobj(stream, spool, 1 << 20)
            spool.seek(0)
            return spool
        return stream


def spooled() -> BinaryIO:
    """A temporary file that stays in memory while it is small."""
    return cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=16 << 20))


def file_source(path: Path) -> Source:
    suffixes = [each.lower() for each in path.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".gzip"):
        suffixes.pop()
    return Source(path.name, suffixes[-1] if suffixes else "", lambda: path.open("rb"))


@dataclass(frozen=True, slots=True)
class Format:
    """One feed format. ``recognises`` looks at the beginning as text; ``rows`` reads the records in order.

    ``rows`` may raise FeedBreaks; rows already given stay good.
    """

    name: str
    suffixes: Sequence[str]
    recognises: Callable[[str], bool]
    rows: Callable[[Source], Iterator[RawRow]]


def unreadable(number: int, message: str, text: str = "") -> RawRow:
    """A record that is there and can't be read; its beginning is kept for the report."""
    return RawRow(number, {"": text[:200]} if text else {}, problem=Rejection("unreadable", message))


def byte_repair(count: int) -> tuple[Repair, ...]:
    """The note on a record in which ``count`` bytes didn't fit the encoding."""
    return (Repair("*", "broken bytes", f"{count} invalid", "read as Western European"),) if count else ()
