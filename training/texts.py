"""Facts into the words shoppers use, zh and en; pairs of texts that mean the same; the tokenizer."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from training.lexicon import Lexicon
from training.sources import Picture, lines

MENTION = {
    "type": 0.9,
    "item": 0.55,
    "color": 0.7,
    "gender": 0.5,
    "usage": 0.15,
    "season": 0.08,
    "material": 0.35,
    "pattern": 0.35,
}
"""How often a fact is said when it is known."""

ORDER = ("season", "gender", "usage", "color", "pattern", "material", "item", "type")
TITLES = 0.15
FRAMES = {
    "en": ("{}", "{}", "{}", "{}", "a {}", "photo of {}", "i want {}", "looking for {}", "buy {} online", "{} please"),
    "zh": ("{}", "{}", "{}", "{}", "一件{}", "我想买{}", "有没有{}", "找{}", "{}推荐", "{}图片"),
}


def describe(picture: Picture, lexicon: Lexicon, rng: np.random.Generator) -> tuple[str, frozenset[str]]:
    """A text that fits ``picture``, and the kinds of fact that it mentions ("group": it is the title)."""
    language = "zh" if rng.random() < 0.45 else "en"
    if language in picture.titles and rng.random() < TITLES:
        return picture.titles[language], frozenset({"group"})
    known = [kind for kind in ORDER if kind in picture.facts]
    said = [kind for kind in known if rng.random() < MENTION[kind]] or known[-1:]
    words = [_name(lexicon, kind, picture.facts[kind], language, rng) for kind in said]
    if language == "en":
        if rng.random() < 0.15:
            rng.shuffle(words)
        text = " ".join(words)
        text = text if rng.random() < 0.25 else text.lower()
    else:
        text = ("" if rng.random() < 0.7 else " ").join(words)
    frames = FRAMES[language]
    return frames[rng.integers(len(frames))].format(text), frozenset(said)


def _name(lexicon: Lexicon, kind: str, value: str, language: str, rng: np.random.Generator) -> str:
    entry = lexicon.find(kind, value)
    if entry is None:
        return value
    names = entry.names[language]
    return names[0] if rng.random() < 0.5 else names[rng.integers(len(names))]


class Pairs:
    """Two texts with one meaning: two names of a thing, a title and its part, a query and its class."""

    def __init__(self, lexicon: Lexicon, titles: list[str], queries: list[str], classes: list[tuple[str, str]]) -> None:
        self.lexicon = lexicon
        self.things = lexicon.of("type") + lexicon.of("item")
        self.qualities = [entry for entry in lexicon.entries if entry.kind not in ("type", "item")]
        self.titles, self.queries, self.classes = titles, queries, classes

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        kind = rng.random()
        if kind < 0.55:
            return self._translated(rng)
        if kind < 0.72:
            words = self.titles[rng.integers(len(self.titles))].split()
            return _part(words, rng, " "), _part(words, rng, " ")
        if kind < 0.9:
            letters = list(self.queries[rng.integers(len(self.queries))])
            return _part(letters, rng, ""), _part(letters, rng, "")
        return self.classes[rng.integers(len(self.classes))]

    def _translated(self, rng: np.random.Generator) -> tuple[str, str]:
        chosen = [self.things[rng.integers(len(self.things))]] if rng.random() < 0.9 else []
        for _ in range(rng.integers(0 if chosen else 1, 3)):
            chosen.insert(0, self.qualities[rng.integers(len(self.qualities))])
        first, second = ("en", "zh") if rng.random() < 0.7 else ("en", "en") if rng.random() < 0.5 else ("zh", "zh")
        return tuple(  # type: ignore[return-value]
            (" " if language == "en" else "").join(
                entry.names[language][rng.integers(len(entry.names[language]))] for entry in chosen
            )
            for language in (first, second)
        )


def _part(pieces: list[str], rng: np.random.Generator, joint: str) -> str:
    """At least 60 % of ``pieces``, consecutive."""
    length = max(1, round(len(pieces) * rng.uniform(0.6, 1.0)))
    start = int(rng.integers(0, len(pieces) - length + 1))
    return joint.join(pieces[start : start + length])


def load_pairs(root: Path, lexicon: Lexicon) -> Pairs:
    """From electronics (every third title), zh_queries, and the clicked or judged classes of real queries."""
    titles = [str(row["title"]) for i, row in enumerate(lines(root / "electronics/products.jsonl")) if i % 3 == 0]
    queries = (root / "zh_queries/queries.txt").read_text(encoding="utf-8").split("\n")
    classes = [(str(row["query"]), str(row["category"])) for row in lines(root / "electronics/queries_train.jsonl")]
    with (root / "product_queries/home_goods_en.tsv").open(encoding="utf-8", newline="") as file:
        classes += [
            (row["query"], row["query_class"]) for row in csv.DictReader(file, delimiter="\t") if row["query_class"]
        ]
    return Pairs(lexicon, [t for t in titles if t.strip()], [q.strip() for q in queries if len(q.strip()) > 1], classes)


def captions(root: Path) -> Iterator[str]:
    for path in sorted((root / "composed_captions").glob("*.train.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            yield from row["captions"]


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> str:
    """tokenizer.json: byte-pair pieces of NFKC, lower-case text; 0 pads, 1 opens every text, so that none is empty."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="[unk]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.NFD(), normalizers.StripAccents()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["[pad]", "[cls]", "[unk]"],
        limit_alphabet=5000,
        max_token_length=16,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="[cls] $A", special_tokens=[("[cls]", 1)])
    return tokenizer.to_str()
