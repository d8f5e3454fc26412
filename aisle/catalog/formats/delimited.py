"""CSV, TSV and their relatives: the delimiter is found by trying, quotes left open cost one row, cells may be large."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from aisle.catalog.encoding import RepairedText
from aisle.catalog.formats.base import MAX_COLUMNS, MAX_RECORD, FeedBreaks, Source, byte_repair, unreadable
from aisle.catalog.row import RawRow, Repair

DELIMITERS = ",\t;|"
_SNIFFED_LINES = 60


def sniff_delimiter(head: str) -> str | None:
    """The delimiter that splits the first lines into most equal rows of at least two cells; None when none does."""
    lines = head.splitlines(keepends=True)[:_SNIFFED_LINES]
    if len(lines) > 1 and not head.endswith(("\n", "\r")):
        lines = lines[:-1] if len(lines) < _SNIFFED_LINES and len(head) > 60_000 else lines
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        return lines[0][4]
    best: tuple[float, int, str] | None = None
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        width, count = Counter(widths).most_common(1)[0]
        even = count / len(widths) * (1.0 if width == widths[0] else 0.5)
        score = (even if width > 1 else 0.0, widths[0], delimiter)
        if best is None or (round(score[0], 1), score[1]) > (round(best[0], 1), best[1]):
            best = score
    return best[2] if best else None


def unique_names(header: Sequence[str]) -> list[str]:
    """Column names as they are, empty ones numbered, repeated ones with _2, _3 …"""
    names: list[str] = []
    taken = set()
    for position, cell in enumerate(header, 1):
        base = cell.strip().lstrip("\ufeff")[:200] or f"column_{position}"
        name, count = base, 2
        while name in taken:
            name, count = f"{base}_{count}", count + 1
        taken.add(name)
        names.append(name)
    return names


class _Lines:
    """Feeds lines to a csv.reader and remembers those of the record being read, so that it can start again behind a
    stray quote."""

    def __init__(self, text: RepairedText) -> None:
        self._text = text
        self._again: list[str] = []
        self.record: list[str] = []
        self._size = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._size > MAX_RECORD:
            raise csv.Error("the record is too long")
        line = self._again.pop() if self._again else self._text.readline(MAX_RECORD)
        if not line:
            self.ended = True
            raise StopIteration
        line = line.replace("\x00", "")
        self.record.append(line)
        self._size += len(line)
        return line

    def start(self) -> None:
        self.record, self._size = [], 0

    def skip_first(self) -> str:
        """Gives the record up after its first line; the lines behind it are read again."""
        first, rest = self.record[0], self.record[1:]
        while not first.endswith(("\n", "\r")) and rest:  # a line longer than one read
            first = rest.pop(0)
        self._again.extend(reversed(rest))
        self.ended = False
        self.start()
        return first


def records(text: RepairedText, delimiter: str) -> Iterator[tuple[list[str] | None, str]]:
    """(cells, "") of each record, or (None, its first line) for one whose quote never closes."""
    if csv.field_size_limit() < 4 * MAX_RECORD:
        csv.field_size_limit(4 * MAX_RECORD)  # process-wide; only ever raised, _Lines keeps the real bound
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        lines.start()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if not lines.record:
                raise FeedBreaks("The table can't be split into cells.") from None
            yield None, lines.skip_first()
            reader = csv.reader(lines, delimiter=delimiter)
            continue
        if lines.ended and len(lines.record) > 1 and sum(line.count('"') for line in lines.record) % 2:
            yield None, lines.skip_first()
            reader = csv.reader(lines, delimiter=delimiter)
            continue
        if cells:
            yield cells, ""


def read_delimited(source: Source) -> Iterator[RawRow]:
    head = source.text().read(1 << 16)
    delimiter = sniff_delimiter(head) or ("\t" if source.suffix in (".tsv", ".tab") else ",")
    with source.text() as text:
        table = records(text, delimiter)
        header: list[str] | None = None
        for cells, _ in table:
            if (
                cells
                and any(cell.strip() for cell in cells)
                and not (len(cells) < 3 and cells[0].lower().startswith("sep="))
            ):
                if len(cells) > MAX_COLUMNS:
                    raise FeedBreaks(f"The table has over {MAX_COLUMNS:,} columns.")
                header = unique_names(cells)
                break
        if header is None:
            return
        width, number, broken = len(header), 0, text.broken
        for row, first in table:
            number += 1
            if row is None:
                yield unreadable(number, "A quotation mark is opened and never closed.", first)
                continue
            repairs = byte_repair(text.broken - broken) if text.broken != broken else ()
            broken = text.broken
            if len(row) > width:
                extra = [cell for cell in row[width:] if cell.strip()]
                if extra:
                    repairs += (Repair("*", "extra cells", " | ".join(extra)[:200], ""),)
            elif len(row) < width:
                repairs += (Repair("*", "missing cells", f"{len(row)} of {width}", ""),) if width - len(row) > 1 else ()
                row += [""] * (width - len(row))
            values: dict[str, Any] = dict(zip(header, row, strict=False))
            if not any(cell and not cell.isspace() for cell in row):
                continue
            yield RawRow(number, values, repairs)


def is_plain_text(head: str) -> bool:
    """Whether a beginning is text for people: hardly any control characters."""
    return "\x00" not in head and sum(1 for char in head[:4096] if ord(char) < 32 and char not in "\t\r\n\f") <= 8


def recognises_table(head: str) -> bool:
    """Plain text of rows that split into at least two cells."""
    return is_plain_text(head) and sniff_delimiter(head[: 1 << 16]) is not None
