"""Does a query in one language find a catalog in another? Recall beside the same wish in the catalog's own language.

    python -m benchmarks.cross_language SHOP [--wishes 60] [--model FOLDER]

SHOP is a generated demo shop (``aisle demo --prepare-only``; the folder with ``products.jsonl``). It is indexed twice, by words alone (no
pictures): with its English fields only, and with its Chinese fields only. Wishes are drawn evenly from what it sells: a type, a
colour and type, a material and type. Each is said in every language in the words of the lexicon's entries, and only those that all nine
languages have are asked. Right is what has the type, colour and material of the wish, by the demo shop's own facts.

Recall@10 is of at most ten (right ones found among the first ten, of as many as could be); beside each language stands the paired
difference to the same wishes in the catalog's own language, with 95 % bootstrap intervals.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.app import Shop
from aisle.evaluation import paired
from aisle.evaluation.metrics import precision_at, precision_within
from aisle.models.registry import DEFAULT, SHIPPED, load
from aisle.types import Input, InputType, Query
from aisle.understanding.lexicon import Entry, Lexicon
from benchmarks.shops import opened
from benchmarks.timing import machine
from benchmarks.timing import table as markdown

LANGUAGES = ("en", "zh", "es", "fr", "de", "ja", "ko", "pt", "ar")
TYPE_FIRST = frozenset(("es", "fr", "pt", "ar"))
UNSPACED = frozenset(("zh", "ja"))
FIRST = 10
SAID: Mapping[str, Mapping[str, str]] = {
    "en": {"title": "title", "description": "description", "type": "type", "department": "department"},
    "zh": {"title_zh": "title", "description_zh": "description", "type_zh": "type", "department_zh": "department"},
}
"""Language of a catalog → fields of the demo shop in it, under the names that a feed has."""
FACTS = ("color", "secondary_color", "material", "pattern")
"""Fields that the demo shop has in English alone; the Chinese catalog has them in the lexicon's words."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A thing in the lexicon's entries: its type, and a colour or material where one is wanted."""

    kind: str
    type: Entry
    more: Entry | None = None

    def words(self, language: str) -> str:
        parts = [entry.names[language][0] for entry in (self.more, self.type) if entry]
        return ("" if language in UNSPACED else " ").join(parts[::-1] if language in TYPE_FIRST else parts)

    @property
    def sayable(self) -> bool:
        return all(entry is None or set(LANGUAGES) <= entry.names.keys() for entry in (self.type, self.more))


def in_language(row: Mapping[str, Any], language: str, lexicon: Lexicon) -> dict[str, Any]:
    """A row of the feed with what it says in one language."""
    said = {name: row[field] for field, name in SAID[language].items() if row.get(field)}
    said |= {name: row[name] for name in ("id", "price", "currency", "stock") if row.get(name) is not None}
    for name in FACTS:
        if row.get(name):
            entry = lexicon.find("color" if "color" in name else name, row[name])
            if language == "en":
                said[name] = row[name]
            elif entry:
                said[name] = entry.names[language][0]
    return said


def wishes(rows: Iterable[Mapping[str, Any]], lexicon: Lexicon) -> list[tuple[Wish, frozenset[str]]]:
    """Everything that can be wished for in all languages, with the products that are it."""
    found: dict[tuple[str, str, str], tuple[Wish, set[str]]] = {}
    for row in rows:
        kind = lexicon.find("type", row["type"])
        if kind is None:
            continue
        said: list[tuple[str, Entry | None]] = [("type", None)]
        for field in ("color", "secondary_color", "material"):
            name = field.removeprefix("secondary_")
            if row.get(field) and (entry := lexicon.find(name, row[field])):
                said.append((f"{name} and type", entry))
        for name, more in said:
            wish = Wish(name, kind, more)
            if wish.sayable:
                key = (name, kind.key, more.key if more else "")
                found.setdefault(key, (wish, set()))[1].add(row["id"])
    return [(wish, frozenset(ids)) for _, (wish, ids) in sorted(found.items())]


def evenly(found: Sequence[tuple[Wish, frozenset[str]]], count: int) -> list[tuple[Wish, frozenset[str]]]:
    """``count`` in all, as many of each kind, evenly over each."""
    kinds = list(dict.fromkeys(wish.kind for wish, _ in found))
    chosen = []
    for kind in kinds:
        own = [each for each in found if each[0].kind == kind]
        size = min(len(own), count // len(kinds))
        chosen += [own[at * len(own) // size] for at in range(size)]
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--wishes", type=int, default=120)
    parser.add_argument("--model", type=Path, default=SHIPPED[DEFAULT])
    args = parser.parse_args()
    lexicon, model = Lexicon.load(), load(args.model, threads=1)
    rows = [json.loads(line) for line in (args.shop / "products.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = evenly(wishes(rows, lexicon), args.wishes)
    counts = {kind: sum(wish.kind == kind for wish, _ in asked) for kind in dict.fromkeys(w.kind for w, _ in asked)}
    print(machine())
    print(f"{len(rows)} products, {len(asked)} wishes: {', '.join(f'{n} {kind}' for kind, n in counts.items())}")
    for catalog in SAID:
        with opened([in_language(row, catalog, lexicon) for row in rows], model) as shop:
            table = measured(shop, asked, catalog, *sorted(LANGUAGES, key=lambda code: code != catalog))
        kinds = [f"recall@10, {kind}" for kind in counts]
        print(f"\nA catalog in {catalog}\n")
        head = ["query in", "recall@10", "beside its own language", *kinds, "precision@10", "nothing found"]
        print(markdown(head, table), flush=True)


def measured(shop: Shop, asked: Sequence[tuple[Wish, frozenset[str]]], own: str, *languages: str) -> list[list[str]]:
    """A row for each language; the catalog's ``own`` comes first."""
    table, beside = [], []
    for language in languages:
        found = [found_by(shop, wish.words(language), language) for wish, _ in asked]
        grades = [dict.fromkeys(ids, 1.0) for _, ids in asked]
        recall = [precision_within(ids, right, FIRST) for ids, right in zip(found, grades, strict=True)]
        precision = [precision_at(ids, right, FIRST) for ids, right in zip(found, grades, strict=True)]
        beside = beside or recall
        pair = paired(beside, recall)
        low, high = pair.interval
        cells = [f"{pair.other:.3f}", "" if language == own else f"{pair.difference:+.3f} [{low:+.3f}, {high:+.3f}]"]
        for kind in dict.fromkeys(wish.kind for wish, _ in asked):
            values = [value for value, (wish, _) in zip(recall, asked, strict=True) if wish.kind == kind]
            cells.append(f"{sum(values) / len(values):.3f}")
        empty = sum(not ids for ids in found)
        table.append([language, *cells, f"{sum(precision) / len(precision):.3f}", str(empty)])
    return table


def found_by(shop: Shop, words: str, language: str) -> list[str]:
    query = Query((Input(InputType.TEXT, words),), limit=FIRST, group=False, locale=language)
    return [hit.id for hit in shop.search(query).hits]


if __name__ == "__main__":
    main()
