"""The store: what is put comes back, changes are numbered once, threads and processes agree, copies are whole."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection

from aisle.config import OutOfStock, SearchSettings
from aisle.errors import Conflict, InvalidRequest, NotFound, StoreCorrupt
from aisle.store import PutCount, Record, Rejected, Store, product_from_json, product_to_json
from aisle.store.database import Database
from aisle.store.migrations import STEPS, Step, migrate, schema_version
from aisle.types import Change, Product, QueryEvent

RNG = np.random.default_rng(0)
SHIRT = Product(
    id="sku-1",
    title="Linen shirt",
    description="Light. 亚麻衬衫",
    attributes={"type": "Shirts", "color": ("Blue", "White"), "price": 39.0, "stock": 3, "new": True, "none": ()},
    images=("https://shop.example/1.jpg", "/pictures/2.jpg"),
    group="linen",
    translations={"zh": {"title": "亚麻衬衫"}},
    original={"color": "blue/white"},
)


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "shop") as store:
        yield store


def unit(dim: int = 32) -> np.ndarray:
    vector = RNG.normal(size=dim).astype(np.float32)
    return vector / np.linalg.norm(vector)


def record(id: str, fingerprint: str = "a", vector: np.ndarray | None = None, **fields: object) -> Record:
    return Record(Product(id, str(fields.pop("title", id)), **fields), fingerprint, vector, "tiny@1")  # type: ignore[arg-type]


def put(store: Store, *records: Record, run: str | None = None) -> PutCount:
    with store.write() as writer:
        return writer.put(records, run)


class TestProducts:
    def test_round_trip(self, store: Store) -> None:
        vector = unit(256)
        assert put(store, Record(SHIRT, "f", vector, "tiny@1")) == PutCount(new=1)
        assert store.product("sku-1") == SHIRT
        assert store.product("sku-2") is None
        assert store.products(["sku-2", "sku-1"]) == {"sku-1": SHIRT}
        stored = store.vectors(["sku-1", "sku-2"])
        assert list(stored) == ["sku-1"] and stored["sku-1"].dtype == np.float32
        assert float(stored["sku-1"] @ vector) == pytest.approx(1, abs=1e-4)
        assert store.fingerprints(["sku-1", "sku-2"]) == {"sku-1": "f"}
        assert store.models() == {"tiny@1": 1}

    def test_unchanged_rows_are_skipped(self, store: Store) -> None:
        assert put(store, record("a"), record("b")) == PutCount(new=2)
        assert put(store, record("a", title="not looked at"), record("b", "b2"), record("c")) == PutCount(1, 1, 1)
        assert store.seq == 4 and store.count() == 3
        assert store.product("a").title == "a"

    def test_last_of_one_id_counts(self, store: Store) -> None:
        assert put(store, record("a", "1", title="first"), record("b"), record("a", "2", title="last")).new == 2
        assert store.product("a").title == "last" and store.count() == 2

    def test_empty_put(self, store: Store) -> None:
        assert put(store) == PutCount() and store.seq == 0

    def test_changes_in_order_with_the_latest_state(self, store: Store) -> None:
        vector = unit()
        put(store, record("a"), record("b"), record("c", vector=vector))
        put(store, record("a", "2", title="new"))
        with store.write() as writer:
            assert writer.remove(["b", "b", "unknown"]) == 1
            assert writer.remove(["b"]) == 0
        changes = store.changes(0)
        assert [(change.seq, change.id) for change in changes] == [(3, "c"), (4, "a"), (5, "b")]
        assert changes[0].vector == pytest.approx(vector, abs=1e-3)
        assert changes[1].product.title == "new" and changes[1].vector is None
        assert changes[2] == Change(5, "b", None, None)
        assert [change.seq for change in store.changes(3)] == [4, 5]
        assert [change.seq for change in store.changes(0, limit=2)] == [3, 4]
        assert store.changes(5) == [] and store.seq == 5

    def test_gone_and_back(self, store: Store) -> None:
        put(store, record("a"))
        with store.write() as writer:
            writer.remove(["a"])
        assert store.product("a") is None and store.count() == 0 and store.fingerprints(["a"]) == {}
        assert put(store, record("a")) == PutCount(new=1)
        assert store.product("a").title == "a" and store.check() == []

    def test_more_than_one_chunk(self, store: Store) -> None:
        ids = [f"p{i}" for i in range(2500)]
        assert put(store, *(record(id) for id in ids)).new == 2500
        assert put(store, *(record(id, "2") for id in ids)).changed == 2500
        assert len(store.products(ids)) == 2500 and len(store.changes(0, 10_000)) == 2500
        with store.write() as writer:
            assert writer.remove(ids) == 2500
        assert store.count() == 0 and store.check() == []

    @pytest.mark.parametrize(
        "bad",
        [
            record(""),
            record("x" * 513),
            record("a\nb"),
            record("\ud800"),
            record("a", title="\ud800"),
            record("a", attributes={"price": float("nan")}),
            record("a", attributes={"price": object()}),
            record("a", vector=np.array([np.nan], np.float32)),
            record("a", vector=np.array([1e6], np.float32)),
            record("a", vector=np.zeros((2, 2), np.float32)),
        ],
    )
    def test_bad_records_change_nothing(self, store: Store, bad: Record) -> None:
        with pytest.raises(InvalidRequest) as told:
            put(store, record("good"), bad)
        assert told.value.field and store.seq == 0 and store.count() == 0

    def test_a_block_that_raises_is_undone(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError), store.write() as writer:
            writer.put([record("a")])
            store.set_settings(SearchSettings(weak_match=0.9))
            raise ZeroDivisionError
        assert store.seq == 0 and store.count() == 0 and store.settings() == SearchSettings()
        assert put(store, record("a")).new == 1 and store.seq == 1

    def test_many_in_one_write(self, store: Store) -> None:
        put(store, *(Record(replace(SHIRT, id=f"p{i}"), "a", unit(256)) for i in range(2000)))
        assert len(store.changes(0)) == 2000


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.one_of(
    TEXT, st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.booleans(), st.lists(TEXT).map(tuple)
)
PRODUCTS = st.builds(
    Product,
    id=TEXT,
    title=TEXT,
    description=TEXT,
    attributes=st.dictionaries(TEXT, VALUES, max_size=5),
    images=st.lists(TEXT, max_size=3).map(tuple),
    group=st.none() | TEXT,
    translations=st.dictionaries(TEXT, st.dictionaries(TEXT, TEXT, max_size=2), max_size=2),
    original=st.dictionaries(TEXT, TEXT, max_size=2),
)


@settings(max_examples=200)
@given(PRODUCTS)
def test_json_keeps_every_product(product: Product) -> None:
    again = product_from_json(product_to_json(product))
    assert again == product
    assert {k: type(v) for k, v in again.attributes.items()} == {k: type(v) for k, v in product.attributes.items()}
    shuffled = replace(product, attributes=dict(reversed(product.attributes.items())))
    assert product_to_json(shuffled) == product_to_json(product)


class Model(RuleBasedStateMachine):
    """The store against a dict, through any order of puts, removals and runs."""

    folder: Path
    made = 0

    @initialize()
    def open(self) -> None:
        Model.made += 1
        self.store = Store.open(self.folder / str(Model.made))
        self.living: dict[str, str] = {}
        self.seen: dict[str, str | None] = {}
        self.last: dict[str, int] = {}
        self.run: str | None = None

    @rule(batch=st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz")), max_size=6), api=st.booleans())
    def put(self, batch: list[tuple[str, str]], api: bool) -> None:
        run = None if api else self.run
        before = self.store.seq
        count = put(self.store, *(record(id, text, title=text) for id, text in batch), run=run)
        latest = dict(batch)
        new = {id for id in latest if id not in self.living}
        changed = {id for id, text in latest.items() if id in self.living and self.living[id] != text}
        assert count == PutCount(len(new), len(changed), len(latest) - len(new) - len(changed))
        assert self.store.seq == before + len(new | changed)
        self.living |= latest
        for id in latest:
            self.seen[id] = run or self.seen.get(id)

    @rule(ids=st.lists(st.sampled_from("abcdef")))
    def remove(self, ids: list[str]) -> None:
        with self.store.write() as writer:
            assert writer.remove(ids) == len(set(ids) & set(self.living))
        self.living = {id: text for id, text in self.living.items() if id not in ids}

    @rule()
    def start(self) -> None:
        self.run = self.store.runs.start("feed", "full").id

    @rule(retire=st.booleans())
    def finish(self, retire: bool) -> None:
        if self.run is None:
            return
        vanished = {id for id in self.living if self.seen[id] not in (None, self.run)}
        assert self.store.runs.vanished(self.run) == len(vanished)
        assert self.store.runs.finish(self.run, retire) == (len(vanished) if retire else 0)
        if retire:
            self.living = {id: text for id, text in self.living.items() if id not in vanished}
        self.run = None

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.store.path)

    @invariant()
    def agrees(self) -> None:
        changes = self.store.changes(0)
        assert [change.seq for change in changes] == sorted({change.seq for change in changes})
        assert {change.id: change.product.title for change in changes if change.product} == self.living
        assert self.store.count() == len(self.living)
        assert all(change.seq <= self.store.seq for change in changes)
        assert all(change.seq >= self.last.get(change.id, 0) for change in changes)
        self.last = {change.id: change.seq for change in changes}

    def teardown(self) -> None:
        assert self.store.check() == []
        self.store.close()


def test_any_order_of_changes(tmp_path: Path) -> None:
    Model.folder = tmp_path
    run_state_machine_as_test(Model, settings=settings(max_examples=25, stateful_step_count=15))


class TestRuns:
    def test_interrupted_and_taken_up(self, store: Store) -> None:
        run = store.runs.start("feed.csv", "full")
        with store.write() as writer:
            writer.put([record("a")], run.id)
            store.runs.update(run.id, 17, {"new": 1})
        again = store.runs.unfinished("feed.csv")
        assert again.id == run.id and again.position == 17 and again.counts == {"new": 1}
        assert store.runs.unfinished("other.csv") is None
        store.runs.finish(run.id, retire=True)
        assert store.runs.unfinished("feed.csv") is None and store.runs.get(run.id).state == "done"

    def test_a_new_run_abandons_the_old(self, store: Store) -> None:
        first, second = store.runs.start("feed", "full"), store.runs.start("feed", "full")
        assert store.runs.get(first.id).state == "abandoned"
        assert store.runs.unfinished("feed").id == second.id
        assert [run.id for run in store.runs.list()] == [second.id, first.id]

    def test_retires_what_vanished_from_this_source_only(self, store: Store) -> None:
        one, other = store.runs.start("one", "full"), store.runs.start("other", "full")
        put(store, record("a"), record("b"), record("c"), run=one.id)
        put(store, record("o"), run=other.id)
        put(store, record("api"))
        assert store.runs.finish(one.id, retire=True) == 0
        two = store.runs.start("one", "full")
        put(store, record("a"), run=two.id)
        with store.write() as writer:
            writer.mark_seen(["b"], two.id)
        assert store.runs.vanished(two.id) == 1
        assert store.runs.finish(two.id, retire=True) == 1
        assert set(store.products(["a", "b", "c", "o", "api"])) == {"a", "b", "o", "api"}

    def test_unknown_run(self, store: Store) -> None:
        for use in (store.runs.get, store.runs.vanished, lambda id: store.runs.finish(id, False)):
            with pytest.raises(NotFound):
                use("nope")
        with pytest.raises(NotFound):
            store.runs.update("nope", 1, {})


class TestTasks:
    def test_life(self, store: Store) -> None:
        id = store.tasks.create("index")
        task = store.tasks.get(id)
        assert (task.kind, task.state, task.progress, task.result, task.error) == ("index", "queued", 0.0, None, None)
        store.tasks.update(id, "running", 0.5)
        assert store.tasks.get(id).progress == 0.5
        store.tasks.update(id, "done", 1.0, result={"new": 3})
        assert store.tasks.get(id).result == {"new": 3}
        store.tasks.update(id, "failed", error={"code": "invalid_feed"})
        assert store.tasks.get(id).error == {"code": "invalid_feed"}
        assert store.tasks.purge(time.time() + 1) == 1
        with pytest.raises(NotFound):
            store.tasks.get(id)

    def test_bad_updates(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.tasks.update("nope", "done")
        with pytest.raises(InvalidRequest):
            store.tasks.update(store.tasks.create("x"), "finished")


class TestKeys:
    def test_secret_opens_and_isnt_kept(self, store: Store) -> None:
        key, secret = store.keys.create("shop page", ["write", "search"], {"brand": ["Acme"]})
        assert secret.startswith("aisle_") and len(secret) > 40
        assert store.keys.verify(secret) == key
        assert key.scopes == ("search", "write") and key.filter == {"brand": ["Acme"]}
        assert store.keys.list() == [key]
        store.close()
        for file in store.path.iterdir():
            if file.is_file():
                assert secret.encode() not in file.read_bytes()

    @pytest.mark.parametrize("secret", ["", "aisle_", "nope", "x" * 10_000, "\ud800", "aisle_ü"])
    def test_wrong_secrets(self, store: Store, secret: str) -> None:
        store.keys.create("k", ["search"])
        assert store.keys.verify(secret) is None

    def test_revoked_and_expired(self, store: Store) -> None:
        key, secret = store.keys.create("k", ["admin"], expires=time.time() + 60)
        assert store.keys.verify(secret)
        store.keys.revoke(key.id)
        store.keys.revoke(key.id)
        assert store.keys.verify(secret) is None and store.keys.list()[0].revoked
        _, old = store.keys.create("old", ["search"], expires=time.time() - 1)
        assert store.keys.verify(old) is None
        with pytest.raises(NotFound):
            store.keys.revoke("nope")

    @pytest.mark.parametrize("scopes", [[], ["root"], ["search", "Admin"]])
    def test_unknown_scopes(self, store: Store, scopes: list[str]) -> None:
        with pytest.raises(InvalidRequest) as told:
            store.keys.create("k", scopes)
        assert told.value.field == "scopes"


class TestQueryLog:
    @staticmethod
    def event(number: int, at: float) -> QueryEvent:
        return QueryEvent(f"q{number}", at, "s", {"text": "红 shoes"}, ("a", "b"), 0, 2, "default", 1.5)

    def test_since_and_purge(self, store: Store) -> None:
        # More than one piece, with equal times across the border of two pieces.
        events = [self.event(i, 100.0 + i // 700) for i in range(2100)]
        store.queries.append(events[::-1])
        store.queries.append([])
        back = list(store.queries.since(0))
        assert len(back) == 2100 and {event.query_id for event in back} == {event.query_id for event in events}
        assert [event.time for event in back] == sorted(event.time for event in back)
        assert sorted(back, key=lambda event: int(event.query_id[1:])) == events
        assert len(list(store.queries.since(102.0))) == 700
        assert store.queries.purge(102.0) == 1400 and len(list(store.queries.since(0))) == 700

    def test_pseudonyms_belong_to_one_store(self, store: Store, tmp_path: Path) -> None:
        name = store.queries.pseudonym("shopper@example.com")
        assert name == store.queries.pseudonym("shopper@example.com") != store.queries.pseudonym("other")
        assert "shopper" not in name
        with Store.open(store.path) as same, Store.open(tmp_path / "other") as other:
            assert same.queries.pseudonym("shopper@example.com") == name
            assert other.queries.pseudonym("shopper@example.com") != name


class TestSettings:
    def test_default_then_set(self, store: Store) -> None:
        assert store.settings() == SearchSettings() and store.settings_seq == 0
        store.set_settings(SearchSettings(out_of_stock=OutOfStock.HIDE, synonyms=[["sofa", "couch"]]))
        assert store.settings_seq == 1
        assert store.settings().out_of_stock is OutOfStock.HIDE and store.settings().synonyms == [["sofa", "couch"]]
        store.set_settings(SearchSettings())
        assert store.settings_seq == 2 and store.settings() == SearchSettings()


def test_quarantine(store: Store) -> None:
    run = store.runs.start("feed", "full")
    rows = [Rejected(3, "price", "It is negative.", "-1"), Rejected(2, "feed.csv", "Broken.", "\ud800" + "x" * 2000)]
    store.quarantine.add(run.id, rows)
    store.quarantine.add(run.id, [])
    back = store.quarantine.list(run.id)
    assert back[1] == rows[0] and back[0].row == 2 and len(back[0].excerpt) < 520
    store.quarantine.add(run.id, rows[:1])
    assert store.quarantine.list(run.id) == back
    with pytest.raises(NotFound):
        store.quarantine.add("other", rows)
    assert store.quarantine.list("other") == []


class TestMedia:
    def test_kept_once_by_content(self, store: Store) -> None:
        name = store.add_media(b"picture", "jpg")
        assert store.add_media(b"picture", ".JPG") == name and name.endswith(".jpg")
        assert store.media_path(name).read_bytes() == b"picture"
        assert len([file for file in (store.path / "media").rglob("*") if file.is_file()]) == 1

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "../aisle.db",
            "a.jpg",
            "0" * 64,
            "0" * 64 + ".jpg/..",
            "/etc/passwd",
            "A" * 64 + ".jpg",
            "0" * 64 + ".jpg\n",
        ],
    )
    def test_names_that_lead_elsewhere(self, store: Store, name: str) -> None:
        with pytest.raises(InvalidRequest):
            store.media_path(name)

    def test_unknown_name_and_bad_suffix(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.media_path("0" * 64 + ".jpg")
        with pytest.raises(InvalidRequest):
            store.add_media(b"x", "../x")


class TestCopies:
    def test_backup_while_open_and_restore(self, store: Store, tmp_path: Path) -> None:
        name = store.add_media(b"picture", "jpg")
        put(store, record("a", vector=unit(), images=(name,)))
        store.backup(tmp_path / "copies" / "monday")
        put(store, record("b"))
        Store.restore(tmp_path / "copies" / "monday", tmp_path / "again")
        with Store.open(tmp_path / "again") as again:
            assert again.seq == 1 and list(again.products(["a", "b"])) == ["a"]
            assert again.media_path(name).read_bytes() == b"picture"
            assert again.check() == [] and put(again, record("b")).new == 1

    def test_nothing_is_overwritten(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(Conflict):
            store.backup(store.path)
        with pytest.raises(NotFound):
            Store.restore(tmp_path / "nowhere", tmp_path / "again")
        assert not (tmp_path / "again").exists()

    def test_a_broken_backup_isnt_restored(self, tmp_path: Path) -> None:
        (tmp_path / "bad").mkdir()
        (tmp_path / "bad" / "aisle.db").write_bytes(b"SQLite format 3\0" + b"\x55" * 5000)
        with pytest.raises(StoreCorrupt):
            Store.restore(tmp_path / "bad", tmp_path / "again")
        assert not (tmp_path / "again").exists()


class TestCheck:
    @staticmethod
    def damage(store: Store, statement: str) -> None:
        with sqlite3.connect(store.path / "aisle.db") as connection:
            connection.execute(statement)
        connection.close()

    @pytest.mark.parametrize(
        ("statement", "says"),
        [
            ("DELETE FROM documents WHERE seq = 1", "Product a has lost its content"),
            ("UPDATE products SET gone = 1, seq = 9 WHERE id = 'a'", "1 documents belong to no product"),
            ("UPDATE counters SET value = 1", "beyond the last number"),
            ("UPDATE documents SET body = '{' WHERE seq = 1", "Product a can't be read back"),
            ("INSERT INTO rejected VALUES ('no run', 1, '', '', '')", "belongs to nothing"),
        ],
    )
    def test_finds(self, store: Store, statement: str, says: str) -> None:
        put(store, record("a"), record("b"))
        assert store.check() == []
        self.damage(store, statement)
        assert any(says in problem for problem in store.check())

    def test_pictures(self, store: Store) -> None:
        kept, lost, damaged = (store.add_media(data, "jpg") for data in (b"1", b"2", b"3"))
        put(store, record("a", images=(kept, lost), attributes={"picture": damaged}))
        assert store.check() == []
        store.media_path(lost).unlink()
        store.media_path(damaged).write_bytes(b"4")
        assert sorted(store.check()) == sorted(
            f"Picture {name} of product a is missing or damaged." for name in (lost, damaged)
        )

    def test_damaged_pages(self, store: Store) -> None:
        put(store, *(record(f"p{i}", description="x" * 500) for i in range(200)))
        store.close()
        file = store.path / "aisle.db"
        data = bytearray(file.read_bytes())
        data[20_000:60_000] = b"\x55" * 40_000
        file.write_bytes(data)
        with Store.open(store.path) as again:
            assert again.check()


class TestOpening:
    def test_not_made_unasked(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound) as told:
            Store.open(tmp_path / "nowhere", create=False)
        assert told.value.hint and not (tmp_path / "nowhere").exists()

    def test_newer_version_is_refused_and_untouched(self, store: Store) -> None:
        put(store, record("a"))
        store.close()
        with sqlite3.connect(store.path / "aisle.db") as connection:
            connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
        with pytest.raises(Conflict, match="newer Aisle") as told:
            Store.open(store.path)
        assert told.value.hint

    def test_path_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(Conflict):
            Store.open(tmp_path / "file")

    def test_not_a_database(self, tmp_path: Path) -> None:
        (tmp_path / "aisle.db").write_text("hello " * 1000)
        with pytest.raises(StoreCorrupt):
            Store.open(tmp_path)

    def test_golden_store_of_version_1(self, tmp_path: Path) -> None:
        """A store as the first version wrote it opens for ever, with the same tables as a new one has."""
        (tmp_path / "old").mkdir()
        connection = sqlite3.connect(tmp_path / "old" / "aisle.db")
        connection.executescript(Path(__file__).with_name("golden").joinpath("store-v1.sql").read_text("utf-8"))
        connection.close()
        with Store.open(tmp_path / "old") as old, Store.open(tmp_path / "new") as new:
            assert old.product("sku-1") == SHIRT and old.seq == 3 and old.count() == 1
            assert old.vectors(["sku-1"])["sku-1"].tolist() == [0.5, -0.5, 0.5, 0.5]
            assert [(change.id, change.product) for change in old.changes(1)] == [("sku-1", SHIRT), ("sku-2", None)]
            assert old.settings().weak_match == 0.25
            assert old.keys.verify("aisle_golden") is not None
            assert len(list(old.queries.since(0))) == 1
            assert old.check() == []
            tables = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
            assert self.rows(old, tables) == self.rows(new, tables)

    def test_steps_run_once_in_order_or_not_at_all(self, store: Store) -> None:
        database = Database(store.path / "aisle.db")
        ran: list[str] = []

        def failing(connection: Connection) -> None:
            connection.exec_driver_sql("CREATE TABLE half (a)")
            raise ZeroDivisionError

        def migrate_by(*steps: Step) -> int | None:
            with database.write() as connection:
                migrate(connection, (*STEPS, *steps))
                return (schema_version(connection) or 0) - len(STEPS)

        first, second = (lambda _, name=name: ran.append(name) for name in ("first", "second"))
        assert migrate_by(first) == 2
        with pytest.raises(ZeroDivisionError):
            migrate_by(first, failing)
        assert self.rows(store, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
        assert migrate_by(first, second) == 3 and migrate_by(first, second) == 3
        assert ran == ["first", "second"]
        database.close()

    @staticmethod
    def rows(store: Store, statement: str) -> list[str]:
        connection = sqlite3.connect(store.path / "aisle.db")
        rows = [" ".join(row[0].split()) for row in connection.execute(statement)]
        connection.close()
        return rows


class TestTogether:
    def test_readers_never_wait_and_never_see_half(self, store: Store) -> None:
        put(store, *(record(f"p{i}", "0") for i in range(50)))
        stop, wrong = threading.Event(), []

        def read() -> None:
            while not stop.is_set():
                kinds = {product.title for product in store.products([f"p{i}" for i in range(50)]).values()}
                changes = store.changes(0)
                if len(kinds - {f"p{i}" for i in range(50)}) > 1 or len(changes) != 50:
                    wrong.append(kinds)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for version in range(30):
            put(store, *(record(f"p{i}", f"v{version}", title=f"v{version}") for i in range(50)))
        stop.set()
        for thread in threads:
            thread.join()
        assert not wrong

    def test_writing_threads_take_turns(self, store: Store) -> None:
        def write(name: int) -> None:
            for i in range(20):
                put(store, record(f"{name}-{i}"))

        threads = [threading.Thread(target=write, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.seq == store.count() == 120 and store.check() == []

    def test_processes_share_a_store_from_its_first_moment(self, tmp_path: Path) -> None:
        program = (
            "import sys; from aisle.store import *; from aisle.types import Product\n"
            "store = Store.open(sys.argv[1])\n"
            "for i in range(15):\n"
            "    with store.write() as w: w.put([Record(Product(f'{sys.argv[2]}-{i}', 'x'), 'a', None)])\n"
        )
        command = [sys.executable, "-c", program, str(tmp_path / "shop")]
        children = [subprocess.Popen([*command, str(n)], stderr=subprocess.PIPE) for n in range(3)]
        for child in children:
            _, errors = child.communicate(timeout=600)
            assert child.returncode == 0, errors.decode()
        with Store.open(tmp_path / "shop") as store:
            assert store.seq == store.count() == 45 and store.check() == []


def test_stored_json_is_plain(store: Store) -> None:
    """Other tools may read the database: a product is the JSON one would expect."""
    put(store, Record(SHIRT, "f", None))
    connection = sqlite3.connect(store.path / "aisle.db")
    body = json.loads(connection.execute("SELECT body FROM documents").fetchone()[0])
    connection.close()
    assert body["attributes"]["color"] == ["Blue", "White"] and body["title"] == "Linen shirt"
