"""Labelling through its doors: the command line, and the API with and without keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_shop import FakeKey, fake_app
from fastapi.testclient import TestClient
from test_cli import Run, run, store

from aisle.store import Store
from aisle.web.server import create_app

__all__ = ["run", "store"]


def test_from_queue_to_export(run: Run, store: Path, tmp_path: Path) -> None:
    (tmp_path / "queries.txt").write_text("red dress\nblue lamp\n", encoding="utf-8")
    made = run("label", "queue", "--queries", tmp_path / "queries.txt", "--count", 8, "--store", store, "--json").data
    assert made["pairs"] == 8 and sum(made["strategies"].values()) == 8
    with Store.open(store) as opened:
        pairs = opened.judgements.pairs(made["round"])
        for rater, grades in (("Ann", (3, 0, 2)), ("Bo", (3, 3, 2))):
            for pair, grade in zip(pairs, grades, strict=False):
                opened.judgements.judge(pair.id, rater, grade)
    assert run("label", "status", "--store", store, "--json").data["raters"]["Ann"] == {"graded": 3, "skipped": 0}
    assert made["round"] in run("label", "status", "--store", store).out
    agreed = run("label", "agreement", "--store", store, "--json").data
    assert agreed["agreements"][0]["pairs"] == 3 and len(agreed["disagreements"]) == 1
    assert "wants a third look" in run("label", "agreement", "--store", store).out
    out = tmp_path / "labels.jsonl"
    assert run("label", "export", "--out", out, "--store", store).status == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["grade"] for row in rows] == [3, 2] and {"query", "product"} <= set(rows[0])
    assert len(run("label", "export", "--format", "qrels", "--store", store).out.splitlines()) == 2
    assert run("label", "export", "--format", "csv", "--store", store).status == 1
    assert run("label", "export", "--round", "none", "--store", store).status == 1
    said = run("label", "pseudo", "--queries", tmp_path / "queries.txt", "--confidence", 0.5, "--store", store)
    assert all(0.5 <= json.loads(line)["weight"] <= 1 for line in said.out.splitlines())


@pytest.mark.parametrize(
    ("key", "status"), [(None, 401), ("secret-reader", 403), ("secret-ann", 200), ("secret-boss", 200)]
)
def test_a_key_for_labelling_opens_labelling(tmp_path: Path, key: str | None, status: int) -> None:
    keys = FakeKey("1", "reader", ("search",)), FakeKey("2", "ann", ("label",)), FakeKey("3", "boss", ("admin",))
    client = TestClient(create_app(fake_app(tmp_path, *keys, host="0.0.0.0")), base_url="http://shop.example")
    headers = {"X-API-Key": key} if key else {}
    assert client.get("/label").status_code == 200  # it holds nothing of the shop
    answer = client.get("/v1/labelling/next?rater=Ann", headers=headers)
    assert answer.status_code == status
    assert client.get("/label/pairs/1", headers=headers).status_code == status
    if key == "secret-ann":
        assert client.get("/v1/search?q=dress", headers=headers).status_code == 403
        assert client.put("/v1/products/x", headers=headers, json={"title": "x"}).status_code == 403


def test_a_pair_is_shown_in_the_raters_language(tmp_path: Path) -> None:
    client = TestClient(create_app(fake_app(tmp_path)), base_url="http://localhost")
    pair = client.get("/v1/labelling/next?rater=Ann").json()["pairs"][0]
    page = client.get(f"/label/pairs/{pair['id']}?lang=zh").text
    assert "red dress" in page and "Red summer dress" in page and "红色" in page
    assert client.get("/label/pairs/999", headers={"Accept": "text/html"}).status_code == 404
