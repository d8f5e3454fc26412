"""What a shop's customers say in Chinese, character by character: which characters a syllable may be, and how likely each is next.

An n-gram model over (written, syllable) pairs with Witten–Bell smoothing (Witten & Bell 1991): its counts are the shop's phrases by
their weights, words of asking, amounts, and, faintly, the commonest words of any shop, so that nothing is unthinkable. A phrase may follow
any other.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from aisle.speech.pinyin import Said, numeral, said

ORDER = 4
WEIGHT = 0.55
"""How much the language model weighs beside the sound."""
BONUS = 0.9
"""Added for each character: without it short texts would win."""
START, END = 0, 1
"""The ordinals of a phrase's beginning and end; characters follow."""
MANY = 40_000
"""Phrases at most, the weightiest: seconds of building."""
CHOICES = 8
"""Characters at most that a syllable is read as, at one place."""
WORDS = Path(__file__).with_name("network") / "words.tsv"
"""The commonest words of Chinese shopping queries, with counts, the commonest first: made by ``python -m training.speech``."""
GENERAL = 9_000
"""How many of them are known beside the shop's own."""
_GENERAL_SHARE = 0.1
_ASKING_SHARE = 0.15
_AGAIN = 0.5
"""How likely another phrase follows where one may end."""

ASKING = (
    "我想要", "我要", "我想买", "想买", "想要", "有没有", "有", "吗", "给我找", "帮我找", "帮我找一下", "找一个", "找一双", "找一件", "看看", "搜索", "搜一下",
    "来一双", "来一件", "来一个", "我在找", "请问", "请问有没有", "多少钱", "推荐一款", "推荐", "最便宜的", "便宜的", "便宜一点", "好看的", "的", "和", "或者",
    "不要", "要", "只要", "换成", "最好是", "不是", "以内", "以下", "以上", "左右", "不超过", "块", "块钱", "元", "块以内", "元以内", "元以下", "到", "之间",
    "男款", "女款", "儿童", "大号", "小号", "中号", "新款", "打折的", "送妈妈", "送女朋友", "送礼物", "一个", "一双", "一件", "码", "厘米", "毫升",
    "红色", "蓝色", "黑色", "白色", "绿色", "黄色", "灰色", "粉色", "紫色", "棕色", "橙色", "米色", "颜色", "红色的", "蓝色的", "黑色的", "白色的",
)  # fmt: skip


class Hanzi:
    """``phrases`` maps what may be said to its weight (any positive number). Building takes about a second for 10,000."""

    start: tuple[int, ...] = (START,)
    beam = 24

    def __init__(self, phrases: Mapping[str, float], general: int = GENERAL) -> None:
        self.written: list[str] = ["", ""]
        self.syllable: list[str] = ["", ""]
        self._ordinals: dict[tuple[str, str], int] = {}
        self._of: dict[str, list[int]] = defaultdict(list)
        self._follows: dict[tuple[int, ...], dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self._learn(phrases, general)
        self._sums = {context: sum(counts.values()) for context, counts in self._follows.items()}
        self._begun: dict[str, list[tuple[int, float]]] = {}
        self._known: dict[tuple[tuple[int, ...], str], tuple[tuple[int, float], ...]] = {}

    def _learn(self, phrases: Mapping[str, float], general: int) -> None:
        """Own phrases count about one each; all the others together a share of them."""
        heaviest = sorted(phrases.items(), key=lambda pair: (-pair[1], pair[0]))[:MANY]
        middle = heaviest[len(heaviest) // 2][1] if heaviest else 1.0
        whole = 0.0
        for text, weight in heaviest:
            count = min(max(weight / middle, 0.1) ** 0.75, 50.0)
            for run in said(text):
                self._count(run, count)
                whole += count
        whole = max(whole, 300.0)
        asked = [run for text in (*ASKING, *_amounts()) for run in said(text)]
        for run in asked:
            self._count(run, whole * _ASKING_SHARE / len(asked))
        common = _common(general)
        total = sum(count for _, count in common)
        for run, count in common:
            self._count(run, whole * _GENERAL_SHARE * count / total)

    def _count(self, run: Said, count: float) -> None:
        ordinals = [START, *(self._ordinal(pair) for pair in run), END]
        for at in range(1, len(ordinals)):
            for before in range(min(ORDER, at + 1)):
                self._follows[tuple(ordinals[at - before : at])][ordinals[at]] += count

    def _ordinal(self, pair: tuple[str, str]) -> int:
        found = self._ordinals.get(pair)
        if found is None:
            found = self._ordinals[pair] = len(self.written)
            self.written.append(pair[0])
            self.syllable.append(pair[1])
            self._of[pair[1]].append(found)
        return found

    def probability(self, context: tuple[int, ...], ordinal: int) -> float:
        """Of ``ordinal`` (a character, or END) after the last ORDER − 1 ordinals, within a phrase."""
        return self._chance(self._levels(context), ordinal)

    def _levels(self, context: tuple[int, ...]) -> list[tuple[dict[int, float], float, float]]:
        """From no history to the longest that was seen: what follows it, what new kinds count, and the sum of both."""
        levels = []
        for length in range(min(len(context), ORDER - 1) + 1):
            history = context[len(context) - length :]
            counts = self._follows.get(history)
            if counts is None:
                break
            new = len(counts) * self._scale(history)
            levels.append((counts, new, self._sums[history] + new))
        return levels

    def _chance(self, levels: list[tuple[dict[int, float], float, float]], ordinal: int) -> float:
        found = 1.0 / (len(self.written) - 1)
        for counts, new, whole in levels:
            found = (counts.get(ordinal, 0.0) + new * found) / whole
        return found

    def _scale(self, history: tuple[int, ...]) -> float:
        """What one new kind counts: as much as the mean count, at most 1 (general words count far less than 1 each)."""
        return min(1.0, self._sums[history] / len(self._follows[history]))

    def after(self, context: tuple[int, ...], syllable: str) -> list[tuple[int, tuple[int, ...], float]]:
        """The likeliest characters that ``syllable`` may be; the context after each, and what the language says to it."""
        return [
            (ordinal, (*context, ordinal)[-(ORDER - 1) :], WEIGHT * chance + BONUS)
            for ordinal, chance in self.characters(context, syllable)
        ]

    def characters(self, context: tuple[int, ...], syllable: str) -> tuple[tuple[int, float], ...]:
        """The likeliest characters that ``syllable`` may be after ``context``, with the logarithms of their probabilities."""
        key = (context, syllable)
        found = self._known.get(key)
        if found is None:
            levels = self._levels(context)
            again = _AGAIN * self._chance(levels, END) if context != (START,) else 0.0
            chances = []
            for ordinal, fresh in self._beginning(syllable):
                chance = self._chance(levels, ordinal) + again * fresh
                chances.append((math.log(chance), ordinal))
            chances.sort(reverse=True)
            found = tuple((ordinal, chance) for chance, ordinal in chances[:CHOICES])
            if len(self._known) > 200_000:
                self._known.clear()
            self._known[key] = found
        return found

    def _beginning(self, syllable: str) -> list[tuple[int, float]]:
        """All characters that a syllable may be, with how likely a phrase begins with each."""
        found = self._begun.get(syllable)
        if found is None:
            levels = self._levels((START,))
            found = self._begun[syllable] = [(one, self._chance(levels, one)) for one in self._of.get(syllable, ())]
        return found

    def end(self, context: tuple[int, ...]) -> float:
        """How likely nothing follows."""
        return WEIGHT * math.log(self.probability(context, END))

    def read(self, ordinals: Iterable[int]) -> str:
        return "".join(self.written[ordinal] for ordinal in ordinals)


@cache
def _amounts() -> tuple[str, ...]:
    round_numbers = [
        *range(1, 21),
        *range(30, 100, 10),
        *range(100, 1000, 50),
        *range(1000, 10_000, 500),
        99,
        199,
        299,
        399,
        499,
        599,
        999,
    ]
    return tuple(numeral(str(number)) + unit for number in round_numbers for unit in ("", "以内", "块", "元"))


@cache
def _common(count: int) -> tuple[tuple[Said, float], ...]:
    """The commonest words of shopping queries, and common characters alone, with how often they were seen."""
    found = []
    for line in WORDS.read_text(encoding="utf-8").splitlines()[:count]:
        word, number = line.split("\t")
        found += [(run, float(number) ** 0.75) for run in said(word)]
    return tuple(found)
