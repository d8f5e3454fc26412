"""The filter grammar: what it takes, what it refuses and how it says so, and what lifting a facet's own filter leaves."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import InvalidRequest
from aisle.index.filters import MAX_DEPTH, MAX_LEAVES, And, Exists, In, Not, Or, Range, fields_of, parse, without

FIELDS = {"color": "list", "brand": "text", "price": "number", "released": "date"}


def test_an_object_is_an_and_of_its_fields() -> None:
    assert parse({"color": "Red", "price": {"gte": 10, "lt": 50}}, FIELDS) == And(
        (In("color", ("Red",)), Range("price", low=10.0, high=50.0, below=False))
    )


@pytest.mark.parametrize(
    ("condition", "tree"),
    [
        ({"color": ["Red", "Blue"]}, In("color", ("Red", "Blue"))),
        ({"color": {"in": ["Red"]}}, In("color", ("Red",))),
        ({"price": 5}, In("price", (5.0,))),
        ({"price": {"eq": 5}}, In("price", (5.0,))),
        ({"price": {"gt": 5}}, Range("price", low=5.0, above=False)),
        ({"released": {"lte": "2024-05-01"}}, Range("released", high="2024-05-01")),
        ({"brand": {"exists": True}}, Exists("brand")),
        ({"brand": {"exists": False}}, Not(Exists("brand"))),
        ({"brand": True}, In("brand", ("true",))),
        ({"brand": 501}, In("brand", ("501",))),
        ({"not": {"color": "Black"}}, Not(In("color", ("Black",)))),
        ({"or": [{"color": "Red"}, {"price": 1}]}, Or((In("color", ("Red",)), In("price", (1.0,))))),
        ({"and": [{"color": "Red"}, {"price": 1}]}, And((In("color", ("Red",)), In("price", (1.0,))))),
        ({"color": []}, In("color", ())),
        ({}, And()),
        (None, And()),
    ],
)
def test_each_form(condition: Any, tree: Any) -> None:
    assert parse(condition, FIELDS) == tree


@pytest.mark.parametrize(
    ("condition", "where", "hint"),
    [
        ({"colour": "Red"}, "filters.colour", "color"),
        ({"xyzzy": "Red"}, "filters.xyzzy", "brand, color, price, released"),
        ({"price": "cheap"}, "filters.price", "49.90"),
        ({"price": True}, "filters.price", "49.90"),
        ({"price": {"gte": "10"}}, "filters.price.gte", "49.90"),
        ({"price": float("nan")}, "filters.price", None),
        ({"price": 10**400}, "filters.price", None),
        ({"price": {"gte": 1, "gt": 2}}, "filters.price", None),
        ({"price": {"above": 2}}, "filters.price", "gte"),
        ({"price": {}}, "filters.price", "gte"),
        ({"price": None}, "filters.price", None),
        ({"color": [["Red"]]}, "filters.color", None),
        ({"color": {"gte": "A"}}, "filters.color", "value"),
        ({"color": {"exists": 1}}, "filters.color.exists", None),
        ({"color": ["Red"] * 1001}, "filters.color", None),
        ({"or": []}, "filters.or", None),
        ({"or": {"color": "Red"}}, "filters.or", None),
        ({"and": [3]}, "filters.and.0", "color"),
        ({"not": ["color"]}, "filters.not", None),
        (["color"], "filters", None),
    ],
)
def test_what_is_wrong_is_named(condition: Any, where: str, hint: str | None) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(condition, FIELDS)
    assert caught.value.field == where
    assert hint is None or hint in (caught.value.hint or "")


def test_depth_and_size_are_bounded() -> None:
    deep: dict[str, Any] = {"color": "Red"}
    for _ in range(MAX_DEPTH - 1):
        deep = {"not": deep}
    parse(deep, FIELDS)
    with pytest.raises(InvalidRequest):
        parse({"not": deep}, FIELDS)
    parse({"or": [{"color": "Red"}] * MAX_LEAVES}, FIELDS)
    with pytest.raises(InvalidRequest):
        parse({"or": [{"color": "Red"}] * (MAX_LEAVES + 1)}, FIELDS)


def test_lifting_a_field_leaves_the_rest() -> None:
    tree = parse({"color": "Red", "price": {"lt": 9}, "not": {"color": "Pink"}, "and": [{"color": "Blue"}]}, FIELDS)
    assert without(tree, "color") == And((Range("price", high=9.0, below=False), Not(In("color", ("Pink",)))))
    assert without(parse({"color": "Red"}, FIELDS), "color") == And()
    mixed = parse({"or": [{"color": "Red"}, {"price": 1}]}, FIELDS)
    assert without(mixed, "color") == mixed
    alone = parse({"or": [{"color": "Red"}, {"color": {"exists": False}}], "price": 1}, FIELDS)
    assert without(alone, "color") == In("price", (1.0,))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([*FIELDS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*FIELDS, "and", "or", "not", "gte", "lt", "in", "eq", "exists", "?"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400)
@given(_json)
def test_anything_gives_a_tree_or_one_kind_of_error(value: Any) -> None:
    try:
        tree = parse(value, FIELDS)
    except InvalidRequest as error:
        assert error.field and error.field.startswith("filters")
    else:
        assert set(fields_of(tree)) <= FIELDS.keys()
        for field in FIELDS:
            without(tree, field)
