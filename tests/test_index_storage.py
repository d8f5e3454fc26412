"""The index on disk: the format is what it was, damage to any byte is noticed, a crash leaves nothing in the way."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import StoreCorrupt
from aisle.index import dense
from aisle.index.embedded import MANIFEST, EmbeddedIndex
from aisle.index.filters import In, Range
from aisle.index.lexical import LexicalQuery
from aisle.index.segment import Document

GOLDEN = Path(__file__).parent / "golden" / "index"
BOOSTS = {"title": 3.0, "brand": 1.0}
DIM = 3


def documents() -> list[Document]:
    unit = np.eye(DIM, dtype=np.float32)
    return [
        Document(
            "a/1",
            "g",
            {"title": ["red", "dress"], "brand": ["acme"]},
            {"color": ("Red", "Blue"), "price": 9.5},
            unit[0],
        ),
        Document("b 2", "g", {"title": ["红色", "裙子"]}, {"color": ("红",), "price": 20, "sale": True}, unit[1]),
        Document("c?3", None, {"title": ["blue", "shoe"]}, {"brand": "Acme"}, None),
        Document("d4", None, {}, {}, unit[2]),
    ]


def make(path: Path) -> EmbeddedIndex:
    index = EmbeddedIndex(path, DIM, BOOSTS)
    index.apply(4, documents())
    index.apply(5, [], ["d4"])
    index.apply(6, [Document("e5", None, {"title": ["red", "hat"]}, {"price": 3.0}, None)])
    return index


def describe(index: EmbeddedIndex) -> dict[str, object]:
    """What one can see of an index, with floats rounded."""
    snapshot = index.snapshot
    found = snapshot.lexical(LexicalQuery.of(["red", "acme"]))
    everything = snapshot.alive()
    near = snapshot.dense(np.array([1, 0, 0], np.float32), floor=0.5, limit=5)
    return {
        "seq": snapshot.seq,
        "ids": snapshot.ids(everything),
        "red acme": dict(zip(snapshot.ids(found.ordinals), np.round(found.scores, 4).tolist(), strict=True)),
        "vocabulary": dict(sorted(snapshot.vocabulary())),
        "colors": snapshot.count("color", everything),
        "sale": snapshot.ids(np.flatnonzero(snapshot.filter(In("sale", ("true",))))),
        "cheap": snapshot.ids(np.flatnonzero(snapshot.filter(Range("price", high=10.0)))),
        "title of a/1": list(snapshot.tokens(int(snapshot.ordinals(["a/1"])[0]), "title")),
        "near": dict(zip(snapshot.ids(near.ordinals), near.scores.tolist(), strict=True)),
        "groups": len(set(snapshot.groups(everything).tolist())),
    }


def test_what_was_persisted_is_there_again(tmp_path: Path) -> None:
    index = make(tmp_path / "views")
    index.close()
    again = EmbeddedIndex.open(tmp_path / "views", DIM, BOOSTS)
    assert describe(again) == describe(index)
    assert again.check() == []


def test_the_golden_index_reads_as_ever(tmp_path: Path) -> None:
    """Written by the first version of the format; if it can't be read any more, FORMAT must be raised."""
    shutil.copytree(GOLDEN / "views", tmp_path / "views")
    index = EmbeddedIndex.open(tmp_path / "views", DIM, BOOSTS)
    assert describe(index) == json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))


def test_changed_boosts_take_effect_on_opening(tmp_path: Path) -> None:
    make(tmp_path / "views").close()
    other = {"title": 1.0, "brand": 5.0}
    index = EmbeddedIndex(None, DIM, other)
    for seq, batch in ((4, documents()),):
        index.apply(seq, batch)
    opened = EmbeddedIndex.open(tmp_path / "views", DIM, other)
    assert dict(opened.snapshot.weighting.boosts) == other
    acme = opened.snapshot.lexical(LexicalQuery.of(["acme"]))
    assert acme.scores[0] > make(tmp_path / "more").snapshot.lexical(LexicalQuery.of(["acme"])).scores[0]


def files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file())


def test_any_damage_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "SMALL", 1)  # so that there are codes on disk, too
    source = tmp_path / "source"
    make(source).close()
    names = [file.relative_to(source) for file in files(source)]

    assert any("codes" in name.name for name in names) and len(names) > 20
    for name in names:
        content = (source / name).read_bytes()
        for damage in (_flip, _cut, _empty, Path.unlink):
            damage(source / name)
            with pytest.raises(StoreCorrupt) as caught:
                EmbeddedIndex.open(source, DIM, BOOSTS)
            assert name.name in caught.value.message
            assert "rebuild" in (caught.value.hint or "")
        assert EmbeddedIndex(source, DIM, BOOSTS).check()
        (source / name).write_bytes(content)
    assert EmbeddedIndex(source, DIM, BOOSTS).check() == []


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1 if file.suffix == ".npy" else len(content) // 2] ^= 0x40
    file.write_bytes(content)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def test_another_size_of_vectors_is_refused(tmp_path: Path) -> None:
    make(tmp_path).close()
    with pytest.raises(StoreCorrupt, match="3"):
        EmbeddedIndex.open(tmp_path, DIM + 1, BOOSTS)


def test_nothing_there_is_an_empty_index(tmp_path: Path) -> None:
    index = EmbeddedIndex.open(tmp_path / "none", DIM, BOOSTS)
    assert (index.snapshot.seq, len(index.snapshot), index.check()) == (0, 0, [])


def test_what_a_crash_leaves_is_not_taken_for_something_else(tmp_path: Path) -> None:
    """Segments written, manifest not: the names are used again for other documents."""
    index = make(tmp_path)
    index.persist()
    index.apply(7, [Document("lost", None, {"title": ["lost"]})])
    for part in index.snapshot.parts:
        if not (tmp_path / part.name).exists():
            part.segment.save(tmp_path / part.name)
    again = EmbeddedIndex.open(tmp_path, DIM, BOOSTS)
    assert again.snapshot.seq == 6
    for seq in range(7, 12):
        again.apply(seq, [Document(f"new{seq}", None, {"title": ["new"]})])
        again.persist()
    last = EmbeddedIndex.open(tmp_path, DIM, BOOSTS)
    assert last.snapshot.frequency("lost") == 0 and last.snapshot.frequency("new") == 5
    assert {path.name for path in tmp_path.iterdir()} == {MANIFEST, *(part.name for part in last.snapshot.parts)}


def test_clearing_leaves_other_files_alone(tmp_path: Path) -> None:
    index = make(tmp_path)
    index.persist()
    (tmp_path / "lock").touch()
    index.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
    index.apply(1, documents())
    index.persist()
    assert len(EmbeddedIndex.open(tmp_path, DIM, BOOSTS).snapshot) == 4


def test_a_reader_keeps_what_was_merged_away(tmp_path: Path) -> None:
    make(tmp_path).close()
    index = EmbeddedIndex.open(tmp_path, DIM, BOOSTS)
    old = index.snapshot
    for seq in range(7, 40):
        index.apply(seq, [Document(f"new{seq}", None, {"title": ["new"]})])
    index.persist()
    assert len(list(tmp_path.glob("segment-*"))) == len(index.snapshot.parts)
    assert old.ids(old.alive()) == ["a/1", "b 2", "c?3", "e5"]
    assert old.count("color", old.alive()) == {"Blue": 1, "Red": 1, "红": 1}
