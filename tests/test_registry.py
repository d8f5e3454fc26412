"""Versions of a shop's model: taken in, promoted under way of searches and writes, killed half-way, rolled back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import CARD, TinyModel, ask, ids, open_shop, rows, shown

from aisle.app import Shop, model_files
from aisle.app.models import Promotion
from aisle.config import Config
from aisle.errors import Conflict, InvalidRequest, NotFound
from aisle.models import registry
from aisle.store import Lineage, Store

ROWS = rows()[:48]


class TurnedModel(TinyModel):
    """A tiny model whose space is turned by ``turn`` axes: its vectors say nothing beside another's. ``delay_s`` a text."""

    def __init__(self, **card: Any) -> None:
        super().__init__(**card)
        self.turn = int(self.card.get("turn", 0))
        self.delay_s = float(self.card.get("delay_s", 0.0))

    def _encode_pixels(self, pixels: np.ndarray) -> np.ndarray:
        return np.roll(super()._encode_pixels(pixels), self.turn, axis=1)[:, : self.dim]

    def _encode_strings(self, texts: list[str]) -> np.ndarray:
        time.sleep(self.delay_s * len(texts))
        return np.roll(super()._encode_strings(texts), self.turn, axis=1)[:, : self.dim]


def opened(folder: Path, card: Mapping[str, Any], threads: int) -> TurnedModel:
    return TurnedModel(**card)


def install(set_attribute: Callable[[object, str, object], None] = setattr) -> None:
    """Make folders of tiny models ones that can be opened."""
    set_attribute(registry, "FORMATS", {**registry.FORMATS, "tiny": opened})


@pytest.fixture(autouse=True)
def formats(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch.setattr)


def model_folder(path: Path, version: str = "2", **card: Any) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    said = {**CARD, "format": "tiny", "version": version, "turn": 100, "metrics": {"R@1": 0.5}, **card}
    (path / "model.json").write_text(json.dumps(said), encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with open_shop(tmp_path / "store") as shop:
        shop.put_products(ROWS)
    return tmp_path / "store"


@pytest.fixture
def shop(store: Path) -> Iterator[Shop]:
    with open_shop(store) as shop:
        yield shop


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return model_folder(tmp_path / "second")


def promote(shop: Shop, name: str = "candidate", **options: Any) -> Promotion:
    return shop.models.wait(shop.models.promote(name, **options))


def consistent(shop: Shop) -> None:
    """Every product of the view has the vector that the view's own model makes of it."""
    view = shop._views.view
    model = view.senses.model
    everything = view.snapshot.alive()
    texts = [ROW["title"] for ROW in sorted(ROWS, key=lambda row: row["id"])]
    assert len(view.snapshot.vectors(everything)) == len(everything) == len(texts)
    found = view.snapshot.ids(everything)
    vectors = shop.store.vectors(found, model.id)
    assert np.allclose(view.snapshot.vectors(everything), [vectors[id] for id in found], atol=1e-3)


# Taking in


def test_a_version_is_taken_in_whole_and_once(shop: Shop, second: Path, store: Path) -> None:
    entry = shop.models.add(second, Lineage(parent="tiny@1", data="abc", seed=7), {"R@1": 0.6})
    assert (entry.id, entry.folder, entry.metrics) == ("tiny@2", "tiny-2", {"R@1": 0.6})
    assert (store / "models" / "tiny-2" / "model.json").is_file()
    assert shop.models.add(second).created == entry.created and len(shop.models.list()) == 1
    assert shop.models.aliases() == {"candidate": "tiny@2"}
    for name in ("tiny@2", "candidate", "tiny"):
        assert shop.models.show(name).id == "tiny@2"
    assert shop.models.show("tiny").metrics == {"R@1": 0.5}
    with pytest.raises(NotFound):
        shop.models.show("tiny@3")
    with pytest.raises(NotFound):
        shop.models.add(second / "nowhere")


def test_a_version_trained_in_the_store_is_registered_where_it_lies(shop: Shop, store: Path) -> None:
    folder = model_folder(store / "models" / "mine")
    assert shop.models.add(folder).folder == "mine"
    assert [path.name for path in (store / "models").iterdir()] == ["mine"]


def test_an_ambiguous_name_is_refused(shop: Shop, tmp_path: Path) -> None:
    for version in "23":
        shop.models.add(model_folder(tmp_path / version, version))
    with pytest.raises(Conflict, match="tiny@2"):
        shop.models.show("tiny")


def test_versions_are_compared(shop: Shop, tmp_path: Path) -> None:
    a = shop.models.add(model_folder(tmp_path / "a", "2"), Lineage(seed=1, config={"lr": 0.1}), {"R@1": 0.5})
    b = shop.models.add(model_folder(tmp_path / "b", "3"), Lineage(seed=1, config={"lr": 0.2}), {"R@1": 0.7, "mrr": 1})
    compared = shop.models.compare(a.id, b.id)
    assert compared.metrics == {"R@1": (0.5, 0.7), "mrr": (None, 1)}
    assert compared.lineage == {"config.lr": (0.1, 0.2)}
    assert set(compared.sizes) == {"model.json"} and all(compared.sizes["model.json"])


def test_out_and_in_again(shop: Shop, second: Path, tmp_path: Path) -> None:
    shop.models.add(second)
    folder = shop.models.export("tiny@2", tmp_path / "out")
    archive = shop.models.export("tiny@2", tmp_path / "out.zip")
    with pytest.raises(Conflict):
        shop.models.export("tiny@2", folder)
    for number, source in enumerate((folder, archive)):
        with Store.open(tmp_path / f"other{number}") as other:
            assert model_files.pull(other, str(source)).id == "tiny@2"
            assert [path.name for path in (other.path / "models").iterdir()] == ["tiny-2"]


def test_what_is_no_model_is_not_pulled(
    shop: Shop, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK no")
    with pytest.raises(InvalidRequest):
        shop.models.pull(str(tmp_path / "bad.zip"))
    with pytest.raises(NotFound):
        shop.models.pull("no such thing")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(NotFound) as told:
        shop.models.pull("nobody/nothing")
    assert told.value.hint
    assert not list((store / "models").iterdir())


# Promotion


def test_a_promoted_model_answers_with_its_own_vectors_only(shop: Shop, second: Path, store: Path) -> None:
    before = ids(ask(shop, shown("red"), limit=100, group=False))
    shop.models.add(second)
    done = promote(shop)
    assert done == Promotion("tiny@2", "tiny@1", len(ROWS), 0)
    assert (shop.model.id, shop.stats()["model"], shop.models.aliases()) == ("tiny@2", "tiny@2", {"live": "tiny@2"})
    consistent(shop)
    assert ids(ask(shop, shown("red"), limit=100, group=False)) == before
    shop.put_products([{**ROWS[0], "title": "Red cotton dress anew"}])
    assert shop.store.vectors([ROWS[0]["id"]], "tiny@2") and not shop.store.vectors([ROWS[0]["id"]], "tiny@1")
    assert shop.store.check() == [] and shop.check_views() == []


def test_a_live_model_is_opened_again_unless_another_is_named(second: Path, store: Path) -> None:
    with open_shop(store) as shop:
        shop.models.add(second)
        promote(shop)
    with open_shop(store) as again:
        assert again.model.id == "tiny@2"
        consistent(again)
    named = Config(store=store, model=str(model_folder(store.parent / "named", "9", turn=3)))
    with Shop.open("default", store, config=named) as again:
        assert again.model.id == "tiny@9" and not len(again._views.view.snapshot.vectors(np.arange(len(ROWS))))
        with pytest.raises(Conflict):
            again.models.promote("tiny@2")


def test_feeds_change_nothing_after_a_promotion(shop: Shop, second: Path) -> None:
    shop.models.add(second)
    promote(shop)
    assert (shop.put_products(ROWS).written, shop.store.seq) == (0, len(ROWS))


def test_rollback_is_instant_and_goes_back_step_by_step(shop: Shop, tmp_path: Path) -> None:
    for version, turn in (("2", 60), ("3", 120)):
        shop.models.add(model_folder(tmp_path / version, version, turn=turn))
        promote(shop, f"tiny@{version}", why="a test")
    assert set(shop.store.models()) == {"tiny@2", "tiny@3"}  # the version before the last but one is let go
    shop.put_products([{"id": "late", "title": "Palladium ring"}])
    assert shop.models.wait(shop.models.rollback()) == Promotion("tiny@2", "tiny@3", 1, 0)
    assert shop.model.id == "tiny@2" and ids(ask(shop, "palladium", relax=False)) == ["late"]
    shop.delete_products(["late"])
    consistent(shop)
    shop.models.wait(shop.models.rollback())
    assert shop.model.id == "tiny@1"
    consistent(shop)
    with pytest.raises(Conflict):
        shop.models.rollback()
    assert [(switch.kind, switch.model) for switch in shop.models.history()] == [
        ("promote", "tiny@2"), ("promote", "tiny@3"), ("rollback", "tiny@2"), ("rollback", "tiny@1"),
    ]  # fmt: skip
