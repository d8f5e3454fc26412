"""Suggestions of a whole shop: true counts, sessions, keys that see a part; spelling that never leads nowhere."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import TinyModel, ask, feed, rows, words

from aisle.app import Shop
from aisle.catalog.demo.plan import plan
from aisle.catalog.demo.range import KINDS, UNSEEN_TYPES
from aisle.catalog.demo.shop import _product
from aisle.config import Config
from aisle.store import Store
from aisle.types import Query as Asking
from aisle.types import QueryEvent

LOGGED = itertools.count()


def opened(path: Any) -> Shop:
    return Shop.open("default", path, model=TinyModel(), config=Config(store=path))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("suggesting")
    with opened(folder / "store") as shop:
        shop.index_feed(str(feed(folder / "feed", rows())))
        yield shop


def offered(shop: Shop, typed: str, **options: Any) -> list[Any]:
    """Once everything is counted."""
    shop.suggest(typed, **options)
    while shop._suggesting.counts.work():
        pass
    return list(shop.suggest(typed, **options))


def test_a_count_is_the_total_of_the_search(shop: Shop) -> None:
    assert all(each.count is None for each in shop.suggest("dres"))
    found = [each for typed in ("dres", "bag", "co", "al") for each in offered(shop, typed)]
    assert any(each.count for each in found)
    for each in found:
        if each.count is not None:
            filters = {each.scope.field: [each.scope.value]} if each.scope else {}
            assert each.count == ask(shop, each.text, filters=filters).total > 0


def test_scopes_are_offered_under_the_first(shop: Shop) -> None:
    _log(shop, "blue")
    shop._views.learn_words()
    first, *scoped = offered(shop, "blu")[:3]
    assert (first.text, first.scope, first.count) == ("blue", None, ask(shop, "blue").total)
    assert len(scoped) == 2
    for each in scoped:
        response = ask(shop, each.text, filters={each.scope.field: [each.scope.value]})
        assert each.text == "blue" and each.count == response.total and not response.interpretation.relaxed


def _log(shop: Shop, text: str, sessions: int = 3) -> None:
    said = {"inputs": [{"type": "text", "value": text, "weight": 1.0}]}
    at = time.time() - 600 + 5 * next(LOGGED)
    shop.store.queries.append([QueryEvent(f"{text}{n}", at + n, f"s{n}", said, (), 0, 4, "p", 1.0) for n in range(sessions)])  # fmt: skip


def test_queries_of_the_log_are_offered_and_only_discreet_ones(shop: Shop) -> None:
    _log(shop, "evening bag for a wedding")
    _log(shop, "evening bag for jane@example.com")
    _log(shop, "evening fuck")
    _log(shop, "evening bag rare", sessions=2)
    shop._views.learn_words()
    assert [each.text for each in shop.suggest("even")] == ["evening bag for a wedding"]
    shop.update_settings({"never_suggest": ["wedding"]})
    shop._views.learn_words()
    assert not shop.suggest("even")
    shop.update_settings({"never_suggest": []})


def test_what_the_session_did_comes_first(shop: Shop) -> None:
    assert shop.suggest("b")[0].text != "birch lamp"
    assert shop.suggest("b", recent=["birch lamp"])[0].personal
    ask(shop, "birch mug", session="visit-1")
    assert shop.suggest("bi", session="visit-1")[0].text == "birch mug"
    assert all(each.text != "birch mug" for each in shop.suggest("bi", session="visit-2"))
    viewed = shop.suggest("", viewed=["lamp-steel-red"], limit=4)
    assert {"Lamps", "Red steel lamp"} <= {each.text for each in viewed if each.personal}


def test_a_key_that_sees_a_part_is_told_of_that_part(shop: Shop) -> None:
    scope = {"brand": ["Alder"]}
    _log(shop, "birch secret")
    shop._views.learn_words()
    assert any(each.text == "birch secret" for each in shop.suggest("bi"))
    for typed in ("", "b", "bi", "re", "red", "dress", "birch", "c", "dresss", "lamp"):
        for each in shop.suggest(typed, scope=scope, limit=50):
            seen = shop.find({**scope, **({"title": each.text} if each.kind == "product" else {str(each.kind): each.text})})  # fmt: skip
            assert seen, each
            assert each.kind != "query" and each.text not in ("Birch", "Cedar") and each.count is None
    own = shop.suggest("bir", scope=scope, recent=["birch"])
    assert [str(each.kind) for each in own] == ["query"]


def test_the_log_keeps_what_was_understood_and_taken_off(tmp_path: Any) -> None:
    with opened(tmp_path / "store") as shop:
        shop.index_feed(str(feed(tmp_path / "feed", rows()[:24])))
        ask(shop, "red dresss", dropped=("color:Red",))
        ask(shop, "red dress under 90")
    with Store.open(tmp_path / "store") as store:
        first, second = store.queries.since(0)
    assert first.asked["dropped"] == ["color:Red"] and first.asked["corrections"] == [["dresss", "dress"]]
    understood = second.asked["understood"]
    assert {"kind": "color", "value": "Red"}.items() <= understood["slots"][0].items()
    assert understood["ranges"] == [{"field": "price", "minimum": None, "maximum": 90.0, "hard": True}]
    assert "dropped" not in second.asked and "corrections" not in second.asked


# Spelling over the demo catalog


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    goods = plan(KINDS[::6], UNSEEN_TYPES, 7, 6)
    lines = [{k: v for k, v in _product(good, [], 7).items() if "image" not in k} for good in goods]
    folder = tmp_path_factory.mktemp("demo")
    with opened(folder / "store") as shop:
        shop.index_feed(str(feed(folder / "feed", lines, pictures=False)))
        yield shop


@st.composite
def slips(draw: st.DrawFn, titles: list[str]) -> str:
    """Neighbouring words of a title, one letter of them changed, dropped, doubled or swapped."""
    parts = draw(st.sampled_from(titles)).split()
    at = draw(st.integers(0, max(0, len(parts) - 2)))
    text = " ".join(parts[at : at + draw(st.integers(1, 3))])
    place = draw(st.integers(0, max(0, len(text) - 1)))
    letter = draw(st.sampled_from("aeinrstxz"))
    changed = draw(st.sampled_from(("drop", "double", "change", "swap", "apart")))
    before, after = text[:place], text[place:]
    return {
        "drop": before + after[1:],
        "double": before + after[:1] + after,
        "change": before + letter + after[1:],
        "swap": before + after[1:2] + after[:1] + after[2:],
        "apart": before + " " + after,
    }[changed]


def test_a_correction_never_leads_to_nothing(demo: Shop) -> None:
    titles = _titles(demo)
    corrected: list[str] = []

    @given(slips(titles), st.sampled_from(({}, {"color": ["Red"]}, {"price": {"lte": 20}}, {"type": ["Nothing"]})))
    @settings(max_examples=120)
    def check(typed: str, filters: dict[str, Any]) -> None:
        response = ask(demo, typed, filters=filters, limit=3)
        if not response.interpretation.corrections:
            return
        corrected.append(typed)
        assert response.total > 0 and response.hits and "nearest" not in response.interpretation.relaxed
        again = ask(demo, response.interpretation.text, filters=filters, limit=3)
        assert again.total > 0

    check()
    assert len(corrected) > 10


def test_a_correction_stays_within_what_a_key_sees(demo: Shop) -> None:
    spelled = [
        f"{word}{word[-1]}" for title in _titles(demo) for word in title.split() if word.isalpha() and len(word) > 5
    ]
    corrected = [typed for typed in spelled[:40] if ask(demo, typed, limit=1).interpretation.corrections][:5]
    assert corrected
    for typed in corrected:
        response = demo.search(Asking((words(typed),), scope={"type": ["No such type"]}))
        assert not response.total and not response.interpretation.corrections


def _titles(shop: Shop) -> list[str]:
    found = shop.store.products(shop.find({}))
    return sorted(product.title for product in found.values())
