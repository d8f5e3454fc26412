"""What the index costs at 10k, 100k and 1M products: time to build, memory, disk, latency, recall.

    python -m benchmarks.scale --sizes 10k 100k 1m

Products and queries are those of ``synthetic.py``. *hybrid* is one search as the engine does it: every product that has one
of the words or a cosine of at least FLOOR, joined, scored and cut to the best 24, ids included; nothing is cut off before that.
*filtered* puts a filter before it, *with facets* counts four facets over the whole match set. Recall is of the ten nearest
vectors against a full product. Each size is built in one process and measured in another that opened it from disk.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from aisle.index.arrays import union
from aisle.index.embedded import EmbeddedIndex
from aisle.index.filters import Filter, parse
from aisle.index.lexical import LexicalQuery
from aisle.index.segment import Document
from aisle.index.snapshot import Snapshot
from benchmarks.synthetic import BLOCK, BOOSTS, Request, Shop
from benchmarks.timing import folder_bytes, machine, name_of, resident_bytes, size_of, table, timed

DIM = 256
FLOOR = 0.4
LIMIT = 24
FACETS = ("type", "brand", "color", "gender")
BATCH = 50_000


def build(size: int, path: Path) -> dict[str, float]:
    """Index ``size`` products in batches; seconds, making the products left out, and peak memory of the process alone."""
    shop = Shop(size, DIM)
    index = EmbeddedIndex(path, DIM, BOOSTS)
    spent, batch = 0.0, []
    for block in range(0, size, BLOCK):
        batch += [row.document() for row in shop.block(block, min(BLOCK, size - block))]
        if len(batch) >= BATCH or block + BLOCK >= size:
            started = time.perf_counter()
            index.apply(block + len(batch), batch)
            spent += time.perf_counter() - started
            batch = []
    started = time.perf_counter()
    index.settle()
    index.close()
    return {"build": spent + time.perf_counter() - started, "segments": len(index.snapshot.parts)}


def filtered(request: Request, snapshot: Snapshot) -> Filter:
    return parse(request.filters, snapshot.kinds)


def hybrid(snapshot: Snapshot, request: Request, tree: Filter | None = None, facets: tuple[str, ...] = ()) -> list[str]:
    """The 24 best ids; facets are counted over the whole match set."""
    mask = snapshot.filter(tree) if tree is not None else None
    words = snapshot.lexical(LexicalQuery.of(request.words), mask)
    near = snapshot.dense(request.vector, floor=FLOOR, limit=snapshot.size, mask=mask)
    ordinals = union(words.ordinals, near.ordinals)
    scores = np.zeros(len(ordinals), np.float32)
    scores[np.searchsorted(ordinals, words.ordinals)] = words.scores / np.float32(words.mass or 1.0)
    scores[np.searchsorted(ordinals, near.ordinals)] += near.scores
    for facet in facets:
        snapshot.count(facet, ordinals, 20)
    return snapshot.ids(ordinals[snapshot.best(ordinals, scores, LIMIT)])


def nearest(snapshot: Snapshot, request: Request, tree: Filter | None = None) -> np.ndarray:
    mask = snapshot.filter(tree) if tree is not None else None
    return snapshot.dense(request.vector, floor=-1.0, limit=10, mask=mask).ordinals


def recall(snapshot: Snapshot, requests: list[Request], trees: list[Filter] | None) -> float:
    """Mean share of the true ten nearest (fewer where the filter leaves fewer) among those found."""
    shares = []
    for place, request in enumerate(requests):
        tree = trees[place] if trees else None
        allowed = snapshot.filter(tree)
        cosines = np.concatenate([part.segment.vectors.rows @ request.vector for part in snapshot.parts])
        cosines[~allowed] = -2.0
        true = np.argsort(-cosines, kind="stable")[: min(10, np.count_nonzero(allowed))]
        shares.append(np.isin(true, nearest(snapshot, request, tree)).mean() if len(true) else 1.0)
    return float(np.mean(shares))


def measure(size: int, path: Path, count: int) -> dict[str, object]:
    """Open the index and time everything."""
    started = time.perf_counter()
    index = EmbeddedIndex.open(path, DIM, BOOSTS)
    opened = time.perf_counter() - started
    snapshot = index.snapshot
    shop = Shop(size, DIM)
    requests = shop.requests(count)
    trees = [filtered(request, snapshot) for request in requests]
    both = list(zip(requests, trees, strict=True))
    times = {
        "text": timed(lambda r: snapshot.lexical(LexicalQuery.of(r.words)), requests),
        "dense, 10 nearest": timed(lambda r: nearest(snapshot, r), requests),
        "dense, 10 nearest, filtered": timed(lambda b: nearest(snapshot, *b), both),
        "hybrid": timed(lambda r: hybrid(snapshot, r), requests),
        "hybrid with facets": timed(lambda r: hybrid(snapshot, r, None, FACETS), requests),
        "hybrid, filtered": timed(lambda b: hybrid(snapshot, *b), both),
        "hybrid, filtered, with facets": timed(lambda b: hybrid(snapshot, *b, FACETS), both),
    }
    alone, mapped = resident_bytes()
    vector = requests[0].vector
    fresh = [Document(f"new-{i}", None, {"title": [f"fresh{i}"]}, {"price": 1.0}, vector) for i in range(100)]

    def upsert(document: Document) -> None:
        index.apply(index.snapshot.seq + 1, [document])
        assert len(index.snapshot.lexical(LexicalQuery.of(document.terms["title"])).ordinals) == 1

    times["upsert to visible"] = timed(upsert, fresh)
    sample = slice(None, None, max(1, len(requests) // 100))
    return {
        "open": opened,
        "alone": alone,
        "mapped": mapped,
        "disk": folder_bytes(path),
        "recall": recall(snapshot, requests[sample], None),
        "recall, filtered": recall(snapshot, requests[sample], trees[sample]),
        "times": {name: time.cells() for name, time in times.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", nargs="+", type=size_of, default=[10_000, 100_000])
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="folder that keeps the indexes between runs")
    parser.add_argument("--step", choices=["build", "measure"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        size, path = options.sizes[0], options.keep
        print(json.dumps(build(size, path) if options.step == "build" else measure(size, path, options.requests)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        results = {}
        for size in options.sizes:
            path = (options.keep or Path(temporary)) / f"aisle-{name_of(size)}"
            built = {} if path.exists() else _step("build", size, path, options.requests)
            results[size] = {**built, **_step("measure", size, path, options.requests)}
    print(f"{machine()}\n`python -m benchmarks.scale {' '.join(sys.argv[1:])}`\n")
    print(_costs(results))
    print()
    print(_latencies(results))


def _step(step: str, size: int, path: Path, requests: int) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.scale", "--step", step, "--sizes", str(size), "--keep", str(path)]
    done = subprocess.run([*command, "--requests", str(requests)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def _costs(results: dict[int, dict[str, object]]) -> str:
    def mega(value: object) -> str:
        return f"{float(value) / 1e6:.0f} MB"  # type: ignore[arg-type]

    rows = [
        ["build", *(f"{r['build']:.1f} s" if "build" in r else "kept" for r in results.values())],
        ["open", *(f"{r['open']:.2f} s" for r in results.values())],
        ["disk", *(mega(r["disk"]) for r in results.values())],
        ["memory of its own", *(mega(r["alone"]) for r in results.values())],
        ["memory mapped from disk", *(mega(r["mapped"]) for r in results.values())],
        ["recall@10", *(f"{r['recall']:.4f}" for r in results.values())],
        ["recall@10, filtered", *(f"{r['recall, filtered']:.4f}" for r in results.values())],
    ]
    return table(["", *(name_of(size) for size in results)], rows)


def _latencies(results: dict[int, dict[str, object]]) -> str:
    times = {size: result["times"] for size, result in results.items()}
    names = next(iter(times.values()))
    rows = [[name, *(" / ".join(times[size][name]) for size in times)] for name in names]  # type: ignore[index,union-attr]
    return table(["ms: p50 / p99 / processor time", *(name_of(size) for size in results)], rows)


if __name__ == "__main__":
    main()
