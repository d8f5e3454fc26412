"""The feed formats that are read, most specific first. A new one is a file and a line here."""

from __future__ import annotations

from aisle.catalog.formats.base import Format
from aisle.catalog.formats.delimited import read_delimited, recognises_table
from aisle.catalog.formats.json_feed import read_json, read_json_lines, recognises_json, recognises_json_lines
from aisle.catalog.formats.jsonld import read_json_ld, recognises_json_ld
from aisle.catalog.formats.merchant import read_merchant, recognises_xml
from aisle.catalog.formats.parquet import read_parquet, recognises_parquet
from aisle.catalog.formats.shopify import read_shopify, recognises_shopify

FORMATS = (
    Format("parquet", (".parquet", ".pq"), recognises_parquet, read_parquet),
    Format("xml", (".xml", ".rss", ".atom"), recognises_xml, read_merchant),
    Format("jsonl", (".jsonl", ".ndjson"), recognises_json_lines, read_json_lines),
    Format("json-ld", (".jsonld", ".html", ".htm"), recognises_json_ld, read_json_ld),
    Format("json", (".json",), recognises_json, read_json),
    Format("shopify", (), recognises_shopify, read_shopify),
    Format("csv", (".csv", ".tsv", ".tab", ".txt"), recognises_table, read_delimited),
)
