"""The contract of a source of context: what it accepts, what consent it needs, and what it makes of that.

A source writes one small method. What holds for every source is done here, once: bounds on what comes from outside, consent,
the schema, unit vectors, quality in [0, 1].
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from aisle.errors import InvalidRequest
from aisle.types import Reading

MAX_CHARACTERS = 20_000
"""Of a payload, written as JSON."""
MAX_DEPTH = 4
MAX_WORDS = 200
"""Characters of the words a source may say."""

_NOISE = re.compile(r"[^\w\s'’-]+")


class Consent(StrEnum):
    """What a shopper has to agree to before a source may be read."""

    NONE = "none"
    SESSION = "session"
    LOCATION = "location"
    DEVICE = "device"


class Payload(BaseModel):
    """Base of what sources accept: what is stated and nothing else."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def plain(text: str) -> str:
    """Words alone, in one line: what is neither letter, digit, hyphen nor apostrophe separates."""
    return " ".join(_NOISE.sub(" ", text).split())


Words = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(plain)]
"""A few words that others wrote: they are looked up and encoded, nothing more."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a source makes of a payload: words, a vector (dim,) of any length or None (then the words are encoded), how
    much it is worth in [0, 1], and what had to be passed over (short names, such as ``unknown_ids``)."""

    words: str = ""
    vector: np.ndarray | None = None
    quality: float = 1.0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What sources may look at: the shopper's ``language`` ("en", "zh"), the time (``now``, epoch seconds), a text's vector (None
    where the model doesn't read), the store's vectors by id (of those ids that it has), and the lines of the shop's trend feed."""

    language: str
    now: float
    encode_text: Callable[[str], np.ndarray | None]
    vectors: Callable[[Sequence[str]], Mapping[str, np.ndarray]]
    feed: Callable[[], Sequence[str]]


P = TypeVar("P", bound=Payload)


class SignalSource(ABC, Generic[P]):
    """One kind of context. It keeps nothing between calls: the same payload in the same surroundings says the same."""

    name: ClassVar[str]
    consent: ClassVar[Consent]
    schema: type[P]

    @abstractmethod
    def read(self, payload: P, around: Surroundings) -> Said:
        """What the payload says about what the shopper may want."""

    def check(self, value: Any, field: str = "inputs.value") -> P:
        """``value`` (plain JSON) as this source's payload.

        Raises InvalidRequest, naming ``field``, for junk and for more than the bounds.
        """
        if _depth(value) > MAX_DEPTH or len(_written(value)) > MAX_CHARACTERS:
            raise InvalidRequest(
                f"What {self.name} was sent is too large.",
                field=field,
                hint=f"At most {MAX_CHARACTERS:,} characters, nested {MAX_DEPTH} deep.",
            )
        try:
            # As JSON: a date is written as text there, and nowhere else does strictness loosen.
            return self.schema.model_validate_json(_written(value))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InvalidRequest(
                f"{self.name} can't read this: {first['msg']}.",
                field=".".join(map(str, (field, *first["loc"]))),
                hint=f"It reads {', '.join(self.schema.model_fields)}; see docs/signals.md.",
            ) from None

    def allowed(self, reading: Reading) -> bool:
        """Whether the shopper has agreed to what this source needs."""
        return self.consent is Consent.NONE or str(self.consent) in reading.consent

    def say(self, value: Any, around: Surroundings) -> Said:
        """``read`` within the contract: words short and in one line, the vector None or of length 1, quality in [0, 1]."""
        said = self.read(self.check(value), around)
        words = plain(said.words)[:MAX_WORDS].rstrip()
        vector = said.vector if said.vector is not None else around.encode_text(words) if words else None
        norm = 0.0 if vector is None else float(np.linalg.norm(vector))
        usable = vector is not None and np.isfinite(norm) and norm > 1e-12
        quality = float(np.clip(np.nan_to_num(said.quality), 0.0, 1.0)) if words or usable else 0.0
        return Said(
            words, (vector / norm).astype(np.float32) if usable and vector is not None else None, quality, said.missing
        )


def _depth(value: Any) -> int:
    """How deep lists and objects nest, as far as it matters."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        level = [one for each in level for one in _children(each)]
        depth += 1
    return depth - 1


def _children(value: Any) -> list[Any]:
    return (
        list(value.values()) if isinstance(value, Mapping) else list(value) if isinstance(value, list | tuple) else []
    )


def _written(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return "null"  # no payload of any source


def decayed(age_s: float, half_life_s: float) -> float:
    """What a thing of this age counts: halved with every half-life. Ages in the future are now."""
    return float(0.5 ** (max(age_s, 0.0) / half_life_s))
