"""The index against a model of it: a dict of documents and loops that follow the definitions."""

from __future__ import annotations

import math
import tempfile
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.index import embedded, lexical
from aisle.index.columns import sort_key
from aisle.index.embedded import EmbeddedIndex
from aisle.index.filters import And, Exists, Filter, In, Not, Or, Range, parse
from aisle.index.lexical import K1, B, Clause, LexicalQuery, idf
from aisle.index.segment import Document
from aisle.index.snapshot import Snapshot

DIM = 4
BOOSTS = {"title": 3.0, "brand": 2.0, "hidden": 0.0}
WORDS = ["red", "Röd", "红色", "👟", "dress", "dressy", "a", ""]
COLORS = ["Red", "red", "RED", "Blue", "蓝", "ß", "SS"]


# -- the model -------------------------------------------------------------------------------------------------------


def impact(term: str, document: Document, snapshot: Snapshot) -> float:
    """BM25F by its definition, with the means the index states."""
    weight = 0.0
    for field, boost in snapshot.weighting.boosts.items():
        tokens = document.terms.get(field, ())
        if boost > 0 and tokens:
            norm = 1 - B + B * len(tokens) / snapshot.weighting.means[field]
            weight += boost * Counter(tokens)[term] / norm
    return weight / (K1 + weight)


def lexical_model(
    query: LexicalQuery, documents: dict[str, Document], snapshot: Snapshot
) -> dict[str, tuple[float, float]]:
    """A clause weighs the idf of its first alternative, or of all together where no document has the first."""
    rows: dict[str, list[float]] = {identifier: [] for identifier in documents}
    masses = []
    for clause in query.clauses:
        impacts = {i: [impact(term, d, snapshot) for term, _ in clause.alternatives] for i, d in documents.items()}
        counts = [sum(row[place] > 0 for row in impacts.values()) for place in range(len(clause.alternatives))]
        rarities = [idf(len(documents), count) for count in counts]
        weights = [weight for _, weight in clause.alternatives]
        if counts[0]:
            rarity = rarities[0]
            weights = [weight * min(1.0, own / rarity) for weight, own in zip(weights, rarities, strict=True)]
        else:
            rarity = idf(len(documents), sum(any(row) for row in impacts.values()))
        masses.append(clause.weight * rarity)
        for identifier, row in impacts.items():
            rows[identifier].append(max(weight * value for weight, value in zip(weights, row, strict=True)))
    found = {}
    for identifier, row in rows.items():
        mass = sum(m for m, value in zip(masses, row, strict=True) if value > 0)
        if mass > 0:
            score = sum(m * value for m, value in zip(masses, row, strict=True))
            found[identifier] = (score, mass / sum(masses))
    return found


def holds(tree: Filter, document: Document) -> bool:
    match tree:
        case And(parts):
            return all(holds(part, document) for part in parts)
        case Or(parts):
            return any(holds(part, document) for part in parts)
        case Not(part):
            return not holds(part, document)
    value = document.columns.get(tree.field)
    values: list[Any] = [] if value is None else list(value) if isinstance(value, tuple) else [value]
    values = [str(v).lower() if isinstance(v, bool) else v.casefold() if isinstance(v, str) else v for v in values]
    match tree:
        case Exists():
            return bool(values)
        case In(_, wanted):
            return any(v in [w.casefold() if isinstance(w, str) else w for w in wanted] for v in values)
        case Range(_, low, high, above, below):
            return any(
                (low is None or v > low or (above and v == low)) and (high is None or v < high or (below and v == high))
                for v in values
            )


# -- random documents, operations and queries --------------------------------------------------------------------------

_tokens = st.lists(st.sampled_from(WORDS), max_size=5)
_columns = st.fixed_dictionaries(
    {},
    optional={
        "color": st.lists(st.sampled_from(COLORS), max_size=3, unique=True).map(tuple),
        "brand": st.sampled_from(COLORS),
        "price": st.sampled_from([0, 1, 2.5, -3, 1e9, 19.99]),
        "flag": st.booleans(),
    },
)
_vector = st.none() | st.lists(st.integers(-3, 3), min_size=DIM, max_size=DIM).filter(any).map(
    lambda numbers: (np.array(numbers) / np.linalg.norm(numbers)).astype(np.float32)
)
_document = st.builds(
    Document,
    st.sampled_from([f"p{i}" for i in range(12)] + ["é", "商品", "a b/c", "\udc80"]),
    st.none() | st.sampled_from(["g", "h"]),
    st.fixed_dictionaries({}, optional={"title": _tokens, "brand": _tokens, "hidden": _tokens}),
    _columns,
    _vector,
)
_clause = st.builds(
    Clause,
    st.lists(st.tuples(st.sampled_from([*WORDS, "absent"]), st.sampled_from([1.0, 0.5])), min_size=1, max_size=3).map(
        tuple
    ),
    st.sampled_from([1.0, 2.0]),
)
_leaf: st.SearchStrategy[Filter] = st.one_of(
    st.builds(
        In, st.sampled_from(["color", "brand"]), st.lists(st.sampled_from([*COLORS, "?"]), max_size=3).map(tuple)
    ),
    st.builds(In, st.just("price"), st.lists(st.sampled_from([0.0, 2.5, 7.0]), max_size=2).map(tuple)),
    st.builds(
        Range, st.just("price"), st.sampled_from([0.0, 2.5]), st.none() | st.just(19.99), st.booleans(), st.booleans()
    ),
    st.builds(Exists, st.sampled_from(["color", "price", "flag", "none"])),
    st.just(In("flag", ("TRUE",))),
)
_filter = st.recursive(
    _leaf,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts)))
        | inner.map(Not)
    ),
    max_leaves=5,
)
_step = st.one_of(
    st.tuples(
        st.just("apply"),
        st.lists(_document, max_size=6),
        st.lists(st.sampled_from(["p0", "p1", "p2", "é"]), max_size=2),
    ),
    st.tuples(st.just("reopen"), st.none(), st.none()),
    st.tuples(st.just("boost"), st.sampled_from([1.0, 4.0]), st.none()),
)


@settings(max_examples=200)
@given(
    st.lists(_step, max_size=12),
    st.lists(_clause, min_size=1, max_size=4).map(lambda clauses: LexicalQuery(tuple(clauses))),
    _filter,
    st.sampled_from([-1.0, 0.0, 0.5]),
)
def test_it_equals_the_model(steps: list[Any], query: LexicalQuery, tree: Filter, floor: float) -> None:
    documents: dict[str, Document] = {}
    boosts = dict(BOOSTS)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "FANOUT", 3)  # merges happen early
        index = EmbeddedIndex(Path(folder) / "views", DIM, boosts)
        for seq, (kind, first, second) in enumerate(steps, 1):
            if kind == "apply":
                index.apply(seq, first, second)
                documents |= {document.id: document for document in first}
                documents = {identifier: d for identifier, d in documents.items() if identifier not in second}
                assert index.snapshot.seq == seq
            elif kind == "boost":
                boosts = {**boosts, "title": first}
                index.set_boosts(boosts)
            else:
                before = index.snapshot.seq
                index.close()
                index = EmbeddedIndex.open(Path(folder) / "views", DIM, boosts)
                assert index.snapshot.seq == before
                assert index.check() == []
        check(index.settle(), documents, query, tree, floor)


def check(snapshot: Snapshot, documents: dict[str, Document], query: LexicalQuery, tree: Filter, floor: float) -> None:
    everything = snapshot.alive()
    assert len(snapshot) == len(everything) == len(documents)
    ids = snapshot.ids(everything)
    assert sorted(ids) == sorted(documents)
    assert snapshot.ordinals([*ids, "nobody"]).tolist() == [*everything.tolist(), -1]
    at = dict(zip(ids, everything.tolist(), strict=True))

    terms = Counter(
        term for d in documents.values() for term in {t for f, b in BOOSTS.items() if b > 0 for t in d.terms.get(f, ())}
    )
    assert dict(snapshot.vocabulary()) == dict(terms)
    assert snapshot.prefixed("dress") == {t: n for t, n in sorted(terms.items()) if t.startswith("dress")}

    found = snapshot.lexical(query)
    expected = lexical_model(query, documents, snapshot)
    assert np.all(np.diff(found.ordinals) > 0)
    got = {i: (s, c) for i, s, c in zip(snapshot.ids(found.ordinals), found.scores, found.coverage, strict=True)}
    assert got.keys() == expected.keys()
    for identifier, (score, coverage) in expected.items():
        assert got[identifier] == (pytest.approx(score, rel=1e-4), pytest.approx(coverage, rel=1e-4))

    mask = snapshot.filter(tree)
    kept = {identifier for identifier, document in documents.items() if holds(tree, document)}
    assert mask.dtype == bool and set(snapshot.ids(np.flatnonzero(mask))) == kept
    narrowed = snapshot.lexical(query, mask)
    inside = mask[found.ordinals]
    assert np.array_equal(narrowed.ordinals, found.ordinals[inside])
    assert np.array_equal(narrowed.scores, found.scores[inside])

    chosen = np.flatnonzero(mask)
    counted: Counter[str] = Counter()
    for identifier in kept:
        counted.update(documents[identifier].columns.get("color", ()))  # type: ignore[arg-type]
    assert snapshot.count("color", chosen) == dict(counted)
    assert [*snapshot.count("color", chosen)] == sorted(counted, key=lambda c: (-counted[c], sort_key(c)))
    assert [*snapshot.count("color", chosen, 1)] == [*snapshot.count("color", chosen)][:1]
    grouped = {(color, documents[i].group or i) for i in kept for color in documents[i].columns.get("color", ())}  # type: ignore[union-attr]
    assert snapshot.count_groups("color", chosen) == dict(Counter(color for color, _ in grouped))
    prices = [documents[i].columns["price"] for i in kept if "price" in documents[i].columns]
    numbers = snapshot.numbers("price", chosen)
    assert (numbers is None) == (not prices)
    if numbers is not None:
        assert (numbers.count, numbers.minimum, numbers.maximum) == (len(prices), min(prices), max(prices))
        assert sum(numbers.histogram) == len(prices)
    for descending in (False, True):
        order = snapshot.sort(everything, "price", len(everything), descending=descending)
        sign = -1 if descending else 1
        key = {i: sign * float(d.columns["price"]) if "price" in d.columns else math.inf for i, d in documents.items()}
        assert snapshot.ids(everything[order]) == sorted(documents, key=lambda i: (key[i], i))
        first_three = snapshot.sort(everything, "price", 3, descending=descending)
        assert first_three.tolist() == order[:3].tolist()
    words = {i: d.columns.get("brand") for i, d in documents.items()}
    order = snapshot.sort(everything, "brand", 4)
    assert (
        snapshot.ids(everything[order])
        == sorted(documents, key=lambda i: (words[i] is None, sort_key(str(words[i])), i))[:4]
    )
    scores = np.array([len(documents[i].terms) for i in ids], np.float32)
    best = snapshot.best(everything, scores, 3)
    assert snapshot.ids(everything[best]) == sorted(documents, key=lambda i: (-len(documents[i].terms), i))[:3]

    vector = np.full(DIM, 0.5, np.float32)
    cosines = {i: float(d.vector @ vector) for i, d in documents.items() if d.vector is not None}
    near = snapshot.dense(vector, floor=floor - 1e-3, limit=1000, mask=mask)
    assert near.exact
    reaching = {i for i, cosine in cosines.items() if i in kept and cosine >= floor - 1e-3}
    assert set(snapshot.ids(near.ordinals)) == reaching
    assert near.scores.dtype == np.float32
    for identifier, score in zip(snapshot.ids(near.ordinals), near.scores, strict=True):
        assert score == pytest.approx(cosines[identifier], abs=1e-5)
    nearest = snapshot.dense(vector, floor=-2.0, limit=2)
    assert sorted(nearest.scores) == pytest.approx(sorted(sorted(cosines.values())[-2:]), abs=1e-5)
    given_back = snapshot.cosines(everything, vector)
    assert [i for i, cosine in zip(ids, given_back, strict=True) if not np.isnan(cosine)] == [
        i for i in ids if i in cosines
    ]

    groups = dict(zip(ids, snapshot.groups(everything).tolist(), strict=True))
    for one in ids:
        for other in ids:
            same = one == other or (documents[one].group is not None and documents[one].group == documents[other].group)
            assert (groups[one] == groups[other]) == same
    for identifier, document in documents.items():
        for field in ("title", "hidden"):
            assert snapshot.tokens(at[identifier], field) == tuple(document.terms.get(field, ()))
        value = document.columns.get("color") or None
        read = snapshot.values("color", np.array([at[identifier]]))[0]
        assert (read,) == value if isinstance(read, str) else read == value


# -- examples worked by hand -------------------------------------------------------------------------------------------


def words(identifier: str, title: str, **columns: Any) -> Document:
    return Document(identifier, None, {"title": title.split()}, columns)


def filled(*documents: Document, boosts: dict[str, float] | None = None) -> EmbeddedIndex:
    index = EmbeddedIndex(None, DIM, boosts or {"title": 1.0})
    index.apply(1, documents)
    return index


def test_a_score_done_by_hand() -> None:
    snapshot = filled(words("1", "red dress"), words("2", "red red shoe bag"), words("3", "hat")).snapshot
    found = snapshot.lexical(LexicalQuery.of(["red"]))
    # Mean length 7/3. Document 1: w = 1 / (1/2 + 1/2 · 2 · 3/7) = 14/13; 2: w = 2 / (1/2 + 1/2 · 4 · 3/7) = 28/19.
    mass = math.log(1 + 1.5 / 2.5)
    expected = [mass * (14 / 13) / (1.2 + 14 / 13), mass * (28 / 19) / (1.2 + 28 / 19)]
    assert found.scores.tolist() == pytest.approx(expected, rel=1e-6)
    assert found.coverage.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("rare", [0, 10**9])
def test_sums_are_the_same_by_sorting_and_by_product(rare: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "RARE", rare)
    clauses = [([1, 4, 6], [0.5, 0.25, 1.0], 2.0), ([0, 4], [0.5, 0.5], 1.0), ([], [], 9.0), ([4], [1.0], 3.0)]
    arrays = [(np.array(d, np.int32), np.array(i, np.float32), mass) for d, i, mass in clauses]
    documents, scores, masses = lexical.accumulate(arrays, 8)
    assert documents.tolist() == [0, 1, 4, 6]
    assert scores.tolist() == [0.5, 1.0, 4.0, 2.0]
    assert masses.tolist() == [1.0, 2.0, 6.0, 2.0]


def test_the_best_alternative_counts_and_an_unknown_word_costs_coverage() -> None:
    snapshot = filled(words("1", "couch"), words("2", "sofa"), words("3", "sofa couch"), words("4", "hat")).snapshot
    clause = Clause((("couch", 1.0), ("sofa", 0.5)))
    one = snapshot.lexical(LexicalQuery((clause,)))
    assert snapshot.ids(one.ordinals) == ["1", "2", "3"]
    assert one.scores[1] == pytest.approx(one.scores[0] / 2)
    two = snapshot.lexical(LexicalQuery((clause, Clause((("unheard", 1.0),)))))
    share = idf(4, 2) / (idf(4, 2) + idf(4, 0))
    assert two.coverage.tolist() == pytest.approx([share] * 3)


def test_words_near_each_other_in_order() -> None:
    titles = ("dark red dress", "dress red dark", "dark x red y z dress")
    snapshot = filled(*(words(f"{i}", title) for i, title in enumerate(titles))).snapshot
    everything = np.arange(3)
    assert snapshot.phrase(everything, ["dark", "red", "dress"], "title").tolist() == [1.0, 0.0, 0.5]
    assert snapshot.phrase(everything, ["dark"], "title").tolist() == [0, 0, 0]
    assert snapshot.phrase(everything, ["dark", "unheard"], "title").tolist() == [0, 0, 0]
    assert snapshot.phrase(everything, ["dark", "red"], "nowhere").tolist() == [0, 0, 0]
    matches = snapshot.field_matches(np.array([2, 0]), ["dark", "dark", "z", "unheard"])
    assert matches["title"].tolist() == [2, 1]


def test_kinds_of_columns() -> None:
    index = filled(words("1", "a", color=("Red",), price=3, brand="X"), words("2", "a", color=("Red", "Blue")))
    assert index.snapshot.kinds == {"brand": "text", "color": "list", "price": "number"}
    index.apply(2, [words("3", "a", price="on request")])
    assert index.snapshot.kinds["price"] == "text"


def test_dates_have_ranges() -> None:
    snapshot = filled(words("1", "a", released="2023-05-01"), words("2", "a", released="2024-01-31T10:00Z")).snapshot
    tree = parse({"released": {"gte": "2024", "lt": "2025"}}, {"released": "date"})
    assert snapshot.ids(np.flatnonzero(snapshot.filter(tree))) == ["2"]


def test_an_empty_index_answers_everything() -> None:
    snapshot = EmbeddedIndex(None, DIM, BOOSTS).snapshot
    assert (snapshot.seq, len(snapshot), snapshot.kinds, dict(snapshot.vocabulary())) == (0, 0, {}, {})
    none = snapshot.alive()
    assert len(snapshot.lexical(LexicalQuery.of(["a"])).ordinals) == 0
    assert len(snapshot.dense(np.ones(DIM), floor=-1, limit=5).ordinals) == 0
    assert len(snapshot.filter(In("color", ("Red",)))) == 0
    assert snapshot.count("color", none) == {} and snapshot.numbers("price", none) is None
    assert snapshot.sort(none, "price", 5).tolist() == [] and snapshot.ids(none) == []


def test_a_vector_of_another_size_is_refused_and_changes_nothing() -> None:
    index = filled(words("1", "a"))
    with pytest.raises(ValueError, match="2"):
        index.apply(2, [words("3", "b"), replace(words("2", "b"), vector=np.ones(DIM + 1, np.float32))])
    assert index.snapshot.seq == 1 and len(index.snapshot) == 1


def test_no_query_matches_nothing() -> None:
    assert not LexicalQuery()
    assert len(filled(words("1", "a")).snapshot.lexical(LexicalQuery()).ordinals) == 0


def test_readers_see_whole_batches_while_a_writer_works() -> None:
    """Every batch rewrites all documents with one word: a reader must find that word in all of them or in none."""
    index = EmbeddedIndex(None, DIM, {"title": 1.0})
    index.apply(1, [words(f"{i}", "w1") for i in range(40)])
    problems: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            snapshot = index.snapshot
            found = snapshot.lexical(LexicalQuery.of([f"w{snapshot.seq}"]))
            if len(found.ordinals) != 40 or len(snapshot) != 40 or len(set(snapshot.ids(found.ordinals))) != 40:
                problems.append(f"{len(found.ordinals)} of {len(snapshot)} at {snapshot.seq}")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for seq in range(2, 60):
        index.apply(seq, [words(f"{i}", f"w{seq}") for i in range(40)])
    done.set()
    for reader in readers:
        reader.join()
    assert problems == []


def test_changes_during_a_background_merge_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "INLINE", 0)
    monkeypatch.setattr(embedded, "FANOUT", 2)
    started, go_on = threading.Event(), threading.Event()
    merge = embedded._merged

    def slow(*arguments: Any) -> Any:
        merged = merge(*arguments)
        started.set()
        go_on.wait(60)
        return merged

    monkeypatch.setattr(embedded, "_merged", slow)
    index = EmbeddedIndex(None, DIM, {"title": 1.0})
    index.apply(1, [words("1", "old"), words("2", "old")])
    index.apply(2, [words("3", "old"), words("4", "old")])
    assert started.wait(60)
    index.apply(3, [words("1", "new")], ["4"])
    go_on.set()
    snapshot = index.settle()
    assert sorted(snapshot.ids(snapshot.alive())) == ["1", "2", "3"]
    assert snapshot.ids(snapshot.lexical(LexicalQuery.of(["new"])).ordinals) == ["1"]
    assert snapshot.frequency("old") == 2


def test_clearing_during_a_background_merge_stays_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "INLINE", 0)
    monkeypatch.setattr(embedded, "FANOUT", 2)
    started, go_on = threading.Event(), threading.Event()
    merge = embedded._merged

    def slow(*arguments: Any) -> Any:
        started.set()
        go_on.wait(60)
        return merge(*arguments)

    monkeypatch.setattr(embedded, "_merged", slow)
    index = EmbeddedIndex(None, DIM, {"title": 1.0})
    index.apply(1, [words("1", "old")])
    index.apply(2, [words("2", "old")])
    assert started.wait(60)
    index.clear()
    go_on.set()
    assert (index.settle().seq, len(index.snapshot)) == (0, 0)


def test_many_small_updates_leave_few_segments() -> None:
    index = EmbeddedIndex(None, DIM, {"title": 1.0})
    for seq in range(1, 400):
        index.apply(seq, [words(f"{seq % 150}", f"w{seq % 7}")])
    assert len(index.snapshot) == 150
    assert len(index.snapshot.parts) <= 3 * embedded.FANOUT
    assert index.snapshot.size < 2 * 150
