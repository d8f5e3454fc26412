"""How much is lost when the query is not clean: disturbed pictures, mistyped words, parts that are missing.

A disturbance is a function of a picture, a text or the parts of a query, and a random generator seeded by the query: the
same seed disturbs the same query alike. It is measured on the queries that it changes, beside the same queries clean.
A new one is one function and one line in a table here.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFilter

from aisle.errors import InvalidMedia
from aisle.evaluation.labelled import Labelled
from aisle.evaluation.measuring import MAIN, Measured, Rank, evaluate
from aisle.evaluation.statistics import Paired, paired
from aisle.perception.image import decode, encode_jpeg
from aisle.types import Input, InputType, Query

LONGEST = 640
"""Longest side in pixels of a disturbed picture."""
QUALITY = 92
"""JPEG quality of disturbed pictures where JPEG isn't the disturbance: nearly without loss."""

Pixels = np.ndarray
OnPicture = Callable[[Pixels, np.random.Generator], Pixels]
OnText = Callable[[str, np.random.Generator], str]
Parts = tuple[Input, ...]


def blur(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Out of focus: a Gaussian of 1.5 % of the longest side."""
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(0.015 * max(pixels.shape))))


def cropped(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Half of the picture, anywhere in it."""
    height, width = pixels.shape[:2]
    tall, wide = max(1, round(height * 0.71)), max(1, round(width * 0.71))
    top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    return np.ascontiguousarray(pixels[top : top + tall, left : left + wide])


def noise(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A sensor in bad light: normal noise of 25 of 255 levels."""
    return np.clip(pixels + rng.normal(0.0, 25.0, pixels.shape), 0, 255).astype(np.uint8)


def dark(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A third of the light."""
    return (pixels * np.float32(0.35)).astype(np.uint8)


def jpeg(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Sent on by a messenger: JPEG of quality 10."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=10)
    return np.asarray(Image.open(file))


def rotated(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Held askew by 15 to 30 degrees, either way; what is bared is the colour of the corner."""
    degrees = float(rng.uniform(15, 30) * rng.choice([-1, 1]))
    corner = tuple(int(level) for level in pixels[0, 0])
    turned = Image.fromarray(pixels).rotate(degrees, Image.Resampling.BILINEAR, fillcolor=corner)  # type: ignore[arg-type]
    return np.asarray(turned)


def typo(text: str, rng: np.random.Generator) -> str:
    """One slip of the finger in one word: two letters swapped, one left out, or one twice."""
    places = [match.span() for match in re.finditer(r"[^\W\d_]{4,}", text)]
    if not places:
        return text
    start, end = places[rng.integers(len(places))]
    at = int(rng.integers(start + 1, end - 1))
    slips = (
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        text[:at] + text[at + 1 :],
        text[:at] + text[at] + text[at:],
    )
    return slips[rng.integers(len(slips))]


def dropped_word(text: str, rng: np.random.Generator) -> str:
    """One word less, of two or more."""
    said = text.split()
    if len(said) < 2:
        return text
    gone = int(rng.integers(len(said)))
    return " ".join(said[:gone] + said[gone + 1 :])


def capitals(text: str, rng: np.random.Generator) -> str:
    """THE SHIFT KEY IS STUCK."""
    return text.upper()


FULL = {**{code: code + 0xFEE0 for code in range(0x21, 0x7F)}, 0x20: 0x3000}


def full_width(text: str, rng: np.random.Generator) -> str:
    """Ｔｙｐｅｄ　ｗｉｔｈ an input method for Chinese left on."""
    return text.translate(FULL)


PICTURES: Mapping[str, OnPicture] = MappingProxyType(
    {"blur": blur, "crop": cropped, "noise": noise, "dark": dark, "JPEG": jpeg, "rotation": rotated}
)
TEXTS: Mapping[str, OnText] = MappingProxyType(
    {"typo": typo, "dropped word": dropped_word, "capitals": capitals, "full width": full_width}
)
MISSING: Mapping[str, Callable[[Input], bool]] = MappingProxyType(
    {
        "picture missing": lambda part: part.type is InputType.TEXT,
        "words missing": lambda part: part.type is not InputType.TEXT,
    }
)
"""Of a composed query only the parts for which this holds arrive."""


def _on_pictures(change: OnPicture, inputs: Parts, rng: np.random.Generator) -> Parts:
    def changed(part: Input) -> Input:
        if part.type is not InputType.IMAGE or not isinstance(part.value, bytes):
            return part
        return replace(part, value=encode_jpeg(change(decode(part.value), rng), LONGEST, QUALITY))

    return tuple(map(changed, inputs))


def _on_texts(change: OnText, inputs: Parts, rng: np.random.Generator) -> Parts:
    return tuple(
        replace(part, value=change(str(part.value), rng)) if part.type is InputType.TEXT else part for part in inputs
    )


def _without(kept: Callable[[Input], bool], inputs: Parts, rng: np.random.Generator) -> Parts:
    left = tuple(filter(kept, inputs))
    return left if any(part.weight > 0 for part in left) else inputs


DISTURBANCES: Mapping[str, Callable[[Parts, np.random.Generator], Parts]] = MappingProxyType(
    {
        **{name: partial(_on_pictures, change) for name, change in PICTURES.items()},
        **{name: partial(_on_texts, change) for name, change in TEXTS.items()},
        **{name: partial(_without, kept) for name, kept in MISSING.items()},
    }
)


@dataclass(frozen=True, slots=True)
class Disturbed:
    """One disturbance: on how many queries, and MAIN of the same queries clean (``first``) and disturbed (``other``)."""

    name: str
    queries: int
    change: Paired

    def as_dict(self) -> dict[str, object]:
        return {"name": self.name, "queries": self.queries, **asdict(self.change)}


def disturbed(name: str, queries: Sequence[Labelled], seed: int = 0) -> Iterator[tuple[int, Labelled]]:
    """(position, query) of every query that this disturbance changes, as changed."""
    for position, query in enumerate(queries):
        rng = np.random.default_rng([seed, zlib.crc32(f"{name}/{query.id}".encode())])
        inputs = DISTURBANCES[name](query.inputs, rng)
        if inputs != query.inputs:
            yield position, replace(query, inputs=inputs)


def _or_nothing(rank: Rank, query: Query) -> Sequence[str]:
    """A picture too small or too plain to be searched by after it was disturbed has found nothing."""
    try:
        return rank(query)
    except InvalidMedia:
        return ()


def robustness(
    rank: Rank,
    clean: Measured,
    *,
    depth: int = 100,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> list[Disturbed]:
    """Every disturbance that changes any of the queries that were measured clean, in the order of the table."""
    found = []
    for name in DISTURBANCES:
        if progress:
            progress(name)
        changed = list(disturbed(name, [each.query for each in clean.outcomes], seed))
        if not changed:
            continue
        after = evaluate(partial(_or_nothing, rank), (query for _, query in changed), depth=depth, by=())
        before = [clean.outcomes[position].values[MAIN] for position, _ in changed]
        change = paired(before, [each.values[MAIN] for each in after.outcomes], seed=seed)
        found.append(Disturbed(name, len(changed), change))
    return found
