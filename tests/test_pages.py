"""The pages' own logic: URLs that hold a search, messages in two languages, titles that can't smuggle markup."""

from __future__ import annotations

import html
import json
import re
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.config import SearchSettings
from aisle.types import Box, CompoundQuery, Contribution, Facet, FacetValue, Hit, Product, Slot, SlotKind, Transcript
from aisle.types import Range as Bound
from aisle.understanding.dialogue import follow
from aisle.understanding.references import read_reference
from aisle.web.pages import looks
from aisle.web.pages.address import Address, Frame, Part, PartKind, Range, Turn, parse
from aisle.web.pages.asking import facet_names, filter_object, known_only, sorts
from aisle.web.pages.assets import Assets
from aisle.web.pages.dialogue import merge
from aisle.web.pages.messages import LANGUAGES, messages, preferences
from aisle.web.pages.views import Shelf, marked, prices

QUICK = settings(max_examples=150)
EN = Shelf("", messages("en"))
ZH = Shelf("/shops/x", messages("zh"))

words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
weights = st.integers(-30, 30).map(lambda n: n / 10)
fractions = st.lists(st.integers(0, 1000), min_size=2, max_size=2, unique=True).map(
    lambda p: sorted(n / 1000 for n in p)
)
boxes = st.builds(lambda x, y: Box(x[0], y[0], x[1], y[1]), fractions, fractions)
tokens = st.from_regex(r"\A[a-z0-9]{10}\Z")
frames = st.lists(
    st.builds(Frame, tokens, st.none() | boxes), min_size=1, max_size=4, unique_by=lambda frame: frame.token
)
parts = st.one_of(
    st.builds(Part, st.just(PartKind.TEXT), words, weights),
    st.builds(Part, st.just(PartKind.PRODUCT), words, weights),
    st.builds(Part, st.just(PartKind.PHOTO), tokens, weights, st.none() | boxes),
    st.builds(Part, st.just(PartKind.CLIP), tokens, weights, st.none(), frames.map(tuple)),
)
names = st.from_regex(r"\A[a-z_]{1,12}\Z")
numbers = st.integers(-10_000, 10_000).map(lambda n: n / 4)
ranges = st.builds(Range, numbers, st.none()) | st.builds(lambda a, b: Range(min(a, b), max(a, b)), numbers, numbers)
addresses = st.builds(
    Address,
    words=st.just("") | words,
    weight=weights,
    parts=st.lists(parts, max_size=4).map(tuple),
    filters=st.dictionaries(names, st.lists(words, min_size=1, max_size=3, unique=True).map(tuple), max_size=3),
    ranges=st.dictionaries(names, ranges, max_size=2),
    sort=st.sampled_from(["relevance", "price", "price:desc"]),
    page=st.integers(1, 2000),
    exact=st.booleans(),
    turns=st.lists(st.builds(Turn, words, st.dictionaries(names, ranges, max_size=2)), max_size=3).map(tuple),
)


def parse_text(query: str) -> Address:
    from urllib.parse import parse_qsl

    return parse(parse_qsl(query, keep_blank_values=True))


@QUICK
@given(addresses)
def test_an_address_survives_its_url(address: Address) -> None:
    assert parse_text(address.encode()) == address


@QUICK
@given(
    st.lists(
        st.tuples(st.text(max_size=12) | st.sampled_from(["part", "page", "w", "f.x", "min.x"]), st.text(max_size=30))
    )
)
def test_any_pairs_make_an_address(pairs: list[tuple[str, str]]) -> None:
    address = parse(pairs)
    assert parse_text(address.encode()) == address


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=++red++dress+", Address("red dress")),
        ("page=0", Address()),
        ("page=99999999999999", Address()),
        ("page=١", Address()),
        ("w=nan&min.price=inf&max.price=x", Address()),
        ("w=99", Address(weight=3.0)),
        ("min.price=50&max.price=20", Address(ranges={"price": Range(20.0, 50.0)})),
        ("part=audio:1:x&part=text:1:&part=photo:1:../../etc&part=text", Address()),
        ("part=product:x:A:1", Address(parts=(Part(PartKind.PRODUCT, "A:1"),))),
        ("part=photo:1:abcd:0.9,0,0.1,1", Address(parts=(Part(PartKind.PHOTO, "abcd"),))),
        ("f.=x&f.color=&f.color=Red&f.color=Red", Address(filters={"color": ("Red",)})),
    ],
)
def test_what_can_not_be_read_is_passed_over(query: str, expected: Address) -> None:
    assert parse_text(query) == expected


def test_filters_go_on_and_off_and_back_to_the_first_page() -> None:
    address = Address("x", filters={"color": ("Red",)}, page=4)
    both = address.with_filter("color", "Blue").with_range("price", None, 20.0)
    assert filter_object(both) == {"color": ["Red", "Blue"], "price": {"lte": 20.0}}
    assert both.without_filter("color", "Red").without_filter("color", "Blue").without_range("price") == Address("x")


def test_only_what_the_shop_knows_is_asked() -> None:
    fields = {"color": "list", "price": "number", "type_zh": "text", "type": "text"}
    address = Address(
        filters={"color": ("Red",), "x": ("y",)}, ranges={"price": Range(1.0), "color": Range(1.0)}, sort="mood"
    )
    assert known_only(address, fields, SearchSettings()) == Address(
        filters={"color": ("Red",)}, ranges={"price": Range(1.0)}
    )
    assert sorts(SearchSettings(), fields) == ["relevance", "price", "price:desc", "title"]
    assert sorts(SearchSettings(), {"created": "text"}) == ["relevance", "title", "newest"]
    assert facet_names(Address(), SearchSettings(), fields, "en") == ["type", "color", "price"]
    assert facet_names(Address(), SearchSettings(), fields, "zh") == ["type_zh", "color", "price"]


def test_every_language_has_the_same_messages_with_the_same_blanks() -> None:
    english = messages("en").texts
    for language in LANGUAGES:
        texts = messages(language).texts
        assert list(texts) == list(english), language
        for key, text in texts.items():
            assert text.strip(" ") == text.rstrip(" ") and text, key
            assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key])), key


def test_every_message_is_used_and_every_used_message_exists() -> None:
    web = files("aisle.web")
    sources = {
        folder: "".join(
            item.read_text(encoding="utf-8")
            for place in (web.joinpath(folder), web.joinpath(folder, "search"), web.joinpath(folder, "label"))
            if place.is_dir()
            for item in place.iterdir()
            if item.name.endswith((".html", ".js", ".py"))
        )
        for folder in ("templates", "static", "pages")
    }
    texts = messages("en").texts
    by_value = r"(field|signal|sort|color|pattern|material|gender|error|relaxed|range|part\.kind|heading|label\.grade|label\.meaning|effects|share|understood)\."
    for key in texts:
        if key.startswith("script."):
            assert f'"{key.removeprefix("script.")}"' in sources["static"], key
        elif not re.match(by_value, key):
            stem = key.removesuffix(".one").removesuffix(".other")
            assert f'"{stem}"' in sources["templates"] + sources["pages"], key
    for key in re.findall(r"""\bt(?:\.count)?\("([\w.:]+\w)"[,)]""", sources["templates"] + sources["pages"]):
        assert key in texts or f"{key}.one" in texts, key
    for key in re.findall(r'\btext\("(\w+)"', sources["static"]):
        assert f"script.{key}" in texts, key


def test_the_browsers_preference_counts_by_quality_then_order() -> None:
    def best(header: str) -> list[str]:
        return [language for _, _, language in sorted(preferences(header), reverse=True)]

    assert best("fr, zh-CN;q=0.8, en;q=0.9") == ["en", "zh"]
    assert best("zh-TW,en") == ["zh", "en"]
    assert best("en;q=0, *;q=x, de") == []


@QUICK
@given(st.text(max_size=60))
def test_a_title_shows_its_highlight_and_nothing_else(title: str) -> None:
    words = title.split(" ")
    highlight = " ".join(f"<mark>{html.escape(w)}</mark>" if i % 2 else html.escape(w) for i, w in enumerate(words))
    shown = str(marked(highlight, title))
    assert html.unescape(re.sub(r"</?mark>", "", shown)) == title
    assert "<" not in shown.replace("<mark>", "").replace("</mark>", "")


@pytest.mark.parametrize(
    "highlight", ["<img src=x>", "<mark>a", "</mark>a<mark>", "<mark><mark>a</mark></mark>", "<b>a</b>", ""]
)
def test_a_broken_highlight_gives_the_plain_title(highlight: str) -> None:
    assert str(marked(highlight, "a")) == "a"


def product(**attributes: Any) -> Product:
    return Product("A/1 ?", "Red <b>mug", attributes=attributes, images=("/media/a.jpg",))


def test_prices_and_stock() -> None:
    now, before = prices(product(price=20.0, list_price=30.0, currency="usd"))
    assert now is not None and before is not None
    assert (now.text, before.text) == ("$20.00", "$30.00")
    assert prices(product(price=20.0, sale_price=15.0, currency="EUR"))[0].text == "€15.00"  # type: ignore[union-attr]
    assert prices(product(color=("Red",))) == (None, None)
    assert (
        looks.money(1234.0, "JPY") == "¥1,234"
        and looks.money(5.5, "XYZ") == "5.50 XYZ"
        and looks.money(5, "") == "5.00"
    )
    card = EN.card(Hit("A/1 ?", 1.0, product(stock=0, availability="in stock")))
    assert not card.in_stock and card.url == "/p/A%2F1%20%3F"
    assert EN.card(Hit("a", 1.0, product(availability="Out_of_stock"))).in_stock is False


def test_why_is_ordered_by_how_much_it_counts() -> None:
    why = (Contribution("stock", 1, 0.1), Contribution("lexical", 1, -0.4), Contribution("own_signal", 1, 0.2))
    reasons = EN.reasons((*why, Contribution("dense", 0, 0.0)))
    assert [(r.label, r.share, r.helps) for r in reasons] == [
        ("Your words are in it", 100.0, False),
        ("Own signal", 50.0, True),
        ("In stock", 25.0, True),
    ]


def test_facets_show_what_is_chosen_even_when_nothing_is_left_of_it() -> None:
    counted = Facet(tuple(FacetValue(f"v{i}", 20 - i) for i in range(12)))
    address = Address(filters={"brand": ("v11", "Gone")})
    (view,) = EN.facets(address, {"brand": counted})
    assert [c.value for c in view.choices] == ["v0", "v1", "v2", "v3", "v4", "v5", "v11", "Gone"]
    assert len(view.more) == 5 and view.choices[-1].count == 0
    assert EN.facets(Address(), {"brand": Facet((FacetValue("only", 3),)), "price": Facet((), 5.0, 5.0)}) == []
    (price,) = EN.facets(Address(), {"price": Facet((), 4.5, 99.1)})
    assert (price.low, price.high) == (4.0, 100.0)


def test_colours_have_swatches_and_values_a_language() -> None:
    assert looks.swatch("Dark Navy") == looks.swatch("navy") and looks.swatch("Mood") is None
    (view,) = ZH.facets(Address(), {"color": Facet((FacetValue("Red", 2), FacetValue("Mood", 1)))})
    assert [(c.label, c.swatch is not None) for c in view.choices] == [("红色", True), ("Mood", False)]
    assert ZH.search_url(Address("x")) == "/shops/x/?q=x"


def test_pages_are_few_and_lead_to_both_ends() -> None:
    links = EN.pages(Address("x", page=5), 24 * 9 + 1)
    assert [link.number if link else None for link in links] == [1, None, 4, 5, 6, None, 10]
    assert [link.number for link in EN.pages(Address(page=2), 70) if link] == [1, 2, 3]
    assert EN.pages(Address(), 24) == []


def test_details_are_in_the_shoppers_language() -> None:
    one = product(type="Mug", type_zh="马克杯", glaze="matt", price=3.0, color=("Red", "Blue"))
    assert EN.details(one) == [("Type", "Mug"), ("Color", "Red, Blue"), ("Glaze", "matt")]
    assert ZH.details(one)[:2] == [("类型", "马克杯"), ("颜色", "红色、蓝色")]


def test_what_was_loosened_is_said_in_words() -> None:
    assert EN.relaxations(["words", "filter color, price"])[1].startswith("Nothing passes the filter Color, Price")
    assert EN.relaxations(["moon"]) == ["We loosened your search to find something: moon."]


def test_assets_are_named_by_their_content() -> None:
    assets = Assets.load()
    assert {"base.css", "shop.css", "page.js", "search/main.js", "icon.svg"} <= set(assets.contents)
    assert Assets.load().version == assets.version
    assert Assets({**assets.contents, "x.js": b""}, "").media_type("x.js").startswith("text/javascript")
    css = assets.contents["shop.css"].decode() + assets.contents["base.css"].decode()
    assert "@import" not in css and not re.search(r"url\((?![\"']?data:)", css)


def test_messages_are_plain_json() -> None:
    for language in LANGUAGES:
        raw = files("aisle.web").joinpath("i18n", f"{language}.json").read_text(encoding="utf-8")
        pairs = json.loads(raw, object_pairs_hook=list)
        assert len({key for key, _ in pairs}) == len(pairs)


def test_what_was_heard_holds_while_the_words_stand() -> None:
    heard = parse_text("q=red+dress&said=0.8:red+dress&said=0.1:bread+dress&said=2:loud&said=x:y&said=0.5:")
    assert heard.heard == (Transcript("red dress", 0.8), Transcript("bread dress", 0.1))
    assert parse_text(heard.encode()) == heard
    assert parse_text("q=red+dresses&said=0.8:red+dress").heard == ()
    assert heard.searching("mug").heard == () == heard.literally().heard


def test_turns_and_frames_that_cannot_be_read_are_passed_over() -> None:
    turns = parse_text("turn=[price:..66]cheaper&turn=[new]+coat&turn=&turn=[price:x..]a&turn=[price:1..2]").turns
    assert turns[0] == Turn("cheaper", {"price": Range(None, 66.0)})
    assert [turn.words for turn in turns[1:]] == ["[new] coat", "[price:x..]a"]
    assert parse_text("part=clip:1:abcd").parts == () == parse_text("part=clip:1:ABCD:abcd").parts
    assert parse_text("part=clip:1:abcd:aaaa@0,0,1,2;B;aaaa").parts[0].frames == (Frame("aaaa"),)


def understands(text: str, history: tuple[CompoundQuery, ...], shown: Any = ()) -> tuple[CompoundQuery, ...]:
    """Colours, and what points at the screen; where something is shown, it costs 50 in the middle."""
    slots = tuple(Slot(SlotKind.COLOR, word, word) for word in text.split() if word in ("red", "blue"))
    said = CompoundQuery(text, slots=slots, reference=read_reference(text).reference)
    now = follow(history[-1], said) if history else said
    if shown and now.reference and now.reference.than:
        now = CompoundQuery(now.text, slots=now.slots, ranges=(Bound("price", None, 50.0),), reference=now.reference)
    return (*history, now)


def test_turns_merge_and_are_measured_once_against_what_was_shown() -> None:
    asked: list[Address] = []

    def shows(address: Address, compound: CompoundQuery) -> list[str]:
        asked.append(address)
        return ["a", "b"]

    address = parse_text("q=red&turn=cheaper&turn=blue")
    talk = merge(address, understands, shows)
    assert [turn.encode() for turn in talk.address.turns] == ["[price:..50]cheaper", "blue"]
    assert asked == [parse_text("q=red")]
    assert talk.compound is not None and [slot.value for slot in talk.compound.slots] == ["blue"]
    assert [(bound.field, bound.maximum) for bound in talk.compound.ranges] == [("price", 50.0)]
    again = merge(talk.address, understands, shows)
    assert again.address == talk.address and len(asked) == 1
    assert again.compound is not None and again.compound.ranges[0].maximum == 50.0


def test_turns_are_taken_back_begun_anew_and_point() -> None:
    def merged(query: str) -> Any:
        return merge(parse_text(query), understands, lambda address, compound: [])

    assert merged("q=red&turn=blue&turn=undo").address.encode() == "q=red"
    assert merged("q=red&turn=undo&part=text:1:mug").address.encode() == "part=text%3A1%3Amug"
    assert merged("q=red&turn=blue&turn=start+over&f.type=Mug").address.is_blank
    pointing = merged("q=red&turn=blue&turn=the+second+one")
    assert pointing.place == 2 and pointing.address.encode() == "q=red&turn=blue"
    assert merged("q=red&turn=the+second+one&turn=blue").place is None
    assert merged("turn=red").compound is not None and merged("q=red").compound is None
