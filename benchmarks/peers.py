"""The same products and queries through other embedded engines, side by side in one run.

    python -m benchmarks.peers --size 100k

Each engine is filled and asked as its documentation says, in a process of its own: text alone where it ranks text, the ten nearest
vectors under a filter (for recall), the filtered hybrid query (24 ids), and the same with counts of four fields where it has
facets. Aisle finds and counts *every* product that has a word or a cosine of at least 0.4; the others fuse the best 100 of each
list, and their facets count what passes the filter, not what matches the query.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import scale
from benchmarks.synthetic import BLOCK, BOOSTS, Request, Row, Shop
from benchmarks.timing import folder_bytes, machine, name_of, size_of, table, timed

DIM = 256
BEST = 100
LIMIT = 24
FACETS = ("type", "brand", "color", "gender")


def text_of(row: Row) -> str:
    return " ".join([*row.title, row.brand, *row.description])


def blocks(shop: Shop) -> Iterator[list[Row]]:
    for start in range(0, shop.size, BLOCK):
        yield shop.block(start, min(BLOCK, shop.size - start))


class Engine(ABC):
    """An engine under test. What it doesn't offer raises NotImplementedError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def build(self, shop: Shop) -> None: ...

    @abstractmethod
    def open(self, shop: Shop) -> None: ...

    def text(self, request: Request) -> object:
        raise NotImplementedError

    def nearest(self, request: Request) -> list[int]:
        """Numbers of the ten nearest products under the request's filter."""
        raise NotImplementedError

    def hybrid(self, request: Request) -> object:
        raise NotImplementedError

    def hybrid_with_facets(self, request: Request) -> object:
        raise NotImplementedError


class Aisle(Engine):
    def build(self, shop: Shop) -> None:
        scale.build(shop.size, self.path)

    def open(self, shop: Shop) -> None:
        self.snapshot = scale.EmbeddedIndex.open(self.path, DIM, BOOSTS).snapshot

    def text(self, request: Request) -> object:
        found = self.snapshot.lexical(scale.LexicalQuery.of(request.words))
        return self.snapshot.ids(found.ordinals[self.snapshot.best(found.ordinals, found.scores, LIMIT)])

    def nearest(self, request: Request) -> list[int]:
        found = scale.nearest(self.snapshot, request, scale.filtered(request, self.snapshot))
        return [int(identifier.removeprefix("sku-")) for identifier in self.snapshot.ids(found)]

    def hybrid(self, request: Request) -> object:
        return scale.hybrid(self.snapshot, request, scale.filtered(request, self.snapshot))

    def hybrid_with_facets(self, request: Request) -> object:
        return scale.hybrid(self.snapshot, request, scale.filtered(request, self.snapshot), FACETS)


class QdrantEdge(Engine):
    """HNSW and BM25 as sparse vectors, fused by reciprocal ranks; payload indexes on every field."""

    def build(self, shop: Shop) -> None:
        import qdrant_edge as q

        self.path.mkdir(parents=True)
        config = q.EdgeConfig(
            vectors={"dense": q.EdgeVectorParams(size=DIM, distance=q.Distance.Cosine)},
            sparse_vectors={"words": q.EdgeSparseVectorParams(modifier=q.Modifier.Idf)},
        )
        shard = q.EdgeShard.create(str(self.path), config)
        kinds = q.PayloadSchemaType
        for field in FACETS:
            shard.update(q.UpdateOperation.create_field_index(field, kinds.Keyword))
        for field, kind in (("price", kinds.Float), ("rating", kinds.Float), ("stock", kinds.Integer)):
            shard.update(q.UpdateOperation.create_field_index(field, kind))
        bm25 = q.Bm25(q.Bm25Config(avg_len=34))
        for block in blocks(shop):
            points = [
                q.Point(
                    int(row.id.removeprefix("sku-")),
                    {"dense": row.vector.tolist(), "words": bm25.embed_document(text_of(row))},
                    {**row.columns(), "color": list(row.colors)},
                )
                for row in block
            ]
            for start in range(0, len(points), 1000):
                shard.update(q.UpdateOperation.upsert_points(points[start : start + 1000]))
        shard.optimize()
        shard.flush()
        shard.close()

    def open(self, shop: Shop) -> None:
        import qdrant_edge as q

        self.q = q
        self.bm25 = q.Bm25(q.Bm25Config(avg_len=34))
        self.shard = q.EdgeShard.load(str(self.path))

    def _filter(self, request: Request) -> Any:
        q, must = self.q, []
        for field, condition in request.filters.items():
            ranged = isinstance(condition, dict)
            kind = {"range": q.RangeFloat(**condition)} if ranged else {"match": q.MatchAny(condition)}
            must.append(q.FieldCondition(field, **kind))
        return q.Filter(must=must)

    def _words(self, request: Request) -> Any:
        return self.q.Query.Nearest(self.bm25.embed_query(" ".join(request.words)), using="words")

    def text(self, request: Request) -> object:
        return self.shard.query(self.q.QueryRequest(LIMIT, query=self._words(request)))

    def nearest(self, request: Request) -> list[int]:
        query = self.q.Query.Nearest(request.vector.tolist(), using="dense")
        found = self.shard.query(self.q.QueryRequest(10, query=query, filter=self._filter(request)))
        return [point.id for point in found]

    def hybrid(self, request: Request) -> object:
        q, condition = self.q, self._filter(request)
        dense = q.Query.Nearest(request.vector.tolist(), using="dense")
        parts = [q.Prefetch(BEST, query=query, filter=condition) for query in (dense, self._words(request))]
        return self.shard.query(q.QueryRequest(LIMIT, query=q.Fusion.Rrf(k=60), prefetches=parts))

    def hybrid_with_facets(self, request: Request) -> object:
        condition = self._filter(request)
        counted = [self.shard.facet(self.q.FacetRequest(field, 20, True, condition)) for field in FACETS]
        return self.hybrid(request), counted


class LanceDB(Engine):
    """IVF-HNSW-SQ with refining, its own full-text index, scalar indexes, reciprocal rank fusion, filter first."""

    def build(self, shop: Shop) -> None:
        import lancedb
        import pyarrow as pa
        from lancedb import index as kinds

        def batches() -> Iterator[pa.RecordBatch]:
            for block in blocks(shop):
                yield pa.RecordBatch.from_pylist(
                    [
                        {
                            "id": int(row.id.removeprefix("sku-")),
                            "text": text_of(row),
                            **row.columns(),
                            "color": list(row.colors),
                            "vector": row.vector,
                        }
                        for row in block
                    ],
                    schema=schema,
                )

        words = {name: pa.string() for name in ("text", "brand", "type", "gender")}
        numbers = {"id": pa.int64(), "price": pa.float64(), "rating": pa.float64(), "stock": pa.int64()}
        lists = {"color": pa.list_(pa.string()), "vector": pa.list_(pa.float32(), DIM)}
        schema = pa.schema({**words, **numbers, **lists})
        made = lancedb.connect(str(self.path)).create_table("products", batches(), schema=schema)
        made.create_index("vector", config=kinds.HnswSq(distance_type="cosine"))
        made.create_index("text", config=kinds.FTS())
        for field in ("type", "gender"):
            made.create_index(field, config=kinds.Bitmap())
        for field in ("brand", "price", "rating", "stock"):
            made.create_index(field, config=kinds.BTree())
        made.create_index("color", config=kinds.LabelList())
        made.optimize()

    def open(self, shop: Shop) -> None:
        import lancedb
        from lancedb.rerankers import RRFReranker

        self.products = lancedb.connect(str(self.path)).open_table("products")
        self.fusion = RRFReranker()

    def _where(self, request: Request) -> str:
        signs = {"gte": ">=", "lte": "<="}
        parts = []
        for field, condition in request.filters.items():
            if isinstance(condition, dict):
                parts += [f"{field} {signs[bound]} {value}" for bound, value in condition.items()]
            elif field == "color":
                parts.append(f"array_has_any(color, ['{condition[0]}'])")
            else:
                parts.append(f"{field} = '{condition[0]}'")
        return " AND ".join(parts)

    def text(self, request: Request) -> object:
        return self.products.search(" ".join(request.words), query_type="fts").select(["id"]).limit(LIMIT).to_arrow()

    def nearest(self, request: Request) -> list[int]:
        query = self.products.search(request.vector).distance_type("cosine").nprobes(20).refine_factor(5)
        return query.where(self._where(request), prefilter=True).select(["id"]).limit(10).to_arrow()["id"].to_pylist()

    def hybrid(self, request: Request) -> object:
        query = self.products.search(query_type="hybrid").vector(request.vector).text(" ".join(request.words))
        query = query.distance_type("cosine").nprobes(20).refine_factor(5).where(self._where(request))
        return query.rerank(self.fusion).select(["id"]).limit(BEST).to_arrow()["id"].to_pylist()[:LIMIT]


class Chroma(Engine):
    """HNSW with a metadata filter; it has no text ranking of its own, so words are required by ``$contains``."""

    def build(self, shop: Shop) -> None:
        import chromadb

        client = chromadb.PersistentClient(str(self.path))
        made = client.create_collection(
            "products", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
        for block in blocks(shop):
            for start in range(0, len(block), 2000):
                rows = block[start : start + 2000]
                made.add(
                    ids=[row.id for row in rows],
                    embeddings=np.stack([row.vector for row in rows]),
                    metadatas=[{**row.columns(), "color": row.colors[0]} for row in rows],
                    documents=[text_of(row) for row in rows],
                )

    def open(self, shop: Shop) -> None:
        import chromadb

        self.products = chromadb.PersistentClient(str(self.path)).get_collection("products", embedding_function=None)

    def _where(self, request: Request) -> dict[str, Any]:
        parts: list[dict[str, Any]] = []
        for field, condition in request.filters.items():
            ranged = condition.items() if isinstance(condition, dict) else ()
            parts += [{field: {f"${bound}": value}} for bound, value in ranged] or [{field: {"$in": condition}}]
        return parts[0] if len(parts) == 1 else {"$and": parts}

    def nearest(self, request: Request) -> list[int]:
        found = self.products.query(
            query_embeddings=[request.vector], n_results=10, where=self._where(request), include=[]
        )
        return [int(identifier.removeprefix("sku-")) for identifier in found["ids"][0]]

    def hybrid(self, request: Request) -> object:
        words = [{"$contains": word} for word in request.words]
        return self.products.query(
            query_embeddings=[request.vector],
            n_results=LIMIT,
            where=self._where(request),
            where_document=words[0] if len(words) == 1 else {"$or": words},
            include=[],
        )


class Tantivy(Engine):
    def build(self, shop: Shop) -> None:
        import tantivy

        self.path.mkdir(parents=True)
        schema = tantivy.SchemaBuilder().add_integer_field("id", stored=True).add_text_field("text").build()
        index = tantivy.Index(schema, path=str(self.path))
        writer = index.writer(200_000_000)
        for block in blocks(shop):
            for row in block:
                writer.add_document(tantivy.Document(id=int(row.id.removeprefix("sku-")), text=[text_of(row)]))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, shop: Shop) -> None:
        import tantivy

        self.index = tantivy.Index.open(str(self.path))
        self.searcher = self.index.searcher()

    def text(self, request: Request) -> object:
        hits = self.searcher.search(self.index.parse_query(" ".join(request.words), ["text"]), LIMIT).hits
        return [self.searcher.doc(address)["id"][0] for _, address in hits]


class Bm25s(Engine):
    def build(self, shop: Shop) -> None:
        import bm25s

        tokens = [text_of(row).casefold().split() for block in blocks(shop) for row in block]
        index = bm25s.BM25()
        index.index(tokens, show_progress=False)
        index.save(str(self.path))

    def open(self, shop: Shop) -> None:
        import bm25s

        self.index = bm25s.BM25.load(str(self.path))

    def text(self, request: Request) -> object:
        return self.index.retrieve([request.words], k=LIMIT, show_progress=False)


ENGINES: dict[str, type[Engine]] = {
    "aisle": Aisle,
    "qdrant-edge-py": QdrantEdge,
    "lancedb": LanceDB,
    "chromadb": Chroma,
    "tantivy": Tantivy,
    "bm25s": Bm25s,
}
QUESTIONS = ("text", "hybrid", "hybrid_with_facets")


def true_nearest(shop: Shop, requests: list[Request]) -> list[set[int]]:
    """Numbers of the ten nearest under each request's filter, by looking at every product."""
    best: list[list[tuple[float, int]]] = [[] for _ in requests]
    vectors = np.stack([request.vector for request in requests])
    number = 0
    for block in blocks(shop):
        cosines = np.stack([row.vector for row in block]) @ vectors.T
        columns = [row.columns() for row in block]
        for place, request in enumerate(requests):
            kept = [i for i, row in enumerate(columns) if _passes(row, request.filters)]
            best[place] = sorted([*best[place], *((float(cosines[i, place]), number + i) for i in kept)])[-10:]
        number += len(block)
    return [{number for _, number in tops} for tops in best]


def _passes(row: dict[str, Any], filters: dict[str, Any]) -> bool:
    for field, condition in filters.items():
        value = row[field]
        if isinstance(condition, dict):
            if value < condition.get("gte", value) or value > condition.get("lte", value):
                return False
        elif not set(value if isinstance(value, tuple) else (value,)) & set(condition):
            return False
    return True


def measure(name: str, size: int, path: Path, count: int, truth: list[set[int]]) -> dict[str, Any]:
    """Fill the engine if it isn't filled, then ask it."""
    shop = Shop(size, DIM)
    engine = ENGINES[name](path)
    built = None
    if not path.exists():
        started = time.perf_counter()
        engine.build(shop)
        built = time.perf_counter() - started
    engine.open(shop)
    requests = shop.requests(count)
    result: dict[str, Any] = {"build": built, "disk": folder_bytes(path)}
    for question in QUESTIONS:
        try:
            result[question] = timed(getattr(engine, question), requests).cells()
        except NotImplementedError:
            result[question] = None
    try:
        pairs = [(set(engine.nearest(request)), true) for request, true in zip(requests, truth, strict=False)]
        result["recall"] = float(np.mean([len(found & true) / len(true) for found, true in pairs if true]))
    except NotImplementedError:
        result["recall"] = None
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=size_of, default=100_000)
    parser.add_argument("--engines", nargs="+", choices=[*ENGINES], default=[*ENGINES])
    parser.add_argument("--requests", type=int, default=120)
    parser.add_argument("--keep", type=Path, help="folder that keeps the indexes between runs")
    parser.add_argument("--step", choices=[*ENGINES], help=argparse.SUPPRESS)
    parser.add_argument("--truth", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        truth = [set(numbers) for numbers in json.loads(options.truth.read_text())]
        print("\n" + json.dumps(measure(options.step, options.size, options.keep, options.requests, truth)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        truth_file = Path(temporary) / "truth.json"
        shop = Shop(options.size, DIM)
        truth = true_nearest(shop, shop.requests(options.requests)[:60])
        truth_file.write_text(json.dumps([sorted(numbers) for numbers in truth]))
        results = {}
        for name in options.engines:
            path = folder / f"{name}-{name_of(options.size)}"
            command = [sys.executable, "-m", "benchmarks.peers", "--step", name, "--keep", str(path)]
            command += ["--size", str(options.size), "--requests", str(options.requests), "--truth", str(truth_file)]
            quiet = {**os.environ, "LANCE_LOG": "error", "RUST_LOG": "error"}
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=quiet)
            if done.returncode:
                shutil.rmtree(path, ignore_errors=True)
                print(f"{name} failed", file=sys.stderr)
            else:
                results[name] = json.loads(done.stdout.splitlines()[-1])
    print(f"{machine()}\n`python -m benchmarks.peers {' '.join(sys.argv[1:])}`\n")
    print(report(results, options.size))


def report(results: dict[str, dict[str, Any]], size: int) -> str:
    """A table with an engine a row: p50 / p99 / processor time in ms."""
    rows = []
    for name, result in results.items():
        times = [" / ".join(result[q]) if result[q] else "not available" for q in QUESTIONS]
        recall = f"{result['recall']:.3f}" if result["recall"] is not None else "not available"
        built = f"{result['build']:.0f} s" if result["build"] is not None else "kept"
        rows.append([name, *times, recall, built, f"{result['disk'] / 1e6:.0f} MB"])
    head = [
        f"{name_of(size)} products, ms",
        "text",
        "filtered hybrid",
        "… with facets",
        "filtered recall@10",
        "build",
        "disk",
    ]
    return table(head, rows)


if __name__ == "__main__":
    main()
