"""What understanding does to search: every labelled set that can be searched here, with it and without.

    python -m benchmarks.understanding_effect [--only fashion furniture demo matching] [--queries 100] [--shop SHOP] [--losses 5]

($AISLE_DATA names the data, SHOP is a generated demo shop's folder.) Products are indexed by what they say, without pictures; each query
is asked of the same shop twice, with ``understand`` on and off. A figure is nDCG@10 over queries taken evenly, beside it the paired
difference with its 95 % bootstrap interval and on how many queries understanding was better, the same, worse.

- fashion: "{gender} {colour} {type}" of held-out products, English and Chinese; relevant are all with these three facts
- furniture: "{colour} {type}" → all of that type and colour, "{name} {type}" → all of that name and type
- demo: "{colour} {type}" in English and Chinese; the same with a bound ("under 40") and with what is unwanted ("not blue"): those two
  wishes were made for what understanding does, and only show that it does
- matching: the listings of ``benchmarks.matching`` by their titles

Not measured: electronics (clicks name categories, products have none), zh_relevance (13,128 queries for 13,970 titles: one judged title a
query, of the general web).
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aisle.app import Shop
from aisle.evaluation import Labelled, compare, evaluate
from aisle.evaluation.measuring import MAIN
from aisle.models.registry import DEFAULT, SHIPPED, load
from aisle.types import Input, InputType, Query
from aisle.understanding.lexicon import Lexicon
from benchmarks.matching import SETS, Task
from benchmarks.shops import opened
from benchmarks.timing import machine
from benchmarks.timing import table as markdown
from training import sources
from training.held_out import phrase
from training.sources import lines

Row = Mapping[str, Any]
Queries = list[tuple[str, frozenset[str]]]
"""Words, and the ids of what they should find."""


def asked_of(rows: Iterable[tuple[str, str]]) -> Queries:
    """(words, id) → words with all their ids, in order of the words."""
    found: dict[str, set[str]] = {}
    for words, identifier in rows:
        found.setdefault(words, set()).add(identifier)
    return [(words, frozenset(ids)) for words, ids in sorted(found.items())]


def fashion(args: argparse.Namespace) -> Iterator[tuple[list[Row], dict[str, Queries]]]:
    held = [p for p in sources.fashion(args.data) if p.held]
    wanted = {p.product.removeprefix("fashion/") for p in held}
    rows = [row for row in lines(args.data / "fashion/products.jsonl") if str(row["id"]) in wanted]
    lexicon, kinds = Lexicon.load(), ("gender", "color", "type")
    whole = [p for p in held if set(kinds) <= p.facts.keys()]
    told = {
        f"fashion, {language}": asked_of(
            (phrase(p, kinds, language, lexicon), p.product.removeprefix("fashion/")) for p in whole
        )
        for language in ("en", "zh")
    }
    yield [without(row, "image") for row in rows], told


def furniture(args: argparse.Namespace) -> Iterator[tuple[list[Row], dict[str, Queries]]]:
    rows = list(lines(args.data / "furniture/products.jsonl"))
    told = {
        "furniture, colour and type": asked_of(
            (f"{str(r['color']).replace(',', ' ').lower()} {str(r['type']).lower()}", str(r["id"]))
            for r in rows
            if r["color"]
        ),
        "furniture, name and type": asked_of((f"{r['name']} {r['type']}".lower(), str(r["id"])) for r in rows),
    }
    yield [without(row, "image") for row in rows], told


def demo(args: argparse.Namespace) -> Iterator[tuple[list[Row], dict[str, Queries]]]:
    if args.shop is None:
        return
    rows = [dict(row) for row in lines(args.shop / "products.jsonl")]
    lexicon = Lexicon.load()

    def in_chinese(row: Row) -> str:
        color = lexicon.find("color", row["color"])
        return f"{color.names['zh'][0] if color else row['color']}{row['type_zh']}"

    english = asked_of((f"{r['color']} {r['type']}".lower(), r["id"]) for r in rows)
    by_type = asked_of((r["type"], r["id"]) for r in rows)
    of = {row["id"]: row for row in rows}
    bounded, denied = [], []
    for name, ids in by_type:
        prices = sorted(of[i]["price"] for i in ids)
        bound = round(prices[len(prices) // 2])
        bounded.append((f"{name.lower()} under {bound}", frozenset(i for i in ids if of[i]["price"] <= bound)))
        color = min(of[i]["color"] for i in ids)
        left = frozenset(i for i in ids if color not in (of[i]["color"], of[i].get("secondary_color")))
        denied.append((f"{name.lower()} not {color.lower()}", left))
    told = {
        "demo, colour and type, en": english,
        "demo, colour and type, zh": asked_of((in_chinese(r), r["id"]) for r in rows),
        "demo, type under a price": [each for each in bounded if each[1]],
        "demo, type not in a colour": [each for each in denied if each[1]],
    }
    yield [without(row, "images") for row in rows], told


def matching(args: argparse.Namespace) -> Iterator[tuple[list[Row], dict[str, Queries]]]:
    for name in SETS:
        task = Task.load(args.data / "product_matching" / name)
        rows = [{"id": identifier, **fields} for identifier, fields in task.corpus]
        yield rows, {name: [(title, relevant) for _, title, relevant in task.queries]}


def without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


WORLDS: Mapping[str, Callable[[argparse.Namespace], Iterator[tuple[list[Row], dict[str, Queries]]]]] = {
    each.__name__: each for each in (fashion, furniture, demo, matching)
}
"""Name → shops with their sets."""


def evenly(queries: Queries, count: int) -> list[Labelled]:
    size = min(len(queries), count)
    chosen = [queries[at * len(queries) // size] for at in range(size)]
    return [
        Labelled(words, (Input(InputType.TEXT, words),), dict.fromkeys(sorted(ids), 1.0), line=number)
        for number, (words, ids) in enumerate(chosen, 1)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--shop", type=Path, help="a generated demo shop")
    parser.add_argument("--only", nargs="*", choices=WORLDS, default=list(WORLDS))
    parser.add_argument("--queries", type=int, default=100, help="of each set")
    parser.add_argument("--losses", type=int, default=5, help="worst losses to print of each set")
    parser.add_argument("--json", type=Path, help="write every query that changed to this file")
    args = parser.parse_args()
    if args.data is None:
        parser.error("name the data: --data or $AISLE_DATA")
    model = load(SHIPPED[DEFAULT], threads=1)
    table, losses, changed = [], [], {}
    for world in args.only:
        for rows, sets in WORLDS[world](args):
            with opened(rows, model) as shop:

                def rank(query: Query, understand: bool, shop: Shop = shop) -> list[str]:
                    return [hit.id for hit in shop.search(replace(query, understand=understand)).hits]

                for name, queries in sets.items():
                    chosen = evenly(queries, args.queries)
                    off = evaluate(lambda query: rank(query, False), chosen, depth=20, by=())
                    on = evaluate(lambda query: rank(query, True), chosen, depth=20, by=())
                    found = compare(off, on, most=len(chosen))
                    pair = found.metrics[MAIN]
                    low, high = pair.interval
                    table.append(
                        [name, f"{len(chosen)} on {len(rows)}", f"{pair.first:.3f}", f"{pair.other:.3f}",
                         f"{pair.difference:+.3f} [{low:+.3f}, {high:+.3f}]", f"{pair.wins} / {pair.ties} / {pair.losses}"]
                    )  # fmt: skip
                    worst = sorted((each for each in found.changed if each.difference < 0), key=lambda e: e.difference)
                    losses += [(name, each.query.id, each.difference) for each in worst[: args.losses]]
                    changed[name] = [(each.query.id, each.difference) for each in found.changed]
                    print("|", " | ".join(table[-1]), "|", flush=True)
    print(f"\n{machine()}\n")
    print(markdown(["set", "queries on products", "off", "on", "difference", "better / same / worse"], table))
    print("\nWorst losses (nDCG@10)\n")
    for name, words, difference in losses:
        print(f"{difference:+.3f}  {name}: {words[:100]}")
    if args.json:
        args.json.write_text(json.dumps(changed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
