"""A feed goes in, once or many times, whole or broken: what is in the store afterwards, and what the report says."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tiny import COLORS, TinyModel, ask, feed, ids, open_shop, picture, rows

from aisle import indexing
from aisle.app import Shop
from aisle.errors import Conflict, InvalidFeed

ROWS = rows()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path / "store") as shop:
        yield shop


def index(shop: Shop, source: Path, **options: Any) -> dict[str, Any]:
    return shop.index_feed(str(source), **options).as_dict()


def outcome(report: dict[str, Any]) -> tuple[int, int, int, int]:
    products = report["products"]
    return products["new"], products["changed"], products["same"], products["gone"]


def encoded(shop: Shop) -> tuple[int, int]:
    model = shop.model
    assert isinstance(model, TinyModel)
    return model.images, model.texts


# Again and again


def test_twice_nothing_doubles_and_nothing_is_encoded_again(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", ROWS)
    assert outcome(index(shop, source)) == (len(ROWS), 0, 0, 0)
    work, seq = encoded(shop), shop.store.seq
    assert work == (len(ROWS), len(ROWS))
    assert outcome(index(shop, source)) == (0, 0, len(ROWS), 0)
    assert (encoded(shop), shop.store.seq) == (work, seq)
    assert len(list((tmp_path / "store" / "media").rglob("*.jpg"))) == len(COLORS)


def test_only_what_changed_is_prepared_again(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", ROWS)
    index(shop, source)
    before = encoded(shop)
    feed(source, [{**ROWS[0], "price": 1.0}, *ROWS[1:]])
    assert outcome(index(shop, source)) == (0, 1, len(ROWS) - 1, 0)
    assert encoded(shop) == (before[0] + 1, before[1] + 1)
    assert shop.product(ROWS[0]["id"]).attributes["price"] == 1.0


def test_a_picture_that_changes_under_its_name_is_noticed(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", ROWS)
    index(shop, source)
    (source / "red.png").write_bytes(picture("red", "red", "blue"))
    red = sum(row["color"] == "Red" for row in ROWS)
    assert outcome(index(shop, source)) == (0, red, len(ROWS) - red, 0)


def test_another_model_prepares_everything_again(tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", ROWS)
    for version in "12":
        with open_shop(tmp_path / "store", TinyModel(version=version)) as shop:
            report = index(shop, source)
            assert shop.store.models() == {f"tiny@{version}": len(ROWS)}
    assert outcome(report) == (0, len(ROWS), 0, 0)


def test_interrupted_it_goes_on(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "BATCH", 10)
    source = feed(tmp_path / "feed", [*ROWS, {"id": "bad"}], pictures=False)

    def stop(done: int, what: str) -> None:
        if done >= 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index(shop, source, progress=stop)
    assert shop.store.count() == 40
    assert ask(shop).total and encoded(shop)[1] == 40
    (run,) = shop.store.runs.list()
    assert (run.state, run.position) == ("running", 40)
    assert outcome(index(shop, source)) == (len(ROWS) - 40, 0, 40, 0)
    assert encoded(shop)[1] == len(ROWS)
    (run,) = shop.store.runs.list()
    assert run.state == "done" and len(shop.store.quarantine.list(run.id)) == 1


def test_interrupted_in_the_middle_of_a_batch_it_goes_on(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 10)
    source = feed(tmp_path / "feed", ROWS, pictures=False)
    update = shop.store.runs.update

    def broken(run: str, position: int, counts: Any) -> None:
        update(run, position, counts)
        if position >= 50:
            raise OSError("the disk is full")

    monkeypatch.setattr(shop.store.runs, "update", broken)
    with pytest.raises(OSError, match="full"):
        index(shop, source)
    assert shop.store.count() == 40  # the batch is whole or not at all
    monkeypatch.setattr(shop.store.runs, "update", update)
    index(shop, source)
    assert shop.store.count() == len(ROWS) and ask(shop, group=False).total == len(ROWS)


# What vanished


def test_what_vanished_from_a_full_feed_is_retired(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", ROWS, pictures=False)
    index(shop, source)
    feed(source, ROWS[10:], pictures=False)
    assert outcome(index(shop, source)) == (0, 0, len(ROWS) - 10, 10)
    assert ROWS[0]["id"] not in ids(ask(shop, ROWS[0]["title"], group=False))
    feed(source, ROWS, pictures=False)
    assert outcome(index(shop, source)) == (10, 0, len(ROWS) - 10, 0)


def test_a_delta_retires_nothing(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", ROWS, pictures=False)
    index(shop, source)
    feed(source, ROWS[:3], pictures=False)
    assert outcome(index(shop, source, full=False)) == (0, 0, 3, 0)
    assert shop.store.count() == len(ROWS)


def test_a_feed_that_would_retire_too_much_stops_unless_forced(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", ROWS, pictures=False)
    index(shop, source)
    feed(source, ROWS[: len(ROWS) // 2], pictures=False)
    for _ in range(2):
        with pytest.raises(Conflict) as caught:
            index(shop, source)
        assert "--force" in (caught.value.hint or "") and shop.store.count() == len(ROWS)
    assert outcome(index(shop, source, force=True))[3] == len(ROWS) // 2


def test_the_limit_is_of_what_the_feed_itself_brought(shop: Shop, tmp_path: Path) -> None:
    index(shop, feed(tmp_path / "large", ROWS, pictures=False))
    small = feed(tmp_path / "small", [{"id": f"s{i}", "title": f"Spoon {i}"} for i in range(6)], pictures=False)
    index(shop, small)
    feed(small, [{"id": f"t{i}", "title": f"Fork {i}"} for i in range(30)], pictures=False)
    with pytest.raises(Conflict):
        index(shop, small)
    assert shop.store.count() == len(ROWS) + 36


def test_a_feed_leaves_what_others_brought(shop: Shop, tmp_path: Path) -> None:
    shop.put_products([{"id": "by-hand", "title": "Spoon"}])
    index(shop, feed(tmp_path / "a", ROWS[:10], pictures=False))
    index(shop, feed(tmp_path / "b", ROWS[10:20], pictures=False))
    index(shop, feed(tmp_path / "a", ROWS[1:10], pictures=False))
    assert shop.store.count() == 20 and shop.store.product(ROWS[0]["id"]) is None


# Bad rows


def test_of_rows_with_one_id_the_first_is_kept_and_told(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", [ROWS[0], ROWS[1], ROWS[0], {**ROWS[0], "title": "Another"}], pictures=False)
    for expected in ((2, 0, 0, 0), (0, 0, 2, 0)):
        report = index(shop, source)
        assert outcome(report) == expected
        assert {each["kind"]: each["count"] for each in report["duplicates"]} == {
            "same id, equal row": 1,
            "same id, first row kept": 1,
        }
    assert shop.product(ROWS[0]["id"]).title == ROWS[0]["title"]


def test_rows_that_cannot_be_used_are_quarantined_with_a_reason(shop: Shop, tmp_path: Path) -> None:
    source = feed(
        tmp_path / "feed", [ROWS[0], {"id": "untitled", "price": 3}, {"title": None, "id": "x"}], pictures=False
    )
    for _ in range(2):
        report = index(shop, source)
        assert report["rows"] == {"read": 3, "accepted": 1, "quarantined": 2}
        lines = shop.store.quarantine.list(shop.store.runs.list()[0].id)
        assert [line.row for line in lines] == [2, 3]
        assert all(line.reason and line.where.startswith("products.jsonl") for line in lines)
        assert "untitled" in lines[0].excerpt


HOSTILE: list[dict[str, Any]] = [
    {"id": "markup", "title": "<script>alert(1)</script>Spoon <b>large</b>", "description": "<img onerror=x>"},
    {"id": "surrogate", "title": "Spoon \ud800"},
    {"id": "control", "title": "Spoon\x00\x07\x1b[31m"},
    {"id": "nested", "title": "Spoon", "extra": {"a": {"b": [1, 2, {"c": None}]}}},
    {"id": "huge", "title": "Spoon", "description": "word " * 200_000},
    {"id": "negative", "title": "Spoon", "price": -5, "stock": -1},
    {"id": "infinite", "title": "Spoon", "price": 1e400, "stock": float("nan")},
    {"id": "\u202espoon/../..", "title": "Spoon"},
    {"id": "i" * 2000, "title": "Spoon"},
    {"id": "[/bold]", "title": "[red]Spoon[/nothing]"},
    {"id": None, "title": "Spoon"},
    {"id": True, "title": ["Spoon", "Fork"]},
]


def test_hostile_rows_stop_nothing(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", [*HOSTILE, ROWS[0]], pictures=False)
    report = shop.index_feed(str(source))
    assert shop.product(ROWS[0]["id"]).title == ROWS[0]["title"]
    assert report.rows == len(HOSTILE) + 1
    json.dumps(report.as_dict()).encode()
    assert "<script>" not in report.as_html()
    report.as_html().encode("utf-8", "replace")
    assert ask(shop, "spoon", limit=50, group=False).total >= 6
    assert shop.store.check() == [] and shop.check_views() == []
    assert outcome(index(shop, source))[:2] == (0, 0)


def test_a_feed_that_cannot_be_read_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    index(shop, feed(tmp_path / "feed", ROWS[:5], pictures=False))
    for content in (b"", b"\x00\x01\x02", b"{not json"):
        (tmp_path / "feed" / "products.jsonl").write_bytes(content)
        with pytest.raises((InvalidFeed, Conflict)):
            index(shop, tmp_path / "feed")
    with pytest.raises(InvalidFeed):
        index(shop, tmp_path / "nowhere.csv")
    assert shop.store.count() == 5


# Pictures


def test_bad_pictures_are_told_and_the_product_is_kept(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(picture("red"))
    (folder / "cut.png").write_bytes(picture("red")[:60])
    (folder / "text.jpg").write_text("no picture")
    (folder / "vector.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    (folder / "good.png").write_bytes(picture("red"))
    (folder / "folder.png").mkdir()
    names = [
        "cut.png",
        "text.jpg",
        "vector.svg",
        "none.png",
        "../secret.png",
        "/etc/hostname",
        "folder.png",
        "a\x00b.png",
    ]
    names += ["file:///etc/hostname", "http://127.0.0.1:1/a.png", "data:image/png;base64,AAAA"]
    products = [{"id": f"p{i}", "title": "Spoon", "image": name} for i, name in enumerate(names)]
    report = index(shop, feed(folder, [*products, {"id": "good", "title": "Fork", "image": "good.png"}]))
    assert report["products"]["new"] == len(names) + 1
    assert all(shop.product(f"p{i}").images == () for i in range(len(names)))
    assert len(shop.product("good").images) == 1
    told = {each["kind"]: each["count"] for each in report["pictures"]}
    assert sum(told.values()) >= len(names) - 1, told
    assert told["broken"] >= 3
    assert outcome(index(shop, folder)) == (0, 0, len(names) + 1, 0)


def test_every_picture_of_a_product_is_kept_and_seen(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    for color in ("red", "blue", "green"):
        (folder / f"{color}.png").write_bytes(picture(color))
    names = ["red.png", "blue.png", "green.png"]
    index(shop, feed(folder, [{"id": "1", "title": "Spoon", "images": names}]))
    assert len(set(shop.product("1").images)) == 3
    assert encoded(shop) == (3, 1)
    (folder / "green.png").unlink()
    report = index(shop, folder)
    assert outcome(report) == (0, 1, 0, 0) and len(shop.product("1").images) == 2


def test_pictures_come_from_a_folder_by_id(shop: Shop, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for row in ROWS[:5]:
        (pictures / f"{row['id']}.png").write_bytes(picture(row["color"].lower()))
    index(shop, feed(tmp_path / "feed", ROWS[:6], pictures=False), images=pictures)
    assert [len(shop.product(row["id"]).images) for row in ROWS[:6]] == [1, 1, 1, 1, 1, 0]


def test_a_picture_that_contradicts_its_text_is_told(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "blue.png").write_bytes(picture("blue"))
    report = index(shop, feed(folder, [{"id": "1", "title": "Red lamp", "image": "blue.png"}]))
    assert [each["kind"] for each in report["pictures"]] == ["contradicts"]
    assert len(shop.product("1").images) == 1


# The report


def test_the_report_is_json_a_page_and_a_table(shop: Shop, tmp_path: Path) -> None:
    report = shop.index_feed(str(feed(tmp_path / "feed", ROWS)))
    content = json.loads(json.dumps(report.as_dict()))
    assert content["feed"] == {"name": "products.jsonl", "format": content["feed"]["format"], "complete": True}
    assert {each["column"] for each in content["columns"]} >= {"id", "title", "price", "image"}
    html = report.as_html()
    assert html.startswith("<!doctype html>") and "products.jsonl" in html
    assert "http://" not in html and "https://" not in html
    console = Console(width=100, file=io.StringIO())
    with console.capture() as said:
        console.print(report.as_table())
    assert f"{len(ROWS)} rows read" in said.get()


def test_inspecting_stores_nothing_and_says_the_same(shop: Shop, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", [*ROWS, ROWS[0], {"id": "untitled"}], pictures=False)
    looked = indexing.inspect_feed(str(source)).as_dict()
    assert shop.store.count() == 0
    read = index(shop, source)
    for part in ("rows", "columns", "quarantine", "duplicates"):
        assert looked[part] == read[part]


# Products sent on their own


def test_a_patch_changes_only_what_it_names(shop: Shop, tmp_path: Path) -> None:
    index(shop, feed(tmp_path / "feed", [{**ROWS[1], "title_zh": "蓝色连衣裙"}]))
    before = shop.product(ROWS[1]["id"])
    shop.put_products([{"id": before.id, "price": 3}], partial=True)
    after = shop.product(before.id)
    assert after.attributes["price"] == 3.0
    same = {k: v for k, v in after.attributes.items() if k != "price"}
    assert same == {k: v for k, v in before.attributes.items() if k != "price"}
    assert (after.title, after.description, after.images, after.group, after.translations) == (
        before.title,
        before.description,
        before.images,
        before.group,
        before.translations,
    )
    shop.put_products([{"id": before.id, "brand": None}], partial=True)
    assert "brand" not in shop.product(before.id).attributes


def test_a_client_reads_no_files_of_the_server(shop: Shop, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture("red"))
    for reference in (str(secret), "../secret.png", f"file://{secret}", "http://127.0.0.1:1/x.png"):
        shop.put_products([{"id": "1", "title": "Spoon", "images": [reference]}])
        assert shop.product("1").images == (), reference
