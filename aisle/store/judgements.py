"""Labelling: queues of query–product pairs with why each was picked, and what people judged. Nothing said is ever lost.

A pair wants one rater, or two (so that agreement can be measured); where raters differ it wants a third look. A
judgement that is taken back or replaced stays in the table, marked ``undone``.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Subquery, and_, case, func, insert, or_, select, update

from aisle.errors import InvalidRequest, NotFound
from aisle.store.database import Database
from aisle.store.schema import judgements as judged
from aisle.store.schema import label_pairs, label_rounds

GRADES = (0, 1, 2, 3)
"""Wrong, related, good, exactly what was asked for."""
THIRD_LOOK = 3
"""Raters that settle a pair whose first ones differ."""
HOLD_S = 600.0
"""How long a pair that was handed to one rater is kept from the others, in seconds."""
RATER_LENGTH = 80


@dataclass(frozen=True, slots=True)
class LabelQuery:
    """What was asked, as a rater sees it: words, the name of a picture in the store's media, or both."""

    text: str = ""
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """A pair chosen to be judged. ``why`` holds the strategy and the figures it went by."""

    query: LabelQuery
    product: str
    why: Mapping[str, Any]
    raters: int = 1


@dataclass(frozen=True, slots=True)
class Round:
    """One queue. ``detail`` is how it was made; ``created`` is in epoch seconds."""

    id: str
    created: float
    strategy: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of a round, at its place in the queue."""

    id: int
    round: str
    position: int
    query: LabelQuery
    product: str
    why: Mapping[str, Any]
    raters: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rater said of a pair: a grade, or None for a skip. Times are epoch seconds."""

    id: int
    pair: int
    rater: str
    grade: int | None
    time: float
    undone: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Of a round, or of all: its ``pairs``, those ``done``; of one rater: graded, skipped, and how many are left."""

    pairs: int
    done: int
    graded: int
    skipped: int
    left: int


class Judgements:
    """Every method is one transaction: a judgement that was returned is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_round(self, strategy: str, picks: Sequence[Pick], detail: Mapping[str, Any] | None = None) -> Round:
        """Queue pairs, the first to be judged first. Raises InvalidRequest for an empty queue or a pair named twice."""
        if not picks:
            raise InvalidRequest(
                "There is nothing to queue.", field="picks", hint="Every pair found is queued already."
            )
        if len({(pick.query, pick.product) for pick in picks}) < len(picks):
            raise InvalidRequest("A pair is queued twice.", field="picks")
        made = Round(secrets.token_hex(4), time.time(), strategy, dict(detail or {}))
        rows = [
            {
                "round": made.id,
                "position": position,
                "asked": _asked(pick.query),
                "product": pick.product,
                "why": json.dumps(dict(pick.why)),
                "raters": pick.raters,
            }
            for position, pick in enumerate(picks)
        ]
        with self._database.write() as connection:
            connection.execute(insert(label_rounds).values(**_row(made)))
            connection.execute(insert(label_pairs), rows)
        return made

    def rounds(self) -> list[Round]:
        """The latest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(label_rounds).order_by(label_rounds.c.created.desc())).all()
        return [Round(row.id, row.created, row.strategy, json.loads(row.detail)) for row in rows]

    def pairs(self, round: str | None = None) -> list[Pair]:
        """In the order of their queues, the oldest round first. Raises NotFound for a round that isn't there."""
        chosen = select(label_pairs).join(label_rounds).order_by(label_rounds.c.created, label_pairs.c.position)
        with self._database.read() as connection:
            if round is not None:
                _check_round(connection, round)
                chosen = chosen.where(label_pairs.c.round == round)
            return [_pair(row) for row in connection.execute(chosen)]

    def pair(self, pair: int) -> Pair:
        """Raises NotFound."""
        with self._database.read() as connection:
            return _get_pair(connection, pair)

    def next(self, rater: str, limit: int = 1, round: str | None = None) -> list[Pair]:
        """What this rater should judge next, the latest round first, held for them for a while.

        Raises NotFound for a round that isn't there, InvalidRequest for a rater without a name.
        """
        rater, now = _rater(rater), time.time()
        with self._database.write() as connection:
            if round is not None:
                _check_round(connection, round)
            state = _state(rater, round)
            free = or_(state.c.raters > 1, state.c.holder.is_(None), state.c.holder == rater, state.c.held_until < now)
            chosen = (
                select(label_pairs)
                .join(state, state.c.number == label_pairs.c.number)
                .join(label_rounds, label_rounds.c.id == label_pairs.c.round)
                .where(_open(state), free)
                .order_by(label_rounds.c.created.desc(), label_pairs.c.position)
                .limit(limit)
            )
            found = [_pair(row) for row in connection.execute(chosen)]
            held = update(label_pairs).where(label_pairs.c.number.in_([pair.id for pair in found]))
            connection.execute(held.values(holder=rater, held_until=now + HOLD_S))
        return found

    def judge(self, pair: int, rater: str, grade: int | None) -> Judgement:
        """Keep a grade, or a skip (None); what this rater had said of the pair before is marked as undone.

        Saying the same again changes nothing. Raises InvalidRequest, NotFound.
        """
        rater, now = _rater(rater), time.time()
        if grade is not None and grade not in GRADES:
            raise InvalidRequest(f"{grade} isn't a grade.", field="grade", hint="0, 1, 2 or 3; null skips the pair.")
        with self._database.write() as connection:
            _get_pair(connection, pair)
            mine = and_(judged.c.pair == pair, judged.c.rater == rater, judged.c.undone.is_(None))
            before = connection.execute(select(judged).where(mine)).first()
            if before is not None and before.grade == grade:
                return _judgement(before)
            connection.execute(update(judged).where(mine).values(undone=now))
            new = insert(judged).values(pair=pair, rater=rater, grade=grade, time=now)
            row = connection.execute(new.returning(judged)).one()
        return _judgement(row)

    def undo(self, rater: str, pair: int | None = None) -> Judgement:
        """Take back this rater's judgement of a pair, or their last one; it stays in the history.

        Raises NotFound when there is none.
        """
        rater = _rater(rater)
        mine = select(judged).where(judged.c.rater == rater, judged.c.undone.is_(None))
        if pair is not None:
            mine = mine.where(judged.c.pair == pair)
        with self._database.write() as connection:
            last = connection.execute(mine.order_by(judged.c.number.desc()).limit(1)).first()
            if last is None:
                raise NotFound("There is no judgement to take back.", field="rater")
            row = connection.execute(
                update(judged).where(judged.c.number == last.number).values(undone=time.time()).returning(judged)
            ).one()
        return _judgement(row)

    def standing(self, round: str | None = None) -> list[Judgement]:
        """The judgements that count, in the order they were made. Raises NotFound for a round that isn't there."""
        return self._judgements(round, judged.c.undone.is_(None))

    def history(self, round: str | None = None) -> list[Judgement]:
        """Everything that was ever said, what was taken back too."""
        return self._judgements(round)

    def _judgements(self, round: str | None, *conditions: Any) -> list[Judgement]:
        chosen = select(judged).join(label_pairs).where(*conditions).order_by(judged.c.number)
        with self._database.read() as connection:
            if round is not None:
                _check_round(connection, round)
                chosen = chosen.where(label_pairs.c.round == round)
            return [_judgement(row) for row in connection.execute(chosen)]

    def progress(self, rater: str = "", round: str | None = None) -> Progress:
        """How far the labelling is, all in all and for one rater. Raises NotFound for a round that isn't there."""
        rater = " ".join(rater.split())
        with self._database.read() as connection:
            if round is not None:
                _check_round(connection, round)
            state = _state(rater, round)
            counts = (
                func.count(),
                _sum(state.c.graded >= state.c.wanted),
                _sum(state.c.mine_graded > 0),
                _sum(state.c.mine > state.c.mine_graded),
                _sum(_open(state)),
            )
            row = connection.execute(select(*counts).select_from(state)).one()
        return Progress(*(int(count or 0) for count in row))


def _state(rater: str, round: str | None) -> Subquery:
    """Each pair with its standing judgements counted: all graded ones, this rater's, and how many are wanted."""
    mine = judged.c.rater == rater
    said = (
        select(
            judged.c.pair,
            func.count(judged.c.grade).label("graded"),
            func.min(judged.c.grade).label("least"),
            func.max(judged.c.grade).label("most"),
            _sum(mine).label("mine"),
            _sum(and_(mine, judged.c.grade.is_not(None))).label("mine_graded"),
        )
        .where(judged.c.undone.is_(None))
        .group_by(judged.c.pair)
        .subquery()
    )
    differ = and_(said.c.graded > 1, said.c.least != said.c.most)
    wanted = case((and_(differ, label_pairs.c.raters < THIRD_LOOK), THIRD_LOOK), else_=label_pairs.c.raters)
    chosen = select(
        label_pairs.c.number,
        label_pairs.c.raters,
        label_pairs.c.holder,
        label_pairs.c.held_until,
        wanted.label("wanted"),
        *(func.coalesce(said.c[name], 0).label(name) for name in ("graded", "mine", "mine_graded")),
    ).outerjoin(said, said.c.pair == label_pairs.c.number)
    return (chosen if round is None else chosen.where(label_pairs.c.round == round)).subquery()


def _open(state: Subquery) -> Any:
    return and_(state.c.mine == 0, state.c.graded < state.c.wanted)


def _sum(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _check_round(connection: Connection, round: str) -> None:
    if connection.execute(select(label_rounds.c.id).where(label_rounds.c.id == round)).first() is None:
        raise NotFound(f"There is no round {round[:40]!r}.", field="round", hint="`aisle label status` shows them.")


def _get_pair(connection: Connection, pair: int) -> Pair:
    row = connection.execute(select(label_pairs).where(label_pairs.c.number == pair)).first()
    if row is None:
        raise NotFound(f"There is no pair {pair}.", field="pair")
    return _pair(row)


def _rater(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > RATER_LENGTH:
        raise InvalidRequest("A rater needs a name.", field="rater", hint=f"Up to {RATER_LENGTH} characters.")
    return name


def _asked(query: LabelQuery) -> str:
    """One text for one query, so that the database can tell them apart."""
    return json.dumps({"text": query.text, "image": query.image}, ensure_ascii=False)


def _row(made: Round) -> dict[str, Any]:
    return {"id": made.id, "created": made.created, "strategy": made.strategy, "detail": json.dumps(made.detail)}


def _pair(row: Row[Any]) -> Pair:
    query = LabelQuery(**json.loads(row.asked))
    return Pair(row.number, row.round, row.position, query, row.product, json.loads(row.why), row.raters)


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(row.number, row.pair, row.rater, row.grade, row.time, row.undone)
