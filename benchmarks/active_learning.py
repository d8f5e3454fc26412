"""Does it pay to choose which pairs people label? Learning curves of each strategy beside random picking.

    python -m benchmarks.active_learning DATA [--seeds 8] [--plot curve.svg]

DATA holds ``abt_buy`` (``corpus.jsonl``, ``queries.jsonl``), whose true matches play the rater. Queries are cut in two halves by
a hash of their id: pairs of the one (candidates of the words and of the shipped model's vectors, as ``aisle label queue`` pools
them) may be labelled, the other measures. Each round labels ``--batch`` more pairs, picked by ``aisle.labelling.strategies`` with
the learner's latest probabilities, and fits the learner anew: logistic regression over the engine's own signals (Newton's method,
L2). Measured on the held-out half: average precision over its pairs, and MRR when its candidates are ordered by the learner. All
strategies start from the same pairs, drawn by chance. The band is a 95 % bootstrap interval of the mean over seeds; the table also
tells the paired difference to random at the same budget.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from aisle.config import SearchSettings
from aisle.evaluation import bootstrap
from aisle.index.lexical import Clause, LexicalQuery, Weighting
from aisle.index.segment import Document, Segment
from aisle.index.snapshot import Part, Snapshot
from aisle.labelling.strategies import NAMES, Pool, select
from aisle.models import registry
from aisle.perception.text import clauses, terms
from aisle.ranking.similarity import compare, read

DEPTH = 10
L2 = 1.0
COLORS = ("#0d6b51", "#2f62b8", "#b4472e", "#b7791f", "#8b4fa8", "#5c5852")


FIELDS = {"name": "title", "description": "description"}


@dataclass(frozen=True)
class Task:
    """Listings as (id, fields under Aisle's names); queries as (id, title, ids of the same product)."""

    corpus: Sequence[tuple[str, Mapping[str, str]]]
    queries: Sequence[tuple[str, str, frozenset[str]]]

    @classmethod
    def load(cls, folder: Path) -> Task:
        corpus, queries = (
            [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines() if line.strip()]
            for name in ("corpus.jsonl", "queries.jsonl")
        )
        return cls(
            [(row["id"], {ours: row[name] for name, ours in FIELDS.items() if row.get(name)}) for row in corpus],
            [(row["id"], row["name"], frozenset(row["relevant"])) for row in queries],
        )


@dataclass(frozen=True)
class Half:
    """The candidate pairs of half of the queries: the pool, (n, signals) features, (n,) true labels."""

    pool: Pool
    features: np.ndarray
    truth: np.ndarray


def candidates(task: Task) -> tuple[Half, Half]:
    """Both halves, with features scaled by the first one's spread."""
    settings = SearchSettings()
    documents = [Document(id, terms={name: terms(text) for name, text in fields.items()}) for id, fields in task.corpus]
    lengths: dict[str, list[int]] = {}
    for document in documents:
        for name, tokens in document.terms.items():
            lengths.setdefault(name, []).append(len(tokens))
    weighting = Weighting(settings.searchable, {name: sum(each) / len(documents) for name, each in lengths.items()})
    snapshot = Snapshot(1, [Part.whole("0", Segment.build(documents, 1, weighting))], weighting, 1)
    model = registry.load("aisle-small", 1)
    products = model.encode_texts([fields.get("title", "") for _, fields in task.corpus])  # (products, dim)
    asked = model.encode_texts([title for _, title, _ in task.queries])  # (queries, dim)
    slope, bias = model.calibration.text
    listings = [
        read(fields.get("title", ""), fields.get("brand", ""), tuple(filter(None, [fields.get("code")])))
        for _, fields in task.corpus
    ]
    position = {id: place for place, (id, _) in enumerate(task.corpus)}
    rows: tuple[list, list] = ([], [])
    for number, (identifier, title, relevant) in enumerate(task.queries):
        query = LexicalQuery(
            tuple(Clause(tuple((w.term, w.weight) for w in each.alternatives), each.weight) for each in clauses(title))
        )
        matches = snapshot.lexical(query)
        worth, coverage = np.zeros(len(documents)), np.zeros(len(documents))
        at = [position[id] for id in snapshot.ids(matches.ordinals)]
        worth[at], coverage[at] = matches.scores / (matches.mass or 1.0), matches.coverage
        cosines = products @ asked[number]
        near = set(np.argsort(-cosines, kind="stable")[:DEPTH]) | set(np.argsort(-worth, kind="stable")[:DEPTH])
        places = np.array(sorted(int(place) for place in near))
        similar = compare(read(title), [listings[place] for place in places], len(snapshot), snapshot.frequency)
        chance = 1 / (1 + np.exp(-(slope * cosines[places] + bias)))
        signals = [worth[places], coverage[places], cosines[places], *similar.parts.values()]
        truth = np.array([task.corpus[place][0] in relevant for place in places])
        score = settings.weights.get("lexical", 0.0) * worth[places] + settings.weights.get("dense", 0.0) * chance
        half = int(hashlib.md5(identifier.encode()).hexdigest(), 16) % 2
        rows[half].append((number, places, np.stack(signals, axis=1), truth, coverage[places], chance, score))
    whole = np.concatenate([row[2] for row in rows[0]])
    mean, spread = whole.mean(axis=0), whole.std(axis=0) + 1e-9
    made = []
    for half in rows:
        pool = Pool(
            np.concatenate([np.full(len(row[1]), i) for i, row in enumerate(half)]),
            [task.corpus[place][0] for row in half for place in row[1]],
            *(np.concatenate([row[i] for row in half]).astype(float) for i in (4, 5, 6)),
            asked[[row[0] for row in half]],
            products[np.concatenate([row[1] for row in half])],
        )
        features = (np.concatenate([row[2] for row in half]) - mean) / spread
        made.append(Half(pool, features, np.concatenate([row[3] for row in half])))
    return made[0], made[1]


def fit(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(signals + 1,) weights of logistic regression with an L2 penalty on all but the bias, by Newton's method."""
    x = np.column_stack([features, np.ones(len(features))])
    penalty = np.diag([L2] * features.shape[1] + [1e-3])
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + penalty, x.T @ (labels - p) - penalty @ weights)
        weights += step * min(1.0, 5.0 / (np.linalg.norm(step) + 1e-12))
        if np.abs(step).max() < 1e-6:
            break
    return weights


def predict(weights: np.ndarray, features: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(features @ weights[:-1] + weights[-1], -30, 30)))


def quality(scores: np.ndarray, half: Half) -> tuple[float, float]:
    """Average precision over all pairs, and MRR over queries by the scores (0 where the right one isn't a candidate)."""
    ranked = half.truth[np.argsort(-scores, kind="stable")]
    precision = float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())
    reciprocal = []
    for number in range(int(half.pool.query.max()) + 1):
        mine = np.flatnonzero(half.pool.query == number)
        hits = np.flatnonzero(half.truth[mine][np.argsort(-scores[mine], kind="stable")])
        reciprocal.append(1 / (hits[0] + 1) if len(hits) else 0.0)
    return precision, float(np.mean(reciprocal))


def curve(strategy: str, train: Half, test: Half, rounds: int, batch: int, seed: int) -> np.ndarray:
    """(rounds, 2) average precision and MRR after each round of labels."""
    labelled = [each.place for each in select(train.pool, batch, "random", seed=seed)]
    points = []
    for turn in range(rounds):
        weights = fit(train.features[labelled], train.truth[labelled].astype(float))
        points.append(quality(predict(weights, test.features), test))
        guess = predict(weights, train.features)
        pool = replace(train.pool, probability=guess, score=guess)
        chosen = select(pool, batch, strategy, per_query=5, taken=labelled, seed=seed * 1000 + turn)
        labelled += [each.place for each in chosen]
    return np.array(points)


def svg(curves: Mapping[str, np.ndarray], batch: int, ceiling: float) -> str:
    """Average precision against labels: the mean of each strategy, and its interval as a band."""
    width, height, left, top = 720, 420, 60, 20
    means = {name: points[:, :, 0].mean(axis=0) for name, points in curves.items()}
    low = min(mean.min() for mean in means.values()) - 0.05
    high = max(ceiling, *(mean.max() for mean in means.values())) + 0.02
    count = len(next(iter(means.values())))

    def x(turn: int) -> float:
        return left + (width - left - 20) * turn / max(count - 1, 1)

    def y(value: float) -> float:
        return top + (height - top - 50) * (high - value) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<path d="M{left} {y(ceiling):.1f}H{width - 20}" stroke="#999" stroke-dasharray="4 4"/>',
        f'<text x="{width - 20}" y="{y(ceiling) - 6:.1f}" text-anchor="end" fill="#555">all pairs labelled</text>',
        f'<text x="{width / 2}" y="{height - 8}" text-anchor="middle" fill="#333">labelled pairs</text>',
        f'<text transform="translate(16 {height / 2}) rotate(-90)" text-anchor="middle" fill="#333">average precision</text>',
    ]
    for turn in range(0, count, max(1, count // 6)):
        parts.append(
            f'<text x="{x(turn):.0f}" y="{height - 30}" text-anchor="middle" fill="#555">{batch * (turn + 1)}</text>'
        )
    for value in np.linspace(low, high, 5):
        parts.append(f'<text x="{left - 8}" y="{y(value) + 4:.0f}" text-anchor="end" fill="#555">{value:.2f}</text>')
        parts.append(f'<path d="M{left} {y(value):.1f}H{width - 20}" stroke="#eee"/>')
    for place, (name, points) in enumerate(curves.items()):
        color = COLORS[place % len(COLORS)]
        lower, upper = bootstrap(points[:, :, 0])
        edge = [f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(upper)]
        edge += [f"{x(i):.1f},{y(v):.1f}" for i, v in reversed(list(enumerate(lower)))]
        line = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(means[name]))
        parts.append(f'<polygon points="{" ".join(edge)}" fill="{color}" opacity="0.12"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{width - 130}" y="{height - 150 + 18 * place}" fill="{color}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def table(curves: Mapping[str, np.ndarray], batch: int) -> Sequence[str]:
    count = next(iter(curves.values())).shape[1]
    turns = sorted({1, count // 3, count - 1})
    heads = " | ".join(f"AP at {batch * (turn + 1)}" for turn in turns)
    lines = [
        f"| strategy | {heads} | area | against random | MRR at {batch * count} |",
        f"|---|{'---|' * (len(turns) + 3)}",
    ]
    areas = {name: points[:, :, 0].mean(axis=1) for name, points in curves.items()}  # (seeds,)
    for name, points in curves.items():
        low, high = bootstrap(points[:, :, 0])
        cells = [f"{points[:, t, 0].mean():.3f} [{low[t]:.3f}–{high[t]:.3f}]" for t in turns]
        gain = areas[name] - areas["random"]
        least, most = bootstrap(gain[:, None])
        against = "" if name == "random" else f"{gain.mean():+.3f} [{least[0]:+.3f}, {most[0]:+.3f}]"
        last = points[:, -1, 1].mean()
        lines.append(f"| {name} | {' | '.join(cells)} | {areas[name].mean():.3f} | {against} | {last:.3f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--plot", type=Path, default=Path("active_learning.svg"))
    options = parser.parse_args()
    started = time.process_time()
    train, test = candidates(Task.load(options.data / "abt_buy"))
    print(
        f"{len(train.pool)} pairs to label, {train.truth.mean():.1%} of them matches; {len(test.pool)} held out",
        flush=True,
    )
    whole = quality(predict(fit(train.features, train.truth.astype(float)), test.features), test)
    shipped = quality(test.pool.score, test)
    print(
        f"all labelled: AP {whole[0]:.3f}, MRR {whole[1]:.3f}; unlearned sum: AP {shipped[0]:.3f}, MRR {shipped[1]:.3f}"
    )
    curves: dict[str, np.ndarray] = {}
    for name in ("random", *(name for name in NAMES if name != "random")):
        runs = [curve(name, train, test, options.rounds, options.batch, seed) for seed in range(options.seeds)]
        curves[name] = np.stack(runs)  # (seeds, rounds, 2)
    print("\n".join(table(curves, options.batch)))
    options.plot.write_text(svg(curves, options.batch, whole[0]), encoding="utf-8")
    print(f"{options.plot}; {time.process_time() - started:.0f} s of processor time")


if __name__ == "__main__":
    main()
