"""Versions of a shop's model: taken in, promoted under way of searches and writes, killed half-way, rolled back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import CARD, DIM, TinyModel, ask, ids, open_shop, picture, rows, shown
from typer.testing import CliRunner

from aisle.app import Shop, model_files, models
from aisle.app.models import Promotion
from aisle.cli import application
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


def opened(folder: Path, card: Mapping[str, Any], threads: int, device: str) -> TurnedModel:
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


def test_what_forgot_is_not_promoted_unless_one_insists(shop: Shop, second: Path) -> None:
    shop.models.add(second, Lineage(gate=False))
    with pytest.raises(Conflict, match="forgetting") as told:
        promote(shop)
    assert told.value.hint and shop.models.aliases() == {"candidate": "tiny@2"}
    assert promote(shop, force=True).model == shop.model.id == "tiny@2"


def test_a_product_whose_picture_is_gone_is_embedded_from_what_there_is(shop: Shop, second: Path, store: Path) -> None:
    name = shop.store.add_media(picture("red"), ".png")
    shop.put_products([{"id": "seen", "title": "Bag", "images": [str(store / "media" / name[:2] / name)]}])
    shop.store.media_path(shop.product("seen").images[0]).unlink()
    shop.models.add(second)
    assert promote(shop).incomplete == 1
    assert len(shop.store.vectors(["seen"], "tiny@2")["seen"]) == DIM


def test_a_switch_that_fails_says_why_and_leaves_all_as_it_was(
    shop: Shop, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: TurnedModel, texts: list[str]) -> np.ndarray:
        raise InvalidRequest("Out of order.", field="model")

    shop.models.add(second)
    with monkeypatch.context() as patched:
        patched.setattr(TurnedModel, "_encode_strings", broken)
        with pytest.raises(Conflict, match="Out of order"):
            promote(shop)
    assert shop.model.id == "tiny@1" and shop.models.aliases() == {"candidate": "tiny@2"}
    assert promote(shop).model == "tiny@2"


def test_searches_and_writes_go_on_during_a_promotion_and_nothing_mixes(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture of something red finds the red products at every moment, in two processes' shops: a query by one model
    beside vectors of the other (fewer numbers, other axes) would find nothing, or fail."""
    monkeypatch.setattr(models, "BATCH", 4)
    monkeypatch.setattr(models, "LAST", 2)
    with open_shop(store) as first, open_shop(store) as other:
        expected = set(ids(ask(first, shown("red"), limit=100, group=False)))
        assert expected == {row["id"] for row in ROWS if row["color"] == "Red"}
        wrong: list[object] = []
        stop = threading.Event()
        seen: set[str] = set()

        def search(shop: Shop) -> None:
            while not stop.is_set():
                try:
                    found = set(ids(ask(shop, shown("red"), limit=100, group=False)))
                    if found != expected:
                        wrong.append(found ^ expected)
                except Exception as error:
                    wrong.append(error)
                seen.add(shop._views.view.senses.model.id)

        def write() -> None:
            for number in range(12):
                other.put_products([{"id": f"late-{number}", "title": f"Blue steel lamp {number}"}])

        threads = [threading.Thread(target=search, args=(shop,)) for shop in (first, other)]
        threads.append(threading.Thread(target=write))
        first.models.add(model_folder(tmp_path / "small", "2", dim=128, delay_s=0.002))
        for thread in threads:
            thread.start()
        for shop in (first, other):
            shop.start()
        done = first.models.wait(first.models.promote("candidate"))
        threads[-1].join()
        deadline = time.monotonic() + 300
        while (other.model.id != "tiny@2" or other.store.models().get("tiny@2") != 60) and time.monotonic() < deadline:
            time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join()
        assert not wrong and seen == {"tiny@1", "tiny@2"} and done.embedded >= len(ROWS)
        for shop in (first, other):
            shop._views.catch_up()
            assert (
                shop.model.id == "tiny@2"
                and len(shop._views.view.snapshot.vectors(shop._views.view.snapshot.alive())) == 60
            )
        assert first.store.check() == []


CHILD = """
import sys
from pathlib import Path
import test_registry
from aisle.app import models
from tiny import open_shop
test_registry.install()
models.BATCH, models.LAST = 4, 2
with open_shop(Path(sys.argv[1])) as shop:
    task = shop.models.promote("candidate")
    shop.models.wait(task, lambda done, total: (print(done, flush=True), done < 12 or sys.stdin.read()))
"""


def test_killed_half_way_it_goes_on_at_the_next_start(store: Path, tmp_path: Path) -> None:
    with open_shop(store) as shop:
        shop.models.add(model_folder(tmp_path / "slow", "2", delay_s=0.02))
    command = [sys.executable, "-c", CHILD, str(store)]
    here = Path(__file__).parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=here) as child:
        assert child.stdout is not None
        while int(child.stdout.readline()) < 12:
            pass
        child.kill()
    with open_shop(store) as shop:
        assert shop.model.id == "tiny@1" and shop.store.check() == []
        consistent(shop)
        kept = shop.store.models()["tiny@2"]
        assert 12 <= kept < len(ROWS)
        shop.start()
        deadline = time.monotonic() + 300
        while shop.model.id != "tiny@2" and time.monotonic() < deadline:
            time.sleep(0.02)
        consistent(shop)
        assert shop.store.model_vectors.count_missing("tiny@2") == 0
        (switch,) = shop.models.history()
        assert (switch.model, switch.previous) == ("tiny@2", "tiny@1")
        assert shop.store.tasks.unfinished("promote") == []


# Copies


def test_a_backup_holds_the_models(shop: Shop, second: Path, tmp_path: Path) -> None:
    shop.models.add(second)
    promote(shop)
    shop.store.backup(tmp_path / "copy")
    with open_shop(tmp_path / "copy") as copy:
        assert copy.model.id == "tiny@2" and copy.store.check() == []
        shutil.rmtree(tmp_path / "copy" / "models" / "tiny-2")
        assert any("tiny@2" in problem for problem in copy.store.check())
    with pytest.raises(NotFound) as told:
        open_shop(tmp_path / "copy")
    assert told.value.hint


# The command line


def test_the_commands(store: Path, second: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(application, ["models", *arguments, "--store", str(store), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    assert run("list") == []
    assert run("add", str(second))["id"] == "tiny@2"
    assert run("promote", "candidate", "--why", "a test")["embedded"] == len(ROWS)
    assert [one["aliases"] for one in run("list") if one["id"] == "tiny@2"] == [["live"]]
    shown_ = run("show", "live")
    assert (shown_["vectors"], shown_["history"][0]["why"]) == (len(ROWS), "a test")
    assert run("compare", "tiny@2", "aisle-small")["metrics"]["R@1"][0] == 0.5
    assert run("pull", run("export", "live", str(tmp_path / "out.zip"))["path"])["id"] == "tiny@2"
    assert run("rollback")["model"].startswith("aisle-small@")
    for arguments in (["list"], ["show", "tiny"], ["compare", "tiny", "aisle-small"]):
        assert CliRunner().invoke(application, ["models", *arguments, "--store", str(store)]).exit_code == 0


def test_a_model_of_the_hub_keeps_its_name_in_the_store(shop: Shop, tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="needs the [hub] extra")
    import tiny_hub

    (tmp_path / "my-clip").mkdir()
    tiny_hub.clip(tmp_path / "my-clip")
    entry = shop.models.add(tmp_path / "my-clip")
    assert entry.name == "my-clip"
    assert registry.load(model_files.folder_of(shop.store, entry)).id == entry.id
