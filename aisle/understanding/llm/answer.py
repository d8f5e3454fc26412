"""The one form in which a language model may answer: a JSON schema made from these models, and the strict way back.

Nothing outside the schema gets through: kinds, fields, sorts and intents are enumerations, numbers are finite, names are short
and hold no markup. What is hard, how sure it is, and where in the text it stands isn't the model's to say.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from aisle.perception.text import normalize
from aisle.types import CompoundQuery, Intent, Quantity, Range, Reference, Slot, SlotKind

CONFIDENCE = 0.7
"""How sure the reading of a language model counts: below what filters by itself."""
NAME_LENGTH = 64
TEXT_LENGTH = 200
ITEMS = 16
ANSWER_LENGTH = 20_000
"""Characters of an answer that are read; a longer one is refused."""
AMOUNT = 1e9
FORBIDDEN = frozenset("<>{}[]\\`|^$")
"""Characters that no name has and markup or query syntax does."""


class Sort(StrEnum):
    """Sort wishes, as the API names them."""

    PRICE = "price"
    PRICE_DESC = "price:desc"
    RATING_DESC = "rating:desc"
    NEWEST = "newest"


class Measured(StrEnum):
    """Numeric fields that may be bounded or compared."""

    PRICE = "price"
    RATING = "rating"
    SIZE = "size"
    LENGTH = "length"
    WIDTH = "width"
    HEIGHT = "height"
    DEPTH = "depth"
    WEIGHT = "weight"
    VOLUME = "volume"
    STORAGE = "storage"
    POWER = "power"
    CHARGE = "charge"
    ENERGY = "energy"
    FREQUENCY = "frequency"
    VOLTAGE = "voltage"
    RESOLUTION = "resolution"
    LIGHT = "light"
    TEMPERATURE = "temperature"
    AGE = "age"


class Refused(ValueError):
    """What came back is no answer; the message says why in words of our own and quotes nothing of it."""


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("it holds control characters")
    return value.strip()


def _name(value: str) -> str:
    if FORBIDDEN & set(value):
        raise ValueError("it is no name")
    return normalize(_printable(value))


Text = Annotated[str, Field(max_length=TEXT_LENGTH), AfterValidator(_printable)]
Name = Annotated[str, Field(max_length=NAME_LENGTH), AfterValidator(_name)]
Unit = Annotated[str, Field(max_length=12, pattern=r"^[A-Za-z°\u4e00-\u9fff ]*$")]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-AMOUNT, le=AMOUNT)]
Amount = Annotated[float, Field(allow_inf_nan=False, gt=0, le=AMOUNT)]
# JSON has no enumerations: their names come as strings, everything else must have its type already.
Kind = Annotated[SlotKind, Field(strict=False)]
Where = Annotated[Measured, Field(strict=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class SaidSlot(_Strict):
    kind: Kind
    value: Name
    text: Text
    negated: bool


class SaidRange(_Strict):
    field: Where
    minimum: Number | None
    maximum: Number | None
    unit: Unit
    text: Text


class SaidQuantity(_Strict):
    amount: Amount
    unit: Unit
    text: Text


class SaidDifference(_Strict):
    field: Where
    direction: Literal["lower", "higher"]


class SaidSort(_Strict):
    by: Annotated[Sort, Field(strict=False)]
    text: Text


class SaidReference(_Strict):
    place: Annotated[int, Field(ge=-1, le=1000)] | None
    than: list[SaidDifference]
    text: Text


class Said(_Strict):
    """The whole answer."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    intent: Annotated[Intent, Field(strict=False)]
    slots: list[SaidSlot]
    ranges: list[SaidRange]
    quantities: list[SaidQuantity]
    sort: SaidSort | None
    reference: SaidReference | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of a query; ``sort_text`` are the words that ask for its sort. The parts say which words they read, not
    where those stand."""

    query: CompoundQuery
    sort_text: str = ""


@lru_cache(maxsize=1)
def schema() -> Mapping[str, Any]:
    """The JSON schema of an answer, in the part of the language that endpoints agree on: every property is required,
    none may be added, no references, no bounds (bounds are checked on the way back)."""
    made = Said.model_json_schema()
    return _inlined(made, made.get("$defs", {}))


@lru_cache(maxsize=1)
def bounded_schema() -> Mapping[str, Any]:
    """The same with its bounds, for grammars of our own."""
    made = Said.model_json_schema()
    whole = _inlined(made, made.get("$defs", {}), bounds=True)
    for name in ("slots", "ranges", "quantities"):
        whole["properties"][name]["maxItems"] = ITEMS
    return whole


@lru_cache(maxsize=1)
def schema_version() -> str:
    """Changes whenever the schema does: answers in an older form aren't taken from a cache."""
    return hashlib.blake2b(json.dumps(bounded_schema(), sort_keys=True).encode(), digest_size=6).hexdigest()


_BOUNDS = frozenset({"maxLength", "minLength", "minimum", "maximum", "exclusiveMinimum", "pattern"})


def _inlined(node: Any, definitions: Mapping[str, Any], *, bounds: bool = False) -> Any:
    if isinstance(node, list):
        return [_inlined(one, definitions, bounds=bounds) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].rpartition("/")[2]], definitions, bounds=bounds)
    kept: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":  # names of ours, not words of the schema language
            kept[key] = {name: _inlined(one, definitions, bounds=bounds) for name, one in value.items()}
        elif key not in ("$defs", "title", "description") and (bounds or key not in _BOUNDS):
            kept[key] = _inlined(value, definitions, bounds=bounds)
    return kept


def parse(content: str, text: str) -> Answer:
    """What a language model answered about ``text``; parts of wrong type or unknown name are left out. Raises Refused."""
    given = _object(content)
    if not any(name in given for name in ("slots", "ranges", "intent", "sort", "reference", "quantities")):
        raise Refused("it has none of the schema's properties")
    intent = _one(_Intent, {"intent": given.get("intent")})
    sort = _one(SaidSort, given.get("sort"))
    language = given.get("language")
    if not (isinstance(language, str) and len(language) == 2 and language.isascii() and language.isalpha()):
        raise Refused("it names no language")
    reference = _one(SaidReference, given.get("reference"))
    query = CompoundQuery(
        text=text,
        language=language.lower(),
        intent=intent.intent if intent else Intent.FIND,
        intent_confidence=CONFIDENCE if intent else 0.0,
        slots=tuple(
            Slot(s.kind, s.value, s.text, negated=s.negated, confidence=CONFIDENCE)
            for s in _items(SaidSlot, given.get("slots"))
            if s.value and s.text
        ),
        ranges=tuple(
            Range(r.field.value, r.minimum, r.maximum, r.unit, r.text, CONFIDENCE, hard=False)
            for r in _items(SaidRange, given.get("ranges"))
            if r.text and _is_range(r.minimum, r.maximum)
        ),
        quantities=tuple(
            Quantity(q.amount, q.unit, q.text) for q in _items(SaidQuantity, given.get("quantities")) if q.text
        ),
        sort=sort.by.value if sort and sort.text else None,
        reference=Reference(reference.place, {d.field.value: d.direction for d in reference.than}, reference.text)
        if reference and reference.text and reference.place != 0
        else None,
    )
    return Answer(query, sort.text if sort else "")


def spell(answer: Answer) -> str:
    """An answer as ``parse`` reads it, in the schema's order and without blanks: what a model is taught to write."""
    query, reference = answer.query, answer.query.reference
    made = {
        "language": query.language,
        "intent": query.intent.value,
        "slots": [{"kind": s.kind.value, "value": s.value, "text": s.text, "negated": s.negated} for s in query.slots],
        "ranges": [
            {"field": r.field, "minimum": r.minimum, "maximum": r.maximum, "unit": r.unit, "text": r.text}
            for r in query.ranges
        ],
        "quantities": [{"amount": q.amount, "unit": q.unit, "text": q.text} for q in query.quantities],
        "sort": {"by": query.sort, "text": answer.sort_text} if query.sort and answer.sort_text else None,
        "reference": reference
        and {
            "place": reference.place,
            "than": [{"field": field, "direction": way} for field, way in reference.than.items()],
            "text": reference.text,
        },
    }
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


class _Intent(_Strict):
    intent: Annotated[Intent, Field(strict=False)]


_M = TypeVar("_M", bound=BaseModel)


def _one(model: type[_M], given: Any) -> _M | None:
    try:
        return model.model_validate(given)
    except ValidationError:
        return None


def _items(model: type[_M], given: Any) -> list[_M]:
    if not isinstance(given, list):
        return []
    return [made for one in given[:ITEMS] if (made := _one(model, one)) is not None]


def _is_range(minimum: float | None, maximum: float | None) -> bool:
    if minimum is None and maximum is None:
        return False
    return minimum is None or maximum is None or minimum <= maximum


def _object(content: str) -> dict[str, Any]:
    """The JSON object of an answer: alone, in a fence, or after a model's thoughts."""
    if len(content) > ANSWER_LENGTH:
        raise Refused("it is too long")
    _, _, spoken = content.rpartition("</think>")
    spoken = spoken.strip()
    if spoken.startswith("```"):
        spoken = spoken.removeprefix("```").removeprefix("json").removesuffix("```").strip()
    try:
        found = json.loads(spoken, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise Refused("it is no JSON") from None
    if not isinstance(found, dict):
        raise Refused("it is no JSON object")
    return found


def _no_number(name: str) -> float:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("out of range")
    return value
