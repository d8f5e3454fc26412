"""Which category a query means: by name, by labelled queries, by the company it keeps in the catalog."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import TinyModel

from aisle.app import Shop
from aisle.config import Config
from aisle.errors import InvalidRequest
from aisle.understanding.categories import Categories, company, kinds, main_part, pieces, spoken, views_of
from aisle.understanding.graph import Graph

NAMES = ("Chairs", "Portable GPS", "E-Readers", "Pendant Lights")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph.build(())


def named(*views) -> Categories:
    return Categories(NAMES, (), views)


def test_a_name_is_found_without_any_labelled_query():
    assert named(pieces, spoken).rank("garmin gps")[0].name == "Portable GPS"
    assert named(pieces, spoken).rank("pendent lihgts")[0].name == "Pendant Lights"


def test_a_kind_of_thing_finds_what_it_is_a_kind_of(graph):
    found = named(kinds(graph)).rank("rocking chair", limit=2)
    assert found[0].name == "Chairs"
    assert found[0].because == "Chairs"


def test_one_labelled_query_teaches_a_word_that_no_name_has():
    taught = Categories(NAMES, [("nook", "E-Readers")], (pieces, spoken))
    assert taught.rank("nook color")[0].name == "E-Readers"
    assert taught.rank("nook color")[0].because == "nook"


def test_a_labelled_query_may_bring_a_category_of_its_own():
    assert Categories((), [("nook", "Books")], (pieces,)).rank("nook")[0].name == "Books"


def test_what_the_catalog_finds_speaks_too():
    titles = {
        "nook": [("Barnes & Noble e-reader", 2.0), ("E-readers in black", 1.0)],
        "E-Readers": [("Kindle e-reader", 1.0)],
    }
    seen = company(lambda text: titles.get(text, []))
    assert named(seen).rank("nook")[0].name == "E-Readers"


def test_what_a_thing_is_stands_before_what_is_said_of_it():
    assert main_part("lamp with a white shade") == "lamp"
    assert main_part("with white shade") == "with white shade"
    assert spoken("table lamp for a desk")["lamp"] > spoken("table lamp for a desk")["desk"]


@pytest.mark.parametrize("query", ["", "   ", "???", "for", "x" * 10_000, "' OR 1=1 --", "不知道"])
def test_any_text_gets_shares_that_sum_to_one(query, graph):
    scores = Categories(NAMES, [("nook", "E-Readers")], views_of(graph)).scores([query])
    assert scores.shape == (1, len(NAMES))
    assert np.isfinite(scores).all()
    assert scores.sum() == pytest.approx(1.0)


def test_no_query_gets_no_row():
    assert named(pieces).scores([]).shape == (0, len(NAMES))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("categories") / "store"
    with Shop.open("tiny", folder, model=TinyModel(), config=Config(store=folder)) as shop:
        shop.put_products(
            [
                {"id": "1", "title": "Kindle paper e-reader", "type": "E-Readers"},
                {"id": "2", "title": "Nook e-reader with light", "type": "E-Readers"},
                {"id": "3", "title": "Garmin navigator for cars", "type": "Portable GPS"},
            ]
        )
        yield shop


def test_a_shops_own_types_are_its_categories(shop):
    known = shop.categories()
    assert set(known.names) == {"E-Readers", "Portable GPS"}
    assert known.rank("nook")[0].name == "E-Readers"


def test_labelled_queries_join_the_catalog(shop):
    assert shop.categories(examples=[("tom tom", "Portable GPS")]).rank("tomtom")[0].name == "Portable GPS"


def test_an_attribute_that_nothing_says_is_refused(shop):
    with pytest.raises(InvalidRequest) as refused:
        shop.categories("flavour")
    assert refused.value.field == "field"
