"""What a search promises, asked through a shop over a catalog that is known by heart (see ``tiny``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import COLORS, DIM, TYPES, WORDS, ask, feed, ids, open_shop, picture, rows, shown, words

from aisle.app import Shop
from aisle.config import SearchSettings
from aisle.errors import InvalidMedia, InvalidRequest, NotFound
from aisle.store import GraphEdit, Store
from aisle.types import Box, Input, InputType, Query

EXTRAS: list[dict[str, Any]] = [
    {"id": "phone-256", "title": "Orbit phone 256 GB", "type": "Phones", "brand": "Orbit", "price": 500},
    {"id": "phone-128", "title": "Orbit phone 128GB", "type": "Phones", "brand": "Orbit"},
    {"id": "zh-lamp", "title": "红色陶瓷台灯", "type": "Lamps", "price": 33},
    {"id": "zh-shirt", "title": "纯棉衬衫", "type": "Shirts", "color": "White"},
    {"id": "sofa", "title": "Corner sofa", "type": "Sofas", "price": 900, "stock": 3},
    {"id": "couch", "title": "Leather couch", "type": "Sofas", "price": 800, "stock": 0},
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("search")
    with open_shop(folder / "store") as shop:
        shop.index_feed(str(feed(folder / "feed", rows())))
        shop.index_feed(str(feed(folder / "extras", EXTRAS, pictures=False)))
        yield shop


@pytest.fixture
def set_up(shop: Shop) -> Iterator[Any]:
    """Changes settings for one test."""
    yield lambda **patch: shop.update_settings(patch)
    shop.update_settings(SearchSettings().model_dump(mode="json"))


QUERIES: dict[str, tuple[Input, ...]] = {
    "browse": (),
    "one word": (words("dress"),),
    "two words": (words("red dress"),),
    "a title": (words("red cotton dress for every day"),),
    "a photo": (shown("red"),),
    "photo and words": (shown("red"), words("lamp")),
    "minus words": (words("lamp"), words("red", -1.0)),
    "minus photo": (words("lamp"), shown("red", weight=-1.0)),
    "product": (Input(InputType.PRODUCT, "mug-steel-blue"),),
    "nonsense": (words("xqzjv"),),
}
EVERY_QUERY = pytest.mark.parametrize("inputs", QUERIES.values(), ids=list(QUERIES))
GROUPED = pytest.mark.parametrize("group", [True, False], ids=["grouped", "apart"])


def everything(shop: Shop, *inputs: Any, **options: Any) -> list[str]:
    return ids(ask(shop, *inputs, limit=200, **{"group": False, **options}))


# The match set


@EVERY_QUERY
def test_a_filter_only_narrows(shop: Shop, inputs: tuple[Input, ...]) -> None:
    options: dict[str, Any] = {"relax": False}
    whole = everything(shop, *inputs, **options)
    for tree in ({"color": ["Red"]}, {"price": {"lte": 50}}, {"not": {"type": ["Lamps"]}}):
        narrowed = everything(shop, *inputs, filters=tree, **options)
        allowed = set(everything(shop, filters=tree))
        assert set(narrowed) == set(whole) & allowed


@EVERY_QUERY
@GROUPED
def test_a_facets_count_is_the_total_after_clicking(shop: Shop, inputs: tuple[Input, ...], group: bool) -> None:
    facets = ("type", "brand", "color", "material")
    for chosen in ({}, {"color": ["Red", "Blue"]}, {"color": ["Red"], "material": ["Steel"]}):
        asked = Query(inputs=inputs, filters=chosen, facets=facets, group=group, relax=False, limit=1)
        response = shop.search(asked)
        assert response.facets_are_exact and response.total_is_exact
        for name in facets:
            for value in response.facets[name].values:
                clicked = {**chosen, name: [value.value]}
                after = shop.search(Query(inputs=inputs, filters=clicked, group=group, relax=False, limit=1))
                assert after.total == value.count, (name, value, chosen)


def test_a_facet_counts_numbers_by_their_ends(shop: Shop) -> None:
    facet = ask(shop, "dress", facets=("price",), filters={"price": {"lte": 20}}).facets["price"]
    prices = [row["price"] for row in rows() if row["type"] == "Dresses"]
    assert (facet.minimum, facet.maximum) == (min(prices), max(prices))


def test_values_that_differ_in_case_only_are_one_in_facets(tmp_path: Any) -> None:
    rows = [{"id": str(i), "title": "Cup", "brand": brand} for i, brand in enumerate(["acme", "ACME", "Acme", "Acme"])]
    with open_shop(tmp_path / "store") as shop:
        shop.put_products(rows)
        for group in (True, False):
            for value in ask(shop, "cup", facets=("brand",), group=group).facets["brand"].values:
                assert ask(shop, "cup", filters={"brand": [value.value]}, group=group).total == value.count


@EVERY_QUERY
@GROUPED
@pytest.mark.parametrize("sort", ["relevance", "price", "price:desc", "newest", "title"])
def test_pages_partition_the_results(shop: Shop, inputs: tuple[Input, ...], group: bool, sort: str) -> None:
    def page(offset: int, limit: int) -> list[str]:
        return ids(shop.search(Query(inputs=inputs, offset=offset, limit=limit, group=group, sort=sort)))

    whole = page(0, 200)
    total = shop.search(Query(inputs=inputs, group=group, sort=sort, limit=1)).total
    assert len(whole) == len(set(whole)) == total
    for size in (1, 7, 50):
        assert [i for start in range(0, total, size) for i in page(start, size)] == whole


def test_hits_are_in_the_order_of_their_scores(shop: Shop) -> None:
    for inputs in QUERIES.values():
        hits = shop.search(Query(inputs=inputs, limit=200, weak=True)).hits
        keys = [(hit.weak, -hit.score) for hit in hits]
        assert keys == sorted(keys)


@EVERY_QUERY
@pytest.mark.parametrize("sort", ["relevance", "price"])
def test_contributions_sum_to_the_score(shop: Shop, inputs: tuple[Input, ...], sort: str) -> None:
    for hit in shop.search(Query(inputs=inputs, explain=True, limit=200, sort=sort, weak=True)).hits:
        assert sum(term.contribution for term in hit.why) == pytest.approx(hit.score, abs=1e-5)
        assert all(0.0 <= term.value <= 1.0 for term in hit.why)


def test_the_same_question_gets_the_same_answer(shop: Shop) -> None:
    for inputs in QUERIES.values():
        assert everything(shop, *inputs) == everything(shop, *inputs)


# Parts of a query


def colors_of(shop: Shop, found: list[str]) -> set[str]:
    return {color for i in found for color in shop.product(i).attributes.get("color", ())}


def test_a_photo_finds_what_looks_like_it(shop: Shop) -> None:
    response = ask(shop, shown("red"), group=False, limit=200)
    assert response.total and not any(hit.weak for hit in response.hits)
    assert colors_of(shop, ids(response)) == {"Red"}


def test_words_narrow_what_a_photo_shows(shop: Shop) -> None:
    assert ask(shop, shown("red"), "lamp").hits[0].product.attributes["type"] == "Lamps"


def test_unwanted_words_take_products_away(shop: Shop) -> None:
    found = everything(shop, "lamp", words("red", -1.0))
    assert found and "Red" not in colors_of(shop, found)


def test_unwanted_words_alone_leave_everything_else(shop: Shop) -> None:
    found = everything(shop, words("dress", -1.0), relax=False)
    assert len(found) == len(everything(shop)) - sum(row["type"] == "Dresses" for row in rows())
    assert not any(i.startswith("dress") for i in found)


def test_an_unwanted_photo_alone_leaves_everything_else(shop: Shop) -> None:
    response = ask(shop, shown("red", weight=-1.0), group=False, limit=200)
    assert response.interpretation.relaxed == ()
    assert colors_of(shop, ids(response)) == {color.capitalize() for color in COLORS} - {"Red"}
    assert not any(hit.weak for hit in response.hits)


def test_an_unwanted_photo_pushes_down(shop: Shop) -> None:
    found = everything(shop, "lamp", shown("red", weight=-1.0))
    red = [place for place, i in enumerate(found) if i.endswith("-red")]
    assert red and min(red) > len(found) / 2


def test_only_the_region_of_a_photo_counts(shop: Shop) -> None:
    stripes = picture("red", "blue")
    for box, color in ((Box(0.0, 0.0, 0.5, 1.0), "Red"), (Box(0.5, 0.0, 1.0, 1.0), "Blue")):
        found = everything(shop, Input(InputType.IMAGE, stripes, region=box))
        assert colors_of(shop, found) == {color}


def test_a_product_finds_its_like(shop: Shop, set_up: Any) -> None:
    set_up(weights={"popularity": 0.0, "stock": 0.0})
    found = ids(ask(shop, Input(InputType.PRODUCT, "mug-steel-blue"), group=False))
    assert found[0] == "mug-steel-blue"
    assert {shop.product(i).attributes["type"] for i in found[:3]} == {"Mugs"}


def test_a_vector_finds_what_lies_near(shop: Shop) -> None:
    vector = np.zeros(DIM, np.float32)
    vector[WORDS.index("red")] = 7.0  # any length
    assert colors_of(shop, everything(shop, Input(InputType.VECTOR, vector))) == {"Red"}


@pytest.mark.parametrize(
    "value", [np.zeros(DIM), np.ones(DIM - 1), np.full(DIM, np.nan), np.full(DIM, np.inf), np.ones((2, DIM)), "text"]
)
def test_a_bad_vector_is_refused(shop: Shop, value: Any) -> None:
    with pytest.raises(InvalidRequest):
        ask(shop, Input(InputType.VECTOR, value))


def test_an_unknown_product_is_refused(shop: Shop) -> None:
    with pytest.raises(NotFound):
        ask(shop, Input(InputType.PRODUCT, "nothing"))


@pytest.mark.parametrize("value", [b"", b"no picture", picture("red")[:60], "text"])
def test_a_bad_picture_is_refused(shop: Shop, value: Any) -> None:
    with pytest.raises((InvalidMedia, InvalidRequest)):
        ask(shop, Input(InputType.IMAGE, value))


def test_a_part_without_weight_says_nothing(shop: Shop) -> None:
    assert everything(shop, "red dress", words("lamp", 0.0)) == everything(shop, "red dress")
    assert everything(shop, words("lamp", 0.0)) == everything(shop)


def test_every_part_and_its_share_is_reported(shop: Shop) -> None:
    parts = ask(shop, "lamp", shown("red", weight=3.0)).interpretation.inputs
    assert [part.type for part in parts] == [InputType.TEXT, InputType.IMAGE]
    assert [part.attention for part in parts] == pytest.approx([0.25, 0.75])


# Weak matches and relaxing


def test_nothing_weak_is_listed_unless_asked_for(shop: Shop) -> None:
    strong = ask(shop, "red dress", group=False, limit=200)
    more = ask(shop, "red dress", group=False, limit=200, weak=True)
    assert not any(hit.weak for hit in strong.hits)
    assert ids(more)[: strong.total] == ids(strong)
    beyond = more.hits[strong.total :]
    assert beyond and all(hit.weak for hit in beyond)


def test_a_query_that_means_nothing_gets_weak_matches_or_none(shop: Shop) -> None:
    relaxed = ask(shop, "xqzjv")
    assert relaxed.interpretation.relaxed == ("nearest",) and all(hit.weak for hit in relaxed.hits)
    assert ask(shop, "xqzjv", relax=False).total == 0


def test_where_there_is_nothing_nothing_is_near(tmp_path: Path) -> None:
    with open_shop(tmp_path / "store") as empty:
        answer = ask(empty, "red dress", shown("red"))
        assert answer.total == 0 and answer.interpretation.relaxed == ()


@pytest.mark.parametrize(
    ("text", "tree", "said"),
    [
        ("red dress", {"color": ["Red"]}, ()),
        ("phone xqzjv", {}, ("words",)),
        ("phone", {"price": {"gte": 400}, "brand": ["Alder"]}, ("filter brand",)),
        ("phone", {"brand": ["Orbit"], "price": {"gte": 4000}}, ("filter price",)),
        ("phone", {"brand": ["Alder"], "price": {"gte": 400}}, ("filter brand",)),
        ("phone", {"or": [{"brand": ["Alder"]}, {"stock": 3}]}, ("filter brand, stock",)),
        ("xqzjv", {"brand": ["Alder"]}, ("nearest",)),
    ],
)
def test_an_empty_result_is_relaxed_in_order_and_said(shop: Shop, text: str, tree: Any, said: tuple[str, ...]) -> None:
    response = ask(shop, text, filters=tree)
    assert response.interpretation.relaxed == said
    assert response.total > 0


def test_beside_a_photo_words_keep_their_kind_and_only_narrow(shop: Shop) -> None:
    parts = shown("red"), words("lamp under 1")
    alike = everything(shop, *parts, understand=False, relax=False)
    response = ask(shop, *parts, limit=200, group=False)
    assert response.interpretation.relaxed == ("filter price",)
    assert set(ids(response)) == {each for each in alike if each.startswith("lamp")} < set(alike)


def test_relaxing_can_be_switched_off(shop: Shop) -> None:
    response = ask(shop, "phone", filters={"brand": ["Alder"]}, relax=False)
    assert (response.total, response.hits, response.interpretation.relaxed) == (0, (), ())


# Words


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("256gb", "phone-256"),
        ("256 GB phone", "phone-256"),
        ("phone 128 gb", "phone-128"),
        ("紅色台燈", "zh-lamp"),
        ("红色台灯", "zh-lamp"),
        ("純棉襯衫", "zh-shirt"),
        ("衬衫", "zh-shirt"),
        ("ORBIT PHONES", "phone-128"),
        ("orb", "phone-128"),
        ("corner so", "sofa"),
    ],
)
def test_words_meet_their_other_forms(shop: Shop, text: str, first: str) -> None:
    response = ask(shop, text, relax=False)
    assert first in ids(response)[:2]


def test_256gb_and_256_gb_are_the_same_question(shop: Shop) -> None:
    assert ids(ask(shop, "256gb", relax=False)) == ids(ask(shop, "256 GB", relax=False)) == ["phone-256"]


def test_a_typing_mistake_is_corrected_and_said(shop: Shop) -> None:
    response = ask(shop, "lether dres")
    assert ("lether", "leather") in response.interpretation.corrections
    assert response.hits[0].product.attributes["material"] == ("Leather",)
    assert "leather" in response.interpretation.text
    assert ask(shop, "leather dress").interpretation.corrections == ()


def test_synonyms_and_stop_words_take_effect_at_once(shop: Shop, set_up: Any) -> None:
    assert set(ids(ask(shop, "sofa", relax=False, group=False))) == {"sofa", "couch"}  # the type says it
    assert ids(ask(shop, "settee", relax=False)) == []
    set_up(synonyms=[["settee", "sofa"]])
    assert "sofa" in ids(ask(shop, "settee", relax=False))
    assert ids(ask(shop, "gimme sofa", relax=False)) == []
    set_up(stop_words=["gimme"])
    assert "sofa" in ids(ask(shop, "gimme sofa", relax=False))


def test_names_that_people_give_are_searched_by(tmp_path: Any) -> None:
    edits = [
        GraphEdit("type", "Sofa", "name", "en", "davenport"),
        GraphEdit("style", "Boho", "synonym", "style", "Orbit"),
    ]
    with open_shop(tmp_path / "store") as shop:
        shop.index_feed(str(feed(tmp_path / "feed", EXTRAS, pictures=False)))
        assert "sofa" not in ids(ask(shop, "davenport for two", relax=False))
        with Store.open(tmp_path / "store") as store:  # as ``aisle graph add`` does beside a serving shop
            store.graph.put(edits)
        shop._views.learn_words()
        assert "sofa" in ids(ask(shop, "davenport", relax=False))
        assert "phone-256" in ids(ask(shop, "boho phone", relax=False))
        with Store.open(tmp_path / "store") as store:
            store.graph.forget(edits)
        shop._views.learn_words()
        assert "phone-256" not in ids(ask(shop, "boho phone", relax=False))


def test_boosts_take_effect_at_once(shop: Shop, set_up: Any) -> None:
    def first() -> str:
        return ids(ask(shop, "orbit leather"))[0]

    set_up(searchable={"brand": 50.0}, weights={"phrase": 0.0, "dense": 0.0}, understanding=False)
    assert first().startswith("phone")
    set_up(searchable={"brand": 0.001, "title": 0.001, "attributes": 50.0}, understanding=False)
    assert not first().startswith("phone")


def test_highlights_are_escaped(tmp_path: Any) -> None:
    with open_shop(tmp_path / "store") as shop:
        shop.put_products([{"id": "1", "title": "Cup <3 & saucer", "description": "A cup."}])
        (hit,) = ask(shop, "cup").hits
        assert hit.highlights["title"] == "<mark>Cup</mark> &lt;3 &amp; saucer"


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_no_words_browse(shop: Shop, text: str) -> None:
    assert everything(shop, text) == everything(shop)


ODD = [
    "x" * 10_000,
    "dress " * 2_000,
    "红色连衣裙" * 2_000,
    "👗",
    "👩‍👩‍👧‍👦 dress",
    "the",
    "the and of",
    "的",
    "\x00",
    "dress\x00\x07\x1b[31m",
    "\u202eeslaf",
    "שמלה אדומה",
    "\ud800",
    "'; DROP TABLE products; --",
    "((((",
    '"unclosed',
    "-",
    "%s %d {0}",
    "\\1 dress",
    "٣ ½ ²",
    "dress OR lamp AND NOT mug",
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_words_are_answered(shop: Shop, text: str) -> None:
    response = ask(shop, text, facets=("type", "price"), explain=True, weak=True)
    assert len(response.hits) <= response.total
    assert ask(shop, words(text, -1.0)).total_is_exact
    shop.suggest(text)


@given(st.text(max_size=60), st.text(max_size=12))
@settings(max_examples=60)
def test_any_words_are_answered(shop: Shop, text: str, ending: str) -> None:
    ask(shop, text)
    ask(shop, f"red dress {ending}", words(text, -0.5))


# Presenting


def test_past_the_end_is_empty_with_the_right_total(shop: Shop) -> None:
    response = ask(shop, "dress", offset=10_000)
    assert response.hits == () and response.total == ask(shop, "dress").total > 0


def test_variants_are_one_hit_with_their_count(shop: Shop) -> None:
    grouped = ask(shop, "dress", limit=200)
    apart = ask(shop, "dress", limit=200, group=False)
    assert (grouped.total, apart.total) == (3, 3 * len(COLORS))
    assert [hit.variants for hit in grouped.hits] == [len(COLORS)] * 3
    assert {hit.product.group for hit in grouped.hits} == {hit.product.group for hit in apart.hits}
    assert [hit.variants for hit in ask(shop, "dress", filters={"color": ["Red", "Blue"]}).hits] == [2] * 3
    assert ask(shop, "red dress").hits[0].id.endswith("-red")


def test_each_group_is_shown_by_its_best(shop: Shop) -> None:
    apart = ask(shop, "red dress", limit=200, group=False, weak=True).hits
    best: dict[str | None, str] = {}
    for hit in apart:
        best.setdefault(hit.product.group or hit.id, hit.id)
    assert set(ids(ask(shop, "red dress", limit=200, weak=True))) == set(best.values())


@pytest.mark.parametrize(("sort", "field", "descending"), [
    ("price", "price", False),
    ("price:asc", "price", False),
    ("price:desc", "price", True),
    ("rating", "rating", True),
    ("rating:asc", "rating", False),
    ("newest", "created", True),
    ("newest:asc", "created", False),
])  # fmt: skip
def test_sorting_puts_missing_values_last(shop: Shop, sort: str, field: str, descending: bool) -> None:
    hits = ask(shop, limit=200, group=False, sort=sort).hits
    values = [hit.product.attributes.get(field) for hit in hits]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=descending)
    assert None in values and values[len(known) :] == [None] * (len(values) - len(known))


def test_titles_are_sorted_case_blind(tmp_path: Any) -> None:
    with open_shop(tmp_path / "store") as shop:
        shop.put_products(
            [{"id": str(i), "title": title} for i, title in enumerate(["beta", "Alpha", "GAMMA", "delta"])]
        )
        assert [hit.product.title for hit in ask(shop, sort="title").hits] == ["Alpha", "beta", "delta", "GAMMA"]


@pytest.mark.parametrize("sort", ["", "nonsense", "price:down", "color", "price:desc:asc", "relevance:desc"])
def test_an_unknown_sort_is_refused(shop: Shop, sort: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ask(shop, sort=sort)
    assert caught.value.field == "sort" and "price" in (caught.value.hint or "")


def test_sorting_by_a_field_that_no_product_has(tmp_path: Any) -> None:
    with open_shop(tmp_path / "store") as shop:
        shop.put_products([{"id": "1", "title": "Cup"}])
        assert ids(ask(shop, sort="price")) == ["1"]


def test_out_of_stock_is_shown_demoted_or_hidden(shop: Shop, set_up: Any) -> None:
    def stock(**options: Any) -> list[Any]:
        return [hit.product.attributes.get("stock") for hit in ask(shop, "sofas", group=False, **options).hits]

    set_up(out_of_stock="show", weights={"stock": 5.0})
    assert sorted(stock()) == [0, 3]
    shown_scores = {hit.id: {term.signal for term in hit.why} for hit in ask(shop, "sofas", explain=True).hits}
    assert all("stock" not in signals for signals in shown_scores.values())
    set_up(out_of_stock="demote")
    assert stock() == [3, 0]
    set_up(out_of_stock="hide")
    response = ask(shop, "sofas", facets=("type", "stock"))
    assert ids(response) == ["sofa"]
    assert [(value.value, value.count) for value in response.facets["type"].values] == [("Sofas", 1)]
    assert response.facets["stock"].minimum == 3


@pytest.mark.parametrize(
    ("tree", "hint"),
    [({"colour": ["Red"]}, "color"), ({"price": {"lte": "cheap"}}, "49.90"), ({"price": {"near": 3}}, "gte")],
)
def test_a_filter_that_is_not_understood_is_refused(shop: Shop, tree: Any, hint: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ask(shop, filters=tree)
    assert (caught.value.field or "").startswith("filters.") and hint in (caught.value.hint or "")


def test_only_filterable_fields_may_be_filtered(shop: Shop, set_up: Any) -> None:
    set_up(filterable=["color"])
    assert ask(shop, filters={"color": ["Red"]}).total
    with pytest.raises(InvalidRequest):
        ask(shop, filters={"brand": ["Alder"]})


def test_an_empty_shop_answers(tmp_path: Any) -> None:
    with open_shop(tmp_path / "store") as shop:
        for parts in ((), ("dress",), (shown("red"),), (shown("red", weight=-1.0),)):
            response = ask(shop, *parts, facets=("color", "price"), sort="relevance")
            assert (response.total, response.hits) == (0, ())
            assert all(facet.values == () for facet in response.facets.values())
        assert shop.suggest("dr") == []


def test_the_whole_range_of_types_is_there(shop: Shop) -> None:
    values = {value.value for value in ask(shop, facets=("type",)).facets["type"].values}
    assert len(values) == len(TYPES) + 3
