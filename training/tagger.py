"""Train the tagger of queries: what each unit says (kinds of slots, BIO) and what the whole asks of the shop.

It learns from labelled queries and drawn ones, where all is known, and real titles, where some kinds are: of what isn't known any
tag will do (a conditional random field summed over the allowed sequences; Tsuboi et al. 2008). Under an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.learning.export import write
from aisle.learning.heads.crf import Crf, scheme
from aisle.learning.towers import Attention
from aisle.learning.trainer import Batch, Settings, fit
from aisle.types import Intent, Product, SlotKind
from aisle.understanding.graph import Graph
from aisle.understanding.lexicon import Lexicon
from aisle.understanding.tagging.stretches import stretches
from aisle.understanding.tagging.tagger import KNOWN, SHIPPED, sold
from aisle.understanding.tagging.units import BUCKETS, GRAMS, LIMIT, Unit, grams, units
from training import labelled
from training.labelled import Mixed
from training.marked import attributed_titles, branded, carriers, dressed, names_in, requests, tagged_titles, works
from training.ngrams import CountedNgrams
from training.phrases import Counted, names
from training.questions import Asker, Question
from training.sources import lines

Known = Callable[[Question, Sequence[Unit], np.random.Generator], np.ndarray]
"""(units, KNOWN) float32: what is known of a question's units."""
Draw = Callable[[np.random.Generator], Question]

TAGS, CLOSED = scheme([f"B-{kind}" for kind in SlotKind])
INTENTS = tuple(Intent)
WIDTH, LAYERS, HEADS = 160, 3, 5
GRAM_WIDTH = 48
TABLES = 12.0
"""How much faster the table of n-grams learns than the rest."""
VERSION = "0.8.0"
FIXED = 0.26
"""Share of the sources that no option sets."""
DROPPED = 0.25
"""Share of the n-grams that a unit is learnt without: no single one should tell what it is."""
UNITS = 2400
"""About how many units a batch has at most, padding among them."""


class TaggerNetwork(nn.Module):
    """grams (batch, units, GRAMS) hashed n-grams, 0 pads; known (batch, units, KNOWN) what a shop and
    phrases say → emissions (batch, units, tags), intents (batch, INTENTS)."""

    def __init__(self) -> None:
        super().__init__()
        self.grams = nn.Embedding(BUCKETS, GRAM_WIDTH, padding_idx=0)
        nn.init.normal_(self.grams.weight, std=0.1)
        self.join = nn.Linear(GRAM_WIDTH, WIDTH)
        self.known = nn.Linear(KNOWN, WIDTH, bias=False)
        self.near = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 5, padding=2, groups=4) for _ in range(LAYERS))
        self.layers = nn.ModuleList(Attention(WIDTH, HEADS) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.drop = nn.Dropout(0.2)
        self.tags = nn.Linear(WIDTH, len(TAGS))
        self.intents = nn.Sequential(nn.Linear(2 * WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, len(INTENTS)))

    def states(self, ids: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, units, WIDTH) and which units are real (batch, units)."""
        there = (ids > 0).float()  # (batch, units, GRAMS)
        real = (there.sum(2) > 0).float()  # (batch, units)
        x = self.grams(ids).sum(2) / there.sum(2).clamp(min=1).sqrt()[..., None]  # (batch, units, GRAM_WIDTH)
        x = self.drop(self.join(x) + self.known(known)) * real[..., None]  # (batch, units, WIDTH)
        bias = (1.0 - real)[:, None, None, :] * -1e4  # (batch, 1, 1, units)
        for near, layer in zip(self.near, self.layers, strict=True):
            x = x + F.gelu(near((x * real[..., None]).transpose(1, 2)).transpose(1, 2))
            x = layer(x, bias)
        return self.norm(x), real

    def forward(self, ids: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        x, real = self.states(ids, known)
        x = self.drop(x)
        mean = (x * real[..., None]).sum(1) / real.sum(1, keepdim=True).clamp(min=1)  # (batch, WIDTH)
        most = (x + (real[..., None] - 1) * 1e4).amax(1)  # (batch, WIDTH)
        return self.tags(x), self.intents(torch.cat([mean, most], 1))


def stacked(rows: Sequence[np.ndarray]) -> Tensor:
    """Rows (units, …) → (batch, longest, …), 0 pads."""
    made = np.zeros((len(rows), max(map(len, rows)), *rows[0].shape[1:]), rows[0].dtype)
    for place, row in enumerate(rows):
        made[place, : len(row)] = row
    return torch.from_numpy(made)


class Tagging:
    """Slots and intents of drawn queries and of real texts of which a part is known."""

    weights: Mapping[str, float] = {"slots": 1.0, "intents": 0.3}

    def __init__(
        self,
        network: TaggerNetwork,
        sources: Sequence[tuple[float, Draw]],
        known: Known,
        size: int = 192,
    ) -> None:
        """``sources`` are drawn from by their shares, which add up to 1; ``size`` is in texts, of long ones there are fewer."""
        self.shares, self.draws = [share for share, _ in sources], [draw for _, draw in sources]
        self.known, self.size = known, size
        self.module = nn.ModuleDict({"network": network, "crf": Crf(TAGS, CLOSED)})

    def batch(self, rng: np.random.Generator) -> Batch:
        drawn = [self.draws[source](rng) for source in rng.choice(len(self.shares), 6 * self.size, p=self.shares)]
        drawn.sort(
            key=lambda question: _length(question.text)
        )  # a batch is of texts about as long: padding costs as much
        last = int(rng.integers(1, 7)) * self.size
        size = min(self.size, UNITS // min(LIMIT, _length(drawn[last - 1].text)))
        chosen = [(question, own) for question in drawn[last - size : last] if (own := units(question.text))]
        ids = stacked([grams(own) for _, own in chosen])
        dropped = torch.from_numpy(rng.random(ids.shape) < DROPPED)
        dropped[..., 0] = False
        return {
            "ids": ids.masked_fill(dropped, 0),
            "known": stacked([self.known(q, own, rng) for q, own in chosen]),
            "allowed": stacked([allowed(q, own) for q, own in chosen]),
            "intents": torch.tensor([INTENTS.index(q.intent) if q.intent else -1 for q, _ in chosen]),
        }

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        scores, intents = self.module["network"](batch["ids"], batch["known"])
        real = (batch["ids"] > 0).any(2)
        terms = {"slots": self.module["crf"].partial_loss(scores, batch["allowed"], real)}
        if (batch["intents"] >= 0).any():
            terms["intents"] = F.cross_entropy(intents, batch["intents"], ignore_index=-1)
        return terms


def _length(text: str) -> int:
    """About how many units a text has."""
    return sum(char >= "\u3000" for char in text) + text.count(" ") + 1


def allowed(question: Question, own: Sequence[Unit]) -> np.ndarray:
    """(units, tags) bool: which tags each unit may have, by what is known of it."""
    free = [True] + [SlotKind(tag[2:]) not in question.marked for tag in TAGS[1:]]
    rows = np.tile(np.array(free), (len(own), 1))
    for start, end, kind in question.spans:
        inside = [i for i, unit in enumerate(own) if unit.start < end and unit.end > start]
        for place, i in enumerate(inside):
            rows[i] = False
            rows[i, TAGS.index(f"{'I' if place else 'B'}-{kind}")] = True
    return rows


def one_of(questions: Sequence[Question]) -> Draw:
    return lambda rng: questions[rng.integers(len(questions))]


class Knowledge:
    """What is known of a question: by the dictionary of a shop or one that knows the lexicon alone, with gaps, as the next shop's will
    have, and by phrases and n-grams."""

    def __init__(self, graphs: Sequence[Graph], phrases: Counted, ngrams: CountedNgrams, missing: float = 0.25) -> None:
        self.graphs, self.phrases, self.ngrams, self.missing = graphs, phrases, ngrams, missing

    def __call__(self, question: Question, own: Sequence[Unit], rng: np.random.Generator) -> np.ndarray:
        found = self.graphs[rng.integers(len(self.graphs))].dictionary.find(question.text)
        shop = [match for match in found if rng.random() >= self.missing]
        text = stretches(own)
        told = (each.tell(question, own, text, rng) for each in (self.phrases, self.ngrams))
        return np.hstack([sold(own, shop), *told])

    def save(self, folder: Path) -> None:
        """What the tagger takes along: phrases.npz and ngrams.npz."""
        self.phrases.kept().save(folder / "phrases.npz")
        self.ngrams.kept().save(folder / "ngrams.npz")


def graphs(root: Path) -> list[Graph]:
    """Of no catalog, of clothes and of electronics."""
    catalogs: list[list[Product]] = [[]]
    for name, fields in (("fashion", ("type", "gender", "color", "usage", "season")), ("electronics", ("brand",))):
        rows = lines(root / name / "products.jsonl")
        catalogs.append(
            [
                Product(str(i), str(r["title"]), attributes={f: str(r[f]) for f in fields if r.get(f)})
                for i, r in enumerate(rows)
            ]
        )
    return [Graph.build(catalog) for catalog in catalogs]


def export(network: TaggerNetwork, crf: Crf, knowledge: Knowledge, folder: Path, about: Mapping[str, object]) -> None:
    """tagger.onnx, tagger.json and what is known in ``folder``, as ``aisle.understanding.tagging.tagger`` opens them."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {"ids": torch.ones(2, 5, GRAMS, dtype=torch.long), "known": torch.zeros(2, 5, KNOWN)}
    axes = [{0: "batch", 1: "units"}] * 2
    write(network.eval(), inputs, ("tags", "intents"), axes, folder / "tagger.onnx", integer=True)
    card = {"tags": TAGS, "intents": INTENTS, "edges": np.round(crf.weights().detach().numpy(), 4).tolist(), **about}
    knowledge.save(folder)
    (folder / "tagger.json").write_text(json.dumps(card) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--work", type=Path, default=Path("scratch/train/tagger"))
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--start", type=Path, help="checkpoint.pt of an earlier run: begin with its averaged weights")
    parser.add_argument(
        "--titles", type=float, default=0.05, help="share of marked Chinese titles, and of English ones"
    )
    parser.add_argument("--labelled", type=float, default=0.6, help="share of labelled queries")
    parser.add_argument(
        "--recount", action="store_true", help="only count names and labels anew, for the network that is there"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.labelled + 2 * args.titles + FIXED > 1:
        parser.error(
            f"--labelled and twice --titles may take {1 - FIXED:.2f} together: the other sources have the rest"
        )
    if args.data is None:
        parser.error("name the data: --data or $AISLE_DATA")
    root, lexicon = args.data, Lexicon.load()
    learnt = labelled.learnt(root)
    phrases, ngrams = Counted(learnt, list(names())), CountedNgrams(learnt)
    if args.recount:
        Knowledge((), phrases, ngrams).save(args.out)
        return
    known_to = graphs(root)
    torch.manual_seed(args.seed)
    network = TaggerNetwork()
    titles = tagged_titles(root / "zh_tags/train.jsonl")
    listed = attributed_titles(root)
    named = lambda text: any(match.candidates[0].prior > 0.3 for match in known_to[0].dictionary.find(text))  # noqa: E731
    asker = Asker(lexicon, names_in(root), carriers(root, named, np.random.default_rng(args.seed)))
    known_whole = Mixed(learnt)
    asked = Mixed([q for q in labelled.asked() if not labelled.held(q.text)])  # once more: few say an intent
    marked = [
        (args.titles, titles),
        (args.titles, listed),
        (0.05, requests(root)),
        (0.03, works(root)),
        (0.04, branded(root)),
    ]
    marked.append((0.04, dressed(root)))
    sources = [(args.labelled, known_whole.draw), (0.1, asked.draw)]
    sources += [(share, one_of(questions)) for share, questions in marked]
    sources.append((1.0 - sum(share for share, _ in sources), asker.draw))
    knowledge = Knowledge(known_to, phrases, ngrams)
    task = Tagging(network, sources, knowledge)
    if args.start:
        task.module.load_state_dict(torch.load(args.start, weights_only=True)["average"])
    plan = Settings(
        args.steps, args.rate, TABLES, warmup=100, average=0.995, seed=args.seed, threads=args.threads, log_every=50
    )
    fit(task, plan, args.work)
    export(network, task.module["crf"], knowledge, args.out, {"version": VERSION})


if __name__ == "__main__":
    main()
