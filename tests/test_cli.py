"""Every command as a person and as a program use it, and what they are told when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny import TinyModel, feed, picture, rows

from aisle import cli
from aisle.cli import docs
from aisle.models import registry
from aisle.store import SCOPES, Store

ROWS = rows()[:24]
COMMANDS = docs.commands()


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``aisle …`` in this process, with the tiny model."""
    monkeypatch.setattr(registry, "load", lambda *args, **options: TinyModel())
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["aisle", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
            raise SystemExit(0)
        said = capsys.readouterr()
        code = end.value.code
        return Said(code if isinstance(code, int) else 0 if code is None else 1, said.out, said.err)

    return run


@pytest.fixture
def store(run: Run, tmp_path: Path) -> Iterator[Path]:
    """A store with two dozen products."""
    assert run("index", feed(tmp_path / "feed", ROWS), "--store", tmp_path / "store").status == 0
    yield tmp_path / "store"


def test_index_tells_what_became_of_the_feed(run: Run, tmp_path: Path) -> None:
    source, store = feed(tmp_path / "feed", [*ROWS, {"id": "bad"}]), tmp_path / "store"
    said = run("index", source, "--store", store, "--json")
    assert said.status == 0 and said.data["products"]["new"] == len(ROWS)
    again = run("index", source, "--store", store)
    assert f"{len(ROWS)} same" in again.out and "1 quarantined" in again.out
    page = store / "catalog-report.html"
    assert str(page) in again.err.replace("\n", "") and page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_index_maps_columns_and_finds_pictures(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text("k,what,rubbish\n1,Spoon,x\n2,Fork,y\n", encoding="utf-8")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "1.png").write_bytes(picture("red"))
    options = ("--map", "id=k", "--map", "title=what", "--images", tmp_path / "pictures", "--store", tmp_path / "store")
    assert run("index", tmp_path / "feed.csv", *options, "--json").data["products"]["new"] == 2
    with Store.open(tmp_path / "store") as opened:
        products = opened.products(["1", "2"])
    assert [products[i].title for i in "12"] == ["Spoon", "Fork"]
    assert [len(products[i].images) for i in "12"] == [1, 0]


def test_index_stops_before_retiring_too_much(run: Run, store: Path, tmp_path: Path) -> None:
    feed(tmp_path / "feed", ROWS[:5])
    refused = run("index", tmp_path / "feed", "--store", store)
    assert refused.status == 1 and "conflict" in refused.err and "--force" in refused.err
    assert run("index", tmp_path / "feed", "--store", store, "--delta", "--json").data["products"]["gone"] == 0
    assert run("index", tmp_path / "feed", "--store", store, "--force", "--json").data["products"]["gone"] == 19


def test_catalog_report_stores_nothing(run: Run, tmp_path: Path) -> None:
    source = feed(tmp_path / "feed", [*ROWS, {"id": "bad"}], pictures=False)
    said = run("catalog", "report", source, "--html", tmp_path / "page.html", "--json")
    assert said.data["rows"] == {"read": 25, "accepted": 24, "quarantined": 1}
    assert "1 quarantined" in run("catalog", "report", source).out
    assert (tmp_path / "page.html").stat().st_size > 1000


def test_search_answers_people_and_programs(run: Run, store: Path, tmp_path: Path) -> None:
    said = run("search", "red dress", "--store", store, "--facets", "color,price", "--explain")
    assert said.status == 0 and "Red cotton dress" in said.out and "lexical +" in said.out
    assert "color  Red 3" in said.out and "3 found" in said.out
    data = run("search", "red dress", "--store", store, "--json").data
    assert data["total"] == 3 and data["hits"][0]["id"].endswith("-red")
    (tmp_path / "photo.png").write_bytes(picture("blue"))
    data = run("search", "--image", tmp_path / "photo.png", "--store", store, "--json").data
    assert data["hits"][0]["product"]["attributes"]["color"] == ["Blue"]
    assert run("search", "--like", "dress-cotton-red", "--store", store, "--json").data["total"] > 0
    data = run(
        "search", "dress", "--without", "red", "--filter", '{"price": {"lte": 20}}', "--store", store, "--json"
    ).data
    assert data["total"] and all("red" not in hit["id"] for hit in data["hits"])
    data = run("search", "--sort", "price:desc", "--limit", 2, "--offset", 1, "--store", store, "--json").data
    assert len(data["hits"]) == 2


def test_search_says_what_it_changed(run: Run, store: Path) -> None:
    assert "results for leather instead of lether" in run("search", "lether dress", "--store", store).out
    said = run("search", "dress", "--filter", '{"price": {"gte": 99999}}', "--store", store)
    assert "Relaxed: filter price" in said.out


def test_markup_in_a_catalog_is_shown_as_it_is(run: Run, tmp_path: Path) -> None:
    rows = [{"id": "[/a]", "title": "Spoon [bold]large[/nothing]", "brand": "[red]"}]
    source, store = feed(tmp_path / "feed", rows), tmp_path / "store"
    assert run("index", source, "--store", store).status == 0
    said = run("search", "spoon", "--facets", "brand", "--store", store)
    assert "Spoon [bold]large[/nothing]" in said.out and "[red] 1" in said.out
    assert "[/x]" in run("index", "[/x].csv", "--store", store).err


def test_evaluate_measures(run: Run, store: Path, tmp_path: Path) -> None:
    labelled = tmp_path / "queries.jsonl"
    lines = [{"query": row["title"], "relevant": [row["id"]]} for row in ROWS]
    labelled.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    data = run("evaluate", labelled, "--store", store, "--json").data
    assert data["queries"] == len(ROWS) and data["metrics"]["hit@1"] == 1.0
    assert "3 queries" in run("evaluate", labelled, "--store", store, "--limit", 3).out
    with Store.open(store) as opened:
        assert list(opened.queries.since(0)) == []


@pytest.mark.parametrize(
    "line",
    [
        {"photo": "none.jpg", "product": "1"},
        {"inputs": [{"type": "smell", "value": "x"}], "relevant": ["1"]},
        {"inputs": [{"value": "x"}], "relevant": ["1"]},
        {"query": "x", "relevant": {"1": "high"}},
    ],
)
def test_a_labelled_line_that_cannot_be_used_is_named(run: Run, store: Path, tmp_path: Path, line: Any) -> None:
    (tmp_path / "queries.jsonl").write_text(json.dumps(line), encoding="utf-8")
    said = run("evaluate", tmp_path / "queries.jsonl", "--store", store)
    assert said.status == 1 and "line 1" in said.err.lower()


def test_settings_are_shown_and_changed_whole_or_not_at_all(run: Run, store: Path) -> None:
    assert run("settings", "show", "--store", store, "--json").data["weak_match"] == 0.5
    assert "weak_match" in run("settings", "show", "--store", store).out
    said = run("settings", "set", "weights.dense=0.5", 'synonyms=[["a","b"]]', "--store", store, "--json")
    assert said.data["weights"]["dense"] == 0.5 and said.data["synonyms"] == [["a", "b"]]
    assert "hide" in run("settings", "set", "out_of_stock=hide", "--store", store).out
    for bad in ("weak_match=7", "nonsense=1", "no-equals", "out_of_stock=sometimes", "weights=[1]"):
        said = run("settings", "set", "weights.dense=0.1", bad, "--store", store)
        assert said.status == 1 and "invalid_request" in said.err
    assert run("settings", "show", "--store", store, "--json").data["weights"]["dense"] == 0.5


def test_keys_are_made_listed_and_revoked(run: Run, store: Path) -> None:
    made = run(
        "keys",
        "create",
        "web",
        "--scopes",
        "search,write",
        "--filter",
        '{"brand": ["Alder"]}',
        "--store",
        store,
        "--json",
    ).data
    said = run("keys", "create", "short", "--days", "2", "--store", store)
    assert said.out.startswith("aisle_") or len(said.out.split()[0]) > 30
    listed = run("keys", "list", "--store", store)
    assert made["secret"] not in listed.out and "web" in listed.out and "days left" in listed.out
    assert run("keys", "revoke", made["id"], "--store", store).status == 0
    assert "revoked" in run("keys", "list", "--store", store).out
    keys = run("keys", "list", "--store", store, "--json").data
    assert [key["revoked"] is None for key in keys] == [False, True] and "secret" not in keys[0]
    for bad in (("--scopes", "everything"), ("--scopes", ""), ("--filter", "{"), ("--filter", "[1]")):
        assert run("keys", "create", "x", *bad, "--store", store).status == 1
    assert run("keys", "revoke", "nothing", "--store", store).status == 1


def test_the_scopes_that_help_names_are_those_there_are(run: Run) -> None:
    assert ", ".join(SCOPES) in run("keys", "create", "--help").out


def test_a_store_is_checked_rebuilt_backed_up_and_restored(run: Run, store: Path, tmp_path: Path) -> None:
    assert run("store", "check", "--store", store).out == "The store is sound.\n"
    assert run("store", "rebuild", "--store", store, "--json").data == {"products": len(ROWS)}
    assert run("store", "backup", tmp_path / "copy", "--store", store).status == 0
    assert run("store", "restore", tmp_path / "copy", "--store", tmp_path / "other", "--json").status == 0
    assert run("search", "red dress", "--store", tmp_path / "other", "--json").data["total"] == 3
    again = run("store", "restore", tmp_path / "copy", "--store", tmp_path / "other")
    assert again.status == 1 and "conflict" in again.err


def test_check_finds_damaged_views_and_opening_heals_them(run: Run, store: Path) -> None:
    victim = max((store / "views").rglob("*.npy"), key=lambda path: path.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[-1] ^= 0xFF
    victim.write_bytes(bytes(data))
    said = run("store", "check", "--store", store, "--json")
    assert said.status == 1 and victim.name in said.data["problems"][0]
    assert run("search", "red dress", "--store", store, "--json").data["total"] == 3
    assert run("store", "check", "--store", store).status == 0


def test_check_finds_a_damaged_picture(run: Run, store: Path) -> None:
    next((store / "media").rglob("*.jpg")).write_bytes(b"changed")
    said = run("store", "check", "--store", store)
    assert said.status == 1 and said.out.strip()


NEEDS_STORE = [
    ("search", "x"),
    ("settings", "show"),
    ("settings", "set", "weak_match=0.4"),
    ("keys", "create", "x"),
    ("keys", "list"),
    ("keys", "revoke", "x"),
    ("store", "check"),
    ("store", "rebuild"),
    ("store", "backup", "copy"),
    ("serve",),
]


@pytest.mark.parametrize("command", NEEDS_STORE, ids=" ".join)
def test_a_store_that_is_not_there_is_one_clear_message(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    said = run(*command, "--store", tmp_path / "none")
    assert said.status == 1 and said.out == ""
    message, hint = said.err.strip().split("\n")
    assert message.startswith("not_found There is no store at") and hint.startswith("→")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("search", "--image", "none.jpg"),
        ("search", "--like", "nothing"),
        ("search", "--filter", "{"),
        ("search", "--filter", "[]"),
        ("search", "--filter", '{"nothing": 1}'),
        ("search", "--sort", "nothing"),
        ("index", "none.csv"),
        ("index", "https://127.0.0.1/feed.csv"),
        ("index", "none.csv", "--map", "title"),
        ("evaluate", "none.jsonl"),
        ("store", "backup", "/proc/nowhere/copy"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_told_in_one_line_with_a_hint(run: Run, store: Path, command: tuple[str, ...]) -> None:
    said = run(*command, "--store", store)
    assert said.status == 1 and said.out == ""
    assert 1 <= len(said.err.strip().split("\n")) <= 2 and "Traceback" not in said.err


def test_a_wrong_variable_of_the_environment_is_named(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_PORT", "high")
    said = run("serve", "--store", store)
    assert said.status == 1 and said.err.startswith("invalid_request AISLE_PORT")


def test_two_stores_of_one_name_are_refused(run: Run, store: Path) -> None:
    said = run("serve", "--store", f"a={store}", "--store", f"a={store}")
    assert said.status == 1 and "name" in said.err


@pytest.mark.parametrize("command", COMMANDS, ids=[command.path for command in COMMANDS])
def test_every_command_has_help_and_answers_in_json(run: Run, command: docs.Command) -> None:
    said = run(*command.path.split()[1:], "--help")
    assert said.status == 0 and "Usage" in said.out
    assert command.help
    assert all(option.help for option in command.options), "an option says nothing"
    assert command.path in NOT_ASKED_FOR_JSON or "--json" in {option.name for option in command.options}


NOT_ASKED_FOR_JSON = ("aisle serve", "aisle label export", "aisle label pseudo", "aisle graph export")
"""A server answers over HTTP; exports are JSON Lines (or TREC) whatever is asked."""


def test_help_loads_nothing_heavy() -> None:
    heavy = ("numpy", "pydantic", "sqlalchemy", "fastapi", "PIL", "onnxruntime", "scipy")
    script = f"import sys, aisle.cli; print([name for name in {heavy!r} if name in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert said.stdout == "[]\n"


def test_graph_categories_tells_what_a_query_means_and_why(run: Run, store: Path, tmp_path: Path) -> None:
    taught = tmp_path / "clicks.jsonl"
    taught.write_text(json.dumps({"query": "zzyzx", "category": "Toys"}) + "\n", encoding="utf-8")
    said = run("graph", "categories", "zzyzx", "--data", taught, "--store", store, "--json")
    (told,) = said.data
    assert said.status == 0 and told["categories"][0] == {**told["categories"][0], "name": "Toys", "because": "zzyzx"}
    assert run("graph", "categories", "zzyzx", "--data", tmp_path / "none.jsonl", "--store", store).status == 1
