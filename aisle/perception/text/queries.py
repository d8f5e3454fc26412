"""A query's words as clauses: what each may be called in the index, and what each way of writing it is worth."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from aisle.perception.text.analysis import Kind, Piece, scan
from aisle.perception.text.folding import QUERY_LIMIT, fold, origins
from aisle.perception.text.language import detect_language
from aisle.perception.text.words import STOP_WORDS

MAX_CLAUSES = 64
"""Words of a query that are searched; a longer query is a pasted text whose first words say most."""

CODE_WEIGHT = 1.5
"""What a model code counts for beside a word of the same rarity."""

_FORM = 0.8
_SHORT_COMPOUND = 6
_BARE_NUMBER = 0.5
_PART = 0.5
_LONG_NUMBER = 4
_HEAD_BIGRAM = 0.4
_LONE_CHARACTER = 0.6


@dataclass(frozen=True, slots=True)
class Alternative:
    """A term of the index and how well it stands for the word, in (0, 1]."""

    term: str
    weight: float


@dataclass(frozen=True, slots=True)
class Clause:
    """One word of a query: ``word`` as written (folded), its ``kind``, offsets into the query, its terms, best first, and
    its ``weight`` beside the others': a model code says more than its rarity tells."""

    word: str
    kind: Kind
    start: int
    end: int
    alternatives: tuple[Alternative, ...]
    weight: float = 1.0


def clauses(text: str, *, stop_words: Collection[str] = ()) -> list[Clause]:
    """One clause for each word of a query. Stop words (the languages' own and ``stop_words``) fall out unless nothing else
    is left. At most 64 clauses."""
    text = text[:QUERY_LIMIT]
    folded, back = fold(text), origins(text)
    pieces = scan(text, detect_language(text))
    groups: dict[int, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.group, []).append(piece)
    neighbours = groups.pop(-1, [])
    drafts: list[tuple[Piece, dict[str, float]]] = []
    for group in groups.values():
        drafts.extend(_han(group) if _is_han(group[0].term) else _written(group))
    for draft, ways in drafts:
        for joined in neighbours:
            if joined.start <= draft.start and draft.end <= joined.end:
                ways.setdefault(joined.term, 1.0)
    stops = STOP_WORDS | {fold(word) for word in stop_words}
    kept = [draft for draft in drafts if folded[draft[0].start : draft[0].end] not in stops] or drafts
    return [
        Clause(
            folded[piece.start : piece.end],
            piece.kind,
            back[piece.start] if back else piece.start,
            back[piece.end - 1] + 1 if back else piece.end,
            tuple(Alternative(*way) for way in sorted(ways.items(), key=lambda way: -way[1])),
            CODE_WEIGHT if piece.kind is Kind.CODE else 1.0,
        )
        for piece, ways in kept[:MAX_CLAUSES]
    ]


def _written(group: list[Piece]) -> list[tuple[Piece, dict[str, float]]]:
    """Clauses of one written word. Parts that are words of their own (``noise-cancelling``) ask for themselves; a part that
    half the catalog has (``hp`` of ``hp-q6511x``) is no alternative, for a clause is as rare as all its terms together."""
    main, *others = group
    if main.kind is Kind.COMPOUND and len(main.term) > _SHORT_COMPOUND:
        return [(piece, {piece.term: 1.0, main.term: 1.0}) for piece in others if piece.kind is not Kind.COMPOUND]
    ways: dict[str, float] = {main.term: 1.0}
    apart: list[tuple[Piece, dict[str, float]]] = []
    for piece in others:
        inside = main.start <= piece.start and piece.end <= main.end
        if not inside or (piece.kind is Kind.WORD and main.kind is Kind.CODE):
            if len(piece.term) > 2 or not inside:
                apart.append((piece, {piece.term: 1.0, main.term: 1.0} if inside else {piece.term: 1.0}))
        elif piece.term.isdigit():
            if len(piece.term) >= (_LONG_NUMBER if main.kind is Kind.CODE else 2):
                ways.setdefault(piece.term, _BARE_NUMBER)
        elif piece.end - piece.start == main.end - main.start and main.kind is Kind.WORD:
            ways.setdefault(piece.term, 1.0)  # the same word by another language's stemmer
        elif len(piece.term) > 1:
            ways.setdefault(piece.term, _FORM if main.kind in (Kind.CODE, Kind.UNIT) else _PART)
    return [(main, ways), *apart]


def _han(group: list[Piece]) -> list[tuple[Piece, dict[str, float]]]:
    """Clauses of a Han run. A word of three characters and more may be met by its last two, where a product's title is cut
    elsewhere; characters that are no word together count in full beside their neighbour, less alone."""
    words: dict[int, Piece] = {}
    for piece in group:
        if piece.kind is Kind.WORD:
            words.setdefault(piece.position, piece)
    bigrams = {(piece.start, piece.end): piece.term for piece in group if piece.end - piece.start == 2}
    found = []
    for word in words.values():
        ways = {word.term: 1.0}
        if len(word.term) > 2:
            ways.setdefault(word.term[-2:], _HEAD_BIGRAM)
        elif len(word.term) == 1 and len(words) > 1:
            around = [
                bigrams[span]
                for span, other in (
                    ((word.start, word.start + 2), words.get(word.position + 1)),
                    ((word.start - 1, word.end), words.get(word.position - 1)),
                )
                if span in bigrams and other is not None and len(other.term) == 1
            ]
            if around:
                ways = {**dict.fromkeys(around, 1.0), word.term: _LONE_CHARACTER}
        found.append((word, ways))
    return found


def _is_han(term: str) -> bool:
    return "㐀" <= term[0] <= "鿿" or term[0] in "々〇" or "豈" <= term[0] <= "﫿" or term[0] >= "\U00020000"
