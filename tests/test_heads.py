"""Task heads on tiny backbones of each kind: they learn, decode only what is valid, and come back as they were."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's library is imported
torch = pytest.importorskip("torch", reason="needs the train extra")
transformers = pytest.importorskip("transformers", reason="needs the train extra")
pytest.importorskip("peft", reason="needs the train extra")

from aisle.errors import Conflict, InvalidRequest, NotFound  # noqa: E402
from aisle.learning.adapters.adapters import Adapters  # noqa: E402
from aisle.learning.heads import scores, training  # noqa: E402
from aisle.learning.heads.backbone import BACKBONES, Encoder, Tower, kind_of, open_backbone  # noqa: E402
from aisle.learning.heads.classifier import Classifier  # noqa: E402
from aisle.learning.heads.crf import Crf, follows, scheme  # noqa: E402
from aisle.learning.heads.data import Example, characters, split, words  # noqa: E402
from aisle.learning.heads.generator import Generator  # noqa: E402
from aisle.learning.heads.registry import HEADS  # noqa: E402
from aisle.learning.heads.training import Plan  # noqa: E402
from aisle.learning.heads.writing import Trie, write  # noqa: E402
from aisle.learning.towers import TextShape, TextTower  # noqa: E402
from tests.tiny_networks import backbone_folder, network, tokenizer  # noqa: E402

COLOURS = ("red", "green", "blue")
THINGS = ("shirt", "lamp", "chair", "cup")
PLAN = Plan(epochs=30, rate=5e-3, batch=16, patience=100)


def toy(task: str, count: int = 48) -> list[Example]:
    """A separable task each: the colour of a text, where the thing stands, the thing's name."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        colour, thing = COLOURS[rng.integers(3)], THINGS[rng.integers(4)]
        tokens = [str(rng.choice(["new", "old"])), colour, thing]
        if task == "tag":
            made.append(Example(" ".join(tokens), ("O", "B-colour", "B-thing"), words(tokens)))
        else:
            made.append(Example(" ".join(tokens), colour if task == "classify" else thing))
    return made


@pytest.fixture(scope="module")
def backbones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    vocabulary = (*COLOURS, *THINGS, "new", "old")
    return {kind: str(backbone_folder(kind, tmp_path_factory.mktemp(kind), vocabulary)) for kind in BACKBONES}


@pytest.mark.parametrize("kind", BACKBONES)
@pytest.mark.parametrize("task", HEADS)
def test_a_head_learns_and_comes_back_the_same(task: str, kind: str, backbones: dict[str, str], tmp_path: Path) -> None:
    examples = toy(task)
    kept = training.train(task, backbones[kind], examples, tmp_path / "head", PLAN, validation=examples[:16])
    figures = kept.figures[""]
    metric = HEADS[task].metric
    assert figures[metric] > 0.95, figures
    assert figures[metric] > figures[f"majority_{metric}"]
    assert figures["trained"] == sum(p.numel() for p in kept.head.parameters())
    again = training.open_head(tmp_path / "head")
    fresh = [Example("old blue cup", units=words(["old", "blue", "cup"])), *examples[:5], Example("")]
    assert again.head.answer(fresh) == kept.head.answer(fresh)
    assert again.figures == json.loads(json.dumps(kept.figures))
    assert again.head.answer([]) == []


def test_kinds_are_told_apart(backbones: dict[str, str], tmp_path: Path) -> None:
    assert {kind: kind_of(source) for kind, source in backbones.items()} == {kind: kind for kind in BACKBONES}
    with pytest.raises(NotFound):
        kind_of(str(tmp_path))
    with pytest.raises(NotFound):
        kind_of("nobody/such-a-model")


@pytest.mark.parametrize("kind", BACKBONES)
def test_a_batch_changes_no_state(kind: str, backbones: dict[str, str]) -> None:
    backbone = open_backbone(backbones[kind]).eval()
    short, long = backbone.tokenize(["red"]), backbone.tokenize(["red", "new green shirt old lamp"])
    with torch.no_grad():
        alone, beside = backbone.pooled(short.ids, short.real), backbone.pooled(long.ids, long.real)
    assert torch.allclose(alone[0], beside[0], atol=1e-5)
    many = backbone.tokenize(["red " * 100])
    assert many.ids.shape[1] <= backbone.length
    assert backbone.states(many.ids, many.real).shape == (1, many.ids.shape[1], backbone.width)


@pytest.mark.parametrize("kind", BACKBONES)
def test_recomputed_gradients_are_the_same(kind: str, backbones: dict[str, str]) -> None:
    found = []
    for recompute in (False, True):
        backbone = open_backbone(backbones[kind])
        if recompute:
            backbone.recompute()
        backbone.train()
        for module in backbone.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        tokens = backbone.tokenize(["red shirt", "old blue lamp"])
        backbone.pooled(tokens.ids, tokens.real).pow(2).sum().backward()
        found.append({name: p.grad for name, p in backbone.named_parameters() if p.grad is not None})
    assert found[0].keys() == found[1].keys() != set()
    assert all(torch.allclose(found[0][name], found[1][name], atol=1e-5) for name in found[0])


def test_which_tags_may_follow() -> None:
    assert follows("", "B-a", True) and follows("B-a", "E-a", True) and follows("S-a", "O", True)
    assert not follows("", "I-a", True) and not follows("B-a", "E-b", True) and not follows("B-a", "", True)
    assert follows("B-a", "O", False) and follows("B-a", "", False) and not follows("O", "I-a", False)
    assert scheme(["O", "B-x"]) == (("O", "B-x", "I-x"), False)
    assert scheme(["B-x", "E-x"]) == (("O", "B-x", "I-x", "E-x", "S-x"), True)


@pytest.mark.parametrize("tags", [["B-a", "E-a", "S-b"], ["B-a", "B-b"]])
def test_decoding_is_the_best_valid_sequence(tags: Sequence[str]) -> None:
    names, closed = scheme(tags)
    crf = Crf(names, closed)
    torch.nn.init.normal_(crf.transitions)
    rng = np.random.default_rng(1)
    weights = crf.weights().detach().numpy()
    for length in (1, 2, 4):
        row = rng.normal(0, 3, (length, len(names)))
        paths = [()]
        for _ in range(length):
            paths = [(*path, tag) for path in paths for tag in range(len(names))]

        def score(path: tuple[int, ...], row: np.ndarray = row) -> float:
            steps = [-1, *path, -1]
            return sum(row[i, t] for i, t in enumerate(path)) + sum(weights[a, b] for a, b in itertools.pairwise(steps))

        found = crf.decode(row)
        assert tuple(found) == max(paths, key=score)
        steps = ["", *(names[i] for i in found), ""]
        assert all(follows(a, b, closed) for a, b in itertools.pairwise(steps))
        # the loss is the negative log of the path's share of all paths
        share = np.exp(score(tuple(found))) / sum(np.exp(score(path)) for path in paths)
        given = crf.loss(torch.tensor(row)[None], torch.tensor([found]), torch.ones(1, length, dtype=torch.bool))
        assert float(given.detach()) * length == pytest.approx(-np.log(share), abs=1e-3)
    assert crf.decode(np.zeros((0, len(names)))) == []


def test_padding_and_broken_tags_cost_nothing() -> None:
    names, closed = scheme(["B-a", "E-a"])
    crf, rows = Crf(names, closed), torch.randn(2, 4, 5)
    tags = torch.tensor([[1, 3, 0, 0], [0, 0, 0, 0]])
    short = torch.tensor([[True, True, False, False], [True] * 4])
    apart = [crf.loss(rows[:1, :2], tags[:1, :2], short[:1, :2]) * 2, crf.loss(rows[1:], tags[1:], short[1:]) * 4]
    assert float(crf.loss(rows, tags, short).detach()) == pytest.approx(float(sum(apart).detach()) / 6, rel=1e-5)
    broken = torch.tensor([[2, 2, 2, 2]])  # begins inside a span
    assert float(crf.loss(rows[:1], broken, torch.ones(1, 4, dtype=torch.bool)).detach()) == 0


def test_scores_by_hand() -> None:
    assert scores.spans(["B-a", "I-a", "E-a", "S-b", "O", "B-a", "B-a", "I-a"]) == [
        (0, 3, "a"),
        (3, 4, "b"),
        (5, 6, "a"),
        (6, 8, "a"),
    ]
    assert scores.spans(["I-a", "I-b", "O"]) == [(0, 1, "a"), (1, 2, "b")]
    measured = scores.span_scores([["B-a", "E-a", "S-b"]], [["B-a", "E-a", "O"]])
    assert measured == {"precision": 0.5, "recall": 1.0, "span_f1": pytest.approx(2 / 3)}
    # a: precision 1/2, recall 1 → 2/3; b: never found → 0
    assert scores.macro_f1(["a", "a"], ["a", "b"]) == pytest.approx(1 / 3)
    assert scores.majority(["b", "a", "b", "a"]) == "a"
    assert scores.overlap("abc", "abd") == pytest.approx(2 / 3)


def fixed(table: dict[tuple[int, ...], list[float]]) -> object:
    def scorer(rows: list[int], written: torch.Tensor) -> torch.Tensor:
        return torch.log(torch.tensor([table[tuple(row)] for row in written.tolist()]))

    return scorer


def test_beams_find_what_greedy_misses_and_the_trie_holds() -> None:
    # tokens 0, 1, end 2: greedy takes 0 (0.6) and is stuck with halves; 1 leads to a sure end
    table = {(): [0.6, 0.4, 1e-9], (0,): [0.3, 0.3, 0.4], (1,): [1e-9, 1e-9, 1.0]}
    table |= {(a, b): [1e-9, 1e-9, 1.0] for a in (0, 1) for b in (0, 1)}
    scorer = fixed(table)
    assert write(scorer, 1, end=2, length=4) == [[0]]  # type: ignore[arg-type]
    assert write(scorer, 2, end=2, length=4, beams=2) == [[1], [1]]  # type: ignore[arg-type]
    trie = Trie.of([[0, 1], [0, 0]], end=2)
    assert set(trie([])) == {0} and set(trie([0])) == {0, 1} and set(trie([0, 1])) == {2} and set(trie([1])) == set()
    assert write(scorer, 1, 2, 4, beams=3, allowed=trie)[0] in ([0, 1], [0, 0])  # type: ignore[arg-type]
    assert write(scorer, 1, 2, 4, allowed=lambda written: () if written else (1,)) == [[]]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", BACKBONES)
def test_a_constrained_generator_writes_only_what_it_may(kind: str, backbones: dict[str, str]) -> None:
    backbone = open_backbone(backbones[kind])
    generator = Generator(
        backbone, Generator.learn_config(toy("generate"))
    ).eval()  # untrained: it would write anything
    texts = [example.text for example in toy("generate", 8)]
    assert set(generator.choose(texts, ["cup", "chair"])) <= {"cup", "chair"}
    only = generator.spell("lamp")
    assert generator.write(texts[:2], 2, Trie.of([only], generator.end)) == ["lamp", "lamp"]


def test_a_second_adapter_joins_and_each_gives_its_own(backbones: dict[str, str], tmp_path: Path) -> None:
    examples, folder = toy("classify"), tmp_path / "head"
    for name, method in (("one", "lora"), ("two", "bottleneck")):
        plan = Plan(method=method, name=name, epochs=6, rate=1e-2, batch=16, seed=len(name + method))
        training.train("classify", backbones["encoder"], examples, folder, plan, validation=examples[:16])
    kept = training.open_head(folder)
    texts = [example.text for example in examples[:6]]
    assert kept.adapters.active == "two"
    two = kept.head.probabilities(texts)  # type: ignore[attr-defined]
    kept.adapters.switch("one")
    one = kept.head.probabilities(texts)  # type: ignore[attr-defined]
    assert not torch.allclose(one, two, atol=1e-4)
    training.choose(folder, "one")
    assert torch.equal(training.open_head(folder).head.probabilities(texts), one)  # type: ignore[attr-defined]
    merged = training.merged(folder, "one", tmp_path / "merged")
    assert torch.allclose(merged.head.probabilities(texts), one, atol=1e-5)  # type: ignore[attr-defined]
    opened = training.open_head(tmp_path / "merged")
    assert torch.allclose(opened.head.probabilities(texts), one, atol=1e-5)  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        training.merged(folder, "two", tmp_path / "other")
    with pytest.raises(Conflict):
        training.train("classify", backbones["encoder"], toy("classify"), folder, PLAN)
    with pytest.raises(NotFound):
        training.choose(folder, "three")


def test_a_frozen_backbone_stays(backbones: dict[str, str], tmp_path: Path) -> None:
    before = open_backbone(backbones["tower"]).state_dict()
    plan = Plan(method="frozen", epochs=4, batch=16)
    kept = training.train("classify", backbones["tower"], toy("classify"), tmp_path / "head", plan)
    assert all(torch.equal(tensor, before[name]) for name, tensor in kept.head.backbone.state_dict().items())
    assert not (tmp_path / "head" / "backbone").exists()


def test_no_text_is_on_both_sides() -> None:
    examples = [Example(f"text {i % 20}", str(i)) for i in range(60)]
    learnt, held = split(examples, 0.2, 0)
    assert len(learnt) + len(held) == 60 and len(held) == 12
    assert not {e.text for e in learnt} & {e.text for e in held}


def test_bad_data_is_told_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    for task, rows, word in [
        ("classify", [{"text": "a", "label": "x"}, {"text": "b"}], "Row 2"),
        ("tag", [{"text": "ab", "tags": ["O"]}], "1 tags for 2 pieces"),
        ("classify", [], "no rows"),
    ]:
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        with pytest.raises(InvalidRequest, match=word):
            training.examples_of(task, path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="Line 1"):
        training.examples_of("classify", path)
    with pytest.raises(InvalidRequest) as caught:
        training.examples_of("sing", path)
    assert caught.value.hint == "Known tasks: classify, tag, generate."


def test_subword_tokens_blur_no_span(tmp_path: Path) -> None:
    """One token covers several characters, and each still has a tag of its own."""
    source = str(backbone_folder("tower", tmp_path / "tower", ("睡衣", "红色")))
    examples = [
        Example(text, tags, characters(text))
        for text, tags in [
            ("红色睡衣", ("O", "O", "B-HP", "E-HP")),
            ("睡衣红色", ("B-HP", "E-HP", "O", "O")),
            ("红睡衣", ("O", "B-HP", "E-HP")),
        ]
    ]
    kept = training.train("tag", source, examples * 4, tmp_path / "head", PLAN, validation=examples)
    assert kept.figures[""]["span_f1"] == 1.0
    assert isinstance(kept.head.backbone, Tower)
    assert isinstance(kept.head.backbone.network, TextTower)
    assert kept.head.backbone.network.shape == TextShape(
        **json.loads((tmp_path / "head/backbone/tower.json").read_text())
    )


@pytest.mark.parametrize("kind", ["tower", "decoder"])  # an encoder's export works too and takes its seconds
def test_an_exported_classifier_answers_alike(kind: str, backbones: dict[str, str], tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript", reason="needs the train extra")
    from aisle.learning.heads.export import export, quantise

    head = Classifier(open_backbone(backbones[kind]), {"labels": list(COLOURS)}).eval()
    torch.nn.init.normal_(head.out.weight, std=0.3)
    kept = training.Kept(head, backbones[kind], False, Adapters(head, training.NETWORK), {})
    kept.adapters.add("one", "lora")
    texts = ["red shirt", "new old green lamp cup", "blue"]
    tokens = head.backbone.tokenize(texts)
    with torch.no_grad():
        wanted = head(tokens.ids, tokens.real).numpy()  # (texts, labels)
    path = export(kept, tmp_path)
    assert json.loads((tmp_path / "labels.json").read_text("utf-8")) == list(COLOURS)
    for near in (1e-4, 0.1):  # of the largest logit
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        (logits,) = session.run(None, {"ids": tokens.ids.numpy(), "real": tokens.real.long().numpy()})
        assert np.abs(logits - wanted).max() < near * np.abs(wanted).max()
        quantise(path)


def test_by_the_command_line(backbones: dict[str, str], tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from aisle.cli import application

    def run(*arguments: object) -> object:
        done = CliRunner().invoke(application, [*map(str, arguments), "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    data, head = tmp_path / "data.jsonl", tmp_path / "head"
    lines = [json.dumps({"text": e.text, "label": e.target}) for e in toy("classify", 30)]
    data.write_text("\n".join(lines), encoding="utf-8")
    plain = ("heads", "train", "--task", "classify", "--backbone", backbones["tower"], "--data", data, "--out", head)
    quick = ("--validation", data, "--epochs", 12, "--rate", 0.02, "--threads", 1, "--method", "lora", "--name", "one")
    figures = run(*plain, *quick)
    assert figures["accuracy"] > 0.9  # type: ignore[index]
    measured = run("heads", "evaluate", head, "--data", data)
    assert measured["accuracy"] == figures["accuracy"]  # type: ignore[index]
    assert [one["answer"] for one in run("heads", "predict", head, "red cup")] == ["red"]  # type: ignore[attr-defined]
    assert [(one["name"], one["active"]) for one in run("adapters", "list", head)] == [("one", True)]  # type: ignore[attr-defined]
    run("adapters", "switch", head)
    assert [one["active"] for one in run("adapters", "list", head)] == [False]  # type: ignore[attr-defined]
    run("adapters", "merge", head, "one", "--out", tmp_path / "merged")
    assert run("heads", "evaluate", tmp_path / "merged", "--data", data) == measured
    with pytest.raises(InvalidRequest):
        run("heads", "predict", head, "red", "--beams", 3)


@pytest.mark.parametrize("architecture", ["clip_text", "siglip_text"])
def test_a_text_tower_of_two_is_an_encoder(architecture: str, tmp_path: Path) -> None:
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(THINGS), pad_token="[pad]", unk_token="[unk]"
    )
    Encoder(network(architecture), fast).save(tmp_path)
    backbone = open_backbone(str(tmp_path)).eval()
    tokens = backbone.tokenize(["cup", "lamp chair"])
    with torch.no_grad():
        found = backbone.states(tokens.ids, tokens.real)
        wanted = network(architecture)(input_ids=tokens.ids, attention_mask=tokens.real.long()).last_hidden_state
    assert torch.allclose(found, wanted, atol=1e-6)
