"""Feeds of any format as one stream of rows: find the file, tell the format, guess what the columns mean, read."""

from __future__ import annotations

import io
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from aisle.catalog.encoding import detect_encoding
from aisle.catalog.formats import FORMATS
from aisle.catalog.formats.base import MAX_COLUMNS, FeedBreaks, Format, Source, file_source, spooled, unreadable
from aisle.catalog.formats.delimited import is_plain_text
from aisle.catalog.row import RawRow, Rejection, Repair
from aisle.catalog.schema import guess_mapping, override
from aisle.errors import InvalidFeed

__all__ = ["Feed", "RawRow", "open_feed"]

MAX_CELL = 100_000
"""Characters that one cell may hold; the rest is cut off and noted."""
MAX_DOWNLOAD = 1 << 30
SAMPLED_ROWS = 200
_SUFFIXES = tuple(suffix for each in FORMATS for suffix in each.suffixes)
_HINT = "Feeds are read as CSV, TSV, JSON, JSON Lines, Parquet, JSON-LD, Google Merchant XML or TSV, and Shopify CSV."


@dataclass(slots=True)
class Feed:
    """An opened feed. ``columns`` and ``mapping`` (field → columns) are known from its first rows.

    ``base`` is the folder that relative picture paths start from (None for a stream or a URL). ``complete`` turns False
    when ``rows`` meets a place beyond which the feed can't be read: what wasn't seen must not be taken for gone.
    """

    name: str
    format: str
    columns: tuple[str, ...]
    mapping: Mapping[str, tuple[str, ...]]
    base: Path | None
    _source: Source
    _read: Callable[[Source], Iterator[RawRow]]
    complete: bool = field(default=True)

    def rows(self) -> Iterator[RawRow]:
        """Every record in order, from the start; memory use doesn't depend on their number.

        A record that can't be read comes with ``problem`` set. Raises InvalidFeed when not one can be read.
        """
        number = 0
        try:
            for row in self._read(self._source):
                number = row.number
                yield _bounded(row)
        except _BROKEN as error:
            message = str(error) if isinstance(error, FeedBreaks) else "The file is cut off or damaged."
            if number == 0:
                raise InvalidFeed(
                    f"“{self.name}” can't be read as {self.format}: {message}", field="feed", hint=_HINT
                ) from None
            self.complete = False
            yield RawRow(number + 1, problem=Rejection("breaks_off", f"Nothing after this row can be read: {message}"))


_BROKEN = (FeedBreaks, EOFError, OSError, zlib.error, UnicodeError)


def _bounded(row: RawRow) -> RawRow:
    """The row with every cell cut to MAX_CELL characters; a row of endless columns is turned away."""
    if len(row.values) > MAX_COLUMNS:
        return unreadable(row.number, f"The record has over {MAX_COLUMNS:,} columns.")
    long = [column for column, value in row.values.items() if isinstance(value, str) and len(value) > MAX_CELL]
    if not long:
        return row
    values: dict[str, Any] = dict(row.values)
    repairs = list(row.repairs)
    for column in long:
        repairs.append(Repair(column, "truncated", f"{len(values[column])} characters", f"{MAX_CELL} characters"))
        values[column] = values[column][:MAX_CELL]
    return replace(row, values=values, repairs=tuple(repairs))


def open_feed(
    source: str | Path,
    *,
    mapping: Mapping[str, str | Sequence[str]] | None = None,
    member: str | None = None,
    fetch: Callable[..., Any] | None = None,
    stdin: BinaryIO | None = None,
) -> Feed:
    """Opens a file, a folder, ``"-"`` (standard input) or an http(s) URL, told by its content.

    ``mapping`` overrides what is guessed (field → column or columns; "" leaves a field unread), ``member`` names the
    feed
    in a folder, ``fetch(url, *, max_bytes, timeout_s, accept)`` brings a URL's bytes. Raises InvalidFeed.
    """
    found, base = _locate(str(source), member, fetch, stdin)
    try:
        chosen = _recognise(found)
        sample = list(islice(_sampled(chosen, found), SAMPLED_ROWS))
    except _BROKEN as error:
        message = str(error) if isinstance(error, FeedBreaks) else "The file is cut off or damaged."
        raise InvalidFeed(f"“{found.name}” can't be read: {message}", field="feed", hint=_HINT) from None
    good = [row.values for row in sample if row.problem is None]
    columns = tuple(dict.fromkeys(column for values in good for column in values))[:MAX_COLUMNS]
    if not columns:
        raise InvalidFeed(f"“{found.name}” holds no product that can be read.", field="feed", hint=_HINT)
    guessed = guess_mapping(columns, good)
    return Feed(
        name=found.name,
        format=chosen.name,
        columns=columns,
        mapping=override(guessed, mapping, columns) if mapping else guessed,
        base=base,
        _source=found,
        _read=chosen.rows,
    )


def _sampled(chosen: Format, source: Source) -> Iterator[RawRow]:
    """Rows until the feed breaks: a sample is still good when what follows isn't."""
    count = 0
    try:
        for row in chosen.rows(source):
            count += 1
            yield _bounded(row)
    except _BROKEN:
        if count == 0:
            raise


def _recognise(source: Source) -> Format:
    """The format whose look the content has; among several the one its suffix names, else the most specific."""
    head = source.head()
    if not head.strip():
        raise InvalidFeed(f"“{source.name}” is empty.", field="feed", hint=_HINT)
    text = head.decode("latin-1") if head.startswith(b"PAR1") else head.decode(detect_encoding(head), "replace")
    fitting = [each for each in FORMATS if each.recognises(text)]
    if not fitting and is_plain_text(text):  # a table of one column looks like any text; its suffix vouches for it
        fitting = [each for each in FORMATS if each.name == "csv" and source.suffix in each.suffixes]
    if not fitting:
        raise InvalidFeed(f"“{source.name}” isn't a feed of a known format.", field="feed", hint=_HINT)
    named = [each for each in fitting if source.suffix in each.suffixes]
    return named[0] if named and fitting[0].name not in _SPECIFIC else fitting[0]


_SPECIFIC = frozenset({"shopify", "json-ld", "xml", "parquet", "jsonl"})
"""Formats whose look can't be mistaken, whatever the file is called."""


def _locate(
    source: str, member: str | None, fetch: Callable[..., Any] | None, stdin: BinaryIO | None
) -> tuple[Source, Path | None]:
    if source == "-":
        return _set_aside("standard input", stdin or sys.stdin.buffer), None
    if source.lower().startswith(("http://", "https://")):
        if fetch is None:
            raise InvalidFeed("A feed can't be fetched from a URL here.", field="feed", hint="Save it as a file first.")
        fetched = fetch(source, max_bytes=MAX_DOWNLOAD, timeout_s=300.0, accept=("*/*",))
        data: bytes = fetched.bytes
        name = urlsplit(fetched.url).path.rsplit("/", 1)[-1] or urlsplit(source).netloc
        return replace(file_source(Path(name)), raw=lambda: io.BytesIO(data)), None
    path = Path(source)
    if path.is_dir():
        path = _in_folder(path, member)
    elif not path.is_file():
        raise InvalidFeed(f"There is no file or folder “{source}”.", field="feed", hint="Check the path.")
    return file_source(path), path.parent


def _set_aside(name: str, stream: BinaryIO) -> Source:
    """A stream that comes only once, kept in a temporary file so that it can be sampled first and read then."""
    spool = spooled()
    shutil.copyfileobj(stream, spool, 1 << 20)
    return Source(name, "", lambda: io.BufferedReader(_Rewound(spool)))


class _Rewound(io.RawIOBase):
    """A temporary file seen from its start; closing the view leaves the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _plain_suffix(path: Path) -> str:
    return file_source(path).suffix


def _in_folder(folder: Path, member: str | None) -> Path:
    """The feed of a folder: the one asked for, else products.*, else the only one. Raises InvalidFeed with the
    choices."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and _plain_suffix(path) in _SUFFIXES)
    choices = ", ".join(path.name for path in files[:20]) or "none"
    if member is not None:
        wanted = folder / member
        if wanted not in files:
            raise InvalidFeed(f"The folder has no feed “{member}”.", field="member", hint=f"Its feeds: {choices}")
        return wanted
    named = [path for path in files if path.name.split(".")[0].lower() == "products"]
    if len(named) == 1 or (not named and len(files) == 1):
        return (named or files)[0]
    if not files:
        raise InvalidFeed(f"The folder “{folder.name}” holds no feed.", field="feed", hint=_HINT)
    raise InvalidFeed(
        f"The folder “{folder.name}” holds several feeds.", field="feed", hint=f"Name one of them: {choices}"
    )
