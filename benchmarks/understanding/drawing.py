"""Which real queries are in the set: a draw by hash, so that it can be repeated anywhere.

    AISLE_DATA=DATA python -m benchmarks.understanding.drawing     # says whether real.jsonl is the draw

A query's place in the order is the SHA-256 of seed, source and folded text; the first that many are taken. So the draw depends on no
library's generator and on no file's order.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

SEED = "aisle understanding 1"
COUNTS: Mapping[str, int] = {"electronics": 120, "zh_queries": 90, "product_queries": 90}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A real query and where it stands: ``row`` counts the file's data rows from 0."""

    source: str
    row: int
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def _electronics(data: Path) -> Iterator[str]:
    for line in (data / "electronics" / "queries_train.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["query"]


def _zh_queries(data: Path) -> Iterator[str]:
    yield from (data / "zh_queries" / "queries.txt").read_text(encoding="utf-8").split("\n")


def _product_queries(data: Path) -> Iterator[str]:
    with (data / "product_queries" / "home_goods_en.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["query"]


SOURCES: Mapping[str, Callable[[Path], Iterator[str]]] = {
    "electronics": _electronics,
    "zh_queries": _zh_queries,
    "product_queries": _product_queries,
}


def texts(data: Path, source: str) -> list[str]:
    """A source's queries, a row each, as they are."""
    return list(SOURCES[source](data))


def fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _place(source: str, key: str) -> bytes:
    return hashlib.sha256(f"{SEED}\n{source}\n{key}".encode()).digest()


def draw(data: Path) -> list[Drawn]:
    """The queries of the set, sources in the order of ``COUNTS``; of equal texts the first row stands."""
    drawn: list[Drawn] = []
    for source, count in COUNTS.items():
        first: dict[str, Drawn] = {}
        for row, text in enumerate(texts(data, source)):
            if fold(text):
                first.setdefault(fold(text), Drawn(source, row, text))
        order = sorted(first, key=partial(_place, source))
        drawn += [first[key] for key in order[:count]]
    return drawn


def main() -> None:
    data = os.environ.get("AISLE_DATA")
    if data is None:
        raise SystemExit("AISLE_DATA isn't set")
    lines = (Path(__file__).parent / "real.jsonl").read_text(encoding="utf-8").split("\n")
    stored = [(row["source"], row["row"], row["sha256"]) for row in map(json.loads, filter(None, lines))]
    drawn = [(one.source, one.row, one.sha256) for one in draw(Path(data))]
    print("real.jsonl is the draw" if stored == drawn else "real.jsonl is not the draw")
    raise SystemExit(stored != drawn)


if __name__ == "__main__":
    main()
