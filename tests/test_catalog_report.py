"""The report counts what happened, stays small, and shows the feed's text without trusting it."""

from __future__ import annotations

import io
import json
from pathlib import Path

from rich.console import Console

from aisle.catalog.clean import clean
from aisle.catalog.fingerprints import DuplicateGroup
from aisle.catalog.read import RawRow, open_feed
from aisle.catalog.report import Report
from aisle.catalog.row import Cleaned, Rejection, Repair

HOSTILE = "<script>alert('x')</script>"


def filled(folder: Path) -> Report:
    path = folder / "shop.csv"
    path.write_text(
        "id,title,colour,price,odd [red]x[/]\n1,Mug,Navy,$5,a\n2,Cup,,-3,b\n3,Jug,green,free,\n", encoding="utf-8"
    )
    feed = open_feed(path)
    report = Report.of(feed)
    for row in feed.rows():
        report.add(row, clean(row, feed.mapping, feed.base))
    report.stored(new=1, changed=1)
    report.duplicate(DuplicateGroup(("1", "3"), "text"))
    report.merged("1", 9, equal=False)
    report.picture("broken", "1", HOSTILE, "it isn't a picture")
    return report


def test_counts(tmp_path: Path) -> None:
    data = filled(tmp_path).as_dict()
    assert data["feed"] == {"name": "shop.csv", "format": "csv", "complete": True}
    assert data["rows"] == {"read": 3, "accepted": 2, "quarantined": 1}
    assert data["products"] == {"new": 1, "changed": 1, "same": 0, "gone": 0}
    assert [(each["column"], each["field"], each["filled"]) for each in data["columns"]] == [
        ("id", "id", 1), ("title", "title", 1), ("colour", "color", 0.6667), ("price", "price", 1),
        ("odd [red]x[/]", None, 0.6667),
    ]  # fmt: skip
    assert data["quarantine"][0]["reason"] == "negative_price" and data["quarantine"][0]["examples"][0]["row"] == 2
    repairs = {(each["field"], each["kind"]): each["count"] for each in data["repairs"]}
    assert repairs == {("color", "color"): 2, ("price", "price"): 2}
    assert {each["kind"] for each in data["duplicates"]} == {"text", "same id, first row kept"}
    assert data["pictures"] == [
        {
            "kind": "broken",
            "count": 1,
            "examples": [{"product": "1", "reference": HOSTILE, "message": "it isn't a picture"}],
        }
    ]
    json.dumps(data)


def test_examples_are_few_however_many_rows_there_are() -> None:
    report = Report(examples=3)
    for number in range(1000):
        report.add(
            RawRow(number, {"a": "x"}), Cleaned(None, (Repair("a", "kind", "b", "c"),), Rejection("code", "why"))
        )
    data = report.as_dict()
    assert data["quarantine"][0]["count"] == 1000 and len(data["quarantine"][0]["examples"]) == 3
    assert data["repairs"][0]["count"] == 1000 and len(data["repairs"][0]["examples"]) == 3


def test_the_page_stands_alone_and_escapes_the_feed(tmp_path: Path) -> None:
    report = filled(tmp_path)
    report.name = HOSTILE
    report.add(RawRow(4, {HOSTILE: HOSTILE}), Cleaned(None, (), Rejection("odd", HOSTILE, HOSTILE)))
    page = report.as_html()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", ""), "nothing is loaded from elsewhere"
    assert "prefers-color-scheme: dark" in page and "negative_price" in page


def test_the_terminal_shows_markup_as_text(tmp_path: Path) -> None:
    out = io.StringIO()
    Console(file=out, width=120, color_system=None).print(filled(tmp_path).as_table())
    assert "odd [red]x[/]" in out.getvalue() and "negative_price" in out.getvalue() and "3 rows read" in out.getvalue()


def test_an_empty_report_can_be_shown() -> None:
    assert Report().as_dict()["rows"]["read"] == 0 and "<html" in Report().as_html()
