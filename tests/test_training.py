"""A drawn shop trains a tiny model of its own: through the command line, as a shop's owner would."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnxscript", reason="needs the train extra")

from aisle import cli  # noqa: E402
from aisle.config import Config  # noqa: E402
from aisle.learning.catalog_data import (  # noqa: E402
    Pair,
    part_of,
    read_catalog,
    read_labels,
    read_logs,
    without_leaks,
)
from aisle.learning.export import export  # noqa: E402
from aisle.learning.finetune import Recipe, Request, begin_run, finetune, prepare  # noqa: E402
from aisle.learning.towers import ImageShape, TextShape, Towers  # noqa: E402
from aisle.learning.tracking import Tracker  # noqa: E402
from aisle.learning.trainer import fit  # noqa: E402
from aisle.models.registry import load  # noqa: E402
from aisle.store import Store  # noqa: E402

COLORS = {
    "red": (210, 30, 30),
    "green": (30, 170, 40),
    "blue": (40, 50, 210),
    "black": (15, 15, 15),
    "yellow": (235, 215, 30),
}
SHAPES = ("rug", "lamp", "table", "mirror", "box", "bed", "sofa", "vase")
WORDS = (*COLORS, *SHAPES, "in", "but", "same", "instead", "number", "cosy", "gift")
CARD = {
    "name": "tiny", "version": "1", "calibration": {"text": [10.0, -3.0], "image": [10.0, -5.0]},
    "product_weights": {"image": 0.5, "text": 0.5},
}  # fmt: skip
QUICK = {"batch": 24, "steps": 90, "rate": 3e-3, "views": 2, "average": 0.9, "augmentation": 0.25, "patience": 20}


def drawn(kind: int, color: str, number: int) -> Image.Image:
    """Each type of thing has a place of its own in the picture, and each thing its colour."""
    picture = Image.new("RGB", (48, 48), (225, 225, 225))
    x, y = 6 + 12 * (kind % 4), 8 + 24 * (kind // 4)
    ImageDraw.Draw(picture).rectangle((x - 5, y - 6, x + 6 + number % 2, y + 14), fill=COLORS[color])
    return picture


@pytest.fixture(scope="session")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows nothing yet."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = {"[pad]": 0, "[cls]": 1, "[unk]": 2, **{word: i + 3 for i, word in enumerate(WORDS)}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[unk]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="[cls] $A", special_tokens=[("[cls]", 1)])
    folder = tmp_path_factory.mktemp("models") / "tiny"
    torch.manual_seed(3)
    image = ImageShape(size=32, widths=(8, 8, 16, 16), blocks=(1, 1, 1, 1), dim=16)
    towers = Towers(image, TextShape(vocabulary=64, length=8, width=16, layers=1, heads=2, dim=16))
    export(towers, tokenizer.to_str(), folder, CARD)
    return folder


@pytest.fixture(scope="session")
def shop(parent: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with eighty products, never changed by a test."""
    from aisle.app import Shop

    folder = tmp_path_factory.mktemp("shop")
    rows = []
    for number in range(2):
        for kind, shape in enumerate(SHAPES):
            for color in COLORS:
                name = f"{shape}-{color}-{number}"
                drawn(kind, color, number).save(folder / f"{name}.png")
                rows.append({
                    "id": name, "title": f"{color} {shape} number {number}", "type": shape, "color": color,
                    "group": name, "image": f"{name}.png",
                })  # fmt: skip
    (folder / "products.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    config = Config(store=folder / "store", model=str(parent))
    with Shop.open("default", folder / "store", config=config) as opened:
        opened.index_feed(folder / "products.jsonl")
    return folder / "store"


@pytest.fixture
def store(shop: Path, parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shop's store to do as one likes with."""
    Store.restore(shop, tmp_path / "store")
    monkeypatch.setenv("AISLE_MODEL", str(parent))
    return tmp_path / "store"


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    """``aisle … --json`` in this process."""
    monkeypatch.setattr(sys, "argv", ["aisle", *map(str, arguments), "--json"])
    capsys.readouterr()
    cli.application(standalone_mode=False)
    return json.loads(capsys.readouterr().out)


def lines(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def recipe(path: Path, **changes: Any) -> Path:
    path.write_text(json.dumps({**QUICK, **changes}), encoding="utf-8")
    return path


def test_a_catalog_alone_teaches_what_its_products_look_like(
    store: Path, parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(
        monkeypatch, capsys, "train", "--store", store, "--config", recipe(tmp_path / "r.json"), "--threads", 1,
        "--model", parent, "--tensorboard", tmp_path / "board", "--wandb",
    )  # fmt: skip
    metrics = said["metrics"]
    assert metrics["validation"]["best"]["recall@10"] > metrics["validation"]["start"]["recall@10"] + 0.2
    assert metrics["test among all"]["recall@10"]["after"] > metrics["test among all"]["recall@10"]["before"] + 0.2
    assert metrics["test"]["recall@1"]["after"] > metrics["test"]["recall@1"]["before"]
    assert metrics["gate"]["passed"] and metrics["products"]["test"] > 2
    model, folder = load(said["folder"], threads=1), Path(said["run"])
    assert model.card["parent"].startswith("tiny@1+") and model.name == "tiny-tuned"
    assert model.encode_texts(["red lamp"]).shape == (1, 16)
    logged = [json.loads(line) for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert any("recall@10" in line for line in logged) and any("text" in line for line in logged)
    assert "<svg" in (folder / "curves.svg").read_text("utf-8")
    assert list((tmp_path / "board").glob("events.out.tfevents.*")) and list(folder.glob("wandb/offline-run-*/*.wandb"))
    assert list((store / "tests").glob("products-*.jsonl")) and (folder / "model" / "replay.npz").exists()
    # The same command again is the same run; nothing is trained twice.
    with Store.open(store) as opened:
        values = json.loads((tmp_path / "r.json").read_text())
        again = finetune(opened, Request(parent, Recipe.of(values), threads=1))
    assert again.metrics == metrics and again.data == said["data"]


def small(**changes: Any) -> Recipe:
    return dataclasses.replace(Recipe.of(QUICK), **{"steps": 12, "batch": 12, "kept": 8, **changes})


def trained(store: Path, parent: Path, run: Path, spoil: Callable[[Any], None] = lambda task: None) -> dict[str, Any]:
    with Store.open(store) as opened:
        request = Request(parent, small(), threads=1)
        material = prepare(opened, request, lambda share, what: None)
        run.mkdir(exist_ok=True)
        (run / "plan.json").write_text('{"steps": 12, "every": 4}', encoding="utf-8")
        task, watch, _ = begin_run(material, request, run, Tracker(run, {}), 1e12, lambda share, what: None)
        watch.deadline = float("inf")
        spoil(task)
        fit(task, watch.settings, run, watch)
        return task.module.state_dict()


def test_an_interrupted_run_ends_with_the_same_weights(store: Path, parent: Path, tmp_path: Path) -> None:
    whole = trained(store, parent, tmp_path / "whole")

    def spoil(task: Any) -> None:
        learn, seen = task.loss, []

        def loss(batch: Any) -> Any:
            seen.append(1)
            if len(seen) == 7:  # after the second half of the hard negatives was mined anew
                raise KeyboardInterrupt
            return learn(batch)

        task.loss = loss

    with pytest.raises(KeyboardInterrupt):
        trained(store, parent, tmp_path / "broken", spoil)
    for name, tensor in trained(store, parent, tmp_path / "broken").items():
        assert torch.equal(tensor, whole[name]), name
    logs = [(tmp_path / folder / "metrics.jsonl").read_text("utf-8") for folder in ("whole", "broken")]
    assert logs[0] == logs[1]


def test_nothing_held_out_is_trained_on(store: Path, tmp_path: Path) -> None:
    with Store.open(store) as opened:
        catalog = read_catalog(opened)
    parts = {item.id: item.part for item in catalog.items}
    assert set(parts.values()) == {"train", "validation", "test"}
    assert all(item.part == part_of(item.group) for item in catalog.items)
    # One query a day for 40 days, and the first of them every day.
    names = sorted(parts)
    rows = [{"query": f"query {day}", "product": names[day], "time": day} for day in range(40)]
    rows += [{"query": "Query  0", "product": names[1], "event": "purchase", "time": day} for day in range(40)]
    pairs = read_logs(lines(tmp_path / "logs.jsonl", rows))
    by_part = {part: {p.query.lower() for p in pairs if p.part == part} for part in ("train", "validation", "test")}
    assert all(by_part.values())
    assert by_part["test"] == {f"query {day}" for day in range(36, 40)}
    assert by_part["validation"] == {f"query {day}" for day in range(32, 36)}
    assert not by_part["train"] & (by_part["test"] | by_part["validation"])
    assert sum(p.query == "Query  0" for p in pairs) == 32  # of the time before the validation's
    kept = without_leaks([*pairs, Pair("gone", "nothing", 1.0)], catalog.items, frozenset({"query 3"}))
    assert {parts[p.product] for p in kept if p.part == "train"} == {"train"}
    assert not {"query 3", "gone"} & {p.query for p in kept}
    assert {p.query for p in kept if p.part == "test"} == by_part["test"]
    labels = read_labels(lines(tmp_path / "labels.jsonl", [{**row, "grade": 2, "time": None} for row in rows[:40]]))
    assert {p.part for p in labels} == {"train", "validation", "test"}
    assert all(p.part == part_of(p.query) for p in labels)


def test_logs_and_labels_teach_and_what_forgets_is_refused(
    store: Path, parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(store) as opened:
        catalog = read_catalog(opened)
    training = [item for item in catalog.items if item.part == "train"]
    beds = [item.id for item in training if "bed" in item.id]
    boxes = [item.id for item in training if "box" in item.id]
    events = [{"query": "cosy", "product": bed, "event": "purchase", "time": 0} for bed in beds]
    events += [{"query": f"number {n}", "product": training[n].id, "time": n} for n in range(20)]
    logs = lines(tmp_path / "logs.jsonl", events)
    wrong = [item.id for item in training if "red" in item.id and "box" not in item.id]
    grades = [{"query": "gift", "product": box, "grade": 3, "time": 0} for box in boxes]
    grades += [{"query": "gift", "product": other, "grade": 0, "time": 0} for other in wrong]
    labels = lines(tmp_path / "labels.jsonl", grades)
    # What the parent answers by chance is an earlier test that no candidate can pass.
    queries = [f"{color} {shape}" for color in COLORS for shape in SHAPES]
    model = load(parent, threads=1)
    pixels = [np.asarray(Image.open(item.pictures[0]).convert("RGB")) for item in catalog.items]
    best = (model.encode_texts(queries) @ model.encode_images(pixels).T).argmax(1)
    rows = [{"query": q, "product": catalog.items[i].id} for q, i in zip(queries, best.tolist(), strict=True)]
    (store / "tests").mkdir()
    lines(store / "tests" / "by-chance.jsonl", rows)
    said = run(
        monkeypatch, capsys, "train", "--store", store, "--config", recipe(tmp_path / "r.json"), "--threads", 1,
        "--model", parent, "--logs", logs, "--labels", labels, "--promote",
    )  # fmt: skip
    gate = said["metrics"]["gate"]
    assert not gate["passed"] and not said["promoted"]
    assert [(line["test"], line["before"]) for line in gate["tests"] if not line["passed"]] == [("by-chance", 1.0)]
    assert said["metrics"]["pairs"] >= len(beds) + len(boxes) + len(wrong)
    tuned = load(said["folder"], threads=1)
    held = [i for i, item in enumerate(catalog.items) if item.part != "train"]
    pictures = tuned.encode_images([pixels[i] for i in held])
    ids = [catalog.items[i].id for i in held]
    for query, shape in (("cosy", "bed"), ("gift", "box")):
        near = tuned.encode_texts([query])[0] @ pictures.T
        good = np.array([shape in id for id in ids])
        assert good.any() and near[good].mean() > near[~good].mean() + 0.05, query


def test_a_search_for_recipes_goes_on_where_it_was(
    store: Path, parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = recipe(tmp_path / "r.json", steps=6, batch=8)
    first = run(monkeypatch, capsys, "tune", "--store", store, "--trials", 1, "--config", config, "--threads", 1)
    assert len(first["trials"]) == 1 and first["trials"][0]["state"] == "complete"
    assert first["trials"][0]["values"]["rate"] == QUICK["rate"]  # first what would be trained anyway
    found = run(monkeypatch, capsys, "tune", "--store", store, "--trials", 3, "--config", config, "--threads", 1)
    assert len(found["trials"]) == 3 and found["trials"][0] == first["trials"][0]
    best = json.loads(Path(found["config"]).read_text("utf-8"))
    assert best == found["best"] and Recipe.of(best)
    top = max(trial["score"] for trial in found["trials"] if trial["score"] is not None)
    assert any(trial["score"] == top and trial["values"]["rate"] == best["rate"] for trial in found["trials"])
    assert not list((store / "training").glob("views-*"))
