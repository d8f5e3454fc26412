"""What is said in Chinese: shopping queries, names of the lexicon and of the demo shop in carriers, prices, and syllables for their own sake."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import jieba
import numpy as np
from pypinyin import Style, lazy_pinyin, pinyin

from aisle.speech.pinyin import LETTERS, numeral, pieces
from aisle.understanding.lexicon import Lexicon
from training.sources import share
from training.speech.spoken import SILENT, Spoken, Ways

HELD = 0.05
"""Share of the real queries that no training step hears (by hash)."""

CARRIERS = (
    "我想要{}", "我要{}", "我想买{}", "想买{}", "有没有{}", "有{}吗", "给我找{}", "帮我找一下{}", "找一个{}", "看看{}", "搜索{}", "来一双{}", "来一件{}",
    "我在找{}", "请问有{}吗", "{}多少钱", "推荐一款{}", "最便宜的{}", "好看的{}", "送礼物的{}", "{}有什么推荐", "要一个{}", "还有别的{}吗",
)  # fmt: skip
AFTER = (
    "{}以内", "{}以下", "{}块以内", "{}元以下", "不超过{}", "{}左右", "{}块钱", "{}到{}之间", "便宜一点", "不要{}色的", "不要黑色", "不要{}的", "要{}的",
    "换成{}的", "最好是{}", "送妈妈", "男款", "女款", "儿童", "大号", "小号", "新款", "打折的", "只要{}的", "不是，{}的",
)  # fmt: skip
_NUMBERS = (
    20,
    30,
    50,
    80,
    99,
    100,
    120,
    150,
    199,
    200,
    250,
    299,
    300,
    400,
    500,
    600,
    800,
    999,
    1000,
    1500,
    2000,
    3000,
    5000,
    10000,
)


@cache
def syllables() -> tuple[str, ...]:
    """All syllables of standard Chinese, by pypinyin's readings of jieba's characters; without hums (hm, ng)."""
    jieba.initialize()
    singles = [
        word for word, count in jieba.dt.FREQ.items() if len(word) == 1 and count and "\u4e00" <= word <= "\u9fff"
    ]
    found = {read for one in singles for read in pinyin(one, style=Style.NORMAL, heteronym=True)[0]}
    return tuple(sorted(read for read in found if re.fullmatch(r"[a-z]*[aeiouv][a-z]*", read)))


def parts(syllable: str) -> tuple[str, str]:
    """ "shuang" → ("sh", "uang"); what is written y, w and after j, q, x in short is written out: yan → ("", "ian")."""
    if syllable.startswith("y"):
        rest = syllable[1:]
        rest = "v" + rest[1:] if rest.startswith("u") else rest if rest.startswith("i") else "i" + rest
        return "", rest
    if syllable.startswith("w"):
        return "", syllable[1:] if syllable[1:].startswith("u") else "u" + syllable[1:]
    found = re.match(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs]?)(.+)", syllable)
    assert found
    initial, final = found.groups()
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    if final == "i" and initial in ("zh", "ch", "sh", "r"):
        final = "ir"
    elif final == "i" and initial in ("z", "c", "s"):
        final = "iz"
    return initial, final


def spoken(text: str, rng: np.random.Generator) -> Spoken:
    """A text as it is read aloud. Words are joined or said one syllable at a time; tones of "yi" and "bu" mostly shift."""
    words: list[str] = []
    flat: list[str] = []
    known = set(syllables())
    joined, shifted = rng.random() < 0.7, rng.random() < 0.8
    for run in pieces(text):
        for word in jieba.cut("".join(run)):
            read: list[str] = []
            for part in re.findall(r"[\u4e00-\u9fff]+|.", word):
                if part.isascii():
                    read += [f"{one}{_LETTER_TONES.get(one, 1)}" for one in LETTERS[part.lower()].split()]
                else:
                    read += lazy_pinyin(part, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=shifted)
            if not all(one[:-1] in known and one[-1] in "12345" for one in read):
                continue
            words += ["".join(read)] if joined else read
            flat += [one[:-1] for one in read]
    return Spoken(tuple(words), tuple(flat))


_LETTER_TONES = {"ti": 4, "ai": 4, "en": 1, "bi": 4, "fu": 5, "si": 5, "a": 4}


def random_syllables(rng: np.random.Generator) -> Spoken:
    """Two to six syllables that mean nothing: the rare ones are heard as often as the common ones."""
    count = int(rng.integers(2, 7))
    flat = [str(one) for one in rng.choice(syllables(), count)]
    toned = [f"{one}{rng.integers(1, 5)}" for one in flat]
    return Spoken(tuple(toned) if rng.random() < 0.5 else ("".join(toned),), tuple(flat))


_SOUTH = (
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("ing", "in"),
    ("eng", "en"),
    ("n", "l"),
    ("l", "n"),
    ("h", "f"),
    ("ang", "an"),
)


def accented(heard: Spoken, rng: np.random.Generator) -> Spoken:
    """The same said with an accent: what many people don't tell apart falls together, and tones go astray. It still means the same
    syllables."""
    words = list(heard.words)
    known = set(syllables())
    if rng.random() < 0.5:
        old, new = _SOUTH[rng.integers(len(_SOUTH))]
        at_end = old[0] in "aeiou"

        def said(found: re.Match[str]) -> str:
            own, tone = found.group(1), found.group(2)
            other = own
            if at_end and own.endswith(old):
                other = own[: -len(old)] + new
            elif not at_end and own.startswith(old) and own[len(old) :][:1] in "aeiouv":
                other = new + own[len(old) :]
            return (other if other in known else own) + tone

        words = [re.sub(r"([a-z]+)([1-5])", said, word) for word in words]
    else:
        wrong = rng.random() * 0.6
        words = [
            re.sub(r"[1-5]", lambda m: str(rng.integers(1, 5)) if rng.random() < wrong else m.group(), word)
            for word in words
        ]
    return Spoken(tuple(words), heard.units)


class Teller:
    """Draws what is said next."""

    def __init__(self, data: Path | None, shop: Path | None) -> None:
        lexicon: Lexicon = Lexicon.load(world=None)
        by_kind: dict[str, list[str]] = {}
        for entry in lexicon.entries:
            by_kind.setdefault(entry.kind, []).extend(entry.names.get("zh", ()))
        self._kinds = by_kind
        self._queries = [query for query in queries(data) if share(query) >= HELD] if data else []
        self._products = products(shop, held=False) if shop else []
        ways: list[tuple[float, Callable[[np.random.Generator], str | None]]] = [
            (0.30, self._asked),
            (0.06, self._priced),
        ]
        if self._queries:
            ways.append((0.34, self._query))
        if self._products:
            ways.append((0.15, self._product))
        ways.append((0.15, lambda rng: None))
        self._ways = Ways(ways)

    def draw(self, rng: np.random.Generator) -> Spoken:
        """One utterance; without syllables where nobody speaks."""
        if rng.random() < SILENT:
            return Spoken((), ())
        while True:
            text = self._ways.draw(rng)
            heard = random_syllables(rng) if text is None else spoken(text, rng)
            if 1 <= len(heard.units) <= 18:
                return accented(heard, rng) if rng.random() < 0.25 else heard

    def _one(self, rng: np.random.Generator, *kinds: str) -> str:
        names = self._kinds[kinds[rng.integers(len(kinds))]]
        return names[rng.integers(len(names))]

    def _query(self, rng: np.random.Generator) -> str:
        text = self._queries[rng.integers(len(self._queries))]
        return _carried(text, rng) if rng.random() < 0.15 else text

    def _asked(self, rng: np.random.Generator) -> str:
        text = self._one(rng, "type", "type", "item")
        for kind, often in (
            ("color", 0.4),
            ("material", 0.2),
            ("pattern", 0.1),
            ("gender", 0.15),
            ("quality", 0.2),
            ("brand", 0.1),
        ):
            if rng.random() < often:
                text = self._one(rng, kind) + ("的" if rng.random() < 0.3 else "") + text
        if rng.random() < 0.4:
            text = _carried(text, rng)
        if rng.random() < 0.25:
            text += self._after(rng)
        return text

    def _after(self, rng: np.random.Generator) -> str:
        ending = AFTER[rng.integers(len(AFTER))]
        colour = (
            "的}" in ending or "色" in ending or "是" in ending or "不要" in ending or "要" in ending or "换" in ending
        )
        while "{}" in ending:
            ending = ending.replace(
                "{}", self._one(rng, "color").removesuffix("色") if colour else numeral(_number(rng)), 1
            )
        return ending

    def _priced(self, rng: np.random.Generator) -> str:
        return f"{numeral(_number(rng))}{('块', '元', '块钱', '以内', '以下', '左右', '码', '毫升', '厘米', '个', '')[rng.integers(11)]}"

    def _product(self, rng: np.random.Generator) -> str:
        return said_title(self._products[rng.integers(len(self._products))], rng)


def _number(rng: np.random.Generator) -> str:
    return str(
        _NUMBERS[rng.integers(len(_NUMBERS))] if rng.random() < 0.5 else rng.integers(1, 10 ** rng.integers(1, 5))
    )


def _carried(text: str, rng: np.random.Generator) -> str:
    return CARRIERS[rng.integers(len(CARRIERS))].format(text)


def said_title(title: str, rng: np.random.Generator) -> str:
    """Some of a title's words in a row, as somebody would ask for it."""
    words = [word for word in re.split(r"[\s【】|/()（）·,，]+", title) if word]
    first = int(rng.integers(len(words)))
    last = int(rng.integers(first, min(first + 3, len(words))))
    return "".join(words[first : last + 1])


def queries(data: Path) -> list[str]:
    """The real shopping queries (Multi-CPR)."""
    return (data / "zh_queries" / "queries.txt").read_text(encoding="utf-8").split("\n")[:-1]


def held_queries(data: Path) -> Sequence[str]:
    """Those that no training step hears and of which all can be said."""
    return [query for query in queries(data) if share(query) < HELD and re.fullmatch(r"[\u4e00-\u9fff]{2,12}", query)]


def products(shop: Path, held: bool) -> list[str]:
    """Chinese titles of a generated demo shop: of the products that training knows, or of the others."""
    splits = {}
    for line in (shop / "splits.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        splits[row["product"]] = row["split"]
    rows = [json.loads(line) for line in (shop / "products.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row["title_zh"] for row in rows if row.get("title_zh") and (splits.get(row["id"]) != "train") == held]


WORDS, CHARACTERS = 6_000, 3_000
"""Commonest words and characters that the recogniser knows of any shop."""


def common_words(data: Path | None) -> list[tuple[str, int]]:
    """Words of the real queries that training hears, with counts; and jieba's commonest characters, as rare as its rarest such words.
    Without the queries, jieba's own commonest words."""
    jieba.initialize()
    han = re.compile(r"[\u4e00-\u9fff]+")
    alone = Counter({one: number for one, number in jieba.dt.FREQ.items() if len(one) == 1 and han.fullmatch(one)})
    if data:
        seen = Counter(
            word for query in queries(data) if share(query) >= HELD for word in jieba.cut(query) if han.fullmatch(word)
        )
    else:
        seen = Counter(
            {word: number for word, number in jieba.dt.FREQ.items() if len(word) > 1 and han.fullmatch(word)}
        )
    words = dict(seen.most_common(WORDS))
    for one, _ in alone.most_common(CHARACTERS):
        words.setdefault(one, min(words.values()))
    return sorted(words.items(), key=lambda pair: (-pair[1], pair[0]))
