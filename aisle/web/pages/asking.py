"""From an address and the photos that came with it to the engine's query and the chips of its parts."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from aisle.config import SearchSettings
from aisle.errors import Forbidden, NotFound
from aisle.perception.image import Limits, crop, decode
from aisle.perception.salience import WHOLE, salient
from aisle.types import EMPTY, Box, CompoundQuery, Explain, Input, InputType, Product, Query
from aisle.web.pages.address import Address, Frame, Part, PartKind, encode_box
from aisle.web.pages.views import PAGE_SIZE, PartView, Shelf

SORTS: Mapping[str, tuple[str, ...]] = {
    "price": ("price", "price:desc"),
    "rating": ("rating:desc",),
    "title": ("title",),
    "newest": ("newest",),
}
"""The directions in which a shopper may want each sortable attribute; any other is offered upwards."""

SORTED_FIELDS: Mapping[str, str | None] = {"newest": "created", "title": None}
"""The attribute that a sort needs where that isn't its own name; every product has a title."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that can be run: the address made canonical (photos boxed), its inputs and chips."""

    address: Address
    inputs: tuple[Input, ...]
    parts: tuple[PartView, ...]

    @property
    def shows(self) -> bool:
        """Whether there is a picture in it: a photo, a clip or a product."""
        return any(given.weight > 0 and given.type.shows for given in self.inputs)

    def query(
        self,
        facets: Sequence[str],
        locale: str,
        explain: Explain = Explain.WHY,
        compound: CompoundQuery | None = None,
    ) -> Query:
        """``compound`` is what the words say where the shopper has taken something off."""
        return Query(
            inputs=self.inputs,
            filters=filter_object(self.address),
            facets=tuple(facets),
            sort=self.address.sort,
            offset=(self.address.page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
            locale=locale,
            explain=explain,
            relax=not self.address.exact,
            understand=not self.address.exact,
            compound=compound,
            dropped=self.address.dropped,
        )


@dataclass(frozen=True, slots=True)
class PartReader:
    """Turns the parts of an address into inputs and chips.

    ``photos`` are by token; ``product`` gives a product with its pictures as URLs and raises NotFound.
    """

    shelf: Shelf
    photos: Mapping[str, bytes]
    product: Callable[[str], Product]
    limits: Limits

    def read(self, address: Address) -> Asked:
        """Raises InvalidMedia for a photo that can't be used. A product that is gone is left out; its chip says so."""
        inputs: list[Input] = [spoken(address)] if address.words else []
        chips: list[PartView] = []
        parts: list[Part] = []
        for index, given in enumerate(address.parts):
            part, found, label, picture = self._part(given)
            parts.append(part)
            if found is not None:
                inputs.append(found)
            chips.append(
                PartView(
                    index=index,
                    kind=part.kind,
                    label=label,
                    weight=part.weight,
                    value=part.value,
                    encoded=part.encode(),
                    image=picture,
                    remove_url=self.shelf.search_url(address.without_part(index)),
                    found=found is not None,
                    photo=part.value if part.kind is PartKind.PHOTO else next((f.token for f in part.frames), None),
                )
            )
        return Asked(replace(address, parts=tuple(parts)), tuple(inputs), tuple(chips))

    def _part(self, part: Part) -> tuple[Part, Input | None, str, str | None]:
        """The part as it will be searched, its input unless it is missing, and the chip's label and picture."""
        t = self.shelf.t
        match part.kind:
            case PartKind.TEXT:
                return part, Input(InputType.TEXT, part.value, part.weight), part.value, None
            case PartKind.PRODUCT:
                try:
                    product = self.product(part.value)
                except NotFound:
                    return part, None, t("part.gone"), None
                picture = product.images[0] if product.images else None
                return part, Input(InputType.PRODUCT, part.value, part.weight), self.shelf.title(product), picture
            case PartKind.PHOTO:
                data = self.photos.get(part.value)
                if data is None:
                    return part, None, t("part.photo"), None
                part = part if part.region else replace(part, region=main_object(data, self.limits))
                region = None if part.region == WHOLE else part.region
                return part, Input(InputType.IMAGE, data, part.weight, region), t("part.photo"), None
            case PartKind.CLIP:
                held = [(frame, self.photos[frame.token]) for frame in part.frames if frame.token in self.photos]
                if not held:
                    return part, None, t("part.clip"), None
                boxed = [(frame if frame.region else self._boxed(frame, data), data) for frame, data in held]
                part = replace(part, frames=tuple(frame for frame, _ in boxed))
                pictures = tuple(cut(data, frame.region or WHOLE, self.limits) for frame, data in boxed)
                return part, Input(InputType.VIDEO, pictures, part.weight), t("part.clip"), None

    def _boxed(self, frame: Frame, data: bytes) -> Frame:
        return replace(frame, region=main_object(data, self.limits))


def spoken(address: Address) -> Input:
    """The words of the box: with what else may have been said, while they stand as they were heard."""
    certain = address.exact or address.turns or address.dropped or address.weight < 0
    if address.heard and not certain:
        return Input(InputType.AUDIO, address.heard, address.weight)
    return Input(InputType.TEXT, address.words, address.weight)


def cut(photo: bytes, region: Box, limits: Limits) -> bytes:
    """What of a photo is meant, as a picture of its own. Raises InvalidMedia."""
    if region == WHOLE:
        return photo
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(crop(decode(photo, limits), region)).save(data, "JPEG", quality=92)
    return data.getvalue()


def main_object(photo: bytes, limits: Limits) -> Box:
    """Where the main thing stands in a photo, with the precision that a URL carries. Raises InvalidMedia."""
    box = salient(decode(photo, limits))
    x0, y0, x1, y1 = (float(value) for value in encode_box(box).split(","))
    return Box(x0, y0, x1, y1)


def known_only(address: Address, fields: Mapping[str, str], settings: SearchSettings) -> Address:
    """The address without filters on fields that this shop doesn't have, and with a sort that it offers."""
    allowed = set(fields) if "*" in settings.filterable else set(fields) & set(settings.filterable)
    return replace(
        address,
        filters={name: values for name, values in address.filters.items() if name in allowed},
        ranges={name: span for name, span in address.ranges.items() if name in allowed and fields[name] == "number"},
        sort=address.sort if address.sort in sorts(settings, fields) else "relevance",
    )


def sorts(settings: SearchSettings, fields: Mapping[str, str]) -> list[str]:
    """What a shopper may sort by, relevance first."""
    names = [name for name in settings.sortable if SORTED_FIELDS.get(name, name) in {*fields, None}]
    return ["relevance", *(sort for name in names for sort in SORTS.get(name, (name,)))]


def facet_names(address: Address, settings: SearchSettings, fields: Mapping[str, str], language: str) -> list[str]:
    """The facets of a page: those that the settings show and the catalog has, then those that are filtered by."""
    shown = [in_language(name, fields, language) for name in settings.facetable if name in fields]
    return shown + [name for name in address.filters if name not in shown]


def in_language(name: str, fields: Mapping[str, str], language: str) -> str:
    """The attribute that says the same in the shopper's language (``type_zh`` for ``type``) if the catalog has it."""
    translated = f"{name}_{language}"
    return translated if translated in fields else name


def filter_object(address: Address) -> Mapping[str, object]:
    """The API's filter object."""
    found: dict[str, object] = {name: list(values) for name, values in address.filters.items()}
    for name, span in address.ranges.items():
        ends = {"gte": span.low, "lte": span.high}
        found[name] = {end: value for end, value in ends.items() if value is not None}
    return found or EMPTY


def refuse_bounded(restriction: Mapping[str, object]) -> None:
    """Raises Forbidden where visitors see a part of the catalog only: a product by its id would go round that."""
    if restriction:
        raise Forbidden("This shop shows a part of its catalog here.", hint="Search by words or by a photo.")
