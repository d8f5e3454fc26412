"""Feeds of every format, well-formed and hostile: what goes in comes out, and nothing but InvalidFeed is ever
raised."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aisle.catalog.clean import clean
from aisle.catalog.encoding import detect_encoding
from aisle.catalog.formats.delimited import sniff_delimiter, unique_names
from aisle.catalog.read import MAX_CELL, Feed, open_feed
from aisle.errors import InvalidFeed

ROWS = [
    {"id": "1", "title": "Red mug", "price": "4.50", "color": "red"},
    {"id": "2", "title": "Blue “mug”, large", "price": "5.00", "color": "blue"},
    {"id": "3", "title": "蓝色杯子", "price": "6.00", "color": "蓝色"},
]


def table(rows: list[dict[str, Any]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def parquet(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    return out.getvalue()


def merchant(rows: list[dict[str, Any]]) -> str:
    items = "".join(
        "<item>" + "".join(f"<g:{name}>{value}</g:{name}>" for name, value in row.items()) + "</item>" for row in rows
    )
    head = '<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>'
    return f"{head}{items}</channel></rss>"


def atom(rows: list[dict[str, Any]]) -> str:
    return merchant(rows).replace("item>", "entry>").replace("rss", "feed")


def json_ld(rows: list[dict[str, Any]]) -> str:
    graph = [
        {"@type": "Product", "sku": row["id"], "name": row["title"], "color": row["color"],
         "offers": {"@type": "Offer", "price": row["price"], "priceCurrency": "EUR"}}
        for row in rows
    ]  # fmt: skip
    return json.dumps({"@context": "https://schema.org", "@graph": graph})


FORMATS = {
    "products.csv": ("csv", table(ROWS).encode()),
    "products.tsv": ("csv", table(ROWS, "\t").encode()),
    "semicolon.csv": ("csv", table(ROWS, ";").encode()),
    "pipe.txt": ("csv", table(ROWS, "|").encode()),
    "products.json": ("json", json.dumps(ROWS).encode()),
    "nested.json": ("json", json.dumps({"meta": {"tags": [{"x": 1}]}, "data": {"products": ROWS}}).encode()),
    "products.jsonl": ("jsonl", "\n".join(map(json.dumps, ROWS)).encode()),
    "products.parquet": ("parquet", parquet(ROWS)),
    "products.xml": ("xml", merchant(ROWS).encode()),
    "atom.xml": ("xml", atom(ROWS).encode()),
    "products.jsonld": ("json-ld", json_ld(ROWS).encode()),
    "page.html": ("json-ld", f'<!doctype html><script type="application/ld+json">{json_ld(ROWS)}</script>'.encode()),
}


def written(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def products(feed: Feed) -> list[Any]:
    return [clean(row, feed.mapping, feed.base).product for row in feed.rows()]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_products(tmp_path: Path, name: str, packed: bool) -> None:
    expected, data = FORMATS[name]
    path = written(tmp_path, name + (".gz" if packed else ""), gzip.compress(data) if packed else data)
    feed = open_feed(path)
    assert feed.format == expected
    found = products(feed)
    assert [product.id for product in found] == ["1", "2", "3"]
    assert [product.title for product in found] == [row["title"] for row in ROWS]
    assert [product.attributes["price"] for product in found] == [4.5, 5.0, 6.0]
    assert [product.attributes["color"] for product in found] == [("Red",), ("Blue",), ("Blue",)]
    assert feed.complete
    assert len(list(feed.rows())) == 3, "a feed can be read again"


@pytest.mark.parametrize("name", FORMATS)
def test_standard_input_is_told_by_its_content(name: str) -> None:
    expected, data = FORMATS[name]
    feed = open_feed("-", stdin=io.BytesIO(data))
    assert feed.format == expected and feed.base is None
    assert [product.id for product in products(feed)] == ["1", "2", "3"]


def test_a_url_is_brought_by_the_fetch_that_is_given() -> None:
    @dataclass
    class Fetched:
        bytes: bytes
        content_type: str
        url: str

    asked = {}

    def fetch(url: str, *, max_bytes: int, timeout_s: float, accept: tuple[str, ...]) -> Fetched:
        asked[url] = max_bytes
        return Fetched(FORMATS["products.csv"][1], "text/csv", url)

    feed = open_feed("https://shop.example/feeds/all.csv?key=1", fetch=fetch)
    assert feed.name == "all.csv" and len(list(feed.rows())) == 3 and asked
    with pytest.raises(InvalidFeed):
        open_feed("https://shop.example/all.csv")


def test_a_folder_is_read_by_its_products_or_its_only_feed_else_it_asks(tmp_path: Path) -> None:
    with pytest.raises(InvalidFeed, match="holds no feed"):
        open_feed(tmp_path)
    written(tmp_path, "readme.md", "nothing")
    written(tmp_path, "winter.csv", table(ROWS))
    assert open_feed(tmp_path).name == "winter.csv"
    written(tmp_path, "summer.jsonl", json.dumps(ROWS[0]))
    with pytest.raises(InvalidFeed) as refused:
        open_feed(tmp_path)
    assert "summer.jsonl, winter.csv" in str(refused.value.hint)
    assert open_feed(tmp_path, member="summer.jsonl").format == "jsonl"
    written(tmp_path, "products.csv.gz", gzip.compress(table(ROWS).encode()))
    assert open_feed(tmp_path).name == "products.csv.gz"
    with pytest.raises(InvalidFeed):
        open_feed(tmp_path, member="../secret.csv")


@pytest.mark.parametrize("data", [b"", b"  \n ", b"\x89PNG\r\n\x1a\n\x00\x00", b"just a sentence", b"{}", b"[]",
b"[1, 2]", b"PAR1oops",
                                  b"<html><body>hello</body></html>", b"<rss></rss>", b"\x1f\x8b\x08broken",
                                  b"id,title\n"])  # fmt: skip
def test_what_is_no_feed_is_refused_with_a_hint(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InvalidFeed) as refused:
        list(open_feed(written(tmp_path, "some.bin", data)).rows())
    assert refused.value.hint


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(InvalidFeed, match="no file or folder"):
        open_feed("nowhere.csv")


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_chinese_text_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = "编号,名称,颜色\n1,真丝连衣裙,红色\n2,羊毛大衣,黑色\n"
    feed = open_feed(written(tmp_path, "a.csv", text.encode(encoding)))
    assert [product.title for product in products(feed)] == ["真丝连衣裙", "羊毛大衣"]


def test_western_text_in_cp1252(tmp_path: Path) -> None:
    text = "id,title,price\n1,Café crème “brûlée”,5 €\n2,Größe Übermaß,6 €\n"
    found = products(open_feed(written(tmp_path, "a.csv", text.encode("cp1252"))))
    assert [product.title for product in found] == ["Café crème “brûlée”", "Größe Übermaß"]
    assert found[0].attributes["currency"] == "EUR"


def test_bytes_that_do_not_fit_are_read_as_western_and_noted_on_their_row(tmp_path: Path) -> None:
    lines = [f"{number},Crème brûlée {number},红".encode() for number in range(50)]
    lines[30] = b"30,caf\xe9,blue"
    feed = open_feed(written(tmp_path, "a.csv", b"id,title,color\n" + b"\n".join(lines)))
    noted = [row for row in feed.rows() if row.repairs]
    assert [(row.number, row.values["title"], row.repairs[0].kind) for row in noted] == [(31, "café", "broken bytes")]


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200))
@settings(max_examples=100)
def test_utf8_is_always_recognised(text: str) -> None:
    assert detect_encoding(("x" + text).encode()) == "utf-8"


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","), ("a;b\n1,5;2\n", ";"), ("a\tb\n1,2\t3\n", "\t"), ("a|b|c\n1|2|3\n", "|"),
        ("sep=;\na;b\n", ";"),
        ('id,title\n1,"one; two; three"\n2,"a; b; c"\n', ","), ("title\nonly one column\n", None),
    ],
)  # fmt: skip
def test_the_delimiter_is_the_one_that_splits_evenly(text: str, delimiter: str | None) -> None:
    assert sniff_delimiter(text) == delimiter


def test_a_table_of_one_column_is_read_when_its_suffix_says_so(tmp_path: Path) -> None:
    assert [p.title for p in products(open_feed(written(tmp_path, "a.csv", "title\nRed mug\nBlue mug\n")))] == [
        "Red mug",
        "Blue mug",
    ]


def test_repeated_and_empty_column_names_stay_apart() -> None:
    assert unique_names(["a", "", "a", "a_2", "a"]) == ["a", "column_2", "a_2", "a_2_2", "a_3"]


def test_a_quote_that_never_closes_costs_one_row(tmp_path: Path) -> None:
    lines = ["id,title,price", '1,"Fine, thing",1', '2,"27 inch monitor,2'] + [
        f"{n},Thing {n},{n}" for n in range(3, 200)
    ]
    feed = open_feed(written(tmp_path, "a.csv", "\n".join(lines)))
    rows = list(feed.rows())
    assert [row.number for row in rows if row.problem] == [2]
    assert len([row for row in rows if not row.problem]) == 198


def test_cells_of_a_megabyte_are_cut_and_noted(tmp_path: Path) -> None:
    feed = open_feed(
        written(
            tmp_path, "a.csv", table([{**ROWS[0], "description": "x" * 1_000_000}, {**ROWS[1], "description": "y"}])
        )
    )
    first, second = feed.rows()
    assert len(first.values["description"]) == MAX_CELL and first.repairs[0].kind == "truncated"
    assert second.values["description"] == "y"
    line = json.dumps({**ROWS[0], "description": "x" * 1_000_000})
    assert len(next(open_feed(written(tmp_path, "a.jsonl", line + "\n")).rows()).values["description"]) == MAX_CELL


def test_a_record_over_the_limit_is_turned_away_alone(tmp_path: Path) -> None:
    good = json.dumps(ROWS[0])
    feed = open_feed(
        written(tmp_path, "a.jsonl", "\n".join([good, json.dumps({"id": "9", "title": "x" * 9_000_000}), good]))
    )
    assert [bool(row.problem) for row in feed.rows()] == [False, True, False]
    bomb = 'id,title\n1,a\n2,"' + "x\n" * 3_000_000 + "3,c\n"
    rows = list(zip(range(5), open_feed(written(tmp_path, "b.csv", bomb)).rows(), strict=False))
    assert rows[1][1].problem and not rows[0][1].problem


def test_rows_longer_and_shorter_than_the_header(tmp_path: Path) -> None:
    feed = open_feed(written(tmp_path, "a.csv", "id,title,price,color\n1,a,2,red,EXTRA\n2,b\n\n3,c,4,blue\n"))
    rows = list(feed.rows())
    assert [row.values["id"] for row in rows] == ["1", "2", "3"]
    assert rows[0].repairs[0].before == "EXTRA" and rows[1].repairs[0].kind == "missing cells" and not rows[2].repairs


# ---------------------------------------------------------------- JSON


def test_broken_lines_are_quarantined_with_their_number(tmp_path: Path) -> None:
    text = '{"id": 1, "title": "a"}\n{oops\n[1]\n\n{"id": 2, "title": "b"}\n"text"\n'
    rows = list(open_feed(written(tmp_path, "a.jsonl", text)).rows())
    assert [(row.number, row.problem.code if row.problem else None) for row in rows] == [
        (1, None), (2, "unreadable"), (3, "unreadable"), (5, None), (6, "unreadable"),
    ]  # fmt: skip


def test_a_feed_that_breaks_off_says_so(tmp_path: Path) -> None:
    for name, data in (
        ("a.json", json.dumps(ROWS)[:-40].encode()),
        ("a.xml", merchant(ROWS)[:-60].encode()),
        (
            "a.csv.gz",
            gzip.compress(table([{"id": str(n), "title": os.urandom(40).hex()} for n in range(20_000)]).encode())[
                :-300_000
            ],
        ),
    ):
        feed = open_feed(written(tmp_path, name, data))
        rows = list(feed.rows())
        assert not feed.complete and rows[-1].problem and rows[-1].problem.code == "breaks_off" and len(rows) > 1


def test_nested_records_become_columns(tmp_path: Path) -> None:
    record = {
        "sku": "A", "title": {"en": "Lamp",
        "zh": "台灯"}, "offers": {"price": 9.5}, "images": [{"src": "https://x.example/a.jpg"}],
        "attributes": [{"name": "Wattage", "value": "40W"}], "reviews": [{"text": "good"}, {"text": "bad"}],
        "none": None,
    }  # fmt: skip
    feed = open_feed(written(tmp_path, "a.jsonl", json.dumps(record) + "\n" + json.dumps({**record, "sku": "B"})))
    product = products(feed)[0]
    assert product.id == "A" and product.title == "Lamp" and product.translations["zh"]["title"] == "台灯"
    assert product.images == ("https://x.example/a.jpg",)
    assert (
        product.attributes["price"] == 9.5
        and product.attributes["wattage"] == "40 W"
        and product.attributes["reviews"] == 2
    )


# ---------------------------------------------------------------- shops' own formats

SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,"
    "Variant Compare At Price,Image Src,Variant Image,Cost per item\n"
    "tee,Nice Tee,<p>Soft &amp; warm</p>,Acme,T-Shirts,Size,S,TS,3,19.99,25.00,https://x.example/1.jpg,,5\n"
    "tee,,,,,,M,TM,0,19.99,,https://x.example/2.jpg,https://x.example/m.jpg,5\n"
    "tee,,,,,,,,,,,https://x.example/3.jpg,,\n"
    "cap,Cap,,Acme,Hats,Title,Default Title,CAP,1,9,,https://x.example/cap.jpg,,4\n"
)


def test_shopify_variants_share_their_group_and_pictures(tmp_path: Path) -> None:
    feed = open_feed(written(tmp_path, "export.csv", SHOPIFY))
    assert feed.format == "shopify"
    small, medium, cap = products(feed)
    assert (small.id, medium.id, cap.id) == ("tee-s", "tee-m", "cap")
    assert small.group == medium.group == "tee" and cap.group is None
    assert small.description == medium.description == "Soft & warm"
    assert (
        small.attributes["size"] == ("S",)
        and small.attributes["list_price"] == 25
        and "list_price" not in medium.attributes
    )
    assert medium.images[0].endswith("m.jpg") and len(small.images) == 3
    assert medium.attributes["stock"] == 0
    assert not any("cost" in name for name in small.attributes), "what the shop pays isn't for shoppers"


def test_google_merchant_with_bare_ampersands_and_entities(tmp_path: Path) -> None:
    item = (
        "<g:id>A1</g:id><g:title>Red & blue &eacute;</g:title>"
        "<g:description><![CDATA[<b>Fine</b> & dandy]]></g:description>"
        "<g:price>19.99 USD</g:price><g:sale_price>15.00 USD</g:sale_price><g:availability>in stock</g:availability>"
        "<g:image_link>https://x.example/a.jpg</g:image_link><g:additional_image_link>https://x.example/b.jpg</g:additional_image_link>"
        "<g:additional_image_link>https://x.example/c.jpg</g:additional_image_link>"
        "<g:product_type>Home &gt; Shirts</g:product_type>"
        "<g:product_detail><g:attribute_name>Sleeve</g:attribute_name><g:attribute_value>long</g:attribute_value></g:product_detail>"
    )
    feed = open_feed(
        written(tmp_path, "g.xml", merchant(ROWS[:1]).replace("<channel>", f"<channel><item>{item}</item>\x01"))
    )
    product = products(feed)[0]
    assert product.title == "Red & blue é" and product.description == "Fine & dandy" and len(product.images) == 3
    assert (
        product.attributes["price"] == 15
        and product.attributes["list_price"] == 19.99
        and product.attributes["currency"] == "USD"
    )
    assert product.attributes["type"] == "Shirts" and product.attributes["category"] == ("Home", "Shirts")
    assert product.attributes["sleeve"] == "long" and product.attributes["stock"] == 1


LAUGHS = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE])
def test_xml_with_entities_of_its_own_is_refused(tmp_path: Path, doctype: str) -> None:
    text = f'<?xml version="1.0"?>{doctype}' + merchant([{"id": "1", "title": "&b;&x;"}])
    with pytest.raises(InvalidFeed, match="entities"):
        list(open_feed(written(tmp_path, "a.xml", text)).rows())


def test_schema_org_groups_and_lists(tmp_path: Path) -> None:
    document = {
        "@context": "https://schema.org", "@type": "ItemList",
        "itemListElement": [{"@type": "ListItem", "item": {
            "@type": "ProductGroup", "productGroupID": "G", "name": "Tee", "brand": {"@type": "Brand", "name": "Acme"},
            "hasVariant": [
                {"@type": "Product", "sku": "a", "color": "Navy", "offers": {"lowPrice": 5, "priceCurrency": "GBP"}},
                {"@type": "Product", "sku": "b", "color": "Red", "aggregateRating": {"ratingValue": 8, "bestRating": 10,
                "ratingCount": 3}},
            ]}}],
    }  # fmt: skip
    first, second = products(open_feed(written(tmp_path, "a.json", json.dumps(document))))
    assert (first.id, first.group, first.title) == ("a", "G", "Tee") and first.attributes["brand"] == "Acme"
    assert first.attributes["price"] == 5 and first.attributes["currency"] == "GBP"
    assert second.attributes["rating"] == 4.0 and second.attributes["reviews"] == 3


# ---------------------------------------------------------------- mapping


def mapping_of(tmp_path: Path, header: str, *lines: str) -> dict[str, tuple[str, ...]]:
    return dict(open_feed(written(tmp_path, "m.csv", "\n".join([header, *lines]))).mapping)


def test_mappings_guessed_from_names(tmp_path: Path) -> None:
    assert mapping_of(tmp_path, "商品编号,商品名称,价格(元),颜色分类,库存数量,图片链接",
    "1,a,2,红,3,https://x.example/a.jpg") == {
        "id": ("商品编号",), "title": ("商品名称",), "price": ("价格(元)",), "color": ("颜色分类",),
        "stock": ("库存数量",), "image": ("图片链接",),
    }  # fmt: skip
    assert mapping_of(tmp_path, "productId,productName,salePrice,baseColour,imageUrl,image2,title_zh",
    "1,a,2,red,a.jpg,b.jpg,甲") == {
        "id": ("productId",), "title": ("productName",), "sale_price": ("salePrice",), "color": ("baseColour",),
        "image": ("imageUrl", "image2"), "title_zh": ("title_zh",),
    }  # fmt: skip


def test_mappings_guessed_from_values(tmp_path: Path) -> None:
    lines = [f"A-{n},Thing number {n},${n}.99,img/{n}.jpg,https://shop.example/{n}" for n in range(1, 9)]
    assert mapping_of(tmp_path, "c1,c2,c3,c4,c5", *lines) == {
        "id": ("c1",), "title": ("c2",), "price": ("c3",), "image": ("c4",), "url": ("c5",),
    }  # fmt: skip


def test_a_column_whose_values_contradict_its_name_is_left_alone(tmp_path: Path) -> None:
    lines = [f"{n},Thing,please ask our friendly staff about the price" for n in range(5)]
    assert "price" not in mapping_of(tmp_path, "id,title,price", *lines)


def test_a_mapping_can_be_overridden(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,title,headline,price\n1,a,Better,2\n")
    feed = open_feed(path, mapping={"title": "headline", "price": ""})
    product = products(feed)[0]
    assert product.title == "Better"
    assert feed.mapping["price"] == () and product.attributes == {"title_attribute": "a"}
    with pytest.raises(InvalidFeed) as refused:
        open_feed(path, mapping={"title": "nope"})
    assert refused.value.field == "map.title" and "headline" in str(refused.value.hint)


# ---------------------------------------------------------------- any bytes at all

SEEDS = [data for _, data in FORMATS.values()] + [SHOPIFY.encode(), gzip.compress(table(ROWS).encode())]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good feed with some bytes replaced, cut out or doubled: parsers break in the middle, not at the start."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 30))
        data[at : at + length] = draw(st.one_of(st.binary(max_size=20), st.just(bytes(data[at : at + length]) * 2)))
    return bytes(data)


def read_whatever(data: bytes) -> None:
    try:
        feed = open_feed("-", stdin=io.BytesIO(data))
        for row in feed.rows():
            result = clean(row, feed.mapping, None)
            assert (result.product is None) == (result.rejection is not None)
    except InvalidFeed:
        pass


@given(st.binary(max_size=600))
@example(b"\xff\xfe\x00")
@example(b'{"a": ' + b"[" * 5000)
@example(b"[" * 100_000)
@example(b"<" * 5000)
@example(b'"\n' * 3000)
@settings(max_examples=250)
def test_arbitrary_bytes_raise_nothing_but_invalid_feed(data: bytes) -> None:
    read_whatever(data)


@given(mutated())
@settings(max_examples=500)
def test_damaged_feeds_raise_nothing_but_invalid_feed(data: bytes) -> None:
    read_whatever(data)


STARTS = [
    b"<rss><channel><item>", b'[{"', b'{"id":1}\n{"', b'{"@context":"x","@type":"Product",', b"PAR1", b"id,title\n",
    b"Handle,Variant SKU\n", b"<script type='application/ld+json'>",
]  # fmt: skip


@given(st.sampled_from(STARTS), st.binary(max_size=300))
@settings(max_examples=250)
def test_beginnings_of_feeds_raise_nothing_but_invalid_feed(start: bytes, rest: bytes) -> None:
    read_whatever(start + rest)


@pytest.mark.parametrize(
    "data",
    [
        b"id,title,image,description\n1,a," + b" " * 99_000 + b"," + b"<script " * 12_000 + b"\n",
        b"id,title,image,description\n1," + b"<a " * 30_000 + b"," + b", " * 40_000 + b"," + b"&amp" * 20_000 + b"\n",
        b"<rss>" + b"<a>" * 500_000,
        b"<rss><channel><item><id>1</id><title>t</title>" + b"<x>y</x>" * 100_000 + b"</item></channel></rss>",
        b'[{"id": 1, "title": ' + b"[" * 800 + b"]" * 800 + b"}]",
        b'{"id": 1, "title": "a", "price": ' + b"9" * 4000 + b', "stock": -' + b"9" * 400 + b"}\n",
        b"," * 3_000_000 + b"\n1,2\n",
        ("id,title\n1," + "\u00c3\u00a9" * 45_000 + "\n").encode(),
        b"id,title,size,price\n1,a," + b"9x" * 40_000 + b"," + b"1" * 90_000 + b"\n",
        json.dumps([{f"c{row}-{n}": 1 for n in range(3000)} for row in range(20)]).encode(),
    ],
    ids=["spaces", "commas", "depth", "repeats", "lists", "digits", "columns", "mojibake", "measures", "keys"],
)
def test_feeds_made_to_be_slow_are_read_or_refused_soon(data: bytes) -> None:
    started = time.process_time()
    read_whatever(data)
    assert time.process_time() - started < 4, "each takes less than a second"


# ---------------------------------------------------------------- memory


@pytest.mark.parametrize("name", ["big.csv", "big.jsonl", "big.json", "big.xml", "big.parquet"])
def test_memory_does_not_grow_with_the_feed(tmp_path: Path, name: str) -> None:
    def peak(count: int) -> int:
        rows = [{"id": str(n), "title": f"Thing {n}", "description": "word " * 60} for n in range(count)]
        data = {
            "big.csv": lambda rows: table(rows).encode(),
            "big.jsonl": lambda rows: "\n".join(map(json.dumps, rows)).encode(),
            "big.json": lambda rows: json.dumps({"products": rows}).encode(),
            "big.xml": lambda rows: merchant(rows).encode(),
            "big.parquet": parquet,
        }[name](rows)
        path = written(tmp_path, name, data)
        del rows, data
        tracemalloc.start()
        feed = open_feed(path)
        assert sum(1 for _ in feed.rows()) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(2_000), peak(12_000)
    assert large < small + 1_500_000


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "count"), [("fashion", 8343), ("furniture", 2187), ("grocery", 81), ("electronics", 48194)]
)
def test_real_catalogs_are_read_as_they_are(name: str, count: int) -> None:
    data = os.environ.get("AISLE_DATA")
    if not data:
        pytest.skip("AISLE_DATA isn't set")
    feed = open_feed(Path(data) / name)
    results = [clean(row, feed.mapping, feed.base) for row in feed.rows()]
    assert len(results) == count and all(result.product and result.product.title for result in results)
    if name != "electronics":
        assert all(result.product and len(result.product.images) == 1 for result in results)
