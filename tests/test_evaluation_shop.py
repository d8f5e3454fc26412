"""``aisle evaluate`` on a tiny shop: where, comparison with a setting, a store and a model, pictures alone, the report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_cli import Run, run  # noqa: F401 (the fixture)
from tiny import feed, ids, open_shop, picture, rows, words

from aisle.app.variant import variant
from aisle.errors import InvalidRequest
from aisle.types import Query

ROWS = rows()[:24]


@pytest.fixture
def store(run: Run, tmp_path: Path) -> Path:  # noqa: F811
    assert run("index", feed(tmp_path / "feed", ROWS), "--store", tmp_path / "store").status == 0
    return tmp_path / "store"


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    (tmp_path / "blue.png").write_bytes(picture("blue"))
    lines = [
        {"id": "words", "query": "red dress", "where": {"color": "Red"}, "kind": "words"},
        {"id": "photo", "photo": "blue.png", "where": {"color": "Blue", "type": "Dresses"}, "kind": "photo"},
        {
            "id": "composed",
            "inputs": [{"type": "image", "value": "blue.png"}, {"type": "text", "value": "leather"}],
            "relevant": {"dress-leather-blue": 2},
            "kind": "composed",
        },
        {"id": "code", "query": "red cotton dress", "relevant": ["dress-cotton-red", "gone"], "kind": "words"},
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_where_names_the_relevant_products(run: Run, store: Path, labelled: Path) -> None:  # noqa: F811
    data = run("evaluate", labelled, "--store", store, "--json").data
    assert data["queries"] == 4 and data["relevant_not_in_store"] == 1
    assert data["slices"]["kind=photo"]["metrics"]["precision@min(10, relevant)"] == 1.0
    assert data["slices"]["modality=image + text"]["metrics"]["hit@1"] == 1.0
    only = run("evaluate", labelled, "--store", store, "--slices", "kind", "--json").data
    assert set(only["slices"]) == {"kind=words", "kind=photo", "kind=composed"}
    labelled.write_text('{"query": "x", "where": {"colour": "Red"}}', encoding="utf-8")
    said = run("evaluate", labelled, "--store", store)
    assert said.status == 1 and "line 1" in said.err and "color" in said.err


def test_compared_with_a_setting_a_store_and_a_model(run: Run, store: Path, labelled: Path, tmp_path: Path) -> None:  # noqa: F811
    beside = run("evaluate", labelled, "--store", store, "--compare", "weights.dense=0", "--json").data["comparison"]
    assert set(beside["metrics"]["MRR"]) >= {"p", "wins", "ties", "losses", "difference", "interval", "significant"}
    for other in (store, "some-model"):
        same = run("evaluate", labelled, "--store", store, "--compare", other, "--json").data["comparison"]
        assert same["metrics"]["nDCG@10"]["ties"] == 4 and same["metrics"]["nDCG@10"]["p"] == 1.0
        assert same["changed_most"] == []
    said = run("evaluate", labelled, "--store", store, "--compare", "weights.dense=0", "--robustness")
    assert "Beside weights.dense=0" in said.out and "words missing" in said.out
    assert run("evaluate", labelled, "--store", store, "--compare", "wait=1").status == 1


def test_pictures_alone(run: Run, store: Path, labelled: Path, tmp_path: Path) -> None:  # noqa: F811
    whole = run("evaluate", labelled, "--store", store, "--json").data["slices"]["kind=words"]["metrics"]
    alone = run("evaluate", labelled, "--store", store, "--pictures-only", "--json").data["slices"]
    assert whole["hit@1"] == 1.0
    assert alone["kind=photo"]["metrics"]["precision@min(10, relevant)"] == 1.0
    # A picture shows that it is red, not that it is cotton: of the two queries by words the one of colours is left.
    assert alone["kind=words"]["metrics"]["hit@1"] == 0.5
    seen = tmp_path / "seen"
    assert run("index", tmp_path / "feed", "--pictures-only", "--store", seen).status == 0
    assert run("index", tmp_path / "feed", "--pictures-only", "--store", seen).status == 0
    again = run("evaluate", labelled, "--store", seen, "--json").data["slices"]
    assert again["kind=words"]["metrics"] == alone["kind=words"]["metrics"]
    assert "own with --store" in run("index", tmp_path / "feed", "--pictures-only", "--store", store).err


def test_a_variant_finds_what_its_shop_finds(tmp_path: Path) -> None:
    with open_shop(tmp_path / "store", query_log_days=0) as shop:
        shop.index_feed(feed(tmp_path / "feed", ROWS))
        shop.delete_products([ROWS[0]["id"]])
        with variant(shop, tmp_path / "other") as other:
            query = Query((words("red dress"),), limit=10)
            assert ids(other.search(query)) == ids(shop.search(query))
            assert other.store.count() == len(ROWS) - 1
        assert shop.find({"color": "Red", "material": ["Steel"]}) == ["dress-steel-red"]
        with pytest.raises(InvalidRequest):
            variant(shop, tmp_path / "third", patch={"weak_match": 7})


def test_the_report_is_one_page_with_pictures(run: Run, store: Path, labelled: Path, tmp_path: Path) -> None:  # noqa: F811
    page = tmp_path / "report.html"
    more = '{"id": "odd", "query": "<script>alert(1)</script>", "relevant": ["dress-steel-red"]}'
    labelled.write_text(labelled.read_text(encoding="utf-8") + "\n" + more, encoding="utf-8")
    said = run("evaluate", labelled, "--store", store, "--robustness", "--compare", "weights.dense=0", "--html", page)
    assert said.status == 0 and "report.html" in said.err
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html and "&lt;script&gt;alert(1)" in html
    assert not re.findall(r"(?:src|href)=\"(?!data:image/jpeg;base64,)", html) and "url(" not in html
    assert html.count("<svg") == 5 and html.count('class="hit right"') >= 4
    assert "prefers-color-scheme: dark" in html and 'name="viewport"' in html
    ElementTree.fromstring(re.search(r"<svg.*?</svg>", html, re.S).group().replace("&mdash;", ""))  # type: ignore[union-attr]
