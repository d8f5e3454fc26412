"""Cleaning: tables of what shops write and what it means, repairs noted, originals kept, nothing invented."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.catalog.clean import clean
from aisle.catalog.colors import FAMILIES, family_of, parse_colors
from aisle.catalog.money import Money, parse_number, parse_price
from aisle.catalog.read import RawRow, open_feed
from aisle.catalog.row import Cleaned
from aisle.catalog.schema import FIELDS, field_of, guess_mapping, normalise
from aisle.catalog.text import tidy
from aisle.catalog.units import canonical_measure, canonical_size, parse_sizes
from aisle.catalog.values import parse_date, parse_rating, parse_stock, parse_word
from aisle.types import Product


def cleaned(base: Path | None = None, images: Path | None = None, **values: Any) -> Cleaned:
    row = RawRow(1, values)
    return clean(row, guess_mapping(list(values), [values]), base, images)


def product(base: Path | None = None, images: Path | None = None, **values: Any) -> Product:
    result = cleaned(base, images, **{"id": "1", "title": "Thing", **values})
    assert result.product is not None, result.rejection
    return result.product


# ---------------------------------------------------------------- prices


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$1,299.00", 1299, "USD"), ("1.299,00 €", 1299, "EUR"), ("¥88", 88, "CNY"), ("￥１２８", 128, "CNY"),
        ("88元", 88, "CNY"),
        ("19.99 USD", 19.99, "USD"), ("EUR 5", 5, "EUR"), ("£0.99", 0.99, "GBP"), ("1 299,50 zł", 1299.5, "PLN"),
        ("CHF 1'250.-", 1250, "CHF"), ("₹1,29,900", 129900, "INR"), ("1.2万元", 12000, "CNY"), ("HK$ 45", 45, "HKD"),
        ("A$12.50", 12.5, "AUD"), ("円 1,500", 1500, "JPY"), ("1500円", 1500, "JPY"), ("Rs. 499", 499, "INR"),
        ("R$ 1.499,90", 1499.9, "BRL"),
        ("1.299 €", 1299, "EUR"), ("1.299", 1.299, None), ("12,5", 12.5, None), ("1,299", 1299, None),
        ("1,234,567", 1234567, None),
        ("from $10 to $20", 10, "USD"), ("人民币 99.9", 99.9, "CNY"), ("free", 0, None), ("免费", 0, None),
        ("Gratis!", 0, None),
        ("-5", -5, None), ("-$5.00", -5, "USD"), ("$-5.00", -5, "USD"), ("($5.00)", -5, "USD"), ("−3 €", -3, "EUR"),
        ("call us", None, None), ("面议", None, None), ("", None, None), ("1.2.3,4,5", None, None),
        ("9" * 40, None, None),
        (7, 7, None), (7.25, 7.25, None), (True, None, None), (1e300, None, None), (float("nan"), None, None),
    ],
)  # fmt: skip
def test_prices(text: Any, amount: float | None, currency: str | None) -> None:
    assert parse_price(text) == Money(amount, currency)


@given(st.floats(0, 1e9).map(lambda value: round(value, 2)))
@settings(max_examples=200)
def test_a_price_survives_every_notation(amount: float) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for text in (f"${english}", f"{english} USD", f"US$ {english}"):
        assert parse_price(text) == Money(amount, "USD")
    for text in (f"{german} €", f"EUR {german}", f"{english.replace(',', ' ').replace('.', ',')} €"):
        assert parse_price(text) == Money(amount, "EUR")


@given(st.text(max_size=30))
@settings(max_examples=300)
def test_parsers_take_any_text(text: str) -> None:
    parse_price(text), parse_number(text), parse_date(text), parse_rating(text), parse_stock(text)
    canonical_size(text), canonical_measure(text), parse_sizes(text), parse_colors(text), parse_word("gender", text)
    tidy(text, lines=True), normalise(text), field_of(text)


def test_a_negative_price_is_quarantined() -> None:
    result = cleaned(id="1", title="Mug", price="-4.00")
    assert result.product is None and result.rejection is not None
    assert (result.rejection.code, result.rejection.field) == ("negative_price", "price")


def test_an_unreadable_price_is_dropped_and_kept_as_it_was() -> None:
    result = cleaned(id="1", title="Mug", price="ask in the shop")
    assert result.product is not None and "price" not in result.product.attributes
    assert result.product.original["price"] == "ask in the shop"
    assert [(r.field, r.kind) for r in result.repairs] == [("price", "unreadable price")]


def test_sale_and_list_price_and_currency() -> None:
    found = product(price="25 USD", sale_price="20 USD").attributes
    assert (found["price"], found["list_price"], found["currency"]) == (20, 25, "USD")
    assert "list_price" not in product(price="25", list_price="25").attributes
    assert product(price_eur="5").attributes == {"price": 5, "currency": "EUR"}
    assert product(None, None, **{"价格(元)": "5"}).attributes["currency"] == "CNY"
    assert product(price="5", currency="usd").attributes["currency"] == "USD"
    assert product(price="5 €", currency="").attributes["currency"] == "EUR"


# ---------------------------------------------------------------- measures and sizes


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("256gb", "256 GB"), ("256 GB", "256 GB"), ("1024GB", "1 TB"), ("90X200CM", "90x200 cm"),
        ("90 × 200 cm", "90x200 cm"),
        ("90cm x 200cm", "90x200 cm"), ("1.5L", "1.5 L"), ("1,5 l", "1.5 L"), ("1500 ml", "1.5 L"), ("330ml", "330 ml"),
        ("27\"", "27 in"),
        ("27-inch", "27 in"), ("27 inches", "27 in"), ("15.6英寸", "15.6 in"), ("500g", "500 g"),
        ("1000 grams", "1 kg"), ("2.50公斤", "2.5 kg"),
        ("500克", "500 g"), ("12 oz", "12 oz"), ("5lbs", "5 lb"), ("40W", "40 W"), ("30x20x10 mm", "30x20x10 mm"),
        ("100毫升", "100 ml"),
        ("1/2 in", "1/2 in"), ("501", None), ("XL", None), ("10 apples", None), ("5 m x 3 ft", None), ("", None),
    ],
)  # fmt: skip
def test_measures(text: str, canonical: str | None) -> None:
    assert canonical_measure(text) == canonical


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("x-large", ("XL",)), ("Medium", ("M",)), ("2XL", ("XXL",)), ("one size", ("One size",)),
        ("均码", ("One size",)), ("大号", ("L",)),
        ("S/M/L", ("S", "M", "L")), ("s, m, xl", ("S", "M", "XL")), ("EUR42", ("EU 42",)), ("EU 42.5", ("EU 42.5",)),
        ("42码", ("EU 42",)),
        ("US 9.5", ("US 9.5",)), ("9 UK", ("UK 9",)), ("150x200,50x80 cm", ("150x200 cm", "50x80 cm")),
        ("97,145 cm", ("97 cm", "145 cm")),
        ("3,5 l", ("3.5 L",)), ("Standard King", ("Standard King",)), ("38", ("38",)), ("32/34", ("32/34",)),
    ],
)  # fmt: skip
def test_sizes(text: str, sizes: tuple[str, ...]) -> None:
    assert parse_sizes(text) == sizes


def test_units_of_unknown_columns_are_standardised_and_kept() -> None:
    found = product(storage="256gb", network="5G", model_year="2020")
    assert found.attributes["storage"] == "256 GB" and found.original["storage"] == "256gb"
    assert found.attributes["network"] == "5G" and found.attributes["model_year"] == "2020"


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize(
    ("text", "families", "shades"),
    [
        ("Navy Blue", ("Blue",), ("Navy Blue",)), ("Gray", ("Grey",), ()), ("藏青色", ("Blue",), ("藏青色",)),
        ("红色", ("Red",), ("红色",)),
        ("White,black", ("White", "Black"), ()), ("Navy/White", ("Blue", "White"), ("Navy",)),
        ("off-white", ("Cream",), ("off-white",)),
        ("Black-brown", ("Brown",), ("Black-brown",)),
        ("Light white stained pine", ("White",), ("Light white stained pine",)),
        ("Silver-colour", ("Silver",), ()), ("Multicolour", ("Multicolor",), ()),
        ("Assorted colours", ("Multicolor",), ("Assorted colours",)),
        ("red and blue", ("Red", "Blue"), ()), ("黑白", ("Black", "White"), ("黑白",)),
        ("玫瑰金", ("Bronze",), ("玫瑰金",)), ("米白色", ("Cream",), ("米白色",)),
        ("酒红", ("Burgundy",), ("酒红",)), ("深蓝色、白色", ("Blue", "White"), ("深蓝色", "白色")),
        ("#ff0000", ("Red",), ("#ff0000",)),
        ("Redbrown", ("Brown",), ("Redbrown",)), ("rose gold", ("Bronze",), ("rose gold",)),
        ("Dancing alliums", (), ("Dancing alliums",)),
        ("red, blue, green, pink", ("Multicolor", "Red", "Blue", "Green", "Pink"), ()), ("軍綠", ("Olive",), ("軍綠",)),
        ("透明", ("Transparent",), ("透明",)),
    ],
)  # fmt: skip
def test_colors(text: str, families: tuple[str, ...], shades: tuple[str, ...]) -> None:
    assert parse_colors(text) == (families, shades)


def test_there_are_few_families_and_each_is_its_own_name() -> None:
    assert len(FAMILIES) <= 24
    assert all(family_of(family) == family for family in FAMILIES)


def test_several_color_columns_make_one_color() -> None:
    found = product(color="Navy", secondary_color="white")
    assert found.attributes["color"] == ("Blue", "White") and found.attributes["shade"] == ("Navy",)
    assert found.original["color"] == "Navy, white"


# ---------------------------------------------------------------- closed vocabularies, dates, ratings, stock


@pytest.mark.parametrize(
    ("value", "stock"),
    [("in stock", 1), ("out_of_stock", 0), ("有货", 1), ("售罄", 0), ("https://schema.org/InStock", 1),
    ("http://schema.org/OutOfStock", 0),
     ("10+", 10), ("Low stock (3 left)", 3), (12, 12), (-4, 0), ("-4", 0), (True, 1), (False, 0), ("1,200", 1200),
     ("preorder", 1), ("maybe", None)],
)  # fmt: skip
def test_stock(value: Any, stock: int | None) -> None:
    assert parse_stock(value) == stock


@pytest.mark.parametrize(
    ("value", "stars"),
    [("4.5", 4.5), ("4,5", 4.5), ("4.5/5", 4.5), ("9/10", 4.5), ("90%", 4.5), ("★★★★☆", 4.0), (4, 4.0), (9, 4.5),
    (95, 4.75), ("4 out of 5", 4.0),
     ("-1", None), ("good", None), ("12/10", None), (500, None)],
)  # fmt: skip
def test_ratings(value: Any, stars: float | None) -> None:
    assert parse_rating(value) == stars


@pytest.mark.parametrize(
    ("value", "iso"),
    [("2024-03-05", "2024-03-05"), ("2024/3/5", "2024-03-05"), ("20240305", "2024-03-05"), ("05.03.2024", "2024-03-05"),
    ("3/5/2024", "2024-03-05"),
     ("25/12/2024", "2024-12-25"), ("2024年3月5日", "2024-03-05"), ("Mar 5, 2024", "2024-03-05"),
     ("5 March 2024", "2024-03-05"), ("2024", None),
     (2024, "2024-01-01"), ("2024-03-05T10:00:00+02:00", "2024-03-05T08:00:00Z"), (1709632800, "2024-03-05T10:00:00Z"),
     (1709632800000, "2024-03-05T10:00:00Z"), ("Tue, 05 Mar 2024 10:00:00 GMT", "2024-03-05T10:00:00Z"),
     ("2024-13-45", None), ("soon", None)],
)  # fmt: skip
def test_dates(value: Any, iso: str | None) -> None:
    assert parse_date(value) == iso


def test_words_and_availability() -> None:
    found = product(
        gender="男", condition="https://schema.org/NewCondition", availability="out of stock", quantity="5"
    ).attributes
    assert (found["gender"], found["condition"], found["stock"]) == ("Men", "new", 0)
    assert product(gender="Ladies").original["gender"] == "Ladies"


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("text", "plain", "kinds"),
    [
        ("Red mug", "Red mug", ()), ("  Red \n mug ", "Red mug", ("whitespace",)),
        ("A<br>B<b>C</b>", "A BC", ("markup",)),
        ("Tom &amp; Jerry &#xAE;", "Tom & Jerry ®", ("entities",)),
        ("&lt;b&gt;x&lt;/b&gt;", "x", ("markup", "entities")),
        ("a<script>alert(1)</script>b<style>x{}</style>", "a b", ("markup",)),
        ("x<script>never closed", "x", ("markup",)),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3", ()), ("I <3 this", "I <3 this", ()), ("AT&T", "AT&T", ()),
        ("R&D; x", "R&D; x", ()),
        ("cafÃ© â€œnoirâ€\x9d", "café “noir”", ("mojibake",)), ("ä¸­æ–‡", "中文", ("mojibake",)),
        ("Größe À Ñandú", "Größe À Ñandú", ()),
        ("a\x00b\u200bc\u202ed", "abcd", ("control characters",)), ("3.5\\ Display\"", "3.5\" Display", ("escapes",)),
        ("it\\'s", "it's", ("escapes",)),
        ("👩‍👧 emoji", "👩‍👧 emoji", ()), ("e\u0301", "é", ()), ("مرحبا", "مرحبا", ()),
    ],
)  # fmt: skip
def test_text(text: str, plain: str, kinds: tuple[str, ...]) -> None:
    found, made = tidy(text)
    assert found == plain and set(made) == set(kinds)


def test_paragraphs_of_a_description_stay() -> None:
    found = product(description="<p>One</p><p>Two<br/>three</p><ul><li>a</li><li>b</li></ul>").description
    assert found == "One\n\nTwo\nthree\n\na\n\nb"


@given(st.text(max_size=80))
@settings(max_examples=300)
def test_plain_text_has_no_markup_or_control_characters(text: str) -> None:
    plain, _ = tidy(text)
    assert plain == plain.strip() and "\x00" not in plain and "<script>" not in plain and "  " not in plain


# ---------------------------------------------------------------- whole rows


def test_the_original_of_what_changed_is_kept_and_each_repair_noted() -> None:
    result = cleaned(id="7", name="Café &amp; Co", color="Navy Blue", price="$5", brand="N/A")
    found = result.product
    assert found is not None and found.original == {"title": "Café &amp; Co", "color": "Navy Blue", "price": "$5"}
    assert {(repair.field, repair.kind) for repair in result.repairs} == {
        ("title", "entities"), ("color", "color"), ("price", "price"), ("brand", "placeholder"),
    }  # fmt: skip


def test_missing_ids_are_stable_and_differ_by_content() -> None:
    one, again, other = (cleaned(title=title, price=5).product for title in ("Mug", "Mug", "Cup"))
    assert one and again and other and one.id == again.id != other.id and one.id.startswith("auto-")


@pytest.mark.parametrize(
    ("raw", "identifier"), [(12, "12"), (12.0, "12"), ("007", "007"), (" a\x01b ", "ab"), ("x" * 500, None)]
)
def test_ids_are_text(raw: Any, identifier: str | None) -> None:
    found = product(id=raw).id
    assert found == identifier if identifier else len(found) == 200


def test_titles_are_required_or_found_elsewhere() -> None:
    assert cleaned(id="1", type="Lamp", brand="Lux").product.title == "Lux Lamp"  # type: ignore[union-attr]
    assert cleaned(id="1", title=None, description="A fine lamp. It glows.").product.title == "A fine lamp"  # type: ignore[union-attr]
    assert cleaned(id="1", title_zh="台灯", price=3).product.title == "台灯"  # type: ignore[union-attr]
    rejected = cleaned(id="1", price="5", title="N/A")
    assert rejected.product is None and rejected.rejection is not None and rejected.rejection.code == "no_title"


def test_nulls_and_placeholders_leave_no_attribute() -> None:
    assert product(color=None, brand="null", material="-", size="", tags=[], rating="nan", fancy="N/A").attributes == {}


def test_a_sentence_in_the_brand_column_goes_to_the_description() -> None:
    found = product(brand="Holds flat-panel TVs up to 60 in; 3 adjustable shelves; vinyl")
    assert "brand" not in found.attributes and "adjustable" in found.description


def test_types_given_as_paths_and_materials_given_as_shares() -> None:
    found = product(product_type="Home > Women > Dresses", material="95% Cotton, 5% Elastane").attributes
    assert found["type"] == "Dresses" and found["category"] == ("Home", "Women", "Dresses")
    assert found["material"] == ("Cotton", "Elastane")
    assert product(category="Shoes").attributes["type"] == "Shoes"


def test_translations_and_unknown_columns() -> None:
    found = product(
        None,
        None,
        title_zh="杯子",
        description_zh="很好的杯子",
        **{"Heel Height (cm)": "5", "waterproof": True, "parts": ["a", "b"]},
    )
    assert found.translations == {"zh": {"title": "杯子", "description": "很好的杯子"}}
    assert found.attributes == {"heel_height_cm": "5", "waterproof": True, "parts": ("a", "b")}


def test_columns_that_first_appear_after_the_sample_still_find_their_field() -> None:
    mapping = guess_mapping(["id", "title"], [{"id": "1", "title": "a"}])
    found = clean(RawRow(900, {"id": "1", "title": "a", "colour": "navy", "id_2": "x"}), mapping, None).product
    assert found and found.attributes["color"] == ("Blue",)


def test_cleaning_is_idempotent() -> None:
    first = product(
        color="Navy/White",
        size="x-large",
        price="$5",
        weight="1000g",
        type="A > B",
        gtin="0123",
        created="5 March 2024",
        rating="9/10",
    )
    values = {
        "id": first.id,
        "title": first.title,
        **{k: list(v) if isinstance(v, tuple) else v for k, v in first.attributes.items()},
    }
    again = clean(RawRow(1, values), guess_mapping(list(values), [values]), None)
    assert again.product and again.product.attributes == first.attributes
    assert [repair.kind for repair in again.repairs] == []


COLUMNS = st.one_of(st.sampled_from(sorted(FIELDS)), st.text(max_size=12))
LISTS = st.lists(st.one_of(st.text(max_size=10), st.integers()), max_size=3)
VALUES = st.one_of(st.none(), st.text(max_size=40), st.integers(), st.floats(), st.booleans(), LISTS)


@given(st.dictionaries(COLUMNS, VALUES, max_size=10))
@settings(max_examples=400)
def test_any_row_becomes_a_product_or_a_reason(values: dict[str, Any]) -> None:
    result = clean(RawRow(1, values), guess_mapping(list(values), [values]), None)
    assert (result.product is None) != (result.rejection is None)
    if result.product:
        assert result.product.id and result.product.title
        for value in result.product.attributes.values():
            assert isinstance(value, str | int | float | bool) or (
                isinstance(value, tuple) and all(isinstance(v, str) for v in value)
            )


def test_hostile_addresses_are_dropped() -> None:
    assert "url" not in product(url="javascript:alert(1)").attributes


# ---------------------------------------------------------------- pictures


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name in (
        "feed/images/1.jpg",
        "feed/images/b.png",
        "feed/a.jpg",
        "pictures/1.webp",
        "pictures/deep/c.jpg",
        "secret.jpg",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("images/1.jpg", ["1.jpg"]), ("images/1.jpg|images/b.png", ["1.jpg", "b.png"]),
        ("images/1.jpg, a.jpg", ["1.jpg", "a.jpg"]),
        ('["images/1.jpg", "a.jpg"]', ["1.jpg", "a.jpg"]), (["images/1.jpg", None, "a.jpg"], ["1.jpg", "a.jpg"]),
        ("images\\1.jpg", ["1.jpg"]),
        ("https://x.example/a,b.jpg?w=1,h=2", ["a,b.jpg?w=1,h=2"]),
        ("https://x.example/a.jpg, https://x.example/b.jpg", ["a.jpg", "b.jpg"]),
        ("//cdn.example.com/a.jpg", ["a.jpg"]), ("images/none.jpg", []), ("../secret.jpg", []),
        ("images/../../secret.jpg", []),
        ("/etc/passwd", []), ("file:///etc/passwd", []), ("data:image/png;base64,AAAA", []), ("a\x00.jpg", []),
        ("images", []),
    ],
)  # fmt: skip
def test_pictures_are_found_inside_the_folder_alone(shop: Path, value: Any, names: list[str]) -> None:
    found = product(shop / "feed", image=value).images
    assert [path.rsplit("/", 1)[-1] for path in found] == names
    assert all(path.startswith("https://") or Path(path).is_file() for path in found)


def test_refused_and_missing_pictures_are_noted(shop: Path) -> None:
    result = cleaned(shop / "feed", id="9", title="x", image="../secret.jpg|images/none.jpg|ftp://x.example/a.jpg")
    assert [repair.kind for repair in result.repairs] == [
        "picture outside the folder",
        "picture missing",
        "picture unsupported",
    ]


def test_a_folder_of_pictures_is_searched_first_then_by_id(shop: Path) -> None:
    assert product(shop / "feed", shop / "pictures", image="deep/c.jpg").images == (str(shop / "pictures/deep/c.jpg"),)
    assert product(shop / "feed", shop / "pictures", image="images/1.webp").images == (str(shop / "pictures/1.webp"),)
    assert product(shop / "feed", shop / "pictures").images == (str(shop / "pictures/1.webp"),)
    assert product(shop / "feed", shop / "pictures", id="../secret").images == ()
    assert product(None, None, image="images/1.jpg").images == ()


@pytest.mark.real
def test_real_colors_are_mostly_known() -> None:
    data = os.environ.get("AISLE_DATA")
    if not data:
        pytest.skip("AISLE_DATA isn't set")
    for name, share in (("fashion", 0.99), ("furniture", 0.97)):
        feed = open_feed(Path(data) / name)
        rows = [row for row in feed.rows() if row.values.get("color")]
        known = [clean(row, feed.mapping, None).product for row in random.Random(0).sample(rows, 1000)]
        assert sum(1 for each in known if each and each.attributes.get("color")) >= share * len(known)
