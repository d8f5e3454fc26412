"""A catalog goes in: read → clean → perceive → fuse → store. Resumable and idempotent; every refused row has a reason.

The database is written in batches, one transaction each, so a run that is killed has lost nothing it reported; the next run
over the same feed skips what is already there by fingerprint and goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from aisle.catalog.clean import clean
from aisle.catalog.fingerprints import DuplicateFinder, picture_hash, text_key
from aisle.catalog.read import Feed, RawRow, open_feed
from aisle.catalog.report import Report
from aisle.catalog.row import Cleaned, Rejection
from aisle.catalog.schema import guess_mapping
from aisle.config import ProductVectors
from aisle.errors import AisleError, Conflict, InvalidRequest, NotFound
from aisle.fetch import fetch
from aisle.fusion import unit
from aisle.models.runtime import Model
from aisle.perception.image import Limits, decode, encode_jpeg
from aisle.store import PutCount, Record, Rejected, Store
from aisle.store.products import product_to_json
from aisle.types import Product

T = TypeVar("T")
Progress = Callable[[int, str], None]
"""Called with how many rows are done and what is going on."""

BATCH = 128
MEDIA_LONGEST = 640
"""Longest side in pixels of the pictures that the store keeps for its pages."""
MAX_PICTURES = 8
PIPELINE = "1"
"""Part of every fingerprint: raising it makes the next run prepare every product anew."""
RETIRE_LIMIT = 0.3
"""A full feed that would retire a larger share of what its source brought earlier stops: more likely broken than true."""
CONTRADICTION = 0.02
"""A picture whose text is less probable a match than this is reported as contradicting it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A picture that couldn't be used, or that contradicts its text; the product is kept all the same."""

    kind: str
    product: str
    reference: str
    message: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A product ready for the store, what was wrong with its pictures, and their fingerprints."""

    record: Record
    troubles: tuple[Trouble, ...] = ()
    picture_hashes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Picture:
    """One reference, read: its name in the store's media and its pixels, or the error."""

    name: str | None
    pixels: np.ndarray | None
    error: AisleError | None = None


def product_text(product: Product) -> str:
    """The words the text tower reads of a product: title, then type, colour, … where the title doesn't say them."""
    said = product.title.casefold()
    parts = [product.title]
    for name in ("type", "color", "material", "pattern"):
        value = product.attributes.get(name, ())
        words = value if isinstance(value, tuple) else (str(value),)
        parts += [word for word in words if word.casefold() not in said]
    return " ".join(parts)


def fingerprint(product: Product, made_of: ProductVectors = ProductVectors.WHOLE) -> str:
    """Changes exactly when the product's content does: its own, its local pictures' size and time, the pipeline, what
    its vector is made of."""
    pictures: list[object] = []
    for reference in product.images:
        try:
            stat = os.stat(reference)  # noqa: PTH116 (a reference may be a URL: no Path)
            pictures.append((reference, stat.st_size, stat.st_mtime_ns))
        except (OSError, ValueError):
            pictures.append(reference)
    content: list[object] = [
        PIPELINE,
        product.id,
        product.title,
        product.description,
        product.group,
    ]
    content += [sorted(product.attributes.items()), sorted(product.translations.items()), pictures]
    if made_of is not ProductVectors.WHOLE:
        content.append(made_of)
    text = json.dumps(content, default=dict, sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Preparer:
    """Products → records: pictures read, kept and encoded; text encoded; both fused into the product's vector.

    A model that knows one modality makes the vector of that alone; a product without it has no vector. ``model`` may be
    replaced by another at any time: a call goes on with the one that it began with.
    """

    def __init__(
        self,
        store: Store,
        model: Model,
        *,
        limits: Limits,
        fetch_timeout_s: float,
        vectors: ProductVectors | None = None,
    ) -> None:
        """``vectors`` stands in for the store's own setting."""
        self.model = model
        self._vectors = vectors
        self._store = store
        self._limits = limits
        self._timeout = fetch_timeout_s

    def _made_of(self) -> ProductVectors:
        return self._vectors or self._store.settings().product_vectors

    def prepare_changed(self, products: Sequence[Product]) -> list[Prepared]:
        """``prepare`` for those that the store doesn't have as they are, or not by this model."""
        known = self._store.fingerprints((product.id for product in products), self.model.id)
        made_of = self._made_of()
        return self.prepare([p for p in products if known.get(p.id) != fingerprint(p, made_of)])

    def prepare(self, products: Sequence[Product]) -> list[Prepared]:
        """In order. Broken pictures are left out and reported, never an error."""
        model, made_of = self.model, self._made_of()
        read = self._pictures([product.images for product in products])
        encoded = encode(model, products, [[picture.pixels for picture in pictures] for pictures in read], made_of)
        return [
            self._prepared(product, model, pictures, each, made_of)
            for product, pictures, each in zip(products, read, encoded, strict=True)
        ]

    def embed(self, products: Sequence[Product]) -> tuple[list[np.ndarray | None], int]:
        """The (dim,) vectors of products as the store has them, and how many lack a picture that can't be had any more:
        those are embedded from what there is."""
        references = [[self._reference(image) for image in product.images] for product in products]
        read = self._pictures(references)
        pixels = [[picture.pixels for picture in pictures] for pictures in read]
        encoded = encode(self.model, products, pixels, self._made_of())
        incomplete = sum(any(picture.pixels is None for picture in pictures) for pictures in read)
        return [each.vector for each in encoded], incomplete

    def _reference(self, image: str) -> str:
        """Where a kept product's picture lies; what isn't in the store's media is left to be looked for by its name."""
        try:
            return str(self._store.media_path(image))
        except AisleError:
            return image

    def _pictures(self, references: Sequence[Sequence[str]]) -> list[list[_Picture]]:
        """The pictures of each product."""
        flat = [reference for several in references for reference in several[:MAX_PICTURES]]
        with ThreadPoolExecutor(max_workers=4) as pool:  # decoding and fetching let go of the interpreter
            read = iter(list(pool.map(self._read, flat)))
        return [list(islice(read, min(len(several), MAX_PICTURES))) for several in references]

    def _read(self, reference: str) -> _Picture:
        try:
            data, name = self._bytes(reference)
            pixels = decode(data, self._limits)
            return _Picture(name or self._store.add_media(encode_jpeg(pixels, MEDIA_LONGEST), ".jpg"), pixels)
        except AisleError as error:
            return _Picture(None, None, error)
        except OSError as error:
            return _Picture(None, None, NotFound(f"The picture can't be read: {error.strerror}."))

    def _bytes(self, reference: str) -> tuple[bytes, str | None]:
        """A reference's bytes, and its name where the store has it already."""
        if reference.startswith(("http://", "https://")):
            return fetch(reference, max_bytes=self._limits.max_bytes, timeout_s=self._timeout).bytes, None
        path = Path(reference)
        name = path.name if path.is_relative_to(self._store.path) else None
        with path.open("rb") as file:
            return file.read(self._limits.max_bytes + 1), name

    def _prepared(
        self,
        product: Product,
        model: Model,
        pictures: Sequence[_Picture],
        encoded: Encoded,
        made_of: ProductVectors,
    ) -> Prepared:
        troubles = [
            Trouble(
                "broken" if picture.error.code == "invalid_media" else "missing", product.id, ref, picture.error.message
            )
            for ref, picture in zip(product.images, pictures, strict=False)
            if picture.error is not None
        ]
        if encoded.looks is not None and encoded.text is not None:
            agreement = model.calibration.probability("text", encoded.looks @ encoded.text)
            if float(agreement) < CONTRADICTION:
                troubles.append(
                    Trouble("contradicts", product.id, product.images[0], f"“{product.title}” isn't what it shows")
                )
        kept = replace(product, images=tuple(picture.name for picture in pictures if picture.name))
        hashes = tuple(picture_hash(picture.pixels) for picture in pictures if picture.pixels is not None)
        record = Record(kept, fingerprint(product, made_of), encoded.vector, model.id)
        return Prepared(record, tuple(troubles), hashes)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A product in the model's space, (dim,) unit each: its words, its pictures' mean, and both in one; None for what there
    is none of or the model doesn't know."""

    text: np.ndarray | None
    looks: np.ndarray | None
    vector: np.ndarray | None


def encode(
    model: Model,
    products: Sequence[Product],
    pictures: Sequence[Sequence[np.ndarray | None]],
    made_of: ProductVectors = ProductVectors.WHOLE,
) -> list[Encoded]:
    """Each product with its decoded pictures, None for one that couldn't be had."""
    sees = "image" in model.modalities
    reads = "text" in model.modalities and made_of is ProductVectors.WHOLE
    sound = [[pixels for pixels in several if pixels is not None and sees] for several in pictures]
    flat = [pixels for several in sound for pixels in several]
    image_rows = iter(model.encode_images(flat) if sees else ())  # (pictures, dim)
    texts = [product_text(product) for product in products] if reads else []
    text_rows = model.encode_texts(texts, role="passage") if reads else [None] * len(products)
    made = []
    for text, several in zip(text_rows, sound, strict=True):
        rows = list(islice(image_rows, len(several)))
        looks = unit(np.mean(rows, axis=0)) if rows else None  # (dim,)
        vector = text if looks is None else looks
        if looks is not None and text is not None:
            weights = model.product_weights
            vector = unit(np.float32(weights["image"]) * looks + np.float32(weights["text"]) * text)
        made.append(Encoded(text, looks, vector))
    return made


def inspect_feed(
    source: str | Path,
    *,
    images: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    progress: Progress = lambda done, what: None,
) -> Report:
    """Read and clean a feed without storing anything. Raises InvalidFeed."""
    feed = open_feed(source, mapping=mapping, fetch=fetch)
    report, duplicates = Report.of(feed), DuplicateFinder()
    for row, cleaned in _cleaned(feed, images, report):
        if cleaned.product is not None:
            duplicates.add(cleaned.product.id, text_key(cleaned.product))
        if row.number % 500 == 0:
            progress(row.number, "Reading")
    return _finished(report, feed, duplicates)


def index_feed(
    source: str | Path,
    store: Store,
    preparer: Preparer,
    *,
    images: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    full: bool = True,
    force: bool = False,
    progress: Progress = lambda done, what: None,
) -> Report:
    """Bring a feed into a store.

    With ``full``, products that this source brought earlier and no longer mentions are retired. Raises InvalidFeed when it
    can't be read, Conflict when it would retire more than RETIRE_LIMIT of them (unless ``force``); what was read stays.
    """
    feed = open_feed(source, mapping=mapping, fetch=fetch)
    report, duplicates = Report.of(feed), DuplicateFinder()
    name = str(source) if str(source).startswith(("http://", "https://", "-")) else str(Path(source).resolve())
    run = store.runs.unfinished(name) or store.runs.start(name, "full" if full else "delta")
    count = PutCount()
    for batch in _batches(_cleaned(feed, images, report), BATCH):
        products = [cleaned.product for _, cleaned in batch if cleaned.product is not None]
        prepared = preparer.prepare_changed(products)
        with store.write() as writer:
            put = writer.put([each.record for each in prepared], run.id)
            writer.mark_seen({p.id for p in products} - {each.record.product.id for each in prepared}, run.id)
            store.quarantine.add(run.id, [_rejected(feed, row, cleaned) for row, cleaned in batch if cleaned.rejection])
            count += put + PutCount(same=len(products) - len(prepared))
            done = {"new": count.new, "changed": count.changed, "same": count.same}
            store.runs.update(run.id, batch[-1][0].number, done)
        for each in prepared:
            for trouble in each.troubles:
                report.picture(trouble.kind, trouble.product, trouble.reference, trouble.message)
        hashes = {each.record.product.id: each.picture_hashes for each in prepared}
        for product in products:
            duplicates.add(product.id, text_key(product), hashes.get(product.id, ()))
        progress(batch[-1][0].number, "Indexing")
    gone = _retire(store, run.id, count.changed + count.same, full=full and feed.complete, force=force)
    report.stored(new=count.new, changed=count.changed, same=count.same, gone=gone)
    return _finished(report, feed, duplicates)


def _cleaned(feed: Feed, images: Path | None, report: Report) -> Iterator[tuple[RawRow, Cleaned]]:
    """Every row with what became of it, counted. Of rows with one id the first is kept: a second run then changes nothing."""
    seen: dict[str, int] = {}
    for row in feed.rows():
        cleaned = _storable(clean(row, feed.mapping, feed.base, images))
        report.add(row, cleaned)
        if cleaned.product is not None:
            identifier, content = cleaned.product.id, hash(repr(cleaned.product))
            if identifier in seen:
                report.merged(identifier, row.number, equal=seen[identifier] == content)
                continue
            seen[identifier] = content
        yield row, cleaned


def _storable(cleaned: Cleaned) -> Cleaned:
    """A product that the store would refuse (lone surrogates …) is one bad row, not the end of its feed."""
    if cleaned.product is not None:
        try:
            product_to_json(cleaned.product)
        except InvalidRequest as error:
            return Cleaned(None, cleaned.repairs, Rejection("unstorable", error.message, error.field))
    return cleaned


def _rejected(feed: Feed, row: RawRow, cleaned: Cleaned) -> Rejected:
    reason = cleaned.rejection
    assert reason is not None
    where = f"{feed.name}, {reason.field}" if reason.field else feed.name
    return Rejected(
        row.number, where, f"{reason.code}: {reason.message}", json.dumps(dict(row.values), default=str)[:500]
    )


def _retire(store: Store, run_id: str, kept: int, *, full: bool, force: bool) -> int:
    """End the run; mark what vanished from a full feed as gone. Raises Conflict instead where that would be too much beside
    the ``kept`` products that were there before."""
    if not full:
        return store.runs.finish(run_id, retire=False)
    vanished = store.runs.vanished(run_id)
    if not force and vanished > RETIRE_LIMIT * (vanished + kept):
        raise Conflict(
            f"This feed would retire {vanished} of the {vanished + kept} products it brought, so none was retired.",
            field="feed",
            hint="If the feed is whole, run it again with --force; if it is a partial one, with --delta.",
        )
    return store.runs.finish(run_id, retire=True)


def _finished(report: Report, feed: Feed, duplicates: DuplicateFinder) -> Report:
    report.complete = feed.complete
    for group in duplicates.groups():
        report.duplicate(group)
    return report


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch


def product_of(row: Mapping[str, Any], number: int, store: Store, before: Product | None = None) -> Cleaned:
    """A product sent on its own, by the same cleaning as a feed's. ``before`` is the product that ``row`` changes in part:
    fields that aren't sent stay, null takes one away."""
    values = {**(_row_of(before, store) if before else {}), **row}
    values = {name: value for name, value in values.items() if value is not None}
    return _storable(clean(RawRow(number, values), guess_mapping(tuple(values), [values]), base=store.path))


def _row_of(product: Product, store: Store) -> dict[str, Any]:
    texts = {f"{part}_{code}": text for code, said in product.translations.items() for part, text in said.items()}
    attributes = {
        name: list(value) if isinstance(value, tuple) else value for name, value in product.attributes.items()
    }
    core = {"id": product.id, "title": product.title, "description": product.description, "group": product.group}
    return {**attributes, **texts, **core, "images": [str(store.media_path(name)) for name in product.images]}
