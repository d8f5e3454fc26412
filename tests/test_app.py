"""A shop kept in step: with its own writes, with other processes, with files that break, with tasks cut short."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import DIM, TinyModel, ask, ids, open_shop, picture, rows, shown, words

from aisle.app import Shop, bulk
from aisle.errors import InvalidRequest, NotFound
from aisle.evaluation import Labelled, evaluate
from aisle.index import embedded
from aisle.store import Store, database
from aisle.store.backup import DATABASE_FILE
from aisle.store.queries import QueryLog
from aisle.types import Input, InputType, Query, QueryEvent

ROWS = rows()[:24]
PATIENCE_S = 300.0
"""With a busy machine; nothing waits so long on a quiet one."""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with open_shop(tmp_path / "store") as shop:
        shop.put_products(ROWS)
    return tmp_path / "store"


@pytest.fixture
def shop(store: Path) -> Iterator[Shop]:
    with open_shop(store) as shop:
        yield shop


def wait_for(true: Callable[[], bool]) -> float:
    """Seconds until it is true; fails when patience runs out."""
    started = time.perf_counter()
    while not true():
        assert time.perf_counter() - started < PATIENCE_S, "it never came"
        time.sleep(0.005)
    return time.perf_counter() - started


# Visible


def test_a_write_is_found_when_it_returns(shop: Shop) -> None:
    for number in range(20):
        shop.put_products([{"id": "new", "title": f"Zirconium{number} ring"}])
        assert ids(ask(shop, f"zirconium{number}", relax=False)) == ["new"]
    assert shop.delete_products(["new", "never"]) == 1
    assert "new" not in ids(ask(shop, "zirconium19 ring"))
    with pytest.raises(NotFound):
        shop.product("new")


def test_a_search_works_on_what_was_when_it_began(shop: Shop) -> None:
    view = shop._views.view
    before = len(view.snapshot)
    shop.put_products([{"id": "new", "title": "Ring"}])
    assert len(view.snapshot) == before and len(shop._views.view.snapshot) == before + 1


OTHER = """
import sys, json
from tiny import open_shop
with open_shop(__import__("pathlib").Path(sys.argv[1])) as shop:
    print("open", flush=True)
    for line in sys.stdin:
        what, value = json.loads(line)
        getattr(shop, what)(value)
        print("done", flush=True)
"""


@pytest.fixture
def other(store: Path) -> Iterator[Callable[[str, Any], None]]:
    """Another process with the same store open: ``other(method, argument)`` returns when its call has returned."""
    command = [sys.executable, "-c", OTHER, str(store)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
    ) as child:
        assert child.stdin and child.stdout
        assert child.stdout.readline() == "open\n"

        def call(method: str, argument: Any) -> None:
            print(json.dumps([method, argument]), file=child.stdin, flush=True)
            assert child.stdout is not None and child.stdout.readline() == "done\n"

        yield call
        child.stdin.close()


def test_two_processes_see_each_others_writes(
    store: Path, other: Callable[[str, Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with open_shop(store) as shop:
        shop.start()
        other("put_products", [{"id": "there", "title": "Palladium ring"}])
        taken = wait_for(lambda: ids(ask(shop, "palladium", relax=False)) == ["there"])
        with capsys.disabled():
            print(f"\nanother process's write was found after {taken * 1000:.0f} ms")
        other("delete_products", ["there"])
        wait_for(lambda: ask(shop, "palladium", relax=False).total == 0)
        other("update_settings", {"synonyms": [["frock", "dress"]]})
        wait_for(lambda: ask(shop, "frock", relax=False).total > 0)
        assert shop.settings.synonyms == [["frock", "dress"]]
        shop.put_products([{"id": "here", "title": "Rhodium ring"}])
        assert shop.store.count() == len(ROWS) + 1 and shop.ready()
    with open_shop(store) as again:
        assert again.check_views() == [] and ids(ask(again, "rhodium")) == ["here"]


def test_two_shops_write_one_store_at_once(store: Path) -> None:
    with open_shop(store) as first, open_shop(store) as second:
        for number in range(10):
            for name, shop in (("a", first), ("b", second)):
                shop.put_products([{"id": f"{name}{number}", "title": f"Ring {number}"}, {"id": "both", "title": name}])
        first.put_products([])
        for shop in (first, second):
            shop.start()
            wait_for(lambda shop=shop: ask(shop, "ring", group=False, limit=100, relax=False).total >= 20)  # type: ignore[misc]
            assert shop.product("both").title == "b"


# Views


def test_a_second_start_reads_the_views_and_encodes_nothing(store: Path) -> None:
    model = TinyModel()
    with open_shop(store, model) as shop:
        assert ask(shop).total and (model.images, model.texts) == (0, 0)
        assert len(list((store / "views").glob("segment-*"))) >= 1


def damaged(store: Path, how: str) -> None:
    views = store / "views"
    largest = max(views.rglob("*.npy"), key=lambda path: path.stat().st_size)
    if how == "deleted":
        shutil.rmtree(views)
    elif how == "no manifest":
        (views / "manifest.json").unlink()
    elif how == "manifest cut":
        (views / "manifest.json").write_bytes((views / "manifest.json").read_bytes()[:20])
    elif how == "a byte changed":
        content = bytearray(largest.read_bytes())
        content[-1] ^= 0xFF
        largest.write_bytes(bytes(content))
    elif how == "a file cut":
        largest.write_bytes(largest.read_bytes()[:50])
    elif how == "a file gone":
        largest.unlink()
    elif how == "a folder gone":
        shutil.rmtree(largest.parent)


@pytest.mark.parametrize(
    "how", ["deleted", "no manifest", "manifest cut", "a byte changed", "a file cut", "a file gone", "a folder gone"]
)
def test_broken_views_heal(store: Path, how: str) -> None:
    with open_shop(store) as shop:
        before = ids(ask(shop, "red dress", group=False, limit=100))
    damaged(store, how)
    for _ in range(2):
        with open_shop(store) as shop:
            assert ids(ask(shop, "red dress", group=False, limit=100)) == before
            assert shop.check_views() == []


def test_views_deleted_under_a_running_shop_come_back(store: Path) -> None:
    with open_shop(store) as shop:
        shutil.rmtree(store / "views")
        assert ask(shop, "dress").total
        shop.put_products([{"id": "new", "title": "Palladium ring"}])
    with open_shop(store) as shop:
        assert ids(ask(shop, "palladium", relax=False)) == ["new"] and shop.check_views() == []


def test_views_of_a_store_that_was_set_back_are_made_anew(store: Path, tmp_path: Path) -> None:
    Store.restore(store, tmp_path / "copy")
    with open_shop(store) as shop:
        shop.put_products([{"id": "new", "title": "Palladium ring"}])
    shutil.copytree(store / "views", tmp_path / "copy" / "views", dirs_exist_ok=True)
    with open_shop(tmp_path / "copy") as shop:
        assert ask(shop, "palladium", relax=False).total == 0 and shop.check_views() == []


def test_a_crash_between_a_segment_and_the_manifest_loses_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(path: Path, content: Any) -> None:
        raise KeyboardInterrupt

    shop = open_shop(store)
    shop.put_products([{"id": "first", "title": "Palladium ring"}])
    with monkeypatch.context() as patched:
        patched.setattr(embedded, "write_json", power_cut)
        with pytest.raises(KeyboardInterrupt):
            shop._views.tidy()
    shop._views._lock.release()  # what the end of the process would do
    shop.store.close()
    with open_shop(store) as shop:
        shop.put_products([{"id": "second", "title": "Rhodium ring"}, {"id": "first", "title": "Iridium ring"}])
    with open_shop(store) as shop:
        for text, found in (("rhodium", ["second"]), ("iridium", ["first"]), ("palladium", [])):
            assert ids(ask(shop, text, relax=False)) == found
        assert shop.check_views() == []


def test_rebuilding_changes_no_answer(shop: Shop) -> None:
    before = ids(ask(shop, "red dress", group=False, limit=100, weak=True))
    assert shop.rebuild_views() == len(ROWS)
    assert ids(ask(shop, "red dress", group=False, limit=100, weak=True)) == before


# Tasks


def finished(shop: Shop, task: str) -> Any:
    wait_for(lambda: shop.task(task)["state"] in ("done", "failed"))
    return shop.task(task)


def test_a_task_that_was_accepted_survives_a_crash(store: Path) -> None:
    shop = open_shop(store)
    shop._bulk._worker.shutdown(wait=True)  # the process dies after its answer and before its work
    shop._bulk._worker.submit = lambda *args: None  # type: ignore[method-assign,assignment]
    task = shop.submit([{"id": f"b{i}", "title": f"Bolt {i}"} for i in range(250)] + [{"id": "bad"}])
    shop._views._lock.release()
    shop.store.close()
    with open_shop(store) as shop:
        assert shop.task(task)["state"] == "queued" and shop.store.count() == len(ROWS)
        shop.start()
        done = finished(shop, task)
        assert (done["state"], done["progress"], done["result"]["written"]) == ("done", 1.0, 250)
        assert [row[0] for row in done["result"]["rejected"]] == ["bad"]
        assert ask(shop, "bolt", group=False).total == 250
        wait_for(lambda: list((store / bulk.FOLDER).iterdir()) == [])


def test_closing_leaves_the_rest_of_a_task_for_the_next_start(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ROWS", 5)
    with open_shop(store) as shop:
        put = shop._bulk._write

        def close_after_some(rows: Any) -> Any:
            if shop.store.count() >= len(ROWS) + 20:
                shop._bulk._closing.set()
            return put(rows)

        shop._bulk._write = close_after_some
        task = shop.submit([{"id": f"b{i}", "title": f"Bolt {i}"} for i in range(100)])
        wait_for(shop._bulk._closing.is_set)
    with open_shop(store) as shop:
        assert shop.store.count() < len(ROWS) + 100 and shop.task(task)["state"] == "running"
        shop.start()
        assert finished(shop, task)["state"] == "done" and shop.store.count() == len(ROWS) + 100


def test_a_task_done_by_another_process_stays_done(store: Path) -> None:
    with open_shop(store) as first, open_shop(store) as second:
        task = first.submit([{"id": "bolt", "title": "Bolt"}])
        done = finished(first, task)
        assert done["state"] == "done"
        path = store / bulk.FOLDER / f"{task}.json"
        second._bulk._run(task, path)
        path.write_text('[{"id": "bolt", "title": "Bolt"}]')  # as where that process ended before the file was gone
        second._bulk._run(task, path)
        assert first.task(task) == done and not path.exists()


def test_a_task_waits_while_another_process_keeps_the_store_to_itself(
    store: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bulk, "RETRY_S", 0.01)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    with open_shop(store) as shop:
        other = sqlite3.connect(store / DATABASE_FILE, isolation_level=None)
        submit = shop._bulk._worker.submit
        monkeypatch.setattr(
            shop._bulk._worker, "submit", lambda *work: (other.execute("BEGIN IMMEDIATE"), submit(*work))
        )
        task = shop.submit([{"id": "bolt", "title": "Bolt"}])
        wait_for(lambda: "waits" in caplog.text)
        Store.open(store, create=False).close()  # is opened all the same
        other.execute("ROLLBACK")
        assert finished(shop, task)["state"] == "done" and shop.product("bolt").title == "Bolt"
        other.close()


def test_a_task_that_fails_says_why(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(rows: Any) -> Any:
        raise InvalidRequest("Too heavy.", field="rows")

    monkeypatch.setattr(shop._bulk, "_write", broken)
    task = finished(shop, shop.submit([{"id": "1", "title": "Bolt"}]))
    assert task["state"] == "failed" and task["error"]["message"] == "Too heavy."
    with pytest.raises(NotFound):
        shop.task("nothing")


# Settings


def test_settings_change_whole_or_not_at_all(shop: Shop) -> None:
    before = shop.settings
    for patch in (
        {"weak_match": 7},
        {"nonsense": 1},
        {"weights": {"dense": "x"}, "weak_match": 0.1},
        {"synonyms": "x"},
        {"weights": {"dense": False}},
        {"weak_match": "0.5"},
        {"suggest_sessions": 3.0},
        {"understanding": 1},
    ):
        with pytest.raises(InvalidRequest) as caught:
            shop.update_settings(patch)
        assert caught.value.field
        assert shop.settings == shop.store.settings() == before
    shop.update_settings({"weights": {"dense": 0.5}})
    assert shop.settings.weights == {**before.weights, "dense": 0.5}
    shop.update_settings({"searchable": {"description": None}})
    assert "description" not in shop.settings.searchable


def test_settings_outlive_the_process(store: Path) -> None:
    with open_shop(store) as shop:
        shop.update_settings({"searchable": {"title": 9.0}, "stop_words": ["gimme"]})
    with open_shop(store) as shop:
        assert shop.settings.searchable["title"] == 9.0
        assert ask(shop, "gimme dress", relax=False).total


# The query log


def test_searches_are_logged_without_pictures_or_vectors(store: Path) -> None:
    with open_shop(store) as shop:
        vector = Input(InputType.VECTOR, np.ones(DIM, np.float32))
        response = ask(shop, "red dress", shown("red"), vector, words("lamp", -1.0), session="shopper-1")
    with Store.open(store) as opened:
        (event,) = opened.queries.since(0)
    assert (event.query_id, event.total) == (response.query_id, response.total)
    assert list(event.shown) == ids(response)
    assert [part["type"] for part in event.asked["inputs"]] == ["text", "image", "vector", "text"]
    assert [part.get("value") for part in event.asked["inputs"]] == ["red dress", None, None, "lamp"]
    assert event.session not in (None, "shopper-1")
    needle = picture("red")[40:80]
    assert all(needle not in path.read_bytes() for path in store.glob("*.db*"))


def test_the_log_is_on_disk_when_writing_returns_whoever_wrote(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(shop, "red dress")
    under_way, go_on, append = threading.Event(), threading.Event(), QueryLog.append

    def slowly(queries: QueryLog, events: Sequence[QueryEvent]) -> None:
        under_way.set()
        assert go_on.wait(PATIENCE_S)
        append(queries, events)

    monkeypatch.setattr(QueryLog, "append", slowly)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(shop._log.write)
        assert under_way.wait(PATIENCE_S)
        second = pool.submit(shop._log.write)
        time.sleep(0.05)
        assert not second.done()
        go_on.set()
        first.result(), second.result()
    assert len(list(shop.store.queries.since(0))) == 1


def test_what_the_store_refused_is_logged_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [ask(shop, text).query_id for text in ("red dress", "blue lamp")]
    with monkeypatch.context() as broken:
        broken.setattr(QueryLog, "append", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            shop._log.write()
    shop._log.write()
    assert [event.query_id for event in shop.store.queries.since(0)] == asked


def test_nothing_is_logged_where_no_days_are_kept(store: Path) -> None:
    with open_shop(store, query_log_days=0) as shop:
        ask(shop, "dress")
    with Store.open(store) as opened:
        assert list(opened.queries.since(0)) == []


def test_a_refused_search_is_not_logged(store: Path) -> None:
    with open_shop(store) as shop, pytest.raises(InvalidRequest):
        ask(shop, sort="nonsense")
    with Store.open(store) as opened:
        assert list(opened.queries.since(0)) == []


def test_evaluating_leaves_no_lines_in_the_log(store: Path) -> None:
    labelled = [Labelled(row["id"], (words(row["title"]),), {row["id"]: 1.0}) for row in ROWS[:5]]
    with open_shop(store, query_log_days=0) as shop:
        measured = evaluate(lambda query: ids(shop.search(query)), labelled)
    assert measured.metrics["hit@1"] == 1.0
    with Store.open(store) as opened:
        assert list(opened.queries.since(0)) == []


# Opening and closing


def test_closing_waits_for_no_suggestions(store: Path) -> None:
    with open_shop(store) as shop:
        counted: list[bool] = []
        shop._suggesting.counts.work = lambda: not counted.append(True) and len(counted) < 100  # type: ignore[method-assign,func-returns-value]
        shop.start()
        wait_for(lambda: bool(counted))
    assert len(counted) < 100


def test_a_shop_that_cannot_write_its_log_closes_all_the_same(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_shop(store)
    shop.put_products([{"id": "new", "title": "Palladium ring"}])
    closed: list[str] = []
    monkeypatch.setattr(shop._log, "write", lambda: (_ for _ in ()).throw(OSError("disk full")))
    for name, part in (("views", shop._views), ("store", shop.store)):
        close = part.close
        monkeypatch.setattr(part, "close", lambda name=name, close=close: (closed.append(name), close()))
    with pytest.raises(OSError, match="disk full"):
        shop.close()
    assert closed == ["views", "store"]


def test_a_shop_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Shop.open("default", tmp_path / "none", create=False, model=TinyModel())
    assert not (tmp_path / "none").exists()


def test_a_shop_suggests_what_it_sells(shop: Shop) -> None:
    assert "Dresses" in [suggestion.text for suggestion in shop.suggest("dre")]
    shop.put_products([{"id": "1", "title": "Palladium ring", "type": "Rings"}])
    shop.start()
    wait_for(lambda: any(suggestion.text == "Rings" for suggestion in shop.suggest("rin")))


def test_background_work_that_fails_is_tried_again(
    store: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("aisle.app.shop.RETRY_S", 0.01)
    with open_shop(store) as shop, open_shop(store) as writer:
        calls: list[int] = []
        catch_up = shop._views.catch_up

        def flaky() -> None:
            calls.append(1)
            if len(calls) == 1:
                raise OSError("the disk is gone")
            catch_up()

        flaky.__name__ = "catch_up"
        monkeypatch.setattr(shop._views, "catch_up", flaky)
        shop.start()
        writer.put_products([{"id": "new", "title": "Palladium ring"}])
        wait_for(lambda: ask(shop, "palladium", relax=False).total == 1)
    assert "catch_up failed" in caplog.text


def test_queries_are_answered_while_products_are_written(store: Path) -> None:
    with open_shop(store) as shop:
        shop.start()
        task = shop.submit([{"id": f"b{i}", "title": f"Bolt {i}", "type": "Bolts"} for i in range(240)])
        totals = []
        while shop.task(task)["state"] in ("queued", "running"):
            response = shop.search(Query(inputs=(words("dress"),), group=False, facets=("type",)))
            assert response.total == 24
            totals.append(ask(shop, "bolts", group=False, relax=False).total)
        assert totals == sorted(totals)
        assert ask(shop, "bolts", group=False).total == 240


def test_a_write_that_lands_while_the_views_catch_up_is_found(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_shop(store) as shop, open_shop(store) as other:
        views, fill = shop._views, shop._views._fill

        def landing(index: object) -> None:
            other.put_products([{"id": "late", "title": "Zirconium lamp"}])
            fill(index)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(views, "_fill", landing)
            views.catch_up()
        assert shop.find({"title": "Zirconium lamp"}) == ["late"]
        assert [hit.id for hit in shop.search(Query((Input(InputType.TEXT, "zirconium"),))).hits] == ["late"]
