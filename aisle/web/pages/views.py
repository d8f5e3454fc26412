"""From the engine's answer to what a template shows: cards, facets, chips, pages."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup, escape

from aisle.types import Contribution, Facet, Hit, Product, Response, Value
from aisle.web.pages import looks
from aisle.web.pages.address import Address, Part, PartKind, Range
from aisle.web.pages.messages import LANGUAGES, Messages

PAGE_SIZE = 24
VALUES_OPEN = 6
"""Values of a facet that show at once; the others are one click away."""

RATINGS = (4.0, 3.0)
MARK = re.compile(r"(</?mark>)")

SHOWN_ELSEWHERE = {"price", "sale_price", "list_price", "currency", "stock", "availability", "rating", "reviews"}
HIDDEN_DETAILS = SHOWN_ELSEWHERE | {"url", "title", "description", "created", "updated", "tags", "language"}
"""Attributes that a product page's details leave out."""


ANY = Range()
"""A range without ends."""


@dataclass(frozen=True, slots=True)
class Price:
    amount: float
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of why-this-result. ``share`` is the bar's length in percent of the longest."""

    label: str
    share: float
    helps: bool
    points: str


@dataclass(frozen=True, slots=True)
class Card:
    """A product as a grid shows it."""

    id: str
    url: str
    title: str
    title_html: Markup
    image: str | None
    brand: str
    price: Price | None
    old_price: Price | None
    rating: float | None
    reviews: int
    in_stock: bool
    variants: int
    why: tuple[Reason, ...]
    like_url: str


@dataclass(frozen=True, slots=True)
class FacetChoice:
    id: str
    name: str
    value: str
    label: str
    count: int | None
    selected: bool
    swatch: str | None = None
    stars: float | None = None


@dataclass(frozen=True, slots=True)
class FacetView:
    """One group of filters: choices, or a range from ``low`` to ``high`` with what is asked of it in ``span``."""

    name: str
    label: str
    kind: str
    choices: tuple[FacetChoice, ...] = ()
    more: tuple[FacetChoice, ...] = ()
    low: float = 0.0
    high: float = 0.0
    span: Range = ANY


@dataclass(frozen=True, slots=True)
class Chip:
    """An applied filter; following ``url`` takes it off."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the query as a chip. ``encoded`` goes back into the form; ``photo`` is the token of the picture to show for it."""

    index: int
    kind: str
    label: str
    weight: float
    value: str
    encoded: str
    image: str | None
    remove_url: str
    found: bool = True
    photo: str | None = None


@dataclass(frozen=True, slots=True)
class PageLink:
    number: int
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """The place a page is made for: where the shop is, and the language."""

    prefix: str
    t: Messages

    def search_url(self, address: Address) -> str:
        query = address.encode()
        return f"{self.prefix}/?{query}" if query else f"{self.prefix}/"

    def product_url(self, id: str) -> str:
        return f"{self.prefix}/p/{quote(id, safe='')}"

    def like_url(self, id: str) -> str:
        return self.search_url(Address(parts=(Part(PartKind.PRODUCT, id),)))

    def title(self, product: Product) -> str:
        return self._translated(product, "title") or product.title

    def description(self, product: Product) -> str:
        return self._translated(product, "description") or product.description

    def _translated(self, product: Product, field: str) -> str:
        return product.translations.get(self.t.language, {}).get(field, "")

    def card(self, hit: Hit) -> Card:
        """The card of a hit whose pictures are already URLs."""
        product = hit.product
        title = self.title(product)
        price, old = prices(product)
        rating = number(product.attributes.get("rating"))
        return Card(
            id=hit.id,
            url=self.product_url(hit.id),
            title=title,
            title_html=marked(hit.highlights.get("title", ""), title),
            image=product.images[0] if product.images else None,
            brand=as_text(product.attributes.get("brand", "")),
            price=price,
            old_price=old,
            rating=rating,
            reviews=int(number(product.attributes.get("reviews")) or 0),
            in_stock=in_stock(product),
            variants=hit.variants,
            why=self.reasons(hit.why),
            like_url=self.like_url(hit.id),
        )

    def reasons(self, why: Sequence[Contribution]) -> tuple[Reason, ...]:
        """The contributions, largest first."""
        longest = max((abs(c.contribution) for c in why), default=0.0) or 1.0
        return tuple(
            Reason(
                self.t.named("signal", c.signal),
                100 * abs(c.contribution) / longest,
                c.contribution >= 0,
                f"{c.contribution:+.2f}",
            )
            for c in sorted(why, key=lambda c: -abs(c.contribution))
            if c.contribution
        )

    def details(self, product: Product) -> list[tuple[str, str]]:
        """Attributes as label and text, for the product page."""
        attributes = product.attributes
        found = []
        for name, value in sorted(attributes.items(), key=lambda item: self._rank(item[0])):
            plain, language = split_language(name)
            elsewhere = plain in HIDDEN_DETAILS or value in ("", ())
            foreign = language != self.t.language if language else f"{name}_{self.t.language}" in attributes
            if not elsewhere and not foreign:
                found.append((self.field_label(name), self.value_text(name, value)))
        return found

    def _rank(self, name: str) -> tuple[int, str]:
        """Fields that the pages know come first, in the order of the messages."""
        known = [key.removeprefix("field.") for key in self.t.texts if key.startswith("field.")]
        plain, _ = split_language(name)
        return (known.index(plain) if plain in known else len(known), name)

    def field_label(self, name: str) -> str:
        return self.t.named("field", split_language(name)[0])

    def value_text(self, name: str, value: Value) -> str:
        values = value if isinstance(value, tuple) else (as_text(value),)
        return self.t("list.comma").join(self.t.value(name, one) for one in values)

    def heading(self, address: Address, parts: Sequence[PartView]) -> str:
        """What is being looked at, in a few words."""
        said = [word for word in (address.words, *(turn.words for turn in address.turns)) if word]
        if said:
            beside = any(part.kind in (PartKind.PHOTO, PartKind.CLIP) and part.weight > 0 for part in parts)
            return self.t("heading.both" if beside else "heading.words", words=self.t("list.comma").join(said))
        for part in parts:
            if part.weight > 0:
                return self.t(f"heading.{part.kind}", label=part.label)
        chosen = [self.t.value(name, value) for name, values in address.filters.items() for value in values]
        return self.t("list.comma").join(chosen) if chosen else self.t("heading.all")

    def facets(self, address: Address, facets: Mapping[str, Facet]) -> list[FacetView]:
        views = (self._facet(address, name, facet) for name, facet in facets.items())
        return [view for view in views if view is not None]

    def _facet(self, address: Address, name: str, facet: Facet) -> FacetView | None:
        label = self.field_label(name)
        if name == "rating" and facet.minimum is not None:
            low = address.ranges.get(name, ANY).low
            choices = tuple(
                FacetChoice(
                    f"f-rating-{n:g}",
                    "min.rating",
                    f"{n:g}",
                    self.t("facet.stars", n=f"{n:g}"),
                    None,
                    low == n,
                    stars=n,
                )
                for n in RATINGS
            )
            return FacetView(name, label, "rating", choices)
        if facet.minimum is not None and facet.maximum is not None:
            span = address.ranges.get(name, ANY)
            if facet.minimum == facet.maximum and span == ANY:
                return None
            return FacetView(
                name, label, "range", low=math.floor(facet.minimum), high=math.ceil(facet.maximum), span=span
            )
        return self._choices(address, name, label, facet)

    def _choices(self, address: Address, name: str, label: str, facet: Facet) -> FacetView | None:
        selected = address.filters.get(name, ())
        counts = {value.value: value.count for value in facet.values}
        counts |= {value: 0 for value in selected if value not in counts}
        if len(counts) < 2 and not selected:
            return None
        choices = [
            FacetChoice(
                f"f-{name}-{position}",
                f"f.{name}",
                value,
                self.t.value(name, value),
                count,
                value in selected,
                looks.swatch(value) if name == "color" else None,
            )
            for position, (value, count) in enumerate(counts.items())
        ]
        opened = [c for i, c in enumerate(choices) if i < VALUES_OPEN or c.selected]
        if len(choices) <= VALUES_OPEN + 2:
            opened = choices
        kind = "swatches" if name == "color" else "values"
        return FacetView(name, label, kind, tuple(opened), tuple(c for c in choices if c not in opened))

    def chips(self, address: Address) -> list[Chip]:
        """The applied filters."""
        found = [
            Chip(self.t.value(name, value), self.search_url(address.without_filter(name, value)))
            for name, values in address.filters.items()
            for value in values
        ]
        for name, span in address.ranges.items():
            found.append(Chip(self.span_text(name, span), self.search_url(address.without_range(name))))
        return found

    def span_text(self, name: str, span: Range) -> str:
        if name == "stock":
            return self.t("facet.in_stock")
        label = self.field_label(name)
        low, high = (looks.plain_number(end) if end is not None else "" for end in (span.low, span.high))
        form = "between" if low and high else "from" if low else "to"
        return self.t(f"range.{form}", field=label, low=low, high=high)

    def pages(self, address: Address, total: int) -> list[PageLink | None]:
        """Links to the pages around the current one, first and last; None stands for a gap."""
        last = max(1, math.ceil(total / PAGE_SIZE))
        if last == 1:
            return []
        shown = sorted({1, last} | {n for n in range(address.page - 1, address.page + 2) if 1 <= n <= last})
        links: list[PageLink | None] = []
        for before, number in zip([0, *shown], shown, strict=False):
            if number - before == 2:
                links.append(self._page(address, number - 1))
            elif number - before > 2:
                links.append(None)
            links.append(self._page(address, number))
        return links

    def _page(self, address: Address, number: int) -> PageLink:
        return PageLink(number, self.search_url(address.at_page(number)), number == address.page)

    def relaxations(self, steps: Sequence[str]) -> list[str]:
        """What the engine loosened, as sentences: ``words``, ``filter FIELD``, ``nearest``."""
        found = []
        for step in steps:
            kind, _, rest = step.partition(" ")
            if kind == "filter":
                fields = [self.field_label(name.strip()) for name in rest.split(",")]
                found.append(self.t("relaxed.filter", field=self.t("list.comma").join(fields)))
            elif step in ("words", "nearest"):
                found.append(self.t(f"relaxed.{step}"))
            else:
                found.append(self.t("relaxed.other", what=step))
        return found

    def count_text(self, response: Response) -> str:
        if response.total_is_exact:
            return self.t.count("results", response.total)
        return self.t("results.about", n=f"{response.total:,}")


def number(value: Value | None) -> float | None:
    """A numeric attribute, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def split_language(name: str) -> tuple[str, str | None]:
    """``type_zh`` → type, zh; names without a language of the pages stay whole."""
    plain, _, language = name.rpartition("_")
    return (plain, language) if plain and language in LANGUAGES else (name, None)


def as_text(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    as_number = number(value)
    return looks.plain_number(as_number).replace(",", "") if as_number is not None else str(value)


def prices(product: Product) -> tuple[Price | None, Price | None]:
    """What it costs, and what it cost before if that was more."""
    attributes = product.attributes
    known = [number(attributes.get(name)) for name in ("sale_price", "price", "list_price")]
    amounts = [amount for amount in known if amount is not None]
    if not amounts:
        return None, None
    currency = as_text(attributes.get("currency", ""))
    now, before = amounts[0], max(amounts)
    old = Price(before, currency, looks.money(before, currency)) if before > now else None
    return Price(now, currency, looks.money(now, currency)), old


def in_stock(product: Product) -> bool:
    stock = number(product.attributes.get("stock"))
    if stock is not None:
        return stock > 0
    availability = as_text(product.attributes.get("availability", "")).casefold().replace("_", " ")
    return availability not in ("out of stock", "sold out", "discontinued")


def marked(highlight: str, title: str) -> Markup:
    """``title`` with the highlight's ``<mark>`` tags if it highlights this very text; everything else is escaped."""
    pieces = MARK.split(highlight)
    texts = [piece if MARK.fullmatch(piece) else html.unescape(piece) for piece in pieces]
    plain = "".join(text for text in texts if not MARK.fullmatch(text))
    balanced = [text for text in texts if MARK.fullmatch(text)] == ["<mark>", "</mark>"] * (len(pieces) // 4)
    if plain != title or not balanced:
        return escape(title)
    return Markup("").join(Markup(text) if text in ("<mark>", "</mark>") else escape(text) for text in texts)
