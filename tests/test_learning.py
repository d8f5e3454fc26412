"""A tiny training run learns, resumes to the same weights, and exports to the same answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnxscript", reason="needs the train extra")

from aisle.learning.checkpoint import weights  # noqa: E402
from aisle.learning.export import export, write  # noqa: E402
from aisle.learning.losses import attribute, contrast, imitation, relation  # noqa: E402
from aisle.learning.towers import ImageShape, TextShape, Towers  # noqa: E402
from aisle.learning.trainer import Settings, fit, rate_at  # noqa: E402
from aisle.models.registry import load  # noqa: E402

ROOT = Path(__file__).parent.parent
COLOURS = {"red": (200, 40, 40), "green": (40, 200, 40), "blue": (40, 40, 200), "white": (230, 230, 230)}
IMAGE = ImageShape(size=32, widths=(8, 8, 16, 16), blocks=(1, 1, 1, 1), dim=16)
TEXT = TextShape(vocabulary=64, length=8, width=16, layers=1, heads=2, dim=16)


class ColourTask:
    """Flat colours and their names; the simplest thing that two towers can learn."""

    weights: Mapping[str, float] = {"text": 1.0}

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.module = Towers(IMAGE, TEXT)

    def batch(self, rng: np.random.Generator) -> Mapping[str, torch.Tensor]:
        label = rng.integers(0, 4, 16)  # (batch,)
        flat = np.array(list(COLOURS.values()))[label][:, None, None, :]  # (batch, 1, 1, 3)
        pixels = np.clip(flat + rng.normal(0, 20, (16, 32, 32, 3)), 0, 255)  # (batch, 32, 32, 3)
        ids = np.stack([np.ones_like(label), label + 3], axis=1)  # (batch, 2)
        return {
            "pixels": torch.from_numpy(pixels.astype(np.uint8)),
            "ids": torch.from_numpy(ids),
            "label": torch.from_numpy(label),
        }

    def loss(self, batch: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        images, texts = self.module.image(batch["pixels"])[1], self.module.text(batch["ids"])
        positive = batch["label"][:, None] == batch["label"][None, :]  # (batch, batch)
        return {"text": contrast(images.float(), texts.float(), positive, None, torch.tensor(0.1))}


def settings(**changes: object) -> Settings:
    plain: dict[str, object] = {"steps": 30, "rate": 6e-3, "warmup": 3, "average": 0.8, "threads": 1}
    return Settings(**{**plain, "log_every": 5, "save_every": 10, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[ColourTask, Path]:
    folder = tmp_path_factory.mktemp("run")
    task = ColourTask()
    fit(task, settings(), folder)
    return task, folder


def test_training_learns_and_logs_named_terms(trained: tuple[ColourTask, Path]) -> None:
    task, folder = trained
    logged = [json.loads(line) for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [line["step"] for line in logged] == [5, 10, 15, 20, 25, 30]
    assert {"text", "total", "rate", "norm"} <= set(logged[0])
    assert logged[-1]["text"] < logged[0]["text"] - 0.3
    batch = task.batch(np.random.default_rng(99))
    with torch.no_grad():
        near = task.module.image(batch["pixels"])[1] @ task.module.text(batch["ids"]).T  # (batch, batch)
    assert (batch["label"][near.argmax(1)] == batch["label"]).float().mean() > 0.9


def test_an_interrupted_run_resumes_to_the_same_weights(trained: tuple[ColourTask, Path], tmp_path: Path) -> None:
    class Stopped(ColourTask):
        calls = 0

        def loss(self, batch: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
            self.calls += 1
            if self.calls == 15:
                raise KeyboardInterrupt
            return super().loss(batch)

    with pytest.raises(KeyboardInterrupt):
        fit(Stopped(), settings(), tmp_path)
    resumed = ColourTask()
    fit(resumed, settings(), tmp_path)
    whole = trained[0].module.state_dict()
    for name, tensor in resumed.module.state_dict().items():
        assert torch.equal(tensor, whole[name]), name


def test_the_exported_model_answers_like_the_towers(trained: tuple[ColourTask, Path], tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = {"[pad]": 0, "[cls]": 1, "[unk]": 2, **{name: i + 3 for i, name in enumerate(COLOURS)}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[unk]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="[cls] $A", special_tokens=[("[cls]", 1)])
    card = {
        "name": "tiny",
        "version": "1",
        "calibration": {"text": [1.0, 0.0], "image": [1.0, 0.0]},
        "product_weights": {"image": 0.5, "text": 0.5},
    }
    towers = trained[0].module
    export(towers, tokenizer.to_str(), tmp_path, card)
    model = load(tmp_path, threads=1)
    images = [np.full((32, 32, 3), colour, np.uint8) for colour in COLOURS.values()]
    with torch.no_grad():
        shown = towers.image(torch.from_numpy(np.stack(images)))[1].numpy()  # (colours, dim)
        said = towers.text(torch.tensor([[1, i + 3] for i in range(4)])).numpy()  # (colours, dim)
    # int8 weights: directions agree to well under a degree of meaning, not to the bit
    assert (model.encode_images(images) * shown).sum(1).min() > 0.999
    assert (model.encode_texts(list(COLOURS)) * said).sum(1).min() > 0.999
    assert (model.encode_images(images) @ model.encode_texts(list(COLOURS)).T).argmax(1).tolist() == [0, 1, 2, 3]


def test_rate_warms_up_and_cools_down() -> None:
    plan = Settings(steps=100, rate=1.0, warmup=10)
    assert rate_at(0, plan) == pytest.approx(0.1)
    assert rate_at(9, plan) == pytest.approx(1.0)
    assert rate_at(55, plan) == pytest.approx(0.01 + 0.99 * 0.5)
    assert rate_at(100, plan) == pytest.approx(0.01)


class Rows:
    """A table of which a single row is ever met, and a matrix."""

    weights: Mapping[str, float] = {"sum": 1.0}

    def __init__(self) -> None:
        self.module = torch.nn.ModuleDict(
            {"table": torch.nn.Embedding(3, 2), "matrix": torch.nn.Linear(2, 2, bias=False)}
        )
        for weight in self.module.parameters():
            torch.nn.init.ones_(weight)

    def batch(self, rng: np.random.Generator) -> Mapping[str, torch.Tensor]:
        return {"row": torch.tensor([1])}

    def loss(self, batch: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        return {"sum": self.module["matrix"](self.module["table"](batch["row"])).sum()}


def test_tables_learn_at_a_rate_of_their_own_and_forget_no_rare_row(tmp_path: Path) -> None:
    moved = {}
    for tables in (1.0, 8.0):
        task = Rows()
        fit(task, settings(steps=1, rate=1e-2, warmup=1, average=0.0, decay=0.5, tables=tables), tmp_path / str(tables))
        moved[tables] = {name: 1 - weight for name, weight in task.module.state_dict().items()}
    # Adam's first step is as long as the rate, whatever the gradient; decay takes rate · decay more
    table, plain = moved[8.0]["table.weight"], moved[1.0]["table.weight"]
    assert torch.allclose(table, torch.tensor([[0.0, 0.0], [0.08, 0.08], [0.0, 0.0]]), atol=1e-6)
    assert torch.allclose(plain, torch.tensor([[0.005, 0.005], [0.015, 0.015], [0.005, 0.005]]), atol=1e-6)
    assert torch.allclose(moved[8.0]["matrix.weight"], moved[1.0]["matrix.weight"])


def test_contrast_by_hand() -> None:
    rows = torch.eye(2)
    yes = torch.eye(2, dtype=torch.bool)
    # each row: one positive at cosine 1, one negative at 0, temperature 1 → log(1 + e^-1)
    assert float(contrast(rows, rows, yes, None, torch.tensor(1.0))) == pytest.approx(np.log1p(np.exp(-1)), abs=1e-6)
    # the only negative is ignored: nothing left to tell apart
    assert float(contrast(rows, rows, yes, ~yes, torch.tensor(1.0))) == pytest.approx(0, abs=1e-6)
    nothing = torch.zeros(2, 2, dtype=torch.bool)
    assert float(contrast(rows, rows, nothing, None, torch.tensor(1.0))) == 0


def test_relation_is_zero_when_neighbours_agree() -> None:
    rows = torch.nn.functional.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    other = torch.nn.functional.normalize(torch.randn(6, 9, generator=torch.Generator().manual_seed(1)), dim=1)
    assert float(relation(rows, rows, 5.0, 5.0)) == pytest.approx(0, abs=1e-5)
    assert float(relation(rows, other, 5.0, 5.0)) > 0.05
    assert float(imitation(rows, rows * 3)) == pytest.approx(0, abs=1e-6)


def test_attributes_that_nobody_knows_cost_nothing() -> None:
    logits = torch.zeros(3, 5, requires_grad=True)
    unknown = torch.full((3,), -1)
    assert float(attribute(logits, unknown).detach()) == 0
    assert float(attribute(logits, torch.tensor([-1, 2, -1])).detach()) == pytest.approx(np.log(5), abs=1e-5)


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipes lie beside the package, not in it."""
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.mark.usefixtures("recipes")
def test_every_entry_of_the_lexicon_has_both_languages_and_one_meaning() -> None:
    from training.lexicon import Lexicon, is_chinese

    lexicon = Lexicon.load()
    assert len(lexicon.entries) >= 600
    for entry in lexicon.entries:
        assert entry.key.strip() == entry.key != ""
        assert entry.names["zh"][0]
        assert any(map(is_chinese, entry.names["zh"])), entry
        for names in entry.names.values():
            assert all(name and "\t" not in name for name in names)
    types = [entry.key for entry in lexicon.of("type")]
    assert len(types) == len(set(types))
    for one, other in [("T-Shirts", "tshirt"), ("scarf", "Scarves"), ("WATCH", "watches"), ("连衣裙", "Dress")]:
        assert lexicon.find("type", one) is lexicon.find("type", other) is not None
    assert lexicon.find("type", "no such thing") is None


@pytest.mark.usefixtures("recipes")
def test_a_thing_on_white_is_cut_out_and_drawn_as_the_same_photo_each_time() -> None:
    from training.augment import PhotoShape, customer_photo, foreground

    white = np.full((96, 96, 3), 252, np.uint8)
    assert foreground(white) is None
    thing = white.copy()
    thing[30:70, 20:80] = (180, 30, 60)
    cover = foreground(thing)
    assert cover is not None
    assert cover[40:60, 30:70].min() > 0.99
    assert cover[:20].max() < 0.01
    scenes = np.zeros((1, 144, 144, 3), np.uint8)
    for seed in range(12):
        drawn = [customer_photo(thing, cover, scenes, np.random.default_rng(seed), PhotoShape(size=96)) for _ in "ab"]
        assert drawn[0].shape == (96, 96, 3)
        assert drawn[0].dtype == np.uint8
        assert np.array_equal(*drawn)


@pytest.mark.usefixtures("recipes")
def test_what_a_text_says_decides_which_pictures_fit_it() -> None:
    from training.lexicon import Lexicon
    from training.recipe import KINDS, CatalogTask, Codes
    from training.sources import Picture

    def picture(source: str, **facts: str) -> Picture:
        return Picture(Path("-"), source, f"{source}/{len(facts)}{facts}", facts)

    shown = [
        picture("shop", type="Dresses", color="Red"),
        picture("shop", type="dress", color="Blue"),
        picture("photos", type="Dresses"),  # colour unknown
        picture("shop", type="Casual Shoes", color="Red"),
        picture("photos", type="Shoes"),  # may be called by each other's names
    ]
    task = CatalogTask.__new__(CatalogTask)
    task.codes = Codes(shown, Lexicon.load())
    task._near = torch.from_numpy(task.codes.near)
    codes = torch.from_numpy(task.codes.table)
    said = torch.tensor([[kind == "type" or (kind == "color" and i in (0, 1, 3)) for kind in KINDS] for i in range(5)])
    yes, unsure = task._agreement(codes, said)
    assert yes.int().tolist() == [[1, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]
    assert unsure.int().tolist() == [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 1, 0],
    ]


def test_products_set_apart_are_in_no_training_picture(tmp_path: Path) -> None:
    from training.sources import grocery_apart, pictures

    folders = {name: tmp_path / name for name in ("fashion", "clothing_photos", "grocery")}
    for folder in folders.values():
        folder.mkdir()
    (folders["fashion"] / "products.jsonl").touch()
    (folders["clothing_photos"] / "photos.jsonl").touch()
    rows = [{"id": str(i), "title": f"Juice {i}", "type": "Juice", "image": f"{i}.jpg"} for i in range(81)]
    shots = [{"product": str(i), "photo": f"photo-{i}.jpg"} for i in range(81)]
    for name, found in (("products", rows), ("photos_train", shots)):
        text = "".join(json.dumps(row) + "\n" for row in found)
        (folders["grocery"] / f"{name}.jsonl").write_text(text, encoding="utf-8")
    out = grocery_apart(tmp_path)
    assert len(out) == 20 and out == grocery_apart(tmp_path)
    assert {picture.product for picture in pictures(tmp_path, None)} >= out
    left = pictures(tmp_path, None, apart=True)
    assert len(left) == 2 * 61 and out.isdisjoint(picture.product for picture in left)


def test_products_in_integers_are_nearly_the_same_and_read_back(tmp_path: Path) -> None:
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(64, 96), torch.nn.GELU(), torch.nn.Linear(96, 64))
    x = torch.randn(2, 7, 64)
    path = tmp_path / "module.onnx"
    write(module, {"x": x}, ("y",), [{0: "batch", 1: "rows"}], path, integer=True)
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds.count("DynamicQuantizeMatMul") == 2 and "Cast" not in kinds
    (y,) = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x.numpy()})
    expected = module(x).detach().numpy()
    assert np.abs(y - expected).max() < 0.05 * np.abs(expected).max()
    held = weights(path)["0.weight"].numpy()
    assert np.abs(held - module[0].weight.detach().numpy()).max() < 0.002
