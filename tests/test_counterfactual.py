"""What each part did: pages compared by hand, and the search without each part against the same search really made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from aisle.app import App, Shop
from aisle.cli import application
from aisle.config import Config
from aisle.search.counterfactual import MAX_PARTS, difference
from aisle.types import Explain, InputType, Query, Reading
from aisle.web.server import create_app


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("counterfactual")
    with tiny.open_shop(folder / "store") as shop:
        shop.index_feed(tiny.feed(folder / "feed", tiny.rows()))
    return folder / "store"


@pytest.fixture(scope="module")
def shop(store: Path) -> Iterator[Shop]:
    with tiny.open_shop(store) as shop:
        yield shop


def test_two_pages_are_told_apart() -> None:
    left, came, moved = difference(["a", "b", "c", "d"], ["c", "b", "x", "a"], first=11)
    assert left == ("d",) and came == {"x": 13}
    assert moved == ({"id": "a", "from": 11, "to": 14}, {"id": "c", "from": 13, "to": 11})
    assert difference([], [], first=1) == ((), {}, ())


def test_by_hand(shop: Shop) -> None:
    """Red dresses are asked for: without "red" every dress matches, without "dress" every red thing."""
    query = Query((tiny.words("red"), tiny.words("dress")), explain=Explain.COUNTERFACTUAL, group=False, limit=4)
    answer = shop.search(query)
    assert {hit.id for hit in answer.hits[:3]} == {f"dress-{m}-red" for m in tiny.MATERIALS}
    red, dress = answer.counterfactual
    assert (red.without, dress.without) == (0, 1) and (red.words, dress.words) == ("red", "dress")
    assert red.type is InputType.TEXT
    shown = [hit.id for hit in answer.hits]
    for effect, rest in ((red, "dress"), (dress, "red")):
        then = tiny.ids(tiny.ask(shop, rest, group=False, limit=4))
        assert effect.total == tiny.ask(shop, rest, group=False).total
        assert effect.left == tuple(id for id in shown if id not in then)
        assert [(one.id, one.rank) for one in effect.came] == [
            (id, r) for r, id in enumerate(then, 1) if id not in shown
        ]
        assert effect.overlap == len(set(shown) & set(then)) / 4
    assert all(one.title.endswith("dress") and one.image for one in red.came)


@pytest.mark.parametrize("offset", [0, 5])
def test_without_a_photo_and_words_at_any_page(shop: Shop, offset: int) -> None:
    parts = (tiny.words("lamp"), tiny.shown("blue"), tiny.words("steel", -1.0))
    query = Query(parts, filters={"price": {"gte": 12}}, explain=Explain.COUNTERFACTUAL, offset=offset, limit=5)
    shown = tiny.ids(shop.search(query))
    for effect in shop.search(query).counterfactual:
        rest = parts[: effect.without] + parts[effect.without + 1 :]
        then = tiny.ids(shop.search(replace(query, inputs=rest, explain=Explain.NONE)))
        assert [one.id for one in effect.came] == [id for id in then if id not in shown]
        assert effect.left == tuple(id for id in shown if id not in then)
        assert {m["id"]: (m["from"], m["to"]) for m in effect.moved} == {
            id: (shown.index(id) + 1 + offset, then.index(id) + 1 + offset)
            for id in set(shown) & set(then)
            if shown.index(id) != then.index(id)
        }


def test_parts_are_perceived_once_and_at_most_six_are_left_out(store: Path) -> None:
    model = tiny.TinyModel()
    with tiny.open_shop(store, model) as shop:
        parts = (*(tiny.words(f"w{i}", 1 + i / 10) for i in range(7)), tiny.shown("red"))
        before = model.images
        shop.search(Query(parts))
        once = model.images - before
        answer = shop.search(Query(parts, explain=Explain.COUNTERFACTUAL))
        assert model.images == before + 2 * once
        left_out = [effect.without for effect in answer.counterfactual]
        assert left_out == sorted(set(left_out)) and len(left_out) == MAX_PARTS
        shares = [part.attention for part in answer.interpretation.inputs]
        assert min(shares[part] for part in left_out) >= max(shares[part] for part in range(8) if part not in left_out)
        assert "counterfactual" in answer.timings_ms
        assert shop.search(Query(parts, explain=Explain.WHY)).counterfactual == ()
        assert shop.search(Query(explain=Explain.COUNTERFACTUAL)).counterfactual == ()


def test_without_the_only_part_the_shop_is_browsed(shop: Shop) -> None:
    (effect,) = shop.search(Query((tiny.words("red dress"),), explain=Explain.COUNTERFACTUAL)).counterfactual
    assert effect.total == shop.search(Query()).total


def test_context_changes_places_never_the_total(shop: Shop) -> None:
    session = Reading("session", {"searched": ["red"]}, frozenset({"session"}))
    parts = (tiny.words("dress"), replace(tiny.words(""), type=InputType.CONTEXT, value=session))
    answer = shop.search(Query(parts, explain=Explain.COUNTERFACTUAL, group=False, limit=3))
    assert answer.counterfactual[1].total == answer.total and answer.counterfactual[1].left


def test_the_api_answers_it(shop: Shop) -> None:
    client = TestClient(
        create_app(App(Config(rate_limit=1e4, rate_burst=10**6), {"default": shop})), base_url="http://localhost"
    )
    body = {"inputs": [{"type": "text", "value": "red"}, {"type": "text", "value": "dress"}], "limit": 2}
    for explain, why, effects in ((False, False, 0), (True, True, 0), ("counterfactual", True, 2)):
        answer = client.post("/v1/search", json={**body, "explain": explain}).json()
        assert bool(answer["hits"][0]["why"]) == why and len(answer["counterfactual"]) == effects
    first = answer["counterfactual"][0]
    assert set(first) == {"without", "type", "words", "left", "came", "moved", "overlap", "total"}
    assert first["came"][0]["image"].startswith("/media/")
    assert client.post("/v1/search", json={**body, "explain": "always"}).status_code == 422
    found = client.get("/v1/search?q=red+dress&explain=counterfactual&limit=1").json()
    assert len(found["counterfactual"]) == 1
    assert client.get("/v1/search?q=red&explain=true&limit=1").json()["hits"][0]["why"]


def test_the_page_tells_it_when_asked(shop: Shop) -> None:
    client = TestClient(
        create_app(App(Config(rate_limit=1e4, rate_burst=10**6), {"default": shop})), base_url="http://localhost"
    )
    address = "/?q=red&part=text:1:dress"
    quiet = client.get(address).text
    assert "What did each part do?" in quiet and "Without “red”" not in quiet and "effects=1" in quiet
    assert "What counted:" in quiet
    told = client.get(f"{address}&effects=1").text
    assert "Without “red”:" in told and "these would come" in told
    assert "每一部分起了什么作用" in client.get(f"{address}&lang=zh").text
    assert "What did each part do?" not in client.get("/?q=red").text


def test_the_command_line_tells_it(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.models.registry.load", lambda *_: tiny.TinyModel())
    runner = CliRunner()
    base = ["search", "red", "--without", "dress", "--limit", "3", "--store", str(store)]
    said = runner.invoke(application, [*base, "--explain"]).output
    assert "attention" in said and "%" in said
    told = runner.invoke(application, [*base, "--counterfactual"]).output
    assert "Without text red" in told and "% the same" in told
    weather = ["--context", 'weather={"temperature": 3}', "--json"]
    answer = json.loads(runner.invoke(application, [*base, *weather]).stdout)
    assert answer["interpretation"]["inputs"][2]["words"] == "warm coats scarves"
    assert runner.invoke(application, [*base, "--context", "weather={"]).exit_code != 0
