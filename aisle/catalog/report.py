"""What happened to a feed, counted, with a few examples of each kind: for the terminal, for programs, and as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aisle.catalog.fingerprints import DuplicateGroup
from aisle.catalog.formats.base import MAX_COLUMNS
from aisle.catalog.read import Feed
from aisle.catalog.report_page import page
from aisle.catalog.row import Cleaned, RawRow, excerpt


@dataclass(slots=True)
class Report:
    """Filled while a feed is read; its size doesn't depend on the feed's. ``examples`` of each kind are kept."""

    name: str = ""
    format: str = ""
    columns: Sequence[str] = ()
    mapping: Mapping[str, Sequence[str]] = field(default_factory=dict)
    examples: int = 5
    rows: int = 0
    accepted: int = 0
    complete: bool = True
    outcomes: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    repairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    pictures: Counter[str] = field(default_factory=Counter)
    _shown: dict[tuple[str, ...], list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, feed: Feed, examples: int = 5) -> Report:
        return cls(feed.name, feed.format, feed.columns, feed.mapping, examples)

    def add(self, row: RawRow, cleaned: Cleaned) -> None:
        """Counts one row and what cleaning made of it."""
        self.rows += 1
        for column, value in row.values.items():
            if (
                value is not None
                and value != ""
                and value != []
                and (column in self.filled or len(self.filled) < MAX_COLUMNS)
            ):
                self.filled[column] += 1
        for repair in cleaned.repairs:
            self.repairs[repair.field, repair.kind] += 1
            if repair.kind.startswith("picture "):
                self.pictures[repair.kind.removeprefix("picture ")] += 1
            self._show(
                ("repair", repair.field, repair.kind),
                {"row": row.number, "before": repair.before, "after": repair.after},
            )
        if cleaned.rejection:
            reason = cleaned.rejection
            self.quarantined[reason.code] += 1
            content = ", ".join(
                f"{column}: {value}" for column, value in row.values.items() if value not in (None, "", [])
            )
            self._show(
                ("quarantine", reason.code), {"row": row.number, "message": reason.message, "content": excerpt(content)}
            )
        else:
            self.accepted += 1

    def stored(self, *, new: int = 0, changed: int = 0, same: int = 0, gone: int = 0) -> None:
        """Counts what the store made of the products."""
        self.outcomes.update({"new": new, "changed": changed, "same": same, "gone": gone})

    def merged(self, identifier: str, row: int, *, equal: bool) -> None:
        """Counts a row whose id had come before: equal to it, or another, which is left out."""
        kind = "same id, equal row" if equal else "same id, first row kept"
        self.duplicates[kind] += 1
        self._show(("duplicate", kind), {"row": row, "ids": [identifier]})

    def duplicate(self, group: DuplicateGroup) -> None:
        """Counts a group of different ids that look like one product."""
        self.duplicates[group.reason] += 1
        self._show(("duplicate", group.reason), {"ids": list(group.ids[:8]), "size": len(group.ids)})

    def picture(self, kind: str, product: str, reference: str, message: str) -> None:
        """Counts a picture that couldn't be used: "missing", "broken", "refused", or one that contradicts its text."""
        self.pictures[kind] += 1
        self._show(("picture", kind), {"product": product, "reference": excerpt(reference), "message": message})

    def _show(self, kind: tuple[str, ...], example: dict[str, Any]) -> None:
        shown = self._shown.setdefault(kind, [])
        if len(shown) < self.examples and len(self._shown) < 500:
            shown.append(example)

    def _examples(self, *kind: str) -> list[dict[str, Any]]:
        return self._shown.get(kind, [])

    def as_dict(self) -> dict[str, Any]:
        """The whole report as plain JSON values, each list with the most frequent first."""
        field_of = {column: name for name, columns in self.mapping.items() for column in columns}
        return {
            "feed": {"name": self.name, "format": self.format, "complete": self.complete},
            "rows": {"read": self.rows, "accepted": self.accepted, "quarantined": sum(self.quarantined.values())},
            "products": {kind: self.outcomes[kind] for kind in ("new", "changed", "same", "gone")},
            "columns": [
                {
                    "column": column,
                    "field": field_of.get(column),
                    "filled": round(self.filled[column] / max(self.rows, 1), 4),
                }
                for column in dict.fromkeys((*self.columns, *self.filled))
            ][:500],
            "repairs": [
                {"field": name, "kind": kind, "count": count, "examples": self._examples("repair", name, kind)}
                for (name, kind), count in self.repairs.most_common(200)
            ],
            "duplicates": [
                {"kind": kind, "count": count, "examples": self._examples("duplicate", kind)}
                for kind, count in self.duplicates.most_common()
            ],
            "quarantine": [
                {"reason": code, "count": count, "examples": self._examples("quarantine", code)}
                for code, count in self.quarantined.most_common()
            ],
            "pictures": [
                {"kind": kind, "count": count, "examples": self._examples("picture", kind)}
                for kind, count in self.pictures.most_common()
            ],
        }

    def as_table(self) -> RenderableType:
        """The report for a terminal."""
        report = self.as_dict()
        rows = report["rows"]
        head = Text(self.name or "feed", "bold")
        head.append(f" · {self.format} · {rows['read']:,} rows read, {rows['accepted']:,} usable, ", "not bold")
        head.append(f"{rows['quarantined']:,} quarantined", "yellow" if rows["quarantined"] else "dim")
        parts: list[RenderableType] = [head]
        if not self.complete:
            parts.append(Text("The feed breaks off: what wasn't read isn't taken for gone.", "red"))
        if any(report["products"].values()):
            parts.append(Text(", ".join(f"{count:,} {kind}" for kind, count in report["products"].items())))
        columns = [
            (each["column"], each["field"] or "its own attribute", f"{each['filled']:.0%}")
            for each in report["columns"]
        ]
        parts.append(_table("Columns", ("column", "read as", "filled"), columns[:40]))
        for title, key, name in _SECTIONS:
            lines = [
                (f"{each.get('field', '')} {each[name]}".strip(), f"{each['count']:,}", _line(each["examples"]))
                for each in report[key]
            ]
            if lines:
                parts.append(_table(title, ("what", "count", "example"), lines[:25]))
        return Group(*parts)

    def as_html(self) -> str:
        """The report as one page with nothing outside it; every value from the feed is escaped."""
        return page(self.as_dict())


_SECTIONS = (
    ("Repaired", "repairs", "kind"),
    ("Duplicates", "duplicates", "kind"),
    ("Quarantined", "quarantine", "reason"),
    ("Pictures", "pictures", "kind"),
)


def _line(examples: Sequence[Mapping[str, Any]]) -> str:
    if not examples:
        return ""
    first = examples[0]
    if "before" in first:
        return f"{excerpt(first['before'], 40)} → {excerpt(first['after'], 40)}"
    if "message" in first:
        return excerpt(f"row {first['row']}: {first['message']}" if "row" in first else first["message"], 80)
    return excerpt(", ".join(first.get("ids", ())), 80)


def _table(title: str, header: Sequence[str], lines: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for name in header:
        table.add_column(name, justify="right" if name in ("count", "filled") else "left", overflow="fold")
    for line in lines:
        table.add_row(*(Text(cell) for cell in line))
    return table
