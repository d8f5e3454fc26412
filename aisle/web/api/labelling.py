"""The API's labelling endpoints: what a rater should look at next, what they say of it, and how far raters agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from aisle.labelling.agreement import Agreement
from aisle.store.judgements import RATER_LENGTH, Judgement, Progress
from aisle.types import Product
from aisle.web.api import bodies
from aisle.web.api.models import WHOLE
from aisle.web.api.routes import prefix
from aisle.web.api.strict import Strict
from aisle.web.envelope import json_response, media_url, public_product
from aisle.web.facade import LabelTask
from aisle.web.state import CurrentShop

PairId = Annotated[int, WHOLE, Field(ge=1, le=2**53)]
DISPUTES = 100
"""Disagreements in one answer, the open ones first."""

Rater = Annotated[str, Query(min_length=1, max_length=RATER_LENGTH, description="Who is grading.")]
RoundId = Annotated[str | None, Query(max_length=40, description="Only this round of labelling.")]


class JudgementRequest(Strict):
    """What a rater says of a pair: 0 wrong, 1 related, 2 good, 3 exactly what was asked for; null skips it."""

    pair: PairId
    rater: str = Field(min_length=1, max_length=RATER_LENGTH)
    grade: Annotated[int, WHOLE, Field(ge=0, le=3)] | None


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """What was asked: words, a picture's URL, or both."""

    text: str
    image: str | None


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """A query beside a product, and why the pair was picked. ``product`` is null where the shop has it no more."""

    id: int
    round: str
    query: LabelledQuery
    product_id: str
    product: Product | None
    why: Mapping[str, Any]
    raters: int


@dataclass(frozen=True, slots=True)
class NextPairs:
    pairs: tuple[PairAnswer, ...]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgement is on disk when this answer arrives."""

    judgement: Judgement
    progress: Progress


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and the pair it was about."""

    judgement: Judgement
    pair: PairAnswer
    progress: Progress


@dataclass(frozen=True, slots=True)
class Dispute:
    """A pair that raters graded differently; ``settled`` once a third has looked."""

    pair: PairAnswer
    grades: Mapping[str, int]
    settled: bool


@dataclass(frozen=True, slots=True)
class AgreementAnswer:
    agreements: tuple[Agreement, ...]
    disagreements: tuple[Dispute, ...]
    progress: Progress


def next_pairs(
    request: Request,
    shop: CurrentShop,
    rater: Rater,
    limit: Annotated[int, Query(ge=1, le=20)] = 1,
    round: RoundId = None,
) -> Response:
    """The pairs that a rater should judge next, kept from other raters for ten minutes."""
    tasks = shop.labelling.next(rater, limit, round)
    pairs = tuple(pair_answer(task, prefix(request)) for task in tasks)
    return json_response(NextPairs(pairs, shop.labelling.progress(rater, round)))


async def judge(request: Request, shop: CurrentShop, round: RoundId = None) -> Response:
    """Keep a grade, or a skip; a second one of the same rater and pair replaces the first, which stays in the history."""
    asked = await bodies.read_model(request, JudgementRequest)

    def write() -> Response:
        judgement = shop.labelling.judge(asked.pair, asked.rater, asked.grade)
        return json_response(Judged(judgement, shop.labelling.progress(asked.rater, round)))

    return await run_sync(write)


def undo(
    request: Request,
    shop: CurrentShop,
    rater: Rater,
    pair: Annotated[int | None, Query(ge=1, le=2**53, description="This pair's; else the last one made.")] = None,
    round: RoundId = None,
) -> Response:
    """Take back a rater's judgement. The pair is theirs to judge again."""
    judgement = shop.labelling.undo(rater, pair)
    task = pair_answer(shop.labelling.task(judgement.pair), prefix(request))
    return json_response(Undone(judgement, task, shop.labelling.progress(rater, round)))


def agreement(request: Request, shop: CurrentShop, round: RoundId = None) -> Response:
    """Cohen's kappa of every two raters, plain and with quadratic weights, and the pairs they graded differently."""
    disputes = tuple(
        Dispute(pair_answer(task, prefix(request)), each.grades, each.settled)
        for each, task in shop.labelling.disagreements(round)[:DISPUTES]
    )
    agreements = tuple(shop.labelling.agreements(round))
    return json_response(AgreementAnswer(agreements, disputes, shop.labelling.progress("", round)))


def pair_answer(task: LabelTask, shop_prefix: str) -> PairAnswer:
    pair = task.pair
    image = None if pair.query.image is None else media_url(pair.query.image, shop_prefix)
    return PairAnswer(
        pair.id,
        pair.round,
        LabelledQuery(pair.query.text, image),
        pair.product,
        None if task.product is None else public_product(task.product, shop_prefix),
        pair.why,
        pair.raters,
    )
