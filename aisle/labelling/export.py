"""Judgements as files: TREC qrels with their topics, and the labelled lines that training and evaluation read."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from aisle.labelling.agreement import by_pair, settled_grade
from aisle.labelling.pseudo import PseudoLabel
from aisle.store.judgements import Judgement, LabelQuery, Pair

PictureOf = Callable[[str], str]
"""From the name of a picture in the store's media to what a line should say: its path."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a pair's raters say together."""

    query: LabelQuery
    product: str
    grade: int
    raters: int

    @property
    def topic(self) -> str:
        return topic(self.query)


def settled(pairs: Iterable[Pair], judgements: Iterable[Judgement]) -> list[Label]:
    """The labels there are, in the order of the queues; a pair of several rounds is one. Open disputes are left out."""
    grades = by_pair(judgements)
    joined: dict[tuple[LabelQuery, str], list[int]] = defaultdict(list)
    for pair in pairs:
        if pair.id in grades:
            joined[pair.query, pair.product] += grades[pair.id].values()
    found = ((key, settled_grade(given), len(given)) for key, given in joined.items())
    return [Label(query, product, grade, raters) for (query, product), grade, raters in found if grade is not None]


def topic(query: LabelQuery) -> str:
    """A short name for a query, the same in every export."""
    return hashlib.sha256(f"{query.text}\0{query.image or ''}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def qrels(labels: Iterable[Label]) -> Iterator[str]:
    """``topic 0 product grade`` (trec_eval's format); an id's spaces are percent-encoded, since spaces part columns."""
    for label in labels:
        yield f"{label.topic} 0 {quote(label.product, safe='!$&()*+,-./:;<=>?@[]^_|~')} {label.grade}"


def topics(labels: Iterable[Label], picture: PictureOf) -> Iterator[str]:
    """``topic, words, picture`` separated by tabs: what the names in the qrels stand for."""
    for query in dict.fromkeys(label.query for label in labels):
        words = " ".join(query.text.split())
        yield "\t".join([topic(query), words, *([picture(query.image)] if query.image else [])])


def labelled_lines(labels: Iterable[Label], picture: PictureOf) -> Iterator[str]:
    """JSON Lines for ``aisle train --labels`` and ``aisle evaluate``."""
    for label in labels:
        yield _line(label.query, picture, {"product": label.product, "grade": label.grade})


def pseudo_lines(labels: Iterable[PseudoLabel], picture: PictureOf) -> Iterator[str]:
    """The same with a weight and where the label is from."""
    for label in labels:
        said = {
            "product": label.product,
            "grade": label.grade,
            "weight": round(label.weight, 4),
            "source": label.source,
        }
        yield _line(label.query, picture, said)


def _line(query: LabelQuery, picture: PictureOf, said: Mapping[str, object]) -> str:
    asked = {"query": query.text} if query.text else {}
    photo = {"photo": picture(query.image)} if query.image else {}
    return json.dumps({**asked, **photo, **said}, ensure_ascii=False)
