"""Phrases → the sentences in which English shoppers say them: alone, asked for, joined, bounded, corrected."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from aisle.speech.pronouncing import words_of

SEED = 17
DRAWN = 40_000
"""Most sentences of several parts that are drawn; a small shop's fewer phrases need fewer."""
LEAST_DRAWN = 6_000
A_PHRASE = 8
"""Sentences drawn for each phrase, between those bounds."""
ALONE = 0.5
"""Share of what is said that is a phrase alone."""
COMMAND = 0.0005
"""Share that is a given command."""

ASKING = (
    "show me", "show me some", "i'm looking for", "i'm looking for a", "looking for", "i am looking for", "i want",
    "i want a", "i want to buy", "i need", "i need a", "i need some", "i'd like", "i'd like a", "i would like",
    "i would like a", "can i get", "can i get a", "can i have", "can i have a", "could i have", "could i get a",
    "may i have", "let me have", "let me get", "give me", "give me a", "get me", "get me a", "find", "find me", "find me a",
    "search for", "do you have", "do you have any", "do you sell", "have you got", "is there", "are there any",
    "what about", "how about", "order", "i'll have", "i'll take", "i'll have a", "make me a", "please show me", "hi can i get a",
    "the", "a", "an", "some", "any", "a pair of", "a set of", "a pack of", "a box of", "a bottle of", "a cup of",
    "cheap", "the cheapest", "best", "the best", "good", "new", "a new",
)  # fmt: skip
JOINING = (
    "", "", "", "with", "with a", "with some", "and", "and a", "and some", "in", "in a", "for", "for a", "of", "on", "or",
    "without", "but not", "not", "no", "to go with", "made of", "by", "from", "that is", "which is", "please with", "as",
)  # fmt: skip
AMOUNTS = (
    "a lot of", "lots of", "a little", "a little bit of", "a bit of", "some", "extra", "more", "less", "no", "plenty of",
    "just a little", "one", "two", "three", "four", "a couple of", "half",
)  # fmt: skip
FOR = (
    "for men", "for women", "for kids", "for boys", "for girls", "for my son", "for my daughter", "for my wife",
    "for my husband", "for a gift", "for the summer", "for winter", "for work", "for running", "for a party", "for home",
    "on sale", "in stock", "with free shipping",
)  # fmt: skip
CLOSING = ("", "", "please", "please", "thank you", "thanks", "and that's it", "that's all", "to go", "for now")
LESS = (
    "under",
    "below",
    "less than",
    "cheaper than",
    "up to",
    "for less than",
    "at most",
    "not more than",
    "for under",
)
MORE = ("over", "above", "more than", "at least", "from", "around", "about", "for")
CURRENCIES = ("dollars", "dollars", "dollars", "bucks", "pounds", "euros")
CORRECTING = (
    "no",
    "no i meant",
    "not that i want",
    "i mean",
    "sorry",
    "actually",
    "rather",
    "instead",
    "no the",
    "but in",
    "only",
)
COMMANDS = (
    "show me more", "cheaper", "cheaper ones", "something cheaper", "the first one", "the second one", "the third one",
    "the last one", "go back", "undo", "start over", "next", "next page", "previous", "stop", "yes", "no", "thank you",
    "more like this", "similar ones", "sort by price", "cheapest first", "in another color", "the other one", "add to cart",
    "what else do you have", "tell me more", "read it to me", "how much is it",
)  # fmt: skip
PRICES = (
    5,
    10,
    15,
    20,
    25,
    30,
    35,
    40,
    45,
    50,
    60,
    70,
    75,
    80,
    90,
    100,
    120,
    150,
    200,
    250,
    300,
    400,
    500,
    600,
    700,
    800,
    900,
    1000,
)


def sentences(phrases: Mapping[str, float]) -> Iterator[tuple[Sequence[str], float]]:
    """Rows of words with their weights; the same for the same phrases."""
    said = sorted((text, weight) for text, weight in phrases.items() if weight > 0)
    rows = [(words_of(text), weight) for text, weight in said]
    rows = [(words, weight) for words, weight in rows if words]
    whole = sum(weight for _, weight in rows) or 1.0
    drawn = min(DRAWN, max(LEAST_DRAWN, A_PHRASE * len(rows)))
    for words, weight in rows:
        yield words, ALONE * drawn * weight / whole
    for command in COMMANDS:
        yield words_of(command), COMMAND * drawn
    yield from _drawn(rows, drawn)


def _drawn(rows: Sequence[tuple[list[str], float]], number: int) -> Iterator[tuple[Sequence[str], float]]:
    draw = random.Random(SEED)
    short = [(words, weight) for words, weight in rows if len(words) <= 4]
    if not short:
        return
    sums = list(accumulate(weight for _, weight in short))
    lists = [words for words, _ in short]
    for _ in range(number):
        sentence: list[str] = []
        if draw.random() < 0.75:
            sentence += draw.choice(ASKING).split()
        elif draw.random() < 0.15:
            sentence += draw.choice(CORRECTING).split()
        parts = draw.choices((1, 2, 3, 4), (5, 3, 2, 1))[0]
        for at, words in enumerate(draw.choices(lists, cum_weights=sums, k=parts)):
            if at:
                sentence += draw.choice(JOINING).split()
            if draw.random() < 0.2:
                sentence += draw.choice(AMOUNTS).split()
            sentence += words
        if draw.random() < 0.25:
            sentence += _bound(draw)
        if draw.random() < 0.15:
            sentence += draw.choice(FOR).split()
        sentence += draw.choice(CLOSING).split()
        yield sentence, 1.0 - ALONE


def _bound(draw: random.Random) -> list[str]:
    """A price: "under 50 dollars", "between 20 and 40"."""
    currency = [draw.choice(CURRENCIES)] if draw.random() < 0.85 else []
    if draw.random() < 0.15:
        low, high = sorted(draw.sample(PRICES, 2))
        return ["between", str(low), "and", str(high), *currency]
    amount = draw.choice(PRICES) if draw.random() < 0.7 else draw.randint(1, 100)
    return [*draw.choice(LESS if draw.random() < 0.75 else MORE).split(), str(amount), *currency]
