"""No forgetting: what a model could do before, the next one must still do.

Every run leaves the queries it held out as a test set; later runs are measured on all of them beside the model they started
from. Replay keeps some earlier pairs in training; averaging start and tuned weights keeps what both know.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aisle.errors import InvalidRequest
from aisle.learning.catalog_data import Catalog, folded
from aisle.learning.catalog_task import Replay
from aisle.learning.views import jpeg
from aisle.models.runtime import Model, resize

GATED = "recall@10"
FOLDER = "tests"
"""Test sets lie in STORE/tests and in ``tests`` of a model's folder, as JSON Lines."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """Queries with the products that answer them. ``among`` narrows the products searched to those ids; all if empty."""

    __test__ = False  # pytest: no test of ours

    name: str
    queries: tuple[str, ...]
    relevant: tuple[frozenset[str], ...]
    among: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Space:
    """A catalog as one model sees it: ids, and a unit row (n, dim) for each."""

    ids: tuple[str, ...]
    rows: np.ndarray


def space_of(model: Model, catalog: Catalog, pixels: np.ndarray, names: Sequence[str] | None = None) -> Space:
    """``pixels`` (items, size, size, 3); with ``names`` products are pictures and texts fused, else pictures only."""
    rows = np.concatenate(
        [model.encode_images(list(pixels[start : start + 512])) for start in range(0, len(pixels), 512)]
    )
    if names is not None:
        weights = model.product_weights
        rows = weights["image"] * rows + weights["text"] * model.encode_texts(names, "passage")
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return Space(tuple(item.id for item in catalog.items), rows.astype(np.float32))


def ranks(model: Model, space: Space, test: TestSet) -> np.ndarray:
    """(queries,) the place of the first right product of each query, from 1; those without one in ``space`` are infinite."""
    chosen = np.array([not test.among or i in test.among for i in space.ids])
    rows, ids = space.rows[chosen], [i for i, kept in zip(space.ids, chosen, strict=True) if kept]
    place = {id: row for row, id in enumerate(ids)}
    near = model.encode_texts(test.queries) @ rows.T  # (queries, products)
    found = np.full(len(test.queries), np.inf)
    for i, relevant in enumerate(test.relevant):
        good = [place[id] for id in relevant if id in place]
        if good:
            best = near[i, good].max()
            found[i] = 1 + int((near[i] > best).sum())
    return found


def measures(found: np.ndarray) -> dict[str, np.ndarray]:
    """(queries,) ranks → each query's recall@1, recall@10 (is the right one there) and reciprocal rank."""
    return {"recall@1": found <= 1.0, "recall@10": found <= 10.0, "MRR": 1.0 / found}


# Test sets


def read_tests(folder: Path) -> Iterator[TestSet]:
    """Every \\*.jsonl of a folder: lines {"query", "product" or "relevant"}, and "among" in the first. Raises InvalidRequest."""
    for file in sorted(folder.glob("*.jsonl")):
        queries, relevant, among = [], [], frozenset[str]()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                answer = row.get("relevant", row.get("product"))
                query = row.get("query", "")
                among |= frozenset(map(str, row.get("among", ())))
            except (ValueError, AttributeError, TypeError) as error:
                raise InvalidRequest(f"{file.name}, line {number} can't be used: {error}", field=file.name) from error
            if isinstance(query, str) and query.strip() and answer:
                queries.append(query)
                several = isinstance(answer, list | dict)
                relevant.append(frozenset(map(str, answer)) if several else frozenset([str(answer)]))
        if queries:
            yield TestSet(file.stem, tuple(queries), tuple(relevant), among)


def write_test(test: TestSet, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[dict[str, Any]] = [
        {"query": query, "relevant": sorted(relevant)}
        for query, relevant in zip(test.queries, test.relevant, strict=True)
    ]
    if test.among and lines:
        lines[0]["among"] = sorted(test.among)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / f"{test.name}.jsonl").write_text(text, encoding="utf-8")


def earlier_tests(store: Path, parent: Path) -> tuple[TestSet, ...]:
    """What the store keeps and what came with the parent model; of two with one name the store's."""
    found = {test.name: test for test in read_tests(parent / FOLDER)}
    found |= {test.name: test for test in read_tests(store / FOLDER)}
    return tuple(found[name] for name in sorted(found))


def tested_queries(tests: Iterable[TestSet]) -> frozenset[str]:
    """No later run may train on them."""
    return frozenset(folded(query) for test in tests for query in test.queries)


def present(test: TestSet, ids: frozenset[str]) -> TestSet:
    """``test`` without queries whose products have all left the catalog."""
    kept = [(q, r & ids) for q, r in zip(test.queries, test.relevant, strict=True) if r & ids]
    return TestSet(test.name, tuple(q for q, _ in kept), tuple(r for _, r in kept), test.among & ids)


def gate(
    tests: Sequence[TestSet], before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray], bound: float
) -> dict[str, Any]:
    """``before`` and ``after`` map a test's name to ranks. Not passed when recall@10 of any falls by more than ``bound``."""
    lines = []
    for test in tests:
        was, now = (float(measures(found[test.name])[GATED].mean()) for found in (before, after))
        lines.append({
            "test": test.name, "queries": len(test.queries), "before": round(was, 4), "after": round(now, 4),
            "passed": bool(was - now <= bound + 1e-9),
        })  # fmt: skip
    return {"passed": all(line["passed"] for line in lines), "measure": GATED, "bound": bound, "tests": lines}


# Weights


def between(start: Mapping[str, Tensor], tuned: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """(1 − share)·start + share·tuned for each weight (WiSE-FT, Wortsman et al. 2022, arXiv:2109.01903)."""
    return {
        name: torch.lerp(start[name].to(own.device), own, share) if own.is_floating_point() else own
        for name, own in tuned.items()
    }


# Replay


def reservoir(kept: Replay | None, texts: Sequence[str], pixels: np.ndarray, size: int, seed: int) -> Replay:
    """At most ``size`` pairs, of ``kept`` and the new ones, each as likely to stay (Vitter 1985)."""
    whole = [(t, p) for t, p in zip(kept.texts, kept.pixels, strict=True)] if kept else []
    whole += list(zip(texts, pixels, strict=True))
    chosen = np.random.default_rng(seed).permutation(len(whole))[:size]
    rows = [whole[i] for i in sorted(chosen)]
    return Replay(tuple(text for text, _ in rows), np.stack([p for _, p in rows]) if rows else pixels[:0])


def write_replay(replay: Replay, file: Path) -> None:
    pictures = [np.frombuffer(jpeg(p), np.uint8) for p in replay.pixels]
    ends = np.cumsum([len(p) for p in pictures], dtype=np.int64)
    data = np.concatenate(pictures) if pictures else np.zeros(0, np.uint8)
    np.savez(file, texts=np.array(replay.texts, dtype=str), pictures=data, ends=ends)


def read_replay(file: Path, size: int) -> Replay | None:
    """What an earlier run left; None when it left nothing. Pictures come as (n, size, size, 3)."""
    if not file.is_file():
        return None
    kept = np.load(file, allow_pickle=False)
    pieces = np.split(kept["pictures"], kept["ends"][:-1]) if len(kept["ends"]) else []
    pixels = [resize(np.asarray(Image.open(io.BytesIO(p.tobytes())).convert("RGB")), size) for p in pieces]
    return Replay(tuple(map(str, kept["texts"])), np.stack(pixels)) if pixels else None
