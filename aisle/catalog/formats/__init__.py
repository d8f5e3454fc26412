"""The feed formats that are read, most specific first. A new one is a file and a line here."""

from __future__ import annotations

from aisle.catalog.formats.base import Format
from aisle.catalog.formats.delimited import read_delimited, recognises_table
from aisle.catalog.formats.json_feed import read_json, read_json_lines, recognises_json, recognises_json_lines

FORMATS = (
    Format("jsonl", (".jsonl", ".ndjson"), recognises_json_lines, read_json_lines),
    Format("json", (".json",), recognises_json, read_json),
    Format("csv", (".csv", ".tsv", ".tab", ".txt"), recognises_table, read_delimited),
)
