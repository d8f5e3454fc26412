"""Train the tagger of queries: what each unit says (kinds of slots, BIO) and what the whole asks of the shop.

First the network fills gaps in real queries and titles that nobody marked; then it learns from labelled queries and drawn
ones, where all is known, and real titles, where some kinds are: of what isn't known any tag will do (a conditional random field summed over the
allowed sequences; Tsuboi et al. 2008). A good hour on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections import Counter
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
from aisle.understanding.gazetteer import gazetteer
from aisle.understanding.graph import Graph
from aisle.understanding.lexicon import Lexicon
from aisle.understanding.tagger import KNOWN, SHIPPED, known
from aisle.understanding.units import BUCKETS, GRAMS, MASKED, Unit, grams, units
from training import labelled
from training.labelled import Mixed
from training.marked import attributed_titles, branded, carriers, dressed, names_in, requests, tagged_titles, works
from training.questions import Asker, Question
from training.sources import lines

Known = Callable[[str, np.random.Generator], np.ndarray]
"""(units, KNOWN) float32: what the dictionaries say of a text."""
Draw = Callable[[np.random.Generator], Question]

TAGS, CLOSED = scheme([f"B-{kind}" for kind in SlotKind])
INTENTS = tuple(Intent)
WIDTH, LAYERS, HEADS = 160, 3, 5
GRAM_WIDTH = 64
WORDS = 12_000
"""How many units the network may fill a gap with."""
VERSION = "0.4.0"
FIXED = 0.26
"""Share of the sources that no option sets."""
HIDDEN = 0.2
"""Share of the units that are hidden while gaps are filled."""
DROPPED = 0.1
"""Share of the n-grams that a unit is learnt without: no single one should tell what it is."""


class TaggerNetwork(nn.Module):
    """grams (batch, units, GRAMS) hashed n-grams, 0 pads; known (batch, units, KNOWN) what the dictionaries
    say → emissions (batch, units, tags), intents (batch, INTENTS)."""

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


class Gaps:
    """Fill in the units that are hidden (Devlin et al. 2019, arXiv:1810.04805)."""

    weights: Mapping[str, float] = {"gaps": 1.0}

    def __init__(self, network: TaggerNetwork, texts: Sequence[str], size: int = 2500) -> None:
        """``size`` is in units; texts of a batch are about as long as each other."""
        self.words = [[unit.text for unit in units(text)][:40] for text in texts]
        self.words = sorted((own for own in self.words if len(own) > 1), key=len)
        common = Counter(word for own in self.words for word in own).most_common(WORDS)
        self.number = {word: i for i, (word, _) in enumerate(common)}
        self.size = size
        self.module = nn.ModuleDict({"network": network, "words": nn.Linear(WIDTH, len(self.number))})

    def batch(self, rng: np.random.Generator) -> Batch:
        rows, wanted = [], []
        place = int(rng.integers(len(self.words)))
        near = np.arange(max(0, place - 2000), min(len(self.words), place + 2000))
        for i in rng.permutation(near)[: self.size // len(self.words[place])]:
            own = self.words[i]
            hidden = rng.random(len(own)) < HIDDEN
            hidden[rng.integers(len(own))] = True
            rows.append(grams([Unit(MASKED if gone else word) for word, gone in zip(own, hidden, strict=True)]))
            wanted.append(
                np.array([self.number.get(w, -1) if gone else -1 for w, gone in zip(own, hidden, strict=True)]) + 1
            )
        return {"ids": stacked(rows), "wanted": stacked(wanted) - 1}

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        ids = batch["ids"]
        x, _ = self.module["network"].states(ids, torch.zeros(*ids.shape[:2], KNOWN))
        asked = batch["wanted"] >= 0  # (batch, units)
        return {"gaps": F.cross_entropy(self.module["words"](x[asked]), batch["wanted"][asked])}


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
        """``sources`` are drawn from by their shares, which add up to 1; ``size`` is in texts."""
        self.shares, self.draws = [share for share, _ in sources], [draw for _, draw in sources]
        self.known, self.size = known, size
        self.module = nn.ModuleDict({"network": network, "crf": Crf(TAGS, CLOSED)})

    def batch(self, rng: np.random.Generator) -> Batch:
        drawn = [self.draws[source](rng) for source in rng.choice(len(self.shares), 6 * self.size, p=self.shares)]
        drawn.sort(
            key=lambda question: _length(question.text)
        )  # a batch is of texts about as long: padding costs as much
        first = int(rng.integers(6)) * self.size
        chosen = [(question, own) for question in drawn[first : first + self.size] if (own := units(question.text))]
        ids = stacked([grams(own) for _, own in chosen])
        dropped = torch.from_numpy(rng.random(ids.shape) < DROPPED)
        dropped[..., 0] = False
        return {
            "ids": ids.masked_fill(dropped, 0),
            "known": stacked([self.known(q.text, rng) for q, _ in chosen]),
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


class Dictionaries:
    """What dictionaries say of a text: that of a shop or one that knows the lexicon alone, and that of common names; with gaps, as
    the next shop's will be."""

    def __init__(self, graphs: Sequence[Graph], missing: float = 0.25) -> None:
        self.graphs, self.missing = graphs, missing

    def __call__(self, text: str, rng: np.random.Generator) -> np.ndarray:
        shop = self.graphs[rng.integers(len(self.graphs))].dictionary.find(text)
        kept = ([m for m in found if rng.random() >= self.missing] for found in (shop, gazetteer().find(text)))
        return known(units(text), *kept)


def graphs(root: Path, lexicon: Lexicon) -> list[Graph]:
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
    return [Graph.build(catalog, lexicon) for catalog in catalogs]


def export(network: TaggerNetwork, crf: Crf, folder: Path, about: Mapping[str, object]) -> None:
    """tagger.onnx and tagger.json in ``folder``, as ``aisle.understanding.tagger`` opens them."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {"ids": torch.ones(2, 5, GRAMS, dtype=torch.long), "known": torch.zeros(2, 5, KNOWN)}
    write(network.eval(), inputs, ("tags", "intents"), [{0: "batch", 1: "units"}] * 2, folder / "tagger.onnx")
    card = {"tags": TAGS, "intents": INTENTS, "edges": np.round(crf.weights().detach().numpy(), 4).tolist(), **about}
    (folder / "tagger.json").write_text(json.dumps(card) + "\n", encoding="utf-8")


def unseen(root: Path) -> frozenset[str]:
    """Hashes of the real queries that figures are taken with: no text of theirs is learnt from, not even unmarked."""
    path = Path(__file__).parent.parent / "benchmarks/understanding/real.jsonl"
    return frozenset(str(row["sha256"]) for row in lines(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--work", type=Path, default=Path("scratch/train/tagger"))
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--gaps", type=int, default=1500, help="steps of filling gaps")
    parser.add_argument("--steps", type=int, default=3300)
    parser.add_argument("--begin", type=Path, help="a checkpoint of the tagging stage to go on from, in a new run")
    parser.add_argument(
        "--titles", type=float, default=0.05, help="share of marked Chinese titles, and of English ones"
    )
    parser.add_argument("--labelled", type=float, default=0.55, help="share of labelled queries")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.labelled + 2 * args.titles + FIXED > 1:
        parser.error(
            f"--labelled and twice --titles may take {1 - FIXED:.2f} together: the other sources have the rest"
        )
    root, lexicon, hidden = args.data, Lexicon.load(), unseen(args.data)
    torch.manual_seed(args.seed)
    network = TaggerNetwork()
    titles = tagged_titles(root / "zh_tags/train.jsonl")
    listed = attributed_titles(root)
    queries = (root / "zh_queries/queries.txt").read_text(encoding="utf-8").splitlines()
    texts = [text for text in queries if hashlib.sha256(text.encode()).hexdigest() not in hidden]
    texts += [q.text for q in titles + listed] * 3
    for name in ("electronics", "fashion"):
        texts += [str(row["title"]) for row in lines(root / name / "products.jsonl")]
    if not args.begin:
        plan = Settings(args.gaps, 2e-3, warmup=100, average=0.99, seed=args.seed, threads=args.threads, log_every=50)
        fit(Gaps(network, texts), plan, args.work / "gaps")
    known_to = graphs(root, lexicon)
    named = lambda text: any(match.candidates[0].prior > 0.3 for match in known_to[0].dictionary.find(text))  # noqa: E731
    asker = Asker(lexicon, names_in(root), carriers(root, named, np.random.default_rng(args.seed)))
    known_whole = Mixed([q for q in labelled.everything(root) if not labelled.held(q.text)])
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
    task = Tagging(network, sources, Dictionaries(known_to))
    if args.begin:
        task.module.load_state_dict(torch.load(args.begin, weights_only=True)["average"])
    plan = Settings(args.steps, 1e-3, warmup=100, average=0.995, seed=args.seed, threads=args.threads, log_every=50)
    fit(task, plan, args.work / "tags")
    export(network, task.module["crf"], args.out, {"version": VERSION})


if __name__ == "__main__":
    main()
