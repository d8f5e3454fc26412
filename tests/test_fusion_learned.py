"""Fusion networks: any subset, any order, padding changes nothing; what is exported answers as what was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.fusion import FUSIONS, fusion_of, unit
from aisle.fusion.learned import KINDS, Learned, parts_of, tokens_of
from aisle.fusion.result import result_of
from aisle.models.registry import SHIPPED, load
from aisle.models.runtime import Calibration, OnnxModel
from aisle.types import InputType, Signal, Slot, SlotKind

torch = pytest.importorskip("torch")

from aisle.learning.fusion_nets import AttentionFusion, DeepFusion, FusionShape  # noqa: E402
from aisle.learning.trainer import Settings, fit  # noqa: E402
from training.fuse import export_network  # noqa: E402

SHAPE = FusionShape(dim=8, width=16, layers=1, heads=2, tokens=12)


def batch(rng: np.random.Generator, queries: int = 5, parts: int = 3) -> dict[str, "torch.Tensor"]:
    vectors = unit(rng.normal(size=(queries, parts, 8)))
    return {
        "parts": torch.from_numpy(vectors),
        "kinds": torch.from_numpy(rng.integers(1, 7, (queries, parts))),
        "weights": torch.from_numpy(rng.uniform(0.3, 2, (queries, parts)).astype(np.float32)),
        "quality": torch.from_numpy(rng.uniform(0.3, 1, (queries, parts)).astype(np.float32)),
    }


def tokens(rng: np.random.Generator, queries: int = 5) -> dict[str, "torch.Tensor"]:
    return {
        "tokens": torch.from_numpy(rng.normal(size=(queries, 7, 12)).astype(np.float32)),
        "owners": torch.from_numpy(np.array([[2, 2, 2, 2, 1, 1, 0]] * queries)),
    }


def shaken(network: "torch.nn.Module") -> "torch.nn.Module":
    """With every weight moved from its start, so that nothing is hidden by zeros."""
    torch.manual_seed(5)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    return network.eval()


def test_an_untrained_network_is_the_weighted_mean() -> None:
    given = batch(np.random.default_rng(0))
    vectors, attention = AttentionFusion(SHAPE)(**given)
    shares = given["weights"] * given["quality"]
    shares = shares / shares.sum(1, keepdim=True)
    mean = torch.nn.functional.normalize((given["parts"] * shares[..., None]).sum(1), dim=1)
    assert torch.allclose(vectors, mean, atol=1e-5) and torch.allclose(attention, shares, atol=1e-5)


@pytest.mark.parametrize("deep", [False, True])
def test_order_and_padding_change_nothing(deep: bool) -> None:
    rng = np.random.default_rng(1)
    network = shaken(DeepFusion(SHAPE) if deep else AttentionFusion(SHAPE))
    more = tokens(rng) if deep else {}
    given = batch(rng)
    vectors, attention = network(**given, **more)
    assert torch.allclose(attention.sum(1), torch.ones(5), atol=1e-5)
    turned = {name: array[:, [2, 0, 1]] for name, array in given.items()}
    again, shares = network(**turned, **more)
    assert torch.allclose(again, vectors, atol=1e-5) and torch.allclose(shares, attention[:, [2, 0, 1]], atol=1e-5)
    padded = {name: torch.cat([array, torch.zeros_like(array[:, :1])], 1) for name, array in given.items()}
    assert torch.allclose(network(**padded, **more)[0], vectors, atol=1e-5)


def test_deep_fusion_sees_tokens_but_not_padded_ones() -> None:
    rng = np.random.default_rng(2)
    network, given, more = shaken(DeepFusion(SHAPE)), batch(rng), tokens(rng)
    vectors = network(**given, **more)[0]
    unseen, seen = more["tokens"].clone(), more["tokens"].clone()
    unseen[:, 6], seen[:, 0] = 9.0, 9.0
    assert torch.allclose(network(**given, tokens=unseen, owners=more["owners"])[0], vectors, atol=1e-5)
    assert not torch.allclose(network(**given, tokens=seen, owners=more["owners"])[0], vectors, atol=1e-3)


class SwapTask:
    """The text names a new second half for the picture's vector, too quietly for a weighted mean."""

    weights: Mapping[str, float] = {"answer": 1.0}

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.module = AttentionFusion(SHAPE)
        self.products = torch.from_numpy(
            unit(np.concatenate([np.repeat(np.eye(4), 4, 0), np.tile(np.eye(4), (4, 1))], 1))
        )

    def batch(self, rng: np.random.Generator) -> Mapping[str, "torch.Tensor"]:
        shown, wanted = rng.integers(0, 16, 32), rng.integers(0, 4, 32)
        text = torch.zeros(32, 8)
        text[np.arange(32), 4 + wanted] = 1.0
        return {
            "parts": torch.stack([self.products[shown], text], 1),
            "kinds": torch.tensor([[KINDS["image"], KINDS["text"]]] * 32),
            "weights": torch.tensor([[1.0, 0.4]] * 32),
            "quality": torch.ones(32, 2),
            "answer": torch.from_numpy(shown // 4 * 4 + wanted),
        }

    def logits(self, batch: Mapping[str, "torch.Tensor"]) -> "torch.Tensor":
        given = {name: batch[name] for name in ("parts", "kinds", "weights", "quality")}
        return self.module(**given)[0] @ self.products.T * 10

    def loss(self, batch: Mapping[str, "torch.Tensor"]) -> Mapping[str, "torch.Tensor"]:
        return {"answer": torch.nn.functional.cross_entropy(self.logits(batch), batch["answer"])}


def test_training_learns_edits_that_averaging_cannot(tmp_path: Path) -> None:
    task = SwapTask()
    test = task.batch(np.random.default_rng(99))
    before = float((task.logits(test).argmax(1) == test["answer"]).float().mean())
    fit(task, Settings(steps=120, rate=1e-2, warmup=5, average=0.8, threads=1, log_every=60), tmp_path)
    after = float((task.logits(test).argmax(1) == test["answer"]).float().mean())
    assert after > 0.9 > before


class Folder(OnnxModel):
    """A folder with nothing but a fusion network."""

    def __init__(self, folder: Path) -> None:
        self.dim, self._folder, self._threads, self._opened = SHAPE.dim, folder, 1, {}
        self.calibration = Calibration((10.0, -5.0), (10.0, -5.0))
        import threading

        self._lock = threading.Lock()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple["torch.nn.Module", Folder]:
    network = shaken(AttentionFusion(SHAPE))
    folder = tmp_path_factory.mktemp("fusion")
    export_network(network, "attention", folder)
    return network, Folder(folder)


def signals(rng: np.random.Generator, kinds: Sequence[str]) -> list[Signal]:
    vectors = unit(rng.normal(size=(len(kinds), 8)))
    return [Signal(InputType(kind), vector, "", 1.0) for kind, vector in zip(kinds, vectors, strict=True)]


def test_what_is_exported_answers_as_what_was_trained(exported: tuple["torch.nn.Module", Folder]) -> None:
    network, model = exported
    asked = signals(np.random.default_rng(3), ["text", "image", "product"])
    fused = fusion_of(model, "attention").mix(asked)
    with torch.no_grad():
        vectors, attention = network(**{name: torch.from_numpy(a) for name, a in parts_of(asked).items()})
    assert np.allclose(fused.vector, vectors[0].numpy(), atol=1e-4)
    assert np.allclose(fused.attention, attention[0].numpy(), atol=1e-4)


@pytest.mark.parametrize("name", FUSIONS)
def test_every_fusion_takes_any_subset(name: str, exported: tuple["torch.nn.Module", Folder]) -> None:
    if name == "deep":
        pytest.skip("needs tokens: see the test below")
    fusion, rng = FUSIONS[name](exported[1]), np.random.default_rng(4)
    assert fusion.mix([]).vector is None
    (alone,) = signals(rng, ["image"])
    assert np.allclose(fusion.mix([alone]).vector, alone.vector, atol=1e-6)
    dumb = Signal(InputType.IMAGE, None, "", 1.0)
    assert np.allclose(fusion.mix([alone, dumb]).vector, alone.vector, atol=1e-6)
    many = signals(rng, ["text", "image", "image", "product"])
    fused = fusion.mix(many)
    assert fused.vector is not None and np.linalg.norm(fused.vector) == pytest.approx(1, abs=1e-5)
    assert sum(fused.attention) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(fusion.mix(many).vector, fused.vector)


def test_a_model_without_a_network_averages(tmp_path: Path) -> None:
    assert not isinstance(fusion_of(Folder(tmp_path), "attention"), Learned)


def test_deep_fusion_looks_at_tokens_as_served(tmp_path: Path) -> None:
    network = shaken(DeepFusion(SHAPE))
    export_network(network, "deep", tmp_path)
    asked = signals(np.random.default_rng(6), ["text", "image", "product"])
    rng = np.random.default_rng(7)
    carried = [replace(s, tokens=rng.normal(size=(4, 12)).astype(np.float32)) for s in asked[:2]] + asked[2:]
    fused = fusion_of(Folder(tmp_path), "deep").mix(carried)
    with torch.no_grad():
        given = {**parts_of(carried), **tokens_of(carried)}
        vectors, _ = network(**{name: torch.from_numpy(a) for name, a in given.items()})
    assert np.allclose(fused.vector, vectors[0].numpy(), atol=1e-4)


def test_the_result_vector_is_the_query_where_nothing_was_understood() -> None:
    model = load(SHIPPED["aisle-small"], 1)
    dress, red = model.encode_texts(["dress", "red"])
    meaning = {"dresses": dress, "red": red}.__getitem__
    assert result_of(dress, (), model, meaning) is dress
    wanted = result_of(dress, (Slot(SlotKind.COLOR, "Red"),), model, meaning)
    unwanted = result_of(dress, (Slot(SlotKind.COLOR, "Red", negated=True),), model, meaning)
    assert np.linalg.norm(wanted) == pytest.approx(1.0, abs=1e-4)
    assert wanted @ red > unwanted @ red
