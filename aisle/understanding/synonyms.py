"""Words that mean the same, from the settings or a file, added to a query's clauses as further ways to be met.

A file has a group a line: ``sofa, couch, settee`` all mean each other; ``trainers => sneakers, running shoes`` holds one way.
``#`` starts a comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aisle.errors import InvalidRequest
from aisle.perception.text import Alternative, Clause, clauses

WEIGHT = 0.8
"""What a synonym is worth beside the word itself."""
HEAD_WEIGHT = 0.4
"""What the last word of a synonym phrase is worth alone: a "mobile phone" is a phone."""
MAX_WORDS = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the terms ``source`` stand in a row, each of ``targets`` (term sequences) is meant too."""

    source: tuple[str, ...]
    targets: tuple[tuple[str, ...], ...]


def parse_lines(lines: Iterable[str]) -> list[tuple[list[str], list[str]]]:
    """(sources, targets) of each line of a synonyms file; equal lists for a group. Raises InvalidRequest naming the line."""
    parsed = []
    for number, line in enumerate(lines, 1):
        line = line.split("#", 1)[0].strip().replace("，", ",").replace("、", ",")
        if not line:
            continue
        left, arrow, right = line.partition("=>")
        sources = [word.strip() for word in left.split(",") if word.strip()]
        targets = [word.strip() for word in right.split(",") if word.strip()] if arrow else sources
        if not sources or not targets or (not arrow and len(sources) < 2):
            raise InvalidRequest(
                f"Line {number} of the synonyms isn't a group: {line[:80]!r}",
                field=f"synonyms.{number}",
                hint="Write 'sofa, couch' or 'trainers => sneakers'.",
            )
        parsed.append((sources, targets))
    return parsed


class Synonyms:
    """Rules by the first term of their source. Immutable."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._by_first: dict[str, list[Rule]] = {}
        for rule in rules:
            self._by_first.setdefault(rule.source[0], []).append(rule)
        for known in self._by_first.values():
            known.sort(key=lambda rule: -len(rule.source))

    @classmethod
    def parse(cls, groups: Iterable[Sequence[str]] = (), lines: Iterable[str] = ()) -> Synonyms:
        """From the settings' groups and a file's lines. A group's entry may itself hold ``=>``."""
        pairs: list[tuple[list[str], list[str]]] = []
        for group in groups:
            if len(group) == 1 and "=>" in group[0]:
                pairs += parse_lines(group)
            else:
                pairs.append((list(group), list(group)))
        pairs += parse_lines(lines)
        rules: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
        for sources, targets in pairs:
            meant = [terms for target in targets if (terms := _terms(target))]
            for source in sources:
                if terms := _terms(source):
                    rules.setdefault(terms, {}).update(dict.fromkeys(target for target in meant if target != terms))
        return cls(Rule(source, tuple(targets)) for source, targets in rules.items() if targets)

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def expand(self, query: Sequence[Clause]) -> list[Clause]:
        """The clauses with synonyms as alternatives of less weight; the longest phrase at a word counts."""
        added: list[dict[str, float]] = [{} for _ in query]
        for at in range(len(query)):
            rule = next((rule for rule in self._rules_at(query, at)), None)
            if rule is None:
                continue
            span = added[at : at + len(rule.source)]
            for target in rule.targets:
                for place, ways in enumerate(span):
                    for term, weight in _stand_ins(target, place, len(span)):
                        ways[term] = max(weight, ways.get(term, 0.0))
        return [_with(clause, ways) for clause, ways in zip(query, added, strict=True)]

    def _rules_at(self, query: Sequence[Clause], at: int) -> Iterable[Rule]:
        for first in _full(query[at]):
            for rule in self._by_first.get(first, ()):
                rest = query[at : at + len(rule.source)]
                if len(rest) == len(rule.source) and all(
                    term in _full(clause) for term, clause in zip(rule.source, rest, strict=True)
                ):
                    yield rule


def _stand_ins(target: tuple[str, ...], place: int, width: int) -> list[tuple[str, float]]:
    """What the word at ``place`` of a matched phrase of ``width`` words may be met by."""
    if len(target) == 1:
        return [(target[0], WEIGHT)]
    if len(target) == width:
        return [(target[place], WEIGHT)]
    return [("".join(target), WEIGHT), (target[-1], HEAD_WEIGHT)]


def _with(clause: Clause, ways: dict[str, float]) -> Clause:
    own = {way.term for way in clause.alternatives}
    new = tuple(Alternative(term, weight) for term, weight in ways.items() if term not in own)
    return replace(clause, alternatives=(*clause.alternatives, *new)) if new else clause


def _full(clause: Clause) -> list[str]:
    """The terms that are the word itself, not a part of it."""
    return [way.term for way in clause.alternatives if way.weight == 1.0]


def _terms(phrase: str) -> tuple[str, ...]:
    return tuple(clause.alternatives[0].term for clause in clauses(phrase)[:MAX_WORDS])
