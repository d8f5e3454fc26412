"""What the tagger of queries learns from, and the loss that takes what is known in part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from aisle.learning.heads.crf import Crf, scheme  # noqa: E402
from aisle.types import Intent, SlotKind  # noqa: E402
from aisle.understanding.graph import Graph  # noqa: E402
from aisle.understanding.lexicon import Lexicon  # noqa: E402
from aisle.understanding.tagging.stretches import stretches  # noqa: E402
from aisle.understanding.tagging.tagger import Tagger, sold  # noqa: E402
from aisle.understanding.tagging.units import units  # noqa: E402
from training.composing import EDITS, UNSEEN_EDITS  # noqa: E402
from training.labelled import parse  # noqa: E402
from training.ngrams import CountedNgrams  # noqa: E402
from training.phrases import Counted  # noqa: E402
from training.questions import Asker, Question  # noqa: E402
from training.tagger import CLOSED, TAGS, Knowledge, TaggerNetwork, Tagging, allowed, export  # noqa: E402

BRANDS = {("en", SlotKind.BRAND): ["Alder", "Birch & Co"], ("zh", SlotKind.BRAND): ["青木"]}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


@pytest.fixture(scope="module")
def asker(lexicon: Lexicon) -> Asker:
    return Asker(lexicon, BRANDS)


def test_drawn_queries_are_well_formed(asker: Asker) -> None:
    rng = np.random.default_rng(0)
    drawn = [asker.draw(rng) for _ in range(600)]
    for question in drawn:
        ends = 0
        for start, end, _ in question.spans:
            assert ends <= start < end <= len(question.text)
            assert question.text[start:end].strip()
            ends = end
    assert {question.intent for question in drawn} == set(Intent)
    assert {kind for question in drawn for *_, kind in question.spans} == set(SlotKind)
    assert drawn[:50] == [asker.draw(again) for again in [np.random.default_rng(0)] for _ in range(50)]


def test_what_is_not_known_may_be_anything() -> None:
    question = Question("red dress", ((0, 3, SlotKind.COLOR),), None, frozenset((SlotKind.COLOR,)))
    rows = allowed(question, units(question.text))
    assert [TAGS[i] for i in np.flatnonzero(rows[0])] == ["B-color"]
    free = {TAGS[i] for i in np.flatnonzero(rows[1])}
    assert "O" in free and "B-type" in free and not {"B-color", "I-color"} & free


def test_the_partial_loss_is_the_loss_where_all_is_known() -> None:
    tags, closed = scheme(["B-a", "B-b"])
    torch.manual_seed(0)
    crf = Crf(tags, closed)
    torch.nn.init.normal_(crf.transitions)
    scores = torch.randn(3, 5, len(tags))
    wanted = torch.tensor([[0, 1, 2, 0, 3], [1, 2, 2, 0, 0], [3, 4, 0, 0, 0]])
    real = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0]]).bool()
    only = torch.nn.functional.one_hot(wanted, len(tags)).bool()
    assert torch.allclose(crf.partial_loss(scores, only, real), crf.loss(scores, wanted, real), atol=1e-4)
    anything = torch.ones_like(only)
    assert float(crf.partial_loss(scores, anything, real)) == pytest.approx(0.0, abs=1e-5)


def test_a_step_can_be_taken(asker: Asker, lexicon: Lexicon) -> None:
    torch.manual_seed(0)
    questions = [asker.draw(np.random.default_rng(0))]
    knowledge = Knowledge([Graph.build(())], Counted(questions, []), CountedNgrams(questions))
    task = Tagging(TaggerNetwork(), [(1.0, asker.draw)], knowledge, size=8)
    terms = task.loss(task.batch(np.random.default_rng(1)))
    total = terms["slots"] + terms["intents"]
    total.backward()
    assert torch.isfinite(total)
    assert all(p.grad is not None for p in task.module["network"].tags.parameters())


def test_what_was_trained_is_opened_as_it_was_counted(lexicon: Lexicon, tmp_path: Path) -> None:
    """And counted anew for the same network."""
    torch.manual_seed(0)
    network, crf, shop = TaggerNetwork().eval(), Crf(TAGS, CLOSED), [Graph.build(())]
    for labels in (["{red|color} {tv stand|type}"], ["{red|color} {tv stand|type}", "{tv stand|feature} oak"] * 3):
        counted = [parse(label) for label in labels]
        knowledge = Knowledge(shop, Counted(counted, []), CountedNgrams(counted))
        if (tmp_path / "tagger.onnx").exists():
            knowledge.save(tmp_path)
        else:
            export(network, crf, knowledge, tmp_path, {"version": "test"})
        own = units("red tv stand")
        tagger = Tagger(tmp_path)
        tagger.read(own, ())
        assert tagger.card["version"] == "test"
        for kept, told in ((knowledge.phrases.kept(), tagger.phrases), (knowledge.ngrams.kept(), tagger.ngrams)):
            assert np.array_equal(kept.tell(stretches(own)), told.tell(stretches(own)))
            assert told.tell(stretches(own)).any() or len(labels) == 1  # n-grams that were met once tell nothing


def test_the_dictionary_says_where_a_name_begins_and_goes_on(lexicon: Lexicon) -> None:
    text = "black running shoes"
    own = units(text)
    matches = Graph.build(()).dictionary.find(text)
    said = sold(own, matches)
    color, kind = 2 * list(SlotKind).index(SlotKind.COLOR), 2 * list(SlotKind).index(SlotKind.TYPE)
    assert said[0, color] > 0.5
    assert said[1, kind] > 0.5 and said[2, kind + 1] > 0.5
    assert said[0, kind] == said[2, kind] == 0


def test_figures_are_taken_with_wordings_that_training_never_draws() -> None:
    for language, wordings in UNSEEN_EDITS.items():
        assert not set(wordings) & set(EDITS[language])
